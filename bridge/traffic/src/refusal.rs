//! Why there is no answer.

use std::error::Error;
use std::io;
use std::sync::Arc;

use crate::guests::Private;

/// Why a call over HTTP has no answer.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What happened.
    pub kind: Kind,
    /// A clause for people, without addresses, headers and content.
    pub message: String,
    /// What really happened, for the log.
    #[source]
    pub cause: Option<Arc<dyn Error + Send + Sync>>,
}

/// The kinds of refusal. Every one of them is a fault of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The deadline passed. The backend is at fault.
    Timeout,
    /// The answer began, and nothing more came for too long. The backend is at fault.
    Idle,
    /// No connection. The backend is at fault.
    Connect,
    /// No trust: certificate, name or protocol do not fit. The backend or the mapping is at fault.
    Tls,
    /// The proxy refused. The mapping or the proxy is at fault.
    Proxy,
    /// The breaker is open: nothing was sent. The backend is at fault.
    BreakerOpen,
    /// Too many wait already: nothing was sent.
    QueueFull,
    /// No token from the token server. The token server or the mapping is at fault.
    Token,
    /// The answer ended before its end. The backend is at fault.
    CutOff,
    /// The answer is no HTTP, or its encoding is broken or unknown. The backend is at fault.
    Unreadable,
    /// The answer is larger than `max-reply`. The backend or the mapping is at fault.
    TooLarge,
    /// A redirect leads elsewhere, or there are too many. The backend is at fault.
    Redirect,
    /// The target lies outside of the backend's address: nothing was sent. Whoever gave it is at fault.
    Target,
    /// A header cannot be sent: nothing was sent. Whoever gave it is at fault.
    Header,
    /// `auth: caller`, and the caller has no credentials: nothing was sent. The caller is at fault.
    Caller,
}

impl Kind {
    /// Whether the same request may do better a moment later, and cannot have acted yet.
    pub(crate) fn never_arrived(self) -> bool {
        match self {
            Self::Connect => true,
            Self::Timeout
            | Self::Idle
            | Self::Tls
            | Self::Proxy
            | Self::BreakerOpen
            | Self::QueueFull
            | Self::Token
            | Self::CutOff
            | Self::Unreadable
            | Self::TooLarge
            | Self::Redirect
            | Self::Target
            | Self::Header
            | Self::Caller => false,
        }
    }

    /// Whether it says that the backend is ill.
    pub(crate) fn blames_the_backend(self) -> bool {
        match self {
            Self::Timeout
            | Self::Idle
            | Self::Connect
            | Self::Tls
            | Self::Proxy
            | Self::CutOff
            | Self::Unreadable => true,
            Self::BreakerOpen
            | Self::QueueFull
            | Self::Token
            | Self::TooLarge
            | Self::Redirect
            | Self::Target
            | Self::Header
            | Self::Caller => false,
        }
    }
}

impl Refusal {
    /// A refusal without a cause.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            cause: None,
        }
    }

    /// The deadline passed.
    pub(crate) fn late() -> Self {
        Self::new(Kind::Timeout, "the backend did not answer in time")
    }

    /// What a failed request means. `proxied`: it went by way of a proxy.
    pub(crate) fn of(error: reqwest::Error, proxied: bool) -> Self {
        let (kind, message) = told(&error, proxied);
        Self {
            kind,
            message: message.to_owned(),
            // The address may hold secrets.
            cause: Some(Arc::new(error.without_url())),
        }
    }
}

fn told(error: &reqwest::Error, proxied: bool) -> (Kind, &'static str) {
    let mut cause: Option<&dyn Error> = Some(error);
    let mut secured = false;
    let mut ended = false;
    let mut tunnel = false;
    let mut private = false;
    while let Some(found) = cause {
        secured |= found.is::<rustls::Error>();
        private |= found.is::<Private>();
        let mut wrapped = found.downcast_ref::<io::Error>();
        while let Some(error) = wrapped {
            // An io::Error hides what it wraps from the chain of sources.
            let inner = error.get_ref();
            secured |= inner.is_some_and(|inner| inner.is::<rustls::Error>());
            wrapped = inner.and_then(|inner| inner.downcast_ref::<io::Error>());
            ended |= matches!(
                error.kind(),
                io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::BrokenPipe
            );
        }
        if let Some(error) = found.downcast_ref::<hyper::Error>() {
            ended |= error.is_incomplete_message() || error.is_closed() || error.is_canceled();
        }
        tunnel |= found.to_string().contains("tunnel");
        cause = found.source();
    }
    if private {
        return (Kind::Target, "the host has no address that may be asked");
    }
    if secured {
        return (Kind::Tls, "the backend's certificate or TLS does not fit");
    }
    if tunnel || (proxied && error.is_connect()) {
        return (Kind::Proxy, "the proxy cannot be reached or refused");
    }
    if error.is_connect() {
        return (Kind::Connect, "the backend cannot be reached");
    }
    if error.is_timeout() {
        return (Kind::Timeout, "the backend did not answer in time");
    }
    if ended || error.is_body() {
        return (Kind::CutOff, "the backend's answer was cut off");
    }
    (Kind::Unreadable, "the backend's answer is not HTTP")
}
