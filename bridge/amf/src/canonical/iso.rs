//! Milliseconds and the text of ISO 8601.

/// The text of a time in whole milliseconds of the years 0000 to 9999, else `None`.
pub fn format(millis: f64) -> Option<String> {
    let negative_zero = millis == 0.0 && millis.is_sign_negative();
    if millis.fract() != 0.0 || negative_zero || !(FIRST..=LAST).contains(&millis) {
        return None;
    }
    // Whole and within a small range, so exact.
    let millis = millis as i64;
    let (year, month, day) = civil(millis.div_euclid(DAY));
    let rest = millis.rem_euclid(DAY);
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, milli) = (rest / 1000 % 60, rest % 1000);
    Some(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"
    ))
}

/// The milliseconds of `YYYY-MM-DD`, or of that and `THH:MM[:SS[.fff]]` with `Z` or an offset, at most three digits
/// after the point.
pub(super) fn parse(text: &str) -> Option<f64> {
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00Z"));
    let mut parts = date.split('-');
    let (year, month, day) = (
        digits(parts.next()?, 4)?,
        digits(parts.next()?, 2)?,
        digits(parts.next()?, 2)?,
    );
    if parts.next().is_some() {
        return None;
    }
    let days = days(year, month, day);
    if civil(days) != (year, month, day) {
        return None;
    }
    let (clock, offset) = match time.strip_suffix('Z') {
        Some(clock) => (clock, 0),
        None => {
            let place = time.rfind(['+', '-'])?;
            let (clock, zone) = time.split_at(place);
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            let minutes = digits(hours, 2)? * 60 + digits(minutes, 2)?;
            (
                clock,
                if zone.starts_with('-') {
                    -minutes
                } else {
                    minutes
                },
            )
        }
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |second| digits(second, 2))?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 || fraction.len() > 3 {
        return None;
    }
    let milli = digits(fraction, fraction.len())? * [0, 100, 10, 1].get(fraction.len())?;
    let seconds = (hour * 60 + minute - offset) * 60 + second;
    // Far below 2^53.
    Some((days * DAY + seconds * 1000 + milli) as f64)
}

fn digits(text: &str, length: usize) -> Option<i64> {
    let right = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if right { text.parse().ok() } else { None }
}

/// Days since 1970-01-01 of a day of the Gregorian calendar. Years begin in March here, so that the leap day is the
/// last of its year and the lengths of months follow one line.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + of_year - BEFORE_1970
}

/// The day of the Gregorian calendar, so many days after 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + BEFORE_1970;
    let era = days.div_euclid(ERA);
    let of_era = days.rem_euclid(ERA);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (year_of_era * 365 + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

const DAY: i64 = 86_400_000;
/// Days of 400 years.
const ERA: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const BEFORE_1970: i64 = 719_468;
/// 0000-01-01T00:00:00.000Z.
const FIRST: f64 = -62_167_219_200_000.0;
/// 9999-12-31T23:59:59.999Z.
const LAST: f64 = 253_402_300_799_999.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times_are_written_and_read() {
        for (millis, text) in [
            (0.0, "1970-01-01T00:00:00.000Z"),
            (-1.0, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000.0, "2000-02-29T00:00:00.000Z"),
            (1_795_167_000_000.0, "2026-11-20T09:30:00.000Z"),
            (FIRST, "0000-01-01T00:00:00.000Z"),
            (LAST, "9999-12-31T23:59:59.999Z"),
            (-2_208_988_800_000.0, "1900-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(format(millis).as_deref(), Some(text));
            assert_eq!(parse(text), Some(millis));
        }
    }

    #[test]
    fn every_day_of_the_calendar_comes_back() {
        for day in (-719_528..2_932_897).step_by(17) {
            let (year, month, date) = civil(day);
            assert_eq!(days(year, month, date), day);
        }
    }

    #[test]
    fn shorter_forms_and_offsets_are_read() {
        assert_eq!(parse("1970-01-02"), Some(86_400_000.0));
        assert_eq!(parse("1970-01-01T01:00+01:00"), Some(0.0));
        assert_eq!(parse("1970-01-01T00:00:01.5-00:30"), Some(1_801_500.0));
        for wrong in [
            "",
            "1970",
            "1970-02-30",
            "1970-01-01T24:00Z",
            "1970-01-01T00:00",
            "1970-01-01T00:00:00.1234Z",
            "1970-1-1",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn other_times_have_no_text() {
        for millis in [0.5, -0.0, f64::NAN, f64::INFINITY, LAST + 1.0, FIRST - 1.0] {
            assert_eq!(format(millis), None);
        }
    }
}
