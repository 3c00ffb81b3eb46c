//! PostgreSQL: parameters typed by the server, values in its binary format.
//!
//! The driver's statement cache goes by text alone: a text that is run with other parameter types than it was prepared
//! with corrupts values in silence. So the types of a text are asked once, kept, and each value is brought to them
//! before it is bound (`bind`); a text whose types changed never meets a connection of before.

mod array;
mod bind;
mod casts;
mod decode;
mod interval;
mod numeric;
mod procedure;
mod quick;
mod spelt;

use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use footbridge_mapping::model::{DatabaseSettings, Isolation};
use footbridge_mapping::rows::{Column, Described};
use footbridge_mapping::slot::Scalar;
use footbridge_mapping::statement::Dialect;
use sqlx::postgres::{
    PgArguments, PgConnectOptions, PgConnection, PgQueryResult, PgRow, PgStatement,
};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions as _, Connection as _, Either, Executor as _,
    Row as _, Statement as _,
};

use crate::engine::{Access, Done, Engine, Known, Steps};
use crate::error::{SqlError, SqlErrorKind};
use crate::limit::Limit;
use crate::procedure::{Call, Called, ProcedureInfo};
use crate::query::{Preparation, Query};
pub(crate) use array::Array;
use bind::Parameter;
use decode::Kind;

/// A PostgreSQL database.
pub(crate) struct Postgres {
    read: PgConnectOptions,
    write: PgConnectOptions,
    timeout: Duration,
}

/// A connection, and the time-out its session has now.
pub(crate) struct Link {
    connection: PgConnection,
    limit: Limit,
}

impl Postgres {
    pub(crate) fn new(settings: &DatabaseSettings, timeout: Duration) -> Result<Self, String> {
        let write = settings.write.as_ref().map_or(
            (&settings.address, &settings.password),
            |(address, password)| (address, password),
        );
        Ok(Self {
            read: options(&settings.address, settings.password.as_deref(), timeout)?
                .options([("default_transaction_read_only", "on")]),
            write: options(write.0, write.1.as_deref(), timeout)?,
            timeout,
        })
    }

    async fn prepare(link: &mut Link, text: &Arc<str>) -> Result<PgStatement, SqlError> {
        let safe = sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(Arc::clone(text)));
        (&mut link.connection)
            .prepare(safe)
            .await
            .map_err(|error| match error {
                // The driver reads no catalogue of multiranges.
                sqlx::Error::ColumnDecode { index, .. } if index.contains("typtype") => {
                    SqlError::new(
                        SqlErrorKind::Other,
                        "a column or parameter is a multirange, which has no form in AMF; write CAST(… AS text)",
                    )
                }
                error => SqlError::from_sqlx(error, text),
            })
    }
}

/// What an address says, with what we add to every session.
fn options(
    address: &str,
    password: Option<&str>,
    timeout: Duration,
) -> Result<PgConnectOptions, String> {
    let mut options = PgConnectOptions::from_str(address.trim()).map_err(|_| {
        "its address cannot be read; write postgres://user@host:5432/database".to_owned()
    })?;
    if let Some(password) = password {
        options = options.password(password);
    }
    Ok(options
        .application_name("footbridge")
        .statement_cache_capacity(256)
        .options([
            ("statement_timeout", timeout.as_millis().max(1).to_string()),
            // A gateway that dies in a transaction must not hold its locks.
            ("idle_in_transaction_session_timeout", "60000".to_owned()),
            ("TimeZone", "UTC".to_owned()),
        ])
        .disable_statement_logging())
}

fn steps<'c>(
    link: &'c mut Link,
    text: &Arc<str>,
    arguments: PgArguments,
    persistent: bool,
) -> Steps<'c, Postgres> {
    let query = sqlx::query_with(AssertSqlSafe(Arc::clone(text)), arguments).persistent(persistent);
    (&mut link.connection).fetch_many(query)
}

/// Errors of texts whose parameters the server could not type, or typed as text where something else was meant.
const INFERENCE: [&str; 6] = ["42P18", "42P08", "42804", "42883", "42725", "42846"];

impl Engine for Postgres {
    const DIALECT: Dialect = Dialect::Postgres;

