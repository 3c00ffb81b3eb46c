//! PostgreSQL's binary format (`src/backend/utils/adt/*recv`), read without crate types in between.
//!
//! ```text
//! date        days:i32 since 2000-01-01        timestamp(tz)  micros:i64 since 2000-01-01T00:00
//! time        micros:i64                       timetz         micros:i64 seconds west of UTC:i32
//! jsonb       version:u8 = 1, text             uuid           16 bytes
//! ```
//!
//! What has more parts has a module of its own: `numeric`, `interval`, `array`, `spelt`.

use std::sync::Arc;

use footbridge_amf::amf3::{Members, Repeats};
use footbridge_mapping::rows::{CellRule, ColumnKind};
use sqlx::postgres::{PgRow, PgTypeInfo, PgTypeKind};
use sqlx::{Column as _, Row as _, TypeInfo as _, ValueRef as _};

use crate::calendar;
use crate::cell::Cell;
use crate::rows::{RawRow, Unfit};
use crate::text;

use super::array::Array;
use super::quick::Quick;
use super::spelt::{self, Spelt};
use super::{interval, numeric};

/// How a column's bytes are read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Bool,
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    Numeric,
    Text,
    /// `char(n)`.
    Char,
    /// The one-byte type `"char"` of the catalogue.
    Byte,
    Bytea,
    Date,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz,
    Interval,
    Uuid,
    Json,
    Jsonb,
    Xml,
    Void,
    Array(Box<Self>),
    /// What is sent as text.
    Spelt(Spelt),
    /// `point`, sent as an object.
    Point,
    /// What has no text of its own in the binary format.
    Other(Arc<str>),
}

impl Kind {
    /// The kind of a type; a domain is its base, an enum a text.
    pub(crate) fn of(info: &PgTypeInfo) -> Self {
        match info.kind() {
            PgTypeKind::Simple | PgTypeKind::Pseudo => Self::simple(info),
            PgTypeKind::Domain(base) => Self::of(base),
            PgTypeKind::Enum(_) => Self::Text,
            PgTypeKind::Array(element) => match Self::of(element) {
                Self::Other(name) => Self::Other(format!("{name}[]").into()),
                element => Self::Array(Box::new(element)),
            },
            PgTypeKind::Range(element) => match Self::of(element) {
                Self::Other(_) => Self::Other(Arc::from(info.name())),
                element => Self::Spelt(Spelt::Range(Box::new(element), Arc::from(info.name()))),
            },
            PgTypeKind::Composite(_) => Self::Other(Arc::from(info.name())),
        }
    }

    /// By the fixed numbers of `pg_type.dat`; types of extensions by name.
    fn simple(info: &PgTypeInfo) -> Self {
        match info.oid().map_or(0, |oid| oid.0) {
            16 => Self::Bool,
            17 => Self::Bytea,
            18 => Self::Byte,
            20 => Self::Int8,
            21 => Self::Int2,
            23 => Self::Int4,
            26 | 28 => Self::Oid,
            1042 => Self::Char,
            19 | 25 | 705 | 1043 | 1790 => Self::Text,
            114 => Self::Json,
            142 => Self::Xml,
            700 => Self::Float4,
            701 => Self::Float8,
            1082 => Self::Date,
            1083 => Self::Time,
            1114 => Self::Timestamp,
            1184 => Self::TimestampTz,
            1186 => Self::Interval,
            1266 => Self::TimeTz,
            1700 => Self::Numeric,
            2278 => Self::Void,
            2950 => Self::Uuid,
            3802 => Self::Jsonb,
            600 => Self::Point,
            _ if info.name().eq_ignore_ascii_case("citext") => Self::Text,
            oid => match Spelt::of(oid) {
                Some(spelt) => Self::Spelt(spelt),
                None => Self::Other(Arc::from(info.name())),
            },
        }
    }

