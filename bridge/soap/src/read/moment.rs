//! Moments, days and times, as XML Schema has them and as servers write them.

use std::sync::Arc;

use footbridge_mapping::data::{Data, convert};
use jiff::civil;
use jiff::tz::TimeZone;

use crate::model::Builtin;

/// `2026-11-20T09:30:00.5+01:00`, and what servers write instead: a blank for the T, no colon in the offset, midnight as
/// 24:00:00, no seconds, a day alone.
pub(super) fn date_time(text: &str, zone: &TimeZone) -> Option<f64> {
    let day = civil_date(text.get(..10)?)?;
    let rest = text.get(10..)?;
    if rest.is_empty() {
        return convert::midnight(day, zone);
    }
    let (clock, offset) = match rest.strip_prefix(['T', 't', ' ']) {
        Some(clock) => split_offset(clock.trim_start()),
        None => ("00:00:00", rest),
    };
    let millis = clock_millis(clock)?;
    match offset_millis(offset)? {
        Some(offset) => Some((utc_midnight(day) + millis - offset) as f64),
        None if *zone == TimeZone::UTC => Some((utc_midnight(day) + millis) as f64),
        None => {
            let day = day.checked_add(jiff::Span::new().days(millis / DAY)).ok()?;
            let within = jiff::Span::new().milliseconds(millis % DAY);
            let civil = day
                .to_datetime(civil::Time::midnight())
                .checked_add(within)
                .ok()?;
            let instant = civil.to_zoned(zone.clone()).ok()?.timestamp();
            Some(instant.as_millisecond() as f64)
        }
    }
}

/// Milliseconds from 1970 to the beginning of a day in UTC: whole 400 years of 146,097 days, years that begin in March.
fn utc_midnight(day: civil::Date) -> i64 {
    let (month, date) = (i64::from(day.month()), i64::from(day.day()));
    let year = i64::from(day.year()) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + date - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    days * DAY
}

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// A day, or the moment at which it begins where an offset says so.
pub(super) fn date(text: &str) -> Option<Data> {
    let day = civil_date(text.get(..10)?)?;
    let rest = text.get(10..)?;
    if rest.is_empty() {
        return Some(Data::Day(day));
    }
    // A time behind it, which a date has not: the day counts.
    if rest.starts_with(['T', 't', ' ']) {
        return Some(Data::Day(day));
    }
    let offset = offset_millis(rest)??;
    Some(Data::Date((utc_midnight(day) - offset) as f64))
}

pub(super) fn time(text: &str) -> Option<Arc<str>> {
    // A moment in the place of a time: its time counts.
    let clock = match text.split_once(['T', ' ']) {
        Some((_, clock)) => clock,
        None => text,
    };
    let (clock, _) = split_offset(clock);
    clock_millis(clock)?;
    Some(clock.into())
}

fn civil_date(text: &str) -> Option<civil::Date> {
    let bytes = text.as_bytes();
    let [_, _, _, _, b'-', _, _, b'-', _, _] = bytes else {
        return None;
    };
    let year = pair(bytes, 0)? * 100 + pair(bytes, 2)?;
    if year == 0 {
        return None;
    }
    let (year, month, day) = (
        i16::try_from(year).ok()?,
        i8::try_from(pair(bytes, 5)?).ok()?,
        i8::try_from(pair(bytes, 8)?).ok()?,
    );
    civil::Date::new(year, month, day).ok()
}

/// Two digits.
#[inline]
fn pair(bytes: &[u8], at: usize) -> Option<i64> {
    let [tens, ones] = *bytes.get(at..at + 2)? else {
        return None;
    };
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then_some(i64::from(tens * 10 + ones))
}

fn split_offset(clock: &str) -> (&str, &str) {
    let at = clock
        .bytes()
        .position(|byte| matches!(byte, b'Z' | b'z' | b'+' | b'-'))
        .unwrap_or(clock.len());
    let (clock, offset) = clock.split_at(at);
    (clock.trim(), offset)
}

fn clock_millis(clock: &str) -> Option<i64> {
    let bytes = clock.as_bytes();
    let (hour, minute) = (pair(bytes, 0)?, pair(bytes, 3)?);
    if bytes.get(2) != Some(&b':') {
        return None;
    }
    let (second, fraction) = match bytes.get(5) {
        Some(b':') => (pair(bytes, 6)?, bytes.get(8..)?),
        Some(_) | None => (0, bytes.get(5..)?),
    };
    let fits = hour < 24 && minute < 60 && second <= 60 || hour == 24 && minute == 0 && second == 0;
    if !fits {
        return None;
    }
    let mut millis = 0;
    if let Some((mark, digits)) = fraction.split_first() {
        if !matches!(mark, b'.' | b',') || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        for at in 0..3 {
            millis = millis * 10 + digits.get(at).map_or(0, |digit| i64::from(digit - b'0'));
        }
    }
    Some(((hour * 60 + minute) * 60 + second) * 1000 + millis)
}

