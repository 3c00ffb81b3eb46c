//! A sink that keeps what is written as a graph.

use std::borrow::Cow;
use std::sync::Arc;

use hashbrown::HashMap;

use crate::amf3;
use crate::error::WriteError;
use crate::external::{self, Layout};
use crate::sink::{Class, DEPTH, Sink, VectorKind};
use crate::value::{Array, External, Graph, Node, NodeId, Object, Traits, TraitsId, Value};

/// Collects one value as a [`Graph`], for those who want to look at an answer rather than send it.
///
/// ```
/// use footbridge_amf::{GraphBuilder, Sink, Value};
///
/// let mut builder = GraphBuilder::new();
/// builder.begin_array()?;
/// builder.int(1)?;
/// builder.end()?;
/// let (graph, value) = builder.finish()?;
/// assert_eq!(graph.list(&value).as_deref(), Some(&[Value::Int(1)][..]));
/// # Ok::<(), footbridge_amf::WriteError>(())
/// ```
#[derive(Debug, Default)]
pub struct GraphBuilder {
    graph: Graph<'static>,
    open: Vec<Open>,
    classes: HashMap<Arc<Class>, TraitsId, foldhash::fast::RandomState>,
    result: Option<Value<'static>>,
}

impl GraphBuilder {
    /// A builder of an empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// The graph, and the value in it.
    ///
    /// # Errors
    /// [`WriteError::OutOfOrder`] if something was begun and not ended, or nothing was written.
    pub fn finish(self) -> Result<(Graph<'static>, Value<'static>), WriteError> {
        if !self.open.is_empty() {
            return Err(WriteError::OutOfOrder(
                "the end of the output within a value",
            ));
        }
        let Some(value) = self.result else {
            return Err(WriteError::OutOfOrder(
                "the end of the output before a value",
            ));
        };
        Ok((self.graph, value))
    }

    fn accept(&mut self, value: Value<'static>) -> Result<(), WriteError> {
        let Some(Open { node, part }) = self.open.last_mut() else {
            if self.result.replace(value).is_some() {
                return Err(WriteError::OutOfOrder("a second value"));
            }
            return Ok(());
        };
        match (self.graph.node_mut(*node), part) {
            (Node::Array(array), _) => array.dense.push(value),
            (Node::Object(object), Part::Object { sealed, name, .. }) => {
                if object.values.len() < *sealed {
                    object.values.push(value);
                } else {
                    let Some(name) = name.take() else {
                        return Err(WriteError::OutOfOrder(
                            "more values than the class has members",
                        ));
                    };
                    object.dynamic.push((Cow::Owned(name), value));
                }
            }
            (Node::External(external), _) => {
                if !external.members.is_empty() {
                    return Err(WriteError::OutOfOrder(
                        "a second value in an externalizable of one",
                    ));
                }
                external.members.push((member_name(&external.alias), value));
            }
            (Node::VectorObject { items, .. }, _) => items.push(value),
            (Node::VectorInt { items, .. }, _) => match value {
                Value::Int(value) => items.push(value),
                _ => {
                    return Err(WriteError::OutOfOrder(
                        "a value that is no int in a vector of int",
                    ));
                }
            },
            (Node::VectorUint { items, .. }, _) => match uint(&value) {
                Some(value) => items.push(value),
                None => {
                    return Err(WriteError::OutOfOrder(
                        "a value that is no uint in a vector of uint",
                    ));
                }
            },
            (Node::VectorNumber { items, .. }, _) => match value {
                Value::Int(value) => items.push(f64::from(value)),
                Value::Number(value) => items.push(value),
                _ => {
                    return Err(WriteError::OutOfOrder(
                        "a value that is no number in a vector of numbers",
                    ));
                }
            },
            (
                Node::Object(_)
                | Node::Date(_)
                | Node::Xml(_)
                | Node::XmlDocument(_)
                | Node::ByteArray(_)
                | Node::Dictionary { .. },
                _,
            ) => {
                return Err(WriteError::OutOfOrder(
                    "a value within a value that holds none",
                ));
            }
        }
        Ok(())
    }

    fn leaf(&mut self, node: Node<'static>) -> Result<(), WriteError> {
        let id = self.graph.add(node);
        self.accept(Value::Node(id))
    }

    fn begin(&mut self, node: Node<'static>, part: Part) -> Result<(), WriteError> {
        if self.open.len() >= DEPTH {
            return Err(WriteError::TooDeep { limit: DEPTH });
        }
        let id = self.graph.add(node);
        self.accept(Value::Node(id))?;
        self.open.push(Open { node: id, part });
        Ok(())
    }
}

