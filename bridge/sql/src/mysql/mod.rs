//! MySQL and MariaDB: prepared statements, values in the binary protocol.

mod bind;
mod decode;
mod procedure;
mod quick;
mod returning;

use std::collections::HashSet;
use std::path::Path;
use std::str::FromStr as _;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use footbridge_mapping::model::{DatabaseSettings, Isolation};
use footbridge_mapping::rows::{Column, Described};
use footbridge_mapping::slot::Scalar;
use footbridge_mapping::statement::Dialect;
use sqlx::mysql::{
    MySqlArguments, MySqlColumn, MySqlConnectOptions, MySqlConnection, MySqlQueryResult, MySqlRow,
    MySqlTypeInfo,
};
use sqlx::{
    AssertSqlSafe, Column as _, ColumnOrigin, ConnectOptions as _, Connection as _, Executor as _,
    Row as _, Statement as _,
};

use crate::engine::{Access, Done, Engine, Known, Steps};
use crate::error::SqlError;
use crate::limit::Limit;
use crate::procedure::{Call, Called, ProcedureInfo};
use crate::query::{Preparation, Query};
use decode::{Columns, Kind};

/// A MySQL or MariaDB database.
pub(crate) struct MySql {
    read: MySqlConnectOptions,
    write: MySqlConnectOptions,
    timeout: Duration,
    /// What the driver sends with an exact decimal. It has no such type of its own, so a column's is taken.
    decimal: OnceLock<MySqlTypeInfo>,
}

/// A connection, and the time-out its session has now.
pub(crate) struct Link {
    connection: MySqlConnection,
    limit: Limit,
    maria: bool,
}

impl MySql {
    pub(crate) fn new(settings: &DatabaseSettings, timeout: Duration) -> Result<Self, String> {
        let write = settings.write.as_ref().map_or(
            (&settings.address, &settings.password),
            |(address, password)| (address, password),
        );
        Ok(Self {
            read: options(&settings.address, settings.password.as_deref())?,
            write: options(write.0, write.1.as_deref())?,
            timeout,
            decimal: OnceLock::new(),
        })
    }

