//! MySQL's binary protocol ("Binary Protocol Resultset", little-endian), read without crate types in between.
//!
//! ```text
//! date, datetime, timestamp   length:u8 {year:u16 month:u8 day:u8 {hour:u8 minute:u8 second:u8 {micros:u32}}}
//! time                        length:u8 {negative:u8 days:u32 hour:u8 minute:u8 second:u8 {micros:u32}}
//! decimal                     text              bit     bytes, big-endian
//! ```

use std::sync::Arc;

use footbridge_amf::amf3::{Members, Repeats};
use footbridge_mapping::rows::{CellRule, ColumnKind};
use sqlx::mysql::{MySqlRow, MySqlTypeInfo};
use sqlx::{Column as _, MySql, Row as _, Type, TypeInfo as _};

use crate::calendar;
use crate::cell::Cell;
use crate::rows::{RawRow, Unfit};

use super::quick::Quick;

/// How a column's bytes are read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// `TINYINT(1)`, which can hold any small number.
    Truth,
    /// `BIT(1)`.
    Flag,
    /// `BIT(n)`.
    Bit,
    /// Of 1 to 4 bytes.
    Int {
        unsigned: bool,
    },
    Long {
        unsigned: bool,
    },
    Year,
    Float,
    Double,
    Decimal,
    Text,
    Bytes,
    Date,
    /// Without a zone.
    DateTime,
    /// An instant, in the session's zone, which is UTC.
    Timestamp,
    Time,
    Json,
    Null,
    /// What has no text of its own.
    Other(Arc<str>),
}

pub(crate) type Columns = Arc<[Kind]>;

impl Kind {
    /// The kind of a type. Names mislead for texts (MariaDB's JSON is named BLOB), so their collation goes first.
    pub(crate) fn of(info: &MySqlTypeInfo) -> Self {
        match info.name() {
            "ENUM" | "SET" | "CHAR" | "VARCHAR" => return Self::Text,
            _ if <str as Type<MySql>>::compatible(info) => return Self::Text,
            _ => {}
        }
        match info.name() {
            "BOOLEAN" => Self::Truth,
            "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" => Self::Int { unsigned: false },
            "TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED" | "INT UNSIGNED" => {
                Self::Int { unsigned: true }
            }
            "BIGINT" => Self::Long { unsigned: false },
            "BIGINT UNSIGNED" => Self::Long { unsigned: true },
            "YEAR" => Self::Year,
            "FLOAT" => Self::Float,
            "DOUBLE" => Self::Double,
            "DECIMAL" => Self::Decimal,
            "DATE" => Self::Date,
            "DATETIME" => Self::DateTime,
            "TIMESTAMP" => Self::Timestamp,
            "TIME" => Self::Time,
            "BIT" => Self::Bit,
            "JSON" => Self::Json,
            "NULL" => Self::Null,
            "BINARY" | "VARBINARY" | "TINYBLOB" | "BLOB" | "MEDIUMBLOB" | "LONGBLOB" => Self::Bytes,
            name => Self::Other(Arc::from(name)),
        }
    }

    /// In words all databases share.
    pub(crate) fn column(&self) -> ColumnKind {
        match self {
            Self::Truth | Self::Flag => ColumnKind::Bool,
            Self::Int { .. } | Self::Year => ColumnKind::Int,
            Self::Long { .. } => ColumnKind::Long,
            Self::Float | Self::Double => ColumnKind::Number,
            Self::Decimal => ColumnKind::Decimal,
            Self::Text => ColumnKind::Text,
            Self::Bit | Self::Bytes => ColumnKind::Bytes,
            Self::Date => ColumnKind::Day,
            Self::DateTime => ColumnKind::LocalTimestamp,
            Self::Timestamp => ColumnKind::Timestamp,
            Self::Time => ColumnKind::Time,
            Self::Json => ColumnKind::Json,
            Self::Null => ColumnKind::Unknown,
            Self::Other(name) => ColumnKind::Other(Arc::clone(name)),
        }
    }

