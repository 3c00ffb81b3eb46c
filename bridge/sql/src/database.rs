//! The databases of a mapping, and what runs on them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use footbridge_mapping::model::{Backend, DatabaseSettings, Isolation, Mapping};
use footbridge_mapping::slot::Scalar;
use footbridge_mapping::statement::Dialect;
use futures_util::StreamExt;

use crate::detached::{self, Statement, Writing};
use crate::engine::{Access, Engine, Known};
use crate::error::{SqlError, SqlErrorKind};
use crate::mysql::MySql;
use crate::pool::{Pool, Pooled};
use crate::postgres::Postgres;
use crate::procedure::{Call, Called, ProcedureInfo};
use crate::query::{Outcome, Output, Preparation, Query};
use crate::run::{self, First};
use crate::sqlite::Sqlite;

/// All databases of a mapping, by the names of their backends.
#[derive(Debug, Default)]
pub struct Databases {
    by_name: HashMap<Arc<str>, Arc<Database>>,
}

/// Why a database backend cannot even be set up. The mapping is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("backend `{backend}`: {message}")]
pub struct OpenError {
    /// The backend's name.
    pub backend: Arc<str>,
    /// What is wrong; without the address, which may hold secrets.
    pub message: String,
}

impl Databases {
    /// Sets up all databases of a mapping. Nothing connects yet. `root` is the project folder.
    ///
    /// # Errors
    /// An address that is none.
    pub fn open(mapping: &Mapping, root: &Path) -> Result<Self, OpenError> {
        Self::default().reopen(mapping, root)
    }

    /// The databases of a changed mapping: those whose backends say the same go on as they are.
    ///
    /// # Errors
    /// As [`Databases::open`].
    pub fn reopen(&self, mapping: &Mapping, root: &Path) -> Result<Self, OpenError> {
        Self::of(mapping.gateway.backends.values(), self, root)
    }

    /// The databases among some backends.
    ///
    /// # Errors
    /// As [`Databases::open`].
    pub fn of<'b>(
        backends: impl IntoIterator<Item = &'b Arc<Backend>>,
        before: &Self,
        root: &Path,
    ) -> Result<Self, OpenError> {
        let mut by_name = HashMap::new();
        for backend in backends {
            let Some(settings) = backend.database() else {
                continue;
            };
            let database = match before.by_name.get(&backend.name) {
                Some(database) if database.backend == *backend && database.root == root => {
                    Arc::clone(database)
                }
                Some(_) | None => Arc::new(Database::new(backend, settings, root)?),
            };
            by_name.insert(Arc::clone(&backend.name), database);
        }
        Ok(Self { by_name })
    }

    /// The database behind a backend.
    pub fn get(&self, backend: &str) -> Option<&Arc<Database>> {
        self.by_name.get(backend)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Database>> {
        self.by_name.values()
    }
}

/// One database: two pools, and what is known of its texts.
#[derive(Debug)]
pub struct Database {
    backend: Arc<Backend>,
    root: PathBuf,
    dialect: Dialect,
    migrations: Option<Arc<str>>,
    inner: Inner,
}

/// One variant for each engine; another database gets another.
enum Inner {
    Sqlite(Arc<Core<Sqlite>>),
    Postgres(Arc<Core<Postgres>>),
    MySql(Arc<Core<MySql>>),
}

/// Does the same on whichever engine it is.
macro_rules! on_engine {
    ($inner:expr, $core:ident => $body:expr) => {
        match $inner {
            Inner::Sqlite($core) => $body,
            Inner::Postgres($core) => $body,
            Inner::MySql($core) => $body,
        }
    };
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Sqlite",
            Self::Postgres(_) => "Postgres",
            Self::MySql(_) => "MySql",
        })
    }
}

/// How a database's connections are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Connections for reading that are in use.
    pub reading: u32,
    /// Connections for writing that are in use.
    pub writing: u32,
    /// Connections that rest.
    pub resting: usize,
}

impl Database {
    fn new(
        backend: &Arc<Backend>,
        settings: &DatabaseSettings,
        root: &Path,
    ) -> Result<Self, OpenError> {
        let failed = |message: String| OpenError {
            backend: Arc::clone(&backend.name),
            message,
        };
        let sizes = (settings.pool, settings.write_pool);
        let inner = match settings.dialect {
            Dialect::Sqlite => {
                let engine = Sqlite::new(settings, backend.timeout, root).map_err(failed)?;
                Inner::Sqlite(Core::new(engine, sizes))
            }
            Dialect::Postgres => {
                let engine = Postgres::new(settings, backend.timeout).map_err(failed)?;
                Inner::Postgres(Core::new(engine, sizes))
            }
            Dialect::MySql => {
                let engine = MySql::new(settings, backend.timeout).map_err(failed)?;
                Inner::MySql(Core::new(engine, sizes))
            }
        };
        Ok(Self {
            backend: Arc::clone(backend),
            root: root.to_owned(),
            dialect: settings.dialect,
            migrations: settings.migrations.clone(),
            inner,
        })
    }

    /// The backend's name.
    pub fn name(&self) -> &Arc<str> {
        &self.backend.name
    }

    /// Its SQL.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Runs the backend's migrations that have not run yet, in the order of their numbers; none without a folder.
    ///
    /// # Errors
    /// `Unavailable`, or what a migration's SQL fails with.
    pub async fn migrate(&self) -> Result<(), SqlError> {
        let Some(folder) = &self.migrations else {
            return Ok(());
        };
        let folder = self.root.join(&**folder);
        on_engine!(&self.inner, core => core.migrate(&folder).await)
    }

