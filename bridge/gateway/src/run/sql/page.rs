//! Pages of a statement's rows: the one that a caller asks for, a window of a record set, and how many rows there are.

use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::model::{OnlyPage, SqlPageBy, SqlPaging, SqlStep, SqlTotal, Step};
use footbridge_mapping::statement::Dialect;
use footbridge_mapping::statement::estimate;
use footbridge_mapping::statement::page::{self, OrderKey, Window};
use footbridge_remoting::fault;
use footbridge_sql::{Output, Page, estimated_rows};

use super::database;
use super::ready::{Asked, Ready, choice_of, ordering};
use crate::run::failure::Failure;
use crate::run::page::{LARGEST, whole};
use crate::run::scope::Frame;
use crate::run::step::On;

/// The text and the values of the page that the caller asks for. `text` has its order already.
///
/// # Errors
/// A number, offset or size that is none.
pub(super) fn only(
    dialect: Dialect,
    paging: &SqlPaging,
    text: &str,
    values: &[Data],
    frame: &Frame<'_>,
) -> Result<(Arc<str>, Vec<Data>), Failure> {
    let (skip, size) = place(paging, frame)?;
    let around = page::by_offset(dialect, text, values.len(), skip, size);
    Ok((around.text.into(), [values, &around.binds].concat()))
}

/// How many rows stand before the page that the caller asks for, and how many it has.
fn place(paging: &SqlPaging, frame: &Frame<'_>) -> Result<(u64, u64), Failure> {
    let size = size(paging, frame)?;
    let skip = match &paging.only {
        Some(OnlyPage::Offset(offset)) => whole(offset, frame, 0, i64::MAX)?.unsigned_abs(),
        Some(OnlyPage::Number(number)) => {
            (whole(number, frame, 1, i64::MAX)?.unsigned_abs() - 1).saturating_mul(size)
        }
        None => 0,
    };
    Ok((skip, size))
}

/// Rows of a page.
///
/// # Errors
/// A size that is none.
pub(in crate::run) fn size(paging: &SqlPaging, frame: &Frame<'_>) -> Result<u64, Failure> {
    Ok(whole(&paging.size, frame, 1, LARGEST)?.unsigned_abs())
}

/// `reply.total`, where `came` rows are there; null where nobody counts.
pub(super) async fn total(
    ready: &Ready,
    step: &Step,
    sql: &SqlStep,
    paging: &SqlPaging,
    frame: &Frame<'_>,
    on: &mut On<'_>,
    came: usize,
) -> Result<Data, Failure> {
    let came = u64::try_from(came).unwrap_or(u64::MAX);
    let total = match (&paging.only, paging.total) {
        // All of them are there.
        (None, _) => came,
        (Some(_), SqlTotal::Estimate) => {
            let (skip, size) = place(paging, frame)?;
            let seen = skip.saturating_add(came);
            match came {
                // The last page says it.
                _ if came < size && (came > 0 || skip == 0) => seen,
                0 => estimate(ready, step, sql, frame, on).await?.min(skip),
                _ => estimate(ready, step, sql, frame, on).await?.max(seen),
            }
        }
        (Some(_), SqlTotal::Exact) => count(ready, step, sql, &[], frame, on).await?,
        (Some(_), SqlTotal::None) => return Ok(Data::Null),
    };
    Ok(Data::Int(i64::try_from(total).unwrap_or(i64::MAX)))
}

/// How many rows there are, as the planner believes; counted where its plan does not say it.
async fn estimate(
    ready: &Ready,
    step: &Step,
    sql: &SqlStep,
    frame: &Frame<'_>,
    on: &mut On<'_>,
) -> Result<u64, Failure> {
    let dialect = sql.statement.dialect;
    if let Some(text) = estimate::planned(dialect, &ready.base) {
        let asked = Asked {
            text: &text.into(),
            binds: &ready.values,
            columns: &[],
            page: None,
            max_rows: 1,
        };
        let database = database(frame, &sql.backend)?;
        let output = Output::Values { rule: None };
        let outcome = ready
            .ask(&asked, step, sql, frame, on, database, output)
            .await?;
        let plan = outcome.data.first();
        if let Some(rows) = plan.and_then(|plan| estimated_rows(dialect, plan)) {
            return Ok(rows);
        }
        // A plan may show values that were compared.
        tracing::trace!(
            operation = &*frame.operation.name,
            ?plan,
            "the plan says no number of rows, so they are counted"
        );
    }
    count(ready, step, sql, &[], frame, on).await
}

