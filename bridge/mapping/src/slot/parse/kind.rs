//! The type of a slot: sets of words, ranges, lists, `?`.

use std::ops::Range as Span;
use std::sync::Arc;

use super::Parser;
use crate::decimal;
use crate::diagnostic::Problem;
use crate::slot::{Range, Scalar, Type};

/// Lists within lists.
const MAX_LISTS: usize = 8;

impl<'a> Parser<'a> {
    /// `words | primary { "[" range "]" | "?" }`
    pub(super) fn kind(&mut self) -> Result<Type, Problem> {
        self.space();
        let start = self.at;
        if self.sign("(") {
            self.space();
            let (name, span) = self.name("a word")?;
            let words = self.words(name, span)?;
            self.space();
            if !self.sign(")") {
                return Err(self.unexpected("`|` and a word, or `)`"));
            }
            return self.suffixes(words);
        }
        let (name, span) = self.name("a type")?;
        if self.ahead("|") {
            let words = self.words(name, span)?;
            if self.rest().starts_with(['?', '[']) {
                let set = &self.text[start..self.at];
                let sign = if self.rest().starts_with('?') {
                    "?"
                } else {
                    "[]"
                };
                return Err(self
                    .unexpected("the end of the set")
                    .help(format!("write `({set}){sign}`")));
            }
            return Ok(words);
        }
        let primary = self.primary(name, &span)?;
        self.suffixes(primary)
    }

    fn suffixes(&mut self, primary: Type) -> Result<Type, Problem> {
        let mut kind = primary;
        let mut lists = 0;
        loop {
            let start = self.at;
            if self.sign("[") {
                lists += 1;
                let range = self.range("]", true)?;
                if lists > MAX_LISTS {
                    return Err(Problem::new(
                        330,
                        start..self.at,
                        format!("lists are nested deeper than {MAX_LISTS}"),
                    ));
                }
                kind = Type::List(Box::new(kind), range);
            } else if self.sign("?") {
                if matches!(kind, Type::Nullable(_) | Type::Void) {
                    self.problems.push(Problem::new(
                        330,
                        start..self.at,
                        "this may be null already; one `?` says it",
                    ));
                    continue;
                }
                kind = Type::Nullable(Box::new(kind));
            } else {
                return Ok(kind);
            }
        }
    }

    fn primary(&mut self, name: &'a str, span: &Span<usize>) -> Result<Type, Problem> {
        let scalar = Scalar::of(name);
        let other = match name {
            "any" => Some(Type::Any),
            "void" => Some(Type::Void),
            "hide" => Some(Type::Hide),
            _ => None,
        };
        if scalar.is_none()
            && other.is_none()
            && let Some((_, right)) = FOREIGN.into_iter().find(|(foreign, _)| *foreign == name)
        {
            self.problems.push(Problem::new(
                301,
                span.clone(),
                format!("the type is written `{right}`"),
            ));
            return Ok(Type::Any);
        }
        let start = self.at;
        if !self.sign("(") {
            return Ok(match (scalar, other) {
                (Some(scalar), _) => Type::Scalar(scalar),
                (None, Some(other)) => other,
                (None, None) => Type::Named(name.into()),
            });
        }
        let range = self.range(")", false)?;
        let place = start..self.at;
        let Some(scalar) = scalar else {
            return Err(Problem::new(
                331,
                place,
                format!("`{name}` has no range; numbers and texts have one"),
            ));
        };
        match scalar {
            Scalar::Int | Scalar::Number | Scalar::Decimal | Scalar::Long => {}
            Scalar::String | Scalar::Secret => self.whole_range(&range, &place),
            Scalar::Bool
            | Scalar::Date
            | Scalar::Day
            | Scalar::Time
            | Scalar::Bytes
            | Scalar::Xml => self.problems.push(Problem::new(
                331,
                place,
                format!("`{name}` has no range; numbers and texts have one"),
            )),
        }
        Ok(Type::Ranged(scalar, range))
    }

    /// What stands in round or square brackets behind a type.
    fn range(&mut self, close: &'static str, optional: bool) -> Result<Range, Problem> {
        let start = self.at;
        self.space();
        if optional && self.sign(close) {
            return Ok(Range::default());
        }
        let from = self.number();
        self.space();
        if !self.sign("..") {
            return Err(self.unexpected("a range, as `1..9`, `..200` or `0.01..`"));
        }
        self.space();
        let to = self.number();
        self.space();
        let span = start..self.at;
        if !self.sign(close) {
            return Err(self.unexpected(&format!("`{close}`")));
        }
        if let (Some(from), Some(to)) = (&from, &to)
            && decimal::compare(from, to) == Some(std::cmp::Ordering::Greater)
        {
            self.problems.push(Problem::new(
                331,
                span.clone(),
                format!("the range `{from}..{to}` holds nothing"),
            ));
        }
        let range = Range { from, to };
        if optional {
            self.whole_range(&range, &span);
        }
        Ok(range)
    }

    /// Lengths and counts are whole and not negative.
    fn whole_range(&mut self, range: &Range, span: &Span<usize>) {
        for bound in [&range.from, &range.to].into_iter().flatten() {
            if bound.parse::<u32>().is_err() {
                self.problems.push(Problem::new(
                    331,
                    span.clone(),
                    format!("`{bound}` is no count; lengths and counts are whole numbers from 0"),
                ));
            }
        }
    }

    fn words(&mut self, first: &'a str, first_span: Span<usize>) -> Result<Type, Problem> {
        let mut words: Vec<Arc<str>> = vec![first.into()];
        let mut places = vec![first_span];
        while self.ahead("|") {
            self.space();
            self.sign("|");
            self.space();
            let (word, span) = self.name("a word")?;
            if words.iter().any(|other| other.as_ref() == word) {
                self.problems.push(Problem::new(
                    330,
                    span.clone(),
                    format!("`{word}` stands twice in this set"),
                ));
            }
            words.push(word.into());
            places.push(span);
        }
        for (word, span) in words.iter().zip(places) {
            if Scalar::of(word).is_none() {
                continue;
            }
            self.problems.push(
                Problem::new(
                    330,
                    span,
                    format!("`{word}` is a type, and a set is made of words"),
                )
                .help("a value is of one type; what takes several is `any`, or `overloads`"),
            );
        }
        Ok(Type::Words(words.into()))
    }
}

/// Types as other languages write them, and how they are written here.
const FOREIGN: [(&str, &str); 26] = [
    ("String", "string"),
    ("str", "string"),
    ("Int", "int"),
    ("Integer", "int"),
    ("integer", "int"),
    ("uint", "int(0..)"),
    ("Number", "number"),
    ("double", "number"),
    ("Double", "number"),
    ("float", "number"),
    ("Float", "number"),
    ("Decimal", "decimal"),
    ("Long", "long"),
    ("bigint", "long"),
    ("Boolean", "bool"),
    ("boolean", "bool"),
    ("Bool", "bool"),
    ("Date", "date"),
    ("datetime", "date"),
    ("DateTime", "date"),
    ("timestamp", "date"),
    ("ByteArray", "bytes"),
    ("XML", "xml"),
    ("Object", "any"),
    ("Array", "any[]"),
    ("Void", "void"),
];
