//! How a cell is sent under a [`CellRule`].

use footbridge_amf::Sink;
use footbridge_mapping::rows::{CellRule, NullRule, Preset};
use footbridge_mapping::slot::{Constant, Scalar, Shape};
use footbridge_remoting::{ListShape, Style};

use super::{
    Cell, day, double, exact_double, is_decimal, mismatch, moment, not_a_date, stored_text, whole,
    widened, write_text,
};
use crate::calendar;
use crate::error::SqlError;
use crate::json;
use crate::postgres::Array;

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
fn list_shape(rule: &CellRule, style: &Style) -> ListShape {
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
