//! JSON to values.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hashbrown::{HashMap, HashSet};
use serde::Deserialize;
use serde_json::{Map, Number, Value as Json};

use super::iso;
use crate::amf3;
use crate::value::{Array, External, Graph, Node, NodeId, Object, Traits, TraitsId, Value};

/// Why JSON is no value. Whoever wrote it is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", if .path.is_empty() { String::new() } else { format!("at `{path}`: ") })]
pub struct Problem {
    /// Where, as `a.b[2]`; empty for the whole.
    pub path: String,
    /// What is wrong, and what to write instead.
    pub problem: String,
}

/// Reads a value from JSON text.
///
/// # Errors
/// If the text is no JSON, is nested too deeply, or has `$` keys that mean nothing.
pub fn from_text(text: &str) -> Result<(Graph<'static>, Value<'static>), Problem> {
    let outside = |problem: String| Problem {
        path: String::new(),
        problem,
    };
    if nesting(text) > super::NESTING {
        return Err(outside(format!(
            "the JSON is nested deeper than {} levels",
            super::NESTING
        )));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    // What stands in for this limit is the count above.
    reader.disable_recursion_limit();
    let json = Json::deserialize(&mut reader).and_then(|json| reader.end().map(|()| json));
    from_json(&json.map_err(|error| outside(format!("no JSON: {error}")))?)
}

/// Reads a value from JSON.
///
/// # Errors
/// If it is nested too deeply or has `$` keys that mean nothing.
pub fn from_json(json: &Json) -> Result<(Graph<'static>, Value<'static>), Problem> {
    let mut graph = Graph::new();
    let value = from_json_into(&mut graph, json)?;
    Ok((graph, value))
}

/// Reads a value from JSON into a graph that may hold others; `$id`s are of this value alone.
///
/// # Errors
/// Those of [`from_json`].
pub fn from_json_into(graph: &mut Graph<'static>, json: &Json) -> Result<Value<'static>, Problem> {
    let mut reader = Reader {
        graph,
        ids: HashMap::default(),
        classes: HashMap::default(),
        path: Vec::new(),
    };
    reader.value(json).map_err(|problem| Problem {
        path: reader.place(),
        problem,
    })
}

struct Reader<'g> {
    graph: &'g mut Graph<'static>,
    ids: HashMap<u64, NodeId, foldhash::fast::RandomState>,
    classes: HashMap<Traits<'static>, TraitsId, foldhash::fast::RandomState>,
    path: Vec<Step>,
}

enum Step {
    Key(String),
    Index(usize),
}

impl Reader<'_> {
    fn value(&mut self, json: &Json) -> Result<Value<'static>, String> {
        if self.path.len() >= super::NESTING {
            return Err(format!(
                "the JSON is nested deeper than {} levels",
                super::NESTING
            ));
        }
        match json {
            Json::Null => Ok(Value::Null),
            Json::Bool(value) => Ok(Value::Bool(*value)),
            Json::Number(number) => plain_number(number),
            Json::String(text) => Ok(Value::String(Cow::Owned(text.clone()))),
            Json::Array(items) => {
                let id = self.reserve();
                let dense = self.values(items)?;
                Ok(self.fill(
                    id,
                    Node::Array(Array {
                        dense,
                        named: Vec::new(),
                    }),
                ))
            }
            Json::Object(json) => self.object(json),
        }
    }

    fn object(&mut self, json: &Map<String, Json>) -> Result<Value<'static>, String> {
        let kinds = json
            .keys()
            .filter_map(|key| Kind::of(key))
            .collect::<Vec<_>>();
        let kind = match kinds.as_slice() {
            [] => Kind::Plain,
            [kind] => *kind,
            // A vector names the class of its items with the key of an object's class.
            [Kind::Vector, Kind::Class] | [Kind::Class, Kind::Vector] => Kind::Vector,
            _ => return Err("more than one of the `$` keys that say what a value is".to_owned()),
        };
        if let Some(key) = json
            .keys()
            .find(|key| is_marker(key) && Kind::of(key).is_none() && !kind.allows(key))
        {
            return Err(format!(
                "`{key}` means nothing here; a member of that name is written `${key}`"
            ));
        }
        let content = |key: &str| json.get(key).unwrap_or(&Json::Null);
        match kind {
            Kind::Ref => {
                let number = content(super::REF)
                    .as_u64()
                    .ok_or("`$ref` wants the number of an `$id`")?;
                let id = self
                    .ids
                    .get(&number)
                    .ok_or_else(|| format!("no `\"$id\": {number}` stands before this"))?;
                return Ok(Value::Node(*id));
            }
            Kind::Undefined => {
                let Json::Bool(true) = content(super::UNDEFINED) else {
                    return Err("`$undefined` is always `true`".to_owned());
                };
                return Ok(Value::Undefined);
            }
            Kind::Number => return double(content(super::NUMBER)).map(Value::Number),
            Kind::Plain | Kind::Date | Kind::Bytes | Kind::Xml | Kind::XmlDocument => {}
            Kind::Array | Kind::Class | Kind::Vector | Kind::Dictionary | Kind::External => {}
        }
        let id = self.reserve();
        if let Some(number) = json.get(super::ID) {
            let number = number.as_u64().ok_or("`$id` wants a number")?;
            if self.ids.insert(number, id).is_some() {
                return Err(format!("`\"$id\": {number}` stands here a second time"));
            }
        }
        let node = match kind {
            Kind::Plain => {
                let traits = self.class(Traits {
                    alias: Cow::Borrowed(""),
                    dynamic: true,
                    sealed: Vec::new(),
                });
                Node::Object(Object {
                    traits,
                    values: Vec::new(),
                    dynamic: self.members(json)?,
                })
            }
            Kind::Class => self.typed(json)?,
            Kind::Array => {
                let Json::Array(items) = content(super::ARRAY) else {
                    return Err("`$array` wants a list".to_owned());
                };
                let dense = self.values(items)?;
                Node::Array(Array {
                    dense,
                    named: self.members(json)?,
                })
            }
            Kind::Date => Node::Date(date(content(super::DATE))?),
            Kind::Bytes => {
                let text = text(content(super::BYTES), super::BYTES)?;
                let bytes = BASE64
                    .decode(text.as_ref())
                    .map_err(|error| format!("`$bytes` wants base64: {error}"))?;
                Node::ByteArray(Cow::Owned(bytes))
            }
            Kind::Xml => Node::Xml(text(content(super::XML), super::XML)?),
            Kind::XmlDocument => {
                Node::XmlDocument(text(content(super::XML_DOCUMENT), super::XML_DOCUMENT)?)
            }
            Kind::Vector => self.vector(json)?,
            Kind::Dictionary => self.dictionary(json)?,
            Kind::External => {
                let alias = text(content(super::EXTERNAL), super::EXTERNAL)?;
                Node::External(External {
                    alias,
                    members: self.members(json)?,
                })
            }
            Kind::Ref | Kind::Undefined | Kind::Number => return Ok(Value::Undefined),
        };
        Ok(self.fill(id, node))
    }

    fn typed(&mut self, json: &Map<String, Json>) -> Result<Node<'static>, String> {
        let alias = text(json.get(super::CLASS).unwrap_or(&Json::Null), super::CLASS)?;
        let wanted: Option<HashSet<&str, foldhash::fast::RandomState>> =
            match json.get(super::DYNAMIC) {
                None | Some(Json::Bool(false)) => None,
                Some(Json::Bool(true)) => {
                    Some(json.keys().filter_map(|key| member_name(key)).collect())
                }
                Some(Json::Array(names)) => Some(
                    names
                        .iter()
                        .map(Json::as_str)
                        .collect::<Option<_>>()
                        .ok_or(DYNAMIC_WANTS)?,
                ),
                Some(_) => return Err(DYNAMIC_WANTS.to_owned()),
            };
        let (mut sealed, mut values, mut dynamic) = (Vec::new(), Vec::new(), Vec::new());
        for (name, value) in self.members(json)? {
            if wanted
                .as_ref()
                .is_some_and(|wanted| wanted.contains(name.as_ref()))
            {
                dynamic.push((name, value));
            } else {
                sealed.push(name);
                values.push(value);
            }
        }
        let traits = self.class(Traits {
            alias,
            dynamic: wanted.is_some(),
            sealed,
        });
        Ok(Node::Object(Object {
            traits,
            values,
            dynamic,
        }))
    }

    fn vector(&mut self, json: &Map<String, Json>) -> Result<Node<'static>, String> {
        let fixed = flag(json, super::FIXED)?;
        let Some(Json::Array(items)) = json.get(super::ITEMS) else {
            return Err("a vector wants a list as `$items`".to_owned());
        };
        let kind = json
            .get(super::VECTOR)
            .and_then(Json::as_str)
            .unwrap_or_default();
        if kind != "object" && json.contains_key(super::CLASS) {
            return Err("`$class` means nothing in a vector of numbers".to_owned());
        }
        let integers = || items.iter().map(Json::as_i64);
        Ok(match kind {
            "int" => {
                let items = integers()
                    .map(|item| i32::try_from(item?).ok())
                    .collect::<Option<_>>();
                Node::VectorInt {
                    fixed,
                    items: items.ok_or("a vector of int wants integers of 32 bits")?,
                }
            }
            "uint" => {
                let items = integers()
                    .map(|item| u32::try_from(item?).ok())
                    .collect::<Option<_>>();
                Node::VectorUint {
                    fixed,
                    items: items.ok_or("a vector of uint wants integers from 0 to 4294967295")?,
                }
            }
            "number" => {
                let items = items.iter().map(|item| match item {
                    Json::Object(json) if json.len() == 1 => {
                        double(json.get(super::NUMBER).unwrap_or(&Json::Null))
                    }
                    item => double(item),
                });
                Node::VectorNumber {
                    fixed,
                    items: items.collect::<Result<_, _>>()?,
                }
            }
            "object" => {
                let class = json
                    .get(super::CLASS)
                    .map_or(Ok(Cow::Borrowed("")), |class| text(class, super::CLASS))?;
                Node::VectorObject {
                    fixed,
                    class,
                    items: self.values(items)?,
                }
            }
            _ => return Err("`$vector` is `int`, `uint`, `number` or `object`".to_owned()),
        })
    }

    fn dictionary(&mut self, json: &Map<String, Json>) -> Result<Node<'static>, String> {
        const WANTS: &str = "`$dictionary` wants a list of pairs `[key, value]`";
        let weak = flag(json, super::WEAK)?;
        let Some(Json::Array(pairs)) = json.get(super::DICTIONARY) else {
            return Err(WANTS.to_owned());
        };
        let mut entries = Vec::with_capacity(pairs.len());
        for (index, pair) in pairs.iter().enumerate() {
            self.path.push(Step::Index(index));
            let Some([key, value]) = pair.as_array().map(Vec::as_slice) else {
                return Err(WANTS.to_owned());
            };
            entries.push((self.value(key)?, self.value(value)?));
            self.path.pop();
        }
        Ok(Node::Dictionary { weak, entries })
    }

    fn members(
        &mut self,
        json: &Map<String, Json>,
    ) -> Result<Vec<(Cow<'static, str>, Value<'static>)>, String> {
        let mut members = Vec::with_capacity(json.len());
        for (key, value) in json {
            let Some(name) = member_name(key) else {
                continue;
            };
            self.path.push(Step::Key(name.to_owned()));
            members.push((Cow::Owned(name.to_owned()), self.value(value)?));
            self.path.pop();
        }
        Ok(members)
    }

    fn values(&mut self, items: &[Json]) -> Result<Vec<Value<'static>>, String> {
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            self.path.push(Step::Index(index));
            values.push(self.value(item)?);
            self.path.pop();
        }
        Ok(values)
    }

    fn class(&mut self, traits: Traits<'static>) -> TraitsId {
        let Self { graph, classes, .. } = self;
        *classes
            .entry(traits)
            .or_insert_with_key(|traits| graph.add_traits(traits.clone()))
    }

    /// Gives a node its place before what it holds is read.
    fn reserve(&mut self) -> NodeId {
        self.graph.add(Node::Date(f64::NAN))
    }

    fn fill(&mut self, id: NodeId, node: Node<'static>) -> Value<'static> {
        *self.graph.node_mut(id) = node;
        Value::Node(id)
    }

    fn place(&self) -> String {
        let mut place = String::new();
        for step in &self.path {
            match step {
                Step::Index(index) => place.push_str(&format!("[{index}]")),
                Step::Key(name) if place.is_empty() => place.push_str(name),
                Step::Key(name) => {
                    place.push('.');
                    place.push_str(name);
                }
            }
        }
        place
    }
}

