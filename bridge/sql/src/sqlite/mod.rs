//! SQLite: files in the project folder, in WAL mode; one connection writes, several read.

mod bind;
mod decode;
mod quick;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use footbridge_mapping::model::{DatabaseSettings, Isolation};
use footbridge_mapping::rows::{Column, ColumnKind, Described};
use footbridge_mapping::slot::Scalar;
use footbridge_mapping::statement::Dialect;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteQueryResult,
    SqliteRow, SqliteSynchronous,
};
use sqlx::{
    AssertSqlSafe, Column as _, ColumnOrigin, Connection, Executor as _, Row as _, Statement as _,
};

use crate::engine::{Access, Done, Engine, Known, Steps};
use crate::error::{SqlError, SqlErrorKind};
use crate::procedure::{self, Call, Called, ProcedureInfo};
use crate::query::{Preparation, Query};
use decode::{Columns, Hint};

/// A SQLite database.
pub(crate) struct Sqlite {
    file: PathBuf,
    timeout: Duration,
    epoch: Instant,
    /// `:memory:`: a file of its own, removed at the end, so that both pools see the same tables.
    temporary: bool,
}

/// A connection, and when its statements end; its progress handler asks every few thousand steps.
pub(crate) struct Link {
    connection: SqliteConnection,
    /// Milliseconds since the engine's epoch.
    deadline: Arc<AtomicU64>,
}

/// How many steps of SQLite's machine pass between two looks at the clock: some 10 µs.
const STEPS_BETWEEN_LOOKS: i32 = 4_000;

/// What a writer waits for another before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

impl Sqlite {
    pub(crate) fn new(
        settings: &DatabaseSettings,
        timeout: Duration,
        root: &Path,
    ) -> Result<Self, String> {
        let address = settings.address.trim();
        let temporary = address == ":memory:" || address == "sqlite::memory:";
        let file = if temporary {
            std::env::temp_dir().join(format!("footbridge-{}.db", uuid::Uuid::new_v4().simple()))
        } else {
            let path = address
                .strip_prefix("sqlite://")
                .or_else(|| address.strip_prefix("sqlite:"))
                .unwrap_or(address);
            if path.is_empty() {
                return Err("its address names no file; write `sqlite: data/shop.db`".to_owned());
            }
            root.join(path)
        };
        Ok(Self {
            file,
            timeout,
            epoch: Instant::now(),
            temporary,
        })
    }

    fn since_epoch(&self, moment: Instant) -> u64 {
        let millis = moment.saturating_duration_since(self.epoch).as_millis();
        u64::try_from(millis).unwrap_or(u64::MAX)
    }

    /// The types that columns were declared with, which the driver tells only in part.
    async fn declared(
        connection: &mut SqliteConnection,
        columns: &[sqlx::sqlite::SqliteColumn],
    ) -> Result<Vec<Hint>, sqlx::Error> {
        let mut tables: HashMap<Arc<str>, HashMap<String, String>> = HashMap::new();
        let mut hints = Vec::with_capacity(columns.len());
        for column in columns {
            let ColumnOrigin::Table(origin) = column.origin() else {
                hints.push(Hint::None);
                continue;
            };
            if !tables.contains_key(&origin.table) {
                let rows = sqlx::query("SELECT name, type FROM pragma_table_xinfo(?1)")
                    .bind(origin.table.to_string())
                    .fetch_all(&mut *connection)
                    .await?;
                let mut types = HashMap::new();
                for row in rows {
                    types.insert(row.try_get(0)?, row.try_get(1)?);
                }
                tables.insert(Arc::clone(&origin.table), types);
            }
            let declared = tables
                .get(&origin.table)
                .and_then(|types| types.get(&*origin.name));
            hints.push(declared.map_or(Hint::None, |declared| Hint::of(declared)));
        }
        Ok(hints)
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        if !self.temporary {
            return;
        }
        for suffix in ["", "-wal", "-shm"] {
            let mut name = self.file.clone().into_os_string();
            name.push(suffix);
            // It may never have been made.
            drop(std::fs::remove_file(name));
        }
    }
}

impl Engine for Sqlite {
    const DIALECT: Dialect = Dialect::Sqlite;

    type Connection = Link;
    type Row = SqliteRow;
    type Finished = SqliteQueryResult;
    type Arguments = SqliteArguments;
    type Detail = Arc<[Hint]>;

