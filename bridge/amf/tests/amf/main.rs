//! Tests of the whole codec.

mod bodies;
mod canonical;
mod events;
mod properties;
mod rows;
