//! What every database does alike, whoever is asked.

use std::sync::Arc;
#[cfg(feature = "databases")]
use std::time::{Duration, Instant};

use footbridge_mapping::data::Data;
use footbridge_mapping::model::Isolation;
use footbridge_sql::{Database, SqlErrorKind};

use crate::support::{ask, change};

/// Faults are told by kind and place, on a database that is empty.
pub(crate) async fn faults_have_their_kinds_and_places(database: &Arc<Database>) {
    for text in [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL CHECK (n > 0), p INTEGER REFERENCES t (id))",
        "INSERT INTO t VALUES (1, 1, NULL)",
    ] {
        change(text).done(database).await;
    }
    for (text, expected) in [
        ("INSERT INTO t VALUES (1, 1, NULL)", SqlErrorKind::Duplicate),
        ("INSERT INTO t VALUES (2, 1, 9)", SqlErrorKind::Reference),
        ("INSERT INTO t VALUES (2, 0, NULL)", SqlErrorKind::Check),
        ("INSERT INTO t VALUES (2, NULL, NULL)", SqlErrorKind::Check),
    ] {
        assert_eq!(change(text).fails(database).await.kind, expected, "{text}");
    }
    let error = ask("SELECT 'ä', 1 FORM t").fails(database).await;
    assert_eq!(
        (error.kind, error.position),
        (SqlErrorKind::Syntax, Some(20))
    );
    let error = ask("SELECT nix FROM t").fails(database).await;
    assert_eq!(error.kind, SqlErrorKind::Syntax);
    let error = ask("INSERT INTO t VALUES (3, 1, NULL)")
        .fails(database)
        .await;
    assert_eq!(error.kind, SqlErrorKind::ReadOnly);
    assert_eq!(ask("SELECT 1").values(database).await, [Data::Int(1)]);
}

/// Of `many`, which has 3,000,000 rows, a reader who wants ten waits for no more.
#[cfg(feature = "databases")]
pub(crate) async fn a_reader_who_stops_early_does_not_wait_for_the_rest(
    database: &Arc<Database>,
    many: &str,
) {
    let mut query = ask(many);
    query.max_rows = 10;
    let began = Instant::now();
    assert_eq!(
        query.fails(database).await.kind,
        SqlErrorKind::TooManyRows { limit: 10 }
    );
    assert_eq!(ask("SELECT 1").values(database).await, [Data::Int(1)]);
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(database.status().reading, 0);
}

/// A transaction keeps all or nothing, and one that is dropped nothing, on a database that is empty.
pub(crate) async fn transactions_keep_all_or_nothing(
    database: &Arc<Database>,
    isolation: Option<Isolation>,
) {
    change("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        .done(database)
        .await;
    let ids = ask("SELECT id FROM t");
    let mut undone = database.begin(None).await.expect("a transaction");
    change("INSERT INTO t VALUES (1)").done(&mut undone).await;
    assert_eq!(ids.values(&mut undone).await, [Data::Int(1)]);
    assert_eq!(ids.values(database).await, []);
    undone.rollback().await.expect("undone");
    let mut dropped = database.begin(None).await.expect("a transaction");
    change("INSERT INTO t VALUES (2)").done(&mut dropped).await;
    drop(dropped);
    let mut kept = database.begin(isolation).await.expect("a transaction");
    change("INSERT INTO t VALUES (3)").done(&mut kept).await;
    kept.commit().await.expect("kept");
    assert_eq!(ids.values(database).await, [Data::Int(3)]);
}
