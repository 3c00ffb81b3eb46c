//! Tests of the whole codec.

mod bodies;
mod properties;
