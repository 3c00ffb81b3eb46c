//! The text of a statement and its values, as one call has them.

use std::borrow::Cow;
use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::expression::{self, EvaluationError};
use footbridge_mapping::model::{Prepared, Reading, SqlStep, Step};
use footbridge_mapping::rows::Column;
use footbridge_mapping::statement::{Bind, Order, OrderChoice, OrderError};
use footbridge_remoting::fault;
use footbridge_sql::{Access, Database, Outcome, Output, Page, Query, SqlErrorKind};
use tokio::time::Instant;

use super::page;
use super::prepare::prepare;
use crate::run::failure::{Failure, because};
use crate::run::scope::Frame;
use crate::run::step::On;

/// A statement with the text and the values of one call.
pub(in crate::run) struct Ready {
    pub(in crate::run) prepared: Arc<Prepared>,
    variant: usize,
    /// The statement's own text, without order and limit.
    pub(in crate::run) base: Arc<str>,
    /// What is bound in it.
    pub(in crate::run) values: Vec<Data>,
    /// The word of `order`, and whether all of it is turned round.
    pub(in crate::run) order: (Data, bool),
    text: Arc<str>,
    binds: Vec<Data>,
}

/// What is asked of a database.
pub(in crate::run) struct Asked<'a> {
    pub(in crate::run) text: &'a Arc<str>,
    pub(in crate::run) binds: &'a [Data],
    /// The columns that must come.
    pub(in crate::run) columns: &'a [Column],
    pub(in crate::run) page: Option<Page>,
    pub(in crate::run) max_rows: usize,
}

impl Ready {
    pub(in crate::run) async fn new(
        step: &Step,
        sql: &SqlStep,
        frame: &Frame<'_>,
        database: &Database,
    ) -> Result<Self, Failure> {
        let statement = &sql.statement;
        let chosen = statement.variant(|condition| expression::holds(condition, frame))?;
        let (index, variant) = chosen.ok_or_else(|| {
            Failure::decided(
                fault::PROCESSING,
                "the arguments lead to a text that the mapping excludes",
            )
        })?;
        let prepared = match sql.prepared.of(index) {
            Some(prepared) => prepared,
            None => prepare(step, sql, frame, database, index, variant).await?,
        };
        let values = variant
            .binds
            .iter()
            .map(|bind| value_of(bind, frame))
            .collect::<Result<Vec<_>, _>>()?;
        let cap = match sql.reading {
            Reading::Rows | Reading::Scalars => Some(step.max_rows),
            Reading::Row | Reading::RowOrNull | Reading::Scalar | Reading::ScalarOrNull => {
                // The second row is the fault `many`; a group makes one object of several.
                sql.group.is_empty().then_some(1)
            }
            Reading::Nothing => None,
        };
        let order = match &statement.order {
            Some(Order::Choice { by, descending, .. }) => {
                let descending = match descending {
                    Some(condition) => expression::holds(condition, frame)?,
                    None => false,
                };
                (expression::evaluate(by, frame)?, descending)
            }
            Some(Order::Fixed(_)) | None => (Data::Null, false),
        };
        let choice = choice_of(&order);
        let columns = &prepared.described.columns;
        // A page that the caller asks for has its own limit.
        let only = sql.page.as_ref().filter(|paging| paging.only.is_some());
        let cap = cap.filter(|_| only.is_none());
        let (base, text, values) = if variant.lists.is_empty() {
            let text = statement
                .text(index, &prepared.text, choice, columns, cap)
                .map_err(ordering)?;
            (Arc::clone(&prepared.text), text, values)
        } else {
            let sizes = variant
                .lists
                .iter()
                .map(|(bind, _)| length(&values[*bind]))
                .collect::<Vec<_>>();
            let sized = statement
                .sized_text(variant, &sizes, choice, columns, cap)
                .map_err(ordering)?;
            let base = variant.for_list_sizes(&sizes);
            let (Some(sized), Some(base)) = (sized, base) else {
                return Err(Failure::decided(
                    fault::BAD_ARGUMENTS,
                    "the lists have more items than the database takes",
                ));
            };
            (base.text, sized.text, spread(values, &sized.counts))
        };
        let (text, binds) = match only {
            Some(paging) => page::only(statement.dialect, paging, &text, &values, frame)?,
            None => (text, values.clone()),
        };
        Ok(Self {
            prepared,
            variant: index,
            base,
            values,
            order,
            text,
            binds,
        })
    }

    /// The statement's text with its order, and no limit.
    pub(in crate::run) fn ordered(&self, sql: &SqlStep) -> Result<Arc<str>, Failure> {
        let columns = &self.prepared.described.columns;
        let choice = choice_of(&self.order);
        sql.statement
            .ordered(&self.base, choice, columns)
            .map_err(ordering)
    }

