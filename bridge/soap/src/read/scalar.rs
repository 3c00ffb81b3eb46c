//! Texts of simple types as values. What does not fit stays a text.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use footbridge_mapping::data::Data;
use footbridge_mapping::decimal;
use jiff::tz::TimeZone;

use super::moment;
use crate::model::{Builtin, Model, Simple, TypeId, TypeKind, Variety};

/// Unions of unions within each other.
const MAX_DEPTH: usize = 16;

/// Padding is often wrong, and harmless.
const LAX: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// How a text fits its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// In a form that the type has.
    Usual,
    /// It is understood, in a form that the type has not.
    Odd,
    /// It is no value of the type.
    Not,
}

/// The value of a text, and how it fits the type.
pub(super) fn value(model: &Model, id: TypeId, text: &str, zone: &TimeZone) -> (Data, Fit) {
    let Some(data) = simple(model, id, text, zone, 0) else {
        return (Data::text(text), Fit::Not);
    };
    let odd = match &model.kind(id).kind {
        TypeKind::Simple(Simple {
            variety: Variety::Atomic(builtin @ (Builtin::DateTime | Builtin::Date)),
            ..
        }) => !data.is_null() && !moment::is_usual(*builtin, text.trim()),
        TypeKind::Simple(_)
        | TypeKind::Complex(_)
        | TypeKind::Array { .. }
        | TypeKind::Map
        | TypeKind::Any => false,
    };
    (data, if odd { Fit::Odd } else { Fit::Usual })
}

/// A text that is its own value: text, and exact numbers in their normal form. `None` for all that is to be read.
pub(super) fn plain<'t>(model: &Model, id: TypeId, text: &'t str) -> Option<Plain<'t>> {
    let TypeKind::Simple(Simple {
        variety: Variety::Atomic(builtin),
        ..
    }) = &model.kind(id).kind
    else {
        return None;
    };
    match builtin {
        Builtin::Text | Builtin::Any => Some(Plain::Text(text)),
        Builtin::Token | Builtin::QName | Builtin::Duration | Builtin::Gregorian => {
            Some(Plain::Text(text.trim()))
        }
        Builtin::Decimal => is_normal(text.trim()).then(|| Plain::Decimal(text.trim())),
        Builtin::Boolean
        | Builtin::Integer(..)
        | Builtin::Float
        | Builtin::Double
        | Builtin::DateTime
        | Builtin::Date
        | Builtin::Time
        | Builtin::Year
        | Builtin::Base64
        | Builtin::Hex => None,
    }
}

/// What needs no copy.
pub(super) enum Plain<'t> {
    Text(&'t str),
    Decimal(&'t str),
}

/// `-12.50`: no sign but of a negative number, no zero before other digits, no exponent.
fn is_normal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A negative zero, and a leading one, are brought to their form elsewhere.
    let leading = whole.starts_with('0') && (whole.len() > 1 || text.len() > digits.len());
    all(whole) && all(fraction) && !leading
}

fn simple(model: &Model, id: TypeId, text: &str, zone: &TimeZone, depth: usize) -> Option<Data> {
    if depth > MAX_DEPTH {
        return None;
    }
    match &model.kind(id).kind {
        TypeKind::Simple(Simple {
            variety,
            enumeration,
            ..
        }) => match variety {
            Variety::Atomic(builtin) => {
                // In a union a word of a closed set decides.
                if depth > 0
                    && !enumeration.is_empty()
                    && !enumeration.iter().any(|word| **word == *text.trim())
                {
                    return None;
                }
                atomic(*builtin, text, zone)
            }
            Variety::List(item) => {
                let items: Option<Vec<Data>> = text
                    .split_whitespace()
                    .map(|word| simple(model, *item, word, zone, depth + 1))
                    .collect();
                Some(Data::List(items?.into()))
            }
            Variety::Union(members) => members
                .iter()
                .filter(|_| !text.is_empty())
                .find_map(|member| simple(model, *member, text, zone, depth + 1)),
        },
        TypeKind::Complex(crate::model::Complex {
            content: crate::model::Content::Simple(inner),
            ..
        }) => simple(model, *inner, text, zone, depth + 1),
        TypeKind::Complex(_) | TypeKind::Array { .. } | TypeKind::Map | TypeKind::Any => {
            Some(Data::text(text))
        }
    }
}

