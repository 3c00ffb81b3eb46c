//! The events of an answer: chosen, bounded, and written as NetConnection Debugger takes them.

use std::sync::Arc;
use std::time::Duration;

use footbridge_amf::{Class, Sink, WriteError};

use super::shown::{cut, shortened};
use super::{CallSeen, Debugging, ErrorSeen, Seen};
use crate::exchange::stamp::now;

/// An event.
enum Event<'s> {
    Http(&'s [(String, String)]),
    Headers(&'s [(String, bool)]),
    Call(&'s CallSeen),
    Trace(Vec<String>),
    Error(&'s ErrorSeen),
    Times { decoded: Duration, total: Duration },
}

/// Writes the events of a packet: what was seen of its calls, in their order. Without `arguments` it gets shorter.
///
/// # Errors
/// Where they are longer than the answer may be.
pub(super) fn write(
    debugging: &Debugging,
    seen: &[Seen],
    http: &[(String, String)],
    arguments: bool,
    sink: &mut dyn Sink,
) -> Result<(), WriteError> {
    let asked = debugging.asked;
    let mut writer = Writer {
        sink,
        class: Arc::new(Class::anonymous()),
        time: now(),
    };
    // The list in a list is what ColdFusion sent, and what clients take apart.
    writer.sink.begin_array()?;
    writer.sink.begin_array()?;
    for event in chosen(debugging, seen, http) {
        match event {
            Event::Http(headers) => writer.http(headers)?,
            Event::Headers(headers) => writer.headers(headers)?,
            Event::Call(call) => writer.call(call, arguments.then(|| asked.most_items()))?,
            Event::Trace(lines) => writer.trace(&lines)?,
            Event::Error(error) => writer.error(error)?,
            Event::Times { decoded, total } => writer.times(decoded, total)?,
        }
    }
    writer.sink.end()?;
    writer.sink.end()
}

/// As many events as there may be. Where there are more, calls are left out first, then errors, the last of them first; the trace says how
/// many.
fn chosen<'s>(
    debugging: &'s Debugging,
    seen: &'s [Seen],
    http: &'s [(String, String)],
) -> Vec<Event<'s>> {
    let asked = debugging.asked;
    let mut calls: Vec<_> = seen.iter().filter_map(|seen| seen.call.as_ref()).collect();
    let mut errors: Vec<_> = seen.iter().filter_map(|seen| seen.error.as_ref()).collect();
    let others = [asked.http, asked.headers, asked.trace, asked.times];
    let others = others.iter().filter(|asked| **asked).count();
    let room = asked.most_events().saturating_sub(others);
    let all = calls.len() + errors.len();
    errors.truncate(room);
    calls.truncate(room - errors.len());
    let left_out = all - calls.len() - errors.len();

    let mut events = Vec::with_capacity(asked.most_events().min(all + others));
    if asked.http {
        events.push(Event::Http(http));
    }
    if asked.headers {
        events.push(Event::Headers(&debugging.headers));
    }
    events.extend(calls.into_iter().map(Event::Call));
    if asked.trace {
        events.push(Event::Trace(lines(seen, left_out)));
    }
    events.extend(errors.into_iter().map(Event::Error));
    if asked.times {
        events.push(Event::Times {
            decoded: debugging.decoded,
            total: debugging.began.elapsed(),
        });
    }
    // There may be fewer than the kinds that are asked for.
    events.truncate(asked.most_events());
    events
}

/// What the calls did, and how much of it is not told.
fn lines(seen: &[Seen], left_out: usize) -> Vec<String> {
    let all: usize = seen.iter().map(|seen| seen.traces.len()).sum();
    let traces = seen.iter().flat_map(|seen| &seen.traces);
    let mut lines: Vec<_> = traces.take(MOST_LINES).cloned().collect();
    if all > MOST_LINES {
        lines.push(format!("and {} lines more", all - MOST_LINES));
    }
    if left_out > 0 {
        lines.push(format!("and {left_out} events more"));
    }
    lines
}

/// Lines of all calls of a packet together.
const MOST_LINES: usize = 1_000;

/// Writes events, each an anonymous object.
struct Writer<'s> {
    sink: &'s mut dyn Sink,
    class: Arc<Class>,
    time: f64,
}

impl Writer<'_> {
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

    /// `most` is how many items of a list are shown; `None` shows no arguments.
    fn call(&mut self, call: &CallSeen, most: Option<usize>) -> Result<(), WriteError> {
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
        let values = call.arguments.iter().flatten();
        let graph = most.map(|most| shortened(&call.graph, values, most));
        for argument in &call.arguments {
            match (argument, &graph) {
                (Some(value), Some(graph)) => self.sink.graph(graph, value)?,
                (Some(_), None) => self.sink.string("(too long)")?,
                (None, _) => self.sink.string("(not shown)")?,
            }
        }
        self.sink.end()?;
        self.sink.end()
    }

    fn trace(&mut self, lines: &[String]) -> Result<(), WriteError> {
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
