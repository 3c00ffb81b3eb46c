//! Listeners and connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Extension, Request};
use footbridge_mapping::model::Listener;
use futures_util::TryFutureExt;
use futures_util::future::join_all;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::descriptors;
use crate::gateway::Gateway;
use crate::http::{self, Peer};
use crate::patience::{Pace, Patience, Patient};
use crate::proxy_protocol;
use crate::rarely::Rarely;
use crate::run::once;
use crate::stats;
use crate::tls::{Certificate, TlsError};
use crate::visitor::Visitor;

/// A gateway and its listeners.
pub struct Server {
    gateway: Arc<Gateway>,
    doors: Vec<Door>,
    admin: Option<(TcpListener, PrometheusHandle)>,
    patience: Patience,
}

/// One listener of the gateway.
struct Door {
    listener: TcpListener,
    redirect: Option<u16>,
    certificate: Option<Arc<Certificate>>,
    acceptor: Option<TlsAcceptor>,
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
    /// The certificate of a listener cannot be used. The user is at fault.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Something else in this process counts already. Whoever embeds the gateway is at fault.
    #[error("metrics have another recorder in this process")]
    Recorder,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("gateway", &self.gateway)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Listens in plain HTTP on each address (`127.0.0.1:8080`; port 0 is any free one); connections wait until
    /// [`Server::run`].
    ///
    /// # Errors
    /// Where an address cannot be had, or there is none.
    pub async fn bind(
        gateway: Arc<Gateway>,
        addresses: &[impl AsRef<str>],
    ) -> Result<Self, ServerError> {
        let listeners: Vec<_> = addresses
            .iter()
            .map(|address| Listener::http(address.as_ref()))
            .collect();
        Self::listen(gateway, &listeners, None).await
    }

    /// Listens as `listen` and `admin` of a mapping say. PEM files are those of the gateway's project folder.
    ///
    /// # Errors
    /// Where an address cannot be had, a certificate cannot be used, or there is no address.
    pub async fn listen(
        gateway: Arc<Gateway>,
        listeners: &[Listener],
        admin: Option<&str>,
    ) -> Result<Self, ServerError> {
        let mut doors = Vec::new();
        for listener in listeners {
            let certificate = match &listener.tls {
                Some(tls) => Some(Certificate::read(tls, gateway.root())?),
                None => None,
            };
            let acceptor = match &certificate {
                Some(certificate) => Some(certificate.acceptor()?),
                None => None,
            };
            doors.push(Door {
                listener: bound(&listener.address).await?,
                redirect: listener.redirect,
                certificate,
                acceptor,
            });
        }
        if doors.is_empty() {
            return Err(ServerError::NoAddress);
        }
        let admin = match admin {
            Some(address) => {
                let recorder = stats::install().map_err(|_| ServerError::Recorder)?;
                Some((bound(address).await?, recorder))
            }
            None => None,
        };
        Ok(Self {
            gateway,
            doors,
            admin,
            patience: Patience::default(),
        })
    }

