//! The engine as a whole, on documents of our own.

mod constructs;
mod golden;
mod harness;
