//! `footbridge mock`: a service that answers with examples, so that a front end can start without the real one.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use footbridge_gateway::documents::SoapEngine;
use footbridge_soap::read::Reply;

use crate::{Outcome, wsdl};

/// Serve a mock of a WSDL: every operation is answered by valid example values.
///
/// A request in which the name of a declared fault stands as a text is answered by that fault.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  footbridge mock --wsdl wsdl/rates.wsdl --listen 127.0.0.1:8090")]
pub(crate) struct Arguments {
    /// A WSDL: a file or an URL.
    #[arg(long, value_name = "FILE|URL")]
    wsdl: String,
    /// The port of the WSDL; the first of SOAP 1.1.
    #[arg(long, value_name = "NAME")]
    port: Option<String>,
    /// Where it listens; port 0 is any that is free.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let engine = Arc::new(wsdl::read(&self.wsdl, self.port.as_deref())?);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(self.serve(engine))
    }

    async fn serve(self, engine: Arc<SoapEngine>) -> anyhow::Result<Outcome> {
        let listener = tokio::net::TcpListener::bind(self.listen)
            .await
            .with_context(|| format!("cannot listen on {}", self.listen))?;
        let address = listener.local_addr()?;
        say!(
            "a mock of {} answers on http://{address}/; stop it with Ctrl-C",
            self.wsdl
        );
        let app = Router::new()
            .fallback(answer)
            .layer(axum::extract::DefaultBodyLimit::max(16 << 20))
            .with_state(engine);
        axum::serve(listener, app)
            .with_graceful_shutdown(async {
                let _ = tokio::signal::ctrl_c().await;
            })
            .await?;
        Ok(Outcome::Good)
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
