//! What has no parts: declared scalars exactly as declared, others by the preset.

use footbridge_amf::Sink;
use jiff::tz::TimeZone;

use super::{ReplyError, Writer, bad};
use crate::data::{Data, convert};
use crate::place::Place;
use crate::rows::Preset;
use crate::slot::{Scalar, Shape};

impl Writer<'_> {
    pub(super) fn scalar(
        &self,
        data: &Data,
        scalar: Scalar,
        shape: Option<Shape>,
        zone: &TimeZone,
        place: &Place<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), ReplyError> {
        let wrong = || {
            bad(
                place,
                format!("is {}, and declared {}", data.describe(), scalar.name()),
            )
        };
        match scalar {
            Scalar::String => sink.string(&convert::to_text(data).ok_or_else(wrong)?)?,
            Scalar::Int => {
                let whole = convert::to_int(data).ok_or_else(wrong)?;
                let int = i32::try_from(whole)
                    .map_err(|_| bad(place, "is beyond an int; declare it `long` or `number`"))?;
                sink.int(int)?;
            }
            Scalar::Number => sink.number(convert::to_number(data).ok_or_else(wrong)?)?,
            Scalar::Decimal => {
                let text = match data {
                    Data::Number(number) if number.is_nan() => "NaN".into(),
                    _ => convert::to_decimal(data).ok_or_else(wrong)?,
                };
                self.decimal(&text, sink)?;
            }
            Scalar::Long => self.long(convert::to_int(data).ok_or_else(wrong)?, sink)?,
            Scalar::Bool => sink.bool(convert::to_bool(data).ok_or_else(wrong)?)?,
            Scalar::Date => sink.date(convert::to_date(data, zone).ok_or_else(wrong)?)?,
            Scalar::Day => {
                let day = convert::to_day(data, zone).ok_or_else(wrong)?;
                sink.date(convert::midnight(day, zone).ok_or_else(wrong)?)?;
            }
            Scalar::Time => sink.string(&convert::to_time(data, zone).ok_or_else(wrong)?)?,
            Scalar::Bytes => sink.bytes(&convert::to_bytes(data).ok_or_else(wrong)?)?,
            Scalar::Xml => match data {
                Data::Xml(text) | Data::Text(text) if shape == Some(Shape::XmlDocument) => {
                    sink.xml_document(text)?;
                }
                Data::Xml(text) | Data::Text(text) => sink.xml(text)?,
                _ => return Err(wrong()),
            },
            // It only comes in.
            Scalar::Secret => sink.null()?,
        }
        Ok(())
    }

    /// A scalar that no slot declares.
    pub(super) fn undeclared(
        &self,
        data: &Data,
        shape: Option<Shape>,
        zone: &TimeZone,
        place: &Place<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), ReplyError> {
        match data {
            Data::Bool(value) => match self.scope.preset {
                Preset::ColdFusion => sink.int(i32::from(*value))?,
                Preset::BlazeDs | Preset::DotNet | Preset::AmfPhp => sink.bool(*value)?,
            },
            Data::Int(number) => match (i32::try_from(*number), self.scope.preset) {
                (_, Preset::AmfPhp) => sink.number(*number as f64)?,
                (Ok(int), Preset::BlazeDs | Preset::DotNet | Preset::ColdFusion) => {
                    sink.int(int)?;
                }
                (Err(_), _) => self.long(*number, sink)?,
            },
            Data::Number(number) => sink.number(*number)?,
            Data::Decimal(text) => self.decimal(text, sink)?,
            Data::Text(text) => match shape {
                Some(Shape::Xml) => sink.xml(text)?,
                Some(Shape::XmlDocument) => sink.xml_document(text)?,
                Some(_) | None => sink.string(text)?,
            },
            Data::Date(millis) => sink.date(*millis)?,
            Data::Day(day) => {
                let midnight = convert::midnight(*day, zone)
                    .ok_or_else(|| bad(place, "is a day that no date can say"))?;
                sink.date(midnight)?;
            }
            Data::Bytes(bytes) => sink.bytes(bytes)?,
            Data::Xml(text) => match shape {
                Some(Shape::XmlDocument) => sink.xml_document(text)?,
                Some(_) | None => sink.xml(text)?,
            },
            Data::Null | Data::Omit | Data::List(_) | Data::Object(_) | Data::Amf(_) => {
                return Err(bad(place, format!("is {}, and no scalar", data.describe())));
            }
        }
        Ok(())
    }

    fn decimal(&self, text: &str, sink: &mut dyn Sink) -> Result<(), ReplyError> {
        match self.scope.preset {
            Preset::BlazeDs | Preset::ColdFusion | Preset::AmfPhp => sink.string(text)?,
            // The preset declares the rounding.
            Preset::DotNet => sink.number(text.parse().unwrap_or(f64::NAN))?,
        }
        Ok(())
    }

    fn long(&self, number: i64, sink: &mut dyn Sink) -> Result<(), ReplyError> {
        let exact = number.unsigned_abs() <= convert::EXACT.unsigned_abs();
        match self.scope.preset {
            Preset::BlazeDs | Preset::ColdFusion if !exact => sink.string(&number.to_string())?,
            Preset::BlazeDs | Preset::ColdFusion | Preset::DotNet | Preset::AmfPhp => {
                sink.number(number as f64)?;
            }
        }
        Ok(())
    }
}
