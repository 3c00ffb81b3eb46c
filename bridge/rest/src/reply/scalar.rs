//! Values without parts: numbers by their digits, texts by what is declared.

use footbridge_mapping::data::{Data, convert};
use footbridge_mapping::decimal;
use footbridge_mapping::place::Place;
use footbridge_mapping::slot::{Scalar, Shape};
use jiff::tz::TimeZone;

use super::ReadError;
use super::emit::{Emit, error, unfit};
use super::out::{Out, Refused};
use crate::json::{Kind, Reader};
use crate::model::{Kind as Described, Model, TypeId};

impl<'a, O: Out> Emit<'_, 'a, '_, O> {
    #[expect(clippy::too_many_arguments, reason = "what is known of one value")]
    pub(super) fn scalar(
        &mut self,
        reader: &mut Reader<'a>,
        kind: Kind,
        scalar: Scalar,
        shape: Option<Shape>,
        lax: bool,
        zone: &TimeZone,
        place: &Place<'_>,
    ) -> Result<(), ReadError> {
        // What is what it is declared goes out without a value in between.
        let data = match kind {
            Kind::Text => {
                let text = reader.string()?;
                match scalar {
                    Scalar::String => return Ok(self.out.text(&text)?),
                    Scalar::Date => {
                        if let Some(millis) = date(&text) {
                            return Ok(self.out.date(millis)?);
                        }
                    }
                    Scalar::Int
                    | Scalar::Number
                    | Scalar::Decimal
                    | Scalar::Long
                    | Scalar::Bool
                    | Scalar::Day
                    | Scalar::Time
                    | Scalar::Bytes
                    | Scalar::Xml
                    | Scalar::Secret => {}
                }
                Data::text(text)
            }
            Kind::Number => {
                let text = reader.number()?;
                match scalar {
                    Scalar::Int => {
                        if let Ok(number) = text.parse() {
                            return Ok(self.out.int(number)?);
                        }
                    }
                    Scalar::Number => {
                        if let Ok(number) = text.parse::<f64>() {
                            return Ok(self.out.number(number)?);
                        }
                    }
                    Scalar::Decimal => {
                        if !text.contains(['e', 'E']) && !text.starts_with("-0") {
                            return Ok(self.out.decimal(text)?);
                        }
                        if let Some(text) = decimal::normal(text) {
                            return Ok(self.out.decimal(&text)?);
                        }
                    }
                    // As it is written: `5.0` of an identifier stays so.
                    Scalar::String => return Ok(self.out.text(text)?),
                    Scalar::Long
                    | Scalar::Bool
                    | Scalar::Date
                    | Scalar::Day
                    | Scalar::Time
                    | Scalar::Bytes
                    | Scalar::Xml
                    | Scalar::Secret => {}
                }
                number(text)
            }
            Kind::Bool => {
                let value = reader.bool()?;
                Data::Bool(value)
            }
            Kind::Null => {
                reader.null()?;
                return Ok(self.out.null()?);
            }
            Kind::List | Kind::Object => {
                if lax {
                    self.notes.odd += 1;
                    return self.untyped(reader, kind, shape, zone, place);
                }
                return Err(unfit(kind, scalar.name(), place));
            }
        };
        match self.out.scalar(&data, Some(scalar), shape, zone) {
            Ok(()) => Ok(()),
            Err(Refused::Unfit(_)) if lax => {
                // An integer without a format may have more than 32 bits, and is none the worse for it.
                self.notes.odd += usize::from(!matches!(data, Data::Int(_)));
                let taken = self.out.scalar(&data, None, shape, zone);
                taken.map_err(|refused| error(refused, place))
            }
            Err(refused) => Err(error(refused, place)),
        }
    }
}

/// A number that nothing types: a double where that is exact, else its digits.
pub(super) fn number(text: &str) -> Data {
    if let Ok(whole) = text.parse() {
        return Data::Int(whole);
    }
    let digits = text.bytes().filter(u8::is_ascii_digit);
    let digits = digits.skip_while(|digit| *digit == b'0').count();
    let double = text.parse::<f64>().ok().filter(|number| number.is_finite());
    if let Some(double) = double {
        // With 17 digits doubles are written by those who want them back (IEEE 754 binary64).
        if digits <= 17 && text.contains('.') && !text.contains(['e', 'E']) {
            return Data::Number(double);
        }
        let same = decimal::from_f64(double)
            .zip(decimal::normal(text))
            .is_some_and(|(double, text)| {
                decimal::compare(&double, &text) == Some(std::cmp::Ordering::Equal)
            });
        if same {
            return Data::Number(double);
        }
    }
    match decimal::normal(text) {
        Some(normal) => Data::Decimal(normal.into()),
        // So many digits that no number has them.
        None => Data::text(text),
    }
}

