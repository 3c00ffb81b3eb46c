//! A packet's bodies, each answered by itself: run side by side, answered in the order asked.
//!
//! [`answer`] takes a packet, `json` one call that came as JSON; `caller` knows who calls and in which session, `headers` collects
//! those of the answer, `debug` tells developers what became of their calls, `describe` what there is to call, `refusal` answers what is not run, `stamp` gives
//! identifiers and the time.

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
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use footbridge_amf::{Graph, Limits, Value};
use footbridge_mapping::model::{GatewayLimits, Operation, Plan};
use footbridge_remoting::{
    Answer, AnswerHeader, Body, Command, Envelope, Fault, Packet, PacketError, Profile, Request,
    Style, TypedAcknowledge, Version, assemble, command, fault,
};
use footbridge_traffic::Credentials;
use futures_util::{FutureExt, StreamExt, stream};
use tokio::time::Instant;

pub(crate) use self::credentials::named;
use self::debug::Debugging;
use self::headers::Headers;
pub(crate) use self::json::{AnsweredJson, json, problem};
use self::pages::Runs;
pub(crate) use self::refusal::refuse;
use self::stamp::{new_id, now, stamp};
use crate::call::{Arguments, Call};
use crate::dispatch;
use crate::gateway::{Gateway, Seen};
use crate::live::Live;
use crate::log;
use crate::run::pageable::Asked;
use crate::run::{self, Change, Client, Context, Identity, Share, Told};
use crate::session::Session;
use crate::stats;

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
    /// The profile of the path.
    pub(crate) profile: Arc<Profile>,
    /// The URL to which the path has moved.
    pub(crate) moved: Option<Arc<str>>,
    /// HTTP headers that may be shown to whoever debugs.
    pub(crate) http: Vec<(String, String)>,
}