    /// With other times to wait for clients.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// The addresses that are listened on for calls, ports known.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.doors
            .iter()
            .map(|door| door.listener.local_addr())
            .collect()
    }

    /// The same as URLs: `https://127.0.0.1:8443`.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn urls(&self) -> io::Result<Vec<String>> {
        let url = |door: &Door| {
            let scheme = if door.acceptor.is_some() {
                "https"
            } else {
                "http"
            };
            Ok(format!("{scheme}://{}", door.listener.local_addr()?))
        };
        self.doors.iter().map(url).collect()
    }

    /// The address of health and metrics, port known.
    pub fn admin(&self) -> Option<SocketAddr> {
        self.admin.as_ref()?.0.local_addr().ok()
    }

    /// Serves until `stop` is ready; then nothing new is accepted, and calls that run may end within ten seconds. The admin
    /// listener answers until the end.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self {
            gateway,
            doors,
            admin,
            patience,
        } = self;
        // From here on nothing is waited for before connections are accepted; whoever asks the admin listener at once is told so.
        gateway.health().listens();
        let graceful = Arc::new(GracefulShutdown::new());
        let limits = gateway.live().mapping.gateway.limits;
        let connections = Arc::new(Semaphore::new(descriptors::room(limits.connections)));
        let router = http::router(&gateway);
        let mut beside = JoinSet::new();
        beside.spawn(sweep(Arc::clone(&gateway)));
        beside.spawn(beat());
        if let Some((listener, recorder)) = admin {
            beside.spawn(stats::fold(recorder.clone()));
            let entrance = Entrance {
                router: http::admin_router(&gateway, recorder),
                acceptor: None,
                connections: Arc::new(Semaphore::new(ADMIN_CONNECTIONS)),
                graceful: Arc::new(GracefulShutdown::new()),
                gateway: None,
                patience,
                crowded: Arc::default(),
                refused: Rarely::default(),
            };
            beside.spawn(async move { entrance.accept(&listener).await });
        }
        let mut entrances = Vec::new();
        for door in doors {
            if let Some(certificate) = door.certificate {
                beside.spawn(certificate.follow());
            }
            let entrance = Entrance {
                router: match door.redirect {
                    Some(port) => http::redirecting(&gateway, port),
                    None => router.clone(),
                },
                acceptor: door.acceptor,
                connections: Arc::clone(&connections),
                graceful: Arc::clone(&graceful),
                gateway: Some(Arc::clone(&gateway)),
                patience,
                crowded: Arc::default(),
                refused: Rarely::default(),
            };
            entrances.push((entrance, door.listener));
        }
        let mut accepting = Box::pin(join_all(
            entrances
                .iter()
                .map(|(entrance, listener)| entrance.accept(listener)),
        ));
        tokio::select! {
            () = stop => {}
            _ = &mut accepting => {}
        }
        gateway.health().drains();
        // What waits to be accepted would be lost with the listener, and what was just accepted with its first request.
        let _ = tokio::time::timeout(LAST, accepting).await;
        for (entrance, listener) in entrances {
            entrance.close(listener);
        }
        tokio::time::sleep(LAST).await;
        let graceful = Arc::into_inner(graceful).expect("every entrance is closed");
        if tokio::time::timeout(DRAIN, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("calls still ran when the time to end was over");
        }
        beside.shutdown().await;
    }
}

async fn bound(address: &str) -> Result<TcpListener, ServerError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| ServerError::Listen {
            address: address.to_owned(),
            source,
        })
}

/// What becomes of the connections of one listener.
struct Entrance {
    router: Router,
    acceptor: Option<TlsAcceptor>,
    connections: Arc<Semaphore>,
    graceful: Arc<GracefulShutdown>,
    /// None for the admin listener, which no proxy speaks for and no load counts.
    gateway: Option<Arc<Gateway>>,
    patience: Patience,
    /// Connections of clients that have too many.
    crowded: Arc<Rarely>,
    /// Connections that the system does not give.
    refused: Rarely,
}