impl Sink for GraphBuilder {
    fn undefined(&mut self) -> Result<(), WriteError> {
        self.accept(Value::Undefined)
    }

    fn null(&mut self) -> Result<(), WriteError> {
        self.accept(Value::Null)
    }

    fn bool(&mut self, value: bool) -> Result<(), WriteError> {
        self.accept(Value::Bool(value))
    }

    fn int(&mut self, value: i32) -> Result<(), WriteError> {
        let within_vector = self
            .open
            .last()
            .is_some_and(|open| matches!(self.graph.node(open.node), Node::VectorInt { .. }));
        if within_vector || (amf3::INT_MIN..=amf3::INT_MAX).contains(&value) {
            return self.accept(Value::Int(value));
        }
        self.accept(Value::Number(f64::from(value)))
    }

    fn number(&mut self, value: f64) -> Result<(), WriteError> {
        self.accept(Value::Number(value))
    }

    fn string(&mut self, value: &str) -> Result<(), WriteError> {
        self.accept(Value::String(Cow::Owned(value.to_owned())))
    }

    fn date(&mut self, millis: f64) -> Result<(), WriteError> {
        self.leaf(Node::Date(millis))
    }

    fn xml(&mut self, text: &str) -> Result<(), WriteError> {
        self.leaf(Node::Xml(Cow::Owned(text.to_owned())))
    }

    fn xml_document(&mut self, text: &str) -> Result<(), WriteError> {
        self.leaf(Node::XmlDocument(Cow::Owned(text.to_owned())))
    }

    fn bytes(&mut self, value: &[u8]) -> Result<(), WriteError> {
        self.leaf(Node::ByteArray(Cow::Owned(value.to_vec())))
    }

    fn begin_array(&mut self) -> Result<(), WriteError> {
        self.begin(Node::Array(Array::default()), Part::Values)
    }

    fn begin_object(&mut self, class: &Arc<Class>) -> Result<(), WriteError> {
        let traits = match self.classes.get(class) {
            Some(&traits) => traits,
            None => {
                let sealed = class.sealed.iter().cloned().map(Cow::Owned).collect();
                let traits = Traits {
                    alias: Cow::Owned(class.alias.clone()),
                    dynamic: class.dynamic,
                    sealed,
                };
                let traits = self.graph.add_traits(traits);
                self.classes.insert(Arc::clone(class), traits);
                traits
            }
        };
        let object = Object {
            traits,
            values: Vec::new(),
            dynamic: Vec::new(),
        };
        self.begin(
            Node::Object(object),
            Part::Object {
                sealed: class.sealed.len(),
                dynamic: class.dynamic,
                name: None,
            },
        )
    }

    fn member(&mut self, name: &str) -> Result<(), WriteError> {
        let out_of_order = WriteError::OutOfOrder("a member name where none may stand");
        let Some(Open {
            node,
            part:
                Part::Object {
                    sealed,
                    dynamic: true,
                    name: next,
                },
        }) = self.open.last_mut()
        else {
            return Err(out_of_order);
        };
        let full = matches!(self.graph.node(*node), Node::Object(object) if object.values.len() == *sealed);
        if !full || next.is_some() {
            return Err(out_of_order);
        }
        *next = Some(name.to_owned());
        Ok(())
    }

    fn begin_external(&mut self, alias: &str) -> Result<(), WriteError> {
        self.begin(
            Node::External(External {
                alias: Cow::Owned(alias.to_owned()),
                members: Vec::new(),
            }),
            Part::Values,
        )
    }

    fn begin_vector(&mut self, kind: VectorKind<'_>) -> Result<(), WriteError> {
        let node = match kind {
            VectorKind::Int => Node::VectorInt {
                fixed: false,
                items: Vec::new(),
            },
            VectorKind::Uint => Node::VectorUint {
                fixed: false,
                items: Vec::new(),
            },
            VectorKind::Number => Node::VectorNumber {
                fixed: false,
                items: Vec::new(),
            },
            VectorKind::Object(class) => Node::VectorObject {
                fixed: false,
                class: Cow::Owned(class.to_owned()),
                items: Vec::new(),
            },
        };
        self.begin(node, Part::Values)
    }

    fn graph(&mut self, graph: &Graph<'_>, value: &Value<'_>) -> Result<(), WriteError> {
        let value = Copier::new(graph, &mut self.graph).copy(value);
        self.accept(value)
    }

