//! The way in: an operation, its arguments and the bytes of its answer.

use std::sync::Arc;

use footbridge_amf::WriteError;
use footbridge_mapping::data::{AmfValue, Data};
use footbridge_mapping::model::{FaultRules, Operation, Plan, Roles, Step};
use footbridge_mapping::reply;
use footbridge_mapping::{argument, expression};
use footbridge_remoting::{Answer, Envelope, Fault, Stamp, TypedAcknowledge, fault};

use super::context::Context;
use super::failure::{Failure, answer_failure};
use super::retry::Tries;
use super::scope::Frame;
use super::step::{self, Level, On};
use super::trace;
use super::{audit, each, pageable, rules, sign, straight};
use crate::session::Session;
use crate::stats;

/// Runs an operation and gives the whole body of its answer.
///
/// Rows of a single `sql` go straight from the driver into the answer; whatever a rule of `faults` or a `value` has
/// to see first is collected. Half an answer is dropped where a rule gives a value for a fault that came late.
///
/// # Errors
/// The fault that the client gets, without its correlation id.
pub async fn operation(
    context: &Context,
    operation: &Arc<Operation>,
    arguments: Vec<AmfValue>,
    envelope: &Envelope,
    stamp: &Stamp,
) -> Result<Vec<u8>, Fault> {
    let begin = || {
        let acknowledge = TypedAcknowledge {
            upstream: context.upstream.get(),
            ..TypedAcknowledge::default()
        };
        let limit = context.live.mapping.gateway.limits.reply;
        Answer::acknowledge(envelope, acknowledge, limit, stamp)
    };
    let answer = match answered(context, operation, arguments, &begin).await {
        Ok(answer) => answer,
        Err(failure) => return Err(failure.into_fault()),
    };
    answer
        .finish()
        .map_err(|error| Failure::from(error).into_fault())
}

pub(super) type Begin<'b> = dyn Fn() -> Result<Answer, WriteError> + Sync + 'b;

async fn answered(
    context: &Context,
    operation: &Arc<Operation>,
    arguments: Vec<AmfValue>,
    begin: &Begin<'_>,
) -> Result<Answer, Failure> {
    let arguments = match &context.asked {
        Some(asked) => asked.token.arguments.clone(),
        None => arguments.into_iter().map(Data::Amf).collect(),
    };
    let by_token;
    let context = match token(context, operation, &arguments).await? {
        Some(session) => {
            by_token = context.called_in(session);
            &by_token
        }
        None => context,
    };
    let told = |operation: &Operation, failure| {
        audit::line(context, operation, &[], Some(&failure));
        failure
    };
    allowed(context, operation).map_err(|failure| told(operation, failure))?;
    let (operation, step) =
        chosen(operation, &arguments).map_err(|failure| told(operation, failure))?;
    let (bound, coerced) =
        bound(operation, step, &arguments).map_err(|failure| told(operation, failure))?;
    stats::coerced(operation, coerced);
    let outcome = ran(context, operation, step, (&arguments, bound.clone()), begin).await;
    if let Some(session) = &context.session
        && let Err(away) = context.kept.store(&context.live).save(session).await
    {
        // What is lost are cookies of backends; the call itself has done what it should.
        tracing::warn!(error = %away.0, "{away}");
    }
    audit::line(context, operation, &bound, outcome.as_ref().err());
    outcome
}

/// The session that an argument names, where the operation has one that does: that one alone counts, and an unknown one is a
/// stranger's.
async fn token(
    context: &Context,
    operation: &Arc<Operation>,
    arguments: &[Data],
) -> Result<Option<Option<Arc<Session>>>, Failure> {
    let Ok((operation, step)) = chosen(operation, arguments) else {
        return Ok(None);
    };
    let Some(rule) = &operation.rules.session else {
        return Ok(None);
    };
    let (arguments, _) = bound(operation, step, arguments)?;
    let frame = Frame::new(context, operation, &step.zone, arguments);
    let session = match expression::evaluate(rule, &frame)?.plain() {
        Data::Text(token) => context.kept.store(&context.live).find(&token).await?,
        _ => None,
    };
    Ok(Some(session))
}

