//! What packets decide.

use footbridge_amf::{Graph, Limits, Value};
use footbridge_remoting::outgoing::{self, Addressed, Outgoing, Target};
use footbridge_remoting::{Encoding, Packet, fault};

use crate::support::{Answer, classic, log, mapping, start};

fn command(number: u32, ds_id: Option<&str>) -> Vec<u8> {
    let address = Addressed {
        message_id: "ID",
        ds_id,
        small_messages: true,
        ..Addressed::default()
    };
    let call = Outgoing {
        graph: &Graph::new(),
        arguments: &[],
        target: Target::Command(number, address),
    };
    outgoing::request(Encoding::Amf3, &[call], 10_000).unwrap()
}

/// The DSId that an acknowledge gives.
fn ds_id(answer: &Answer) -> Option<String> {
    let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
    let body = &packet.bodies[0];
    let headers = body.graph.member(&body.content, "headers")?;
    match body.graph.member(headers, "DSId")? {
        Value::String(id) => Some(id.to_string()),
        _ => None,
    }
}

#[tokio::test]
async fn each_body_gets_its_own_answer_in_the_order_asked() {
    let running = start(mapping()).await;
    let answer = running.post(&classic(&["a.b", "c.d", "e"])).await;
    let fault = |target: &str| (target.to_owned(), fault::RESOURCE_NOT_FOUND.to_owned());
    assert_eq!(
        answer.faults(),
        [
            fault("/1/onStatus"),
            fault("/2/onStatus"),
            fault("/3/onStatus")
        ]
    );
}

#[tokio::test]
async fn calls_over_the_limit_are_told_one_by_one() {
    let running = start(mapping()).await;
    let answer = running.post(&classic(&["a.b"; 5])).await;
    let codes: Vec<_> = answer.faults().into_iter().map(|(_, code)| code).collect();
    let (unknown, many) = (fault::RESOURCE_NOT_FOUND, fault::TOO_MANY_CALLS);
    assert_eq!(codes, [unknown, unknown, unknown, many, many]);
}

#[tokio::test]
async fn a_body_that_is_cut_off_is_told_and_the_others_are_answered() {
    let running = start(mapping()).await;
    let mut packet = classic(&["a.b", "a.c"]);
    packet.truncate(packet.len() - 2);
    let answer = running.post(&packet).await;
    let fault = |target: &str, code: &str| (target.to_owned(), code.to_owned());
    assert_eq!(
        answer.faults(),
        [
            fault("/1/onStatus", fault::RESOURCE_NOT_FOUND),
            fault("/2/onStatus", fault::ENCODING)
        ]
    );
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_told_at_its_place_and_the_one_behind_it_runs() {
    let running = start(mapping()).await;
    let mut packet = classic(&["a.b", "a.c"]);
    // In place of the first body's empty array stands a marker that does not exist.
    let content = packet
        .windows(9)
        .position(|bytes| bytes == [0, 0, 0, 5, 0x0a, 0, 0, 0, 0])
        .unwrap();
    packet[content + 4] = 0x7f;
    let answer = running.post(&packet).await;
    let fault = |target: &str, code: &str| (target.to_owned(), code.to_owned());
    assert_eq!(
        answer.faults(),
        [
            fault("/1/onStatus", fault::ENCODING),
            fault("/2/onStatus", fault::RESOURCE_NOT_FOUND)
        ]
    );
}

#[tokio::test]
async fn a_ping_begins_a_session_that_cookie_and_ds_id_name() {
    let running = start(mapping()).await;
    let first = running.post(&command(5, None)).await;
    let id = ds_id(&first).expect("a DSId");
    let cookie = first.header("set-cookie").expect("a cookie").to_owned();
    let (session, _) = id.split_once('.').expect("a proof");
    assert!(
        cookie.starts_with(&format!("footbridge={session};")),
        "{cookie}"
    );
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );

    let by_header = running.post(&command(5, Some(&id))).await;
    assert_eq!(
        (ds_id(&by_header), by_header.header("set-cookie")),
        (Some(id.clone()), None)
    );
    let head = format!(
        "POST /gateway HTTP/1.1\r\nContent-Type: application/x-amf\r\nCookie: a=b; footbridge={session}"
    );
    let by_cookie = running.send(&head, &command(5, None)).await;
    // Somebody else may have put that cookie there, so its own identifier stays with whom it was given to.
    assert_ne!(ds_id(&by_cookie), Some(id.clone()));
    assert_eq!(by_cookie.header("set-cookie"), None);
    assert_eq!(running.gateway.sessions().len(), 1);

    let invented = running
        .post(&command(5, Some("7B3C1F50-0000-4000-8000-0000000000A1")))
        .await;
    assert_ne!(
        ds_id(&invented),
        Some("7B3C1F50-0000-4000-8000-0000000000A1".to_owned())
    );
}

#[tokio::test]
async fn a_mere_call_begins_no_session() {
    let running = start(mapping()).await;
    assert_eq!(
        running.post(&classic(&["a.b"])).await.header("set-cookie"),
        None
    );
    assert!(running.gateway.sessions().is_empty());
}

#[tokio::test]
async fn who_announced_small_messages_gets_them_from_then_on() {
    let running = start(mapping()).await;
    let id = ds_id(&running.post(&command(5, None)).await).unwrap();
    let logout = running.post(&command(9, Some(&id))).await;
    assert!(logout.body.windows(4).any(|four| four == b"\x07DSK"));
}

#[tokio::test]
async fn a_fault_has_the_identifier_that_the_log_has() {
    let running = start(mapping()).await;
    let answer = running.post(&classic(&["a.b"])).await;
    let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
    let body = &packet.bodies[0];
    let Some(Value::String(id)) = body.graph.member(&body.content, "correlation") else {
        panic!("no correlation");
    };
    assert_eq!(id.len(), 16);
    let log = log();
    let lines: Vec<_> = log.lines().filter(|line| line.contains(&**id)).collect();
    let [line] = lines.as_slice() else {
        panic!("not one line but {lines:?}")
    };
    for part in [
        "service=\"a\"",
        "operation=\"b\"",
        "outcome=\"Server.ResourceNotFound\"",
        "ms=",
    ] {
        assert!(line.contains(part), "no {part} in {line}");
    }
}
