//! What a document says of a backend, in the words of the language: the seam between the compiler and the engines
//! that read WSDL and OpenAPI documents.
//!
//! The compiler asks [`Environment::describe`](crate::compile::Environment::describe) for each `wsdl` and `openapi`
//! backend, publishes and types operations by it, and checks mappings against it. What the engine made of the document
//! stays the engine's: the run time finds it by the backend's name.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::model::Argument;
use crate::slot::{Slot, Type};

/// A document that was read.
#[derive(Clone, Debug)]
pub struct Described {
    /// What it says.
    pub description: Arc<dyn Description>,
    /// What of it could not be understood, each a clause with its place in the document; the rest is usable.
    pub warnings: Vec<String>,
}

/// What a document says.
pub trait Description: std::fmt::Debug + Send + Sync {
    /// How the document is called in sentences: `rates.wsdl`.
    fn document(&self) -> &str;

    /// The names of its operations, in its order. Overloaded ones stand once.
    fn operations(&self) -> Vec<Arc<str>>;

    /// The operation of a name, or several where it is overloaded; empty where there is none.
    fn operation(&self, name: &str) -> Vec<DescribedOperation>;

    /// The operation that `METHOD /path` means; names in braces may differ. Documents without paths have none.
    fn request(&self, method: &str, path: &str) -> Option<DescribedOperation> {
        let _ = (method, path);
        None
    }

    /// A type with fields, by its name.
    fn kind(&self, name: &str) -> Option<DescribedType>;

    /// The names of all types with fields.
    fn kinds(&self) -> Vec<Arc<str>>;
}

/// An operation of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribedOperation {
    /// Its name: what `soap`, `rest` or `publish` call it.
    pub name: Arc<str>,
    /// Its arguments in the order of positions, by the names that `body` and `query` use. One with a default or `?`
    /// need not be given.
    pub arguments: Vec<Argument>,
    /// What `returns` says where a mapping says nothing; its `from` leads from `reply.body` to the value.
    pub returns: Slot,
    /// The type of `reply.body`, from which `returns … from` starts.
    pub body: Type,
    /// Names of header blocks (`soap-headers`) or of described response headers.
    pub headers: Vec<(Arc<str>, Type)>,
    /// Words that `faults` can name.
    pub faults: Vec<Arc<str>>,
    /// Whether it may change anything.
    pub writes: bool,
    /// What its author says of it.
    pub documentation: Option<Arc<str>>,
}

/// A type of a document. One that has no name there is called by its place, `GetQuoteResponse/history`, which no
/// mapping can name; such objects have no class alias.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribedType {
    /// Fields by their names in the document, in its order, those of its base among them.
    pub fields: IndexMap<Arc<str>, Type>,
    /// The type that it extends.
    pub base: Option<Arc<str>>,
    /// Whether objects may have members that nobody describes.
    pub open: bool,
    /// Whether a member says which of several types an object is, so that it may have the fields of any of them.
    pub chooses: bool,
}