    pub(super) async fn run(
        &self,
        step: &Step,
        sql: &SqlStep,
        frame: &Frame<'_>,
        on: &mut On<'_>,
        database: &Database,
        output: Output<'_>,
    ) -> Result<Outcome, Failure> {
        let asked = Asked {
            text: &self.text,
            binds: &self.binds,
            columns: &self.prepared.described.columns,
            page: None,
            max_rows: step.max_rows,
        };
        self.ask(&asked, step, sql, frame, on, database, output)
            .await
    }

    /// Runs a text around the statement's own.
    #[expect(
        clippy::too_many_arguments,
        reason = "what is asked, by whom and where it goes are three things that meet here alone"
    )]
    pub(in crate::run) async fn ask(
        &self,
        asked: &Asked<'_>,
        step: &Step,
        sql: &SqlStep,
        frame: &Frame<'_>,
        on: &mut On<'_>,
        database: &Database,
        output: Output<'_>,
    ) -> Result<Outcome, Failure> {
        let declared = sql
            .declared
            .get(self.variant)
            .map_or(&[][..], Vec::as_slice);
        let _turn = match on {
            On::Pool if sql.statement.writes => {
                Some(frame.context.share.turn(&sql.backend, Access::Write).await)
            }
            On::Pool => Some(frame.context.share.turn(&sql.backend, Access::Read).await),
            On::Transaction(_) => None,
        };
        // The backend's own time-out, within what is left of the call.
        let deadline = Instant::now() + frame.context.left(sql.backend.timeout);
        let query = Query {
            text: asked.text,
            binds: asked.binds,
            declared,
            columns: asked.columns,
            page: asked.page,
            writes: sql.statement.writes,
            max_rows: asked.max_rows,
            zone: &step.zone,
            deadline: Some(deadline.into_std()),
        };
        let outcome = match on {
            On::Pool => database.run(&query, output).await,
            On::Transaction(transaction) => transaction.run(&query, output).await,
        };
        if let Ok(outcome) = &outcome {
            frame.saw_rows(outcome.rows);
        }
        outcome.map_err(|error| {
            if error.kind == SqlErrorKind::Changed {
                // The table is not what it was at load: the next call asks the database anew.
                sql.prepared.forget(self.variant);
            }
            if let SqlErrorKind::Argument { index } = error.kind
                && let Some(name) = self.bound(sql, index)
            {
                let message = format!("`{name}` does not fit the database's type");
                return Failure::Decided(Box::new(because(fault::BAD_ARGUMENTS, &message, error)));
            }
            Failure::from(error)
        })
    }

    /// What stands at a placeholder; unknown where a list takes more than one.
    fn bound(&self, sql: &SqlStep, index: usize) -> Option<String> {
        let variant = sql.statement.variants.get(self.variant)?;
        let bind = variant.binds.get(index)?;
        variant.lists.is_empty().then(|| bind.path.to_string())
    }
}

/// What is bound at a place.
fn value_of(bind: &Bind, frame: &Frame<'_>) -> Result<Data, EvaluationError> {
    let value = expression::follow(&bind.path, frame)?.plain();
    if let Some(function) = bind.function {
        return function.apply(&[value], frame);
    }
    // A list in whatever dress its client gave it, where no type was declared.
    Ok(match value.items() {
        Some(Cow::Owned(items)) => Data::List(items.into()),
        None if bind.list && !value.is_null() => Data::List([value].into()),
        Some(Cow::Borrowed(_)) | None => value,
    })
}

/// Each value as often as its placeholders: a list's items, the last one repeated.
fn spread(values: Vec<Data>, counts: &[usize]) -> Vec<Data> {
    let mut binds = Vec::with_capacity(counts.iter().sum());
    for (value, &count) in values.into_iter().zip(counts) {
        match value {
            Data::List(items) => {
                let last = items.last().cloned().unwrap_or(Data::Null);
                binds.extend(
                    items
                        .iter()
                        .cloned()
                        .chain(std::iter::repeat(last))
                        .take(count),
                );
            }
            scalar => binds.extend(std::iter::repeat_n(scalar, count)),
        }
    }
    binds
}

/// How many items a list has; null counts as one, which is bound as NULL.
fn length(value: &Data) -> usize {
    match value {
        Data::List(items) => items.len(),
        _ => 1,
    }
}

fn text_of(value: &Data) -> Option<&str> {
    match value {
        Data::Text(text) => Some(text),
        _ => None,
    }
}

/// The order as the statement's texts know it.
pub(super) fn choice_of((word, descending): &(Data, bool)) -> OrderChoice<'_> {
    OrderChoice {
        word: text_of(word),
        descending: *descending,
    }
}

pub(super) fn ordering(error: OrderError) -> Failure {
    Failure::Decided(Box::new(because(
        fault::PROCESSING,
        "the order of rows does not fit the mapping",
        error,
    )))
}
