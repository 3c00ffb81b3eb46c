//! Scalars as the text of a simple type, checked.

use std::cmp::Ordering;
use std::fmt::Write as _;

use footbridge_mapping::data::{Data, convert};
use footbridge_mapping::decimal;
use jiff::tz::TimeZone;

use crate::model::{Builtin, Facets, Model, Simple, TypeId, TypeKind, Variety};
use crate::xml::{plain, valid};

/// Unions of unions and lists of lists within each other.
const MAX_DEPTH: usize = 16;

/// The text of `data` as a value of the simple type `id`.
pub(super) fn text(
    model: &Model,
    id: TypeId,
    data: &Data,
    zone: &TimeZone,
) -> Result<String, String> {
    match &model.kind(id).kind {
        TypeKind::Simple(simple) => simple_text(model, simple, data, zone, 0),
        TypeKind::Complex(_) | TypeKind::Array { .. } | TypeKind::Map | TypeKind::Any => {
            atomic(Builtin::Any, data, zone)
        }
    }
}

fn simple_text(
    model: &Model,
    simple: &Simple,
    data: &Data,
    zone: &TimeZone,
    depth: usize,
) -> Result<String, String> {
    if depth > MAX_DEPTH {
        return Err("its type holds itself".to_owned());
    }
    let of = |id: TypeId, data: &Data| match &model.kind(id).kind {
        TypeKind::Simple(inner) => simple_text(model, inner, data, zone, depth + 1),
        TypeKind::Complex(_) | TypeKind::Array { .. } | TypeKind::Map | TypeKind::Any => {
            atomic(Builtin::Any, data, zone)
        }
    };
    let text = match &simple.variety {
        Variety::Atomic(builtin) => {
            let text = atomic(*builtin, data, zone)?;
            facets(&simple.facets, *builtin, &text, data)?;
            patterned(&simple.facets, *builtin, text)?
        }
        Variety::List(item) => match data.items() {
            Some(items) => {
                let mut texts = Vec::with_capacity(items.len());
                for item_data in items.iter() {
                    let text = of(*item, item_data)?;
                    if text.is_empty() || text.contains([' ', '\t', '\n', '\r']) {
                        return Err(
                            "an item of a list of words has a space in it, or is empty".to_owned()
                        );
                    }
                    texts.push(text);
                }
                count(&simple.facets, texts.len(), "items")?;
                texts.join(" ")
            }
            None => of(*item, data)?,
        },
        Variety::Union(members) => {
            let found = members.iter().find_map(|member| of(*member, data).ok());
            found.ok_or_else(|| "no value of any type that may stand here".to_owned())?
        }
    };
    if !simple.enumeration.is_empty() {
        let trimmed = text.trim();
        if !simple
            .enumeration
            .iter()
            .any(|word| **word == *text || word.trim() == trimmed)
        {
            let mut words = simple
                .enumeration
                .iter()
                .take(12)
                .map(|word| format!("`{word}`"))
                .collect::<Vec<_>>();
            if simple.enumeration.len() > 12 {
                words.push("…".to_owned());
            }
            return Err(format!("none of {}", words.join(", ")));
        }
    }
    if !valid(&text) {
        return Err("a text with a character that XML cannot say".to_owned());
    }
    Ok(text)
}

/// Appends the text of `data` as the content of an element, where type and value are the same thing and nothing is
/// to be converted; says whether it did.
pub(super) fn append(builtin: Builtin, data: &Data, out: &mut String) -> bool {
    match (builtin, data) {
        (
            Builtin::Text
            | Builtin::Token
            | Builtin::QName
            | Builtin::Duration
            | Builtin::Gregorian
            | Builtin::Any,
            Data::Text(text),
        )
        | (Builtin::Decimal, Data::Decimal(text)) => {
            if !plain(text) {
                return false;
            }
            out.push_str(text);
        }
        (Builtin::Boolean, Data::Bool(value)) => {
            out.push_str(if *value { "true" } else { "false" });
        }
        (Builtin::Integer(from, to), Data::Int(number)) => {
            let wide = i128::from(*number);
            if from.is_some_and(|from| wide < from) || to.is_some_and(|to| wide > to) {
                return false;
            }
            append_int(*number, out);
        }
        (Builtin::Decimal, Data::Int(number)) => append_int(*number, out),
        (Builtin::DateTime, Data::Date(millis)) => return append_date_time(*millis, out).is_some(),
        _ => return false,
    }
    true
}

