//! Schemas of OpenAPI 3.1 and Swagger 2.0, and what people write in 3.0 though it is 3.1, in the form of 3.0: one level.

use serde_json::{Map, Value, json};

/// Brings one level of a schema to the form of OpenAPI 3.0. What is no object becomes one.
pub(super) fn normal(value: &mut Value) {
    match value {
        Value::Object(schema) => object(schema),
        // `true` and `false` (JSON Schema 2020-12 §4.3.2).
        Value::Bool(false) => *value = json!({"not": {}}),
        Value::Bool(true) | Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            *value = json!({});
        }
    }
}

fn object(schema: &mut Map<String, Value>) {
    reference(schema);
    types(schema);
    if let Some(constant) = schema.remove("const") {
        schema.insert("enum".into(), Value::Array(vec![constant]));
    }
    exclusive(schema, "exclusiveMinimum", "minimum", false);
    exclusive(schema, "exclusiveMaximum", "maximum", true);
    if let Some(examples) = schema.remove("examples")
        && let Some(first) = examples.as_array().and_then(|examples| examples.first())
    {
        schema.entry("example").or_insert_with(|| first.clone());
    }
    contents(schema);
    match schema.get("items") {
        // A list of schemas, one for each place, says nothing of a list of any length.
        Some(Value::Array(_)) => drop(schema.insert("items".into(), json!({}))),
        Some(Value::Bool(_)) => drop(schema.insert("items".into(), json!({}))),
        _ => {}
    }
    if schema.remove("prefixItems").is_some() {
        schema.insert("items".into(), json!({}));
    }
    if let Some(patterns) = schema.remove("patternProperties") {
        let first = patterns
            .as_object()
            .and_then(|patterns| patterns.values().next());
        let of = first.cloned().unwrap_or(Value::Bool(true));
        if !matches!(schema.get("additionalProperties"), Some(Value::Object(_))) {
            schema.insert("additionalProperties".into(), of);
        }
    }
    // Draft 3 says of a property itself that it is required.
    if matches!(schema.get("required"), Some(Value::Bool(_))) {
        schema.remove("required");
    }
    if let Some(Value::String(property)) = schema.get("discriminator") {
        let discriminator = json!({"propertyName": property});
        schema.insert("discriminator".into(), discriminator);
    }
    if schema.remove("x-nullable") == Some(Value::Bool(true)) {
        schema.insert("nullable".into(), Value::Bool(true));
    }
    // The structs of 3.0 keep no `xml`, but they keep extensions.
    if let Some(xml) = schema.remove("xml") {
        schema.insert("x-xml".into(), xml);
    }
    nulls(schema, "anyOf");
    nulls(schema, "oneOf");
}

/// A reference with words beside it is all of both.
fn reference(schema: &mut Map<String, Value>) {
    if schema.len() < 2 || !schema.get("$ref").is_some_and(Value::is_string) {
        return;
    }
    let says = |key: &String| {
        !matches!(
            key.as_str(),
            "$ref" | "summary" | "description" | "title" | "deprecated"
        ) && !key.starts_with("x-")
            || key == "x-nullable"
    };
    let reference = schema.remove("$ref").unwrap_or_default();
    if !schema.keys().any(says) {
        schema.clear();
        schema.insert("$ref".into(), reference);
        return;
    }
    let part = json!({"$ref": reference});
    match schema.get_mut("allOf") {
        Some(Value::Array(parts)) => parts.insert(0, part),
        _ => drop(schema.insert("allOf".into(), Value::Array(vec![part]))),
    }
}

/// `type: [string, "null"]`
fn types(schema: &mut Map<String, Value>) {
    let names: Vec<String> = match schema.get("type") {
        Some(Value::Array(names)) => names
            .iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect(),
        Some(Value::String(name)) if name == "null" => vec![name.clone()],
        // Swagger 2.0.
        Some(Value::String(name)) if name == "file" => {
            schema.insert("type".into(), "string".into());
            schema.insert("format".into(), "binary".into());
            return;
        }
        _ => return,
    };
    schema.remove("type");
    if names.iter().any(|name| name == "null") {
        schema.insert("nullable".into(), Value::Bool(true));
    }
    let mut others = names.iter().filter(|name| *name != "null");
    match (others.next(), others.next()) {
        (Some(only), None) => drop(schema.insert("type".into(), only.clone().into())),
        // Integers are numbers.
        (Some(one), Some(other))
            if others.next().is_none()
                && [one.as_str(), other.as_str()]
                    .iter()
                    .all(|name| matches!(*name, "integer" | "number")) =>
        {
            schema.insert("type".into(), "number".into());
        }
        _ => {}
    }
}

