//! What a call carries beside its arguments: who calls, from where, until when.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::model::{Operation, Roles};
use footbridge_remoting::{Style, Upstream};
use tokio::time::Instant;

use super::kept::Kept;
use super::pageable::Asked;
use super::scope::object;
use super::share::Share;
use super::sign::Signing;
use super::told::Told;
use super::trace::Trace;
use crate::live::Live;
use crate::session::Session;
use crate::spans::Trail;

/// What a call carries beside its arguments.
#[derive(Debug)]
pub struct Context {
    /// The mapping as it was when the call began, with its databases.
    pub live: Arc<Live>,
    /// Who calls.
    pub identity: Identity,
    /// Where the call comes from.
    pub client: Client,
    /// The correlation id, in the fault and in the log.
    pub id: Arc<str>,
    /// When the call began, in milliseconds since 1970-01-01T00:00Z.
    pub time: f64,
    /// When it ends at the latest.
    pub deadline: Instant,
    /// How lists and objects look for this client.
    pub style: Style,
    /// The turns that the calls of one packet take on connections.
    pub share: Arc<Share>,
    /// The caller's session, where it has one.
    pub session: Option<Arc<Session>>,
    /// What backends with `auth: caller` are told.
    pub told: Told,
    /// What the call does to its session.
    pub signing: Arc<Signing>,
    /// Further rows of a record set, where the call asks for those.
    pub asked: Option<Asked>,
    /// What outlives the call.
    pub kept: Arc<Kept>,
    /// What ran, where the caller may see it.
    pub trace: Option<Arc<Trace>>,
    /// What a proxy was answered, for the headers of the answer.
    pub upstream: Arc<OnceLock<Upstream>>,
}

impl Context {
    /// The same call, by whoever owns this session.
    pub(super) fn called_in(&self, session: Option<Arc<Session>>) -> Self {
        let identity = session
            .as_ref()
            .map(|session| session.identity())
            .unwrap_or_default();
        Self {
            live: Arc::clone(&self.live),
            identity,
            client: self.client.clone(),
            id: Arc::clone(&self.id),
            time: self.time,
            deadline: self.deadline,
            style: self.style.clone(),
            session,
            told: Told::default(),
            signing: Arc::clone(&self.signing),
            share: Arc::clone(&self.share),
            asked: self.asked.clone(),
            kept: Arc::clone(&self.kept),
            trace: self.trace.clone(),
            upstream: Arc::clone(&self.upstream),
        }
    }

    /// The root `call`.
    pub(super) fn call_root(&self, operation: &Operation) -> Data {
        let (service, name) = operation
            .name
            .rsplit_once('.')
            .unwrap_or(("", &operation.name));
        object([
            ("id", Data::Text(Arc::clone(&self.id))),
            ("service", Data::text(service)),
            ("operation", Data::text(name)),
            ("time", Data::Date(self.time)),
            ("address", Data::Text(Arc::clone(&self.client.address))),
            ("client", Data::Text(Arc::clone(&self.client.name))),
        ])
    }

    /// What is left until the deadline, at most this long.
    pub(super) fn left(&self, most: Duration) -> Duration {
        self.deadline
            .saturating_duration_since(Instant::now())
            .min(most)
    }
}

/// Who calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identity {
    /// The members of `identity`; `None` for a stranger.
    pub members: Option<Arc<Record>>,
}

impl Identity {
    /// The root `identity`; its members are null for a stranger.
    pub(super) fn root(&self) -> Data {
        self.members
            .as_ref()
            .map_or(Data::Null, |members| Data::Object(Arc::clone(members)))
    }

    /// Whether roles let this caller in; nobody from outside is `internal`.
    pub(crate) fn holds(&self, roles: &Roles) -> bool {
        match roles {
            Roles::Public => true,
            Roles::Users => self.members.is_some(),
            Roles::Named(roles) => roles.iter().any(|role| self.has(role)),
            Roles::Internal => false,
        }
    }

    fn has(&self, role: &str) -> bool {
        match self
            .members
            .as_ref()
            .and_then(|members| members.members.get("roles"))
        {
            Some(Data::List(roles)) => roles
                .iter()
                .any(|known| matches!(known, Data::Text(known) if **known == *role)),
            Some(_) | None => false,
        }
    }
}

/// Where a call comes from.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// The address of the peer, without its port.
    pub address: Arc<str>,
    /// What the client calls itself, e.g. its `User-Agent`.
    pub name: Arc<str>,
    /// The identifier that a proxy gave to the request, for the log.
    pub request: Option<Arc<str>>,
    /// The origin of the page that it calls from, if that is of another site than the gateway.
    pub site: Option<Arc<str>>,
    /// The identifier that it was given once as a `DSId`, and says: its next session is found by it too, for it takes no other.
    pub ds_id: Arc<OnceLock<Arc<str>>>,
    /// The span that it is told below.
    pub trail: Trail,
}
