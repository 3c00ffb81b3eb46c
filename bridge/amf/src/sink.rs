//! The one seam through which every answer is written: a stream of value events.
//!
//! `amf0::Writer` and `amf3::Writer` turn events into
//! bytes as they come, `GraphBuilder` into a [`Graph`](crate::Graph); a JSON
//! writer can be another. Counts need not be known before the end of a list: rows are written one by one.

use std::sync::Arc;

use crate::amf3;
use crate::error::WriteError;
use crate::value::{Graph, Value};

/// Takes a value as events, in wire order.
///
/// A value is one scalar event, or a `begin_…` event, its parts, and `end`. Between
/// [`begin_object`](Sink::begin_object) and `end` come the values of the sealed members in the order
/// of the class, then, where the class is dynamic, pairs of [`member`](Sink::member) and a value.
///
/// # Errors
/// Every event fails with [`WriteError`] where the byte budget is used up, the encoding cannot say the
/// value, or the events are out of order. After an error the output is unusable.
///
/// A sink can move to another thread, so that rows can be written while a driver is awaited: `&mut dyn Sink` is enough.
pub trait Sink: Send {
    /// `undefined`.
    fn undefined(&mut self) -> Result<(), WriteError>;
    /// `null`.
    fn null(&mut self) -> Result<(), WriteError>;
    /// A boolean.
    fn bool(&mut self, value: bool) -> Result<(), WriteError>;
    /// An integer: AMF3 integer where it fits 29 bits, else a double; AMF0 a number.
    fn int(&mut self, value: i32) -> Result<(), WriteError>;
    /// A double, always written as one (so −0 and integral doubles keep their type).
    fn number(&mut self, value: f64) -> Result<(), WriteError>;
    /// Text.
    fn string(&mut self, value: &str) -> Result<(), WriteError>;
    /// Milliseconds since 1970-01-01T00:00Z; NaN is an invalid date.
    fn date(&mut self, millis: f64) -> Result<(), WriteError>;
    /// E4X XML as text; AMF0 writes an XML document.
    fn xml(&mut self, text: &str) -> Result<(), WriteError>;
    /// The older XML document as text.
    fn xml_document(&mut self, text: &str) -> Result<(), WriteError>;
    /// A byte array; AMF0 writes its base64 text.
    fn bytes(&mut self, value: &[u8]) -> Result<(), WriteError>;
    /// Begins a dense array, whose length is known at its `end`.
    fn begin_array(&mut self) -> Result<(), WriteError>;
    /// Begins an object of `class`.
    fn begin_object(&mut self, class: &Arc<Class>) -> Result<(), WriteError>;
    /// Names the next dynamic member of the object begun last.
    fn member(&mut self, name: &str) -> Result<(), WriteError>;
    /// Begins an externalizable object that holds exactly one value, e.g.
    /// `flex.messaging.io.ArrayCollection` around an array. AMF0 cannot say it and writes the value alone.
    fn begin_external(&mut self, alias: &str) -> Result<(), WriteError>;
    /// Begins a vector; its length is known at its `end`. AMF0 writes a strict array.
    fn begin_vector(&mut self, kind: VectorKind<'_>) -> Result<(), WriteError>;
    /// A whole value of `graph`, with its identities and cycles as far as the encoding can say them:
    /// AMF3 by references; AMF0 repeats shared values and fails on a cycle.
    fn graph(&mut self, graph: &Graph<'_>, value: &Value<'_>) -> Result<(), WriteError>;
    /// Ends what was begun last.
    fn end(&mut self) -> Result<(), WriteError>;

    /// The writer of AMF3 that this is, if it is one: whoever writes many rows can spare an event for each cell by
    /// [`amf3::Writer::members`].
    fn amf3(&mut self) -> Option<&mut amf3::Writer> {
        None
    }
}

/// Levels of values that the writers take; deeper ones fail with [`WriteError::TooDeep`].
pub(crate) const DEPTH: usize = 512;

/// What the items of a vector are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VectorKind<'a> {
    /// `Vector.<int>`; items come as [`Sink::int`].
    Int,
    /// `Vector.<uint>`; items come as [`Sink::number`] or [`Sink::int`], 0 … 2^32−1.
    Uint,
    /// `Vector.<Number>`; items come as [`Sink::number`] or [`Sink::int`].
    Number,
    /// `Vector.<T>` with the item class alias, empty for `Object` and `String`.
    Object(&'a str),
}

/// Class alias and sealed names of objects to be written; made once, shared by all rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Class {
    /// The class alias; empty for an anonymous object.
    pub alias: String,
    /// Names of the sealed members, in order.
    pub sealed: Vec<String>,
    /// Whether members may follow the sealed ones.
    pub dynamic: bool,
}

impl Class {
    /// The class of a plain `Object`: anonymous, all members dynamic.
    pub fn anonymous() -> Self {
        Self {
            alias: String::new(),
            sealed: Vec::new(),
            dynamic: true,
        }
    }
}
