//! Texts that values become on their way to a database, or bytes on their way from it.

use footbridge_mapping::data::Data;
use jiff::tz::TimeZone;

use crate::calendar;

/// Appends sixteen bytes as a UUID, in lower case with hyphens.
pub(crate) fn write_uuid(out: &mut String, bytes: &[u8; 16]) {
    out.push_str(
        std::str::from_utf8(&uuid(bytes)).expect("hexadecimal digits and hyphens are ASCII"),
    );
}

/// Sixteen bytes as a UUID, in lower case with hyphens.
#[inline]
pub(crate) fn uuid(bytes: &[u8; 16]) -> [u8; 36] {
    let mut text = [b'-'; 36];
    for (byte, at) in bytes.iter().zip(UUID_PLACES) {
        [text[at], text[at + 1]] = HEX[usize::from(*byte)];
    }
    text
}

/// Where the two digits of each byte stand.
const UUID_PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/// `00` to `ff`.
static HEX: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    pairs
};

/// Reads a UUID with or without hyphens and braces.
pub(crate) fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    uuid::Uuid::try_parse(text.trim())
        .ok()
        .map(uuid::Uuid::into_bytes)
}

/// Microseconds of a date in milliseconds; `None` for an invalid one.
pub(crate) fn micros_of_millis(millis: f64) -> Option<i64> {
    if millis.is_nan() || millis.abs() > 8.64e15 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "below 2^63 by the test")]
    Some((millis * 1_000.0).round() as i64)
}

/// An instant as clocks of the zone show it: `2026-11-20 10:15:30`, with a fraction where there is one.
pub(crate) fn local_timestamp(millis: f64, zone: &TimeZone) -> Option<String> {
    let local = calendar::local_of_instant(micros_of_millis(millis)?, zone)?;
    let mut text = String::new();
    calendar::write_timestamp(&mut text, local, ' ');
    Some(text)
}

/// Data as JSON: decimals as numbers with all their digits, dates as text of the zone, bytes as base64.
///
/// # Errors
/// What goes on after the parameter's name.
pub(crate) fn json(data: &Data, zone: &TimeZone) -> Result<String, &'static str> {
    let mut out = String::new();
    write_json(&mut out, data, zone, DEPTH_LIMIT)?;
    Ok(out)
}

/// Levels of lists and objects in what is bound; packets have a lower limit of their own.
const DEPTH_LIMIT: usize = 128;

fn write_json(
    out: &mut String,
    data: &Data,
    zone: &TimeZone,
    depth: usize,
) -> Result<(), &'static str> {
    let deeper = depth.checked_sub(1).ok_or("is nested too deeply")?;
    match data {
        Data::Null | Data::Omit => out.push_str("null"),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Int(value) => calendar::write_integer(out, i128::from(*value)),
        Data::Number(value) if value.is_finite() => {
            crate::cell::write_text(out, &crate::cell::Cell::Number(*value));
        }
        Data::Number(_) => out.push_str("null"),
        Data::Decimal(text)
            if crate::cell::is_decimal(text)
                && text.starts_with(|c: char| c.is_ascii_digit() || c == '-') =>
        {
            out.push_str(text);
        }
        Data::Decimal(text) | Data::Text(text) | Data::Xml(text) => write_json_text(out, text),
        Data::Date(millis) => {
            let text = local_timestamp(*millis, zone).ok_or("holds an invalid date")?;
            write_json_text(out, &text);
        }
        Data::Day(date) => {
            out.push('"');
            calendar::write_day(out, calendar::days_of_date(*date));
            out.push('"');
        }
        Data::Bytes(bytes) => {
            out.push('"');
            crate::cell::write_text(out, &crate::cell::Cell::Bytes(bytes));
            out.push('"');
        }
        Data::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_json(out, item, zone, deeper)?;
            }
            out.push(']');
        }
        Data::Object(record) => {
            out.push('{');
            let mut first = true;
            for (name, value) in &record.members {
                if *value == Data::Omit {
                    continue;
                }
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                write_json_text(out, name);
                out.push(':');
                write_json(out, value, zone, deeper)?;
            }
            out.push('}');
        }
        Data::Amf(_) => return Err("holds a value of type `any`; declare its type"),
    }
    Ok(())
}

fn write_json_text(out: &mut String, text: &str) {
    use std::fmt::Write as _;
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            control if control < ' ' => {
                write!(out, "\\u{:04x}", u32::from(control))
                    .expect("writing to a string does not fail");
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn uuids_read_back() {
        let bytes = *b"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff";
        let mut text = String::new();
        write_uuid(&mut text, &bytes);
        assert_eq!(text, "00112233-4455-6677-8899-aabbccddeeff");
        assert_eq!(parse_uuid(&text), Some(bytes));
    }

    #[test]
    fn lists_become_json() {
        let list = Data::List(Arc::from([
            Data::Int(1),
            Data::text("a\"\n"),
            Data::Decimal("1.50".into()),
            Data::Null,
        ]));
        assert_eq!(
            json(&list, &TimeZone::UTC).as_deref(),
            Ok("[1,\"a\\\"\\u000a\",1.50,null]")
        );
    }
}