/// Appends a whole number in decimal digits.
pub(super) fn append_int(number: i64, out: &mut String) {
    let mut digits = [0_u8; 20];
    let mut left = number.unsigned_abs();
    let mut at = digits.len();
    for (index, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + u8::try_from(left % 10).unwrap_or(0);
        left /= 10;
        at = index;
        if left == 0 {
            break;
        }
    }
    if number < 0 {
        out.push('-');
    }
    let digits = digits.get(at..).unwrap_or_default();
    out.push_str(std::str::from_utf8(digits).unwrap_or_default());
}

fn atomic(builtin: Builtin, data: &Data, zone: &TimeZone) -> Result<String, String> {
    let wrong = || format!("not {}", builtin.describe());
    let known = |text: Option<String>| text.ok_or_else(wrong);
    match builtin {
        Builtin::Text
        | Builtin::Token
        | Builtin::QName
        | Builtin::Duration
        | Builtin::Gregorian
        | Builtin::Any => known(convert::to_text(data).map(|text| text.to_string())),
        Builtin::Boolean => known(convert::to_bool(data).map(|value| value.to_string())),
        Builtin::Decimal => known(convert::to_decimal(data).map(|text| text.to_string())),
        Builtin::Integer(from, to) => {
            let whole = whole(data).ok_or_else(wrong)?;
            if from.is_some_and(|from| whole < from) || to.is_some_and(|to| whole > to) {
                let bound =
                    |bound: Option<i128>| bound.map(|bound| bound.to_string()).unwrap_or_default();
                return Err(format!("{whole} is beyond {}..{}", bound(from), bound(to)));
            }
            Ok(whole.to_string())
        }
        Builtin::Float | Builtin::Double => {
            let number = match data {
                Data::Text(text) => match text.trim() {
                    "INF" | "Infinity" => Some(f64::INFINITY),
                    "-INF" | "-Infinity" => Some(f64::NEG_INFINITY),
                    "NaN" => Some(f64::NAN),
                    _ => convert::to_number(data),
                },
                _ => convert::to_number(data),
            };
            let number = number.ok_or_else(wrong)?;
            Ok(if number.is_nan() {
                "NaN".to_owned()
            } else if number.is_infinite() {
                if number > 0.0 { "INF" } else { "-INF" }.to_owned()
            } else if number.abs() >= 1e21 || (number != 0.0 && number.abs() < 1e-6) {
                format!("{number:E}")
            } else {
                format!("{number}")
            })
        }
        Builtin::DateTime => match data {
            // What says its own zone, or none on purpose, is sent as it is.
            Data::Text(text) if convert::date_of_text(text, zone).is_some() => {
                Ok(text.trim().replacen(' ', "T", 1))
            }
            _ => {
                let millis = convert::to_date(data, zone).ok_or_else(wrong)?;
                date_time(millis).ok_or_else(wrong)
            }
        },
        Builtin::Date => known(convert::to_day(data, zone).map(|day| day.to_string())),
        Builtin::Time => known(convert::to_time(data, zone).map(|time| time.to_string())),
        Builtin::Year => {
            let year = whole(data).ok_or_else(wrong)?;
            Ok(format!(
                "{}{:04}",
                if year < 0 { "-" } else { "" },
                year.unsigned_abs()
            ))
        }
        Builtin::Base64 => known(convert::to_bytes(data).map(|bytes| convert::base64(&bytes))),
        Builtin::Hex => {
            let bytes = match data {
                Data::Text(text)
                    if text.len().is_multiple_of(2)
                        && text.bytes().all(|digit| digit.is_ascii_hexdigit()) =>
                {
                    return Ok(text.to_uppercase());
                }
                _ => convert::to_bytes(data).ok_or_else(wrong)?,
            };
            let mut text = String::with_capacity(bytes.len() * 2);
            for byte in bytes.iter() {
                // Writing to a String cannot fail.
                let _ = write!(text, "{byte:02X}");
            }
            Ok(text)
        }
    }
}

