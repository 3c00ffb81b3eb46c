//! `page`: a list that comes in pages: all of them, one after another, the one that the caller asks for, or any rows of it.
//!
//! 1. `fetch`: one page, and where the next one begins.
//! 2. `next`: how an answer tells where that is: a cursor, a link, a range.
//! 3. `window`: rows from a position on, over an `index` of the pages that have been seen.

mod fetch;

mod index;
pub(super) use index::PageIndex;

mod next;

mod window;
pub(super) use window::window;

use std::sync::Arc;

use footbridge_mapping::data::{Data, Record, convert};
use footbridge_mapping::model::{FaultKey, FaultRules, OnlyPage, Paging, RestStep, Step};
use footbridge_mapping::tree::{self, Tree};
use footbridge_remoting::fault;

use self::fetch::Pages;
use self::window::{Walked, walk};
use super::failure::Failure;
use super::rest::Plan;
use super::scope::{Frame, object};
use super::step::judged;

/// Pages of one list: a service that gives empty pages for ever is stopped too.
const MOST_PAGES: usize = 1000;
/// Items of a page that may be asked for.
pub(super) const LARGEST: i64 = 10_000;

/// Fetches the pages and gives the whole list, or what `value` makes of it.
///
/// # Errors
/// A failure that rules have not been asked about, or a fault that they made of a good answer; more items than
/// `max-rows`.
pub(super) async fn run(
    step: &Step,
    rest: &RestStep,
    paging: &Paging,
    plan: &Plan,
    frame: &Frame<'_>,
    levels: &[&FaultRules],
) -> Result<Data, Failure> {
    let size = whole(&paging.size, frame, 1, LARGEST)?;
    let first = match &paging.only {
        None => 0,
        Some(OnlyPage::Offset(offset)) => whole(offset, frame, 0, i64::MAX)?,
        Some(OnlyPage::Number(number)) => {
            (whole(number, frame, 1, i64::MAX)? - 1).saturating_mul(size)
        }
    };
    let pages = Pages {
        step,
        rest,
        paging,
        plan,
        frame,
        size,
    };
    let count = match &paging.only {
        Some(_) => usize::try_from(size).unwrap_or(usize::MAX),
        // One more than may be: that it is there shows that there are too many.
        None => step.max_rows.saturating_add(1),
    };
    let mut index = PageIndex::default();
    let Walked { rows, total, told } = walk(&pages, first, count, &mut index).await?;
    if rows.len() > step.max_rows {
        return Err(too_many());
    }
    let rows = Data::List(rows.into());
    let frame = frame.with_reply(with(told, [("rows", rows.clone()), ("total", total)]));
    let value = match &step.value {
        Some(made) => tree::evaluate(made, &frame)?,
        None => rows,
    };
    judged(value, levels, &frame)
}

/// A whole number of the request.
pub(super) fn whole(tree: &Tree, frame: &Frame<'_>, least: i64, most: i64) -> Result<i64, Failure> {
    let value = tree::evaluate(tree, frame)?.plain();
    match convert::to_int(&value) {
        Some(number) if (least..=most).contains(&number) => Ok(number),
        Some(_) | None => Err(Failure::decided(
            fault::BAD_ARGUMENTS,
            format!("a page is asked for by whole numbers from {least} on"),
        )),
    }
}

/// The root `reply` with more members.
fn with<const N: usize>(reply: Data, more: [(&str, Data); N]) -> Data {
    let Data::Object(record) = reply else {
        return object(more);
    };
    let mut record = Record::clone(&record);
    for (name, value) in more {
        record.members.insert(name.into(), value);
    }
    Data::Object(Arc::new(record))
}

fn circle() -> Failure {
    unfit("the pages of the answer lead in a circle")
}

fn unfit(message: &str) -> Failure {
    Failure::open(FaultKey::Unreadable, fault::BAD_REPLY, message)
}

fn too_many() -> Failure {
    Failure::open(
        FaultKey::Other,
        fault::TOO_MANY_ROWS,
        "the answer has more rows than are allowed",
    )
}