    async fn connect(&self, access: Access) -> Result<Link, SqlError> {
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder).map_err(|error| {
                SqlError::new(
                    SqlErrorKind::Unavailable,
                    format!(
                        "the folder of {} cannot be made: {error}",
                        self.file.display()
                    ),
                )
            })?;
        }
        let options = SqliteConnectOptions::from_str("sqlite:")
            .map_err(|error| SqlError::from_sqlx(error, ""))?
            .filename(&self.file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(if self.temporary {
                SqliteSynchronous::Off
            } else {
                SqliteSynchronous::Normal
            })
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT.min(self.timeout))
            .row_buffer_size(256)
            .pragma(
                "query_only",
                if access == Access::Read { "ON" } else { "OFF" },
            );
        let mut connection = SqliteConnection::connect_with(&options)
            .await
            .map_err(SqlError::at_connect)?;
        let deadline = Arc::new(AtomicU64::new(u64::MAX));
        let (ends, epoch) = (Arc::clone(&deadline), self.epoch);
        connection
            .lock_handle()
            .await
            .map_err(SqlError::at_connect)?
            .set_progress_handler(STEPS_BETWEEN_LOOKS, move || {
                let now = u64::try_from(epoch.elapsed().as_millis()).unwrap_or(u64::MAX);
                now < ends.load(Ordering::Relaxed)
            });
        Ok(Link {
            connection,
            deadline,
        })
    }

    async fn ping(link: &mut Link) -> bool {
        link.connection.ping().await.is_ok()
    }

    async fn limit(&self, link: &mut Link, deadline: Instant) -> Result<(), SqlError> {
        link.deadline
            .store(self.since_epoch(deadline), Ordering::Relaxed);
        Ok(())
    }

    async fn describe(
        &self,
        link: &mut Link,
        text: &Arc<str>,
        _declared: &[Option<Scalar>],
    ) -> Result<Known<Self>, SqlError> {
        link.deadline.store(u64::MAX, Ordering::Relaxed);
        let failed = |error| SqlError::from_sqlx(error, text);
        let statement = (&mut link.connection)
            .prepare(sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(Arc::clone(
                text,
            ))))
            .await
            .map_err(failed)?;
        let hints = Self::declared(&mut link.connection, statement.columns())
            .await
            .map_err(failed)?;
        let columns = statement
            .columns()
            .iter()
            .zip(&hints)
            .map(|(column, hint)| Column {
                name: Arc::from(column.name()),
                kind: hint.kind(),
            })
            .collect();
        Ok(Known {
            preparation: Preparation {
                text: Arc::clone(text),
                described: Described {
                    parameters: Vec::new(),
                    columns,
                },
            },
            detail: hints.into(),
        })
    }

    fn bind(&self, _known: &Known<Self>, query: &Query<'_>) -> Result<SqliteArguments, SqlError> {
        bind::arguments(query)
    }

    fn steps<'c>(
        link: &'c mut Link,
        text: &Arc<str>,
        arguments: SqliteArguments,
    ) -> Steps<'c, Self> {
        let query = sqlx::query_with(AssertSqlSafe(Arc::clone(text)), arguments);
        (&mut link.connection).fetch_many(query)
    }

    fn done(finished: &SqliteQueryResult) -> Done {
        Done {
            changed: finished.rows_affected(),
            key: Some(finished.last_insert_rowid()),
        }
    }

    fn columns(known: Option<&Known<Self>>, row: &SqliteRow) -> Columns {
        match known {
            Some(known) if known.detail.len() == row.len() => Arc::clone(&known.detail),
            Some(_) | None => vec![Hint::None; row.len()].into(),
        }
    }

    async fn execute(link: &mut Link, text: &'static str) -> Result<(), SqlError> {
        link.connection
            .execute(text)
            .await
            .map(drop)
            .map_err(|error| SqlError::from_sqlx(error, text))
    }

    /// SQLite's transactions are serializable; one that will write takes the lock at once, rather than fail
    /// half-way.
    fn begin(_isolation: Option<Isolation>) -> &'static [&'static str] {
        &["BEGIN IMMEDIATE"]
    }

    async fn procedure(
        &self,
        _link: &mut Link,
        name: &str,
        _given: &[&str],
    ) -> Result<ProcedureInfo, SqlError> {
        Err(procedure::unknown(name))
    }

    fn needs_transaction(_info: &ProcedureInfo) -> bool {
        false
    }

    async fn call(
        &self,
        _link: &mut Link,
        info: &ProcedureInfo,
        _call: &Call<'_>,
    ) -> Result<Called, SqlError> {
        Err(procedure::unknown(&info.name))
    }

    async fn migrate(link: &mut Link, folder: &Path) -> Result<(), SqlError> {
        link.deadline.store(u64::MAX, Ordering::Relaxed);
        crate::migrate::run(folder, &mut link.connection).await
    }

    fn timeout(&self) -> Duration {
        self.timeout
    }
}

/// The kind of a column by how it was declared; SQLite itself knows only the value's.
impl Hint {
    pub(crate) fn kind(self) -> ColumnKind {
        match self {
            Self::None => ColumnKind::Unknown,
            Self::Bool => ColumnKind::Bool,
            Self::Int => ColumnKind::Int,
            Self::Long => ColumnKind::Long,
            Self::Decimal(_) => ColumnKind::Decimal,
            Self::Number => ColumnKind::Number,
            Self::Text => ColumnKind::Text,
            Self::Bytes => ColumnKind::Bytes,
            Self::Day => ColumnKind::Day,
            Self::Time => ColumnKind::Time,
            Self::Timestamp => ColumnKind::LocalTimestamp,
            Self::Json => ColumnKind::Json,
            Self::Xml => ColumnKind::Xml,
            Self::Uuid => ColumnKind::Uuid,
        }
    }
}
