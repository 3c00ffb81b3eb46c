//! Styles: how scalars, lists and objects look in a path, a query, a header or a cookie (OpenAPI 3.0.4, Style Examples;
//! RFC 6570).

use std::borrow::Cow;
use std::sync::Arc;

use footbridge_mapping::argument::BadArgument;
use footbridge_mapping::data::Data;
use footbridge_mapping::place::Place;
use percent_encoding::{AsciiSet, utf8_percent_encode};

use super::Encoder;
use super::json::names;
use super::path::{RESERVED, encode};
use crate::model::{Kind, Style, StyleKind, TypeId};

/// Where a value stands, and so what of it is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dress {
    Path,
    Query,
    Header,
}

/// `allowReserved`: what would end the value, begin a fragment or be read as a space is encoded nevertheless.
const ALLOWED: &AsciiSet = &RESERVED
    .remove(b':')
    .remove(b'/')
    .remove(b'?')
    .remove(b'@')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',')
    .remove(b';')
    .remove(b'=');

/// A value without its parts' names.
enum Parts {
    Scalar(String),
    List(Vec<String>),
    Object(Vec<(Arc<str>, String)>),
}

/// A value as one text: in a path, a header, or behind `name=`.
pub(super) fn written(
    encoder: &Encoder<'_>,
    data: &Data,
    kind: TypeId,
    place: &Place<'_>,
    name: &str,
    style: Style,
    dress: Dress,
) -> Result<String, BadArgument> {
    let encoded = |text: &str| match dress {
        Dress::Header => text.to_owned(),
        Dress::Path => encode(text),
        Dress::Query if style.reserved => utf8_percent_encode(text, ALLOWED).to_string(),
        Dress::Query => encode(text),
    };
    let parts = parts(encoder, data, kind, place)?;
    let pairs = |members: &[(Arc<str>, String)], within: &str, between: &str| {
        members
            .iter()
            .map(|(name, value)| format!("{}{within}{}", encoded(name), encoded(value)))
            .collect::<Vec<_>>()
            .join(between)
    };
    let list = |items: &[String], between: &str| {
        items
            .iter()
            .map(|item| encoded(item))
            .collect::<Vec<_>>()
            .join(between)
    };
    let explode = style.explode;
    Ok(match (style.kind, &parts) {
        (StyleKind::Label, Parts::Scalar(text)) => format!(".{}", encoded(text)),
        (StyleKind::Label, Parts::List(items)) => {
            format!(".{}", list(items, if explode { "." } else { "," }))
        }
        (StyleKind::Label, Parts::Object(members)) if explode => {
            format!(".{}", pairs(members, "=", "."))
        }
        (StyleKind::Label, Parts::Object(members)) => format!(".{}", pairs(members, ",", ",")),
        (StyleKind::Matrix, Parts::Scalar(text)) => format!(";{}={}", encoded(name), encoded(text)),
        (StyleKind::Matrix, Parts::List(items)) if explode => items
            .iter()
            .map(|item| format!(";{}={}", encoded(name), encoded(item)))
            .collect(),
        (StyleKind::Matrix, Parts::List(items)) => {
            format!(";{}={}", encoded(name), list(items, ","))
        }
        (StyleKind::Matrix, Parts::Object(members)) if explode => {
            format!(";{}", pairs(members, "=", ";"))
        }
        (StyleKind::Matrix, Parts::Object(members)) => {
            format!(";{}={}", encoded(name), pairs(members, ",", ","))
        }
        (_, Parts::Scalar(text)) => encoded(text),
        (StyleKind::Space, Parts::List(items)) => list(items, "%20"),
        (StyleKind::Pipe, Parts::List(items)) => list(items, "%7C"),
        (_, Parts::List(items)) => list(items, ","),
        (StyleKind::Space, Parts::Object(members)) => pairs(members, "%20", "%20"),
        (StyleKind::Pipe, Parts::Object(members)) => pairs(members, "%7C", "%7C"),
        (_, Parts::Object(members)) if explode => pairs(members, "=", ","),
        (_, Parts::Object(members)) => pairs(members, ",", ","),
    })
}

