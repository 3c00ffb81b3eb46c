//! What the functions give.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::evaluate::EvaluationError;
use super::{Function, Scope};
use crate::data::{Data, convert};

/// The most bytes of a text that a function makes.
const MAX_TEXT: usize = 16 << 20;

impl Function {
    /// What it gives for these arguments; `if` and `lookup` take theirs apart themselves, in
    /// [`evaluate`](super::evaluate). Null gives null, where nothing else is said.
    ///
    /// # Errors
    /// Where a value cannot be converted, or a text would be larger than 16 MiB.
    pub fn apply(self, arguments: &[Data], scope: &dyn Scope) -> Result<Data, EvaluationError> {
        let first = arguments.first().unwrap_or(&Data::Null).plain();
        let second = arguments.get(1).map(Data::plain);
        if first.is_null() && !matches!(self, Self::Concat | Self::Size) {
            return Ok(Data::Null);
        }
        let wrong = |wanted: &'static str| EvaluationError::Convert {
            function: self.name(),
            found: first.describe(),
            wanted,
        };
        match self {
            Self::String => convert::to_text(&first)
                .map(Data::Text)
                .ok_or_else(|| wrong("text")),
            Self::Int => convert::to_int(&first)
                .map(Data::Int)
                .ok_or_else(|| wrong("a whole number")),
            Self::Number => convert::to_number(&first)
                .map(Data::Number)
                .ok_or_else(|| wrong("a number")),
            Self::Decimal => convert::to_decimal(&first)
                .map(Data::Decimal)
                .ok_or_else(|| wrong("a decimal")),
            Self::Bool => convert::to_bool(&first)
                .map(Data::Bool)
                .ok_or_else(|| wrong("true or false")),
            Self::Date => {
                let zone = zone(second.as_ref(), scope)?;
                convert::to_date(&first, &zone)
                    .map(Data::Date)
                    .ok_or_else(|| wrong("a date"))
            }
            Self::Day => {
                let zone = zone(second.as_ref(), scope)?;
                convert::to_day(&first, &zone)
                    .map(Data::Day)
                    .ok_or_else(|| wrong("a day"))
            }
            Self::Concat => {
                let mut text = String::new();
                for argument in arguments {
                    let argument = argument.plain();
                    if argument.is_null() {
                        continue;
                    }
                    let part =
                        convert::to_text(&argument).ok_or_else(|| EvaluationError::Convert {
                            function: self.name(),
                            found: argument.describe(),
                            wanted: "text",
                        })?;
                    push(&mut text, &part)?;
                }
                Ok(Data::text(text))
            }
            Self::Join => {
                let separator = second
                    .as_ref()
                    .and_then(convert::to_text)
                    .unwrap_or_default();
                let items = first.items().ok_or_else(|| wrong("a list"))?;
                let mut text = String::new();
                for (parts, item) in items
                    .iter()
                    .map(Data::plain)
                    .filter(|item| !item.is_null())
                    .enumerate()
                {
                    let part = convert::to_text(&item).ok_or_else(|| wrong("a list of texts"))?;
                    if parts > 0 {
                        push(&mut text, &separator)?;
                    }
                    push(&mut text, &part)?;
                }
                Ok(Data::text(text))
            }
            Self::Split => {
                let text = convert::to_text(&first).ok_or_else(|| wrong("text"))?;
                let separator = second
                    .as_ref()
                    .and_then(convert::to_text)
                    .unwrap_or_default();
                if text.is_empty() {
                    return Ok(Data::List(Arc::new([])));
                }
                if separator.is_empty() {
                    return Ok(Data::List(Arc::new([Data::Text(text)])));
                }
                Ok(Data::List(
                    text.split(separator.as_ref()).map(Data::text).collect(),
                ))
            }
            Self::Lower => text(&first, wrong, str::to_lowercase),
            Self::Upper => text(&first, wrong, str::to_uppercase),
            Self::Trim => text(&first, wrong, |text| text.trim().to_owned()),
            Self::First => {
                let items = first.items().ok_or_else(|| wrong("a list"))?;
                Ok(items.first().cloned().unwrap_or(Data::Null))
            }
            Self::Last => {
                let items = first.items().ok_or_else(|| wrong("a list"))?;
                Ok(items.last().cloned().unwrap_or(Data::Null))
            }
            Self::Size => {
                let size = match &first {
                    Data::Null | Data::Omit => 0,
                    Data::Text(text) => text.chars().count(),
                    Data::Bytes(bytes) => bytes.len(),
                    Data::Bool(_)
                    | Data::Int(_)
                    | Data::Number(_)
                    | Data::Decimal(_)
                    | Data::Date(_)
                    | Data::Day(_)
                    | Data::Xml(_)
                    | Data::List(_)
                    | Data::Object(_)
                    | Data::Amf(_) => first
                        .items()
                        .ok_or_else(|| wrong("a list, text or bytes"))?
                        .len(),
                };
                Ok(Data::Int(i64::try_from(size).unwrap_or(i64::MAX)))
            }
            Self::Base64 => match &first {
                Data::Bytes(bytes) => Ok(Data::text(convert::base64(bytes))),
                _ => Err(wrong("bytes")),
            },
            Self::Bytes => convert::to_bytes(&first)
                .map(Data::Bytes)
                .ok_or_else(|| wrong("base64 text")),
            Self::Contains => text(&first, wrong, |text| format!("%{}%", escaped(text))),
            Self::Starts => text(&first, wrong, |text| format!("{}%", escaped(text))),
            Self::If => {
                let chosen = match first {
                    Data::Bool(true) => 1,
                    _ => 2,
                };
                Ok(arguments.get(chosen).cloned().unwrap_or(Data::Null))
            }
            Self::Lookup => {
                let table = convert::to_text(&first).ok_or_else(|| wrong("a table"))?;
                let key = second.as_ref().and_then(convert::to_text);
                Ok(key
                    .and_then(|key| scope.lookup(&table, &key))
                    .unwrap_or(Data::Null))
            }
        }
    }
}

fn text(
    argument: &Data,
    wrong: impl Fn(&'static str) -> EvaluationError,
    change: impl Fn(&str) -> String,
) -> Result<Data, EvaluationError> {
    let text = convert::to_text(argument).ok_or_else(|| wrong("text"))?;
    Ok(Data::text(change(&text)))
}

fn push(text: &mut String, part: &str) -> Result<(), EvaluationError> {
    if text.len() + part.len() > MAX_TEXT {
        return Err(EvaluationError::TooLarge);
    }
    text.push_str(part);
    Ok(())
}

/// `%`, `_` and `\` mean themselves in the pattern.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 4);
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

fn zone(argument: Option<&Data>, scope: &dyn Scope) -> Result<TimeZone, EvaluationError> {
    match argument {
        None | Some(Data::Null) => Ok(scope.zone().clone()),
        Some(name) => convert::to_text(name)
            .and_then(|name| crate::slot::zone(&name))
            .ok_or_else(|| EvaluationError::Zone {
                found: name.describe(),
            }),
    }
}
