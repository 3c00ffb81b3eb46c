//! Requests and answers without a document.

use std::sync::Arc;

use footbridge_mapping::data::{Data, Record};
use footbridge_remoting::Style;
use footbridge_rest::load::{Options, load};
use footbridge_rest::model::{Media, Method};
use footbridge_rest::reply::{
    Answers, ReadError, Reply, read_body, read_data, read_fault, read_into, read_last_into,
};
use footbridge_rest::request::{Body, Draft, Part, WireNames, build};
use jiff::tz::TimeZone;

use crate::harness::{classic, flex, list, object, scope, settings, shown, slot, written};

fn draft(method: &str, path: Vec<Part>) -> Draft {
    Draft {
        method: Method::new(method).expect("a method"),
        path,
        fixed: Vec::new(),
        query: Vec::new(),
        headers: Vec::new(),
        cookies: Vec::new(),
        body: Body::None,
        content: None,
    }
}

fn text(text: &str) -> Part {
    Part::Text(text.into())
}

fn sent(draft: &Draft) -> String {
    let names = WireNames::default();
    match build(draft, None, &settings(&names)) {
        Ok(request) => written(&request),
        Err(error) => error.to_string(),
    }
}

fn body(content: &str, data: Data) -> String {
    let draft = Draft {
        body: Body::Tree(data),
        content: Some(Media::new(content)),
        ..draft("POST", vec![text("/x")])
    };
    let sent = sent(&draft);
    sent.split_once("*/*;q=0.8\n")
        .map_or_else(|| sent.clone(), |(_, rest)| rest.to_owned())
}

#[test]
fn values_are_one_segment_and_queries_are_encoded() {
    let draft = Draft {
        fixed: vec![("Action".into(), "Do it".into())],
        query: vec![
            ("q".into(), Data::text("a b+c&d=é")),
            (
                "tag".into(),
                list(&[Data::text("x"), Data::Null, Data::text("y")]),
            ),
            ("none".into(), Data::Null),
            ("active".into(), Data::Bool(true)),
            ("n".into(), Data::Number(5.0)),
            ("since".into(), Data::Date(1_795_167_000_500.0)),
        ],
        headers: vec![
            ("X-Id".into(), Data::Int(7)),
            ("X-None".into(), Data::Null),
            ("X-List".into(), list(&[Data::Int(1), Data::Int(2)])),
        ],
        cookies: vec![("sid".into(), Data::text("a;b"))],
        ..draft(
            "GET",
            vec![
                text("/a b/"),
                Part::Value(Data::text("x/y?z#%")),
                text(".json"),
            ],
        )
    };
    assert_eq!(
        sent(&draft),
        "GET /a%20b/x%2Fy%3Fz%23%25.json?Action=Do%20it&q=a%20b%2Bc%26d%3D%C3%A9&tag=x&tag=y&active=true&n=5&since=2026-11-20T09%3A30%3A00.5Z\n\
         Accept: application/json, */*;q=0.8\nX-Id: 7\nX-List: 1,2\nCookie: sid=a%3Bb\n"
    );
}

#[test]
fn what_would_lead_elsewhere_is_refused() {
    let path = |parts: Vec<Part>| sent(&draft("GET", parts));
    let value = |value: &str| Part::Value(Data::text(value));
    for (parts, expected) in [
        (
            vec![text("/a/"), value("")],
            "`path` is empty, and a path needs a value",
        ),
        (
            vec![text("/a/"), value("..")],
            "`path` is `.` or `..`, which would lead elsewhere",
        ),
        (
            vec![text("/a/"), value("."), value(".")],
            "`path` is `.` or `..`, which would lead elsewhere",
        ),
        (
            vec![text("/a/."), Part::Value(Data::Null)],
            "`path` is null, and a path needs a value",
        ),
        (
            vec![text("/a/x"), Part::Value(object(&[]))],
            "`path` is an object, and only a document can say how it is written here",
        ),
    ] {
        assert_eq!(path(parts), expected);
    }
    let split = Draft {
        headers: vec![("X".into(), Data::text("a\r\nHost: evil"))],
        ..draft("GET", vec![text("/")])
    };
    assert_eq!(
        sent(&split),
        "`X` has a line break, and a header takes none"
    );
    let host = Draft {
        headers: vec![("Host".into(), Data::text("evil"))],
        ..draft("GET", vec![text("/")])
    };
    assert_eq!(sent(&host), "`Host` is no header that a mapping can set");
}

