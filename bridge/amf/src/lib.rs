//! AMF0 and AMF3: values and bytes.
//!
//! No I/O, no async, no knowledge of remoting. Read in this order:
//!
//! 1. [`Value`], [`Graph`]: what AMF can say.
//! 2. [`Sink`]: the events through which answers are written, row by row if need be.
//! 3. [`Limits`], [`ReadError`], [`WriteError`]: budgets and failures.

mod error;
mod limits;
mod sink;
mod value;

pub use error::{ReadError, WriteError};
pub use limits::Limits;
pub use sink::{Class, Sink, VectorKind};
pub use value::{Array, External, Graph, Node, NodeId, Object, Traits, TraitsId, Value};
