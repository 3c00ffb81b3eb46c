//! Headers of packets, in both directions.

use footbridge_amf::{Limits, Value};
use footbridge_remoting::Packet;

use crate::support::{Answer, Running, classic, live, serve_at, with_headers};

const GATEWAY: &str = "gateway: test
paths: {/royale: royale}
moved:
  /messagebroker/amf: https://new.example/gateway
  /royale: https://new.example/gateway
defaults: {roles: public}
";

const SERVICE: &str = "service: s\noperations:\n  one: {value: 1}\n";

async fn start(gateway: &str) -> (Running, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    let (_, live) = live(root.path(), gateway, SERVICE).await;
    (serve_at(live, root.path()).await, root)
}

async fn post(running: &Running, path: &str, packet: &[u8]) -> Answer {
    let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/x-amf");
    running.send(&head, packet).await
}

/// The names of an answer's headers and the texts in them, and its targets.
fn told(answer: &Answer) -> (Vec<(String, String)>, Vec<String>) {
    let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
    assert_eq!((packet.trailing, packet.unreadable), (0, None));
    let headers = packet.headers.iter().map(|header| {
        let text = match &header.value {
            Value::String(text) => text.to_string(),
            other => format!("{other:?}"),
        };
        (header.name.to_string(), text)
    });
    let targets = packet.bodies.iter().map(|body| body.target.to_string());
    (headers.collect(), targets.collect())
}

#[tokio::test]
async fn headers_that_nobody_knows_are_ignored_also_where_they_must_be_understood() {
    let (running, _root) = start(GATEWAY).await;
    let object = b"\x03\0\x01a\x02\0\x01b\0\0\x09";
    let packet = with_headers(
        &classic(&["s.one"]),
        &[
            ("Unheard", false, b"\x05"),
            ("MustBeHeard", true, object),
            ("", true, b"\x06"),
            ("Unheard", true, b"\x11\x0a\x0b\x01\x01"),
        ],
    );
    let answer = post(&running, "/gateway", &packet).await;
    let expected = (vec![], vec!["/1/onResult".to_owned()]);
    assert_eq!(told(&answer), expected);
}

#[tokio::test]
async fn clients_of_a_path_that_moved_are_told_and_served() {
    let (running, _root) = start(GATEWAY).await;
    let moved = (
        "ReplaceGatewayUrl".to_owned(),
        "https://new.example/gateway".to_owned(),
    );
    let served = vec!["/1/onResult".to_owned()];
    for (path, headers) in [
        ("/messagebroker/amf", vec![moved]),
        ("/gateway", vec![]),
        // A header ends Royale's call, so it is served alone.
        ("/royale", vec![]),
    ] {
        let answer = post(&running, path, &classic(&["s.one"])).await;
        assert_eq!(told(&answer), (headers, served.clone()), "{path}");
    }
}
