//! PostgreSQL's binary format (`src/backend/utils/adt/*recv`), read without crate types in between.
//!
//! ```text
//! numeric     digits:i16 weight:i16 sign:u16 scale:u16 {digit:i16 base 10000}
//! date        days:i32 since 2000-01-01        timestamp(tz)  micros:i64 since 2000-01-01T00:00
//! time        micros:i64                       timetz         micros:i64 seconds west of UTC:i32
//! interval    micros:i64 days:i32 months:i32   uuid           16 bytes
//! jsonb       version:u8 = 1, text             array          dims:i32 flags:i32 oid:u32 {length:i32 lower:i32} {length:i32 bytes}
//! ```

use std::sync::Arc;

use footbridge_amf::amf3::{Members, Repeats};
use footbridge_mapping::data::Data;
use footbridge_mapping::rows::{CellRule, ColumnKind};
use footbridge_remoting::ListShape;
use sqlx::postgres::{PgRow, PgTypeInfo, PgTypeKind};
use sqlx::{Column as _, Row as _, TypeInfo as _, ValueRef as _};

use crate::calendar;
use crate::cell::{Cell, Place};
use crate::collect;
use crate::error::SqlError;
use crate::rows::{RawRow, Unfit};
use crate::text;

use super::quick::Quick;
use super::spelt::{self, Spelt};

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
                write_numeric(scratch, bytes)?;
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
                write_offset(scratch, i32::from_be_bytes(fixed(west)?));
                Cell::Time(scratch)
            }
            Self::Interval => {
                scratch.clear();
                write_interval(scratch, bytes)?;
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
            Self::Array(element) => Cell::Array(Array { element, bytes }),
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

fn write_offset(out: &mut String, west: i32) {
    use std::fmt::Write as _;
    let sign = if west > 0 { '-' } else { '+' };
    let seconds = west.unsigned_abs();
    write!(out, "{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)
        .expect("writing to a string does not fail");
}

/// ISO 8601: `P1Y2M3DT4H5M6.5S`; nothing is `PT0S`.
fn write_interval(out: &mut String, bytes: &[u8]) -> Result<(), Unfit> {
    use std::fmt::Write as _;
    let (micros, rest) = bytes.split_at_checked(8).ok_or(MALFORMED)?;
    let (days, months) = rest.split_at_checked(4).ok_or(MALFORMED)?;
    let micros = i64::from_be_bytes(fixed(micros)?);
    let days = i32::from_be_bytes(fixed(days)?);
    let months = i32::from_be_bytes(fixed(months)?);
    out.push('P');
    write_part(out, i64::from(months / 12), 'Y');
    write_part(out, i64::from(months % 12), 'M');
    write_part(out, i64::from(days), 'D');
    if micros == 0 {
        if out.len() == 1 {
            out.push_str("T0S");
        }
        return Ok(());
    }
    out.push('T');
    write_part(out, micros / 3_600_000_000, 'H');
    write_part(out, micros / 60_000_000 % 60, 'M');
    let seconds = micros % 60_000_000;
    if seconds != 0 {
        let sign = if seconds < 0 { "-" } else { "" };
        let seconds = seconds.unsigned_abs();
        write!(out, "{sign}{}", seconds / 1_000_000).expect("writing to a string does not fail");
        let fraction = seconds % 1_000_000;
        if fraction > 0 {
            let text = format!("{fraction:06}");
            out.push('.');
            out.push_str(text.trim_end_matches('0'));
        }
        out.push('S');
    }
    Ok(())
}

fn write_part(out: &mut String, number: i64, unit: char) {
    use std::fmt::Write as _;
    if number != 0 {
        write!(out, "{number}{unit}").expect("writing to a string does not fail");
    }
}

/// From digits of base 10,000 to decimal text, with as many decimals as the value has.
fn write_numeric(out: &mut String, bytes: &[u8]) -> Result<(), Unfit> {
    let (head, digits) = bytes.split_at_checked(8).ok_or(MALFORMED)?;
    let head: [u8; 8] = fixed(head)?;
    let count = usize::from(u16::from_be_bytes([head[0], head[1]]));
    let weight = i32::from(i16::from_be_bytes([head[2], head[3]]));
    let sign = u16::from_be_bytes([head[4], head[5]]);
    let scale = usize::from(u16::from_be_bytes([head[6], head[7]]) & 0x3fff);
    match sign {
        0x0000 => {}
        0x4000 => out.push('-'),
        0xc000 => {
            out.push_str("NaN");
            return Ok(());
        }
        0xd000 => {
            out.push_str("Infinity");
            return Ok(());
        }
        0xf000 => {
            out.push_str("-Infinity");
            return Ok(());
        }
        _ => return Err(MALFORMED.into()),
    }
    if digits.len() != count * 2 {
        return Err(MALFORMED.into());
    }
    let digit = |place: i32| -> u16 {
        usize::try_from(place)
            .ok()
            .and_then(|place| digits.get(place * 2..place * 2 + 2))
            .map_or(0, |pair| u16::from_be_bytes([pair[0], pair[1]]))
    };
    if weight < 0 {
        out.push('0');
    }
    for place in 0..=weight {
        push_four(out, digit(place), place == 0)?;
    }
    if scale == 0 {
        return Ok(());
    }
    out.push('.');
    let whole = out.len();
    let mut place = weight + 1;
    while out.len() - whole < scale {
        push_four(out, if place < 0 { 0 } else { digit(place) }, false)?;
        place += 1;
    }
    out.truncate(whole + scale);
    Ok(())
}

fn push_four(out: &mut String, digit: u16, first: bool) -> Result<(), Unfit> {
    if digit > 9_999 {
        return Err(MALFORMED.into());
    }
    let figure = |divisor: u16| b'0' + u8::try_from(digit / divisor % 10).expect("below 10");
    let figures = [figure(1_000), figure(100), figure(10), figure(1)];
    let leading = match digit {
        0..=9 if first => 3,
        10..=99 if first => 2,
        100..=999 if first => 1,
        _ => 0,
    };
    out.push_str(std::str::from_utf8(&figures[leading..]).expect("decimal figures"));
    Ok(())
}

/// An array of any dimensions, still as bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Array<'a> {
    element: &'a Kind,
    bytes: &'a [u8],
}

/// PostgreSQL's own limit, MAXDIM.
const DIMENSIONS: usize = 6;

struct Elements<'a> {
    lengths: Vec<usize>,
    rest: &'a [u8],
}

