//! Values as a graph, in which a shared one is one node.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use footbridge_amf::{
    Array, Class, External, Graph, Node, NodeId, Object, Traits, TraitsId, Value, WriteError,
};
use footbridge_mapping::data::Data;
use footbridge_mapping::rows::Preset;
use footbridge_mapping::slot::Scalar;
use footbridge_remoting::{ARRAY_COLLECTION, ListShape, Style};
use jiff::tz::TimeZone;

use super::direct::write_scalar;
use super::out::Out;

/// A graph, in which a shared value is one node.
pub(super) struct Shared {
    graph: Graph<'static>,
    open: Vec<Open>,
    classes: HashMap<Arc<Class>, TraitsId>,
    nodes: HashMap<usize, NodeId>,
    /// The shared node whose value comes next.
    next: Option<usize>,
    preset: Preset,
    collections: bool,
    result: Value<'static>,
}

pub(super) struct Open {
    node: NodeId,
    name: Option<String>,
    sealed: usize,
}

impl Shared {
    pub(super) fn new(preset: Preset, style: Option<&Style>) -> Self {
        Self {
            graph: Graph::new(),
            open: Vec::new(),
            classes: HashMap::new(),
            nodes: HashMap::new(),
            next: None,
            preset,
            collections: style
                .is_some_and(|style| style.externals && style.lists == ListShape::ArrayCollection),
            result: Value::Null,
        }
    }

    pub(super) fn finish(self) -> (Graph<'static>, Value<'static>) {
        (self.graph, self.result)
    }

    fn accept(&mut self, value: Value<'static>) {
        let Some(open) = self.open.last_mut() else {
            self.result = value;
            return;
        };
        match self.graph.node_mut(open.node) {
            Node::Array(array) => array.dense.push(value),
            Node::Object(object) => {
                if object.values.len() < open.sealed {
                    object.values.push(value);
                } else {
                    let name = open.name.take().unwrap_or_default();
                    object.dynamic.push((Cow::Owned(name), value));
                }
            }
            Node::Date(_)
            | Node::Xml(_)
            | Node::XmlDocument(_)
            | Node::ByteArray(_)
            | Node::VectorInt { .. }
            | Node::VectorUint { .. }
            | Node::VectorNumber { .. }
            | Node::VectorObject { .. }
            | Node::Dictionary { .. }
            | Node::External(_) => {}
        }
    }
}

impl Out for Shared {
    fn scalar(
        &mut self,
        data: &Data,
        declared: Option<Scalar>,
        zone: &TimeZone,
    ) -> Result<(), WriteError> {
        if let Data::List(items) = data {
            self.begin_list(None)?;
            for item in items.iter() {
                self.scalar(item, None, zone)?;
            }
            return self.end_list();
        }
        self.next = None;
        // One scalar written as an answer would, then moved over.
        let mut builder = footbridge_amf::GraphBuilder::new();
        write_scalar(&mut builder, data, declared, self.preset, zone)?;
        let (graph, value) = builder.finish()?;
        let value = match value {
            Value::Node(id) => Value::Node(self.graph.add(graph.node(id).clone())),
            scalar => scalar,
        };
        self.accept(value);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), WriteError> {
        self.next = None;
        self.accept(Value::String(Cow::Owned(text.to_owned())));
        Ok(())
    }

    fn decimal(&mut self, text: &str) -> Result<(), WriteError> {
        self.scalar(&Data::Decimal(text.into()), None, &TimeZone::UTC)
    }

    fn begin_object(&mut self, class: &Arc<Class>) -> Result<(), WriteError> {
        let traits = match self.classes.get(class) {
            Some(traits) => *traits,
            None => {
                let traits = self.graph.add_traits(Traits {
                    alias: Cow::Owned(class.alias.clone()),
                    dynamic: class.dynamic,
                    sealed: class.sealed.iter().cloned().map(Cow::Owned).collect(),
                });
                self.classes.insert(class.clone(), traits);
                traits
            }
        };
        let node = self.graph.add(Node::Object(Object {
            traits,
            values: Vec::new(),
            dynamic: Vec::new(),
        }));
        if let Some(next) = self.next.take() {
            self.nodes.insert(next, node);
        }
        self.accept(Value::Node(node));
        self.open.push(Open {
            node,
            name: None,
            sealed: class.sealed.len(),
        });
        Ok(())
    }

    fn member(&mut self, name: &str) -> Result<(), WriteError> {
        if let Some(open) = self.open.last_mut() {
            open.name = Some(name.to_owned());
        }
        Ok(())
    }

    fn end_object(&mut self) -> Result<(), WriteError> {
        self.open.pop();
        Ok(())
    }

    fn begin_list(&mut self, _rows: Option<&Arc<Class>>) -> Result<bool, WriteError> {
        let array = self.graph.add(Node::Array(Array::default()));
        let outer = if self.collections {
            self.graph.add(Node::External(External {
                alias: Cow::Borrowed(ARRAY_COLLECTION),
                members: vec![(Cow::Borrowed("source"), Value::Node(array))],
            }))
        } else {
            array
        };
        if let Some(next) = self.next.take() {
            self.nodes.insert(next, outer);
        }
        self.accept(Value::Node(outer));
        self.open.push(Open {
            node: array,
            name: None,
            sealed: 0,
        });
        Ok(false)
    }

    fn begin_row(&mut self) -> Result<(), WriteError> {
        Err(WriteError::OutOfOrder("a row outside of rows"))
    }

    fn end_row(&mut self) -> Result<(), WriteError> {
        Err(WriteError::OutOfOrder("a row outside of rows"))
    }

    fn end_list(&mut self) -> Result<(), WriteError> {
        self.open.pop();
        Ok(())
    }

    fn known(&mut self, node: usize) -> Result<bool, WriteError> {
        if let Some(known) = self.nodes.get(&node) {
            let value = Value::Node(*known);
            self.accept(value);
            return Ok(true);
        }
        self.next = Some(node);
        Ok(false)
    }
}
