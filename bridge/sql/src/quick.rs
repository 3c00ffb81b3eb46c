//! The common cells of rows, written into AMF3 straight from the driver's bytes.
//!
//! Ten thousand rows have a hundred thousand cells, and most columns hold what is sent as it is: small integers, texts,
//! doubles, dates in UTC. For those it is decided once for a column what its values become; a value is then read and
//! written in one step. Whatever is rare is left to [`Cell`](crate::cell::Cell) and [`CellRule`], which say what is
//! right: longs beyond 2^53, infinities, zones, nulls that are no null, malformed bytes. What is written here is the
//! same, byte for byte.

use footbridge_amf::amf3::Members;
use footbridge_mapping::rows::{CellRule, NullRule, Preset};
use footbridge_mapping::slot::Scalar;
use jiff::tz::TimeZone;

use crate::calendar;

/// What a column holds, of the kinds that are common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Common {
    Bool,
    /// Of at most 32 bits.
    Int,
    /// Of 64 bits.
    Long,
    Number,
    /// An exact number, as text.
    Decimal,
    Text,
    /// Text filled with blanks.
    Padded,
    Day,
    /// A timestamp without a zone.
    Local,
    Instant,
}

/// What its values become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Bool,
    /// An integer, where it has 32 bits.
    Int,
    /// A number, where it is exact.
    Long,
    /// A number, rounded if need be.
    Number,
    Text,
    Date,
}

impl Common {
    /// What values become under a rule; `None` where that hangs on more than the value.
    pub(crate) fn under(self, rule: &CellRule) -> Option<Form> {
        let preset = rule.preset;
        let rounds = matches!(preset, Preset::DotNet | Preset::AmfPhp);
        let long = if rounds { Form::Number } else { Form::Long };
        Some(match (self, rule.declared) {
            (Self::Bool, None) if preset != Preset::ColdFusion => Form::Bool,
            (Self::Bool, Some(Scalar::Bool)) => Form::Bool,
            (Self::Int, None) if preset == Preset::AmfPhp => Form::Number,
            (Self::Int, None) | (Self::Int | Self::Long, Some(Scalar::Int)) => Form::Int,
            (Self::Int, Some(Scalar::Long)) | (Self::Long, None | Some(Scalar::Long)) => long,
            (Self::Int | Self::Long | Self::Number, Some(Scalar::Number))
            | (Self::Number, None) => Form::Number,
            (Self::Decimal, None | Some(Scalar::Decimal)) if preset != Preset::DotNet => Form::Text,
            (Self::Decimal, Some(Scalar::String)) => Form::Text,
            (Self::Text, None | Some(Scalar::String)) => Form::Text,
            (Self::Padded, None | Some(Scalar::String)) if preset != Preset::ColdFusion => {
                Form::Text
            }
            (Self::Day, Some(Scalar::Day | Scalar::Date)) if is_utc(rule) => Form::Date,
            (Self::Local, Some(Scalar::Date)) if is_utc(rule) => Form::Date,
            (Self::Day | Self::Local, None) if preset != Preset::AmfPhp && is_utc(rule) => {
                Form::Date
            }
            (Self::Instant, None) if preset != Preset::AmfPhp => Form::Date,
            (Self::Instant, Some(Scalar::Date)) => Form::Date,
            _ => return None,
        })
    }
}

/// Whether a null of the column is null.
pub(crate) fn null_is_null(rule: &CellRule) -> bool {
    // ColdFusion sends `''` in some places.
    rule.null == NullRule::Null && rule.preset != Preset::ColdFusion
}

fn is_utc(rule: &CellRule) -> bool {
    rule.zone == TimeZone::UTC
}

