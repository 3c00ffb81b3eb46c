//! A text that nobody has asked the database about yet.

use std::sync::Arc;

use footbridge_mapping::model::{Prepared, SqlStep, Step};
use footbridge_mapping::rows::{self, Wanted};
use footbridge_mapping::statement::Variant;
use footbridge_remoting::fault;
use footbridge_sql::{Database, SqlError, SqlErrorKind};

use crate::run::failure::{Failure, because};
use crate::run::scope::Frame;

/// Asks the database of a variant, at its first use.
pub(super) async fn prepare(
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
