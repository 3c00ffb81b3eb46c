//! HTTP around packets: the layers, outermost last, in [`router`].
//!
//! A packet that can be read is always answered 200: players drop every call of a packet that comes back with another status,
//! and tell nobody why. Other statuses are for what is no packet.

use std::any::Any;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::header::{self, HeaderValue};
use axum::http::{Method, Response, StatusCode};
use axum::routing::get;
use axum::{Router, middleware};
use footbridge_mapping::model::GatewayPath;
use tower_http::catch_panic::CatchPanicLayer;

use crate::gateway::Gateway;
use crate::live::Live;
use crate::paths::{self, Found};
use crate::spans::{self, Span};

mod admin;
pub(crate) use admin::router as admin_router;

mod caller;
pub(crate) use caller::{Caller, Peer};

mod cross_origin;

mod body;

mod cookie;

mod files;

mod json;

mod owed;

mod packet;

mod redirect;

/// Everything that answers HTTP requests. Each needs the peer's address as an extension ([`Peer`]).
pub(crate) fn router(gateway: &Arc<Gateway>) -> Router {
    Router::new()
        .route("/crossdomain.xml", get(cross_origin::policy_file))
        // Gateway paths come and go with the mapping, so each request is held against those of today.
        .fallback(gateway_path)
        // Around all answers of a gateway path: a page must be able to read its faults too.
        .layer(middleware::from_fn_with_state(
            Arc::clone(gateway),
            cross_origin::layer,
        ))
        // Before all that asks who calls.
        .layer(middleware::from_fn_with_state(
            Arc::clone(gateway),
            caller::layer,
        ))
        // Outermost, since any layer may fail: even a fault of ours is an answer.
        .layer(CatchPanicLayer::custom(failed))
        .with_state(Arc::clone(gateway))
}

/// What a listener with `redirect` answers: everything but the policy file, which players ask for without following
/// anything, is on HTTPS.
pub(crate) fn redirecting(gateway: &Arc<Gateway>, port: u16) -> Router {
    Router::new()
        .route("/crossdomain.xml", get(cross_origin::policy_file))
        .fallback(
            async move |State(gateway): State<Arc<Gateway>>, request: Request| {
                redirect::to_https(&gateway, port, &request)
            },
        )
        .layer(CatchPanicLayer::custom(failed))
        .with_state(Arc::clone(gateway))
}

async fn gateway_path(
    State(gateway): State<Arc<Gateway>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response<Body> {
    let live = gateway.live();
    let path = request.uri().path().to_owned();
    let paths = &live.mapping.gateway.paths;
    let (profile, moved) = match paths::find(paths, &path) {
        Some(Found::Amf(profile, moved)) => (Arc::clone(profile), moved.cloned()),
        Some(Found::Json(rest)) => {
            let (span, caller) = told(paths, &path, caller, &request);
            // Apart, so that what AMF calls take is not moved about with room for this.
            let response = Box::pin(json::answer(&gateway, caller, rest, request)).await;
            spans::responded(span, &response);
            return response;
        }
        None => {
            return match files::folder(&live, &path) {
                Some(folder) => Box::pin(files::serve(&gateway, folder, request)).await,
                None => nothing_here(),
            };
        }
    };
    match *request.method() {
        Method::POST => {
            let (span, caller) = told(paths, &path, caller, &request);
            let response = packet::post(&gateway, caller, (profile, moved), request).await;
            spans::responded(span, &response);
            response
        }
        Method::GET | Method::HEAD => whole(StatusCode::OK, HTML, PAGE.to_owned()),
        _ => {
            let mut refused = text(StatusCode::METHOD_NOT_ALLOWED, "a gateway takes POST\n");
            refused
                .headers_mut()
                .insert(header::ALLOW, HeaderValue::from_static(METHODS));
            refused
        }
    }
}

/// The span of a request, and its sender, below whom all else stands that is told of it.
fn told(paths: &[GatewayPath], path: &str, caller: Caller, request: &Request) -> (Span, Caller) {
    let span = spans::requested(&caller, request, || paths::route(paths, path));
    let trail = span.trail();
    (span, Caller { trail, ..caller })
}

fn is_gateway(live: &Live, request: &Request) -> bool {
    paths::find(&live.mapping.gateway.paths, request.uri().path()).is_some()
}

fn nothing_here() -> Response<Body> {
    text(
        StatusCode::NOT_FOUND,
        "there is nothing here; gateways of this server stand on other paths\n",
    )
}

/// What panicked is in the log already, by the panic hook.
fn failed(_: Box<dyn Any + Send>) -> Response<Body> {
    text(StatusCode::INTERNAL_SERVER_ERROR, "the gateway failed\n")
}

fn text(status: StatusCode, text: &'static str) -> Response<Body> {
    whole(status, TEXT, text)
}

fn whole(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // Not `no-store`: over TLS old browsers then give the player nothing.
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=0, must-revalidate"),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const METHODS: &str = "GET, HEAD, OPTIONS, POST";

/// What a person sees who opens a gateway's address.
const PAGE: &str = "<!doctype html>\n<title>AMF gateway</title>\n<h1>This is an AMF gateway</h1>\n\
    <p>It works, and it is not for browsers: Flash, Flex, AIR, Ruffle and Royale clients call it by POST \
    (<code>application/x-amf</code>). From a terminal: <code>footbridge call URL service.operation</code>.</p>\n";
