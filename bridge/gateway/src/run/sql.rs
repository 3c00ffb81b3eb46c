//! `sql`: the text for this call, its binds, and its rows: straight into the answer, or collected for other steps.

use std::borrow::Cow;
use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::expression::{self, EvaluationError};
use footbridge_mapping::model::{
    Backend, FaultKey, FaultRules, Kind, Prepared, Reading, SqlStep, Step,
};
use footbridge_mapping::rows::{self, CellRule, Column, Field, NullRule, RowPlan, Wanted};
use footbridge_mapping::slot::{Scalar, Shape};
use footbridge_mapping::statement::{Bind, Order, OrderChoice, Variant};
use footbridge_mapping::tree;
use footbridge_remoting::{Answer, ListShape, Style, fault};
use footbridge_sql::{
    Access, Database, Outcome, Output, Page, Query, SqlError, SqlErrorKind, Transaction,
};

use tokio::time::Instant;

use super::failure::{Failure, because, looks_at_answers};
use super::scope::{Frame, object};
use super::sign;
use super::sql_page;
use super::step::{On, judged};

/// The statement of a step whose rows may go straight into the answer: nothing has to see them first.
pub(super) fn streams<'s>(step: &'s Step, levels: &[&FaultRules]) -> Option<&'s SqlStep> {
    match &step.kind {
        Kind::Sql(sql)
            if step.each.is_none()
                && step.value.is_none()
                && !step.rows_choose()
                && !sql.statement.writes
                && !looks_at_answers(levels) =>
        {
            Some(sql)
        }
        Kind::Sql(_)
        | Kind::Value(_)
        | Kind::ValueFile(_)
        | Kind::Fault(_)
        | Kind::Procedure(_)
        | Kind::Soap(_)
        | Kind::Rest(_)
        | Kind::Proxy(_)
        | Kind::Operation { .. }
        | Kind::Steps(_)
        | Kind::Transaction { .. } => None,
    }
}

/// Runs a statement that reads, its rows written into the answer as they come.
pub(super) async fn stream(
    step: &Step,
    sql: &SqlStep,
    frame: &Frame<'_>,
    answer: &mut Answer,
) -> Result<(), Failure> {
    let database = database(frame, &sql.backend)?;
    let ready = Ready::new(step, sql, frame, database).await?;
    let style = &frame.context.style;
    let service = frame.service();
    let shape = list_shape(step, sql, ready.prepared.plan.as_ref(), style);
    let sink = answer.sink();
    let output = match (&sql.reading, &ready.prepared.plan) {
        (Reading::Nothing, _) | (_, None) => Output::Nothing,
        (Reading::Rows, Some(plan)) => Output::Rows {
            plan,
            shape: &shape,
            style,
            service,
            sink,
        },
        (Reading::Row, Some(plan)) => Output::Row {
            plan,
            optional: false,
            style,
            service,
            sink,
        },
        (Reading::RowOrNull, Some(plan)) => Output::Row {
            plan,
            optional: true,
            style,
            service,
            sink,
        },
        (Reading::Scalar, Some(plan)) => Output::Scalar {
            rule: only(plan)?,
            optional: false,
            style,
            sink,
        },
        (Reading::ScalarOrNull, Some(plan)) => Output::Scalar {
            rule: only(plan)?,
            optional: true,
            style,
            sink,
        },
        (Reading::Scalars, Some(plan)) => Output::Scalars {
            rule: only(plan)?,
            shape: &shape,
            style,
            sink,
        },
    };
    let nothing = matches!(output, Output::Nothing);
    ready
        .run(step, sql, frame, &mut On::Pool, database, output)
        .await?;
    if nothing {
        answer.sink().null()?;
    }
    Ok(())
}

/// Runs a statement and gives its value. What it wrote is kept only if `expect` and the rules allow it.
pub(super) async fn run(
    step: &Step,
    sql: &SqlStep,
    frame: &Frame<'_>,
    mut on: On<'_>,
    levels: &[&FaultRules],
) -> Result<Data, Failure> {
    let database = database(frame, &sql.backend)?;
    let ready = Ready::new(step, sql, frame, database).await?;
    let may_undo = sql.statement.writes && (sql.expect.is_some() || looks_at_answers(levels));
    if may_undo && matches!(on, On::Pool) {
        // Dropped on the way out, the transaction is undone.
        let _turn = frame.context.share.turn(&sql.backend, Access::Write).await;
        let mut transaction: Transaction = database.begin(None).await?;
        let value = ready
            .value(
                step,
                sql,
                frame,
                &mut On::Transaction(&mut transaction),
                database,
                levels,
            )
            .await?;
        transaction.commit().await?;
        return Ok(value);
    }
    ready
        .value(step, sql, frame, &mut on, database, levels)
        .await
}

