//! The common values of MySQL and MariaDB, from the binary protocol into AMF3.

use footbridge_amf::amf3::{Members, Repeats, Utf8};
use footbridge_mapping::rows::CellRule;

use super::decode::{Kind, timestamp};
use crate::quick::{Common, Form, put_instant, put_integer};

/// How a column is read and sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quick {
    wire: Wire,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Wire {
    Truth,
    Int,
    UnsignedInt,
    Long,
    UnsignedLong,
    Double,
    /// Also of exact decimals.
    Text,
    Date,
    /// Both with and without a zone.
    DateTime,
}

impl Quick {
    pub(super) fn of(kind: &Kind, rule: &CellRule) -> Option<Self> {
        let (wire, common) = match kind {
            Kind::Truth => (Wire::Truth, Common::Bool),
            Kind::Int { unsigned: false } => (Wire::Int, Common::Int),
            Kind::Int { unsigned: true } | Kind::Year => (Wire::UnsignedInt, Common::Int),
            Kind::Long { unsigned: false } => (Wire::Long, Common::Long),
            Kind::Long { unsigned: true } => (Wire::UnsignedLong, Common::Long),
            Kind::Double => (Wire::Double, Common::Number),
            Kind::Decimal => (Wire::Text, Common::Decimal),
            Kind::Text => (Wire::Text, Common::Text),
            Kind::Date => (Wire::Date, Common::Day),
            Kind::DateTime => (Wire::DateTime, Common::Local),
            Kind::Timestamp => (Wire::DateTime, Common::Instant),
            Kind::Flag
            | Kind::Bit
            | Kind::Float
            | Kind::Bytes
            | Kind::Time
            | Kind::Json
            | Kind::Null
            | Kind::Other(_) => return None,
        };
        let form = common.under(rule)?;
        Some(Self { wire, form })
    }

    /// Writes a value that is not null; `false` where it is not one of the common.
    #[inline]
    pub(super) fn put(self, bytes: &[u8], to: &mut Members<'_>, column: &mut Repeats) -> bool {
        match self.wire {
            Wire::Int => match *bytes {
                [a, b, c, d] => {
                    put_integer(to, self.form, i64::from(i32::from_le_bytes([a, b, c, d])))
                }
                [a, b] => put_integer(to, self.form, i64::from(i16::from_le_bytes([a, b]))),
                [a] => put_integer(to, self.form, i64::from(i8::from_le_bytes([a]))),
                _ => false,
            },
            Wire::Text => match Utf8::of(bytes) {
                Some(text) => {
                    to.text(column, text);
                    true
                }
                None => false,
            },
            Wire::Long => match bytes.try_into() {
                Ok(bytes) => put_integer(to, self.form, i64::from_le_bytes(bytes)),
                Err(_) => false,
            },
            Wire::Truth => match bytes {
                [value @ (0 | 1)] => {
                    to.bool(*value == 1);
                    true
                }
                _ => false,
            },
            Wire::UnsignedInt => match *bytes {
                [a, b, c, d] => {
                    put_integer(to, self.form, i64::from(u32::from_le_bytes([a, b, c, d])))
                }
                [a, b] => put_integer(to, self.form, i64::from(u16::from_le_bytes([a, b]))),
                [a] => put_integer(to, self.form, i64::from(a)),
                _ => false,
            },
            Wire::UnsignedLong => match bytes.try_into().map(u64::from_le_bytes) {
                Ok(value) => match i64::try_from(value) {
                    Ok(value) => put_integer(to, self.form, value),
                    Err(_) => false,
                },
                Err(_) => false,
            },
            Wire::Double => match bytes.try_into() {
                Ok(bytes) => {
                    to.number(f64::from_le_bytes(bytes));
                    true
                }
                Err(_) => false,
            },
            // A DATE has no time of day on the wire.
            Wire::Date if !matches!(bytes, [4, _, _, _, _]) => false,
            Wire::Date | Wire::DateTime => match timestamp(bytes) {
                Ok(Some(micros)) => put_instant(to, micros),
                Ok(None) | Err(_) => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quick::tests::{agree, rules};

    fn kinds() -> Vec<Kind> {
        vec![
            Kind::Truth,
            Kind::Int { unsigned: false },
            Kind::Int { unsigned: true },
            Kind::Year,
            Kind::Long { unsigned: false },
            Kind::Long { unsigned: true },
            Kind::Double,
            Kind::Decimal,
            Kind::Text,
            Kind::Date,
            Kind::DateTime,
            Kind::Timestamp,
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

    #[test]
    fn extremes_are_left_to_the_rules() {
        assert_eq!(try_all(&Kind::Truth, &[2]), 0);
        assert_eq!(try_all(&Kind::Date, &[0]), 0);
        assert_eq!(try_all(&Kind::DateTime, &[4, 0xea, 0x07, 2, 30]), 0);
        assert_eq!(try_all(&Kind::Text, b"\xff"), 0);
        assert!(try_all(&Kind::Date, &[4, 0xea, 0x07, 2, 28]) > 0);
        assert!(try_all(&Kind::Timestamp, &[7, 0xea, 0x07, 2, 28, 1, 2, 3]) > 0);
    }

    proptest! {
        #[test]
        fn quick_values_are_those_of_the_rules(
            bytes in prop::collection::vec(any::<u8>(), 0..14),
            whole in any::<i64>(),
            small in any::<i32>(),
            shift in 0_u32..64,
        ) {
            let whole = whole >> shift;
            let mut counted = vec![u8::try_from(bytes.len()).expect("few bytes")];
            counted.extend_from_slice(&bytes);
            for kind in kinds() {
                try_all(&kind, &bytes);
                try_all(&kind, &counted);
                try_all(&kind, &bytes[..bytes.len().min(1)]);
                try_all(&kind, &bytes[..bytes.len().min(2)]);
                try_all(&kind, &whole.to_le_bytes());
                try_all(&kind, &(small >> (shift / 2)).to_le_bytes());
            }
        }

        #[test]
        fn quick_dates_are_those_of_the_rules(
            year in 0_u16..10_000,
            month in 0_u8..14,
            day in 0_u8..33,
            clock in (0_u8..25, 0_u8..61, 0_u8..61),
            micros in 0_u32..1_000_000,
        ) {
            let [low, high] = year.to_le_bytes();
            let date = [low, high, month, day];
            let clock = [clock.0, clock.1, clock.2];
            let whole = [
                [&[4_u8][..], &date].concat(),
                [&[7][..], &date, &clock].concat(),
                [&[11][..], &date, &clock, &micros.to_le_bytes()].concat(),
            ];
            for kind in [Kind::Date, Kind::DateTime, Kind::Timestamp] {
                for bytes in &whole {
                    try_all(&kind, bytes);
                }
            }
        }

        #[test]
        fn quick_texts_are_those_of_the_rules(text in "\\PC{0,40}") {
            prop_assert!(try_all(&Kind::Text, text.as_bytes()) > 0);
        }
    }
}