/// An answer packet.
#[derive(Debug)]
pub(crate) struct Answered {
    /// Its bytes, in order.
    pub(crate) chunks: Vec<Vec<u8>>,
    /// What became of the caller's session, for the cookie.
    pub(crate) change: Change,
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
        && let Some(events) = exchange.debug_body()
    {
        bodies.insert(0, events);
    }
    let version = exchange.headers.version(exchange.version);
    let chunks = assemble(version, &exchange.headers.collected(), bodies);
    Ok(Answered {
        chunks,
        change: exchange.ended(),
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
        Self {
            gateway,
            live,
            version,
            origin,
            change: Mutex::default(),
            headers: Headers::default(),
            debugging: None,
            room,
            share: Arc::default(),
            found: tokio::sync::Mutex::default(),
            runs: Runs::default(),
            caller: OnceLock::new(),
        }
    }

    /// What became of the caller's session.
    fn ended(self) -> Change {
        self.change
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Exchange<'_> {
    fn acknowledged(&self, envelope: &Envelope) -> Result<Vec<u8>, Fault> {
        let limit = self.limits().reply;
        let acknowledge = TypedAcknowledge::default();
        let mut answer = Answer::acknowledge(envelope, acknowledge, limit, &stamp(envelope))?;
        answer.sink().string("success")?;
        Ok(answer.finish()?)
    }

    /// Answers one body, whatever happens; with `describes` the packet asks what its service is.
    async fn body(&self, describes: bool, body: Body<'_>) -> Vec<u8> {
        let id = new_id();
        let body = self.with_lists(body);
        let request = Request::recognise(&body);
        let mut envelope = Envelope::of(&body, &request, self.version);
        let profile = self.profile(&envelope);
        envelope.wire = profile.wire();
        self.headers.for_client(&profile);
        let session = match self.session(&request).await {
            Ok(session) => session,
            Err(fault) => return self.fault(&id, &envelope, fault),
        };
        if let (Some(reply), Some(session)) = (&mut envelope.message, &session) {
            reply.small |= self.version == Version::Amf3 && session.reads_small_messages();
        }
        if let Some(reply) = &mut envelope.message {
            reply.small &= profile.small_messages;
        }
        match self.describes(describes, &request) {
            Ok(None) => {}
            Ok(Some(described)) => {
                return self
                    .description(&described, &envelope, session.as_ref())
                    .unwrap_or_else(|fault| self.fault(&id, &envelope, fault));
            }
            Err(fault) => return self.fault(&id, &envelope, fault),
        }
        match request {
            Request::Classic {
                service,
                operation,
                arguments,
            } => {
                let (service, operation) = (Arc::from(service), Arc::from(operation));
                let arguments = owned(arguments.into_owned());
                if self.asks_for_pages(&service) {
                    let arguments = (Arc::new(body.graph.into_owned()), arguments);
                    return self
                        .pages(id, envelope, session, &operation, arguments)
                        .await;
                }
                let found = dispatch::classic(&self.live.mapping, &service, &operation);
                self.call(
                    id,
                    envelope,
                    session,
                    (service, operation),
                    found,
                    (None, self.told()),
                    (Arc::new(body.graph.into_owned()), arguments),
                    None,
                )
                .await
                .0
            }
            Request::Remoting {
                message,
                destination,
                source,
                operation,
                arguments,
            } => {
                let found = dispatch::remoting(
                    &self.live.mapping,
                    &destination,
                    source.as_deref(),
                    &operation,
                );
                let service = match &source {
                    Some(source) if *source != operation => Arc::from(source.as_ref()),
                    _ => Arc::from(destination.as_ref()),
                };
                let told = self.told_for(&message, &destination, session.as_deref());
                let told = match told.await {
                    Ok(told) => told,
                    Err(fault) => return self.fault(&id, &envelope, fault),
                };
                let operation = Arc::from(operation.as_ref());
                let patience = message.request_timeout().map(Duration::from_millis);
                let arguments = owned(arguments.into_owned());
                self.call(
                    id,
                    envelope,
                    session,
                    (service, operation),
                    found,
                    (patience, told),
                    (Arc::new(body.graph.into_owned()), arguments),
                    None,
                )
                .await
                .0
            }
            Request::Command { message, command } => {
                let session = match command {
                    Command::Ping | Command::TriggerConnect => match session {
                        Some(session) => Some(session),
                        None => match self.begin_session().await {
                            Ok(session) => Some(session),
                            Err(fault) => return self.fault(&id, &envelope, fault),
                        },
                    },
                    _ => session,
                };
                if let Some(session) = &session {
                    session.is_named();
                }
                if let (Some(session), Some(reply)) = (&session, &envelope.message)
                    && reply.small
                {
                    session.small_messages.store(true, Ordering::Relaxed);
                }
                if let Some(session) = &session
                    && let Err(away) = self.store().save(session).await
                {
                    return self.fault(&id, &envelope, away.into());
                }
                let signed = match command {
                    Command::Login => {
                        Some(self.login(&message, &envelope, session.as_deref()).await)
                    }
                    Command::Logout => Some(match self.logout(session.as_ref()).await {
                        Ok(()) => self.acknowledged(&envelope),
                        Err(fault) => Err(fault),
                    }),
                    _ => None,
                };
                if let Some(signed) = signed {
                    return signed.unwrap_or_else(|fault| self.fault(&id, &envelope, fault));
                }
                let ds_id = session
                    .as_ref()
                    .map_or_else(String::new, |session| self.ds_id(&message, session));
                let limit = self.limits().reply;
                match command::answer(
                    command,
                    &message,
                    &envelope,
                    &ds_id,
                    limit,
                    &stamp(&envelope),
                ) {
                    Ok(body) => {
                        tracing::debug!(call = &*id, ?command, "answered");
                        body
                    }
                    Err(fault) => self.fault(&id, &envelope, fault),
                }
            }
            Request::Http { asked } => {
                let destination = asked.destination();
                let found = dispatch::proxy(&self.live.mapping, &destination);
                let told = self.told_for(&asked.message, &destination, session.as_deref());
                let told = match told.await {
                    Ok(told) => told,
                    Err(fault) => return self.fault(&id, &envelope, fault),
                };
                let patience = asked.message.request_timeout().map(Duration::from_millis);
                let values = owned(asked.values());
                self.call(
                    id,
                    envelope,
                    session,
                    (destination.into(), "request".into()),
                    found,
                    (patience, told),
                    (Arc::new(body.graph.into_owned()), values),
                    None,
                )
                .await
                .0
            }
            Request::Other { message } => {
                self.fault(&id, &envelope, command::no_destination(&message))
            }
            Request::Unknown => {
                let fault = Fault::new(
                    fault::ENCODING,
                    "the call names no operation and holds no message",
                );
                self.fault(&id, &envelope, fault)
            }
        }
    }

    /// Runs a call, whose arguments are taken over; the body of its answer, and the fault that it tells.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of a call come from three places and meet here once"
    )]
    async fn call(
        &self,
        id: Arc<str>,
        envelope: Envelope,
        session: Option<Arc<Session>>,
        (service, operation): (Arc<str>, Arc<str>),
        found: Result<Arc<Operation>, Fault>,
        (patience, told): (Option<Duration>, Told),
        (graph, values): (Arc<Graph<'static>>, Vec<Value<'static>>),
        asked: Option<Asked>,
    ) -> (Vec<u8>, Option<Fault>) {
        let began = Instant::now();
        let profile = self.profile(&envelope);
        let time = match (&found, patience) {
            (Ok(operation), Some(patience)) => operation.timeout.min(patience),
            (Ok(operation), None) => operation.timeout,
            (Err(_), _) => Duration::ZERO,
        };
        let identity = self.identity(session.as_ref()).unwrap_or_default();
        let trace = self.trace(&identity, &profile);
        let context = Context {
            live: Arc::clone(&self.live),
            identity: match &asked {
                Some(asked) => asked.token.identity.clone(),
                None => identity,
            },
            client: self.origin.client.clone(),
            id,
            time: now(),
            deadline: began + time,
            style: Style::of_profile(&envelope, &profile),
            share: Arc::clone(&self.share),
            session: session.clone(),
            told,
            signing: Arc::default(),
            asked,
            kept: Arc::clone(self.gateway.kept()),
            trace,
            upstream: Arc::default(),
        };
        let call = Call {
            service,
            operation,
            arguments: Arguments { graph, values },
            session,
            envelope,
            profile,
            context,
        };
        let (operation, result) = match found {
            Ok(operation) => {
                let load = self.gateway.load();
                let admitted = load.admit(self.limits(), &call.context.client.address);
                let result = match (admitted, self.caller.get()) {
                    // Whoever says who it is, and is not, is no stranger either.
                    (_, Some(Err(fault))) => Err(fault.clone()),
                    (Err(fault), _) => Err(fault),
                    (Ok(_admission), Some(Ok(_)) | None) => self.run(&call, &operation).await,
                };
                (Some(operation), result)
            }
            Err(fault) => (None, Err(fault)),
        };
        match call.context.signing.change() {
            Change::None => {}
            change @ (Change::Began(_) | Change::Ended) => *self.change() = change,
        }
        let (body, fault) = match result.and_then(|body| self.fitting(body)) {
            Ok(body) => (body, None),
            Err(fault) => {
                let fault = fault.correlated(Arc::clone(&call.context.id));
                (
                    Answer::fault(
                        &call.envelope,
                        &fault,
                        self.limits().reply,
                        &stamp(&call.envelope),
                    ),
                    Some(fault),
                )
            }
        };
        let took = began.elapsed();
        stats::call(operation.as_deref(), fault.as_ref(), took);
        log::call(&call, operation.as_deref(), fault.as_ref(), took);
        self.saw(&call, operation.as_deref(), fault.as_ref(), took);
        if let Some(witness) = self.gateway.witness() {
            witness.answered(Seen {
                call: &call,
                body: &body,
                fault: fault.as_ref(),
                operation: operation.as_ref(),
            });
        }
        (body, fault)
    }

