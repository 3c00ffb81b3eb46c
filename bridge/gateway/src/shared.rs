//! What several gateways share in a database: small statements that mean the same on all of them, and the tables that they need.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use footbridge_mapping::data::Data;
use footbridge_mapping::statement::Dialect;
use footbridge_sql::{Database, Outcome, Output, Query, SqlError};
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use crate::run::once;
use crate::session;

/// A table that gateways share, in each dialect.
pub(crate) struct SharedTable {
    /// Answered where the table is there.
    pub(crate) probe: &'static str,
    /// What makes it.
    pub(crate) sqlite: &'static [&'static str],
    /// What makes it.
    pub(crate) postgres: &'static [&'static str],
    /// What makes it.
    pub(crate) mysql: &'static [&'static str],
}

/// Makes the tables of `sessions.store`, those that are not there: `footbridge_session` and `footbridge_once`.
///
/// # Errors
/// `Unavailable`, or what the database says to an account that may make no tables.
pub async fn create(database: &Arc<Database>) -> Result<(), SqlError> {
    for table in [&session::TABLE, &once::TABLE] {
        table.create(database).await?;
    }
    Ok(())
}

impl SharedTable {
    async fn create(&self, database: &Arc<Database>) -> Result<(), SqlError> {
        if run(database, self.probe, &[], false).await.is_ok() {
            return Ok(());
        }
        let texts = match database.dialect() {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
            Dialect::MySql => self.mysql,
        };
        for text in texts {
            if let Err(error) = run(database, text, &[], true).await {
                // Another gateway that starts now may have been quicker.
                let probe = run(database, self.probe, &[], false).await;
                probe.map_err(|_| error)?;
            }
        }
        Ok(())
    }
}

/// Asks for rows, two at most.
pub(crate) async fn ask(
    database: &Arc<Database>,
    text: &str,
    binds: &[Data],
) -> Result<Outcome, SqlError> {
    // A copy of the database may not yet have what was written a moment ago.
    run(database, text, binds, database.writes_elsewhere()).await
}

/// Changes rows.
pub(crate) async fn change(
    database: &Arc<Database>,
    text: &str,
    binds: &[Data],
) -> Result<Outcome, SqlError> {
    run(database, text, binds, true).await
}

/// Runs a text with placeholders `$1`, `$2` …, each once and in order.
async fn run(
    database: &Arc<Database>,
    text: &str,
    binds: &[Data],
    writes: bool,
) -> Result<Outcome, SqlError> {
    let text: Arc<str> = match database.dialect() {
        Dialect::Sqlite | Dialect::Postgres => text.into(),
        Dialect::MySql => (1..=binds.len())
            .fold(text.to_owned(), |text, at| {
                text.replace(&format!("${at}"), "?")
            })
            .into(),
    };
    let query = Query {
        text: &text,
        binds,
        declared: &[],
        columns: &[],
        page: None,
        writes,
        max_rows: 2,
        zone: &TimeZone::UTC,
        deadline: None,
    };
    database.run(&query, Output::Records { plan: None }).await
}

/// SHA-256 in hex: what stands in a table for something that its readers shall not know.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A whole number of a column, however the driver gives it.
pub(crate) fn integer(value: &Data) -> Option<i64> {
    match value.plain() {
        Data::Int(number) => Some(number),
        Data::Decimal(text) | Data::Text(text) => text.parse().ok(),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "milliseconds are far below 2^53, and casts of floats saturate"
        )]
        Data::Number(number) => Some(number as i64),
        _ => None,
    }
}

/// Milliseconds since 1970.
pub(crate) fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, millis)
}

/// A time in milliseconds.
pub(crate) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