    type Connection = Link;
    type Row = PgRow;
    type Finished = PgQueryResult;
    type Arguments = PgArguments;
    type Detail = Arc<[Parameter]>;

    async fn connect(&self, access: Access) -> Result<Link, SqlError> {
        let options = match access {
            Access::Read => &self.read,
            Access::Write => &self.write,
        };
        let connection = PgConnection::connect_with(options)
            .await
            .map_err(SqlError::at_connect)?;
        Ok(Link {
            connection,
            limit: Limit::new(self.timeout),
        })
    }

    async fn ping(link: &mut Link) -> bool {
        link.connection.ping().await.is_ok()
    }

    async fn limit(&self, link: &mut Link, deadline: Instant) -> Result<(), SqlError> {
        let Some(millis) = link.limit.change(deadline) else {
            return Ok(());
        };
        let text = format!("SET statement_timeout = {millis}");
        (&mut link.connection)
            .execute(AssertSqlSafe(text))
            .await
            .map(drop)
            .map_err(|error| SqlError::from_sqlx(error, ""))
    }

    async fn describe(
        &self,
        link: &mut Link,
        text: &Arc<str>,
        declared: &[Option<Scalar>],
    ) -> Result<Known<Self>, SqlError> {
        let mut text = Arc::clone(text);
        let statement = match Self::prepare(link, &text).await {
            Err(error)
                if error
                    .code
                    .as_deref()
                    .is_some_and(|code| INFERENCE.contains(&code)) =>
            {
                let Some(with_casts) = casts::put(&text, declared) else {
                    return Err(error);
                };
                text = with_casts;
                // The place is one of the text with casts, which nobody wrote.
                Self::prepare(link, &text)
                    .await
                    .map_err(|with_casts| SqlError {
                        position: error.position,
                        ..with_casts
                    })?
            }
            other => other?,
        };
        let parameters: Arc<[Parameter]> = match statement.parameters() {
            Some(Either::Left(types)) => types.iter().map(Parameter::of).collect(),
            Some(Either::Right(_)) | None => Arc::default(),
        };
        let described = Described {
            parameters: parameters
                .iter()
                .map(|parameter| parameter.kind.column())
                .collect(),
            columns: statement
                .columns()
                .iter()
                .map(|column| Column {
                    name: Arc::from(column.name()),
                    kind: Kind::of(column.type_info()).column(),
                })
                .collect(),
        };
        Ok(Known {
            preparation: Preparation { text, described },
            detail: parameters,
        })
    }

    fn bind(&self, known: &Known<Self>, query: &Query<'_>) -> Result<PgArguments, SqlError> {
        bind::arguments(&known.detail, query)
    }

    fn steps<'c>(link: &'c mut Link, text: &Arc<str>, arguments: PgArguments) -> Steps<'c, Self> {
        steps(link, text, arguments, true)
    }

    fn done(finished: &PgQueryResult) -> Done {
        Done {
            changed: finished.rows_affected(),
            key: None,
        }
    }

    fn columns(_known: Option<&Known<Self>>, row: &PgRow) -> Arc<[Kind]> {
        row.columns()
            .iter()
            .map(|column| Kind::of(column.type_info()))
            .collect()
    }

    async fn execute(link: &mut Link, text: &'static str) -> Result<(), SqlError> {
        // A session's settings are undone with the transaction that made them.
        link.limit.forget();
        (&mut link.connection)
            .execute(text)
            .await
            .map(drop)
            .map_err(|error| SqlError::from_sqlx(error, text))
    }

    fn begin(isolation: Option<Isolation>) -> &'static [&'static str] {
        match isolation {
            None => &["BEGIN"],
            Some(Isolation::ReadCommitted) => &["BEGIN ISOLATION LEVEL READ COMMITTED"],
            Some(Isolation::RepeatableRead) => &["BEGIN ISOLATION LEVEL REPEATABLE READ"],
            Some(Isolation::Serializable) => &["BEGIN ISOLATION LEVEL SERIALIZABLE"],
        }
    }

    async fn procedure(
        &self,
        link: &mut Link,
        name: &str,
        given: &[&str],
    ) -> Result<ProcedureInfo, SqlError> {
        procedure::describe(link, name, given).await
    }

    fn needs_transaction(info: &ProcedureInfo) -> bool {
        procedure::hands_out_cursors(info)
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
