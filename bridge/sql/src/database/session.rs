//! A connection that is held for more than one statement.

use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt;

use super::core::{Core, leaves_unread};
use crate::engine::Engine;
use crate::error::{SqlError, SqlErrorKind};
use crate::pool::Pooled;
use crate::procedure::{Call, Called, ProcedureInfo};
use crate::query::{Outcome, Output, Query};
use crate::run::{self, First};

/// A connection held for more than one statement.
pub(super) struct Session<E: Engine> {
    pub(super) core: Arc<Core<E>>,
    pub(super) pooled: Pooled<E>,
    /// Closed in the middle of a result, or never to be used again.
    pub(super) broken: bool,
}

impl<E: Engine> Session<E> {
    pub(super) async fn run(
        &mut self,
        query: &Query<'_>,
        output: Output<'_>,
    ) -> Result<Outcome, SqlError> {
        let deadline = self.core.deadline(query.deadline);
        let was_busy = self.enter()?;
        let work = self.run_before(query, output, deadline);
        let result = tokio::time::timeout_at(deadline.into(), work)
            .await
            .unwrap_or_else(|_| Err(SqlError::timeout()));
        if let Err(error) = &result
            && error.kind == SqlErrorKind::Changed
        {
            self.core.forget(query.text);
        }
        self.leave(was_busy, result.as_ref().err());
        result
    }

    pub(super) async fn call(
        &mut self,
        info: &ProcedureInfo,
        call: &Call<'_>,
    ) -> Result<Called, SqlError> {
        let deadline = self.core.deadline(call.deadline);
        let was_busy = self.enter()?;
        let core = Arc::clone(&self.core);
        let connection = self.pooled.connection();
        let work = async {
            core.engine.limit(connection, deadline).await?;
            core.engine.call(connection, info, call).await
        };
        let result = tokio::time::timeout_at(deadline.into(), work)
            .await
            .unwrap_or_else(|_| Err(SqlError::timeout()));
        if let Err(error) = &result {
            core.forget_procedures(error);
        }
        self.leave(was_busy, result.as_ref().err());
        result
    }

    /// Runs a command of transactions.
    pub(super) async fn execute(&mut self, text: &'static str) -> Result<(), SqlError> {
        let deadline = self.core.deadline(None);
        let was_busy = self.enter()?;
        let work = E::execute(self.pooled.connection(), text);
        let result = tokio::time::timeout_at(deadline.into(), work)
            .await
            .unwrap_or_else(|_| Err(SqlError::timeout()));
        self.leave(was_busy, result.as_ref().err());
        result
    }

    /// Until [`Session::leave`], whoever drops the future drops a result that is under way.
    fn enter(&mut self) -> Result<bool, SqlError> {
        if self.broken {
            return Err(SqlError::new(
                SqlErrorKind::Unavailable,
                "the connection broke at an earlier statement",
            ));
        }
        self.broken = true;
        Ok(std::mem::replace(&mut self.pooled.busy, true))
    }

    fn leave(&mut self, was_busy: bool, error: Option<&SqlError>) {
        self.broken = error.is_some_and(leaves_unread);
        self.pooled.busy = was_busy || self.broken;
    }

    async fn run_before(
        &mut self,
        query: &Query<'_>,
        output: Output<'_>,
        deadline: Instant,
    ) -> Result<Outcome, SqlError> {
        let core = Arc::clone(&self.core);
        let connection = self.pooled.connection();
        let known = core.know(connection, query).await?;
        let arguments = core.engine.bind(&known, query)?;
        core.engine.limit(connection, deadline).await?;
        let mut steps = E::steps(connection, &known.preparation.text, arguments);
        let first: First<E> = steps.next().await;
        run::consume::<E>(first, steps, &known, query, output).await
    }

    /// Ends the transaction.
    pub(super) async fn end(mut self, text: &'static str) -> Result<(), SqlError> {
        if self.broken {
            return Err(SqlError::new(
                SqlErrorKind::Unavailable,
                "the connection broke at an earlier statement, so nothing was changed",
            ));
        }
        let core = Arc::clone(&self.core);
        let deadline = Instant::now() + core.engine.timeout();
        let ended = async {
            core.engine
                .limit(self.pooled.connection(), deadline)
                .await?;
            E::execute(self.pooled.connection(), text).await
        };
        let ended = tokio::time::timeout_at(deadline.into(), ended)
            .await
            .unwrap_or_else(|_| Err(SqlError::timeout()));
        // A failed commit closes the connection, and with it the transaction.
        self.pooled.busy = ended.is_err();
        ended
    }
}
