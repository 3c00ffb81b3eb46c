//! What is shown of a call: its names and arguments, but for secrets and for more than is asked for.

use std::collections::HashSet;

use footbridge_amf::{Graph, Node, NodeId, Value};
use footbridge_mapping::model::{Operation, Plan};

use crate::call::Call;

/// The arguments of a call but those that are secrets or may hold some. Of an operation that nobody knows, none.
pub(super) fn arguments(call: &Call, operation: Option<&Operation>) -> Vec<Option<Value<'static>>> {
    let values = &call.arguments.values;
    let Some(operation) = operation else {
        return vec![None; values.len()];
    };
    // One object may hold all arguments by name.
    let together = values.len() == 1;
    values
        .iter()
        .enumerate()
        .map(|(position, value)| (!hidden(operation, position, together)).then(|| value.clone()))
        .collect()
}

fn hidden(operation: &Operation, position: usize, together: bool) -> bool {
    match &operation.plan {
        // Overloads stand one deep.
        Plan::Overloads(overloads) => overloads
            .iter()
            .any(|overload| hidden(overload, position, together)),
        Plan::Step(_) => operation
            .arguments
            .iter()
            .enumerate()
            .filter(|(index, _)| together || *index == position)
            .any(|(_, argument)| operation.scope.holds_a_secret(&argument.slot.kind)),
    }
}

/// The graph with the first `most` items of each list in these values; where there are more, a text says how many.
pub(super) fn shortened<'v>(
    graph: &Graph<'static>,
    values: impl Iterator<Item = &'v Value<'static>>,
    most: usize,
) -> Graph<'static> {
    let mut graph = graph.clone();
    let mut seen = HashSet::new();
    let mut open: Vec<NodeId> = values.filter_map(node).collect();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let node = graph.node_mut(id);
        shorten(node, most);
        open.extend(parts(node));
    }
    graph
}

fn shorten(node: &mut Node<'static>, most: usize) {
    let more = |length: usize| Value::String(format!("and {} more", length - most).into());
    match node {
        Node::Array(array) => {
            let (dense, named) = (array.dense.len(), array.named.len());
            if dense > most {
                array.dense.truncate(most);
                array.dense.push(more(dense));
            }
            if named > most {
                array.named.truncate(most);
                array.named.push(("".into(), more(named)));
            }
        }
        Node::VectorInt { items, .. } => items.truncate(most),
        Node::VectorUint { items, .. } => items.truncate(most),
        Node::VectorNumber { items, .. } => items.truncate(most),
        Node::VectorObject { items, .. } => items.truncate(most),
        Node::Object(_)
        | Node::Date(_)
        | Node::Xml(_)
        | Node::XmlDocument(_)
        | Node::ByteArray(_)
        | Node::Dictionary { .. }
        | Node::External(_) => {}
    }
}

/// The nodes that stand in a node.
fn parts(of: &Node<'static>) -> Vec<NodeId> {
    match of {
        Node::Array(array) => {
            let named = array.named.iter().map(|(_, value)| value);
            array.dense.iter().chain(named).filter_map(node).collect()
        }
        Node::Object(object) => {
            let dynamic = object.dynamic.iter().map(|(_, value)| value);
            object
                .values
                .iter()
                .chain(dynamic)
                .filter_map(node)
                .collect()
        }
        Node::VectorObject { items, .. } => items.iter().filter_map(node).collect(),
        Node::Dictionary { entries, .. } => entries
            .iter()
            .flat_map(|(key, value)| [key, value])
            .filter_map(node)
            .collect(),
        Node::External(external) => {
            let members = external.members.iter().map(|(_, value)| value);
            members.filter_map(node).collect()
        }
        Node::Date(_)
        | Node::Xml(_)
        | Node::XmlDocument(_)
        | Node::ByteArray(_)
        | Node::VectorInt { .. }
        | Node::VectorUint { .. }
        | Node::VectorNumber { .. } => Vec::new(),
    }
}

fn node(value: &Value<'static>) -> Option<NodeId> {
    match value {
        Value::Node(id) => Some(*id),
        _ => None,
    }
}

/// A client's text, as long as it may be shown.
pub(super) fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(LONGEST)].to_owned()
}

/// Bytes of a name that are shown.
const LONGEST: usize = 200;

#[cfg(test)]
mod tests {
    use footbridge_amf::Array;
    use footbridge_amf::canonical::{self, Encoding};

    use super::*;

    #[test]
    fn each_list_is_shortened_wherever_it_stands() {
        let mut graph = Graph::new();
        let numbers = |count: u32| Array {
            dense: (0..count).map(|at| Value::Number(at.into())).collect(),
            named: Vec::new(),
        };
        let short = graph.add(Node::Array(numbers(2)));
        let long = graph.add(Node::Array(numbers(5)));
        let map = graph.add(Node::Array(Array {
            dense: Vec::new(),
            named: vec![
                ("short".into(), Value::Node(short)),
                ("long".into(), Value::Node(long)),
            ],
        }));
        let shown = shortened(&graph, [Value::Node(map)].iter(), 2);
        let shown = canonical::to_json(&shown, &Value::Node(map), Encoding::Amf3).unwrap();
        assert_eq!(
            shown.to_string(),
            r#"{"$array":[],"short":[0.0,1.0],"long":[0.0,1.0,"and 3 more"]}"#
        );
    }

    #[test]
    fn a_list_that_holds_itself_ends() {
        let mut graph = Graph::new();
        let own = graph.add(Node::Array(Array::default()));
        *graph.node_mut(own) = Node::Array(Array {
            dense: vec![Value::Node(own); 3],
            named: Vec::new(),
        });
        let shown = shortened(&graph, [Value::Node(own)].iter(), 1);
        let Node::Array(array) = shown.node(own) else {
            panic!("an array")
        };
        assert_eq!(array.dense.len(), 2);
    }
}
