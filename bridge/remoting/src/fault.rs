//! What went wrong, as the client sees it: a stable code, a calm sentence, and an identifier that the log has too.
//!
//! `Client.` codes are the caller's fault, `Server.` codes the backend's, the mapping's or ours; mappings add codes of
//! their own. Where Flex or ColdFusion clients already know a code for the case, it is theirs.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use footbridge_amf::{Sink, WriteError};

/// An argument is missing, too many, or not of its type. The caller is at fault.
pub const BAD_ARGUMENTS: &str = "Client.BadArguments";
/// The operation is for callers who have logged in, or the login failed. The caller is at fault.
pub const AUTHENTICATION: &str = "Client.Authentication";
/// The caller is known and may not do this. The caller is at fault.
pub const AUTHORIZATION: &str = "Client.Authorization";
/// One row was asked for, and there is none. The caller is at fault.
pub const NOT_FOUND: &str = "Client.NotFound";
/// What was to be changed is not as the caller expected it. The caller is at fault, or was late.
pub const CONFLICT: &str = "Client.Conflict";
/// A unique key exists already. The caller is at fault.
pub const DUPLICATE: &str = "Client.Duplicate";
/// Something refers to what is not there, or is still referred to. The caller is at fault.
pub const REFERENCE: &str = "Client.Reference";
/// A check of the database refuses a value. The caller is at fault.
pub const CHECK: &str = "Client.Check";
/// More calls in one packet, or in a span of time, than are allowed. The caller is at fault.
pub const TOO_MANY_CALLS: &str = "Client.TooManyCalls";
/// The body of a call cannot be read, or is no message. The caller is at fault.
pub const ENCODING: &str = "Client.Message.Encoding";
/// The request is larger, deeper or longer than the gateway's limits. The caller is at fault.
pub const TOO_LARGE: &str = "Client.Message.TooLarge";
/// No service or no operation has this name, or it is not for clients. The caller or the mapping is at fault.
pub const RESOURCE_NOT_FOUND: &str = "Server.ResourceNotFound";
/// The answer has more rows than the operation allows. Whoever asked for so many, or the mapping, is at fault.
pub const TOO_MANY_ROWS: &str = "Server.TooManyRows";
/// The answer is larger than the gateway's limit. Whoever asked for so much, or the mapping, is at fault.
pub const REPLY_TOO_LARGE: &str = "Server.ReplyTooLarge";
/// The backend did not answer in time.
pub const TIMEOUT: &str = "Server.Timeout";
/// The backend cannot be reached, or has no room for this call.
pub const UNAVAILABLE: &str = "Server.Unavailable";
/// Its answer began, and came to a standstill.
pub const TIMEOUT_IDLE: &str = "Server.Timeout.Idle";
/// Its certificate or its TLS does not fit.
pub const UNAVAILABLE_TLS: &str = "Server.Unavailable.Tls";
/// The proxy before it refused.
pub const UNAVAILABLE_PROXY: &str = "Server.Unavailable.Proxy";
/// It has failed too often, and is left alone for a moment.
pub const UNAVAILABLE_BREAKER: &str = "Server.Unavailable.Breaker";
/// Too many calls wait for it already.
pub const UNAVAILABLE_QUEUE: &str = "Server.Unavailable.Queue";
/// The server that gives tokens for it did not give one.
pub const UNAVAILABLE_TOKEN: &str = "Server.Unavailable.Token";
/// Its answer ended before its end.
pub const BAD_REPLY_CUT_OFF: &str = "Server.BadReply.CutOff";
/// Its answer is larger than the mapping allows.
pub const BAD_REPLY_TOO_LARGE: &str = "Server.BadReply.TooLarge";
/// It redirects elsewhere, or without end.
pub const BAD_REPLY_REDIRECT: &str = "Server.BadReply.Redirect";
/// The backend's answer does not fit what the mapping says of it. The backend or the mapping is at fault.
pub const BAD_REPLY: &str = "Server.BadReply";
/// The backend failed, and no other code says how.
pub const BACKEND: &str = "Server.Backend";
/// A call that must not be made twice came again, and nobody knows what became of the first.
pub const UNKNOWN_OUTCOME: &str = "Server.UnknownOutcome";
/// What a client asked for through a proxy did not come; the code that clients of `HTTPService` know.
pub const PROXY_FAILED: &str = "Server.Proxy.Request.Failed";
/// The gateway failed: the fault is ours.
pub const PROCESSING: &str = "Server.Processing";

