//! Requests: what a mapping or an operation's arguments give becomes a method, a path with its query, headers and bytes.
//!
//! `bind` brings arguments to the places that a document has for them; `path`, `query` and `header` write them, `style`
//! knows how lists and objects look there; `json`, `form`, `multipart`, `xml` write bodies, `value` what has no parts,
//! checked against its schema. Whatever the arguments are, the origin and the path's own pieces stay as they are.

mod bind;
mod body;
mod choice;
mod form;
mod header;
mod json;
mod multipart;
mod names;
mod parameter;
mod path;
mod query;
mod style;
mod value;
mod xml;

use std::sync::Arc;

use footbridge_mapping::argument::BadArgument;
use footbridge_mapping::data::Data;
use footbridge_mapping::place::Place;
use jiff::tz::TimeZone;

pub use bind::{arguments, bind};
pub use names::WireNames;

use crate::model::{Media, Method, Model, Operation, ParameterPlace, TypeId};

/// What is to be sent, as values.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The method.
    pub method: Method,
    /// The path below the backend's address, in pieces.
    pub path: Vec<Part>,
    /// Fixed parameters of the query, sent before all others.
    pub fixed: Vec<(Arc<str>, Arc<str>)>,
    /// Parameters of the query: null is left out, a list is repeated or as the document says.
    pub query: Vec<(Arc<str>, Data)>,
    /// Headers: null is left out.
    pub headers: Vec<(Arc<str>, Data)>,
    /// Cookies: null is left out.
    pub cookies: Vec<(Arc<str>, Data)>,
    /// The body.
    pub body: Body,
    /// Its media type; JSON, or the document's.
    pub content: Option<Media>,
}

/// A piece of a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// As it stands.
    Text(Arc<str>),
    /// One encoded segment, or part of one.
    Value(Data),
}

/// The body of a draft.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// None.
    None,
    /// A value, written as the media type says. Members that the document does not describe are sent too.
    Tree(Data),
    /// A value as a client gave it: of objects that the document describes only what it describes is sent.
    Value(Data),
    /// A text that is ready: a rendered template.
    Text(String),
}

/// What stays the same for all requests of a service.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Of days that are instants, and of texts without a zone.
    pub zone: &'a TimeZone,
    /// How fields of mapped types are called on the wire.
    pub names: &'a WireNames,
}

/// A request that can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query, encoded, beginning with `/`: to be put behind the backend's address.
    pub target: String,
    /// Headers, `Accept` and `Content-Type` among them.
    pub headers: Vec<(Arc<str>, String)>,
    /// The body; `None` where there is none.
    pub body: Option<Vec<u8>>,
}

/// Why there is no request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// A value does not fit its place; who gave it is at fault.
    #[error(transparent)]
    Argument(#[from] BadArgument),
    /// The mapping names what no request can have.
    #[error("{0}")]
    Mapping(String),
}

/// Builds a request. `described` is what a document says of it, if there is one that does.
///
/// # Errors
/// [`RequestError::Argument`] with the place of a value that does not fit: `order.lines[2].qty`.
pub fn build(
    draft: &Draft,
    described: Option<(&Model, &Operation)>,
    settings: &Settings<'_>,
) -> Result<Request, RequestError> {
    let nothing = &*NOTHING;
    let (model, operation) = match described {
        Some((model, operation)) => (model, Some(operation)),
        None => (nothing, None),
    };
    let encoder = Encoder {
        model,
        settings,
        given: matches!(draft.body, Body::Tree(_)),
        left: std::cell::Cell::new(MAX_VALUES),
    };
    let mut target = path::path(&encoder, draft, operation)?;
    query::query(&encoder, draft, operation, &mut target)?;
    let mut headers = header::headers(&encoder, draft, operation)?;
    let body = body::body(&encoder, draft, operation)?;
    header::accept(&mut headers, operation);
    let body = body.map(|(content_type, bytes)| {
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        headers.push(("Content-Type".into(), content_type));
        bytes
    });
    Ok(Request {
        method: draft.method.clone(),
        target,
        headers,
        body,
    })
}

/// A value as an XML document by its schema; `None` where it does not fit.
pub(crate) fn xml_of(model: &Model, id: TypeId, data: &Data) -> Option<String> {
    let names = WireNames::default();
    let zone = TimeZone::UTC;
    let settings = Settings {
        zone: &zone,
        names: &names,
    };
    let encoder = Encoder {
        model,
        settings: &settings,
        given: false,
        left: std::cell::Cell::new(MAX_VALUES),
    };
    xml::xml(&encoder, data, id, &Place::root("body")).ok()
}

impl Operation {
    /// The parameter of a name at a place; names of headers are equal in any case.
    pub(crate) fn parameter(
        &self,
        place: ParameterPlace,
        name: &str,
    ) -> Option<&crate::model::Parameter> {
        self.parameters.iter().find(|parameter| {
            parameter.place == place
                && match place {
                    ParameterPlace::Header => parameter.name.eq_ignore_ascii_case(name),
                    ParameterPlace::Path | ParameterPlace::Query | ParameterPlace::Cookie => {
                        *parameter.name == *name
                    }
                }
        })
    }
}

/// Writes values by their types.
pub(crate) struct Encoder<'a> {
    model: &'a Model,
    settings: &'a Settings<'a>,
    /// The mapping wrote the body: what the document does not describe is meant.
    given: bool,
    /// Values that may still be written.
    left: std::cell::Cell<usize>,
}

/// Objects and lists within each other: what a client sends may hold itself.
const MAX_DEPTH: usize = 64;

/// Values of one request: what is shared is written once for each place.
const MAX_VALUES: usize = 200_000;

impl Encoder<'_> {
    /// One more value, at a place that is not too deep.
    fn enter(&self, place: &Place<'_>) -> Result<(), BadArgument> {
        if place.depth > MAX_DEPTH {
            return Err(place.refuse(format!("is nested deeper than {MAX_DEPTH}")));
        }
        let Some(left) = self.left.get().checked_sub(1) else {
            return Err(place.refuse("goes beyond the values that are allowed in all"));
        };
        self.left.set(left);
        Ok(())
    }
}

static NOTHING: std::sync::LazyLock<Model> = std::sync::LazyLock::new(Model::default);
