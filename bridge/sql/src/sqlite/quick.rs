//! The common values of SQLite, by the type of the value and what its column was declared as.

use footbridge_amf::amf3::{Members, Repeats, Utf8};
use footbridge_mapping::rows::CellRule;

use super::decode::Hint;
use crate::calendar::{self, Parsed};
use crate::quick::{Common, Figures, Form, POWERS, put_day, put_instant, put_integer};

/// How a column's values are sent, by their own types.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quick {
    hint: Hint,
    integer: Option<Form>,
    real: Option<Form>,
    text: Option<Form>,
}

impl Quick {
    pub(super) fn of(hint: Hint, rule: &CellRule) -> Option<Self> {
        let integer = match hint {
            Hint::Bool => Common::Bool.under(rule),
            Hint::Long => Common::Long.under(rule),
            Hint::Number => Common::Number.under(rule),
            Hint::Decimal(_) => Common::Decimal.under(rule),
            Hint::Timestamp | Hint::Day => None,
            Hint::None
            | Hint::Int
            | Hint::Text
            | Hint::Bytes
            | Hint::Time
            | Hint::Json
            | Hint::Xml
            | Hint::Uuid => Common::Int.under(rule),
        };
        let real = match hint {
            Hint::Decimal(_) => Common::Decimal.under(rule),
            Hint::Timestamp | Hint::Day => None,
            Hint::None
            | Hint::Bool
            | Hint::Int
            | Hint::Long
            | Hint::Number
            | Hint::Text
            | Hint::Bytes
            | Hint::Time
            | Hint::Json
            | Hint::Xml
            | Hint::Uuid => Common::Number.under(rule),
        };
        let text = match hint {
            Hint::Day => Common::Day.under(rule),
            Hint::Timestamp => Common::Local.under(rule),
            Hint::Bool | Hint::Decimal(_) | Hint::Json | Hint::Xml => None,
            Hint::None
            | Hint::Int
            | Hint::Long
            | Hint::Number
            | Hint::Text
            | Hint::Bytes
            | Hint::Time
            | Hint::Uuid => Common::Text.under(rule),
        };
        (integer.is_some() || real.is_some() || text.is_some()).then_some(Self {
            hint,
            integer,
            real,
            text,
        })
    }

    /// Writes an integer; `false` where it is not one of the common.
    #[inline]
    pub(super) fn put_integer(
        self,
        value: i64,
        to: &mut Members<'_>,
        column: &mut Repeats,
    ) -> bool {
        let Some(form) = self.integer else {
            return false;
        };
        match (form, self.hint) {
            (Form::Bool, _) => match value {
                0 | 1 => to.bool(value == 1),
                _ => return false,
            },
            (Form::Text, Hint::Decimal(decimals)) => {
                let scaled = POWERS
                    .get(decimals)
                    .and_then(|power| value.checked_mul(i64::try_from(*power).ok()?));
                return match scaled {
                    Some(scaled) => put_scaled(scaled, decimals, to, column),
                    None => false,
                };
            }
            _ => return put_integer(to, form, value),
        }
        true
    }

    /// Writes a float; `false` where it is not one of the common.
    #[inline]
    pub(super) fn put_real(self, value: f64, to: &mut Members<'_>, column: &mut Repeats) -> bool {
        match (self.real, self.hint) {
            (Some(Form::Number), _) => {
                to.number(value);
                true
            }
            (Some(Form::Text), Hint::Decimal(decimals)) => match scaled(value, decimals) {
                Some(scaled) => put_scaled(scaled, decimals, to, column),
                None => false,
            },
            _ => false,
        }
    }

    /// Writes text; `false` where it is not one of the common.
    #[inline]
    pub(super) fn put_text(self, value: &[u8], to: &mut Members<'_>, column: &mut Repeats) -> bool {
        match (self.text, self.hint) {
            (Some(Form::Text), _) => match Utf8::of(value) {
                Some(text) => {
                    to.text(column, text);
                    true
                }
                None => false,
            },
            (Some(Form::Date), Hint::Day) => match calendar::parse_plain(value) {
                Some(Parsed::Day(days)) => put_day(to, days),
                Some(Parsed::Local(_) | Parsed::Instant(_)) | None => false,
            },
            (Some(Form::Date), _) => match calendar::parse_plain(value) {
                Some(Parsed::Day(days)) => put_day(to, days),
                Some(Parsed::Local(micros)) => put_instant(to, micros),
                Some(Parsed::Instant(_)) | None => false,
            },
            _ => false,
        }
    }
}

fn put_scaled(scaled: i64, decimals: usize, to: &mut Members<'_>, column: &mut Repeats) -> bool {
    let mut figures = Figures::new();
    if figures.push_scaled(scaled, decimals).is_none() {
        return false;
    }
    to.text(column, Utf8::of_made(figures.as_bytes()));
    true
}

