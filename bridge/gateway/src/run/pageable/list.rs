//! Record sets of the lists of REST services.

use footbridge_mapping::data::Data;
use footbridge_mapping::model::{Paging, RestStep, Step};
use footbridge_mapping::reply;
use footbridge_remoting::{Answer, ListShape, fault};

use super::super::failure::Failure;
use super::super::operation::Begin;
use super::super::page::{LARGEST, PageIndex, whole, window};
use super::super::scope::Frame;
use super::{Wanted, keep, kept, token};

pub(super) async fn first(
    rest: &RestStep,
    paging: &Paging,
    step: &Step,
    frame: &Frame<'_>,
    arguments: &[Data],
    begin: &Begin<'_>,
) -> Result<Option<Answer>, Failure> {
    let context = frame.context;
    let size = whole(&paging.size, frame, 1, LARGEST)?.unsigned_abs();
    let mut index = PageIndex::default();
    let come = window(step, rest, paging, frame, 0, size, &mut index).await?;
    let there = u64::try_from(come.rows.len()).unwrap_or(u64::MAX);
    let slot = step.returns.as_ref();
    let columns = reply::columns(&come.rows, slot, &frame.operation.scope, &context.style)?;
    let Some(columns) = columns else {
        return Ok(None);
    };
    // The list has ended, whatever its service counts.
    if there < size && come.rows.len() <= step.max_rows {
        return written(&come.rows, &ListShape::RecordSet, step, frame, begin).map(Some);
    }
    let Some(total) = come.total.filter(|total| *total > there) else {
        return Ok(None);
    };
    let (operation, version) = (frame.operation, paging.version);
    let token = token(context, operation, version, arguments, total, columns);
    let Some(id) = token.seal(&context.kept.keys) else {
        return Ok(None);
    };
    let shape = ListShape::FirstPage {
        id: id.into(),
        total,
    };
    let answer = written(&come.rows, &shape, step, frame, begin)?;
    keep(context, &token, index.to_bytes());
    Ok(Some(answer))
}

pub(super) async fn further(
    rest: &RestStep,
    paging: &Paging,
    wanted: &Wanted<'_>,
    step: &Step,
    frame: &Frame<'_>,
    begin: &Begin<'_>,
) -> Result<Answer, Failure> {
    let context = frame.context;
    if wanted.count == 0 {
        return written(&[], wanted.shape, step, frame, begin);
    }
    let kept = kept(context, wanted.token);
    let before = kept.as_deref().and_then(PageIndex::from_bytes);
    let mut index = before.clone().unwrap_or_default();
    let (first, count) = (wanted.first, wanted.count);
    let come = window(step, rest, paging, frame, first, count, &mut index).await?;
    let slot = step.returns.as_ref();
    let columns = reply::columns(&come.rows, slot, &frame.operation.scope, &context.style)?;
    if !come.rows.is_empty() && columns.as_ref() != Some(&wanted.token.columns) {
        return Err(Failure::decided(
            fault::BAD_REPLY,
            "the rows have other fields than those of the first page",
        ));
    }
    let answer = written(&come.rows, wanted.shape, step, frame, begin)?;
    if before.as_ref() != Some(&index) {
        keep(context, wanted.token, index.to_bytes());
    }
    Ok(answer)
}

fn written(
    rows: &[Data],
    shape: &ListShape,
    step: &Step,
    frame: &Frame<'_>,
    begin: &Begin<'_>,
) -> Result<Answer, Failure> {
    let mut answer = begin()?;
    reply::write_rows(
        rows,
        step.returns.as_ref(),
        shape,
        &frame.operation.scope,
        &step.zone,
        &frame.context.style,
        frame.service(),
        answer.sink(),
    )?;
    Ok(answer)
}
