//! Days and times without a library in between: from counts to text and back, and into zones.
//!
//! Instants are microseconds since 1970-01-01T00:00Z, days are counted from the same day, in the proleptic
//! Gregorian calendar. Text of years before 1 is as PostgreSQL prints it: `0044-03-15 BC`.

use std::fmt::Write as _;

use jiff::civil;
use jiff::tz::TimeZone;

/// Microseconds of a day.
pub(crate) const DAY_MICROS: i64 = 86_400_000_000;

/// What an ActionScript Date can be: ±100,000,000 days around 1970, in milliseconds (ECMA-262, "Time Values").
const DATE_LIMIT_MILLIS: f64 = 8.64e15;

/// Year, month and day of a count of days.
pub(crate) fn civil_of_days(days: i64) -> (i64, u8, u8) {
    // Eras of 400 years that begin on March 1st, so that the leap day is the last of its year.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 {
        month_index + 3
    } else {
        month_index - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (
        year,
        u8::try_from(month).expect("a month is 1 to 12"),
        u8::try_from(day).expect("a day is 1 to 31"),
    )
}

/// The count of days of a year, month and day.
pub(crate) fn days_of_civil(year: i64, month: u8, day: u8) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_index = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month_index + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The count of days, if the month has such a day.
pub(crate) fn days_of_valid(year: i64, month: u8, day: u8) -> Option<i64> {
    if !(-300_000..=300_000).contains(&year) {
        return None;
    }
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => return None,
    };
    (1..=last)
        .contains(&day)
        .then(|| days_of_civil(year, month, day))
}

/// Appends `2026-11-20`, with ` BC` for years before 1.
pub(crate) fn write_day(out: &mut String, days: i64) {
    let (year, month, day) = civil_of_days(days);
    if year > 0 {
        write_padded(out, year, 4);
    } else {
        write_padded(out, 1 - year, 4);
    }
    out.push('-');
    write_padded(out, i64::from(month), 2);
    out.push('-');
    write_padded(out, i64::from(day), 2);
    if year <= 0 {
        out.push_str(" BC");
    }
}

/// Appends `10:15:30`, with six digits of a fraction if there is one.
pub(crate) fn write_time(out: &mut String, micros: i64) {
    let seconds = micros.div_euclid(1_000_000);
    write_padded(out, seconds / 3600, 2);
    out.push(':');
    write_padded(out, seconds / 60 % 60, 2);
    out.push(':');
    write_padded(out, seconds % 60, 2);
    let fraction = micros.rem_euclid(1_000_000);
    if fraction > 0 {
        out.push('.');
        write_padded(out, fraction, 6);
        while out.ends_with('0') {
            out.pop();
        }
    }
}

/// Appends day and time with `separator` between them.
pub(crate) fn write_timestamp(out: &mut String, micros: i64, separator: char) {
    let days = micros.div_euclid(DAY_MICROS);
    write_day(out, days);
    let before_christ = out.ends_with(" BC");
    if before_christ {
        out.truncate(out.len() - 3);
    }
    out.push(separator);
    write_time(out, micros.rem_euclid(DAY_MICROS));
    if before_christ {
        out.push_str(" BC");
    }
}

fn write_padded(out: &mut String, number: i64, width: usize) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    while rest > 0 || digits.len() - at < width {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).expect("a digit is below 10");
        rest /= 10;
    }
    for digit in &digits[at..] {
        out.push(char::from(*digit));
    }
}

/// Appends an integer.
pub(crate) fn write_integer(out: &mut String, number: i128) {
    write!(out, "{number}").expect("writing to a string does not fail");
}

/// Milliseconds of an instant, as AMF counts them; `None` beyond what a Date can be.
pub(crate) fn millis(micros: i64) -> Option<f64> {
    // Whole milliseconds, towards the past, as `java.sql.Timestamp.getTime` gives them.
    let millis = micros.div_euclid(1_000);
    #[expect(clippy::cast_precision_loss, reason = "below 2^53 wherever it is used")]
    let millis = millis as f64;
    (millis.abs() <= DATE_LIMIT_MILLIS).then_some(millis)
}

/// The instant at which clocks of `zone` show this; of two the earlier, in a gap the one after it.
pub(crate) fn instant_of_local(micros: i64, zone: &TimeZone) -> Option<i64> {
    if zone == &TimeZone::UTC {
        return Some(micros);
    }
    let local = civil_time(micros)?;
    let instant = zone.to_ambiguous_timestamp(local).compatible().ok()?;
    Some(instant.as_microsecond())
}

