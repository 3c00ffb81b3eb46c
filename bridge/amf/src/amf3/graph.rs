//! Writes values of a graph, with references for nodes that appear again, and no recursion.

use std::borrow::Cow;
use std::sync::Arc;

use super::marker;
use super::writer::{Writer, count_header};
use crate::error::WriteError;
use crate::external::{self, Field, Layout, Level};
use crate::sink::{Class, DEPTH};
use crate::value::{External, Graph, Node, NodeId, Object, TraitsId, Value};

impl Writer {
    /// Writes a node and all that hangs on it; the place for it is accounted for.
    pub(super) fn put_graph(&mut self, graph: &Graph<'_>, root: NodeId) -> Result<(), WriteError> {
        self.seen.begin(graph.len());
        self.seen_traits.begin(graph.traits_len());
        let mut steps = Vec::new();
        self.put_node(graph, root, &mut steps)?;
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
            Value::Bool(false) => self.out.push(marker::FALSE),
            Value::Bool(true) => self.out.push(marker::TRUE),
            Value::Int(value) => self.put_int(*value),
            Value::Number(value) => self.put_number(*value),
            Value::String(text) => {
                self.out.push(marker::STRING);
                self.put_string(text)?;
            }
            Value::Node(id) => self.put_node(graph, *id, steps)?,
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
        if let Node::External(external) = node
            && !self.externals
        {
            return self.put_bare(graph, id, external, steps);
        }
        if let Some(number) = self.seen.find(id.0) {
            self.out.push(reference_marker(node));
            self.u29(number << 1);
            return Ok(());
        }
        self.seen.insert(id.0, self.objects);
        let step = match node {
            Node::Date(millis) => {
                self.put_date(*millis);
                return Ok(());
            }
            Node::Xml(text) => return self.put_object_slice(marker::XML, text.as_bytes()),
            Node::XmlDocument(text) => {
                return self.put_object_slice(marker::XML_DOCUMENT, text.as_bytes());
            }
            Node::ByteArray(bytes) => return self.put_object_slice(marker::BYTE_ARRAY, bytes),
            Node::VectorInt { fixed, items } => {
                let items = items.iter().map(|item| item.to_be_bytes());
                return self.put_numbers(marker::VECTOR_INT, *fixed, items);
            }
            Node::VectorUint { fixed, items } => {
                let items = items.iter().map(|item| item.to_be_bytes());
                return self.put_numbers(marker::VECTOR_UINT, *fixed, items);
            }
            Node::VectorNumber { fixed, items } => {
                let items = items.iter().map(|item| item.to_be_bytes());
                return self.put_numbers(marker::VECTOR_NUMBER, *fixed, items);
            }
            Node::Array(array) => {
                self.put_head(marker::ARRAY, array.dense.len())?;
                Step::Parts { node, next: 0 }
            }
            Node::VectorObject {
                fixed,
                class,
                items,
            } => {
                self.put_head(marker::VECTOR_OBJECT, items.len())?;
                self.out.push(u8::from(*fixed));
                self.put_string(class)?;
                Step::Parts { node, next: 0 }
            }
            Node::Dictionary { weak, entries } => {
                self.put_head(marker::DICTIONARY, entries.len())?;
                self.out.push(u8::from(*weak));
                Step::Parts { node, next: 0 }
            }
            Node::Object(object) => {
                self.put_class(graph, object.traits)?;
                Step::Parts { node, next: 0 }
            }
            Node::External(external) => {
                self.external_head(&external.alias)?;
                match external::built_in(&external.alias) {
                    Some(Layout::Small(levels)) => {
                        Step::Small(small_message(external, levels)?.into_iter())
                    }
                    Some(Layout::Values(names)) if names.len() != external.members.len() => {
                        return Err(misshapen(external));
                    }
                    Some(Layout::Values(_)) | None => Step::Parts { node, next: 0 },
                }
            }
        };
        self.push_step(step, steps)
    }