    /// In words all databases share.
    pub(crate) fn column(&self) -> ColumnKind {
        match self {
            Self::Bool => ColumnKind::Bool,
            Self::Int2 | Self::Int4 => ColumnKind::Int,
            Self::Int8 | Self::Oid => ColumnKind::Long,
            Self::Float4 | Self::Float8 => ColumnKind::Number,
            Self::Numeric => ColumnKind::Decimal,
            Self::Text | Self::Char | Self::Byte | Self::Spelt(_) => ColumnKind::Text,
            Self::Bytea => ColumnKind::Bytes,
            Self::Date => ColumnKind::Day,
            Self::Time | Self::TimeTz | Self::Interval => ColumnKind::Time,
            Self::Timestamp => ColumnKind::LocalTimestamp,
            Self::TimestampTz => ColumnKind::Timestamp,
            Self::Uuid => ColumnKind::Uuid,
            Self::Json | Self::Jsonb | Self::Point => ColumnKind::Json,
            Self::Xml => ColumnKind::Xml,
            Self::Void => ColumnKind::Unknown,
            Self::Array(element) => ColumnKind::List(Box::new(element.column())),
            Self::Other(name) => ColumnKind::Other(Arc::clone(name)),
        }
    }

    /// Reads a value that is not null.
    pub(crate) fn read<'a>(
        &'a self,
        bytes: &'a [u8],
        scratch: &'a mut String,
    ) -> Result<Cell<'a>, Unfit> {
        Ok(match self {
            Self::Bool => Cell::Bool(u8::from_be_bytes(fixed(bytes)?) != 0),
            Self::Int2 => Cell::Int(i64::from(i16::from_be_bytes(fixed(bytes)?))),
            Self::Int4 => Cell::Int(i64::from(i32::from_be_bytes(fixed(bytes)?))),
            Self::Oid => Cell::Int(i64::from(u32::from_be_bytes(fixed(bytes)?))),
            Self::Int8 => Cell::Long(i128::from(i64::from_be_bytes(fixed(bytes)?))),
            Self::Float4 => Cell::Single(f32::from_be_bytes(fixed(bytes)?)),
            Self::Float8 => Cell::Number(f64::from_be_bytes(fixed(bytes)?)),
            Self::Numeric => {
                scratch.clear();
                numeric::decode(scratch, bytes)?;
                Cell::Decimal(scratch)
            }
            Self::Text => Cell::Text(utf8(bytes)?),
            Self::Char => Cell::Padded(utf8(bytes)?),
            Self::Byte => {
                let [byte] = fixed(bytes)?;
                scratch.clear();
                if byte != 0 {
                    scratch.push(char::from(byte));
                }
                Cell::Text(scratch)
            }
            Self::Bytea => Cell::Bytes(bytes),
            Self::Date => match i32::from_be_bytes(fixed(bytes)?) {
                i32::MAX => Cell::Endless(true),
                i32::MIN => Cell::Endless(false),
                days => Cell::Day(i64::from(days) + EPOCH_DAYS),
            },
            Self::Timestamp => match instant(bytes)? {
                Ok(micros) => Cell::Local(micros),
                Err(endless) => endless,
            },
            Self::TimestampTz => match instant(bytes)? {
                Ok(micros) => Cell::Instant(micros),
                Err(endless) => endless,
            },
            Self::Time => {
                scratch.clear();
                calendar::write_time(scratch, i64::from_be_bytes(fixed(bytes)?));
                Cell::Time(scratch)
            }
            Self::TimeTz => {
                let (micros, west) = bytes.split_at_checked(8).ok_or(MALFORMED)?;
                scratch.clear();
                calendar::write_time(scratch, i64::from_be_bytes(fixed(micros)?));
                interval::write_offset(scratch, i32::from_be_bytes(fixed(west)?));
                Cell::Time(scratch)
            }
            Self::Interval => {
                scratch.clear();
                interval::decode(scratch, bytes)?;
                Cell::Time(scratch)
            }
            Self::Uuid => {
                scratch.clear();
                text::write_uuid(scratch, &fixed(bytes)?);
                Cell::Uuid(scratch)
            }
            Self::Json => Cell::Json(utf8(bytes)?),
            Self::Jsonb => match bytes.split_first() {
                Some((1, text)) => Cell::Json(utf8(text)?),
                Some(_) | None => return Err("holds JSONB of an unknown version".into()),
            },
            Self::Xml => Cell::Xml(utf8(bytes)?),
            Self::Void => Cell::Null,
            Self::Array(element) => Cell::Array(Array::new(element, bytes)),
            Self::Spelt(spelt) => {
                scratch.clear();
                spelt.write(scratch, bytes)?;
                Cell::Text(scratch)
            }
            Self::Point => {
                scratch.clear();
                spelt::write_point(scratch, bytes)?;
                Cell::Json(scratch)
            }
            Self::Other(name) => {
                return Err(format!(
                    "is of type {name}, which has no form in AMF; write CAST(… AS text)"
                )
                .into());
            }
        })
    }
}

