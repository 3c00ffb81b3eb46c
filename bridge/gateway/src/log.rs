//! What the log says of calls: one line each, with the identifier that a fault carries too.
//!
//! Values of arguments and messages of faults (which mappings make of values) are not for the log; names come from clients and are cut.

use std::error::Error;
use std::time::Duration;

use footbridge_mapping::model::{Kind, Operation, Plan, Step};
use footbridge_remoting::{Fault, fault};
use footbridge_sql::SqlError;
use tracing::Level;

use crate::call::Call;
use crate::run::Said;

/// Says that a call was answered. One that went well is information, and so is what the caller did wrong; what failed behind the
/// gateway is a warning, what failed here an error.
pub(crate) fn call(
    call: &Call,
    operation: Option<&Operation>,
    fault: Option<&Fault>,
    took: Duration,
) {
    if fault.is_none() && !tracing::enabled!(Level::INFO) {
        return;
    }
    let (service, name, id) = (cut(&call.service), cut(&call.operation), &*call.context.id);
    let profile = &*call.profile.name;
    let trace = call.context.client.trail.id();
    let trace = trace.as_deref();
    let request = call.context.client.request.as_deref();
    let backend = operation.and_then(backends);
    let backend = backend.as_deref();
    let ms = (took.as_secs_f64() * 1e5).round() / 100.0;
    let Some(fault) = fault else {
        tracing::info!(
            service,
            operation = name,
            backend,
            outcome = "ok",
            ms,
            call = id,
            request,
            profile,
            trace,
            "call"
        );
        return;
    };
    let outcome = cut(&fault.code);
    if let Some(cause) = &fault.cause {
        tracing::trace!(call = id, cause = chain(cause.as_ref()), "what was said");
    }
    let cause = fault.cause.as_ref().map(|cause| plain(cause.as_ref()));
    let cause = cause.as_deref();
    if outcome == fault::PROCESSING {
        let text = &*fault.message;
        tracing::error!(
            service,
            operation = name,
            backend,
            outcome,
            ms,
            call = id,
            request,
            profile,
            trace,
            cause,
            "{text}"
        );
    } else if cause.is_some() && !fault.is_clients() {
        tracing::warn!(
            service,
            operation = name,
            backend,
            outcome,
            ms,
            call = id,
            request,
            profile,
            trace,
            cause,
            "call"
        );
    } else {
        tracing::info!(
            service,
            operation = name,
            backend,
            outcome,
            ms,
            call = id,
            request,
            profile,
            trace,
            cause,
            "call"
        );
    }
}

/// Says that a body was answered by a fault although it was no call.
pub(crate) fn refused(id: &str, fault: &Fault) {
    tracing::info!(
        outcome = cut(&fault.code),
        call = id,
        "{}",
        cut(&fault.message)
    );
}

/// An error and what caused it, in one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text.push_str(": ");
        text.push_str(&error.to_string());
        next = error.source();
    }
    text
}

/// The same without what databases and services say in their own words: these repeat values.
fn plain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        if !text.is_empty() {
            text.push_str(": ");
        }
        if let Some(error) = error.downcast_ref::<SqlError>() {
            text.push_str(&error.without_values());
        } else if let Some(said) = error.downcast_ref::<Said>() {
            text.push_str(&said.plain);
        } else {
            text.push_str(&error.to_string());
        }
        next = error.source();
    }
    text
}

/// The backends that an operation's own steps use.
fn backends(operation: &Operation) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    of_plan(operation, &mut names);
    (!names.is_empty()).then(|| names.join("+"))
}

fn of_plan<'o>(operation: &'o Operation, names: &mut Vec<&'o str>) {
    match &operation.plan {
        Plan::Step(step) => of_step(step, names),
        Plan::Overloads(overloads) => {
            for overload in overloads {
                of_plan(overload, names);
            }
        }
    }
}

fn of_step<'o>(step: &'o Step, names: &mut Vec<&'o str>) {
    let backend = match &step.kind {
        Kind::Sql(sql) => &sql.backend,
        Kind::Procedure(procedure) => &procedure.backend,
        Kind::Soap(soap) => &soap.backend,
        Kind::Rest(rest) => &rest.backend,
        Kind::Proxy(proxy) => &proxy.backend,
        Kind::Transaction { backend, .. } => backend,
        Kind::Steps(steps) => {
            for step in &steps.steps {
                of_step(step, names);
            }
            return;
        }
        Kind::Value(_) | Kind::ValueFile(_) | Kind::Fault(_) | Kind::Operation { .. } => return,
    };
    if !names.contains(&&*backend.name) {
        names.push(&backend.name);
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

/// Bytes of a client's text in a line; names of services are shorter.
const LONGEST: usize = 120;