/// Counts the rows.
///
/// # Errors
/// Those of the statement; `Server.BadReply` where one of the keys is null somewhere, for then no page behind it could be found.
pub(in crate::run) async fn count(
    ready: &Ready,
    step: &Step,
    sql: &SqlStep,
    keys: &[OrderKey],
    frame: &Frame<'_>,
    on: &mut On<'_>,
) -> Result<u64, Failure> {
    let text: Arc<str> = page::counting(sql.statement.dialect, &ready.base, keys).into();
    let asked = Asked {
        text: &text,
        binds: &ready.values,
        columns: &[],
        page: None,
        max_rows: 1,
    };
    let database = database(frame, &sql.backend)?;
    let output = Output::Records { plan: None };
    let outcome = ready
        .ask(&asked, step, sql, frame, on, database, output)
        .await?;
    let counts: Vec<i64> = match outcome.data.first() {
        Some(Data::Object(record)) => record
            .members
            .values()
            .filter_map(footbridge_mapping::data::convert::to_int)
            .collect(),
        Some(_) | None => Vec::new(),
    };
    let Some((&total, with_keys)) = counts.split_first() else {
        return Err(Failure::decided(
            fault::PROCESSING,
            "the rows of the list could not be counted",
        ));
    };
    let empty = with_keys
        .iter()
        .zip(keys)
        .find(|(count, _)| **count != total);
    if let Some((_, key)) = empty {
        tracing::warn!(
            operation = &*frame.operation.name,
            "the order's column `{}` is null in some rows: the text must leave them out, or order by something else",
            key.label()
        );
        return Err(Failure::decided(
            fault::BAD_REPLY,
            "the rows have no order in which they could be paged",
        ));
    }
    Ok(total.unsigned_abs())
}

/// The keys of the order that this call chose.
///
/// # Errors
/// A column that the text no longer has.
pub(in crate::run) fn keys(sql: &SqlStep, ready: &Ready) -> Result<Vec<OrderKey>, Failure> {
    match &sql.statement.order {
        Some(order) => order
            .keys(choice_of(&ready.order), &ready.prepared.described.columns)
            .map_err(ordering),
        None => Ok(Vec::new()),
    }
}

/// The keys of the last row of a window, where rows stand behind it.
pub(in crate::run) type Behind = Option<Vec<Data>>;

/// Some rows of the list, into `output`: by keyset those behind `window.behind`.
///
/// # Errors
/// Those of the statement; `Server.BadReply` where the keys of two rows are equal, so that no page can end between them.
pub(in crate::run) async fn window(
    ready: &Ready,
    step: &Step,
    sql: &SqlStep,
    paging: &SqlPaging,
    window: Window<'_>,
    frame: &Frame<'_>,
    output: Output<'_>,
) -> Result<Behind, Failure> {
    let dialect = sql.statement.dialect;
    let bound = ready.values.len();
    let (around, keys) = match paging.by {
        SqlPageBy::Keyset => {
            let keys = keys(sql, ready)?;
            let around = page::by_keyset(dialect, &ready.base, bound, &keys, window);
            (around, keys)
        }
        SqlPageBy::Offset => {
            let ordered = ready.ordered(sql)?;
            let around = page::by_offset(dialect, &ordered, bound, window.skip, window.rows);
            (around, Vec::new())
        }
    };
    let text: Arc<str> = around.text.into();
    let binds = [ready.values.as_slice(), &around.binds].concat();
    let rows = usize::try_from(window.rows).unwrap_or(usize::MAX);
    let asked = Asked {
        text: &text,
        binds: &binds,
        columns: &ready.prepared.described.columns,
        page: (!keys.is_empty()).then_some(Page {
            rows,
            keys: keys.len(),
        }),
        max_rows: rows.saturating_add(1),
    };
    let database = database(frame, &sql.backend)?;
    let outcome = ready
        .ask(&asked, step, sql, frame, &mut On::Pool, database, output)
        .await?;
    // Of no rows there is no last one.
    let Some(next) = outcome.next.filter(|_| window.rows > 0) else {
        return Ok(None);
    };
    let last = outcome.last;
    // What a key of a table says need not be asked for.
    let said = !paging.unique.is_empty();
    if last == next
        || (said
            && may_be_alike(&last, &next)
            && are_alike(ready, step, sql, &keys, [&last, &next], frame).await?)
    {
        tracing::warn!(
            operation = &*frame.operation.name,
            "two rows have equal keys, so one of them would be on no page: add a unique column to `order`"
        );
        return Err(Failure::decided(
            fault::BAD_REPLY,
            "the rows have no order in which they could be paged",
        ));
    }
    Ok(Some(last))
}

/// Whether keys that are not the same may be equal for the database: texts in a collation, decimals with other zeros behind.
fn may_be_alike(last: &[Data], next: &[Data]) -> bool {
    last.iter().zip(next).all(|keys| match keys {
        (Data::Int(one), Data::Int(other)) => one == other,
        (Data::Number(one), Data::Number(other)) => one.to_bits() == other.to_bits(),
        (Data::Bool(one), Data::Bool(other)) => one == other,
        (Data::Bytes(one), Data::Bytes(other)) => one == other,
        _ => true,
    })
}

/// Whether the keys of two rows are equal for the database.
async fn are_alike(
    ready: &Ready,
    step: &Step,
    sql: &SqlStep,
    keys: &[OrderKey],
    rows: [&[Data]; 2],
    frame: &Frame<'_>,
) -> Result<bool, Failure> {
    let dialect = sql.statement.dialect;
    let around = page::alike(dialect, &ready.base, ready.values.len(), keys, rows);
    let asked = Asked {
        text: &around.text.into(),
        binds: &[ready.values.as_slice(), &around.binds].concat(),
        columns: &[],
        page: None,
        max_rows: 1,
    };
    let database = database(frame, &sql.backend)?;
    let output = Output::Nothing;
    let outcome = ready
        .ask(&asked, step, sql, frame, &mut On::Pool, database, output)
        .await?;
    Ok(outcome.rows > 0)
}