    /// A body with the lists that its path's profile sees in it. One that is recognised by the call sees what all do.
    fn with_lists<'b>(&self, mut body: Body<'b>) -> Body<'b> {
        body.graph.take_lists_from(self.origin.profile.lists_in);
        body
    }

    /// What is known of the client of a call.
    fn profile(&self, envelope: &Envelope) -> Arc<Profile> {
        self.origin
            .profile
            .of_call(envelope, &self.origin.client.name)
    }

    /// The answer of an operation, without harm to others.
    async fn run(&self, call: &Call, operation: &Arc<Operation>) -> Result<Vec<u8>, Fault> {
        let stamp = stamp(&call.envelope);
        let arguments = call.arguments.iter().collect();
        let running = run::operation(&call.context, operation, arguments, &call.envelope, &stamp);
        guarded(running).await
    }

    /// A reply, if it fits into the packet beside those that are there.
    fn fitting(&self, body: Vec<u8>) -> Result<Vec<u8>, Fault> {
        let taken = self
            .room
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| {
                room.checked_sub(body.len())
            });
        match taken {
            Ok(_) => Ok(body),
            Err(_) => Err(Fault::new(
                fault::REPLY_TOO_LARGE,
                "the answers of the packet are together larger than is allowed",
            )),
        }
    }

    fn limits(&self) -> GatewayLimits {
        self.live.mapping.gateway.limits
    }
}

