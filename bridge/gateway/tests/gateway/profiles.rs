//! Client profiles: pinned by a path, or recognised; the log says which applied.

use footbridge_amf::{Graph, Limits, Node, Value};
use footbridge_remoting::outgoing::{self, Addressed, Outgoing, Target};
use footbridge_remoting::{Encoding, Packet};

use crate::support::{Answer, GATEWAY, Running, live, log, serve_at};

const SERVICE: &str = "service: profiles.Shop
operations:
  products: {backend: shop, sql: 'SELECT id, name FROM product ORDER BY id'}
  same: {args: {value: any}, value: =value}
  five: {value: 5, returns: int}
  count: {args: {items: 'string[]'}, value: =size(items)}
  fail: {fault: {code: Client.No, message: no}}
";

async fn start() -> (Running, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    let gateway = format!(
        "{GATEWAY}profiles:\n  kiosk: {{like: flash, lists: Array, rows: Array}}\n  old: {{like: kiosk, references: true}}\n  \
         plain: {{integers: number, lists-in: arrays}}\n\
         paths: {{/kiosk: kiosk, /old: old, /ruffle: ruffle, /ruffle-2025: ruffle-2025, /royale: royale, /plain: plain}}\n"
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
        (
            "/gateway",
            Encoding::Amf3,
            "\r\nUser-Agent: Lightspark 0.9.0",
            "lightspark",
        ),
        ("/kiosk", Encoding::Amf3, air, "kiosk"),
        ("/ruffle", Encoding::Amf0, "", "ruffle"),
        ("/ruffle-2025", Encoding::Amf0, "", "ruffle-2025"),
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

/// The answer to one call with these arguments, as it was written.
async fn called(running: &Running, path: &str, packet: &[u8], more: &str) -> Answer {
    let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/x-amf{more}");
    running.send(&head, packet).await
}

/// A call in AMF0 whose only argument is this value.
fn amf0_call(target: &str, value: &[u8]) -> Vec<u8> {
    let mut packet = b"\0\0\0\0\0\x01".to_vec();
    packet.extend(u16::try_from(target.len()).unwrap().to_be_bytes());
    packet.extend(target.as_bytes());
    packet.extend(b"\0\x02/1\0\0\0\0\x0a\0\0\0\x01");
    packet.extend(value);
    packet
}

#[tokio::test]
async fn a_path_decides_what_is_a_list() {
    let (running, _root) = start().await;
    let strict = &b"\x0a\0\0\0\x02\x02\0\x01a\x02\0\x01b"[..];
    let map = &b"\x08\0\0\0\x02\0\x010\x02\0\x01a\0\x011\x02\0\x01b\0\0\x09"[..];
    let object = &b"\x03\0\x010\x02\0\x01a\0\x011\x02\0\x01b\0\0\x09"[..];
    for (path, value, is_list) in [
        ("/gateway", strict, true),
        ("/gateway", map, true),
        ("/gateway", object, false),
        ("/ruffle", map, true),
        ("/ruffle-2025", strict, true),
        ("/ruffle-2025", map, true),
        ("/ruffle-2025", object, true),
        ("/plain", strict, true),
        ("/plain", map, false),
    ] {
        let packet = amf0_call("profiles.Shop.count", value);
        let answer = called(&running, path, &packet, "").await;
        let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
        let expected = if is_list {
            "/1/onResult"
        } else {
            "/1/onStatus"
        };
        assert_eq!(packet.bodies[0].target, expected, "{path} {value:?}");
    }
}

#[tokio::test]
async fn a_path_decides_how_integers_are_written() {
    let (running, _root) = start().await;
    let graph = Graph::new();
    for (path, written) in [
        ("/gateway", &b"\x11\x04\x05"[..]),
        ("/plain", b"\x11\x05\x40\x14\0\0\0\0\0\0"),
    ] {
        let call = Outgoing {
            graph: &graph,
            arguments: &[],
            target: Target::Classic("profiles.Shop.five"),
        };
        let packet = outgoing::request(Encoding::Amf3, &[call], 10_000).unwrap();
        let answer = called(&running, path, &packet, "").await;
        assert!(answer.body.ends_with(written), "{path}: {:x?}", answer.body);
    }
}

#[tokio::test]
async fn royale_is_told_faults_of_classic_calls_by_an_error_message() {
    let (running, _root) = start().await;
    for encoding in [Encoding::Amf0, Encoding::Amf3] {
        let answer = call(&running, "/royale", encoding, "").await;
        let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
        let fault = &packet.bodies[1];
        let Value::Node(id) = fault.content else {
            panic!("an object")
        };
        let Node::Object(object) = fault.graph.node(id) else {
            panic!("an object")
        };
        let alias = &fault.graph.traits(object.traits).alias;
        assert_eq!(
            alias, "flex.messaging.messages.ErrorMessage",
            "{encoding:?}"
        );
        let code = fault.graph.member(&fault.content, "faultCode");
        assert_eq!(code, Some(&Value::String("Client.No".into())));
    }
}

#[tokio::test]
async fn lightspark_is_answered_in_a_packet_of_version_0_around_amf3() {
    let (running, _root) = start().await;
    let agent = "\r\nUser-Agent: Lightspark 0.9.0";
    for (more, version) in [(agent, 0), ("", 3)] {
        let answer = call(&running, "/gateway", Encoding::Amf3, more).await;
        assert_eq!(answer.body[..2], [0, version]);
        let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
        assert_eq!(packet.bodies[0].target, "/1/onResult");
        let content = answer
            .body
            .windows(6)
            .position(|bytes| bytes == b"\0\x04null")
            .unwrap()
            + 10;
        assert_eq!(answer.body[content], 0x11);
    }
}

#[tokio::test]
async fn small_messages_are_for_clients_that_read_them() {
    let (running, _root) = start().await;
    let address = Addressed {
        destination: "profiles.Shop",
        operation: "five",
        message_id: "6F2B6C34-3A5E-4B0A-9C57-0D6B0A3C1F42",
        ds_id: Some("nil"),
        small_messages: true,
        ..Addressed::default()
    };
    let graph = Graph::new();
    for (path, version, alias) in [
        ("/gateway", Some(Value::Number(1.0)), "DSK"),
        ("/royale", Some(Value::Number(1.0)), "DSK"),
        (
            "/ruffle",
            None,
            "flex.messaging.messages.AcknowledgeMessage",
        ),
        ("/kiosk", None, "flex.messaging.messages.AcknowledgeMessage"),
    ] {
        let request = |target| {
            let call = Outgoing {
                graph: &graph,
                arguments: &[],
                target,
            };
            outgoing::request(Encoding::Amf3, &[call], 10_000).unwrap()
        };
        let ping = called(&running, path, &request(Target::Command(5, address)), "").await;
        let read = Packet::read(&ping.body, &Limits::default()).unwrap();
        let body = &read.bodies[0];
        let headers = body.graph.member(&body.content, "headers").unwrap();
        let said = body.graph.member(headers, "DSMessagingVersion");
        assert_eq!(said, version.as_ref(), "{path}");

        let cookie = ping
            .header("set-cookie")
            .unwrap()
            .split(';')
            .next()
            .unwrap();
        let cookie = format!("\r\nCookie: {cookie}");
        let call = called(&running, path, &request(Target::Remoting(address)), &cookie).await;
        let read = Packet::read(&call.body, &Limits::default()).unwrap();
        let body = &read.bodies[0];
        let Value::Node(id) = body.content else {
            panic!("a message")
        };
        let is = match body.graph.node(id) {
            Node::External(external) => external.alias.to_string(),
            Node::Object(object) => body.graph.traits(object.traits).alias.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(is, alias, "{path}");
    }
}
