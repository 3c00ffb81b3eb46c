//! Procedures of PostgreSQL and MariaDB, called as operations. A case in `postgres/` or `mariadb/` has beside its calls
//! (see `main.rs`) a mapping of the backend `erp`, and `NAME.sql`, which makes what it calls in an empty database.

#[path = "play.rs"]
mod play;

use std::path::Path;

use footbridge_gateway::Live;
use footbridge_mapping::compile::{Project, SourceFile};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, PgConnection};

#[tokio::test]
async fn procedures_of_postgresql_answer_as_they_say() {
    play::cases("postgres", async |case: &Path, root: &Path| {
        let server = server("FOOTBRIDGE_TEST_POSTGRES");
        let schema = name();
        let mut connection = PgConnection::connect(&server).await.unwrap();
        connection
            .execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}")))
            .await
            .unwrap();
        let separator = if server.contains('?') { '&' } else { '?' };
        let address = format!("{server}{separator}options[search_path]={schema}");
        live(case, root, "postgres", &address).await
    })
    .await;
}

#[tokio::test]
async fn procedures_of_mariadb_answer_as_they_say() {
    play::cases("mariadb", async |case: &Path, root: &Path| {
        let server = server("FOOTBRIDGE_TEST_MARIADB");
        let database = name();
        let mut connection = MySqlConnection::connect(&server).await.unwrap();
        connection
            .execute(AssertSqlSafe(format!(
                "CREATE DATABASE {database} CHARACTER SET utf8mb4"
            )))
            .await
            .unwrap();
        let (host, _) = server.rsplit_once('/').unwrap();
        live(case, root, "mysql", &format!("{host}/{database}")).await
    })
    .await;
}

async fn live(case: &Path, root: &Path, kind: &str, address: &str) -> Live {
    let migrations = root.join("migrations");
    std::fs::create_dir_all(&migrations).unwrap();
    std::fs::copy(case.with_extension("sql"), migrations.join("0001_case.sql")).unwrap();
    // A mapping does not take a password in clear.
    let (address, password) = apart(address);
    std::fs::write(root.join("password"), password).unwrap();
    let gateway = format!(
        "gateway: test\nbackends:\n  erp: {{{kind}: \"{address}\", password: \"${{file:password}}\", migrations: migrations}}\ndefaults: {{roles: public}}\n"
    );
    let file = |path: &str, text: String| SourceFile {
        path: path.into(),
        text: text.into(),
    };
    let service = std::fs::read_to_string(case.with_extension("yaml")).unwrap();
    let project = Project {
        root: root.to_owned(),
        files: vec![
            file("mappings/gateway.yaml", gateway),
            file("mappings/service.yaml", service),
        ],
    };
    play::in_force(&project, root).await
}

/// An address without its password, and the password.
fn apart(address: &str) -> (String, String) {
    let (scheme, rest) = address.split_once("://").unwrap();
    let (user, host) = rest.rsplit_once('@').unwrap();
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    (format!("{scheme}://{user}@{host}"), password.to_owned())
}

fn server(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} names no server; tests/run starts one and sets it"))
}

fn name() -> String {
    format!("t{}", uuid::Uuid::new_v4().simple())
}
