//! `procedure`: its parameters, what goes out of it, and its result sets.

use std::sync::Arc;

use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::model::{FaultKey, FaultRules, ProcedureStep, Reading, Step};
use footbridge_mapping::slot::Type;
use footbridge_mapping::{reply, rows, tree};
use footbridge_remoting::fault;
use footbridge_sql::{Access, Call, Called, Database, ProcedureInfo};
use tokio::time::Instant;

use super::failure::{Failure, looks_at_answers};
use super::scope::{Frame, object};
use super::sign;
use super::sql::database;
use super::step::{On, judged};

/// Calls a procedure and gives its value. What it wrote is kept only if the rules allow it.
pub(super) async fn run(
    step: &Step,
    procedure: &ProcedureStep,
    frame: &Frame<'_>,
    mut on: On<'_>,
    levels: &[&FaultRules],
) -> Result<Data, Failure> {
    let database = database(frame, &procedure.backend)?;
    let mut with = Vec::with_capacity(procedure.with.len());
    for (name, value) in &procedure.with {
        with.push((Arc::clone(name), tree::evaluate(value, frame)?.plain()));
    }
    let given: Vec<&str> = with.iter().map(|(name, _)| &**name).collect();
    let info = database.procedure(&procedure.procedure, &given).await?;
    let running = Running {
        step,
        procedure,
        frame,
        info: &info,
        with: &with,
    };
    if procedure.writes && looks_at_answers(levels) && matches!(on, On::Pool) {
        // Dropped on the way out, the transaction is undone.
        let _turn = frame
            .context
            .share
            .turn(&procedure.backend, Access::Write)
            .await;
        let mut transaction = database.begin(None).await?;
        let mut within = On::Transaction(&mut transaction);
        let value = running.value(&mut within, database, levels).await?;
        transaction.commit().await?;
        return Ok(value);
    }
    running.value(&mut on, database, levels).await
}

/// One call of a procedure.
struct Running<'r> {
    step: &'r Step,
    procedure: &'r ProcedureStep,
    frame: &'r Frame<'r>,
    info: &'r ProcedureInfo,
    with: &'r [(Arc<str>, Data)],
}

