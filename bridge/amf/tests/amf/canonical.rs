//! Canonical JSON as people write it.

use footbridge_amf::canonical::{Encoding, from_text, to_text};
use footbridge_amf::{Graph, Node, Value};

#[test]
fn what_is_canonical_comes_back_the_same() {
    for json in [
        "null",
        "true",
        "5",
        "-5",
        "5.0",
        "-0.0",
        "1.5",
        "1e+300",
        "\"text\"",
        "[]",
        "{}",
        "268435456.0",
        r#"{"$undefined":true}"#,
        r#"{"$number":"NaN"}"#,
        r#"{"$date":"2026-11-20T09:30:00.000Z"}"#,
        r#"{"$date":0.5}"#,
        r#"{"$date":-0.0}"#,
        r#"{"$date":"Infinity"}"#,
        r#"{"$bytes":"aGVsbG8="}"#,
        r#"{"$xml":"<a/>"}"#,
        r#"{"$xmlDocument":""}"#,
        r#"{"$class":"a.B","id":1,"tags":["x"]}"#,
        r#"{"$class":"a.B"}"#,
        r#"{"$class":"a.B","$dynamic":[]}"#,
        r#"{"$class":"a.B","$dynamic":["x"],"id":1,"x":2}"#,
        r#"{"$class":"","id":1}"#,
        r#"{"$$class":1,"$$$":2,"a$b":3}"#,
        r#"{"$array":[1],"name":2}"#,
        r#"{"$array":[],"0":2}"#,
        r#"{"$id":1,"$array":[{"$ref":1}]}"#,
        r#"[{"$id":1},{"$ref":1},{"$id":2,"a":{"$ref":2}},{"$id":3,"$date":0.5},{"$ref":3}]"#,
        r#"{"$vector":"int","$items":[-2147483648]}"#,
        r#"{"$vector":"number","$items":[{"$number":"NaN"},1.0],"$fixed":true}"#,
        r#"{"$vector":"object","$items":[{"$class":"a.B"}],"$class":"a.B"}"#,
        r#"{"$dictionary":[[{"$id":1},{"$ref":1}],[1,"one"]],"$weak":true}"#,
        r#"{"$external":"flex.messaging.io.ArrayCollection","source":[]}"#,
    ] {
        let (graph, value) = from_text(json).unwrap_or_else(|problem| panic!("{json}: {problem}"));
        assert_eq!(to_text(&graph, &value, Encoding::Amf3).unwrap(), json);
    }
}

#[test]
fn what_people_write_is_read() {
    for (json, canonical) in [
        (r#"{"$number":5}"#, "5.0"),
        (r#"{"$number":-0.0}"#, "-0.0"),
        ("-0", "-0.0"),
        ("268435456", "268435456.0"),
        (
            r#"{"$date":"2026-11-20"}"#,
            r#"{"$date":"2026-11-20T00:00:00.000Z"}"#,
        ),
        (
            r#"{"$date":"2026-11-20T10:30:00+01:00"}"#,
            r#"{"$date":"2026-11-20T09:30:00.000Z"}"#,
        ),
        (r#"{"$date":0}"#, r#"{"$date":"1970-01-01T00:00:00.000Z"}"#),
        (
            r#"{"id":1,"$class":"a.B","$dynamic":true}"#,
            r#"{"$class":"a.B","$dynamic":["id"],"id":1}"#,
        ),
        (
            r#"{"$class":"a.B","$items":[],"$vector":"object","$fixed":false}"#,
            r#"{"$vector":"object","$items":[],"$class":"a.B"}"#,
        ),
        (r#"{"$array":[1]}"#, "[1]"),
        (r#"{"$id":7,"a":1}"#, r#"{"a":1}"#),
    ] {
        let (graph, value) = from_text(json).unwrap_or_else(|problem| panic!("{json}: {problem}"));
        assert_eq!(
            to_text(&graph, &value, Encoding::Amf3).unwrap(),
            canonical,
            "{json}"
        );
    }
}

#[test]
fn amf0_shows_numbers_and_classes_as_it_has_them() {
    let (graph, value) = from_text(
        r#"{"$class":"a.B","$dynamic":true,"id":5.0,"zero":-0.0,"half":0.5,"big":1e300}"#,
    )
    .unwrap();
    assert_eq!(
        to_text(&graph, &value, Encoding::Amf0).unwrap(),
        r#"{"$class":"a.B","id":5,"zero":-0.0,"half":0.5,"big":1e+300}"#
    );
}

#[test]
fn mistakes_say_where_and_what_to_write() {
    for (json, problem) in [
        (
            r#"{"a":[0,{"$clas":1}]}"#,
            "at `a[1]`: `$clas` means nothing here; a member of that name is written `$$clas`",
        ),
        (
            r#"[{"$ref":1}]"#,
            "at `[0]`: no `\"$id\": 1` stands before this",
        ),
        (
            r#"[{"$id":1},{"$id":1}]"#,
            "at `[1]`: `\"$id\": 1` stands here a second time",
        ),
        (
            r#"{"$date":"soon"}"#,
            "`$date` wants a time as `2026-11-20T09:30:00.000Z`, or milliseconds since 1970, or `NaN`",
        ),
        (
            r#"{"$date":1,"$bytes":""}"#,
            "more than one of the `$` keys that say what a value is",
        ),
        (
            r#"{"$vector":"uint","$items":[-1]}"#,
            "a vector of uint wants integers from 0 to 4294967295",
        ),
        (
            "9007199254740993",
            "9007199254740993 has no equal double; write it as text, or as `9007199254740993.0` to have it rounded",
        ),
        (r#"{"$undefined":false}"#, "`$undefined` is always `true`"),
        (r#"{"$class":5}"#, "`$class` wants text"),
        (
            r#"{"$weak":true}"#,
            "`$weak` means nothing here; a member of that name is written `$$weak`",
        ),
    ] {
        assert_eq!(from_text(json).unwrap_err().to_string(), problem);
    }
    assert!(
        from_text("[1,]")
            .unwrap_err()
            .to_string()
            .starts_with("no JSON: ")
    );
    assert!(from_text("1 2").is_err());
}

#[test]
fn nesting_has_a_limit_of_its_own() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(from_text(&nested(384)).is_ok());
    assert!(from_text(&nested(385)).is_err());
    // Brackets within text are no nesting.
    assert!(from_text(&format!("\"{}\"", "[\\\"".repeat(1_000))).is_ok());
    // A value as deep as the readers take is written and read, whatever it is made of.
    let mut graph = Graph::new();
    let mut value = Value::Null;
    for _ in 0..64 {
        value = Value::Node(graph.add(Node::Dictionary {
            weak: false,
            entries: vec![(value.clone(), value)],
        }));
    }
    let text = to_text(&graph, &value, Encoding::Amf3).unwrap();
    let (again, root) = from_text(&text).unwrap();
    assert_eq!(to_text(&again, &root, Encoding::Amf3).unwrap(), text);
}
