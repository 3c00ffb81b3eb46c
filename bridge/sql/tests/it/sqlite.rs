//! SQLite.

use std::sync::Arc;
use std::time::Duration;

use footbridge_mapping::data::Data;
use footbridge_mapping::rows::{Field, NullRule, Preset};
use footbridge_mapping::slot::{Constant, Scalar};
use footbridge_mapping::statement::Dialect;
use footbridge_remoting::ListShape;
use footbridge_sql::{Database, SqlErrorKind};

use crate::behaviour;
use crate::support::{ask, backend, cell, change, open, plan, rule, settings};

async fn database(tables: &[&str]) -> Arc<Database> {
    let database = open(
        backend(Dialect::Sqlite, ":memory:"),
        std::path::Path::new("."),
    );
    for table in tables {
        change(table).done(&database).await;
    }
    database
}

const TYPES: &str = "CREATE TABLE every (
    i INTEGER, big BIGINT, price DECIMAL(10,2), ratio REAL, name VARCHAR(20), flag BOOLEAN,
    day DATE, at DATETIME, since TIMESTAMP, clock TIME, picture BLOB, doc JSON, guid UUID, free)";

#[tokio::test]
async fn every_type_is_sent_as_the_table_says() {
    let database = database(&[
        TYPES,
        "INSERT INTO every VALUES (1, 2, 12.5, 0.1, 'Ä', 1, '2026-11-20', '2026-11-20 10:15:30.25',
            1763633730, '10:15', x'0102', '{\"a\": [1, 2.5, null, 9007199254740993]}',
            x'00112233445566778899aabbccddeeff', 'x')",
        "INSERT INTO every VALUES (2147483648, 9007199254740993, 12345678901234567890.25, 1e308, '', 0,
            '0001-01-01', '9999-12-31 23:59:59.999', 2440587.5, '24:00', x'', '[]', 'not one', 3)",
        "INSERT INTO every VALUES (-1, -9007199254740993, 7, -0.0, char(0), 7, 'yesterday', '2026-02-30',
            '2026-11-20T10:15:30+02:00', NULL, 'text', '{', NULL, 2.5)",
        "INSERT INTO every DEFAULT VALUES",
    ])
    .await;
    let mut text = String::new();
    for row in 1..=4 {
        let statement = format!("SELECT * FROM every WHERE rowid = {row}");
        for preset in [
            Preset::BlazeDs,
            Preset::DotNet,
            Preset::ColdFusion,
            Preset::AmfPhp,
        ] {
            text.push_str(&format!("-- row {row}, {preset:?}\n"));
            let cells = ask(&statement)
                .cells(&database, |rule| rule.preset = preset)
                .await;
            text.push_str(&cells);
        }
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn declared_types_convert_exactly_or_refuse() {
    let database = database(&[
        TYPES,
        "INSERT INTO every VALUES (1, 9007199254740993, 12.5, 3.0, '42', 1, '2026-11-20', '2026-11-20 10:15:30.25',
            1763633730, '10:15', x'01', '{}', NULL, '2026-11-20T10:00:00Z')",
    ])
    .await;
    let mut text = String::new();
    for declared in [
        Scalar::String,
        Scalar::Int,
        Scalar::Number,
        Scalar::Decimal,
        Scalar::Long,
        Scalar::Bool,
        Scalar::Date,
        Scalar::Day,
        Scalar::Bytes,
        Scalar::Xml,
    ] {
        text.push_str(&format!("-- {declared:?}\n"));
        let cells = ask("SELECT * FROM every")
            .cells(&database, |rule| rule.declared = Some(declared))
            .await;
        text.push_str(&cells);
    }
    insta::assert_snapshot!(text);
}

const ORDERS: [&str; 3] = [
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, city TEXT)",
    "CREATE TABLE line (order_id INTEGER, sku TEXT, quantity INTEGER)",
    "INSERT INTO orders VALUES (1, 'Ann', 'Bern'), (2, 'Bob', NULL), (3, NULL, NULL)",
];

const JOIN: &str =
    "SELECT o.id, o.customer AS \"customer.name\", o.city AS \"customer.city\", l.sku, l.quantity
    FROM orders o LEFT JOIN line l ON l.order_id = o.id ORDER BY o.id, l.sku";