/// In UTC with `Z`; milliseconds only where there are some.
pub(crate) fn date_time(millis: f64) -> Option<String> {
    let mut text = String::with_capacity(24);
    append_date_time(millis, &mut text)?;
    Some(text)
}

/// Appends what [`date_time`] gives; `None`, with nothing appended, for what is no moment.
fn append_date_time(millis: f64, text: &mut String) -> Option<()> {
    let timestamp = convert::timestamp(millis)?;
    let moment = TimeZone::UTC.to_datetime(timestamp);
    let Ok(year) = u16::try_from(moment.year()) else {
        // Writing to a String cannot fail.
        let _ = write!(text, "{}Z", moment.strftime("%Y-%m-%dT%H:%M:%S"));
        return Some(());
    };
    let pair = |text: &mut String, number: i8, before: char| {
        text.push(before);
        let number = number.unsigned_abs();
        text.push(char::from(b'0' + number / 10));
        text.push(char::from(b'0' + number % 10));
    };
    let digit = |place: u16| char::from(b'0' + u8::try_from(year / place % 10).unwrap_or(0));
    text.extend([digit(1000), digit(100), digit(10), digit(1)]);
    pair(text, moment.month(), '-');
    pair(text, moment.day(), '-');
    pair(text, moment.hour(), 'T');
    pair(text, moment.minute(), ':');
    pair(text, moment.second(), ':');
    let part = timestamp.as_millisecond().rem_euclid(1000);
    if part != 0 {
        // Writing to a String cannot fail.
        let _ = write!(text, ".{part:03}");
    }
    text.push('Z');
    Some(())
}

