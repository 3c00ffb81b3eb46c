//! In which order a call is judged: `roles`, `require` and `rate` come before `cache` and `once`.

use footbridge_remoting::fault;
use serde_json::{Value, json};

use crate::game::write_users;
use crate::support::{Running, live, serve_at};

const GATEWAY: &str = "gateway: test
paths: {/api: json}
backends:
  shop: {sqlite: shop.db, migrations: migrations}
login:
  - users: users
";

/// Each operation is named by the rule that refuses and the one that knows an answer. The texts count what was there when they ran.
const SERVICE: &str = "service: order
backend: shop
operations:
  count:
    sql: SELECT count(*) AS n FROM product
    returns: int
    roles: public
  rolesCache:
    args: {key: string}
    sql: SELECT count(*) AS n FROM product WHERE :key <> ''
    returns: int
    roles: [player]
    cache: 1h
  rolesOnce:
    args: {key: string}
    sql: INSERT INTO product (name, price) VALUES (:key, '1')
    value: =reply.key
    returns: int
    roles: [player]
    once: =key
  requireCache:
    args: {key: string}
    sql: SELECT count(*) AS n FROM product WHERE :key <> ''
    returns: int
    roles: public
    require: \"identity.name == 'ann'\"
    cache: 1h
  requireOnce:
    args: {key: string}
    sql: INSERT INTO product (name, price) VALUES (:key, '1')
    value: =reply.key
    returns: int
    roles: public
    require: \"identity.name == 'ann'\"
    once: =key
  rateCache:
    args: {key: string}
    sql: SELECT count(*) AS n FROM product WHERE :key <> ''
    returns: int
    roles: public
    rate: 2/min
    cache: 1h
  rateOnce:
    args: {key: string}
    sql: INSERT INTO product (name, price) VALUES (:key, '1')
    value: =reply.key
    returns: int
    roles: public
    rate: 2/min
    once: =key
";

/// ann:secret
const ANN: &str = "\r\nAuthorization: Basic YW5uOnNlY3JldA==";

async fn start() -> (Running, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    write_users(root.path());
    let (_, live) = live(root.path(), GATEWAY, SERVICE).await;
    (serve_at(live, root.path()).await, root)
}

async fn call(running: &Running, operation: &str, who: &str) -> Value {
    let head =
        format!("POST /api/order/{operation} HTTP/1.1\r\nContent-Type: application/json{who}");
    let arguments = if operation == "count" {
        json!([])
    } else {
        json!([operation])
    };
    let answer = running.send(&head, arguments.to_string().as_bytes()).await;
    serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

#[tokio::test]
async fn who_may_not_call_gets_no_answer_that_is_kept() {
    let (running, _root) = start().await;
    for (operation, code) in [
        ("rolesCache", fault::AUTHENTICATION),
        ("rolesOnce", fault::AUTHENTICATION),
        ("requireCache", fault::AUTHORIZATION),
        ("requireOnce", fault::AUTHORIZATION),
    ] {
        // An answer is kept, and it is the kept one that comes again.
        let first = call(&running, operation, ANN).await;
        assert!(first.is_i64(), "{operation}: {first}");
        let before = call(&running, "count", "").await;
        assert_eq!(call(&running, operation, ANN).await, first, "{operation}");
        let refused = call(&running, operation, "").await;
        assert_eq!(refused["code"], code, "{operation}: {refused}");
        assert_eq!(call(&running, "count", "").await, before, "{operation}");
    }
}

#[tokio::test]
async fn kept_answers_count_for_the_rate() {
    let (running, _root) = start().await;
    for operation in ["rateCache", "rateOnce"] {
        let first = call(&running, operation, "").await;
        assert!(first.is_i64(), "{operation}: {first}");
        assert_eq!(call(&running, operation, "").await, first, "{operation}");
        let refused = call(&running, operation, "").await;
        assert_eq!(refused["code"], fault::TOO_MANY_CALLS, "{operation}");
    }
}

#[tokio::test]
async fn whoever_is_refused_leaves_no_answer_behind() {
    let (running, _root) = start().await;
    for operation in ["rolesOnce", "requireOnce", "rolesCache", "requireCache"] {
        let before = call(&running, "count", "").await;
        let refused = call(&running, operation, "").await;
        let code = refused["code"].as_str().unwrap_or_default();
        assert!(code.starts_with("Client."), "{operation}: {refused}");
        assert_eq!(call(&running, "count", "").await, before, "nothing ran");
        let first = call(&running, operation, ANN).await;
        assert!(first.is_i64(), "{operation}: {first}");
    }
}
