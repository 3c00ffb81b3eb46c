//! Operations: each part read alone, so that one that is wrong costs only itself.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use super::content::body;
use super::documents::At;
use super::parameter::{argument, parameter, simple};
use super::response::responses;
use super::schema::Schemas;
use super::{Version, swagger};
use crate::model::{Model, Operation, Parameter, ParameterPlace, Template, TypeId, Written};

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Reads all operations of a document.
pub(super) fn operations(schemas: &mut Schemas<'_>, model: &mut Model, root: &Value) {
    let at = At::root().member("paths");
    let Some(paths) = root.get("paths").and_then(Value::as_object) else {
        return;
    };
    let mut names: HashSet<Arc<str>> = HashSet::new();
    let shared = Shared {
        consumes: texts(root.get("consumes")),
        produces: texts(root.get("produces")),
    };
    for (path, item) in paths {
        if !path.starts_with('/') {
            if !path.starts_with("x-") {
                schemas
                    .documents
                    .warn(&at.member(path), "a path begins with `/`");
            }
            continue;
        }
        let (at, item) = resolved(schemas, &at.member(path), item);
        let Some(item) = item.as_object() else {
            schemas.documents.warn(&at, "it is no path item");
            continue;
        };
        not_asked(schemas, &at, item.get("servers"));
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let at = at.member(method);
            not_asked(schemas, &at, operation.get("servers"));
            let template = match Template::parse(method, path) {
                Ok(template) => template,
                Err(error) => {
                    schemas.documents.warn(&at, error.to_string());
                    continue;
                }
            };
            let common = item.get("parameters");
            if let Some(mut read) = read(schemas, &at, operation, common, template, &shared) {
                // Two of one id: the second keeps its method and path.
                if !names.insert(read.name.clone()) {
                    let place = format!("{} {path}", method.to_uppercase());
                    let message = format!(
                        "`{}` is an operation already; this one is `{place}`",
                        read.name
                    );
                    schemas.documents.warn(&at.member("operationId"), message);
                    read.name = place.into();
                    names.insert(read.name.clone());
                }
                model.operations.push(read);
            }
        }
    }
}

/// Servers of one path or operation: all requests of a backend go to one origin, which the mapping or the document as a
/// whole names.
fn not_asked(schemas: &mut Schemas<'_>, at: &At, servers: Option<&Value>) {
    let Some(servers) = servers.and_then(Value::as_array) else {
        return;
    };
    let named: Vec<String> = servers
        .iter()
        .filter_map(|server| Some(format!("`{}`", server.get("url")?.as_str()?)))
        .take(3)
        .collect();
    if named.is_empty() {
        return;
    }
    let message = format!(
        "servers of its own are not asked ({}): requests go to the address of the backend",
        named.join(", ")
    );
    schemas.documents.warn(&at.member("servers"), message);
}

/// What a document of Swagger 2.0 says for all its operations.
pub(super) struct Shared {
    pub(super) consumes: Vec<String>,
    pub(super) produces: Vec<String>,
}

pub(super) fn texts(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// The value that stands here, or that a reference leads to.
pub(super) fn resolved(schemas: &mut Schemas<'_>, at: &At, value: &Value) -> (At, Value) {
    let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
        return (at.clone(), value.clone());
    };
    match schemas.documents.follow(at, reference) {
        Some(target) => {
            let value = schemas.documents.value(&target).cloned();
            (target, value.unwrap_or_default())
        }
        None => (at.clone(), Value::Null),
    }
}

fn read(
    schemas: &mut Schemas<'_>,
    at: &At,
    value: &Value,
    common: Option<&Value>,
    template: Template,
    shared: &Shared,
) -> Option<Operation> {
    let Some(operation) = value.as_object() else {
        schemas.documents.warn(at, "it is no operation");
        return None;
    };
    let text = |key: &str| operation.get(key).and_then(Value::as_str);
    let path = template.path();
    let name = match text("operationId").filter(|id| !id.is_empty()) {
        Some(id) => id.to_owned(),
        None => format!("{} {path}", template.method.as_str()),
    };
    // Those of the path item, then those of the operation, which replace them by name and place.
    let mut raw: Vec<(At, Value)> = Vec::new();
    let above = At {
        document: at.document,
        pointer: at
            .pointer
            .rsplit_once('/')
            .map_or("", |(above, _)| above)
            .to_owned(),
    };
    let own = operation.get("parameters");
    for (at, list) in [(&above, common), (at, own)] {
        let at = at.member("parameters");
        for (index, parameter) in list
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let (at, parameter) = resolved(schemas, &at.member(&index.to_string()), parameter);
            let same = |known: &(At, Value)| {
                known.1.get("name") == parameter.get("name")
                    && known.1.get("in") == parameter.get("in")
            };
            match raw.iter_mut().find(|known| same(known)) {
                Some(known) => *known = (at, parameter),
                None => raw.push((at, parameter)),
            }
        }
    }
    let mut body_value = operation
        .get("requestBody")
        .map(|body| resolved(schemas, &at.member("requestBody"), body));
    if schemas.version == Version::Swagger2 {
        let mut consumes = texts(operation.get("consumes"));
        if consumes.is_empty() {
            consumes.clone_from(&shared.consumes);
        }
        let all: Vec<Value> = raw.iter().map(|(_, value)| value.clone()).collect();
        body_value = swagger::body(&all, &consumes).map(|body| (at.member("parameters"), body));
        raw.retain(|(_, parameter)| {
            !matches!(
                parameter.get("in").and_then(Value::as_str),
                Some("body" | "formData")
            )
        });
        for (_, parameter) in &mut raw {
            *parameter = swagger::parameter(parameter);
        }
    }
    let mut parameters: Vec<Parameter> = Vec::new();
    for (at, value) in &raw {
        parameters.extend(parameter(schemas, at, value, &parameters));
    }
    // Braces that no parameter describes are values all the same.
    for hole in template.holes() {
        let known = parameters
            .iter()
            .any(|parameter| parameter.place == ParameterPlace::Path && parameter.name == *hole);
        if !known {
            schemas
                .documents
                .warn(at, format!("nothing describes `{{{hole}}}`; it is a text"));
            parameters.push(Parameter {
                name: hole.clone(),
                argument: argument(hole, ParameterPlace::Path, &parameters),
                place: ParameterPlace::Path,
                required: true,
                written: Written::Style(simple()),
                kind: TypeId::ANY,
                documentation: None,
            });
        }
    }
    parameters.retain(|parameter| {
        let there = parameter.place != ParameterPlace::Path
            || template.holes().any(|hole| *hole == parameter.name);
        if !there {
            schemas
                .documents
                .warn(at, format!("the path has no `{{{}}}`", parameter.name));
        }
        there
    });
    let body = body_value.and_then(|(at, value)| body(schemas, &at, &value, &parameters));
    let documentation = match (text("summary"), text("description")) {
        (Some(summary), Some(description)) if summary != description => {
            Some(format!("{summary}\n{description}").into())
        }
        (Some(text), _) | (None, Some(text)) => Some(text.into()),
        (None, None) => None,
    };
    Some(Operation {
        name: name.into(),
        parameters,
        body,
        responses: responses(
            schemas,
            at,
            operation.get("responses"),
            operation.get("produces"),
            shared,
        ),
        documentation,
        deprecated: operation.get("deprecated") == Some(&Value::Bool(true)),
        template,
    })
}
