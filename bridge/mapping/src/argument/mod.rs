//! Arguments: what a client sent becomes what an operation declares, or a fault that names the place.
//!
//! [`bind()`] finds the values, by position or by name; `convert` brings each to its type; `choose`
//! picks one of several signatures.

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::data::Data;
use crate::model::{Argument, TypeScope};
use crate::place::Place;
use crate::slot::{Range, Scalar, Type};

mod choose;
pub(crate) mod convert;

pub use choose::choose;

use convert::Converter;

/// Why an argument is refused; the client is at fault. It never holds the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", Quoted(path))]
pub struct BadArgument {
    /// Where: `order.lines[2].qty`; empty for the call as a whole.
    pub path: String,
    /// What is wrong there: `must be an int`.
    pub message: String,
}

impl Place<'_> {
    /// The fault that `message` says of this place.
    pub fn refuse(&self, message: impl Into<String>) -> BadArgument {
        BadArgument {
            path: self.path(),
            message: message.into(),
        }
    }
}

struct Quoted<'a>(&'a str);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, "`{}` ", self.0)
    }
}

/// The arguments of a call in the order of `arguments`: by position, or by name where one anonymous
/// object is sent, all its keys are arguments, and the first argument is no object or list.
///
/// Missing, null, undefined, and NaN for a number are not given: then the default, else null if the type
/// has `?`, else a fault. `zone` is where dates without a zone are read.
///
/// # Errors
/// For what is missing, does not fit its type, or is too many.
pub fn bind(
    arguments: &[Argument],
    values: &[Data],
    scope: &TypeScope,
    zone: &TimeZone,
) -> Result<Vec<Data>, BadArgument> {
    bind_counting(arguments, values, scope, zone).map(|(bound, _)| bound)
}

/// As [`bind()`], and how many of the values, however deep, came as another type than the declared one: a text for an `int`, a number
/// for a `string`.
///
/// # Errors
/// As [`bind()`].
pub fn bind_counting(
    arguments: &[Argument],
    values: &[Data],
    scope: &TypeScope,
    zone: &TimeZone,
) -> Result<(Vec<Data>, usize), BadArgument> {
    let named = by_name(arguments, values);
    let values = named.as_deref().unwrap_or(values);
    if values.len() > arguments.len() {
        return Err(BadArgument {
            path: String::new(),
            message: format!(
                "{} arguments came, and the operation takes {}",
                values.len(),
                arguments.len()
            ),
        });
    }
    let mut converter = Converter::new(scope, zone);
    let bound = arguments
        .iter()
        .enumerate()
        .map(|(at, argument)| {
            let value = values.get(at).unwrap_or(&Data::Null);
            converter.argument(value, argument)
        })
        .collect::<Result<_, _>>()?;
    Ok((bound, converter.coerced()))
}

/// As [`bind()`], for values that have names already, as `operation` gives them.
///
/// # Errors
/// As [`bind()`], and for a name that is no argument.
pub fn bind_named(
    arguments: &[Argument],
    values: &[(Arc<str>, Data)],
    scope: &TypeScope,
    zone: &TimeZone,
) -> Result<Vec<Data>, BadArgument> {
    if let Some((name, _)) = values
        .iter()
        .find(|(name, _)| arguments.iter().all(|argument| argument.name != *name))
    {
        return Err(BadArgument {
            path: name.to_string(),
            message: "is no argument of the operation".to_owned(),
        });
    }
    let ordered: Vec<Data> = arguments
        .iter()
        .map(|argument| {
            values
                .iter()
                .find(|(name, _)| *name == argument.name)
                .map_or(Data::Null, |(_, value)| value.clone())
        })
        .collect();
    let mut converter = Converter::new(scope, zone);
    arguments
        .iter()
        .zip(&ordered)
        .map(|(argument, value)| converter.argument(value, argument))
        .collect()
}

/// The values in the order of arguments, if they came as one object of names.
fn by_name(arguments: &[Argument], values: &[Data]) -> Option<Vec<Data>> {
    let [object] = values else { return None };
    let Some(first) = arguments.first() else {
        // `{}` names none of none.
        return anonymous(object)?.is_empty().then(Vec::new);
    };
    match first.slot.kind.inner() {
        Type::Named(_) | Type::List(..) | Type::Any => return None,
        Type::Scalar(_)
        | Type::Ranged(..)
        | Type::Words(_)
        | Type::Nullable(_)
        | Type::Void
        | Type::Hide => {}
    }
    let names = anonymous(object)?;
    let known = |name: &Arc<str>| arguments.iter().any(|argument| argument.name == *name);
    names.iter().all(known).then(|| {
        arguments
            .iter()
            .map(|argument| object.member(&argument.name))
            .collect()
    })
}

/// The names of an anonymous object's members.
fn anonymous(data: &Data) -> Option<Vec<Arc<str>>> {
    match data {
        Data::Object(record) if record.alias.is_none() => {
            Some(record.members.keys().cloned().collect())
        }
        Data::Amf(value) if value.class() == Some("") && value.items().is_none() => {
            Some(value.member_names())
        }
        Data::Object(_)
        | Data::Amf(_)
        | Data::Null
        | Data::Omit
        | Data::Bool(_)
        | Data::Int(_)
        | Data::Number(_)
        | Data::Decimal(_)
        | Data::Text(_)
        | Data::Date(_)
        | Data::Day(_)
        | Data::Bytes(_)
        | Data::Xml(_)
        | Data::List(_) => None,
    }
}

/// Whether a value is an object, of a class or anonymous.
fn is_object(data: &Data) -> bool {
    match data {
        Data::Object(_) => true,
        Data::Amf(value) => value.class().is_some() && value.items().is_none(),
        Data::Null
        | Data::Omit
        | Data::Bool(_)
        | Data::Int(_)
        | Data::Number(_)
        | Data::Decimal(_)
        | Data::Text(_)
        | Data::Date(_)
        | Data::Day(_)
        | Data::Bytes(_)
        | Data::Xml(_)
        | Data::List(_) => false,
    }
}

/// Whether a value counts as not given for a type: null, and NaN for a number.
fn not_given(data: &Data, kind: &Type) -> bool {
    match data {
        Data::Null | Data::Omit => true,
        Data::Number(number) if number.is_nan() => matches!(
            kind.scalar(),
            Some(Scalar::Int | Scalar::Number | Scalar::Decimal | Scalar::Long)
        ),
        Data::Number(_)
        | Data::Bool(_)
        | Data::Int(_)
        | Data::Decimal(_)
        | Data::Text(_)
        | Data::Date(_)
        | Data::Day(_)
        | Data::Bytes(_)
        | Data::Xml(_)
        | Data::List(_)
        | Data::Object(_)
        | Data::Amf(_) => false,
    }
}

/// `1 to 9`, for people.
fn bounds(range: &Range) -> String {
    match (&range.from, &range.to) {
        (Some(from), Some(to)) if from == to => format!("exactly {from}"),
        (Some(from), Some(to)) => format!("from {from} to {to}"),
        (Some(from), None) => format!("at least {from}"),
        (None, Some(to)) => format!("at most {to}"),
        (None, None) => "anything".to_owned(),
    }
}
