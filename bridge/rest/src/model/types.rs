//! Types: what a schema says, with `allOf` merged and references as indices.

use std::sync::{Arc, LazyLock};

use indexmap::IndexMap;
use regex_lite::Regex;

/// The index of a type in its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub(crate) u32);

impl TypeId {
    /// Anything: what nothing describes.
    pub const ANY: Self = Self(0);
}

/// A schema.
#[derive(Clone, Debug, Default)]
pub struct Type {
    /// Its name in the document: the last part of the reference that leads to it.
    pub name: Option<Arc<str>>,
    /// Null is a value too.
    pub nullable: bool,
    /// It is never sent.
    pub read_only: bool,
    /// It never comes back.
    pub write_only: bool,
    /// `enum`: these values alone.
    pub words: Option<Arc<[serde_json::Value]>>,
    /// What it is.
    pub kind: Kind,
    /// `default`
    pub default: Option<serde_json::Value>,
    /// `example`
    pub example: Option<serde_json::Value>,
    /// `description`
    pub documentation: Option<Arc<str>>,
    /// How it is written in XML.
    pub xml: Xml,
}

/// What a schema's values are.
#[derive(Clone, Debug, Default)]
pub enum Kind {
    /// Anything.
    #[default]
    Any,
    /// The same as another type, with nullability and notes of its own.
    Same(TypeId),
    /// `boolean`
    Bool,
    /// `integer`
    Integer {
        /// `int32`; else it may have 64 bits.
        small: bool,
        /// The format is said: `int32` or `int64`.
        sized: bool,
        /// Least and greatest.
        bounds: Bounds,
    },
    /// `number`
    Number {
        /// Of the format `decimal`: exact.
        exact: bool,
        /// Least and greatest.
        bounds: Bounds,
    },
    /// `string`
    Text {
        /// Of so many letters.
        length: Length,
        /// `pattern`
        pattern: Option<Pattern>,
    },
    /// `date-time`
    DateTime,
    /// `date`
    Day,
    /// `time`
    Time,
    /// `byte`: bytes as base64.
    Base64,
    /// `binary`: bytes as they are.
    Binary,
    /// `array`
    List {
        /// Its items.
        item: TypeId,
        /// How many.
        length: Length,
        /// No two are equal.
        unique: bool,
    },
    /// `object`, or whatever has properties.
    Object(Object),
    /// `oneOf`, `anyOf`
    Choice(Choice),
}

/// An object.
#[derive(Clone, Debug, Default)]
pub struct Object {
    /// Its properties, in the document's order, those of `allOf` among them.
    pub fields: IndexMap<Arc<str>, Field>,
    /// What else it may have.
    pub rest: Rest,
    /// The property that says which of several types it is.
    pub by: Option<Discriminator>,
}

/// A property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its type.
    pub kind: TypeId,
    /// It is always there.
    pub required: bool,
}

/// `additionalProperties`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rest {
    /// Nothing is said: others may come, and nothing describes them.
    #[default]
    Unsaid,
    /// There are no others.
    None,
    /// Others are of this type.
    Of(TypeId),
}

/// One of several types.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The types.
    pub of: Vec<TypeId>,
    /// The property that says which.
    pub by: Option<Discriminator>,
}

/// `discriminator`
#[derive(Clone, Debug, Default)]
pub struct Discriminator {
    /// The property.
    pub property: Arc<str>,
    /// Types by its values.
    pub of: IndexMap<Arc<str>, TypeId>,
}

/// `minimum` and `maximum`, as exact decimals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The least, and whether it is excluded.
    pub from: Option<(Arc<str>, bool)>,
    /// The greatest, and whether it is excluded.
    pub to: Option<(Arc<str>, bool)>,
}

/// `minLength` and the like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Length {
    /// The fewest.
    pub from: Option<usize>,
    /// The most.
    pub to: Option<usize>,
}

/// `pattern`, ready to be asked.
#[derive(Clone, Debug)]
pub struct Pattern(pub(crate) Arc<Regex>);

impl Pattern {
    /// As it is written.
    pub fn text(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is found in a text.
    pub fn fits(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// `xml`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Xml {
    /// The element's or attribute's name.
    pub name: Option<Arc<str>>,
    /// Its namespace.
    pub namespace: Option<Arc<str>>,
    /// An attribute.
    pub attribute: bool,
    /// A list has an element around its items.
    pub wrapped: bool,
}

impl Length {
    /// Whether so many are allowed.
    pub fn holds(self, count: usize) -> bool {
        self.from.is_none_or(|from| count >= from) && self.to.is_none_or(|to| count <= to)
    }
}

impl std::fmt::Display for Length {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.from, self.to) {
            (Some(from), Some(to)) => write!(f, "{from} to {to}"),
            (Some(from), None) => write!(f, "at least {from}"),
            (None, Some(to)) => write!(f, "at most {to}"),
            (None, None) => f.write_str("any number of"),
        }
    }
}

pub(crate) static ANYTHING: LazyLock<Type> = LazyLock::new(Type::default);