/// A value as pairs of a query or form, encoded by `encoded`.
pub(super) fn pairs(
    encoder: &Encoder<'_>,
    data: &Data,
    kind: TypeId,
    place: &Place<'_>,
    name: &str,
    style: Style,
    out: &mut Vec<(String, String)>,
) -> Result<(), BadArgument> {
    let plain = |text: &str| {
        if style.reserved {
            utf8_percent_encode(text, ALLOWED).to_string()
        } else {
            encode(text)
        }
    };
    match style.kind {
        StyleKind::Deep => deep(encoder, data, kind, place, &encode(name), out),
        _ if style.explode => {
            match parts(encoder, data, kind, place)? {
                Parts::Scalar(text) => out.push((encode(name), plain(&text))),
                Parts::List(items) => {
                    out.extend(items.iter().map(|item| (encode(name), plain(item))));
                }
                Parts::Object(members) => out.extend(
                    members
                        .iter()
                        .map(|(name, value)| (encode(name), plain(value))),
                ),
            }
            Ok(())
        }
        _ => {
            let text = written(encoder, data, kind, place, name, style, Dress::Query)?;
            out.push((encode(name), text));
            Ok(())
        }
    }
}

/// `name[a][b]=…`, lists as `name[a][0]=…`.
fn deep(
    encoder: &Encoder<'_>,
    data: &Data,
    kind: TypeId,
    place: &Place<'_>,
    name: &str,
    out: &mut Vec<(String, String)>,
) -> Result<(), BadArgument> {
    encoder.enter(place)?;
    if let Some(scalar) = encoder.scalar(data, kind, place)? {
        if let Some(text) = scalar.text() {
            out.push((name.to_owned(), encode(&text)));
        }
        return Ok(());
    }
    if let Some(items) = data.items() {
        let item = item_kind(encoder, kind);
        for (at, data) in items.iter().enumerate() {
            let name = format!("{name}%5B{at}%5D");
            deep(encoder, data, item, &place.item(at), &name, out)?;
        }
        return Ok(());
    }
    for (member, value, kind) in encoder.members(data, encoder.model.resolve(kind), None, place)? {
        let name = format!("{name}%5B{}%5D", encode(&member));
        deep(encoder, &value, kind, &place.member(&member), &name, out)?;
    }
    Ok(())
}

fn item_kind(encoder: &Encoder<'_>, kind: TypeId) -> TypeId {
    match &encoder.model.kind(encoder.model.resolve(kind)).kind {
        Kind::List { item, .. } => *item,
        _ => TypeId::ANY,
    }
}

fn parts(
    encoder: &Encoder<'_>,
    data: &Data,
    kind: TypeId,
    place: &Place<'_>,
) -> Result<Parts, BadArgument> {
    encoder.enter(place)?;
    if let Some(scalar) = encoder.scalar(data, kind, place)? {
        let text = scalar.text().map(Cow::into_owned);
        return Ok(Parts::Scalar(text.unwrap_or_default()));
    }
    if let Some(items) = data.items() {
        let resolved = encoder.model.resolve(kind);
        if let Kind::List { length, .. } = &encoder.model.kind(resolved).kind
            && !length.holds(items.len())
        {
            return Err(place.refuse(format!("must have {length} items, and has {}", items.len())));
        }
        let item = item_kind(encoder, kind);
        let mut texts = Vec::with_capacity(items.len());
        for (at, data) in items.iter().enumerate() {
            if !data.plain().is_null() {
                texts.push(leaf(encoder, data, item, &place.item(at))?);
            }
        }
        return Ok(Parts::List(texts));
    }
    if names(data).is_none() {
        return Err(place.refuse(format!("is {}, and fits no place here", data.describe())));
    }
    if kind == TypeId::ANY {
        return Err(
            place.refuse("is an object, and only a document can say how it is written here")
        );
    }
    let mut members = Vec::new();
    for (name, value, kind) in encoder.members(data, encoder.model.resolve(kind), None, place)? {
        if value.plain().is_null() {
            continue;
        }
        let text = leaf(encoder, &value, kind, &place.member(&name))?;
        members.push((name, text));
    }
    Ok(Parts::Object(members))
}

/// An item or member: what has parts itself goes as JSON, for no style says how else (OpenAPI 3.0.4).
fn leaf(
    encoder: &Encoder<'_>,
    data: &Data,
    kind: TypeId,
    place: &Place<'_>,
) -> Result<String, BadArgument> {
    if let Some(scalar) = encoder.scalar(data, kind, place)? {
        return Ok(scalar.text().map(Cow::into_owned).unwrap_or_default());
    }
    let mut json = String::new();
    encoder.json(data, kind, place, &mut json)?;
    Ok(json)
}