impl<'a> Array<'a> {
    /// Sends it as a list, of lists where it has more than one dimension.
    pub(crate) fn put(
        self,
        rule: &CellRule,
        shape: &ListShape,
        place: &mut Place<'_>,
    ) -> Result<(), SqlError> {
        let mut elements = self.elements(rule)?;
        let lengths = std::mem::take(&mut elements.lengths);
        let mut scratch = String::new();
        self.put_level(rule, shape, place, &lengths, &mut elements, &mut scratch)
    }

    /// As deep as there are dimensions, at most six.
    fn put_level(
        self,
        rule: &CellRule,
        shape: &ListShape,
        place: &mut Place<'_>,
        lengths: &[usize],
        elements: &mut Elements<'a>,
        scratch: &mut String,
    ) -> Result<(), SqlError> {
        let (length, deeper) = lengths
            .split_first()
            .map_or((0, lengths), |(length, rest)| (*length, rest));
        let outer = if deeper.is_empty() {
            shape
        } else {
            &ListShape::Array
        };
        let outer = if matches!(shape, ListShape::ArrayCollection) {
            shape
        } else {
            outer
        };
        outer.begin(place.sink)?;
        for _ in 0..length {
            if !deeper.is_empty() {
                self.put_level(rule, shape, place, deeper, elements, scratch)?;
                continue;
            }
            match elements.next(rule)? {
                Some(bytes) => {
                    let cell = self
                        .element
                        .read(bytes, scratch)
                        .map_err(|unfit| SqlError::unreadable(&rule.name, unfit))?;
                    place.put(rule, &cell)?;
                }
                None if matches!(
                    shape,
                    ListShape::VectorInt | ListShape::VectorUint | ListShape::VectorNumber
                ) =>
                {
                    return Err(SqlError::unreadable(
                        &rule.name,
                        "holds a null, which a Vector of numbers cannot; write `as Array`",
                    ));
                }
                None => place.sink.null()?,
            }
        }
        Ok(outer.end(place.sink)?)
    }

    /// As data.
    pub(crate) fn collect(self, rule: &CellRule) -> Result<Data, SqlError> {
        let mut elements = self.elements(rule)?;
        let lengths = std::mem::take(&mut elements.lengths);
        let mut scratch = String::new();
        self.collect_level(rule, &lengths, &mut elements, &mut scratch)
    }

