//! From plain HTTP to HTTPS.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{self, HeaderValue};
use axum::http::{Response, StatusCode};

use super::text;
use crate::gateway::Gateway;

/// Sends a request to the same path on HTTPS; 308, so that a POST stays one. The host is the public one where it is known, else
/// the one that was asked, if that can be one.
pub(super) fn to_https(gateway: &Gateway, port: u16, request: &Request) -> Response<Body> {
    let live = gateway.live();
    let public = live.mapping.gateway.edge.behind.public_url.as_deref();
    let base = match public.filter(|url| url.starts_with("https://")) {
        Some(url) => url.to_owned(),
        None => match host(request) {
            Some(host) if port == 443 => format!("https://{host}"),
            Some(host) => format!("https://{host}:{port}"),
            None => return text(StatusCode::BAD_REQUEST, "the request names no host\n"),
        },
    };
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let Ok(target) = HeaderValue::from_str(&format!("{base}{path}")) else {
        return text(StatusCode::BAD_REQUEST, "the request names no host\n");
    };
    let mut response = text(StatusCode::PERMANENT_REDIRECT, "this gateway is on HTTPS\n");
    response.headers_mut().insert(header::LOCATION, target);
    response
}

/// The host that was asked, without its port.
fn host(request: &Request) -> Option<&str> {
    let named = match request.uri().host() {
        Some(host) => host,
        None => request.headers().get(header::HOST)?.to_str().ok()?,
    };
    let host = match named.strip_prefix('[') {
        Some(rest) => &named[..rest.find(']')? + 2],
        None => named.split(':').next()?,
    };
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'[' | b']' | b':');
    (!host.is_empty() && host.bytes().all(plain)).then_some(host)
}