    pub(super) fn read<'a>(
        &self,
        bytes: &'a [u8],
        scratch: &'a mut String,
    ) -> Result<Cell<'a>, Unfit> {
        Ok(match self {
            Self::Truth => Cell::LooseBool(integer(bytes, false)?),
            Self::Flag => Cell::Bool(bytes.iter().any(|byte| *byte != 0)),
            Self::Bit | Self::Bytes => Cell::Bytes(bytes),
            Self::Int { unsigned } => Cell::Int(integer(bytes, *unsigned)?),
            Self::Year => Cell::Int(integer(bytes, true)?),
            Self::Long { unsigned: false } => {
                Cell::Long(i128::from(i64::from_le_bytes(fixed(bytes)?)))
            }
            Self::Long { unsigned: true } => {
                Cell::Long(i128::from(u64::from_le_bytes(fixed(bytes)?)))
            }
            Self::Float => Cell::Single(f32::from_le_bytes(fixed(bytes)?)),
            Self::Double => Cell::Number(f64::from_le_bytes(fixed(bytes)?)),
            Self::Decimal => Cell::Decimal(utf8(bytes)?),
            Self::Text => Cell::Text(utf8(bytes)?),
            Self::Json => Cell::Json(utf8(bytes)?),
            Self::Date => match timestamp(bytes)? {
                Some(micros) => Cell::Day(micros.div_euclid(calendar::DAY_MICROS)),
                None => Cell::Null,
            },
            Self::DateTime => timestamp(bytes)?.map_or(Cell::Null, Cell::Local),
            Self::Timestamp => timestamp(bytes)?.map_or(Cell::Null, Cell::Instant),
            Self::Time => {
                scratch.clear();
                write_time(scratch, bytes)?;
                Cell::Time(scratch)
            }
            Self::Null => Cell::Null,
            Self::Other(name) => {
                return Err(format!(
                    "is of type {name}, which has no form in AMF; write ST_AsText(…) or CAST it"
                )
                .into());
            }
        })
    }
}

const MALFORMED: &str = "holds bytes that are no value of its type";

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Unfit> {
    bytes.try_into().map_err(|_| MALFORMED.into())
}

fn utf8(bytes: &[u8]) -> Result<&str, Unfit> {
    std::str::from_utf8(bytes).map_err(|_| "holds text that is no UTF-8".into())
}

fn integer(bytes: &[u8], unsigned: bool) -> Result<i64, Unfit> {
    Ok(match (bytes, unsigned) {
        ([byte], true) => i64::from(*byte),
        ([byte], false) => i64::from(i8::from_le_bytes([*byte])),
        (&[a, b], true) => i64::from(u16::from_le_bytes([a, b])),
        (&[a, b], false) => i64::from(i16::from_le_bytes([a, b])),
        (&[a, b, c, d], true) => i64::from(u32::from_le_bytes([a, b, c, d])),
        (&[a, b, c, d], false) => i64::from(i32::from_le_bytes([a, b, c, d])),
        _ => return Err(MALFORMED.into()),
    })
}

/// Microseconds as if it were UTC; `None` for the zero date, which is how MySQL stores that there is none.
#[inline]
pub(super) fn timestamp(bytes: &[u8]) -> Result<Option<i64>, Unfit> {
    let (length, rest) = bytes.split_first().ok_or(MALFORMED)?;
    if usize::from(*length) != rest.len() {
        return Err(MALFORMED.into());
    }
    let [low, high, month, day, clock @ ..] = rest else {
        return if rest.is_empty() {
            Ok(None)
        } else {
            Err(MALFORMED.into())
        };
    };
    let year = i64::from(u16::from_le_bytes([*low, *high]));
    if (year, *month, *day) == (0, 0, 0) {
        return Ok(None);
    }
    let days = calendar::days_of_valid(year, *month, *day).ok_or_else(|| {
        format!("holds {year:04}-{month:02}-{day:02}, which is no day; write NULLIF or CAST it")
    })?;
    let micros = match clock {
        [] => 0,
        [hour, minute, second, rest @ ..] => clock_micros(*hour, *minute, *second, rest)?,
        _ => return Err(MALFORMED.into()),
    };
    Ok(Some(days * calendar::DAY_MICROS + micros))
}

fn clock_micros(hour: u8, minute: u8, second: u8, rest: &[u8]) -> Result<i64, Unfit> {
    let seconds = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
    let micros = match rest {
        [] => 0,
        rest => i64::from(u32::from_le_bytes(fixed(rest)?)),
    };
    Ok(seconds * 1_000_000 + micros)
}

