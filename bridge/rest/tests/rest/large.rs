//! A document of 3,000 operations and types that name each other in circles.

use std::sync::Arc;

use footbridge_mapping::description::Description;
use footbridge_rest::describe::Document;
use footbridge_rest::load::{LoadError, Options, load};
use serde_json::{Map, Value, json};

fn document(operations: usize) -> String {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for at in 0..operations {
        let schema = json!({"$ref": format!("#/components/schemas/Type{at}")});
        paths.insert(
            format!("/things{at}/{{id}}"),
            json!({
                "get": {
                    "operationId": format!("get{at}"),
                    "parameters": [
                        {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
                        {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                    ],
                    "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}},
                },
            }),
        );
        let next = (at + 1) % operations;
        schemas.insert(
            format!("Type{at}"),
            json!({
                "allOf": [
                    {"$ref": "#/components/schemas/Base"},
                    {"type": "object", "properties": {
                        "next": {"$ref": format!("#/components/schemas/Type{next}")},
                        "at": {"type": "string", "format": "date-time"},
                        "lines": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
                    }},
                ],
            }),
        );
    }
    schemas.insert(
        "Base".to_owned(),
        json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}),
    );
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "large", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    });
    document.to_string()
}

#[test]
fn three_thousand_operations_are_read_and_described() {
    let text = document(3_000);
    let mut resolver = |_: &str| Ok(text.clone().into_bytes());
    let model = load("large.json", &mut resolver, &Options::default()).expect("it is right");
    assert_eq!(model.warnings, []);
    let document = Document::new("large.json", Arc::new(model));
    assert_eq!(document.operations().len(), 3_000);
    let last = document.operation("get2999");
    assert_eq!(
        last.first().expect("it is there").returns.kind.to_string(),
        "Type2999?"
    );
    let kind = document.kind("Type2999").expect("it is there");
    let fields: Vec<String> = kind
        .fields
        .iter()
        .map(|(name, kind)| format!("{name}: {kind}"))
        .collect();
    assert_eq!(
        fields,
        [
            "id: string?",
            "next: Type0?",
            "at: date?",
            "lines: Type2999/lines[]?"
        ]
    );
}

#[test]
fn budgets_hold() {
    let text = document(10);
    let few = Options {
        schemas: 20,
        ..Options::default()
    };
    let error = load("x.json", &mut |_: &str| Ok(text.clone().into_bytes()), &few);
    assert!(
        matches!(
            error,
            Err(LoadError::TooMuch {
                what: "schemas",
                ..
            })
        ),
        "{error:?}"
    );
    let small = Options {
        bytes: 100,
        ..Options::default()
    };
    let error = load(
        "x.json",
        &mut |_: &str| Ok(text.clone().into_bytes()),
        &small,
    );
    assert!(
        matches!(error, Err(LoadError::TooMuch { what: "bytes", .. })),
        "{error:?}"
    );
}

#[test]
fn what_is_no_document_is_told() {
    for (text, expected) in [
        ("", "cannot read `x`: it is empty"),
        (
            "[1]",
            "`x` is no OpenAPI 3.0 or 3.1 and no Swagger 2.0: it has neither `openapi` nor `swagger`",
        ),
        (
            "{\"openapi\": \"2.0\"}",
            "`x` is no OpenAPI 3.0 or 3.1 and no Swagger 2.0: it says 2.0",
        ),
        (
            "openapi: 3.2.0",
            "`x` is no OpenAPI 3.0 or 3.1 and no Swagger 2.0: it says 3.2.0",
        ),
        (
            "{\"openapi\": ",
            "cannot read `x`: EOF while parsing a value at line 1 column 12",
        ),
    ] {
        let error = load(
            "x",
            &mut |_: &str| Ok(text.as_bytes().to_vec()),
            &Options::default(),
        );
        assert_eq!(
            error.expect_err("it is none").to_string(),
            expected,
            "{text}"
        );
    }
    let empty: Value = json!({"openapi": "3.0.0"});
    let model = load(
        "x",
        &mut |_: &str| Ok(empty.to_string().into_bytes()),
        &Options::default(),
    );
    assert_eq!(model.expect("it says what it is").operations.len(), 0);
}