/// What a JSON object says, by the `$` key it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    Ref,
    Undefined,
    Number,
    Date,
    Bytes,
    Xml,
    XmlDocument,
    Array,
    Class,
    Vector,
    Dictionary,
    External,
}

impl Kind {
    fn of(key: &str) -> Option<Self> {
        Some(match key {
            super::REF => Self::Ref,
            super::UNDEFINED => Self::Undefined,
            super::NUMBER => Self::Number,
            super::DATE => Self::Date,
            super::BYTES => Self::Bytes,
            super::XML => Self::Xml,
            super::XML_DOCUMENT => Self::XmlDocument,
            super::ARRAY => Self::Array,
            super::CLASS => Self::Class,
            super::VECTOR => Self::Vector,
            super::DICTIONARY => Self::Dictionary,
            super::EXTERNAL => Self::External,
            _ => return None,
        })
    }

    /// Whether another `$` key may stand beside the one of this kind.
    fn allows(self, key: &str) -> bool {
        match key {
            super::ID => !matches!(self, Self::Ref | Self::Undefined | Self::Number),
            super::DYNAMIC => self == Self::Class,
            super::ITEMS | super::FIXED => self == Self::Vector,
            super::WEAK => self == Self::Dictionary,
            _ => false,
        }
    }
}

