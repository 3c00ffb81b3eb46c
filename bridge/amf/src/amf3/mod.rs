//! AMF3: the encoding of ActionScript 3.
//!
//! ```text
//! 00 undefined  01 null  02 false  03 true      06 string      H = length, bytes
//! 04 integer    U29                             07 XMLDocument H = length, bytes
//! 05 double     f64                             08 Date        H = 0, f64 milliseconds UTC
//! 09 Array      H = dense count, (name, value)* 01, dense values
//! 0A Object     H = trait bits, [class, names], sealed values, [(name, value)* 01]
//! 0B XML        H = length, bytes               0C ByteArray   H = length, bytes
//! 0D 0E 0F 10   Vector of int, uint, Number, Object: H = count, fixed, [class], items
//! 11 Dictionary H = count, weak, (key, value)*
//! ```
//!
//! H is a U29 whose lowest bit is 0 for a reference. Strings, objects and trait sets have a table each, which
//! [`Reader`] keeps for one header or body of a packet.

mod classes;
mod graph;
mod marker;
mod members;
mod reader;
mod strings;
mod writer;

pub use members::{Members, Utf8};
pub use reader::Reader;
pub use strings::Repeats;
pub use writer::Writer;

pub(crate) use marker::{INT_MAX, INT_MIN};
