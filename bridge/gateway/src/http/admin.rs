//! The admin listener: health and metrics, on an address of its own.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;

use super::{text, whole};
use crate::gateway::Gateway;
use crate::{health, stats};

/// What the admin listener answers.
pub(crate) fn router(gateway: &Arc<Gateway>, recorder: PrometheusHandle) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(measured))
        .with_state((Arc::clone(gateway), recorder))
}

type Asked = State<(Arc<Gateway>, PrometheusHandle)>;

async fn live() -> Response<Body> {
    text(StatusCode::OK, "alive\n")
}

async fn ready(State((gateway, _)): Asked) -> Response<Body> {
    let readiness = health::readiness(&gateway).await;
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    whole(
        status,
        "application/json",
        format!("{}\n", readiness.report),
    )
}

async fn measured(State((gateway, recorder)): Asked) -> Response<Body> {
    stats::observe(&gateway);
    whole(
        StatusCode::OK,
        "text/plain; version=0.0.4; charset=utf-8",
        recorder.render(),
    )
}
