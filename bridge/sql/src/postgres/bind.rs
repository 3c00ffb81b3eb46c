//! Values brought to the types of a text's parameters, in PostgreSQL's binary format. The mirror of `decode`.

use std::sync::Arc;

use footbridge_mapping::data::Data;
use jiff::tz::TimeZone;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo, PgTypeKind};
use sqlx::{Arguments as _, Encode, Postgres, Type};

use crate::calendar::{self, Parsed};
use crate::cell::{self, Cell};
use crate::error::SqlError;
use crate::postgres::decode::{EPOCH_DAYS, EPOCH_MICROS, Kind};
use crate::query::Query;
use crate::text;

use super::{interval, numeric};

/// A parameter as the server typed it.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    info: PgTypeInfo,
    pub(crate) kind: Kind,
    /// Of an array the number of its element type, which its binary form repeats.
    element: u32,
}

impl Parameter {
    pub(crate) fn of(info: &PgTypeInfo) -> Self {
        Self {
            info: info.clone(),
            kind: Kind::of(info),
            element: element(info),
        }
    }
}

fn element(info: &PgTypeInfo) -> u32 {
    match info.kind() {
        PgTypeKind::Array(element) => element.oid().map_or(0, |oid| oid.0),
        PgTypeKind::Domain(base) => element(base),
        PgTypeKind::Simple
        | PgTypeKind::Pseudo
        | PgTypeKind::Composite(_)
        | PgTypeKind::Enum(_)
        | PgTypeKind::Range(_) => 0,
    }
}

/// The arguments of a query.
pub(crate) fn arguments(
    parameters: &[Parameter],
    query: &Query<'_>,
) -> Result<PgArguments, SqlError> {
    if parameters.len() != query.binds.len() {
        return Err(SqlError::argument(
            parameters.len().min(query.binds.len()),
            format!(
                "has no counterpart: the text takes {} values and {} are given",
                parameters.len(),
                query.binds.len()
            ),
        ));
    }
    let mut arguments = PgArguments::default();
    for (index, (parameter, data)) in parameters.iter().zip(query.binds).enumerate() {
        let mut bytes = Vec::new();
        let value = encode(parameter, data, query.zone, &mut bytes)
            .map_err(|what| SqlError::argument(index, what))?;
        let bound = Bound {
            info: &parameter.info,
            bytes: (value == Value::Bytes).then_some(&bytes),
        };
        arguments
            .add(bound)
            .map_err(|error| SqlError::argument(index, format!("cannot be bound: {error}")))?;
    }
    Ok(arguments)
}

/// Encoded bytes with the type that the server gave to their parameter.
struct Bound<'a> {
    info: &'a PgTypeInfo,
    bytes: Option<&'a Vec<u8>>,
}

impl Type<Postgres> for Bound<'_> {
    fn type_info() -> PgTypeInfo {
        // Never asked: each value produces its own.
        PgTypeInfo::with_oid(Oid(705))
    }
}

impl<'q> Encode<'q, Postgres> for Bound<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let Some(bytes) = self.bytes else {
            return Ok(IsNull::Yes);
        };
        buffer.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.info.clone())
    }

    fn size_hint(&self) -> usize {
        self.bytes.map_or(0, Vec::len)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Null,
    Bytes,
}

/// What goes on after "parameter 3".
pub(super) type Misfit = std::borrow::Cow<'static, str>;

