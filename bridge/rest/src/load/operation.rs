//! Operations: each part read alone, so that one that is wrong costs only itself.

use std::collections::HashSet;
use std::sync::Arc;

use footbridge_mapping::data::same_name;
use indexmap::IndexMap;
use openapiv3::{
    CookieStyle, HeaderStyle, Parameter as Read, ParameterData, ParameterSchemaOrContent,
    PathStyle, QueryStyle, RequestBody,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::documents::At;
use super::schema::Schemas;
use super::{Version, swagger};
use crate::model::{
    Body, Content, Encoding, Media, Model, Operation, Parameter, ParameterPlace, Response, Status,
    Style, StyleKind, Template, TypeId, Written,
};

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Headers that parameters do not set (OpenAPI 3.0, Parameter Object).
const IGNORED: [&str; 3] = ["accept", "content-type", "authorization"];

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

/// Schemes that the document asks for. What they need is secret, so a mapping has to say it.
pub(super) fn security(schemas: &mut Schemas<'_>, model: &mut Model, root: &Value) {
    let (at, schemes) = match schemas.version {
        Version::Swagger2 => (At::root(), root.get("securityDefinitions")),
        Version::OpenApi30 | Version::OpenApi31 => (
            At::root().member("components"),
            root.pointer("/components/securitySchemes"),
        ),
    };
    let at = match schemas.version {
        Version::Swagger2 => at.member("securityDefinitions"),
        Version::OpenApi30 | Version::OpenApi31 => at.member("securitySchemes"),
    };
    for (name, scheme) in schemes.and_then(Value::as_object).into_iter().flatten() {
        let (at, scheme) = resolved(schemas, &at.member(name), scheme);
        let text = |key: &str| scheme.get(key).and_then(Value::as_str);
        let kind = match (text("type"), text("scheme"), text("in"), text("name")) {
            (Some("http"), Some(scheme), _, _) => format!("http {scheme}"),
            (Some("apiKey"), _, Some(place), Some(key)) => format!("apiKey `{key}` in {place}"),
            (Some(kind), _, _, _) => kind.to_owned(),
            (None, _, _, _) => "without a type".to_owned(),
        };
        let message = format!(
            "the security scheme `{name}` ({kind}) is not followed by itself: what the service asks for is said by `auth` of the backend"
        );
        model.schemes.push(schemas.documents.warning(&at, message));
    }
}

struct Shared {
    consumes: Vec<String>,
    produces: Vec<String>,
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// The value that stands here, or that a reference leads to.
fn resolved(schemas: &mut Schemas<'_>, at: &At, value: &Value) -> (At, Value) {
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

/// An argument's name: the parameter's, with its place where another has that name.
fn argument(name: &str, place: ParameterPlace, known: &[Parameter]) -> Arc<str> {
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

fn simple() -> Style {
    Style {
        kind: StyleKind::Simple,
        explode: false,
        reserved: false,
    }
}

fn parameter(
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

fn body(
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

fn contents(schemas: &mut Schemas<'_>, at: &At, contents: Option<&Value>) -> Vec<Content> {
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

fn responses(
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
