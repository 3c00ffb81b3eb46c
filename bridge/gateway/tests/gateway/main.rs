//! The gateway on a real port, spoken to over a real connection.

mod admin;
mod calls;
mod edge;
mod http;
mod https;
mod packets;
mod prepare;
mod support;
