//! Answers byte by byte: each file of `tests/answers` is what the code here must write.

use std::path::Path;
use std::sync::Arc;

use footbridge_amf::{Class, Limits, Sink, WriteError};
use footbridge_remoting::{
    Answer, AnswerHeader, Emit, Encoding, Envelope, Fault, FlexReply, ListShape, Rows, Stamp,
    Style, TypedAcknowledge, Version, Wire, assemble, fault,
};

use crate::notation;
use crate::wire::describe;

fn classic(version: Version) -> Envelope {
    let encoding = if version == Version::Amf3 {
        Encoding::Amf3
    } else {
        Encoding::Amf0
    };
    Envelope {
        response: "/1".to_owned(),
        version,
        encoding,
        message: None,
        wire: Wire::default(),
    }
}

fn flex(version: Version) -> Envelope {
    let message = FlexReply {
        correlation: Some("ASKED".to_owned()),
        client_id: None,
        destination: "samples.EchoService".to_owned(),
        small: false,
    };
    Envelope {
        response: "/1".to_owned(),
        version,
        encoding: Encoding::Amf3,
        message: Some(message),
        wire: Wire::default(),
    }
}

fn stamp() -> Stamp {
    Stamp {
        message_id: "MESSAGE".to_owned(),
        client_id: "CLIENT".to_owned(),
        now: 1_000.0,
    }
}

fn answer(
    envelope: &Envelope,
    write: impl FnOnce(&mut dyn Sink) -> Result<(), WriteError>,
) -> Vec<u8> {
    let mut answer = Answer::begin(envelope, 10_000, &stamp()).unwrap();
    write(answer.sink()).unwrap();
    assemble(envelope.version, &[], vec![answer.finish().unwrap()]).concat()
}

fn fault_answer(envelope: &Envelope, fault: &Fault) -> Vec<u8> {
    assemble(
        envelope.version,
        &[],
        vec![Answer::fault(envelope, fault, 10_000, &stamp())],
    )
    .concat()
}

fn two_rows(sink: &mut dyn Sink, shape: &ListShape) -> Result<(), WriteError> {
    let class = Arc::new(Class {
        alias: "samples.Product".to_owned(),
        sealed: vec!["id".to_owned(), "name".to_owned()],
        dynamic: false,
    });
    let mut rows = Rows::begin(sink, shape, &class, "samples.Products")?;
    for (id, name) in [(1, "nut"), (2, "bolt")] {
        rows.begin_row(sink)?;
        sink.int(id)?;
        sink.string(name)?;
        rows.end_row(sink)?;
    }
    rows.end(sink)
}

#[track_caller]
fn assert_written(name: &str, written: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/answers")
        .join(name)
        .with_extension("txt");
    let file = std::fs::read_to_string(&path).unwrap_or_default();
    let (expected, _) = notation::parse(&file);
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    assert_eq!(
        hex(written),
        hex(&expected),
        "\n{} against what was written:\n{}",
        path.display(),
        String::from_utf8_lossy(written).replace(|c: char| c.is_control(), "·")
    );
}

#[test]
fn a_classic_result_in_amf0() {
    assert_written(
        "classic-amf0",
        &answer(&classic(Version::Amf0), |sink| sink.string("hi")),
    );
}

#[test]
fn a_classic_result_in_amf3() {
    assert_written(
        "classic-amf3",
        &answer(&classic(Version::Amf3), |sink| sink.int(7)),
    );
}

#[test]
fn an_answer_to_version_1_is_version_0() {
    assert_written(
        "classic-fms",
        &answer(&classic(Version::Fms), |sink| sink.null()),
    );
}

#[test]
fn rows_in_amf0_are_a_record_set() {
    let envelope = classic(Version::Amf0);
    let shape = Style::of(&envelope).rows;
    assert_written(
        "record-set",
        &answer(&envelope, |sink| two_rows(sink, &shape)),
    );
}

#[test]
fn rows_in_amf3_are_an_array_collection_of_typed_objects() {
    let envelope = classic(Version::Amf3);
    let shape = Style::of(&envelope).rows;
    assert_written(
        "array-collection",
        &answer(&envelope, |sink| two_rows(sink, &shape)),
    );
}

#[test]
fn a_flex_message_is_acknowledged() {
    assert_written(
        "flex-acknowledge",
        &answer(&flex(Version::Amf3), |sink| sink.string("hi")),
    );
}

#[test]
fn a_flex_message_in_an_amf0_packet_gets_no_externalizable_object() {
    let envelope = flex(Version::Amf0);
    assert_eq!(Style::of(&envelope).rows, ListShape::Array);
    assert_written(
        "ruffle-flex-rows",
        &answer(&envelope, |sink| {
            two_rows(sink, &ListShape::ArrayCollection)
        }),
    );
}

#[test]
fn a_classic_fault_is_a_status_object() {
    let fault = Fault::new("E-17", "back at noon")
        .with_detail("noon is 12:00")
        .correlated("c1");
    assert_written("status", &fault_answer(&classic(Version::Amf0), &fault));
}

#[test]
fn a_flex_fault_is_an_error_message() {
    struct Row;
    impl Emit for Row {
        fn emit(&self, sink: &mut dyn Sink) -> Result<(), WriteError> {
            sink.int(7)
        }
    }
    let fault = Fault::new(fault::CONFLICT, "changed by another")
        .with_data(Arc::new(Row))
        .correlated("c1");
    assert_written("error-message", &fault_answer(&flex(Version::Amf3), &fault));
}

