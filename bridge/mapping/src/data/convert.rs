//! From one scalar to another: exact, or not at all.
//!
//! `None` says that the value has no such form. Lists, objects and client values are looked into by
//! [`Data::plain`] before; here they have no scalar form.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;

use super::Data;
use crate::decimal;
use crate::slot::Scalar;

/// The largest whole number up to which every double is exact.
pub const EXACT: i64 = 1 << 53;

/// As what is declared: a `long` is any whole number, a `secret` null, and `xml` any text.
pub fn to(data: &Data, declared: Scalar, zone: &TimeZone) -> Option<Data> {
    match declared {
        Scalar::String => to_text(data).map(Data::Text),
        Scalar::Int | Scalar::Long => to_int(data).map(Data::Int),
        Scalar::Number => to_number(data).map(Data::Number),
        Scalar::Decimal => to_decimal(data).map(Data::Decimal),
        Scalar::Bool => to_bool(data).map(Data::Bool),
        Scalar::Date => to_date(data, zone).map(Data::Date),
        Scalar::Day => to_day(data, zone).map(Data::Day),
        Scalar::Time => to_time(data, zone).map(Data::Text),
        Scalar::Bytes => to_bytes(data).map(Data::Bytes),
        Scalar::Xml => to_text(data).map(Data::Xml),
        Scalar::Secret => Some(Data::Null),
    }
}

/// As text: whole doubles without a point, dates in UTC, bytes in base64.
pub fn to_text(data: &Data) -> Option<Arc<str>> {
    match data {
        Data::Text(text) | Data::Decimal(text) | Data::Xml(text) => Some(text.clone()),
        Data::Bool(value) => Some(Arc::from(if *value { "true" } else { "false" })),
        Data::Int(number) => Some(number.to_string().into()),
        Data::Number(number) => Some(number_text(*number).into()),
        Data::Date(millis) => date_text(*millis).map(Arc::from),
        Data::Day(day) => Some(day.to_string().into()),
        Data::Bytes(bytes) => Some(base64(bytes).into()),
        Data::Null | Data::Omit | Data::List(_) | Data::Object(_) | Data::Amf(_) => None,
    }
}

/// As a whole number: `5`, `5.0`, `"5"`, `true`.
pub fn to_int(data: &Data) -> Option<i64> {
    match data {
        Data::Int(number) => Some(*number),
        Data::Number(number) => whole(*number),
        Data::Decimal(text) => decimal::to_i64(text),
        Data::Text(text) => decimal::to_i64(&decimal::normal(text)?),
        Data::Bool(value) => Some(i64::from(*value)),
        Data::Null
        | Data::Omit
        | Data::Date(_)
        | Data::Day(_)
        | Data::Bytes(_)
        | Data::Xml(_)
        | Data::List(_)
        | Data::Object(_)
        | Data::Amf(_) => None,
    }
}

/// As a double; a decimal or a whole number beyond 2^53 may be rounded, an instant is its milliseconds.
pub fn to_number(data: &Data) -> Option<f64> {
    match data {
        Data::Number(number) => Some(*number),
        // The declared meaning of `number` is a double.
        Data::Int(number) => Some(*number as f64),
        Data::Decimal(text) => text.parse().ok(),
        Data::Text(text) => decimal::normal(text)?.parse().ok(),
        Data::Bool(value) => Some(f64::from(u8::from(*value))),
        Data::Date(millis) => Some(*millis),
        Data::Null
        | Data::Omit
        | Data::Day(_)
        | Data::Bytes(_)
        | Data::Xml(_)
        | Data::List(_)
        | Data::Object(_)
        | Data::Amf(_) => None,
    }
}

/// As an exact decimal; of a double the shortest one that reads back as it.
pub fn to_decimal(data: &Data) -> Option<Arc<str>> {
    match data {
        Data::Decimal(text) => Some(text.clone()),
        Data::Int(number) => Some(number.to_string().into()),
        Data::Number(number) => decimal::from_f64(*number).map(Arc::from),
        Data::Text(text) => decimal::normal(text).map(Arc::from),
        Data::Null
        | Data::Omit
        | Data::Bool(_)
        | Data::Date(_)
        | Data::Day(_)
        | Data::Bytes(_)
        | Data::Xml(_)
        | Data::List(_)
        | Data::Object(_)
        | Data::Amf(_) => None,
    }
}

