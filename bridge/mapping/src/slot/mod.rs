//! Slots: the one notation that types arguments, fields and replies,
//! `TYPE from PATH in ZONE as SHAPE = DEFAULT` (`docs/mapping/types.md`).

use std::sync::Arc;

use jiff::tz::TimeZone;

mod constant;
mod names;
mod parse;

pub use names::zone;
pub use parse::{parse, path};

/// A typed place: an argument, a field, a reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// What stands there.
    pub kind: Type,
    /// `from`: where the value is found, relative to the reply or the enclosing object.
    pub from: Option<Arc<[PathPart]>>,
    /// `in`: the zone in which text or columns without a zone are read.
    pub zone: Option<TimeZone>,
    /// `as`: the shape, in place of the client's own.
    pub shape: Option<Shape>,
    /// `null 0`, `null NaN`, `null ''`: the value that stands for null at the client.
    pub null_as: Option<Constant>,
    /// `= DEFAULT`: takes the place of null and of missing.
    pub default: Option<Constant>,
}

impl Slot {
    /// A slot that says its type and nothing else.
    pub const fn of(kind: Type) -> Self {
        Self {
            kind,
            from: None,
            zone: None,
            shape: None,
            null_as: None,
            default: None,
        }
    }
}

/// What a slot's value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// A scalar of the language.
    Scalar(Scalar),
    /// A scalar with a range of its value or, for texts, of its length.
    Ranged(Scalar, Range),
    /// A closed set of texts.
    Words(Arc<[Arc<str>]>),
    /// A type by name.
    Named(Arc<str>),
    /// A list; the range is of its count.
    List(Box<Self>, Range),
    /// A value or null.
    Nullable(Box<Self>),
    /// As it is, in structure.
    Any,
    /// Nothing: null is sent.
    Void,
    /// `hide`: a field that is not sent.
    Hide,
}

/// The scalars of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// `string`
    String,
    /// `int`
    Int,
    /// `number`
    Number,
    /// `decimal`
    Decimal,
    /// `long`
    Long,
    /// `bool`
    Bool,
    /// `date`, an instant
    Date,
    /// `day`, a calendar day
    Day,
    /// `time`
    Time,
    /// `bytes`
    Bytes,
    /// `xml`
    Xml,
    /// `secret`, which only comes in
    Secret,
}

/// `1..9`, `..200`, `0.01..`; numbers as exact decimal text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// The least, included.
    pub from: Option<Arc<str>>,
    /// The greatest, included.
    pub to: Option<Arc<str>>,
}

/// What a list or object is sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A plain array.
    Array,
    /// `flex.messaging.io.ArrayCollection`, for AMF3.
    ArrayCollection,
    /// A RecordSet.
    RecordSet,
    /// A vector of the item's type.
    Vector,
    /// An anonymous object.
    Object,
    /// E4X XML.
    Xml,
    /// The older XML document.
    XmlDocument,
}

/// A constant of a slot.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// A number, as written.
    Number(Arc<str>),
    /// `true`, `false`.
    Bool(bool),
    /// `NaN`.
    NaN,
    /// `omit`: the member is left out.
    Omit,
    /// `[]`.
    EmptyList,
    /// A text or word.
    Text(Arc<str>),
}

/// A part of a `from` path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PathPart {
    /// A member.
    Name(Arc<str>),
    /// An item.
    Index(usize),
}
