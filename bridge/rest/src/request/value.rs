//! What has no parts: checked against its schema, and written by it rather than by what AMF happened to send.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use footbridge_mapping::argument::BadArgument;
use footbridge_mapping::data::{Data, convert};
use footbridge_mapping::decimal;
use footbridge_mapping::place::Place;

use super::Encoder;
use crate::model::{Bounds, Kind, Length, Type, TypeId};

/// A scalar as it goes out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    /// As JSON writes numbers.
    Number(Arc<str>),
    Text(Arc<str>),
    Bytes(Arc<[u8]>),
}

impl Scalar {
    /// As text in a path, query, header or form; bytes are base64. Null has none.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(true) => "true".into(),
            Self::Bool(false) => "false".into(),
            Self::Number(text) | Self::Text(text) => Cow::Borrowed(text),
            Self::Bytes(bytes) => Cow::Owned(convert::base64(bytes)),
        })
    }
}

impl Encoder<'_> {
    /// A value without parts, by its type. `None` where the value has parts, and the type takes them.
    pub(super) fn scalar(
        &self,
        data: &Data,
        id: TypeId,
        place: &Place<'_>,
    ) -> Result<Option<Scalar>, BadArgument> {
        let model = self.model;
        let data = data.plain();
        if data.is_null() {
            if model.takes_null(id) {
                return Ok(Some(Scalar::Null));
            }
            return Err(place.refuse("must not be null"));
        }
        let resolved = model.resolve(id);
        let kind = model.kind(resolved);
        let parts = matches!(data, Data::List(_) | Data::Object(_) | Data::Amf(_));
        let scalar = match &kind.kind {
            Kind::Any | Kind::Same(_) | Kind::Choice(_) if parts => return Ok(None),
            Kind::List { .. } | Kind::Object(_) => return Ok(None),
            _ if parts => {
                return Err(place.refuse(format!(
                    "is {}, {}",
                    data.describe(),
                    wanted(&kind.kind)
                )));
            }
            Kind::Any | Kind::Same(_) => plain(&data, place)?,
            Kind::Choice(choice) => self.any_of(&data, &choice.of, place)?,
            Kind::Bool => {
                Scalar::Bool(convert::to_bool(&data).ok_or_else(|| place.refuse("not a boolean"))?)
            }
            Kind::Integer { small, bounds, .. } => {
                let text = integer(&data, *small, place)?;
                within(&text, bounds, place)?;
                Scalar::Number(text)
            }
            Kind::Number { bounds, .. } => {
                let text = number(&data, place)?;
                within(&text, bounds, place)?;
                Scalar::Number(text)
            }
            Kind::Text { length, pattern } => {
                let text = convert::to_text(&data).ok_or_else(|| place.refuse("not a text"))?;
                letters(&text, *length, place)?;
                if let Some(pattern) = pattern
                    && !pattern.fits(&text)
                {
                    return Err(place.refuse(format!("does not fit `{}`", pattern.text())));
                }
                Scalar::Text(text)
            }
            Kind::DateTime => Scalar::Text(self.instant(&data, place)?),
            Kind::Day => Scalar::Text(
                convert::to_day(&data, self.settings.zone)
                    .ok_or_else(|| place.refuse("not a day"))?
                    .to_string()
                    .into(),
            ),
            Kind::Time => Scalar::Text(
                convert::to_time(&data, self.settings.zone)
                    .ok_or_else(|| place.refuse("not a time of day"))?,
            ),
            Kind::Base64 => Scalar::Bytes(
                convert::to_bytes(&data)
                    .ok_or_else(|| place.refuse("not bytes, and no base64 text"))?,
            ),
            Kind::Binary => Scalar::Bytes(match &data {
                Data::Bytes(bytes) => bytes.clone(),
                Data::Text(text) | Data::Xml(text) => text.as_bytes().into(),
                _ => return Err(place.refuse("not bytes")),
            }),
        };
        word(&scalar, kind, place)?;
        if resolved != id {
            word(&scalar, model.kind(id), place)?;
        }
        Ok(Some(scalar))
    }

    /// The first of several types that takes a value.
    fn any_of(
        &self,
        data: &Data,
        kinds: &[TypeId],
        place: &Place<'_>,
    ) -> Result<Scalar, BadArgument> {
        // A text that only looks like a number is a text where both are allowed.
        let exact = |id: &&TypeId| match (&self.model.kind(self.model.resolve(**id)).kind, data) {
            (Kind::Integer { .. }, Data::Int(_)) => true,
            (Kind::Integer { .. }, Data::Number(number)) => number.fract() == 0.0,
            (Kind::Number { .. }, Data::Int(_) | Data::Number(_) | Data::Decimal(_)) => true,
            (Kind::Bool, Data::Bool(_)) | (Kind::Text { .. }, Data::Text(_)) => true,
            (Kind::DateTime, Data::Date(_)) | (Kind::Day, Data::Day(_)) => true,
            (Kind::Base64 | Kind::Binary, Data::Bytes(_)) => true,
            _ => false,
        };
        let first = kinds.iter().filter(exact);
        let second = kinds.iter().filter(|id| !exact(id));
        for id in first.chain(second) {
            if let Ok(Some(scalar)) = self.scalar(data, *id, place) {
                return Ok(scalar);
            }
        }
        Err(place.refuse("fits none of the types that are allowed here"))
    }

    /// RFC 3339 in UTC, milliseconds only where there are some.
    fn instant(&self, data: &Data, place: &Place<'_>) -> Result<Arc<str>, BadArgument> {
        // What is written exactly already stays so: it may be finer than milliseconds.
        if let Data::Text(text) = data
            && text.contains(['T', 't'])
            && text.parse::<jiff::Timestamp>().is_ok()
        {
            return Ok(text.clone());
        }
        convert::to_date(data, self.settings.zone)
            .and_then(convert::date_text)
            .map(Arc::from)
            .ok_or_else(|| place.refuse("not a date"))
    }
}

