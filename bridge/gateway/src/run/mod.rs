//! Runs what the mapping compiled: an operation's plan, from its arguments to the bytes of its answer.

mod operation;

pub use operation::{Client, Context, Identity, operation};