/// The arguments, and how many of their values came as another type.
fn bound(
    operation: &Operation,
    step: &Step,
    arguments: &[Data],
) -> Result<(Vec<Data>, usize), Failure> {
    argument::bind_counting(
        &operation.arguments,
        arguments,
        &operation.scope,
        &step.zone,
    )
    .map_err(|error| Failure::decided(fault::BAD_ARGUMENTS, error.to_string()))
}

/// Runs an operation for a caller who may call it, and writes its answer.
async fn ran(
    context: &Context,
    operation: &Operation,
    step: &Step,
    (sent, arguments): (&[Data], Vec<Data>),
    begin: &Begin<'_>,
) -> Result<Answer, Failure> {
    let frame = Frame::new(context, operation, &step.zone, arguments);
    rules::admit(context, operation, step, &frame)?;
    let levels = levels(operation, step);
    let failed = match paged(step, &frame, &levels, sent, begin).await {
        Ok(Some(answer)) => return Ok(answer),
        Ok(None) => None,
        Err(failure) => Some(failure),
    };
    let straight = straight::of(step, &frame, &levels).filter(|_| rules::lets_through(operation));
    let value = if let Some(failure) = failed {
        answer_failure(failure, &levels, &frame)?
    } else if let Some(straight) = straight {
        let run = async {
            let mut tries = Tries::of(step, &On::Pool);
            loop {
                let mut answer = begin()?;
                let mut frame = frame.clone();
                let noted = trace::begin(step, &mut frame);
                let run = straight::run(step, &straight, &frame, &mut answer, begin).await;
                if let Some(noted) = noted {
                    noted.outcome(&run);
                }
                match run {
                    Ok(()) => return Ok(answer),
                    Err(failure) if tries.again(&failure, context).await => {}
                    Err(failure) => return Err(failure),
                }
            }
        };
        match within(context, operation, run).await {
            Ok(answer) => return Ok(answer),
            Err(failure) => answer_failure(failure, &levels, &frame)?,
        }
    } else {
        // Apart, so that the way of rows that are streamed stays small.
        let run = Box::pin(rules::perform(
            context,
            operation,
            step,
            frame.clone(),
            &levels,
        ));
        match run.await {
            Ok(value) => value,
            Err(failure) => answer_failure(failure, &levels, &frame)?,
        }
    };
    let write = |value: &Data| {
        let mut answer = begin()?;
        reply::write(
            value,
            step.reply(),
            &operation.scope,
            &step.zone,
            &context.style,
            frame.service(),
            answer.sink(),
        )?;
        Ok(answer)
    };
    let answer = match write(&value) {
        Ok(answer) => answer,
        // A value that does not fit its type may have a rule, `unreadable`, like any other fault.
        Err(failure) => write(&answer_failure(failure, &levels, &frame)?)?,
    };
    sign::commit(context).await?;
    Ok(answer)
}

/// The first page of a record set, or the rows of one that were asked for; `None` where the answer is no page.
async fn paged(
    step: &Step,
    frame: &Frame<'_>,
    levels: &[&FaultRules],
    sent: &[Data],
    begin: &Begin<'_>,
) -> Result<Option<Answer>, Failure> {
    let context = frame.context;
    let asked = context.asked.as_ref();
    let first = pageable::of(step, frame, levels);
    if asked.is_none() && first.is_none() {
        return Ok(None);
    }
    let run = async {
        let mut tries = Tries::of(step, &On::Pool);
        loop {
            let mut frame = frame.clone();
            let noted = trace::begin(step, &mut frame);
            let outcome = match (asked, &first) {
                (Some(asked), _) => pageable::further(asked, step, &frame, begin)
                    .await
                    .map(Some),
                (None, Some(paged)) => pageable::first(*paged, step, &frame, sent, begin).await,
                (None, None) => Ok(None),
            };
            if let Some(noted) = noted {
                noted.outcome(&outcome);
            }
            match outcome {
                Err(failure) if tries.again(&failure, context).await => {}
                outcome => return outcome,
            }
        }
    };
    // Apart, so that the way of rows that are streamed stays small.
    Box::pin(within(context, frame.operation, run)).await
}

