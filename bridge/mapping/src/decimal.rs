//! Exact decimals as text: read, compared, brought to whole numbers. Nothing is ever rounded.
//!
//! The normal form is `-12.50`: a sign only where negative, digits, a point with digits behind it or
//! none, no exponent. The scale is kept: `12.50` and `12.5` are equal and look different.

use std::cmp::Ordering;
use std::fmt::Write as _;

/// The most digits an exponent may stretch a number to; a double has at most 309 before the point.
const MAX_DIGITS: usize = 400;

/// The normal form of a number in text: spaces around it, `+`, leading zeros and an exponent are taken out.
///
/// `None` where the text is no finite number, or its exponent would make more than 400 digits.
pub fn normal(text: &str) -> Option<String> {
    let text = text.trim();
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    if !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let (whole, fraction) = shift(whole, fraction, exponent)?;
    let whole = whole.trim_start_matches('0');
    let mut normal = String::with_capacity(whole.len() + fraction.len() + 3);
    let zero = whole.is_empty() && fraction.bytes().all(|digit| digit == b'0');
    if negative && !zero {
        normal.push('-');
    }
    normal.push_str(if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        normal.push('.');
        normal.push_str(&fraction);
    }
    Some(normal)
}

/// The shortest decimal that reads back as this double; `None` for NaN and infinities.
pub fn from_f64(number: f64) -> Option<String> {
    if !number.is_finite() {
        return None;
    }
    let mut text = String::new();
    // −0 has no decimal of its own.
    let number = if number == 0.0 { 0.0 } else { number };
    write!(text, "{number}").ok()?;
    Some(text)
}

/// Compares two numbers in normal form by their values; `None` where one is `NaN` or no number.
pub fn compare(left: &str, right: &str) -> Option<Ordering> {
    let left = Parts::of(left)?;
    let right = Parts::of(right)?;
    let order = match (left.negative, right.negative) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => left.magnitude(&right),
        (true, true) => right.magnitude(&left),
    };
    Some(order)
}

/// The whole number a decimal in normal form is: `5`, `5.00`; `None` for `5.5` and beyond 64 bits.
pub fn to_i64(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|digit| digit == b'0') {
        return None;
    }
    whole.parse().ok()
}

struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction)
        {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self {
            negative: negative && !zero,
            whole,
            fraction,
        })
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        self.whole
            .len()
            .cmp(&other.whole.len())
            .then_with(|| self.whole.cmp(other.whole))
            .then_with(|| self.fraction.cmp(other.fraction))
    }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Moves the point by `exponent` places.
fn shift(whole: &str, fraction: &str, exponent: i32) -> Option<(String, String)> {
    let places = usize::try_from(exponent.unsigned_abs()).ok()?;
    if places == 0 {
        return Some((whole.to_owned(), fraction.to_owned()));
    }
    if places > MAX_DIGITS {
        return None;
    }
    if exponent > 0 {
        let padded = format!("{fraction:0<places$}");
        let (moved, rest) = padded.split_at(places);
        return Some((format!("{whole}{moved}"), rest.to_owned()));
    }
    let padded = format!("{whole:0>places$}");
    let (rest, moved) = padded.split_at(padded.len() - places);
    Some((rest.to_owned(), format!("{moved}{fraction}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_form_keeps_the_scale_and_takes_out_the_exponent() {
        for (text, expected) in [
            ("12.50", "12.50"),
            ("+007", "7"),
            ("-0.0", "0.0"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1e3", "1000"),
            ("1.25e1", "12.5"),
            ("12e-3", "0.012"),
            (" 9 ", "9"),
        ] {
            assert_eq!(normal(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", ".", "-", "1,5", "NaN", "1e", "1e999", "0x10", "1 2"] {
            assert_eq!(normal(text), None, "{text}");
        }
    }

    #[test]
    fn decimals_compare_by_value() {
        for (left, right, expected) in [
            ("9.9", "10", Ordering::Less),
            ("9.90", "9.9", Ordering::Equal),
            ("-2", "-1.5", Ordering::Less),
            ("0", "-0.00", Ordering::Equal),
            ("0.1", "0.09", Ordering::Greater),
            ("90071992547409931", "90071992547409930", Ordering::Greater),
        ] {
            assert_eq!(compare(left, right), Some(expected), "{left} {right}");
        }
        assert_eq!(compare("NaN", "1"), None);
    }

    #[test]
    fn only_whole_decimals_are_integers() {
        assert_eq!(to_i64("5.00"), Some(5));
        assert_eq!(to_i64("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(to_i64("5.01"), None);
        assert_eq!(to_i64("9223372036854775808"), None);
    }
}