#[tokio::test]
async fn neighbouring_rows_become_one_object() {
    let database = database(&ORDERS).await;
    change("INSERT INTO line VALUES (1, 'a', 2), (1, 'b', 3), (2, 'c', 1)")
        .done(&database)
        .await;
    let customer = plan(
        "shop.Customer",
        &["name", "city"],
        vec![cell(1, "name"), cell(2, "city")],
        &[],
    );
    let line = plan(
        "shop.Line",
        &["sku", "quantity"],
        vec![cell(3, "sku"), cell(4, "quantity")],
        &[],
    );
    let order = plan(
        "shop.Order",
        &["id", "customer", "lines"],
        vec![
            cell(0, "id"),
            Field::Object(customer),
            Field::List(line, Some(footbridge_mapping::slot::Shape::Array)),
        ],
        &[0],
    );
    let sent = ask(JOIN).sent(&database, &order, &ListShape::Array).await;
    insta::assert_snapshot!(
        sent.expect("rows")
            .replace("{\"$class\":\"shop.Order\"", "\n{\"$class\":\"shop.Order\"")
    );
    let gathered = ask(JOIN)
        .run(
            &database,
            footbridge_sql::Output::Records { plan: Some(&order) },
        )
        .await
        .expect("rows");
    assert_eq!(
        (gathered.rows, gathered.objects, gathered.data.len()),
        (4, 3, 3)
    );
    let Data::Object(first) = &gathered.data[0] else {
        panic!("an object")
    };
    let Some(Data::List(lines)) = first.members.get("lines") else {
        panic!("lines")
    };
    assert_eq!(lines.len(), 2);
}

#[tokio::test]
async fn two_levels_are_grouped_and_members_left_out() {
    let database = database(&[]).await;
    let part = plan("", &["n"], vec![cell(2, "n")], &[]);
    let line = plan(
        "",
        &["sku", "parts"],
        vec![cell(1, "sku"), Field::List(part, None)],
        &[1],
    );
    let mut omitted = rule("note");
    omitted.null = NullRule::Omit;
    let order = plan(
        "",
        &["id", "lines"],
        vec![
            cell(0, "id"),
            Field::List(line, None),
            Field::Cell {
                column: 3,
                rule: omitted,
            },
        ],
        &[0],
    );
    let text = "SELECT column1 AS id, column2 AS sku, column3 AS n, column4 AS note
        FROM (VALUES (1, 'a', 1, 'first'), (1, 'a', 2, 'x'), (1, 'b', NULL, 'x'), (2, NULL, NULL, NULL))";
    let array = ask(text)
        .sent(&database, &order, &ListShape::ArrayCollection)
        .await;
    let record_set = ask(text)
        .sent(&database, &order, &ListShape::RecordSet)
        .await;
    insta::assert_snapshot!(format!(
        "{}\n{}",
        array.expect("rows"),
        record_set.expect("rows")
    ));
}

