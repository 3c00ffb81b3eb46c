//! The engine as a whole, on documents of our own.

mod any_bytes;
mod bodies;
mod constructs;
mod described;
mod golden;
mod harness;
mod large;
mod round_trip;
