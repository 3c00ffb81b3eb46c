//! Ways to log in: a table with hashes of several ages, a service that is asked, tokens of another server, a proxy that is believed.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use argon2::password_hash::PasswordHasher;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use footbridge_amf::{Graph, canonical};
use footbridge_remoting::outgoing::{self, Outgoing, Target};
use footbridge_remoting::{Encoding, fault};
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use crate::support::{Answer, Running, live, log, serve_at};

const SERVICE: &str = "service: a.Who
operations:
  who: {value: {id: =identity.id, name: =identity.name, roles: =identity.roles, shop: =identity.shop}, roles: users}
  admin: {value: true, roles: [admin]}
  free: {value: true, roles: public}
  kept: {sql: \"SELECT login, password_hash, salt FROM person ORDER BY login\", backend: shop, roles: public}
  asked: {rest: GET /told, backend: accounts, returns: any, roles: public}
";

const GATEWAY: &str = "gateway: test
paths: {/api: json}
backends:
  shop: {sqlite: shop.db, migrations: migrations}
  accounts: {rest: http://ACCOUNTS, auth: caller}
  check: {rest: http://ACCOUNTS}
";

struct Gateway {
    running: Running,
    _root: tempfile::TempDir,
}

/// A gateway with a table of people, whose `login` is this; `accounts` is where the service stands.
async fn start(login: &str, accounts: Option<SocketAddr>, files: &[(&str, &str)]) -> Gateway {
    let root = tempfile::tempdir().unwrap();
    let argon2 = argon2::Argon2::default()
        .hash_password(b"new")
        .unwrap()
        .to_string();
    let bcrypt = bcrypt::hash("older", 4).unwrap();
    let people = format!(
        "CREATE TABLE person (no INTEGER, login TEXT, password_hash TEXT, salt TEXT, roles TEXT, shop TEXT);
        INSERT INTO person VALUES
            (1, 'ann', '{argon2}', NULL, 'admin, clerk', 'Bonn'),
            (2, 'bob', '{bcrypt}', NULL, 'clerk', NULL),
            (3, 'cid', '{}', 'pepper', NULL, NULL),
            (4, 'dan', NULL, NULL, 'admin', NULL),
            (5, 'eve', '', NULL, 'admin', NULL);",
        // printf 'pepperold' | sha1sum
        "3f7e9b0ff40ea7c2d6ba9ea2a7b4b4dbd3ea4a14"
    );
    let people = people.replace(
        "3f7e9b0ff40ea7c2d6ba9ea2a7b4b4dbd3ea4a14",
        &hex(ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, b"pepperold").as_ref()),
    );
    std::fs::create_dir_all(root.path().join("migrations")).unwrap();
    std::fs::write(root.path().join("migrations/0002_person.sql"), people).unwrap();
    for (name, text) in files {
        std::fs::write(root.path().join(name), text).unwrap();
    }
    let accounts = accounts.map_or_else(|| "127.0.0.1:9".to_owned(), |address| address.to_string());
    let gateway = format!("{GATEWAY}{login}").replace("ACCOUNTS", &accounts);
    let (_, live) = live(root.path(), &gateway, SERVICE).await;
    let findings = live.prepare().await;
    assert!(
        findings.diagnostics.is_empty(),
        "{:?}",
        findings.diagnostics
    );
    Gateway {
        running: serve_at(live, root.path()).await,
        _root: root,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Gateway {
    async fn send(&self, operation: &str, headers: &str) -> Answer {
        let head = format!(
            "POST /api/a.Who/{operation} HTTP/1.1\r\nContent-Type: application/json{headers}"
        );
        self.running.send(&head, b"[]").await
    }

    async fn call(&self, operation: &str, headers: &str) -> Value {
        let answer = self.send(operation, headers).await;
        serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
    }

    /// What `operation` answers to whoever says a name and a password.
    async fn basic(&self, operation: &str, name: &str, password: &str) -> Value {
        let said = STANDARD.encode(format!("{name}:{password}"));
        self.call(operation, &format!("\r\nAuthorization: Basic {said}"))
            .await
    }

    async fn bearer(&self, operation: &str, token: &str) -> Value {
        self.call(operation, &format!("\r\nAuthorization: Bearer {token}"))
            .await
    }
}

const SQL: &str = "login:
  - backend: shop
    sql: SELECT no AS id, login AS name, password_hash, salt, roles, shop FROM person WHERE login = :name
    old-hashes: {kind: sha1}
    rehash: UPDATE person SET password_hash = :hash, salt = NULL WHERE login = :name
";

#[tokio::test]
async fn a_table_knows_callers_by_hashes_of_several_ages() {
    let gateway = start(SQL, None, &[]).await;
    let ann = json!({"id": 1, "name": "ann", "roles": ["admin", "clerk"], "shop": "Bonn"});
    for _ in 0..2 {
        assert_eq!(gateway.basic("who", "ann", "new").await, ann);
    }
    assert_eq!(gateway.basic("admin", "ann", "new").await, true);
    let bob = json!({"id": 2, "name": "bob", "roles": ["clerk"], "shop": null});
    assert_eq!(gateway.basic("who", "bob", "older").await, bob);
    let refused = gateway.basic("admin", "bob", "older").await;
    assert_eq!(refused["code"], fault::AUTHORIZATION);
    let cid = json!({"id": 3, "name": "cid", "roles": [], "shop": null});
    assert_eq!(gateway.basic("who", "cid", "old").await, cid);
    for (name, password) in [
        ("ann", "old"),
        ("ann", ""),
        ("cid", "older"),
        ("dan", ""),
        ("eve", ""),
        ("nobody", "new"),
        ("' OR '1'='1", "new"),
    ] {
        let refused = gateway.basic("free", name, password).await;
        assert_eq!(refused["code"], fault::AUTHENTICATION, "{name}");
    }
}

#[tokio::test]
async fn an_old_hash_is_replaced_once_its_password_is_known() {
    let gateway = start(SQL, None, &[]).await;
    let hashes = async || {
        let people = gateway.call("kept", "").await;
        people
            .as_array()
            .unwrap()
            .iter()
            .map(|person| {
                person["password_hash"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect::<Vec<_>>()
    };
    let before = hashes().await;
    assert_eq!(gateway.basic("who", "cid", "old").await["id"], 3);
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    let after = loop {
        let now = hashes().await;
        if now != before {
            break now;
        }
        assert!(tokio::time::Instant::now() < deadline, "{now:?}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert!(after[2].starts_with("$argon2id$"), "{after:?}");
    assert_eq!((&after[0], &after[1]), (&before[0], &before[1]));
    assert_eq!(gateway.basic("who", "cid", "old").await["id"], 3);
    let refused = gateway.basic("who", "cid", "pepperold").await;
    assert_eq!(refused["code"], fault::AUTHENTICATION);
}

#[tokio::test]
async fn a_hash_that_stays_old_is_not_replaced_with_every_call() {
    // It says how often it ran, and replaces nothing.
    let login = "login:
  - backend: shop
    sql: SELECT no AS id, password_hash, salt, shop FROM person WHERE login = :name
    old-hashes: {kind: sha1}
    rehash: UPDATE person SET shop = coalesce(shop, '') || substr(:hash, 1, 7) WHERE login = :name
";
    let gateway = start(login, None, &[]).await;
    let ran = async |name: &str, password: &str| {
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
        loop {
            let person = gateway.basic("who", name, password).await;
            if let Some(ran) = person["shop"].as_str() {
                break ran.to_owned();
            }
            assert!(tokio::time::Instant::now() < deadline, "{person}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    ran("bob", "older").await;
    // Whatever more was begun for bob has ended before this.
    ran("cid", "old").await;
    assert_eq!(ran("bob", "older").await, "$argon2");
}

#[tokio::test]
async fn old_hashes_count_only_where_they_are_declared() {
    let login = "login:
  - {backend: shop, sql: \"SELECT no AS id, password_hash, salt FROM person WHERE login = :name\"}
";
    let gateway = start(login, None, &[]).await;
    assert_eq!(gateway.basic("who", "bob", "older").await["id"], 2);
    let refused = gateway.basic("who", "cid", "old").await;
    assert_eq!(refused["code"], fault::AUTHENTICATION);
}

/// A service that knows one password, and counts who asks.
async fn accounts() -> (SocketAddr, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let check = post(
        async |State(asked): State<Arc<AtomicUsize>>, body: String| {
            asked.fetch_add(1, Ordering::SeqCst);
            let body: Value = serde_json::from_str(&body).unwrap();
            match (body["user"].as_str(), body["password"].as_str()) {
                (Some("ann"), Some("secret")) => {
                    answered(&json!({"account": {"no": 7, "groups": ["clerk"]}, "shop": "Bonn"}))
                }
                (Some("broken"), _) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
                _ => StatusCode::UNAUTHORIZED.into_response(),
            }
        },
    );
    let told = get(async |headers: HeaderMap| {
        let said = headers
            .get("authorization")
            .map(|value| value.to_str().unwrap().to_owned());
        answered(&json!({ "said": said }))
    });
    let router = Router::new()
        .route("/check", check)
        .route("/told", told)
        .with_state(Arc::clone(&asked));
    (serve(router).await, asked)
}

fn answered(value: &Value) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        value.to_string(),
    )
        .into_response()
}

async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

const REST: &str = "login:
  - backend: check
    rest: POST /check
    body: {user: =name, password}
    identity: {id: =reply.body.account.no, name: =name, roles: =reply.body.account.groups, shop: =reply.body.shop}
";

#[tokio::test]
async fn a_service_is_asked_and_its_answer_remembered_for_a_while() {
    let (address, asked) = accounts().await;
    let gateway = start(REST, Some(address), &[]).await;
    let ann = json!({"id": 7, "name": "ann", "roles": ["clerk"], "shop": "Bonn"});
    for _ in 0..3 {
        assert_eq!(gateway.basic("who", "ann", "secret").await, ann);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let refused = gateway.basic("who", "ann", "guess").await;
    assert_eq!(refused["code"], fault::AUTHENTICATION);
    // A service that fails has refused nobody, and let nobody in.
    let broken = gateway.basic("who", "broken", "secret").await;
    assert!(
        broken["code"].as_str().unwrap().starts_with("Server."),
        "{broken}"
    );
}

#[tokio::test]
async fn logins_are_asked_in_their_order() {
    let (address, asked) = accounts().await;
    let login = format!("{SQL}{}", REST.trim_start_matches("login:\n"));
    let gateway = start(&login, Some(address), &[]).await;
    assert_eq!(gateway.basic("who", "ann", "new").await["id"], 1);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert_eq!(gateway.basic("who", "ann", "secret").await["id"], 7);
}

#[tokio::test]
async fn a_backend_is_told_what_the_caller_logged_in_with() {
    let (address, _) = accounts().await;
    let gateway = start(SQL, Some(address), &[]).await;
    let said = |name: &str, password: &str| json!({"said": format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))});
    assert_eq!(
        gateway.basic("asked", "ann", "new").await,
        said("ann", "new")
    );
    assert_eq!(
        gateway.basic("asked", "bob", "older").await,
        said("bob", "older")
    );
    let refused = gateway.call("asked", "").await;
    assert_eq!(refused["code"], fault::AUTHENTICATION);
}

/// A server that signs tokens.
struct Signer {
    pair: EcdsaKeyPair,
    id: &'static str,
}

impl Signer {
    fn new(id: &'static str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self {
            pair: EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap(),
            id,
        }
    }

    fn key(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-256", "kid": self.id, "use": "sig",
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]),
            "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        })
    }

    fn signed(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        let signature = self
            .pair
            .sign(&SystemRandom::new(), signed.as_bytes())
            .unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn token(&self, claims: &Value) -> String {
        self.signed(&json!({"alg": "ES256", "kid": self.id}), claims)
    }
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// Claims that count, with these in their place.
fn claims(other: Value) -> Value {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let mut claims = json!({
        "sub": "u-7", "preferred_username": "ann", "iss": "https://login.example", "aud": ["shop", "x"],
        "exp": now + 300, "realm": {"roles": ["admin"]}, "account_no": "42",
    });
    for (name, value) in other.as_object().unwrap() {
        claims[name] = match value.as_i64() {
            Some(seconds) if matches!(&**name, "exp" | "nbf") => json!(now as i64 + seconds),
            _ => value.clone(),
        };
    }
    claims
}

const JWT: &str = "login:
  - jwt:
      keys: KEYS
      audience: shop
      issuer: https://login.example
      roles: realm.roles
      values: {id: int from account_no, shop: \"string?\"}
";

#[tokio::test]
async fn a_token_counts_if_it_is_signed_for_this_gateway_and_for_now() {
    let (signer, other) = (Signer::new("a"), Signer::new("a"));
    let keys = json!({"keys": [{"kty": "oct", "k": "c2VjcmV0"}, signer.key()]}).to_string();
    let login = JWT.replace("KEYS", "keys.json");
    let gateway = start(&login, None, &[("keys.json", &keys)]).await;
    let good = signer.token(&claims(json!({})));
    let ann = json!({"id": 42, "name": "ann", "roles": ["admin"], "shop": null});
    assert_eq!(gateway.bearer("who", &good).await, ann);
    assert_eq!(gateway.bearer("admin", &good).await, true);
    // Players cannot set this header: there the token is the password, with every packet.
    for _ in 0..12 {
        assert_eq!(gateway.basic("who", "whoever", &good).await, ann);
    }
    let header = |header: Value| signer.signed(&header, &claims(json!({})));
    let (head, tail) = good.rsplit_once('.').unwrap();
    let changed = signer.token(&claims(json!({"sub": "root"})));
    let none = format!("{}.", unsigned(&json!({"alg": "none"}), &claims(json!({}))));
    // The public key as the secret of an HMAC.
    let confused = {
        let point = signer.pair.public_key().as_ref();
        let signed = unsigned(&json!({"alg": "HS256", "kid": "a"}), &claims(json!({})));
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, point);
        let tag = ring::hmac::sign(&key, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    };
    for (what, token) in [
        ("another's signature", other.token(&claims(json!({})))),
        (
            "other claims",
            format!("{}.{tail}", changed.rsplit_once('.').unwrap().0),
        ),
        ("no signature", format!("{head}.")),
        ("none", none),
        ("a confused algorithm", confused),
        (
            "another algorithm",
            header(json!({"alg": "RS256", "kid": "a"})),
        ),
        (
            "an unknown key",
            header(json!({"alg": "ES256", "kid": "b"})),
        ),
        (
            "crit",
            header(json!({"alg": "ES256", "kid": "a", "crit": ["x"]})),
        ),
        ("ended", signer.token(&claims(json!({"exp": -120})))),
        (
            "without an end",
            signer.token(&claims(json!({"exp": null}))),
        ),
        ("not yet", signer.token(&claims(json!({"nbf": 120})))),
        ("for others", signer.token(&claims(json!({"aud": "bank"})))),
        ("for nobody", signer.token(&claims(json!({"aud": null})))),
        (
            "of others",
            signer.token(&claims(json!({"iss": "https://evil.example"}))),
        ),
        (
            "of a wrong type",
            signer.token(&claims(json!({"account_no": "x"}))),
        ),
        (
            "of nobody",
            signer.token(&claims(json!({"account_no": null}))),
        ),
        ("no token", "a.b.c".to_owned()),
        ("long", "e".repeat(20_000)),
    ] {
        let refused = gateway.bearer("free", &token).await;
        assert_eq!(refused["code"], fault::AUTHENTICATION, "{what}: {refused}");
    }
    assert!(!log().contains(tail), "no token stands in the log");
}

#[tokio::test]
async fn keys_of_another_server_may_change() {
    let (first, second) = (Signer::new("a"), Signer::new("b"));
    let state = Arc::new((
        Mutex::new(json!({"keys": [first.key()]})),
        AtomicUsize::new(0),
    ));
    let router = Router::new()
        .route(
            "/jwks.json",
            get(
                async |State(state): State<Arc<(Mutex<Value>, AtomicUsize)>>| {
                    state.1.fetch_add(1, Ordering::SeqCst);
                    let keys = state.0.lock().unwrap().clone();
                    answered(&keys)
                },
            ),
        )
        .with_state(Arc::clone(&state));
    let address = serve(router).await;
    let login = JWT.replace("KEYS", &format!("http://{address}/jwks.json"));
    let gateway = start(&login, None, &[]).await;
    let good = first.token(&claims(json!({})));
    for _ in 0..3 {
        assert_eq!(gateway.bearer("who", &good).await["id"], 42);
    }
    assert_eq!(state.1.load(Ordering::SeqCst), 1, "keys are kept");
    // An invented key makes the set be fetched, but not again and again.
    let unknown = second.token(&claims(json!({})));
    for _ in 0..5 {
        let refused = gateway.bearer("who", &unknown).await;
        assert_eq!(refused["code"], fault::AUTHENTICATION);
    }
    assert!(state.1.load(Ordering::SeqCst) <= 2);
    // Nor does one that comes later, until a while has passed; a gateway that has not asked lately takes it at once.
    let changed = start(&login, None, &[]).await;
    assert_eq!(changed.bearer("who", &good).await["id"], 42);
    *state.0.lock().unwrap() = json!({"keys": [second.key()]});
    assert_eq!(changed.bearer("who", &unknown).await["id"], 42);
    let gone = changed.bearer("who", &good).await;
    assert_eq!(gone["code"], fault::AUTHENTICATION, "the old key is gone");
    let fetched = state.1.load(Ordering::SeqCst);
    // What is for others is refused before anything is fetched.
    let other = Signer::new("c").token(&claims(json!({"aud": "x"})));
    let _ = start(&login, None, &[]).await.bearer("who", &other).await;
    assert_eq!(state.1.load(Ordering::SeqCst), fetched);
}

#[tokio::test]
async fn a_token_without_its_servers_keys_is_no_wrong_token() {
    let login = JWT.replace("KEYS", "http://127.0.0.1:9/jwks.json");
    let gateway = start(&login, None, &[]).await;
    let token = Signer::new("a").token(&claims(json!({})));
    let refused = gateway.bearer("free", &token).await;
    assert_eq!(refused["code"], fault::UNAVAILABLE);
    assert_eq!(gateway.call("free", "").await, true);
}

#[tokio::test]
async fn a_proxy_that_is_believed_names_the_user() {
    let behind = "behind: {peers: [127.0.0.1], identity-header: X-Remote-User}\n";
    let gateway = start(&format!("{behind}{SQL}"), None, &[]).await;
    let as_user = async |operation: &str, name: &str| {
        gateway
            .call(operation, &format!("\r\nX-Remote-User: {name}"))
            .await
    };
    let ann = json!({"id": 1, "name": "ann", "roles": ["admin", "clerk"], "shop": "Bonn"});
    assert_eq!(as_user("who", "ann").await, ann);
    assert_eq!(as_user("admin", "ann").await, true);
    let zoe = json!({"id": "zoe", "name": "zoe", "roles": [], "shop": null});
    assert_eq!(as_user("who", "zoe").await, zoe);
    assert_eq!(as_user("admin", "zoe").await["code"], fault::AUTHORIZATION);
    assert_eq!(gateway.call("who", "").await["code"], fault::AUTHENTICATION);
    let others = "behind: {peers: [10.0.0.0/8], identity-header: X-Remote-User}\n";
    let gateway = start(&format!("{others}{SQL}"), None, &[]).await;
    let refused = gateway.call("who", "\r\nX-Remote-User: ann").await;
    assert_eq!(
        refused["code"],
        fault::AUTHENTICATION,
        "this peer is not believed"
    );
}

#[tokio::test]
async fn guessing_is_refused_soon_and_costs_others_nothing() {
    let gateway = Arc::new(start(SQL, None, &[]).await);
    let began = std::time::Instant::now();
    let guesses: Vec<_> = (0..200)
        .map(|at| {
            let gateway = Arc::clone(&gateway);
            tokio::spawn(async move {
                let name = if at % 2 == 0 {
                    "ann".to_owned()
                } else {
                    format!("n{at}")
                };
                gateway.basic("free", &name, &format!("guess {at}")).await["code"].clone()
            })
        })
        .collect();
    // Whoever does not log in waits for nobody's hash.
    for _ in 0..20 {
        let asked = std::time::Instant::now();
        assert_eq!(gateway.call("free", "").await, true);
        assert!(asked.elapsed() < std::time::Duration::from_secs(5));
    }
    let mut wrong = 0;
    let mut refused = 0;
    for guess in guesses {
        match guess.await.unwrap().as_str().unwrap() {
            fault::AUTHENTICATION => wrong += 1,
            fault::TOO_MANY_CALLS => refused += 1,
            other => panic!("{other}"),
        }
    }
    assert_eq!(wrong + refused, 200);
    // 60 at once, and one more each second.
    let most = 61 + began.elapsed().as_secs();
    assert!(wrong <= most, "{wrong} guesses were tried");
    assert!(!log().contains("guess 1"), "no password stands in the log");
}

/// An answer packet to a Flex message that a client of AMF0 sends without its class; the text that is searched in it.
async fn message(gateway: &Gateway, message: &Value) -> String {
    let mut graph = Graph::new();
    let argument = canonical::from_json_into(&mut graph, message).unwrap();
    let outgoing = Outgoing {
        graph: &graph,
        arguments: &[argument],
        target: Target::Classic("null"),
    };
    let packet = outgoing::request(Encoding::Amf0, &[outgoing], 100_000).unwrap();
    let answer = gateway.running.post(&packet).await;
    String::from_utf8_lossy(&answer.body).into_owned()
}

#[tokio::test]
async fn what_a_flex_client_gives_for_a_destination_is_told_until_it_is_taken_back() {
    let (address, _) = accounts().await;
    let gateway = start(SQL, Some(address), &[]).await;
    let ping = json!({"operation": 5, "messageId": "1", "destination": "", "headers": {"DSId": "nil"}, "body": null});
    let answer = message(&gateway, &ping).await;
    let at = answer.find("DSId").unwrap_or_else(|| panic!("{answer}"));
    let id = answer[at..]
        .split(|letter: char| !letter.is_ascii_hexdigit() && letter != '-')
        .find(|word| word.len() == 36)
        .unwrap()
        .to_owned();
    let call = async |remote: Option<&str>| {
        let mut headers = json!({"DSId": id});
        if let Some(remote) = remote {
            headers["DSRemoteCredentials"] = json!(remote);
        }
        let call = json!({
            "operation": "asked", "destination": "a.Who", "messageId": "2", "headers": headers, "body": [],
        });
        message(&gateway, &call).await
    };
    let said = STANDARD.encode("bo:x");
    assert!(call(None).await.contains(fault::AUTHENTICATION));
    for remote in [Some(&*said), None] {
        let answer = call(remote).await;
        assert!(answer.contains(&format!("Basic {said}")), "{answer}");
    }
    assert!(call(Some("")).await.contains(fault::AUTHENTICATION));
    assert!(call(None).await.contains(fault::AUTHENTICATION));
    assert!(call(Some("%")).await.contains(fault::BAD_ARGUMENTS));
}
