//! What channels ask by themselves.

use footbridge_amf::{Limits, Value};
use footbridge_remoting::{Answer, Envelope, Fault, Packet, Request, Stamp, command, fault};

use crate::notation;

/// Answers command `number`, sent in a packet of `version` (`0000`, `0003`) with these members of its headers.
fn answer(version: &str, number: f64, headers: &str) -> Result<Vec<u8>, Fault> {
    let (bytes, _) = notation::parse(&format!(
        r#"{version} 0000 0001 @"null" @"/1" length 0a 00000001
           03 @"operation" 00 f64:{number} @"messageId" 02 @"ID" @"destination" 02 @"chat" @"headers" 03 {headers} 0000 09 0000 09"#
    ));
    let packet = Packet::read(&bytes, &Limits::default()).unwrap();
    let request = Request::recognise(&packet.bodies[0]);
    let Request::Command { message, command } = &request else {
        panic!("{request:?}");
    };
    let envelope = Envelope::of(&packet.bodies[0], &request, packet.version);
    let stamp = Stamp {
        message_id: "M".to_owned(),
        client_id: "C".to_owned(),
        now: 0.0,
    };
    let body = command::answer(*command, message, &envelope, "SESSION", 10_000, &stamp)?;
    Ok(footbridge_remoting::assemble(packet.version, &[], vec![body]).concat())
}

/// A header of the acknowledge in an answer.
fn header(answer: &[u8], name: &str) -> Option<Value<'static>> {
    let packet = Packet::read(answer, &Limits::default()).unwrap();
    let body = &packet.bodies[0];
    let headers = body.graph.member(&body.content, "headers")?;
    body.graph
        .member(headers, name)
        .cloned()
        .map(Value::into_owned)
}

#[test]
fn a_ping_tells_the_session() {
    let answer = answer("0003", 5.0, "").unwrap();
    assert_eq!(
        header(&answer, "DSId"),
        Some(Value::String("SESSION".into()))
    );
    assert_eq!(header(&answer, "DSMessagingVersion"), None);
}

#[test]
fn small_messages_are_switched_on_only_for_who_asked_in_a_version_3_packet() {
    let announced = r#"@"DSMessagingVersion" 00 f64:1"#;
    let small = answer("0003", 5.0, announced).unwrap();
    assert_eq!(
        header(&small, "DSMessagingVersion"),
        Some(Value::Number(1.0))
    );
    let amf0 = answer("0000", 5.0, announced).unwrap();
    assert_eq!(header(&amf0, "DSMessagingVersion"), None);
}

#[test]
fn disconnect_logout_connect_and_cluster_request_are_answered() {
    for number in [7.0, 9.0, 12.0, 13.0] {
        let answer = answer("0003", number, "").unwrap();
        let packet = Packet::read(&answer, &Limits::default()).unwrap();
        let body = &packet.bodies[0];
        let expected = if number == 7.0 {
            Value::Bool(false)
        } else {
            Value::Null
        };
        assert_eq!(body.graph.member(&body.content, "body"), Some(&expected));
        assert_eq!(
            body.graph.member(&body.content, "correlationId"),
            Some(&Value::String("ID".into()))
        );
    }
}

#[test]
fn nothing_is_acknowledged_that_nobody_would_serve() {
    for number in [0.0, 1.0, 2.0, 11.0] {
        let fault = answer("0003", number, "").unwrap_err();
        assert_eq!(fault.code, fault::RESOURCE_NOT_FOUND);
        assert_eq!(fault.message, "no destination for messages is named `chat`");
    }
    for number in [3.0, 4.0, 6.0, 10.0, 10_000.0] {
        assert_eq!(
            answer("0003", number, "").unwrap_err().code,
            fault::RESOURCE_NOT_FOUND
        );
    }
}

#[test]
fn a_login_is_refused_with_the_code_that_lets_a_channel_connect() {
    assert_eq!(
        answer("0003", 8.0, "").unwrap_err().code,
        fault::AUTHENTICATION
    );
}

#[test]
fn the_answer_to_an_unreadable_body_goes_to_its_response_uri() {
    let (bytes, _) = notation::parse(
        r#"0003 0000 0001 @"null" @"/7" length 0a 00000001 11 0a07 ^"unknown.External" 00"#,
    );
    let packet = Packet::read(&bytes, &Limits::default()).unwrap();
    let unreadable = packet.unreadable.unwrap();
    let envelope = Envelope::unreadable(&unreadable, packet.version);
    assert!(!envelope.is_classic());
    let stamp = Stamp {
        message_id: "M".to_owned(),
        client_id: "C".to_owned(),
        now: 0.0,
    };
    let body = Answer::fault(
        &envelope,
        &Fault::new(fault::ENCODING, "no"),
        10_000,
        &stamp,
    );
    assert!(body.starts_with(b"\0\x0b/7/onStatus"));
}
