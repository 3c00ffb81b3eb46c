//! Sessions in a database: two gateways, one table.

use std::sync::Arc;

use footbridge_gateway::shared;
use footbridge_mapping::data::Data;
use footbridge_sql::{Database, Outcome, Output, Query};
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use crate::game::{CLOSED, Game, SERVICE, command, write_users};
use crate::support::{Running, live, serve_at, unmigrated};

/// Idle for 20 minutes, 12 hours at the longest, as by default.
const GATEWAY: &str = "gateway: test
backends:
  shop: {sqlite: shop.db, migrations: migrations}
  kept: {sqlite: kept.db}
sessions: {store: kept}
keys: [\"${file:key}\"]
login:
  - users: users
defaults: {roles: public}
";

/// Two gateways over one folder, and their table.
struct Pair {
    first: Game,
    second: Game,
    table: Arc<Database>,
    _root: tempfile::TempDir,
}

async fn pair() -> Pair {
    pair_of(SERVICE).await
}

async fn pair_of(service: &str) -> Pair {
    let root = tempfile::tempdir().unwrap();
    write_users(root.path());
    let key = "a key of tests, which is long enough";
    std::fs::write(root.path().join("key"), key).unwrap();
    let (_, first) = live(root.path(), GATEWAY, service).await;
    let (_, second) = unmigrated(root.path(), GATEWAY, service);
    let table = Arc::clone(first.databases.get("kept").unwrap());
    shared::create(&table).await.unwrap();
    shared::create(&table).await.unwrap();
    Pair {
        first: game(serve_at(first, root.path()).await),
        second: game(serve_at(second, root.path()).await),
        table,
        _root: root,
    }
}

fn game(running: Running) -> Game {
    Game {
        _root: None,
        running,
    }
}

impl Pair {
    async fn ask(&self, text: &str, writes: bool) -> Outcome {
        let text = Arc::from(text);
        let query = Query {
            text: &text,
            binds: &[],
            declared: &[],
            columns: &[],
            page: None,
            writes,
            max_rows: 1_000,
            zone: &TimeZone::UTC,
            deadline: None,
        };
        let output = Output::Records { plan: None };
        self.table.run(&query, output).await.unwrap()
    }

    async fn rows(&self) -> i64 {
        let found = self
            .ask("SELECT count(*) AS n FROM footbridge_session", false)
            .await;
        match found.data[0].member("n") {
            Data::Int(count) => count,
            other => panic!("{other:?}"),
        }
    }
}

async fn who(game: &Game, cookie: &str) -> Json {
    game.call("game.who", json!([]), Some(cookie)).await.answer
}

#[tokio::test]
async fn who_logs_in_at_one_gateway_is_known_at_the_other() {
    let pair = pair().await;
    let (cookie, _) = pair.first.login(None).await;
    assert_eq!(who(&pair.second, &cookie).await["name"], "nut");
    let painted = pair
        .second
        .call("game.paint", json!(["red"]), Some(&cookie));
    assert_eq!(painted.await.answer, json!(true));
    assert_eq!(
        who(&pair.first, &cookie).await,
        json!({"name": "nut", "team": "red", "since": "game", "colour": "red"})
    );
    let by_token = pair.second.call("game.whose", json!([cookie]), None).await;
    assert_eq!(by_token.answer, "nut");
    pair.second
        .call("game.logout", json!([]), Some(&cookie))
        .await;
    assert_eq!(who(&pair.first, &cookie).await, "Client.Authentication");
    assert_eq!(pair.rows().await, 0);
}

#[tokio::test]
async fn a_login_has_a_new_identifier_at_all_gateways() {
    let pair = pair().await;
    let paint = pair.first.call("game.paint", json!(["red"]), None).await;
    let planted = paint.cookie.expect("what is remembered begins a session");
    let (cookie, _) = pair.second.login(Some(&planted)).await;
    assert_ne!(cookie, planted);
    assert_eq!(who(&pair.first, &planted).await, "Client.Authentication");
    assert_eq!(who(&pair.first, &cookie).await["colour"], Json::Null);
    assert_eq!(pair.rows().await, 1);
}

#[tokio::test]
async fn sessions_end_when_nobody_uses_them_and_at_their_longest() {
    let pair = pair().await;
    let minute = 60 * 1_000;
    for (column, ago, lives) in [
        ("used", 20 * minute - 5_000, true),
        ("used", 21 * minute + 1, false),
        ("began", 12 * 60 * minute - 60_000, true),
        ("began", 12 * 60 * minute + 1, false),
    ] {
        let (cookie, _) = pair.first.login(None).await;
        let age = format!("UPDATE footbridge_session SET {column} = {column} - {ago}");
        pair.ask(&age, true).await;
        let name = who(&pair.second, &cookie).await["name"].clone();
        assert_eq!(name == "nut", lives, "{column} {ago}");
        assert_eq!(pair.rows().await, i64::from(lives), "{column} {ago}");
        pair.ask("DELETE FROM footbridge_session", true).await;
    }
}

#[tokio::test]
async fn use_is_written_down_once_in_a_while() {
    let pair = pair().await;
    let (cookie, _) = pair.first.login(None).await;
    let used = async || {
        pair.ask("SELECT used, version FROM footbridge_session", false)
            .await
            .data
    };
    let before = used().await;
    who(&pair.second, &cookie).await;
    assert_eq!(used().await, before, "not at each call");
    pair.ask("UPDATE footbridge_session SET used = used - 61000", true)
        .await;
    let before = used().await;
    who(&pair.second, &cookie).await;
    assert_ne!(used().await, before);
}

#[tokio::test]
async fn what_stands_in_the_table_is_of_no_use_to_its_reader() {
    let pair = pair().await;
    let (cookie, _) = pair.first.login(None).await;
    pair.first
        .call("game.paint", json!(["vermilion"]), Some(&cookie))
        .await;
    let rows = pair.ask("SELECT * FROM footbridge_session", false).await;
    let text = format!("{:?}", rows.data);
    for secret in [&*cookie, "vermilion", "nut", "player"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let Data::Text(id) = rows.data[0].member("id") else {
        panic!("{text}");
    };
    assert_eq!(who(&pair.first, &id).await, "Client.Authentication");
    // Another's content in one's own row opens to nothing.
    let (thief, _) = pair.first.login(None).await;
    let swap = format!(
        "UPDATE footbridge_session SET sealed = (SELECT sealed FROM footbridge_session WHERE id = '{id}')"
    );
    pair.ask(&swap, true).await;
    assert_eq!(who(&pair.first, &thief).await, "Client.Authentication");
    assert_eq!(who(&pair.first, &cookie).await["name"], "nut");
}

#[tokio::test]
async fn what_two_gateways_remember_at_once_is_all_kept() {
    let pair = pair().await;
    let (cookie, _) = pair.first.login(None).await;
    for _ in 0..10 {
        let one = pair.first.call("game.paint", json!(["red"]), Some(&cookie));
        let other = pair.second.call("game.mark", json!(["x"]), Some(&cookie));
        let (one, other) = tokio::join!(one, other);
        assert_eq!((one.answer, other.answer), (json!(true), json!(true)));
        let kept = pair.first.call("game.both", json!([]), Some(&cookie)).await;
        assert_eq!(kept.answer, json!(["red", "x"]));
        pair.first
            .call("game.paint", json!([""]), Some(&cookie))
            .await;
        pair.first
            .call("game.mark", json!([""]), Some(&cookie))
            .await;
    }
}

#[tokio::test]
async fn without_the_database_calls_without_a_session_go_on() {
    let pair = pair().await;
    let (cookie, _) = pair.first.login(None).await;
    pair.ask("DROP TABLE footbridge_session", true).await;
    assert_eq!(who(&pair.first, &cookie).await, "Server.Unavailable");
    let count = pair.first.call("game.count", json!([]), None).await;
    assert_eq!(count.answer, json!(2));
    let paint = pair.first.call("game.paint", json!(["red"]), None).await;
    assert_eq!(
        (paint.answer, paint.cookie),
        (json!("Server.Unavailable"), None)
    );
    shared::create(&pair.table).await.unwrap();
    let (cookie, _) = pair.first.login(None).await;
    assert_eq!(who(&pair.second, &cookie).await["name"], "nut");
}

#[tokio::test]
async fn a_ds_id_leads_to_the_session_of_the_login_at_all_gateways() {
    let pair = pair_of(CLOSED).await;
    let (first, second) = (&pair.first, &pair.second);
    let ping = first.send_flex("", &command(5, "", "nil")).await;
    let ds_id = ping["headers"]["DSId"].as_str().expect("a DSId").to_owned();
    let before = second.remoting("users", &ds_id).await;
    assert_eq!(before["faultCode"], "Client.Authentication");
    // ann:secret, twice: the client keeps the first identifier that it was given.
    for game in [first, second] {
        let login = command(8, "YW5uOnNlY3JldA==", &ds_id);
        assert_eq!(game.send_flex("", &login).await["body"], "success");
        for game in [first, second] {
            assert_eq!(game.remoting("users", &ds_id).await["body"], "ann");
        }
    }
    assert_eq!(
        pair.rows().await,
        2,
        "the session, and the name that leads to it"
    );
    assert_eq!(
        second.send_flex("", &command(9, "", &ds_id)).await["body"],
        "success"
    );
    let out = first.remoting("users", &ds_id).await;
    assert_eq!(out["faultCode"], "Client.Authentication");
    assert_eq!(pair.rows().await, 0);
    // The client still has no other identifier: it leads to the next session, also at the other gateway.
    let login = command(8, "YW5uOnNlY3JldA==", &ds_id);
    assert_eq!(second.send_flex("", &login).await["body"], "success");
    assert_eq!(first.remoting("users", &ds_id).await["body"], "ann");
    assert_eq!(pair.rows().await, 2);
}
