//! What there is to call: for callers who may ask, and only what they may call.

use base64::Engine as _;
use footbridge_amf::Limits;
use footbridge_amf::canonical::{self, Encoding as Shown};
use footbridge_remoting::Packet;
use serde_json::{Value as Json, json};

use crate::support::{Running, classic, live, serve_at, with_headers};

const SERVICE: &str = "service: shop.Open
also: [open]
backend: shop
roles: public
operations:
  add: {args: {name: string, count: int = 1, note: 'string?'}, value: true, returns: bool}
  hidden: {value: 1, roles: internal}
  admin: {value: 1, roles: [admin]}
  either:
    overloads:
      - {args: {id: int}, value: 1}
      - {args: {name: string, age: int}, value: 2}
";

async fn start(describe: &str) -> (Running, tempfile::TempDir) {
    use argon2::password_hash::PasswordHasher;
    let root = tempfile::tempdir().unwrap();
    let hash = argon2::Argon2::default().hash_password(b"hush").unwrap();
    std::fs::write(root.path().join("users"), format!("ann:{hash}:admin\n")).unwrap();
    let gateway = format!(
        "gateway: test\n{describe}backends:\n  shop: {{sqlite: shop.db, migrations: migrations}}\nlogin:\n  - users: users\n"
    );
    let (_, live) = live(root.path(), &gateway, SERVICE).await;
    (serve_at(live, root.path()).await, root)
}

async fn ask(running: &Running, user: Option<&str>, packet: &[u8]) -> Vec<(String, Json)> {
    let basic = user.map_or_else(String::new, |user| {
        let code = base64::engine::general_purpose::STANDARD.encode(format!("{user}:hush"));
        format!("\r\nAuthorization: Basic {code}")
    });
    let head = format!("POST /gateway HTTP/1.1\r\nContent-Type: application/x-amf{basic}");
    let answer = running.send(&head, packet).await;
    let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
    let bodies = packet.bodies.iter().map(|body| {
        let shown = canonical::to_json(&body.graph, &body.content, Shown::Amf0).unwrap();
        (body.target.to_string(), shown)
    });
    bodies.collect()
}

fn described(targets: &[&str]) -> Vec<u8> {
    with_headers(
        &classic(targets),
        &[("DescribeService", false, b"\0\0\0\0\0\0\0\0\0")],
    )
}

fn names(service: &Json) -> Vec<&str> {
    let functions = service["functions"].as_array().unwrap();
    functions
        .iter()
        .map(|function| function["name"].as_str().unwrap())
        .collect()
}

const HERE: &str = "describe: {peers: [127.0.0.1]}\n";

#[tokio::test]
async fn a_service_is_described_to_each_caller_as_far_as_it_may_call() {
    let (running, _root) = start(HERE).await;
    let packet = described(&["shop.Open.add"]);
    let answers = ask(&running, None, &packet).await;
    let [(target, service)] = answers.as_slice() else {
        panic!("{answers:?}")
    };
    assert_eq!(target, "/1/onResult");
    assert_eq!(
        (&service["version"], &service["address"]),
        (&json!("1.0"), &json!("shop.Open"))
    );
    assert_eq!(names(service), ["add", "either", "either"]);
    assert_eq!(
        service["functions"][0],
        json!({
            "name": "add",
            "description": "",
            "version": "1.0",
            "returns": "bool",
            "arguments": [
                {"name": "name", "required": true, "type": "string", "description": ""},
                {"name": "count", "required": false, "type": "int", "description": ""},
                {"name": "note", "required": false, "type": "string?", "description": ""},
            ],
        })
    );
    let answers = ask(&running, Some("ann"), &packet).await;
    assert_eq!(names(&answers[0].1), ["add", "admin", "either", "either"]);
}

#[tokio::test]
async fn only_the_first_call_is_described_and_the_others_run() {
    let (running, _root) = start(HERE).await;
    // The service may stand there alone, or under another of its names.
    for first in ["shop.Open.whatever", "shop.Open", "open.add"] {
        let answers = ask(&running, None, &described(&[first, "shop.Open.either"])).await;
        assert_eq!(answers[0].1["address"], "shop.Open", "{first}");
        assert_eq!(answers[1].1["code"], "Client.BadArguments", "it was called");
    }
    let answers = ask(&running, None, &described(&["nothing.here"])).await;
    assert_eq!(answers[0].1["code"], "Server.ResourceNotFound");
}

#[tokio::test]
async fn who_may_not_ask_learns_nothing_and_runs_nothing() {
    for describe in [
        "",
        "describe: {peers: [10.0.0.1]}\n",
        "describe: {roles: [admin]}\n",
    ] {
        let (running, _root) = start(describe).await;
        let answers = ask(&running, None, &described(&["shop.Open.add"])).await;
        assert_eq!(answers[0].0, "/1/onStatus");
        assert_eq!(answers[0].1["code"], "Client.Authorization", "{describe}");
    }
}

#[tokio::test]
async fn a_browser_of_services_finds_all_that_its_caller_may_call() {
    let packet = classic(&["AmfphpDiscoveryService/discover"]);
    let (running, _root) = start(HERE).await;
    let answers = ask(&running, None, &packet).await;
    let service = &answers[0].1["shop.Open"];
    assert_eq!(service["name"], "shop.Open");
    let methods: Vec<_> = service["methods"].as_object().unwrap().keys().collect();
    assert_eq!(methods, ["add", "either"]);
    assert_eq!(
        service["methods"]["add"]["parameters"][0],
        json!({"name": "name", "type": "string"})
    );
    let (running, _root) = start("").await;
    let answers = ask(&running, None, &packet).await;
    assert_eq!(
        answers[0].1["code"], "Server.ResourceNotFound",
        "without `describe` there is no such service"
    );
}
