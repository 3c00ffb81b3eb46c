//! Round trips of any value, and any bytes.

use std::borrow::Cow;

use footbridge_amf::canonical::{self, Encoding};
use footbridge_amf::{Array, External, Graph, Node, NodeId, Object, Traits, Value};
use proptest::prelude::*;

use crate::bodies;

/// A value; nodes are numbers that are taken modulo the number of nodes there are.
#[derive(Clone, Debug)]
enum Plan {
    Value(Value<'static>),
    Leaf(Node<'static>),
    Node(usize),
}

#[derive(Clone, Debug)]
struct NodePlan {
    kind: u8,
    alias: String,
    flag: bool,
    sealed: Vec<(String, Plan)>,
    named: Vec<(String, Plan)>,
    items: Vec<Plan>,
    leaf: Node<'static>,
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,4}",
        "\\PC{1,12}",
        "\\$[a-z\\$]{0,3}",
        "[0-3]",
        Just("length".to_owned())
    ]
}

fn scalar() -> impl Strategy<Value = Value<'static>> {
    prop_oneof![
        Just(Value::Undefined),
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-0x1000_0000..0x1000_0000).prop_map(Value::Int),
        prop_oneof![
            Just(0x7f),
            Just(0x80),
            Just(0x3fff),
            Just(0x4000),
            Just(0x1f_ffff),
            Just(0x20_0000),
            Just(-1)
        ]
        .prop_map(Value::Int),
        any::<f64>().prop_map(Value::Number),
        prop_oneof![
            Just(-0.0),
            Just(5.0),
            Just(f64::NAN),
            Just(f64::INFINITY),
            Just(9_007_199_254_740_993.0)
        ]
        .prop_map(Value::Number),
        text().prop_map(|text| Value::String(Cow::Owned(text))),
        Just(Value::String(Cow::Borrowed(""))),
    ]
}

fn date() -> impl Strategy<Value = Node<'static>> {
    prop_oneof![
        any::<f64>(),
        (-100_000_000_000_000_i64..300_000_000_000_000).prop_map(|millis| millis as f64)
    ]
    .prop_map(Node::Date)
}

fn leaf() -> impl Strategy<Value = Node<'static>> {
    prop_oneof![
        date(),
        ".{0,9}".prop_map(|text| Node::Xml(Cow::Owned(text))),
        ".{0,9}".prop_map(|text| Node::XmlDocument(Cow::Owned(text))),
        prop::collection::vec(any::<u8>(), 0..80)
            .prop_map(|bytes| Node::ByteArray(Cow::Owned(bytes))),
        (any::<bool>(), prop::collection::vec(any::<i32>(), 0..5))
            .prop_map(|(fixed, items)| Node::VectorInt { fixed, items }),
        (any::<bool>(), prop::collection::vec(any::<u32>(), 0..5))
            .prop_map(|(fixed, items)| Node::VectorUint { fixed, items }),
        (any::<bool>(), prop::collection::vec(any::<f64>(), 0..5))
            .prop_map(|(fixed, items)| Node::VectorNumber { fixed, items }),
    ]
}

fn plan(leaf: BoxedStrategy<Node<'static>>) -> impl Strategy<Value = Plan> {
    prop_oneof![
        4 => scalar().prop_map(Plan::Value),
        2 => any::<usize>().prop_map(Plan::Node),
        1 => leaf.prop_map(Plan::Leaf),
    ]
}

fn graph(
    kinds: std::ops::Range<u8>,
    leaf: BoxedStrategy<Node<'static>>,
) -> impl Strategy<Value = Vec<NodePlan>> {
    let members = prop::collection::vec((text(), plan(leaf.clone())), 0..4).boxed();
    let items = prop::collection::vec(plan(leaf.clone()), 0..5);
    let alias = prop_oneof![Just(String::new()), "[a-z]{1,3}(\\.[A-Z][a-z]{1,3})?"];
    let node = (
        kinds,
        alias,
        any::<bool>(),
        members.clone(),
        members,
        items,
        leaf,
    );
    let node = node.prop_map(|(kind, alias, flag, sealed, named, items, leaf)| NodePlan {
        kind,
        alias,
        flag,
        sealed,
        named,
        items,
        leaf,
    });
    prop::collection::vec(node, 1..20)
}

