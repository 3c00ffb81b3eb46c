//! Answers: bytes become the client's values in one pass, straight into the answer, or data for expressions.
//!
//! `plan` decides at load what is selected: of each status and media type that a document describes, under the types,
//! names and aliases of a service; `compile` makes it. `body` unpacks what came over HTTP, `xml` makes JSON of XML;
//! `emit` walks the JSON with `object`, `list`, `scalar` and `untyped`. Takers of values are `out`: an answer
//! (`direct`), data of a mapping (`keep`). `fault` is what is not a good answer.

mod body;
mod compile;
mod direct;
mod emit;
mod fault;
mod keep;
mod list;
mod notes;
mod object;
mod out;
mod plan;
mod scalar;
mod untyped;
mod xml;

use std::sync::Arc;

use footbridge_amf::{Sink, WriteError};
use footbridge_mapping::data::Data;
use footbridge_remoting::Style;

pub use fault::{Fault, read_fault};
pub use notes::Notes;
pub use plan::Answers;

use crate::json::JsonError;
use body::Text;
use direct::Direct;
use emit::Emit;
use keep::Keep;

/// An answer as HTTP brought it, decompressed.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The header Content-Type.
    pub content_type: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// Why an answer cannot be read. The backend or the mapping is at fault, or the answer's budget.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is no JSON, or not all of it.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// It is no XML.
    #[error("no well-formed XML: {0}")]
    Xml(String),
    /// It is something else than what is declared: a web page where an object should be.
    #[error("{media} where {wanted} is declared")]
    Media {
        /// What came.
        media: String,
        /// What is declared.
        wanted: &'static str,
    },
    /// A value is not what is declared for it.
    #[error("{}{message}", if path.is_empty() { "the reply ".to_owned() } else { format!("`{path}` ") })]
    Bad {
        /// Where: `lines[2].price`.
        path: String,
        /// What is wrong there.
        message: String,
    },
    /// A member stands twice, and its first value is written already; [`read_last_into`] reads such an answer.
    #[error("a member stands twice")]
    Twice,
    /// The answer to the client has no room for it, or its encoding cannot say it.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Writes what `returns` selects of a good answer as the one value of `sink`. `service` is the name that a record set
/// carries.
///
/// # Errors
/// Where it cannot be read or does not fit; the sink then holds a part of a value. After [`ReadError::Twice`] a fresh
/// sink can take the same answer from [`read_last_into`].
pub fn read_into(
    reply: &Reply<'_>,
    answers: &Answers,
    style: &Style,
    service: &str,
    sink: &mut dyn Sink,
) -> Result<Notes, ReadError> {
    let mut out = Direct::new(sink, style, service, &answers.scope);
    read(reply, answers, Whole::Returns, &mut out, false)
}

/// As [`read_into`], slower: each object is read to its end before anything of it is written, so that of a member that
/// stands twice the last value goes out.
///
/// # Errors
/// As [`read_into`], and never [`ReadError::Twice`].
pub fn read_last_into(
    reply: &Reply<'_>,
    answers: &Answers,
    style: &Style,
    service: &str,
    sink: &mut dyn Sink,
) -> Result<Notes, ReadError> {
    let mut out = Direct::new(sink, style, service, &answers.scope);
    read(reply, answers, Whole::Returns, &mut out, true)
}

/// What `returns` selects of a good answer, as data.
///
/// # Errors
/// As [`read_into`].
pub fn read_data(reply: &Reply<'_>, answers: &Answers) -> Result<Data, ReadError> {
    kept(reply, answers, Whole::Returns)
}

/// The whole body as data by its described type: what `reply.body` is in expressions.
///
/// # Errors
/// As [`read_into`].
pub fn read_body(reply: &Reply<'_>, answers: &Answers) -> Result<Data, ReadError> {
    kept(reply, answers, Whole::Body)
}

/// The text of a described header as data: `reply.headers.X`.
pub fn read_header(answers: &Answers, status: u16, name: &str, text: &str) -> Data {
    scalar::header(answers.header(status, name), text, &answers.zone)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    Returns,
    Body,
}

fn kept(reply: &Reply<'_>, answers: &Answers, whole: Whole) -> Result<Data, ReadError> {
    let mut out = Keep::default();
    match read(reply, answers, whole, &mut out, false) {
        Err(ReadError::Twice) => {
            out = Keep::default();
            read(reply, answers, whole, &mut out, true)?;
        }
        first => {
            first?;
        }
    }
    Ok(out.finish())
}

fn read<O: out::Out>(
    reply: &Reply<'_>,
    answers: &Answers,
    whole: Whole,
    out: &mut O,
    last: bool,
) -> Result<Notes, ReadError> {
    let chosen = answers.choose(reply.status, reply.content_type);
    let (path, spot) = match whole {
        Whole::Returns => (&*chosen.path, &chosen.spot),
        Whole::Body => (&[][..], &chosen.body),
    };
    let wants_bytes = path.is_empty() && answers.plan.is_bytes(spot.node);
    let structured = !path.is_empty() || answers.plan.is_structured(spot.node);
    let text = match body::open(reply, wants_bytes, structured) {
        Text::Nothing => Some("null".into()),
        Text::Json(text) => Some(text),
        Text::Xml(text) => {
            Some(xml::to_json(&text, answers.model.as_deref(), chosen.kind, path)?.into())
        }
        // A web page is no object, however lax: its text reaches nobody.
        Text::Plain(_) if !path.is_empty() || answers.plan.has_parts(spot.node) => {
            return Err(ReadError::Media {
                media: reply.content_type.unwrap_or("a text").to_owned(),
                wanted: "an object or a list",
            });
        }
        Text::Plain(text) => {
            let mut json = String::with_capacity(text.len() + 2);
            crate::json::write_text(&mut json, &text);
            Some(json.into())
        }
        Text::Bytes => None,
    };
    let mut emit = Emit::new(&answers.plan, text.as_deref().unwrap_or(""), out);
    emit.last = last;
    match &text {
        Some(_) => emit.read(path, spot, &answers.zone)?,
        None => emit.bytes(reply.body, path, spot, &answers.zone)?,
    }
    Ok(emit.notes)
}

/// The scope that answers are read under, shared.
type Scope = Arc<footbridge_mapping::model::TypeScope>;