    /// Learns what the wire does not tell of a result's columns: how many bits a BIT has, and which text MariaDB
    /// keeps as JSON.
    async fn told_by_catalogue(
        connection: &mut MySqlConnection,
        columns: &[MySqlColumn],
        kinds: &mut [Kind],
    ) -> Result<(), sqlx::Error> {
        let mut json: HashSet<(String, String)> = HashSet::new();
        let mut asked: HashSet<String> = HashSet::new();
        for (column, kind) in columns.iter().zip(kinds) {
            let ColumnOrigin::Table(origin) = column.origin() else {
                continue;
            };
            let Some((schema, table)) = origin.table.split_once('.') else {
                continue;
            };
            match kind {
                Kind::Bit => {
                    let bits: Option<u64> = sqlx::query_scalar(
                        "SELECT CAST(numeric_precision AS UNSIGNED) FROM information_schema.columns \
                         WHERE table_schema = ? AND table_name = ? AND column_name = ?",
                    )
                    .bind(schema)
                    .bind(table)
                    .bind(&*origin.name)
                    .fetch_optional(&mut *connection)
                    .await?
                    .flatten();
                    if bits == Some(1) {
                        *kind = Kind::Flag;
                    }
                }
                Kind::Text
                    if column.type_info().to_string() == "LONGBLOB"
                        || column.type_info().to_string() == "BLOB"
                        || column.type_info().to_string() == "LONGTEXT" =>
                {
                    if asked.insert(origin.table.to_string()) {
                        let checks: Vec<(String, String)> = sqlx::query_as(
                            "SELECT constraint_name, check_clause FROM information_schema.check_constraints \
                             WHERE constraint_schema = ? AND table_name = ?",
                        )
                        .bind(schema)
                        .bind(table)
                        .fetch_all(&mut *connection)
                        .await
                        // MySQL has no table name there, and tells JSON on the wire.
                        .unwrap_or_default();
                        for (name, clause) in checks {
                            if clause.eq_ignore_ascii_case(&format!("json_valid(`{name}`)")) {
                                json.insert((origin.table.to_string(), name));
                            }
                        }
                    }
                    if json.contains(&(origin.table.to_string(), origin.name.to_string())) {
                        *kind = Kind::Json;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn options(address: &str, password: Option<&str>) -> Result<MySqlConnectOptions, String> {
    let mut options = MySqlConnectOptions::from_str(address.trim()).map_err(|_| {
        "its address cannot be read; write mysql://user@host:3306/database".to_owned()
    })?;
    if let Some(password) = password {
        options = options.password(password);
    }
    Ok(options
        .statement_cache_capacity(256)
        // SQL means what it means in the database's own shell, `||` too.
        .pipes_as_concat(false)
        .timezone("+00:00".to_owned())
        .disable_statement_logging())
}

impl Engine for MySql {
    const DIALECT: Dialect = Dialect::MySql;

    type Connection = Link;
    type Row = MySqlRow;
    type Finished = MySqlQueryResult;
    type Arguments = MySqlArguments;
    type Detail = Arc<[Kind]>;

    async fn connect(&self, access: Access) -> Result<Link, SqlError> {
        let options = match access {
            Access::Read => &self.read,
            Access::Write => &self.write,
        };
        let mut connection = MySqlConnection::connect_with(options)
            .await
            .map_err(SqlError::at_connect)?;
        let version = sqlx::query("SELECT version(), CAST(1 AS DECIMAL(65, 30))")
            .persistent(false)
            .fetch_one(&mut connection)
            .await
            .map_err(SqlError::at_connect)?;
        if let Some(column) = version.columns().get(1) {
            self.decimal.get_or_init(|| column.type_info().clone());
        }
        let version: String = version.try_get(0).map_err(SqlError::at_connect)?;
        let maria = version.contains("MariaDB");
        let mut link = Link {
            connection,
            limit: Limit::new(self.timeout),
            maria,
        };
        link.set_timeout(self.timeout.as_millis()).await?;
        if access == Access::Read {
            (&mut link.connection)
                .execute("SET SESSION TRANSACTION READ ONLY")
                .await
                .map_err(SqlError::at_connect)?;
        }
        Ok(link)
    }

    async fn ping(link: &mut Link) -> bool {
        link.connection.ping().await.is_ok()
    }

    async fn limit(&self, link: &mut Link, deadline: Instant) -> Result<(), SqlError> {
        match link.limit.change(deadline) {
            Some(millis) => link.set_timeout(millis).await,
            None => Ok(()),
        }
    }

    async fn describe(
        &self,
        link: &mut Link,
        text: &Arc<str>,
        _declared: &[Option<Scalar>],
    ) -> Result<Known<Self>, SqlError> {
        let safe = sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(Arc::clone(text)));
        let statement = (&mut link.connection)
            .prepare(safe)
            .await
            .map_err(|error| SqlError::from_sqlx(error, text))?;
        let returned = match returning::select(text).filter(|_| statement.columns().is_empty()) {
            Some(select) => (&mut link.connection)
                .prepare(sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(select)))
                .await
                .map(Some)
                .map_err(|error| SqlError::from_sqlx(error, ""))?,
            None => None,
        };
        let columns = returned.as_ref().unwrap_or(&statement).columns();
        let mut kinds: Vec<Kind> = columns
            .iter()
            .map(|column| Kind::of(column.type_info()))
            .collect();
        Self::told_by_catalogue(&mut link.connection, columns, &mut kinds)
            .await
            .map_err(|error| SqlError::from_sqlx(error, ""))?;
        let columns = columns
            .iter()
            .zip(&kinds)
            .map(|(column, kind)| Column {
                name: Arc::from(column.name()),
                kind: kind.column(),
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
            detail: kinds.into(),
        })
    }

    fn bind(&self, _known: &Known<Self>, query: &Query<'_>) -> Result<MySqlArguments, SqlError> {
        bind::arguments(query, self.decimal.get())
    }

    fn steps<'c>(
        link: &'c mut Link,
        text: &Arc<str>,
        arguments: MySqlArguments,
    ) -> Steps<'c, Self> {
        let query = sqlx::query_with(AssertSqlSafe(Arc::clone(text)), arguments);
        (&mut link.connection).fetch_many(query)
    }

    fn done(finished: &MySqlQueryResult) -> Done {
        Done {
            changed: finished.rows_affected(),
            key: i64::try_from(finished.last_insert_id())
                .ok()
                .filter(|key| *key != 0),
        }
    }

    /// The types of expressions may hang on the values bound, so the result's own count; what the catalogue told
    /// beside them stays.
    fn columns(known: Option<&Known<Self>>, row: &MySqlRow) -> Columns {
        let told = known.map_or(&[][..], |known| &known.detail);
        row.columns()
            .iter()
            .enumerate()
            .map(
                |(at, column)| match (Kind::of(column.type_info()), told.get(at)) {
                    (Kind::Bit, Some(Kind::Flag)) => Kind::Flag,
                    (Kind::Text, Some(Kind::Json)) => Kind::Json,
                    (kind, _) => kind,
                },
            )
            .collect()
    }

    async fn execute(link: &mut Link, text: &'static str) -> Result<(), SqlError> {
        (&mut link.connection)
            .execute(text)
            .await
            .map(drop)
            .map_err(|error| SqlError::from_sqlx(error, text))
    }

    fn begin(isolation: Option<Isolation>) -> &'static [&'static str] {
        match isolation {
            None => &["START TRANSACTION"],
            Some(Isolation::ReadCommitted) => &[
                "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
                "START TRANSACTION",
            ],
            Some(Isolation::RepeatableRead) => &[
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                "START TRANSACTION",
            ],
            Some(Isolation::Serializable) => &[
                "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
                "START TRANSACTION",
            ],
        }
    }

    async fn procedure(
        &self,
        link: &mut Link,
        name: &str,
        _given: &[&str],
    ) -> Result<ProcedureInfo, SqlError> {
        procedure::describe(link, name).await
    }

    fn needs_transaction(_info: &ProcedureInfo) -> bool {
        false
    }

    async fn call(
        &self,
        link: &mut Link,
        info: &ProcedureInfo,
        call: &Call<'_>,
    ) -> Result<Called, SqlError> {
        procedure::call(self, link, info, call).await
    }

    async fn migrate(link: &mut Link, folder: &Path) -> Result<(), SqlError> {
        crate::migrate::run(folder, &mut link.connection).await
    }

    fn timeout(&self) -> Duration {
        self.timeout
    }
}

impl Link {
    /// MariaDB counts seconds and means every statement, MySQL milliseconds and SELECT alone.
    async fn set_timeout(&mut self, millis: u128) -> Result<(), SqlError> {
        let text = if self.maria {
            format!(
                "SET max_statement_time = {}.{:03}",
                millis / 1_000,
                millis % 1_000
            )
        } else {
            format!("SET max_execution_time = {millis}")
        };
        (&mut self.connection)
            .execute(AssertSqlSafe(text))
            .await
            .map(drop)
            .map_err(|error| SqlError::from_sqlx(error, ""))
    }
}
