//! Spans that are told.

use std::sync::OnceLock;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracer;

use super::Role;

/// Whoever spans are told to, for the whole process as metrics are.
pub(super) static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// A span from its begin to its end. One that is dropped before was cancelled.
#[derive(Debug)]
pub(crate) struct Span {
    trail: Trail,
    ended: bool,
}

/// Where further spans belong: below a span of ours, or of whoever sent the request. Empty where nothing is told.
#[derive(Clone, Debug, Default)]
pub struct Trail(Option<Context>);

impl Span {
    /// Begins a span below another one; where nobody is told, `name` is not asked for.
    pub(crate) fn begin(role: Role, below: &Trail, name: impl FnOnce() -> String) -> Self {
        let Some(tracer) = TRACER.get() else {
            return Self {
                trail: Trail(None),
                ended: true,
            };
        };
        let root = Context::new();
        let parent = below.0.as_ref().unwrap_or(&root);
        let kind = match role {
            Role::Server => SpanKind::Server,
            Role::Within => SpanKind::Internal,
            Role::Client => SpanKind::Client,
        };
        let span = tracer
            .span_builder(name())
            .with_kind(kind)
            .start_with_context(tracer, parent);
        Self {
            trail: Trail(Some(parent.with_span(span))),
            ended: false,
        }
    }

    /// Where spans belong that are below this one.
    pub(crate) fn trail(&self) -> Trail {
        self.trail.clone()
    }

    /// What the span tells has ended, well or not.
    pub(crate) fn end(mut self) {
        self.close();
    }

    fn close(&mut self) {
        self.ended = true;
        if let Some(context) = &self.trail.0 {
            context.span().end();
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if !self.ended {
            self.trail.text("error.type", "cancelled");
            self.close();
        }
    }
}

impl Trail {
    /// What a request says of the trace that it belongs to (W3C Trace Context).
    pub(crate) fn of_headers(headers: &HeaderMap) -> Self {
        if TRACER.get().is_none() {
            return Self(None);
        }
        let said =
            TraceContextPropagator::new().extract_with_context(&Context::new(), &Incoming(headers));
        Self(Some(said))
    }

    /// Tells a backend which trace its request belongs to, unless the mapping tells it something of its own.
    pub(crate) fn pass_on(&self, headers: &mut HeaderMap) {
        let Some(context) = &self.0 else { return };
        if !headers.contains_key("traceparent") {
            TraceContextPropagator::new().inject_context(context, &mut Outgoing(headers));
        }
    }

    /// The identifier of the trace, where anybody will see it.
    pub(crate) fn id(&self) -> Option<String> {
        let context = self.0.as_ref().filter(|_| self.is_told())?;
        Some(context.span().span_context().trace_id().to_string())
    }

    /// Whether anybody will see what is said of the span.
    pub(crate) fn is_told(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|context| context.span().span_context().is_sampled())
    }

    /// Says a text of the span.
    pub(crate) fn text(&self, key: &'static str, value: &str) {
        self.say(|| KeyValue::new(key, value.to_owned()));
    }

    /// Says a number of the span.
    pub(crate) fn number(&self, key: &'static str, value: impl TryInto<i64>) {
        self.say(|| KeyValue::new(key, value.try_into().unwrap_or(i64::MAX)));
    }

    /// Marks the span as one that failed. What it says is in its attributes: a message may be made of values.
    pub(crate) fn failed(&self) {
        if let Some(context) = &self.0 {
            context.span().set_status(Status::error(""));
        }
    }

    fn say(&self, attribute: impl FnOnce() -> KeyValue) {
        if let Some(context) = &self.0
            && context.span().span_context().is_sampled()
        {
            context.span().set_attribute(attribute());
        }
    }
}

/// Headers as the propagator reads them. One that comes twice is none, as the specification has it.
struct Incoming<'h>(&'h HeaderMap);

impl Extractor for Incoming<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let mut values = self.0.get_all(key).iter();
        let (Some(only), None) = (values.next(), values.next()) else {
            return None;
        };
        only.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

/// Headers as the propagator writes them.
struct Outgoing<'h>(&'h mut HeaderMap);

impl Injector for Outgoing<'_> {
    fn set(&mut self, key: &str, value: String) {
        let name = HeaderName::from_bytes(key.as_bytes());
        // An empty `tracestate` says nothing.
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value))
            && !value.is_empty()
        {
            self.0.insert(name, value);
        }
    }
}
