//! Documents with something wrong anywhere in them: read or refused, never a panic; and any bytes as an answer.

use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::description::Description;
use footbridge_rest::describe::{Document, example_arguments, example_reply};
use footbridge_rest::load::{Options, load};
use footbridge_rest::reply::{Answers, Reply, read_body, read_into};
use footbridge_rest::request::{WireNames, bind, build};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::Value;

use crate::harness::{flex, scope, settings, shown, slot};

const DOCUMENTS: [&str; 6] = [
    include_str!("../documents/types.yaml"),
    include_str!("../documents/bodies.yaml"),
    include_str!("../documents/styles.yaml"),
    include_str!("../documents/later.yaml"),
    include_str!("../documents/broken.yaml"),
    include_str!("../documents/swagger.json"),
];

/// Reads a document and does with it what all that use it do.
fn use_all(bytes: &[u8]) {
    let mut resolver = |_: &str| Ok(bytes.to_vec());
    let Ok(model) = load("x.yaml", &mut resolver, &Options::default()) else {
        return;
    };
    let model = Arc::new(model);
    let document = Document::new("x.yaml", Arc::clone(&model));
    for kind in document.kinds() {
        let _ = document.kind(&kind);
    }
    let names = WireNames::default();
    for operation in &model.operations {
        let _ = document.operation(&operation.name);
        let arguments: Vec<(Arc<str>, Data)> =
            example_arguments(&model, operation).into_iter().collect();
        let draft = bind(&model, operation, &arguments);
        let _ = build(&draft, Some((&model, operation)), &settings(&names));
        let answers =
            Answers::compile(Some((&model, operation)), None, &scope(&[]), &TimeZone::UTC);
        if let Some((status, media, body)) = example_reply(&model, operation, None) {
            let reply = Reply {
                status,
                content_type: media.as_deref(),
                body: &body,
            };
            let _ = shown(|sink| read_into(&reply, &answers, &flex(), "s", sink).map(drop));
        }
    }
}

/// What may stand where something else should.
fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(Value::Bool(true)),
        Just(serde_json::json!(-1)),
        Just(serde_json::json!(1e300)),
        Just(serde_json::json!("text")),
        Just(serde_json::json!([])),
        Just(serde_json::json!(["null", 5])),
        Just(serde_json::json!({})),
        Just(serde_json::json!({"$ref": "#/components/schemas/All"})),
        Just(serde_json::json!({"$ref": "#"})),
        Just(serde_json::json!({"$ref": 5})),
        Just(serde_json::json!({"type": ["object", "array"], "items": [true, false]})),
        Just(serde_json::json!({"allOf": [{"$ref": "#/components/schemas/All"}, true]})),
    ]
}

/// Puts a value at the nth place of a tree, in document order.
fn replace(value: &mut Value, nth: &mut usize, with: &Value) -> bool {
    if *nth == 0 {
        *value = with.clone();
        return true;
    }
    *nth -= 1;
    match value {
        Value::Object(members) => members.values_mut().any(|value| replace(value, nth, with)),
        Value::Array(items) => items.iter_mut().any(|value| replace(value, nth, with)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_value_that_is_another(places in proptest::collection::vec((0_usize..250, odd()), 1..4)) {
        let mut value: Value = serde_json::from_str(DOCUMENTS[5]).expect("it is JSON");
        for (place, with) in &places {
            replace(&mut value, &mut place.clone(), with);
        }
        use_all(value.to_string().as_bytes());
    }

    #[test]
    fn bytes_that_are_others(
        which in 0_usize..6,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = DOCUMENTS[which].as_bytes().to_vec();
        for (at, byte) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = byte % 96 + 32;
        }
        use_all(&bytes);
    }

    #[test]
    fn any_bytes_as_an_answer(
        body in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..40),
            "[\\[\\]{}\",:a-e0-9 \\\\<>/&;=.!-]{0,40}".prop_map(String::into_bytes),
        ],
        which in 0_usize..5,
    ) {
        let types = ["application/json", "text/xml", "text/html", "text/plain; charset=utf-16", "image/png"];
        let scope = scope(&[("T", &[
            ("a", "int"), ("b", "string? from c.d"), ("e", "date? from x[0].y"), ("f", "T[]?"), ("*", "any"),
        ])]);
        for returns in ["T", "T[] from a.b", "any", "bytes", "string?", "int[]"] {
            let answers = Answers::compile(None, Some(&slot(returns)), &scope, &TimeZone::UTC);
            let reply = Reply { status: 200, content_type: Some(types[which]), body: &body };
            let _ = shown(|sink| read_into(&reply, &answers, &flex(), "s", sink).map(drop));
            let _ = read_body(&reply, &answers);
        }
    }
}
