//! SQLite's cells: by the type of the value; what the column was declared as is a hint only.

use std::sync::Arc;

use footbridge_amf::amf3::{Members, Repeats};
use footbridge_mapping::rows::CellRule;
use sqlx::sqlite::{SqliteRow, SqliteValueRef};
use sqlx::{Column as _, Decode, Row as _, Sqlite, TypeInfo as _, ValueRef as _};

use crate::calendar::{self, Parsed};
use crate::cell::{self, Cell};
use crate::rows::{RawRow, Unfit};
use crate::text;

use super::quick::Quick;

/// What a column was declared as, where that says more than its values do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hint {
    None,
    Bool,
    Int,
    Long,
    /// With as many decimals as were declared: `DECIMAL(10,2)` holds 12.5 and means 12.50.
    Decimal(usize),
    Number,
    Text,
    Bytes,
    Day,
    Time,
    Timestamp,
    Json,
    Xml,
    Uuid,
}

pub(crate) type Columns = Arc<[Hint]>;

impl Hint {
    /// Reads a declared type: `DECIMAL(10,2)`, `varchar(80)`, `timestamp with time zone`.
    pub(crate) fn of(declared: &str) -> Self {
        let declared = declared.to_ascii_lowercase();
        let word = declared
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .next()
            .unwrap_or_default();
        match word {
            "boolean" | "bool" => Self::Bool,
            "decimal" | "numeric" | "money" | "number" => Self::Decimal(decimals(&declared)),
            "date" => Self::Day,
            "time" | "timetz" => Self::Time,
            "datetime" | "datetime2" | "timestamp" | "timestamptz" => Self::Timestamp,
            "json" => Self::Json,
            "xml" => Self::Xml,
            "uuid" | "guid" => Self::Uuid,
            "bigint" | "int8" | "unsigned" => Self::Long,
            _ if word.contains("int") => Self::Int,
            _ if word.contains("char") || word.contains("clob") || word.contains("text") => {
                Self::Text
            }
            _ if word.contains("blob") || word == "bytea" || word.contains("binary") => Self::Bytes,
            _ if word.contains("real") || word.contains("floa") || word.contains("doub") => {
                Self::Number
            }
            _ => Self::None,
        }
    }
}

/// The second number of `decimal(10, 2)`; no more than databases allow.
fn decimals(declared: &str) -> usize {
    declared
        .split_once(',')
        .and_then(|(_, rest)| rest.trim_end().strip_suffix(')')?.trim().parse().ok())
        .map_or(0, |decimals: usize| decimals.min(38))
}

/// Fills up to the declared decimals.
fn pad(text: &mut String, decimals: usize) {
    if decimals == 0 || !cell::is_decimal(text) {
        return;
    }
    let there = match text.find('.') {
        Some(point) => text.len() - point - 1,
        None => {
            text.push('.');
            0
        }
    };
    for _ in there..decimals {
        text.push('0');
    }
}

impl RawRow for SqliteRow {
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
        let hint = columns.get(index).copied().unwrap_or(Hint::None);
        let value = raw(self, index)?;
        if value.is_null() {
            return Ok(Cell::Null);
        }
        match class_of(&value) {
            Class::Integer => of_integer(hint, decode(value)?, scratch),
            Class::Real => of_real(hint, decode(value)?, scratch),
            Class::Text => of_text(hint, decode(value)?),
            Class::Blob => of_blob(hint, decode(value)?, scratch),
        }
    }

    fn quick(columns: &Columns, index: usize, rule: &CellRule) -> Option<Quick> {
        Quick::of(*columns.get(index)?, rule)
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
        let Ok(value) = self.try_get_raw(index) else {
            return false;
        };
        if value.is_null() {
            if null_is_null {
                to.null();
            }
            return null_is_null;
        }
        match class_of(&value) {
            Class::Integer => match decode(value) {
                Ok(value) => quick.put_integer(value, to, column),
                Err(_) => false,
            },
            Class::Real => match decode(value) {
                Ok(value) => quick.put_real(value, to, column),
                Err(_) => false,
            },
            Class::Text => match decode(value) {
                Ok(value) => quick.put_text(value, to, column),
                Err(_) => false,
            },
            Class::Blob => false,
        }
    }

    fn key(&self, _columns: &Columns, index: usize, out: &mut Vec<u8>) {
        let Ok(value) = raw(self, index) else { return };
        if value.is_null() {
            return out.push(0);
        }
        match class_of(&value) {
            Class::Integer => {
                out.push(1);
                let value: i64 = decode(value).unwrap_or_default();
                out.extend_from_slice(&value.to_be_bytes());
            }
            Class::Real => {
                out.push(2);
                let value: f64 = decode(value).unwrap_or_default();
                out.extend_from_slice(&value.to_be_bytes());
            }
            Class::Text | Class::Blob => {
                out.push(3);
                let bytes: &[u8] = decode(value).unwrap_or_default();
                out.extend_from_slice(&bytes.len().to_be_bytes());
                out.extend_from_slice(bytes);
            }
        }
    }

    fn is_null(&self, index: usize) -> bool {
        raw(self, index).map_or(true, |value| value.is_null())
    }
}

enum Class {
    Integer,
    Real,
    Text,
    Blob,
}

fn raw(row: &SqliteRow, index: usize) -> Result<SqliteValueRef<'_>, Unfit> {
    row.try_get_raw(index)
        .map_err(|error| error.to_string().into())
}

