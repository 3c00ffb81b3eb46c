//! The JSON face over a real connection: values, problems, and pages that may not call.

use footbridge_remoting::fault;
use serde_json::{Value, json};

use crate::game;
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
    for body in ["", "[]", "{}"] {
        assert_eq!(
            call(&running, "nothing", body).await,
            (200, Value::Null),
            "{body}"
        );
    }
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
    for body in ["[9007199254740993]", "[\"9007199254740993\"]"] {
        assert_eq!(
            call(&running, "big", body).await,
            (200, json!("9007199254740993")),
            "a long beyond 2^53 is exact as text"
        );
    }
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

const KINDS: &str = r#"service: a.Shop
operations:
  int: {args: {v: int}, value: =v, returns: int}
  number: {args: {v: number}, value: =v, returns: number}
  long: {args: {v: long}, value: =v, returns: long}
  decimal: {args: {v: decimal}, value: =v, returns: decimal}
  bool: {args: {v: bool}, value: =v, returns: bool}
  string: {args: {v: 'string?'}, value: =v, returns: 'string?'}
  date: {args: {v: date}, value: =v, returns: date}
  day: {args: {v: day}, value: =v, returns: day}
  time: {args: {v: time}, value: =v, returns: time}
  bytes: {args: {v: bytes}, value: =v, returns: bytes}
  list: {args: {v: 'int[]'}, value: =v, returns: 'int[]'}
  any: {args: {v: any}, value: =v}
"#;

#[tokio::test]
async fn values_keep_their_types() {
    let root = tempfile::tempdir().unwrap();
    let gateway = format!("{GATEWAY}paths: {{/api: json}}\n");
    let (_, live) = live(root.path(), &gateway, KINDS).await;
    let running = serve_at(live, root.path()).await;
    for (kind, sent, came) in [
        ("int", json!(-7), json!(-7)),
        ("number", json!(1.5), json!(1.5)),
        ("number", json!(1e300), json!(1e300)),
        ("long", json!(12), json!(12)),
        ("long", json!("9007199254740993"), json!("9007199254740993")),
        ("decimal", json!("12.50"), json!("12.50")),
        ("decimal", json!("0.1"), json!("0.1")),
        ("bool", json!(true), json!(true)),
        (
            "string",
            json!("\u{fc}\u{1f600}\"\\\u{0}"),
            json!("\u{fc}\u{1f600}\"\\\u{0}"),
        ),
        ("string", json!(null), json!(null)),
        (
            "date",
            json!("2026-11-20T10:30:00+01:00"),
            json!("2026-11-20T09:30:00.000Z"),
        ),
        (
            "day",
            json!("2026-11-20"),
            json!("2026-11-20T00:00:00.000Z"),
        ),
        ("time", json!("09:30"), json!("09:30:00")),
        ("bytes", json!("AAEC/w=="), json!("AAEC/w==")),
        ("list", json!([1, 2, 3]), json!([1, 2, 3])),
        ("list", json!([]), json!([])),
        (
            "any",
            json!({"a": [null, true, {"b": "c"}], "": 1}),
            json!({"a": [null, true, {"b": "c"}], "": 1}),
        ),
    ] {
        let by_name = json!({"v": sent}).to_string();
        let by_position = json!([sent]).to_string();
        for body in [by_name, by_position] {
            assert_eq!(
                call(&running, kind, &body).await,
                (200, came.clone()),
                "{kind} {body}"
            );
        }
    }
    // An object with other names is itself the argument.
    let other = json!({"w": 1});
    assert_eq!(
        call(&running, "any", &other.to_string()).await,
        (200, other)
    );
    for (kind, wrong) in [
        ("int", "1.5"),
        ("int", "2147483648"),
        ("number", "\"x\""),
        ("bool", "\"maybe\""),
        ("date", "\"yesterday\""),
        ("day", "\"2026-13-01\""),
        ("bytes", "\"not base64!\""),
        ("list", "{}"),
        ("decimal", "\"1,5\""),
    ] {
        let (status, problem) = call(&running, kind, &format!("[{wrong}]")).await;
        assert_eq!(
            (status, &problem["code"]),
            (400, &json!(fault::BAD_ARGUMENTS)),
            "{kind} {wrong}"
        );
    }
}

#[tokio::test]
async fn a_session_goes_on_by_its_cookie_with_the_same_roles_and_rates() {
    let root = tempfile::tempdir().unwrap();
    let gateway = format!("{GATEWAY}paths: {{/api: json, built-in: true}}\n");
    let (_, live) = live(root.path(), &gateway, game::SERVICE).await;
    let running = serve_at(live, root.path()).await;
    let call = async |operation: &str, cookie: Option<&str>, body: &str| {
        let cookie = cookie.map_or_else(String::new, |id| format!("\r\nCookie: footbridge={id}"));
        let answer = post(&running, &format!("/api/game/{operation}"), &cookie, body).await;
        let value: Value = serde_json::from_slice(&answer.body).unwrap();
        (answer.status, value, crate::classic::cookie(&answer))
    };
    let (status, problem, _) = call("who", None, "").await;
    assert_eq!(
        (status, &problem["code"]),
        (401, &json!(fault::AUTHENTICATION))
    );

    let (status, told, cookie) = call("login", None, r#"{"user": "nut", "password": "pw"}"#).await;
    assert_eq!((status, &told["id"]), (200, &json!(1)));
    let cookie = cookie.expect("a session began");
    let (status, who, set) = call("who", Some(&cookie), "").await;
    assert_eq!((status, set), (200, None));
    assert_eq!((&who["name"], &who["team"]), (&json!("nut"), &json!("red")));
    // It is the session that classic calls have too.
    let head = format!(
        "POST /gateway HTTP/1.1\r\nContent-Type: application/x-amf\r\nCookie: footbridge={cookie}"
    );
    let packet = crate::support::classic(&["game.who"]);
    let answer = running.send(&head, &packet).await;
    let who = crate::classic::answers(footbridge_remoting::Encoding::Amf0, &answer);
    assert_eq!(who[0]["name"], "nut");

    let (status, _, _) = call("logout", Some(&cookie), "").await;
    assert_eq!(status, 200);
    let (status, _, _) = call("who", Some(&cookie), "").await;
    assert_eq!(status, 401, "it is over");

    let guess = r#"["nut", "guess"]"#;
    let mut answers = Vec::new();
    for _ in 0..6 {
        let (status, problem, _) = call("login", None, guess).await;
        answers.push((status, problem["code"].as_str().unwrap().to_owned()));
    }
    assert_eq!(answers[0], (500, "BAD_LOGIN".to_owned()));
    assert_eq!(answers[5], (429, fault::TOO_MANY_CALLS.to_owned()));
}
