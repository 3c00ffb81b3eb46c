//! Intervals and offsets from UTC, and their text.
//!
//! ```text
//! interval    micros:i64 days:i32 months:i32
//! ```

use std::fmt::Write as _;

use super::decode::{MALFORMED, fixed};
use crate::cell;
use crate::rows::Unfit;

/// Appends `+02:00` for a number of seconds west of UTC, as `timetz` has it.
pub(super) fn write_offset(out: &mut String, west: i32) {
    let sign = if west > 0 { '-' } else { '+' };
    let seconds = west.unsigned_abs();
    write!(out, "{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)
        .expect("writing to a string does not fail");
}

/// ISO 8601: `P1Y2M3DT4H5M6.5S`; nothing is `PT0S`.
pub(super) fn decode(out: &mut String, bytes: &[u8]) -> Result<(), Unfit> {
    let (micros, rest) = bytes.split_at_checked(8).ok_or(MALFORMED)?;
    let (days, months) = rest.split_at_checked(4).ok_or(MALFORMED)?;
    let micros = i64::from_be_bytes(fixed(micros)?);
    let days = i32::from_be_bytes(fixed(days)?);
    let months = i32::from_be_bytes(fixed(months)?);
    out.push('P');
    write_part(out, i64::from(months / 12), 'Y');
    write_part(out, i64::from(months % 12), 'M');
    write_part(out, i64::from(days), 'D');
    if micros == 0 {
        if out.len() == 1 {
            out.push_str("T0S");
        }
        return Ok(());
    }
    out.push('T');
    write_part(out, micros / 3_600_000_000, 'H');
    write_part(out, micros / 60_000_000 % 60, 'M');
    let seconds = micros % 60_000_000;
    if seconds != 0 {
        let sign = if seconds < 0 { "-" } else { "" };
        let seconds = seconds.unsigned_abs();
        write!(out, "{sign}{}", seconds / 1_000_000).expect("writing to a string does not fail");
        let fraction = seconds % 1_000_000;
        if fraction > 0 {
            let text = format!("{fraction:06}");
            out.push('.');
            out.push_str(text.trim_end_matches('0'));
        }
        out.push('S');
    }
    Ok(())
}

fn write_part(out: &mut String, number: i64, unit: char) {
    if number != 0 {
        write!(out, "{number}{unit}").expect("writing to a string does not fail");
    }
}

/// Months, days and microseconds of an ISO duration: `P1Y2M3DT4H5M6.5S`, `P2W`, each part with a sign of its own.
pub(super) fn parse_duration(text: &str) -> Option<(i32, i32, i64)> {
    let mut rest = text.strip_prefix('P')?;
    let (mut months, mut days, mut micros) = (0_i32, 0_i32, 0_i64);
    let mut in_time = false;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T') {
            if in_time || after.is_empty() {
                return None;
            }
            in_time = true;
            rest = after;
            continue;
        }
        let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, unit) = rest.split_at_checked(end)?;
        let mut characters = unit.chars();
        let unit = characters.next()?;
        rest = characters.as_str();
        if !cell::is_decimal(number) {
            return None;
        }
        let int = || number.parse::<i32>().ok();
        match (in_time, unit) {
            (false, 'Y') => months = months.checked_add(int()?.checked_mul(12)?)?,
            (false, 'M') => months = months.checked_add(int()?)?,
            (false, 'W') => days = days.checked_add(int()?.checked_mul(7)?)?,
            (false, 'D') => days = days.checked_add(int()?)?,
            (true, 'H') => micros = micros.checked_add(i64::from(int()?) * 3_600_000_000)?,
            (true, 'M') => micros = micros.checked_add(i64::from(int()?) * 60_000_000)?,
            (true, 'S') => {
                let seconds: f64 = number.parse().ok()?;
                if seconds.abs() > 1e12 {
                    return None;
                }
                #[expect(clippy::cast_possible_truncation, reason = "below 2^63 by the test")]
                let more = (seconds * 1e6).round() as i64;
                micros = micros.checked_add(more)?;
            }
            _ => return None,
        }
    }
    Some((months, days, micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_iso_durations() {
        let text = |micros: i64, days: i32, months: i32| {
            let mut bytes = micros.to_be_bytes().to_vec();
            bytes.extend_from_slice(&days.to_be_bytes());
            bytes.extend_from_slice(&months.to_be_bytes());
            let mut out = String::new();
            decode(&mut out, &bytes).expect("an interval");
            out
        };
        assert_eq!(text(0, 0, 0), "PT0S");
        assert_eq!(text(14_706_500_000, 3, 14), "P1Y2M3DT4H5M6.5S");
        assert_eq!(text(-1_500_000, 0, 0), "PT-1.5S");
        assert_eq!(text(0, -3, 0), "P-3D");
    }

    #[test]
    fn durations_are_read() {
        assert_eq!(
            parse_duration("P1Y2M3DT4H5M6.5S"),
            Some((14, 3, 14_706_500_000))
        );
        assert_eq!(parse_duration("PT-1.5S"), Some((0, 0, -1_500_000)));
        assert_eq!(parse_duration("P2W"), Some((0, 14, 0)));
        for wrong in ["", "P", "PT", "P1", "1D", "P1H", "PT1D", "P1.5D"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }
}