/// Writes an integer; `false` where the form does not hold it.
#[inline]
pub(crate) fn put_integer(to: &mut Members<'_>, form: Form, value: i64) -> bool {
    match form {
        Form::Int => match i32::try_from(value) {
            Ok(value) => to.int(value),
            Err(_) => return false,
        },
        Form::Long if value.unsigned_abs() > EXACT_LIMIT => return false,
        #[expect(
            clippy::cast_precision_loss,
            reason = "exact up to 2^53; beyond it `number` and presets declare the rounding"
        )]
        Form::Long | Form::Number => to.number(value as f64),
        Form::Bool | Form::Text | Form::Date => return false,
    }
    true
}

/// Integers up to here are exact as doubles.
const EXACT_LIMIT: u64 = 1 << 53;

/// Writes midnight of a day in UTC; `false` beyond what a Date can be.
#[inline]
pub(crate) fn put_day(to: &mut Members<'_>, days: i64) -> bool {
    put_millis(
        to,
        days.checked_mul(calendar::DAY_MICROS).map(|it| it / 1_000),
    )
}

/// Writes an instant; `false` beyond what a Date can be.
#[inline]
pub(crate) fn put_instant(to: &mut Members<'_>, micros: i64) -> bool {
    put_millis(to, Some(micros.div_euclid(1_000)))
}

#[inline]
fn put_millis(to: &mut Members<'_>, millis: Option<i64>) -> bool {
    match millis {
        Some(millis) if millis.unsigned_abs() <= DATE_LIMIT_MILLIS => {
            #[expect(clippy::cast_precision_loss, reason = "below 2^53 by the test")]
            to.date(millis as f64);
            true
        }
        Some(_) | None => false,
    }
}

/// What an ActionScript Date can be (ECMA-262, "Time Values").
const DATE_LIMIT_MILLIS: u64 = 8_640_000_000_000_000;

/// A short text that is made of a value: digits, sign, point.
pub(crate) struct Figures {
    bytes: [u8; 64],
    length: usize,
}

impl Figures {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            bytes: [0; 64],
            length: 0,
        }
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Cuts off what is beyond a length.
    #[inline]
    pub(crate) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    /// Appends bytes; `None` where there is no room.
    #[inline]
    pub(crate) fn push<const N: usize>(&mut self, bytes: [u8; N]) -> Option<()> {
        let end = self.length + N;
        self.bytes
            .get_mut(self.length..end)?
            .copy_from_slice(&bytes);
        self.length = end;
        Some(())
    }

    /// Appends a number below 10,000 in four figures.
    #[inline]
    pub(crate) fn push_four(&mut self, number: u16) -> Option<()> {
        self.push(four(number)?)
    }

    /// Appends a number below 10,000 without leading zeros; `0` as it is.
    #[inline]
    pub(crate) fn push_up_to_four(&mut self, number: u16) -> Option<()> {
        let leading =
            usize::from(number < 1_000) + usize::from(number < 100) + usize::from(number < 10);
        let shifted = u32::from_be_bytes(four(number)?) << (8 * leading);
        self.push(shifted.to_be_bytes())?;
        self.length -= leading;
        Some(())
    }

    /// Appends an integer with a point before the last of its figures: 1250 with two decimals is `12.50`. Up to six
    /// decimals.
    pub(crate) fn push_scaled(&mut self, number: i64, decimals: usize) -> Option<()> {
        let power = *POWERS.get(decimals)?;
        if number < 0 {
            self.push([b'-'])?;
        }
        let number = number.unsigned_abs();
        let (mut whole, fraction) = (number / power, number % power);
        let mut groups = [0_u16; 5];
        let mut count = 0;
        loop {
            *groups.get_mut(count)? = u16::try_from(whole % 10_000).ok()?;
            count += 1;
            whole /= 10_000;
            if whole == 0 {
                break;
            }
        }
        let (first, rest) = groups.get(..count)?.split_last()?;
        self.push_up_to_four(*first)?;
        for group in rest.iter().rev() {
            self.push_four(*group)?;
        }
        if decimals == 0 {
            return Some(());
        }
        self.push([b'.'])?;
        let point = self.length;
        // As eight figures of a fraction, of which the first ones are wanted.
        let fraction = u32::try_from(fraction * (100_000_000 / power)).ok()?;
        self.push_four(u16::try_from(fraction / 10_000).ok()?)?;
        self.push_four(u16::try_from(fraction % 10_000).ok()?)?;
        self.truncate(point + decimals);
        Some(())
    }
}

