//! `sql`: a statement's rows, straight into the answer or collected for other steps.
//!
//! 1. [`streams`], [`stream`], [`run`]: a step that is a statement.
//! 2. [`Ready`]: the text and the values of one call; `prepare` asks the database at the first use of a text.
//! 3. `value`: what the rows are as the step's value, and which shape their list has.
//! 4. [`page`]: some of the rows, and how many there are.

use footbridge_mapping::data::Data;
use footbridge_mapping::model::{Backend, FaultRules, Kind, Reading, SqlStep, Step};
use footbridge_remoting::{Answer, fault};
use footbridge_sql::{Access, Database, Output, Transaction};

use super::failure::{Failure, looks_at_answers};
use super::scope::Frame;
use super::step::On;
use value::{list_shape, only};

pub(super) mod page;
mod prepare;
mod ready;
pub(super) use ready::Ready;
mod value;

/// The statement of a step whose rows may go straight into the answer: nothing has to see them first.
pub(super) fn streams<'s>(step: &'s Step, levels: &[&FaultRules]) -> Option<&'s SqlStep> {
    match &step.kind {
        Kind::Sql(sql)
            if step.each.is_none()
                && step.value.is_none()
                && !step.rows_choose()
                && !sql.statement.writes
                && !looks_at_answers(levels) =>
        {
            Some(sql)
        }
        Kind::Sql(_)
        | Kind::Value(_)
        | Kind::ValueFile(_)
        | Kind::Fault(_)
        | Kind::Procedure(_)
        | Kind::Soap(_)
        | Kind::Rest(_)
        | Kind::Proxy(_)
        | Kind::Operation { .. }
        | Kind::Steps(_)
        | Kind::Transaction { .. } => None,
    }
}

/// Runs a statement that reads, its rows written into the answer as they come.
pub(super) async fn stream(
    step: &Step,
    sql: &SqlStep,
    frame: &Frame<'_>,
    answer: &mut Answer,
) -> Result<(), Failure> {
    let database = database(frame, &sql.backend)?;
    let ready = Ready::new(step, sql, frame, database).await?;
    let style = &frame.context.style;
    let service = frame.service();
    let shape = list_shape(step, sql, ready.prepared.plan.as_ref(), style);
    let sink = answer.sink();
    let output = match (&sql.reading, &ready.prepared.plan) {
        (Reading::Nothing, _) | (_, None) => Output::Nothing,
        (Reading::Rows, Some(plan)) => Output::Rows {
            plan,
            shape: &shape,
            style,
            service,
            sink,
        },
        (Reading::Row, Some(plan)) => Output::Row {
            plan,
            optional: false,
            style,
            service,
            sink,
        },
        (Reading::RowOrNull, Some(plan)) => Output::Row {
            plan,
            optional: true,
            style,
            service,
            sink,
        },
        (Reading::Scalar, Some(plan)) => Output::Scalar {
            rule: only(plan)?,
            optional: false,
            style,
            sink,
        },
        (Reading::ScalarOrNull, Some(plan)) => Output::Scalar {
            rule: only(plan)?,
            optional: true,
            style,
            sink,
        },
        (Reading::Scalars, Some(plan)) => Output::Scalars {
            rule: only(plan)?,
            shape: &shape,
            style,
            sink,
        },
    };
    let nothing = matches!(output, Output::Nothing);
    ready
        .run(step, sql, frame, &mut On::Pool, database, output)
        .await?;
    if nothing {
        answer.sink().null()?;
    }
    Ok(())
}

/// Runs a statement and gives its value. What it wrote is kept only if `expect` and the rules allow it.
pub(super) async fn run(
    step: &Step,
    sql: &SqlStep,
    frame: &Frame<'_>,
    mut on: On<'_>,
    levels: &[&FaultRules],
) -> Result<Data, Failure> {
    let database = database(frame, &sql.backend)?;
    let ready = Ready::new(step, sql, frame, database).await?;
    let may_undo = sql.statement.writes && (sql.expect.is_some() || looks_at_answers(levels));
    if may_undo && matches!(on, On::Pool) {
        // Dropped on the way out, the transaction is undone.
        let _turn = frame.context.share.turn(&sql.backend, Access::Write).await;
        let mut transaction: Transaction = database.begin(None).await?;
        let value = ready
            .value(
                step,
                sql,
                frame,
                &mut On::Transaction(&mut transaction),
                database,
                levels,
            )
            .await?;
        transaction.commit().await?;
        return Ok(value);
    }
    ready
        .value(step, sql, frame, &mut on, database, levels)
        .await
}

/// The database of a backend.
pub(super) fn database<'c>(frame: &Frame<'c>, backend: &Backend) -> Result<&'c Database, Failure> {
    frame
        .context
        .live
        .databases
        .get(&backend.name)
        .map(|database| &**database)
        .ok_or_else(|| {
            Failure::decided(
                fault::PROCESSING,
                format!("the gateway has no database `{}`", backend.name),
            )
        })
}
