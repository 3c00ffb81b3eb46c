//! Backends that are reached by HTTP, and the operations that call them.
//!
//! 1. `backends`: addresses, documents, how calls travel; `auth`: how the gateway proves who calls.
//! 2. `descriptions`: what documents say, asked once.
//! 3. `soap`, `rest`: the kinds, with the keys that belong to them; `request`: what both share.
//! 4. `proof`: whether requests and answers can be as mappings say, by the document.
//! 5. `template`: handlebars text, closed at load.
//! 6. `publish`: described operations that are opened without a line of their own; `glob`: which they are.

mod auth;
mod backends;
mod descriptions;
mod glob;
mod page;
mod proof;
mod publish;
mod request;
mod rest;
mod soap;
mod template;

pub(in crate::compile) use descriptions::answered;
pub(in crate::compile) use glob::{fits, opened};
