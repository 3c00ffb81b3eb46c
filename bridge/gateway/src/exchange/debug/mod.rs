//! Debug events: what became of a packet's calls, for callers who ask and whom `debug` in `gateway.yaml` lets ask.
//!
//! The header `amf_server_debug` of NetConnection Debugger asks for them, its members choose; `TraceHeader` asks for the trace alone,
//! `ServiceBrowser` for the times. The answer is one body more, for `onDebugEvents`, which stands before the others: a list that holds
//! one list of events. Who may not ask is answered as if nothing had been asked. Secrets are never shown, and of the request's HTTP
//! headers only those that are known to hold none.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use footbridge_amf::{Class, Graph, Sink, Value, WriteError};
use footbridge_mapping::model::{Operation, Plan};
use footbridge_remoting::{Answer, Fault, Packet, Profile};
use tokio::time::Instant;

use super::stamp::now;
use crate::call::Call;
use crate::log;
use crate::run::{Identity, Trace};

use super::Exchange;

/// What a packet asks to be told beside its answers, and what there is to tell.
#[derive(Debug)]
pub(super) struct Debugging {
    asked: Asked,
    began: Instant,
    decoded: Duration,
    /// The names of the packet's headers, and whether each must be understood.
    headers: Vec<(String, bool)>,
    /// The response URIs of the bodies, in their order. The events go to the last.
    responses: Vec<String>,
    told: Mutex<Told>,
}

/// Which events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Asked {
    trace: bool,
    errors: bool,
    calls: bool,
    headers: bool,
    http: bool,
    times: bool,
}

#[derive(Debug, Default)]
struct Told {
    /// Whether a call came from somebody who may ask.
    admitted: bool,
    /// Whether a body came from a client that takes each body for an answer.
    unread: bool,
    /// As they were answered, which is not the order in which they were asked.
    seen: Vec<Seen>,
}

/// What there is to tell of one call.
#[derive(Debug)]
struct Seen {
    /// Its place in the packet.
    place: Option<usize>,
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
        if asked == Asked::default() {
            return None;
        }
        Some(Self {
            asked,
            began,
            decoded: began.elapsed(),
            headers: packet
                .headers
                .iter()
                .map(|header| (cut(&header.name), header.must_understand))
                .collect(),
            responses: packet
                .bodies
                .iter()
                .map(|body| body.response.to_string())
                .collect(),
            told: Mutex::default(),
        })
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asked {
    fn by(packet: &Packet<'_>) -> Self {
        let said = |name: &str| {
            let header = packet.header(name)?;
            // A client without debugging classes sends the header with nothing in it.
            let nothing = matches!(
                header.value,
                Value::Null | Value::Undefined | Value::Bool(false)
            );
            (!nothing).then_some(header)
        };
        let mut asked = Self::default();
        if let Some(header) = said("amf_server_debug") {
            let on = |name: &str, otherwise: bool| match header.graph.member(&header.value, name) {
                Some(Value::Bool(on)) => *on,
                Some(_) | None => otherwise,
            };
            if on("m_debug", true) {
                asked = Self {
                    trace: on("trace", true),
                    errors: on("error", true),
                    calls: on("amf", false),
                    headers: on("amfheaders", false),
                    http: on("httpheaders", false),
                    times: true,
                };
            }
        }
        if said("TraceHeader").is_some() {
            asked.trace = true;
            asked.errors = true;
        }
        asked.times |= said("ServiceBrowser").is_some();
        asked
    }
}

impl Exchange<'_> {
    /// Where a call writes what it does, if its caller asked and may ask.
    pub(super) fn trace(&self, identity: &Identity, profile: &Profile) -> Option<Arc<Trace>> {
        let debugging = self.debugging.as_ref()?;
        let callers = self.live.mapping.gateway.debug.as_ref()?;
        if !profile.debug_events {
            debugging.told().unread = true;
            return None;
        }
        let address = self.origin.client.address.parse().ok();
        if !callers.admit(address, |roles| identity.holds(roles)) {
            tracing::debug!(
                address = &*self.origin.client.address,
                "asks for debug events and may not"
            );
            return None;
        }
        debugging.told().admitted = true;
        Some(Arc::default())
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
        let responses = &debugging.responses;
        let mut seen = Seen {
            place: responses
                .iter()
                .position(|response| *response == call.envelope.response),
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
                arguments: shown(call, operation),
            });
        }
        if let Some(fault) = fault.filter(|_| debugging.asked.errors) {
            seen.error = Some(ErrorSeen {
                target: format!("{}/onStatus", cut(&call.envelope.response)),
                code: fault.code.to_string(),
                message: fault.message.clone(),
                cause: fault.cause.as_ref().map(|cause| log::chain(cause.as_ref())),
                correlation: Arc::clone(&call.context.id),
            });
        }
        debugging.told().seen.push(seen);
    }

    /// The body of events, where somebody asked who may; shorter by the calls' arguments where it would be too long for what the
    /// answers have left of the packet's room.
    pub(super) fn debug_body(&self) -> Option<Vec<u8>> {
        let debugging = self.debugging.as_ref()?;
        let mut told = debugging.told();
        if told.unread || !told.admitted {
            return None;
        }
        told.seen.sort_by_key(|seen| seen.place);
        let limit = self.room.load(Ordering::Relaxed);
        let response = debugging.responses.last().map_or("", String::as_str);
        let write = |arguments: bool| {
            let mut answer = Answer::debug_events(self.version, response, limit);
            debugging.write(&told.seen, &self.origin.http, arguments, answer.sink())?;
            answer.finish()
        };
        write(true).or_else(|_: WriteError| write(false)).ok()
    }
}

