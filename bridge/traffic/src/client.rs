//! The client of one backend.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use footbridge_mapping::model::Backend;
use footbridge_mapping::model::{HttpKind, Proxy, TrafficSettings};
use footbridge_mapping::reach::Reach;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use tokio::time::{Duration, Instant, sleep_until};
use url::Url;

use crate::address::Address;
use crate::auth::Authorities;
use crate::breaker::Breaker;
use crate::decode::Decoder;
use crate::guests::{self, Guests};
use crate::incoming::{Incoming, Limits, Reply};
use crate::refusal::{Kind, Refusal};
use crate::request::{Request, Target};
use crate::retry::{self, Budget};
use crate::room::Room;
use crate::status::{Counts, Status};
use crate::tls;
use crate::travel::Road;

/// A connection without calls is closed after this: before most servers close theirs.
const REST: Duration = Duration::from_secs(30);

/// The client of one backend: its connections, and everything that is counted about them.
pub struct Client {
    name: Arc<str>,
    road: Road,
    room: Room,
    breaker: Arc<Breaker>,
    budget: Budget,
    counts: Counts,
    idle: Duration,
    max_reply: u64,
    /// SOAP faults come with 500: then it says nothing of the backend's health.
    soap: bool,
}

/// Why a backend's client cannot be made. The mapping is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("backend `{backend}`: {message}")]
pub struct SetupError {
    /// The backend's name.
    pub backend: Arc<str>,
    /// What is wrong; without addresses and secrets.
    pub message: String,
}

impl std::fmt::Debug for Client {
    /// Without address and headers, which may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("name", &self.name)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// The client of a backend that is reached by HTTP. Nothing connects yet. `address` is the description's, where the
    /// mapping says none; `root` is the project folder. Needs a tokio run time's clock.
    ///
    /// # Errors
    /// An address, a file or a header that is none.
    pub fn new(backend: &Backend, address: Option<&str>, root: &Path) -> Result<Self, SetupError> {
        Self::made(backend, address, None, root).map_err(|message| SetupError {
            backend: Arc::clone(&backend.name),
            message,
        })
    }

