//! One engine's database: its pools, what is known of its texts and procedures, and how a text runs on a connection of theirs.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use footbridge_mapping::model::Isolation;
use footbridge_mapping::slot::Scalar;
use futures_util::StreamExt;

use super::Status;
use super::session::Session;
use crate::detached::{self, Statement, Writing};
use crate::engine::{Access, Engine, Known};
use crate::error::{SqlError, SqlErrorKind};
use crate::pool::{Pool, Pooled};
use crate::procedure::{Call, Called, ProcedureInfo};
use crate::query::{Outcome, Output, Preparation, Query};
use crate::run;

/// Most texts that are remembered; mappings hold far fewer, so more are a leak of ours.
const KNOWN_LIMIT: usize = 16_384;

pub(super) struct Core<E: Engine> {
    pub(super) engine: Arc<E>,
    pub(super) read: Arc<Pool<E>>,
    write: Arc<Pool<E>>,
    known: RwLock<HashMap<Arc<str>, Arc<Known<E>>>>,
    /// What the catalogue said of procedures, by name and given parameters.
    procedures: RwLock<HashMap<String, ProcedureInfo>>,
}

/// What came of a text on one connection.
enum Attempt<'o> {
    Done(Result<Outcome, SqlError>),
    /// The connection was dead before anything came of it.
    Again(Output<'o>),
}

impl<E: Engine> Core<E> {
    pub(super) fn new(engine: E, (read, write): (u32, u32)) -> Arc<Self> {
        let engine = Arc::new(engine);
        Arc::new(Self {
            read: Pool::new(Arc::clone(&engine), Access::Read, read),
            write: Pool::new(Arc::clone(&engine), Access::Write, write),
            engine,
            known: RwLock::default(),
            procedures: RwLock::default(),
        })
    }

    fn pool(&self, access: Access) -> &Arc<Pool<E>> {
        match access {
            Access::Read => &self.read,
            Access::Write => &self.write,
        }
    }

    pub(super) fn status(&self) -> Status {
        Status {
            reading: self.read.in_use(),
            writing: self.write.in_use(),
            resting: self.read.resting() + self.write.resting(),
        }
    }

    pub(super) async fn migrate(&self, folder: &Path) -> Result<(), SqlError> {
        let mut pooled = self.write.acquire(true).await?;
        pooled.busy = true;
        E::migrate(pooled.connection(), folder).await?;
        pooled.busy = false;
        // Tables may look different now.
        self.known
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        Ok(())
    }

    /// Described anew, whatever was known: tables may have changed.
    pub(super) async fn describe(
        &self,
        text: &Arc<str>,
        declared: &[Option<Scalar>],
    ) -> Result<Preparation, SqlError> {
        // MariaDB refuses to prepare what writes on a connection that only reads.
        let known = match self.ask(&self.read, text, declared).await {
            Err(error) if error.kind == SqlErrorKind::ReadOnly => {
                self.ask(&self.write, text, declared).await?
            }
            asked => asked?,
        };
        let known = Arc::new(known);
        self.keep(text, &known);
        Ok(known.preparation.clone())
    }

    async fn ask(
        &self,
        pool: &Arc<Pool<E>>,
        text: &Arc<str>,
        declared: &[Option<Scalar>],
    ) -> Result<Known<E>, SqlError> {
        let mut pooled = pool.acquire(true).await?;
        pooled.busy = true;
        let known = self
            .engine
            .describe(pooled.connection(), text, declared)
            .await;
        pooled.busy = known.as_ref().is_err_and(|error| error.code.is_none());
        known
    }

    fn known(&self, text: &str) -> Option<Arc<Known<E>>> {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(text)
            .cloned()
    }

    fn keep(&self, text: &Arc<str>, known: &Arc<Known<E>>) {
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= KNOWN_LIMIT {
            all.clear();
        }
        let changed = |before: Option<Arc<Known<E>>>| {
            before.is_some_and(|before| {
                before.preparation.described.parameters != known.preparation.described.parameters
            })
        };
        let renew = changed(all.insert(Arc::clone(text), Arc::clone(known)))
            | changed(all.insert(Arc::clone(&known.preparation.text), Arc::clone(known)));
        drop(all);
        if renew {
            // Connections have statements prepared with the old types.
            self.read.renew();
            self.write.renew();
        }
    }

