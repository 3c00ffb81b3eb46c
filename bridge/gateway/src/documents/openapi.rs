//! An OpenAPI document that was read.

use std::sync::Arc;

use footbridge_mapping::description::Described;
use footbridge_mapping::model::{RestStep, Target};
use footbridge_rest::describe::Document;
use footbridge_rest::load::{Options, ResolveError, load};
use footbridge_rest::model::{Model, Operation};

use super::store::Store;

/// An OpenAPI document.
#[derive(Debug)]
pub struct RestEngine {
    document: Arc<Document>,
}

impl RestEngine {
    /// Reads the document of a backend: a file below `schemas/`, or an URL.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn load(document: &str, store: &Store) -> Result<(Self, Described), String> {
        let resolver = store.resolver("schemas", document);
        let mut resolve = |address: &str| resolver.get(address).map_err(ResolveError);
        let model =
            load(document, &mut resolve, &Options::default()).map_err(|error| error.to_string())?;
        Ok(Self::of(model, document))
    }

    /// An engine of a model that is there already, called `name` in sentences.
    pub fn of(model: Model, name: &str) -> (Self, Described) {
        let warnings = model.warnings.iter().map(ToString::to_string).collect();
        let document = Arc::new(Document::new(name, Arc::new(model)));
        let engine = Self {
            document: Arc::clone(&document),
        };
        let described = Described {
            description: document,
            warnings,
        };
        (engine, described)
    }

    /// What it describes.
    pub fn model(&self) -> &Arc<Model> {
        self.document.model()
    }

    /// The document, as `describe` shows it.
    pub fn document(&self) -> &Arc<Document> {
        &self.document
    }

    /// The operation that a step means, if the document describes it.
    pub fn operation(&self, rest: &RestStep) -> Option<&Operation> {
        match &rest.target {
            Target::Operation(name) => self.model().operation(name),
            Target::Path {
                method, written, ..
            } => {
                let path = written.split('?').next().unwrap_or(written);
                self.model().request(method, path)
            }
        }
    }

    /// The address of its first server, if it is a whole one.
    pub fn address(&self) -> Option<&str> {
        let servers = &self.model().servers;
        let whole = |server: &&Arc<str>| server.contains("://");
        servers.iter().find(whole).map(|server| &**server)
    }
}
