//! Envelopes become values: laxly, in one pass of events, straight into an answer.
//!
//! `shapes` decides at load what each type looks like to a client, `order` whether its elements have one; `part` unpacks what came over HTTP; `envelope` opens
//! it, `place` knows where the result stands, `stream` reads lists item by item; `emit` and `object` walk the values;
//! `scalar` reads texts (`moment` those of dates), `loose` what nothing describes, `fault` faults. Takers of values are `out`: an answer
//! (`direct`), data of a mapping (`keep`), a graph where values are shared (`shared`). `asked` looks at envelopes that others wrote.

mod asked;
mod direct;
mod emit;
mod envelope;
mod fault;
mod keep;
mod loose;
mod moment;
mod notes;
mod object;
mod order;
mod out;
mod part;
mod place;
mod predict;
mod replay;
mod scalar;
mod shapes;
mod shared;
mod stream;

use footbridge_mapping::data::Data;

pub use asked::{NotAsked, asked};
pub use envelope::{read_data, read_into, read_request};
pub use fault::Fault;
pub use notes::{Forgiven, Notes};
pub(crate) use part::parameter;
pub use shapes::Shapes;

use crate::xml::{XmlError, XmlLimits};

/// A reply as HTTP brought it, decompressed.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The header Content-Type.
    pub content_type: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// Budgets of one reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Of its XML.
    pub xml: XmlLimits,
}

/// What a reply was.
#[derive(Debug)]
pub enum Outcome<T> {
    /// An answer.
    Value(T),
    /// A fault, at whatever HTTP status.
    Fault(Box<Fault>),
}

/// The parts of an answer as data, for expressions.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The inside of the operation's wrapper.
    pub body: Data,
    /// Header blocks by local name; null where there is none.
    pub headers: Data,
}

/// Why a reply cannot be read. The backend is at fault, or the answer's budget.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is no SOAP envelope: a web page, text, nothing.
    #[error("HTTP {status} without a SOAP envelope{}", if quote.is_empty() { ", and without content".to_owned() } else { format!(": {quote}") })]
    NoEnvelope {
        /// The HTTP status.
        status: u16,
        /// The beginning of what came, at most 2 KiB.
        quote: String,
    },
    /// Its XML is malformed or over a limit.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// A part of a multipart reply is missing or malformed.
    #[error("a multipart reply that cannot be taken apart: {0}")]
    Multipart(&'static str),
    /// A field is null whose declared type has no `?`.
    #[error("`{field}` is null, and its type has no `?`")]
    Null {
        /// The field.
        field: String,
    },
    /// References lead nowhere or too deep.
    #[error("the reply's values are nested deeper than {limit}")]
    TooDeep {
        /// The budget.
        limit: usize,
    },
    /// The answer has no room for it, or its encoding cannot say it.
    #[error(transparent)]
    Write(#[from] footbridge_amf::WriteError),
}
