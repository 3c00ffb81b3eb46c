//! What a call did, step by step, for callers who may see it: what ran where, how long, how many rows, which status. Never a value.
//! The runs that ask backends are counted besides.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use footbridge_mapping::data::Data;
use footbridge_mapping::model::{Backend, Kind, Step};
use tokio::time::Instant;

use super::failure::Failure;
use super::scope::Frame;
use crate::spans::{self, Span};
use crate::stats;

/// The notes of one call.
#[derive(Debug, Default)]
pub struct Trace(Mutex<Notes>);

#[derive(Debug, Default)]
struct Notes {
    lines: Vec<String>,
    left_out: usize,
}

/// What a step tells while it runs.
#[derive(Debug)]
pub(super) struct Watch {
    status: AtomicU16,
    rows: AtomicUsize,
}

/// A run of a step; one that is dropped before its end was cancelled.
pub(super) struct Noted {
    traced: Option<Traced>,
    /// The backend that it asks, for metrics.
    backend: Option<Arc<str>>,
    span: Option<Span>,
    began: Instant,
    ended: bool,
}

struct Traced {
    trace: Arc<Trace>,
    watch: Arc<Watch>,
    what: String,
}

impl Trace {
    /// What ran, each a line, in the order in which it ended.
    pub fn lines(&self) -> Vec<String> {
        let notes = self.notes();
        let mut lines = notes.lines.clone();
        if notes.left_out > 0 {
            lines.push(format!("and {} more", notes.left_out));
        }
        lines
    }

    /// How many lines there are, those that are left out included.
    pub(super) fn count(&self) -> usize {
        let notes = self.notes();
        notes.lines.len() + notes.left_out
    }

    /// Adds a line.
    pub(super) fn note(&self, line: String) {
        let mut notes = self.notes();
        if notes.lines.len() < MOST {
            notes.lines.push(line);
        } else {
            notes.left_out += 1;
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes a run of a step from now on, where the call is traced or a backend is asked; `frame` is then the one that tells.
pub(super) fn begin(step: &Step, frame: &mut Frame<'_>) -> Option<Noted> {
    let (_, backend) = kind(step);
    let asked = match &step.kind {
        // Its steps ask, each by itself.
        Kind::Transaction { .. } => None,
        _ => backend.map(|backend| Arc::clone(&backend.name)),
    };
    let traced = frame.context.trace.as_ref().map(|trace| Traced {
        trace: Arc::clone(trace),
        watch: Arc::new(Watch {
            status: AtomicU16::new(0),
            rows: AtomicUsize::new(usize::MAX),
        }),
        what: what(step, frame),
    });
    let span = asked.as_ref().and(backend).map(|backend| {
        let context = frame.context;
        let span = spans::asked(&context.client.trail, step, backend, &context.live.clients);
        frame.trail = span.trail();
        span
    });
    frame.watch = traced.as_ref().map(|traced| Arc::clone(&traced.watch));
    (traced.is_some() || asked.is_some()).then(|| Noted {
        traced,
        backend: asked,
        span,
        began: Instant::now(),
        ended: false,
    })
}

/// Notes that a step did not run, because its `when` does not hold.
pub(super) fn skipped(step: &Step, frame: &Frame<'_>) {
    if let Some(trace) = &frame.context.trace {
        trace.note(format!("{}: skipped by `when`", what(step, frame)));
    }
}

impl Noted {
    /// The run ended with a value, or failed.
    pub(super) fn value(self, outcome: &Result<Data, Failure>) {
        if let Ok(Data::List(items)) = outcome {
            if let Some(traced) = &self.traced {
                traced.watch.rows(items.len());
            }
            if let Some(span) = &self.span {
                span.trail().number(ROWS, items.len());
            }
        }
        self.outcome(outcome);
    }

    /// The run ended, or failed.
    pub(super) fn outcome<T>(mut self, outcome: &Result<T, Failure>) {
        self.ended = true;
        if let Some(span) = self.span.take() {
            if let Err(failure) = outcome {
                span.trail().text("error.type", failure.code());
                span.trail().failed();
            }
            span.end();
        }
        match outcome {
            Ok(_) => self.end("ok", "ok"),
            Err(failure) => self.end("failed", failure.code()),
        }
    }

    fn end(&mut self, outcome: &'static str, code: &str) {
        let took = self.began.elapsed();
        if let Some(backend) = self.backend.take() {
            stats::backend(backend, outcome, took);
        }
        let Some(traced) = &self.traced else {
            return;
        };
        let mut line = format!("{}: {code}", traced.what);
        let status = traced.watch.status.load(Ordering::Relaxed);
        if status != 0 {
            let _ = write!(line, ", status {status}");
        }
        let rows = traced.watch.rows.load(Ordering::Relaxed);
        if rows != usize::MAX {
            let _ = write!(line, ", {rows} rows");
        }
        let _ = write!(line, ", {:.1} ms", took.as_secs_f64() * 1_000.0);
        traced.trace.note(line);
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        if !self.ended {
            self.end("cancelled", "cancelled");
        }
    }
}

impl Watch {
    fn rows(&self, rows: usize) {
        self.rows.store(rows, Ordering::Relaxed);
    }
}

impl Frame<'_> {
    /// The status of an HTTP answer to the step that runs.
    pub(super) fn saw_status(&self, status: u16) {
        self.trail.number("http.response.status_code", status);
        if let Some(watch) = &self.watch {
            watch.status.store(status, Ordering::Relaxed);
        }
    }

    /// The rows that the step that runs has read.
    pub(super) fn saw_rows(&self, rows: usize) {
        self.trail.number(ROWS, rows);
        if let Some(watch) = &self.watch {
            watch.rows(rows);
        }
    }
}

/// `shop.Orders.place stock sql on shop`; without the step's name where it is the operation itself.
fn what(step: &Step, frame: &Frame<'_>) -> String {
    let operation = &frame.operation.name;
    let mut text = operation.to_string();
    let own = operation
        .rsplit_once('.')
        .map_or(&**operation, |(_, own)| own);
    if *step.name != *own {
        let _ = write!(text, " {}", step.name);
    }
    if let Kind::Operation {
        service, operation, ..
    } = &step.kind
    {
        let _ = write!(text, " calls {service}.{operation}");
        return text;
    }
    let (kind, backend) = kind(step);
    let _ = write!(text, " {kind}");
    if let Some(backend) = backend {
        let _ = write!(text, " on {}", backend.name);
    }
    text
}

/// The kind of a step, as it is written, and its backend.
fn kind(step: &Step) -> (&'static str, Option<&Arc<Backend>>) {
    match &step.kind {
        Kind::Value(_) => ("value", None),
        Kind::ValueFile(_) => ("value-file", None),
        Kind::Fault(_) => ("fault", None),
        Kind::Operation { .. } => ("operation", None),
        Kind::Steps(_) => ("steps", None),
        Kind::Sql(sql) => ("sql", Some(&sql.backend)),
        Kind::Procedure(procedure) => ("procedure", Some(&procedure.backend)),
        Kind::Rest(rest) => ("rest", Some(&rest.backend)),
        Kind::Soap(soap) => ("soap", Some(&soap.backend)),
        Kind::Proxy(proxy) => ("request", Some(&proxy.backend)),
        Kind::Transaction { backend, .. } => ("transaction", Some(backend)),
    }
}

/// How many rows or items a backend gave, in spans.
const ROWS: &str = "footbridge.rows";

/// Lines of one call; an `each` over a long list has more.
const MOST: usize = 200;