/// The whole number that a value is, beyond 64 bits too.
fn whole(data: &Data) -> Option<i128> {
    if let Some(number) = convert::to_int(data) {
        return Some(i128::from(number));
    }
    let text = match data {
        Data::Text(text) => decimal::normal(text)?,
        Data::Decimal(text) => text.to_string(),
        _ => return None,
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    if !fraction.bytes().all(|digit| digit == b'0') {
        return None;
    }
    whole.parse().ok()
}

/// The text, if it matches all patterns.
fn patterned(facets: &Facets, builtin: Builtin, text: String) -> Result<String, String> {
    let fits = |text: &str| facets.patterns.iter().all(|pattern| pattern.matches(text));
    if fits(&text) {
        return Ok(text);
    }
    // The other spelling of a boolean.
    if builtin == Builtin::Boolean {
        let other = if text == "true" { "1" } else { "0" };
        if fits(other) {
            return Ok(other.to_owned());
        }
    }
    let patterns: Vec<&str> = facets
        .patterns
        .iter()
        .map(|pattern| &*pattern.text)
        .collect();
    Err(format!(
        "does not have the form `{}`",
        patterns.join("` and `")
    ))
}

fn facets(facets: &Facets, builtin: Builtin, text: &str, data: &Data) -> Result<(), String> {
    match builtin {
        Builtin::Text
        | Builtin::Token
        | Builtin::QName
        | Builtin::Duration
        | Builtin::Gregorian
        | Builtin::Any => count(facets, text.chars().count(), "characters"),
        Builtin::Base64 | Builtin::Hex => {
            let length = convert::to_bytes(data).map_or(text.len() / 2, |bytes| bytes.len());
            count(facets, length, "bytes")
        }
        Builtin::Decimal | Builtin::Integer(..) | Builtin::Float | Builtin::Double => {
            number(facets, text)
        }
        Builtin::Boolean | Builtin::DateTime | Builtin::Date | Builtin::Time | Builtin::Year => {
            Ok(())
        }
    }
}

fn count(facets: &Facets, length: usize, what: &str) -> Result<(), String> {
    if let Some(least) = facets.min_length
        && length < least
    {
        return Err(format!(
            "has {length} {what}, at least {least} are asked for"
        ));
    }
    if let Some(most) = facets.max_length
        && length > most
    {
        return Err(format!("has {length} {what}, at most {most} are allowed"));
    }
    Ok(())
}

fn number(facets: &Facets, text: &str) -> Result<(), String> {
    let compare = |bound: &str| decimal::compare(&decimal::normal(text)?, &decimal::normal(bound)?);
    type Bound<'f> = (
        &'f Option<std::sync::Arc<str>>,
        fn(Ordering) -> bool,
        &'static str,
    );
    let bounds: [Bound<'_>; 4] = [
        (&facets.min, Ordering::is_lt, "less than"),
        (&facets.max, Ordering::is_gt, "greater than"),
        (&facets.above, Ordering::is_le, "not greater than"),
        (&facets.below, Ordering::is_ge, "not less than"),
    ];
    for (bound, wrong, how) in bounds {
        if let Some(bound) = bound
            && compare(bound).is_some_and(wrong)
        {
            return Err(format!("{text} is {how} {bound}"));
        }
    }
    let fraction = text
        .split_once('.')
        .map_or("", |(_, fraction)| fraction)
        .trim_end_matches('0');
    if let Some(most) = facets.fraction_digits
        && fraction.len() > most
    {
        return Err(format!(
            "{text} has more than {most} digits behind the point"
        ));
    }
    if let Some(most) = facets.total_digits {
        let whole = text
            .trim_start_matches('-')
            .split('.')
            .next()
            .unwrap_or_default()
            .trim_start_matches('0');
        if whole.len() + fraction.len() > most {
            return Err(format!("{text} has more than {most} digits"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(builtin: Builtin, data: &Data) -> Result<String, String> {
        atomic(builtin, data, &TimeZone::UTC)
    }

    #[test]
    fn numbers_have_no_exponent_where_the_type_has_none() {
        assert_eq!(
            say(Builtin::Integer(None, None), &Data::Number(1e15)).as_deref(),
            Ok("1000000000000000")
        );
        assert_eq!(
            say(
                Builtin::Integer(None, None),
                &Data::text("36893488147419103232")
            )
            .as_deref(),
            Ok("36893488147419103232")
        );
        assert_eq!(
            say(Builtin::Decimal, &Data::Number(1e-7)).as_deref(),
            Ok("0.0000001")
        );
        assert_eq!(
            say(Builtin::Integer(None, None), &Data::Number(1.5)),
            Err("not an integer".to_owned())
        );
        assert_eq!(
            say(Builtin::Integer(Some(-128), Some(127)), &Data::Int(128)),
            Err("128 is beyond -128..127".to_owned())
        );
        assert_eq!(
            say(Builtin::Double, &Data::Number(f64::NEG_INFINITY)).as_deref(),
            Ok("-INF")
        );
        assert_eq!(
            say(Builtin::Double, &Data::Number(1e300)).as_deref(),
            Ok("1E300")
        );
    }

    #[test]
    fn dates_are_sent_in_utc_and_days_in_their_zone() {
        let moment = Data::Date(1_795_167_000_500.0);
        assert_eq!(
            say(Builtin::DateTime, &moment).as_deref(),
            Ok("2026-11-20T09:30:00.500Z")
        );
        let tokyo = footbridge_mapping::slot::zone("Asia/Tokyo").expect("it exists");
        let evening = Data::Date(1_795_190_400_000.0 - 3_600_000.0);
        assert_eq!(
            atomic(Builtin::Date, &evening, &tokyo).as_deref(),
            Ok("2026-11-21")
        );
        assert_eq!(
            say(Builtin::DateTime, &Data::text("2026-11-20T09:30:00")).as_deref(),
            Ok("2026-11-20T09:30:00")
        );
    }

    #[test]
    fn bytes_go_out_as_their_type_says() {
        let bytes = Data::Bytes([0xde, 0xad].as_slice().into());
        assert_eq!(say(Builtin::Hex, &bytes).as_deref(), Ok("DEAD"));
        assert_eq!(say(Builtin::Base64, &bytes).as_deref(), Ok("3q0="));
    }
}
