//! `page`: a list that comes in pages: all of them, one after another, or the one that the caller asks for.

use std::collections::HashSet;
use std::sync::Arc;

use footbridge_mapping::data::{Data, Record, convert};
use footbridge_mapping::model::{FaultKey, FaultRules, OnlyPage, PageBy, Paging, RestStep, Step};
use footbridge_mapping::tree::{self, Tree};
use footbridge_remoting::fault;
use footbridge_rest::reply;
use footbridge_traffic::{Reply, Target};
use http::header::LINK;

use super::failure::Failure;
use super::rest::{Plan, built, came, client, root, sent, unread};
use super::scope::{Frame, object};
use super::step::judged;

/// Pages of one list: a service that gives empty pages for ever is stopped too.
const MOST_PAGES: i64 = 1000;
/// Items of a page that may be asked for.
const LARGEST: i64 = 10_000;

/// Where the next page is.
enum Next {
    /// There is none.
    None,
    /// The next number.
    Counted,
    /// Behind this cursor.
    Cursor(Data),
    /// There.
    At(Target),
}

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
    let mut rows: Vec<Data> = Vec::new();
    let mut cursor = Data::Null;
    let mut target = None;
    let mut been = HashSet::new();
    for index in 0..MOST_PAGES {
        let offset = first.saturating_add(size.saturating_mul(index));
        let seen = frame.with_page(object([
            ("size", Data::Int(size)),
            ("number", Data::Int(offset / size + 1)),
            ("offset", Data::Int(offset)),
            ("cursor", cursor.clone()),
        ]));
        let mut request = built(step, rest, plan, &seen)?;
        if let Some(target) = target.take() {
            request.target = target;
        }
        let answered = sent(step, rest, plan, &seen, &request).await?;
        let body = reply::read_body(&came(&answered), &plan.answers).map_err(unread)?;
        let come = items(step, plan, &answered, &body)?;
        let full = i64::try_from(come.len()).is_ok_and(|count| count >= size);
        rows.extend(come);
        if rows.len() > step.max_rows {
            return Err(too_many());
        }
        let told = root(&answered, body, &plan.answers);
        let seen = seen.with_reply(told.clone());
        let total = match &paging.total {
            Some(total) => tree::evaluate(total, &seen)?,
            None => Data::Null,
        };
        let next = match paging.only {
            Some(_) => Next::None,
            None => next(rest, paging, &seen, &request.target, &answered)?,
        };
        let had = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let all = convert::to_int(&total).is_some_and(|total| had >= total);
        match next {
            Next::Counted if full && !all => continue,
            Next::None | Next::Counted => {}
            Next::Cursor(found) if been.insert(format!("{found:?}")) => {
                cursor = found;
                continue;
            }
            Next::At(found) if been.insert(format!("{found:?}")) => {
                target = Some(found);
                continue;
            }
            // A page that leads to one that has been read would go round for ever.
            Next::Cursor(_) | Next::At(_) => {
                return Err(unfit(
                    fault::BAD_REPLY,
                    "the pages of the answer lead in a circle",
                ));
            }
        }
        let rows = Data::List(rows.into());
        let frame = frame.with_reply(with(told, [("rows", rows.clone()), ("total", total)]));
        let value = match &step.value {
            Some(made) => tree::evaluate(made, &frame)?,
            None => rows,
        };
        return judged(value, levels, &frame);
    }
    Err(too_many())
}

/// The items of one page.
fn items(step: &Step, plan: &Plan, answered: &Reply, body: &Data) -> Result<Vec<Data>, Failure> {
    // With a `value` what `returns` says is said of that.
    let page = match &step.value {
        Some(_) => body.clone(),
        None => reply::read_data(&came(answered), &plan.answers).map_err(unread)?,
    };
    match page.items() {
        Some(items) => Ok(items.into_owned()),
        None if page.is_null() || step.value.is_some() => Ok(Vec::new()),
        None => Err(unfit(fault::BAD_REPLY, "a page of the answer is no list")),
    }
}

fn next(
    rest: &RestStep,
    paging: &Paging,
    seen: &Frame<'_>,
    asked: &Target,
    answered: &Reply,
) -> Result<Next, Failure> {
    let said = match &paging.next {
        Some(next) => tree::evaluate(next, seen)?.plain(),
        None => Data::Null,
    };
    let ended = said.is_null() || said == Data::Bool(false) || said == Data::text("");
    let link = match paging.by {
        PageBy::Number | PageBy::Offset => return Ok(Next::Counted),
        PageBy::Cursor if ended => return Ok(Next::None),
        PageBy::Cursor => return Ok(Next::Cursor(said)),
        PageBy::Url if ended => None,
        PageBy::Url => convert::to_text(&said).map(|text| text.to_string()),
        PageBy::Link => answered
            .headers
            .get_all(LINK)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find_map(next_link),
    };
    let Some(link) = link else {
        return Ok(Next::None);
    };
    let target = client(rest, seen)?.join(asked, &link);
    let target =
        target.map_err(|_| unfit(fault::BAD_REPLY_REDIRECT, "the next page is elsewhere"))?;
    Ok(Next::At(target))
}

/// The target of `rel="next"` in a header `Link` (RFC 8288, section 3).
fn next_link(text: &str) -> Option<String> {
    let mut rest = text;
    loop {
        let (target, behind) = rest.split_once('<')?.1.split_once('>')?;
        let (next, others) = relations(behind);
        if next {
            return Some(target.to_owned());
        }
        rest = others;
    }
}

/// Whether the parameters of a link say that it is the next, and what stands behind them.
fn relations(text: &str) -> (bool, &str) {
    let mut next = false;
    let mut rest = text;
    loop {
        let mut quoted = false;
        let end = rest
            .find(|letter: char| {
                quoted ^= letter == '"';
                matches!(letter, ',' | ';') && !quoted
            })
            .unwrap_or(rest.len());
        let (parameter, behind) = rest.split_at(end);
        if let Some((name, value)) = parameter.split_once('=')
            && name.trim().eq_ignore_ascii_case("rel")
        {
            let mut words = value.trim().trim_matches('"').split_ascii_whitespace();
            next |= words.any(|word| word.eq_ignore_ascii_case("next"));
        }
        match behind.strip_prefix(';') {
            Some(more) => rest = more,
            None => return (next, behind),
        }
    }
}

/// A whole number of the request.
fn whole(tree: &Tree, frame: &Frame<'_>, least: i64, most: i64) -> Result<i64, Failure> {
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

fn unfit(code: &'static str, message: &str) -> Failure {
    Failure::open(FaultKey::Unreadable, code, message)
}

fn too_many() -> Failure {
    Failure::open(
        FaultKey::Other,
        fault::TOO_MANY_ROWS,
        "the answer has more rows than are allowed",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_links() {
        assert_eq!(
            next_link("<http://h/?page=1>; rel=\"first\", <http://h/?page=2>; rel=\"next\""),
            Some("http://h/?page=2".to_owned())
        );
        assert_eq!(
            next_link("</a,b>; title=\"x, <y>; rel=next\"; REL=\"prev Next\""),
            Some("/a,b".to_owned())
        );
        assert_eq!(next_link("<a>;rel=next"), Some("a".to_owned()));
        for none in [
            "",
            "<a>; rel=prev",
            "next",
            "<a",
            "<a>; title=\"rel=next",
            "<a>; title=\"; rel=next\"",
            "<>,,,",
        ] {
            assert_eq!(next_link(none), None, "{none:?}");
        }
    }
}