/// Powers of ten, up to the decimals that are written here.
pub(crate) const POWERS: [u64; 7] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

#[inline]
fn four(number: u16) -> Option<[u8; 4]> {
    let [a, b] = *PAIRS.get(usize::from(number / 100))?;
    let [c, d] = *PAIRS.get(usize::from(number % 100))?;
    Some([a, b, c, d])
}

/// `00` to `99`.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use footbridge_amf::Sink as _;
    use footbridge_amf::amf3::{Repeats, Writer};
    use footbridge_mapping::rows::NullRule;
    use footbridge_remoting::{Encoding, ListShape, Style};

    use super::*;
    use crate::cell::{Cell, Place};

    /// All rules that differ in what they make of common values.
    pub(crate) fn rules() -> Vec<CellRule> {
        let mut rules = Vec::new();
        let declared = [
            None,
            Some(Scalar::String),
            Some(Scalar::Int),
            Some(Scalar::Number),
            Some(Scalar::Decimal),
            Some(Scalar::Long),
            Some(Scalar::Bool),
            Some(Scalar::Date),
            Some(Scalar::Day),
            Some(Scalar::Time),
            Some(Scalar::Bytes),
            Some(Scalar::Xml),
        ];
        for declared in declared {
            for preset in [
                Preset::BlazeDs,
                Preset::DotNet,
                Preset::ColdFusion,
                Preset::AmfPhp,
            ] {
                for zone in [
                    TimeZone::UTC,
                    TimeZone::get("Europe/Berlin").expect("the zone is bundled"),
                ] {
                    rules.push(CellRule {
                        declared,
                        preset,
                        zone,
                        null: NullRule::Null,
                        shape: None,
                        name: Arc::from("x"),
                    });
                }
            }
        }
        rules
    }

    /// What the quick way writes, if it writes; else the same value by cell and rule.
    #[track_caller]
    pub(crate) fn agree(
        rule: &CellRule,
        cell: Result<Cell<'_>, crate::rows::Unfit>,
        quick: impl FnOnce(&mut Members<'_>, &mut Repeats) -> bool,
    ) -> bool {
        let mut writer = Writer::new(Vec::new(), 1 << 20);
        writer.begin_array().expect("it fits");
        let mut members = writer.members();
        let written = quick(&mut members, &mut Repeats::default());
        members.finish().expect("it fits");
        if !written {
            return false;
        }
        writer.end().expect("in order");

        let style = Style {
            encoding: Encoding::Amf3,
            rows: ListShape::ArrayCollection,
            lists: ListShape::ArrayCollection,
            externals: true,
        };
        let mut general = Writer::new(Vec::new(), 1 << 20);
        general.begin_array().expect("it fits");
        Place {
            sink: &mut general,
            style: &style,
            text: &mut String::new(),
            empty_null: false,
        }
        .put(rule, &cell.expect("what is read quickly can be read"))
        .expect("what is sent quickly can be sent");
        general.end().expect("in order");
        assert_eq!(writer.finish(), general.finish(), "{rule:?}");
        true
    }

    proptest::proptest! {
        #[test]
        fn scaled_integers_are_decimals(number in proptest::num::i64::ANY, decimals in 0_usize..7) {
            let mut figures = Figures::new();
            figures.push_scaled(number, decimals).expect("there is room");
            let text = std::str::from_utf8(figures.as_bytes()).expect("figures");
            let mut digits = format!("{:0width$}", number.unsigned_abs(), width = decimals + 1);
            if decimals > 0 {
                digits.insert(digits.len() - decimals, '.');
            }
            let sign = if number < 0 { "-" } else { "" };
            proptest::prop_assert_eq!(text, format!("{sign}{digits}"));
        }
    }
}
