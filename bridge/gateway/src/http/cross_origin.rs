//! Pages of other sites: CORS for browsers, `crossdomain.xml` for players, both made from `origins`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, Response, StatusCode};
use axum::middleware::Next;

use super::{files, is_gateway, nothing_here, text, whole};
use crate::gateway::Gateway;
use crate::origins;

/// The layer that tells browsers which pages may read an answer, whatever its status, and answers their preflights.
pub(super) async fn layer(
    State(gateway): State<Arc<Gateway>>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let live = gateway.live();
    let allowed = &live.mapping.gateway.origins;
    if !is_gateway(&live, &request) {
        return next.run(request).await;
    }
    let origin = allowed_origin(allowed, request.headers());
    let mut response = match *request.method() {
        Method::OPTIONS => preflight(origin.is_some()),
        _ => next.run(request).await,
    };
    let headers = response.headers_mut();
    if !allowed.is_empty() {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
    match origin {
        Some(AllowedOrigin::Named(origin)) => {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(
                header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
                HeaderValue::from_static("true"),
            );
        }
        Some(AllowedOrigin::Any) => {
            headers.insert(
                header::ACCESS_CONTROL_ALLOW_ORIGIN,
                HeaderValue::from_static("*"),
            );
        }
        None => {}
    }
    response
}

/// `GET /crossdomain.xml`; without `origins` there is none but among `static` files.
pub(super) async fn policy_file(
    State(gateway): State<Arc<Gateway>>,
    request: Request,
) -> Response<Body> {
    let live = gateway.live();
    let allowed = &live.mapping.gateway.origins;
    if allowed.is_empty() {
        return match files::folder(&live, "/crossdomain.xml") {
            Some(folder) => files::serve(&gateway, folder, request).await,
            None => nothing_here(),
        };
    }
    whole(
        StatusCode::OK,
        "text/x-cross-domain-policy",
        origins::policy_file(allowed),
    )
}

fn preflight(allowed: bool) -> Response<Body> {
    if !allowed {
        return text(
            StatusCode::FORBIDDEN,
            "this origin is not among the `origins` of gateway.yaml\n",
        );
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers: [(HeaderName, &str); 3] = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
        (header::ACCESS_CONTROL_MAX_AGE, "7200"),
    ];
    for (name, value) in headers {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// An origin that may call.
enum AllowedOrigin {
    /// It is listed, and may bring cookies.
    Named(HeaderValue),
    /// Everybody may call.
    Any,
}

/// Whether the `Origin` of the request may call.
fn allowed_origin(allowed: &[Arc<str>], headers: &HeaderMap) -> Option<AllowedOrigin> {
    let origin = headers.get(header::ORIGIN)?;
    if origins::is_allowed(allowed, origin.to_str().ok()?) {
        return Some(AllowedOrigin::Named(origin.clone()));
    }
    origins::is_open(allowed).then_some(AllowedOrigin::Any)
}