/// The database of a backend.
pub(super) fn database<'c>(frame: &Frame<'c>, backend: &Backend) -> Result<&'c Database, Failure> {
    frame
        .context
        .live
        .databases
        .get(&backend.name)
        .map(|database| &**database)
        .ok_or_else(|| {
            Failure::decided(
                fault::PROCESSING,
                format!("the gateway has no database `{}`", backend.name),
            )
        })
}

/// A statement with the text and the values of one call.
pub(super) struct Ready {
    pub(super) prepared: Arc<Prepared>,
    variant: usize,
    /// The statement's own text, without order and limit.
    pub(super) base: Arc<str>,
    /// What is bound in it.
    pub(super) values: Vec<Data>,
    /// The word of `order`, and whether all of it is turned round.
    pub(super) order: (Data, bool),
    text: Arc<str>,
    binds: Vec<Data>,
}

/// What is asked of a database.
pub(super) struct Asked<'a> {
    pub(super) text: &'a Arc<str>,
    pub(super) binds: &'a [Data],
    /// The columns that must come.
    pub(super) columns: &'a [Column],
    pub(super) page: Option<Page>,
    pub(super) max_rows: usize,
}

impl Ready {
    pub(super) async fn new(
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
            Some(paging) => sql_page::only(statement.dialect, paging, &text, &values, frame)?,
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
    pub(super) fn ordered(&self, sql: &SqlStep) -> Result<Arc<str>, Failure> {
        let columns = &self.prepared.described.columns;
        let choice = choice_of(&self.order);
        sql.statement
            .ordered(&self.base, choice, columns)
            .map_err(ordering)
    }

    async fn value(
        &self,
        step: &Step,
        sql: &SqlStep,
        frame: &Frame<'_>,
        on: &mut On<'_>,
        database: &Database,
        levels: &[&FaultRules],
    ) -> Result<Data, Failure> {
        let output = match (&sql.reading, &self.prepared.plan) {
            (Reading::Nothing, _) | (_, None) => Output::Nothing,
            (Reading::Rows | Reading::Row | Reading::RowOrNull, Some(plan)) => {
                Output::Records { plan: Some(plan) }
            }
            (Reading::Scalar | Reading::ScalarOrNull | Reading::Scalars, Some(plan)) => {
                Output::Values {
                    rule: Some(only(plan)?),
                }
            }
        };
        let outcome = self.run(step, sql, frame, on, database, output).await?;
        if let Some(expected) = sql.expect
            && outcome.changed != expected
        {
            return Err(Failure::open(
                FaultKey::Count,
                fault::CONFLICT,
                "what was to be changed is not as it was expected",
            ));
        }
        let signs = frame.operation.rules.signs.is_some();
        if step.value.is_none() && !looks_at_answers(levels) && !signs {
            return shaped(&sql.reading, self.prepared.plan.is_some(), outcome);
        }
        let key = outcome.key;
        let changed = outcome.changed;
        let rows = Data::List(outcome.data.clone().into());
        let total = match &sql.page {
            Some(paging) => {
                let came = outcome.data.len();
                sql_page::total(self, step, sql, paging, frame, on, came).await?
            }
            None => Data::Null,
        };
        let reply = object([
            ("total", total),
            ("row", first(&rows)),
            ("rows", rows),
            (
                "count",
                Data::Int(i64::try_from(changed).unwrap_or(i64::MAX)),
            ),
            ("key", key.map_or(Data::Null, Data::Int)),
        ]);
        let frame = frame.with_reply(reply);
        sign::prepare(step, &frame)?;
        let value = match &step.value {
            Some(value) => tree::evaluate(value, &frame)?,
            None => shaped(&sql.reading, self.prepared.plan.is_some(), outcome)?,
        };
        judged(value, levels, &frame)
    }

    async fn run(
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
    pub(super) async fn ask(
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

/// Asks the database of a variant, at its first use.
async fn prepare(
    step: &Step,
    sql: &SqlStep,
    frame: &Frame<'_>,
    database: &Database,
    index: usize,
    variant: &Variant,
) -> Result<Arc<Prepared>, Failure> {
    let declared = sql.declared.get(index).map_or(&[][..], Vec::as_slice);
    let preparation = database.describe(&variant.text, declared).await?;
    let wanted = Wanted {
        returns: step.returns.as_ref().filter(|_| step.value.is_none()),
        scope: &sql.scope,
        group: &sql.group,
        zone: &step.zone,
        text: Some((&sql.statement, variant)),
    };
    let planned = rows::plan(&wanted, &preparation.described.columns).map_err(|problems| {
        let said = problems
            .iter()
            .map(|problem| problem.message.as_str())
            .collect::<Vec<_>>()
            .join("; ");
        let error = SqlError {
            kind: SqlErrorKind::Other,
            code: None,
            position: None,
            message: format!(
                "the columns of {} do not fit the mapping: {said}",
                frame.operation.name
            ),
        };
        Failure::Decided(Box::new(because(
            fault::BAD_REPLY,
            "the database's columns do not fit the mapping",
            error,
        )))
    })?;
    Ok(sql.prepared.keep(
        index,
        Prepared {
            text: preparation.text,
            described: preparation.described,
            plan: planned.plan,
        },
    ))
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

fn first(rows: &Data) -> Data {
    match rows {
        Data::List(rows) => rows.first().cloned().unwrap_or(Data::Null),
        _ => Data::Null,
    }
}

/// The order as the statement's texts know it.
pub(super) fn choice_of((word, descending): &(Data, bool)) -> OrderChoice<'_> {
    OrderChoice {
        word: text_of(word),
        descending: *descending,
    }
}

pub(super) fn ordering(error: footbridge_mapping::statement::OrderError) -> Failure {
    Failure::Decided(Box::new(because(
        fault::PROCESSING,
        "the order of rows does not fit the mapping",
        error,
    )))
}

/// The shape of the reply's list: what `as` says, else what suits the client.
pub(super) fn list_shape(
    step: &Step,
    sql: &SqlStep,
    plan: Option<&RowPlan>,
    style: &Style,
) -> ListShape {
    let scalars = matches!(sql.reading, Reading::Scalars);
    match step.returns.as_ref().and_then(|slot| slot.shape) {
        Some(Shape::Array) => ListShape::Array,
        Some(Shape::ArrayCollection) => ListShape::ArrayCollection,
        Some(Shape::RecordSet) => ListShape::RecordSet,
        Some(Shape::Vector) if scalars => match plan
            .and_then(|plan| only(plan).ok())
            // A vector of numbers has no null.
            .filter(|rule| rule.null != NullRule::Null)
            .and_then(|rule| rule.declared)
        {
            Some(Scalar::Int) => ListShape::VectorInt,
            Some(Scalar::Number) => ListShape::VectorNumber,
            Some(_) | None => ListShape::VectorObject(String::new()),
        },
        Some(Shape::Vector) => {
            ListShape::VectorObject(plan.map_or_else(String::new, |plan| plan.class.alias.clone()))
        }
        Some(Shape::Object | Shape::Xml | Shape::XmlDocument) | None if scalars => {
            style.lists.clone()
        }
        Some(Shape::Object | Shape::Xml | Shape::XmlDocument) | None => style.rows.clone(),
    }
}

/// The rule of the only column, for a scalar.
fn only(plan: &RowPlan) -> Result<&CellRule, Failure> {
    match plan.fields.first() {
        Some(Field::Cell { rule, .. }) => Ok(rule),
        Some(Field::Object(_) | Field::List(..) | Field::Constant(_) | Field::Null) | None => Err(
            Failure::decided(fault::PROCESSING, "the mapping's plan has no single column"),
        ),
    }
}

/// What a result's rows are by the reading of `returns`.
fn shaped(reading: &Reading, has_columns: bool, outcome: Outcome) -> Result<Data, Failure> {
    if !has_columns {
        return Ok(match reading {
            Reading::Nothing => Data::Null,
            Reading::Rows
            | Reading::Row
            | Reading::RowOrNull
            | Reading::Scalar
            | Reading::ScalarOrNull
            | Reading::Scalars => Data::Int(i64::try_from(outcome.changed).unwrap_or(i64::MAX)),
        });
    }
    let mut rows = outcome.data;
    let optional = match reading {
        Reading::Nothing => return Ok(Data::Null),
        Reading::Rows | Reading::Scalars => return Ok(Data::List(rows.into())),
        Reading::RowOrNull | Reading::ScalarOrNull => true,
        Reading::Row | Reading::Scalar => false,
    };
    match (rows.len(), optional) {
        (0, true) => Ok(Data::Null),
        (0, false) => Err(Failure::open(
            FaultKey::None,
            fault::NOT_FOUND,
            "there is no such row",
        )),
        (1, _) => Ok(rows.remove(0)),
        _ => Err(Failure::open(
            FaultKey::Many,
            fault::BAD_REPLY,
            "there is more than one such row",
        )),
    }
}