    /// What is known of a text, asked on this connection where nothing is.
    pub(super) async fn know(
        &self,
        connection: &mut E::Connection,
        query: &Query<'_>,
    ) -> Result<Arc<Known<E>>, SqlError> {
        if let Some(known) = self.known(query.text) {
            return Ok(known);
        }
        let known = self
            .engine
            .describe(connection, query.text, query.declared)
            .await?;
        let known = Arc::new(known);
        self.keep(query.text, &known);
        Ok(known)
    }

    /// The text's tables have changed: other connections hold it as it was, too.
    pub(super) fn forget(&self, text: &str) {
        self.known
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(text);
        self.read.renew();
        self.write.renew();
    }

    pub(super) fn deadline(&self, wanted: Option<Instant>) -> Instant {
        wanted.unwrap_or_else(|| Instant::now() + self.engine.timeout())
    }

    pub(super) async fn run(
        self: &Arc<Self>,
        query: &Query<'_>,
        output: Output<'_>,
    ) -> Result<Outcome, SqlError> {
        let deadline = self.deadline(query.deadline);
        if let Some(statement) = Statement::of(query, &output) {
            // Who leaves before there is a connection has begun nothing.
            let pooled = tokio::time::timeout_at(deadline.into(), self.write.acquire(false));
            let pooled = pooled.await.unwrap_or_else(|_| Err(SqlError::timeout()))?;
            let core = Arc::clone(self);
            let work = async move {
                let (query, output) = (statement.query(), statement.output());
                let deadline = core.deadline(None);
                let attempt = core.attempt(pooled, &query, output, deadline, false);
                match tokio::time::timeout_at(deadline.into(), attempt).await {
                    Ok(Attempt::Done(result)) => result,
                    // What writes is never tried twice.
                    Ok(Attempt::Again(_)) | Err(_) => Err(SqlError::timeout()),
                }
            };
            return detached::until(deadline, work).await;
        }
        tokio::time::timeout_at(deadline.into(), self.run_before(query, output, deadline))
            .await
            .unwrap_or_else(|_| Err(SqlError::timeout()))
    }

    async fn run_before(
        &self,
        query: &Query<'_>,
        output: Output<'_>,
        deadline: Instant,
    ) -> Result<Outcome, SqlError> {
        let access = if query.writes {
            Access::Write
        } else {
            Access::Read
        };
        let pooled = self.pool(access).acquire(false).await?;
        let attempt = self.attempt(pooled, query, output, deadline, !query.writes);
        let output = match attempt.await {
            Attempt::Done(result) => return result,
            Attempt::Again(output) => output,
        };
        let pooled = self.pool(access).acquire(true).await?;
        match self.attempt(pooled, query, output, deadline, false).await {
            Attempt::Done(result) => result,
            Attempt::Again(_) => Err(SqlError::timeout()),
        }
    }

