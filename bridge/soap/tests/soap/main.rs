//! The engine as a whole, on documents of our own.

mod any_bytes;
mod bodies;
mod constructs;
mod deep;
mod described;
mod golden;
mod harness;
mod mocked;
mod options;
mod round_trip;
mod shapes;
#[cfg(feature = "x509")]
mod signed;
mod straight;
mod tokens;
mod uniform;
