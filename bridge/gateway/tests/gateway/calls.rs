//! Calls that a mapping answers, from bytes to bytes.

use footbridge_amf::{Graph, Limits, Node, Value, canonical};
use footbridge_remoting::outgoing::{self, Addressed, Outgoing, Target};
use footbridge_remoting::{Encoding, Packet, fault};

use crate::support::{Answer, GATEWAY, Running, live, serve};

const SERVICE: &str = "service: shop.Products
also: [Products]
destinations: [ColdFusion]
backend: shop
operations:
  getProducts:
    sql: SELECT id, name, price FROM product
    order: id
    returns: Product[]
  getProduct:
    args: {id: int}
    sql: SELECT id, name FROM product WHERE id = :id
    returns: Product
  echo:
    args: {thing: any}
    value: =thing
    returns: any
  sleepy:
    value: 1
    delay: 10s
    timeout: 50ms
  closed:
    roles: [admin]
    value: 1
  hidden:
    roles: internal
    value: 1
  refused:
    fault: {code: E-17, message: back at noon, data: {retry: 5}}
";

struct Shop {
    _root: tempfile::TempDir,
    running: Running,
}

async fn shop() -> Shop {
    let root = tempfile::tempdir().unwrap();
    let (_, live) = live(root.path(), GATEWAY, SERVICE).await;
    Shop {
        running: serve(live).await,
        _root: root,
    }
}

impl Shop {
    async fn send(&self, encoding: Encoding, calls: &[(Target<'_>, &[Value<'static>])]) -> Answer {
        let graph = Graph::new();
        let calls: Vec<_> = calls
            .iter()
            .map(|(target, arguments)| Outgoing {
                graph: &graph,
                arguments,
                target: *target,
            })
            .collect();
        self.running
            .post(&outgoing::request(encoding, &calls, 100_000).unwrap())
            .await
    }

    async fn classic(
        &self,
        encoding: Encoding,
        target: &str,
        arguments: &[Value<'static>],
    ) -> Answer {
        self.send(encoding, &[(Target::Classic(target), arguments)])
            .await
    }
}

/// Each body: its target and its value as canonical JSON.
fn bodies(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 200);
    let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
    let text = |body: &footbridge_remoting::Body<'_>| {
        canonical::to_json(&body.graph, &body.content, canonical::Encoding::Amf3)
            .unwrap()
            .to_string()
    };
    packet
        .bodies
        .iter()
        .map(|body| (body.target.to_string(), text(body)))
        .collect()
}

fn remoting<'c>(destination: &'c str, source: Option<&'c str>, operation: &'c str) -> Target<'c> {
    Target::Remoting(Addressed {
        destination,
        source,
        operation,
        message_id: "ID",
        ..Addressed::default()
    })
}

#[tokio::test]
async fn rows_are_a_record_set_in_amf0() {
    let shop = shop().await;
    let answer = shop
        .classic(Encoding::Amf0, "shop.Products.getProducts", &[])
        .await;
    let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
    let body = &packet.bodies[0];
    let info = body
        .graph
        .member(&body.content, "serverInfo")
        .expect("a record set");
    assert_eq!(
        body.graph.member(info, "totalCount"),
        Some(&Value::Number(2.0))
    );
    assert_eq!(
        body.graph.member(info, "serviceName"),
        Some(&Value::String("shop.Products".into()))
    );
    let rows = body
        .graph
        .list(body.graph.member(info, "initialData").unwrap())
        .unwrap();
    let first = body.graph.list(&rows[0]).unwrap();
    assert_eq!(
        first[..2],
        [Value::Number(1.0), Value::String("nut".into())]
    );
}

#[tokio::test]
async fn rows_are_an_array_collection_of_typed_objects_in_amf3() {
    let shop = shop().await;
    let answer = shop
        .classic(Encoding::Amf3, "Products.getProducts", &[])
        .await;
    let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
    let body = &packet.bodies[0];
    let Value::Node(id) = body.content else {
        panic!("a list")
    };
    assert!(
        matches!(body.graph.node(id), Node::External(list) if list.alias == "flex.messaging.io.ArrayCollection")
    );
    let rows = body.graph.list(&body.content).unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        body.graph.member(&rows[1], "name"),
        Some(&Value::String("bolt".into()))
    );
    let Value::Node(row) = rows[0] else {
        panic!("an object")
    };
    assert!(
        matches!(body.graph.node(row), Node::Object(row) if body.graph.traits(row.traits).alias == "shop.Product")
    );
}

