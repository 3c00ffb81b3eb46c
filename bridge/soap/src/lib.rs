//! A dynamic SOAP client without sockets: WSDL 1.1 and XML Schema in, envelopes written and read. No code generation.
//!
//! No I/O, no clock and no randomness: documents come through a [`load::Resolver`], replies as bytes.
//! Read in this order:
//!
//! 1. [`load::load`]: documents become one immutable [`model::Model`], shared by all calls; what cannot be understood is
//!    a warning, and the rest stays usable.
//! 2. [`write::write`]: arguments become an envelope with its HTTP headers, strictly as the schema has it.
//! 3. [`read::Shapes`]: what each type looks like to a client; [`read::read_into`]: a reply straight into an answer;
//!    [`read::read_data`]: a reply as data for expressions. Both are lax, and [`read::Notes`] tell what was forgiven.

pub mod load;
pub mod model;
pub mod read;
pub mod write;
pub mod xml;
