//! What differs between two values: types, classes and contents, with the path of each place.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use footbridge_amf::{Array, Graph, Node, NodeId, Value, canonical};

/// What is no difference.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tolerance {
    /// Fields that may differ: a name stands for every field of that name, a path (`lines[].addedAt`) for that place.
    pub(crate) ignore: Vec<String>,
    /// Dates this near are equal.
    pub(crate) dates: Duration,
}

/// One place where two values differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The place, as `lines[2].price`; empty for the value itself.
    pub(crate) path: String,
    /// What stands there on the left, shortly.
    pub(crate) left: String,
    /// What stands there on the right, shortly.
    pub(crate) right: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() {
            "the value"
        } else {
            &self.path
        };
        write!(f, "{path}: {} | {}", self.left, self.right)
    }
}

/// A value and the graph it lives in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side<'s, 'a> {
    pub(crate) graph: &'s Graph<'a>,
    pub(crate) value: &'s Value<'a>,
}

/// Finds the differences, the first [`MOST`] of them. Types count (`1` is not `1.0`), and so do class aliases; the
/// order of an object's members and whether they are sealed do not.
pub(crate) fn differences(
    left: Side<'_, '_>,
    right: Side<'_, '_>,
    tolerance: &Tolerance,
) -> Vec<Difference> {
    let mut comparison = Comparison {
        left: left.graph,
        right: right.graph,
        tolerance,
        // Places still to be compared, not a recursion: values nest as deep as the sender likes, and hold themselves.
        open: vec![Pair {
            left: Some(left.value.clone()),
            right: Some(right.value.clone()),
            path: Rc::new(Path::Root),
        }],
        compared: HashSet::new(),
        found: Vec::new(),
    };
    while let Some(pair) = comparison.open.pop() {
        if comparison.found.len() == MOST {
            break;
        }
        comparison.compare(&pair);
    }
    comparison.found
}

/// More differences than this tell nobody more.
pub(crate) const MOST: usize = 50;

struct Comparison<'s, 'l, 'r> {
    left: &'s Graph<'l>,
    right: &'s Graph<'r>,
    tolerance: &'s Tolerance,
    open: Vec<Pair<'l, 'r>>,
    compared: HashSet<(NodeId, NodeId)>,
    found: Vec<Difference>,
}

/// One place, with what stands there on each side; `None` where the side has no such place.
struct Pair<'l, 'r> {
    left: Option<Value<'l>>,
    right: Option<Value<'r>>,
    path: Rc<Path>,
}

#[derive(Debug)]
enum Path {
    Root,
    Member(Rc<Self>, String),
    Item(Rc<Self>, usize),
}

