//! Values to JSON.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hashbrown::{HashMap, HashSet};
use serde_json::{Map, Value as Json};

use super::iso;
use crate::error::WriteError;
use crate::value::{Array, Graph, Node, NodeId, Object, Value};

/// Which encoding a value came in or will go out in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// AMF0 has no integers and no sealed members: an integral double is shown without a point, the members of a class
    /// as if sealed. Written in AMF0 again, both are what they were.
    Amf0,
    /// AMF3: everything is shown.
    Amf3,
}

/// A value as JSON.
///
/// # Errors
/// [`WriteError::TooDeep`] if it is nested deeper than readers of JSON can take, which no value within the default
/// [`Limits`](crate::Limits) is.
pub fn to_json(
    graph: &Graph<'_>,
    value: &Value<'_>,
    encoding: Encoding,
) -> Result<Json, WriteError> {
    let mut writer = Writer {
        graph,
        encoding,
        shared: shared(graph, value),
        next: 1,
    };
    writer.value(value, 0)
}

/// A value as JSON text in one line.
///
/// # Errors
/// Those of [`to_json`].
pub fn to_text(
    graph: &Graph<'_>,
    value: &Value<'_>,
    encoding: Encoding,
) -> Result<String, WriteError> {
    Ok(to_json(graph, value, encoding)?.to_string())
}

struct Writer<'g, 'a> {
    graph: &'g Graph<'a>,
    encoding: Encoding,
    shared: HashMap<NodeId, Option<u32>, foldhash::fast::RandomState>,
    next: u32,
}

impl<'g, 'a> Writer<'g, 'a> {
    fn value(&mut self, value: &'g Value<'a>, level: usize) -> Result<Json, WriteError> {
        Ok(match value {
            Value::Undefined => marked(super::UNDEFINED, true),
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Int(value) => Json::from(*value),
            Value::Number(value) => self.number(*value),
            Value::String(text) => Json::from(text.as_ref()),
            Value::Node(id) => self.node(*id, level)?,
        })
    }

    fn number(&self, value: f64) -> Json {
        if let Some(name) = not_finite(value) {
            return marked(super::NUMBER, name);
        }
        let negative_zero = value == 0.0 && value.is_sign_negative();
        let plain = self.encoding == Encoding::Amf0
            && value.fract() == 0.0
            && value.abs() <= EXACT
            && !negative_zero;
        // Integral and below 2^53, so exact.
        if plain {
            Json::from(value as i64)
        } else {
            Json::from(value)
        }
    }

