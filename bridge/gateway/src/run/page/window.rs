//! Rows of a list that comes in pages, from any position on.

use std::collections::HashSet;

use footbridge_mapping::data::{Data, convert};
use footbridge_mapping::model::{PageBy, Paging, RestStep, Step};

use super::super::failure::Failure;
use super::super::rest;
use super::super::scope::Frame;
use super::fetch::{Next, Pages, Spot};
use super::index::PageIndex;
use super::{LARGEST, MOST_PAGES, circle, too_many, whole};

/// Rows of a list, for a client that pages by itself.
#[derive(Debug)]
pub(in crate::run) struct Window {
    /// At most as many as were asked for; fewer only at the end of the list.
    pub(in crate::run) rows: Vec<Data>,
    /// How many there are in all, where a page said it.
    pub(in crate::run) total: Option<u64>,
}

/// The rows `first` to `first + count` of a list, counted from 0; see [`walk`].
///
/// # Errors
/// A failure that rules have not been asked about; a way of more than a thousand pages.
pub(in crate::run) async fn window(
    step: &Step,
    rest: &RestStep,
    paging: &Paging,
    frame: &Frame<'_>,
    first: u64,
    count: u64,
    index: &mut PageIndex,
) -> Result<Window, Failure> {
    let plan = rest::plan(step, rest, frame);
    let pages = Pages {
        step,
        rest,
        paging,
        plan: &plan,
        frame,
        size: whole(&paging.size, frame, 1, LARGEST)?,
    };
    let first = i64::try_from(first).unwrap_or(i64::MAX);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let walked = walk(&pages, first, count, index).await?;
    let total = convert::to_int(&walked.total).and_then(|total| u64::try_from(total).ok());
    Ok(Window {
        rows: walked.rows,
        total,
    })
}

/// What a walk over pages brought.
pub(super) struct Walked {
    pub(super) rows: Vec<Data>,
    /// What the last page says of the whole list; null where it does not.
    pub(super) total: Data,
    /// The root `reply` of the last page.
    pub(super) told: Data,
}

/// The rows `first` to `first + count` of a list, counted from 0. Numbers, offsets and ranges go straight to their page; cursors,
/// links and URLs are walked forward from the nearest page that `index` knows, and what is seen on the way is
/// noted there.
///
/// # Errors
/// A failure that rules have not been asked about; a way of more than a thousand pages.
pub(super) async fn walk(
    pages: &Pages<'_>,
    first: i64,
    count: usize,
    index: &mut PageIndex,
) -> Result<Walked, Failure> {
    let spot = match pages.paging.by {
        PageBy::Number => Spot {
            offset: first / pages.size * pages.size,
            mark: None,
        },
        PageBy::Keyset | PageBy::Offset | PageBy::Range => Spot {
            offset: first,
            mark: None,
        },
        PageBy::Cursor | PageBy::Link | PageBy::Url => nearest(index, first),
    };
    let known = spot.mark.is_some();
    match from(pages, spot, first, count, index).await {
        // The backend knows this cursor no longer: once more from the beginning.
        Err(Failure::Open(trouble))
            if known && matches!(trouble.status, Some(400 | 404 | 410 | 422)) =>
        {
            index.clear();
            from(pages, START, first, count, index).await
        }
        outcome => outcome,
    }
}

const START: Spot = Spot {
    offset: 0,
    mark: None,
};

fn nearest(index: &PageIndex, first: i64) -> Spot {
    let known = u64::try_from(first).ok().and_then(|row| index.before(row));
    let Some((position, mark)) = known else {
        return START;
    };
    match i64::try_from(position) {
        Ok(offset) => Spot {
            offset,
            mark: Some(mark.clone()),
        },
        Err(_) => START,
    }
}

async fn from(
    pages: &Pages<'_>,
    mut spot: Spot,
    first: i64,
    count: usize,
    index: &mut PageIndex,
) -> Result<Walked, Failure> {
    let mut rows = Vec::new();
    let mut been = HashSet::new();
    for _ in 0..MOST_PAGES {
        let page = pages.fetch(&spot).await?;
        let before = usize::try_from(first.saturating_sub(spot.offset)).unwrap_or(0);
        rows.extend(page.rows.into_iter().skip(before).take(count - rows.len()));
        if let Next::At(next) = page.next {
            if let Some(mark) = &next.mark {
                // A page that leads to one that has been read would go round for ever.
                if !been.insert(mark.clone()) {
                    return Err(circle());
                }
                index.note(u64::try_from(next.offset).unwrap_or(0), mark);
            }
            if rows.len() < count {
                spot = next;
                continue;
            }
        }
        return Ok(Walked {
            rows,
            total: page.total,
            told: page.told,
        });
    }
    Err(too_many())
}
