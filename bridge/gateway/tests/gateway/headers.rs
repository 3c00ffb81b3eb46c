//! Headers of packets, in both directions.

use footbridge_amf::canonical::{self, Encoding as Shown};
use footbridge_amf::{Graph, Limits, Value};
use footbridge_remoting::outgoing::{self, Addressed, Outgoing, Target};
use footbridge_remoting::{Encoding, Packet};
use serde_json::{Value as Json, json};

use crate::game::write_users;
use crate::support::{Answer, Running, live, serve_at, with_headers};

const GATEWAY: &str = "gateway: test
paths: {/royale: royale}
moved:
  /messagebroker/amf: https://new.example/gateway
  /royale: https://new.example/gateway
defaults: {roles: public}
";

const SERVICE: &str = "service: s\noperations:\n  one: {value: 1}\n";

/// How a client calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Classic(Encoding),
    Flex(Encoding),
}

const CLASSIC: Way = Way::Classic(Encoding::Amf0);
const CLASSIC_AMF3: Way = Way::Classic(Encoding::Amf3);
const FLEX: Way = Way::Flex(Encoding::Amf3);
/// Ruffle sends Flex messages so, and nobody else does.
const RUFFLE: Way = Way::Flex(Encoding::Amf0);
const WAYS: [Way; 4] = [CLASSIC, CLASSIC_AMF3, FLEX, RUFFLE];

/// A call of `s.one`.
fn one(way: Way) -> Vec<u8> {
    let graph = Graph::new();
    let (encoding, target) = match way {
        Way::Classic(encoding) => (encoding, Target::Classic("s.one")),
        Way::Flex(encoding) => {
            let address = Addressed {
                destination: "s",
                operation: "one",
                message_id: "ID",
                ..Addressed::default()
            };
            (encoding, Target::Remoting(address))
        }
    };
    let call = Outgoing {
        graph: &graph,
        arguments: &[],
        target,
    };
    outgoing::request(encoding, &[call], 10_000).unwrap()
}

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
    for way in WAYS {
        let packet = with_headers(
            &one(way),
            &[
                ("Unheard", false, b"\x05"),
                ("MustBeHeard", true, object),
                ("", true, b"\x06"),
                ("Unheard", true, b"\x11\x0a\x0b\x01\x01"),
            ],
        );
        let answer = post(&running, "/gateway", &packet).await;
        let expected = (vec![], vec!["/1/onResult".to_owned()]);
        assert_eq!(told(&answer), expected, "{way:?}");
    }
}

#[tokio::test]
async fn clients_of_a_path_that_moved_are_told_and_served() {
    let (running, _root) = start(GATEWAY).await;
    let moved = (
        "ReplaceGatewayUrl".to_owned(),
        "https://new.example/gateway".to_owned(),
    );
    let served = vec!["/1/onResult".to_owned()];
    for (path, way, is_told) in [
        ("/messagebroker/amf", CLASSIC, true),
        ("/messagebroker/amf", CLASSIC_AMF3, true),
        ("/messagebroker/amf", FLEX, true),
        // It would ignore the header.
        ("/messagebroker/amf", RUFFLE, false),
        ("/gateway", CLASSIC, false),
        // A header ends Royale's call, so it is served alone.
        ("/royale", CLASSIC, false),
        ("/royale", FLEX, false),
    ] {
        let answer = post(&running, path, &one(way)).await;
        let headers = if is_told { vec![moved.clone()] } else { vec![] };
        assert_eq!(told(&answer), (headers, served.clone()), "{path} {way:?}");
    }
}

const SIGNED_IN: &str = "gateway: test
login:
  - users: users
sessions: {signed-in-by-url: true}
defaults: {roles: public}
";

/// `setCredentials("ann", "secret")`.
const CREDENTIALS: &[u8] = b"\x03\0\x06userid\x02\0\x03ann\0\x08password\x02\0\x06secret\0\0\x09";

/// The headers of the answer to a call with credentials, by name.
async fn with_credentials(
    running: &Running,
    way: Way,
    cookie: &str,
) -> (Vec<(String, Json)>, Answer) {
    let packet = with_headers(&one(way), &[("Credentials", false, CREDENTIALS)]);
    let head = format!("POST /gateway HTTP/1.1\r\nContent-Type: application/x-amf{cookie}");
    let answer = running.send(&head, &packet).await;
    let read = Packet::read(&answer.body, &Limits::default()).unwrap();
    assert_eq!(read.bodies[0].target, "/1/onResult");
    let headers = read.headers.iter().map(|header| {
        let value = canonical::to_json(&header.graph, &header.value, Shown::Amf0).unwrap();
        (header.name.to_string(), value)
    });
    (headers.collect(), answer)
}

#[tokio::test]
async fn credentials_are_taken_back_and_an_address_is_given_where_the_client_listens() {
    let root = tempfile::tempdir().unwrap();
    write_users(root.path());
    let (_, live) = live(root.path(), SIGNED_IN, SERVICE).await;
    let running = serve_at(live, root.path()).await;
    let clear = (
        "RequestPersistentHeader".to_owned(),
        json!({"name": "Credentials", "mustUnderstand": false, "data": null}),
    );
    for way in WAYS {
        let (headers, answer) = with_credentials(&running, way, "").await;
        let cookie = crate::classic::cookie(&answer).expect("a session began");
        let suffix = format!(";fbsid={cookie}");
        // Clients of AMF3 have a `DSId`, and Ruffle reads no headers.
        let expected = match way {
            CLASSIC => vec![("AppendToGatewayUrl".to_owned(), Json::String(suffix))],
            _ => vec![],
        };
        assert_eq!(headers, expected, "{way:?}: a session began");

        let cookie = format!("\r\nCookie: footbridge={cookie}");
        let (headers, _) = with_credentials(&running, way, &cookie).await;
        let expected = match way {
            RUFFLE => vec![],
            _ => vec![clear.clone()],
        };
        assert_eq!(headers, expected, "{way:?}: it came back by cookie");
    }
}
