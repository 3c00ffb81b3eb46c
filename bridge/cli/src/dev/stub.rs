//! A mapping to paste for a call that no mapping knows.

use std::collections::VecDeque;

use footbridge_amf::{Graph, Node, NodeId, Value};
use indexmap::IndexMap;
use serde_json::Value as Json;

use crate::printable;
use crate::yaml::scalar;

/// A mapping for a call that no mapping knows, its arguments typed from what came.
///
/// ```yaml
/// service: com.acme.Shop
///
/// types:
///   Item:
///     id: int
///     name: string
///
/// operations:
///   save:
///     args:
///       item: Item
///     fault: {code: Server.NotMapped, message: save has no backend yet}
/// ```
pub(super) fn stub(
    service: &str,
    operation: &str,
    graph: &Graph<'_>,
    values: &[Value<'_>],
) -> String {
    let mut types = Types {
        package: service.rsplit_once('.').map_or("", |(package, _)| package),
        ..Types::default()
    };
    let mut arguments = Vec::new();
    for (number, value) in (1..).zip(values) {
        let kind = types.of(graph, value);
        let name = match value {
            Value::Node(id) if types.names.contains_key(id) => lower_first(&kind),
            _ => String::new(),
        };
        let name = if name.is_empty() || RESERVED.contains(&name.as_str()) {
            format!("argument{number}")
        } else {
            name
        };
        arguments.push((name, kind));
    }
    // Two arguments of one type are not one argument.
    for index in 0..arguments.len() {
        let (before, rest) = arguments.split_at_mut(index);
        if let Some((name, _)) = rest.first_mut()
            && before.iter().any(|(other, _)| other == name)
        {
            name.push_str(&(index + 1).to_string());
        }
    }
    types.describe_all(graph);

    let mut text = format!("service: {}\n", scalar(service));
    let foreign: Vec<_> = types
        .aliases
        .iter()
        .filter(|(name, alias)| **alias != types.default_alias(name))
        .collect();
    if !foreign.is_empty() {
        text.push_str("\naliases:\n");
        for (name, alias) in foreign {
            text.push_str(&format!("  {name}: {}\n", scalar(alias)));
        }
    }
    if !types.fields.is_empty() {
        text.push_str("\ntypes:\n");
        for (name, fields) in &types.fields {
            text.push_str(&format!("  {name}:\n"));
            for (field, kind) in fields {
                text.push_str(&format!("    {}: {kind}\n", scalar(field)));
            }
        }
    }
    text.push_str(&format!("\noperations:\n  {}:\n", scalar(operation)));
    if !arguments.is_empty() {
        text.push_str("    args:\n");
        for (name, kind) in &arguments {
            text.push_str(&format!("      {name}: {kind}\n"));
        }
    }
    text.push_str(&format!(
        "    fault: {{code: Server.NotMapped, message: {}}}\n",
        printable::json(Json::from(format!("{operation} has no backend yet")).to_string())
    ));
    text
}

/// The types seen in a call.
#[derive(Default)]
struct Types<'s> {
    package: &'s str,
    /// Name of the type of each typed object that was met.
    names: IndexMap<NodeId, String>,
    /// Objects whose fields are still to be described.
    open: VecDeque<NodeId>,
    aliases: IndexMap<String, String>,
    fields: IndexMap<String, IndexMap<String, String>>,
}

impl Types<'_> {
    /// The type of a value, as a slot says it. Objects are described later, by [`Types::describe_all`].
    fn of(&mut self, graph: &Graph<'_>, value: &Value<'_>) -> String {
        let value = graph.peel(value);
        if let Some(items) = graph.list(&value) {
            return self.of_list(graph, &items);
        }
        self.of_single(graph, &value)
    }

    fn of_list(&mut self, graph: &Graph<'_>, items: &[Value<'_>]) -> String {
        let mut kinds: Vec<_> = items
            .iter()
            .take(MOST_ITEMS)
            .map(|item| {
                if graph.list(item).is_some() {
                    "any".to_owned()
                } else {
                    self.of_single(graph, item)
                }
            })
            .collect();
        kinds.dedup();
        match &kinds[..] {
            [only] if only != "any" => format!("{only}[]"),
            _ if kinds.iter().all(|kind| kind == "int" || kind == "number")
                && !kinds.is_empty() =>
            {
                "number[]".to_owned()
            }
            _ => "any[]".to_owned(),
        }
    }

    fn of_single(&mut self, graph: &Graph<'_>, value: &Value<'_>) -> String {
        let word = match value {
            Value::Undefined | Value::Null => "any",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            // AMF0 has no integers, so a whole number is likely to be one.
            Value::Number(number)
                if number.fract() == 0.0 && number.abs() <= f64::from(i32::MAX) =>
            {
                "int"
            }
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Node(id) => match graph.node(*id) {
                Node::Date(_) => "date",
                Node::Xml(_) | Node::XmlDocument(_) => "xml",
                Node::ByteArray(_) => "bytes",
                Node::Object(object) => {
                    let alias = graph.traits(object.traits).alias.to_string();
                    return self.of_object(*id, &alias);
                }
                Node::Array(_)
                | Node::VectorInt { .. }
                | Node::VectorUint { .. }
                | Node::VectorNumber { .. }
                | Node::VectorObject { .. }
                | Node::Dictionary { .. }
                | Node::External(_) => "any",
            },
        };
        word.to_owned()
    }

    /// The name of a typed object's type: the last part of its alias.
    fn of_object(&mut self, id: NodeId, alias: &str) -> String {
        let name = alias.rsplit(['.', ':']).next().unwrap_or_default();
        let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if !is_name || RESERVED.contains(&name) || BASES.contains(&name) {
            return "any".to_owned();
        }
        if !self.names.contains_key(&id) && self.names.len() < MOST_OBJECTS {
            self.names.insert(id, name.to_owned());
            self.aliases
                .entry(name.to_owned())
                .or_insert_with(|| alias.to_owned());
            self.open.push_back(id);
        }
        name.to_owned()
    }

    /// Describes the objects that were met, and those in them.
    fn describe_all(&mut self, graph: &Graph<'_>) {
        while let Some(id) = self.open.pop_front() {
            let Node::Object(object) = graph.node(id) else {
                continue;
            };
            let traits = graph.traits(object.traits);
            let sealed = traits.sealed.iter().zip(&object.values);
            let dynamic = object.dynamic.iter().map(|(name, value)| (name, value));
            let members: Vec<_> = sealed
                .chain(dynamic)
                .take(MOST_ITEMS)
                .map(|(name, value)| (name.to_string(), self.of(graph, value)))
                .collect();
            let Some(name) = self.names.get(&id) else {
                continue;
            };
            let fields = self.fields.entry(name.clone()).or_default();
            for (field, kind) in members {
                let known = fields.entry(field).or_insert_with(|| kind.clone());
                // Another object of this type had null there.
                if known == "any" {
                    *known = kind;
                }
            }
        }
    }

    fn default_alias(&self, name: &str) -> String {
        if self.package.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.package)
        }
    }
}

