//! Arguments become an envelope: strictly as the schema has it, or a fault with the path of what does not fit.
//!
//! `document` puts header and body together, `content` writes elements and complex types, `particle` their order,
//! `straight` both at once where a type is a plain row of elements,
//! `leftover` attributes and what has no place, `actual` chooses derived types, `loose` writes what nothing describes,
//! `scalar` texts, `encoded` what only SOAP encoding has, `mtom` attachments; `members` looks into what was given.

mod actual;
mod content;
mod document;
mod encoded;
mod leftover;
mod loose;
mod members;
mod mtom;
mod particle;
mod scalar;
mod straight;

use std::collections::HashMap;
use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::model::TypeScope;
use jiff::tz::TimeZone;

pub use document::{bind, write, write_reply};
pub(crate) use scalar::date_time;

use crate::model::{Model, TypeId};

/// What is sent: values by the names of the schema.
#[derive(Clone, Copy, Debug)]
pub struct Arguments<'a> {
    /// The inside of the operation's wrapper as an object; [`bind`] makes it from arguments by position.
    pub body: &'a Data,
    /// Header blocks by the name of their part; null for none.
    pub headers: &'a Data,
    /// Header blocks that are XML already, each with its own namespaces: those of `security`.
    pub blocks: &'a [String],
    /// The inside of the envelope's body as XML, in place of `body` (`template`).
    pub raw: Option<&'a str>,
}

/// How values are written.
#[derive(Clone, Debug)]
pub struct Settings<'a> {
    /// Where days and times of day are taken from instants.
    pub zone: &'a TimeZone,
    /// Which class means which type.
    pub aliases: &'a Aliases,
    /// What a null becomes where the schema allows both.
    pub nulls: Nulls,
    /// Large bytes travel beside the envelope.
    pub mtom: Option<Mtom<'a>>,
}

/// What an explicit null becomes where its element is nillable and may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nulls {
    /// `xsi:nil`
    #[default]
    Nil,
    /// Nothing.
    Absent,
}

/// `mtom` (XOP: "XML-binary Optimized Packaging").
#[derive(Clone, Copy, Debug)]
pub struct Mtom<'a> {
    /// Bytes from this length on travel as attachments.
    pub threshold: usize,
    /// The boundary of the parts; random, so that no content holds it.
    pub boundary: &'a str,
}

/// A request as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The header Content-Type.
    pub content_type: String,
    /// The header SOAPAction with its quotes, for SOAP 1.1 alone.
    pub action: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why arguments cannot be sent. Who gave them is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if path.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct WriteError {
    /// Where: `order.lines[2].qty`; empty for the arguments as a whole.
    pub path: String,
    /// What is wrong there: `not an integer`.
    pub message: String,
}

/// Types by the class alias that clients send.
#[derive(Clone, Debug, Default)]
pub struct Aliases {
    by_alias: HashMap<Arc<str>, TypeId>,
    by_local: HashMap<Arc<str>, TypeId>,
}

impl Aliases {
    /// The aliases that a service's scope gives to the types of its model. Once per service, at load.
    pub fn of(model: &Model, scope: &TypeScope) -> Self {
        let mut aliases = Self::default();
        for (id, kind) in model.types() {
            let Some(name) = &kind.name else { continue };
            if let Some(alias) = scope.class(&name.local) {
                aliases.by_alias.entry(alias).or_insert(id);
            }
            // Types of the service go before built-in ones of the same name, which were declared first.
            aliases.by_local.insert(name.local.clone(), id);
        }
        aliases
    }

    /// The type that a class means: by its alias, else by the last part of its name.
    pub fn find(&self, alias: &str) -> Option<TypeId> {
        if let Some(id) = self.by_alias.get(alias) {
            return Some(*id);
        }
        let local = alias.rsplit(['.', ':', '}']).next()?;
        self.by_local.get(local).copied()
    }
}