/// Days from 1970-01-01 to 2000-01-01.
pub(crate) const EPOCH_DAYS: i64 = 10_957;

/// Microseconds from 1970-01-01 to 2000-01-01.
pub(crate) const EPOCH_MICROS: i64 = EPOCH_DAYS * calendar::DAY_MICROS;

pub(super) const MALFORMED: &str = "holds bytes that are no value of its type";

pub(super) fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Unfit> {
    bytes.try_into().map_err(|_| MALFORMED.into())
}

fn utf8(bytes: &[u8]) -> Result<&str, Unfit> {
    std::str::from_utf8(bytes).map_err(|_| "holds text that is no UTF-8".into())
}

fn instant<'a>(bytes: &[u8]) -> Result<Result<i64, Cell<'a>>, Unfit> {
    match i64::from_be_bytes(fixed(bytes)?) {
        i64::MAX => Ok(Err(Cell::Endless(true))),
        i64::MIN => Ok(Err(Cell::Endless(false))),
        micros => match micros.checked_add(EPOCH_MICROS) {
            Some(micros) => Ok(Ok(micros)),
            None => Err("holds a timestamp beyond the year 294246; CAST it to text".into()),
        },
    }
}

impl RawRow for PgRow {
    type Columns = Arc<[Kind]>;
    type Quick = Quick;

    fn names(&self) -> impl Iterator<Item = &str> {
        sqlx::Row::columns(self).iter().map(|column| column.name())
    }

    fn cell<'a>(
        &'a self,
        columns: &'a Arc<[Kind]>,
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

    fn quick(columns: &Arc<[Kind]>, index: usize, rule: &CellRule) -> Option<Quick> {
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

    fn key(&self, _columns: &Arc<[Kind]>, index: usize, out: &mut Vec<u8>) {
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

/// The bytes of a cell; `None` for null and for a column that is not there.
// Called, so that the driver's own function is inlined here and its value is never moved.
#[inline(never)]
fn raw(row: &PgRow, index: usize) -> Option<&[u8]> {
    // Looked at where it is: moving the driver's value costs more than all else that is done for a cell.
    match &row.try_get_raw(index) {
        // Asked for the bytes of a null the driver makes an error, which costs an allocation.
        Ok(value) if !value.is_null() => value.as_bytes().ok(),
        Ok(_) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect;

    const KINDS: [Kind; 27] = [
        Kind::Bool,
        Kind::Int2,
        Kind::Int4,
        Kind::Int8,
        Kind::Oid,
        Kind::Float4,
        Kind::Float8,
        Kind::Numeric,
        Kind::Text,
        Kind::Char,
        Kind::Byte,
        Kind::Bytea,
        Kind::Date,
        Kind::Time,
        Kind::TimeTz,
        Kind::Timestamp,
        Kind::TimestampTz,
        Kind::Interval,
        Kind::Uuid,
        Kind::Json,
        Kind::Jsonb,
        Kind::Xml,
        Kind::Spelt(Spelt::Inet),
        Kind::Spelt(Spelt::Cidr),
        Kind::Spelt(Spelt::Mac),
        Kind::Spelt(Spelt::Bits),
        Kind::Point,
    ];

    proptest::proptest! {
        #[test]
        fn any_bytes_are_a_value_or_a_fault(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..40),
            head in proptest::num::u8::ANY,
        ) {
            let rule = crate::cell::plain_rule(Arc::from("x"), jiff::tz::TimeZone::UTC);
            for kind in KINDS {
                let mut scratch = String::new();
                if let Ok(cell) = kind.read(&bytes, &mut scratch) {
                    // Both ways out of a cell.
                    drop(collect::data(&rule, cell));
                    let mut text = String::new();
                    crate::cell::write_text(&mut text, &cell);
                }
                // With the head of an array of one dimension, so that elements are reached.
                let mut array = vec![0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, head % 4, 0, 0, 0, 1];
                array.extend_from_slice(&bytes);
                let array = Array::new(&kind, &array);
                drop(array.collect(&rule));
                drop(Array::new(&kind, &bytes).collect(&rule));
            }
        }
    }
}
