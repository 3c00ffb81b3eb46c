//! One page of a list, and where the next one begins.

use footbridge_mapping::data::{Data, convert};
use footbridge_mapping::model::{FaultKey, PageBy, Paging, RestStep, Step};
use footbridge_mapping::tree;
use footbridge_remoting::fault;
use footbridge_rest::reply;
use footbridge_traffic::{Reply, Target};

use super::super::failure::Failure;
use super::super::rest::{Plan, built, came, client, root, sent, unread};
use super::super::scope::{Frame, object};
use super::index::Mark;
use super::next::{self, Range};
use super::unfit;

/// A list of one call.
#[derive(Clone, Copy)]
pub(super) struct Pages<'p> {
    pub(super) step: &'p Step,
    pub(super) rest: &'p RestStep,
    pub(super) paging: &'p Paging,
    pub(super) plan: &'p Plan,
    pub(super) frame: &'p Frame<'p>,
    /// Items that a page is asked for.
    pub(super) size: i64,
}

/// Where a page begins.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    /// How many rows are before it.
    pub(super) offset: i64,
    /// What leads to it, where its position alone does not; `None` at the first page.
    pub(super) mark: Option<Mark>,
}

/// Where the next page is.
#[derive(Clone, Debug)]
pub(super) enum Next {
    None,
    At(Spot),
}

/// A page that came.
pub(super) struct Page {
    pub(super) rows: Vec<Data>,
    /// The root `reply`.
    pub(super) told: Data,
    /// What it says of the whole list; null where it does not.
    pub(super) total: Data,
    pub(super) next: Next,
}

