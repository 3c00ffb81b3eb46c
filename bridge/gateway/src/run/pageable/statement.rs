//! Record sets of a database's rows, which go straight from the driver into the answer.

use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::model::{SqlPageBy, SqlPaging, SqlStep, Step};
use footbridge_mapping::statement::page::Window;
use footbridge_remoting::{Answer, ListShape, fault};
use footbridge_sql::Output;

use super::super::failure::Failure;
use super::super::operation::Begin;
use super::super::scope::Frame;
use super::super::sql::{self, Ready, page};
use super::super::step::On;
use super::index::Keyset;
use super::{Wanted, changed, keep, kept, token};

/// Rows that are passed over to find others.
const FARTHEST: u64 = 100_000;

pub(super) async fn first(
    sql: &SqlStep,
    paging: &SqlPaging,
    step: &Step,
    frame: &Frame<'_>,
    arguments: &[Data],
    begin: &Begin<'_>,
) -> Result<Option<Answer>, Failure> {
    let database = sql::database(frame, &sql.backend)?;
    let ready = Ready::new(step, sql, frame, database).await?;
    let keys = match paging.by {
        SqlPageBy::Keyset => page::keys(sql, &ready)?,
        SqlPageBy::Offset => Vec::new(),
    };
    let size = page::size(paging, frame)?;
    let total = page::count(&ready, step, sql, &keys, frame, &mut On::Pool).await?;
    if total <= size {
        return Ok(None);
    }
    let context = frame.context;
    let (operation, version) = (frame.operation, paging.version);
    let token = token(
        context,
        operation,
        version,
        arguments,
        total,
        columns(&ready),
    );
    let Some(id) = token.seal(&context.kept.keys) else {
        return Ok(None);
    };
    let shape = ListShape::FirstPage {
        id: id.into(),
        total,
    };
    let mut answer = begin()?;
    let window = Window {
        behind: None,
        skip: 0,
        rows: size,
    };
    let behind = write(
        &ready,
        sql,
        paging,
        step,
        frame,
        window,
        &shape,
        &mut answer,
    )
    .await?;
    if let Some(keys) = behind.filter(|keys| !keys.is_empty()) {
        let mut index = Keyset::default();
        index.note(size, keys);
        if let Some(bytes) = index.to_bytes() {
            keep(context, &token, bytes);
        }
    }
    Ok(Some(answer))
}

pub(super) async fn further(
    sql: &SqlStep,
    paging: &SqlPaging,
    wanted: &Wanted<'_>,
    step: &Step,
    frame: &Frame<'_>,
    begin: &Begin<'_>,
) -> Result<Answer, Failure> {
    let context = frame.context;
    let database = sql::database(frame, &sql.backend)?;
    let ready = Ready::new(step, sql, frame, database).await?;
    if columns(&ready) != wanted.token.columns {
        return Err(changed());
    }
    let mut index = Keyset::of(kept(context, wanted.token).as_deref());
    let before = match paging.by {
        SqlPageBy::Keyset => index.before(wanted.first),
        SqlPageBy::Offset => None,
    };
    let (known, behind) = match before {
        Some((known, keys)) => (known, Some(keys.to_vec())),
        None => (0, None),
    };
    let skip = match wanted.count {
        0 => 0,
        _ => wanted.first - known,
    };
    if paging.by == SqlPageBy::Keyset && skip > FARTHEST {
        return Err(Failure::decided(
            fault::TOO_MANY_ROWS,
            format!("{FARTHEST} rows may be passed over at once; ask for rows between"),
        ));
    }
    let mut answer = begin()?;
    let window = Window {
        behind: behind.as_deref(),
        skip,
        rows: wanted.count,
    };
    let shape = wanted.shape;
    let behind = write(&ready, sql, paging, step, frame, window, shape, &mut answer).await?;
    if let Some(keys) = behind.filter(|keys| !keys.is_empty()) {
        index.note(wanted.first + wanted.count, keys);
        if let Some(bytes) = index.to_bytes() {
            keep(context, wanted.token, bytes);
        }
    }
    Ok(answer)
}

#[expect(
    clippy::too_many_arguments,
    reason = "the statement, the rows of it and where they go are three things that meet here alone"
)]
async fn write(
    ready: &Ready,
    sql: &SqlStep,
    paging: &SqlPaging,
    step: &Step,
    frame: &Frame<'_>,
    window: Window<'_>,
    shape: &ListShape,
    answer: &mut Answer,
) -> Result<page::Behind, Failure> {
    let plan = ready.prepared.plan.as_ref().ok_or_else(changed)?;
    let output = Output::Rows {
        plan,
        shape,
        style: &frame.context.style,
        service: frame.service(),
        sink: answer.sink(),
    };
    page::window(ready, step, sql, paging, window, frame, output).await
}

fn columns(ready: &Ready) -> Vec<Arc<str>> {
    let plan = ready.prepared.plan.iter();
    plan.flat_map(|plan| &plan.class.sealed)
        .map(|name| name.as_str().into())
        .collect()
}