fn encode(
    parameter: &Parameter,
    data: &Data,
    zone: &TimeZone,
    out: &mut Vec<u8>,
) -> Result<Value, Misfit> {
    let Kind::Array(kind) = &parameter.kind else {
        return encode_one(&parameter.kind, data, zone, out);
    };
    let items = match data {
        Data::Null | Data::Omit => return Ok(Value::Null),
        Data::List(items) => items,
        _ => return Err("is no list, and the text compares it with one".into()),
    };
    let length = i32::try_from(items.len()).map_err(|_| "is too long a list")?;
    let dimensions = i32::from(length > 0);
    out.extend_from_slice(&dimensions.to_be_bytes());
    let has_null = items
        .iter()
        .any(|item| matches!(item, Data::Null | Data::Omit));
    out.extend_from_slice(&i32::from(has_null).to_be_bytes());
    out.extend_from_slice(&parameter.element.to_be_bytes());
    if length == 0 {
        return Ok(Value::Bytes);
    }
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&1_i32.to_be_bytes());
    for item in items.iter() {
        let start = out.len();
        out.extend_from_slice(&(-1_i32).to_be_bytes());
        if encode_one(kind, item, zone, out)? == Value::Bytes {
            let size = i32::try_from(out.len() - start - 4).map_err(|_| "is too long")?;
            if let Some(place) = out.get_mut(start..start + 4) {
                place.copy_from_slice(&size.to_be_bytes());
            }
        }
    }
    Ok(Value::Bytes)
}

fn encode_one(
    kind: &Kind,
    data: &Data,
    zone: &TimeZone,
    out: &mut Vec<u8>,
) -> Result<Value, Misfit> {
    if matches!(data, Data::Null | Data::Omit) {
        return Ok(Value::Null);
    }
    if let Data::Amf(_) = data {
        return Err("is of type `any`, which SQL does not know; declare its type".into());
    }
    match kind {
        Kind::Bool => out.push(u8::from(truth(data)?)),
        Kind::Int2 => out.extend_from_slice(&whole::<i16>(data, "int2")?.to_be_bytes()),
        Kind::Int4 => out.extend_from_slice(&whole::<i32>(data, "int4")?.to_be_bytes()),
        Kind::Int8 => out.extend_from_slice(&whole::<i64>(data, "int8")?.to_be_bytes()),
        Kind::Oid => out.extend_from_slice(&whole::<u32>(data, "oid")?.to_be_bytes()),
        Kind::Float4 => {
            #[expect(clippy::cast_possible_truncation, reason = "the column holds no more")]
            let single = double(data)? as f32;
            out.extend_from_slice(&single.to_be_bytes());
        }
        Kind::Float8 => out.extend_from_slice(&double(data)?.to_be_bytes()),
        Kind::Numeric => {
            let text = decimal(data)?;
            numeric::encode(&text, out)?;
        }
        Kind::Text | Kind::Char | Kind::Byte | Kind::Xml => {
            let text = as_text(data, zone)?;
            if text.contains('\0') {
                return Err("holds a zero character, which PostgreSQL's text cannot".into());
            }
            out.extend_from_slice(text.as_bytes());
        }
        Kind::Bytea => match data {
            Data::Bytes(bytes) => out.extend_from_slice(bytes),
            _ => return Err(misfit(data, "bytes")),
        },
        Kind::Date => {
            let days = days(data, zone)? - EPOCH_DAYS;
            let days = i32::try_from(days).map_err(|_| "is beyond PostgreSQL's days")?;
            out.extend_from_slice(&days.to_be_bytes());
        }
        Kind::Timestamp => {
            let micros = local(data, zone)?.checked_sub(EPOCH_MICROS);
            let micros = micros.ok_or("is beyond PostgreSQL's timestamps")?;
            out.extend_from_slice(&micros.to_be_bytes());
        }
        Kind::TimestampTz => {
            let micros = instant(data, zone)?.checked_sub(EPOCH_MICROS);
            let micros = micros.ok_or("is beyond PostgreSQL's timestamps")?;
            out.extend_from_slice(&micros.to_be_bytes());
        }
        Kind::Time => {
            let (micros, _) = time(data)?;
            out.extend_from_slice(&micros.to_be_bytes());
        }
        Kind::TimeTz => {
            let (micros, offset) = time(data)?;
            out.extend_from_slice(&micros.to_be_bytes());
            let west = i32::try_from(-offset.unwrap_or(0)).map_err(|_| "has no such offset")?;
            out.extend_from_slice(&west.to_be_bytes());
        }
        Kind::Interval => {
            let (months, days, micros) = interval(data)?;
            out.extend_from_slice(&micros.to_be_bytes());
            out.extend_from_slice(&days.to_be_bytes());
            out.extend_from_slice(&months.to_be_bytes());
        }
        Kind::Uuid => match data {
            Data::Text(text) => {
                let uuid = text::parse_uuid(text).ok_or_else(|| misfit(data, "UUID"))?;
                out.extend_from_slice(&uuid);
            }
            Data::Bytes(bytes) if bytes.len() == 16 => out.extend_from_slice(bytes),
            _ => return Err(misfit(data, "UUID")),
        },
        Kind::Json => out.extend_from_slice(json(data, zone)?.as_bytes()),
        Kind::Jsonb => {
            out.push(1);
            out.extend_from_slice(json(data, zone)?.as_bytes());
        }
        Kind::Void => return Ok(Value::Null),
        Kind::Array(_) => return Err("is a list of lists, which cannot be bound".into()),
        Kind::Other(name) => return Err(only_text(name)),
        Kind::Spelt(spelt) => return Err(only_text(spelt.name())),
        Kind::Point => return Err(only_text("point")),
    }
    Ok(Value::Bytes)
}