/// Names that mean something else in the mapping language.
const RESERVED: &[&str] = &[
    "identity", "session", "call", "page", "reply", "fault", "or", "and", "not", "in", "is",
    "given", "true", "false", "null", "NaN", "omit",
];

/// Types that are no names of classes.
const BASES: &[&str] = &[
    "string", "int", "number", "decimal", "long", "bool", "date", "day", "time", "bytes", "xml",
    "secret", "any", "void", "hide",
];

/// Objects and items of a call that are looked at; a stub is a beginning.
const MOST_OBJECTS: usize = 100;
const MOST_ITEMS: usize = 200;

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_lowercase().to_string() + letters.as_str()
    })
}

#[cfg(test)]
mod tests {
    use footbridge_amf::canonical;
    use serde_json::json;

    use super::*;

    fn stub_of(service: &str, operation: &str, arguments: &[Json]) -> String {
        let mut graph = Graph::new();
        let values: Vec<_> = arguments
            .iter()
            .map(|json| canonical::from_json_into(&mut graph, json).unwrap())
            .collect();
        stub(service, operation, &graph, &values)
    }

    #[test]
    fn a_stub_types_scalars_and_lists() {
        let text = stub_of(
            "Shop",
            "find",
            &[
                json!("toys"),
                json!(5),
                json!(1.5),
                json!([1, 2]),
                json!(null),
            ],
        );
        let expected = "service: Shop\n\noperations:\n  find:\n    args:\n      argument1: string\n      argument2: int\n      \
                        argument3: number\n      argument4: int[]\n      argument5: any\n    \
                        fault: {code: Server.NotMapped, message: \"find has no backend yet\"}\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_stub_declares_the_types_of_objects() {
        let order = json!({"$class": "com.acme.Order", "id": 1, "lines": [{"$class": "com.acme.vo.Line", "sku": "a"}]});
        let text = stub_of("com.acme.Shop", "save", &[order]);
        let expected = "service: com.acme.Shop\n\naliases:\n  Line: com.acme.vo.Line\n\ntypes:\n  Order:\n    id: int\n    \
                        lines: Line[]\n  Line:\n    sku: string\n\noperations:\n  save:\n    args:\n      order: Order\n    \
                        fault: {code: Server.NotMapped, message: \"save has no backend yet\"}\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_stub_is_a_mapping_without_faults() {
        use footbridge_mapping::compile::{ProcessEnvironment, Project, SourceFile, compile};

        let calls: [(&str, &str, Vec<Json>); 4] = [
            (
                "Shop",
                "find",
                vec![
                    json!("toys"),
                    json!([1.5, 2]),
                    json!(null),
                    json!({"$date": "2026-11-20T09:30:00Z"}),
                ],
            ),
            (
                "com.acme.Shop",
                "save",
                vec![
                    json!({"$class": "com.acme.vo.Call", "any": 1, "$$x": 2, "a b": [3], "y": {"z": 1}}),
                ],
            ),
            (
                "Shop",
                "no",
                vec![
                    json!({"$class": "Shop", "next": {"$class": "Shop", "next": null}}),
                    json!({"$class": "date"}),
                ],
            ),
            (
                "a-b",
                "get-it",
                vec![
                    json!({"$class": "T", "to": [{"$class": "flex.T", "id": 1}]}),
                    json!({"$bytes": ""}),
                ],
            ),
        ];
        let source = |path: &str, text: &str| SourceFile::new(path, text.as_bytes());
        for (service, operation, arguments) in calls {
            let text = stub_of(service, operation, &arguments);
            let gateway = source(
                "mappings/gateway.yaml",
                "gateway: x\ndefaults: {roles: public}\n",
            );
            let files = vec![gateway, source("mappings/stub.yaml", &text)];
            let project = Project {
                root: "/nowhere".into(),
                files,
            };
            let compiled = compile(
                &project,
                &ProcessEnvironment {
                    root: "/nowhere".into(),
                },
            );
            let faults: Vec<_> = compiled
                .diagnostics
                .iter()
                .map(|fault| format!("{}: {}", fault.code, fault.message))
                .collect();
            assert!(faults.is_empty(), "{faults:#?}\n{text}");
        }
    }
}