    fn end(&mut self) -> Result<(), WriteError> {
        let Some(Open { node, part }) = self.open.pop() else {
            return Err(WriteError::OutOfOrder("an end without a beginning"));
        };
        match (self.graph.node(node), part) {
            (_, Part::Object { name: Some(_), .. }) => {
                Err(WriteError::OutOfOrder("a member name without a value"))
            }
            (Node::Object(object), Part::Object { sealed, .. }) if object.values.len() < sealed => {
                Err(WriteError::OutOfOrder(
                    "the end of an object before its last sealed member",
                ))
            }
            (Node::External(external), _) if external.members.is_empty() => Err(
                WriteError::OutOfOrder("the end of an externalizable before its value"),
            ),
            _ => Ok(()),
        }
    }
}

/// A node that was begun and not yet ended.
#[derive(Debug)]
struct Open {
    node: NodeId,
    part: Part,
}

/// What may come next in a node.
#[derive(Debug)]
enum Part {
    Values,
    /// So many sealed values, then pairs of a name and a value.
    Object {
        sealed: usize,
        dynamic: bool,
        name: Option<String>,
    },
}

/// Copies what hangs on a value from one graph to another, each node once.
struct Copier<'g, 'a> {
    from: &'g Graph<'a>,
    to: &'g mut Graph<'static>,
    nodes: HashMap<NodeId, NodeId, foldhash::fast::RandomState>,
    traits: HashMap<TraitsId, TraitsId, foldhash::fast::RandomState>,
    /// Nodes that have a place and no content yet.
    waiting: Vec<NodeId>,
}

impl<'g, 'a> Copier<'g, 'a> {
    fn new(from: &'g Graph<'a>, to: &'g mut Graph<'static>) -> Self {
        Self {
            from,
            to,
            nodes: HashMap::default(),
            traits: HashMap::default(),
            waiting: Vec::new(),
        }
    }

    fn copy(mut self, value: &Value<'a>) -> Value<'static> {
        let value = self.place(value.clone().into_owned());
        while let Some(id) = self.waiting.pop() {
            let mut node = self.from.node(id).clone().into_owned();
            self.place_all(&mut node);
            if let Some(&place) = self.nodes.get(&id) {
                *self.to.node_mut(place) = node;
            }
        }
        value
    }

    fn place(&mut self, value: Value<'static>) -> Value<'static> {
        let Value::Node(id) = value else { return value };
        let Self {
            nodes, waiting, to, ..
        } = self;
        let place = *nodes.entry(id).or_insert_with(|| {
            waiting.push(id);
            to.add(Node::Date(f64::NAN))
        });
        Value::Node(place)
    }

    fn place_all(&mut self, node: &mut Node<'static>) {
        let mut place = |value: &mut Value<'static>| {
            *value = self.place(std::mem::replace(value, Value::Undefined));
        };
        match node {
            Node::Array(Array { dense, named }) => {
                dense.iter_mut().for_each(&mut place);
                named.iter_mut().for_each(|(_, value)| place(value));
            }
            Node::Object(Object {
                traits,
                values,
                dynamic,
            }) => {
                values.iter_mut().for_each(&mut place);
                dynamic.iter_mut().for_each(|(_, value)| place(value));
                let Self {
                    from,
                    to,
                    traits: known,
                    ..
                } = self;
                *traits = *known
                    .entry(*traits)
                    .or_insert_with(|| to.add_traits(from.traits(*traits).clone().into_owned()));
            }
            Node::VectorObject { items, .. } => items.iter_mut().for_each(place),
            Node::Dictionary { entries, .. } => entries.iter_mut().for_each(|(key, value)| {
                place(key);
                place(value);
            }),
            Node::External(External { members, .. }) => {
                members.iter_mut().for_each(|(_, value)| place(value));
            }
            Node::Date(_) | Node::Xml(_) | Node::XmlDocument(_) | Node::ByteArray(_) => {}
            Node::VectorInt { .. } | Node::VectorUint { .. } | Node::VectorNumber { .. } => {}
        }
    }
}

/// What the class calls its one value.
fn member_name(alias: &str) -> Cow<'static, str> {
    match external::built_in(alias) {
        Some(Layout::Values([name])) => name.clone(),
        Some(Layout::Values(_) | Layout::Small(_)) | None => Cow::Borrowed("value"),
    }
}

fn uint(value: &Value<'_>) -> Option<u32> {
    match value {
        Value::Int(value) => u32::try_from(*value).ok(),
        Value::Number(value) => {
            // The cast saturates, and what it changed is found by comparing.
            let item = *value as u32;
            (f64::from(item) == *value).then_some(item)
        }
        Value::Undefined | Value::Null | Value::Bool(_) | Value::String(_) | Value::Node(_) => None,
    }
}
