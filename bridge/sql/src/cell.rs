//! One cell: what a database's bytes mean, and how it is sent under a [`CellRule`].

use std::sync::Arc;

use footbridge_amf::Sink;
use footbridge_mapping::rows::{CellRule, NullRule, Preset};
use footbridge_mapping::slot::{Constant, Scalar, Shape};
use footbridge_remoting::{ListShape, Style};
use jiff::tz::TimeZone;

use crate::calendar;
use crate::error::SqlError;
use crate::json;
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

/// Where cells go, and what they are formatted with.
pub(crate) struct Place<'s> {
    pub(crate) sink: &'s mut dyn Sink,
    pub(crate) style: &'s Style,
    /// Reused for each text that is made here.
    pub(crate) text: &'s mut String,
    /// Whether an undeclared null of the ColdFusion preset is `''` here: in record sets and anonymous objects.
    pub(crate) empty_null: bool,
}

impl Place<'_> {
    /// Sends a cell.
    ///
    /// # Errors
    /// `Unreadable` where the cell is not what the rule declares, or cannot be said exactly; `Write` of the sink.
    pub(crate) fn put(&mut self, rule: &CellRule, cell: &Cell<'_>) -> Result<(), SqlError> {
        let cell = match *cell {
            Cell::Null => return self.put_null(rule),
            Cell::Padded(text) if rule.preset == Preset::ColdFusion => {
                &Cell::Text(text.trim_end_matches(' '))
            }
            _ => cell,
        };
        match rule.declared {
            None => self.put_by_preset(rule, cell),
            Some(Scalar::String | Scalar::Time | Scalar::Secret) => self.put_text(rule, cell),
            Some(Scalar::Int) => self.put_int(rule, cell),
            Some(Scalar::Number) => self.put_number(rule, cell),
            Some(Scalar::Decimal) => self.put_decimal(rule, cell),
            Some(Scalar::Long) => self.put_long(rule, cell),
            Some(Scalar::Bool) => self.put_bool(rule, cell),
            Some(Scalar::Date) => self.put_date(rule, cell),
            Some(Scalar::Day) => self.put_day(rule, cell),
            Some(Scalar::Bytes) => self.put_bytes(rule, cell),
            Some(Scalar::Xml) => self.put_xml(rule, cell),
        }
    }

    /// Sends what null is under the rule. [`NullRule::Omit`] is null here: whoever can leave it out asks before.
    pub(crate) fn put_null(&mut self, rule: &CellRule) -> Result<(), SqlError> {
        match &rule.null {
            NullRule::Null
                if self.empty_null
                    && rule.declared.is_none()
                    && rule.preset == Preset::ColdFusion =>
            {
                Ok(self.sink.string("")?)
            }
            NullRule::Null | NullRule::Omit => Ok(self.sink.null()?),
            NullRule::Refuse => Err(SqlError::unreadable(
                &rule.name,
                "is null; declare its type with `?`, or give it a default",
            )),
            NullRule::Value(constant) => self.put_constant(constant, rule.declared),
        }
    }

    /// Sends a constant of a slot.
    pub(crate) fn put_constant(
        &mut self,
        constant: &Constant,
        declared: Option<Scalar>,
    ) -> Result<(), SqlError> {
        match constant {
            Constant::Number(text) => {
                if declared == Some(Scalar::String) {
                    return Ok(self.sink.string(text)?);
                }
                let whole = (declared != Some(Scalar::Number)).then(|| text.parse().ok());
                match (whole.flatten(), text.parse()) {
                    (Some(int), _) => self.sink.int(int)?,
                    (None, Ok(number)) => self.sink.number(number)?,
                    (None, Err(_)) => self.sink.string(text)?,
                }
            }
            Constant::Bool(value) => self.sink.bool(*value)?,
            Constant::NaN => self.sink.number(f64::NAN)?,
            Constant::Omit => self.sink.null()?,
            Constant::EmptyList => {
                self.style.lists.begin(self.sink)?;
                self.style.lists.end(self.sink)?;
            }
            Constant::Text(text) => self.sink.string(text)?,
        }
        Ok(())
    }

    fn put_by_preset(&mut self, rule: &CellRule, cell: &Cell<'_>) -> Result<(), SqlError> {
        let preset = rule.preset;
        match *cell {
            Cell::Null => self.put_null(rule),
            Cell::Bool(value) => self.put_truth(preset, value),
            Cell::LooseBool(value @ (0 | 1)) => self.put_truth(preset, value == 1),
            Cell::LooseBool(value) => Err(SqlError::unreadable(
                &rule.name,
                format!("is boolean and holds {value}; declare it `int` or `bool`"),
            )),
            Cell::Int(value) => match (preset, i32::try_from(value)) {
                (Preset::AmfPhp, _) | (_, Err(_)) => Ok(self.sink.number(exact_double(value))?),
                (Preset::BlazeDs | Preset::DotNet | Preset::ColdFusion, Ok(value)) => {
                    Ok(self.sink.int(value)?)
                }
            },
            Cell::Long(_) => self.put_long(rule, cell),
            Cell::Decimal(_) => self.put_decimal(rule, cell),
            Cell::Number(value) => Ok(self.sink.number(value)?),
            Cell::Single(value) => Ok(self.sink.number(widened(value))?),
            Cell::Text(text) | Cell::Padded(text) | Cell::Time(text) | Cell::Uuid(text) => {
                Ok(self.sink.string(text)?)
            }
            Cell::Xml(text) => match rule.shape {
                Some(Shape::Xml) => Ok(self.sink.xml(text)?),
                Some(Shape::XmlDocument) => Ok(self.sink.xml_document(text)?),
                None
                | Some(
                    Shape::Array
                    | Shape::ArrayCollection
                    | Shape::RecordSet
                    | Shape::Vector
                    | Shape::Object,
                ) => Ok(self.sink.string(text)?),
            },
            Cell::Bytes(bytes) => Ok(self.sink.bytes(bytes)?),
            Cell::Day(_) | Cell::Local(_) | Cell::Instant(_) => match preset {
                Preset::AmfPhp => {
                    self.text.clear();
                    stored_text(self.text, cell, &rule.zone);
                    Ok(self.sink.string(self.text)?)
                }
                Preset::BlazeDs | Preset::DotNet | Preset::ColdFusion => {
                    let millis = moment(rule, cell)?;
                    Ok(self.sink.date(millis)?)
                }
            },
            Cell::Endless(_) => Err(not_a_date(rule)),
            Cell::Json(text) => json::put(text, self.sink, &self.style.lists)
                .map_err(|error| error.of_column(&rule.name)),
            Cell::Array(array) => self.put_array(rule, array),
        }
    }

    fn put_truth(&mut self, preset: Preset, value: bool) -> Result<(), SqlError> {
        match preset {
            Preset::ColdFusion => self.sink.int(i32::from(value))?,
            Preset::BlazeDs | Preset::DotNet | Preset::AmfPhp => self.sink.bool(value)?,
        }
        Ok(())
    }

    fn put_text(&mut self, rule: &CellRule, cell: &Cell<'_>) -> Result<(), SqlError> {
        match *cell {
            Cell::Text(text)
            | Cell::Padded(text)
            | Cell::Decimal(text)
            | Cell::Time(text)
            | Cell::Json(text)
            | Cell::Xml(text)
            | Cell::Uuid(text) => return Ok(self.sink.string(text)?),
            Cell::Array(array) => return self.put_array(rule, array),
            Cell::Null => return self.put_null(rule),
            Cell::Bool(_)
            | Cell::LooseBool(_)
            | Cell::Int(_)
            | Cell::Long(_)
            | Cell::Number(_)
            | Cell::Single(_)
            | Cell::Bytes(_)
            | Cell::Day(_)
            | Cell::Local(_)
            | Cell::Instant(_)
            | Cell::Endless(_) => {}
        }
        self.text.clear();
        write_text(self.text, cell);
        Ok(self.sink.string(self.text)?)
    }

    fn put_int(&mut self, rule: &CellRule, cell: &Cell<'_>) -> Result<(), SqlError> {
        if let Cell::Array(array) = *cell {
            return self.put_array(rule, array);
        }
        let whole = whole(cell).ok_or_else(|| mismatch(rule, cell, "int"))?;
        // `Vector.<uint>` and AMF's own numbers reach 2^32 − 1; an ActionScript int does not.
        let int = i32::try_from(whole).map_err(|_| {
            SqlError::unreadable(
                &rule.name,
                format!("holds {whole}, which is no int; declare it `long` or `number`"),
            )
        })?;
        Ok(self.sink.int(int)?)
    }

    fn put_number(&mut self, rule: &CellRule, cell: &Cell<'_>) -> Result<(), SqlError> {
        let number = match *cell {
            Cell::Array(array) => return self.put_array(rule, array),
            Cell::Day(_) | Cell::Local(_) | Cell::Instant(_) | Cell::Endless(_) => {
                moment(rule, cell)?
            }
            _ => double(cell).ok_or_else(|| mismatch(rule, cell, "number"))?,
        };
        Ok(self.sink.number(number)?)
    }

    fn put_decimal(&mut self, rule: &CellRule, cell: &Cell<'_>) -> Result<(), SqlError> {
        if let Cell::Array(array) = *cell {
            return self.put_array(rule, array);
        }
        if rule.preset == Preset::DotNet {
            let number = double(cell).ok_or_else(|| mismatch(rule, cell, "decimal"))?;
            return Ok(self.sink.number(number)?);
        }
        match *cell {
            Cell::Decimal(text) => Ok(self.sink.string(text)?),
            Cell::Text(text) | Cell::Padded(text) if is_decimal(text) => {
                Ok(self.sink.string(text)?)
            }
            Cell::LooseBool(value) => {
                self.text.clear();
                write_text(self.text, &Cell::Int(value));
                Ok(self.sink.string(self.text)?)
            }
            Cell::Int(_) | Cell::Long(_) => {
                self.text.clear();
                write_text(self.text, cell);
                Ok(self.sink.string(self.text)?)
            }
            // A float that stands for a decimal (SQLite stores no others): its shortest text.
            Cell::Number(_) | Cell::Single(_) => {
                self.text.clear();
                write_text(self.text, cell);
                Ok(self.sink.string(self.text)?)
            }
            Cell::Null
            | Cell::Bool(_)
            | Cell::Text(_)
            | Cell::Padded(_)
            | Cell::Bytes(_)
            | Cell::Day(_)
            | Cell::Time(_)
            | Cell::Local(_)
            | Cell::Instant(_)
            | Cell::Endless(_)
            | Cell::Json(_)
            | Cell::Xml(_)
            | Cell::Uuid(_)
            | Cell::Array(_) => Err(mismatch(rule, cell, "decimal")),
        }
    }

    fn put_long(&mut self, rule: &CellRule, cell: &Cell<'_>) -> Result<(), SqlError> {
        if let Cell::Array(array) = *cell {
            return self.put_array(rule, array);
        }
        let whole = whole(cell).ok_or_else(|| mismatch(rule, cell, "long"))?;
        let by_number = match rule.preset {
            Preset::DotNet | Preset::AmfPhp => true,
            Preset::BlazeDs | Preset::ColdFusion => whole.unsigned_abs() <= EXACT_LIMIT,
        };
        if by_number {
            #[expect(
                clippy::cast_precision_loss,
                reason = "exact up to 2^53; beyond it the preset declares the rounding"
            )]
            return Ok(self.sink.number(whole as f64)?);
        }
        self.text.clear();
        calendar::write_integer(self.text, whole);
        Ok(self.sink.string(self.text)?)
    }

    fn put_bool(&mut self, rule: &CellRule, cell: &Cell<'_>) -> Result<(), SqlError> {
        let value = match *cell {
            Cell::Array(array) => return self.put_array(rule, array),
            Cell::Bool(value) => value,
            Cell::LooseBool(value) => value != 0,
            Cell::Int(0) | Cell::Long(0) => false,
            Cell::Int(1) | Cell::Long(1) => true,
            Cell::Number(value) if value == 0.0 || value == 1.0 => value == 1.0,
            Cell::Decimal("0" | "1") | Cell::Text("0" | "1" | "t" | "f" | "true" | "false") => {
                matches!(*cell, Cell::Decimal("1") | Cell::Text("1" | "t" | "true"))
            }
            // BIT(1) of MySQL comes as a byte.
            Cell::Bytes([bit @ (0 | 1)]) => *bit == 1,
            _ => return Err(mismatch(rule, cell, "bool")),
        };
        Ok(self.sink.bool(value)?)
    }

    fn put_date(&mut self, rule: &CellRule, cell: &Cell<'_>) -> Result<(), SqlError> {
        if let Cell::Array(array) = *cell {
            return self.put_array(rule, array);
        }
        let millis = moment(rule, cell)?;
        Ok(self.sink.date(millis)?)
    }

    fn put_day(&mut self, rule: &CellRule, cell: &Cell<'_>) -> Result<(), SqlError> {
        if let Cell::Array(array) = *cell {
            return self.put_array(rule, array);
        }
        let days = day(rule, cell)?;
        let millis = moment(rule, &Cell::Day(days))?;
        Ok(self.sink.date(millis)?)
    }

    fn put_bytes(&mut self, rule: &CellRule, cell: &Cell<'_>) -> Result<(), SqlError> {
        match *cell {
            Cell::Bytes(bytes) => Ok(self.sink.bytes(bytes)?),
            Cell::Text(text) => Ok(self.sink.bytes(text.as_bytes())?),
            Cell::Array(array) => self.put_array(rule, array),
            other => Err(mismatch(rule, &other, "bytes")),
        }
    }

    fn put_xml(&mut self, rule: &CellRule, cell: &Cell<'_>) -> Result<(), SqlError> {
        match *cell {
            Cell::Xml(text) | Cell::Text(text) => match rule.shape {
                Some(Shape::XmlDocument) => Ok(self.sink.xml_document(text)?),
                _ => Ok(self.sink.xml(text)?),
            },
            Cell::Array(array) => self.put_array(rule, array),
            other => Err(mismatch(rule, &other, "xml")),
        }
    }

    fn put_array(&mut self, rule: &CellRule, array: Array<'_>) -> Result<(), SqlError> {
        let shape = list_shape(rule, self.style);
        array.put(rule, &shape, self)
    }
}

/// The shape of a list in a cell.
pub(crate) fn list_shape(rule: &CellRule, style: &Style) -> ListShape {
    let collection = || {
        if style.externals {
            ListShape::ArrayCollection
        } else {
            ListShape::Array
        }
    };
    match rule.shape {
        None | Some(Shape::Object | Shape::Xml | Shape::XmlDocument | Shape::RecordSet) => {
            style.lists.clone()
        }
        Some(Shape::Array) => ListShape::Array,
        Some(Shape::ArrayCollection) => collection(),
        Some(Shape::Vector) => match rule.declared {
            Some(Scalar::Int) => ListShape::VectorInt,
            Some(Scalar::Number) => ListShape::VectorNumber,
            _ => ListShape::VectorObject(String::new()),
        },
    }
}

/// Integers up to here are exact as doubles.
const EXACT_LIMIT: u128 = 1 << 53;

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
