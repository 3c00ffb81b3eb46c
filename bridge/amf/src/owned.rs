//! Making graphs that outlive their input.

use std::borrow::Cow;

use crate::value::{Array, External, Graph, Node, Object, Traits, Value};

impl Value<'_> {
    /// The same value, with its text copied if it was borrowed.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Undefined => Value::Undefined,
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Int(value),
            Self::Number(value) => Value::Number(value),
            Self::String(text) => Value::String(owned(text)),
            Self::Node(id) => Value::Node(id),
        }
    }
}

impl Graph<'_> {
    /// The same graph with all text and bytes copied; places stay what they were.
    pub fn into_owned(self) -> Graph<'static> {
        let (nodes, traits) = self.into_parts();
        let nodes = nodes.into_iter().map(Node::into_owned).collect();
        Graph::from_parts(nodes, traits.into_iter().map(Traits::into_owned).collect())
    }
}

impl Node<'_> {
    /// The same node, with its text and bytes copied if they were borrowed.
    pub fn into_owned(self) -> Node<'static> {
        let values = |values: Vec<Value<'_>>| values.into_iter().map(Value::into_owned).collect();
        match self {
            Self::Array(Array { dense, named }) => Node::Array(Array {
                dense: values(dense),
                named: members(named),
            }),
            Self::Object(Object {
                traits,
                values: sealed,
                dynamic,
            }) => Node::Object(Object {
                traits,
                values: values(sealed),
                dynamic: members(dynamic),
            }),
            Self::Date(millis) => Node::Date(millis),
            Self::Xml(text) => Node::Xml(owned(text)),
            Self::XmlDocument(text) => Node::XmlDocument(owned(text)),
            Self::ByteArray(bytes) => Node::ByteArray(Cow::Owned(bytes.into_owned())),
            Self::VectorInt { fixed, items } => Node::VectorInt { fixed, items },
            Self::VectorUint { fixed, items } => Node::VectorUint { fixed, items },
            Self::VectorNumber { fixed, items } => Node::VectorNumber { fixed, items },
            Self::VectorObject {
                fixed,
                class,
                items,
            } => Node::VectorObject {
                fixed,
                class: owned(class),
                items: values(items),
            },
            Self::Dictionary { weak, entries } => {
                let entries = entries
                    .into_iter()
                    .map(|(key, value)| (key.into_owned(), value.into_owned()))
                    .collect();
                Node::Dictionary { weak, entries }
            }
            Self::External(External { alias, members }) => {
                let members = members
                    .into_iter()
                    .map(|(name, value)| (name, value.into_owned()))
                    .collect();
                Node::External(External {
                    alias: owned(alias),
                    members,
                })
            }
        }
    }
}

impl Traits<'_> {
    /// The same trait set, with its text copied if it was borrowed.
    pub fn into_owned(self) -> Traits<'static> {
        let sealed = self.sealed.into_iter().map(owned).collect();
        Traits {
            alias: owned(self.alias),
            dynamic: self.dynamic,
            sealed,
        }
    }
}

fn members(members: Vec<(Cow<'_, str>, Value<'_>)>) -> Vec<(Cow<'static, str>, Value<'static>)> {
    members
        .into_iter()
        .map(|(name, value)| (owned(name), value.into_owned()))
        .collect()
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}
