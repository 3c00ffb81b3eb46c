//! Client profiles: pinned by a path, or recognised; the log says which applied.

use footbridge_amf::{Graph, Limits, Node, Value};
use footbridge_remoting::outgoing::{self, Outgoing, Target};
use footbridge_remoting::{Encoding, Packet};

use crate::support::{Answer, GATEWAY, Running, live, log, serve_at};

const SERVICE: &str = "service: profiles.Shop
operations:
  products: {backend: shop, sql: 'SELECT id, name FROM product ORDER BY id'}
  same: {args: {value: any}, value: =value}
  fail: {fault: {code: Client.No, message: no}}
";

async fn start() -> (Running, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    let gateway = format!(
        "{GATEWAY}profiles:\n  kiosk: {{like: flash, lists: Array, rows: Array}}\n  old: {{like: kiosk, references: true}}\n\
         paths: {{/kiosk: kiosk, /old: old, /ruffle: ruffle}}\n"
    );
    let (_, live) = live(root.path(), &gateway, SERVICE).await;
    assert!(live.prepare().await.diagnostics.is_empty());
    (serve_at(live, root.path()).await, root)
}

async fn call(running: &Running, path: &str, encoding: Encoding, more: &str) -> Answer {
    let graph = Graph::new();
    let call = |target| Outgoing {
        graph: &graph,
        arguments: &[],
        target: Target::Classic(target),
    };
    let calls = [call("profiles.Shop.products"), call("profiles.Shop.fail")];
    let packet = outgoing::request(encoding, &calls, 10_000).unwrap();
    let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/x-amf{more}");
    running.send(&head, &packet).await
}

/// What the first answer of a packet is.
fn shape(answer: &Answer) -> &'static str {
    let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
    let body = &packet.bodies[0];
    let Value::Node(id) = body.content else {
        return "scalar";
    };
    match body.graph.node(id) {
        Node::Array(_) => "Array",
        Node::External(_) => "ArrayCollection",
        Node::Object(_) => "RecordSet",
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_path_decides_how_rows_look() {
    let (running, _root) = start().await;
    for (path, encoding, expected) in [
        ("/gateway", Encoding::Amf0, "RecordSet"),
        ("/gateway", Encoding::Amf3, "ArrayCollection"),
        ("/kiosk", Encoding::Amf0, "Array"),
        ("/kiosk", Encoding::Amf3, "Array"),
        ("/ruffle", Encoding::Amf0, "RecordSet"),
        ("/ruffle", Encoding::Amf3, "Array"),
    ] {
        let answer = call(&running, path, encoding, "").await;
        assert_eq!(shape(&answer), expected, "{path} {encoding:?}");
    }
}

#[tokio::test]
async fn the_log_says_which_profile_applied() {
    let (running, _root) = start().await;
    let air = "\r\nUser-Agent: Mozilla/5.0 (Windows; U; en) AppleWebKit/533.19.4 AdobeAIR/32.0";
    for (path, encoding, more, profile) in [
        ("/gateway", Encoding::Amf0, "", "flash-8"),
        ("/gateway", Encoding::Amf3, "", "flash"),
        ("/gateway", Encoding::Amf3, air, "air"),
        ("/kiosk", Encoding::Amf3, air, "kiosk"),
    ] {
        let answer = call(&running, path, encoding, more).await;
        assert_eq!(answer.status, 200);
        let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
        let fault = &packet.bodies[1];
        let Some(Value::String(id)) = fault.graph.member(&fault.content, "correlation") else {
            panic!("a fault has an identifier");
        };
        let log = log();
        let line = log.lines().find(|line| line.contains(&**id)).unwrap();
        assert!(
            line.contains(&format!("profile=\"{profile}\"")),
            "{path} {encoding:?}: {line}"
        );
    }
}

#[tokio::test]
async fn only_where_references_are_on_a_value_may_hold_itself() {
    let (running, _root) = start().await;
    for (path, expected) in [("/kiosk", "/1/onStatus"), ("/old", "/1/onResult")] {
        let mut graph = Graph::new();
        let own = graph.add(Node::Array(footbridge_amf::Array::default()));
        *graph.node_mut(own) = Node::Array(footbridge_amf::Array {
            dense: vec![Value::Node(own)],
            named: Vec::new(),
        });
        // An AMF3 request can say it, and `objectEncoding` 0 answers are asked for by a version 0 packet.
        let call = Outgoing {
            graph: &graph,
            arguments: &[Value::Node(own)],
            target: Target::Classic("profiles.Shop.same"),
        };
        let mut packet = outgoing::request(Encoding::Amf3, &[call], 10_000).unwrap();
        packet[1] = 0;
        let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/x-amf");
        let answer = running.send(&head, &packet).await;
        let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
        assert_eq!(packet.bodies[0].target, expected, "{path}");
    }
}