fn misfit(data: &Data, wanted: &str) -> Misfit {
    let what = match data {
        Data::Null | Data::Omit => "null",
        Data::Bool(_) => "a boolean",
        Data::Int(_) | Data::Number(_) | Data::Decimal(_) => "a number",
        Data::Text(_) => "a text",
        Data::Date(_) => "a date",
        Data::Day(_) => "a day",
        Data::Bytes(_) => "bytes",
        Data::Xml(_) => "XML",
        Data::List(_) => "a list",
        Data::Object(_) => "an object",
        Data::Amf(_) => "of type `any`",
    };
    format!("is {what} that is no {wanted}").into()
}

/// Data as the cell that would be read of it, where conversions are the same in both directions.
fn as_cell(data: &Data) -> Cell<'_> {
    match data {
        Data::Bool(value) => Cell::Bool(*value),
        Data::Int(value) => Cell::Long(i128::from(*value)),
        Data::Number(value) => Cell::Number(*value),
        Data::Decimal(text) => Cell::Decimal(text),
        Data::Text(text) => Cell::Text(text),
        Data::Null
        | Data::Omit
        | Data::Date(_)
        | Data::Day(_)
        | Data::Bytes(_)
        | Data::Xml(_)
        | Data::List(_)
        | Data::Object(_)
        | Data::Amf(_) => Cell::Null,
    }
}

fn truth(data: &Data) -> Result<bool, Misfit> {
    match data {
        Data::Bool(value) => Ok(*value),
        Data::Text(text) => match &**text {
            "true" | "t" | "1" => Ok(true),
            "false" | "f" | "0" => Ok(false),
            _ => Err(misfit(data, "boolean")),
        },
        _ => match cell::whole(&as_cell(data)) {
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            _ => Err(misfit(data, "boolean")),
        },
    }
}

fn whole<T: TryFrom<i128>>(data: &Data, name: &str) -> Result<T, Misfit> {
    let whole = cell::whole(&as_cell(data)).ok_or_else(|| misfit(data, name))?;
    T::try_from(whole).map_err(|_| format!("is {whole}, which is no {name}").into())
}

fn double(data: &Data) -> Result<f64, Misfit> {
    match data {
        #[expect(clippy::cast_precision_loss, reason = "the column holds no more")]
        Data::Int(value) => Ok(*value as f64),
        other => cell::double(&as_cell(other)).ok_or_else(|| misfit(other, "number")),
    }
}

fn decimal(data: &Data) -> Result<Arc<str>, Misfit> {
    match data {
        Data::Decimal(text) => Ok(Arc::clone(text)),
        Data::Text(text) if cell::is_decimal(text) => Ok(Arc::clone(text)),
        Data::Int(_) | Data::Number(_) => {
            let mut text = String::new();
            cell::write_text(&mut text, &as_cell(data));
            Ok(text.into())
        }
        Data::Bool(value) => Ok(Arc::from(if *value { "1" } else { "0" })),
        other => Err(misfit(other, "decimal")),
    }
}