impl<'l, 'r> Comparison<'_, 'l, 'r> {
    fn compare(&mut self, pair: &Pair<'l, 'r>) {
        if self.is_ignored(&pair.path) {
            return;
        }
        let (Some(left), Some(right)) = (&pair.left, &pair.right) else {
            return self.differ(pair);
        };
        match (left, right) {
            (Value::Node(left), Value::Node(right)) => {
                if self.compared.insert((*left, *right))
                    && !self.open_nodes(*left, *right, &pair.path)
                {
                    self.differ(pair);
                }
            }
            _ if scalars_equal(left, right) => {}
            _ => self.differ(pair),
        }
    }

    /// Opens the parts of two nodes of the same kind; `false` where they differ as such.
    fn open_nodes(&mut self, left: NodeId, right: NodeId, path: &Rc<Path>) -> bool {
        let (left_graph, right_graph) = (self.left, self.right);
        match (left_graph.node(left), right_graph.node(right)) {
            (Node::Array(one), Node::Array(other)) => {
                let (left, right) = (Value::Node(left), Value::Node(right));
                let (Some(items), Some(others)) =
                    (left_graph.list(&left), right_graph.list(&right))
                else {
                    self.open_items(&one.dense, &other.dense, path);
                    self.open_members(named(one), named(other), path);
                    return true;
                };
                self.open_items(&items, &others, path);
                true
            }
            (Node::Object(one), Node::Object(other)) => {
                let (traits, others) = (
                    left_graph.traits(one.traits),
                    right_graph.traits(other.traits),
                );
                if traits.alias != others.alias {
                    return false;
                }
                let sealed = traits.sealed.iter().zip(&one.values);
                let dynamic = one.dynamic.iter().map(|(name, value)| (name, value));
                let members = sealed
                    .chain(dynamic)
                    .map(|(name, value)| (name.to_string(), value.clone()))
                    .collect();
                let sealed = others.sealed.iter().zip(&other.values);
                let dynamic = other.dynamic.iter().map(|(name, value)| (name, value));
                let others = sealed
                    .chain(dynamic)
                    .map(|(name, value)| (name.to_string(), value.clone()))
                    .collect();
                self.open_members(members, others, path);
                true
            }
            (Node::External(one), Node::External(other)) => {
                if one.alias != other.alias {
                    return false;
                }
                let members = one
                    .members
                    .iter()
                    .map(|(name, value)| (name.to_string(), value.clone()))
                    .collect();
                let others = other
                    .members
                    .iter()
                    .map(|(name, value)| (name.to_string(), value.clone()))
                    .collect();
                self.open_members(members, others, path);
                true
            }
            (
                Node::Dictionary { weak, entries },
                Node::Dictionary {
                    weak: other,
                    entries: others,
                },
            ) => {
                let key = |graph: &Graph<'_>, key: &Value<'_>| {
                    text(graph, key).unwrap_or_else(|| "(a deep key)".to_owned())
                };
                let entries = entries
                    .iter()
                    .map(|(name, value)| (key(left_graph, name), value.clone()))
                    .collect();
                let others = others
                    .iter()
                    .map(|(name, value)| (key(right_graph, name), value.clone()))
                    .collect();
                self.open_members(entries, others, path);
                weak == other
            }
            (
                Node::VectorObject {
                    fixed,
                    class,
                    items,
                },
                Node::VectorObject {
                    fixed: other,
                    class: other_class,
                    items: others,
                },
            ) => {
                self.open_items(items, others, path);
                (fixed, class) == (other, other_class)
            }
            (
                Node::VectorInt { fixed, items },
                Node::VectorInt {
                    fixed: other,
                    items: others,
                },
            ) => (fixed, items) == (other, others),
            (
                Node::VectorUint { fixed, items },
                Node::VectorUint {
                    fixed: other,
                    items: others,
                },
            ) => (fixed, items) == (other, others),
            (
                Node::VectorNumber { fixed, items },
                Node::VectorNumber {
                    fixed: other,
                    items: others,
                },
            ) => {
                let equal =
                    |(one, other): (&f64, &f64)| one.to_bits() == other.to_bits() || one == other;
                fixed == other && items.len() == others.len() && items.iter().zip(others).all(equal)
            }
            (Node::Date(one), Node::Date(other)) => {
                let tolerance = self.tolerance.dates.as_secs_f64() * 1_000.0;
                (one - other).abs() <= tolerance || (one.is_nan() && other.is_nan())
            }
            (Node::Xml(one), Node::Xml(other))
            | (Node::XmlDocument(one), Node::XmlDocument(other)) => one == other,
            (Node::ByteArray(one), Node::ByteArray(other)) => one == other,
            _ => false,
        }
    }

    /// Opens items in reverse, so that they are compared in order.
    fn open_items(&mut self, left: &[Value<'l>], right: &[Value<'r>], path: &Rc<Path>) {
        for index in (0..left.len().max(right.len())).rev() {
            let path = Rc::new(Path::Item(Rc::clone(path), index));
            self.open.push(Pair {
                left: left.get(index).cloned(),
                right: right.get(index).cloned(),
                path,
            });
        }
    }

    fn open_members(&mut self, left: Members<'l>, mut right: Members<'r>, path: &Rc<Path>) {
        let mut pairs: Vec<_> = left
            .into_iter()
            .map(|(name, value)| {
                let other = right.remove(&name);
                (name, Some(value), other)
            })
            .collect();
        pairs.extend(
            right
                .into_iter()
                .map(|(name, value)| (name, None, Some(value))),
        );
        for (name, left, right) in pairs.into_iter().rev() {
            self.open.push(Pair {
                left,
                right,
                path: Rc::new(Path::Member(Rc::clone(path), name)),
            });
        }
    }

    fn differ(&mut self, pair: &Pair<'_, '_>) {
        self.found.push(Difference {
            path: pair.path.to_string(),
            left: pair
                .left
                .as_ref()
                .map_or_else(|| "nothing".to_owned(), |value| shortly(self.left, value)),
            right: pair
                .right
                .as_ref()
                .map_or_else(|| "nothing".to_owned(), |value| shortly(self.right, value)),
        });
    }

    fn is_ignored(&self, path: &Path) -> bool {
        self.tolerance.ignore.iter().any(|ignored| match path {
            Path::Member(_, name) if !ignored.contains(['.', '[']) => name == ignored,
            Path::Root | Path::Member(..) | Path::Item(..) => path.pattern() == *ignored,
        })
    }
}

