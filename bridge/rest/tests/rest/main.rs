//! The engine as a whole.

mod deep;
mod documents;
mod harness;
mod hostile;
mod large;
mod plain;
mod same;
