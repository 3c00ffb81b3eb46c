//! What writes runs to its end, whoever still waits for it.
//!
//! A caller that is dropped, because its deadline has passed or its client has left, would drop the statement that is
//! under way, and nobody could say what became of it. So a statement that writes outside of a transaction, a procedure
//! that writes, and every COMMIT are tasks of their own: the caller stops waiting, they end by themselves, at the latest
//! by the server's time-out. Within a transaction nothing needs this: dropped, all of it is undone.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use footbridge_mapping::data::Data;
use footbridge_mapping::rows::{CellRule, Column, RowPlan};
use footbridge_mapping::slot::Scalar;
use jiff::tz::TimeZone;

use crate::error::SqlError;
use crate::procedure::Call;
use crate::query::{Output, Query};

/// Runs the work as a task, and waits for it until the deadline.
///
/// # Errors
/// Those of the work, or `Timeout`; then the work goes on.
pub(crate) async fn until<T: Send + 'static>(
    deadline: Instant,
    work: impl Future<Output = Result<T, SqlError>> + Send + 'static,
) -> Result<T, SqlError> {
    match tokio::time::timeout_at(deadline.into(), tokio::spawn(work)).await {
        Ok(Ok(result)) => result,
        Ok(Err(failed)) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is ending.
            Err(_) => Err(SqlError::timeout()),
        },
        Err(_) => Err(SqlError::timeout()),
    }
}

/// A query that outlives its caller.
pub(crate) struct Statement {
    text: Arc<str>,
    binds: Vec<Data>,
    declared: Vec<Option<Scalar>>,
    columns: Vec<Column>,
    max_rows: usize,
    zone: TimeZone,
    gathered: Gathered,
}

/// Where its rows go.
enum Gathered {
    Records(Option<RowPlan>),
    Values(Option<CellRule>),
    Nothing,
}

impl Statement {
    /// A query that writes; `None` where its rows go straight into an answer, which lives with the caller.
    pub(crate) fn of(query: &Query<'_>, output: &Output<'_>) -> Option<Self> {
        let gathered = match output {
            Output::Records { plan } => Gathered::Records(plan.cloned()),
            Output::Values { rule } => Gathered::Values(rule.cloned()),
            Output::Nothing => Gathered::Nothing,
            Output::Rows { .. }
            | Output::Row { .. }
            | Output::Scalar { .. }
            | Output::Scalars { .. } => return None,
        };
        query.writes.then(|| Self {
            text: Arc::clone(query.text),
            binds: query.binds.to_vec(),
            declared: query.declared.to_vec(),
            columns: query.columns.to_vec(),
            max_rows: query.max_rows,
            zone: query.zone.clone(),
            gathered,
        })
    }

    /// The query again, with the time that the backend gives it.
    pub(crate) fn query(&self) -> Query<'_> {
        Query {
            text: &self.text,
            binds: &self.binds,
            declared: &self.declared,
            columns: &self.columns,
            page: None,
            writes: true,
            max_rows: self.max_rows,
            zone: &self.zone,
            deadline: None,
        }
    }

    pub(crate) fn output(&self) -> Output<'_> {
        match &self.gathered {
            Gathered::Records(plan) => Output::Records {
                plan: plan.as_ref(),
            },
            Gathered::Values(rule) => Output::Values {
                rule: rule.as_ref(),
            },
            Gathered::Nothing => Output::Nothing,
        }
    }
}

/// A call of a procedure that outlives its caller.
pub(crate) struct Writing {
    with: Vec<(Arc<str>, Data)>,
    max_rows: usize,
    zone: TimeZone,
}

impl Writing {
    pub(crate) fn of(call: &Call<'_>) -> Option<Self> {
        call.writes.then(|| Self {
            with: call.with.to_vec(),
            max_rows: call.max_rows,
            zone: call.zone.clone(),
        })
    }

    /// The call again, with the time that the backend gives it.
    pub(crate) fn call(&self) -> Call<'_> {
        Call {
            with: &self.with,
            writes: true,
            max_rows: self.max_rows,
            zone: &self.zone,
            deadline: None,
        }
    }
}
