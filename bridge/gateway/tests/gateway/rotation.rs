//! Other `keys`, one gateway after the other: nobody is logged out and no list is cut off before the old key is taken away.

use std::path::Path;
use std::sync::Arc;

use footbridge_gateway::shared;
use serde_json::{Value as Json, json};

use crate::game::{Game, command, write_users};
use crate::support::{live, log, serve_at, unmigrated};

const GATEWAY: &str = "gateway: test
backends:
  shop: {sqlite: shop.db, migrations: migrations}
  kept: {sqlite: kept.db}
sessions: {store: kept}
keys: [KEYS]
login:
  - users: users
";

const SERVICE: &str = "service: closed
backend: shop
types:
  Item: {id: int, name: string}
operations:
  users: {value: =identity.id, roles: users}
  rows:
    sql: SELECT id, name FROM product
    order: id
    page: {size: 1}
    returns: Item[]
    roles: public
";

fn gateway(keys: &[&str]) -> String {
    let keys: Vec<_> = keys
        .iter()
        .map(|key| format!("\"${{file:{key}}}\""))
        .collect();
    GATEWAY.replace("KEYS", &keys.join(", "))
}

/// Puts other keys in force.
fn put(game: &Game, root: &Path, keys: &[&str]) {
    let (_, live) = unmigrated(root, &gateway(keys), SERVICE);
    game.running.gateway.replace(live);
}

/// What a gateway gave: a `DSId` under which ann has logged in, and the id of a record set of which one row is known.
struct Given {
    ds_id: String,
    rows: Json,
}

impl Given {
    async fn by(game: &Game) -> Self {
        let ping = game.send_flex("", &command(5, "", "nil")).await;
        let ds_id = ping["headers"]["DSId"].as_str().expect("a DSId").to_owned();
        login(game, &ds_id).await;
        let rows = game.call("closed.rows", json!([]), None).await.answer;
        Self {
            ds_id,
            rows: rows["serverInfo"]["id"].clone(),
        }
    }

    /// Who the session is, and how many rows the record set goes on with; or the codes of faults.
    async fn at(&self, game: &Game) -> (Json, Json) {
        let who = game.remoting("users", &self.ds_id).await;
        let page = json!([self.rows, 2, 1]);
        let page = game.call("PageableResult.getRecords", page, None).await;
        let rows = match page.answer["Page"].as_array() {
            Some(rows) => json!(rows.len()),
            None => page.answer,
        };
        let who = match &who["faultCode"] {
            Json::Null => who["body"].clone(),
            code => code.clone(),
        };
        (who, rows)
    }
}

/// ann:secret
async fn login(game: &Game, ds_id: &str) {
    let login = command(8, "YW5uOnNlY3JldA==", ds_id);
    assert_eq!(game.send_flex("", &login).await["body"], "success");
}

#[tokio::test]
async fn keys_change_node_by_node_and_what_the_old_one_sealed_ends_with_it() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    write_users(root);
    for key in ["a", "b"] {
        std::fs::write(
            root.join(key),
            format!("a key of tests, {key}, long enough"),
        )
        .unwrap();
    }
    let (_, one) = live(root, &gateway(&["a"]), SERVICE).await;
    let (_, other) = unmigrated(root, &gateway(&["a"]), SERVICE);
    shared::create(&Arc::clone(one.databases.get("kept").unwrap()))
        .await
        .unwrap();
    let node = async |live| Game {
        running: serve_at(live, root).await,
        _root: None,
    };
    let (one, other) = (node(one).await, node(other).await);
    let goes_on = (json!("ann"), json!(1));
    let old = Given::by(&one).await;
    assert_eq!(old.at(&other).await, goes_on);
    // The new one is known everywhere before anything is sealed by it.
    put(&one, root, &["a", "b"]);
    assert_eq!(old.at(&one).await, goes_on);
    put(&other, root, &["a", "b"]);
    put(&one, root, &["b", "a"]);
    let new = Given::by(&one).await;
    for game in [&one, &other] {
        assert_eq!(old.at(game).await, goes_on);
        assert_eq!(new.at(game).await, goes_on);
    }
    // The proof of a client's DSId counts as well: it leads to the next session, at any node.
    let out = other.send_flex("", &command(9, "", &new.ds_id)).await;
    assert_eq!(out["body"], "success");
    login(&other, &new.ds_id).await;
    assert_eq!(new.at(&one).await, goes_on);
    put(&other, root, &["b", "a"]);
    login(&one, &new.ds_id).await;
    for game in [&one, &other] {
        put(game, root, &["b"]);
        let ended = (
            json!("Client.Authentication"),
            json!("Server.ResourceNotFound"),
        );
        assert_eq!(old.at(game).await, ended);
        assert_eq!(new.at(game).await, goes_on);
        // Nor does the old DSId prove anything: whoever has it gets in, but not by it alone.
        login(game, &old.ds_id).await;
        assert_eq!(old.at(game).await, ended);
    }
}

#[tokio::test]
async fn without_keys_it_is_said_what_ends_with_the_process() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    write_users(root);
    let gateway = GATEWAY
        .replace("keys: [KEYS]\n", "")
        .replace("sessions: {store: kept}\n", "");
    let told = || {
        let log = log();
        let lines = log.lines().filter(|line| {
            line.contains("no `keys`") && line.contains("record sets") && line.contains("`DSId`")
        });
        lines.count()
    };
    let (_, live) = live(root, &gateway, SERVICE).await;
    let before = told();
    let _running = serve_at(live, root).await;
    assert!(told() > before);
}