#[test]
fn bodies_are_written_by_their_media_type() {
    let tree = || {
        object(&[
            ("a", Data::Number(5.0)),
            ("b", list(&[Data::text("x y"), Data::Null])),
            ("left", Data::Omit),
            ("price", Data::Decimal("12.50".into())),
            ("file", Data::Bytes(b"\x00\xff"[..].into())),
        ])
    };
    assert_eq!(
        body("application/json", tree()),
        "Content-Type: application/json\n\n{\"a\":5,\"b\":[\"x y\",null],\"price\":12.50,\"file\":\"AP8=\"}\n"
    );
    assert_eq!(
        body("application/x-www-form-urlencoded", tree()),
        "Content-Type: application/x-www-form-urlencoded\n\na=5&b=x+y&price=12.50&file=AP8%3D\n"
    );
    assert_eq!(
        body(
            "text/xml",
            object(&[(
                "fax",
                object(&[
                    ("to", Data::text("<&>")),
                    ("n", list(&[Data::Int(1), Data::Int(2)]))
                ])
            )])
        ),
        "Content-Type: text/xml; charset=utf-8\n\n<?xml version=\"1.0\" encoding=\"UTF-8\"?><fax><to>&lt;&amp;&gt;</to><n>1</n><n>2</n></fax>\n"
    );
    assert_eq!(
        body("text/plain", Data::text("hi")),
        "Content-Type: text/plain; charset=utf-8\n\nhi\n"
    );
    let multipart = body(
        "multipart/form-data",
        object(&[
            ("note", Data::text("hi")),
            ("file", Data::Bytes(b"abc"[..].into())),
        ]),
    );
    let boundary = multipart.split_once("boundary=").expect("a boundary").1;
    let boundary = boundary.lines().next().expect("a line").to_owned();
    assert_eq!(
        multipart.replace(&boundary, "B"),
        "Content-Type: multipart/form-data; boundary=B\n\n--B\nContent-Disposition: form-data; name=\"note\"\n\nhi\n\
         --B\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\nContent-Type: application/octet-stream\n\nabc\n--B--\n\n"
    );
    assert_eq!(
        body("application/json", Data::Number(f64::NAN)),
        "`body` not a number"
    );
}

#[test]
fn mapped_types_go_out_under_their_wire_names() {
    let scope = scope(&[(
        "Line",
        &[
            ("sku", "string"),
            ("quantity", "int from qty"),
            ("city", "string from address.city"),
            ("zip", "string from address.zip"),
        ],
    )]);
    let names = WireNames::of(&scope);
    let line = Data::Object(Arc::new(Record {
        alias: Some("samples.Line".into()),
        members: [
            ("sku", Data::text("a")),
            ("quantity", Data::Int(2)),
            ("city", Data::text("Ulm")),
            ("zip", Data::text("89073")),
        ]
        .into_iter()
        .map(|(name, data)| (Arc::from(name), data))
        .collect(),
    }));
    let draft = Draft {
        body: Body::Tree(list(&[line])),
        ..draft("POST", vec![text("/x")])
    };
    let request = build(&draft, None, &settings(&names)).expect("a request");
    assert_eq!(
        String::from_utf8(request.body.expect("a body")).expect("text"),
        r#"[{"sku":"a","qty":2,"address":{"city":"Ulm","zip":"89073"}}]"#
    );
}

fn reply<'a>(content_type: &'a str, body: &'a str) -> Reply<'a> {
    Reply {
        status: 200,
        content_type: Some(content_type),
        body: body.as_bytes(),
    }
}

fn got(returns: &str, types: &[(&str, &[(&str, &str)])], reply: &Reply<'_>) -> String {
    let answers = Answers::compile(None, Some(&slot(returns)), &scope(types), &TimeZone::UTC);
    assert_eq!(answers.problems, Vec::<String>::new());
    shown(|sink| read_into(reply, &answers, &flex(), "s", sink).map(drop))
        .unwrap_or_else(|error| error)
}