/// Whether a key is of this notation and no member's name.
fn is_marker(key: &str) -> bool {
    key.starts_with('$') && !key.starts_with("$$")
}

/// The name of the member that a key stands for.
fn member_name(key: &str) -> Option<&str> {
    if is_marker(key) {
        return None;
    }
    Some(key.strip_prefix('$').unwrap_or(key))
}

fn plain_number(number: &Number) -> Result<Value<'static>, String> {
    let Some(integer) = number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from))
    else {
        return Ok(Value::Number(number.as_f64().unwrap_or(f64::NAN)));
    };
    match i32::try_from(integer) {
        Ok(integer) if (amf3::INT_MIN..=amf3::INT_MAX).contains(&integer) => {
            Ok(Value::Int(integer))
        }
        _ => exact(integer).map(Value::Number),
    }
}

/// An integer as a double, if one is equal to it.
fn exact(integer: i128) -> Result<f64, String> {
    // Rounds, and what it changed is found by comparing.
    let double = integer as f64;
    if double as i128 != integer {
        return Err(format!(
            "{integer} has no equal double; write it as text, or as `{integer}.0` to have it rounded"
        ));
    }
    Ok(double)
}

fn double(json: &Json) -> Result<f64, String> {
    match json {
        Json::Number(number) => match plain_number(number)? {
            Value::Int(value) => Ok(f64::from(value)),
            Value::Number(value) => Ok(value),
            Value::Undefined | Value::Null | Value::Bool(_) | Value::String(_) | Value::Node(_) => {
                Err(NUMBER_WANTS.to_owned())
            }
        },
        Json::String(text) => match text.as_str() {
            "NaN" => Ok(f64::NAN),
            "Infinity" => Ok(f64::INFINITY),
            "-Infinity" => Ok(f64::NEG_INFINITY),
            _ => Err(NUMBER_WANTS.to_owned()),
        },
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => {
            Err(NUMBER_WANTS.to_owned())
        }
    }
}

