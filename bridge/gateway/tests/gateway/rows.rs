//! The row policy on a real database: each caller sees the rows of its roles, in every form of text.

use serde_json::{Value, json};

use crate::support::{Answer, GATEWAY, Running, live, serve_at};

const SERVICE: &str = r#"service: bank
backend: shop
roles: [customer, clerk, auditor]
rows:
  customer: price > 1 AND name = :identity.name
  auditor: id = 1
  clerk: all
operations:
  enter:
    args: {name: string, roles: string}
    value: true
    login: {id: =name, name: =name, roles: =roles}
    roles: public
  all:
    sql: SELECT id, name, price FROM product
    order: id desc
    returns: Product[]
  named:
    args: {name: "string?"}
    sql: |
      SELECT id, name, price FROM product WHERE true
        AND name = :name -- when: name is given
    returns: Product[]
  star:
    sql: SELECT * FROM product
    order: id
    returns: Whole[]
  cached:
    sql: SELECT id, name, price FROM product
    order: id
    cache: 1h
  counted:
    sql: SELECT count(*) AS n FROM product
    returns: int
    rows: all
  outer:
    operation: bank.inner
  inner:
    sql: SELECT id, name, price FROM product
    order: id
    roles: internal
  first:
    sql: SELECT id, name, price FROM product
    order: id
    max-rows: 1
  renameOwn:
    args: {id: int}
    sql: UPDATE product SET price = price WHERE id = :id AND name = :identity.name
    returns: int
    roles: [customer]
types:
  Whole: {id: int, name: string}
"#;

struct Bank {
    running: Running,
    _root: tempfile::TempDir,
}

async fn bank() -> Bank {
    let root = tempfile::tempdir().unwrap();
    let gateway = format!("{GATEWAY}paths: {{/api: json}}\n");
    let (_, live) = live(root.path(), &gateway, SERVICE).await;
    let findings = live.prepare().await;
    assert!(
        findings.diagnostics.is_empty(),
        "{:?}",
        findings.diagnostics
    );
    Bank {
        running: serve_at(live, root.path()).await,
        _root: root,
    }
}

impl Bank {
    async fn send(&self, operation: &str, body: &Value, cookie: &str) -> Answer {
        let head = format!(
            "POST /api/bank/{operation} HTTP/1.1\r\nContent-Type: application/json\r\nCookie: {cookie}"
        );
        self.running.send(&head, body.to_string().as_bytes()).await
    }

    /// The cookie of whoever has this name and these roles.
    async fn enter(&self, name: &str, roles: &str) -> String {
        let answer = self.send("enter", &json!([name, roles]), "none=1").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let cookie = answer.header("set-cookie").unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn call(&self, operation: &str, body: Value, cookie: &str) -> Value {
        let answer = self.send(operation, &body, cookie).await;
        serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
    }

    /// The identifiers of the rows that come.
    async fn ids(&self, operation: &str, body: Value, cookie: &str) -> Vec<i64> {
        let rows = self.call(operation, body, cookie).await;
        rows.as_array()
            .unwrap_or_else(|| panic!("{rows}"))
            .iter()
            .map(|row| row["id"].as_i64().unwrap())
            .collect()
    }
}

#[tokio::test]
async fn each_role_sees_its_rows_and_several_roles_those_of_each() {
    let bank = bank().await;
    for (name, roles, seen) in [
        ("bolt", "customer", vec![2]),
        ("nut", "customer", vec![]),
        ("nut", "auditor", vec![1]),
        ("bolt", "auditor,customer", vec![2, 1]),
        ("x", "clerk", vec![2, 1]),
        ("x", "clerk,customer", vec![2, 1]),
        // A name is a value, whatever it looks like.
        ("x' OR '1'='1", "customer", vec![]),
    ] {
        let cookie = bank.enter(name, roles).await;
        assert_eq!(
            bank.ids("all", json!([]), &cookie).await,
            seen,
            "{name} {roles}"
        );
        let mut ascending = seen.clone();
        ascending.sort_unstable();
        assert_eq!(bank.ids("star", json!([]), &cookie).await, ascending);
        assert_eq!(bank.ids("cached", json!([]), &cookie).await, ascending);
        assert_eq!(bank.ids("outer", json!([]), &cookie).await, ascending);
    }
}

#[tokio::test]
async fn no_argument_leads_past_the_condition() {
    let bank = bank().await;
    let cookie = bank.enter("bolt", "customer").await;
    assert_eq!(bank.ids("named", json!([]), &cookie).await, [2]);
    assert_eq!(bank.ids("named", json!(["bolt"]), &cookie).await, [2]);
    assert!(bank.ids("named", json!(["nut"]), &cookie).await.is_empty());
    assert_eq!(bank.call("counted", json!([]), &cookie).await, json!(2));
    assert_eq!(bank.call("renameOwn", json!([2]), &cookie).await, json!(1));
    assert_eq!(bank.call("renameOwn", json!([1]), &cookie).await, json!(0));
}

#[tokio::test]
async fn a_row_limit_counts_what_the_caller_sees() {
    let bank = bank().await;
    let own = bank.enter("bolt", "customer").await;
    assert_eq!(bank.ids("first", json!([]), &own).await, [2]);
    let all = bank.enter("x", "clerk").await;
    let refused = bank.call("first", json!([]), &all).await;
    assert_eq!(refused["code"], "Server.TooManyRows");
}

#[tokio::test]
async fn strangers_and_other_roles_are_refused_before_any_row() {
    let bank = bank().await;
    let refused = bank.call("all", json!([]), "none=1").await;
    assert_eq!(refused["code"], "Client.Authentication");
    let other = bank.enter("bolt", "visitor").await;
    let refused = bank.call("cached", json!([]), &other).await;
    assert_eq!(refused["code"], "Client.Authorization");
}