/// What clocks of `zone` show at an instant, counted as if it were UTC.
pub(crate) fn local_of_instant(micros: i64, zone: &TimeZone) -> Option<i64> {
    if zone == &TimeZone::UTC {
        return Some(micros);
    }
    let instant = jiff::Timestamp::from_microsecond(micros).ok()?;
    let offset = zone.to_offset(instant);
    micros.checked_add(i64::from(offset.seconds()) * 1_000_000)
}

fn civil_time(micros: i64) -> Option<civil::DateTime> {
    let (year, month, day) = civil_of_days(micros.div_euclid(DAY_MICROS));
    let time = micros.rem_euclid(DAY_MICROS);
    let seconds = time / 1_000_000;
    civil::DateTime::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
        i8::try_from(seconds / 3600).ok()?,
        i8::try_from(seconds / 60 % 60).ok()?,
        i8::try_from(seconds % 60).ok()?,
        i32::try_from(time % 1_000_000 * 1_000).ok()?,
    )
    .ok()
}

/// The day of a count, where the crate that keeps days knows it (years −9999 to 9999).
pub(crate) fn civil_date(days: i64) -> Option<civil::Date> {
    let (year, month, day) = civil_of_days(days);
    civil::Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

/// The count of a day.
pub(crate) fn days_of_date(date: civil::Date) -> i64 {
    days_of_civil(
        i64::from(date.year()),
        u8::try_from(date.month()).expect("a month is 1 to 12"),
        u8::try_from(date.day()).expect("a day is 1 to 31"),
    )
}

/// A timestamp as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// `2026-11-20`, in days.
    Day(i64),
    /// `2026-11-20 10:15`, without a zone.
    Local(i64),
    /// `2026-11-20T10:15:00Z`, `…+02:00`.
    Instant(i64),
}

/// Reads the ISO forms that databases store: `2026-11-20`, `2026-11-20 10:15`, `2026-11-20T10:15:30.5Z`.
pub(crate) fn parse(text: &str) -> Option<Parsed> {
    let text = text.trim();
    let (year, rest) = digits(text, 4, 6)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2, 2)?;
    let days = days_of_valid(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)?;
    if rest.is_empty() {
        return Some(Parsed::Day(days));
    }
    let rest = rest.strip_prefix([' ', 'T', 't'])?;
    let (micros, rest) = parse_time(rest)?;
    let local = days.checked_mul(DAY_MICROS)?.checked_add(micros)?;
    if rest.is_empty() {
        return Some(Parsed::Local(local));
    }
    let offset = parse_offset(rest.trim_start())?;
    Some(Parsed::Instant(local.checked_sub(offset * 1_000_000)?))
}

/// Reads the two forms that are stored most, `2026-11-20` and `2026-11-20 10:15:30` (or with `T`), and no other.
#[inline]
pub(crate) fn parse_plain(text: &[u8]) -> Option<Parsed> {
    let (day, clock) = text.split_first_chunk::<10>()?;
    let [a, b, c, d, b'-', e, f, b'-', g, h] = *day else {
        return None;
    };
    let year = i64::from(figures(a, b)?) * 100 + i64::from(figures(c, d)?);
    let days = days_of_valid(year, figures(e, f)?, figures(g, h)?)?;
    let [b' ' | b'T', a, b, b':', c, d, b':', e, f] = *clock else {
        return clock.is_empty().then_some(Parsed::Day(days));
    };
    let (hours, minutes, seconds) = (figures(a, b)?, figures(c, d)?, figures(e, f)?);
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let seconds = (i64::from(hours) * 60 + i64::from(minutes)) * 60 + i64::from(seconds);
    Some(Parsed::Local(days * DAY_MICROS + seconds * 1_000_000))
}

#[inline]
fn figures(high: u8, low: u8) -> Option<u8> {
    let (high, low) = (high.wrapping_sub(b'0'), low.wrapping_sub(b'0'));
    (high < 10 && low < 10).then_some(high * 10 + low)
}

/// Reads `10:15`, `10:15:30`, `10:15:30.123456`; gives what follows.
fn parse_time(text: &str) -> Option<(i64, &str)> {
    let (hours, rest) = digits(text, 1, 2)?;
    let (minutes, rest) = digits(rest.strip_prefix(':')?, 2, 2)?;
    let (seconds, rest) = match rest.strip_prefix(':') {
        Some(rest) => digits(rest, 2, 2)?,
        None => (0, rest),
    };
    if hours > 24 || minutes > 59 || seconds > 60 {
        return None;
    }
    let mut micros = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000;
    let Some(rest) = rest.strip_prefix('.') else {
        return Some((micros, rest));
    };
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, rest) = rest.split_at_checked(length)?;
    let mut scale = 100_000;
    for digit in fraction.bytes() {
        micros += i64::from(digit - b'0') * scale;
        scale /= 10;
    }
    Some((micros, rest))
}

