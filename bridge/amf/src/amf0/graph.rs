//! Writes values of a graph without recursion: shared nodes again each time, or by reference.

use std::borrow::Cow;

use super::marker;
use super::writer::Writer;
use crate::error::WriteError;
use crate::external;
use crate::sink::DEPTH;
use crate::value::{Graph, Node, NodeId, Value};

impl Writer {
    /// Writes a value and all that hangs on it; the place for it is accounted for.
    pub(super) fn put_graph(
        &mut self,
        graph: &Graph<'_>,
        value: &Value<'_>,
    ) -> Result<(), WriteError> {
        if self.references {
            self.seen.begin(graph.len());
        }
        let mut steps = Vec::new();
        self.put_value(graph, value, &mut steps)?;
        while let Some(step) = steps.last_mut() {
            let Some(part) = self.next_part(graph, step)? else {
                steps.pop();
                continue;
            };
            self.put_value(graph, part, &mut steps)?;
            self.check()?;
        }
        self.check()
    }

    fn put_value<'g, 'a>(
        &mut self,
        graph: &'g Graph<'a>,
        value: &'g Value<'a>,
        steps: &mut Vec<Step<'g, 'a>>,
    ) -> Result<(), WriteError> {
        match value {
            Value::Undefined => self.out.push(marker::UNDEFINED),
            Value::Null => self.out.push(marker::NULL),
            Value::Bool(value) => self.put_bool(*value),
            Value::Int(value) => self.put_number(f64::from(*value)),
            Value::Number(value) => self.put_number(*value),
            Value::String(text) => self.put_string(text)?,
            Value::Node(id) => match graph.node(*id) {
                Node::External(wrapper) if wrapper.members.len() == 1 => {
                    match external::unwrapped(graph, wrapper) {
                        // Never a wrapper again, so this goes one level down.
                        Some(Value::Node(id)) => self.put_node(graph, *id, steps)?,
                        Some(value) => self.put_value(graph, value, steps)?,
                        None => {
                            return Err(WriteError::Cycle {
                                path: path(graph, steps),
                            });
                        }
                    }
                }
                _ => self.put_node(graph, *id, steps)?,
            },
        }
        Ok(())
    }

    /// Writes a reference, a leaf, or the head of what holds other values, which is then a new step.
    fn put_node<'g, 'a>(
        &mut self,
        graph: &'g Graph<'a>,
        id: NodeId,
        steps: &mut Vec<Step<'g, 'a>>,
    ) -> Result<(), WriteError> {
        let node = graph.node(id);
        if self.references
            && let Some(number) = self.seen.find(id.0)
            && let Ok(number) = u16::try_from(number)
        {
            self.out.push(marker::REFERENCE);
            self.out.extend_from_slice(&number.to_be_bytes());
            return Ok(());
        }
        let number = self.objects;
        match node {
            Node::Date(millis) => {
                self.put_date(*millis);
                return Ok(());
            }
            Node::Xml(text) | Node::XmlDocument(text) => return self.put_xml(text),
            Node::ByteArray(bytes) => return self.put_bytes(bytes),
            Node::VectorInt { items, .. } => {
                self.array_head(marker::STRICT_ARRAY, items.len())?;
                items
                    .iter()
                    .for_each(|&item| self.put_number(f64::from(item)));
            }
            Node::VectorUint { items, .. } => {
                self.array_head(marker::STRICT_ARRAY, items.len())?;
                items
                    .iter()
                    .for_each(|&item| self.put_number(f64::from(item)));
            }
            Node::VectorNumber { items, .. } => {
                self.array_head(marker::STRICT_ARRAY, items.len())?;
                items.iter().for_each(|&item| self.put_number(item));
            }
            Node::Array(_)
            | Node::Object(_)
            | Node::VectorObject { .. }
            | Node::Dictionary { .. }
            | Node::External(_) => {
                if steps.iter().any(|step| step.id == id) {
                    return Err(WriteError::Cycle {
                        path: path(graph, steps),
                    });
                }
                if self.open.len() + steps.len() >= DEPTH {
                    return Err(WriteError::TooDeep { limit: DEPTH });
                }
                self.put_head(graph, node)?;
                steps.push(Step { id, node, next: 0 });
            }
        }
        if self.references {
            self.seen.insert(id.0, number);
        }
        Ok(())
    }

    fn put_head(&mut self, graph: &Graph<'_>, node: &Node<'_>) -> Result<(), WriteError> {
        match node {
            Node::Array(array) if array.named.is_empty() => {
                self.array_head(marker::STRICT_ARRAY, array.dense.len())
            }
            // The count of an array with names is its length, as Flash Player writes it.
            Node::Array(array) => self.array_head(marker::ECMA_ARRAY, array.dense.len()),
            Node::VectorObject { items, .. } => self.array_head(marker::STRICT_ARRAY, items.len()),
            Node::Object(object) => self.object_head(&graph.traits(object.traits).alias),
            Node::External(external) => self.object_head(external::full_alias(&external.alias)),
            Node::Dictionary { .. } => self.object_head(""),
            Node::Date(_) | Node::Xml(_) | Node::XmlDocument(_) | Node::ByteArray(_) => Ok(()),
            Node::VectorInt { .. } | Node::VectorUint { .. } | Node::VectorNumber { .. } => Ok(()),
        }
    }

