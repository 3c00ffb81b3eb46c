//! `each`: one run for each item of a list, several at once, the values in the list's order.

use footbridge_mapping::data::Data;
use footbridge_mapping::expression;
use footbridge_mapping::model::{Each, Kind, Step};
use footbridge_remoting::fault;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::failure::Failure;
use super::scope::Frame;
use super::step::{self, Level, On};

/// Runs a step for each item and gives the list of its values. In a transaction the runs go in order, on its connection.
///
/// # Errors
/// The first failure. No run begins after it, and those that go on are cancelled unless they write.
pub(super) async fn run<'c>(
    step: &'c Step,
    each: &'c Each,
    frame: Frame<'c>,
    on: &mut On<'_>,
    level: Level<'_>,
) -> Result<Data, Failure> {
    let items = items(step, each, &frame)?;
    let mut values = vec![Data::Null; items.len()];
    if let On::Transaction(_) = on {
        for (item, value) in items.into_iter().zip(&mut values) {
            let mut frame = frame.clone();
            frame.set(&each.name, item);
            *value = step::single(step, frame, on, level).await?;
        }
        return Ok(Data::List(values.into()));
    }
    let most = at_once(step, each);
    let cancelled = !step::writes(step);
    let mut left = items.into_iter().enumerate();
    let mut running = FuturesUnordered::new();
    let mut failed = None;
    loop {
        while failed.is_none() && running.len() < most {
            let Some((at, item)) = left.next() else {
                break;
            };
            let mut frame = frame.clone();
            frame.set(&each.name, item);
            running.push(async move {
                let value = step::single(step, frame, &mut On::Pool, level).await;
                (at, value)
            });
        }
        match running.next().await {
            Some((at, Ok(value))) => values[at] = value,
            Some((_, Err(failure))) => {
                failed.get_or_insert(failure);
                if cancelled {
                    break;
                }
            }
            None => break,
        }
    }
    match failed {
        Some(failure) => Err(failure),
        None => Ok(Data::List(values.into())),
    }
}

/// The items; none of null.
fn items(step: &Step, each: &Each, frame: &Frame<'_>) -> Result<Vec<Data>, Failure> {
    let list = expression::evaluate(&each.list, frame)?.plain();
    if list.is_null() {
        return Ok(Vec::new());
    }
    let Some(items) = list.items() else {
        return Err(Failure::decided(
            fault::BAD_ARGUMENTS,
            format!("`{}` runs for each item of a list", step.name),
        ));
    };
    if items.len() > each.most {
        let text = format!(
            "`{}` runs for at most {} items, and {} came",
            step.name,
            each.most,
            items.len()
        );
        return Err(Failure::decided(fault::BAD_ARGUMENTS, text));
    }
    Ok(items.into_owned())
}

/// As many as are allowed, and no more than the pool has connections, so that the runs do not make each other wait until they are
/// refused.
fn at_once(step: &Step, each: &Each) -> usize {
    let backend = match &step.kind {
        Kind::Sql(sql) => Some((&sql.backend, sql.statement.writes)),
        Kind::Procedure(procedure) => Some((&procedure.backend, procedure.writes)),
        Kind::Value(_)
        | Kind::ValueFile(_)
        | Kind::Fault(_)
        | Kind::Soap(_)
        | Kind::Rest(_)
        | Kind::Proxy(_)
        | Kind::Operation { .. }
        | Kind::Steps(_)
        | Kind::Transaction { .. } => None,
    };
    let pool = backend.and_then(|(backend, writes)| {
        let settings = backend.database()?;
        Some(if writes {
            settings.write_pool
        } else {
            settings.pool
        })
    });
    let most = pool.map_or(usize::MAX, |pool| pool as usize);
    each.parallel.min(most).max(1)
}