/// As true or false: booleans, 1 and 0, `true` and `false`.
pub fn to_bool(data: &Data) -> Option<bool> {
    match data {
        Data::Bool(value) => Some(*value),
        Data::Text(text) => match text.trim() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        Data::Int(_) | Data::Number(_) | Data::Decimal(_) => match to_int(data)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
        Data::Null
        | Data::Omit
        | Data::Date(_)
        | Data::Day(_)
        | Data::Bytes(_)
        | Data::Xml(_)
        | Data::List(_)
        | Data::Object(_)
        | Data::Amf(_) => None,
    }
}

/// As an instant in milliseconds: text without a zone is read in `zone`, a day is its midnight
/// there, a number is milliseconds already.
pub fn to_date(data: &Data, zone: &TimeZone) -> Option<f64> {
    match data {
        Data::Date(millis) => Some(*millis),
        Data::Day(day) => midnight(*day, zone),
        Data::Text(text) => date_of_text(text, zone),
        Data::Int(_) | Data::Number(_) => to_number(data).filter(|millis| millis.is_finite()),
        Data::Null
        | Data::Omit
        | Data::Bool(_)
        | Data::Decimal(_)
        | Data::Bytes(_)
        | Data::Xml(_)
        | Data::List(_)
        | Data::Object(_)
        | Data::Amf(_) => None,
    }
}

/// As a calendar day: of an instant the day it is in `zone`.
pub fn to_day(data: &Data, zone: &TimeZone) -> Option<civil::Date> {
    match data {
        Data::Day(day) => Some(*day),
        Data::Date(millis) => Some(timestamp(*millis)?.to_zoned(zone.clone()).date()),
        Data::Text(text) => day_of_text(text).or_else(|| {
            let millis = date_of_text(text, zone)?;
            Some(timestamp(millis)?.to_zoned(zone.clone()).date())
        }),
        Data::Null
        | Data::Omit
        | Data::Bool(_)
        | Data::Int(_)
        | Data::Number(_)
        | Data::Decimal(_)
        | Data::Bytes(_)
        | Data::Xml(_)
        | Data::List(_)
        | Data::Object(_)
        | Data::Amf(_) => None,
    }
}

/// As a time of day, `09:30:00`: of an instant the time it is in `zone`.
pub fn to_time(data: &Data, zone: &TimeZone) -> Option<Arc<str>> {
    match data {
        Data::Text(text) => time_of_text(text).map(|time| time.to_string().into()),
        Data::Date(millis) => {
            let time = timestamp(*millis)?.to_zoned(zone.clone()).time();
            Some(time.to_string().into())
        }
        Data::Null
        | Data::Omit
        | Data::Bool(_)
        | Data::Int(_)
        | Data::Number(_)
        | Data::Decimal(_)
        | Data::Day(_)
        | Data::Bytes(_)
        | Data::Xml(_)
        | Data::List(_)
        | Data::Object(_)
        | Data::Amf(_) => None,
    }
}

/// As bytes; text is base64.
pub fn to_bytes(data: &Data) -> Option<Arc<[u8]>> {
    match data {
        Data::Bytes(bytes) => Some(bytes.clone()),
        Data::Text(text) => unbase64(text).map(Arc::from),
        Data::Null
        | Data::Omit
        | Data::Bool(_)
        | Data::Int(_)
        | Data::Number(_)
        | Data::Decimal(_)
        | Data::Date(_)
        | Data::Day(_)
        | Data::Xml(_)
        | Data::List(_)
        | Data::Object(_)
        | Data::Amf(_) => None,
    }
}

/// A double as ECMAScript and people write it: `5`, `0.1`, `NaN`, `Infinity`.
pub fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    decimal::from_f64(number).unwrap_or_default()
}

/// The whole number a double is, as far as doubles are exact.
pub fn whole(number: f64) -> Option<i64> {
    // Beyond 2^53 neighbouring integers are the same double.
    let exact = number.fract() == 0.0 && number.abs() <= EXACT as f64;
    exact.then_some(number as i64)
}

/// An instant as `2026-11-20T09:30:00Z`; `None` for NaN and beyond the year 9999.
pub fn date_text(millis: f64) -> Option<String> {
    timestamp(millis).map(|timestamp| timestamp.to_string())
}

