//! Units: `500ms`, `64KiB`, `20%`, `60/min`. The unit stands in the value, never in the key.

use std::time::Duration;

use crate::diagnostic::Problem;

/// So often in so long: `60/min`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How often.
    pub count: u32,
    /// In how long.
    pub per: Duration,
}

/// Reads `500ms`, `5s`, `10m`, `1h`, `7d`; a bare `0` too.
///
/// # Errors
/// B0121 for anything else.
pub fn duration(text: &str) -> Result<Duration, Vec<Problem>> {
    let wrong = || {
        problem(
            121,
            text,
            "is no duration; write a whole number and its unit: `500ms`, `5s`, `10m`, `1h`, `7d`",
        )
    };
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let (count, unit) = split(text).ok_or_else(wrong)?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    count
        .checked_mul(millis)
        .map(Duration::from_millis)
        .ok_or_else(wrong)
}

/// Reads `64KiB`, `2MiB`, `1GiB`, `512B`: bytes.
///
/// # Errors
/// B0122 for anything else.
pub fn size(text: &str) -> Result<usize, Vec<Problem>> {
    let wrong = || {
        problem(
            122,
            text,
            "is no size; write a whole number and its unit: `512B`, `64KiB`, `2MiB`, `1GiB`",
        )
    };
    let (count, unit) = split(text).ok_or_else(wrong)?;
    let bytes = match unit {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(wrong()),
    };
    count
        .checked_mul(bytes)
        .and_then(|bytes| usize::try_from(bytes).ok())
        .ok_or_else(wrong)
}

/// Reads `20%` as 0.2.
///
/// # Errors
/// B0123 for anything else, and beyond `100%`.
pub fn percent(text: &str) -> Result<f64, Vec<Problem>> {
    let wrong = || {
        problem(
            123,
            text,
            "is no share; write a whole number from `0%` to `100%`",
        )
    };
    let (count, unit) = split(text).ok_or_else(wrong)?;
    if unit != "%" {
        return Err(wrong());
    }
    match u8::try_from(count) {
        Ok(count) if count <= 100 => Ok(f64::from(count) / 100.0),
        _ => Err(wrong()),
    }
}

/// Reads `5/s`, `60/min`, `1000/h`.
///
/// # Errors
/// B0124 for anything else.
pub fn rate(text: &str) -> Result<Rate, Vec<Problem>> {
    let wrong = || problem(124, text, "is no rate; write `5/s`, `60/min` or `1000/h`");
    let (count, unit) = split(text).ok_or_else(wrong)?;
    let per = match unit {
        "/s" => 1,
        "/min" => 60,
        "/h" => 3_600,
        _ => return Err(wrong()),
    };
    Ok(Rate {
        count: u32::try_from(count).map_err(|_| wrong())?,
        per: Duration::from_secs(per),
    })
}

fn split(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at(digits);
    Some((count.parse().ok()?, unit))
}

fn problem(code: u16, text: &str, sentence: &str) -> Vec<Problem> {
    vec![Problem::new(
        code,
        0..text.len(),
        format!("`{text}` {sentence}"),
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_stand_in_the_value() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(7 * 86_400)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        assert_eq!(size("2MiB"), Ok(2 << 20));
        assert_eq!(percent("20%"), Ok(0.2));
        assert_eq!(
            rate("60/min"),
            Ok(Rate {
                count: 60,
                per: Duration::from_secs(60)
            })
        );
    }

    #[test]
    fn a_number_without_its_unit_is_refused() {
        for text in [
            "",
            "5",
            "s",
            "5 s",
            "5sec",
            "-5s",
            "1.5h",
            "99999999999999999999d",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
        for text in ["64", "64KB", "99999999999GiB"] {
            assert!(size(text).is_err(), "{text}");
        }
        assert!(percent("101%").is_err());
        assert!(rate("60/minute").is_err());
    }
}