fn class_of(value: &SqliteValueRef<'_>) -> Class {
    match value.type_info().name() {
        "INTEGER" => Class::Integer,
        "REAL" => Class::Real,
        "TEXT" => Class::Text,
        _ => Class::Blob,
    }
}

fn decode<'r, T: Decode<'r, Sqlite>>(value: SqliteValueRef<'r>) -> Result<T, Unfit> {
    T::decode(value).map_err(|error| format!("cannot be read: {error}").into())
}

pub(super) fn of_integer(hint: Hint, value: i64, scratch: &mut String) -> Result<Cell<'_>, Unfit> {
    Ok(match hint {
        Hint::Bool => Cell::LooseBool(value),
        Hint::Decimal(decimals) => {
            scratch.clear();
            calendar::write_integer(scratch, i128::from(value));
            pad(scratch, decimals);
            Cell::Decimal(scratch)
        }
        Hint::Number =>
        {
            #[expect(
                clippy::cast_precision_loss,
                reason = "the column is declared to hold floats"
            )]
            Cell::Number(value as f64)
        }
        // Seconds since 1970, as SQLite's own functions read them.
        Hint::Timestamp => Cell::Instant(
            value
                .checked_mul(1_000_000)
                .ok_or("holds seconds beyond any date")?,
        ),
        Hint::Day => Cell::Day(value.div_euclid(86_400)),
        Hint::Long => Cell::Long(i128::from(value)),
        Hint::None
        | Hint::Int
        | Hint::Text
        | Hint::Bytes
        | Hint::Time
        | Hint::Json
        | Hint::Xml
        | Hint::Uuid => match i32::try_from(value) {
            Ok(_) => Cell::Int(value),
            Err(_) => Cell::Long(i128::from(value)),
        },
    })
}

/// The Julian day of 1970-01-01T00:00Z.
const JULIAN_EPOCH: f64 = 2_440_587.5;

pub(super) fn of_real(hint: Hint, value: f64, scratch: &mut String) -> Result<Cell<'_>, Unfit> {
    Ok(match hint {
        Hint::Decimal(decimals) => {
            scratch.clear();
            cell::write_text(scratch, &Cell::Number(value));
            pad(scratch, decimals);
            Cell::Decimal(scratch)
        }
        Hint::Timestamp | Hint::Day => {
            let millis = ((value - JULIAN_EPOCH) * 86_400_000.0).round();
            if millis.is_nan() || millis.abs() > 8.64e15 {
                return Err("holds a Julian day beyond any date".into());
            }
            #[expect(clippy::cast_possible_truncation, reason = "below 2^53 by the test")]
            let micros = millis as i64 * 1_000;
            if hint == Hint::Day {
                Cell::Day(micros.div_euclid(calendar::DAY_MICROS))
            } else {
                Cell::Instant(micros)
            }
        }
        Hint::None
        | Hint::Bool
        | Hint::Int
        | Hint::Long
        | Hint::Number
        | Hint::Text
        | Hint::Bytes
        | Hint::Time
        | Hint::Json
        | Hint::Xml
        | Hint::Uuid => Cell::Number(value),
    })
}

pub(super) fn of_text(hint: Hint, value: &str) -> Result<Cell<'_>, Unfit> {
    Ok(match hint {
        Hint::Decimal(_) if cell::is_decimal(value) => Cell::Decimal(value),
        Hint::Day => match calendar::parse(value) {
            Some(Parsed::Day(days)) => Cell::Day(days),
            Some(Parsed::Local(micros) | Parsed::Instant(micros)) => {
                Cell::Day(micros.div_euclid(calendar::DAY_MICROS))
            }
            None => return Err(no_date(value)),
        },
        Hint::Timestamp => match calendar::parse(value) {
            Some(Parsed::Day(days)) => Cell::Local(days.saturating_mul(calendar::DAY_MICROS)),
            Some(Parsed::Local(micros)) => Cell::Local(micros),
            Some(Parsed::Instant(micros)) => Cell::Instant(micros),
            None => return Err(no_date(value)),
        },
        Hint::Bool => match value {
            "true" | "TRUE" | "t" | "1" => Cell::Bool(true),
            "false" | "FALSE" | "f" | "0" => Cell::Bool(false),
            _ => Cell::Text(value),
        },
        Hint::Time => Cell::Time(value),
        Hint::Json => Cell::Json(value),
        Hint::Xml => Cell::Xml(value),
        Hint::Uuid => Cell::Uuid(value),
        Hint::None
        | Hint::Int
        | Hint::Long
        | Hint::Decimal(_)
        | Hint::Number
        | Hint::Text
        | Hint::Bytes => Cell::Text(value),
    })
}

fn no_date(value: &str) -> Unfit {
    let shown: String = value.chars().take(40).collect();
    format!("is declared as a date and holds the text `{shown}`; CAST it to TEXT in the statement")
        .into()
}

fn of_blob<'a>(hint: Hint, value: &'a [u8], scratch: &'a mut String) -> Result<Cell<'a>, Unfit> {
    match (hint, <&[u8; 16]>::try_from(value)) {
        (Hint::Uuid, Ok(uuid)) => {
            scratch.clear();
            text::write_uuid(scratch, uuid);
            Ok(Cell::Uuid(scratch))
        }
        (Hint::Json, _) => Err("holds JSONB, which only SQLite reads; write json(…)".into()),
        _ => Ok(Cell::Bytes(value)),
    }
}