fn as_text(data: &Data, zone: &TimeZone) -> Result<Arc<str>, Misfit> {
    let mut out = String::new();
    match data {
        Data::Text(text) | Data::Xml(text) | Data::Decimal(text) => return Ok(Arc::clone(text)),
        Data::Bool(_) | Data::Int(_) | Data::Number(_) => {
            cell::write_text(&mut out, &as_cell(data));
        }
        Data::Day(date) => calendar::write_day(&mut out, calendar::days_of_date(*date)),
        Data::Date(millis) => {
            let text = text::local_timestamp(*millis, zone);
            return text.map(Arc::from).ok_or_else(|| "is no valid date".into());
        }
        Data::List(_) | Data::Object(_) => return json(data, zone),
        Data::Null | Data::Omit | Data::Bytes(_) | Data::Amf(_) => {
            return Err(misfit(data, "text"));
        }
    }
    Ok(out.into())
}

/// A text is JSON already, as everywhere in SQL; everything else becomes it.
fn json(data: &Data, zone: &TimeZone) -> Result<Arc<str>, Misfit> {
    match data {
        Data::Text(text) => Ok(Arc::clone(text)),
        other => Ok(text::json(other, zone)?.into()),
    }
}

fn days(data: &Data, zone: &TimeZone) -> Result<i64, Misfit> {
    match data {
        Data::Day(date) => Ok(calendar::days_of_date(*date)),
        _ => Ok(local(data, zone)?.div_euclid(calendar::DAY_MICROS)),
    }
}

fn local(data: &Data, zone: &TimeZone) -> Result<i64, Misfit> {
    match moment(data)? {
        Parsed::Day(days) => Ok(days.saturating_mul(calendar::DAY_MICROS)),
        Parsed::Local(micros) => Ok(micros),
        Parsed::Instant(micros) => calendar::local_of_instant(micros, zone)
            .ok_or_else(|| "is beyond the calendar of its zone".into()),
    }
}

fn instant(data: &Data, zone: &TimeZone) -> Result<i64, Misfit> {
    match moment(data)? {
        Parsed::Instant(micros) => Ok(micros),
        Parsed::Day(_) | Parsed::Local(_) => calendar::instant_of_local(local(data, zone)?, zone)
            .ok_or_else(|| "is beyond the calendar of its zone".into()),
    }
}

fn moment(data: &Data) -> Result<Parsed, Misfit> {
    match data {
        Data::Date(millis) => text::micros_of_millis(*millis)
            .map(Parsed::Instant)
            .ok_or_else(|| "is no valid date".into()),
        Data::Day(date) => Ok(Parsed::Day(calendar::days_of_date(*date))),
        Data::Text(text) => calendar::parse(text).ok_or_else(|| misfit(data, "date")),
        other => Err(misfit(other, "date")),
    }
}

fn time(data: &Data) -> Result<(i64, Option<i64>), Misfit> {
    let Data::Text(text) = data else {
        return Err(misfit(data, "time"));
    };
    calendar::parse_clock(text).ok_or_else(|| misfit(data, "time"))
}

/// Reads `10:15:30` and ISO durations: `P1Y2M3DT4H5M6.5S`, `P2W`, each part with a sign of its own.
fn interval(data: &Data) -> Result<(i32, i32, i64), Misfit> {
    let Data::Text(text) = data else {
        return Err(misfit(data, "interval"));
    };
    if let Some((micros, None)) = calendar::parse_clock(text) {
        return Ok((0, 0, micros));
    }
    interval::parse_duration(text.trim())
        .ok_or_else(|| misfit(data, "interval; write it as P1DT2H30M"))
}

fn only_text(name: &str) -> Misfit {
    format!("goes to type {name}, which only text can say; write CAST(CAST(:x AS text) AS {name})")
        .into()
}