/// Reads a time of day, with or without an offset in seconds: `10:15`, `10:15:30.5+02:00`.
pub(crate) fn parse_clock(text: &str) -> Option<(i64, Option<i64>)> {
    let (micros, rest) = parse_time(text.trim())?;
    if micros > DAY_MICROS {
        return None;
    }
    match rest.trim_start() {
        "" => Some((micros, None)),
        offset => Some((micros, Some(parse_offset(offset)?))),
    }
}

/// Reads `Z`, `+02`, `+02:00`, `-0530`; gives seconds.
fn parse_offset(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z" | "UTC") {
        return Some(0);
    }
    let (sign, rest) = match text.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, text.strip_prefix('-')?),
    };
    let (hours, rest) = digits(rest, 2, 2)?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let minutes = if rest.is_empty() {
        0
    } else {
        let (minutes, rest) = digits(rest, 2, 2)?;
        rest.is_empty().then_some(minutes)?
    };
    (hours <= 18 && minutes <= 59).then_some(sign * (hours * 60 + minutes) * 60)
}

fn digits(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let length = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    let (number, rest) = text.split_at_checked(length)?;
    (length >= least).then_some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_civil_dates_are_each_others_inverse() {
        for days in (-3_000_000..3_000_000).step_by(97) {
            let (year, month, day) = civil_of_days(days);
            assert_eq!(days_of_civil(year, month, day), days);
        }
        assert_eq!(civil_of_days(0), (1970, 1, 1));
        assert_eq!(civil_of_days(10_957), (2000, 1, 1));
    }

    #[test]
    fn text_reads_back_as_it_was_written() {
        for micros in [
            0,
            -1,
            1_234_567,
            1_763_719_200_000_000,
            -62_135_596_800_000_000,
        ] {
            let mut text = String::new();
            write_timestamp(&mut text, micros, ' ');
            assert_eq!(parse(&text), Some(Parsed::Local(micros)), "{text}");
        }
    }

    #[test]
    fn years_before_one_end_in_bc() {
        let mut text = String::new();
        write_timestamp(&mut text, days_of_civil(-43, 3, 15) * DAY_MICROS, ' ');
        assert_eq!(text, "0044-03-15 00:00:00 BC");
    }

    #[test]
    fn offsets_and_impossible_days_are_read_right() {
        assert_eq!(parse("1970-01-01T02:00+02:00"), Some(Parsed::Instant(0)));
        assert_eq!(parse("1970-01-02"), Some(Parsed::Day(1)));
        assert_eq!(parse("2026-02-30"), None);
        assert_eq!(parse("tomorrow"), None);
    }

    #[test]
    fn a_zone_turns_local_times_into_instants_and_back() {
        let zone = TimeZone::get("Europe/Berlin").expect("the zone is bundled");
        let Some(Parsed::Local(local)) = parse("2026-07-01 12:00:00") else {
            panic!("a local time");
        };
        let instant = instant_of_local(local, &zone).expect("in range");
        assert_eq!(local - instant, 7_200_000_000);
        assert_eq!(local_of_instant(instant, &zone), Some(local));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_moment_or_none(text in "[0-9T:. Z+-]{0,30}") {
            let _ = parse(&text);
            let _ = parse_clock(&text);
        }

        #[test]
        fn plain_forms_are_read_like_any(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9]([ T][0-2][0-9]:[0-6][0-9]:[0-6][0-9])?",
        ) {
            let plain = parse_plain(text.as_bytes());
            proptest::prop_assert!(plain.is_none() || plain == parse(&text));
        }

        #[test]
        fn days_that_are_valid_come_back(year in -300_000_i64..300_000, month in 0_u8..15, day in 0_u8..35) {
            let back = (1..=12).contains(&month) && day > 0 && {
                civil_of_days(days_of_civil(year, month, day)) == (year, month, day)
            };
            proptest::prop_assert_eq!(days_of_valid(year, month, day).is_some(), back);
        }

        #[test]
        fn any_moment_has_a_text(micros in proptest::num::i64::ANY) {
            let mut text = String::new();
            write_timestamp(&mut text, micros, ' ');
            let zone = TimeZone::get("Asia/Kathmandu").expect("the zone is bundled");
            let _ = instant_of_local(micros, &zone);
            let _ = local_of_instant(micros, &zone);
            let _ = millis(micros);
        }
    }
}
