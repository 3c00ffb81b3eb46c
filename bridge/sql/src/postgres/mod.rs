//! PostgreSQL: parameters typed by the server, values in its binary format.

mod decode;

pub(crate) use decode::Array;
