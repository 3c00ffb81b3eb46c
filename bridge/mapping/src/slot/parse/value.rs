//! Constants of a slot: defaults, and what stands for null.

use std::ops::Range as Span;

use super::Parser;
use crate::diagnostic::Problem;
use crate::expression::lexer::{number_length, quoted};
use crate::slot::constant::{Fits, fits};
use crate::slot::{Constant, Type};

impl Parser<'_> {
    pub(super) fn null_as(
        &mut self,
        kind: &Type,
        kind_span: &Span<usize>,
        constant: &Constant,
        span: Span<usize>,
    ) {
        let written = &self.text[kind_span.clone()];
        let value = &self.text[span.clone()];
        if !matches!(kind, Type::Nullable(_)) {
            self.problems.push(Problem::new(
                309,
                span,
                format!("`{value}` says how a null is written, so it needs `{written}?`"),
            ));
            return;
        }
        if matches!(constant, Constant::Omit | Constant::EmptyList) {
            self.problems.push(Problem::new(
                309,
                span,
                "behind `null` stands a number, `NaN`, `true`, `false` or a text",
            ));
            return;
        }
        self.check(kind, constant, &span, "value for null");
    }

    pub(super) fn check(
        &mut self,
        kind: &Type,
        constant: &Constant,
        span: &Span<usize>,
        what: &str,
    ) {
        let written = &self.text[span.clone()];
        match fits(kind, constant) {
            Fits::Yes => {}
            Fits::No(name) => self.problems.push(Problem::new(
                303,
                span.clone(),
                format!("the {what} `{written}` is no {name}"),
            )),
            Fits::Outside(range) => self.problems.push(Problem::new(
                303,
                span.clone(),
                format!("the {what} `{written}` is outside of `{range}`"),
            )),
            Fits::NoWord(words) => self.problems.push(
                Problem::new(
                    303,
                    span.clone(),
                    format!("the {what} `{written}` is none of the words"),
                )
                .help(format!("the words are {}", words.join(", "))),
            ),
        }
    }

    pub(super) fn constant(&mut self) -> Result<(Constant, Span<usize>), Problem> {
        self.space();
        let start = self.at;
        let rest = self.rest();
        let constant = if rest.starts_with('\'') {
            let (text, length) =
                quoted(rest, '\'').ok_or_else(|| self.unexpected("a closing quote"))?;
            self.at += length;
            Constant::Text(text.into())
        } else if rest.starts_with("[]") {
            self.at += 2;
            Constant::EmptyList
        } else if let Some(length) = number_length(rest) {
            self.at += length;
            Constant::Number(rest[..length].into())
        } else {
            let (word, _) = self.name("a default: a number, `true`, `false`, `NaN`, `omit`, `[]`, a word, or a text in single quotes")?;
            match word {
                "true" => Constant::Bool(true),
                "false" => Constant::Bool(false),
                "NaN" => Constant::NaN,
                "omit" => Constant::Omit,
                "null" => {
                    return Err(Problem::new(
                        303,
                        start..self.at,
                        "null is no default; `?` says that a value may be null",
                    ));
                }
                word => Constant::Text(word.into()),
            }
        };
        let span = start..self.at;
        self.space();
        if !self.rest().is_empty() && !self.rest().starts_with('=') {
            return Err(Problem::new(
                330,
                span.start..self.text.trim_end().len(),
                "this is no constant; a text that is no single word stands in single quotes",
            ));
        }
        Ok((constant, span))
    }
}
