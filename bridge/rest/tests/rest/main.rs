//! The engine as a whole.

mod deep;
mod documents;
mod harness;
mod hostile;
mod plain;
mod same;