impl Pages<'_> {
    /// Fetches the page at this spot.
    ///
    /// # Errors
    /// A failure that rules have not been asked about.
    pub(super) async fn fetch(&self, spot: &Spot) -> Result<Page, Failure> {
        let (offset, size) = (spot.offset, self.size);
        let cursor = spot.mark.as_ref().map_or(Data::Null, Mark::cursor);
        let seen = self.frame.with_page(object([
            ("size", Data::Int(size)),
            ("number", Data::Int(offset / size + 1)),
            ("offset", Data::Int(offset)),
            ("last", Data::Int(offset.saturating_add(size - 1))),
            ("cursor", cursor),
        ]));
        let mut request = built(self.step, self.rest, self.plan, &seen)?;
        if let Some(Mark::Url(url)) = &spot.mark {
            request.target = Target::Url(url.to_string());
        }
        let answered = match sent(self.step, self.rest, self.plan, &seen, &request).await {
            Ok(answered) => answered,
            // Nothing is there: not satisfiable (RFC 9110, section 15.5.17).
            Err(Failure::Open(trouble))
                if self.paging.by == PageBy::Range && trouble.status == Some(416) =>
            {
                return Ok(Page {
                    rows: Vec::new(),
                    told: Data::Null,
                    total: Data::Null,
                    next: Next::None,
                });
            }
            Err(failure) => return Err(failure),
        };
        let body = reply::read_body(&came(&answered), &self.plan.answers).map_err(unread)?;
        let rows = self.items(&answered, &body)?;
        let told = root(&answered, body, &self.plan.answers);
        let seen = seen.with_reply(told.clone());
        let mut total = match &self.paging.total {
            Some(total) => tree::evaluate(total, &seen)?,
            None => Data::Null,
        };
        let behind = offset.saturating_add(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        let documents = &self.frame.context.live.documents;
        let next = match self.paging.by {
            // One page is all that there is.
            _ if documents.stored(&self.rest.backend.name).is_some() => Next::None,
            PageBy::Number => self.counted(&rows, behind, &total)?,
            PageBy::Keyset | PageBy::Offset => {
                let all = convert::to_int(&total).map(|total| behind >= total);
                let more = !rows.is_empty() && !all.unwrap_or_else(|| !self.full(&rows));
                if more { at(behind, None) } else { Next::None }
            }
            PageBy::Range => {
                let range = next::range(&answered.headers);
                if total.is_null()
                    && let Some(known) = range.and_then(|range| range.total)
                {
                    total = i64::try_from(known).map_or(Data::Null, Data::Int);
                }
                self.ranged(spot, &rows, behind, range)?
            }
            PageBy::Cursor | PageBy::Link | PageBy::Url => {
                match self.mark(&seen, &request.target, &answered)? {
                    Some(mark) => at(behind, Some(mark)),
                    None => Next::None,
                }
            }
        };
        Ok(Page {
            rows,
            told,
            total,
            next,
        })
    }

    /// The items of one page.
    fn items(&self, answered: &Reply, body: &Data) -> Result<Vec<Data>, Failure> {
        // With a `value` what `returns` says is said of that.
        let page = match &self.step.value {
            Some(_) => body.clone(),
            None => reply::read_data(&came(answered), &self.plan.answers).map_err(unread)?,
        };
        match page.items() {
            Some(items) => Ok(items.into_owned()),
            None if page.is_null() || self.step.value.is_some() => Ok(Vec::new()),
            None => Err(unfit("a page of the answer is no list")),
        }
    }

    fn full(&self, rows: &[Data]) -> bool {
        i64::try_from(rows.len()).is_ok_and(|count| count >= self.size)
    }

    /// The next number. A page with fewer rows than were asked for ends the list, unless `total` says that there are more: then the
    /// service gives smaller pages, and the next number would leave rows out.
    fn counted(&self, rows: &[Data], behind: i64, total: &Data) -> Result<Next, Failure> {
        let total = convert::to_int(total);
        let all = total.is_some_and(|total| behind >= total);
        if self.full(rows) {
            return Ok(if all { Next::None } else { at(behind, None) });
        }
        if self.paging.only.is_none() && !all && total.is_some() && !rows.is_empty() {
            return Err(unfit(
                "a page of the answer has fewer rows than were asked for, and there are more",
            ));
        }
        Ok(Next::None)
    }

    /// What follows the rows that the answer says it has.
    fn ranged(
        &self,
        spot: &Spot,
        rows: &[Data],
        behind: i64,
        range: Option<Range>,
    ) -> Result<Next, Failure> {
        let Some(range) = range else {
            // Whoever knows no ranges sends everything.
            if spot.offset == 0 {
                return Ok(Next::None);
            }
            return Err(unfit("the answer does not say which rows it has"));
        };
        let Some((first, last)) = range.rows else {
            return Ok(Next::None);
        };
        let counted = (last - first).saturating_add(1);
        if u64::try_from(spot.offset) != Ok(first)
            || self.step.value.is_none() && u64::try_from(rows.len()) != Ok(counted)
        {
            return Err(unfit("the answer has other rows than were asked for"));
        }
        let behind = match self.step.value {
            None => behind,
            Some(_) => i64::try_from(last).map_or(i64::MAX, |last| last.saturating_add(1)),
        };
        let more = match range.total {
            Some(total) => u64::try_from(behind).is_ok_and(|behind| behind < total),
            None => i64::try_from(counted).is_ok_and(|counted| counted >= self.size),
        };
        Ok(if more { at(behind, None) } else { Next::None })
    }

    /// What leads to the next page, as the answer tells it.
    fn mark(
        &self,
        seen: &Frame<'_>,
        asked: &Target,
        answered: &Reply,
    ) -> Result<Option<Mark>, Failure> {
        let said = match &self.paging.next {
            Some(next) => tree::evaluate(next, seen)?.plain(),
            None => Data::Null,
        };
        let ended = said.is_null() || said == Data::Bool(false) || said == Data::text("");
        let link = match self.paging.by {
            PageBy::Keyset | PageBy::Number | PageBy::Offset | PageBy::Range => None,
            PageBy::Cursor if ended => None,
            PageBy::Cursor => {
                let mark = Mark::of(&said)
                    .ok_or_else(|| unfit("the cursor of the next page is no text and no number"))?;
                return Ok(Some(mark));
            }
            PageBy::Url if ended => None,
            PageBy::Url => convert::to_text(&said).map(|text| text.to_string()),
            PageBy::Link => next::link(&answered.headers),
        };
        let Some(link) = link else {
            return Ok(None);
        };
        let elsewhere = || {
            Failure::open(
                FaultKey::Unreadable,
                fault::BAD_REPLY_REDIRECT,
                "the next page is elsewhere",
            )
        };
        match client(self.rest, seen)?.join(asked, &link) {
            Ok(Target::Url(url)) => Ok(Some(Mark::Url(url.into()))),
            Ok(Target::Address | Target::Below(_)) | Err(_) => Err(elsewhere()),
        }
    }
}

fn at(offset: i64, mark: Option<Mark>) -> Next {
    Next::At(Spot { offset, mark })
}
