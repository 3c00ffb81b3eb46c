//! PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use footbridge_mapping::data::Data;
use footbridge_mapping::model::Isolation;
use footbridge_mapping::rows::{ColumnKind, Preset};
use footbridge_mapping::slot::{Scalar, Shape};
use footbridge_remoting::ListShape;
use footbridge_sql::SqlErrorKind;
use jiff::tz::TimeZone;

use crate::behaviour;
use crate::scratch::{filled, postgres, postgres_address, postgres_backend};
use crate::support::{ask, cell, change, plan};

/// What stands for all values of a type: name, and expressions.
const EXTREMES: [(&str, &[&str]); 44] = [
    ("bool", &["true", "false"]),
    ("int2", &["-32768", "32767"]),
    (
        "int4",
        &["-2147483648", "2147483647", "268435455", "268435456"],
    ),
    (
        "int8",
        &[
            "-9223372036854775808",
            "9223372036854775807",
            "9007199254740992",
            "9007199254740993",
            "5",
        ],
    ),
    ("oid", &["4294967295"]),
    (
        "float4",
        &["0.1", "3.4e38", "1e-45", "'NaN'", "'-Infinity'"],
    ),
    (
        "float8",
        &[
            "0.1",
            "1.7976931348623157e308",
            "5e-324",
            "'NaN'",
            "'Infinity'",
            "-0.0",
        ],
    ),
    (
        "numeric",
        &[
            "0",
            "1.50",
            "-0.00000001",
            "123456789012345678901234567890.123456789",
            "'NaN'",
            "'Infinity'",
            "1e20",
        ],
    ),
    ("numeric(10,2)", &["99999999.99", "-0.01"]),
    ("text", &["''", "'Ä€😀'", "repeat('x', 3)"]),
    ("varchar(5)", &["'abc'"]),
    ("char(5)", &["'abc'"]),
    ("name", &["'abc'"]),
    ("\"char\"", &["'a'"]),
    ("bytea", &["''", "'\\x00ff'"]),
    (
        "date",
        &[
            "'2000-01-01'",
            "'0044-03-15 BC'",
            "'9999-12-31'",
            "'infinity'",
            "'5874897-12-31'",
        ],
    ),
    ("time", &["'00:00'", "'23:59:59.999999'", "'24:00'"]),
    ("timetz", &["'10:15+02'", "'10:15:30.5-05:30'"]),
    (
        "timestamp",
        &[
            "'2026-11-20 10:15:30.123456'",
            "'4713-01-01 BC'",
            "'294276-12-31'",
            "'-infinity'",
            "'1969-12-31 23:59:59.9999'",
        ],
    ),
    ("timestamptz", &["'2026-11-20 10:15:30+02'", "'infinity'"]),
    (
        "interval",
        &[
            "'1 year 2 months 3 days 04:05:06.5'",
            "'0'",
            "'-1 day'",
            "'100 hours'",
        ],
    ),
    ("uuid", &["'00112233-4455-6677-8899-AABBCCDDEEFF'"]),
    (
        "json",
        &[
            "'{\"b\": 1, \"a\": [true, null, 1.5, 9007199254740993]}'",
            "'\"x\"'",
            "'null'",
        ],
    ),
    ("jsonb", &["'{\"b\": 1, \"a\": [true, null, 1e3]}'", "'[]'"]),
    ("xml", &["'<a b=\"c\"/>'"]),
    ("int4[]", &["'{}'", "'{1,NULL,3}'", "'{{1,2},{3,4}}'"]),
    ("text[]", &["'{a,\"b c\",NULL}'"]),
    ("numeric[]", &["'{1.50,NaN}'"]),
    ("money", &["12.34"]),
    (
        "inet",
        &[
            "'10.0.0.1'",
            "'10.0.0.1/8'",
            "'255.255.255.255/0'",
            "'::1'",
            "'2001:db8::ff00:42:8329/64'",
        ],
    ),
    (
        "cidr",
        &["'10.0.0.0/8'", "'192.168.1.7'", "'2001:db8::/32'", "'::/0'"],
    ),
    ("macaddr", &["'08:00:2B:01:02:03'"]),
    ("macaddr8", &["'08:00:2B:01:02:03:04:FF'"]),
    ("bit(10)", &["B'1010101011'"]),
    ("varbit", &["B''", "B'1'"]),
    ("point", &["'(1.5,-2)'", "'(1e300,0)'", "'(NaN,0)'"]),
    ("int4range", &["'[1,5)'", "'(,5]'", "'empty'", "'(,)'"]),
    (
        "int8range",
        &["'[-9223372036854775808,9223372036854775806]'"],
    ),
    ("numrange", &["'(1.50,NaN]'"]),
    (
        "daterange",
        &["'[2026-01-01,2026-02-01]'", "'[2026-01-01,infinity]'"],
    ),
    ("tsrange", &["'[2026-01-01 10:00,2026-01-01 11:30:00.5)'"]),
    ("inet[]", &["'{10.0.0.1,NULL}'"]),
    ("circle", &["'<(0,0),1>'"]),
    ("tsvector", &["'a b'"]),
];