/// The arguments of a call but those that are secrets or may hold some. Of an operation that nobody knows, none.
fn shown(call: &Call, operation: Option<&Operation>) -> Vec<Option<Value<'static>>> {
    let values = &call.arguments.values;
    let Some(operation) = operation else {
        return vec![None; values.len()];
    };
    // One object may hold all arguments by name.
    let together = values.len() == 1;
    values
        .iter()
        .enumerate()
        .map(|(position, value)| (!hidden(operation, position, together)).then(|| value.clone()))
        .collect()
}

fn hidden(operation: &Operation, position: usize, together: bool) -> bool {
    match &operation.plan {
        // Overloads stand one deep.
        Plan::Overloads(overloads) => overloads
            .iter()
            .any(|overload| hidden(overload, position, together)),
        Plan::Step(_) => operation
            .arguments
            .iter()
            .enumerate()
            .filter(|(index, _)| together || *index == position)
            .any(|(_, argument)| operation.scope.holds_a_secret(&argument.slot.kind)),
    }
}

impl Debugging {
    fn write(
        &self,
        seen: &[Seen],
        http: &[(String, String)],
        arguments: bool,
        sink: &mut dyn Sink,
    ) -> Result<(), WriteError> {
        let mut events = Events {
            sink,
            class: Arc::new(Class::anonymous()),
            time: now(),
        };
        // The list in a list is what ColdFusion sent, and what clients take apart.
        events.sink.begin_array()?;
        events.sink.begin_array()?;
        if self.asked.http {
            events.http(http)?;
        }
        if self.asked.headers {
            events.headers(&self.headers)?;
        }
        for call in seen.iter().filter_map(|seen| seen.call.as_ref()) {
            events.call(call, arguments)?;
        }
        if self.asked.trace {
            events.trace(seen.iter().flat_map(|seen| &seen.traces))?;
        }
        for error in seen.iter().filter_map(|seen| seen.error.as_ref()) {
            events.error(error)?;
        }
        if self.asked.times {
            events.times(self.decoded, self.began.elapsed())?;
        }
        events.sink.end()?;
        events.sink.end()
    }
}

/// Writes events, each an anonymous object.
struct Events<'s> {
    sink: &'s mut dyn Sink,
    class: Arc<Class>,
    time: f64,
}