/// `Some(None)` where there is no offset.
fn offset_millis(offset: &str) -> Option<Option<i64>> {
    let offset = offset.trim();
    let sign = match offset.bytes().next() {
        None => return Some(None),
        Some(b'Z' | b'z') => return (offset.len() == 1).then_some(Some(0)),
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return None,
    };
    let (hour, minute) = match *offset.as_bytes() {
        [_, _, _] => (pair(offset.as_bytes(), 1)?, 0),
        [_, _, _, _, _] => (pair(offset.as_bytes(), 1)?, pair(offset.as_bytes(), 3)?),
        [_, _, _, b':', _, _] => (pair(offset.as_bytes(), 1)?, pair(offset.as_bytes(), 4)?),
        _ => return None,
    };
    (hour <= 14 && minute < 60).then_some(Some(sign * (hour * 60 + minute) * 60_000))
}

/// Whether a moment or day that was understood is written as XML Schema has it (part 2 §3.2.7, §3.2.9).
pub(super) fn is_usual(builtin: Builtin, text: &str) -> bool {
    let bytes = text.as_bytes();
    let rest = if builtin == Builtin::DateTime {
        if bytes.get(10) != Some(&b'T') || bytes.get(16) != Some(&b':') {
            return false;
        }
        let rest = bytes.get(19..).unwrap_or_default();
        match rest.split_first() {
            Some((b'.', fraction)) => {
                let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit());
                let (digits, offset) = fraction.split_at(digits.count());
                if digits.is_empty() {
                    return false;
                }
                offset
            }
            Some(_) | None => rest,
        }
    } else {
        bytes.get(10..).unwrap_or_default()
    };
    matches!(rest, [] | b"Z" | [b'+' | b'-', _, _, b':', _, _])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_any_hand_are_read() {
        let utc = TimeZone::UTC;
        let nine = Some(1_795_167_000_000.0);
        for text in [
            "2026-11-20T09:30:00Z",
            "2026-11-20 09:30:00",
            "2026-11-20T09:30",
            "2026-11-20T10:30:00+01:00",
            "2026-11-20T10:30:00.0000000+0100",
            "2026-11-20T10:30:00+01",
        ] {
            assert_eq!(date_time(text, &utc), nine, "{text}");
        }
        assert_eq!(
            date_time("2026-11-19T24:00:00", &utc),
            date_time("2026-11-20T00:00:00", &utc)
        );
        assert_eq!(
            date_time("2026-11-20T09:30:00.5Z", &utc),
            Some(1_795_167_000_500.0)
        );
        for text in [
            "  :  :  ",
            "0000-00-00T00:00:00",
            "tomorrow",
            "",
            "2026-13-01T00:00:00",
        ] {
            assert_eq!(date_time(text, &utc), None, "{text}");
        }
    }

    #[test]
    fn what_the_schema_has_is_usual() {
        for text in [
            "2026-11-20T09:30:00",
            "2026-11-20T09:30:00Z",
            "2026-11-20T09:30:00.123456+01:00",
            "2026-11-19T24:00:00Z",
        ] {
            assert!(is_usual(Builtin::DateTime, text), "{text}");
        }
        for text in [
            "2026-11-20 09:30:00",
            "2026-11-20T09:30",
            "2026-11-20T09:30Z",
            "2026-11-20T10:30:00+0100",
            "2026-11-20T10:30:00+01",
            "2026-11-20T09:30:00.Z",
            "2026-11-20T09:30:00 Z",
            "2026-11-20t09:30:00z",
            "2026-11-20",
            "2026-11-20Z",
        ] {
            assert!(!is_usual(Builtin::DateTime, text), "{text}");
        }
        for text in ["2026-11-20", "2026-11-20Z", "2026-11-20-05:00"] {
            assert!(is_usual(Builtin::Date, text), "{text}");
        }
        assert!(!is_usual(Builtin::Date, "2026-11-20T00:00:00"));
    }

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        for text in [
            "1970-01-01",
            "2000-02-29",
            "1900-03-01",
            "0001-01-01",
            "2026-11-20",
        ] {
            let day: civil::Date = text.parse().expect("a day");
            let calendar = convert::midnight(day, &TimeZone::UTC).expect("it has a midnight");
            assert_eq!(utc_midnight(day) as f64, calendar, "{text}");
        }
    }
}