#[tokio::test]
async fn every_type_is_sent_as_the_table_says() {
    let database = postgres(&[]).await;
    let mut text = String::new();
    for (of, values) in EXTREMES {
        for value in values.iter().chain(&["NULL"]) {
            let statement = format!("SELECT CAST({value} AS {of}) AS x");
            let line = ask(&statement).cells(&database, |_| {}).await;
            text.push_str(&format!("{of} {value} -> {line}"));
        }
    }
    insta::assert_snapshot!(text);
}

/// What is sent as text is the text that the server makes of it.
#[tokio::test]
async fn what_is_spelt_is_spelt_as_the_server_does() {
    let database = postgres(&[]).await;
    for (of, values) in EXTREMES {
        let spelt = ["inet", "cidr", "mac", "bit", "varbit"]
            .iter()
            .any(|name| of.starts_with(name) && !of.ends_with("[]"))
            || (of.ends_with("range") && !of.ends_with("multirange"));
        for value in values.iter().filter(|_| spelt) {
            let ours = format!("SELECT CAST({value} AS {of})");
            // A cast of inet would add /32, which its output has not.
            let theirs = format!("SELECT format('%s', CAST({value} AS {of}))");
            assert_eq!(
                ask(&ours).values(&database).await,
                ask(&theirs).values(&database).await,
                "{value} as {of}"
            );
        }
    }
}

#[tokio::test]
async fn a_multirange_is_refused_by_name() {
    let database = postgres(&[]).await;
    let refused = ask("SELECT '{[1,5)}'::int4multirange")
        .fails(&database)
        .await;
    assert!(refused.message.contains("multirange"), "{refused}");
    let text = ask("SELECT CAST('{[1,5)}'::int4multirange AS text)");
    assert_eq!(text.values(&database).await, [Data::text("{[1,5)}")]);
}

