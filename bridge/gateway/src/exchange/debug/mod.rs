//! Debug events: what became of a packet's calls, for callers who ask and whom `debug` in `gateway.yaml` lets ask.
//!
//! The header `amf_server_debug` of NetConnection Debugger asks for them, its members choose; `TraceHeader` asks for the trace alone,
//! `ServiceBrowser` for the times. The answer is one body more, for `onDebugEvents`, which stands before the others: a list that holds
//! one list of events. Who may not ask is answered as if nothing had been asked. Secrets are never shown, and of the request's HTTP
//! headers only those that are known to hold none. `asked` reads what is asked for, `shown` keeps back what must not be told, `events`
//! chooses and writes.

mod asked;
mod events;
mod shown;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use footbridge_amf::{Graph, Value, WriteError};
use footbridge_mapping::model::Operation;
use footbridge_remoting::{Answer, Envelope, Fault, Packet, Profile, Request};
use tokio::time::Instant;

use self::asked::Asked;
use self::shown::cut;
use super::Exchange;
use crate::call::Call;
use crate::log;
use crate::run::{Identity, Trace};
use crate::session::Session;

/// What a packet asks to be told beside its answers, and what there is to tell.
#[derive(Debug)]
pub(super) struct Debugging {
    asked: Asked,
    began: Instant,
    decoded: Duration,
    /// The names of the packet's headers, and whether each must be understood.
    headers: Vec<(String, bool)>,
    /// The response URIs of the bodies, in their order, as many as are told apart.
    responses: Vec<String>,
    /// The response URI of the last body, to which the events go.
    last: String,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    /// Whether a body came from somebody who may ask.
    admitted: bool,
    /// Whether a body came from a client that takes each body for an answer.
    unread: bool,
    /// As they were answered, which is not the order in which they were asked.
    seen: Vec<Seen>,
}

/// What there is to tell of one body: of a call, or of what was refused before it was one.
#[derive(Debug)]
struct Seen {
    /// Its place in the packet.
    place: usize,
    traces: Vec<String>,
    call: Option<CallSeen>,
    error: Option<ErrorSeen>,
}

/// A call as it came.
#[derive(Debug)]
struct CallSeen {
    service: Arc<str>,
    operation: Arc<str>,
    response: String,
    graph: Arc<Graph<'static>>,
    /// `None` stands for what must not be shown.
    arguments: Vec<Option<Value<'static>>>,
}

/// A fault, with what the log says of it.
#[derive(Debug)]
struct ErrorSeen {
    target: String,
    code: String,
    message: String,
    cause: Option<String>,
    correlation: Arc<str>,
}

impl Debugging {
    /// What a packet asks for, which was read since `began`.
    pub(super) fn of(packet: &Packet<'_>, began: Instant) -> Option<Self> {
        let asked = Asked::by(packet);
        if asked.is_nothing() {
            return None;
        }
        let mut responses = responses(packet);
        let last = responses.last().cloned().unwrap_or_default();
        responses.truncate(PLACES);
        Some(Self {
            asked,
            began,
            decoded: began.elapsed(),
            headers: packet
                .headers
                .iter()
                .map(|header| (cut(&header.name), header.must_understand))
                .collect(),
            responses,
            last,
            told: Mutex::default(),
        })
    }

