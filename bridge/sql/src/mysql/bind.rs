//! Values for MySQL and MariaDB, which are sent their types with every execution and convert them themselves.

use std::sync::Arc;

use footbridge_mapping::data::Data;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::mysql::{MySqlArguments, MySqlTypeInfo};
use sqlx::{Arguments as _, Encode, MySql, Type};

use crate::calendar;
use crate::error::SqlError;
use crate::query::Query;
use crate::text;

/// The arguments of a query.
pub(crate) fn arguments(
    query: &Query<'_>,
    decimal: Option<&MySqlTypeInfo>,
) -> Result<MySqlArguments, SqlError> {
    let mut arguments = MySqlArguments::default();
    for (index, data) in query.binds.iter().enumerate() {
        bind(&mut arguments, index, data, query, decimal)?;
    }
    Ok(arguments)
}

fn bind(
    arguments: &mut MySqlArguments,
    index: usize,
    data: &Data,
    query: &Query<'_>,
    decimal: Option<&MySqlTypeInfo>,
) -> Result<(), SqlError> {
    match data {
        Data::Null | Data::Omit => add(arguments, index, None::<i64>),
        Data::Bool(value) => add(arguments, index, *value),
        Data::Int(value) => add(arguments, index, *value),
        Data::Number(value) if value.is_finite() => add(arguments, index, *value),
        Data::Number(value) if value.is_nan() => add(arguments, index, None::<f64>),
        Data::Number(_) => Err(SqlError::argument(
            index,
            "is infinite, which MySQL does not know",
        )),
        Data::Decimal(text) if !crate::cell::is_decimal(text) => {
            Err(SqlError::argument(index, "is no number"))
        }
        Data::Decimal(text) => match decimal {
            Some(info) => add(arguments, index, Exact { text, info }),
            None => add(arguments, index, Arc::clone(text)),
        },
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

/// An exact decimal: as text it would be compared with a DECIMAL column as a double.
struct Exact<'a> {
    text: &'a str,
    info: &'a MySqlTypeInfo,
}

impl Type<MySql> for Exact<'_> {
    fn type_info() -> MySqlTypeInfo {
        <str as Type<MySql>>::type_info()
    }
}

impl<'q> Encode<'q, MySql> for Exact<'_> {
    fn encode_by_ref(&self, buffer: &mut Vec<u8>) -> Result<IsNull, BoxDynError> {
        <&str as Encode<MySql>>::encode_by_ref(&self.text, buffer)
    }

    fn produces(&self) -> Option<MySqlTypeInfo> {
        Some(self.info.clone())
    }
}

fn add<'q, T: Encode<'q, MySql> + Type<MySql>>(
    arguments: &mut MySqlArguments,
    index: usize,
    value: T,
) -> Result<(), SqlError> {
    arguments
        .add(value)
        .map_err(|error| SqlError::argument(index, format!("cannot be bound: {error}")))
}