    /// An externalizable for a client that knows none: the one value it holds, or an object of its full class.
    fn put_bare<'g, 'a>(
        &mut self,
        graph: &'g Graph<'a>,
        id: NodeId,
        external: &'g External<'a>,
        steps: &mut Vec<Step<'g, 'a>>,
    ) -> Result<(), WriteError> {
        if let [(_, _)] = external.members.as_slice() {
            let Some(value) = external::unwrapped(graph, external) else {
                return Err(WriteError::Cycle {
                    path: external.alias.to_string(),
                });
            };
            // Never such an externalizable again, so this goes one level down.
            return self.put_value(graph, value, steps);
        }
        if let Some(number) = self.seen.find(id.0) {
            self.out.push(marker::OBJECT);
            self.u29(number << 1);
            return Ok(());
        }
        self.seen.insert(id.0, self.objects);
        let sealed = external
            .members
            .iter()
            .map(|(name, _)| name.to_string())
            .collect();
        let alias = external::full_alias(&external.alias).to_owned();
        self.object_head(&Arc::new(Class {
            alias,
            sealed,
            dynamic: false,
        }))?;
        self.push_step(
            Step::Parts {
                node: graph.node(id),
                next: 0,
            },
            steps,
        )
    }

    /// The next value of a step, after what stands before it; `None` after what ends the step.
    fn next_part<'g, 'a>(
        &mut self,
        graph: &'g Graph<'a>,
        step: &mut Step<'g, 'a>,
    ) -> Result<Option<&'g Value<'a>>, WriteError> {
        let (node, index) = match step {
            Step::Parts { node, next } => {
                *next += 1;
                (*node, *next - 1)
            }
            Step::Small(pieces) => return self.next_piece(pieces),
        };
        Ok(match node {
            Node::Array(array) => match array.named.get(index) {
                Some((name, value)) => {
                    self.put_name(name)?;
                    Some(value)
                }
                None => {
                    let ordinal = index - array.named.len();
                    if ordinal == 0 {
                        self.out.push(0x01);
                    }
                    array.dense.get(ordinal)
                }
            },
            Node::Object(object) => self.next_member(graph, object, index)?,
            Node::VectorObject { items, .. } => items.get(index),
            Node::Dictionary { entries, .. } => entries
                .get(index / 2)
                .map(|(key, value)| if index.is_multiple_of(2) { key } else { value }),
            Node::External(external) => external.members.get(index).map(|(_, value)| value),
            Node::Date(_) | Node::Xml(_) | Node::XmlDocument(_) | Node::ByteArray(_) => None,
            Node::VectorInt { .. } | Node::VectorUint { .. } | Node::VectorNumber { .. } => None,
        })
    }

    fn next_member<'g, 'a>(
        &mut self,
        graph: &Graph<'a>,
        object: &'g Object<'a>,
        index: usize,
    ) -> Result<Option<&'g Value<'a>>, WriteError> {
        let traits = graph.traits(object.traits);
        let Some(place) = index.checked_sub(traits.sealed.len()) else {
            return Ok(Some(object.values.get(index).unwrap_or(&Value::Undefined)));
        };
        if let Some((name, value)) = object.dynamic.get(place) {
            if !traits.dynamic {
                let what = format!(
                    "a dynamic member `{name}` of the sealed class `{}`",
                    traits.alias
                );
                return Err(WriteError::Unrepresentable {
                    what,
                    encoding: "AMF3",
                });
            }
            self.put_name(name)?;
            return Ok(Some(value));
        }
        if traits.dynamic {
            self.out.push(0x01);
        }
        Ok(None)
    }

    fn next_piece<'g, 'a>(
        &mut self,
        pieces: &mut std::vec::IntoIter<Piece<'g, 'a>>,
    ) -> Result<Option<&'g Value<'a>>, WriteError> {
        for piece in pieces {
            match piece {
                Piece::Flags(flags) => self.out.push(flags),
                Piece::Id(id) => self.put_object_slice(marker::BYTE_ARRAY, &id)?,
                Piece::Value(value) => return Ok(Some(value)),
            }
        }
        Ok(None)
    }

    fn put_class(&mut self, graph: &Graph<'_>, id: TraitsId) -> Result<(), WriteError> {
        if let Some(number) = self.seen_traits.find(id.0) {
            self.object_head_again(number);
            return Ok(());
        }
        let traits = graph.traits(id);
        let class = Class {
            alias: traits.alias.to_string(),
            sealed: traits.sealed.iter().map(Cow::to_string).collect(),
            dynamic: traits.dynamic,
        };
        let number = self.object_head(&Arc::new(class))?;
        self.seen_traits.insert(id.0, number);
        Ok(())
    }

    fn put_name(&mut self, name: &str) -> Result<(), WriteError> {
        if name.is_empty() {
            return Err(WriteError::Unrepresentable {
                what: "a dynamic member without a name".to_owned(),
                encoding: "AMF3",
            });
        }
        self.put_string(name)
    }

