//! Looking into what a client sent: scalars, lists in any dress, members of objects.

use std::sync::Arc;

use footbridge_amf::{Graph, Node, Value};

use super::{AmfValue, Data, same_name};

impl AmfValue {
    /// A scalar as the scalar it is, bytes and XML too; lists and objects as they came. A proxy
    /// around an object is taken off; undefined is null.
    pub fn plain(&self) -> Data {
        let value = self.graph.peel(&self.value);
        match &value {
            Value::Undefined | Value::Null => Data::Null,
            Value::Bool(value) => Data::Bool(*value),
            Value::Int(number) => Data::Int(i64::from(*number)),
            Value::Number(number) => Data::Number(*number),
            Value::String(text) => Data::text(text.as_ref()),
            Value::Node(id) => match self.graph.node(*id) {
                Node::Date(millis) => Data::Date(*millis),
                Node::Xml(text) | Node::XmlDocument(text) => Data::Xml(text.as_ref().into()),
                Node::ByteArray(bytes) => Data::Bytes(bytes.as_ref().into()),
                Node::Array(_)
                | Node::Object(_)
                | Node::VectorInt { .. }
                | Node::VectorUint { .. }
                | Node::VectorNumber { .. }
                | Node::VectorObject { .. }
                | Node::Dictionary { .. }
                | Node::External(_) => Data::Amf(self.at(value)),
            },
        }
    }

    /// The items, if it is a list in any client's dress, a RecordSet too.
    pub fn items(&self) -> Option<Vec<Data>> {
        if let Some(items) = self.graph.list(&self.value) {
            return Some(
                items
                    .iter()
                    .map(|item| self.at(item.clone()).plain())
                    .collect(),
            );
        }
        self.record_set()
    }

    /// The member `name`: by its exact name, else by the only one that is equal without regard to case and `_`.
    pub fn member(&self, name: &str) -> Option<Data> {
        if let Some(found) = self.graph.member(&self.value, name) {
            return Some(self.at(found.clone()).plain());
        }
        let mut loose = self
            .member_names()
            .into_iter()
            .filter(|key| same_name(key, name));
        let (Some(key), None) = (loose.next(), loose.next()) else {
            return None;
        };
        let found = self.graph.member(&self.value, &key)?;
        Some(self.at(found.clone()).plain())
    }

    /// The names of an object's members, sealed ones first, each once.
    pub fn member_names(&self) -> Vec<Arc<str>> {
        let Value::Node(id) = self.graph.peel(&self.value) else {
            return Vec::new();
        };
        let mut names: indexmap::IndexSet<&str> = indexmap::IndexSet::new();
        match self.graph.node(id) {
            Node::Object(object) => {
                let sealed = &self.graph.traits(object.traits).sealed;
                names.extend(sealed.iter().map(AsRef::as_ref));
                names.extend(object.dynamic.iter().map(|(name, _)| name.as_ref()));
            }
            Node::Array(array) => names.extend(array.named.iter().map(|(name, _)| name.as_ref())),
            Node::External(_)
            | Node::Date(_)
            | Node::Xml(_)
            | Node::XmlDocument(_)
            | Node::ByteArray(_)
            | Node::VectorInt { .. }
            | Node::VectorUint { .. }
            | Node::VectorNumber { .. }
            | Node::VectorObject { .. }
            | Node::Dictionary { .. } => {}
        }
        names.into_iter().map(Arc::from).collect()
    }

    /// The class alias of an object, empty for an anonymous one; `None` for all else. An array with
    /// names counts as an anonymous object: that is how ECMA arrays of old clients are meant.
    pub fn class(&self) -> Option<&str> {
        let Value::Node(id) = self.graph.peel(&self.value) else {
            return None;
        };
        match self.graph.node(id) {
            Node::Object(object) => Some(self.graph.traits(object.traits).alias.as_ref()),
            Node::Array(array) if !array.named.is_empty() && array.dense.is_empty() => Some(""),
            Node::Array(_)
            | Node::External(_)
            | Node::Date(_)
            | Node::Xml(_)
            | Node::XmlDocument(_)
            | Node::ByteArray(_)
            | Node::VectorInt { .. }
            | Node::VectorUint { .. }
            | Node::VectorNumber { .. }
            | Node::VectorObject { .. }
            | Node::Dictionary { .. } => None,
        }
    }

    /// What it is, in a word that says nothing of its content.
    pub(super) fn describe(&self) -> &'static str {
        match self.plain() {
            Data::Amf(value) if value.graph.list(&value.value).is_some() => "a list",
            Data::Amf(_) => "an object",
            scalar => scalar.describe(),
        }
    }

    /// Another value of the same graph.
    fn at(&self, value: Value<'static>) -> Self {
        Self {
            graph: Arc::clone(&self.graph),
            value,
        }
    }

    /// The rows of a RecordSet as anonymous objects: `serverInfo` with `columnNames` and `initialData`.
    fn record_set(&self) -> Option<Vec<Data>> {
        if !self.class()?.eq_ignore_ascii_case("RecordSet") {
            return None;
        }
        let graph: &Graph<'static> = &self.graph;
        let info = ["serverInfo", "serverinfo"]
            .into_iter()
            .find_map(|name| graph.member(&self.value, name))?;
        let names = graph.list(graph.member(info, "columnNames")?)?;
        let names = names
            .iter()
            .map(|name| match name {
                Value::String(name) => Some(Arc::from(name.as_ref())),
                Value::Undefined
                | Value::Null
                | Value::Bool(_)
                | Value::Int(_)
                | Value::Number(_)
                | Value::Node(_) => None,
            })
            .collect::<Option<Vec<Arc<str>>>>()?;
        let rows = graph.list(graph.member(info, "initialData")?)?;
        rows.iter()
            .map(|row| {
                let cells = graph.list(row)?;
                let members = names
                    .iter()
                    .zip(cells.iter())
                    .map(|(name, cell)| (name.clone(), self.at(cell.clone()).plain()))
                    .collect();
                Some(Data::Object(Arc::new(super::Record {
                    alias: None,
                    members,
                })))
            })
            .collect()
    }
}