#[test]
fn a_ping_is_told_the_session() {
    let envelope = flex(Version::Amf3);
    let acknowledge = TypedAcknowledge {
        ds_id: Some("SESSION"),
        small_messages: true,
        ..TypedAcknowledge::default()
    };
    let mut answer = Answer::acknowledge(&envelope, acknowledge, 10_000, &stamp()).unwrap();
    answer.sink().null().unwrap();
    assert_written(
        "flex-ping",
        &assemble(envelope.version, &[], vec![answer.finish().unwrap()]).concat(),
    );
}

#[test]
fn a_small_acknowledge_has_its_body_first_and_identifiers_as_bytes() {
    let mut envelope = flex(Version::Amf3);
    envelope.message = Some(FlexReply {
        correlation: Some("00112233-4455-6677-8899-AABBCCDDEEFF".to_owned()),
        client_id: Some("no uuid".to_owned()),
        destination: "samples.EchoService".to_owned(),
        small: true,
    });
    let stamp = Stamp {
        message_id: "00000000-0000-4000-8000-0000000000A1".to_owned(),
        ..stamp()
    };
    let acknowledge = TypedAcknowledge {
        ds_id: Some("SESSION"),
        small_messages: true,
        ..TypedAcknowledge::default()
    };
    let mut answer = Answer::acknowledge(&envelope, acknowledge, 10_000, &stamp).unwrap();
    answer.sink().string("hi").unwrap();
    let written = assemble(envelope.version, &[], vec![answer.finish().unwrap()]).concat();
    assert_written("flex-small", &written);
    let read = footbridge_remoting::Packet::read(&written, &Limits::default()).unwrap();
    let body = &read.bodies[0];
    assert_eq!(
        body.graph.member(&body.content, "correlationId"),
        Some(&footbridge_amf::Value::String(
            "00112233-4455-6677-8899-AABBCCDDEEFF".into()
        ))
    );
}

#[test]
fn headers_stand_before_the_bodies() {
    let headers = [
        AnswerHeader::append_to_gateway_url(";jsessionid=1"),
        AnswerHeader::persistent("Credentials", false, None),
    ];
    let headers: Vec<_> = headers.into_iter().flatten().collect();
    let written = assemble(Version::Amf0, &headers, Vec::new()).concat();
    assert_eq!(
        describe(&written),
        "Amf0\nheader AppendToGatewayUrl: ';jsessionid=1'\nheader RequestPersistentHeader (must be understood): {name: 'Credentials', mustUnderstand: false, data: null}\n"
    );
}

#[test]
fn data_that_cannot_be_written_is_left_out_of_a_fault() {
    struct Endless;
    impl Emit for Endless {
        fn emit(&self, sink: &mut dyn Sink) -> Result<(), WriteError> {
            sink.begin_array()?;
            loop {
                sink.string("again")?;
            }
        }
    }
    for envelope in [
        classic(Version::Amf0),
        classic(Version::Amf3),
        flex(Version::Amf3),
        flex(Version::Amf0),
    ] {
        let fault = Fault::new("E-1", "no")
            .with_data(Arc::new(Endless))
            .correlated("c1");
        let without = Fault::new("E-1", "no").correlated("c1");
        assert_eq!(
            fault_answer(&envelope, &fault),
            fault_answer(&envelope, &without)
        );
        let long = Fault::new("E-1", "no")
            .with_detail("x".repeat(20_000))
            .correlated("c1");
        assert_eq!(
            fault_answer(&envelope, &long),
            fault_answer(&envelope, &without)
        );
    }
}

#[test]
fn an_answer_over_its_limit_fails_while_it_is_written() {
    let mut answer = Answer::begin(&classic(Version::Amf0), 100, &stamp()).unwrap();
    let text = "x".repeat(100);
    assert_eq!(
        answer.sink().string(&text),
        Err(WriteError::TooLarge { limit: 100 })
    );
    assert_eq!(
        Fault::from(WriteError::TooLarge { limit: 100 }).code,
        fault::REPLY_TOO_LARGE
    );
}

#[test]
fn a_response_uri_as_long_as_can_be_is_cut_so_that_the_outcome_fits() {
    let envelope = Envelope {
        response: "é".repeat(32_767),
        ..classic(Version::Amf0)
    };
    let mut answer = Answer::begin(&envelope, 100_000, &stamp()).unwrap();
    answer.sink().null().unwrap();
    let written = assemble(Version::Amf0, &[], vec![answer.finish().unwrap()]).concat();
    let packet = footbridge_remoting::Packet::read(&written, &Limits::default()).unwrap();
    assert!(packet.bodies[0].target.ends_with("é/onResult"));
}

#[test]
fn vectors_have_the_cells_of_rows_as_items() {
    let class = Arc::new(Class {
        sealed: vec!["n".to_owned()],
        ..Class::default()
    });
    let written = answer(&classic(Version::Amf3), |sink| {
        let mut rows = Rows::begin(sink, &ListShape::VectorInt, &class, "s")?;
        for number in [1, 2] {
            rows.begin_row(sink)?;
            sink.int(number)?;
            rows.end_row(sink)?;
        }
        assert_eq!(rows.count(), 2);
        rows.end(sink)
    });
    assert_written("vector-int", &written);
}
