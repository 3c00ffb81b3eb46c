//! The gateway on a real port, spoken to over a real connection.

mod calls;
mod http;
mod packets;
mod prepare;
mod support;
