//! Documents become a [`Model`].
//!
//! 1. `text` reads JSON and YAML (`yaml`), `documents` follows references, into other files too.
//! 2. `swagger` brings operations of Swagger 2.0, and `schema31` schemas of OpenAPI 3.1, to the form of 3.0.
//! 3. `operation` reads operations with their parameters, bodies and answers; `schema` reads types, one level after the
//!    other, through the structs of the `openapiv3` crate; `finish` merges `allOf` and puts discriminators together.
//!
//! What cannot be read costs only itself: each part is read alone, and what is wrong with it is a warning with its place.

mod content;
mod documents;
mod finish;
mod flat;
mod operation;
mod parameter;
mod response;
mod schema;
mod schema31;
mod security;
mod swagger;
mod text;
mod yaml;

use std::sync::Arc;

use footbridge_mapping::address::join;
use serde_json::Value;

use crate::model::Model;
use documents::{At, Documents};
use schema::Schemas;

/// Gives documents by their address. All I/O of loading is behind it; it decides which addresses it follows.
pub trait Resolver {
    /// The bytes of the document at `address`, which is absolute if that of the first one is.
    ///
    /// # Errors
    /// Why there are none. For the first document that ends the loading, for all others it is a warning.
    fn resolve(&mut self, address: &str) -> Result<Vec<u8>, ResolveError>;
}

impl<F: FnMut(&str) -> Result<Vec<u8>, ResolveError>> Resolver for F {
    fn resolve(&mut self, address: &str) -> Result<Vec<u8>, ResolveError> {
        self(address)
    }
}

/// Why a document is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ResolveError(pub String);

/// Budgets of the documents of one model.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Most documents; 500.
    pub documents: usize,
    /// Most bytes of all documents; 64 MiB.
    pub bytes: usize,
    /// Most schemas; 500,000.
    pub schemas: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            documents: 500,
            bytes: 64 << 20,
            schemas: 500_000,
        }
    }
}

/// Why there is no model. The document, or the mapping that names it, is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The document cannot be had.
    #[error("cannot get `{address}`: {reason}")]
    Missing {
        /// Where it should be.
        address: Arc<str>,
        /// Why not.
        reason: String,
    },
    /// It is neither JSON nor YAML.
    #[error("cannot read `{address}`: {reason}")]
    Unreadable {
        /// Where it is.
        address: Arc<str>,
        /// Why not.
        reason: String,
    },
    /// It is something else.
    #[error("`{address}` is no OpenAPI 3.0 or 3.1 and no Swagger 2.0: {found}")]
    NoOpenApi {
        /// Where it is.
        address: Arc<str>,
        /// What stands there.
        found: String,
    },
    /// The documents are too many or too large.
    #[error("the documents of `{address}` are more than {limit} {what}")]
    TooMuch {
        /// The first document.
        address: Arc<str>,
        /// Documents, bytes or schemas.
        what: &'static str,
        /// The budget.
        limit: usize,
    },
}

/// What a document calls itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Swagger2,
    OpenApi30,
    OpenApi31,
}

/// Loads the document at `address` and those that it refers to.
///
/// # Errors
/// Where the document itself cannot be had or read. All else is a warning of the model.
pub fn load(
    address: &str,
    resolver: &mut dyn Resolver,
    options: &Options,
) -> Result<Model, LoadError> {
    let mut documents = Documents::new(resolver, *options);
    let root = documents.first(address)?;
    let version = version(address, &root)?;
    let mut schemas = Schemas::new(documents, version);
    let title = root.pointer("/info/title").and_then(Value::as_str);
    let mut model = Model {
        title: title.unwrap_or_default().into(),
        servers: servers(address, &root, version),
        ..Model::default()
    };
    // Named schemas first, so that they stand in the document's order whatever uses them.
    let definitions = match version {
        Version::Swagger2 => "/definitions",
        Version::OpenApi30 | Version::OpenApi31 => "/components/schemas",
    };
    if let Some(Value::Object(named)) = root.pointer(definitions) {
        for name in named.keys() {
            let at = At::root()
                .below(definitions.trim_start_matches('/').split('/'))
                .member(name);
            schemas.named(&at);
        }
    }
    operation::operations(&mut schemas, &mut model, &root);
    security::security(&mut schemas, &mut model, &root);
    schemas.finish(address, &mut model)?;
    for (at, operation) in model.operations.iter().enumerate() {
        model.by_name.entry(operation.name.clone()).or_insert(at);
    }
    Ok(model)
}

fn version(address: &str, root: &Value) -> Result<Version, LoadError> {
    let text = |key: &str| match root.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        // `swagger: 2.0` without quotes.
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(_) | None => None,
    };
    if text("swagger").is_some_and(|version| version.starts_with('2')) {
        return Ok(Version::Swagger2);
    }
    let found = match text("openapi").or_else(|| text("swagger")) {
        Some(version) if version.starts_with("3.0") || version == "3" => {
            return Ok(Version::OpenApi30);
        }
        Some(version) if version.starts_with("3.1") => return Ok(Version::OpenApi31),
        Some(version) => format!("it says {version}"),
        None => "it has neither `openapi` nor `swagger`".to_owned(),
    };
    Err(LoadError::NoOpenApi {
        address: address.into(),
        found,
    })
}

/// The addresses of servers, with the defaults of their variables.
fn servers(address: &str, root: &Value, version: Version) -> Vec<Arc<str>> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let found: Vec<String> = match version {
        Version::Swagger2 => {
            let path = text(root.get("basePath")).unwrap_or_default();
            let path = path.trim_end_matches('/');
            match text(root.get("host")) {
                Some(host) => {
                    let schemes = root.get("schemes").and_then(Value::as_array);
                    let mut schemes: Vec<&str> = schemes
                        .map(|schemes| schemes.iter().filter_map(Value::as_str).collect())
                        .unwrap_or_default();
                    schemes.retain(|scheme| matches!(*scheme, "http" | "https"));
                    schemes.sort_by_key(|scheme| *scheme != "https");
                    let scheme = schemes.first().copied().unwrap_or("https");
                    vec![format!("{scheme}://{host}{path}")]
                }
                None if path.is_empty() => Vec::new(),
                None => vec![path.to_owned()],
            }
        }
        Version::OpenApi30 | Version::OpenApi31 => {
            let servers = root.get("servers").and_then(Value::as_array);
            servers
                .into_iter()
                .flatten()
                .filter_map(|server| {
                    let mut url = text(server.get("url"))?;
                    for (name, variable) in server
                        .get("variables")
                        .and_then(Value::as_object)
                        .into_iter()
                        .flatten()
                    {
                        let default = variable.get("default").map(|default| match default {
                            Value::String(text) => text.clone(),
                            other => other.to_string(),
                        });
                        url = url.replace(&format!("{{{name}}}"), &default.unwrap_or_default());
                    }
                    Some(url)
                })
                .collect()
        }
    };
    let absolute = address.contains("://");
    found
        .into_iter()
        .map(|url| match url.contains("://") || !absolute {
            true => url.into(),
            // Relative to where the document is (OpenAPI 3.0, Server Object).
            false => join(address, &url).into(),
        })
        .collect()
}