impl Running<'_> {
    async fn value(
        &self,
        on: &mut On<'_>,
        database: &Database,
        levels: &[&FaultRules],
    ) -> Result<Data, Failure> {
        let _turn = match on {
            On::Pool if self.procedure.writes => Some(
                self.frame
                    .context
                    .share
                    .turn(&self.procedure.backend, Access::Write)
                    .await,
            ),
            On::Pool => Some(
                self.frame
                    .context
                    .share
                    .turn(&self.procedure.backend, Access::Read)
                    .await,
            ),
            On::Transaction(_) => None,
        };
        let deadline = Instant::now() + self.frame.context.left(self.procedure.backend.timeout);
        let call = Call {
            with: self.with,
            writes: self.procedure.writes,
            max_rows: self.step.max_rows,
            zone: &self.step.zone,
            deadline: Some(deadline.into_std()),
        };
        let called = match on {
            On::Pool => database.call(self.info, &call).await?,
            On::Transaction(transaction) => transaction.call(self.info, &call).await?,
        };
        let frame = self.frame.with_reply(self.reply(&called));
        sign::prepare(self.step, &frame)?;
        let value = match &self.step.value {
            Some(value) => tree::evaluate(value, &frame)?,
            None => self.read(called)?,
        };
        judged(value, levels, &frame)
    }

    /// The root `reply`: `out` by parameter, `sets` by name where they have names.
    fn reply(&self, called: &Called) -> Data {
        let sets = if self.procedure.sets.is_empty() {
            let sets = called.sets.iter();
            Data::List(
                sets.map(|rows| Data::List(rows.as_slice().into()))
                    .collect(),
            )
        } else {
            Data::Object(Arc::new(self.named(Record::default(), &called.sets)))
        };
        object([
            ("out", Data::Object(Arc::new(called.out.clone()))),
            ("sets", sets),
        ])
    }

    /// `record` with the sets under their names; a name that has no set is an empty list.
    fn named(&self, mut record: Record, sets: &[Vec<Data>]) -> Record {
        let mut sets = sets.iter();
        for name in &self.procedure.sets {
            let rows = sets.next().map_or(&[][..], Vec::as_slice);
            record
                .members
                .insert(Arc::clone(name), Data::List(rows.into()));
        }
        record
    }

    /// What `returns` makes of the call: an object of what goes out and the named sets; the rows of the first
    /// set; a single value. Without `returns` it is null: nobody named what a procedure gives.
    fn read(&self, called: Called) -> Result<Data, Failure> {
        let Some(slot) = &self.step.returns else {
            return Ok(Data::Null);
        };
        let reading = rows::reading(Some(slot));
        let whole = !self.procedure.sets.is_empty()
            || (called.sets.is_empty() && !called.out.members.is_empty());
        let value = match reading {
            Reading::Nothing => return Ok(Data::Null),
            Reading::Row | Reading::RowOrNull if whole => {
                Data::Object(Arc::new(self.named(called.out, &called.sets)))
            }
            Reading::Rows | Reading::Row | Reading::RowOrNull => {
                let item = item(&slot.kind);
                let rows = called.sets.into_iter().next().unwrap_or_default();
                let objects =
                    reply::nest(&rows, item, &self.procedure.scope, &self.procedure.group);
                match reading {
                    Reading::Rows => Data::List(objects.into()),
                    _ => single(objects, reading == Reading::RowOrNull)?,
                }
            }
            Reading::Scalars => {
                let rows = called.sets.into_iter().next().unwrap_or_default();
                Data::List(rows.iter().map(only_cell).collect::<Result<_, _>>()?)
            }
            Reading::Scalar | Reading::ScalarOrNull => {
                if called.out.members.is_empty() {
                    let rows = called.sets.into_iter().next().unwrap_or_default();
                    let cells = rows.iter().map(only_cell).collect::<Result<_, _>>()?;
                    single(cells, reading == Reading::ScalarOrNull)?
                } else {
                    only_cell(&Data::Object(Arc::new(called.out)))?
                }
            }
        };
        Ok(reply::expose(
            &value,
            slot,
            &self.procedure.scope,
            &self.step.zone,
        )?)
    }
}

/// The type of a list's items, or of the value itself.
fn item(kind: &Type) -> &Type {
    match kind.inner() {
        Type::List(item, _) => item,
        other => other,
    }
}

/// The only member of a row, or of what goes out. Which of several is meant nobody can say, and only the call shows them.
fn only_cell(row: &Data) -> Result<Data, Failure> {
    let Data::Object(record) = row else {
        return Ok(row.clone());
    };
    let mut members = record.members.iter();
    match (members.next(), members.next()) {
        (None, _) => Ok(Data::Null),
        (Some((_, value)), None) => Ok(value.clone()),
        (Some(_), Some(_)) => {
            let names: Vec<String> = record
                .members
                .keys()
                .map(|name| format!("`{name}`"))
                .collect();
            Err(Failure::open(
                FaultKey::Unreadable,
                fault::BAD_REPLY,
                format!(
                    "the procedure gives {}, where one value is wanted",
                    names.join(", ")
                ),
            ))
        }
    }
}

/// The only one.
fn single(mut values: Vec<Data>, optional: bool) -> Result<Data, Failure> {
    match values.len() {
        0 if optional => Ok(Data::Null),
        0 => Err(Failure::open(
            FaultKey::None,
            fault::NOT_FOUND,
            "there is no such row",
        )),
        1 => Ok(values.remove(0)),
        _ => Err(Failure::open(
            FaultKey::Many,
            fault::BAD_REPLY,
            "there is more than one such row",
        )),
    }
}
