//! What is asked of a backend.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::cookies::CookieJar;

/// One call.
#[derive(Clone)]
pub struct Request {
    /// GET, POST …
    pub method: Method,
    /// Where it goes.
    pub target: Target,
    /// Its headers. Those that frame a message (`Content-Length`, `Transfer-Encoding`, `Connection` and their like) are
    /// the client's own and left out.
    pub headers: HeaderMap,
    /// Its body; empty for none.
    pub body: Bytes,
    /// Whether it may act twice: only then a request that may have arrived is sent again.
    pub repeatable: bool,
    /// How often it is sent again at most.
    pub retries: u32,
    /// Who calls the gateway, for `auth: caller`.
    pub caller: Option<Credentials>,
    /// The cookies of the caller's session; without them none are sent or kept.
    pub cookies: Option<Arc<CookieJar>>,
}

impl Request {
    /// A request without headers and body, sent once.
    pub fn new(method: Method, target: Target) -> Self {
        Self {
            method,
            target,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            repeatable: false,
            retries: 0,
            caller: None,
            cookies: None,
        }
    }
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The backend's address itself, as SOAP wants it.
    Address,
    /// A path that begins with `/`, and its query, both encoded, below the backend's address.
    Below(String),
    /// A whole URL of the backend's origin, e.g. of the next page; any other is refused.
    Url(String),
}

/// Who calls the gateway, as the backend is told for `auth: caller`. Never shown: it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// A name and a password, sent by Basic.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// A token, sent as Bearer.
    Token(String),
}
