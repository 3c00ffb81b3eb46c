//! AMF0: the encoding of Flash Player 6 to 8, and of the outside of every packet.
//!
//! All numbers are big-endian; `text` is a U16 length and bytes, `long text` a U32 length and bytes.
//!
//! ```text
//! 00 number  f64          06 undefined             0C long string   long text
//! 01 boolean U8           07 reference U16         0D unsupported
//! 02 string  text         08 ECMA array U32, (text, value)* 00 00 09
//! 03 object  (text, value)* 00 00 09               0F XML document  long text
//! 05 null                 0A strict array U32, values
//!                         0B date f64, S16         10 typed object text, (text, value)* 00 00 09
//! 11 one AMF3 value
//! ```
//!
//! Objects, arrays and typed objects take a place in the table that 07 refers to, dates and XML do not.

mod graph;
mod marker;
mod reader;
mod writer;

pub use reader::Reader;
pub use writer::Writer;
