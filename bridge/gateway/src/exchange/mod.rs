//! A packet's bodies, each answered by itself: run side by side, answered in the order asked.
//!
//! [`answer`] takes a packet, `body` what it asks in each of its bodies, `json` one call that came as JSON; `call` runs them. `caller` and
//! `credentials` know who calls and in which session, `pages` answers for record sets, `headers` collects those of the answer, `debug`
//! tells developers what became of their calls, `describe` what there is to call, `refusal` answers what is not run, `stamp` gives
//! identifiers and the time.

mod body;
mod call;
mod caller;
mod credentials;
mod debug;
mod describe;
mod headers;
mod json;
mod pages;
mod refusal;
mod stamp;

use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use footbridge_amf::Limits;
use footbridge_mapping::model::{GatewayLimits, Plan};
use footbridge_remoting::{
    AnswerHeader, Body, Command, Fault, Packet, PacketError, Profile, Request, Version, assemble,
};
use footbridge_traffic::Credentials;
use futures_util::{StreamExt, stream};
use tokio::time::Instant;

pub(crate) use self::credentials::named;
use self::debug::Debugging;
use self::headers::Headers;
pub(crate) use self::json::{AnsweredJson, json, problem};
use self::pages::Runs;
pub(crate) use self::refusal::refuse;
use crate::dispatch;
use crate::gateway::Gateway;
use crate::live::Live;
use crate::load::{Held, Usage};
use crate::run::{Change, Client, Identity, Share};
use crate::session::Session;

/// What came with a packet.
#[derive(Clone)]
pub(crate) struct Origin<'o> {
    /// Who sent it.
    pub(crate) client: Client,
    /// The session's identifier in the cookie.
    pub(crate) cookie: Option<&'o str>,
    /// The session's identifier in the URL.
    pub(crate) suffix: Option<&'o str>,
    /// Name and password, or a token, of the header `Authorization`.
    pub(crate) authorization: Option<Credentials>,
    /// The user that a proxy has let in, where it is believed who that is.
    pub(crate) user: Option<Arc<str>>,
    /// The profile of the path.
    pub(crate) profile: Arc<Profile>,
    /// The URL to which the path has moved.
    pub(crate) moved: Option<Arc<str>>,
    /// HTTP headers that may be shown to whoever debugs.
    pub(crate) http: Vec<(String, String)>,
    /// What the client takes of the gateway.
    pub(crate) usage: Arc<Usage>,
}

/// An answer packet.
#[derive(Debug)]
pub(crate) struct Answered {
    /// Its bytes, in order.
    pub(crate) chunks: Vec<Vec<u8>>,
    /// What became of the caller's session, for the cookie.
    pub(crate) change: Change,
    /// The room that the bytes take.
    pub(crate) held: Held,
}

/// Answers a packet, each body by itself.
///
/// # Errors
/// Where the bytes are no packet, so that nobody could be addressed.
pub(crate) async fn answer(
    gateway: &Gateway,
    bytes: &[u8],
    origin: Origin<'_>,
) -> Result<Answered, PacketError> {
    let began = Instant::now();
    let live = gateway.live();
    let limits = live.mapping.gateway.limits;
    let packet = Packet::read(bytes, &reading_limits(limits))?;
    if packet.trailing > 0 {
        tracing::debug!(
            bytes = packet.trailing,
            "bytes behind the last body are ignored"
        );
    }
    origin
        .client
        .trail
        .number("footbridge.calls", packet.bodies.len());
    let mut exchange = Exchange::new(gateway, live, packet.version, origin);
    if exchange.live.mapping.gateway.debug.is_some() {
        exchange.debugging = Debugging::of(&packet, began);
    }
    if let Some(url) = &exchange.origin.moved {
        exchange.headers.say(AnswerHeader::replace_gateway_url(url));
    }
    exchange.credentials(&packet).await;
    let describes = describe::asked(&packet);
    let (skipped, unreadable) = (packet.skipped, packet.unreadable);
    let mut calls = packet.bodies;
    // What runs takes some kilobytes before it does anything, and 600 KB of packet can hold 65,000 calls.
    let refused = calls.split_off(pages::within(&calls, limits.calls));
    // Whoever logs in says so for the calls behind it.
    let at_once = if calls.len() > 1 && calls.iter().any(|body| signs(&exchange.live, body)) {
        1
    } else {
        SIDE_BY_SIDE
    };
    let calls = calls
        .into_iter()
        .enumerate()
        .map(|(index, body)| exchange.body(describes && index == 0, body))
        .collect::<Vec<_>>();
    let mut bodies = stream::iter(calls)
        .buffered(at_once)
        .collect::<Vec<_>>()
        .await;
    bodies.extend(
        refused
            .iter()
            .enumerate()
            .map(|(index, body)| exchange.one_too_many(index == 0, body)),
    );
    let mut bodies = exchange.with_skipped(bodies, &skipped);
    if let Some(unreadable) = unreadable {
        bodies.push(exchange.unreadable(&unreadable, skipped.is_empty()));
    }
    if let Some(suffix) = exchange.new_suffix() {
        exchange
            .headers
            .say(AnswerHeader::append_to_gateway_url(&suffix));
    }
    // As many bodies as a packet can have leave no place for another one.
    if bodies.len() < usize::from(u16::MAX)
        && let Some(events) = exchange.debug_body().await
    {
        bodies.insert(0, events);
    }
    let version = exchange.headers.version(exchange.version);
    let chunks = assemble(version, &exchange.headers.collected(), bodies);
    let (change, held) = exchange.ended();
    Ok(Answered {
        chunks,
        change,
        held,
    })
}