#[test]
fn a_selection_is_read_in_any_order_and_only_what_is_named_is_sent() {
    let types: &[(&str, &[(&str, &str)])] = &[(
        "Customer",
        &[
            ("id", "int"),
            ("name", "string"),
            ("city", "string? from address.city"),
            ("since", "day from created_on"),
            ("addedAt", "date?"),
            ("first", "string? from tags[0]"),
            ("level", "int = 3"),
        ],
    )];
    let json = r#"{"data":{"items":[
        {"created_on":"2026-11-20","secret":1,"id":7,"tags":["a","b"],"name":"Ann","address":{"zip":1,"city":"Ulm"},"added_at":"2026-11-20T09:30:00Z"},
        {"id":8,"name":"Bo","created_on":"2026-11-21","level":null}]},"more":true}"#;
    assert_eq!(
        got(
            "Customer[] from data.items",
            types,
            &reply("application/json", json)
        ),
        r#"{"$external":"flex.messaging.io.ArrayCollection","source":[{"$class":"samples.Customer","id":7,"name":"Ann","city":"Ulm","since":{"$date":"2026-11-20T00:00:00.000Z"},"addedAt":{"$date":"2026-11-20T09:30:00.000Z"},"first":"a","level":3},{"$class":"samples.Customer","id":8,"name":"Bo","city":null,"since":{"$date":"2026-11-21T00:00:00.000Z"},"addedAt":null,"first":null,"level":3}]}"#,
    );
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let types: &[(&str, &[(&str, &str)])] = &[
        ("Order", &[("id", "int"), ("lines", "Line[]")]),
        ("Line", &[("qty", "int")]),
    ];
    let order = |json: &str| got("Order", types, &reply("application/json", json));
    for (json, expected) in [
        (
            r#"{"id":1,"lines":[{"qty":"x"}]}"#,
            "`lines[0].qty` is a text, and declared int",
        ),
        (
            r#"{"id":1,"lines":[{"qty":1},{}]}"#,
            "`lines[1].qty` is null, and its type has no `?`",
        ),
        (
            r#"{"id":1e10,"lines":[]}"#,
            "`id` is beyond an int; declare it `long` or `number`",
        ),
        (r#"[]"#, "the reply is a list, and declared Order"),
        (
            r#"{"id":1,"lines":[]"#,
            "no JSON at byte 18: expected `,` or `}`",
        ),
        ("<html>", "no JSON at byte 0: expected a value"),
    ] {
        assert_eq!(order(json), expected, "{json}");
    }
}

#[test]
fn bodies_of_other_kinds_are_read() {
    let xml = "<?xml version='1.0'?><receipt n='1'><id>R7</id></receipt>";
    assert_eq!(
        got("string from receipt.id", &[], &reply("text/xml", xml)),
        "\"R7\""
    );
    assert_eq!(
        got("string from id", &[], &reply("application/xml", xml)),
        "\"R7\""
    );
    let list = "<l><i><n>1</n></i><i><n>2</n></i></l>";
    assert_eq!(
        got(
            "Item[] from i",
            &[("Item", &[("n", "int")])],
            &reply("text/xml", list)
        ),
        r#"{"$external":"flex.messaging.io.ArrayCollection","source":[{"$class":"samples.Item","n":1},{"$class":"samples.Item","n":2}]}"#
    );
    assert_eq!(got("string", &[], &reply("text/plain", "hi")), "\"hi\"");
    assert_eq!(
        got("bytes", &[], &reply("image/png", "abc")),
        r#"{"$bytes":"YWJj"}"#
    );
    assert_eq!(
        got("any", &[], &reply("text/html", "{\"a\":[1,2.5]}")),
        r#"{"a":{"$external":"flex.messaging.io.ArrayCollection","source":[1,2.5]}}"#
    );
    let nothing = Reply {
        status: 204,
        content_type: None,
        body: b"",
    };
    assert_eq!(got("string?", &[], &nothing), "null");
    assert_eq!(got("void", &[], &nothing), "null");
    assert_eq!(
        got("string", &[], &nothing),
        "the reply is null, and its type has no `?`"
    );
}