    fn collect_level(
        self,
        rule: &CellRule,
        lengths: &[usize],
        elements: &mut Elements<'a>,
        scratch: &mut String,
    ) -> Result<Data, SqlError> {
        let Some((length, deeper)) = lengths.split_first() else {
            return Ok(Data::List(Arc::default()));
        };
        let mut items = Vec::new();
        for _ in 0..*length {
            if !deeper.is_empty() {
                items.push(self.collect_level(rule, deeper, elements, scratch)?);
                continue;
            }
            items.push(match elements.next(rule)? {
                Some(bytes) => {
                    let cell = self
                        .element
                        .read(bytes, scratch)
                        .map_err(|unfit| SqlError::unreadable(&rule.name, unfit))?;
                    collect::data(rule, cell)?
                }
                None => Data::Null,
            });
        }
        Ok(Data::List(items.into()))
    }

    fn elements(self, rule: &CellRule) -> Result<Elements<'a>, SqlError> {
        self.head()
            .ok_or_else(|| SqlError::unreadable(&rule.name, MALFORMED))
    }

    fn head(self) -> Option<Elements<'a>> {
        let (head, mut rest) = self.bytes.split_at_checked(12)?;
        let dimensions =
            usize::try_from(i32::from_be_bytes(head.get(..4)?.try_into().ok()?)).ok()?;
        if dimensions > DIMENSIONS {
            return None;
        }
        let mut lengths = Vec::with_capacity(dimensions);
        let mut count = 1_usize;
        for _ in 0..dimensions {
            let (dimension, after) = rest.split_at_checked(8)?;
            let length =
                usize::try_from(i32::from_be_bytes(dimension.get(..4)?.try_into().ok()?)).ok()?;
            count = count.checked_mul(length)?;
            lengths.push(length);
            rest = after;
        }
        // Each element has at least its length.
        (dimensions == 0 || count <= rest.len() / 4).then_some(Elements { lengths, rest })
    }
}

impl<'a> Elements<'a> {
    fn next(&mut self, rule: &CellRule) -> Result<Option<&'a [u8]>, SqlError> {
        self.split()
            .ok_or_else(|| SqlError::unreadable(&rule.name, MALFORMED))
    }

    fn split(&mut self) -> Option<Option<&'a [u8]>> {
        let (length, rest) = self.rest.split_at_checked(4)?;
        let length = i32::from_be_bytes(length.try_into().ok()?);
        if length == -1 {
            self.rest = rest;
            return Some(None);
        }
        let (element, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        Some(Some(element))
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

    fn numeric(weight: i16, sign: u16, scale: u16, digits: &[i16]) -> String {
        let count = i16::try_from(digits.len()).expect("few digits");
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&count.to_be_bytes());
        bytes.extend_from_slice(&weight.to_be_bytes());
        bytes.extend_from_slice(&sign.to_be_bytes());
        bytes.extend_from_slice(&scale.to_be_bytes());
        for digit in digits {
            bytes.extend_from_slice(&digit.to_be_bytes());
        }
        let mut out = String::new();
        write_numeric(&mut out, &bytes).expect("a numeric");
        out
    }

    #[test]
    fn numerics_keep_scale_and_all_digits() {
        assert_eq!(numeric(0, 0, 2, &[1, 5000]), "1.50");
        assert_eq!(numeric(0, 0, 0, &[]), "0");
        assert_eq!(numeric(-1, 0x4000, 4, &[25]), "-0.0025");
        assert_eq!(numeric(-2, 0, 8, &[1]), "0.00000001");
        assert_eq!(numeric(2, 0, 0, &[12]), "1200000000");
        assert_eq!(numeric(1, 0, 3, &[1, 2, 3400]), "10002.340");
        assert_eq!(numeric(0, 0xc000, 0, &[]), "NaN");
    }

    #[test]
    fn intervals_are_iso_durations() {
        let text = |micros: i64, days: i32, months: i32| {
            let mut bytes = micros.to_be_bytes().to_vec();
            bytes.extend_from_slice(&days.to_be_bytes());
            bytes.extend_from_slice(&months.to_be_bytes());
            let mut out = String::new();
            write_interval(&mut out, &bytes).expect("an interval");
            out
        };
        assert_eq!(text(0, 0, 0), "PT0S");
        assert_eq!(text(14_706_500_000, 3, 14), "P1Y2M3DT4H5M6.5S");
        assert_eq!(text(-1_500_000, 0, 0), "PT-1.5S");
        assert_eq!(text(0, -3, 0), "P-3D");
    }

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
                let array = Array { element: &kind, bytes: &array };
                drop(array.collect(&rule));
                drop(Array { element: &kind, bytes: &bytes }.collect(&rule));
            }
        }
    }
}