/// What nothing describes: by what it is.
fn plain(data: &Data, place: &Place<'_>) -> Result<Scalar, BadArgument> {
    Ok(match data {
        Data::Bool(value) => Scalar::Bool(*value),
        Data::Int(number) => Scalar::Number(number.to_string().into()),
        Data::Number(_) | Data::Decimal(_) => Scalar::Number(number(data, place)?),
        Data::Text(text) | Data::Xml(text) => Scalar::Text(text.clone()),
        Data::Date(millis) => Scalar::Text(
            convert::date_text(*millis)
                .ok_or_else(|| place.refuse("not a date"))?
                .into(),
        ),
        Data::Day(day) => Scalar::Text(day.to_string().into()),
        Data::Bytes(bytes) => Scalar::Bytes(bytes.clone()),
        Data::Null | Data::Omit => Scalar::Null,
        Data::List(_) | Data::Object(_) | Data::Amf(_) => {
            return Err(place.refuse(format!("is {}, and takes none", data.describe())));
        }
    })
}

fn integer(data: &Data, small: bool, place: &Place<'_>) -> Result<Arc<str>, BadArgument> {
    if let Data::Bool(_) = data {
        return Err(place.refuse("not an integer"));
    }
    if let Some(whole) = convert::to_int(data) {
        if small && i32::try_from(whole).is_err() {
            return Err(place.refuse("beyond 32 bits"));
        }
        return Ok(whole.to_string().into());
    }
    if let Data::Number(number) = data
        && number.fract() == 0.0
    {
        return Err(
            place.refuse("beyond 2^53, where numbers are no longer exact; give it as a text")
        );
    }
    // Beyond 64 bits only a text is exact.
    let whole = convert::to_decimal(data)
        .map(|text| {
            text.split_once('.')
                .map_or(&*text, |(whole, _)| whole)
                .into()
        })
        .filter(|whole: &Arc<str>| {
            !small
                && convert::to_decimal(data).and_then(|text| decimal::compare(&text, whole))
                    == Some(Ordering::Equal)
        });
    whole.ok_or_else(|| place.refuse("not an integer"))
}

fn number(data: &Data, place: &Place<'_>) -> Result<Arc<str>, BadArgument> {
    let text = convert::to_decimal(data).filter(|text| &**text != "NaN");
    text.ok_or_else(|| place.refuse("not a number"))
}

fn within(text: &str, bounds: &Bounds, place: &Place<'_>) -> Result<(), BadArgument> {
    if let Some((from, excluded)) = &bounds.from {
        let order = decimal::compare(text, from);
        if order == Some(Ordering::Less) || *excluded && order == Some(Ordering::Equal) {
            let words = if *excluded { "more than" } else { "at least" };
            return Err(place.refuse(format!("must be {words} {from}")));
        }
    }
    if let Some((to, excluded)) = &bounds.to {
        let order = decimal::compare(text, to);
        if order == Some(Ordering::Greater) || *excluded && order == Some(Ordering::Equal) {
            let words = if *excluded { "less than" } else { "at most" };
            return Err(place.refuse(format!("must be {words} {to}")));
        }
    }
    Ok(())
}

fn letters(text: &str, length: Length, place: &Place<'_>) -> Result<(), BadArgument> {
    if length == Length::default() {
        return Ok(());
    }
    let count = text.chars().count();
    if length.holds(count) {
        return Ok(());
    }
    Err(place.refuse(format!("must have {length} characters, and has {count}")))
}

/// `enum`
fn word(scalar: &Scalar, kind: &Type, place: &Place<'_>) -> Result<(), BadArgument> {
    let Some(words) = &kind.words else {
        return Ok(());
    };
    let fits = words.iter().any(|word| match (word, scalar) {
        (serde_json::Value::String(word), Scalar::Text(text)) => word.as_str() == &**text,
        (serde_json::Value::Bool(word), Scalar::Bool(value)) => word == value,
        (serde_json::Value::Number(word), Scalar::Number(text)) => {
            decimal::normal(&word.to_string())
                .is_some_and(|word| decimal::compare(&word, text) == Some(Ordering::Equal))
        }
        (serde_json::Value::Null, Scalar::Null) => true,
        _ => false,
    });
    if fits {
        return Ok(());
    }
    let words: Vec<String> = words
        .iter()
        .take(20)
        .map(|word| match word {
            serde_json::Value::String(word) => word.clone(),
            other => other.to_string(),
        })
        .collect();
    Err(place.refuse(format!("must be one of {}", words.join(", "))))
}

fn wanted(kind: &Kind) -> &'static str {
    match kind {
        Kind::Bool => "and must be a boolean",
        Kind::Integer { .. } => "and must be an integer",
        Kind::Number { .. } => "and must be a number",
        Kind::Text { .. } => "and must be a text",
        Kind::DateTime => "and must be a date",
        Kind::Day => "and must be a day",
        Kind::Time => "and must be a time of day",
        Kind::Base64 | Kind::Binary => "and must be bytes",
        Kind::Any | Kind::Same(_) | Kind::Choice(_) | Kind::List { .. } | Kind::Object(_) => {
            "and fits no type here"
        }
    }
}
