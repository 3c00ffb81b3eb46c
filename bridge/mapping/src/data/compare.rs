//! Equality and order of scalars: numbers by their exact value whatever their kind, all else within its kind.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Data, convert};
use crate::decimal;

/// Two values have no order among each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unordered;

/// Whether two values are equal. Two nulls are; NaN is equal to nothing; values of different kinds are not.
pub fn equal(left: &Data, right: &Data) -> bool {
    match (left, right) {
        (Data::Null | Data::Omit, Data::Null | Data::Omit) => true,
        (Data::Bool(left), Data::Bool(right)) => left == right,
        (Data::Bytes(left), Data::Bytes(right)) => left == right,
        (Data::Xml(left), Data::Xml(right)) => left == right,
        (Data::List(left), Data::List(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right.iter())
                    .all(|(left, right)| equal(left, right))
        }
        (Data::Object(left), Data::Object(right)) => {
            left.members.len() == right.members.len()
                && left.members.iter().all(|(name, value)| {
                    right
                        .members
                        .get(name)
                        .is_some_and(|other| equal(value, other))
                })
        }
        (Data::Amf(left), Data::Amf(right)) => left == right,
        (left, right) => order(left, right) == Ok(Some(Ordering::Equal)),
    }
}

/// The order of two values; `Ok(None)` where one is NaN.
///
/// # Errors
/// For values that have no order among each other.
pub fn order(left: &Data, right: &Data) -> Result<Option<Ordering>, Unordered> {
    match (left, right) {
        (Data::Int(left), Data::Int(right)) => Ok(Some(left.cmp(right))),
        (Data::Number(left), Data::Number(right)) => Ok(left.partial_cmp(right)),
        (Data::Text(left), Data::Text(right)) => Ok(Some(left.cmp(right))),
        (Data::Date(left), Data::Date(right)) => Ok(left.partial_cmp(right)),
        (Data::Day(left), Data::Day(right)) => Ok(Some(left.cmp(right))),
        (left, right) => {
            let (left, right) = (
                Exact::of(left).ok_or(Unordered)?,
                Exact::of(right).ok_or(Unordered)?,
            );
            Ok(left.order(&right))
        }
    }
}

/// A number of any kind.
enum Exact {
    Finite(Arc<str>),
    Infinite { negative: bool },
    NaN,
}

impl Exact {
    fn of(data: &Data) -> Option<Self> {
        match data {
            Data::Number(number) if number.is_nan() => Some(Self::NaN),
            Data::Number(number) if number.is_infinite() => Some(Self::Infinite {
                negative: *number < 0.0,
            }),
            Data::Decimal(text) if text.as_ref() == "NaN" => Some(Self::NaN),
            Data::Int(_) | Data::Number(_) | Data::Decimal(_) => {
                convert::to_decimal(data).map(Self::Finite)
            }
            Data::Null
            | Data::Omit
            | Data::Bool(_)
            | Data::Text(_)
            | Data::Date(_)
            | Data::Day(_)
            | Data::Bytes(_)
            | Data::Xml(_)
            | Data::List(_)
            | Data::Object(_)
            | Data::Amf(_) => None,
        }
    }

    fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::NaN, _) | (_, Self::NaN) => None,
            (Self::Finite(left), Self::Finite(right)) => decimal::compare(left, right),
            (Self::Infinite { negative: left }, Self::Infinite { negative: right }) => {
                Some(right.cmp(left))
            }
            (Self::Infinite { negative }, Self::Finite(_)) => Some(if *negative {
                Ordering::Less
            } else {
                Ordering::Greater
            }),
            (Self::Finite(_), Self::Infinite { negative }) => Some(if *negative {
                Ordering::Greater
            } else {
                Ordering::Less
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value_whatever_their_kind() {
        let decimal = |text: &str| Data::Decimal(text.into());
        assert!(equal(&Data::Int(5), &Data::Number(5.0)));
        assert!(equal(&decimal("0.10"), &Data::Number(0.1)));
        assert_eq!(
            order(
                &decimal("9007199254740993"),
                &Data::Int(9_007_199_254_740_992)
            ),
            Ok(Some(Ordering::Greater))
        );
        assert_eq!(
            order(&Data::Number(f64::INFINITY), &decimal("1")),
            Ok(Some(Ordering::Greater))
        );
    }

    #[test]
    fn nan_is_equal_to_nothing() {
        let nan = Data::Number(f64::NAN);
        assert!(!equal(&nan, &nan));
        assert_eq!(order(&nan, &Data::Int(1)), Ok(None));
    }

    #[test]
    fn different_kinds_are_unequal_and_have_no_order() {
        assert!(!equal(&Data::text("5"), &Data::Int(5)));
        assert_eq!(order(&Data::text("5"), &Data::Int(5)), Err(Unordered));
        assert!(equal(&Data::Null, &Data::Null));
    }
}