/// A float as an integer of its last decimal, if that is what its shortest text says. Up to 15 figures no two decimals
/// are the same double, so the shortest text is that decimal, zeros at the end aside.
#[inline]
fn scaled(value: f64, decimals: usize) -> Option<i64> {
    #[expect(clippy::cast_precision_loss, reason = "a power of ten below 2^53")]
    let power = *POWERS.get(decimals)? as f64;
    let scaled = (value * power).round_ties_even();
    // Zero has a sign as a float.
    if scaled.abs() >= 1e15 || scaled == 0.0 || scaled / power != value {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "below 10^15 by the test")]
    Some(scaled as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quick::tests::{agree, rules};
    use crate::sqlite::decode::{of_integer, of_real, of_text};

    fn hints() -> Vec<Hint> {
        vec![
            Hint::None,
            Hint::Bool,
            Hint::Int,
            Hint::Long,
            Hint::Decimal(0),
            Hint::Decimal(2),
            Hint::Decimal(6),
            Hint::Decimal(9),
            Hint::Number,
            Hint::Text,
            Hint::Bytes,
            Hint::Day,
            Hint::Time,
            Hint::Timestamp,
            Hint::Json,
            Hint::Xml,
            Hint::Uuid,
        ]
    }

    /// Tries a value under all rules; gives how many wrote it quickly.
    fn try_all(hint: Hint, try_one: impl Fn(Quick, &CellRule) -> bool) -> usize {
        rules()
            .iter()
            .filter(|rule| Quick::of(hint, rule).is_some_and(|quick| try_one(quick, rule)))
            .count()
    }

    fn try_integer(hint: Hint, value: i64) -> usize {
        try_all(hint, |quick, rule| {
            let mut scratch = String::new();
            agree(rule, of_integer(hint, value, &mut scratch), |to, column| {
                quick.put_integer(value, to, column)
            })
        })
    }

    fn try_real(hint: Hint, value: f64) -> usize {
        try_all(hint, |quick, rule| {
            let mut scratch = String::new();
            agree(rule, of_real(hint, value, &mut scratch), |to, column| {
                quick.put_real(value, to, column)
            })
        })
    }

    fn try_text(hint: Hint, value: &str) -> usize {
        try_all(hint, |quick, rule| {
            agree(rule, of_text(hint, value), |to, column| {
                quick.put_text(value.as_bytes(), to, column)
            })
        })
    }

    #[test]
    fn what_is_common_is_quick() {
        assert!(try_integer(Hint::Int, 7) > 0);
        assert!(try_integer(Hint::Decimal(2), 7) > 0);
        assert!(try_real(Hint::Decimal(2), 12.5) > 0);
        assert!(try_real(Hint::Decimal(2), -0.01) > 0);
        assert!(try_text(Hint::Day, "2026-02-28") > 0);
        assert!(try_text(Hint::Timestamp, "2026-02-28 10:15:30") > 0);
        assert!(try_text(Hint::Uuid, "x") > 0);
    }

    #[test]
    fn extremes_are_left_to_the_rules() {
        assert_eq!(try_integer(Hint::Bool, 2), 0);
        assert_eq!(try_real(Hint::Decimal(2), -0.0), 0);
        assert_eq!(try_real(Hint::Decimal(2), 0.125), 0);
        assert_eq!(try_real(Hint::Decimal(2), f64::NAN), 0);
        assert_eq!(try_real(Hint::Decimal(2), 1e14), 0);
        assert_eq!(try_text(Hint::Day, "2026-02-30"), 0);
        assert_eq!(try_text(Hint::Timestamp, "2026-02-28T10:15:30Z"), 0);
    }

    proptest! {
        #[test]
        fn quick_values_are_those_of_the_rules(
            whole in any::<i64>(),
            shift in 0_u32..64,
            cents in -1_000_000_000_000_i64..1_000_000_000_000,
            real in any::<f64>(),
            text in "\\PC{0,40}",
            moment in "[0-9]{4}-[01][0-9]-[0-3][0-9]([ T][0-2][0-9]:[0-6][0-9]:[0-6][0-9])?",
        ) {
            #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
            let price = cents as f64 / 100.0;
            for hint in hints() {
                try_integer(hint, whole >> shift);
                try_real(hint, real);
                try_real(hint, price);
                try_real(hint, price * 1.000_000_000_001);
                if !matches!(hint, Hint::Day | Hint::Timestamp) {
                    try_text(hint, &text);
                }
                if calendar::parse(&moment).is_some() {
                    try_text(hint, &moment);
                }
            }
        }
    }
}