    /// The client of a proxy, which may ask for what `reach` allows beside the address of its backend; that may be missing.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn of_proxy(
        backend: &Backend,
        address: Option<&str>,
        reach: &Arc<Reach>,
        root: &Path,
    ) -> Result<Self, SetupError> {
        Self::made(backend, address, Some(reach), root).map_err(|message| SetupError {
            backend: Arc::clone(&backend.name),
            message,
        })
    }

    fn made(
        backend: &Backend,
        address: Option<&str>,
        reach: Option<&Arc<Reach>>,
        root: &Path,
    ) -> Result<Self, String> {
        let settings = backend.http().ok_or("it is not reached by HTTP")?;
        let traffic = &settings.traffic;
        let address = settings.url.as_deref().or(address);
        let address = match reach {
            None => Address::new(address.ok_or("nothing says its address; write `url`")?)?,
            Some(reach) => Address::of_proxy(address, reach)?,
        };
        let (builder, proxied) = builder(traffic, root)?;
        let guests = match reach {
            Some(reach) => {
                let (builder, _) = self::builder(&guests::unproven(traffic), root)?;
                Some(Guests::new(builder, reach)?)
            }
            None => None,
        };
        let http = builder.build().map_err(|error| error.to_string())?;
        Ok(Self {
            name: Arc::clone(&backend.name),
            road: Road {
                http,
                address,
                authorities: Authorities::new(&traffic.auth)?,
                headers: Road::fixed(traffic)?,
                redirects: traffic.redirects,
                proxied,
                guests,
            },
            room: Room::new(traffic.pool, traffic.queue),
            breaker: Arc::new(Breaker::new(traffic.breaker, Instant::now())),
            budget: Budget::default(),
            counts: Counts::default(),
            idle: traffic.idle,
            max_reply: traffic.max_reply,
            soap: match &settings.description {
                HttpKind::Wsdl(_) => true,
                HttpKind::Rest | HttpKind::OpenApi { .. } => false,
            },
        })
    }

    /// The backend's name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The URL that a target means, without keys of `auth`.
    ///
    /// # Errors
    /// [`Kind::Target`]
    pub fn url(&self, target: &Target) -> Result<Url, Refusal> {
        self.road.address.resolve(target)
    }

    /// The URL that stands in an answer to `target`, e.g. of the next page: relative ones are, as usual, relative to the
    /// request's.
    ///
    /// # Errors
    /// [`Kind::Target`] for one of another origin.
    pub fn join(&self, target: &Target, link: &str) -> Result<Target, Refusal> {
        let next = self
            .url(target)?
            .join(link)
            .map_err(|_| Refusal::new(Kind::Target, "this is no URL"))?;
        let next = self.road.address.own(next)?;
        Ok(Target::Url(next.into()))
    }

    /// The headers that every request has, without those of `auth`.
    pub fn fixed_headers(&self) -> &HeaderMap {
        &self.road.headers
    }

    /// Sends a request and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// A refusal of any kind.
    pub async fn send(&self, request: &Request, deadline: Instant) -> Result<Reply, Refusal> {
        let (incoming, body) = self.exchange(request, deadline, true).await?;
        Ok(Reply {
            status: incoming.status,
            headers: incoming.headers,
            body: body.unwrap_or_default(),
            sent: incoming.sent,
        })
    }

    /// Sends a request and gives the answer, whatever its status, with its body still to be read.
    ///
    /// # Errors
    /// A refusal of any kind.
    pub async fn open(&self, request: &Request, deadline: Instant) -> Result<Incoming, Refusal> {
        let (incoming, _) = self.exchange(request, deadline, false).await?;
        Ok(incoming)
    }

    /// How its traffic stands.
    pub fn status(&self) -> Status {
        let (in_flight, waiting) = self.room.load();
        Status {
            in_flight,
            waiting,
            breaker: self.breaker.state(),
            calls: self.counts.calls.read(),
            sent: self.counts.sent.read(),
            retried: self.counts.retried.read(),
            failed: self.counts.failed.read(),
            refused: self.counts.refused.read(),
        }
    }

    async fn exchange(
        &self,
        request: &Request,
        deadline: Instant,
        whole: bool,
    ) -> Result<(Incoming, Option<bytes::Bytes>), Refusal> {
        self.counts.calls.up();
        self.budget.earn();
        let outcome = self.attempts(request, deadline, whole).await;
        if let Err(refusal) = &outcome {
            self.counts.failed.up();
            if matches!(refusal.kind, Kind::BreakerOpen | Kind::QueueFull) {
                self.counts.refused.up();
            }
        }
        outcome
    }

    async fn attempts(
        &self,
        request: &Request,
        deadline: Instant,
        whole: bool,
    ) -> Result<(Incoming, Option<bytes::Bytes>), Refusal> {
        let url = self.road.address.resolve(&request.target)?;
        let mut turn = 0;
        loop {
            let outcome = self.attempt(request, &url, turn + 1, deadline, whole).await;
            let asked = match &outcome {
                Ok((incoming, _))
                    if request.repeatable && retry::asks_for_later(incoming.status) =>
                {
                    retry::asked(&incoming.headers, SystemTime::now())
                }
                Err(refusal) if retry::may_follow(refusal, request.repeatable) => None,
                Ok(_) | Err(_) => return outcome,
            };
            if turn >= request.retries {
                return outcome;
            }
            let now = Instant::now();
            let Some(at) = retry::moment(turn, fastrand::f64(), asked, now, deadline) else {
                return outcome;
            };
            if !self.budget.spend() {
                return outcome;
            }
            // Its place is free for others meanwhile.
            drop(outcome);
            sleep_until(at).await;
            self.counts.retried.up();
            turn += 1;
        }
    }

    async fn attempt(
        &self,
        request: &Request,
        url: &Url,
        sent: u32,
        deadline: Instant,
        whole: bool,
    ) -> Result<(Incoming, Option<bytes::Bytes>), Refusal> {
        let place = self.room.enter(deadline).await?;
        let ticket = self.breaker.enter(deadline)?;
        self.counts.sent.up();
        let mut response = match self.road.go(request, url, deadline).await {
            Ok(response) => response,
            Err(refusal) => {
                ticket.of(&refusal);
                return Err(refusal);
            }
        };
        let status = response.status().as_u16();
        let limits = Limits {
            deadline,
            idle: self.idle,
            bytes: self.max_reply,
            ill: status >= 500 && !(status == 500 && self.soap && is_xml(response.headers())),
        };
        let decoder = match Decoder::of(response.headers(), limits.bytes) {
            Ok(decoder) => decoder,
            Err(refusal) => {
                ticket.of(&refusal);
                return Err(refusal);
            }
        };
        let mut incoming = Incoming {
            status,
            headers: std::mem::take(response.headers_mut()),
            sent,
            response,
            decoder,
            limits,
            ticket: Some(ticket),
            _place: place,
        };
        let body = if whole {
            Some(incoming.whole().await?)
        } else {
            None
        };
        Ok((incoming, body))
    }
}

/// What all connections of a backend share, and whether they go by way of a proxy.
fn builder(
    traffic: &TrafficSettings,
    root: &Path,
) -> Result<(reqwest::ClientBuilder, bool), String> {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config(traffic, root)?)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .user_agent(concat!("footbridge/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(traffic.connect)
        .pool_idle_timeout(REST)
        .pool_max_idle_per_host(traffic.pool as usize)
        .tcp_nodelay(true);
    Ok(match &traffic.proxy {
        Proxy::None => (builder.no_proxy(), false),
        Proxy::Environment => (builder, true),
        Proxy::Address(address) => {
            let proxy = reqwest::Proxy::all(address)
                .map_err(|_| "the address of its proxy is none".to_owned())?;
            (builder.proxy(proxy), true)
        }
    })
}

fn is_xml(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.to_ascii_lowercase().contains("xml"))
}
