//! `once` in a database: two gateways, one table of first answers.

use std::sync::Arc;
use std::time::Duration;

use footbridge_gateway::shared;
use footbridge_mapping::data::Data;
use footbridge_sql::{Database, Output, Query};
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use crate::game::Game;
use crate::support::{live, serve_at, unmigrated};

const GATEWAY: &str = "gateway: test
backends:
  shop: {sqlite: shop.db, migrations: migrations}
  kept: {sqlite: kept.db}
sessions: {store: kept}
keys: [\"${file:key}\"]
defaults: {roles: public}
";

const SERVICE: &str = "service: game
also: [closed]
backend: shop
operations:
  add:
    args: {key: string, name: string}
    steps:
      pause: {value: 1, delay: 200ms}
      made: {sql: \"INSERT INTO product (name, price) VALUES (:name, '1')\", value: =reply.key, returns: int}
    value: {id: =made, name: =name}
    once: =key
  take:
    args: {key: string, id: int}
    sql: INSERT INTO product (id, name, price) VALUES (:id, 'taken', '1')
    value: =reply.key
    returns: int
    once: =key
  taken:
    sql: INSERT INTO product (id, name, price) VALUES (1, 'taken', '1')
    value: true
    once: =call.service
    faults:
      duplicate: {code: TAKEN, message: there is one, detail: look, data: {id: 1, at: [2, 3]}}
  late:
    args: {key: string}
    steps:
      made: {sql: \"INSERT INTO product (name, price) VALUES ('late', '1')\", value: =reply.key, returns: int}
      pause: {value: 1, delay: 60s}
    value: =made
    once: =key
    timeout: 500ms
  long:
    args: {key: string}
    steps:
      made: {sql: \"INSERT INTO product (name, price) VALUES ('long', '1')\", value: =reply.key, returns: int}
      pause: {value: 1, delay: 60s}
    value: =made
    once: =key
    timeout: 120s
  short:
    args: {key: string}
    sql: INSERT INTO product (name, price) VALUES ('short', '1')
    value: =reply.key
    returns: int
    once: =key
    timeout: 300ms
  count:
    sql: SELECT count(*) AS n FROM product
    returns: int
";

/// Two gateways over one folder.
struct Pair {
    first: Game,
    second: Game,
    kept: Arc<Database>,
    shop: Arc<Database>,
    root: tempfile::TempDir,
}

async fn pair() -> Pair {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(
        root.path().join("key"),
        "a key of tests, which is long enough",
    )
    .unwrap();
    let (_, first) = live(root.path(), GATEWAY, SERVICE).await;
    let (_, second) = unmigrated(root.path(), GATEWAY, SERVICE);
    let kept = Arc::clone(first.databases.get("kept").unwrap());
    let shop = Arc::clone(first.databases.get("shop").unwrap());
    shared::create(&kept).await.unwrap();
    let game = async |live| Game {
        _root: None,
        running: serve_at(live, root.path()).await,
    };
    Pair {
        first: game(first).await,
        second: game(second).await,
        kept,
        shop,
        root,
    }
}

fn writes<'q>(text: &'q Arc<str>, zone: &'q TimeZone) -> Query<'q> {
    Query {
        text,
        binds: &[] as &[Data],
        declared: &[],
        columns: &[],
        page: None,
        writes: true,
        max_rows: 1,
        zone,
        deadline: None,
    }
}

async fn change(database: &Database, text: &str) {
    let text = Arc::from(text);
    let changed = database
        .run(
            &writes(&text, &TimeZone::UTC),
            Output::Records { plan: None },
        )
        .await;
    changed.unwrap();
}

/// The number of products.
async fn count(game: &Game) -> Json {
    ask(game, "count", json!([])).await
}

/// Makes a call and leaves as soon as it has done something.
async fn leave(game: &Game, operation: &str, arguments: Json) {
    let before = count(game).await;
    let begun = async {
        while count(game).await == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        answer = ask(game, operation, arguments) => panic!("{answer}"),
        () = begun => {}
    }
}

async fn ask(game: &Game, operation: &str, arguments: Json) -> Json {
    let target = format!("game.{operation}");
    game.call(&target, arguments, None).await.answer
}

#[tokio::test]
async fn a_first_answer_is_that_of_every_gateway() {
    let Pair { first, second, .. } = &pair().await;
    let answer = ask(first, "add", json!(["k", "nail"])).await;
    assert_eq!(answer["name"], "nail");
    for game in [second, first] {
        assert_eq!(ask(game, "add", json!(["k", "nail"])).await, answer);
        let other = ask(game, "add", json!(["k", "screw"])).await;
        assert_eq!(other, "Client.BadArguments");
    }
    assert_eq!(ask(first, "count", json!([])).await, 3);
}

#[tokio::test]
async fn while_the_first_runs_the_second_waits_wherever_it_is() {
    let Pair { first, second, .. } = &pair().await;
    let call = |game| ask(game, "add", json!(["k", "nail"]));
    let (one, other, third) = tokio::join!(call(first), call(second), call(second));
    assert_eq!(one["name"], "nail");
    assert_eq!((&other, &third), (&one, &one));
    assert_eq!(ask(second, "count", json!([])).await, 3);
}

#[tokio::test]
async fn a_first_fault_is_that_of_every_gateway_with_what_its_rule_says() {
    let pair = pair().await;
    let told = |fault: &Json| {
        ["faultCode", "faultString", "faultDetail", "extendedData"].map(|part| fault[part].clone())
    };
    let taken = told(&pair.first.remoting("taken", "nil").await);
    assert_eq!((&taken[0], &taken[3]["id"]), (&json!("TAKEN"), &json!(1)));
    let plain = ask(&pair.first, "take", json!(["k", 1])).await;
    assert_eq!(plain, "Client.Duplicate");
    // Whoever ran it again would succeed.
    change(&pair.shop, "DELETE FROM product WHERE id = 1").await;
    assert_eq!(told(&pair.second.remoting("taken", "nil").await), taken);
    assert_eq!(ask(&pair.second, "take", json!(["k", 1])).await, plain);
    assert_eq!(ask(&pair.second, "take", json!(["other", 1])).await, 1);
}

#[tokio::test]
async fn what_became_of_a_gateway_that_died_is_unknown_and_nothing_is_done_twice() {
    let pair = pair().await;
    ask(&pair.first, "add", json!(["k", "nail"])).await;
    for left_behind in [
        "UPDATE footbridge_once SET ended = 0, until = 1",
        "UPDATE footbridge_once SET ended = 2",
        "UPDATE footbridge_once SET ended = 1, sealed = 'of other keys'",
    ] {
        change(&pair.kept, left_behind).await;
        for game in [&pair.second, &pair.first] {
            let again = ask(game, "add", json!(["k", "nail"])).await;
            assert_eq!(again, "Server.UnknownOutcome", "{left_behind}");
        }
    }
    assert_eq!(ask(&pair.first, "count", json!([])).await, 3);
    change(&pair.kept, "UPDATE footbridge_once SET began = 0").await;
    let next_day = ask(&pair.second, "add", json!(["k", "nail"])).await;
    assert_eq!(next_day["name"], "nail");
    assert_eq!(ask(&pair.first, "count", json!([])).await, 4);
}

#[tokio::test]
async fn without_the_table_nothing_is_done() {
    let pair = pair().await;
    change(&pair.kept, "DROP TABLE footbridge_once").await;
    let refused = ask(&pair.first, "add", json!(["k", "nail"])).await;
    assert_eq!(refused, "Server.Unavailable");
    assert_eq!(ask(&pair.first, "count", json!([])).await, 2);
    shared::create(&pair.kept).await.unwrap();
    let answer = ask(&pair.first, "add", json!(["k", "nail"])).await;
    assert_eq!(answer["name"], "nail");
}

#[tokio::test]
async fn what_its_time_cuts_off_is_unknown_at_every_gateway() {
    let Pair { first, second, .. } = &pair().await;
    let cut_off = ask(first, "late", json!(["k"])).await;
    assert_eq!(cut_off, "Server.Timeout");
    for game in [second, first] {
        let again = ask(game, "late", json!(["k"])).await;
        assert_eq!(again, "Server.UnknownOutcome");
    }
    assert_eq!(count(first).await, 3);
}

#[tokio::test]
async fn what_its_client_has_left_is_unknown_at_every_gateway() {
    let Pair { first, second, .. } = &pair().await;
    leave(first, "long", json!(["k"])).await;
    for game in [second, first] {
        let again = ask(game, "long", json!(["k"])).await;
        assert_eq!(again, "Server.UnknownOutcome");
    }
    assert_eq!(count(first).await, 3);
}

#[tokio::test]
async fn what_was_cut_off_is_unknown_in_one_process_too() {
    let root = tempfile::tempdir().unwrap();
    let gateway = GATEWAY
        .replace("  kept: {sqlite: kept.db}\n", "")
        .replace("sessions: {store: kept}\n", "")
        .replace("keys: [\"${file:key}\"]\n", "");
    let (_, live) = live(root.path(), &gateway, SERVICE).await;
    let game = &Game {
        _root: None,
        running: serve_at(live, root.path()).await,
    };
    leave(game, "long", json!(["k"])).await;
    let again = ask(game, "long", json!(["k"])).await;
    assert_eq!(again, "Server.UnknownOutcome");
    assert_eq!(ask(game, "late", json!(["k"])).await, "Server.Timeout");
    let again = ask(game, "late", json!(["k"])).await;
    assert_eq!(again, "Server.UnknownOutcome");
    assert_eq!(count(game).await, 4);
}

#[tokio::test]
async fn a_call_that_was_never_begun_leaves_its_key_free() {
    let pair = &pair().await;
    let (_, other) = unmigrated(pair.root.path(), GATEWAY, SERVICE);
    let held = other.databases.get("kept").unwrap().begin(None).await;
    // Nobody else can write to the table now.
    let mut held = held.unwrap();
    let text = Arc::from("UPDATE footbridge_once SET ended = 0 WHERE id = ''");
    held.run(
        &writes(&text, &TimeZone::UTC),
        Output::Records { plan: None },
    )
    .await
    .unwrap();
    let left = ask(&pair.first, "short", json!(["k"])).await;
    assert_eq!(left, "Server.Timeout");
    held.rollback().await.unwrap();
    // The same gateway writes in turn, so the row of the call that left was written before this.
    assert_eq!(ask(&pair.first, "take", json!(["z", 3])).await, 3);
    let again = async {
        loop {
            let answer = ask(&pair.second, "short", json!(["k"])).await;
            // The row may still be written, and is then removed.
            if answer != "Server.Timeout" {
                break answer;
            }
        }
    };
    let again = tokio::time::timeout(Duration::from_secs(8), again).await;
    assert_eq!(again.unwrap(), 4);
    assert_eq!(count(&pair.first).await, 4);
}

#[tokio::test]
async fn a_full_table_takes_no_new_keys_and_forgets_none() {
    let Pair {
        first,
        second,
        kept,
        ..
    } = &pair().await;
    let answer = ask(first, "add", json!(["k", "nail"])).await;
    let fill = "WITH RECURSIVE n(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < 199999)
        INSERT INTO footbridge_once (id, arguments, began, until, ended, sealed)
        SELECT 'other ' || at, '', (SELECT began FROM footbridge_once), 0, 2, '' FROM n";
    change(kept, fill).await;
    // The first gateway has counted when there was one, and counts anew a minute later.
    assert_eq!(ask(second, "add", json!(["k", "nail"])).await, answer);
    let refused = ask(second, "add", json!(["l", "nail"])).await;
    assert_eq!(refused, "Server.Unavailable");
    assert_eq!(count(first).await, 3);
    change(kept, "DELETE FROM footbridge_once WHERE id = 'other 1'").await;
    let third = ask(first, "add", json!(["l", "nail"])).await;
    assert_eq!(ask(second, "add", json!(["l", "nail"])).await, third);
    assert_eq!(count(first).await, 4);
}