#[tokio::test]
async fn every_type_is_gathered_as_data() {
    let database = postgres(&[]).await;
    let mut text = String::new();
    for (of, values) in EXTREMES {
        for value in values {
            let statement = format!("SELECT CAST({value} AS {of}) AS x");
            let gathered = ask(&statement)
                .run(&database, footbridge_sql::Output::Values { rule: None })
                .await
                .map(|outcome| outcome.data)
                .map_err(|error| error.to_string());
            text.push_str(&format!("{of} {value} -> {gathered:?}\n"));
        }
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn enums_domains_and_extensions_are_what_they_are_made_of() {
    let database = postgres(&[
        "CREATE TYPE mood AS ENUM ('sad', 'glad')",
        "CREATE DOMAIN price AS numeric(10,2) CHECK (VALUE >= 0)",
        "CREATE TYPE pair AS (a int, b text)",
        "CREATE TABLE t (m mood, p price, ms mood[])",
    ])
    .await;
    let outcome = change("INSERT INTO t VALUES ($1, $2, $3)")
        .with(&[
            Data::text("glad"),
            Data::Decimal("12.5".into()),
            Data::List(Arc::from([Data::text("sad"), Data::Null])),
        ])
        .done(&database)
        .await;
    assert_eq!(outcome.changed, 1);
    let mut text = ask("SELECT m, p, ms FROM t").cells(&database, |_| {}).await;
    text.push_str(
        &ask("SELECT ROW(1, 'x')::pair AS pair, int4range(1, 3) AS range, point(1, 2) AS point")
            .cells(&database, |_| {})
            .await,
    );
    insta::assert_snapshot!(text);
    let error = change("INSERT INTO t (m) VALUES ($1)")
        .with(&[Data::text("bored")])
        .fails(&database)
        .await;
    assert_eq!(error.code.as_deref(), Some("22P02"));
}

#[tokio::test]
async fn presets_zones_and_declared_types_change_what_is_sent() {
    let database = postgres(&[]).await;
    let statement =
        "SELECT 5::int4 AS i, 9007199254740993::int8 AS l, 1.50::numeric AS d, true AS b,
        '2026-07-01 12:00'::timestamp AS local, '2026-07-01 22:30+00'::timestamptz AS moment,
        '2026-07-01'::date AS day, ARRAY[1,2] AS list, NULL::text AS none, 'abc'::char(5) AS padded";
    let berlin = TimeZone::get("Europe/Berlin").expect("the zone is bundled");
    let mut text = String::new();
    for preset in [Preset::DotNet, Preset::ColdFusion, Preset::AmfPhp] {
        let cells = ask(statement)
            .cells(&database, |rule| {
                rule.preset = preset;
                rule.zone = berlin.clone();
            })
            .await;
        text.push_str(&format!("-- {preset:?}\n{cells}"));
    }
    for declared in [
        Scalar::String,
        Scalar::Number,
        Scalar::Long,
        Scalar::Date,
        Scalar::Day,
    ] {
        let cells = ask(statement)
            .cells(&database, |rule| {
                rule.declared = Some(declared);
                rule.zone = berlin.clone();
            })
            .await;
        text.push_str(&format!("-- {declared:?}\n{cells}"));
    }
    let vector = ask("SELECT ARRAY[1,2] AS list, ARRAY[1,NULL] AS holes")
        .cells(&database, |rule| {
            rule.declared = Some(Scalar::Int);
            rule.shape = Some(Shape::Vector);
        })
        .await;
    text.push_str(&vector);
    insta::assert_snapshot!(text);
}

/// The driver alone corrupts these: its statement cache goes by the text, not by the types.
#[tokio::test]
async fn one_text_takes_any_sender_type_on_one_connection() {
    let mut backend = postgres_backend().await;
    crate::support::settings(&mut backend).pool = 1;
    let database = filled(
        backend,
        &[
            "CREATE TABLE t (id int8, n numeric)",
            "INSERT INTO t VALUES (7, 7.5)",
        ],
    )
    .await;
    let by_id = async |data| {
        ask("SELECT id FROM t WHERE id = $1")
            .with(&[data])
            .values(&database)
            .await
    };
    assert_eq!(by_id(Data::Int(7)).await, [Data::Int(7)]);
    assert_eq!(by_id(Data::Number(7.0)).await, [Data::Int(7)]);
    assert_eq!(by_id(Data::text("7")).await, [Data::Int(7)]);
    assert_eq!(by_id(Data::Null).await, []);
    assert_eq!(by_id(Data::Decimal("7.00".into())).await, [Data::Int(7)]);
    let refused = async |data| {
        ask("SELECT id FROM t WHERE id = $1")
            .with(&[data])
            .fails(&database)
            .await
            .kind
    };
    assert_eq!(
        refused(Data::text("12345678 ab")).await,
        SqlErrorKind::Argument { index: 0 }
    );
    assert_eq!(
        refused(Data::Number(7.5)).await,
        SqlErrorKind::Argument { index: 0 }
    );
    assert_eq!(
        refused(Data::text("9223372036854775808")).await,
        SqlErrorKind::Argument { index: 0 }
    );
    let by_n = async |data| {
        ask("SELECT id FROM t WHERE n = $1")
            .with(&[data])
            .values(&database)
            .await
    };
    assert_eq!(by_n(Data::Number(7.5)).await, [Data::Int(7)]);
    assert_eq!(by_n(Data::Int(7)).await, []);
    assert_eq!(by_n(Data::text("7.50")).await, [Data::Int(7)]);
    assert_eq!(by_id(Data::Int(7)).await, [Data::Int(7)]);
}

#[tokio::test]
async fn a_text_that_the_server_cannot_type_gets_the_declared_types() {
    let database = postgres(&[
        "CREATE TABLE t (id int4, name text)",
        "INSERT INTO t VALUES (7, 'x')",
    ])
    .await;
    let text = "SELECT id FROM t WHERE id = COALESCE($1, $2)";
    let declared = [Some(Scalar::Int), Some(Scalar::Int)];
    let prepared = database
        .describe(&Arc::from(text), &declared)
        .await
        .expect("a text with casts");
    assert_eq!(
        &*prepared.text,
        "SELECT id FROM t WHERE id = COALESCE($1::int4, $2::int4)"
    );
    assert_eq!(
        prepared.described.parameters,
        [ColumnKind::Int, ColumnKind::Int]
    );
    for binds in [
        [Data::Null, Data::Int(7)],
        [Data::Int(7), Data::Null],
        [Data::Number(7.0), Data::text("8")],
    ] {
        let found = ask(text)
            .declared(&declared)
            .with(&binds)
            .values(&database)
            .await;
        assert_eq!(found, [Data::Int(7)]);
        let found = ask(&prepared.text).with(&binds).values(&database).await;
        assert_eq!(found, [Data::Int(7)]);
    }
    let error = ask("SELECT $1 IS NULL")
        .with(&[Data::Null])
        .fails(&database)
        .await;
    assert_eq!(error.code.as_deref(), Some("42P18"));
    let unsaid = ask("SELECT $1 IS NULL").declared(&[Some(Scalar::String)]);
    assert_eq!(
        unsaid.with(&[Data::Null]).values(&database).await,
        [Data::Bool(true)]
    );
}

#[tokio::test]
async fn lists_are_one_value_of_any_length() {
    let database = postgres(&[
        "CREATE TABLE t (id int4)",
        "INSERT INTO t VALUES (1), (2), (3)",
    ])
    .await;
    let found = async |text, items: Vec<Data>| {
        ask(text)
            .with(&[Data::List(items.into())])
            .values(&database)
            .await
            .len()
    };
    let any = "SELECT id FROM t WHERE id = ANY($1)";
    let none = "SELECT id FROM t WHERE id <> ALL($1)";
    assert_eq!(
        found(any, vec![Data::Int(1), Data::Number(3.0), Data::text("9")]).await,
        2
    );
    assert_eq!(found(any, vec![]).await, 0);
    assert_eq!(found(any, vec![Data::Int(1), Data::Null]).await, 1);
    assert_eq!(found(none, vec![Data::Int(1)]).await, 2);
    assert_eq!(found(none, vec![]).await, 3);
}

#[tokio::test]
async fn every_parameter_type_reads_back_what_was_bound() {
    let database = postgres(&[]).await;
    let mut text = String::new();
    let date = Data::Date(1_763_633_730_250.0);
    let day = Data::Day(jiff::civil::date(2026, 11, 20));
    for (of, values) in [
        (
            "bool",
            vec![
                Data::Bool(true),
                Data::Int(0),
                Data::text("t"),
                Data::Int(2),
            ],
        ),
        ("int2", vec![Data::Int(32_767), Data::Int(32_768)]),
        (
            "float4",
            vec![Data::Number(0.1), Data::Decimal("2.5".into())],
        ),
        (
            "float8",
            vec![
                Data::Number(f64::NAN),
                Data::Int(3),
                Data::text("1e3"),
                Data::text("x"),
            ],
        ),
        (
            "numeric",
            vec![
                Data::Decimal("12345678901234567890.0100".into()),
                Data::Number(0.1),
                Data::Bool(true),
            ],
        ),
        (
            "text",
            vec![
                Data::text("ä"),
                Data::Int(5),
                Data::Number(1.0),
                Data::Bool(true),
                date.clone(),
                day.clone(),
                Data::text("a\0b"),
            ],
        ),
        (
            "bytea",
            vec![Data::Bytes(Arc::from([0, 255])), Data::text("x")],
        ),
        (
            "date",
            vec![day.clone(), date.clone(), Data::text("2026-11-20")],
        ),
        ("time", vec![Data::text("10:15"), Data::text("25:00")]),
        ("timetz", vec![Data::text("10:15:30.5+02:00")]),
        (
            "timestamp",
            vec![
                date.clone(),
                day.clone(),
                Data::text("2026-11-20T10:15:30+02:00"),
                Data::Date(f64::NAN),
            ],
        ),
        (
            "timestamptz",
            vec![date, day, Data::text("2026-11-20T10:15:30+02:00")],
        ),
        (
            "interval",
            vec![
                Data::text("P1Y2DT3H"),
                Data::text("01:30:00"),
                Data::text("a while"),
            ],
        ),
        (
            "uuid",
            vec![
                Data::text("{00112233445566778899AABBCCDDEEFF}"),
                Data::text("x"),
            ],
        ),
        (
            "json",
            vec![
                Data::text("{\"a\":1}"),
                Data::List(Arc::from([Data::Int(1)])),
            ],
        ),
        ("jsonb", vec![Data::text("{\"a\":1}"), Data::Bool(true)]),
        ("xml", vec![Data::Xml("<a/>".into())]),
        ("inet", vec![Data::text("10.0.0.1")]),
        (
            "text[]",
            vec![
                Data::List(Arc::from([Data::text("a"), Data::Null])),
                Data::text("a"),
            ],
        ),
        ("date[]", vec![Data::List(Arc::default())]),
    ] {
        let statement = format!("SELECT CAST(CAST($1 AS {of}) AS text)");
        for value in values.into_iter().chain([Data::Null]) {
            let read = ask(&statement)
                .with(std::slice::from_ref(&value))
                .run(&database, footbridge_sql::Output::Values { rule: None })
                .await
                .map(|outcome| outcome.data)
                .map_err(|error| error.to_string());
            text.push_str(&format!("{of} <- {value:?} = {read:?}\n"));
        }
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn faults_have_their_kinds_and_places() {
    behaviour::faults_have_their_kinds_and_places(&postgres(&[]).await).await;
}

#[tokio::test]
async fn a_reader_who_stops_early_does_not_wait_for_the_rest() {
    let many = "SELECT repeat('x', 200) AS x FROM generate_series(1, 3000000)";
    behaviour::a_reader_who_stops_early_does_not_wait_for_the_rest(&postgres(&[]).await, many)
        .await;
}

#[tokio::test]
async fn a_deadline_ends_a_statement_on_both_sides() {
    let mut backend = postgres_backend().await;
    backend.timeout = Duration::from_millis(300);
    let database = filled(backend, &[]).await;
    // The gateway's clock.
    let mut query = ask("SELECT pg_sleep(30)");
    query.timeout = Some(Duration::from_millis(50));
    assert_eq!(query.fails(&database).await.kind, SqlErrorKind::Timeout);
    // A deadline beyond the backend's usual one is told to the server.
    query = ask("SELECT pg_sleep(0.6)::text");
    query.timeout = Some(Duration::from_secs(5));
    assert_eq!(query.values(&database).await.len(), 1);
    let usual = ask("SELECT pg_sleep(30)").fails(&database).await;
    assert_eq!(usual.kind, SqlErrorKind::Timeout);
}

#[tokio::test]
async fn what_writes_runs_to_its_end_whoever_leaves() {
    let database = postgres(&["CREATE TABLE t (id int)"]).await;
    crate::texts::writes_end_by_themselves(&database, "LOCK TABLE t").await;
}

#[tokio::test]
async fn a_dead_connection_is_replaced_without_a_fault() {
    let database = postgres(&["CREATE TABLE t (id int)"]).await;
    let end_all = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE application_name = 'footbridge' AND pid <> pg_backend_pid() AND query LIKE '%' || $1 || '%'";
    let mark = format!("mark {}", uuid::Uuid::new_v4());
    let marked = format!("SELECT 7 /* {mark} */");
    assert_eq!(ask(&marked).values(&database).await, [Data::Int(7)]);
    // On a connection of the write pool, so that the reading one is ended.
    let ended = change(end_all)
        .with(&[Data::text(mark.as_str())])
        .run(&database, footbridge_sql::Output::Values { rule: None })
        .await
        .expect("a superuser");
    assert_eq!(ended.data, [Data::Int(1)]);
    assert_eq!(ask(&marked).values(&database).await, [Data::Int(7)]);
}

#[tokio::test]
async fn a_database_that_is_not_there_yet_gives_faults_and_recovers() {
    let (address, _) = postgres_address().await;
    let (server, _) = address.split_once('?').expect("options");
    let (host, _) = server.rsplit_once('/').expect("a database");
    let name = format!("late{}", uuid::Uuid::new_v4().simple());
    let late = filled(
        crate::support::backend(
            footbridge_mapping::statement::Dialect::Postgres,
            &format!("{host}/{name}"),
        ),
        &[],
    )
    .await;
    assert_eq!(
        ask("SELECT 1").fails(&late).await.kind,
        SqlErrorKind::Unavailable
    );
    let now = filled(
        crate::support::backend(footbridge_mapping::statement::Dialect::Postgres, server),
        &[],
    )
    .await;
    change(&format!("CREATE DATABASE {name} TEMPLATE template0"))
        .done(&now)
        .await;
    assert_eq!(ask("SELECT 1").values(&late).await, [Data::Int(1)]);
}

#[tokio::test]
async fn a_column_that_changed_its_type_is_never_misread() {
    let database = postgres(&["CREATE TABLE t (n int4)", "INSERT INTO t VALUES (7)"]).await;
    let text = "SELECT n FROM t WHERE n = $1";
    assert_eq!(
        ask(text).with(&[Data::Int(7)]).values(&database).await,
        [Data::Int(7)]
    );
    change("ALTER TABLE t ALTER n TYPE float8")
        .done(&database)
        .await;
    let again = ask(text).with(&[Data::Int(7)]).values(&database).await;
    assert_eq!(again, [Data::Number(7.0)]);
    database
        .describe(&Arc::from(text), &[])
        .await
        .expect("a new description");
    assert_eq!(
        ask(text).with(&[Data::Number(7.0)]).values(&database).await,
        [Data::Number(7.0)]
    );
}

#[tokio::test]
async fn transactions_keep_all_or_nothing() {
    behaviour::transactions_keep_all_or_nothing(&postgres(&[]).await, None).await;
}

#[tokio::test]
async fn transactions_are_isolated_as_they_say() {
    let database = postgres(&[
        "CREATE TABLE t (id int PRIMARY KEY, n int)",
        "INSERT INTO t VALUES (1, 0)",
    ])
    .await;
    let serializable = Some(Isolation::Serializable);
    let mut first = database.begin(serializable).await.expect("a transaction");
    let mut second = database.begin(serializable).await.expect("a transaction");
    assert_eq!(
        ask("SELECT sum(n) FROM t").values(&mut first).await,
        [Data::Int(0)]
    );
    assert_eq!(
        ask("SELECT sum(n) FROM t").values(&mut second).await,
        [Data::Int(0)]
    );
    change("INSERT INTO t VALUES (2, 1)").done(&mut first).await;
    change("INSERT INTO t VALUES (3, 1)")
        .done(&mut second)
        .await;
    first.commit().await.expect("the first one wins");
    let error = second
        .commit()
        .await
        .expect_err("the second one saw too little");
    assert_eq!(error.kind, SqlErrorKind::Serialization);
    let mut undone = database.begin(None).await.expect("a transaction");
    change("DELETE FROM t").done(&mut undone).await;
    drop(undone);
    assert_eq!(
        ask("SELECT count(*) FROM t").values(&database).await,
        [Data::Int(2)]
    );
}

#[tokio::test]
async fn inserts_return_what_they_made() {
    let database =
        postgres(&["CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, n text)"]).await;
    let outcome = change("INSERT INTO t (n) VALUES ($1) RETURNING id")
        .with(&[Data::text("x")])
        .run(&database, footbridge_sql::Output::Values { rule: None })
        .await
        .expect("a key");
    assert_eq!(
        (outcome.data, outcome.changed, outcome.key),
        (vec![Data::Int(1)], 1, None)
    );
    let outcome = change("UPDATE t SET n = n").done(&database).await;
    assert_eq!(outcome.changed, 1);
}

#[tokio::test]
async fn rows_are_sent_in_the_order_of_the_text() {
    let database = postgres(&[]).await;
    let plan = plan(
        "a.B",
        &["n", "half"],
        vec![cell(0, "n"), cell(1, "half")],
        &[],
    );
    let sent = ask("SELECT n, n / 2.0 AS half FROM generate_series(1, 3) AS n ORDER BY n DESC")
        .sent(&database, &plan, &ListShape::ArrayCollection)
        .await
        .expect("rows");
    insta::assert_snapshot!(sent);
}

#[tokio::test]
async fn texts_of_a_mapping_mean_the_same_as_elsewhere() {
    let database = postgres(&[]).await;
    crate::texts::the_same_on_every_database(
        &database,
        footbridge_mapping::statement::Dialect::Postgres,
    )
    .await;
}

#[tokio::test]
async fn procedures_give_what_goes_out_rows_and_cursors() {
    let database = postgres(&[
        "CREATE TABLE posting (account text, amount numeric(10,2))",
        "INSERT INTO posting VALUES ('a', 1.50), ('b', 2)",
        "CREATE PROCEDURE close_month(p_year int, OUT p_day date, p_user text DEFAULT 'nobody',
             INOUT p_total numeric DEFAULT 0)
         LANGUAGE plpgsql AS $$ BEGIN
             IF p_year < 2000 THEN RAISE EXCEPTION 'closed' USING ERRCODE = '45001'; END IF;
             SELECT sum(amount) + p_total INTO p_total FROM posting;
             p_day := make_date(p_year, 1, 31);
         END $$",
        "CREATE FUNCTION postings(p_least numeric) RETURNS TABLE (account text, amount numeric) LANGUAGE sql AS
         $$ SELECT account, amount FROM posting WHERE amount >= p_least ORDER BY account $$",
        "CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS $$ SELECT n * 2 $$",
        "CREATE FUNCTION twice(t text) RETURNS text LANGUAGE sql AS $$ SELECT t || t $$",
        "CREATE FUNCTION nothing() RETURNS void LANGUAGE sql AS $$ SELECT $$",
        "CREATE FUNCTION cursors() RETURNS SETOF refcursor LANGUAGE plpgsql AS $$
         DECLARE one refcursor; two refcursor; BEGIN
             OPEN one FOR SELECT 1 AS n; RETURN NEXT one;
             OPEN two FOR SELECT 'x' AS word UNION ALL SELECT 'y'; RETURN NEXT two;
         END $$",
    ])
    .await;
    let mut text = String::new();
    for (name, with) in [
        ("close_month", vec![("p_year", Data::Number(2026.0))]),
        (
            "close_month",
            vec![
                ("p_year", Data::Int(2026)),
                ("p_total", Data::Decimal("10".into())),
                ("p_user", Data::Null),
            ],
        ),
        ("close_month", vec![("p_year", Data::Int(1999))]),
        ("close_month", vec![]),
        ("postings", vec![("p_least", Data::Int(2))]),
        ("postings", vec![("p_least", Data::Int(0))]),
        ("twice", vec![("n", Data::Int(4))]),
        ("twice", vec![("t", Data::Int(4))]),
        ("twice", vec![("x", Data::Int(4))]),
        ("nothing", vec![]),
        ("cursors", vec![]),
        ("no_such", vec![]),
    ] {
        text.push_str(&crate::support::called(&database, name, &with).await);
    }
    insta::assert_snapshot!(text);
}
