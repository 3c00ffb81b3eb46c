//! XML bodies: an object's members as elements and attributes, by the `xml` of their schemas.

use std::sync::Arc;

use footbridge_mapping::argument::BadArgument;
use footbridge_mapping::data::Data;
use footbridge_mapping::place::Place;
use quick_xml::escape::escape;

use super::Encoder;
use super::json::names;
use crate::model::{Kind, Type, TypeId};

/// A document whose root is the value: of a described type by its name, else by the value's only member.
pub(super) fn xml(
    encoder: &Encoder<'_>,
    data: &Data,
    kind: TypeId,
    place: &Place<'_>,
) -> Result<String, BadArgument> {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_owned();
    let resolved = encoder.model.resolve(kind);
    let described = encoder.model.kind(resolved);
    let root = described
        .xml
        .name
        .clone()
        .or_else(|| described.name.clone());
    if let Some(root) = root {
        element(encoder, &root, data, resolved, place, &mut out)?;
        return Ok(out);
    }
    let only = names(data).and_then(|names| match names.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    });
    let Some(root) = only else {
        return Err(place.refuse("must have exactly one member, the root of the XML"));
    };
    let value = data.member(&root);
    element(
        encoder,
        &root,
        &value,
        TypeId::ANY,
        &place.member(&root),
        &mut out,
    )?;
    Ok(out)
}

fn element(
    encoder: &Encoder<'_>,
    name: &str,
    data: &Data,
    id: TypeId,
    place: &Place<'_>,
    out: &mut String,
) -> Result<(), BadArgument> {
    encoder.enter(place)?;
    let name = element_name(name, place)?;
    let hints = hints(encoder, id);
    out.push('<');
    out.push_str(name);
    if let Some(namespace) = &hints.xml.namespace {
        out.push_str(&format!(" xmlns=\"{}\"", escaped(namespace, place)?));
    }
    if let Some(scalar) = encoder.scalar(data, id, place)? {
        out.push('>');
        if let Some(text) = scalar.text() {
            out.push_str(&escaped(&text, place)?);
        }
    } else if let Some(items) = data.items() {
        out.push('>');
        self::items(encoder, name, &items, id, place, out)?;
    } else {
        let members = encoder.members(data, encoder.model.resolve(id), None, place)?;
        let (attributes, elements): (Vec<_>, Vec<_>) = members
            .into_iter()
            .partition(|(.., kind)| self::hints(encoder, *kind).xml.attribute);
        for (member, value, kind) in attributes {
            let place = place.member(&member);
            if let Some(scalar) = encoder.scalar(&value, kind, &place)?
                && let Some(text) = scalar.text()
            {
                let shown = wire_name(encoder, &member, kind);
                let shown = element_name(&shown, &place)?;
                out.push_str(&format!(" {shown}=\"{}\"", escaped(&text, &place)?));
            }
        }
        out.push('>');
        for (member, value, kind) in elements {
            if value.plain().is_null() {
                continue;
            }
            let shown = wire_name(encoder, &member, kind);
            let place = place.member(&member);
            match value.items() {
                Some(items) if !self::hints(encoder, kind).xml.wrapped => {
                    self::items(encoder, &shown, &items, kind, &place, out)?;
                }
                Some(_) | None => element(encoder, &shown, &value, kind, &place, out)?,
            }
        }
    }
    out.push_str("</");
    out.push_str(name);
    out.push('>');
    Ok(())
}

fn items(
    encoder: &Encoder<'_>,
    name: &str,
    items: &[Data],
    id: TypeId,
    place: &Place<'_>,
    out: &mut String,
) -> Result<(), BadArgument> {
    let item = match &encoder.model.kind(encoder.model.resolve(id)).kind {
        Kind::List { item, .. } => *item,
        _ => TypeId::ANY,
    };
    let shown = wire_name(encoder, name, item);
    for (at, value) in items.iter().enumerate() {
        element(encoder, &shown, value, item, &place.item(at), out)?;
    }
    Ok(())
}

fn wire_name(encoder: &Encoder<'_>, member: &str, kind: TypeId) -> Arc<str> {
    hints(encoder, kind)
        .xml
        .name
        .clone()
        .unwrap_or_else(|| member.into())
}

/// The schema at a place itself, where it says how it is written, else the one it stands for.
fn hints<'m>(encoder: &Encoder<'m>, id: TypeId) -> &'m Type {
    let own = encoder.model.kind(id);
    if own.xml != crate::model::Xml::default() {
        return own;
    }
    encoder.model.kind(encoder.model.resolve(id))
}

fn element_name<'n>(name: &'n str, place: &Place<'_>) -> Result<&'n str, BadArgument> {
    let letters = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let begins = name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
    if begins && name.chars().all(letters) {
        return Ok(name);
    }
    Err(place.refuse("has a name that no element can have"))
}

/// A text without what XML 1.0 cannot say.
fn escaped(text: &str, place: &Place<'_>) -> Result<String, BadArgument> {
    let sayable = |letter: char| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if !text.chars().all(sayable) {
        return Err(place.refuse("has a character that XML cannot carry"));
    }
    Ok(escape(text).into_owned())
}
