//! Straight into an answer, or as data and then by the mapping's own writer: a client gets the same.

use footbridge_mapping::reply;
use footbridge_rest::reply::{Answers, Reply, read_body, read_into};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::harness::{classic, flex, scope, shown, slot};

// Boxed: the trees of nested strategies are larger than a test's stack.
fn scalar() -> BoxedStrategy<String> {
    prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i32>().prop_map(|value| value.to_string()),
        Just("1795167000000".to_owned()),
        (-9999_i32..9999).prop_map(|value| format!("{}.{}", value / 10, 1 + value.abs() % 9)),
        "[a-zé\"\\\\ ]{0,5}".prop_map(|text| serde_json::to_string(&text).expect("a text")),
        Just("\"12\"".to_owned()),
        Just("\"open\"".to_owned()),
        Just("\"2026-11-20T09:30:00Z\"".to_owned()),
        Just("\"2026-11-20\"".to_owned()),
    ]
    .boxed()
}

fn item() -> BoxedStrategy<String> {
    let names = ["id", "name", "at", "day", "price", "state", "extra"];
    let members = names.map(|name| (Just(name), proptest::option::of(scalar())));
    members
        .prop_map(|members| {
            let members: Vec<String> = members
                .iter()
                .filter_map(|(name, value)| Some(format!("\"{name}\":{}", value.as_ref()?)))
                .collect();
            format!("{{{}}}", members.join(","))
        })
        .prop_flat_map(|object| prop_oneof![8 => Just(object), 1 => scalar()])
        .boxed()
}

fn json() -> impl Strategy<Value = String> {
    let lines = proptest::collection::vec(item(), 0..4);
    (item(), lines, any::<bool>(), any::<bool>()).prop_map(|(head, lines, first, many)| {
        let lines = format!("\"lines\":[{}]", lines.join(","));
        let head = head
            .trim_start_matches('{')
            .trim_end_matches('}')
            .to_owned();
        let head = if head.is_empty() || !head.starts_with('"') || !head.contains("\":") {
            "\"id\":1".to_owned()
        } else {
            head
        };
        let one = if first {
            format!("{{{lines},{head}}}")
        } else {
            format!("{{{head},{lines}}}")
        };
        if many { format!("[{one},{one}]") } else { one }
    })
}

const LINE: &[(&str, &str)] = &[
    ("id", "int?"),
    ("name", "string?"),
    ("at", "date?"),
    ("day", "day?"),
    ("price", "decimal?"),
    ("state", "open|paid = open"),
];

proptest! {
    #[test]
    fn both_ways_give_the_same(
        json in json(),
        returns in prop_oneof![Just("Order"), Just("Order[]"), Just("any"), Just("Line[] from lines"), Just("int? from id")],
        open in any::<bool>(),
        rows in any::<bool>(),
    ) {
        let order: &[(&str, &str)] = &[
            ("name", "string?"),
            ("id", "number? null NaN"),
            ("price", "number = 7"),
            ("lines", "Line?[]"),
            ("*", if open { "any" } else { "hide" }),
        ];
        let mut order = order.to_vec();
        if !open {
            order.pop();
        }
        let scope = scope(&[("Order", &order), ("Line", LINE)]);
        let slot = slot(returns);
        let answers = Answers::compile(None, Some(&slot), &scope, &TimeZone::UTC);
        let style = if rows { classic() } else { flex() };
        let answer = Reply { status: 200, content_type: Some("application/json"), body: json.as_bytes() };
        let straight = shown(|sink| read_into(&answer, &answers, &style, "s", sink).map(drop));
        let around = read_body(&answer, &answers).map_err(|error| error.to_string()).and_then(|body| {
            let mut found = body;
            for part in slot.from.iter().flat_map(|path| path.iter()) {
                found = match part {
                    footbridge_mapping::slot::PathPart::Name(name) => found.member(name),
                    footbridge_mapping::slot::PathPart::Index(_) => found,
                };
            }
            let exposed = reply::expose(&found, &slot, &scope, &TimeZone::UTC).map_err(|error| error.to_string())?;
            shown(|sink| reply::write(&exposed, Some(&slot), &scope, &TimeZone::UTC, &style, "s", sink))
        });
        match (straight, around) {
            // An open type is always dynamic straight, whatever this object has.
            (Ok(straight), Ok(around)) => {
                let straight = straight.replace("\"$dynamic\":[],", "");
                prop_assert_eq!(straight, around, "{}", json);
            }
            (Err(_), Err(_)) => {}
            // A list of one is taken for a list only straight; scalars of scalars likewise.
            (Ok(_), Err(error)) if error.contains("must be a list") => {}
            // A path that leads through a list is told straight.
            (Err(error), Ok(_)) if error.contains("is no object with") => {}
            // Texts of numbers and the like are converted on both ways, by the same rules.
            (straight, around) => prop_assert!(false, "{json}\n{straight:?}\n{around:?}"),
        }
    }
}
