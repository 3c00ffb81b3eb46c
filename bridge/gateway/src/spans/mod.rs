//! Traces as OpenTelemetry has them: a span for each request, below it one for each call, below that one for each run of a step
//! that asks a backend.
//!
//! Everybody who tells a span does it through the functions here, whether the gateway was built with the feature `opentelemetry` or
//! not: without it `Span` and [`Trail`] hold nothing, and what they are asked to do is nothing (`absent`). With it they do
//! nothing either until `install` found somebody to tell (`recorded`, `export`).
//!
//! Names of operations, steps and backends are those of the mapping; those of a call that no mapping knows are the client's, and cut. No
//! value of an argument, a reply or a fault's message is told, no text of SQL, and no URL but its path in the mapping.

#[cfg(not(feature = "opentelemetry"))]
mod absent;
#[cfg(not(feature = "opentelemetry"))]
pub(crate) use absent::Span;
#[cfg(not(feature = "opentelemetry"))]
pub use absent::Trail;

#[cfg(feature = "opentelemetry")]
mod export;
#[cfg(feature = "opentelemetry")]
pub use export::{ExportError, Exporter, install};

#[cfg(feature = "opentelemetry")]
mod recorded;
#[cfg(feature = "opentelemetry")]
pub(crate) use recorded::Span;
#[cfg(feature = "opentelemetry")]
pub use recorded::Trail;

mod asked;
pub(crate) use asked::asked;

mod called;
pub(crate) use called::{answered, called};

mod requested;
pub(crate) use requested::{requested, responded};

/// Whose work a span tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A request that came in.
    Server,
    /// Something within the gateway.
    Within,
    /// A request that goes out.
    Client,
}

/// Text of a client's in a span; names of services are shorter.
const LONGEST: usize = 120;

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}