/// Builds the graph of some plans, whose first node is the value.
fn build(plans: &[NodePlan]) -> (Graph<'static>, Value<'static>) {
    let mut graph = Graph::new();
    let places: Vec<NodeId> = plans.iter().map(|_| graph.add(Node::Date(0.0))).collect();
    for (plan, place) in plans.iter().zip(&places) {
        let mut value = |plan: &Plan| match plan {
            Plan::Value(value) => value.clone(),
            Plan::Leaf(node) => Value::Node(graph.add(node.clone())),
            Plan::Node(number) => Value::Node(places[number % places.len()]),
        };
        let mut names = Vec::new();
        let mut members = |members: &[(String, Plan)]| -> Vec<(Cow<'static, str>, Value<'static>)> {
            let new = members.iter().filter(|(name, _)| {
                let new = !names.contains(name);
                names.push(name.clone());
                new
            });
            new.map(|(name, plan)| (Cow::Owned(name.clone()), value(plan)))
                .collect()
        };
        let sealed = members(&plan.sealed);
        let named = members(&plan.named);
        let items: Vec<Value<'static>> = plan.items.iter().map(value).collect();
        let alias = Cow::Owned(plan.alias.clone());
        let node = match plan.kind {
            0 => Node::Array(Array {
                dense: items,
                named: Vec::new(),
            }),
            1 => Node::Array(Array {
                dense: Vec::new(),
                named,
            }),
            2 => {
                let traits = graph.add_traits(Traits {
                    alias,
                    dynamic: true,
                    sealed: Vec::new(),
                });
                Node::Object(Object {
                    traits,
                    values: Vec::new(),
                    dynamic: named,
                })
            }
            3 => Node::Array(Array {
                dense: items,
                named,
            }),
            4 => {
                let (sealed, values) = sealed.into_iter().unzip();
                let traits = graph.add_traits(Traits {
                    alias,
                    dynamic: plan.flag,
                    sealed,
                });
                Node::Object(Object {
                    traits,
                    values,
                    dynamic: if plan.flag { named } else { Vec::new() },
                })
            }
            5 => Node::VectorObject {
                fixed: plan.flag,
                class: alias,
                items,
            },
            6 => Node::Dictionary {
                weak: plan.flag,
                entries: items
                    .iter()
                    .cloned()
                    .zip(items.iter().rev().cloned())
                    .collect(),
            },
            7 => {
                let alias = Cow::Borrowed("flex.messaging.io.ArrayCollection");
                let source = items.into_iter().next().unwrap_or(Value::Null);
                Node::External(External {
                    alias,
                    members: vec![(Cow::Borrowed("source"), source)],
                })
            }
            _ => plan.leaf.clone(),
        };
        *graph.node_mut(*place) = node;
    }
    (graph, Value::Node(places[0]))
}

proptest! {
    #[test]
    fn amf3_keeps_any_value(plans in graph(0..9, leaf().boxed())) {
        let (graph, value) = build(&plans);
        let bytes = bodies::write_amf3(&graph, &value).expect("a value");
        let (again, root) = bodies::read_amf3(&bytes);
        bodies::assert_same(Encoding::Amf3, (&graph, &value), (&again, &root));
        bodies::amf3_value(&bytes);
    }

    #[test]
    fn amf0_keeps_what_it_can_say(plans in graph(0..3, date().boxed())) {
        let (graph, value) = build(&plans);
        let bytes = bodies::write_amf0(&graph, &value).expect("a value");
        let (again, root) = bodies::read_amf0(&bytes);
        bodies::assert_same(Encoding::Amf0, (&graph, &value), (&again, &root));
        bodies::amf0_value(&bytes);
    }

    #[test]
    fn any_bytes_are_a_value_or_an_error(bytes in prop::collection::vec(prop_oneof![0_u8..0x14, any::<u8>()], 0..200)) {
        bodies::amf0_value(&bytes);
        bodies::amf3_value(&bytes);
        bodies::canonical_text(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn damaged_bytes_are_a_value_or_an_error(
        plans in graph(0..9, leaf().boxed()),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let (graph, value) = build(&plans);
        let mut bytes = bodies::write_amf3(&graph, &value).expect("a value");
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bodies::amf3_value(&bytes);
        bytes.insert(0, 0x11);
        bodies::amf0_value(&bytes);
    }
}

/// The seeds of the fuzz targets, which are whole values.
#[test]
fn the_corpus_holds() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let seeds = |target: &str| -> Vec<Vec<u8>> {
        let folder = std::fs::read_dir(corpus.join(target)).expect("a folder for each target");
        folder
            .map(|entry| std::fs::read(entry.expect("readable").path()).expect("readable"))
            .collect()
    };
    for seed in seeds("amf0_value") {
        println!("{seed:02x?}");
        bodies::read_amf0(&seed);
        bodies::amf0_value(&seed);
    }
    for seed in seeds("amf3_value") {
        println!("{seed:02x?}");
        bodies::read_amf3(&seed);
        bodies::amf3_value(&seed);
    }
    for seed in seeds("canonical_text") {
        let text = String::from_utf8(seed).expect("text");
        canonical::from_text(&text).expect("a value");
        bodies::canonical_text(&text);
    }
}
