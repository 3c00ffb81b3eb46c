//! Whether the order of pages is one: which columns of a table are never twice the same, by the database's catalogue.

use std::collections::BTreeMap;
use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::statement::Dialect;
use footbridge_sql::{Database, Output, Query, SqlError, SqlErrorKind};
use jiff::tz::TimeZone;

/// The columns of each unique key of these tables, as they are written in a text.
///
/// # Errors
/// If the database is away.
pub(crate) async fn keys(
    database: &Database,
    tables: &[String],
) -> Result<Vec<Vec<String>>, SqlError> {
    let mut keys = Vec::new();
    for table in tables {
        keys.extend(keys_of(database, table).await?);
    }
    Ok(keys)
}

async fn keys_of(database: &Database, table: &str) -> Result<Vec<Vec<String>>, SqlError> {
    let text: Arc<str> = match database.dialect() {
        Dialect::Postgres => POSTGRES,
        Dialect::MySql => MYSQL,
        Dialect::Sqlite => SQLITE,
    }
    .into();
    // PostgreSQL reads the name as it reads it in a text; the others have it without quotes and schema.
    let name = match database.dialect() {
        Dialect::Postgres => table.to_owned(),
        Dialect::MySql | Dialect::Sqlite => bare(table),
    };
    let query = Query {
        text: &text,
        binds: &[Data::text(name)],
        declared: &[],
        columns: &[],
        page: None,
        writes: false,
        max_rows: 10_000,
        zone: &TimeZone::UTC,
        deadline: None,
    };
    let outcome = match database.run(&query, Output::Records { plan: None }).await {
        Ok(outcome) => outcome,
        Err(error)
            if matches!(
                error.kind,
                SqlErrorKind::Unavailable | SqlErrorKind::Timeout
            ) =>
        {
            return Err(error);
        }
        // What the catalogue does not tell is nowhere unique.
        Err(error) => {
            tracing::debug!(%error, table, "the catalogue was not read");
            return Ok(Vec::new());
        }
    };
    let mut keys: BTreeMap<Arc<str>, Option<Vec<String>>> = BTreeMap::new();
    for row in &outcome.data {
        let Data::Text(key) = row.member("k") else {
            continue;
        };
        let columns = keys.entry(key).or_insert_with(|| Some(Vec::new()));
        match (row.member("c"), columns) {
            (Data::Text(column), Some(columns)) => columns.push(column.to_string()),
            // A part of the key is no column: by the others alone rows may be equal.
            (_, columns) => *columns = None,
        }
    }
    Ok(keys.into_values().flatten().collect())
}

fn bare(table: &str) -> String {
    let last = table.rsplit('.').next().unwrap_or(table);
    last.trim_matches(['"', '`', '[', ']']).to_owned()
}

const POSTGRES: &str = "SELECT CAST(i.indexrelid AS text) AS k, CAST(a.attname AS text) AS c \
FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) \
WHERE i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indrelid = to_regclass($1)";

const MYSQL: &str = "SELECT INDEX_NAME AS k, COLUMN_NAME AS c FROM information_schema.STATISTICS \
WHERE NON_UNIQUE = 0 AND TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?";

/// A key that is the row's own number has no index.
const SQLITE: &str = "SELECT l.name AS k, i.name AS c FROM pragma_index_list(?1) l, pragma_index_info(l.name) i \
WHERE l.\"unique\" AND NOT l.partial \
UNION ALL SELECT '', name FROM pragma_table_info(?1) WHERE pk > 0";