    /// The next value of a step, after its name; `None` after what ends the step.
    fn next_part<'g, 'a>(
        &mut self,
        graph: &'g Graph<'a>,
        step: &mut Step<'g, 'a>,
    ) -> Result<Option<&'g Value<'a>>, WriteError> {
        let part = part(graph, step.node, step.next)?;
        step.next += 1;
        match part {
            Some(Part::Item(value)) => Ok(Some(value)),
            Some(Part::Named(name, value)) => {
                self.put_name(&name)?;
                Ok(Some(value))
            }
            None => {
                let ends = match step.node {
                    Node::Array(array) => !array.named.is_empty(),
                    Node::Object(_) | Node::External(_) | Node::Dictionary { .. } => true,
                    Node::VectorObject { .. }
                    | Node::Date(_)
                    | Node::Xml(_)
                    | Node::XmlDocument(_)
                    | Node::ByteArray(_) => false,
                    Node::VectorInt { .. }
                    | Node::VectorUint { .. }
                    | Node::VectorNumber { .. } => false,
                };
                if ends {
                    self.out.extend_from_slice(&marker::OBJECT_END);
                }
                Ok(None)
            }
        }
    }
}

/// A node of which some parts are still to be written.
struct Step<'g, 'a> {
    id: NodeId,
    node: &'g Node<'a>,
    next: usize,
}

/// A value within another.
enum Part<'g, 'a> {
    Named(Cow<'g, str>, &'g Value<'a>),
    Item(&'g Value<'a>),
}

fn part<'g, 'a>(
    graph: &'g Graph<'a>,
    node: &'g Node<'a>,
    index: usize,
) -> Result<Option<Part<'g, 'a>>, WriteError> {
    let named =
        |(name, value): &'g (Cow<'a, str>, Value<'a>)| Part::Named(Cow::Borrowed(name), value);
    Ok(match node {
        Node::Array(array) if array.named.is_empty() => array.dense.get(index).map(Part::Item),
        Node::Array(array) => match array.dense.get(index) {
            Some(value) => Some(Part::Named(Cow::Owned(index.to_string()), value)),
            None => array.named.get(index - array.dense.len()).map(named),
        },
        Node::Object(object) => {
            let sealed = &graph.traits(object.traits).sealed;
            match sealed.get(index) {
                Some(name) => Some(Part::Named(
                    Cow::Borrowed(name),
                    object.values.get(index).unwrap_or(&Value::Undefined),
                )),
                None => object.dynamic.get(index - sealed.len()).map(named),
            }
        }
        Node::VectorObject { items, .. } => items.get(index).map(Part::Item),
        Node::Dictionary { entries, .. } => match entries.get(index) {
            Some((key, value)) => Some(Part::Named(key_text(key)?, value)),
            None => None,
        },
        Node::External(external) => external
            .members
            .get(index)
            .map(|(name, value)| Part::Named(Cow::Borrowed(name), value)),
        Node::Date(_) | Node::Xml(_) | Node::XmlDocument(_) | Node::ByteArray(_) => None,
        Node::VectorInt { .. } | Node::VectorUint { .. } | Node::VectorNumber { .. } => None,
    })
}

/// The key of a dictionary as ActionScript turns it into text.
fn key_text<'g>(key: &'g Value<'_>) -> Result<Cow<'g, str>, WriteError> {
    Ok(match key {
        Value::Undefined => Cow::Borrowed("undefined"),
        Value::Null => Cow::Borrowed("null"),
        Value::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        Value::Int(value) => Cow::Owned(value.to_string()),
        Value::Number(value) => Cow::Owned(number_text(*value)),
        Value::String(text) => Cow::Borrowed(text),
        Value::Node(_) => {
            return Err(WriteError::Unrepresentable {
                what: "a dictionary with an object as key".to_owned(),
                encoding: "AMF0",
            });
        }
    })
}

/// A number as ECMAScript writes it (ECMA-262 §6.1.6.1.20).
fn number_text(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 {
            "Infinity".to_owned()
        } else {
            "-Infinity".to_owned()
        }
    } else if value == 0.0 {
        "0".to_owned()
    } else if (1e-6..1e21).contains(&size) {
        value.to_string()
    } else {
        let text = format!("{value:e}");
        if size >= 1.0 {
            text.replace('e', "e+")
        } else {
            text
        }
    }
}

/// Where the writer stands, as `a.b[2]`.
fn path(graph: &Graph<'_>, steps: &[Step<'_, '_>]) -> String {
    let mut path = String::new();
    for step in steps {
        let index = step.next.saturating_sub(1);
        match part(graph, step.node, index) {
            Ok(Some(Part::Named(name, _))) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&name);
            }
            Ok(Some(Part::Item(_)) | None) | Err(_) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_ecmascript() {
        for (number, text) in [
            (5.0, "5"),
            (-0.0, "0"),
            (0.1, "0.1"),
            (1e21, "1e+21"),
            (1.5e-7, "1.5e-7"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }
}