fn atomic(builtin: Builtin, text: &str, zone: &TimeZone) -> Option<Data> {
    let trimmed = text.trim();
    match builtin {
        Builtin::Text | Builtin::Any => return Some(Data::text(text)),
        Builtin::Token | Builtin::QName | Builtin::Duration | Builtin::Gregorian => {
            return Some(Data::text(trimmed));
        }
        Builtin::Base64 => return base64(text).map(|bytes| Data::Bytes(bytes.into())),
        Builtin::Hex => return hex(trimmed).map(|bytes| Data::Bytes(bytes.into())),
        Builtin::Boolean
        | Builtin::Decimal
        | Builtin::Integer(..)
        | Builtin::Float
        | Builtin::Double
        | Builtin::DateTime
        | Builtin::Date
        | Builtin::Time
        | Builtin::Year => {}
    }
    if trimmed.is_empty() {
        return Some(Data::Null);
    }
    match builtin {
        Builtin::Boolean => match trimmed {
            "1" => Some(Data::Bool(true)),
            "0" => Some(Data::Bool(false)),
            word if word.eq_ignore_ascii_case("true") => Some(Data::Bool(true)),
            word if word.eq_ignore_ascii_case("false") => Some(Data::Bool(false)),
            _ => None,
        },
        Builtin::Decimal => decimal::normal(trimmed).map(|text| Data::Decimal(text.into())),
        Builtin::Integer(..) | Builtin::Year => {
            if let Ok(number) = trimmed.parse::<i64>() {
                return Some(Data::Int(number));
            }
            let normal = decimal::normal(trimmed)?;
            match decimal::to_i64(&normal) {
                Some(number) => Some(Data::Int(number)),
                // Whole, and beyond 64 bits: exact as a decimal.
                None if !normal.contains('.') => Some(Data::Decimal(normal.into())),
                None => None,
            }
        }
        Builtin::Float | Builtin::Double => match trimmed {
            "INF" | "+INF" | "Infinity" => Some(Data::Number(f64::INFINITY)),
            "-INF" | "-Infinity" => Some(Data::Number(f64::NEG_INFINITY)),
            "NaN" => Some(Data::Number(f64::NAN)),
            word => word
                .bytes()
                .all(|byte| {
                    byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E')
                })
                .then(|| word.parse().ok())?
                .map(Data::Number),
        },
        Builtin::DateTime => moment::date_time(trimmed, zone).map(Data::Date),
        Builtin::Date => moment::date(trimmed),
        Builtin::Time => moment::time(trimmed).map(Data::Text),
        Builtin::Text
        | Builtin::Any
        | Builtin::Token
        | Builtin::QName
        | Builtin::Duration
        | Builtin::Gregorian
        | Builtin::Base64
        | Builtin::Hex => None,
    }
}

pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        let packed: String = text.split_ascii_whitespace().collect();
        return LAX.decode(packed).ok();
    }
    LAX.decode(text).ok()
}

fn hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes()
        .chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            // A sign is no digit.
            pair.bytes()
                .all(|byte| byte.is_ascii_hexdigit())
                .then(|| u8::from_str_radix(pair, 16).ok())?
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_normal_is_what_the_normal_form_leaves_alone() {
        for text in [
            "0", "-1", "12.50", "0.5", "-0.5", "-0", "007", "1.", ".5", "1e3", "+1", "", "-",
            "1.2.3",
        ] {
            assert!(
                !is_normal(text) || decimal::normal(text).as_deref() == Some(text),
                "{text}"
            );
        }
        assert!(is_normal("12.50") && is_normal("0") && is_normal("0.5") && is_normal("-1"));
    }

    #[test]
    fn numbers_are_exact() {
        let utc = TimeZone::UTC;
        let whole = Builtin::Integer(None, None);
        assert_eq!(atomic(whole, " 5 ", &utc), Some(Data::Int(5)));
        assert_eq!(atomic(whole, "5.0", &utc), Some(Data::Int(5)));
        assert_eq!(atomic(whole, "", &utc), Some(Data::Null));
        assert_eq!(
            atomic(whole, "36893488147419103232", &utc),
            Some(Data::Decimal("36893488147419103232".into()))
        );
        assert_eq!(atomic(whole, "five", &utc), None);
        assert_eq!(
            atomic(Builtin::Decimal, "12.50", &utc),
            Some(Data::Decimal("12.50".into()))
        );
        assert_eq!(
            atomic(Builtin::Double, "-INF", &utc),
            Some(Data::Number(f64::NEG_INFINITY))
        );
        assert_eq!(atomic(Builtin::Double, "nan", &utc), None);
        assert_eq!(
            atomic(Builtin::Base64, " aGk \n", &utc),
            Some(Data::Bytes(b"hi".as_slice().into()))
        );
        assert_eq!(atomic(Builtin::Hex, "+1", &utc), None);
    }
}
