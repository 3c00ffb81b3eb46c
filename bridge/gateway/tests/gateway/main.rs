//! The gateway on a real port, spoken to over a real connection.

mod admin;
mod calls;
mod carriers;
mod classic;
mod debug;
mod describe;
mod edge;
mod game;
mod headers;
mod hostile;
mod http;
mod https;
mod json;
mod logins;
mod names;
mod packets;
mod pages;
mod prepare;
mod profiles;
mod proxy;
mod rows;
mod sessions;
mod store;
mod stuffing;
mod support;
