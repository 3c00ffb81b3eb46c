//! The engine as a whole.

mod any_document;
mod deep;
mod documents;
mod harness;
mod hostile;
mod large;
mod plain;
mod same;