/// Members by name; of equal names the last counts, as for every reader.
type Members<'a> = BTreeMap<String, Value<'a>>;

fn named<'a>(array: &Array<'a>) -> Members<'a> {
    array
        .named
        .iter()
        .map(|(name, value)| (name.to_string(), value.clone()))
        .collect()
}

fn scalars_equal(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Number(one), Value::Number(other)) => {
            one.to_bits() == other.to_bits() || (one.is_nan() && other.is_nan())
        }
        (one, other) => one == other,
    }
}

/// A value in some words: scalars as JSON, of everything else what it is and how much.
fn shortly(graph: &Graph<'_>, value: &Value<'_>) -> String {
    let Value::Node(id) = value else {
        let mut text = text(graph, value).unwrap_or_default();
        if let Some((end, _)) = text.char_indices().nth(LONGEST) {
            text.truncate(end);
            text.push('…');
        }
        return text;
    };
    match graph.node(*id) {
        Node::Array(array) => format!("array of {}", array.dense.len() + array.named.len()),
        Node::Object(object) => match graph.traits(object.traits).alias.as_ref() {
            "" => "anonymous object".to_owned(),
            alias => format!("object of {alias}"),
        },
        Node::External(external) => format!("object of {}", external.alias),
        Node::Date(millis) => text(graph, value).unwrap_or_else(|| millis.to_string()),
        Node::Xml(text) => format!("XML of {} bytes", text.len()),
        Node::XmlDocument(text) => format!("XML document of {} bytes", text.len()),
        Node::ByteArray(bytes) => format!("{} bytes", bytes.len()),
        Node::VectorInt { items, .. } => format!("vector of {} int", items.len()),
        Node::VectorUint { items, .. } => format!("vector of {} uint", items.len()),
        Node::VectorNumber { items, .. } => format!("vector of {} Number", items.len()),
        Node::VectorObject { items, class, .. } => format!("vector of {} {class}", items.len()),
        Node::Dictionary { entries, .. } => format!("dictionary of {}", entries.len()),
    }
}

/// Canonical JSON in one line; `None` for what is nested too deeply.
fn text(graph: &Graph<'_>, value: &Value<'_>) -> Option<String> {
    canonical::to_text(graph, value, canonical::Encoding::Amf3).ok()
}

/// Letters of a text that are shown.
const LONGEST: usize = 60;

impl Path {
    /// The path with `[]` for every index.
    fn pattern(&self) -> String {
        self.text(|_| "[]".to_owned())
    }

