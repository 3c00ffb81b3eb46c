//! `footbridge mock`: a service that answers with examples, so that a front end can start without the real one.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use footbridge_gateway::documents::{RestEngine, SoapEngine};
use footbridge_soap::read::Reply;

use crate::{Outcome, openapi, wsdl};

/// Serve a mock of a WSDL or an OpenAPI document: every operation is answered by valid example values.
///
/// A SOAP request in which the name of a declared fault stands as a text is answered by that fault; a REST request asks
/// for another status by the header `Prefer: code=404`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  footbridge mock --wsdl wsdl/rates.wsdl --listen 127.0.0.1:8090
  footbridge mock --openapi schemas/orders.yaml")]
pub(crate) struct Arguments {
    /// A WSDL: a file or an URL.
    #[arg(long, value_name = "FILE|URL", required_unless_present = "openapi")]
    wsdl: Option<String>,
    /// An OpenAPI document: a file or an URL.
    #[arg(long, value_name = "FILE|URL", conflicts_with_all = ["wsdl", "port"])]
    openapi: Option<String>,
    /// The port of the WSDL; the first of SOAP 1.1.
    #[arg(long, value_name = "NAME")]
    port: Option<String>,
    /// Where it listens; port 0 is any that is free.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let app = match (&self.wsdl, &self.openapi) {
            (_, Some(document)) => Router::new()
                .fallback(example)
                .with_state(Arc::new(openapi::read(document)?)),
            (wsdl, None) => {
                let wsdl = wsdl.as_deref().unwrap_or_default();
                Router::new()
                    .fallback(answer)
                    .with_state(Arc::new(wsdl::read(wsdl, self.port.as_deref())?))
            }
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(self.serve(app))
    }

    async fn serve(self, app: Router) -> anyhow::Result<Outcome> {
        let listener = tokio::net::TcpListener::bind(self.listen)
            .await
            .with_context(|| format!("cannot listen on {}", self.listen))?;
        let address = listener.local_addr()?;
        say!(
            "a mock of {} answers on http://{address}/; stop it with Ctrl-C",
            self.openapi.or(self.wsdl).unwrap_or_default()
        );
        let app = app.layer(axum::extract::DefaultBodyLimit::max(16 << 20));
        axum::serve(listener, app)
            .with_graceful_shutdown(async {
                let _ = tokio::signal::ctrl_c().await;
            })
            .await?;
        Ok(Outcome::Good)
    }
}

async fn example(
    State(engine): State<Arc<RestEngine>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let prefer = headers
        .get("prefer")
        .and_then(|value| value.to_str().ok()?.strip_prefix("code=")?.parse().ok());
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let answered =
        footbridge_rest::mock::answer(engine.model(), method.as_str(), target, &body, prefer);
    let status = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::OK);
    match answered.content_type {
        Some(media) => (status, [(header::CONTENT_TYPE, media)], answered.body).into_response(),
        None => status.into_response(),
    }
}

async fn answer(
    State(engine): State<Arc<SoapEngine>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let request = Reply {
        status: 200,
        content_type: text("content-type"),
        body: &body,
    };
    let answered = engine
        .mock()
        .answer(engine.port(), &request, text("soapaction"));
    let status = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::OK);
    if answered.content_type.is_empty() {
        return (status, answered.body).into_response();
    }
    (
        status,
        [(header::CONTENT_TYPE, answered.content_type)],
        answered.body,
    )
        .into_response()
}
