//! Responses, by status.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use super::content::contents;
use super::documents::At;
use super::operation::{Shared, resolved, texts};
use super::schema::Schemas;
use super::{Version, swagger};
use crate::model::{Response, Status};

pub(super) fn responses(
    schemas: &mut Schemas<'_>,
    at: &At,
    value: Option<&Value>,
    produces: Option<&Value>,
    shared: &Shared,
) -> Vec<(Status, Response)> {
    let at = at.member("responses");
    let mut produces = texts(produces);
    if produces.is_empty() {
        produces.clone_from(&shared.produces);
    }
    let mut read = Vec::new();
    for (key, value) in value.and_then(Value::as_object).into_iter().flatten() {
        let at = at.member(key);
        let status = match status(key) {
            Some(status) => status,
            None if key.starts_with("x-") => continue,
            None => {
                schemas.documents.warn(&at, format!("`{key}` is no status"));
                continue;
            }
        };
        let (at, mut value) = resolved(schemas, &at, value);
        if value.is_null() {
            continue;
        }
        if schemas.version == Version::Swagger2 {
            value = swagger::response(&value, &produces);
        }
        if !value.is_object() {
            schemas.documents.warn(&at, "it is no response");
            continue;
        }
        let mut headers = IndexMap::new();
        for (name, header) in value
            .get("headers")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let (at, header) = resolved(schemas, &at.member("headers").member(name), header);
            if let Some(schema) = header.get("schema") {
                let kind = schemas.schema(&at.member("schema"), schema);
                headers.insert(name.as_str().into(), kind);
            }
        }
        let contents = contents(schemas, &at.member("content"), value.get("content"));
        let documentation = value
            .get("description")
            .and_then(Value::as_str)
            .map(Arc::from);
        read.push((
            status,
            Response {
                contents,
                headers,
                documentation,
            },
        ));
    }
    read
}

fn status(key: &str) -> Option<Status> {
    if key.eq_ignore_ascii_case("default") {
        return Some(Status::Other);
    }
    if let Some(class) = key.strip_suffix("XX").or_else(|| key.strip_suffix("xx")) {
        return class
            .parse()
            .ok()
            .filter(|class| (1..=5).contains(class))
            .map(Status::Class);
    }
    key.parse()
        .ok()
        .filter(|code| (100..1000).contains(code))
        .map(Status::Code)
}
