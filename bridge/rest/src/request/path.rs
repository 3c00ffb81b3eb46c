//! Paths: one encoded segment for each value, whatever the value is.

use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::place::Place;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use super::style::{Dress, written};
use super::{Draft, Encoder, Part, RequestError};
use crate::model::{Operation, ParameterPlace, Style, StyleKind, TypeId, Written};

/// All but the unreserved characters of RFC 3986 §2.3.
pub(super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What a path as written may not have as it is. `%` stays: it is encoded already.
const WRITTEN: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The path of a draft, encoded.
pub(super) fn path(
    encoder: &Encoder<'_>,
    draft: &Draft,
    operation: Option<&Operation>,
) -> Result<String, RequestError> {
    let mut path = String::new();
    let mut holes = operation
        .map(|operation| operation.template.holes().collect::<Vec<_>>())
        .unwrap_or_default()
        .into_iter();
    for part in &draft.path {
        match part {
            Part::Text(text) => path.extend(utf8_percent_encode(text, WRITTEN)),
            Part::Value(data) => {
                let name = holes.next();
                path.push_str(&hole(encoder, data, operation, name)?);
            }
        }
    }
    if !path.starts_with('/') {
        return Err(RequestError::Mapping(
            "the path of a request begins with `/`".to_owned(),
        ));
    }
    // URL parsers take these away, encoded or not, and with them a segment of the path (WHATWG URL §4.4).
    if let Some(dots) = path.split('/').find(|segment| is_dots(segment)) {
        return Err(Place::root("path")
            .refuse(format!(
                "has the segment `{dots}`, which would lead elsewhere"
            ))
            .into());
    }
    Ok(path)
}

fn hole(
    encoder: &Encoder<'_>,
    data: &Data,
    operation: Option<&Operation>,
    name: Option<&Arc<str>>,
) -> Result<String, RequestError> {
    let parameter = name.and_then(|name| operation?.parameter(ParameterPlace::Path, name));
    let argument = parameter.map_or_else(
        || name.map_or("path", |name| name),
        |parameter| &parameter.argument,
    );
    let place = Place::root(argument);
    if data.plain().is_null() {
        return Err(place.refuse("is null, and a path needs a value").into());
    }
    let text = match parameter.map(|parameter| &parameter.written) {
        Some(Written::Content(_)) => {
            let mut json = String::new();
            let kind = parameter.map_or(TypeId::ANY, |parameter| parameter.kind);
            encoder.json(data, kind, &place, &mut json)?;
            encode(&json)
        }
        Some(Written::Style(_)) | None => {
            let style = match parameter.map(|parameter| &parameter.written) {
                Some(Written::Style(style)) => *style,
                Some(Written::Content(_)) | None => SIMPLE,
            };
            let kind = parameter.map_or(TypeId::ANY, |parameter| parameter.kind);
            let name = name.map_or("", |name| name);
            written(encoder, data, kind, &place, name, style, Dress::Path)?
        }
    };
    if text.is_empty() {
        return Err(place.refuse("is empty, and a path needs a value").into());
    }
    if is_dots(&text) {
        return Err(place
            .refuse("is `.` or `..`, which would lead elsewhere")
            .into());
    }
    Ok(text)
}

const SIMPLE: Style = Style {
    kind: StyleKind::Simple,
    explode: false,
    reserved: false,
};

fn is_dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

/// A value as it may stand in a path or query.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}