impl Events<'_> {
    fn begin(&mut self, kind: &str) -> Result<(), WriteError> {
        self.sink.begin_object(&self.class)?;
        self.text("EventType", kind)?;
        self.text("Source", "Server")?;
        self.sink.member("Time")?;
        self.sink.number(self.time)?;
        let date = jiff::Timestamp::from_millisecond(self.time as i64)
            .map(|date| date.to_string())
            .unwrap_or_default();
        self.sink.member("Date")?;
        self.sink.begin_array()?;
        self.sink.string(&date)?;
        self.sink.end()
    }

    fn text(&mut self, name: &str, text: &str) -> Result<(), WriteError> {
        self.sink.member(name)?;
        self.sink.string(text)
    }

    fn number(&mut self, name: &str, number: f64) -> Result<(), WriteError> {
        self.sink.member(name)?;
        self.sink.number(number)
    }

    fn http(&mut self, headers: &[(String, String)]) -> Result<(), WriteError> {
        self.begin("HttpRequestHeaders")?;
        self.sink.member("HttpHeaders")?;
        self.sink.begin_object(&self.class)?;
        for (name, value) in headers {
            self.text(name, value)?;
        }
        self.sink.end()?;
        self.sink.end()
    }

    fn headers(&mut self, headers: &[(String, bool)]) -> Result<(), WriteError> {
        self.begin("AmfHeaders")?;
        self.sink.member("AmfHeaders")?;
        self.sink.begin_array()?;
        for (name, must_understand) in headers {
            self.sink.begin_object(&self.class)?;
            self.text("name", name)?;
            self.sink.member("mustUnderstand")?;
            self.sink.bool(*must_understand)?;
            self.sink.end()?;
        }
        self.sink.end()?;
        self.sink.end()
    }

    fn call(&mut self, call: &CallSeen, arguments: bool) -> Result<(), WriteError> {
        let (service, method) = (cut(&call.service), cut(&call.operation));
        let (path, name) = service.rsplit_once('.').unwrap_or(("", &service));
        self.begin("AmfMethodCall")?;
        self.text("TargetURI", &format!("{service}.{method}"))?;
        self.text("ResponseURI", &call.response)?;
        self.text("Type", "amf")?;
        self.text("ClassPath", path)?;
        self.text("ClassName", name)?;
        self.text("MethodName", &method)?;
        self.sink.member("Parameters")?;
        self.sink.begin_array()?;
        for argument in &call.arguments {
            match argument {
                Some(value) if arguments => self.sink.graph(&call.graph, value)?,
                Some(_) => self.sink.string("(too long)")?,
                None => self.sink.string("(not shown)")?,
            }
        }
        self.sink.end()?;
        self.sink.end()
    }

    fn trace<'l>(&mut self, lines: impl Iterator<Item = &'l String>) -> Result<(), WriteError> {
        self.begin("trace")?;
        self.sink.member("messages")?;
        self.sink.begin_array()?;
        for line in lines {
            self.sink.string(line)?;
        }
        self.sink.end()?;
        self.sink.end()
    }

    fn error(&mut self, error: &ErrorSeen) -> Result<(), WriteError> {
        self.begin("Error")?;
        self.text("Message", &error.message)?;
        self.text("MethodName", &error.target)?;
        self.sink.member("Data")?;
        self.sink.begin_object(&self.class)?;
        self.text("code", &error.code)?;
        self.text("description", &error.message)?;
        self.text("details", error.cause.as_deref().unwrap_or_default())?;
        self.text("correlation", &error.correlation)?;
        self.sink.end()?;
        self.sink.end()
    }

    fn times(&mut self, decoded: Duration, total: Duration) -> Result<(), WriteError> {
        let ms = |time: Duration| (time.as_secs_f64() * 1e5).round() / 100.0;
        self.begin("profiling")?;
        // What an old server spent on finding its class.
        self.number("includeTime", 0.0)?;
        self.number("decodeTime", ms(decoded))?;
        self.number("callTime", ms(total.saturating_sub(decoded)))?;
        self.number("frameworkTime", ms(decoded))?;
        self.number("totalTime", ms(total))?;
        self.sink.end()
    }
}

/// A client's text, as long as it may be shown.
fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(LONGEST)].to_owned()
}

/// Bytes of a name that are shown.
const LONGEST: usize = 200;

#[cfg(test)]
mod tests {
    use footbridge_amf::Limits;

    use super::*;

    fn asked(name: &str, value: &[u8]) -> Asked {
        let mut bytes = b"\0\0\0\x01".to_vec();
        bytes.extend(u16::try_from(name.len()).unwrap().to_be_bytes());
        bytes.extend(name.as_bytes());
        bytes.extend(b"\x01\0\0\0\0");
        bytes.extend(value);
        bytes.extend(b"\0\0");
        Asked::by(&Packet::read(&bytes, &Limits::default()).unwrap())
    }

    #[test]
    fn a_debugger_chooses_its_events() {
        let config = b"\x10\0\x0eNetDebugConfig\0\x05trace\x01\0\0\x03amf\x01\x01\0\0\x09";
        assert_eq!(
            asked("amf_server_debug", config),
            Asked {
                errors: true,
                calls: true,
                times: true,
                ..Asked::default()
            }
        );
        let off = b"\x03\0\x07m_debug\x01\0\0\0\x09";
        assert_eq!(asked("amf_server_debug", off), Asked::default());
    }

    #[test]
    fn a_client_without_debugging_classes_asks_for_nothing() {
        for nothing in [&b"\x06"[..], b"\x05", b"\x01\0"] {
            assert_eq!(asked("amf_server_debug", nothing), Asked::default());
        }
        assert!(asked("TraceHeader", b"\x01\x01").trace);
        assert!(asked("serviceBrowser", b"\x01\x01").times);
    }
}
