//! The engine as a whole.

mod deep;
mod harness;
mod hostile;
mod plain;
mod same;
