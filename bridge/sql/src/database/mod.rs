//! The databases of a mapping, and what runs on them.

mod core;
mod session;
mod transaction;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use footbridge_mapping::model::{Backend, DatabaseSettings, Isolation, Mapping};
use footbridge_mapping::slot::Scalar;
use footbridge_mapping::statement::Dialect;

use self::core::Core;
pub use self::transaction::Transaction;
use crate::error::SqlError;
use crate::mysql::MySql;
use crate::postgres::Postgres;
use crate::procedure::{Call, Called, ProcedureInfo};
use crate::query::{Outcome, Output, Preparation, Query};
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

    /// Whether what writes goes to another address than what reads, which may follow it a moment later.
    pub fn writes_elsewhere(&self) -> bool {
        self.backend
            .database()
            .is_some_and(|settings| settings.write.is_some())
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
    /// See [`SqlErrorKind`](crate::error::SqlErrorKind).
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
    /// See [`SqlErrorKind`](crate::error::SqlErrorKind); `Other` for parameters that it does not have, or lacks.
    pub async fn call(&self, info: &ProcedureInfo, call: &Call<'_>) -> Result<Called, SqlError> {
        on_engine!(&self.inner, core => core.call(info, call).await)
    }

    /// How its connections are used now.
    pub fn status(&self) -> Status {
        on_engine!(&self.inner, core => core.status())
    }
}