    /// Whether it answers: takes a connection for reading and asks.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn ping(&self) -> Result<(), SqlError> {
        on_engine!(&self.inner, core => core.read.acquire(true).await.map(drop))
    }

    /// Asks what a text takes and gives. `declared` are the types of what will be bound, by placeholder, for where
    /// the server cannot infer them.
    ///
    /// # Errors
    /// `Syntax` with the place, `Unavailable`, or what else the database says at prepare.
    pub async fn describe(
        &self,
        text: &Arc<str>,
        declared: &[Option<Scalar>],
    ) -> Result<Preparation, SqlError> {
        on_engine!(&self.inner, core => core.describe(text, declared).await)
    }

    /// Runs a text. A text that reads is tried again once on a fresh connection where the first one turns out to
    /// be dead before any row. One that writes into [`Outcome::data`] runs to its end, even if this future is dropped or its
    /// deadline passes.
    ///
    /// # Errors
    /// See [`SqlErrorKind`].
    pub async fn run(&self, query: &Query<'_>, output: Output<'_>) -> Result<Outcome, SqlError> {
        on_engine!(&self.inner, core => core.run(query, output).await)
    }

    /// Begins a transaction on a connection of the write pool.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn begin(&self, isolation: Option<Isolation>) -> Result<Transaction, SqlError> {
        let lease = on_engine!(&self.inner, core => core.begin(isolation).await?.into());
        Ok(Transaction(Some(lease)))
    }

    /// Asks the catalogue for a procedure or function: `name` or `schema.name`. Of several with one name it is the
    /// one that takes the `given` parameters.
    ///
    /// # Errors
    /// `Syntax` where there is none, `Unavailable`.
    pub async fn procedure(&self, name: &str, given: &[&str]) -> Result<ProcedureInfo, SqlError> {
        on_engine!(&self.inner, core => core.procedure(name, given).await)
    }

    /// Calls a procedure or function. It runs on the write pool, and to its end, even if this future is dropped or its
    /// deadline passes; unless the call says that it only reads.
    ///
    /// # Errors
    /// See [`SqlErrorKind`]; `Other` for parameters that it does not have, or lacks.
    pub async fn call(&self, info: &ProcedureInfo, call: &Call<'_>) -> Result<Called, SqlError> {
        on_engine!(&self.inner, core => core.call(info, call).await)
    }

    /// How its connections are used now.
    pub fn status(&self) -> Status {
        on_engine!(&self.inner, core => core.status())
    }
}

/// A transaction. Dropped without [`Transaction::commit`] it is undone: at once by a task of the runtime it is
/// dropped in, or, in the middle of a statement and outside of a runtime, by closing its connection.
#[derive(Debug)]
pub struct Transaction(Option<Held>);

enum Held {
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
    /// As [`Database::call`].
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

/// Most texts that are remembered; mappings hold far fewer, so more are a leak of ours.
const KNOWN_LIMIT: usize = 16_384;

struct Core<E: Engine> {
    engine: Arc<E>,
    read: Arc<Pool<E>>,
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

/// A connection held for more than one statement.
struct Session<E: Engine> {
    core: Arc<Core<E>>,
    pooled: Pooled<E>,
    /// Closed in the middle of a result, or never to be used again.
    broken: bool,
}

impl<E: Engine> Core<E> {
    fn new(engine: E, (read, write): (u32, u32)) -> Arc<Self> {
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

    fn status(&self) -> Status {
        Status {
            reading: self.read.in_use(),
            writing: self.write.in_use(),
            resting: self.read.resting() + self.write.resting(),
        }
    }

    async fn migrate(&self, folder: &Path) -> Result<(), SqlError> {
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
    async fn describe(
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
    async fn know(
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
    fn forget(&self, text: &str) {
        self.known
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(text);
        self.read.renew();
        self.write.renew();
    }

    fn deadline(&self, wanted: Option<Instant>) -> Instant {
        wanted.unwrap_or_else(|| Instant::now() + self.engine.timeout())
    }

    async fn run(
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
    async fn procedure(&self, name: &str, given: &[&str]) -> Result<ProcedureInfo, SqlError> {
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
    fn forget_procedures(&self, error: &SqlError) {
        if matches!(error.kind, SqlErrorKind::Syntax | SqlErrorKind::Changed) {
            self.procedures
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .clear();
        }
    }

    async fn call(
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

    async fn call_on(
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

    async fn lease(self: &Arc<Self>, access: Access) -> Result<Session<E>, SqlError> {
        Ok(Session {
            pooled: self.pool(access).acquire(false).await?,
            core: Arc::clone(self),
            broken: false,
        })
    }

    async fn begin(self: &Arc<Self>, isolation: Option<Isolation>) -> Result<Session<E>, SqlError> {
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
fn leaves_unread(error: &SqlError) -> bool {
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

impl<E: Engine> Session<E> {
    async fn run(&mut self, query: &Query<'_>, output: Output<'_>) -> Result<Outcome, SqlError> {
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

    async fn call(&mut self, info: &ProcedureInfo, call: &Call<'_>) -> Result<Called, SqlError> {
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
    async fn execute(&mut self, text: &'static str) -> Result<(), SqlError> {
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
    async fn end(mut self, text: &'static str) -> Result<(), SqlError> {
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
