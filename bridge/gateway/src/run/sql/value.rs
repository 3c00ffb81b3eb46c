//! What a statement's rows are as the value of its step, by `returns`, `value` and the rules.

use footbridge_mapping::data::Data;
use footbridge_mapping::model::{FaultKey, FaultRules, Reading, SqlStep, Step};
use footbridge_mapping::rows::{CellRule, Field, NullRule, RowPlan};
use footbridge_mapping::slot::{Scalar, Shape};
use footbridge_mapping::tree;
use footbridge_remoting::{ListShape, Style, fault};
use footbridge_sql::{Database, Outcome, Output};

use super::page;
use super::ready::Ready;
use crate::run::failure::{Failure, looks_at_answers};
use crate::run::scope::{Frame, object};
use crate::run::sign;
use crate::run::step::{On, judged};

impl Ready {
    pub(super) async fn value(
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
                page::total(self, step, sql, paging, frame, on, came).await?
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
}

fn first(rows: &Data) -> Data {
    match rows {
        Data::List(rows) => rows.first().cloned().unwrap_or(Data::Null),
        _ => Data::Null,
    }
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
pub(super) fn only(plan: &RowPlan) -> Result<&CellRule, Failure> {
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