/// The milliseconds that `text` names: with an offset as it says, without one in `zone`.
pub fn date_of_text(text: &str, zone: &TimeZone) -> Option<f64> {
    let text = text.trim();
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(millis(timestamp));
    }
    let local: civil::DateTime = text.parse().ok()?;
    Some(millis(local.to_zoned(zone.clone()).ok()?.timestamp()))
}

/// The day that `text` names: `2026-11-20`, and nothing behind it.
pub fn day_of_text(text: &str) -> Option<civil::Date> {
    let text = text.trim();
    if text.contains(['T', 't', ' ', ':']) {
        return None;
    }
    text.parse().ok()
}

/// The time of day that `text` names: `09:30`, `09:30:00.5`.
pub fn time_of_text(text: &str) -> Option<civil::Time> {
    let text = text.trim();
    if !text.contains(':') || text.contains('-') {
        return None;
    }
    text.parse().ok()
}

/// The first instant of a day in a zone, in milliseconds.
pub fn midnight(day: civil::Date, zone: &TimeZone) -> Option<f64> {
    let zoned = day
        .to_datetime(civil::Time::midnight())
        .to_zoned(zone.clone())
        .ok()?;
    Some(millis(zoned.timestamp()))
}

/// The instant so many milliseconds after 1970.
pub fn timestamp(millis: f64) -> Option<Timestamp> {
    if !millis.is_finite() || millis.abs() > 1e15 {
        return None;
    }
    Timestamp::from_millisecond(millis.floor() as i64).ok()
}

/// Base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of base64 text, with or without padding.
pub fn unbase64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().trim_end_matches('=');
    STANDARD_NO_PAD.decode(text).ok()
}

fn millis(timestamp: Timestamp) -> f64 {
    timestamp.as_millisecond() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Data {
        Data::text(text)
    }

    #[test]
    fn whole_numbers_come_in_any_dress() {
        for data in [
            Data::Int(5),
            Data::Number(5.0),
            text("5"),
            text(" 5.0 "),
            Data::Decimal("5.00".into()),
        ] {
            assert_eq!(to_int(&data), Some(5), "{data:?}");
        }
        for data in [
            Data::Number(5.5),
            Data::Number(f64::NAN),
            Data::Number(1e300),
            text("five"),
            text(""),
            Data::Null,
        ] {
            assert_eq!(to_int(&data), None, "{data:?}");
        }
    }

    #[test]
    fn text_without_an_offset_is_read_in_the_zone() {
        let berlin = crate::slot::zone("Europe/Berlin").expect("it exists");
        let utc = TimeZone::UTC;
        let nine = date_of_text("2026-11-20T09:30:00Z", &berlin);
        assert_eq!(nine, Some(1_795_167_000_000.0));
        assert_eq!(date_of_text("2026-11-20 10:30:00", &berlin), nine);
        assert_eq!(date_of_text("2026-11-20T10:30:00+01:00", &utc), nine);
        assert_eq!(date_of_text("tomorrow", &utc), None);
    }

    #[test]
    fn a_day_is_the_day_of_its_zone() {
        let tokyo = crate::slot::zone("Asia/Tokyo").expect("it exists");
        let evening = Data::Date(1_795_190_400_000.0 - 3_600_000.0);
        assert_eq!(
            to_day(&evening, &tokyo)
                .map(|day| day.to_string())
                .as_deref(),
            Some("2026-11-21")
        );
        assert_eq!(
            to_day(&text("2026-11-20"), &tokyo),
            Some(civil::date(2026, 11, 20))
        );
    }

    #[test]
    fn doubles_are_written_as_people_write_them() {
        for (number, expected) in [
            (5.0, "5"),
            (-0.0, "0"),
            (0.1, "0.1"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(number_text(number), expected);
        }
    }

    #[test]
    fn base64_goes_both_ways() {
        assert_eq!(
            unbase64(&base64(b"\x00\xffhi")).as_deref(),
            Some(&b"\x00\xffhi"[..])
        );
        assert_eq!(unbase64("aGk"), Some(b"hi".to_vec()));
        assert_eq!(unbase64("not base64!"), None);
    }
}
