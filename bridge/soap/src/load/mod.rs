//! Documents become a [`Model`].
//!
//! 1. `collect` follows imports and includes, wherever they lead and whatever comes back twice.
//! 2. `globals` knows where each named thing of the whole set stands; `standard` what is built in.
//! 3. `schema` reads types and elements, by index, so that they may name each other in circles, with `complex`,
//!    `attribute` and `simple`; `finish` puts bases and what extends them together.
//! 4. `wsdl` reads services, `binding` their operations, `message` messages and parts.

mod addressing;
mod attribute;
mod binding;
mod collect;
mod complex;
mod finish;
mod globals;
mod message;
mod schema;
mod simple;
mod standard;
mod wsdl;

pub(crate) use collect::is_xsd;

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Model, Warning};
use crate::xml::{XmlError, XmlLimits};

/// Gives documents by their address. All I/O of loading is behind it; it decides which addresses it follows.
pub trait Resolver {
    /// The bytes of the document at `address`, which is absolute if that of the WSDL is.
    ///
    /// # Errors
    /// Why there are none. For the WSDL itself that ends the loading, for all others it is a warning.
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

/// How documents are read.
#[derive(Clone, Debug)]
pub struct Options {
    /// `catalog`: documents that take the place of others, by address or by namespace.
    pub catalog: HashMap<Arc<str>, Arc<str>>,
    /// `patches`, applied in this order.
    pub patches: Vec<Patch>,
    /// Budgets of one document. A document type without entities is passed over by default.
    pub xml: XmlLimits,
    /// Most documents; 500.
    pub documents: usize,
    /// Most bytes of all documents; 64 MiB.
    pub bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            catalog: HashMap::new(),
            patches: Vec::new(),
            xml: XmlLimits {
                document_type: true,
                ..XmlLimits::default()
            },
            documents: 500,
            bytes: 64 << 20,
        }
    }
}

/// A repair of documents that are wrong and cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Patch {
    /// Replaces text in every document, before it is read.
    Replace {
        /// What is looked for.
        find: Arc<str>,
        /// What takes its place.
        with: Arc<str>,
    },
    /// Sets `elementFormDefault` of the schemas of a namespace.
    Qualify {
        /// Their target namespace.
        namespace: Arc<str>,
        /// Whether their local elements are qualified.
        qualified: bool,
    },
    /// Reads one more document, as if the WSDL imported it.
    Import {
        /// Its address.
        location: Arc<str>,
    },
}

/// Why there is no model. The document, or the mapping that names it, is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The WSDL itself cannot be had.
    #[error("cannot get `{address}`: {reason}")]
    Missing {
        /// Where it should be.
        address: Arc<str>,
        /// Why not.
        reason: String,
    },
    /// The WSDL itself cannot be read.
    #[error("cannot read `{address}`: {error}")]
    Unreadable {
        /// Where it is.
        address: Arc<str>,
        /// Why not.
        error: XmlError,
    },
    /// It is something else.
    #[error("`{address}` is no WSDL 1.1: its element is `{element}`{hint}")]
    NoWsdl {
        /// Where it is.
        address: Arc<str>,
        /// What stands there.
        element: String,
        /// What may help.
        hint: &'static str,
    },
    /// The documents are too many or too large.
    #[error("the documents of `{address}` are more than {limit} {what}")]
    TooMuch {
        /// The WSDL.
        address: Arc<str>,
        /// Documents or bytes.
        what: &'static str,
        /// The budget.
        limit: usize,
    },
}

/// Reads the WSDL at `address` and all that it names.
///
/// # Errors
/// [`LoadError`] only for the WSDL itself and for budgets; what else cannot be understood is a warning of the model.
///
/// ```
/// use footbridge_soap::load::{Options, load};
///
/// let wsdl = r#"<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" targetNamespace="urn:x"/>"#;
/// let model = load("x.wsdl", &mut |_: &str| Ok(wsdl.as_bytes().to_vec()), &Options::default())?;
/// assert!(model.services.is_empty());
/// # Ok::<(), footbridge_soap::load::LoadError>(())
/// ```
pub fn load(
    address: &str,
    resolver: &mut dyn Resolver,
    options: &Options,
) -> Result<Model, LoadError> {
    let mut warnings = Vec::new();
    let documents = collect::collect(address, resolver, options, &mut warnings)?;
    let trees = collect::trees(&documents, options);
    let globals = globals::Globals::of(&documents, &trees, options, &mut warnings);
    let mut compiler = schema::Compiler::new(&documents, &trees, &globals);
    compiler.all();
    let services = wsdl::services(&mut compiler);
    let mut model = compiler.finish(services);
    warnings.append(&mut model.warnings);
    // One mistake in a schema of a thousand types is told once.
    let mut seen = std::collections::HashSet::new();
    warnings.retain(|warning: &Warning| seen.insert(warning.message.clone()));
    warnings.truncate(MAX_WARNINGS);
    model.warnings = warnings;
    Ok(model)
}

/// Warnings beyond these help nobody.
const MAX_WARNINGS: usize = 200;
