//! One call: who makes it, what it may take, and what is told of it when it has been answered.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use footbridge_amf::{Graph, Value};
use footbridge_mapping::model::Operation;
use footbridge_remoting::{Answer, Envelope, Fault, Style, fault};
use futures_util::FutureExt;
use tokio::time::Instant;

use super::Exchange;
use super::stamp::{now, stamp};
use crate::call::{Arguments, Call};
use crate::gateway::Seen;
use crate::log;
use crate::run::pageable::Asked;
use crate::run::{self, Change, Client, Context, Told};
use crate::session::Session;
use crate::{spans, stats};

impl Exchange<'_> {
    /// Runs a call, whose arguments are taken over; the body of its answer, and the fault that it tells.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of a call come from three places and meet here once"
    )]
    pub(super) async fn call(
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
        let known = found.as_deref().ok();
        let span = spans::called(&self.origin.client.trail, known);
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
            client: Client {
                trail: span.trail(),
                ..self.origin.client.clone()
            },
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
            arguments: Arguments {
                graph,
                values,
                named: false,
            },
            session,
            envelope,
            profile,
            context,
        };
        let (operation, result) = match found {
            Ok(operation) => {
                let admitted = self.origin.usage.admit(self.limits());
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
        spans::answered(span, &call, fault.as_ref());
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

    /// The answer of an operation, without harm to others.
    async fn run(&self, call: &Call, operation: &Arc<Operation>) -> Result<Vec<u8>, Fault> {
        let stamp = stamp(&call.envelope);
        let arguments = call.arguments.iter().collect();
        let running = run::operation(&call.context, operation, arguments, &call.envelope, &stamp);
        guarded(running).await
    }

    /// A reply, if it fits into the packet beside those that are there.
    pub(super) fn fitting(&self, body: Vec<u8>) -> Result<Vec<u8>, Fault> {
        let taken = self
            .room
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| {
                room.checked_sub(body.len())
            });
        if taken.is_err() {
            return Err(Fault::new(
                fault::REPLY_TOO_LARGE,
                "the answers of the packet are together larger than is allowed",
            ));
        }
        if let Err(fault) = self.held.answer(body.len(), self.limits()) {
            // What is dropped leaves its room to the answers behind it.
            self.room.fetch_add(body.len(), Ordering::Relaxed);
            return Err(fault);
        }
        Ok(body)
    }
}

/// A panic in one call is a fault of that call. What it had written is dropped with the future, so nothing half-done is seen.
pub(super) async fn guarded(
    running: impl Future<Output = Result<Vec<u8>, Fault>>,
) -> Result<Vec<u8>, Fault> {
    match AssertUnwindSafe(running).catch_unwind().await {
        Ok(result) => result,
        Err(_) => Err(Fault::new(fault::PROCESSING, "the gateway failed")),
    }
}
