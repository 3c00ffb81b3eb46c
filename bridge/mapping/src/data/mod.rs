//! Values at run time: what arguments become and expressions work on.

use std::borrow::Cow;
use std::sync::Arc;

use footbridge_amf::{Graph, Value};
use indexmap::IndexMap;
use jiff::civil;

mod collector;
pub mod compare;
pub mod convert;
mod outward;
pub mod stored;
mod wire;

pub use collector::Collector;
pub use outward::outward;

/// A value of a call: cheap to clone, owned, typed by the mapping rather than by the wire.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Nothing: null, undefined, not given.
    Null,
    /// What `omit` gives: the place it goes to is left out.
    Omit,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A double.
    Number(f64),
    /// An exact decimal as text, scale kept: `-12.50`. Never an exponent; `NaN` is legal.
    Decimal(Arc<str>),
    /// Text; also times of day, UUIDs and enumerations.
    Text(Arc<str>),
    /// An instant, in milliseconds since 1970-01-01T00:00Z.
    Date(f64),
    /// A calendar day, which no zone can shift.
    Day(civil::Date),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// XML as text.
    Xml(Arc<str>),
    /// A list.
    List(Arc<[Self]>),
    /// An object.
    Object(Arc<Record>),
    /// What `any` came as: the client's own value, with classes, identities and cycles kept.
    Amf(AmfValue),
}

/// The members of an object, in order, and the class it is sent as where one is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// Class alias; `None` for an anonymous object.
    pub alias: Option<Arc<str>>,
    /// Members by the mapping's names.
    pub members: IndexMap<Arc<str>, Data>,
}

/// A value in the graph it came in.
#[derive(Clone, Debug)]
pub struct AmfValue {
    /// The graph, shared by all values of one message body.
    pub graph: Arc<Graph<'static>>,
    /// The value within.
    pub value: Value<'static>,
}

impl PartialEq for AmfValue {
    /// Equal if it is the same place of the same graph.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.graph, &other.graph) && self.value == other.value
    }
}

impl Data {
    /// Text from anything that is text.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// Whether it is [`Data::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Scalars of a client's value as what they are; all else as it is.
    pub fn plain(&self) -> Self {
        match self {
            Self::Amf(value) => value.plain(),
            Self::Omit => Self::Null,
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Number(_)
            | Self::Decimal(_)
            | Self::Text(_)
            | Self::Date(_)
            | Self::Day(_)
            | Self::Bytes(_)
            | Self::Xml(_)
            | Self::List(_)
            | Self::Object(_) => self.clone(),
        }
    }

    /// The items, if it is a list, in whatever dress a client sent it.
    pub fn items(&self) -> Option<Cow<'_, [Self]>> {
        match self {
            Self::List(items) => Some(Cow::Borrowed(items)),
            Self::Amf(value) => value.items().map(Cow::Owned),
            Self::Null
            | Self::Omit
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Number(_)
            | Self::Decimal(_)
            | Self::Text(_)
            | Self::Date(_)
            | Self::Day(_)
            | Self::Bytes(_)
            | Self::Xml(_)
            | Self::Object(_) => None,
        }
    }

    /// The member `name`: by its exact name, else by the only one that is equal without regard to
    /// case and `_`. Null where there is none.
    pub fn member(&self, name: &str) -> Self {
        match self {
            Self::Object(record) => record.member(name).cloned().unwrap_or(Self::Null),
            Self::Amf(value) => value.member(name).unwrap_or(Self::Null),
            Self::Null
            | Self::Omit
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Number(_)
            | Self::Decimal(_)
            | Self::Text(_)
            | Self::Date(_)
            | Self::Day(_)
            | Self::Bytes(_)
            | Self::Xml(_)
            | Self::List(_) => Self::Null,
        }
    }

    /// What it is, in a word that says nothing of its content: `a text`.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Null | Self::Omit => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::Number(_) => "a number",
            Self::Decimal(_) => "a decimal",
            Self::Text(_) => "a text",
            Self::Date(_) => "a date",
            Self::Day(_) => "a day",
            Self::Bytes(_) => "bytes",
            Self::Xml(_) => "XML",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
            Self::Amf(value) => value.describe(),
        }
    }
}

impl Record {
    /// The member `name`: by its exact name, else by the only one that is equal without regard to case and `_`.
    pub fn member(&self, name: &str) -> Option<&Data> {
        if let Some(found) = self.members.get(name) {
            return Some(found);
        }
        let mut loose = self.members.iter().filter(|(key, _)| same_name(key, name));
        match (loose.next(), loose.next()) {
            (Some((_, found)), None) => Some(found),
            (Some(_), Some(_)) | (None, _) => None,
        }
    }
}

/// Whether two names are equal without regard to case and `_`: `addedAt` and `added_at`.
pub fn same_name(left: &str, right: &str) -> bool {
    let letters = |name: &'_ str| {
        name.chars()
            .filter(|c| *c != '_')
            .flat_map(char::to_lowercase)
            .collect::<Vec<_>>()
    };
    // Names of equal ASCII letters are the common case, and need no list.
    let fast = |name: &'_ str| name.is_ascii();
    if fast(left) && fast(right) {
        let left = left.bytes().filter(|byte| *byte != b'_');
        let right = right.bytes().filter(|byte| *byte != b'_');
        return left
            .map(|byte| byte.to_ascii_lowercase())
            .eq(right.map(|byte| byte.to_ascii_lowercase()));
    }
    letters(left) == letters(right)
}