#[test]
fn classic_clients_get_record_sets() {
    let answers = Answers::compile(
        None,
        Some(&slot("Row[]")),
        &scope(&[("Row", &[("id", "int"), ("name", "string?")])]),
        &TimeZone::UTC,
    );
    let reply = reply("application/json", r#"[{"name":"a","id":1},{"id":2}]"#);
    let shown = shown(|sink| read_into(&reply, &answers, &classic(), "s", sink).map(drop));
    let shown = shown.expect("it fits");
    assert!(shown.contains(r#""columnNames":["id","name"]"#), "{shown}");
    assert!(
        shown.contains(r#""initialData":[[1,"a"],[2,null]]"#),
        "{shown}"
    );
}

#[test]
fn numbers_keep_their_digits() {
    let json = r#"{"long":9007199254740993,"price":12.50,"any":[9007199254740993,0.1000000000000000055,1.5,7]}"#;
    let types: &[(&str, &[(&str, &str)])] = &[(
        "T",
        &[("long", "long"), ("price", "decimal"), ("any", "any")],
    )];
    assert_eq!(
        got("T", types, &reply("application/json", json)),
        r#"{"$class":"samples.T","long":"9007199254740993","price":"12.50","any":{"$external":"flex.messaging.io.ArrayCollection","source":["9007199254740993","0.1000000000000000055",1.5,7]}}"#
    );
}

#[test]
fn data_for_expressions_is_the_whole_body() {
    let answers = Answers::compile(
        None,
        Some(&slot("int from id")),
        &scope(&[]),
        &TimeZone::UTC,
    );
    let reply = reply("application/json", r#"{"id":7,"state":"refused"}"#);
    assert_eq!(read_data(&reply, &answers), Ok(Data::Int(7)));
    let body = read_body(&reply, &answers).expect("it is JSON");
    assert_eq!(body.member("state"), Data::text("refused"));
}

#[test]
fn problems_are_understood() {
    let answers = Answers::compile(
        None,
        Some(&slot("int from id")),
        &scope(&[]),
        &TimeZone::UTC,
    );
    let fault = |content_type, body: &str| {
        let reply = Reply {
            status: 422,
            content_type: Some(content_type),
            body: body.as_bytes(),
        };
        let (fault, _) = read_fault(&reply, &answers);
        format!("{:?} {:?}", fault.code, fault.message)
    };
    assert_eq!(
        fault(
            "application/problem+json",
            r#"{"type":"https://x.test/errors/stale","title":"Too late","status":422}"#
        ),
        r#"Some("stale") Some("Too late")"#
    );
    assert_eq!(
        fault(
            "application/json",
            r#"{"error":{"code":"E7","message":"no"}}"#
        ),
        r#"Some("E7") Some("no")"#
    );
    assert_eq!(
        fault(
            "application/json",
            r#"{"error":"invalid_grant","error_description":"no"}"#
        ),
        r#"Some("invalid_grant") Some("no")"#
    );
    assert_eq!(fault("text/html", "<h1>Oops"), "None None");
}

/// What a client gets of an answer, as the gateway goes about it.
fn straight(answer: &Reply<'_>, answers: &Answers, style: &Style) -> String {
    let first = shown(|sink| read_into(answer, answers, style, "s", sink).map(drop));
    let again = || shown(|sink| read_last_into(answer, answers, style, "s", sink).map(drop));
    match first {
        Err(error) if error == ReadError::Twice.to_string() => again(),
        first => {
            assert_eq!(first, again(), "both ways of reading give the same");
            first
        }
    }
    .expect("it can be read")
}

#[test]
fn of_a_member_that_stands_twice_the_last_value_counts() {
    let scope = scope(&[(
        "Row",
        &[("id", "int"), ("name", "string?"), ("x", "int? from a.b")],
    )]);
    let read = |returns: &str, body: &str, style: &Style| {
        let answers = Answers::compile(None, Some(&slot(returns)), &scope, &TimeZone::UTC);
        let answer = Reply {
            status: 200,
            content_type: Some("application/json"),
            body: body.as_bytes(),
        };
        let data = read_data(&answer, &answers).expect("it can be read");
        (straight(&answer, &answers, style), data)
    };
    for body in [
        r#"{"id":1,"name":"a","a":{"b":3},"id":2}"#,
        r#"{"name":"b","id":1,"id":2,"name":"a","a":{"b":3}}"#,
        r#"{"id":1,"a":{"b":7},"name":"b","name":"a","a":{"b":3},"id":2}"#,
        r#"{"id":1,"name":"b","a":{"b":7},"a":{"b":8,"b":3},"id":2,"name":"a"}"#,
    ] {
        let plain = r#"{"id":2,"name":"a","a":{"b":3}}"#;
        let list = format!("[{plain},{body},{plain}]");
        let plains = format!("[{plain},{plain},{plain}]");
        for style in [flex(), classic()] {
            assert_eq!(
                read("Row", body, &style),
                read("Row", plain, &style),
                "{body}"
            );
            assert_eq!(
                read("Row[]", &list, &style),
                read("Row[]", &plains, &style),
                "{body}"
            );
        }
    }
    let within = r#"{"data":{"rows":[1]},"data":{"rows":[2],"rows":[3]}}"#;
    let expected = read("int[] from data.rows", r#"{"data":{"rows":[3]}}"#, &flex());
    assert_eq!(read("int[] from data.rows", within, &flex()), expected);
}

#[test]
fn a_required_header_may_be_in_any_case_and_a_cookie_in_its_own_alone() {
    let document = "openapi: 3.0.3
info: {title: x, version: '1'}
paths:
  /x:
    get:
      operationId: x
      parameters:
        - {name: X-Who, in: header, required: true, schema: {type: string}}
        - {name: Sid, in: cookie, required: true, schema: {type: string}}
      responses: {'204': {description: done}}
";
    let mut resolver = |_: &str| Ok(document.as_bytes().to_vec());
    let model = load("x.yaml", &mut resolver, &Options::default()).expect("it is right");
    let operation = model.operation("x").expect("it is there");
    let names = WireNames::default();
    for (header, cookie, complete) in [
        ("X-Who", "Sid", true),
        ("x-who", "Sid", true),
        ("X-Who", "sid", false),
        ("X-Who", "SID", false),
        ("X-Whom", "Sid", false),
    ] {
        let draft = Draft {
            headers: vec![(header.into(), Data::text("ann"))],
            cookies: vec![(cookie.into(), Data::text("1"))],
            ..draft("GET", vec![text("/x")])
        };
        let built = build(&draft, Some((&model, operation)), &settings(&names));
        assert_eq!(built.is_ok(), complete, "{header} {cookie}");
    }
}
