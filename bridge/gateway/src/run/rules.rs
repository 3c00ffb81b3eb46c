//! What is said of calls: `require` and `rate` first, then `once` or `cache`, then the operation itself.

use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::expression;
use footbridge_mapping::model::{FaultRules, Kind, Mapping, Operation, Plan, Roles, Step, Uses};
use footbridge_remoting::fault;

use super::context::Context;
use super::failure::Failure;
use super::key::{Key, key};
use super::once;
use super::operation::{whole, within};
use super::scope::Frame;
use super::step;

/// Whether the answer may be written as it comes: nobody keeps it.
pub(super) fn lets_through(operation: &Operation) -> bool {
    let rules = &operation.rules;
    rules.cache.is_none() && rules.once.is_none() && rules.signs.is_none()
}

/// `require` and `rate`: before anything is looked up or done.
pub(super) fn admit(
    context: &Context,
    operation: &Operation,
    step: &Step,
    frame: &Frame<'_>,
) -> Result<(), Failure> {
    // Beside `each` it may be about the item.
    if step.each.is_none() {
        step::permitted(step, frame)?;
    }
    // Of a run of questions for further rows only the first is a call.
    let counts = context.asked.as_ref().is_none_or(|asked| asked.counts);
    let Some(rate) = operation.rules.rate.filter(|_| counts) else {
        return Ok(());
    };
    let caller = caller(context);
    let bucket = format!("{}\n{caller}", operation.name);
    if context.kept.rates.admits(&bucket, rate) {
        return Ok(());
    }
    Err(Failure::decided(
        fault::TOO_MANY_CALLS,
        format!("`{}` is called too often", operation.name),
    ))
}

/// The value of an operation: the first answer, a cached one, or what it gives now.
pub(super) async fn perform<'c>(
    context: &'c Context,
    operation: &'c Operation,
    step: &'c Step,
    frame: Frame<'c>,
    levels: &[&FaultRules],
) -> Result<Data, Failure> {
    let rules = &operation.rules;
    if let Some(once) = &rules.once {
        let given = expression::evaluate(once, &frame)?.plain();
        if !given.is_null() {
            let (key, arguments) = first_key(context, operation, &frame, &given)?;
            let frame = frame.with_once(idempotency(operation, &key));
            let run = Box::pin(whole(step, frame.clone(), levels));
            let run = within(context, operation, run);
            let time = context.left(operation.timeout);
            let first = once::through(context, (key, arguments), step, &frame, time, run);
            let first = within(context, operation, Box::pin(first));
            return kept(context, operation, "once", first).await;
        }
    }
    let conditional = step.each.is_some() && step.require.is_some();
    if let Some(cache) = rules.cache.filter(|_| !conditional)
        && let Some(key) = cache_key(context, operation, &frame)
    {
        let patience = context.left(operation.timeout);
        context.signing.answers_for_all();
        let run = within(context, operation, Box::pin(whole(step, frame, levels)));
        let answer = context.kept.answers.through(key, cache, patience, run);
        return kept(context, operation, "cache", answer).await;
    }
    within(context, operation, Box::pin(whole(step, frame, levels))).await
}

/// Notes where nothing ran, because an answer was there.
async fn kept(
    context: &Context,
    operation: &Operation,
    rule: &str,
    answer: impl Future<Output = Result<Data, Failure>>,
) -> Result<Data, Failure> {
    let Some(trace) = &context.trace else {
        return answer.await;
    };
    let before = trace.count();
    let answer = answer.await;
    if answer.is_ok() && trace.count() == before {
        trace.note(format!("{}: answered by `{rule}`", operation.name));
    }
    answer
}

/// The identity, else the address. Not the session: whoever likes begins another one.
fn caller(context: &Context) -> String {
    match context.identity.root().member("id") {
        Data::Null => format!("from {}", context.client.address),
        Data::Text(id) => format!("by {id}"),
        id => format!("by {id:?}"),
    }
}

fn first_key(
    context: &Context,
    operation: &Operation,
    frame: &Frame<'_>,
    given: &Data,
) -> Result<(Key, Key), Failure> {
    let unfit = || {
        Failure::decided(
            fault::BAD_ARGUMENTS,
            "the key that makes this call unique is no text",
        )
    };
    // Strangers of one address are not one caller where they have sessions.
    let who = match (context.identity.root().member("id"), &context.session) {
        (Data::Null, Some(session)) => Data::Text(Arc::clone(&session.id)),
        (Data::Null, None) => Data::text(caller(context)),
        (id, _) => Data::List([id].into()),
    };
    let name = Data::Text(Arc::clone(&operation.name));
    let first = key([&name, &who, given]).ok_or_else(unfit)?;
    let arguments = key(frame.arguments()).ok_or_else(unfit)?;
    Ok((first, arguments))
}

/// What is sent to the backend as `Idempotency-Key`: the same for the same call, and different for two callers that chose one
/// key.
fn idempotency(operation: &Operation, key: &Key) -> Arc<str> {
    let name = format!("{}\n", operation.name);
    let bytes = [name.as_bytes(), key].concat();
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, &bytes)
        .hyphenated()
        .to_string()
        .into()
}

fn cache_key(context: &Context, operation: &Operation, frame: &Frame<'_>) -> Option<Key> {
    // An operation lives as long as its mapping, and cached answers no longer.
    let place = std::ptr::from_ref(operation) as usize;
    let uses = uses(&context.live.mapping, operation);
    let place = Data::Int(place as i64);
    let identity = if uses.identity {
        context.identity.root()
    } else {
        Data::Omit
    };
    let session = if uses.session {
        context.session_root()
    } else {
        Data::Omit
    };
    let told = if uses.session {
        context.told.key(context.session.as_deref())
    } else {
        Data::Omit
    };
    key([&place, &identity, &session, &told]
        .into_iter()
        .chain(frame.arguments()))
}

/// What the answer depends on beside the arguments, by all operations that are called on the way.
fn uses(mapping: &Mapping, operation: &Operation) -> Uses {
    let mut uses = operation.rules.uses;
    if let Plan::Step(step) = &operation.plan {
        of_step(mapping, step, &mut uses);
    }
    uses
}

fn of_step(mapping: &Mapping, step: &Step, all: &mut Uses) {
    match &step.kind {
        Kind::Steps(several) => {
            for step in &several.steps {
                of_step(mapping, step, all);
            }
        }
        Kind::Operation {
            service, operation, ..
        } => {
            let service = mapping
                .by_name
                .get(service)
                .and_then(|index| mapping.services.get(*index));
            let Some(called) = service.and_then(|service| service.operations.get(operation)) else {
                return;
            };
            // Who may call it decides whether there is an answer.
            let open = matches!(called.roles, Roles::Public | Roles::Internal);
            let of_called = match &called.plan {
                Plan::Step(_) => uses(mapping, called),
                Plan::Overloads(overloads) => {
                    overloads.iter().fold(Uses::default(), |all, overload| {
                        let one = uses(mapping, overload);
                        Uses {
                            identity: all.identity || one.identity,
                            session: all.session || one.session,
                        }
                    })
                }
            };
            all.identity |= of_called.identity || !open;
            all.session |= of_called.session;
        }
        Kind::Value(_)
        | Kind::ValueFile(_)
        | Kind::Fault(_)
        | Kind::Sql(_)
        | Kind::Procedure(_)
        | Kind::Soap(_)
        | Kind::Rest(_)
        | Kind::Proxy(_)
        | Kind::Transaction { .. } => {}
    }
}