/// Runs an operation that another one names, and gives its value.
pub(super) async fn nested(
    context: &Context,
    operation: &Arc<Operation>,
    arguments: &[(Arc<str>, Data)],
) -> Result<Data, Failure> {
    if operation.roles != Roles::Internal {
        allowed(context, operation)?;
    }
    let values = arguments
        .iter()
        .map(|(_, value)| value.clone())
        .collect::<Vec<_>>();
    let (operation, step) = chosen(operation, &values)?;
    let arguments = argument::bind_named(
        &operation.arguments,
        arguments,
        &operation.scope,
        &step.zone,
    )
    .map_err(|error| Failure::decided(fault::BAD_ARGUMENTS, error.to_string()))?;
    let frame = Frame::new(context, operation, &step.zone, arguments);
    let levels = levels(operation, step);
    rules::admit(context, operation, step, &frame)?;
    // Operations call each other without cycles, so this ends.
    let outcome = Box::pin(rules::perform(
        context,
        operation,
        step,
        frame.clone(),
        &levels,
    ));
    outcome
        .await
        .and_then(|value| match step.each {
            // Each of its values has its type already.
            Some(_) => Ok(value),
            None => step::conform(step, value, &frame),
        })
        .or_else(|failure| answer_failure(failure, &levels, &frame))
}

/// Runs all that an operation is: its step, or the runs of its step for each item.
pub(super) async fn whole<'c>(
    step: &'c Step,
    frame: Frame<'c>,
    levels: &[&FaultRules],
) -> Result<Data, Failure> {
    match &step.each {
        Some(each) => each::run(step, each, frame, &mut On::Pool, Level::Operation(levels)).await,
        None => step::run(step, frame, On::Pool, levels).await,
    }
}

/// Whether this caller may call it.
fn allowed(context: &Context, operation: &Operation) -> Result<(), Failure> {
    may(context, &operation.roles, &operation.name)
}

/// Whether this caller may do what `roles` is said of.
pub(super) fn may(context: &Context, roles: &Roles, name: &str) -> Result<(), Failure> {
    if context.identity.holds(roles) {
        return Ok(());
    }
    let known = context.identity.members.is_some();
    match roles {
        Roles::Named(_) if known => Err(Failure::decided(
            fault::AUTHORIZATION,
            format!("`{name}` is not for this caller"),
        )),
        Roles::Public | Roles::Users | Roles::Named(_) => Err(Failure::decided(
            fault::AUTHENTICATION,
            format!("`{name}` is for callers who have logged in"),
        )),
        Roles::Internal => Err(Failure::decided(
            fault::RESOURCE_NOT_FOUND,
            format!("`{name}` is not for clients"),
        )),
    }
}

/// The operation itself, or the overload that fits the arguments, and its step.
fn chosen<'o>(
    operation: &'o Arc<Operation>,
    arguments: &[Data],
) -> Result<(&'o Operation, &'o Step), Failure> {
    let mut operation = operation;
    loop {
        match &operation.plan {
            Plan::Step(step) => return Ok((operation, step)),
            Plan::Overloads(overloads) => {
                let signatures = overloads
                    .iter()
                    .map(|overload| overload.arguments.as_slice());
                let index = argument::choose(signatures, arguments).ok_or_else(|| {
                    Failure::decided(
                        fault::BAD_ARGUMENTS,
                        format!(
                            "no form of `{}` takes these {} arguments",
                            operation.name,
                            arguments.len()
                        ),
                    )
                })?;
                operation = &overloads[index];
            }
        }
    }
}

/// The rules that are asked, in order: of the step, the operation, the service, the gateway.
fn levels<'o>(operation: &'o Operation, step: &'o Step) -> Vec<&'o FaultRules> {
    std::iter::once(&*step.faults)
        .chain(operation.faults.iter().map(|rules| &**rules))
        .collect()
}

/// The operation's time-out, within the call's deadline.
pub(super) async fn within<T>(
    context: &Context,
    operation: &Operation,
    run: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(context.left(operation.timeout), run).await {
        Ok(result) => result,
        Err(_) => Err(step::too_late()),
    }
}
