//! Listeners and connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use futures_util::FutureExt;
use futures_util::future::select_all;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::gateway::{Gateway, lifetime};
use crate::http::{self, Peer};
use crate::patience::Patient;

/// A gateway and its listeners.
#[derive(Debug)]
pub struct Server {
    gateway: Arc<Gateway>,
    listeners: Vec<TcpListener>,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// An address cannot be listened on: in use, not of this machine, or not allowed. The user is at fault.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address as it was given.
        address: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is no address to listen on. The user is at fault.
    #[error("there is no address to listen on; write `listen` in gateway.yaml")]
    NoAddress,
}

impl Server {
    /// Listens on each address (`127.0.0.1:8080`; port 0 is any free one); connections wait until [`Server::run`].
    ///
    /// # Errors
    /// Where an address cannot be had, or there is none.
    pub async fn bind(
        gateway: Arc<Gateway>,
        addresses: &[impl AsRef<str>],
    ) -> Result<Self, ServerError> {
        let mut listeners = Vec::new();
        for address in addresses {
            let address = address.as_ref();
            let listener = TcpListener::bind(address).await;
            listeners.push(listener.map_err(|source| ServerError::Listen {
                address: address.to_owned(),
                source,
            })?);
        }
        if listeners.is_empty() {
            return Err(ServerError::NoAddress);
        }
        Ok(Self { gateway, listeners })
    }

    /// The addresses that are listened on, ports known.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.listeners.iter().map(TcpListener::local_addr).collect()
    }

    /// Serves until `stop` is ready; then nothing new is accepted, and calls that run may end within ten seconds.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let router = http::router(&self.gateway);
        let connections = Arc::new(Semaphore::new(CONNECTIONS));
        let sweeping = tokio::spawn(sweep(Arc::clone(&self.gateway)));
        let mut stop = std::pin::pin!(stop.fuse());
        loop {
            let room = Arc::clone(&connections).acquire_owned();
            let accepted = select_all(
                self.listeners
                    .iter()
                    .map(|listener| Box::pin(listener.accept())),
            );
            let next = async {
                let room = room.await;
                (room, accepted.await.0)
            };
            let (room, accepted) = tokio::select! {
                () = &mut stop => break,
                next = next => next,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let served = serve(router.clone(), stream, peer, &graceful);
                    tokio::spawn(async move {
                        served.await;
                        drop(room);
                    });
                }
                // Mostly too many open files: others must close first.
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        drop(self.listeners);
        sweeping.abort();
        if tokio::time::timeout(DRAIN, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("calls still ran when the time to end was over");
        }
    }
}

/// One connection, to its end.
fn serve(
    router: Router,
    stream: TcpStream,
    peer: SocketAddr,
    graceful: &GracefulShutdown,
) -> impl Future<Output = ()> + use<> {
    // Answers are written whole; waiting for more would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection does not take TCP_NODELAY");
    }
    let peer = Peer(peer.ip().to_canonical());
    let service = TowerToHyperService::new(router.layer(Extension(peer)));
    let mut builder = Builder::new(TokioExecutor::new());
    // The time for a request's head is also how long a kept connection may be idle.
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .max_headers(100);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(IDLE)
        .max_concurrent_streams(100);
    let connection = builder
        .serve_connection(TokioIo::new(Patient::new(stream, STALLED)), service)
        .into_owned();
    let connection = graceful.watch(connection);
    async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke");
        }
    }
}

/// Removes ended sessions, so that memory is given back also where nobody calls.
async fn sweep(gateway: Arc<Gateway>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        gateway.sessions().sweep(lifetime(&gateway.live()));
    }
}

/// Connections at once; more wait in the listener's queue.
const CONNECTIONS: usize = 8_192;

/// How long a connection may be silent between requests, or within a request's head.
const IDLE: Duration = Duration::from_secs(60);

/// How long a peer may take nothing of an answer.
const STALLED: Duration = Duration::from_secs(60);

/// How long calls may take to end when the server stops.
const DRAIN: Duration = Duration::from_secs(10);

/// How often ended sessions are removed.
const SWEEP: Duration = Duration::from_secs(60);