/// What went wrong with one call.
#[derive(Clone)]
pub struct Fault {
    /// The code that clients test: one of this module's constants, or the mapping's own.
    pub code: Cow<'static, str>,
    /// One calm sentence, without anything that a backend said.
    pub message: String,
    /// More for developers; sent as `faultDetail` or `details` where the mapping or the configuration says so.
    pub detail: Option<Box<str>>,
    /// A value that explains the fault, e.g. the row as it is now; sent as `extendedData`.
    pub data: Option<Arc<dyn Emit>>,
    /// The identifier of the call, which its log line has too; empty until the gateway sets it.
    pub correlation: Arc<str>,
    /// The HTTP status that a proxy was answered; sent to Flex clients as the header `DSStatusCode`.
    pub upstream: Option<u16>,
    /// What really happened, for the log alone.
    pub cause: Option<Arc<dyn Error + Send + Sync>>,
}

/// Something that can be written as one value, more than once if need be.
pub trait Emit: Send + Sync {
    /// Writes exactly one value.
    ///
    /// # Errors
    /// As the sink's events.
    fn emit(&self, sink: &mut dyn Sink) -> Result<(), WriteError>;
}

impl Fault {
    /// A fault with a code and a message, and nothing else.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            detail: None,
            data: None,
            correlation: Arc::default(),
            upstream: None,
            cause: None,
        }
    }

    /// With more for developers.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into().into());
        self
    }

    /// With a value that explains it.
    #[must_use]
    pub fn with_data(mut self, data: Arc<dyn Emit>) -> Self {
        self.data = Some(data);
        self
    }

    /// With what really happened, for the log alone.
    #[must_use]
    pub fn because(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Arc::new(cause));
        self
    }

    /// With the identifier of the call.
    #[must_use]
    pub fn correlated(mut self, correlation: impl Into<Arc<str>>) -> Self {
        self.correlation = correlation.into();
        self
    }

    /// The HTTP status that says it best, for clients that are answered by one. Codes of mappings are 400 where the caller is
    /// at fault, else 500.
    pub fn status(&self) -> u16 {
        // What stands behind a code says more of the same: `Server.Unavailable.Breaker`.
        let is = |code: &str| {
            let rest = self.code.strip_prefix(code);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        match STATUSES.iter().find(|(code, _)| is(code)) {
            Some((_, status)) => *status,
            None if self.is_clients() => 400,
            None => 500,
        }
    }

    /// Whether the caller is at fault.
    pub fn is_clients(&self) -> bool {
        self.code.starts_with("Client.")
    }
}

/// Codes that have a status of HTTP of their own.
const STATUSES: [(&str, u16); 14] = [
    (AUTHENTICATION, 401),
    (AUTHORIZATION, 403),
    (NOT_FOUND, 404),
    (RESOURCE_NOT_FOUND, 404),
    (CONFLICT, 409),
    (DUPLICATE, 409),
    (REFERENCE, 409),
    (TOO_LARGE, 413),
    (CHECK, 422),
    (TOO_MANY_CALLS, 429),
    (BACKEND, 502),
    (BAD_REPLY, 502),
    (UNAVAILABLE, 503),
    (TIMEOUT, 504),
];

impl From<WriteError> for Fault {
    /// An answer that cannot be written: too large for its budget, or a value that the encoding cannot say.
    fn from(error: WriteError) -> Self {
        let (code, message) = match &error {
            WriteError::TooLarge { .. } => (REPLY_TOO_LARGE, error.to_string()),
            WriteError::Cycle { .. }
            | WriteError::Unrepresentable { .. }
            | WriteError::TooDeep { .. } => (
                BAD_REPLY,
                format!("the answer cannot be sent to this client: {error}"),
            ),
            WriteError::OutOfOrder(_) => (
                PROCESSING,
                "the gateway failed to write the answer".to_owned(),
            ),
        };
        Self::new(code, message).because(error)
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("code", &self.code)
            .field("message", &self.message)
            .field("detail", &self.detail)
            .field("data", &self.data.is_some())
            .field("correlation", &self.correlation)
            .field("cause", &self.cause)
            .finish()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause
            .as_ref()
            .map(|cause| cause.as_ref() as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_a_code_has_its_status() {
        for (code, status) in [
            (UNAVAILABLE_BREAKER, 503),
            (TIMEOUT_IDLE, 504),
            (BAD_REPLY_CUT_OFF, 502),
            (TOO_LARGE, 413),
            (ENCODING, 400),
            ("Server.UnavailableToday", 500),
            ("E-17", 500),
        ] {
            assert_eq!(Fault::new(code, "").status(), status, "{code}");
        }
    }
}
