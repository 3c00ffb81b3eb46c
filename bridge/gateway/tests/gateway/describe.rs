//! What there is to call: for callers who may ask, and only what they may call.

use base64::Engine as _;
use footbridge_amf::canonical::{self, Encoding as Shown};
use footbridge_amf::{Graph, Limits, Node, Object, Traits, Value};
use footbridge_remoting::outgoing::{self, Addressed, Outgoing, Target};
use footbridge_remoting::{Encoding, Packet};
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

/// A call through a Flex channel.
fn flex(encoding: Encoding, (source, operation): (&str, &str), leaf: Option<[&str; 2]>) -> Vec<u8> {
    let mut graph = Graph::new();
    let arguments: Vec<_> = leaf
        .map(|[label, data]| {
            let traits = graph.add_traits(Traits {
                dynamic: true,
                ..Traits::default()
            });
            let object = Object {
                traits,
                values: Vec::new(),
                dynamic: vec![
                    ("label".into(), Value::String(label.into())),
                    ("data".into(), Value::String(data.into())),
                ],
            };
            Value::Node(graph.add(Node::Object(object)))
        })
        .into_iter()
        .collect();
    let call = Outgoing {
        graph: &graph,
        arguments: &arguments,
        target: Target::Remoting(Addressed {
            destination: "amfphp",
            source: Some(source),
            operation,
            message_id: "ID",
            ..Addressed::default()
        }),
    };
    outgoing::request(encoding, &[call], 10_000).unwrap()
}

#[tokio::test]
async fn a_service_is_described_over_flex_messages_too() {
    let (running, _root) = start(HERE).await;
    for encoding in [Encoding::Amf3, Encoding::Amf0] {
        let packet = with_headers(
            &flex(encoding, ("shop.Open", "add"), None),
            &[("DescribeService", false, b"\0\0\0\0\0\0\0\0\0")],
        );
        let answers = ask(&running, None, &packet).await;
        let [(target, message)] = answers.as_slice() else {
            panic!("{answers:?}")
        };
        assert_eq!(target, "/1/onResult");
        assert_eq!(message["correlationId"], "ID");
        let service = &message["body"];
        assert_eq!(service["address"], "shop.Open", "{encoding:?}: {message}");
        assert_eq!(names(service), ["add", "either", "either"]);

        let (nobody, _root) = start("").await;
        let answers = ask(&nobody, None, &packet).await;
        assert_eq!(answers[0].0, "/1/onStatus");
        assert_eq!(answers[0].1["faultCode"], "Client.Authorization");
    }
}

#[tokio::test]
async fn an_old_browser_of_services_finds_a_tree_and_the_table_of_a_leaf() {
    let (running, _root) = start(HERE).await;
    let service = "amfphp.DiscoveryService";
    let answers = ask(
        &running,
        None,
        &classic(&["amfphp.DiscoveryService.getServices"]),
    )
    .await;
    let tree = json!([{
        "label": "shop",
        "children": [{"label": "Open", "data": "shop/"}],
        "open": true,
    }]);
    assert_eq!(answers[0].1, tree);
    for encoding in [Encoding::Amf3, Encoding::Amf0] {
        let packet = flex(encoding, (service, "getServices"), None);
        let answers = ask(&running, None, &packet).await;
        assert_eq!(answers[0].1["body"], tree, "plain arrays, in any encoding");
        for path in ["shop/", "shop\\", "shop."] {
            let packet = flex(encoding, (service, "describeService"), Some(["Open", path]));
            let answers = ask(&running, None, &packet).await;
            assert_eq!(
                answers[0].1["body"],
                json!([
                    {
                        "add": {
                            "description": "",
                            "arguments": ["name - string", "count - int", "note - string?"],
                            "access": "remote",
                            "returns": "bool",
                        },
                        "either": {
                            "description": "",
                            "arguments": ["id - int"],
                            "access": "remote",
                            "returns": "any",
                        },
                    },
                    "",
                ])
            );
        }
    }
    for leaf in [["Open", ""], ["Open", "../shop/"], ["..", "/"], ["", ""]] {
        let packet = flex(Encoding::Amf3, (service, "describeService"), Some(leaf));
        let answers = ask(&running, None, &packet).await;
        assert_eq!(
            answers[0].1["faultCode"], "Server.ResourceNotFound",
            "{leaf:?}"
        );
    }
    let packet = flex(Encoding::Amf3, (service, "describeService"), None);
    let answers = ask(&running, None, &packet).await;
    assert_eq!(answers[0].1["faultCode"], "Server.ResourceNotFound");
}

#[tokio::test]
async fn an_old_browser_of_services_is_off_where_nobody_may_ask() {
    let leaf = Some(["Open", "shop/"]);
    for (describe, code) in [
        ("", "Server.ResourceNotFound"),
        ("describe: {peers: [10.0.0.1]}\n", "Client.Authorization"),
        ("describe: {roles: [admin]}\n", "Client.Authorization"),
    ] {
        let (running, _root) = start(describe).await;
        for (operation, leaf) in [("getServices", None), ("describeService", leaf)] {
            let packet = flex(Encoding::Amf3, ("amfphp.DiscoveryService", operation), leaf);
            let answers = ask(&running, None, &packet).await;
            assert_eq!(answers[0].1["faultCode"], code, "{describe}{operation}");
        }
    }
    let (running, _root) = start("describe: {roles: [admin]}\n").await;
    let packet = classic(&["amfphp.DiscoveryService.getServices"]);
    let answers = ask(&running, Some("ann"), &packet).await;
    assert_eq!(answers[0].1[0]["children"][0]["label"], "Open");
}

#[tokio::test]
async fn descriptions_take_from_the_packets_room_as_replies_do() {
    let (running, _root) = start(&format!("{HERE}limits: {{reply: 4KiB}}\n")).await;
    let packet = classic(&["AmfphpDiscoveryService/discover"; 50]);
    let answers = ask(&running, None, &packet).await;
    let described = answers
        .iter()
        .filter(|(target, _)| target.ends_with("/onResult"))
        .count();
    assert!((1..20).contains(&described), "{described}");
    assert_eq!(answers[49].1["code"], "Server.ReplyTooLarge");
}
