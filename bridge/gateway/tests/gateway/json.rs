//! The JSON face over a real connection: values, problems, and pages that may not call.

use footbridge_remoting::fault;
use serde_json::{Value, json};

use crate::support::{Answer, GATEWAY, Running, live, serve_at};

const SERVICE: &str = r#"service: a.Shop
operations:
  products: {backend: shop, sql: "SELECT id, name, price FROM product ORDER BY id"}
  product: {args: {id: int}, backend: shop, sql: "SELECT id, name FROM product WHERE id = :id", returns: Product}
  add: {args: {a: int, b: int = 10}, value: {sum: "=concat(a, '+', b)"}}
  same: {args: {value: any}, value: =value}
  big: {args: {id: long}, value: =id}
  nothing: {value: null}
  refuse: {fault: {code: Shop.Closed, message: come back later}}
  members: {value: 1, roles: users}
  hidden: {value: 1, roles: internal}
"#;

async fn start(gateway: &str) -> (Running, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    let gateway = format!("{gateway}paths: {{/api: json}}\n");
    let (_, live) = live(root.path(), &gateway, SERVICE).await;
    assert!(live.prepare().await.diagnostics.is_empty());
    (serve_at(live, root.path()).await, root)
}

async fn post(running: &Running, path: &str, more: &str, body: &str) -> Answer {
    let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/json{more}");
    running.send(&head, body.as_bytes()).await
}

async fn call(running: &Running, operation: &str, body: &str) -> (u16, Value) {
    let answer = post(running, &format!("/api/a.Shop/{operation}"), "", body).await;
    let value =
        serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"));
    (answer.status, value)
}

#[tokio::test]
async fn arguments_come_by_position_or_by_name() {
    let (running, _root) = start(GATEWAY).await;
    for body in ["[1, 2]", r#"{"b": 2, "a": 1}"#, r#"["1", 2.0]"#] {
        assert_eq!(
            call(&running, "add", body).await,
            (200, json!({"sum": "1+2"})),
            "{body}"
        );
    }
    assert_eq!(
        call(&running, "add", "[5]").await,
        (200, json!({"sum": "5+10"}))
    );
    assert_eq!(call(&running, "nothing", "").await, (200, Value::Null));
    let products = json!([
        {"id": 1, "name": "nut", "price": "0.1"},
        {"id": 2, "name": "bolt", "price": "1.25"},
    ]);
    assert_eq!(call(&running, "products", "[]").await, (200, products));
    let nut = json!({"id": 1, "name": "nut"});
    assert_eq!(call(&running, "product", r#"{"id": 1}"#).await, (200, nut));
    let same = json!({"a": [1, null, {"b": "ü\u{2028}"}]});
    let sent = json!([same]).to_string();
    assert_eq!(call(&running, "same", &sent).await, (200, same));
    let (status, _) = call(&running, "big", "[9007199254740993]").await;
    assert_eq!(status, 200, "a long beyond 2^53 is exact as text");
}

#[tokio::test]
async fn a_fault_is_a_problem_with_the_status_that_fits() {
    let (running, _root) = start(GATEWAY).await;
    for (operation, body, status, code) in [
        ("add", "[]", 400, fault::BAD_ARGUMENTS),
        ("add", "[\"x\"]", 400, fault::BAD_ARGUMENTS),
        ("add", "{", 400, fault::ENCODING),
        ("add", "7", 400, fault::BAD_ARGUMENTS),
        ("product", "[77]", 404, fault::NOT_FOUND),
        ("unknown", "", 404, fault::RESOURCE_NOT_FOUND),
        ("hidden", "", 404, fault::RESOURCE_NOT_FOUND),
        ("members", "", 401, fault::AUTHENTICATION),
        ("refuse", "", 500, "Shop.Closed"),
    ] {
        let answer = post(&running, &format!("/api/a.Shop/{operation}"), "", body).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some("application/problem+json")),
            "{operation}"
        );
        let problem: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(problem["code"], code);
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], format!("urn:footbridge:fault:{code}"));
        assert_eq!(problem["correlation"].as_str().unwrap().len(), 16);
    }
    let long = format!("[\"{}\"]", "x".repeat(3 << 20));
    let (status, problem) = call(&running, "same", &long).await;
    assert_eq!((status, &problem["code"]), (413, &json!(fault::TOO_LARGE)));
}

#[tokio::test]
async fn pages_of_other_sites_may_not_call() {
    let gateway = format!("{GATEWAY}origins: [\"https://shop.example\"]\n");
    let (running, _root) = start(&gateway).await;
    let own = format!("\r\nOrigin: http://{}", running.address);
    for (more, status) in [
        ("", 200),
        ("\r\nOrigin: https://shop.example", 200),
        (own.as_str(), 200),
        ("\r\nOrigin: https://evil.example", 403),
        ("\r\nOrigin: null", 403),
        ("\r\nSec-Fetch-Site: cross-site", 403),
        ("\r\nSec-Fetch-Site: same-origin", 200),
    ] {
        let answer = post(&running, "/api/a.Shop/add", more, "[1, 2]").await;
        assert_eq!(answer.status, status, "{more}");
    }
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/x-amf",
    ] {
        let head = format!("POST /api/a.Shop/add HTTP/1.1\r\nContent-Type: {kind}");
        assert_eq!(running.send(&head, b"[1, 2]").await.status, 415, "{kind}");
    }
    let preflight = running
        .send(
            "OPTIONS /api/a.Shop/add HTTP/1.1\r\nOrigin: https://shop.example\r\n\
             Access-Control-Request-Method: POST",
            b"",
        )
        .await;
    assert_eq!(preflight.status, 204);
    assert_eq!(
        preflight.header("access-control-allow-origin"),
        Some("https://shop.example")
    );
    let get = running.send("GET /api/a.Shop/add HTTP/1.1", b"").await;
    assert_eq!(
        (get.status, get.header("allow")),
        (405, Some("OPTIONS, POST"))
    );
}

#[tokio::test]
async fn names_below_the_path_are_taken_as_they_are() {
    let (running, _root) = start(GATEWAY).await;
    for path in [
        "/api/a.Shop/add/",
        "/api/a.Shop/add;jsessionid=1F",
        "/api/a.Shop/%61dd",
        "/api/a%2EShop/add",
    ] {
        assert_eq!(post(&running, path, "", "[1]").await.status, 200, "{path}");
    }
    for path in [
        "/api/a.Shop",
        "/api/a.Shop/",
        "/api/a.Shop/add/more",
        "/api/../a.Shop/add",
        "/api/a.Shop%2Fadd",
        "/api/%FF/add",
        "/api/a.Shop/ADD",
    ] {
        assert_eq!(post(&running, path, "", "[1]").await.status, 404, "{path}");
    }
}
