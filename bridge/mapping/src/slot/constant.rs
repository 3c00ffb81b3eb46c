//! Constants of a slot: whether one fits its type, and the value it is.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Constant, Range, Scalar, Type};
use crate::data::Data;
use crate::decimal;

/// Whether a constant is a value of a type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fits {
    /// It is.
    Yes,
    /// It is none; the type's name.
    No(&'static str),
    /// It is one, outside of this range.
    Outside(String),
    /// It is none of these words.
    NoWord(Vec<String>),
}

/// Whether `constant` can stand where a value of type `kind` is missing.
pub(super) fn fits(kind: &Type, constant: &Constant) -> Fits {
    if *constant == Constant::Omit {
        return Fits::Yes;
    }
    match kind {
        Type::Nullable(inner) => fits(inner, constant),
        Type::Any | Type::Hide => Fits::Yes,
        Type::Void => Fits::No("value, for `void` has none"),
        Type::Named(_) => Fits::No("object"),
        Type::List(..) => verdict(*constant == Constant::EmptyList, "list"),
        Type::Words(words) => match constant {
            Constant::Text(text) if words.contains(text) => Fits::Yes,
            Constant::Text(_)
            | Constant::Number(_)
            | Constant::Bool(_)
            | Constant::NaN
            | Constant::Omit
            | Constant::EmptyList => {
                Fits::NoWord(words.iter().map(|word| word.to_string()).collect())
            }
        },
        Type::Scalar(scalar) => verdict(is(*scalar, constant), scalar.name()),
        Type::Ranged(scalar, range) => {
            if !is(*scalar, constant) {
                return Fits::No(scalar.name());
            }
            let within = match constant {
                Constant::Number(number) => range.holds(number),
                Constant::Text(text) => range.holds_count(text.chars().count()),
                Constant::Bool(_) | Constant::NaN | Constant::Omit | Constant::EmptyList => true,
            };
            if within {
                Fits::Yes
            } else {
                Fits::Outside(range.to_string())
            }
        }
    }
}

fn verdict(fits: bool, name: &'static str) -> Fits {
    if fits { Fits::Yes } else { Fits::No(name) }
}

fn is(scalar: Scalar, constant: &Constant) -> bool {
    match (scalar, constant) {
        (Scalar::Int, Constant::Number(number)) => {
            decimal::to_i64(number).is_some_and(|number| i32::try_from(number).is_ok())
        }
        (Scalar::Long, Constant::Number(number)) => decimal::to_i64(number).is_some(),
        (Scalar::Number | Scalar::Decimal, Constant::Number(_))
        | (Scalar::Number, Constant::NaN)
        | (Scalar::Bool, Constant::Bool(_))
        | (Scalar::String | Scalar::Secret | Scalar::Xml, Constant::Text(_)) => true,
        (Scalar::Date, Constant::Text(text)) => {
            crate::data::convert::date_of_text(text, &jiff::tz::TimeZone::UTC).is_some()
        }
        (Scalar::Day, Constant::Text(text)) => crate::data::convert::day_of_text(text).is_some(),
        (Scalar::Time, Constant::Text(text)) => crate::data::convert::time_of_text(text).is_some(),
        (Scalar::Bytes, Constant::Text(text)) => crate::data::convert::unbase64(text).is_some(),
        (
            _,
            Constant::Number(_)
            | Constant::NaN
            | Constant::Bool(_)
            | Constant::Text(_)
            | Constant::Omit
            | Constant::EmptyList,
        ) => false,
    }
}

impl Constant {
    /// The value it is. Whole numbers are integers; what it becomes beyond that is for its place to say.
    pub fn data(&self) -> Data {
        match self {
            Self::Number(number) => match decimal::to_i64(number) {
                Some(whole) => Data::Int(whole),
                None => Data::Decimal(number.clone()),
            },
            Self::Bool(value) => Data::Bool(*value),
            Self::NaN => Data::Number(f64::NAN),
            Self::Omit => Data::Omit,
            Self::EmptyList => Data::List(Arc::new([])),
            Self::Text(text) => Data::Text(text.clone()),
        }
    }
}

impl Range {
    /// Whether a number in normal form is within.
    pub fn holds(&self, number: &str) -> bool {
        let below = |bound: &Arc<str>| decimal::compare(number, bound) == Some(Ordering::Less);
        let above = |bound: &Arc<str>| decimal::compare(number, bound) == Some(Ordering::Greater);
        !self.from.as_ref().is_some_and(below) && !self.to.as_ref().is_some_and(above)
    }

    /// Whether a count or length is within.
    pub fn holds_count(&self, count: usize) -> bool {
        self.holds(&count.to_string())
    }

    /// Whether it holds everything.
    pub fn is_open(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }
}