/// A panic in one call is a fault of that call. What it had written is dropped with the future, so nothing half-done is seen.
async fn guarded(running: impl Future<Output = Result<Vec<u8>, Fault>>) -> Result<Vec<u8>, Fault> {
    match AssertUnwindSafe(running).catch_unwind().await {
        Ok(result) => result,
        Err(_) => Err(Fault::new(fault::PROCESSING, "the gateway failed")),
    }
}

fn owned(values: Vec<Value<'_>>) -> Vec<Value<'static>> {
    values.into_iter().map(Value::into_owned).collect()
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
mod tests {
    use footbridge_mapping::compile::{ProcessEnvironment, Project, SourceFile, compile};
    use footbridge_remoting::Encoding;
    use footbridge_remoting::outgoing::{self, Outgoing, Target};

    use super::*;
    use crate::gateway::Witness;

    fn gateway(service: &str) -> Gateway {
        gateway_of("gateway: test\ndefaults: {roles: public}\n", service)
    }

    fn gateway_of(gateway: &str, service: &str) -> Gateway {
        let file = |path: &str, text: &str| SourceFile::new(path, text.as_bytes());
        let files = vec![
            file("mappings/gateway.yaml", gateway),
            file("mappings/service.yaml", service),
        ];
        let project = Project {
            root: ".".into(),
            files,
        };
        let compiled = compile(&project, &ProcessEnvironment { root: ".".into() });
        let mapping = compiled
            .mapping
            .unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
        Gateway::new(Live {
            mapping,
            databases: Arc::default(),
            clients: Arc::default(),
            documents: Arc::default(),
        })
    }

    /// The targets of the answers to classic calls without arguments.
    async fn call(gateway: &Gateway, targets: &[&str]) -> Vec<String> {
        let graph = Graph::new();
        let calls: Vec<_> = targets
            .iter()
            .map(|target| Outgoing {
                graph: &graph,
                arguments: &[],
                target: Target::Classic(target),
            })
            .collect();
        let request = outgoing::request(Encoding::Amf0, &calls, 10_000).unwrap();
        let origin = Origin {
            client: Client::default(),
            cookie: None,
            suffix: None,
            authorization: None,
            profile: Arc::new(Profile::auto().clone()),
            moved: None,
            http: Vec::new(),
        };
        let answer = answer(gateway, &request, origin)
            .await
            .unwrap()
            .chunks
            .concat();
        let packet = Packet::read(&answer, &Limits::default()).unwrap();
        packet
            .bodies
            .iter()
            .map(|body| body.target.to_string())
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_calls_of_a_packet_run_side_by_side_and_are_answered_in_order() {
        let service = "service: s\noperations:\n  slow: {value: 1, delay: 3s}\n  quick: {value: 2, delay: 1s}\n";
        let gateway = gateway(service);
        let began = Instant::now();
        assert_eq!(
            call(&gateway, &["s.slow", "s.quick", "s.slow"]).await,
            ["/1/onResult", "/2/onResult", "/3/onResult"]
        );
        assert_eq!(began.elapsed().as_secs(), 3, "the slowest decides");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_ends_at_its_time_out() {
        let gateway =
            gateway("service: s\noperations:\n  slow: {value: 1, delay: 30s, timeout: 2s}\n");
        let began = Instant::now();
        assert_eq!(call(&gateway, &["s.slow"]).await, ["/1/onStatus"]);
        assert_eq!(began.elapsed().as_secs(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn runs_of_each_go_on_side_by_side_as_far_as_parallel_allows() {
        let service = "service: s\noperations:\n  f:\n    each: x in split('a b c d e', ' ')\n    parallel: 2\n    value: =x\n    delay: 1s\n";
        let gateway = gateway(service);
        let began = Instant::now();
        assert_eq!(call(&gateway, &["s.f"]).await, ["/1/onResult"]);
        assert_eq!(began.elapsed().as_secs(), 3, "two, two and one");
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_of_each_that_fails_ends_the_others() {
        let service = "service: s\noperations:\n  f:\n    each: x in split('1 a 9', ' ')\n    value: =int(x)\n    delay: 1s\n    returns: int\n  g:\n    steps:\n      quick: {fault: {code: X, message: x}}\n      slow:\n        each: x in split('a b', ' ')\n        value: =x\n        delay: 5s\n";
        let gateway = gateway(service);
        let began = Instant::now();
        assert_eq!(call(&gateway, &["s.f"]).await, ["/1/onStatus"]);
        assert_eq!(began.elapsed().as_secs(), 1);
        assert_eq!(call(&gateway, &["s.g"]).await, ["/1/onStatus"]);
        assert_eq!(
            began.elapsed().as_secs(),
            1,
            "the runs of the other step are cancelled"
        );
    }

    #[tokio::test]
    async fn a_panic_is_a_fault_of_its_call() {
        let fault = guarded(async { panic!("on purpose") }).await.unwrap_err();
        assert_eq!(fault.code, fault::PROCESSING);
    }

    #[tokio::test]
    async fn a_witness_sees_known_and_unknown_calls() {
        struct Notes(Mutex<Vec<String>>);
        impl Witness for Notes {
            fn answered(&self, seen: Seen<'_>) {
                let Seen {
                    call,
                    fault,
                    operation,
                    ..
                } = seen;
                let known = operation.is_some();
                let code = fault.map(|fault| fault.code.to_string());
                self.0.lock().unwrap().push(format!(
                    "{}.{} {known} {code:?}",
                    call.service, call.operation
                ));
            }
        }
        let notes = Arc::new(Notes(Mutex::default()));
        let gateway = gateway("service: s\noperations:\n  one: {value: 1}\n")
            .watched_by(Arc::clone(&notes) as _);
        call(&gateway, &["s.one", "s.two"]).await;
        let notes = notes.0.lock().unwrap();
        assert_eq!(
            *notes,
            [
                "s.one true None",
                "s.two false Some(\"Server.ResourceNotFound\")"
            ]
        );
    }
}
