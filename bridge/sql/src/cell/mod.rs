//! One cell: what a database's bytes mean, as a number, a text or a time; [`Place`] is where it goes.

mod place;

pub(crate) use place::Place;

use std::sync::Arc;

use footbridge_mapping::rows::{CellRule, NullRule, Preset};
use jiff::tz::TimeZone;

use crate::calendar;
use crate::error::SqlError;
use crate::postgres::Array;

/// What a cell holds, in words all databases share; text and bytes are still the driver's own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell<'a> {
    Null,
    Bool(bool),
    /// A boolean by its column's declaration, whose storage can hold any number (`TINYINT(1)`).
    LooseBool(i64),
    /// An integer of a column of at most 32 bits, signed or not.
    Int(i64),
    /// An integer of a column of 64 bits, signed or not.
    Long(i128),
    /// An exact number: digits, sign and point; also `NaN`, `Infinity`.
    Decimal(&'a str),
    Number(f64),
    /// A float of 32 bits: sent as the shortest text of it reads.
    Single(f32),
    Text(&'a str),
    /// Text of a CHAR(n) column, filled with blanks to its length.
    Padded(&'a str),
    Bytes(&'a [u8]),
    /// Days since 1970-01-01.
    Day(i64),
    /// A time of day or an interval, as text.
    Time(&'a str),
    /// A timestamp without a zone: microseconds, as if it were UTC.
    Local(i64),
    /// An instant: microseconds since 1970-01-01T00:00Z.
    Instant(i64),
    /// `infinity` (or, false, `-infinity`) of a day or timestamp.
    Endless(bool),
    Json(&'a str),
    Xml(&'a str),
    Uuid(&'a str),
    Array(Array<'a>),
}

/// Whether a text is a plain decimal: sign, digits, one point.
pub(crate) fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut points = 0;
    let mut count = 0;
    for byte in digits.bytes() {
        match byte {
            b'0'..=b'9' => count += 1,
            b'.' => points += 1,
            _ => return false,
        }
    }
    count > 0 && points <= 1
}

/// A cell as an integer, if it is one exactly.
pub(crate) fn whole(cell: &Cell<'_>) -> Option<i128> {
    match *cell {
        Cell::Bool(value) => Some(i128::from(value)),
        Cell::LooseBool(value) | Cell::Int(value) => Some(i128::from(value)),
        Cell::Long(value) => Some(value),
        Cell::Number(value) => whole_double(value),
        Cell::Single(value) => whole_double(f64::from(value)),
        Cell::Decimal(text) | Cell::Text(text) | Cell::Padded(text) => {
            let text = text.trim();
            let digits = match text.split_once('.') {
                Some((digits, fraction)) if fraction.bytes().all(|byte| byte == b'0') => digits,
                Some(_) => return None,
                None => text,
            };
            digits.parse().ok()
        }
        // BIT(n) of MySQL: up to 8 bytes, big-endian.
        Cell::Bytes(bytes) if bytes.len() <= 8 && !bytes.is_empty() => Some(
            bytes
                .iter()
                .fold(0, |sum, byte| sum << 8 | i128::from(*byte)),
        ),
        Cell::Null
        | Cell::Bytes(_)
        | Cell::Day(_)
        | Cell::Time(_)
        | Cell::Local(_)
        | Cell::Instant(_)
        | Cell::Endless(_)
        | Cell::Json(_)
        | Cell::Xml(_)
        | Cell::Uuid(_)
        | Cell::Array(_) => None,
    }
}

fn whole_double(value: f64) -> Option<i128> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an integer below 2^63 by the test"
    )]
    (value.trunc() == value && value.abs() < 9.2e18).then_some(value as i128)
}

/// A cell as a double; rounding is what `number` declares.
pub(crate) fn double(cell: &Cell<'_>) -> Option<f64> {
    match *cell {
        Cell::Number(value) => Some(value),
        Cell::Single(value) => Some(widened(value)),
        Cell::Bool(value) => Some(f64::from(u8::from(value))),
        Cell::LooseBool(value) | Cell::Int(value) => Some(exact_double(value)),
        #[expect(clippy::cast_precision_loss, reason = "`number` declares the rounding")]
        Cell::Long(value) => Some(value as f64),
        // Rust reads `NaN` and `Infinity` as databases write them.
        Cell::Decimal(text) => text.parse().ok(),
        Cell::Text(text) | Cell::Padded(text) if is_decimal(text.trim()) => {
            text.trim().parse().ok()
        }
        Cell::Text(text) | Cell::Padded(text) => text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
            .then(|| text.parse().ok())
            .flatten(),
        Cell::Null
        | Cell::Bytes(_)
        | Cell::Day(_)
        | Cell::Time(_)
        | Cell::Local(_)
        | Cell::Instant(_)
        | Cell::Endless(_)
        | Cell::Json(_)
        | Cell::Xml(_)
        | Cell::Uuid(_)
        | Cell::Array(_) => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "columns of at most 32 bits")]
fn exact_double(value: i64) -> f64 {
    value as f64
}

/// A float of 32 bits as the double that its shortest text reads: 0.1 stays 0.1.
pub(crate) fn widened(value: f32) -> f64 {
    let wide = f64::from(value);
    if wide.trunc() == wide || !wide.is_finite() {
        return wide;
    }
    value.to_string().parse().unwrap_or(wide)
}

/// Appends the text of a cell that is no text; instants end in `Z`.
pub(crate) fn write_text(out: &mut String, cell: &Cell<'_>) {
    match *cell {
        Cell::Null => {}
        Cell::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        Cell::LooseBool(value @ (0 | 1)) => write_text(out, &Cell::Bool(value == 1)),
        Cell::LooseBool(value) | Cell::Int(value) => {
            calendar::write_integer(out, i128::from(value));
        }
        Cell::Long(value) => calendar::write_integer(out, value),
        Cell::Number(value) => write_double(out, value),
        Cell::Single(value) => write_double(out, widened(value)),
        Cell::Decimal(text)
        | Cell::Text(text)
        | Cell::Padded(text)
        | Cell::Time(text)
        | Cell::Json(text)
        | Cell::Xml(text)
        | Cell::Uuid(text) => out.push_str(text),
        Cell::Bytes(bytes) => base64::engine::Engine::encode_string(
            &base64::engine::general_purpose::STANDARD,
            bytes,
            out,
        ),
        Cell::Day(days) => calendar::write_day(out, days),
        Cell::Local(micros) => calendar::write_timestamp(out, micros, ' '),
        Cell::Instant(micros) => {
            calendar::write_timestamp(out, micros, 'T');
            out.push('Z');
        }
        Cell::Endless(true) => out.push_str("infinity"),
        Cell::Endless(false) => out.push_str("-infinity"),
        // Lists are sent as lists.
        Cell::Array(_) => {}
    }
}

/// Appends a double as ActionScript prints it where it is whole: `1`, not `1.0`; never an exponent.
fn write_double(out: &mut String, value: f64) {
    use std::fmt::Write as _;
    if value.is_infinite() {
        out.push_str(if value > 0.0 { "Infinity" } else { "-Infinity" });
        return;
    }
    write!(out, "{value}").expect("writing to a string does not fail");
}

/// Appends a day or timestamp as the database stores it: in the zone, without naming it.
fn stored_text(out: &mut String, cell: &Cell<'_>, zone: &TimeZone) {
    match *cell {
        Cell::Instant(micros) => {
            let local = calendar::local_of_instant(micros, zone).unwrap_or(micros);
            calendar::write_timestamp(out, local, ' ');
        }
        _ => write_text(out, cell),
    }
}

/// Milliseconds of a day (midnight in the zone) or timestamp, also where it is stored as text.
pub(crate) fn moment(rule: &CellRule, cell: &Cell<'_>) -> Result<f64, SqlError> {
    let out_of_range = || {
        SqlError::unreadable(
            &rule.name,
            "holds a time that a Date cannot be; declare it `string`",
        )
    };
    let local = |micros: i64| {
        calendar::instant_of_local(micros, &rule.zone)
            .and_then(calendar::millis)
            .ok_or_else(out_of_range)
    };
    match *cell {
        Cell::Instant(micros) => calendar::millis(micros).ok_or_else(out_of_range),
        Cell::Local(micros) => local(micros),
        Cell::Day(days) => {
            let micros = days
                .checked_mul(calendar::DAY_MICROS)
                .ok_or_else(out_of_range)?;
            local(micros)
        }
        Cell::Text(text) => match calendar::parse(text) {
            Some(calendar::Parsed::Day(days)) => moment(rule, &Cell::Day(days)),
            Some(calendar::Parsed::Local(micros)) => local(micros),
            Some(calendar::Parsed::Instant(micros)) => moment(rule, &Cell::Instant(micros)),
            None => Err(mismatch(rule, cell, "date")),
        },
        Cell::Endless(_) => Err(not_a_date(rule)),
        _ => Err(mismatch(rule, cell, "date")),
    }
}

/// The calendar day of a day or timestamp, in the zone.
pub(crate) fn day(rule: &CellRule, cell: &Cell<'_>) -> Result<i64, SqlError> {
    let of_local = |micros: i64| micros.div_euclid(calendar::DAY_MICROS);
    match *cell {
        Cell::Day(days) => Ok(days),
        Cell::Local(micros) => Ok(of_local(micros)),
        Cell::Instant(micros) => calendar::local_of_instant(micros, &rule.zone)
            .map(of_local)
            .ok_or_else(|| mismatch(rule, cell, "day")),
        Cell::Text(text) => match calendar::parse(text) {
            Some(calendar::Parsed::Day(days)) => Ok(days),
            Some(calendar::Parsed::Local(micros)) => Ok(of_local(micros)),
            Some(calendar::Parsed::Instant(micros)) => day(rule, &Cell::Instant(micros)),
            None => Err(mismatch(rule, cell, "day")),
        },
        Cell::Endless(_) => Err(not_a_date(rule)),
        _ => Err(mismatch(rule, cell, "day")),
    }
}

fn not_a_date(rule: &CellRule) -> SqlError {
    SqlError::unreadable(
        &rule.name,
        "holds infinity, which no Date is; write NULLIF(…, 'infinity'), or declare it `string`",
    )
}

fn mismatch(rule: &CellRule, cell: &Cell<'_>, declared: &str) -> SqlError {
    let what = match *cell {
        Cell::Null => "null",
        Cell::Bool(_) | Cell::LooseBool(_) => "a boolean",
        Cell::Int(_) | Cell::Long(_) => "an integer",
        Cell::Decimal(_) => "an exact number",
        Cell::Number(_) | Cell::Single(_) => "a number",
        Cell::Text(_) | Cell::Padded(_) => "a text",
        Cell::Bytes(_) => "bytes",
        Cell::Day(_) => "a day",
        Cell::Time(_) => "a time of day",
        Cell::Local(_) | Cell::Instant(_) | Cell::Endless(_) => "a timestamp",
        Cell::Json(_) => "JSON",
        Cell::Xml(_) => "XML",
        Cell::Uuid(_) => "a UUID",
        Cell::Array(_) => "a list",
    };
    SqlError::unreadable(
        &rule.name,
        format!("holds {what} where `{declared}` is declared; declare another type, or CAST it"),
    )
}

/// A rule for what no slot declares: used where values are collected rather than sent.
pub(crate) fn plain_rule(name: Arc<str>, zone: TimeZone) -> CellRule {
    CellRule {
        declared: None,
        preset: Preset::BlazeDs,
        zone,
        null: NullRule::Null,
        shape: None,
        name,
    }
}