    /// The place of a body in the packet, by its response URI.
    fn place(&self, response: &str) -> usize {
        let place = self.responses.iter().position(|other| other == response);
        place.unwrap_or(usize::MAX)
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Exchange<'_> {
    /// Where a call writes what it does, if its caller asked and may ask.
    pub(super) fn trace(&self, identity: &Identity, profile: &Profile) -> Option<Arc<Trace>> {
        self.may_debug(identity, profile).then(Arc::default)
    }

    /// Takes note of who sent a body, whatever becomes of it.
    pub(super) fn saw_sender(&self, session: Option<&Arc<Session>>, profile: &Profile) {
        if self.debugging.is_some() {
            self.may_debug(&self.identity(session).unwrap_or_default(), profile);
        }
    }

    /// Whether this caller asked and may ask.
    fn may_debug(&self, identity: &Identity, profile: &Profile) -> bool {
        let asked = self.debugging.as_ref();
        let (Some(debugging), Some(callers)) = (asked, &self.live.mapping.gateway.debug) else {
            return false;
        };
        if !profile.debug_events {
            debugging.told().unread = true;
            return false;
        }
        let address = self.origin.client.address.parse().ok();
        let may = callers.admit(address, |roles| identity.holds(roles));
        debugging.told().admitted |= may;
        may
    }

    /// Takes note of a body that was refused before it was a call: one that cannot be read or names nothing, a command that fails.
    pub(super) fn saw_refused(&self, envelope: &Envelope, fault: &Fault) {
        let Some(debugging) = self.debugging.as_ref().filter(|it| it.asked.errors) else {
            return;
        };
        let mut told = debugging.told();
        // A packet can hold 65,000 of them.
        if told.seen.len() < debugging.asked.most_events() {
            told.seen.push(Seen {
                place: debugging.place(&envelope.response),
                traces: Vec::new(),
                call: None,
                error: Some(ErrorSeen::of(envelope, fault)),
            });
        }
    }

    /// Takes note of a call that was answered.
    pub(super) fn saw(
        &self,
        call: &Call,
        operation: Option<&Operation>,
        fault: Option<&Fault>,
        took: Duration,
    ) {
        let (Some(debugging), Some(trace)) = (&self.debugging, &call.context.trace) else {
            return;
        };
        let mut seen = Seen {
            place: debugging.place(&call.envelope.response),
            traces: Vec::new(),
            call: None,
            error: None,
        };
        if debugging.asked.trace {
            let name = format!("{}.{}", cut(&call.service), cut(&call.operation));
            seen.traces.extend(trace.lines());
            let outcome = fault.map_or("ok", |fault| &*fault.code);
            let line = format!(
                "{name}: {outcome}, {:.1} ms, profile {}, call {}",
                took.as_secs_f64() * 1_000.0,
                call.profile.name,
                call.context.id
            );
            seen.traces.push(line);
        }
        if debugging.asked.calls {
            seen.call = Some(CallSeen {
                service: Arc::clone(&call.service),
                operation: Arc::clone(&call.operation),
                response: cut(&call.envelope.response),
                graph: Arc::clone(&call.arguments.graph),
                arguments: shown::arguments(call, operation),
            });
        }
        if let Some(fault) = fault.filter(|_| debugging.asked.errors) {
            seen.error = Some(ErrorSeen::of(&call.envelope, fault));
        }
        debugging.told().seen.push(seen);
    }

    /// The body of events, where somebody asked who may; shorter by the calls' arguments where it would be too long for what the
    /// answers have left of the packet's room, and none where it cannot be held.
    pub(super) async fn debug_body(&self) -> Option<Vec<u8>> {
        let debugging = self.debugging.as_ref()?;
        if !debugging.told().admitted {
            // Of bodies that nobody could read, cookie and URL say who sent them.
            let session = self.session(&Request::Unknown).await.ok().flatten();
            self.saw_sender(session.as_ref(), &self.origin.profile);
        }
        let mut told = debugging.told();
        if told.unread {
            return None;
        }
        if !told.admitted {
            tracing::debug!(
                address = &*self.origin.client.address,
                "asks for debug events and may not"
            );
            return None;
        }
        told.seen.sort_by_key(|seen| seen.place);
        let limit = self.room.load(Ordering::Relaxed);
        let write = |arguments: bool| {
            let mut answer = Answer::debug_events(self.version, &debugging.last, limit);
            let http = &self.origin.http;
            events::write(debugging, &told.seen, http, arguments, answer.sink())?;
            answer.finish()
        };
        let body = write(true).or_else(|_: WriteError| write(false)).ok()?;
        match self.held.answer(body.len(), self.limits()) {
            Ok(()) => Some(body),
            Err(fault) => {
                tracing::debug!(code = &*fault.code, "debug events cannot be held");
                None
            }
        }
    }
}

impl ErrorSeen {
    fn of(envelope: &Envelope, fault: &Fault) -> Self {
        Self {
            target: format!("{}/onStatus", cut(&envelope.response)),
            code: fault.code.to_string(),
            message: fault.message.clone(),
            cause: fault.cause.as_ref().map(|cause| log::chain(cause.as_ref())),
            correlation: Arc::clone(&fault.correlation),
        }
    }
}

/// The response URIs of a packet's bodies, also of those that could not be read, in their order.
fn responses(packet: &Packet<'_>) -> Vec<String> {
    let mut responses: Vec<_> = packet
        .bodies
        .iter()
        .map(|body| body.response.to_string())
        .collect();
    for skipped in &packet.skipped {
        let response = skipped.unreadable.response.clone();
        responses.insert(
            skipped.index.min(responses.len()),
            response.unwrap_or_default(),
        );
    }
    let unreadable = packet.unreadable.as_ref();
    responses.extend(unreadable.and_then(|unreadable| unreadable.response.clone()));
    responses
}

/// Bodies whose places are known; what is told of others stands behind them.
const PLACES: usize = 1_000;
