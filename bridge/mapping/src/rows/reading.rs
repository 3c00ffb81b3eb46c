//! How a reply's type reads a result: all rows, one row, a scalar.

use crate::model::Reading;
use crate::slot::{Slot, Type};

/// What `returns` makes of a statement's rows; without it they are a list of rows as they are named.
pub fn reading(returns: Option<&Slot>) -> Reading {
    match returns {
        Some(slot) => of_type(&slot.kind),
        None => Reading::Rows,
    }
}

fn of_type(kind: &Type) -> Reading {
    match kind {
        Type::Nullable(inner) => match of_type(inner) {
            Reading::Row => Reading::RowOrNull,
            Reading::Scalar => Reading::ScalarOrNull,
            reading @ (Reading::Rows
            | Reading::RowOrNull
            | Reading::ScalarOrNull
            | Reading::Scalars
            | Reading::Nothing) => reading,
        },
        Type::List(inner, _) => match of_type(inner) {
            Reading::Scalar | Reading::ScalarOrNull | Reading::Scalars => Reading::Scalars,
            Reading::Row | Reading::RowOrNull | Reading::Rows | Reading::Nothing => Reading::Rows,
        },
        Type::Named(_) => Reading::Row,
        Type::Any => Reading::Rows,
        Type::Scalar(_) | Type::Ranged(..) | Type::Words(_) => Reading::Scalar,
        Type::Void | Type::Hide => Reading::Nothing,
    }
}
