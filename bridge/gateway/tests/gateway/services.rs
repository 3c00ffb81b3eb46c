//! Logins by a service: what in its reply says that it knows the caller, what becomes of one that is away, and whose answer is
//! remembered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use footbridge_remoting::fault;
use serde_json::{Value, json};

use crate::game::write_users;
use crate::support::{Running, live, serve_at, unmigrated};

const SERVICE: &str = "service: a.Who
operations:
  who: {value: {id: =identity.id, name: =identity.name, roles: =identity.roles}, roles: users}
";

const GATEWAY: &str = "gateway: test
paths: {/api: json}
backends:
  shop: {sqlite: shop.db, migrations: migrations}
  check: {rest: http://CHECK, breaker: {faults: 100%, calls: 10000}}
";

/// What the service is and has seen.
#[derive(Debug, Default)]
struct Seen {
    down: AtomicBool,
    /// What it answers in place of that, if any: this status and no JSON.
    says: AtomicU16,
    asked: AtomicUsize,
}

/// A service that answers what the password says, if that is JSON; below `/of/NAME` it knows everybody under this name.
async fn service() -> (SocketAddr, Arc<Seen>) {
    let seen = Arc::<Seen>::default();
    let check = post(async |State(seen): State<Arc<Seen>>, body: String| {
        seen.asked.fetch_add(1, Ordering::SeqCst);
        if seen.down.load(Ordering::SeqCst) {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        if let Ok(status) = StatusCode::from_u16(seen.says.load(Ordering::SeqCst)) {
            return (status, answered("{".to_owned())).into_response();
        }
        let body: Value = serde_json::from_str(&body).unwrap();
        answered(body["password"].as_str().unwrap().to_owned())
    });
    let of = post(async |Path(name): Path<String>| answered(json!({"id": name}).to_string()));
    let router = Router::new()
        .route("/check", check)
        .route("/of/{name}", of)
        .with_state(Arc::clone(&seen));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, seen)
}

/// An address at which nobody listens any more.
async fn nobody() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

fn answered(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

struct Gateway {
    running: Running,
    root: tempfile::TempDir,
    address: SocketAddr,
}

fn written(address: SocketAddr, rest: &str) -> String {
    format!("{GATEWAY}{rest}").replace("CHECK", &address.to_string())
}

async fn start(address: SocketAddr, rest: &str) -> Gateway {
    let root = tempfile::tempdir().unwrap();
    write_users(root.path());
    let (_, live) = live(root.path(), &written(address, rest), SERVICE).await;
    let findings = live.prepare().await;
    assert!(
        findings.diagnostics.is_empty(),
        "{:?}",
        findings.diagnostics
    );
    Gateway {
        running: serve_at(live, root.path()).await,
        root,
        address,
    }
}

impl Gateway {
    async fn who(&self, name: &str, password: &str) -> Value {
        let said = STANDARD.encode(format!("{name}:{password}"));
        let head = format!(
            "POST /api/a.Who/who HTTP/1.1\r\nContent-Type: application/json\r\nAuthorization: Basic {said}"
        );
        let answer = self.running.send(&head, b"[]").await;
        serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
    }

    /// Puts another `gateway.yaml` in force.
    fn reload(&self, rest: &str) {
        let (_, live) = unmigrated(self.root.path(), &written(self.address, rest), SERVICE);
        self.running.gateway.replace(live);
    }
}

const CHECK: &str = "login:
  - backend: check
    rest: POST /check
    body: {user: =name, password}
";

#[tokio::test]
async fn a_good_reply_lets_in_only_whom_it_names() {
    let (address, _) = service().await;
    let gateway = start(address, CHECK).await;
    let ann = json!({"id": 7, "name": "ann", "roles": ["clerk"]});
    assert_eq!(
        gateway.who("ann", r#"{"id": 7, "roles": "clerk"}"#).await,
        ann
    );
    for (at, reply) in [
        r#"{"ok": false}"#,
        r#"{"error": "wrong password", "roles": ["admin"]}"#,
        r#"{"success": 0, "name": "ann"}"#,
        "{}",
        r#"{"id": null}"#,
        r#"{"id": false}"#,
        r#"{"id": 0}"#,
        r#"{"id": " "}"#,
        "false",
        "null",
        "true",
        "1",
        "[]",
        r#"[{"id": 7}]"#,
        r#""ann""#,
    ]
    .into_iter()
    .enumerate()
    {
        let refused = gateway.who(&format!("n{at}"), reply).await;
        assert_eq!(refused["code"], fault::AUTHENTICATION, "{reply}");
    }
}

#[tokio::test]
async fn require_says_whom_a_reply_knows() {
    let (address, seen) = service().await;
    let login = format!(
        "{CHECK}    require: reply.status == 200 and reply.body.ok\n    identity: {{id: =name, name: =name, roles: [clerk]}}\n"
    );
    let gateway = start(address, &login).await;
    let ann = json!({"id": "ann", "name": "ann", "roles": ["clerk"]});
    assert_eq!(gateway.who("ann", r#"{"ok": true}"#).await, ann);
    for (at, reply) in [
        r#"{"ok": false}"#,
        r#"{"ok": null}"#,
        r#"{"ok": "yes"}"#,
        r#"{"ok": 1}"#,
        "{}",
        "null",
        "[]",
    ]
    .into_iter()
    .enumerate()
    {
        let refused = gateway.who(&format!("n{at}"), reply).await;
        assert_eq!(refused["code"], fault::AUTHENTICATION, "{reply}");
    }
    // Of a reply that is no good one nothing is required.
    seen.down.store(true, Ordering::SeqCst);
    let broken = gateway.who("bob", r#"{"ok": true}"#).await;
    assert!(
        broken["code"].as_str().unwrap().starts_with("Server."),
        "{broken}"
    );
}

#[tokio::test]
async fn a_service_that_is_away_has_refused_nobody_whatever_the_gateway_says_of_faults() {
    let (address, seen) = service().await;
    let defaults = "defaults:
  roles: public
  rate: 1/min
  faults:
    unavailable: {value: {id: 1, roles: [admin]}}
    503: {value: {id: 1, roles: [admin]}}
    other: {code: Client.Sorry, message: sorry}
";
    let gateway = start(address, &format!("{CHECK}{defaults}")).await;
    seen.down.store(true, Ordering::SeqCst);
    let ann = r#"{"id": 7}"#;
    for _ in 0..5 {
        let broken = gateway.who("ann", ann).await;
        assert!(
            broken["code"].as_str().unwrap().starts_with("Server."),
            "{broken}"
        );
    }
    seen.down.store(false, Ordering::SeqCst);
    assert_eq!(gateway.who("ann", ann).await["id"], 7);
    for at in 0..10 {
        gateway.who("bob", &format!(r#"{{"no": {at}}}"#)).await;
    }
    let refused = gateway.who("bob", ann).await;
    assert_eq!(refused["code"], fault::TOO_MANY_CALLS);
}

#[tokio::test]
async fn what_was_asked_of_nobody_is_no_guess() {
    let gateway = start(nobody().await, CHECK).await;
    // More than may be guessed in a minute, of a name and of an address.
    for at in 0..70 {
        let broken = gateway.who("ann", &format!("guess {at}")).await;
        assert_eq!(broken["code"], fault::UNAVAILABLE, "{at}");
    }
}

#[tokio::test]
async fn what_a_service_answers_counts_as_a_guess_however_loudly_it_refuses() {
    let (address, seen) = service().await;
    for status in [500, 502, 503, 429, 200] {
        let gateway = start(address, CHECK).await;
        seen.says.store(status, Ordering::SeqCst);
        let mut codes = Vec::new();
        for at in 0..11 {
            // A good status comes with what is no JSON.
            let refused = gateway.who("ann", &format!("guess {at}")).await;
            codes.push(refused["code"].as_str().unwrap().to_owned());
        }
        assert!(codes[9].starts_with("Server."), "{status}: {codes:?}");
        assert_eq!(codes[10], fault::TOO_MANY_CALLS, "{status}: {codes:?}");
    }
}

#[tokio::test]
async fn what_was_not_counted_is_not_taken_back() {
    let (address, _) = service().await;
    let mut gateway = start(address, CHECK).await;
    let right = r#"{"id": 7}"#;
    assert_eq!(gateway.who("ann", right).await["id"], 7);
    for at in 0..9 {
        let refused = gateway.who("ann", &format!(r#"{{"no": {at}}}"#)).await;
        assert_eq!(refused["code"], fault::AUTHENTICATION);
    }
    // Of another mapping it is another service, so it is asked again; what was right a moment ago is no guess.
    gateway.address = nobody().await;
    gateway.reload(CHECK);
    assert_eq!(gateway.who("ann", right).await["code"], fault::UNAVAILABLE);
    gateway.address = address;
    gateway.reload(CHECK);
    let refused = gateway.who("ann", "{}").await;
    assert_eq!(refused["code"], fault::TOO_MANY_CALLS);
}

#[tokio::test]
async fn guesses_count_that_another_login_has_looked_at() {
    let (address, seen) = service().await;
    let login = CHECK.replace("login:\n", "login:\n  - users: users\n");
    let gateway = start(address, &login).await;
    seen.down.store(true, Ordering::SeqCst);
    let mut codes = Vec::new();
    for at in 0..11 {
        let refused = gateway.who("ann", &format!("guess {at}")).await;
        codes.push(refused["code"].as_str().unwrap().to_owned());
    }
    assert!(codes[0].starts_with("Server."), "{codes:?}");
    assert_eq!(codes[10], fault::TOO_MANY_CALLS, "{codes:?}");
    seen.down.store(false, Ordering::SeqCst);
    assert_eq!(gateway.who("cid", r#"{"id": 7}"#).await["id"], 7);
}

#[tokio::test]
async fn what_is_remembered_of_one_service_is_nothing_that_another_has_said() {
    let (address, _) = service().await;
    let login = |names: [&str; 2]| {
        let of = |name| format!("  - {{backend: check, rest: POST /of/{name}}}\n");
        format!("login:\n{}{}", of(names[0]), of(names[1]))
    };
    let gateway = start(address, &login(["one", "other"])).await;
    for _ in 0..2 {
        assert_eq!(gateway.who("ann", "secret").await["id"], "one");
    }
    gateway.reload(&login(["other", "one"]));
    assert_eq!(gateway.who("ann", "secret").await["id"], "other");
    gateway.reload(&login(["third", "other"]));
    assert_eq!(gateway.who("ann", "secret").await["id"], "third");
}

#[tokio::test]
async fn a_service_is_asked_once_in_a_while_and_anew_after_a_reload() {
    let (address, seen) = service().await;
    let gateway = start(address, CHECK).await;
    let ann = r#"{"id": 7}"#;
    for _ in 0..3 {
        assert_eq!(gateway.who("ann", ann).await["id"], 7);
    }
    assert_eq!(seen.asked.load(Ordering::SeqCst), 1);
    gateway.reload(CHECK);
    assert_eq!(gateway.who("ann", ann).await["id"], 7);
    assert_eq!(seen.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_function_of_the_database_says_whom_it_knows_by_the_id() {
    let (address, _) = service().await;
    let login = |text: &str| format!("login:\n  - {{backend: shop, sql: \"{text}\"}}\n");
    let right = "CASE WHEN :name = 'ann' AND :password = 'pw' THEN 7 END";
    let gateway = start(address, &login(&format!("SELECT {right} AS id"))).await;
    assert_eq!(gateway.who("ann", "pw").await["id"], 7);
    let refused = gateway.who("ann", "guess").await;
    assert_eq!(refused["code"], fault::AUTHENTICATION);
    for text in [
        format!("SELECT coalesce({right}, 0) AS id"),
        format!("SELECT {right} IS NOT NULL AS ok"),
    ] {
        let gateway = start(address, &login(&text)).await;
        let refused = gateway.who("ann", "guess").await;
        assert_eq!(refused["code"], fault::AUTHENTICATION, "{text}");
    }
}