#[tokio::test]
async fn null_is_what_the_rule_says() {
    let database = database(&[]).await;
    let mut text = String::new();
    for null in [
        NullRule::Null,
        NullRule::Refuse,
        NullRule::Value(Constant::Number("0".into())),
        NullRule::Value(Constant::NaN),
        NullRule::Value(Constant::Text("-".into())),
        NullRule::Value(Constant::EmptyList),
    ] {
        let cells = ask("SELECT NULL AS x")
            .cells(&database, |rule| rule.null = null.clone())
            .await;
        text.push_str(&format!("{null:?}: {cells}"));
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn values_are_bound_by_their_kind() {
    let database = database(&[
        "CREATE TABLE t (id INTEGER PRIMARY KEY, price DECIMAL(10,2), name TEXT, at DATETIME, day DATE, raw BLOB)",
    ])
    .await;
    let binds = [
        Data::Decimal("12.50".into()),
        Data::text("x"),
        Data::Date(1_763_633_730_250.0),
        Data::Day(jiff::civil::date(2026, 11, 20)),
        Data::Bytes(Arc::from([1, 2])),
    ];
    let outcome = change("INSERT INTO t (price, name, at, day, raw) VALUES (?1, ?2, ?3, ?4, ?5)")
        .with(&binds)
        .done(&database)
        .await;
    assert_eq!((outcome.changed, outcome.key), (1, Some(1)));
    let kinds = ask(
        "SELECT typeof(price)||typeof(name)||typeof(at)||typeof(day)||typeof(raw)||at||day FROM t",
    )
    .values(&database)
    .await;
    assert_eq!(
        kinds,
        [Data::text(
            "realtexttexttextblob2025-11-20 10:15:30.252026-11-20"
        )]
    );
    let found = ask("SELECT id FROM t WHERE price * 2 > ?1 AND day = ?2")
        .with(&[Data::Decimal("24.9".into()), binds[3].clone()])
        .values(&database)
        .await;
    assert_eq!(found, [Data::Int(1)]);
    let listed = ask("SELECT id FROM t WHERE name IN (SELECT value FROM json_each(?1))");
    let names = [Data::List(Arc::from([Data::text("x"), Data::text("y")]))];
    assert_eq!(listed.with(&names).values(&database).await, [Data::Int(1)]);
    let none = [Data::List(Arc::default())];
    let listed = ask("SELECT id FROM t WHERE name IN (SELECT value FROM json_each(?1))");
    assert_eq!(listed.with(&none).values(&database).await, []);
}

#[tokio::test]
async fn a_key_is_that_of_its_own_insert() {
    let database = database(&["CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT UNIQUE)"]).await;
    let key = async |text| change(text).done(&database).await.key;
    assert_eq!(key("-- one\nINSERT INTO t (n) VALUES ('a')").await, Some(1));
    assert_eq!(key("INSERT OR IGNORE INTO t (n) VALUES ('a')").await, None);
    assert_eq!(key("UPDATE t SET n = 'insert'").await, None);
    assert_eq!(key("DELETE FROM t WHERE id = 7").await, None);
    assert_eq!(
        key("INSERT INTO t (n) VALUES ('b') RETURNING id").await,
        Some(2)
    );
}

#[tokio::test]
async fn a_reading_text_cannot_change_anything() {
    let database = database(&["CREATE TABLE t (id INTEGER)"]).await;
    let error = ask("INSERT INTO t VALUES (1)").fails(&database).await;
    assert_eq!(error.kind, SqlErrorKind::ReadOnly);
}

#[tokio::test]
async fn faults_have_their_kinds_and_places() {
    behaviour::faults_have_their_kinds_and_places(&database(&[]).await).await;
}

#[tokio::test]
async fn rows_beyond_the_cap_are_a_fault() {
    let database = database(&[]).await;
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n";
    let mut query = ask(numbers);
    query.max_rows = 10;
    assert_eq!(
        query.fails(&database).await.kind,
        SqlErrorKind::TooManyRows { limit: 10 }
    );
    query.max_rows = 100_000;
    assert_eq!(query.done(&database).await.rows, 100_000);
}

#[tokio::test]
async fn a_statement_ends_at_its_deadline_and_frees_its_connection() {
    let database = database(&[]).await;
    let mut endless = ask(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    );
    endless.timeout = Some(Duration::from_millis(50));
    assert_eq!(endless.fails(&database).await.kind, SqlErrorKind::Timeout);
    assert_eq!(ask("SELECT 1").values(&database).await, [Data::Int(1)]);
    assert_eq!(database.status().reading, 0);
}

#[tokio::test]
async fn transactions_keep_all_or_nothing() {
    behaviour::transactions_keep_all_or_nothing(&database(&[]).await, None).await;
}

#[tokio::test]
async fn one_row_is_one_row() {
    use footbridge_amf::GraphBuilder;
    use footbridge_sql::Output;
    let database = database(&[]).await;
    let plan = plan("", &["a"], vec![cell(0, "a")], &[]);
    let kind = async |text, optional| {
        let mut sink = GraphBuilder::new();
        let output = Output::Row {
            plan: &plan,
            optional,
            style: &crate::support::style(),
            service: "s",
            sink: &mut sink,
        };
        ask(text)
            .run(&database, output)
            .await
            .map(|outcome| outcome.objects)
            .map_err(|error| error.kind)
    };
    assert_eq!(kind("SELECT 1 AS a", false).await, Ok(1));
    assert_eq!(kind("SELECT 1 AS a WHERE false", true).await, Ok(0));
    assert_eq!(
        kind("SELECT 1 AS a WHERE false", false).await,
        Err(SqlErrorKind::None)
    );
    assert_eq!(
        kind("SELECT 1 AS a UNION SELECT 2", true).await,
        Err(SqlErrorKind::Many)
    );
}

#[tokio::test]
async fn columns_that_moved_are_noticed() {
    use footbridge_mapping::rows::{Column, ColumnKind};
    let database = database(&[
        "CREATE TABLE t (a INTEGER, b INTEGER)",
        "INSERT INTO t VALUES (1, 2)",
    ])
    .await;
    let text = Arc::from("SELECT * FROM t");
    let columns = ["b", "a"].map(|name| Column {
        name: Arc::from(name),
        kind: ColumnKind::Int,
    });
    let query = footbridge_sql::Query {
        text: &text,
        binds: &[],
        declared: &[],
        columns: &columns,
        page: None,
        writes: false,
        max_rows: 10,
        zone: &jiff::tz::TimeZone::UTC,
        deadline: None,
    };
    let error = database
        .run(&query, footbridge_sql::Output::Nothing)
        .await
        .expect_err("other columns");
    assert_eq!(error.kind, SqlErrorKind::Changed);
}

#[tokio::test]
async fn a_file_is_made_with_its_folder_and_migrated_once() {
    let root = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(root.path().join("migrations")).expect("a folder");
    std::fs::write(
        root.path().join("migrations/0001_first.sql"),
        "CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (7);",
    )
    .expect("a file");
    let mut backend = backend(Dialect::Sqlite, "data/deep/shop.db");
    settings(&mut backend).migrations = Some(Arc::from("migrations"));
    let database = open(backend, root.path());
    database.migrate().await.expect("migrated");
    database.migrate().await.expect("nothing to do");
    assert!(root.path().join("data/deep/shop.db").exists());
    assert_eq!(
        ask("SELECT id FROM t").values(&database).await,
        [Data::Int(7)]
    );
}

/// Long enough that nobody waits for it, short enough for the backend's own time-out.
const MANY: &str = "INSERT INTO t WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 150000) SELECT n FROM c";

#[tokio::test]
async fn what_writes_runs_to_its_end_whoever_leaves() {
    let database = database(&["CREATE TABLE t (n INTEGER)"]).await;
    let mut late = change(MANY);
    late.timeout = Some(Duration::from_millis(20));
    assert_eq!(late.fails(&database).await.kind, SqlErrorKind::Timeout);
    // The only connection that writes is free when the statement has ended.
    let count = change("SELECT count(*) FROM t");
    assert_eq!(count.values(&database).await, [Data::Int(150_000)]);

    let left = change(MANY);
    let caller = tokio::time::timeout(Duration::from_millis(20), left.done(&database)).await;
    assert!(caller.is_err(), "the caller has left");
    assert_eq!(count.values(&database).await, [Data::Int(300_000)]);
}

#[tokio::test]
async fn what_has_no_connection_yet_is_not_begun_for_a_caller_who_leaves() {
    let database = database(&["CREATE TABLE t (n INTEGER)"]).await;
    let holder = database.begin(None).await.expect("a transaction");
    let mut late = change("INSERT INTO t VALUES (1)");
    late.timeout = Some(Duration::from_millis(1));
    assert_eq!(late.fails(&database).await.kind, SqlErrorKind::Timeout);
    holder.rollback().await.expect("undone");
    let count = change("SELECT count(*) FROM t");
    assert_eq!(count.values(&database).await, [Data::Int(0)]);
}

#[tokio::test]
async fn a_transaction_of_a_caller_who_leaves_is_undone() {
    let database = database(&["CREATE TABLE t (n INTEGER)"]).await;
    let work = async {
        let mut transaction = database.begin(None).await.expect("a transaction");
        change("INSERT INTO t VALUES (1)")
            .done(&mut transaction)
            .await;
        change(MANY).done(&mut transaction).await;
        transaction.commit().await.expect("kept");
    };
    assert!(
        tokio::time::timeout(Duration::from_millis(20), work)
            .await
            .is_err()
    );
    let count = change("SELECT count(*) FROM t");
    assert_eq!(count.values(&database).await, [Data::Int(0)]);
}

#[tokio::test]
async fn texts_of_a_mapping_mean_the_same_as_elsewhere() {
    let database = database(&[]).await;
    crate::texts::the_same_on_every_database(&database, Dialect::Sqlite).await;
}
