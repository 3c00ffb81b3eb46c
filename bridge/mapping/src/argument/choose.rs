//! Overloads: chosen by the number, then by the types of the arguments as they came.

use super::{by_name, is_object, not_given};
use crate::data::Data;
use crate::model::Argument;
use crate::slot::{Scalar, Type};

/// Which of several signatures a call means; `None` where none fits.
///
/// Where only one has room for so many arguments it is that one, and [`bind`](super::bind()) tells what is wrong
/// with them. Else the first whose types are those of the values, without converting any.
pub fn choose<'a>(
    signatures: impl IntoIterator<Item = &'a [Argument]>,
    values: &[Data],
) -> Option<usize> {
    let fitting: Vec<(usize, &[Argument], Vec<Data>)> = signatures
        .into_iter()
        .enumerate()
        .filter_map(|(at, arguments)| {
            let values = by_name(arguments, values).unwrap_or_else(|| values.to_vec());
            let number = values.len() <= arguments.len()
                && arguments.iter().skip(values.len()).all(optional);
            number.then_some((at, arguments, values))
        })
        .collect();
    if let [(only, _, _)] = fitting.as_slice() {
        return Some(*only);
    }
    fitting
        .iter()
        .find(|(_, arguments, values)| fits(arguments, values))
        .map(|(at, _, _)| *at)
}

/// Whether values are of the types of arguments, without conversion.
fn fits(arguments: &[Argument], values: &[Data]) -> bool {
    arguments.iter().zip(values).all(|(argument, value)| {
        let value = value.plain();
        if not_given(&value, &argument.slot.kind) {
            return optional(argument);
        }
        of_type(&value, argument.slot.kind.inner())
    })
}

fn optional(argument: &Argument) -> bool {
    argument.slot.default.is_some() || argument.slot.kind.takes_null()
}

fn of_type(value: &Data, kind: &Type) -> bool {
    match kind {
        Type::Any | Type::Nullable(_) => true,
        Type::Void | Type::Hide => false,
        Type::Words(words) => matches!(value, Data::Text(text) if words.contains(text)),
        Type::Named(_) => is_object(value),
        Type::List(..) => value.items().is_some(),
        Type::Scalar(scalar) | Type::Ranged(scalar, _) => match scalar {
            Scalar::String | Scalar::Secret | Scalar::Time => matches!(value, Data::Text(_)),
            Scalar::Int | Scalar::Long => match value {
                Data::Int(_) => true,
                Data::Number(number) => number.fract() == 0.0,
                _ => false,
            },
            Scalar::Number => matches!(value, Data::Int(_) | Data::Number(_)),
            Scalar::Decimal => {
                matches!(value, Data::Int(_) | Data::Number(_) | Data::Decimal(_))
            }
            Scalar::Bool => matches!(value, Data::Bool(_)),
            Scalar::Date => matches!(value, Data::Date(_)),
            Scalar::Day => matches!(value, Data::Date(_) | Data::Day(_)),
            Scalar::Bytes => matches!(value, Data::Bytes(_)),
            Scalar::Xml => matches!(value, Data::Xml(_)),
        },
    }
}
