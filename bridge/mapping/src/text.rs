//! Texts with `{expression}` in them: fault messages and details, later paths.

use std::sync::Arc;

use crate::data::convert;
use crate::diagnostic::Problem;
use crate::expression::lexer::quoted;
use crate::expression::{EvaluationError, Expression, Scope, evaluate, parse as expression};

/// A text, parsed once.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// Its parts, in order.
    pub parts: Vec<TextPart>,
}

/// A part of a [`Text`].
#[derive(Clone, Debug, PartialEq)]
pub enum TextPart {
    /// As written.
    Literal(Arc<str>),
    /// `{expression}`.
    Expression(Expression),
}

/// Reads a text with `{…}` in it. A brace itself is written `{'{'}`.
///
/// # Errors
/// B0508 for a brace without its partner, and what [`expression::parse`](crate::expression::parse)
/// finds, all with places in `text`.
pub fn parse(text: &str) -> Result<Text, Vec<Problem>> {
    let mut parts = Vec::new();
    let mut problems = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find(['{', '}']) {
        let brace = at + found;
        if text[brace..].starts_with('}') {
            problems.push(
                Problem::new(508, brace..brace + 1, "this brace closes nothing")
                    .help("a brace itself is written `{'}'}`"),
            );
            at = brace + 1;
            continue;
        }
        let Some(length) = closing(&text[brace + 1..]) else {
            problems.push(
                Problem::new(508, brace..text.len(), "this brace is not closed")
                    .help("a brace itself is written `{'{'}`"),
            );
            break;
        };
        if found > 0 {
            parts.push(TextPart::Literal(text[at..brace].into()));
        }
        match expression(&text[brace + 1..brace + 1 + length]) {
            Ok(expression) => parts.push(TextPart::Expression(expression)),
            Err(found) => {
                problems.extend(found.into_iter().map(|problem| problem.shifted(brace + 1)));
            }
        }
        at = brace + length + 2;
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    if at < text.len() {
        parts.push(TextPart::Literal(text[at..].into()));
    }
    Ok(Text { parts })
}

/// Where each expression of a text that [`parse`] takes begins, in bytes.
pub fn places(text: &str) -> Vec<usize> {
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('{') {
        let begin = at + found + 1;
        let Some(length) = closing(&text[begin..]) else {
            break;
        };
        places.push(begin);
        at = begin + length + 1;
    }
    places
}

/// How many bytes stand before the closing brace; braces within texts do not count.
fn closing(text: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find(['}', '\'']) {
        at += found;
        if text[at..].starts_with('}') {
            return Some(at);
        }
        at += quoted(&text[at..], '\'')?.1;
    }
    None
}

impl Text {
    /// A text without expressions.
    pub fn literal(text: impl Into<Arc<str>>) -> Self {
        Self {
            parts: vec![TextPart::Literal(text.into())],
        }
    }

    /// The text with its expressions' values in it; null is empty.
    ///
    /// # Errors
    /// As [`evaluate`], and for a list or object, which has no text.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<String, EvaluationError> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                TextPart::Literal(literal) => text.push_str(literal),
                TextPart::Expression(expression) => {
                    let data = evaluate(expression, scope)?.plain();
                    if data.is_null() {
                        continue;
                    }
                    let part = convert::to_text(&data).ok_or_else(|| EvaluationError::Convert {
                        function: "{…}",
                        found: data.describe(),
                        wanted: "text",
                    })?;
                    text.push_str(&part);
                }
            }
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Data;

    struct Nobody;

    impl Scope for Nobody {
        fn root(&self, name: &str) -> Option<Data> {
            (name == "city").then(|| Data::text("Ulm"))
        }

        fn lookup(&self, _: &str, _: &str) -> Option<Data> {
            None
        }

        fn zone(&self) -> &jiff::tz::TimeZone {
            static UTC: jiff::tz::TimeZone = jiff::tz::TimeZone::UTC;
            &UTC
        }
    }

    #[test]
    fn expressions_stand_in_braces() {
        for (text, expected) in [
            ("no city {city}!", "no city Ulm!"),
            ("{city}{city}", "UlmUlm"),
            ("{unknown ?? 'nothing'}", "nothing"),
            ("[{unknown}]", "[]"),
            ("{'{'}x{'}'}", "{x}"),
            ("plain", "plain"),
            ("", ""),
        ] {
            let parsed = parse(text).unwrap_or_else(|problems| panic!("{text}: {problems:#?}"));
            assert_eq!(parsed.evaluate(&Nobody).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_brace_without_its_partner_is_marked() {
        for (text, span) in [("a {city", 2..7), ("a } b", 2..3), ("{'x}", 0..4)] {
            let problems = parse(text).expect_err(text);
            assert_eq!(problems[0].span, span, "{text}");
            assert_eq!(problems[0].code.to_string(), "B0508");
        }
        assert_eq!(parse("ab {x == null}").expect_err("null")[0].span, 4..13);
    }
}
