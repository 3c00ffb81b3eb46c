//! Operations of Swagger 2.0 in the form of OpenAPI 3.0.

use serde_json::{Map, Value, json};

/// What a parameter has that is no part of its schema.
const OF_PARAMETERS: [&str; 7] = [
    "name",
    "in",
    "required",
    "description",
    "collectionFormat",
    "allowEmptyValue",
    "x-example",
];

/// A parameter of the path, the query or a header, or a header of a response.
pub(super) fn parameter(value: &Value) -> Value {
    let Some(flat) = value.as_object() else {
        return value.clone();
    };
    let mut parameter = Map::new();
    let mut schema = Map::new();
    for (key, value) in flat {
        if OF_PARAMETERS.contains(&key.as_str()) {
            parameter.insert(key.clone(), value.clone());
        } else {
            schema.insert(key.clone(), value.clone());
        }
    }
    let place = flat.get("in").and_then(Value::as_str).unwrap_or_default();
    if flat.get("type").is_some_and(|kind| kind == "array") {
        let format = parameter.remove("collectionFormat");
        let format = format.as_ref().and_then(Value::as_str).unwrap_or("csv");
        if place == "query" {
            let (style, explode) = style(format);
            parameter.insert("style".into(), style.into());
            parameter.insert("explode".into(), explode.into());
        }
    }
    parameter.remove("collectionFormat");
    parameter.insert("schema".into(), Value::Object(schema));
    Value::Object(parameter)
}

/// `collectionFormat`; tabs have no style, and become commas.
fn style(format: &str) -> (&'static str, bool) {
    match format {
        "multi" => ("form", true),
        "ssv" => ("spaceDelimited", false),
        "pipes" => ("pipeDelimited", false),
        _ => ("form", false),
    }
}

/// The body that parameters `in: body` and `in: formData` make, each of them resolved.
pub(super) fn body(parameters: &[Value], consumes: &[String]) -> Option<Value> {
    let place =
        |parameter: &&Value, wanted: &str| parameter.get("in").is_some_and(|place| place == wanted);
    if let Some(body) = parameters.iter().find(|parameter| place(parameter, "body")) {
        let schema = body.get("schema").cloned().unwrap_or_else(|| json!({}));
        let mut medias = consumes.to_vec();
        medias.retain(|media| !media.starts_with("multipart/") && !media.ends_with("urlencoded"));
        if medias.is_empty() {
            medias.push("application/json".to_owned());
        }
        let content: Map<String, Value> = medias
            .into_iter()
            .map(|media| (media, json!({"schema": schema})))
            .collect();
        return Some(json!({
            "description": body.get("description").cloned().unwrap_or_else(|| "".into()),
            "required": body.get("required").cloned().unwrap_or(Value::Bool(false)),
            "x-name": body.get("name").cloned().unwrap_or_else(|| "body".into()),
            "content": content,
        }));
    }
    let fields: Vec<&Value> = parameters
        .iter()
        .filter(|parameter| place(parameter, "formData"))
        .collect();
    if fields.is_empty() {
        return None;
    }
    let file = fields
        .iter()
        .any(|field| field.get("type").is_some_and(|kind| kind == "file"));
    let multipart = file
        || consumes.iter().any(|media| media.starts_with("multipart/"))
            && !consumes.iter().any(|media| media.ends_with("urlencoded"));
    let mut properties = Map::new();
    let mut required = Vec::new();
    let mut encoding = Map::new();
    for field in fields {
        let Some(name) = field.get("name").and_then(Value::as_str) else {
            continue;
        };
        let format = field.get("collectionFormat").and_then(Value::as_str);
        let list = field.get("type").is_some_and(|kind| kind == "array");
        let converted = parameter(field);
        let mut schema = converted
            .get("schema")
            .cloned()
            .unwrap_or_else(|| json!({}));
        if let (Some(schema), Some(text)) = (schema.as_object_mut(), field.get("description")) {
            schema.insert("description".into(), text.clone());
        }
        properties.insert(name.to_owned(), schema);
        if field.get("required") == Some(&Value::Bool(true)) {
            required.push(name.to_owned());
        }
        if list {
            let (style, explode) = style(format.unwrap_or("csv"));
            encoding.insert(name.to_owned(), json!({"style": style, "explode": explode}));
        }
    }
    let media = if multipart {
        "multipart/form-data"
    } else {
        "application/x-www-form-urlencoded"
    };
    let mut schema = json!({"type": "object", "properties": properties});
    let needed = !required.is_empty();
    if let (true, Some(schema)) = (needed, schema.as_object_mut()) {
        schema.insert("required".into(), json!(required));
    }
    let mut content = Map::new();
    content.insert(
        media.to_owned(),
        json!({"schema": schema, "encoding": encoding}),
    );
    Some(json!({"required": needed, "content": content}))
}

/// A response.
pub(super) fn response(value: &Value, produces: &[String]) -> Value {
    let Some(flat) = value.as_object() else {
        return value.clone();
    };
    let mut response = Map::new();
    response.insert(
        "description".into(),
        flat.get("description")
            .cloned()
            .unwrap_or_else(|| "".into()),
    );
    if let Some(schema) = flat.get("schema") {
        let examples = flat.get("examples");
        let file = schema.get("type").is_some_and(|kind| kind == "file");
        let mut medias = produces.to_vec();
        if medias.is_empty() {
            medias.push(
                if file {
                    "application/octet-stream"
                } else {
                    "application/json"
                }
                .to_owned(),
            );
        }
        let content: Map<String, Value> = medias
            .into_iter()
            .map(|media| {
                let mut content = json!({"schema": schema});
                if let (Some(example), Some(content)) = (
                    examples.and_then(|examples| examples.get(&media)),
                    content.as_object_mut(),
                ) {
                    content.insert("example".into(), example.clone());
                }
                (media, content)
            })
            .collect();
        response.insert("content".into(), Value::Object(content));
    }
    if let Some(headers) = flat.get("headers").and_then(Value::as_object) {
        let headers: Map<String, Value> = headers
            .iter()
            .map(|(name, header)| (name.clone(), parameter(header)))
            .collect();
        response.insert("headers".into(), Value::Object(headers));
    }
    Value::Object(response)
}
