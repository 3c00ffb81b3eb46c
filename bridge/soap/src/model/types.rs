//! Types and elements of XML Schema, as far as values need them.

use std::sync::Arc;

use super::{Builtin, Pattern};
use crate::xml::Name;

/// The place of a type in its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub(crate) u32);

/// The place of an element declaration in its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ElementId(pub(crate) u32);

/// A type.
#[derive(Clone, Debug)]
pub struct Type {
    /// Its name; `None` for one that is declared within an element.
    pub name: Option<Name>,
    /// The type it extends or restricts.
    pub base: Option<TypeId>,
    /// Only types derived from it have values.
    pub is_abstract: bool,
    /// What it is.
    pub kind: TypeKind,
}

/// What a type is.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// Text with a meaning.
    Simple(Simple),
    /// Elements and attributes.
    Complex(Complex),
    /// An array of SOAP encoding.
    Array {
        /// The type of its items.
        item: TypeId,
        /// Dimensions, `[,]` has 2; an array of arrays has an array as its item.
        dimensions: usize,
        /// The name of the item element where the schema says one.
        item_name: Option<Arc<str>>,
    },
    /// Apache SOAP's Map: items of `key` and `value`.
    Map,
    /// `xs:anyType`, and whatever could not be understood.
    Any,
}

/// A simple type.
#[derive(Clone, Debug)]
pub struct Simple {
    /// What its text is.
    pub variety: Variety,
    /// The texts it is one of; empty where all are allowed.
    pub enumeration: Vec<Arc<str>>,
    /// Other restrictions.
    pub facets: Facets,
}

/// Varieties of simple types.
#[derive(Clone, Debug)]
pub enum Variety {
    /// One value of a built-in type.
    Atomic(Builtin),
    /// Items with spaces between.
    List(TypeId),
    /// A value of the first type that it fits.
    Union(Arc<[TypeId]>),
}

/// Restrictions of a simple type that are checked before a value is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// `minInclusive`
    pub min: Option<Arc<str>>,
    /// `maxInclusive`
    pub max: Option<Arc<str>>,
    /// `minExclusive`
    pub above: Option<Arc<str>>,
    /// `maxExclusive`
    pub below: Option<Arc<str>>,
    /// `minLength` or `length`, in characters, bytes or items
    pub min_length: Option<usize>,
    /// `maxLength` or `length`
    pub max_length: Option<usize>,
    /// `fractionDigits`
    pub fraction_digits: Option<usize>,
    /// `totalDigits`
    pub total_digits: Option<usize>,
    /// `pattern`, those of each restriction together; a value must match them all. Those that need tables of Unicode are
    /// not checked.
    pub patterns: Vec<Pattern>,
}

/// A complex type.
#[derive(Clone, Debug, Default)]
pub struct Complex {
    /// What stands within.
    pub content: Content,
    /// Its attributes, those of its base among them.
    pub attributes: Vec<Attribute>,
    /// Whether it takes attributes that nobody declares.
    pub any_attribute: bool,
    /// Whether text stands between its elements.
    pub mixed: bool,
    /// Its elements by the names they have as members, in the order of the schema. Choices, groups and the base's
    /// elements are among them.
    pub fields: Vec<Field>,
    /// Whether elements that nobody declares may stand within.
    pub any: bool,
}

/// Content of a complex type.
#[derive(Clone, Debug, Default)]
pub enum Content {
    /// Nothing.
    #[default]
    Empty,
    /// Text of a simple type.
    Simple(TypeId),
    /// Elements.
    Elements(Arc<Particle>),
}

/// Elements and how often they stand.
#[derive(Clone, Debug)]
pub struct Particle {
    /// `minOccurs`
    pub min: u32,
    /// `maxOccurs`; `None` is unbounded.
    pub max: Option<u32>,
    /// What stands there.
    pub term: Term,
}

/// What a particle is of.
#[derive(Clone, Debug)]
pub enum Term {
    /// An element.
    Element(ElementId),
    /// Particles in this order.
    Sequence(Vec<Arc<Particle>>),
    /// One of them.
    Choice(Vec<Arc<Particle>>),
    /// All, in any order.
    All(Vec<Arc<Particle>>),
    /// Whatever comes.
    Any(Wildcard),
}

/// `xs:any`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wildcard {
    /// Which namespaces, as written: `##any`, `##other` …
    pub namespace: Arc<str>,
}

/// An attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: Name,
    /// The name it has as a member: its local name, `@name` where an element has the same.
    pub member: Arc<str>,
    /// A simple type.
    pub kind: TypeId,
    /// `use="required"`
    pub required: bool,
    /// `default` or `fixed`.
    pub default: Option<Arc<str>>,
    /// Whether the default is the only value.
    pub fixed: bool,
}

/// An element of a complex type, as a member of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The element.
    pub element: ElementId,
    /// Its member is a list, for none, one and many.
    pub many: bool,
    /// It may be missing.
    pub optional: bool,
}

/// An element declaration.
#[derive(Clone, Debug)]
pub struct Element {
    /// Its name as it stands in envelopes; without a namespace where it is unqualified.
    pub name: Name,
    /// Its type.
    pub kind: TypeId,
    /// Whether `xsi:nil` may stand there.
    pub nillable: bool,
    /// Only members of its substitution group stand there.
    pub is_abstract: bool,
    /// `default` or `fixed`.
    pub default: Option<Arc<str>>,
    /// Whether it stands at the top of a schema.
    pub global: bool,
    /// Elements that may stand in its place, theirs too.
    pub substitutes: Vec<ElementId>,
}