    /// Runs a text on a connection. With `may_retry` what failed because the connection was dead is not an error yet.
    async fn attempt<'o>(
        &self,
        mut pooled: Pooled<E>,
        query: &Query<'_>,
        output: Output<'o>,
        deadline: Instant,
        may_retry: bool,
    ) -> Attempt<'o> {
        pooled.busy = true;
        let known = match self.ready(&mut pooled, query, deadline).await {
            Ok(known) => known,
            Err(error) if may_retry && retryable(&error) => return Attempt::Again(output),
            Err(error) => return Attempt::Done(Err(error)),
        };
        let arguments = match self.engine.bind(&known, query) {
            Ok(arguments) => arguments,
            Err(error) => {
                pooled.busy = false;
                return Attempt::Done(Err(error));
            }
        };
        let text = &known.preparation.text;
        let mut steps = E::steps(pooled.connection(), text, arguments);
        let first = match steps.next().await {
            Some(Err(error)) => {
                let error = SqlError::from_sqlx(error, text);
                drop(steps);
                pooled.busy = error.code.is_none() || retryable(&error);
                if error.kind == SqlErrorKind::Changed {
                    self.forget(query.text);
                }
                if may_retry && retryable(&error) {
                    return Attempt::Again(output);
                }
                return Attempt::Done(Err(error));
            }
            first => first,
        };
        let result = run::consume::<E>(first, steps, &known, query, output).await;
        if let Err(error) = &result {
            if error.kind == SqlErrorKind::Changed {
                self.forget(query.text);
            }
            pooled.busy = leaves_unread(error);
        } else {
            pooled.busy = false;
        }
        Attempt::Done(result)
    }

    async fn ready(
        &self,
        pooled: &mut Pooled<E>,
        query: &Query<'_>,
        deadline: Instant,
    ) -> Result<Arc<Known<E>>, SqlError> {
        let known = self.know(pooled.connection(), query).await;
        if let Err(error) = &known {
            pooled.busy = error.code.is_none() || retryable(error);
        }
        let known = known?;
        self.engine.limit(pooled.connection(), deadline).await?;
        Ok(known)
    }

    /// As the catalogue said it when it was asked first; what a call finds changed is asked again.
    pub(super) async fn procedure(
        &self,
        name: &str,
        given: &[&str],
    ) -> Result<ProcedureInfo, SqlError> {
        let key = key_of(name, given);
        let known = self
            .procedures
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let mut pooled = self.read.acquire(true).await?;
        pooled.busy = true;
        let info = self
            .engine
            .procedure(pooled.connection(), name, given)
            .await;
        pooled.busy = info.as_ref().is_err_and(SqlError::lost);
        let info = info?;
        let mut procedures = self
            .procedures
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if procedures.len() >= KNOWN_LIMIT {
            procedures.clear();
        }
        procedures.insert(key, info.clone());
        Ok(info)
    }

    /// Asks the catalogue anew after a call that a changed procedure may have spoilt.
    pub(super) fn forget_procedures(&self, error: &SqlError) {
        if matches!(error.kind, SqlErrorKind::Syntax | SqlErrorKind::Changed) {
            self.procedures
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .clear();
        }
    }

    pub(super) async fn call(
        self: &Arc<Self>,
        info: &ProcedureInfo,
        call: &Call<'_>,
    ) -> Result<Called, SqlError> {
        let access = if call.writes {
            Access::Write
        } else {
            Access::Read
        };
        let session = self.lease(access).await?;
        let Some(writing) = Writing::of(call) else {
            return Self::call_on(session, info, call).await;
        };
        let info = info.clone();
        let deadline = self.deadline(call.deadline);
        let work = async move { Self::call_on(session, &info, &writing.call()).await };
        detached::until(deadline, work).await
    }

    pub(super) async fn call_on(
        mut session: Session<E>,
        info: &ProcedureInfo,
        call: &Call<'_>,
    ) -> Result<Called, SqlError> {
        if !E::needs_transaction(info) {
            return session.call(info, call).await;
        }
        session.pooled.busy = true;
        E::execute(session.pooled.connection(), "BEGIN").await?;
        match session.call(info, call).await {
            Ok(called) => session.end("COMMIT").await.map(|()| called),
            Err(error) => {
                // What went wrong counts; a connection that cannot undo is closed.
                drop(session.end("ROLLBACK").await);
                Err(error)
            }
        }
    }

    pub(super) async fn lease(self: &Arc<Self>, access: Access) -> Result<Session<E>, SqlError> {
        Ok(Session {
            pooled: self.pool(access).acquire(false).await?,
            core: Arc::clone(self),
            broken: false,
        })
    }

    pub(super) async fn begin(
        self: &Arc<Self>,
        isolation: Option<Isolation>,
    ) -> Result<Session<E>, SqlError> {
        let mut session = self.lease(Access::Write).await?;
        session.pooled.busy = true;
        for text in E::begin(isolation) {
            E::execute(session.pooled.connection(), text).await?;
        }
        Ok(session)
    }
}

/// A procedure's name and what it is given, as one text.
fn key_of(name: &str, given: &[&str]) -> String {
    let mut key = name.to_owned();
    for parameter in given {
        key.push('\0');
        key.push_str(parameter);
    }
    key
}

/// Whether a result may be left half read after this, so that its connection is of no more use.
pub(super) fn leaves_unread(error: &SqlError) -> bool {
    match error.kind {
        // Found before anything was sent.
        SqlErrorKind::Argument { .. } => false,
        SqlErrorKind::Timeout | SqlErrorKind::Unavailable => true,
        // The database's own errors end a result, and so does its end; ours may come before it.
        _ => error.code.is_none(),
    }
}

/// Whether a text that reads may run again on another connection: nothing came of the first.
fn retryable(error: &SqlError) -> bool {
    error.lost() || (error.kind == SqlErrorKind::Changed && error.code.is_some())
}
