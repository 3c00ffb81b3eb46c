//! A room of its own for each test on the servers that the environment names.

use std::sync::Arc;

use footbridge_mapping::model::Backend;
use footbridge_mapping::statement::Dialect;
use footbridge_sql::Database;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, PgConnection};

use crate::support::{backend, change, open};

fn server(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} names no server; tests/run starts one and sets it"))
}

fn name() -> String {
    format!("t{}", uuid::Uuid::new_v4().simple())
}

/// The address of an empty schema, and its name.
pub(crate) async fn postgres_address() -> (String, String) {
    let server = server("FOOTBRIDGE_TEST_POSTGRES");
    let schema = name();
    let mut connection = PgConnection::connect(&server).await.expect("a server");
    connection
        .execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}")))
        .await
        .expect("a schema");
    let separator = if server.contains('?') { '&' } else { '?' };
    (
        format!("{server}{separator}options[search_path]={schema}"),
        schema,
    )
}

pub(crate) async fn postgres_backend() -> Backend {
    backend(Dialect::Postgres, &postgres_address().await.0)
}

/// A database with these statements run.
pub(crate) async fn postgres(tables: &[&str]) -> Arc<Database> {
    filled(postgres_backend().await, tables).await
}

/// The address of an empty database.
pub(crate) async fn mariadb_address() -> String {
    let server = server("FOOTBRIDGE_TEST_MARIADB");
    let database = name();
    let mut connection = MySqlConnection::connect(&server).await.expect("a server");
    connection
        .execute(AssertSqlSafe(format!(
            "CREATE DATABASE {database} CHARACTER SET utf8mb4"
        )))
        .await
        .expect("a database");
    let (host, _) = server.rsplit_once('/').expect("an address with a database");
    format!("{host}/{database}")
}

pub(crate) async fn mariadb_backend() -> Backend {
    backend(Dialect::MySql, &mariadb_address().await)
}

pub(crate) async fn mariadb(tables: &[&str]) -> Arc<Database> {
    filled(mariadb_backend().await, tables).await
}

pub(crate) async fn filled(backend: Backend, tables: &[&str]) -> Arc<Database> {
    let database = open(backend, std::path::Path::new("."));
    for table in tables {
        change(table).done(&database).await;
    }
    database
}
