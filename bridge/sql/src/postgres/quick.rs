//! The common values of PostgreSQL, from its binary format into AMF3.

use footbridge_amf::amf3::{Members, Repeats, Utf8};
use footbridge_mapping::rows::CellRule;

use super::decode::{EPOCH_DAYS, EPOCH_MICROS, Kind};
use crate::quick::{Common, Figures, Form, put_day, put_instant, put_integer};
use crate::text;

/// How a column is read and sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quick {
    wire: Wire,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Wire {
    Bool,
    Int2,
    Int4,
    Int8,
    Float8,
    Numeric,
    Text,
    Uuid,
    Date,
    /// Both with and without a zone.
    Timestamp,
}

impl Quick {
    pub(super) fn of(kind: &Kind, rule: &CellRule) -> Option<Self> {
        let (wire, common) = match kind {
            Kind::Bool => (Wire::Bool, Common::Bool),
            Kind::Int2 => (Wire::Int2, Common::Int),
            Kind::Int4 => (Wire::Int4, Common::Int),
            Kind::Int8 => (Wire::Int8, Common::Long),
            Kind::Float8 => (Wire::Float8, Common::Number),
            Kind::Numeric => (Wire::Numeric, Common::Decimal),
            Kind::Text => (Wire::Text, Common::Text),
            Kind::Char => (Wire::Text, Common::Padded),
            Kind::Uuid => (Wire::Uuid, Common::Text),
            Kind::Date => (Wire::Date, Common::Day),
            Kind::Timestamp => (Wire::Timestamp, Common::Local),
            Kind::TimestampTz => (Wire::Timestamp, Common::Instant),
            Kind::Oid
            | Kind::Float4
            | Kind::Byte
            | Kind::Bytea
            | Kind::Time
            | Kind::TimeTz
            | Kind::Interval
            | Kind::Json
            | Kind::Jsonb
            | Kind::Xml
            | Kind::Void
            | Kind::Array(_)
            | Kind::Spelt(_)
            | Kind::Point
            | Kind::Other(_) => return None,
        };
        let form = common.under(rule)?;
        Some(Self { wire, form })
    }

    /// Writes a value that is not null; `false` where it is not one of the common.
    #[inline]
    pub(super) fn put(self, bytes: &[u8], to: &mut Members<'_>, column: &mut Repeats) -> bool {
        match self.wire {
            Wire::Int4 => match bytes.try_into() {
                Ok(bytes) => put_integer(to, self.form, i64::from(i32::from_be_bytes(bytes))),
                Err(_) => false,
            },
            Wire::Text => match Utf8::of(bytes) {
                Some(text) => {
                    to.text(column, text);
                    true
                }
                None => false,
            },
            Wire::Int8 => match bytes.try_into() {
                Ok(bytes) => put_integer(to, self.form, i64::from_be_bytes(bytes)),
                Err(_) => false,
            },
            Wire::Int2 => match bytes.try_into() {
                Ok(bytes) => put_integer(to, self.form, i64::from(i16::from_be_bytes(bytes))),
                Err(_) => false,
            },
            Wire::Bool => match bytes {
                [value] => {
                    to.bool(*value != 0);
                    true
                }
                _ => false,
            },
            Wire::Float8 => match bytes.try_into() {
                Ok(bytes) => {
                    to.number(f64::from_be_bytes(bytes));
                    true
                }
                Err(_) => false,
            },
            Wire::Numeric => {
                let mut figures = Figures::new();
                match numeric(&mut figures, bytes) {
                    Some(()) => {
                        to.text(column, Utf8::of_made(figures.as_bytes()));
                        true
                    }
                    None => false,
                }
            }
            Wire::Uuid => match bytes.try_into() {
                Ok(uuid) => {
                    to.text(column, Utf8::of_made(&text::uuid(uuid)));
                    true
                }
                Err(_) => false,
            },
            Wire::Date => match bytes.try_into().map(i32::from_be_bytes) {
                // The greatest and the least are infinity, and beyond what a Date can be.
                Ok(days) => put_day(to, i64::from(days) + EPOCH_DAYS),
                Err(_) => false,
            },
            Wire::Timestamp => match bytes.try_into().map(i64::from_be_bytes) {
                Ok(i64::MIN) | Err(_) => false,
                Ok(micros) => match micros.checked_add(EPOCH_MICROS) {
                    Some(micros) => put_instant(to, micros),
                    None => false,
                },
            },
        }
    }
}

