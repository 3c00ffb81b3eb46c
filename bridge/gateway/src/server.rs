//! Listeners and connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use footbridge_mapping::model::Listener;
use futures_util::future::join_all;
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

use crate::gateway::Gateway;
use crate::http::{self, Peer};
use crate::patience::Patient;
use crate::proxy_protocol;
use crate::stats;
use crate::tls::{Certificate, TlsError};

/// A gateway and its listeners.
pub struct Server {
    gateway: Arc<Gateway>,
    doors: Vec<Door>,
    admin: Option<(TcpListener, PrometheusHandle)>,
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
        })
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
        } = self;
        // From here on nothing is waited for before connections are accepted; whoever asks the admin listener at once is told so.
        gateway.health().listens();
        let graceful = Arc::new(GracefulShutdown::new());
        let connections = Arc::new(Semaphore::new(CONNECTIONS));
        let router = http::router(&gateway);
        let mut beside = JoinSet::new();
        beside.spawn(sweep(Arc::clone(&gateway)));
        if let Some((listener, recorder)) = admin {
            beside.spawn(stats::fold(recorder.clone()));
            let entrance = Entrance {
                router: http::admin_router(&gateway, recorder),
                acceptor: None,
                connections: Arc::new(Semaphore::new(ADMIN_CONNECTIONS)),
                graceful: Arc::new(GracefulShutdown::new()),
                gateway: None,
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
                    tracing::warn!(%error, "a connection cannot be accepted");
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
        let mut peer = Peer {
            address: peer.ip().to_canonical(),
            tls: self.acceptor.is_some(),
        };
        let passed_on = self.gateway.as_ref().is_some_and(|gateway| {
            let live = gateway.live();
            let behind = &live.mapping.gateway.edge.behind;
            behind.proxy_protocol && behind.believes(&peer.address)
        });
        let router = self.router.clone();
        let (acceptor, watcher) = (self.acceptor.clone(), self.graceful.watcher());
        let gateway = self.gateway.clone();
        tokio::spawn(async move {
            let _room = room;
            let _connected = gateway.as_ref().map(|gateway| gateway.load().connected());
            if passed_on {
                match proxy_protocol::client(&mut stream).await {
                    Ok(Some(client)) => peer.address = client,
                    Ok(None) => {}
                    Err(error) => {
                        tracing::warn!(proxy = %peer.address, %error, "a proxy's connection begins with no header of the PROXY protocol");
                        return;
                    }
                }
            }
            let service = TowerToHyperService::new(router.layer(Extension(peer)));
            let Some(acceptor) = acceptor else {
                serve(stream, service, watcher).await;
                return;
            };
            match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => serve(stream, service, watcher).await,
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            }
        });
    }
}

/// One connection, to its end.
async fn serve<S>(stream: S, service: TowerToHyperService<Router>, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
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
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection broke");
    }
}

/// Removes ended sessions, so that memory is given back also where nobody calls.
async fn sweep(gateway: Arc<Gateway>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let live = gateway.live();
        if let Err(away) = gateway.kept().store(&live).sweep().await {
            tracing::warn!(error = %away.0, "{away}");
        }
    }
}

/// Connections at once; more wait in the listener's queue.
const CONNECTIONS: usize = 8_192;

/// Connections of the admin listener at once, beside the others: who asks for health must get an answer when the gateway is full.
const ADMIN_CONNECTIONS: usize = 64;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a connection may be silent between requests, or within a request's head.
const IDLE: Duration = Duration::from_secs(60);

/// How long a peer may take nothing of an answer.
const STALLED: Duration = Duration::from_secs(60);

/// How long connections are still taken when the server stops, and then how long their first requests may take to come.
const LAST: Duration = Duration::from_millis(200);

/// How long calls may take to end when the server stops.
const DRAIN: Duration = Duration::from_secs(10);

/// How often ended sessions are removed.
const SWEEP: Duration = Duration::from_secs(60);
