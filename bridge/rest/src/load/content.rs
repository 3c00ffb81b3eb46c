//! Bodies: what a request carries and a response brings, by media type.

use std::sync::Arc;

use footbridge_mapping::data::same_name;
use indexmap::IndexMap;
use openapiv3::RequestBody;
use serde::Deserialize;
use serde_json::{Value, json};

use super::documents::At;
use super::operation::resolved;
use super::schema::Schemas;
use crate::model::{Body, Content, Encoding, Media, Parameter, Style, StyleKind, TypeId};

pub(super) fn body(
    schemas: &mut Schemas<'_>,
    at: &At,
    value: &Value,
    parameters: &[Parameter],
) -> Option<Body> {
    let mut shell = value.clone();
    let contents = value.get("content").cloned();
    if let Some(object) = shell.as_object_mut() {
        object.insert("content".into(), json!({}));
    }
    let read = match RequestBody::deserialize(&shell) {
        Ok(read) => read,
        Err(error) => {
            schemas
                .documents
                .warn(at, format!("{error}; the body is left out"));
            return None;
        }
    };
    let name = ["x-name", "x-codegen-request-body-name", "x-body-name"]
        .iter()
        .find_map(|key| read.extensions.get(*key)?.as_str())
        .unwrap_or("body");
    let taken = |name: &str| {
        parameters
            .iter()
            .any(|parameter| same_name(&parameter.argument, name))
    };
    Some(Body {
        argument: if taken(name) { "requestBody" } else { name }.into(),
        required: read.required,
        contents: self::contents(schemas, &at.member("content"), contents.as_ref()),
        documentation: read.description.map(Arc::from),
    })
}

pub(super) fn contents(
    schemas: &mut Schemas<'_>,
    at: &At,
    contents: Option<&Value>,
) -> Vec<Content> {
    let Some(contents) = contents.and_then(Value::as_object) else {
        return Vec::new();
    };
    contents
        .iter()
        .map(|(media, content)| {
            let at = at.member(media);
            let kind = match content.get("schema") {
                Some(schema) => schemas.schema(&at.member("schema"), schema),
                None => TypeId::ANY,
            };
            let mut encodings = IndexMap::new();
            for (name, value) in content
                .get("encoding")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                encodings.insert(name.as_str().into(), encoding(value));
            }
            let example = content.get("example").cloned().or_else(|| {
                let examples = content.get("examples")?.as_object()?;
                let (name, first) = examples.iter().next()?;
                let place = at.member("examples").member(name);
                resolved(schemas, &place, first).1.get("value").cloned()
            });
            Content {
                media: Media::new(media),
                kind,
                encodings,
                example,
            }
        })
        .collect()
}

fn encoding(value: &Value) -> Encoding {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let kind = match text("style") {
        Some("form") => Some(StyleKind::Form),
        Some("spaceDelimited") => Some(StyleKind::Space),
        Some("pipeDelimited") => Some(StyleKind::Pipe),
        Some("deepObject") => Some(StyleKind::Deep),
        Some(_) | None => None,
    };
    let explode = value.get("explode").and_then(Value::as_bool);
    let reserved = value.get("allowReserved") == Some(&Value::Bool(true));
    let said = kind.is_some() || explode.is_some() || reserved;
    let kind = kind.unwrap_or(StyleKind::Form);
    Encoding {
        // Several may be allowed; one is sent.
        media: text("contentType")
            .and_then(|media| media.split(',').next())
            .map(Media::new),
        style: said.then(|| Style {
            kind,
            explode: explode.unwrap_or(matches!(kind, StyleKind::Form | StyleKind::Deep)),
            reserved,
        }),
    }
}
