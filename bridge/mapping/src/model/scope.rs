//! The types, variants and tables of a service.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::diagnostic::Place;
use crate::rows::Preset;
use crate::slot::Slot;

/// Types, variants and tables that the operations of a service see.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypeScope {
    /// The service's package; objects are anonymous without one.
    pub package: Option<Arc<str>>,
    /// Declared types by name.
    pub types: HashMap<Arc<str>, Arc<TypeBody>>,
    /// Class alias of type names that are declared or only used.
    pub aliases: HashMap<Arc<str>, Option<Arc<str>>>,
    /// Variants by name.
    pub variants: HashMap<Arc<str>, Arc<Variants>>,
    /// Closed tables of `lookup`.
    pub tables: HashMap<Arc<str>, Arc<IndexMap<Arc<str>, crate::data::Data>>>,
    /// How field names are made from backend names.
    pub names: Names,
    /// The preset of the service.
    pub preset: Preset,
    /// Where fields of declared types stand, by type and field.
    pub places: HashMap<(Arc<str>, Arc<str>), Place>,
}

impl TypeScope {
    /// The class alias of a type: the one that is declared for it, else its name in the package; `None`
    /// for an anonymous object.
    pub fn class(&self, name: &str) -> Option<Arc<str>> {
        match self.aliases.get(name) {
            Some(alias) => alias.clone(),
            // Types of a document that are called by their place have no name of their own.
            None if name.contains('/') => None,
            None => self
                .package
                .as_ref()
                .map(|package| format!("{package}.{name}").into()),
        }
    }
}

/// The fields of a type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypeBody {
    /// Fields in the order written.
    pub fields: IndexMap<Arc<str>, Slot>,
    /// The field `"*"`.
    pub rest: Rest,
}

/// What `"*"` says of a type.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Rest {
    /// Nothing: what is named elsewhere (by a description, by the SQL text) is sent, the rest is not.
    #[default]
    Described,
    /// `"*": any`: everything.
    Open(Slot),
    /// `"*": hide`: these fields alone.
    Closed,
}

/// `variants`: the value of one field chooses the class.
#[derive(Clone, Debug, PartialEq)]
pub struct Variants {
    /// The field.
    pub by: Arc<str>,
    /// Type by value.
    pub of: IndexMap<Arc<str>, Arc<str>>,
    /// The type of all other values; without it they are a fault.
    pub other: Option<Arc<str>>,
}

/// `names`: what backend names become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// `as-is`
    #[default]
    AsIs,
    /// `camel`: `on_stock` becomes `onStock`
    Camel,
    /// `upper`: `ON_STOCK`
    Upper,
}
