//! The set of documents: each read once, references followed from one into another.

use std::collections::HashMap;
use std::sync::Arc;

use footbridge_mapping::address::join;
use serde_json::Value;

use super::{LoadError, Options, Resolver, text};
use crate::model::Warning;

/// A place in the set of documents.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct At {
    pub(super) document: usize,
    /// A JSON pointer (RFC 6901).
    pub(super) pointer: String,
}

impl At {
    /// The whole of the first document.
    pub(super) fn root() -> Self {
        Self {
            document: 0,
            pointer: String::new(),
        }
    }

    pub(super) fn member(&self, name: &str) -> Self {
        let name = name.replace('~', "~0").replace('/', "~1");
        Self {
            document: self.document,
            pointer: format!("{}/{name}", self.pointer),
        }
    }

    pub(super) fn below<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Self {
        names
            .into_iter()
            .fold(self.clone(), |at, name| at.member(name))
    }
}

/// References to references that are followed.
const MOST_HOPS: usize = 32;

pub(super) struct Documents<'r> {
    resolver: &'r mut dyn Resolver,
    options: Options,
    read: Vec<(Arc<str>, Arc<Value>)>,
    /// By address; `None` for those that cannot be had.
    known: HashMap<String, Option<usize>>,
    bytes: usize,
    pub(super) warnings: Vec<Warning>,
}

impl<'r> Documents<'r> {
    pub(super) fn new(resolver: &'r mut dyn Resolver, options: Options) -> Self {
        Self {
            resolver,
            options,
            read: Vec::new(),
            known: HashMap::new(),
            bytes: 0,
            warnings: Vec::new(),
        }
    }

    pub(super) fn options(&self) -> Options {
        self.options
    }

    /// Reads the document that all begins with.
    pub(super) fn first(&mut self, address: &str) -> Result<Arc<Value>, LoadError> {
        let bytes = self
            .resolver
            .resolve(address)
            .map_err(|error| LoadError::Missing {
                address: address.into(),
                reason: error.to_string(),
            })?;
        if bytes.len() > self.options.bytes {
            return Err(LoadError::TooMuch {
                address: address.into(),
                what: "bytes",
                limit: self.options.bytes,
            });
        }
        self.bytes = bytes.len();
        let root = text::parse(&bytes).map_err(|reason| LoadError::Unreadable {
            address: address.into(),
            reason,
        })?;
        let root = Arc::new(root);
        self.read.push((address.into(), Arc::clone(&root)));
        self.known.insert(address.to_owned(), Some(0));
        Ok(root)
    }

    pub(super) fn warn(&mut self, at: &At, message: impl Into<String>) {
        let warning = self.warning(at, message);
        self.warnings.push(warning);
    }

    /// What is wrong at a place.
    pub(super) fn warning(&self, at: &At, message: impl Into<String>) -> Warning {
        let document = self
            .read
            .get(at.document)
            .map_or("", |(address, _)| address);
        let name = document.rsplit('/').next().unwrap_or_default();
        Warning {
            at: format!("{name}#{}", at.pointer),
            message: message.into(),
        }
    }

    /// The value at a place.
    pub(super) fn value(&self, at: &At) -> Option<&Value> {
        self.read.get(at.document)?.1.pointer(&at.pointer)
    }

    /// The place that a reference leads to, over other references; a warning where it leads nowhere.
    pub(super) fn follow(&mut self, from: &At, reference: &str) -> Option<At> {
        let mut at = self.target(from, reference)?;
        for _ in 0..MOST_HOPS {
            let Some(value) = self.value(&at) else {
                self.warn(from, format!("`{reference}` leads to nothing"));
                return None;
            };
            let Some(next) = value.get("$ref").and_then(Value::as_str).map(str::to_owned) else {
                return Some(at);
            };
            // A schema with more than its reference is a schema of its own.
            if value.as_object().is_some_and(|object| object.len() > 1)
                && super::schema::is_schema(&at.pointer)
            {
                return Some(at);
            }
            let here = at.clone();
            at = self.target(&here, &next)?;
        }
        self.warn(from, format!("`{reference}` leads in a circle"));
        None
    }

    fn target(&mut self, from: &At, reference: &str) -> Option<At> {
        let (address, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let document = if address.is_empty() {
            from.document
        } else {
            self.document(from, address)?
        };
        let pointer = percent_encoding::percent_decode_str(pointer)
            .decode_utf8_lossy()
            .into_owned();
        if !pointer.is_empty() && !pointer.starts_with('/') {
            self.warn(
                from,
                format!("`{reference}` names an anchor, which is not followed"),
            );
            return None;
        }
        Some(At { document, pointer })
    }

    fn document(&mut self, from: &At, address: &str) -> Option<usize> {
        let base = self
            .read
            .get(from.document)
            .map_or("", |(address, _)| address);
        let address = join(base, address);
        if let Some(known) = self.known.get(&address) {
            return *known;
        }
        let read = self.fetch(&address);
        let found = match read {
            Ok(value) => {
                self.read.push((address.as_str().into(), Arc::new(value)));
                Some(self.read.len() - 1)
            }
            Err(reason) => {
                self.warn(from, format!("cannot get `{address}`: {reason}"));
                None
            }
        };
        self.known.insert(address, found);
        found
    }

    fn fetch(&mut self, address: &str) -> Result<Value, String> {
        if self.read.len() >= self.options.documents {
            return Err(format!(
                "there are more than {} documents",
                self.options.documents
            ));
        }
        let bytes = self
            .resolver
            .resolve(address)
            .map_err(|error| error.to_string())?;
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > self.options.bytes {
            return Err(format!(
                "the documents have more than {} bytes",
                self.options.bytes
            ));
        }
        text::parse(&bytes)
    }

    /// The file's name of a document, without folder and ending.
    pub(super) fn stem(&self, document: usize) -> Option<&str> {
        let (address, _) = self.read.get(document)?;
        let name = address.rsplit('/').next()?;
        name.split('.').next().filter(|stem| !stem.is_empty())
    }
}
