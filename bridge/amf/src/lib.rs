//! AMF0 and AMF3: values and bytes.
//!
//! No I/O, no async, no knowledge of remoting. Read in this order:
//!
//! 1. [`Value`], [`Graph`]: what AMF can say. [`Graph::list`], [`Graph::member`] and [`Graph::peel`] ask what it means.
//! 2. [`amf0::Reader`], [`amf3::Reader`]: bytes to values, within a [`Budget`] of [`Limits`], borrowing from the input.
//!    [`Externals`] names classes that write their own bytes.
//! 3. [`Sink`]: the events through which answers are written, row by row if need be. [`amf0::Writer`], [`amf3::Writer`]
//!    and [`GraphBuilder`] take them.
//! 4. [`canonical`]: any value as JSON, for people and tests.
//! 5. [`ReadError`], [`WriteError`]: failures.
//!
//! ```
//! use footbridge_amf::{Budget, Graph, Limits, Sink, amf0, amf3};
//!
//! // What Ruffle makes of the list ["a", "b"]: an array with names.
//! let bytes = b"\x08\0\0\0\x02\0\x010\x02\0\x01a\0\x011\x02\0\x01b\0\0\x09";
//! let mut graph = Graph::new();
//! let value = amf0::Reader::new(bytes, 0, &mut Budget::new(&Limits::default())).read(&mut graph)?;
//! let items = graph.list(&value).expect("a list");
//!
//! let mut writer = amf3::Writer::new(Vec::new(), 1 << 20);
//! writer.begin_array()?;
//! for item in items.iter() {
//!     writer.graph(&graph, item)?;
//! }
//! writer.end()?;
//! assert_eq!(writer.finish()?, b"\x09\x05\x01\x06\x03a\x06\x03b");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod amf0;
pub mod amf3;
mod build;
pub mod canonical;
mod error;
mod external;
mod input;
mod limits;
mod list;
mod list_forms;
mod owned;
mod seen;
mod sink;
mod text;
mod value;

pub use build::GraphBuilder;
pub use error::{ReadError, WriteError};
pub use external::Externals;
pub use limits::{Budget, Limits};
pub use list_forms::ListForms;
pub use sink::{Class, Sink, VectorKind};
pub use value::{Array, External, Graph, Node, NodeId, Object, Traits, TraitsId, Value};
