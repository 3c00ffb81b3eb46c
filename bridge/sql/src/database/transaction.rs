//! Transactions, on whichever engine.

use std::time::{Duration, Instant};

use super::session::Session;
use crate::detached;
use crate::engine::Engine;
use crate::error::{SqlError, SqlErrorKind};
use crate::mysql::MySql;
use crate::postgres::Postgres;
use crate::procedure::{Call, Called, ProcedureInfo};
use crate::query::{Outcome, Output, Query};
use crate::sqlite::Sqlite;

/// A transaction. Dropped without [`Transaction::commit`] it is undone: at once by a task of the runtime it is
/// dropped in, or, in the middle of a statement and outside of a runtime, by closing its connection.
#[derive(Debug)]
pub struct Transaction(pub(super) Option<Held>);

pub(super) enum Held {
    Sqlite(Session<Sqlite>),
    Postgres(Session<Postgres>),
    MySql(Session<MySql>),
}

/// Does the same on whichever engine it is.
macro_rules! on_held {
    ($held:expr, $session:ident => $body:expr) => {
        match $held {
            Held::Sqlite($session) => $body,
            Held::Postgres($session) => $body,
            Held::MySql($session) => $body,
        }
    };
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Held")
    }
}

impl From<Session<Sqlite>> for Held {
    fn from(session: Session<Sqlite>) -> Self {
        Self::Sqlite(session)
    }
}

impl From<Session<Postgres>> for Held {
    fn from(session: Session<Postgres>) -> Self {
        Self::Postgres(session)
    }
}

impl From<Session<MySql>> for Held {
    fn from(session: Session<MySql>) -> Self {
        Self::MySql(session)
    }
}

impl Transaction {
    /// Runs a text within the transaction.
    ///
    /// # Errors
    /// See [`SqlErrorKind`]; PostgreSQL takes nothing more after one but the end.
    pub async fn run(
        &mut self,
        query: &Query<'_>,
        output: Output<'_>,
    ) -> Result<Outcome, SqlError> {
        on_held!(self.held()?, session => session.run(query, output).await)
    }

    /// Calls a procedure or function within the transaction.
    ///
    /// # Errors
    /// As [`Database::call`](super::Database::call).
    pub async fn call(
        &mut self,
        info: &ProcedureInfo,
        call: &Call<'_>,
    ) -> Result<Called, SqlError> {
        on_held!(self.held()?, session => session.call(info, call).await)
    }

    /// Marks this point, to which [`Transaction::undo_mark`] goes back.
    ///
    /// # Errors
    /// `Unavailable`, `Timeout`.
    pub async fn mark(&mut self) -> Result<(), SqlError> {
        on_held!(self.held()?, session => session.execute("SAVEPOINT footbridge_mark").await)
    }

    /// Keeps what was changed since the mark, as part of the transaction.
    ///
    /// # Errors
    /// As [`Transaction::mark`].
    pub async fn keep_mark(&mut self) -> Result<(), SqlError> {
        on_held!(self.held()?, session => session.execute("RELEASE SAVEPOINT footbridge_mark").await)
    }

    /// Undoes what was changed since the mark, so that the transaction can go on after an error.
    ///
    /// # Errors
    /// As [`Transaction::mark`], and what the database says where the error has ended the whole transaction, as
    /// a deadlock does in MariaDB.
    pub async fn undo_mark(&mut self) -> Result<(), SqlError> {
        on_held!(self.held()?, session => session.execute("ROLLBACK TO SAVEPOINT footbridge_mark").await)?;
        self.keep_mark().await
    }

    /// Keeps what was changed. Once begun it goes on, even if this future is dropped.
    ///
    /// # Errors
    /// What the database says at commit: deferred constraints, serialization. Then nothing was changed. After
    /// `Unavailable` or `Timeout` nobody knows.
    pub async fn commit(mut self) -> Result<(), SqlError> {
        match self.0.take() {
            Some(held) => {
                let deadline = Instant::now() + held.timeout();
                detached::until(deadline, async move { held.end("COMMIT").await }).await
            }
            None => Err(ended()),
        }
    }

    /// Undoes what was changed.
    ///
    /// # Errors
    /// `Unavailable`; then the database undoes it by itself.
    pub async fn rollback(mut self) -> Result<(), SqlError> {
        match self.0.take() {
            Some(held) => held.end("ROLLBACK").await,
            None => Err(ended()),
        }
    }

    fn held(&mut self) -> Result<&mut Held, SqlError> {
        self.0.as_mut().ok_or_else(ended)
    }
}

fn ended() -> SqlError {
    SqlError::new(SqlErrorKind::Other, "the transaction has ended")
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let Some(held) = self.0.take() else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // An error closes the connection, which undoes it too.
            runtime.spawn(async move { drop(held.end("ROLLBACK").await) });
        }
    }
}

impl Held {
    fn timeout(&self) -> Duration {
        on_held!(self, session => session.core.engine.timeout())
    }

    async fn end(self, text: &'static str) -> Result<(), SqlError> {
        on_held!(self, session => session.end(text).await)
    }
}
