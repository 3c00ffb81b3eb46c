//! MySQL's protocol, against MariaDB.

use std::sync::Arc;
use std::time::Duration;

use footbridge_mapping::data::Data;
use footbridge_mapping::model::Isolation;
use footbridge_mapping::rows::Preset;
use footbridge_mapping::slot::Scalar;
use footbridge_sql::SqlErrorKind;

use crate::behaviour;
use crate::scratch::{filled, mariadb, mariadb_backend};
use crate::support::{ask, change};

const TYPES: &str = "CREATE TABLE every (
    id int PRIMARY KEY, t tinyint, tu tinyint unsigned, s smallint, m mediumint, i int, iu int unsigned,
    b bigint, bu bigint unsigned, truth boolean, bit1 bit(1), bit10 bit(10), y year,
    f float, d double, n decimal(30,10), c char(5), v varchar(20), bin varchar(20) COLLATE utf8mb4_bin,
    raw varbinary(10), tiny tinytext, lots longtext, picture longblob, doc json,
    e enum('sad','glad'), st set('x','y'), da date, dt datetime(6), ts timestamp(3) NULL, ti time(6), u uuid,
    g geometry)";

#[tokio::test]
async fn every_type_is_sent_as_the_table_says() {
    let database = mariadb(&[
        TYPES,
        "INSERT INTO every VALUES (1, -128, 255, -32768, -8388608, -2147483648, 4294967295,
            -9223372036854775808, 18446744073709551615, true, b'1', b'1000000001', 2155,
            0.1, 1.7976931348623157e308, 12345678901234567890.0123456789, 'abc', 'Ä€😀', 'bin',
            x'00ff', 'tiny', 'lots', x'0102', '{\"a\": [1, 2.5, null]}',
            'glad', 'x,y', '2026-11-20', '2026-11-20 10:15:30.123456', '2026-11-20 10:15:30.5', '-838:59:59',
            '00112233-4455-6677-8899-aabbccddeeff', ST_GeomFromText('POINT(1 2)'))",
        "INSERT INTO every VALUES (2, 0, 0, 0, 0, 0, 0, 9007199254740992, 9007199254740993, 7, b'0', b'0', 1901,
            -3.4e38, -0.0, -0.5, '', '', '', '', '', '', '', '[]',
            'sad', '', '1000-01-01', '9999-12-31 23:59:59.999999', '1970-01-01 00:00:01', '838:59:59.5',
            NULL, NULL)",
        "INSERT INTO every (id) VALUES (3)",
    ])
    .await;
    change("SET SESSION sql_mode = ''").done(&database).await;
    let mut text = String::new();
    for row in 1..=3 {
        let statement = format!("SELECT * FROM every WHERE id = {row}");
        text.push_str(&format!("-- row {row}\n"));
        text.push_str(&ask(&statement).cells(&database, |_| {}).await);
    }
    text.push_str("-- amfphp\n");
    let cells = ask("SELECT da, dt, ts, n, i, b, truth FROM every WHERE id = 1")
        .cells(&database, |rule| rule.preset = Preset::AmfPhp)
        .await;
    text.push_str(&cells);
    text.push_str("-- expressions\n");
    let cells = ask("SELECT i = 0 AS same, sum(i) AS total, avg(d) AS mean, count(*) AS many, 1.5 AS exact, 'x' AS word,
            now() > '2020-01-01' AS late, NULL AS nothing FROM every WHERE id = 2 GROUP BY id")
        .cells(&database, |_| {})
        .await;
    text.push_str(&cells);
    text.push_str("-- declared\n");
    let cells = ask("SELECT truth, bit1, bit10, y FROM every WHERE id = 2")
        .cells(&database, |rule| rule.declared = Some(Scalar::Int))
        .await;
    text.push_str(&cells);
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn zero_dates_are_none_and_half_dates_are_refused() {
    let mut backend = mariadb_backend().await;
    crate::support::settings(&mut backend).write_pool = 1;
    let database = filled(
        backend,
        &[
            "CREATE TABLE t (d date, dt datetime)",
            "SET SESSION sql_mode = ''",
            "INSERT INTO t VALUES ('0000-00-00', '0000-00-00 00:00:00')",
            "INSERT INTO t VALUES ('2026-00-00', '2026-11-00 10:00:00')",
        ],
    )
    .await;
    let mut text = String::new();
    for year in [0, 2026] {
        let statement = format!("SELECT d, dt FROM t WHERE year(d) = {year}");
        text.push_str(&ask(&statement).cells(&database, |_| {}).await);
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn values_are_bound_as_what_they_are() {
    let database = mariadb(&[
        "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, n decimal(30,2), v varchar(20), dt datetime(3), d date, raw blob, doc json, b bool)",
        "INSERT INTO t (n) VALUES (12345678901234567890.01)",
    ])
    .await;
    let binds = [
        Data::Decimal("12.50".into()),
        Data::text("ä"),
        Data::Date(1_763_633_730_250.0),
        Data::Day(jiff::civil::date(2026, 11, 20)),
        Data::Bytes(Arc::from([0, 255])),
        Data::List(Arc::from([Data::Int(1), Data::Null])),
        Data::Bool(true),
    ];
    let outcome = change("INSERT INTO t (n, v, dt, d, raw, doc, b) VALUES (?, ?, ?, ?, ?, ?, ?)")
        .with(&binds)
        .done(&database)
        .await;
    assert_eq!((outcome.changed, outcome.key), (1, Some(2)));
    let cells = ask("SELECT * FROM t WHERE id = 2")
        .cells(&database, |_| {})
        .await;
    insta::assert_snapshot!(cells);
    // As text the decimal would be compared as a double, and find the neighbour.
    let found = async |text: &str| {
        let binds = [Data::Decimal(text.into())];
        ask("SELECT id FROM t WHERE n = ?")
            .with(&binds)
            .values(&database)
            .await
    };
    assert_eq!(found("12345678901234567890.01").await, [Data::Int(1)]);
    assert_eq!(found("12345678901234567890.02").await, []);
    for data in [Data::Int(2), Data::Number(2.0), Data::text("2")] {
        assert_eq!(
            ask("SELECT id FROM t WHERE id = ?")
                .with(&[data])
                .values(&database)
                .await,
            [Data::Int(2)]
        );
    }
    let text = Arc::from("INSERT INTO t (v) VALUES (?) RETURNING id, v");
    let described = database.describe(&text, &[]).await.expect("columns");
    let names: Vec<_> = described
        .described
        .columns
        .iter()
        .map(|column| &*column.name)
        .collect();
    assert_eq!(names, ["id", "v"]);
    let returned = change("INSERT INTO t (v) VALUES ('r') RETURNING id, v")
        .run(&database, footbridge_sql::Output::Values { rule: None })
        .await
        .expect("a key");
    assert_eq!((returned.data, returned.changed), (vec![Data::Int(3)], 1));
    let unchanged = change("UPDATE t SET v = 'r' WHERE id = 3")
        .done(&database)
        .await;
    assert_eq!((unchanged.changed, unchanged.key), (1, None));
}

#[tokio::test]
async fn faults_have_their_kinds_and_places() {
    behaviour::faults_have_their_kinds_and_places(&mariadb(&[]).await).await;
}

#[tokio::test]
async fn a_reader_who_stops_early_does_not_wait_for_the_rest() {
    let many = "SELECT repeat('x', 200) AS x FROM seq_1_to_3000000";
    behaviour::a_reader_who_stops_early_does_not_wait_for_the_rest(&mariadb(&[]).await, many).await;
}

#[tokio::test]
async fn a_deadline_ends_a_statement_on_both_sides() {
    let mut backend = mariadb_backend().await;
    backend.timeout = Duration::from_millis(300);
    let database = filled(backend, &[]).await;
    let mut query = ask("SELECT sleep(30)");
    query.timeout = Some(Duration::from_millis(50));
    assert_eq!(query.fails(&database).await.kind, SqlErrorKind::Timeout);
    query = ask("SELECT sleep(0.6)");
    query.timeout = Some(Duration::from_secs(5));
    assert_eq!(query.values(&database).await.len(), 1);
    let usual = ask("SELECT count(*) FROM seq_1_to_1000000 a, seq_1_to_1000000 b")
        .fails(&database)
        .await;
    assert_eq!(usual.kind, SqlErrorKind::Timeout);
}

#[tokio::test]
async fn a_dead_connection_is_replaced_without_a_fault() {
    let mut backend = mariadb_backend().await;
    crate::support::settings(&mut backend).pool = 1;
    let database = filled(backend, &[]).await;
    let id = ask("SELECT connection_id()").values(&database).await;
    let [Data::Int(id)] = id[..] else {
        panic!("a number")
    };
    change(&format!("KILL {id}")).done(&database).await;
    assert_eq!(ask("SELECT 7").values(&database).await, [Data::Int(7)]);
}

#[tokio::test]
async fn transactions_keep_all_or_nothing() {
    let isolation = Some(Isolation::Serializable);
    behaviour::transactions_keep_all_or_nothing(&mariadb(&[]).await, isolation).await;
}

#[tokio::test]
async fn what_writes_runs_to_its_end_whoever_leaves() {
    let database = mariadb(&["CREATE TABLE t (id int)", "INSERT INTO t VALUES (7)"]).await;
    crate::texts::writes_end_by_themselves(&database, "SELECT id FROM t FOR UPDATE").await;
}

#[tokio::test]
async fn texts_of_a_mapping_mean_the_same_as_elsewhere() {
    let database = mariadb(&[]).await;
    crate::texts::the_same_on_every_database(
        &database,
        footbridge_mapping::statement::Dialect::MySql,
    )
    .await;
}

#[tokio::test]
async fn procedures_give_what_goes_out_and_all_their_sets() {
    let database = mariadb(&[
        "CREATE TABLE posting (account varchar(9), amount decimal(10,2), booked_on date)",
        "INSERT INTO posting VALUES ('a', 1.50, '2026-01-31'), ('b', 2, '2026-02-01')",
        "CREATE PROCEDURE close_month(IN p_year int, INOUT p_total decimal(12,2), OUT p_day date, OUT p_at datetime(3),
             OUT p_done tinyint(1), OUT p_note varchar(20))
         BEGIN
             IF p_year < 2000 THEN SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = 'closed'; END IF;
             SELECT account, amount, booked_on FROM posting ORDER BY account;
             SELECT account FROM posting WHERE false;
             SELECT sum(amount) AS balance FROM posting;
             SET p_total = p_total + 1, p_day = '2026-01-31', p_at = '2026-01-31 10:00:00.25', p_done = true, p_note = 'ä';
         END",
        "CREATE PROCEDURE quiet(IN n int) BEGIN DO n; END",
        "CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN n * 2",
    ])
    .await;
    let mut text = String::new();
    for (name, with) in [
        (
            "close_month",
            vec![
                ("p_year", Data::Int(2026)),
                ("p_total", Data::Decimal("10.5".into())),
            ],
        ),
        ("close_month", vec![("p_year", Data::Int(1999))]),
        ("quiet", vec![("n", Data::Null)]),
        ("twice", vec![("n", Data::text("4"))]),
        ("no_such", vec![]),
    ] {
        text.push_str(&crate::support::called(&database, name, &with).await);
    }
    insta::assert_snapshot!(text);
}
