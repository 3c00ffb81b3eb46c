//! Values at run time: what arguments become and expressions work on.

use std::sync::Arc;

use footbridge_amf::{Graph, Value};
use indexmap::IndexMap;
use jiff::civil;

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
}