    fn text(&self, item: impl Fn(usize) -> String) -> String {
        let mut parts = Vec::new();
        let mut here = self;
        loop {
            here = match here {
                Self::Root => break,
                Self::Member(parent, name) => {
                    let dot = if matches!(**parent, Self::Root) {
                        ""
                    } else {
                        "."
                    };
                    parts.push(format!("{dot}{name}"));
                    parent
                }
                Self::Item(parent, index) => {
                    parts.push(item(*index));
                    parent
                }
            };
        }
        parts.reverse();
        parts.concat()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(|index| format!("[{index}]")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn compare(left: &Json, right: &Json, tolerance: &Tolerance) -> Vec<String> {
        let (left_graph, left) = canonical::from_json(left).unwrap();
        let (right_graph, right) = canonical::from_json(right).unwrap();
        let left = Side {
            graph: &left_graph,
            value: &left,
        };
        let right = Side {
            graph: &right_graph,
            value: &right,
        };
        differences(left, right, tolerance)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    fn strictly(left: Json, right: Json) -> Vec<String> {
        compare(&left, &right, &Tolerance::default())
    }

    #[test]
    fn the_order_of_members_is_no_difference() {
        assert_eq!(
            strictly(json!({"a": 1, "b": [2]}), json!({"b": [2], "a": 1})),
            [""; 0]
        );
    }

    #[test]
    fn a_difference_names_its_place() {
        let found = strictly(
            json!({"lines": [{"price": "9.95"}]}),
            json!({"lines": [{"price": "9.9"}, {}]}),
        );
        assert_eq!(
            found,
            [
                r#"lines[0].price: "9.95" | "9.9""#,
                "lines[1]: nothing | anonymous object"
            ]
        );
    }

    #[test]
    fn types_and_classes_count() {
        assert_eq!(strictly(json!(1), json!("1")), [r#"the value: 1 | "1""#]);
        let found = strictly(
            json!([{"$class": "a.B", "id": 1}]),
            json!([{"$class": "a.C", "id": 1}]),
        );
        assert_eq!(found, ["[0]: object of a.B | object of a.C"]);
    }

    #[test]
    fn named_fields_and_places_are_ignored() {
        let left = json!([{"id": 1, "at": 5, "x": {"at": 5}}]);
        let right = json!([{"id": 1, "at": 6, "x": {"at": 6}}]);
        let ignoring = |name: &str| Tolerance {
            ignore: vec![name.to_owned()],
            ..Tolerance::default()
        };
        assert_eq!(compare(&left, &right, &ignoring("at")), [""; 0]);
        assert_eq!(
            compare(&left, &right, &ignoring("[].at")),
            ["[0].x.at: 5 | 6"]
        );
    }

    #[test]
    fn dates_may_differ_by_the_tolerance() {
        let left = json!({"$date": "2026-11-20T09:30:00.000Z"});
        let right = json!({"$date": "2026-11-20T09:30:00.900Z"});
        assert_eq!(strictly(left.clone(), right.clone()).len(), 1);
        let tolerance = Tolerance {
            dates: Duration::from_secs(1),
            ..Tolerance::default()
        };
        assert_eq!(compare(&left, &right, &tolerance), [""; 0]);
    }

    #[test]
    fn a_value_that_holds_itself_is_compared_once() {
        let cycle = || {
            let mut graph = Graph::new();
            let id = graph.add(Node::Array(Array::default()));
            let Node::Array(array) = graph.node_mut(id) else {
                unreachable!("just added")
            };
            array.dense.push(Value::Node(id));
            (graph, Value::Node(id))
        };
        let ((one_graph, one), (other_graph, other)) = (cycle(), cycle());
        let one = Side {
            graph: &one_graph,
            value: &one,
        };
        let other = Side {
            graph: &other_graph,
            value: &other,
        };
        assert_eq!(differences(one, other, &Tolerance::default()), []);
    }
}