    fn node(&mut self, id: NodeId, level: usize) -> Result<Json, WriteError> {
        if level >= super::NESTING - LEVELS_OF_A_NODE {
            return Err(WriteError::TooDeep {
                limit: super::NESTING,
            });
        }
        let mut json = Map::new();
        if let Some(number) = self.shared.get_mut(&id) {
            if let Some(number) = number {
                return Ok(marked(super::REF, *number));
            }
            *number = Some(self.next);
            json.insert(super::ID.to_owned(), Json::from(self.next));
            self.next += 1;
        }
        match self.graph.node(id) {
            Node::Array(array) => {
                let dense = self.values(&array.dense, level + 2)?;
                if array.named.is_empty() && json.is_empty() {
                    return Ok(dense);
                }
                json.insert(super::ARRAY.to_owned(), dense);
                self.array_names(array, &mut json, level)?;
            }
            Node::Object(object) => self.object(object, &mut json, level)?,
            Node::Date(millis) => {
                let date = match iso::format(*millis) {
                    Some(text) => Json::from(text),
                    None => not_finite(*millis).map_or_else(|| Json::from(*millis), Json::from),
                };
                json.insert(super::DATE.to_owned(), date);
            }
            Node::Xml(text) => {
                json.insert(super::XML.to_owned(), Json::from(text.as_ref()));
            }
            Node::XmlDocument(text) => {
                json.insert(super::XML_DOCUMENT.to_owned(), Json::from(text.as_ref()));
            }
            Node::ByteArray(bytes) => {
                json.insert(super::BYTES.to_owned(), Json::from(BASE64.encode(bytes)));
            }
            Node::VectorInt { fixed, items } => {
                vector(
                    &mut json,
                    "int",
                    *fixed,
                    items.iter().copied().map(Json::from).collect(),
                );
            }
            Node::VectorUint { fixed, items } => {
                vector(
                    &mut json,
                    "uint",
                    *fixed,
                    items.iter().copied().map(Json::from).collect(),
                );
            }
            Node::VectorNumber { fixed, items } => {
                vector(
                    &mut json,
                    "number",
                    *fixed,
                    items.iter().map(|&item| self.number(item)).collect(),
                );
            }
            Node::VectorObject {
                fixed,
                class,
                items,
            } => {
                let items = self.values(items, level + 2)?;
                vector(&mut json, "object", *fixed, items);
                if !class.is_empty() {
                    json.insert(super::CLASS.to_owned(), Json::from(class.as_ref()));
                }
            }
            Node::Dictionary { weak, entries } => {
                let mut pairs = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    pairs.push(Json::from(vec![
                        self.value(key, level + 3)?,
                        self.value(value, level + 3)?,
                    ]));
                }
                json.insert(super::DICTIONARY.to_owned(), Json::from(pairs));
                if *weak {
                    json.insert(super::WEAK.to_owned(), Json::Bool(true));
                }
            }
            Node::External(external) => {
                json.insert(
                    super::EXTERNAL.to_owned(),
                    Json::from(external.alias.as_ref()),
                );
                let members = external
                    .members
                    .iter()
                    .map(|(name, value)| (name.as_ref(), value));
                for (name, value) in last_of_equal(members) {
                    let value = self.value(value, level + 1)?;
                    json.insert(escaped(name), value);
                }
            }
        }
        Ok(Json::Object(json))
    }

    fn array_names(
        &mut self,
        array: &'g Array<'a>,
        json: &mut Map<String, Json>,
        level: usize,
    ) -> Result<(), WriteError> {
        for (name, value) in last_of_equal(
            array
                .named
                .iter()
                .map(|(name, value)| (name.as_ref(), value)),
        ) {
            let value = self.value(value, level + 1)?;
            json.insert(escaped(name), value);
        }
        Ok(())
    }

    fn object(
        &mut self,
        object: &'g Object<'a>,
        json: &mut Map<String, Json>,
        level: usize,
    ) -> Result<(), WriteError> {
        let traits = self.graph.traits(object.traits);
        let members = last_of_equal(members(self.graph, object));
        let anonymous = traits.alias.is_empty() && traits.dynamic && traits.sealed.is_empty();
        if !anonymous {
            json.insert(super::CLASS.to_owned(), Json::from(traits.alias.as_ref()));
            let of_amf0 = self.encoding == Encoding::Amf0
                && traits.sealed.is_empty()
                && !traits.alias.is_empty();
            if traits.dynamic && !of_amf0 {
                let sealed: HashSet<&str, foldhash::fast::RandomState> =
                    traits.sealed.iter().map(Cow::as_ref).collect();
                let names = members.iter().map(|(name, _)| *name);
                let dynamic: Vec<&str> = names.filter(|name| !sealed.contains(name)).collect();
                json.insert(super::DYNAMIC.to_owned(), Json::from(dynamic));
            }
        }
        for (name, value) in members {
            let value = self.value(value, level + 1)?;
            json.insert(escaped(name), value);
        }
        Ok(())
    }

    fn values(&mut self, values: &'g [Value<'a>], level: usize) -> Result<Json, WriteError> {
        let mut list = Vec::with_capacity(values.len());
        for value in values {
            list.push(self.value(value, level)?);
        }
        Ok(Json::Array(list))
    }
}

fn members<'g, 'a>(
    graph: &'g Graph<'a>,
    object: &'g Object<'a>,
) -> impl Iterator<Item = (&'g str, &'g Value<'a>)> {
    let sealed = graph.traits(object.traits).sealed.iter().enumerate();
    let sealed = sealed.map(|(index, name)| {
        (
            name.as_ref(),
            object.values.get(index).unwrap_or(&Value::Undefined),
        )
    });
    sealed.chain(
        object
            .dynamic
            .iter()
            .map(|(name, value)| (name.as_ref(), value)),
    )
}