/// The milliseconds of `2026-11-20T09:30:00Z` and the like, the form that nearly all have; all others are read elsewhere.
fn date(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| -> Option<i64> {
        bytes.get(from..to)?.iter().try_fold(0_i64, |number, byte| {
            byte.is_ascii_digit()
                .then(|| number * 10 + i64::from(byte - b'0'))
        })
    };
    let is = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
    if !(is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':') && is(16, b':')) {
        return None;
    }
    let millis = match bytes.get(19..)? {
        b"Z" => 0,
        [b'.', _, _, _, b'Z'] => digits(20, 23)?,
        _ => return None,
    };
    let (hour, minute, second) = (digits(11, 13)?, digits(14, 16)?, digits(17, 19)?);
    let day = jiff::civil::Date::new(
        i16::try_from(digits(0, 4)?).ok()?,
        i8::try_from(digits(5, 7)?).ok()?,
        i8::try_from(digits(8, 10)?).ok()?,
    )
    .ok()?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days(day) * 86_400 + hour * 3_600 + minute * 60 + second;
    // Years have four digits: far below 2^53.
    Some((seconds * 1_000 + millis) as f64)
}

/// Days from 1970-01-01, in the calendar that has always been Gregorian.
fn days(day: jiff::civil::Date) -> i64 {
    let (year, month) = (i64::from(day.year()), i64::from(day.month()));
    // Years begin in March, so that the leap day is the last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(day.day()) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The text of a header, by its described type.
pub(super) fn header(described: Option<(&Model, TypeId)>, text: &str, zone: &TimeZone) -> Data {
    let data = Data::text(text);
    let Some((model, id)) = described else {
        return data;
    };
    let typed = match &model.kind(model.resolve(id)).kind {
        Described::Bool => convert::to_bool(&data).map(Data::Bool),
        Described::Integer { .. } => convert::to_int(&data).map(Data::Int),
        Described::Number { exact: true, .. } => convert::to_decimal(&data).map(Data::Decimal),
        Described::Number { .. } => convert::to_number(&data).map(Data::Number),
        Described::DateTime => convert::to_date(&data, zone).map(Data::Date),
        Described::Day => convert::to_day(&data, zone).map(Data::Day),
        Described::List { item, .. } => {
            let items = text
                .split(',')
                .map(|item_text| header(Some((model, *item)), item_text.trim(), zone))
                .collect::<Vec<_>>();
            Some(Data::List(items.into()))
        }
        Described::Any
        | Described::Same(_)
        | Described::Text { .. }
        | Described::Time
        | Described::Base64
        | Described::Binary
        | Described::Object(_)
        | Described::Choice(_) => None,
    };
    typed.unwrap_or(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_same_as_the_calendar_has_it() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2026-11-20T09:30:00Z",
            "2000-02-29T23:59:59.999Z",
            "1900-03-01T00:00:00Z",
            "0001-01-01T00:00:00.001Z",
            "9999-12-30T21:59:59Z",
        ] {
            assert_eq!(
                date(text),
                convert::date_of_text(text, &TimeZone::UTC),
                "{text}"
            );
        }
        for text in [
            "2026-02-30T00:00:00Z",
            "2026-11-20T24:00:00Z",
            "2026-11-20",
            "x",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_never_rounded_in_silence() {
        for (text, expected) in [
            ("5", Data::Int(5)),
            ("-9223372036854775808", Data::Int(i64::MIN)),
            (
                "9223372036854775808",
                Data::Decimal("9223372036854775808".into()),
            ),
            ("0.1", Data::Number(0.1)),
            ("1e3", Data::Number(1000.0)),
            (
                "0.1000000000000000055",
                Data::Decimal("0.1000000000000000055".into()),
            ),
            ("0.10000000000000001", Data::Number(0.1)),
            ("1e999", Data::text("1e999")),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }
}
