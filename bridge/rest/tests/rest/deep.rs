//! Depth is the sender's to choose, and no stack's to bear.

use footbridge_mapping::data::Data;
use footbridge_rest::model::Method;
use footbridge_rest::reply::{Answers, Reply, read_body, read_into};
use footbridge_rest::request::{Body, Draft, Part, WireNames, build};
use jiff::tz::TimeZone;

use crate::harness::{flex, scope, settings, shown, slot};

#[test]
fn replies_nested_too_deep_are_refused_and_others_read() {
    let scope = scope(&[("Tree", &[("below", "Tree?")])]);
    let answers = Answers::compile(None, Some(&slot("Tree")), &scope, &TimeZone::UTC);
    let read = |depth: usize| {
        let json = format!("{}null{}", "{\"below\":".repeat(depth), "}".repeat(depth));
        let reply = Reply {
            status: 200,
            content_type: Some("application/json"),
            body: json.as_bytes(),
        };
        let typed = shown(|sink| read_into(&reply, &answers, &flex(), "s", sink).map(drop));
        (typed.is_ok(), read_body(&reply, &answers).is_ok())
    };
    assert_eq!(read(100), (true, true));
    assert_eq!(read(140), (false, false));
    assert_eq!(read(100_000), (false, false));
}

#[test]
fn arguments_nested_too_deep_are_refused() {
    let mut data = Data::Null;
    for _ in 0..200 {
        data = Data::List([data].into());
    }
    let draft = Draft {
        method: Method::new("POST").expect("a method"),
        path: vec![Part::Text("/".into())],
        fixed: Vec::new(),
        query: Vec::new(),
        headers: Vec::new(),
        cookies: Vec::new(),
        body: Body::Tree(data),
        content: None,
    };
    let names = WireNames::default();
    let error = build(&draft, None, &settings(&names)).expect_err("it is too deep");
    assert!(
        error.to_string().ends_with("is nested deeper than 64"),
        "{error}"
    );
}