/// `-838:59:59` to `838:59:59`, with a fraction where there is one.
fn write_time(out: &mut String, bytes: &[u8]) -> Result<(), Unfit> {
    let (length, rest) = bytes.split_first().ok_or(MALFORMED)?;
    if usize::from(*length) != rest.len() {
        return Err(MALFORMED.into());
    }
    let [negative, a, b, c, d, hour, minute, second, rest @ ..] = rest else {
        if !rest.is_empty() {
            return Err(MALFORMED.into());
        }
        calendar::write_time(out, 0);
        return Ok(());
    };
    let days = i64::from(u32::from_le_bytes([*a, *b, *c, *d]));
    let clock = clock_micros(*hour, *minute, *second, rest)?;
    let micros = days
        .checked_mul(calendar::DAY_MICROS)
        .and_then(|micros| micros.checked_add(clock))
        .ok_or(MALFORMED)?;
    if *negative != 0 {
        out.push('-');
    }
    calendar::write_time(out, micros);
    Ok(())
}

impl RawRow for MySqlRow {
    type Columns = Columns;
    type Quick = Quick;

    fn names(&self) -> impl Iterator<Item = &str> {
        sqlx::Row::columns(self).iter().map(|column| column.name())
    }

    fn cell<'a>(
        &'a self,
        columns: &'a Columns,
        index: usize,
        scratch: &'a mut String,
    ) -> Result<Cell<'a>, Unfit> {
        let Some(kind) = columns.get(index) else {
            return Err("is not in the result".into());
        };
        match raw(self, index) {
            Some(bytes) => kind.read(bytes, scratch),
            None => Ok(Cell::Null),
        }
    }

    fn quick(columns: &Columns, index: usize, rule: &CellRule) -> Option<Quick> {
        Quick::of(columns.get(index)?, rule)
    }

    #[inline]
    fn put(
        &self,
        quick: Quick,
        index: usize,
        null_is_null: bool,
        to: &mut Members<'_>,
        column: &mut Repeats,
    ) -> bool {
        match raw(self, index) {
            Some(bytes) => quick.put(bytes, to, column),
            None if null_is_null => {
                to.null();
                true
            }
            None => false,
        }
    }

    fn key(&self, _columns: &Columns, index: usize, out: &mut Vec<u8>) {
        match raw(self, index) {
            Some(bytes) => {
                out.push(1);
                out.extend_from_slice(&bytes.len().to_be_bytes());
                out.extend_from_slice(bytes);
            }
            None => out.push(0),
        }
    }

    fn is_null(&self, index: usize) -> bool {
        raw(self, index).is_none()
    }
}

/// The bytes of a cell; `None` for null, for a zero date, and for a column that is not there.
#[inline]
fn raw(row: &MySqlRow, index: usize) -> Option<&[u8]> {
    row.try_get_unchecked::<Option<&[u8]>, _>(index)
        .ok()
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_beyond_a_day_are_hours() {
        let mut out = String::new();
        write_time(&mut out, &[8, 1, 34, 0, 0, 0, 22, 59, 59]).expect("a time");
        assert_eq!(out, "-838:59:59");
        out.clear();
        write_time(&mut out, &[0]).expect("a time");
        assert_eq!(out, "00:00:00");
    }

    #[test]
    fn impossible_days_are_refused_and_zero_dates_are_none() {
        assert_eq!(timestamp(&[0]), Ok(None));
        assert_eq!(timestamp(&[4, 0, 0, 0, 0]), Ok(None));
        assert!(timestamp(&[4, 0xea, 0x07, 0, 0]).is_err());
        assert!(timestamp(&[4, 0xea, 0x07, 2, 30]).is_err());
        assert_eq!(timestamp(&[4, 0xb2, 0x07, 1, 1]), Ok(Some(0)));
        assert!(timestamp(&[7, 1]).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_a_value_or_a_fault(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..16),
        ) {
            let mut whole = vec![u8::try_from(bytes.len()).expect("few bytes")];
            whole.extend_from_slice(&bytes);
            for kind in [
                Kind::Truth, Kind::Flag, Kind::Bit, Kind::Int { unsigned: true }, Kind::Int { unsigned: false },
                Kind::Long { unsigned: true }, Kind::Long { unsigned: false }, Kind::Year, Kind::Float, Kind::Double,
                Kind::Decimal, Kind::Text, Kind::Bytes, Kind::Date, Kind::DateTime, Kind::Timestamp, Kind::Time,
                Kind::Json, Kind::Null,
            ] {
                let rule = crate::cell::plain_rule(Arc::from("x"), jiff::tz::TimeZone::UTC);
                for bytes in [&bytes, &whole] {
                    let mut scratch = String::new();
                    if let Ok(cell) = kind.read(bytes, &mut scratch) {
                        drop(crate::collect::data(&rule, cell));
                    }
                }
            }
        }
    }
}