/// Members by name, each in the place where its name came first and with the value that came last.
fn last_of_equal<'g, 'a: 'g>(
    members: impl Iterator<Item = (&'g str, &'g Value<'a>)>,
) -> Vec<(&'g str, &'g Value<'a>)> {
    let mut last: Vec<(&str, &Value<'_>)> = Vec::new();
    let mut places: HashMap<&str, usize, foldhash::fast::RandomState> = HashMap::default();
    for (name, value) in members {
        let place = *places.entry(name).or_insert(last.len());
        match last.get_mut(place) {
            Some(member) => member.1 = value,
            None => last.push((name, value)),
        }
    }
    last
}

/// The nodes that are met more than once on the way from `value`.
fn shared(
    graph: &Graph<'_>,
    value: &Value<'_>,
) -> HashMap<NodeId, Option<u32>, foldhash::fast::RandomState> {
    let mut shared = HashMap::default();
    let mut met = vec![false; graph.len()];
    let mut waiting = Vec::new();
    let mut meet = |value: &Value<'_>, waiting: &mut Vec<NodeId>| {
        let Value::Node(id) = value else { return };
        match met.get_mut(id.0 as usize) {
            Some(met @ false) => {
                *met = true;
                waiting.push(*id);
            }
            Some(true) => {
                shared.insert(*id, None);
            }
            None => {}
        }
    };
    meet(value, &mut waiting);
    while let Some(id) = waiting.pop() {
        let mut meet = |value: &Value<'_>| meet(value, &mut waiting);
        match graph.node(id) {
            Node::Array(array) => {
                array.dense.iter().for_each(&mut meet);
                let named = array
                    .named
                    .iter()
                    .map(|(name, value)| (name.as_ref(), value));
                last_of_equal(named)
                    .into_iter()
                    .for_each(|(_, value)| meet(value));
            }
            Node::Object(object) => last_of_equal(members(graph, object))
                .into_iter()
                .for_each(|(_, value)| meet(value)),
            Node::VectorObject { items, .. } => items.iter().for_each(meet),
            Node::Dictionary { entries, .. } => entries.iter().for_each(|(key, value)| {
                meet(key);
                meet(value);
            }),
            Node::External(external) => {
                let members = external
                    .members
                    .iter()
                    .map(|(name, value)| (name.as_ref(), value));
                last_of_equal(members)
                    .into_iter()
                    .for_each(|(_, value)| meet(value));
            }
            Node::Date(_) | Node::Xml(_) | Node::XmlDocument(_) | Node::ByteArray(_) => {}
            Node::VectorInt { .. } | Node::VectorUint { .. } | Node::VectorNumber { .. } => {}
        }
    }
    shared
}

fn vector(json: &mut Map<String, Json>, kind: &str, fixed: bool, items: Json) {
    json.insert(super::VECTOR.to_owned(), Json::from(kind));
    json.insert(super::ITEMS.to_owned(), items);
    if fixed {
        json.insert(super::FIXED.to_owned(), Json::Bool(true));
    }
}

fn marked(key: &str, value: impl Into<Json>) -> Json {
    Json::Object(Map::from_iter([(key.to_owned(), value.into())]))
}

fn escaped(name: &str) -> String {
    let escape = if name.starts_with('$') {
        Cow::Owned(format!("${name}"))
    } else {
        Cow::Borrowed(name)
    };
    escape.into_owned()
}

fn not_finite(value: f64) -> Option<&'static str> {
    if value.is_finite() {
        None
    } else if value.is_nan() {
        Some("NaN")
    } else if value > 0.0 {
        Some("Infinity")
    } else {
        Some("-Infinity")
    }
}

/// Levels of JSON that a node takes at most without the values in it.
const LEVELS_OF_A_NODE: usize = 3;
/// The largest integer up to which doubles have all integers, 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;
