//! Asking a graph for what a value means, whatever dress the client put it in.

use std::borrow::Cow;

use crate::amf3;
use crate::external;
use crate::value::{Array, Graph, Node, Value};

impl<'a> Graph<'a> {
    /// The items of a value that is a list: an array with ordinals only; an array with names that are
    /// exactly 0 … n−1 in any order, with or without a `length` (Ruffle sends lists so in AMF0); an ArrayCollection or
    /// ArrayList of those; a vector.
    pub fn list<'g>(&'g self, value: &'g Value<'a>) -> Option<Cow<'g, [Value<'a>]>> {
        let Value::Node(id) = self.inner(value, external::is_list) else {
            return None;
        };
        match self.node(*id) {
            Node::Array(array) if array.named.is_empty() => Some(Cow::Borrowed(&array.dense)),
            Node::Array(array) => ordinals(array).map(Cow::Owned),
            Node::VectorInt { items, .. } => {
                Some(items.iter().map(|&item| integer(i64::from(item))).collect())
            }
            Node::VectorUint { items, .. } => {
                Some(items.iter().map(|&item| integer(i64::from(item))).collect())
            }
            Node::VectorNumber { items, .. } => {
                Some(items.iter().map(|&item| Value::Number(item)).collect())
            }
            Node::VectorObject { items, .. } => Some(Cow::Borrowed(items)),
            Node::Object(_) | Node::Date(_) | Node::Xml(_) | Node::XmlDocument(_) => None,
            Node::ByteArray(_) | Node::Dictionary { .. } | Node::External(_) => None,
        }
    }

    /// The value without the ObjectProxy or SerializationProxy around it.
    pub fn peel(&self, value: &Value<'a>) -> Value<'a> {
        self.inner(value, external::is_proxy).clone()
    }

    /// The member `name` of an object, sealed or dynamic, of a proxied object, an array's names or an
    /// externalizable; the last of equal names.
    pub fn member<'g>(&'g self, value: &'g Value<'a>, name: &str) -> Option<&'g Value<'a>> {
        let Value::Node(id) = self.inner(value, external::is_proxy) else {
            return None;
        };
        let last = |members: &'g [(Cow<'a, str>, Value<'a>)]| {
            members
                .iter()
                .rev()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value)
        };
        match self.node(*id) {
            Node::Object(object) => last(&object.dynamic).or_else(|| {
                let place = self
                    .traits(object.traits)
                    .sealed
                    .iter()
                    .rposition(|key| key == name)?;
                object.values.get(place)
            }),
            Node::Array(array) => last(&array.named),
            Node::External(external) => external
                .members
                .iter()
                .rev()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            Node::Date(_)
            | Node::Xml(_)
            | Node::XmlDocument(_)
            | Node::ByteArray(_)
            | Node::Dictionary { .. } => None,
            Node::VectorInt { .. }
            | Node::VectorUint { .. }
            | Node::VectorNumber { .. }
            | Node::VectorObject { .. } => None,
        }
    }

    /// Follows externalizables of the wanted kind inwards, to a limit because one may hold itself.
    fn inner<'g>(&'g self, mut value: &'g Value<'a>, wanted: fn(&str) -> bool) -> &'g Value<'a> {
        for _ in 0..WRAPPINGS {
            let Value::Node(id) = value else { break };
            let Node::External(external) = self.node(*id) else {
                break;
            };
            let [(_, only)] = external.members.as_slice() else {
                break;
            };
            if !wanted(&external.alias) {
                break;
            }
            value = only;
        }
        value
    }
}

/// Wrappers around wrappers that are followed; real clients send two at most.
const WRAPPINGS: usize = 8;

/// An integer as AMF3 would say it.
fn integer<'a>(number: i64) -> Value<'a> {
    match i32::try_from(number) {
        Ok(number) if (amf3::INT_MIN..=amf3::INT_MAX).contains(&number) => Value::Int(number),
        // At most 32 bits, which a double holds exactly.
        _ => Value::Number(number as f64),
    }
}

/// The items of an array whose names go on where its ordinals end.
pub(crate) fn ordinals<'a>(array: &Array<'a>) -> Option<Vec<Value<'a>>> {
    let begin = array.dense.len();
    let mut items: Vec<Option<&Value<'a>>> = vec![None; array.named.len()];
    let (mut count, mut length) = (0, None);
    for (name, value) in &array.named {
        if name == "length" {
            length = Some(value);
            continue;
        }
        let place = items.get_mut(ordinal(name)?.checked_sub(begin)?)?;
        count += usize::from(place.is_none());
        *place = Some(value);
    }
    let length_fits = match length {
        None => true,
        Some(Value::Int(length)) => usize::try_from(*length) == Ok(begin + count),
        Some(Value::Number(length)) => *length == (begin + count) as f64,
        Some(
            Value::Undefined | Value::Null | Value::Bool(_) | Value::String(_) | Value::Node(_),
        ) => false,
    };
    if !length_fits {
        return None;
    }
    let named = items
        .into_iter()
        .take(count)
        .map(Option::<&Value<'a>>::cloned);
    array.dense.iter().cloned().map(Some).chain(named).collect()
}

/// A name that is an ordinal as ActionScript writes one: digits without leading zeros.
fn ordinal(name: &str) -> Option<usize> {
    let canonical =
        name == "0" || (!name.starts_with('0') && name.bytes().all(|byte| byte.is_ascii_digit()));
    if !canonical {
        return None;
    }
    name.parse().ok()
}
