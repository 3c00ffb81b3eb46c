//! One step: its conditions, its time-out, its kind, and what becomes of its value.

use std::sync::Arc;
use std::time::Duration;

use footbridge_mapping::data::Data;
use footbridge_mapping::expression;
use footbridge_mapping::model::{FaultKey, FaultRules, Kind, Step};
use footbridge_mapping::reply;
use footbridge_mapping::tree;
use footbridge_remoting::fault;
use footbridge_sql::Transaction;

use super::failure::{
    Failure, Verdict, answer_failure, judge, looks_at_answers, may_give_a_value, verdict,
};
use super::operation::nested;
use super::scope::Frame;
use super::{each, procedure, proxy, rest, retry, sign, soap, sql, steps, trace, transaction};

/// Where a step's SQL runs.
pub(super) enum On<'t> {
    /// On any connection of the pool.
    Pool,
    /// On the connection of a transaction.
    Transaction(&'t mut Transaction),
}

/// Whose rules a run asks.
#[derive(Clone, Copy)]
pub(super) enum Level<'l> {
    /// The step's own; those of the operation are asked when the step has failed.
    Step,
    /// All of them: the operation is nothing but this step.
    Operation(&'l [&'l FaultRules]),
}

impl On<'_> {
    /// The same place for one more statement.
    pub(super) fn again(&mut self) -> On<'_> {
        match self {
            Self::Pool => On::Pool,
            Self::Transaction(transaction) => On::Transaction(transaction),
        }
    }
}

/// Runs a step and gives its value. `levels` are the rules that may make a fault of a good answer: they are asked
/// before anything that was written is kept.
///
/// # Errors
/// A failure that rules have not been asked about, or a fault that they made of a good answer.
pub(super) async fn run(
    step: &Step,
    mut frame: Frame<'_>,
    mut on: On<'_>,
    levels: &[&FaultRules],
) -> Result<Data, Failure> {
    let mut tries = retry::Tries::of(step, &on);
    loop {
        let noted = trace::begin(step, &mut frame);
        let outcome = attempt(step, frame.clone(), on.again(), levels).await;
        if let Some(noted) = noted {
            noted.value(&outcome);
        }
        match outcome {
            Err(failure) if tries.again(&failure, frame.context).await => {}
            outcome => return outcome,
        }
    }
}

/// Runs it once.
async fn attempt(
    step: &Step,
    frame: Frame<'_>,
    on: On<'_>,
    levels: &[&FaultRules],
) -> Result<Data, Failure> {
    let frame = frame.in_zone(&step.zone);
    permitted(step, &frame)?;
    pause(step.delay).await;
    match &step.kind {
        Kind::Value(value) => {
            sign::prepare(step, &frame)?;
            let value = tree::evaluate(value, &frame)?;
            judged(value, levels, &frame)
        }
        Kind::ValueFile(recorded) => judged(Data::Amf((**recorded).clone()), levels, &frame),
        Kind::Fault(rule) => match verdict(rule, &frame)? {
            Verdict::Value(value) => Ok(value),
            Verdict::Fault(fault) => Err(Failure::Decided(fault)),
        },
        Kind::Sql(statement) => sql::run(step, statement, &frame, on, levels).await,
        Kind::Procedure(procedure) => procedure::run(step, procedure, &frame, on, levels).await,
        Kind::Rest(request) => rest::run(step, request, &frame, levels).await,
        Kind::Proxy(own) => proxy::run(own, &frame, levels).await,
        Kind::Soap(call) => soap::run(step, call, &frame, levels).await,
        Kind::Operation {
            service,
            operation,
            with,
            writes: _,
        } => {
            let mapping = &frame.context.live.mapping;
            let found = mapping
                .by_name
                .get(service)
                .and_then(|index| mapping.services.get(*index));
            let target = found
                .and_then(|found| found.operations.get(operation))
                .ok_or_else(|| {
                    Failure::decided(
                        fault::PROCESSING,
                        format!("the mapping has no `{service}.{operation}`"),
                    )
                })?;
            let mut arguments = Vec::with_capacity(with.len());
            for (name, value) in with {
                arguments.push((Arc::clone(name), tree::evaluate(value, &frame)?));
            }
            let value = nested(frame.context, target, &arguments).await?;
            finished(step, value, levels, &frame)
        }
        Kind::Steps(several) => {
            let (value, frame) = Box::pin(steps::run(several, frame)).await?;
            finished(step, value, levels, &frame)
        }
        Kind::Transaction {
            backend,
            steps,
            retry,
            isolation,
        } => {
            let order = transaction::Order {
                backend,
                steps,
                retry: *retry,
                isolation: *isolation,
            };
            Box::pin(transaction::run(step, &order, frame, levels)).await
        }
    }
}

/// `require`: before anything runs.
pub(super) fn permitted(step: &Step, frame: &Frame<'_>) -> Result<(), Failure> {
    match &step.require {
        Some(condition) if !expression::holds(condition, frame)? => Err(Failure::decided(
            fault::AUTHORIZATION,
            "this caller may not do this",
        )),
        Some(_) | None => Ok(()),
    }
}

