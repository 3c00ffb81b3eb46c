//! `application/x-www-form-urlencoded`.

use footbridge_mapping::argument::BadArgument;
use footbridge_mapping::data::Data;
use footbridge_mapping::place::Place;

use super::Encoder;
use super::query::FORM;
use super::style::pairs;
use crate::model::{Content, Style, StyleKind, TypeId};

/// The members of an object as pairs; a space is `+`.
pub(super) fn urlencoded(
    encoder: &Encoder<'_>,
    data: &Data,
    kind: TypeId,
    content: Option<&Content>,
    place: &Place<'_>,
) -> Result<String, BadArgument> {
    let mut sent = Vec::new();
    for (name, value, kind) in encoder.members(data, encoder.model.resolve(kind), None, place)? {
        if value.plain().is_null() {
            continue;
        }
        let style = content
            .and_then(|content| content.encodings.get(&name)?.style)
            .unwrap_or_else(|| default_style(&value, kind));
        pairs(
            encoder,
            &value,
            kind,
            &place.member(&name),
            &name,
            style,
            &mut sent,
        )?;
    }
    Ok(sent
        .iter()
        .map(|(name, value)| format!("{}={}", name.replace("%20", "+"), value.replace("%20", "+")))
        .collect::<Vec<_>>()
        .join("&"))
}

/// Objects in forms are written in brackets, as those who publish such forms read them.
fn default_style(value: &Data, kind: TypeId) -> Style {
    let object = super::json::names(value).is_some();
    if object && kind != TypeId::ANY {
        return Style {
            kind: StyleKind::Deep,
            ..FORM
        };
    }
    FORM
}
