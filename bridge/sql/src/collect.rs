//! Cells as [`Data`]: for steps that others name, and for `value` after a statement.

use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::rows::{CellRule, NullRule};
use footbridge_mapping::slot::{Constant, Scalar};

use crate::calendar;
use crate::cell::{self, Cell};
use crate::error::SqlError;
use crate::json;

/// A cell as data: typed by the database, in the zone of the rule; what null is, is the rule's.
pub(crate) fn data(rule: &CellRule, cell: Cell<'_>) -> Result<Data, SqlError> {
    Ok(match cell {
        Cell::Null => return null(rule),
        Cell::Bool(value) => Data::Bool(value),
        Cell::LooseBool(value) => match rule.declared {
            Some(Scalar::Bool) => Data::Bool(value != 0),
            None if matches!(value, 0 | 1) => Data::Bool(value == 1),
            _ => Data::Int(value),
        },
        Cell::Int(value @ (0 | 1)) if rule.declared == Some(Scalar::Bool) => Data::Bool(value == 1),
        Cell::Int(value) => Data::Int(value),
        Cell::Long(value) => match i64::try_from(value) {
            Ok(value) => Data::Int(value),
            Err(_) => Data::Decimal(value.to_string().into()),
        },
        Cell::Decimal(text) => match rule.declared {
            Some(Scalar::Number) => Data::Number(
                text.parse()
                    .map_err(|_| SqlError::unreadable(&rule.name, "holds no number"))?,
            ),
            _ => Data::Decimal(text.into()),
        },
        Cell::Number(value) => Data::Number(value),
        Cell::Single(value) => Data::Number(cell::widened(value)),
        Cell::Text(_) if rule.declared == Some(Scalar::Date) => {
            Data::Date(cell::moment(rule, &cell)?)
        }
        Cell::Text(_) if rule.declared == Some(Scalar::Day) => day(rule, cell::day(rule, &cell)?)?,
        Cell::Text(text) if rule.declared == Some(Scalar::Decimal) && cell::is_decimal(text) => {
            Data::Decimal(text.into())
        }
        Cell::Text(text) | Cell::Padded(text) | Cell::Time(text) | Cell::Uuid(text) => {
            Data::text(text)
        }
        Cell::Bytes(bytes) => Data::Bytes(bytes.into()),
        Cell::Day(_) | Cell::Local(_) | Cell::Instant(_) | Cell::Endless(_) => {
            return moment(rule, cell);
        }
        Cell::Json(text) if rule.declared == Some(Scalar::String) => Data::text(text),
        Cell::Json(text) => json::collect(text).map_err(|error| error.of_column(&rule.name))?,
        Cell::Xml(text) => Data::Xml(text.into()),
        Cell::Array(array) => array.collect(rule)?,
    })
}

fn moment(rule: &CellRule, cell: Cell<'_>) -> Result<Data, SqlError> {
    match (rule.declared, cell) {
        (Some(Scalar::String | Scalar::Time), _) | (None, Cell::Endless(_)) => {
            let mut text = String::new();
            cell::write_text(&mut text, &cell);
            Ok(Data::text(text))
        }
        (Some(Scalar::Number), _) => Ok(Data::Number(cell::moment(rule, &cell)?)),
        (Some(Scalar::Day), _) | (None, Cell::Day(_)) => day(rule, cell::day(rule, &cell)?),
        _ => Ok(Data::Date(cell::moment(rule, &cell)?)),
    }
}

fn day(rule: &CellRule, days: i64) -> Result<Data, SqlError> {
    calendar::civil_date(days)
        .map(Data::Day)
        .ok_or_else(|| SqlError::unreadable(&rule.name, "holds a day beyond the year 9999"))
}

/// What null is under the rule.
pub(crate) fn null(rule: &CellRule) -> Result<Data, SqlError> {
    match &rule.null {
        NullRule::Null => Ok(Data::Null),
        NullRule::Omit => Ok(Data::Omit),
        NullRule::Refuse => Err(SqlError::unreadable(
            &rule.name,
            "is null; declare its type with `?`, or give it a default",
        )),
        NullRule::Value(constant) => Ok(self::constant(constant)),
    }
}

/// A constant of a slot.
pub(crate) fn constant(constant: &Constant) -> Data {
    match constant {
        Constant::Number(text) => match text.parse() {
            Ok(int) => Data::Int(int),
            Err(_) => Data::Decimal(Arc::clone(text)),
        },
        Constant::Bool(value) => Data::Bool(*value),
        Constant::NaN => Data::Number(f64::NAN),
        Constant::Omit => Data::Omit,
        Constant::EmptyList => Data::List(Arc::default()),
        Constant::Text(text) => Data::Text(Arc::clone(text)),
    }
}