fn date(json: &Json) -> Result<f64, String> {
    let Json::String(text) = json else {
        return double(json).map_err(|_| DATE_WANTS.to_owned());
    };
    iso::parse(text)
        .or_else(|| double(json).ok())
        .ok_or_else(|| DATE_WANTS.to_owned())
}

fn text(json: &Json, key: &str) -> Result<Cow<'static, str>, String> {
    match json {
        Json::String(text) => Ok(Cow::Owned(text.clone())),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => {
            Err(format!("`{key}` wants text"))
        }
    }
}

fn flag(json: &Map<String, Json>, key: &str) -> Result<bool, String> {
    match json.get(key) {
        None => Ok(false),
        Some(Json::Bool(value)) => Ok(*value),
        Some(Json::Null | Json::Number(_) | Json::String(_) | Json::Array(_) | Json::Object(_)) => {
            Err(format!("`{key}` is `true` or `false`"))
        }
    }
}

/// How deeply brackets are nested in JSON text, those within strings left out.
fn nesting(text: &str) -> usize {
    let (mut level, mut deepest) = (0_usize, 0);
    let (mut quoted, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                level += 1;
                deepest = deepest.max(level);
            }
            b']' | b'}' if !quoted => level = level.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

const NUMBER_WANTS: &str = "a number is wanted, or `NaN`, `Infinity`, `-Infinity` as text";
const DATE_WANTS: &str =
    "`$date` wants a time as `2026-11-20T09:30:00.000Z`, or milliseconds since 1970, or `NaN`";
const DYNAMIC_WANTS: &str = "`$dynamic` wants `true` or a list of member names";
