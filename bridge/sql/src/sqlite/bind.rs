//! Values for SQLite, which has no types for parameters: each goes as the storage class that compares as expected.

use std::sync::Arc;

use footbridge_mapping::data::Data;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, Encode, Sqlite, Type};

use crate::calendar;
use crate::error::SqlError;
use crate::query::Query;
use crate::text;

/// The arguments of a query.
pub(crate) fn arguments(query: &Query<'_>) -> Result<SqliteArguments, SqlError> {
    let mut arguments = SqliteArguments::default();
    for (index, data) in query.binds.iter().enumerate() {
        bind(&mut arguments, index, data, query)?;
    }
    Ok(arguments)
}

fn bind(
    arguments: &mut SqliteArguments,
    index: usize,
    data: &Data,
    query: &Query<'_>,
) -> Result<(), SqlError> {
    match data {
        Data::Null | Data::Omit => add(arguments, index, None::<i64>),
        Data::Bool(value) => add(arguments, index, i64::from(*value)),
        Data::Int(value) => add(arguments, index, *value),
        Data::Number(value) if value.is_nan() => add(arguments, index, None::<f64>),
        Data::Number(value) => add(arguments, index, *value),
        Data::Decimal(text) => bind_decimal(arguments, index, text),
        Data::Text(text) | Data::Xml(text) => add(arguments, index, Arc::clone(text)),
        Data::Date(millis) => {
            let text = text::local_timestamp(*millis, query.zone)
                .ok_or_else(|| SqlError::argument(index, "is no valid date"))?;
            add(arguments, index, text)
        }
        Data::Day(date) => {
            let mut text = String::new();
            calendar::write_day(&mut text, calendar::days_of_date(*date));
            add(arguments, index, text)
        }
        Data::Bytes(bytes) => add(arguments, index, bytes.to_vec()),
        // One bind for a list of any length: IN (SELECT value FROM json_each(?1)).
        Data::List(_) | Data::Object(_) => {
            let text =
                text::json(data, query.zone).map_err(|what| SqlError::argument(index, what))?;
            add(arguments, index, text)
        }
        Data::Amf(_) => Err(SqlError::argument(
            index,
            "is of type `any`, which SQL does not know; declare its type",
        )),
    }
}

/// SQLite has no exact decimals: a double where it says the same number, else text. As text alone it would
/// compare wrong with expressions, which have no affinity.
fn bind_decimal(
    arguments: &mut SqliteArguments,
    index: usize,
    decimal: &Arc<str>,
) -> Result<(), SqlError> {
    if let Ok(int) = decimal.parse::<i64>() {
        return add(arguments, index, int);
    }
    let Ok(double) = decimal.parse::<f64>() else {
        return Err(SqlError::argument(index, "is no number"));
    };
    if double.is_nan() {
        return add(arguments, index, None::<f64>);
    }
    let significant = decimal
        .bytes()
        .filter(u8::is_ascii_digit)
        .skip_while(|digit| *digit == b'0')
        .count();
    // 15 digits survive the way through a double and back.
    if significant <= 15 {
        add(arguments, index, double)
    } else {
        add(arguments, index, Arc::clone(decimal))
    }
}

fn add<'q, T: Encode<'q, Sqlite> + Type<Sqlite>>(
    arguments: &mut SqliteArguments,
    index: usize,
    value: T,
) -> Result<(), SqlError> {
    arguments
        .add(value)
        .map_err(|error| SqlError::argument(index, format!("cannot be bound: {error}")))
}
