//! `static`: files below a folder, e.g. a SWF and its page.

use axum::body::Body;
use axum::extract::Request;
use axum::http::uri::{PathAndQuery, Uri};
use axum::http::{Method, Response, StatusCode};
use footbridge_mapping::model::StaticFolder;
use tower::ServiceExt;
use tower_http::services::ServeDir;

use super::{nothing_here, text};
use crate::gateway::Gateway;
use crate::live::Live;

/// The folder whose path the request's begins with; the longest goes first.
pub(super) fn folder<'l>(live: &'l Live, path: &str) -> Option<&'l StaticFolder> {
    let below = |folder: &&StaticFolder| {
        path.starts_with(&*folder.path) || Some(path) == folder.path.strip_suffix('/')
    };
    live.mapping.gateway.edge.files.iter().find(below)
}

/// Answers with a file. Names that begin with a dot are not for everybody, `.well-known` excepted.
pub(super) async fn serve(
    gateway: &Gateway,
    folder: &StaticFolder,
    mut request: Request,
) -> Response<Body> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return text(StatusCode::METHOD_NOT_ALLOWED, "files take GET\n");
    }
    let uri = request.uri();
    let rest = uri.path().get(folder.path.len()..).unwrap_or_default();
    if rest.split('/').any(is_hidden) {
        return nothing_here();
    }
    let query = uri.query().map(|query| format!("?{query}"));
    let path = format!("/{rest}{}", query.unwrap_or_default());
    let Ok(path) = path.parse::<PathAndQuery>() else {
        return nothing_here();
    };
    *request.uri_mut() = Uri::from(path);
    let files = ServeDir::new(gateway.root().join(&*folder.folder));
    match files.oneshot(request).await {
        Ok(response) if response.status() == StatusCode::NOT_FOUND => nothing_here(),
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

fn is_hidden(part: &str) -> bool {
    let encoded = part.len() >= 3 && part[..3].eq_ignore_ascii_case("%2e");
    (part.starts_with('.') || encoded) && part != ".well-known"
}
