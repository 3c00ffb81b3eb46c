//! What only PostgreSQL and MariaDB have: procedures, called as operations, and transactions that meet. A case in `postgres/` or `mariadb/` has beside its calls
//! (see `main.rs`) a mapping of the backend `erp`, and `NAME.sql`, which makes what it calls in an empty database.

#[path = "play.rs"]
mod play;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use footbridge_gateway::Live;
use footbridge_mapping::compile::{Project, SourceFile};
use footbridge_remoting::Encoding;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, PgConnection};

#[tokio::test]
async fn procedures_of_postgresql_answer_as_they_say() {
    play::cases("postgres", async |case: &Path, root: &Path| {
        live(case, root, "postgres", &postgres().await).await
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

#[tokio::test]
async fn a_procedure_that_the_database_lacks_is_told_at_load() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    std::fs::write(
        root.join("none.sql"),
        "CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2'",
    )
    .unwrap();
    let service = "service: test.Wrong
backend: erp
operations:
  absent: {procedure: thrice, returns: int}
  other: {args: {m: int}, procedure: twice, returns: int}
  right: {args: {n: int}, procedure: twice, returns: int}
";
    std::fs::write(root.join("none.yaml"), service).unwrap();
    let address = postgres().await;
    let project = project(&root.join("none.calls"), root, "postgres", &address);
    let live = play::loaded(&project, root).await;
    let findings = live.prepare().await;
    let told: Vec<String> = findings
        .diagnostics
        .iter()
        .map(|found| format!("{} {}", found.code, found.message))
        .collect();
    let [absent, other, needed] = told.as_slice() else {
        panic!("{told:#?}");
    };
    assert!(absent.starts_with("B0429 `erp`: "), "{absent}");
    assert_eq!(
        other,
        "B0429 `twice` has no parameter `m`; did you mean `n`?"
    );
    assert_eq!(needed, "B0429 `twice` wants a value for its parameter `n`");
}

/// Twelve transactions that read a counter and write it, each as if it were alone: many of them meet, and every one
/// of those begins again.
#[tokio::test]
async fn transactions_that_meet_run_again() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    std::fs::write(
        root.join("meet.sql"),
        "CREATE TABLE counter (id int PRIMARY KEY, n int NOT NULL); INSERT INTO counter VALUES (1, 0);",
    )
    .unwrap();
    let service = "service: test.Counter
backend: erp
operations:
  add:
    retry: 100
    isolation: serializable
    transaction:
      before:
        sql: SELECT n FROM counter WHERE id = 1
        returns: int
      after:
        sql: UPDATE counter SET n = :before + 1 WHERE id = 1
        expect: 1
    value: =before
    returns: int
  count:
    sql: SELECT n FROM counter WHERE id = 1
    returns: int
";
    std::fs::write(root.join("meet.yaml"), service).unwrap();
    let address = postgres().await;
    let live = Arc::new(live(&root.join("meet.calls"), root, "postgres", &address).await);
    let calls = (0..12).map(|_| play::answer(&live, Encoding::Amf3, "test.Counter.add"));
    let mut seen: Vec<u32> = join_all(calls)
        .await
        .iter()
        .map(|answer| answer.parse().unwrap_or_else(|_| panic!("{answer}")))
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..12).collect::<Vec<_>>());
    assert_eq!(
        play::answer(&live, Encoding::Amf3, "test.Counter.count").await,
        "12"
    );
}

/// Sixteen calls of one packet, on a database with one connection, take longer together than a pool lets anybody wait.
/// None of them is refused, and neither is a call of somebody else.
#[tokio::test]
async fn calls_of_a_packet_wait_for_each_other() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    std::fs::write(root.join("slow.sql"), "SELECT 1").unwrap();
    let service = "service: test.Slow
backend: erp
operations:
  work:
    sql: SELECT 7 FROM pg_sleep(0.16)
    returns: int
";
    std::fs::write(root.join("slow.yaml"), service).unwrap();
    let address = postgres().await;
    let mut project = project(&root.join("slow.calls"), root, "postgres", &address);
    let narrow = project.files[0].text.replace(
        "migrations: migrations}",
        "migrations: migrations, pool: 1}",
    );
    project.files[0] = SourceFile::new("mappings/gateway.yaml", narrow.as_bytes());
    let live = Arc::new(play::in_force(&project, root).await);
    let packet = Arc::default();
    let began = std::time::Instant::now();
    let mut calls: Vec<BoxFuture<'_, String>> = Vec::new();
    for _ in 0..16 {
        let call = play::answer_in_packet(&live, &packet, Encoding::Amf3, "test.Slow.work");
        calls.push(call.boxed());
    }
    // Behind those that are there already, and not behind all of them.
    let other = async {
        let answer = play::answer(&live, Encoding::Amf3, "test.Slow.work").await;
        assert!(
            began.elapsed() < Duration::from_secs(1),
            "it waited for the packet"
        );
        answer
    };
    calls.push(other.boxed());
    assert_eq!(join_all(calls).await, vec!["7"; 17]);
}

async fn live(case: &Path, root: &Path, kind: &str, address: &str) -> Live {
    play::in_force(&project(case, root, kind, address), root).await
}

fn project(case: &Path, root: &Path, kind: &str, address: &str) -> Project {
    let migrations = root.join("migrations");
    std::fs::create_dir_all(&migrations).unwrap();
    std::fs::copy(case.with_extension("sql"), migrations.join("0001_case.sql")).unwrap();
    // A mapping does not take a password in clear.
    let (address, password) = apart(address);
    std::fs::write(root.join("password"), password).unwrap();
    let gateway = format!(
        "gateway: test\nbackends:\n  erp: {{{kind}: \"{address}\", password: \"${{file:password}}\", migrations: migrations}}\ndefaults: {{roles: public}}\n"
    );
    let file = |path: &str, text: String| SourceFile::new(path, text.as_bytes());
    let service = std::fs::read_to_string(case.with_extension("yaml")).unwrap();
    Project {
        root: root.to_owned(),
        files: vec![
            file("mappings/gateway.yaml", gateway),
            file("mappings/service.yaml", service),
        ],
    }
}

/// The address of an empty schema.
async fn postgres() -> String {
    let server = server("FOOTBRIDGE_TEST_POSTGRES");
    let schema = name();
    let mut connection = PgConnection::connect(&server).await.unwrap();
    connection
        .execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}")))
        .await
        .unwrap();
    let separator = if server.contains('?') { '&' } else { '?' };
    format!("{server}{separator}options[search_path]={schema}")
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