/// Decimal text of a numeric that is neither huge nor tiny: up to 20 figures before the point and 16 behind it.
#[inline]
fn numeric(out: &mut Figures, bytes: &[u8]) -> Option<()> {
    let (head, digits) = bytes.split_first_chunk::<8>()?;
    let [
        count_high,
        count_low,
        weight_high,
        weight_low,
        sign_high,
        sign_low,
        scale_high,
        scale_low,
    ] = *head;
    let weight = i16::from_be_bytes([weight_high, weight_low]);
    let scale = usize::from(u16::from_be_bytes([scale_high, scale_low]) & 0x3fff);
    let (digits, rest) = digits.as_chunks::<2>();
    if !(-1..5).contains(&weight)
        || scale > 16
        || usize::from(u16::from_be_bytes([count_high, count_low])) != digits.len()
        || !rest.is_empty()
    {
        return None;
    }
    match (sign_high, sign_low) {
        (0x00, 0x00) => {}
        (0x40, 0x00) => out.push([b'-'])?,
        _ => return None,
    }
    // Zeros at the end are not sent.
    let mut digits = digits.iter().map(|digit| u16::from_be_bytes(*digit));
    if weight < 0 {
        out.push([b'0'])?;
    } else {
        out.push_up_to_four(digits.next().unwrap_or(0))?;
        for _ in 0..weight {
            out.push_four(digits.next().unwrap_or(0))?;
        }
    }
    if scale == 0 {
        return Some(());
    }
    out.push([b'.'])?;
    let whole = out.len();
    while out.len() - whole < scale {
        out.push_four(digits.next().unwrap_or(0))?;
    }
    out.truncate(whole + scale);
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quick::tests::{agree, rules};

    fn kinds() -> Vec<Kind> {
        vec![
            Kind::Bool,
            Kind::Int2,
            Kind::Int4,
            Kind::Int8,
            Kind::Float8,
            Kind::Numeric,
            Kind::Text,
            Kind::Char,
            Kind::Uuid,
            Kind::Date,
            Kind::Timestamp,
            Kind::TimestampTz,
        ]
    }

    /// Tries a value under all rules; gives how many wrote it quickly.
    fn try_all(kind: &Kind, bytes: &[u8]) -> usize {
        rules()
            .iter()
            .filter(|rule| {
                let Some(quick) = Quick::of(kind, rule) else {
                    return false;
                };
                let mut scratch = String::new();
                agree(rule, kind.read(bytes, &mut scratch), |to, column| {
                    quick.put(bytes, to, column)
                })
            })
            .count()
    }

    fn numeric_bytes(weight: i16, sign: u16, scale: u16, digits: &[u16]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let count = u16::try_from(digits.len()).expect("few digits");
        bytes.extend_from_slice(&count.to_be_bytes());
        bytes.extend_from_slice(&weight.to_be_bytes());
        bytes.extend_from_slice(&sign.to_be_bytes());
        bytes.extend_from_slice(&scale.to_be_bytes());
        for digit in digits {
            bytes.extend_from_slice(&digit.to_be_bytes());
        }
        bytes
    }

    #[test]
    fn extremes_are_left_to_the_rules() {
        assert_eq!(try_all(&Kind::Date, &i32::MAX.to_be_bytes()), 0);
        assert_eq!(try_all(&Kind::Date, &i32::MIN.to_be_bytes()), 0);
        assert_eq!(try_all(&Kind::Timestamp, &i64::MAX.to_be_bytes()), 0);
        assert_eq!(try_all(&Kind::TimestampTz, &i64::MIN.to_be_bytes()), 0);
        assert_eq!(
            try_all(&Kind::Numeric, &numeric_bytes(0, 0xc000, 0, &[])),
            0
        );
        assert_eq!(try_all(&Kind::Text, b"\xff"), 0);
        assert!(try_all(&Kind::Numeric, &numeric_bytes(0, 0, 2, &[12, 5_000])) > 0);
        assert!(try_all(&Kind::Int8, &(1_i64 << 53).to_be_bytes()) > 0);
    }

    proptest! {
        #[test]
        fn quick_values_are_those_of_the_rules(
            bytes in prop::collection::vec(any::<u8>(), 0..40),
            whole in any::<i64>(),
            small in any::<i32>(),
            shift in 0_u32..64,
        ) {
            let whole = whole >> shift;
            for kind in kinds() {
                try_all(&kind, &bytes);
                try_all(&kind, &bytes[..bytes.len().min(8)]);
                try_all(&kind, &whole.to_be_bytes());
                try_all(&kind, &small.to_be_bytes());
                try_all(&kind, &(small >> (shift / 2)).to_be_bytes());
            }
        }

        #[test]
        fn quick_decimals_are_those_of_the_rules(
            weight in -3_i16..8,
            negative: bool,
            scale in 0_u16..20,
            digits in prop::collection::vec(0_u16..10_002, 0..9),
        ) {
            let sign = if negative { 0x4000 } else { 0 };
            let bytes = numeric_bytes(weight, sign, scale, &digits);
            let quick = try_all(&Kind::Numeric, &bytes);
            let common = (-1..5).contains(&weight) && scale <= 16 && digits.iter().all(|digit| *digit < 10_000);
            prop_assert!(quick > 0 || !common);
        }

        #[test]
        fn quick_texts_are_those_of_the_rules(text in "\\PC{0,40} {0,3}") {
            prop_assert!(try_all(&Kind::Text, text.as_bytes()) > 0);
            prop_assert!(try_all(&Kind::Char, text.as_bytes()) > 0);
        }
    }
}
