//! REST without sockets: OpenAPI documents in, requests built and answers selected. No code generation.
//!
//! No I/O, no clock and no randomness. Read in this order:
//!
//! 1. [`load::load`]: OpenAPI 3.0, 3.1 and Swagger 2.0, JSON or YAML, become one immutable [`model::Model`], shared by
//!    all calls; what cannot be understood is a warning, and the rest stays usable.
//! 2. [`request::build`]: what a mapping or an operation's arguments give becomes method, path, headers and bytes,
//!    strictly as the document has it. [`request::bind`] makes a draft of arguments by name.
//! 3. [`reply::Answers`]: what is selected of each answer, decided at load; [`reply::read_into`]: an answer straight into
//!    the client's; [`reply::read_data`] and [`reply::read_body`]: as data for expressions; [`reply::read_fault`]: what
//!    a fault says.
//! 4. [`describe`]: what a document has, in the words of the mapping language, with filled examples; [`mock`]: a service
//!    that answers with them.
//!
//! ```
//! use std::sync::Arc;
//! use footbridge_mapping::data::Data;
//! use footbridge_mapping::slot;
//! use footbridge_rest::model::Method;
//! use footbridge_rest::reply::{Answers, Reply, read_data};
//! use footbridge_rest::request::{Body, Draft, Part, Settings, WireNames, build};
//! use jiff::tz::TimeZone;
//!
//! // GET /customers/{id}, without a document
//! let draft = Draft {
//!     method: Method::new("GET")?,
//!     path: vec![Part::Text("/customers/".into()), Part::Value(Data::text("a/b"))],
//!     fixed: vec![],
//!     query: vec![("tag".into(), Data::List([Data::Int(1), Data::Int(2)].into()))],
//!     headers: vec![],
//!     cookies: vec![],
//!     body: Body::None,
//!     content: None,
//! };
//! let settings = Settings { zone: &TimeZone::UTC, names: &WireNames::default() };
//! let request = build(&draft, None, &settings)?;
//! assert_eq!(request.target, "/customers/a%2Fb?tag=1&tag=2");
//!
//! let returns = slot::parse("decimal from data.total").unwrap();
//! let answers = Answers::compile(None, Some(&returns), &Arc::default(), &TimeZone::UTC);
//! let body = br#"{"data": {"total": 12.50}}"#;
//! let reply = Reply { status: 200, content_type: Some("application/json"), body };
//! assert_eq!(read_data(&reply, &answers)?, Data::Decimal("12.50".into()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod describe;
mod json;
pub mod load;
pub mod mock;
pub mod model;
pub mod reply;
pub mod request;

pub use json::JsonError;