/// `exclusiveMinimum: 5`
fn exclusive(schema: &mut Map<String, Value>, key: &str, bound: &str, greatest: bool) {
    let Some(Value::Number(exclusive)) = schema.get(key).cloned() else {
        return;
    };
    let tighter = match schema.get(bound).and_then(Value::as_f64) {
        None => true,
        Some(included) => exclusive.as_f64().is_none_or(|exclusive| {
            if greatest {
                exclusive <= included
            } else {
                exclusive >= included
            }
        }),
    };
    if tighter {
        schema.insert(bound.into(), Value::Number(exclusive));
        schema.insert(key.into(), Value::Bool(true));
    } else {
        schema.remove(key);
    }
}

/// `contentEncoding` and `contentMediaType`
fn contents(schema: &mut Map<String, Value>) {
    let encoding = schema.remove("contentEncoding");
    let media = schema.remove("contentMediaType");
    if schema.contains_key("format") {
        return;
    }
    let text = |value: &Option<Value>| {
        value
            .as_ref()
            .and_then(Value::as_str)
            .map(str::to_lowercase)
    };
    match (text(&encoding).as_deref(), text(&media).as_deref()) {
        (Some("base64"), _) => drop(schema.insert("format".into(), "byte".into())),
        (None, Some("application/octet-stream")) => {
            schema.insert("type".into(), "string".into());
            schema.insert("format".into(), "binary".into());
        }
        _ => {}
    }
}

/// `anyOf: [X, {type: "null"}]` is X or null.
fn nulls(schema: &mut Map<String, Value>, key: &str) {
    let Some(Value::Array(variants)) = schema.get_mut(key) else {
        return;
    };
    let before = variants.len();
    variants.retain(|variant| {
        let null = variant.get("type").is_some_and(|kind| kind == "null")
            || variant.get("const").is_some_and(Value::is_null)
            || variant
                .get("enum")
                .is_some_and(|words| *words == json!([null]));
        !null
    });
    let dropped = variants.len() < before;
    let none = variants.is_empty();
    if none {
        schema.remove(key);
    }
    if dropped {
        schema.insert("nullable".into(), Value::Bool(true));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_later_versions_has_one_of_3_0() {
        for (from, to) in [
            (json!(true), json!({})),
            (json!(false), json!({"not": {}})),
            (
                json!({"type": ["string", "null"]}),
                json!({"type": "string", "nullable": true}),
            ),
            (json!({"type": ["string", "integer"]}), json!({})),
            (
                json!({"type": ["integer", "number"]}),
                json!({"type": "number"}),
            ),
            (json!({"const": 5}), json!({"enum": [5]})),
            (
                json!({"exclusiveMinimum": 5, "minimum": 3}),
                json!({"exclusiveMinimum": true, "minimum": 5}),
            ),
            (
                json!({"exclusiveMaximum": 5, "maximum": 3}),
                json!({"maximum": 3}),
            ),
            (json!({"examples": [1, 2]}), json!({"example": 1})),
            (
                json!({"$ref": "#/a", "description": "x"}),
                json!({"$ref": "#/a"}),
            ),
            (
                json!({"$ref": "#/a", "nullable": true}),
                json!({"nullable": true, "allOf": [{"$ref": "#/a"}]}),
            ),
            (
                json!({"anyOf": [{"$ref": "#/a"}, {"type": "null"}]}),
                json!({"anyOf": [{"$ref": "#/a"}], "nullable": true}),
            ),
            (
                json!({"type": "string", "contentEncoding": "base64"}),
                json!({"type": "string", "format": "byte"}),
            ),
            (json!({"prefixItems": [{}]}), json!({"items": {}})),
            (
                json!({"discriminator": "kind"}),
                json!({"discriminator": {"propertyName": "kind"}}),
            ),
            (
                json!({"type": "file"}),
                json!({"type": "string", "format": "binary"}),
            ),
        ] {
            let mut value = from.clone();
            normal(&mut value);
            assert_eq!(value, to, "{from}");
        }
    }
}