impl Entrance {
    /// Accepts connections, for ever.
    async fn accept(&self, listener: &TcpListener) {
        loop {
            // The semaphore is never closed.
            let Ok(room) = Arc::clone(&self.connections).acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, peer)) => self.take(stream, peer, room),
                // Mostly too many open files: others must close first.
                Err(error) => {
                    if let Some(times) = self.refused.happened() {
                        tracing::warn!(%error, times, "a connection cannot be accepted");
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    /// Takes what has come in the meantime, and listens no more: the system resets whatever still waits at a listener that is closed.
    fn close(self, listener: TcpListener) {
        let Ok(listener) = listener.into_std() else {
            return;
        };
        while let Ok(room) = Arc::clone(&self.connections).try_acquire_owned()
            && let Ok((stream, peer)) = listener.accept()
        {
            let stream = stream
                .set_nonblocking(true)
                .and_then(|()| TcpStream::from_std(stream));
            match stream {
                Ok(stream) => self.take(stream, peer, room),
                Err(error) => tracing::warn!(%error, "a connection cannot be accepted"),
            }
        }
    }

    /// Serves a connection, in a task of its own.
    fn take(&self, mut stream: TcpStream, peer: SocketAddr, room: OwnedSemaphorePermit) {
        // Answers are written whole; waiting for more would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection does not take TCP_NODELAY");
        }
        let peer = peer.ip().to_canonical();
        let Some(gateway) = &self.gateway else {
            let (router, watcher) = (self.router.clone(), self.graceful.watcher());
            let pace = Arc::new(Pace::new(self.patience));
            tokio::spawn(async move {
                let _room = room;
                serve(stream, router, pace, watcher).await;
            });
            return;
        };
        let mut visitor = Visitor::new(gateway, peer);
        // What a proxy passes on is its client's, who will be known in a moment.
        if !visitor.passed_on && !visitor.may_stay(gateway, &self.crowded) {
            return;
        }
        let (gateway, crowded) = (Arc::clone(gateway), Arc::clone(&self.crowded));
        let (router, acceptor) = (self.router.clone(), self.acceptor.clone());
        let watcher = self.graceful.watcher();
        let pace = Arc::new(Pace::new(self.patience));
        tokio::spawn(async move {
            let _room = room;
            if visitor.passed_on {
                match proxy_protocol::client(&mut stream).await {
                    Ok(Some(client)) => visitor.becomes(&gateway, client),
                    Ok(None) => {}
                    Err(error) => {
                        tracing::warn!(proxy = %visitor.address, %error, "a proxy's connection begins with no header of the PROXY protocol");
                        return;
                    }
                }
                if !visitor.may_stay(&gateway, &crowded) {
                    return;
                }
            }
            let router = router.layer(Extension(Peer {
                address: visitor.address,
                tls: acceptor.is_some(),
                usage: Arc::clone(&visitor.usage),
                pace: Arc::clone(&pace),
            }));
            let Some(acceptor) = acceptor else {
                serve(stream, router, pace, watcher).await;
                return;
            };
            match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => serve(stream, router, pace, watcher).await,
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            }
        });
    }
}

/// One connection, to its end.
async fn serve<S>(stream: S, router: Router, pace: Arc<Pace>, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    // The stream itself knows how long to wait for a head, and what is no head yet.
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(BUFFER)
        .max_headers(100);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEP_ALIVE)
        .max_concurrent_streams(100);
    let router = TowerToHyperService::new(router);
    let service = service_fn({
        let pace = Arc::clone(&pace);
        move |request: Request<Incoming>| {
            let answering = pace.begins();
            router
                .call(request)
                .map_ok(move |answer| answering.has(answer))
        }
    });
    let stream = TokioIo::new(Patient::new(stream, Arc::clone(&pace)));
    let connection = builder.serve_connection(stream, service).into_owned();
    tokio::select! {
        ended = watcher.watch(connection) => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke");
            }
        }
        () = pace.is_too_slow() => tracing::debug!("a client takes its answers too slowly"),
    }
}

/// Sets a timer that is nearer than those of calls. Whoever sets one that is nearer than all others wakes the thread that waits for
/// events, so that it waits no longer than that; without this every call would be the one that does.
async fn beat() {
    loop {
        tokio::time::sleep(BEAT).await;
    }
}

/// Removes ended sessions, so that memory is given back also where nobody calls.
async fn sweep(gateway: Arc<Gateway>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let live = gateway.live();
        let sessions = gateway.kept().store(&live).sweep().await;
        if let Err(away) = sessions.and(once::sweep(&live, gateway.kept()).await) {
            tracing::warn!(error = %away.0, "{away}");
        }
    }
}

/// Connections of the admin listener at once, beside the others: who asks for health must get an answer when the gateway is full.
const ADMIN_CONNECTIONS: usize = 64;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How often a connection of HTTP/2 on which nothing happens is asked whether it is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(60);

/// Bytes of a connection's buffers, which hold a request's head, and what is about to be sent.
const BUFFER: usize = 128 << 10;

/// How long connections are still taken when the server stops, and then how long their first requests may take to come.
const LAST: Duration = Duration::from_millis(200);

/// How long calls may take to end when the server stops.
const DRAIN: Duration = Duration::from_secs(10);

/// Shorter than the time-outs of calls, and seldom enough to cost nothing.
const BEAT: Duration = Duration::from_secs(1);

/// How often ended sessions are removed.
const SWEEP: Duration = Duration::from_secs(60);
