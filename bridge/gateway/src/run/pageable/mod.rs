//! Record sets whose rows come page by page: the first with the answer, others when the client asks for them.
//!
//! 1. [`of`], [`first`]: an operation with `page`, called by a client that knows record sets.
//! 2. [`further`]: rows that the client asks for by the id.
//! 3. `statement`, `list`: rows of a database, and of a REST service.
//! 4. `token`: the id under which a record set goes on; `index`: what makes going on quick.

mod index;
mod list;
mod statement;
mod token;

use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::model::{
    FaultRules, Kind, Operation, PageBy, Paging, Plan, RestStep, SqlPaging, SqlStep, Step,
};
use footbridge_mapping::slot::Shape;
use footbridge_remoting::{Answer, Encoding, ListShape, fault};
use uuid::Uuid;

pub(crate) use self::index::Indices;
pub(crate) use self::token::Token;
use super::context::Context;
use super::failure::{Failure, looks_at_answers};
use super::operation::Begin;
use super::scope::Frame;

/// Rows that a client asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The record set.
    pub(crate) token: Token,
    /// How many rows stand before the first.
    pub(crate) first: u64,
    /// How many are wanted.
    pub(crate) count: u64,
    /// Whether this is a call of its own for `rate`: of a run of them only the first is.
    pub(crate) counts: bool,
}

/// A step whose answer may be a record set with its first page.
#[derive(Clone, Copy)]
pub(super) enum Paged<'s> {
    Statement(&'s SqlStep, &'s SqlPaging),
    List(&'s RestStep, &'s Paging),
}

/// The step as one whose rows the client can ask for page by page: it knows record sets, and nothing has to see all rows first.
pub(super) fn of<'s>(
    step: &'s Step,
    frame: &Frame<'_>,
    levels: &[&FaultRules],
) -> Option<Paged<'s>> {
    let style = &frame.context.style;
    let record_set = style.encoding == Encoding::Amf0 && style.rows == ListShape::RecordSet;
    let shape = step.returns.as_ref().and_then(|slot| slot.shape);
    if !record_set || !matches!(shape, None | Some(Shape::RecordSet)) {
        return None;
    }
    let rules = &frame.operation.rules;
    if rules.once.is_some() || rules.signs.is_some() || looks_at_answers(levels) {
        return None;
    }
    paged(step).filter(|_| step.value.is_none() && step.each.is_none() && !step.rows_choose())
}

/// What `page` of a step says, where all rows are wanted and counted.
fn paged(step: &Step) -> Option<Paged<'_>> {
    match &step.kind {
        Kind::Sql(sql) => {
            let paging = sql.page.as_ref().filter(|paging| paging.only.is_none())?;
            Some(Paged::Statement(sql, paging))
        }
        Kind::Rest(rest) => {
            let paging = rest.page.as_ref()?;
            let counts = paging.total.is_some() || paging.by == PageBy::Range;
            (paging.only.is_none() && counts).then_some(Paged::List(rest, paging))
        }
        _ => None,
    }
}

/// Whether the operation gives ids, for which a key of this process alone would matter.
pub(crate) fn makes_ids(operation: &Operation) -> bool {
    match &operation.plan {
        Plan::Step(step) => paged(step).is_some(),
        Plan::Overloads(overloads) => overloads.iter().any(|overload| makes_ids(overload)),
    }
}

/// Writes the first page. `None` where the list is to be written as a whole: it has no more rows than a page, or cannot be asked for.
///
/// # Errors
/// A failure that rules have not been asked about.
pub(super) async fn first(
    paged: Paged<'_>,
    step: &Step,
    frame: &Frame<'_>,
    arguments: &[Data],
    begin: &Begin<'_>,
) -> Result<Option<Answer>, Failure> {
    match paged {
        Paged::Statement(sql, paging) => {
            statement::first(sql, paging, step, frame, arguments, begin).await
        }
        Paged::List(rest, paging) => list::first(rest, paging, step, frame, arguments, begin).await,
    }
}

/// Writes rows that a client asks for.
///
/// # Errors
/// A failure that rules have not been asked about; a record set whose operation has changed; rows so far beyond what is known that
/// finding them would read too much.
pub(super) async fn further(
    asked: &Asked,
    step: &Step,
    frame: &Frame<'_>,
    begin: &Begin<'_>,
) -> Result<Answer, Failure> {
    let paged = paged(step).ok_or_else(changed)?;
    let version = match paged {
        Paged::Statement(_, paging) => paging.version,
        Paged::List(_, paging) => paging.version,
    };
    if version != asked.token.version {
        return Err(changed());
    }
    if asked.count > u64::try_from(step.max_rows).unwrap_or(u64::MAX) {
        return Err(Failure::decided(
            fault::TOO_MANY_ROWS,
            format!("{} rows may be asked for at once", step.max_rows),
        ));
    }
    let shape = ListShape::Page {
        cursor: asked.first.saturating_add(1),
    };
    // Beyond the end there is nothing to look for.
    let left = asked.token.total.saturating_sub(asked.first);
    let count = asked.count.min(left);
    let wanted = Wanted {
        token: &asked.token,
        first: asked.first,
        count,
        shape: &shape,
    };
    match paged {
        Paged::Statement(sql, paging) => {
            statement::further(sql, paging, &wanted, step, frame, begin).await
        }
        Paged::List(rest, paging) => list::further(rest, paging, &wanted, step, frame, begin).await,
    }
}

/// Rows of a record set that are there.
struct Wanted<'w> {
    token: &'w Token,
    first: u64,
    /// May be none.
    count: u64,
    shape: &'w ListShape,
}

/// A new record set of this call.
fn token(
    context: &Context,
    operation: &Operation,
    version: u64,
    arguments: &[Data],
    total: u64,
    columns: Vec<Arc<str>>,
) -> Token {
    let longest = context.live.mapping.gateway.sessions.longest;
    Token {
        number: Uuid::new_v4().to_string().into(),
        operation: Arc::clone(&operation.name),
        version,
        arguments: arguments.to_vec(),
        identity: context.identity.clone(),
        session: context
            .session
            .as_ref()
            .map(|session| Arc::clone(&session.id)),
        expires: context.time + longest.as_secs_f64() * 1e3,
        total,
        columns,
    }
}

/// What is known of the record set's pages: in its session, so that other gateways know it too; without one in this process.
fn kept(context: &Context, token: &Token) -> Option<Arc<[u8]>> {
    match &context.session {
        Some(session) => session.kept(&token.number),
        None => context.kept.pages.get(&token.number),
    }
}

fn keep(context: &Context, token: &Token, index: Vec<u8>) {
    match &context.session {
        Some(session) => session.keep(&token.number, Some(index)),
        None => context.kept.pages.put(&token.number, index),
    }
}

fn changed() -> Failure {
    Failure::decided(
        fault::RESOURCE_NOT_FOUND,
        "the record set is of an operation that has changed; call it again",
    )
}