/// `value` after a kind, then the rules that look at good answers.
pub(super) fn finished(
    step: &Step,
    value: Data,
    levels: &[&FaultRules],
    frame: &Frame<'_>,
) -> Result<Data, Failure> {
    sign::prepare(step, &frame.with_reply(value.clone()))?;
    match &step.value {
        Some(made) => {
            let frame = frame.with_reply(value);
            let value = tree::evaluate(made, &frame)?;
            judged(value, levels, &frame)
        }
        None if looks_at_answers(levels) => {
            let frame = frame.with_reply(value.clone());
            judged(value, levels, &frame)
        }
        None => Ok(value),
    }
}

/// A value, if the rules that look at good answers leave it one.
pub(super) fn judged(
    value: Data,
    levels: &[&FaultRules],
    frame: &Frame<'_>,
) -> Result<Data, Failure> {
    match judge(levels, frame)? {
        None => Ok(value),
        Some(Verdict::Value(value)) => Ok(value),
        Some(Verdict::Fault(fault)) => Err(Failure::Decided(fault)),
    }
}

/// Runs a step of `steps` or `transaction`: skipped it is null; with `each` it runs once for each item.
pub(super) async fn inner(step: &Step, frame: Frame<'_>, mut on: On<'_>) -> Result<Data, Failure> {
    if let Some(condition) = &step.when
        && !expression::holds(condition, &frame)?
    {
        trace::skipped(step, &frame);
        return Ok(Data::Null);
    }
    let Some(each) = &step.each else {
        return single(step, frame, &mut on, Level::Step).await;
    };
    each::run(step, each, frame, &mut on, Level::Step).await
}

/// One run of a step: its own rules are asked, its time-out holds. Where a rule may answer a fault by a value, the
/// transaction goes on without what the step has changed: PostgreSQL would take nothing more after an error.
pub(super) async fn single(
    step: &Step,
    frame: Frame<'_>,
    on: &mut On<'_>,
    level: Level<'_>,
) -> Result<Data, Failure> {
    let own = [&*step.faults];
    let levels = match level {
        Level::Step => &own[..],
        Level::Operation(levels) => levels,
    };
    let seen = frame.clone();
    let marks = may_give_a_value(&step.faults);
    if let On::Transaction(transaction) = on
        && marks
    {
        transaction.mark().await?;
    }
    let left = frame.context.left(step.timeout.unwrap_or(Duration::MAX));
    let run = run(step, frame, on.again(), levels);
    let outcome = match tokio::time::timeout(left, run).await {
        Ok(outcome) => outcome.and_then(|value| conform(step, value, &seen)),
        Err(_) => Err(too_late()),
    };
    let failed = outcome.is_err();
    let value = outcome.or_else(|failure| match level {
        Level::Step => answer_failure(failure.in_step(&step.name), levels, &seen),
        // All rules have been asked, with the item in sight: nobody is asked again.
        Level::Operation(_) => answer_failure(failure, levels, &seen)
            .map_err(|failure| Failure::Decided(Box::new(failure.into_fault()))),
    })?;
    if let On::Transaction(transaction) = on
        && marks
    {
        if failed {
            transaction.undo_mark().await?;
        } else {
            transaction.keep_mark().await?;
        }
    }
    Ok(value)
}

/// The value as the step's type says it, for whoever names the step. Rows come as their types say already.
pub(super) fn conform(step: &Step, value: Data, frame: &Frame<'_>) -> Result<Data, Failure> {
    let rows = matches!(step.kind, Kind::Sql(_) | Kind::Procedure(_))
        && step.value.is_none()
        && !step.rows_choose();
    let scope = match &step.kind {
        Kind::Soap(soap) => &soap.http.scope,
        Kind::Rest(rest) => &rest.http.scope,
        Kind::Proxy(proxy) => &proxy.scope,
        Kind::Sql(_)
        | Kind::Procedure(_)
        | Kind::Value(_)
        | Kind::ValueFile(_)
        | Kind::Fault(_)
        | Kind::Operation { .. }
        | Kind::Steps(_)
        | Kind::Transaction { .. } => &frame.operation.scope,
    };
    match &step.returns {
        Some(slot) if !rows => Ok(reply::conform(&value, slot, scope, &step.zone)?),
        Some(_) | None => Ok(value),
    }
}

/// The fault `timeout`.
pub(super) fn too_late() -> Failure {
    Failure::open(
        FaultKey::Timeout,
        fault::TIMEOUT,
        "the answer did not come in time",
    )
}

/// `delay` of mocks.
async fn pause(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}

/// Whether a step changes anything, so that it is not cancelled when another fails.
pub(super) fn writes(step: &Step) -> bool {
    match &step.kind {
        Kind::Value(_) | Kind::ValueFile(_) | Kind::Fault(_) => false,
        Kind::Sql(statement) => statement.statement.writes,
        Kind::Procedure(procedure) => procedure.writes,
        Kind::Soap(soap) => soap.http.writes,
        Kind::Rest(rest) => rest.http.writes,
        Kind::Operation { writes, .. } => *writes,
        Kind::Transaction { .. } | Kind::Proxy(_) => true,
        Kind::Steps(several) => several.steps.iter().any(writes),
    }
}
