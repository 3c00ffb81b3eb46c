//! NUMERIC and its decimal text, one from the other.
//!
//! ```text
//! digits:i16 weight:i16 sign:u16 scale:u16 {digit:i16 base 10000}
//! ```

use super::bind::Misfit;
use super::decode::{MALFORMED, fixed};
use crate::cell;
use crate::rows::Unfit;

/// From digits of base 10,000 to decimal text, with as many decimals as the value has.
pub(super) fn decode(out: &mut String, bytes: &[u8]) -> Result<(), Unfit> {
    let (head, digits) = bytes.split_at_checked(8).ok_or(MALFORMED)?;
    let head: [u8; 8] = fixed(head)?;
    let count = usize::from(u16::from_be_bytes([head[0], head[1]]));
    let weight = i32::from(i16::from_be_bytes([head[2], head[3]]));
    let sign = u16::from_be_bytes([head[4], head[5]]);
    let scale = usize::from(u16::from_be_bytes([head[6], head[7]]) & 0x3fff);
    match sign {
        0x0000 => {}
        0x4000 => out.push('-'),
        0xc000 => {
            out.push_str("NaN");
            return Ok(());
        }
        0xd000 => {
            out.push_str("Infinity");
            return Ok(());
        }
        0xf000 => {
            out.push_str("-Infinity");
            return Ok(());
        }
        _ => return Err(MALFORMED.into()),
    }
    if digits.len() != count * 2 {
        return Err(MALFORMED.into());
    }
    let digit = |place: i32| -> u16 {
        usize::try_from(place)
            .ok()
            .and_then(|place| digits.get(place * 2..place * 2 + 2))
            .map_or(0, |pair| u16::from_be_bytes([pair[0], pair[1]]))
    };
    if weight < 0 {
        out.push('0');
    }
    for place in 0..=weight {
        push_four(out, digit(place), place == 0)?;
    }
    if scale == 0 {
        return Ok(());
    }
    out.push('.');
    let whole = out.len();
    let mut place = weight + 1;
    while out.len() - whole < scale {
        push_four(out, if place < 0 { 0 } else { digit(place) }, false)?;
        place += 1;
    }
    out.truncate(whole + scale);
    Ok(())
}

fn push_four(out: &mut String, digit: u16, first: bool) -> Result<(), Unfit> {
    if digit > 9_999 {
        return Err(MALFORMED.into());
    }
    let figure = |divisor: u16| b'0' + u8::try_from(digit / divisor % 10).expect("below 10");
    let figures = [figure(1_000), figure(100), figure(10), figure(1)];
    let leading = match digit {
        0..=9 if first => 3,
        10..=99 if first => 2,
        100..=999 if first => 1,
        _ => 0,
    };
    out.push_str(std::str::from_utf8(&figures[leading..]).expect("decimal figures"));
    Ok(())
}

/// The digits after the point that PostgreSQL keeps at most.
const SCALE_LIMIT: usize = 16_383;

/// The digits before the point that it keeps at most.
const WHOLE_LIMIT: usize = 131_072;

