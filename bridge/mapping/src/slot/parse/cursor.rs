//! Where a parser of slots is in its text: names, signs and spaces.

use std::ops::Range as Span;
use std::sync::Arc;

use crate::decimal;
use crate::diagnostic::Problem;
use crate::expression::lexer::{name_length, number_length};

/// A slot that is being read.
pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    /// What was understood in spite of being wrong.
    pub(super) problems: Vec<Problem>,
}

impl<'a> Parser<'a> {
    pub(super) fn number(&mut self) -> Option<Arc<str>> {
        let length = number_length(self.rest())?;
        let digits = &self.rest()[..length];
        self.at += length;
        decimal::normal(digits).map(Arc::from)
    }

    pub(super) fn name(&mut self, expected: &str) -> Result<(&'a str, Span<usize>), Problem> {
        let length = name_length(self.rest());
        if length == 0 {
            return Err(self.unexpected(expected));
        }
        let name = &self.rest()[..length];
        let span = self.at..self.at + length;
        self.at += length;
        Ok((name, span))
    }

    /// Everything up to the next space.
    pub(super) fn run(&mut self) -> (&'a str, Span<usize>) {
        self.space();
        let rest = self.rest();
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let span = self.at..self.at + length;
        self.at += length;
        (&rest[..length], span)
    }

    pub(super) fn word(&mut self, word: &str) -> bool {
        self.space();
        let found = name_length(self.rest()) == word.len() && self.rest().starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// Whether `sign` follows, spaces before it not counted.
    pub(super) fn ahead(&self, sign: &str) -> bool {
        self.rest().trim_start().starts_with(sign)
    }

    pub(super) fn sign(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    pub(super) fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn end(&mut self) -> Result<(), Problem> {
        self.space();
        if self.rest().is_empty() {
            return Ok(());
        }
        Err(self.unexpected("the end, or one of `from`, `in`, `as`, `null`, `=`"))
    }

    pub(super) fn unexpected(&self, expected: &str) -> Problem {
        let found = self.rest().chars().next();
        let span = self.at..self.at + found.map_or(0, char::len_utf8);
        let length = name_length(self.rest());
        match found {
            None => Problem::new(
                330,
                span,
                format!("the slot ends where {expected} is expected"),
            ),
            Some(_) if length > 0 => Problem::new(
                330,
                self.at..self.at + length,
                format!(
                    "here stands `{}`, where {expected} is expected",
                    &self.rest()[..length]
                ),
            ),
            Some(found) => Problem::new(
                330,
                span,
                format!("here stands `{found}`, where {expected} is expected"),
            ),
        }
    }
}
