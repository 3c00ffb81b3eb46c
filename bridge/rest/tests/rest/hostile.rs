//! Whatever an argument is, a request goes where the mapping says.

use footbridge_mapping::data::Data;
use footbridge_rest::model::Method;
use footbridge_rest::request::{Body, Draft, Part, WireNames, build};
use proptest::prelude::*;

use crate::harness::settings;

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[./\\\\%2eE?#@:;&=+ \r\n\t]{0,8}",
        Just("//evil.test".to_owned()),
        Just("http://evil.test/".to_owned()),
        Just("%2e%2e".to_owned()),
        Just("..;/".to_owned()),
        Just("\\..\\".to_owned()),
    ]
}

proptest! {
    #[test]
    fn origin_prefix_and_segments_stay(
        first in hostile(),
        second in hostile(),
        name in hostile(),
        header in hostile(),
    ) {
        let names = WireNames::default();
        let draft = Draft {
            method: Method::new("GET").expect("a method"),
            path: vec![
                Part::Text("/api/v1/".into()),
                Part::Value(Data::text(first)),
                Part::Text("/lines/x".into()),
                Part::Value(Data::text(second)),
            ],
            fixed: Vec::new(),
            query: vec![("q".into(), Data::text(name))],
            headers: vec![("X-H".into(), Data::text(header))],
            cookies: Vec::new(),
            body: Body::None,
            content: None,
        };
        let Ok(request) = build(&draft, None, &settings(&names)) else {
            return Ok(());
        };
        for (_, value) in &request.headers {
            prop_assert!(!value.contains(['\r', '\n', '\0']));
        }
        let base = "http://127.0.0.1:81";
        let url = url::Url::parse(&format!("{base}{}", request.target)).expect("a URL");
        prop_assert_eq!(url.origin().ascii_serialization(), base);
        prop_assert!(url.path().starts_with("/api/v1/"), "{}", url);
        let segments: Vec<&str> = url.path_segments().expect("a path").collect();
        prop_assert_eq!(segments.len(), 5, "{}", url);
        prop_assert_eq!(segments[3], "lines");
        prop_assert_eq!(url.query_pairs().count(), 1);
        prop_assert_eq!(url.fragment(), None);
    }
}