/// From decimal text to digits of base 10,000.
pub(super) fn encode(text: &str, out: &mut Vec<u8>) -> Result<(), Misfit> {
    let special = match text {
        "NaN" => Some(0xc000_u16),
        "Infinity" => Some(0xd000),
        "-Infinity" => Some(0xf000),
        _ => None,
    };
    if let Some(sign) = special {
        put(out, &[], 0, sign, 0);
        return Ok(());
    }
    if !cell::is_decimal(text) {
        return Err("is no decimal".into());
    }
    let negative = text.starts_with('-');
    let digits = text.trim_start_matches(['-', '+']);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    if whole.len() > WHOLE_LIMIT || fraction.len() > SCALE_LIMIT {
        return Err("has more digits than PostgreSQL keeps".into());
    }
    let mut groups = Vec::with_capacity(whole.len() / 4 + fraction.len() / 4 + 2);
    // The first group of the whole part may be short, the last of the fraction is filled with zeros.
    let mut rest = whole;
    while !rest.is_empty() {
        let (group, after) = rest.split_at(match rest.len() % 4 {
            0 => 4,
            short => short,
        });
        groups.push(group.parse::<u16>().map_err(|_| "is no decimal")?);
        rest = after;
    }
    let mut weight = i32::try_from(groups.len()).map_err(|_| "is too long")? - 1;
    let mut rest = fraction;
    while !rest.is_empty() {
        let (group, after) = rest.split_at(rest.len().min(4));
        let number = group.parse::<u16>().map_err(|_| "is no decimal")?;
        let missing = u32::try_from(4 - group.len()).map_err(|_| "is no decimal")?;
        groups.push(number * 10_u16.pow(missing));
        rest = after;
    }
    while groups.last() == Some(&0) {
        groups.pop();
    }
    let leading = groups.iter().take_while(|group| **group == 0).count();
    groups.drain(..leading);
    weight -= i32::try_from(leading).map_err(|_| "is too long")?;
    if groups.is_empty() {
        weight = 0;
    }
    let sign = if negative && !groups.is_empty() {
        0x4000
    } else {
        0
    };
    let weight = i16::try_from(weight).map_err(|_| "has more digits than PostgreSQL keeps")?;
    let scale =
        u16::try_from(fraction.len()).map_err(|_| "has more digits than PostgreSQL keeps")?;
    put(out, &groups, weight, sign, scale);
    Ok(())
}

fn put(out: &mut Vec<u8>, groups: &[u16], weight: i16, sign: u16, scale: u16) {
    let count = u16::try_from(groups.len()).expect("limits of digits keep groups below 2^16");
    out.extend_from_slice(&count.to_be_bytes());
    out.extend_from_slice(&weight.to_be_bytes());
    out.extend_from_slice(&sign.to_be_bytes());
    out.extend_from_slice(&scale.to_be_bytes());
    for group in groups {
        out.extend_from_slice(&group.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(weight: i16, sign: u16, scale: u16, digits: &[i16]) -> String {
        let count = i16::try_from(digits.len()).expect("few digits");
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&count.to_be_bytes());
        bytes.extend_from_slice(&weight.to_be_bytes());
        bytes.extend_from_slice(&sign.to_be_bytes());
        bytes.extend_from_slice(&scale.to_be_bytes());
        for digit in digits {
            bytes.extend_from_slice(&digit.to_be_bytes());
        }
        let mut out = String::new();
        decode(&mut out, &bytes).expect("a numeric");
        out
    }

    #[test]
    fn numerics_keep_scale_and_all_digits() {
        assert_eq!(numeric(0, 0, 2, &[1, 5000]), "1.50");
        assert_eq!(numeric(0, 0, 0, &[]), "0");
        assert_eq!(numeric(-1, 0x4000, 4, &[25]), "-0.0025");
        assert_eq!(numeric(-2, 0, 8, &[1]), "0.00000001");
        assert_eq!(numeric(2, 0, 0, &[12]), "1200000000");
        assert_eq!(numeric(1, 0, 3, &[1, 2, 3400]), "10002.340");
        assert_eq!(numeric(0, 0xc000, 0, &[]), "NaN");
    }

    #[test]
    fn numerics_read_back_as_they_were() {
        for text in [
            "0",
            "1",
            "-1",
            "12.50",
            "0.00",
            "10000",
            "100000000",
            "0.0001",
            "-0.00000001",
            "12345678901234567890.123456789",
            "9999.9999",
            "NaN",
            "-Infinity",
            "1000000000000000000000",
        ] {
            let mut bytes = Vec::new();
            encode(text, &mut bytes).expect("a decimal");
            let mut read = String::new();
            decode(&mut read, &bytes).expect("a numeric");
            assert_eq!(read, text);
        }
    }
}
