//! Parameters, and the argument each is.

use std::sync::Arc;

use footbridge_mapping::data::same_name;
use openapiv3::{
    CookieStyle, HeaderStyle, Parameter as Read, ParameterData, ParameterSchemaOrContent,
    PathStyle, QueryStyle,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::documents::At;
use super::schema::Schemas;
use crate::model::{Media, Parameter, ParameterPlace, Style, StyleKind, TypeId, Written};

/// Headers that parameters do not set (OpenAPI 3.0, Parameter Object).
const IGNORED: [&str; 3] = ["accept", "content-type", "authorization"];

pub(super) fn parameter(
    schemas: &mut Schemas<'_>,
    at: &At,
    value: &Value,
    known: &[Parameter],
) -> Option<Parameter> {
    // A reference to nothing has been told.
    if value.is_null() {
        return None;
    }
    let mut value = value.clone();
    let schema = value.get("schema").cloned();
    let contents = value.get("content").cloned();
    if let Some(object) = value.as_object_mut() {
        // Schemas and examples are read on their own.
        object.remove("examples");
        object.remove("example");
        object.remove("content");
        object.insert("schema".into(), json!({}));
    }
    let read = match Read::deserialize(&value) {
        Ok(read) => read,
        Err(error) => {
            schemas
                .documents
                .warn(at, format!("{error}; the parameter is left out"));
            return None;
        }
    };
    let style = |kind, explode: Option<bool>, default, reserved| Style {
        kind,
        explode: explode.unwrap_or(default),
        reserved,
    };
    let (place, style, data): (ParameterPlace, Style, ParameterData) = match read {
        Read::Query {
            parameter_data,
            allow_reserved,
            style: kind,
            ..
        } => {
            let explode = parameter_data.explode;
            let style = match kind {
                QueryStyle::Form => style(StyleKind::Form, explode, true, allow_reserved),
                QueryStyle::SpaceDelimited => {
                    style(StyleKind::Space, explode, false, allow_reserved)
                }
                QueryStyle::PipeDelimited => style(StyleKind::Pipe, explode, false, allow_reserved),
                QueryStyle::DeepObject => style(StyleKind::Deep, explode, true, allow_reserved),
            };
            (ParameterPlace::Query, style, parameter_data)
        }
        Read::Header {
            parameter_data,
            style: HeaderStyle::Simple,
        } => {
            let style = style(StyleKind::Simple, parameter_data.explode, false, false);
            (ParameterPlace::Header, style, parameter_data)
        }
        Read::Path {
            parameter_data,
            style: kind,
        } => {
            let kind = match kind {
                PathStyle::Matrix => StyleKind::Matrix,
                PathStyle::Label => StyleKind::Label,
                PathStyle::Simple => StyleKind::Simple,
            };
            let style = style(kind, parameter_data.explode, false, false);
            (ParameterPlace::Path, style, parameter_data)
        }
        Read::Cookie {
            parameter_data,
            style: CookieStyle::Form,
        } => {
            let style = style(StyleKind::Form, parameter_data.explode, true, false);
            (ParameterPlace::Cookie, style, parameter_data)
        }
    };
    if place == ParameterPlace::Header && IGNORED.contains(&&*data.name.to_ascii_lowercase()) {
        return None;
    }
    debug_assert!(matches!(data.format, ParameterSchemaOrContent::Schema(_)));
    let content = contents
        .as_ref()
        .and_then(Value::as_object)
        .and_then(|content| content.iter().next());
    let (written, kind) = match content {
        Some((media, content)) => {
            let at = at.member("content").member(media).member("schema");
            let kind = match content.get("schema") {
                Some(schema) => schemas.schema(&at, schema),
                None => TypeId::ANY,
            };
            (Written::Content(Media::new(media)), kind)
        }
        None => {
            let kind = match &schema {
                Some(schema) => schemas.schema(&at.member("schema"), schema),
                None => TypeId::ANY,
            };
            (Written::Style(style), kind)
        }
    };
    Some(Parameter {
        argument: argument(&data.name, place, known),
        name: data.name.into(),
        place,
        required: data.required || place == ParameterPlace::Path,
        written,
        kind,
        documentation: data.description.map(Arc::from),
    })
}

/// An argument's name: the parameter's, with its place where another has that name.
pub(super) fn argument(name: &str, place: ParameterPlace, known: &[Parameter]) -> Arc<str> {
    if !known.iter().any(|known| same_name(&known.argument, name)) {
        return name.into();
    }
    let place = match place {
        ParameterPlace::Path => "InPath",
        ParameterPlace::Query => "InQuery",
        ParameterPlace::Header => "InHeader",
        ParameterPlace::Cookie => "InCookie",
    };
    format!("{name}{place}").into()
}

pub(super) fn simple() -> Style {
    Style {
        kind: StyleKind::Simple,
        explode: false,
        reserved: false,
    }
}
