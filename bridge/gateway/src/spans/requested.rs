//! The span of a request: a packet, or one call as JSON.

use axum::body::Body;
use http::header::USER_AGENT;
use http::{Request, Response};

use super::{Role, Span, cut};
use crate::http::Caller;

/// A request came in on a gateway's path; `route` is that path as the mapping has it, and nothing that a client wrote.
pub(crate) fn requested(
    caller: &Caller,
    request: &Request<Body>,
    route: impl Fn() -> String,
) -> Span {
    let method = request.method();
    let name = || format!("{method} {}", route());
    let span = Span::begin(Role::Server, &caller.trail, name);
    let trail = span.trail();
    if trail.is_told() {
        let scheme = if caller.secure { "https" } else { "http" };
        trail.text("http.request.method", method.as_str());
        trail.text("http.route", &route());
        trail.text("url.scheme", scheme);
        trail.text("client.address", &caller.address.to_string());
        if let Some(Ok(name)) = request.headers().get(USER_AGENT).map(|name| name.to_str()) {
            trail.text("user_agent.original", cut(name));
        }
    }
    span
}

/// It was answered.
pub(crate) fn responded(span: Span, response: &Response<Body>) {
    let (trail, status) = (span.trail(), response.status());
    trail.number("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        trail.text("error.type", status.as_str());
        trail.failed();
    }
    span.end();
}
