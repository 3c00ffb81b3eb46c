//! Types as expressions meet them: of constants and roots, joined, and which of them can be equal.

use crate::data::Data;
use crate::slot::{Scalar, Type};

/// Kinds of values that can be equal among each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Text,
    Number,
    Bool,
    Date,
    Day,
    Other,
}

/// The family of a type; `None` where nothing is known.
pub(super) fn family(kind: &Type) -> Option<Family> {
    match kind {
        Type::Nullable(inner) => family(inner),
        Type::Any | Type::Void | Type::Hide => None,
        Type::Words(_) => Some(Family::Text),
        Type::Named(_) | Type::List(..) => Some(Family::Other),
        Type::Scalar(scalar) | Type::Ranged(scalar, _) => Some(match scalar {
            Scalar::String | Scalar::Secret | Scalar::Time => Family::Text,
            Scalar::Int | Scalar::Number | Scalar::Decimal | Scalar::Long => Family::Number,
            Scalar::Bool => Family::Bool,
            Scalar::Date => Family::Date,
            Scalar::Day => Family::Day,
            Scalar::Bytes | Scalar::Xml => Family::Other,
        }),
    }
}

/// The members of roots that are always the same; `identity` and `session` have more than is known here.
pub(super) fn builtin(root: &str) -> Option<Vec<(&'static str, Type)>> {
    let text = || Type::Scalar(Scalar::String);
    match root {
        "call" => Some(vec![
            ("id", text()),
            ("service", text()),
            ("operation", text()),
            ("time", Type::Scalar(Scalar::Date)),
            ("address", text()),
            ("client", text()),
        ]),
        "fault" => Some(vec![
            ("status", nullable(Type::Scalar(Scalar::Int))),
            ("code", text()),
            ("message", text()),
            ("detail", Type::Any),
            ("step", nullable(text())),
        ]),
        _ => None,
    }
}

/// The type of a constant.
pub(super) fn literal(data: &Data) -> Type {
    match data {
        Data::Null | Data::Omit => nullable(Type::Any),
        Data::Bool(_) => Type::Scalar(Scalar::Bool),
        Data::Int(number) if i32::try_from(*number).is_ok() => Type::Scalar(Scalar::Int),
        Data::Int(_) => Type::Scalar(Scalar::Long),
        Data::Number(_) => Type::Scalar(Scalar::Number),
        Data::Decimal(_) => Type::Scalar(Scalar::Decimal),
        Data::Text(_) => Type::Scalar(Scalar::String),
        Data::Date(_) => Type::Scalar(Scalar::Date),
        Data::Day(_) => Type::Scalar(Scalar::Day),
        Data::Bytes(_) => Type::Scalar(Scalar::Bytes),
        Data::Xml(_) => Type::Scalar(Scalar::Xml),
        Data::List(_) | Data::Object(_) | Data::Amf(_) => Type::Any,
    }
}

/// The type with null beside its values.
pub(super) fn nullable(kind: Type) -> Type {
    match kind {
        Type::Nullable(_) => kind,
        kind => Type::Nullable(Box::new(kind)),
    }
}

/// The type that values of all these types have.
pub(super) fn joined<'t>(mut kinds: impl Iterator<Item = &'t Type>) -> Type {
    let Some(first) = kinds.next() else {
        return Type::Any;
    };
    let mut joined = first.clone();
    for kind in kinds {
        if *kind == joined {
            continue;
        }
        joined = match (family(&joined), family(kind)) {
            (Some(Family::Text), Some(Family::Text)) => Type::Scalar(Scalar::String),
            (Some(Family::Number), Some(Family::Number)) => Type::Scalar(Scalar::Number),
            _ => Type::Any,
        };
    }
    joined
}

/// What a value of this type is called in a diagnostic.
pub(super) fn described(kind: &Type) -> String {
    match kind.inner() {
        Type::Words(_) => "a set of words".to_owned(),
        Type::Scalar(scalar @ Scalar::Int) | Type::Ranged(scalar @ Scalar::Int, _) => {
            format!("an {}", scalar.name())
        }
        Type::Scalar(scalar) | Type::Ranged(scalar, _) => format!("a {}", scalar.name()),
        Type::List(..) => "a list".to_owned(),
        Type::Named(name) => format!("an object ({name})"),
        Type::Any => "anything".to_owned(),
        Type::Void | Type::Hide => "nothing".to_owned(),
        Type::Nullable(inner) => inner.to_string(),
    }
}