#[tokio::test]
async fn a_flex_message_finds_its_service_by_destination_or_by_source() {
    let shop = shop().await;
    let calls = [
        ("shop.Products", None, true),
        ("shop.Products", Some("echo"), true),
        ("ColdFusion", Some("shop.Products"), true),
        ("Products", Some("nobody"), true),
        ("ColdFusion", None, false),
        ("ColdFusion", Some("nobody"), false),
        ("nobody", Some("shop.Products"), false),
    ];
    for (destination, source, found) in calls {
        let argument = [Value::String("hi".into())];
        let answer = shop
            .send(
                Encoding::Amf3,
                &[(remoting(destination, source, "echo"), &argument)],
            )
            .await;
        let (target, value) = bodies(&answer).remove(0);
        if found {
            assert_eq!(target, "/1/onResult", "{destination} {source:?}: {value}");
            assert!(
                value.contains("AcknowledgeMessage") && value.contains("\"hi\""),
                "{value}"
            );
        } else {
            assert_eq!(target, "/1/onStatus", "{destination} {source:?}: {value}");
            assert!(
                value.contains("ErrorMessage") && value.contains(fault::RESOURCE_NOT_FOUND),
                "{value}"
            );
        }
    }
}

#[tokio::test]
async fn one_call_that_fails_or_is_slow_does_no_harm_to_the_others() {
    let shop = shop().await;
    let target = Target::Classic;
    let answer = shop
        .send(
            Encoding::Amf0,
            &[
                (target("shop.Products.sleepy"), &[]),
                (target("shop.Products.refused"), &[]),
                (target("shop.Products.echo"), &[Value::Number(7.0)]),
                (
                    target("shop.Products.getProduct"),
                    &[Value::String("two".into())],
                ),
                (target("shop.Products.getProduct"), &[Value::Number(3.0)]),
            ],
        )
        .await;
    let bodies = bodies(&answer);
    let targets: Vec<_> = bodies.iter().map(|(target, _)| target.as_str()).collect();
    assert_eq!(
        targets,
        [
            "/1/onStatus",
            "/2/onStatus",
            "/3/onResult",
            "/4/onStatus",
            "/5/onStatus"
        ]
    );
    let codes: Vec<_> = answer.faults().into_iter().map(|(_, code)| code).collect();
    assert_eq!(
        [&codes[0], &codes[1], &codes[3], &codes[4]],
        [
            fault::TIMEOUT,
            "E-17",
            fault::BAD_ARGUMENTS,
            fault::NOT_FOUND
        ]
    );
    assert!(
        bodies[1].1.contains("\"extendedData\":{\"retry\":5"),
        "{}",
        bodies[1].1
    );
}

#[tokio::test]
async fn roles_decide_who_may_call_what_and_what_exists() {
    let shop = shop().await;
    let code = async |target| {
        shop.classic(Encoding::Amf0, target, &[])
            .await
            .faults()
            .remove(0)
            .1
    };
    assert_eq!(code("shop.Products.closed").await, fault::AUTHENTICATION);
    assert_eq!(
        code("shop.Products.hidden").await,
        fault::RESOURCE_NOT_FOUND
    );
}

#[tokio::test]
async fn an_answer_over_its_limit_is_taken_back_and_told() {
    let root = tempfile::tempdir().unwrap();
    let gateway = format!("{GATEWAY}limits: {{reply: 200B}}\n");
    let (_, live) = live(root.path(), &gateway, SERVICE).await;
    let running = serve(live).await;
    let shop = Shop {
        _root: root,
        running,
    };
    let answer = shop
        .classic(Encoding::Amf0, "shop.Products.getProducts", &[])
        .await;
    assert_eq!(
        answer.faults(),
        [("/1/onStatus".to_owned(), fault::REPLY_TOO_LARGE.to_owned())]
    );
}

#[tokio::test]
async fn the_answers_of_a_packet_share_one_limit() {
    let root = tempfile::tempdir().unwrap();
    let gateway = format!("{GATEWAY}limits: {{reply: 300B}}\n");
    let (_, live) = live(root.path(), &gateway, SERVICE).await;
    let running = serve(live).await;
    let shop = Shop {
        _root: root,
        running,
    };
    let text = [Value::String("x".repeat(200).into())];
    let echo = (Target::Classic("shop.Products.echo"), &text[..]);
    let answer = shop.send(Encoding::Amf0, &[echo, echo]).await;
    let faults = answer.faults();
    assert_eq!(faults[0].0, "/1/onResult");
    assert_eq!(
        faults[1],
        ("/2/onStatus".to_owned(), fault::REPLY_TOO_LARGE.to_owned())
    );
}

#[tokio::test]
async fn another_mapping_takes_over_between_two_calls() {
    let shop = shop().await;
    let before = shop
        .classic(Encoding::Amf0, "shop.Products.refused", &[])
        .await;
    assert_eq!(before.faults()[0].1, "E-17");
    let (_, changed) = live(shop._root.path(), GATEWAY, &SERVICE.replace("E-17", "E-18")).await;
    shop.running.gateway.replace(changed);
    let after = shop
        .classic(Encoding::Amf0, "shop.Products.refused", &[])
        .await;
    assert_eq!(after.faults()[0].1, "E-18");
}

#[tokio::test]
async fn messages_of_faults_are_not_logged_for_they_are_made_of_values() {
    let shop = shop().await;
    shop.classic(Encoding::Amf0, "shop.Products.refused", &[])
        .await;
    let log = crate::support::log();
    assert!(log.contains("outcome=\"E-17\""), "{log}");
    assert!(!log.contains("back at noon"), "{log}");
}
