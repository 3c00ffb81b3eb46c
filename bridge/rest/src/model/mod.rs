//! What a document says, compiled: operations with their parameters, bodies and answers; types by index, so that they
//! may name each other in circles. Immutable, shared by all calls.

mod media;
mod operation;
mod template;
mod types;

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

pub(crate) use media::parameter;
pub use media::{Form, Media};
pub use operation::{
    Body, Content, Encoding, Operation, Parameter, ParameterPlace, Response, Status, Style,
    StyleKind, Written,
};
pub use template::{Method, Segment, Template, TemplateError};
pub use types::{
    Bounds, Choice, Discriminator, Field, Kind, Length, Object, Pattern, Rest, Type, TypeId, Xml,
};

/// A document.
#[derive(Debug, Default)]
pub struct Model {
    /// Its title.
    pub title: Arc<str>,
    /// Addresses of its servers, variables filled in with their defaults; the first is meant where none is said.
    pub servers: Vec<Arc<str>>,
    /// Its operations, in its order.
    pub operations: Vec<Operation>,
    /// What could not be understood; the rest is usable.
    pub warnings: Vec<Warning>,
    /// Security schemes it asks for, which a mapping has to say.
    pub schemes: Vec<Warning>,
    pub(crate) types: Vec<Type>,
    /// Schemas that have a name of their own.
    pub(crate) named: IndexMap<Arc<str>, TypeId>,
    pub(crate) by_name: HashMap<Arc<str>, usize>,
}

/// A part of a document that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where: `orders.yaml#/paths/~1orders/get/parameters/0`.
    pub at: String,
    /// What is wrong there, as a clause.
    pub message: String,
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.at, self.message)
    }
}

impl Model {
    /// The operation of a name: its `operationId`, or `METHOD /path` where it has none.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.get(*self.by_name.get(name)?)
    }

    /// The operation that a method and path mean. Names in braces may differ; a path without braces wins over one with.
    pub fn request(&self, method: &str, path: &str) -> Option<&Operation> {
        let wanted = Template::parse(method, path).ok()?;
        self.operations
            .iter()
            .filter(|operation| operation.template.means(&wanted))
            .min_by_key(|operation| operation.template.holes().count())
    }

    /// A type; what is beyond the model is anything.
    pub fn kind(&self, id: TypeId) -> &Type {
        self.types.get(id.0 as usize).unwrap_or(&types::ANYTHING)
    }

    /// The type that a type stands for, where it only repeats another.
    pub fn resolve(&self, mut id: TypeId) -> TypeId {
        // A circle of names is broken when a document is read.
        while let Kind::Same(other) = self.kind(id).kind {
            id = other;
        }
        id
    }

    /// The type of a name.
    pub fn named(&self, name: &str) -> Option<TypeId> {
        self.named.get(name).copied()
    }

    /// All types that have a name of their own, in the document's order.
    pub fn names(&self) -> impl Iterator<Item = (&Arc<str>, TypeId)> {
        self.named.iter().map(|(name, id)| (name, *id))
    }

    /// The fields of a type, if it is an object.
    pub fn object(&self, id: TypeId) -> Option<&Object> {
        match &self.kind(self.resolve(id)).kind {
            Kind::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Whether null is a value of the type.
    pub fn takes_null(&self, mut id: TypeId) -> bool {
        loop {
            let kind = self.kind(id);
            match kind.kind {
                _ if kind.nullable => return true,
                Kind::Same(other) => id = other,
                Kind::Any => return true,
                _ => return false,
            }
        }
    }
}
