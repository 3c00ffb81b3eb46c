//! Where AMF libraries disagree about packets, one test for each case; what values do belongs to the codec.

use footbridge_amf::{Limits, Value};
use footbridge_remoting::{Envelope, Packet, PacketError, Request, Version};

use crate::notation;

fn bytes(notation: &str) -> Vec<u8> {
    notation::parse(notation).0
}

fn read(bytes: &[u8]) -> Packet<'_> {
    Packet::read(bytes, &Limits::default()).expect("a packet")
}

fn arguments(packet: &Packet<'_>, index: usize) -> Vec<Value<'static>> {
    match Request::recognise(&packet.bodies[index]) {
        Request::Classic { arguments, .. } | Request::Remoting { arguments, .. } => arguments
            .iter()
            .map(|argument| argument.clone().into_owned())
            .collect(),
        other => panic!("no call: {other:?}"),
    }
}

#[test]
fn row_47_bytes_behind_the_last_body_are_ignored() {
    let bytes = bytes(r#"0000 0000 0001 @"a.b" @"/1" u32:5 0a00000000 00ff00"#);
    let packet = read(&bytes);
    assert_eq!(packet.bodies.len(), 1);
    assert_eq!(packet.trailing, 3);
    assert_eq!(packet.unreadable, None);
}

#[test]
fn row_48_lengths_are_ignored_however_wrong() {
    for length in ["00000000", "00000001", "00000003", "7fffffff", "ffffffff"] {
        let notation = format!(
            r#"0000 0001 @"h" 00 {length} 02 @"x" 0002 @"a.b" @"/1" {length} 0a00000001 0101 @"a.c" @"/2" {length} 0a00000000"#
        );
        let bytes = bytes(&notation);
        let packet = read(&bytes);
        assert_eq!(
            packet.header("H").map(|header| &header.value),
            Some(&Value::String("x".into()))
        );
        assert_eq!(arguments(&packet, 0), [Value::Bool(true)]);
        assert_eq!(packet.bodies[1].target, "a.c");
    }
}

#[test]
fn row_49_of_too_large_a_count_what_is_complete_is_served() {
    let bytes = bytes(r#"0000 0000 ffff @"a.b" @"/1" u32:5 0a00000000"#);
    let packet = read(&bytes);
    assert_eq!(packet.bodies.len(), 1);
    let unreadable = packet.unreadable.expect("the rest is told");
    assert_eq!(unreadable.missing, 0xfffe);
    assert_eq!(unreadable.response, None);
}

#[test]
fn row_50_bodies_with_one_response_uri_are_all_kept() {
    let bytes =
        bytes(r#"0000 0000 0002 @"a.b" @"/1" u32:5 0a00000000 @"a.c" @"/1" u32:5 0a00000000"#);
    let packet = read(&bytes);
    let targets: Vec<_> = packet
        .bodies
        .iter()
        .map(|body| body.target.as_ref())
        .collect();
    assert_eq!(targets, ["a.b", "a.c"]);
}

#[test]
fn row_51_a_body_that_is_no_array_is_one_argument_and_null_is_none() {
    let bytes = bytes(
        r#"0000 0000 0003 @"a.b" @"/1" u32:9 00 f64:4 @"a.b" @"/2" u32:1 05 @"a.b" @"/3" u32:1 06"#,
    );
    let packet = read(&bytes);
    assert_eq!(arguments(&packet, 0), [Value::Number(4.0)]);
    assert_eq!(arguments(&packet, 1), []);
    assert_eq!(arguments(&packet, 2), []);
}

#[test]
fn row_52_a_bare_message_without_an_array_is_accepted() {
    let bytes = bytes(
        r#"0003 0000 0001 @"null" @"/1" ffffffff
           11 0a 33 ^"flex.messaging.messages.RemotingMessage" ^"operation" ^"destination" ^"body"
           06 ^"now" 06 ^"clock" 0903 01 0407"#,
    );
    let packet = read(&bytes);
    assert_eq!(arguments(&packet, 0), [Value::Int(7)]);
}

#[test]
fn row_53_versions_0_1_and_3_are_read_and_no_other() {
    for (version, answered) in [("0000", 0), ("0001", 0), ("0003", 3)] {
        let bytes = bytes(&format!("{version} 0000 0000"));
        assert_eq!(read(&bytes).version.answered_as(), answered);
    }
    for (version, found) in [
        ("0002", 2),
        ("0300", 0x300),
        ("0103", 0x103),
        ("ffff", 0xffff),
    ] {
        let bytes = bytes(&format!("{version} 0000 0000"));
        assert_eq!(
            Packet::read(&bytes, &Limits::default()).unwrap_err(),
            PacketError::Version { found }
        );
    }
}

#[test]
fn row_54_of_headers_with_one_name_the_last_counts() {
    let bytes = bytes(r#"0000 0002 @"Token" 00 u32:4 02 @"a" @"token" 00 u32:4 02 @"b" 0000"#);
    let packet = read(&bytes);
    assert_eq!(
        packet.header("TOKEN").map(|header| &header.value),
        Some(&Value::String("b".into()))
    );
    assert_eq!(packet.header("other").map(|header| &header.value), None);
}

#[test]
fn row_55_a_response_uri_is_echoed_as_it_is() {
    for uri in ["", "1", "/1", "/a/b"] {
        let bytes = bytes(&format!(
            r#"0000 0000 0001 @"a.b" @"{uri}" u32:5 0a00000000"#
        ));
        let packet = read(&bytes);
        let request = Request::recognise(&packet.bodies[0]);
        assert_eq!(
            Envelope::of(&packet.bodies[0], &request, Version::Amf0).response,
            uri
        );
    }
}

#[test]
fn reference_tables_begin_anew_in_each_body() {
    let bytes = bytes(
        r#"0003 0000 0002 @"a.b" @"/1" u32:0 0a00000001 11 06 ^"hi" @"a.b" @"/2" u32:0 0a00000001 11 0600"#,
    );
    let packet = read(&bytes);
    assert_eq!(arguments(&packet, 0), [Value::String("hi".into())]);
    assert_eq!(
        packet
            .unreadable
            .and_then(|unreadable| unreadable.response)
            .as_deref(),
        Some("/2")
    );
}

#[test]
fn budgets_count_for_all_bodies_together() {
    let body = r#"@"a.b" @"/1" u32:0 0a00000003 05 05 05 "#;
    let bytes = bytes(&format!("0000 0000 0003 {}", body.repeat(3)));
    let packet = Packet::read(
        &bytes,
        &Limits {
            values: 10,
            ..Limits::default()
        },
    )
    .unwrap();
    assert_eq!(packet.bodies.len(), 2);
    assert!(packet.unreadable.unwrap().error.over_limit);
}