/// Whether a call may change whose session it is.
fn signs(live: &Live, body: &Body<'_>) -> bool {
    let found = match Request::recognise(body) {
        Request::Classic {
            service, operation, ..
        } => dispatch::classic(&live.mapping, service, operation),
        Request::Remoting {
            destination,
            source,
            operation,
            ..
        } => dispatch::remoting(&live.mapping, &destination, source.as_deref(), &operation),
        Request::Command { command, .. } => {
            return matches!(command, Command::Login | Command::Logout);
        }
        Request::Http { .. } | Request::Other { .. } | Request::Unknown => return false,
    };
    let Ok(operation) = found else {
        return false;
    };
    match &operation.plan {
        Plan::Step(_) => operation.rules.signs.is_some(),
        Plan::Overloads(overloads) => overloads.iter().any(|one| one.rules.signs.is_some()),
    }
}

/// What the bodies of one packet share.
struct Exchange<'e> {
    gateway: &'e Gateway,
    live: Arc<Live>,
    version: Version,
    origin: Origin<'e>,
    /// What the calls so far have done to the caller's session.
    change: Mutex<Change>,
    /// Headers of the answer.
    headers: Headers,
    /// What the packet asks to be told beside its answers.
    debugging: Option<Debugging>,
    /// Bytes that the packet's replies may still take, so that many large ones do not add up.
    room: AtomicUsize,
    /// The room that the replies so far take of the gateway's.
    held: Held,
    /// Turns on connections.
    share: Arc<Share>,
    /// The sessions that its identifiers name, so that all its calls see the same.
    found: tokio::sync::Mutex<HashMap<String, Option<Arc<Session>>>>,
    /// Record sets whose rows were asked for.
    runs: Runs,
    /// Who the packet says it is, by name and password; nobody else is then asked.
    caller: OnceLock<Result<Identity, Fault>>,
}

impl<'e> Exchange<'e> {
    fn new(gateway: &'e Gateway, live: Arc<Live>, version: Version, origin: Origin<'e>) -> Self {
        let room = AtomicUsize::new(live.mapping.gateway.limits.reply);
        let held = Held::of(&origin.usage);
        Self {
            gateway,
            live,
            version,
            origin,
            change: Mutex::default(),
            headers: Headers::default(),
            debugging: None,
            room,
            held,
            share: Arc::default(),
            found: tokio::sync::Mutex::default(),
            runs: Runs::default(),
            caller: OnceLock::new(),
        }
    }

    /// What became of the caller's session, and the room that the answers take.
    fn ended(self) -> (Change, Held) {
        let change = self.change.into_inner();
        (change.unwrap_or_else(PoisonError::into_inner), self.held)
    }
}

impl Exchange<'_> {
    fn limits(&self) -> GatewayLimits {
        self.live.mapping.gateway.limits
    }
}

fn reading_limits(limits: GatewayLimits) -> Limits {
    Limits {
        depth: limits.depth,
        values: limits.values,
        bytes: limits.request,
        references: limits.values,
    }
}

/// More calls of one packet at once would only take from other clients. On each pool they take turns besides.
const SIDE_BY_SIDE: usize = 16;

#[cfg(test)]
mod tests;