    fn put_head(&mut self, marker: u8, count: usize) -> Result<(), WriteError> {
        self.objects += 1;
        self.out.push(marker);
        let header = count_header(count)?;
        self.u29(header);
        Ok(())
    }

    fn put_numbers<const N: usize>(
        &mut self,
        marker: u8,
        fixed: bool,
        items: impl ExactSizeIterator<Item = [u8; N]>,
    ) -> Result<(), WriteError> {
        if items.len().saturating_mul(N) > self.limit {
            return Err(WriteError::TooLarge { limit: self.limit });
        }
        self.put_head(marker, items.len())?;
        self.out.push(u8::from(fixed));
        for item in items {
            self.out.extend_from_slice(&item);
        }
        Ok(())
    }

    fn push_step<'g, 'a>(
        &self,
        step: Step<'g, 'a>,
        steps: &mut Vec<Step<'g, 'a>>,
    ) -> Result<(), WriteError> {
        if self.open.len() + steps.len() >= DEPTH {
            return Err(WriteError::TooDeep { limit: DEPTH });
        }
        steps.push(step);
        Ok(())
    }
}

/// A node of which some parts are still to be written.
enum Step<'g, 'a> {
    /// The parts of a node from `next` on.
    Parts { node: &'g Node<'a>, next: usize },
    /// The rest of a small message.
    Small(std::vec::IntoIter<Piece<'g, 'a>>),
}

/// A piece of a small message.
enum Piece<'g, 'a> {
    Flags(u8),
    Id([u8; 16]),
    Value(&'g Value<'a>),
}

/// A small message as its levels want it: flags, then what they announce.
fn small_message<'g, 'a>(
    external: &'g External<'a>,
    levels: &[Level],
) -> Result<Vec<Piece<'g, 'a>>, WriteError> {
    let mut pieces = Vec::new();
    let mut written = 0;
    for level in levels {
        let has_id = |name: &str| {
            level
                .iter()
                .copied()
                .flatten()
                .any(|field| matches!(field, Field::Id(own) if *own == name))
        };
        let mut flags = Vec::new();
        let mut values = Vec::new();
        for fields in level.iter() {
            let mut byte = 0_u8;
            for (bit, field) in fields.iter().enumerate() {
                let (Field::Value(name) | Field::Id(name)) = field else {
                    continue;
                };
                let Some((_, value)) = external.members.iter().rev().find(|(key, _)| key == name)
                else {
                    continue;
                };
                let id = match value {
                    Value::String(text) if has_id(name) => external::id_bytes(text),
                    _ => None,
                };
                match (field, id) {
                    (Field::Id(_), Some(id)) => values.push(Piece::Id(id)),
                    (Field::Value(_), None) => values.push(Piece::Value(value)),
                    _ => continue,
                }
                byte |= 1 << bit;
            }
            flags.push(byte);
        }
        while flags.len() > 1 && flags.last() == Some(&0) {
            flags.pop();
        }
        let last = flags.len() - 1;
        pieces.extend(
            flags
                .into_iter()
                .enumerate()
                .map(|(index, byte)| Piece::Flags(if index < last { byte | 0x80 } else { byte })),
        );
        written += values.len();
        pieces.append(&mut values);
    }
    let mut names: Vec<&str> = external
        .members
        .iter()
        .map(|(name, _)| name.as_ref())
        .collect();
    names.sort_unstable();
    names.dedup();
    if written == names.len() {
        Ok(pieces)
    } else {
        Err(misshapen(external))
    }
}

#[cold]
fn misshapen(external: &External<'_>) -> WriteError {
    let what = format!(
        "a `{}` of {} members that are not its own",
        external.alias,
        external.members.len()
    );
    WriteError::Unrepresentable {
        what,
        encoding: "AMF3",
    }
}

/// The marker before a reference to `node`.
fn reference_marker(node: &Node<'_>) -> u8 {
    match node {
        Node::Array(_) => marker::ARRAY,
        Node::Object(_) | Node::External(_) => marker::OBJECT,
        Node::Date(_) => marker::DATE,
        Node::Xml(_) => marker::XML,
        Node::XmlDocument(_) => marker::XML_DOCUMENT,
        Node::ByteArray(_) => marker::BYTE_ARRAY,
        Node::VectorInt { .. } => marker::VECTOR_INT,
        Node::VectorUint { .. } => marker::VECTOR_UINT,
        Node::VectorNumber { .. } => marker::VECTOR_NUMBER,
        Node::VectorObject { .. } => marker::VECTOR_OBJECT,
        Node::Dictionary { .. } => marker::DICTIONARY,
    }
}
