//! Writing by events: long lists, what is out of order, what is too large.

use std::sync::Arc;

use footbridge_amf::canonical::{self, Encoding};
use footbridge_amf::{
    Class, Graph, GraphBuilder, Node, Sink, Value, VectorKind, WriteError, amf0, amf3,
};

use crate::bodies;

fn row_class() -> Arc<Class> {
    Arc::new(Class {
        alias: "Row".to_owned(),
        sealed: vec!["id".to_owned(), "tags".to_owned()],
        dynamic: true,
    })
}

/// Rows with a list, a date, shared and dynamic parts, enough for counts of two and three bytes.
fn rows(sink: &mut dyn Sink, count: i32) -> Result<(), WriteError> {
    let (mut graph, class) = (Graph::new(), row_class());
    let stamp = Value::Node(graph.add(Node::Date(5.0)));
    sink.begin_external("flex.messaging.io.ArrayCollection")?;
    sink.begin_array()?;
    for id in 0..count {
        sink.begin_object(&class)?;
        sink.int(id)?;
        sink.begin_array()?;
        for tag in 0..id % 80 {
            sink.string(["red", "green", ""][usize::try_from(tag % 3).unwrap_or_default()])?;
        }
        sink.end()?;
        sink.member("at")?;
        sink.graph(&graph, &stamp)?;
        sink.member("size")?;
        sink.begin_vector(VectorKind::Number)?;
        sink.number(0.5)?;
        sink.int(id)?;
        sink.end()?;
        sink.end()?;
    }
    sink.end()?;
    sink.end()
}

#[test]
fn long_lists_are_what_a_graph_of_them_is() {
    for count in [0, 1, 63, 64, 200, 9_000] {
        let mut builder = GraphBuilder::new();
        rows(&mut builder, count).unwrap();
        let (graph, value) = builder.finish().unwrap();
        let limits = footbridge_amf::Limits {
            values: 10_000_000,
            references: 10_000_000,
            bytes: 100_000_000,
            ..Default::default()
        };

        let mut writer = amf3::Writer::new(b"before".to_vec(), 64 << 20);
        rows(&mut writer, count).unwrap();
        let bytes = writer.finish().unwrap();
        let mut again = Graph::new();
        let mut budget = footbridge_amf::Budget::new(&limits);
        let mut reader = amf3::Reader::new(&bytes, 6, &mut budget);
        let root = reader.read(&mut again).unwrap();
        assert_eq!(reader.offset(), bytes.len());
        bodies::assert_same(Encoding::Amf3, (&graph, &value), (&again, &root));
        assert_eq!(bodies::write_amf3(&graph, &value).unwrap(), bytes[6..]);

        let mut writer = amf0::Writer::new(Vec::new(), 64 << 20);
        rows(&mut writer, count).unwrap();
        let bytes = writer.finish().unwrap();
        let mut writer = amf0::Writer::new(Vec::new(), 64 << 20);
        writer.graph(&graph, &value).unwrap();
        assert!(writer.finish().unwrap() == bytes);
    }
}

#[test]
fn references_hold_across_events_and_graphs() {
    // A date by event takes an object number, so the shared object of the graph behind it has number 2.
    let (graph, value) = canonical::from_text(r#"[{"$id":1,"a":1},{"$ref":1}]"#).unwrap();
    let mut writer = amf3::Writer::new(Vec::new(), 1 << 10);
    writer.date(0.0).unwrap();
    writer.graph(&graph, &value).unwrap();
    let bytes = writer.finish().unwrap();
    assert!(bytes.ends_with(b"\x09\x05\x01\x0a\x0b\x01\x03a\x04\x01\x01\x0a\x04"));
    // A second graph does not refer to nodes of the first, whose numbers mean other things.
    let mut writer = amf3::Writer::new(Vec::new(), 1 << 10);
    writer.graph(&graph, &value).unwrap();
    writer.graph(&graph, &value).unwrap();
    let bytes = writer.finish().unwrap();
    assert!(
        bytes.ends_with(b"\x09\x05\x01\x0a\x01\x00\x04\x01\x01\x0a\x06"),
        "{bytes:x?}"
    );
}

#[test]
fn no_output_is_longer_than_its_limit() {
    let size = |limit: usize| {
        let mut writer = amf3::Writer::new(Vec::new(), limit);
        rows(&mut writer, 25).map(|()| writer.finish().map(|bytes| bytes.len()))
    };
    let Ok(Ok(whole)) = size(1 << 20) else {
        panic!("fits")
    };
    assert_eq!(size(whole), Ok(Ok(whole)));
    for limit in 0..whole {
        assert_eq!(size(limit), Err(WriteError::TooLarge { limit }));
    }
    let mut writer = amf0::Writer::new(vec![0; 10], 40);
    assert_eq!(
        writer.string(&"x".repeat(28)),
        Err(WriteError::TooLarge { limit: 40 })
    );
    let mut writer = amf0::Writer::new(vec![0; 10], 40);
    assert_eq!(writer.string(&"x".repeat(27)), Ok(()));
    let mut writer = amf0::Writer::new(Vec::new(), 40);
    assert_eq!(
        writer.bytes(&[0; 40]),
        Err(WriteError::TooLarge { limit: 40 })
    );
}

#[test]
fn a_reference_bomb_ends_at_the_limit() {
    // Twenty levels of an array that holds the one below twice.
    let mut graph = Graph::new();
    let mut value = Value::Null;
    for _ in 0..60 {
        let dense = vec![value.clone(), value];
        value = Value::Node(graph.add(Node::Array(footbridge_amf::Array {
            dense,
            named: Vec::new(),
        })));
    }
    let mut writer = amf0::Writer::new(Vec::new(), 1 << 16);
    assert_eq!(
        writer.graph(&graph, &value),
        Err(WriteError::TooLarge { limit: 1 << 16 })
    );
    assert!(bodies::write_amf3(&graph, &value).unwrap().len() < 1_000);
}

/// Events for a class with dynamic members and one without.
type Events = fn(&mut dyn Sink, &Arc<Class>, &Arc<Class>) -> Result<(), WriteError>;

#[test]
fn events_out_of_order_are_errors() {
    let class = row_class();
    let sealed = Arc::new(Class {
        alias: "S".to_owned(),
        sealed: vec!["a".to_owned()],
        dynamic: false,
    });
    let wrong: [Events; 9] = [
        |sink, _, _| sink.end(),
        |sink, _, _| sink.member("a"),
        |sink, class, _| sink.begin_object(class).and_then(|()| sink.member("a")),
        |sink, class, _| {
            sink.begin_object(class)
                .and_then(|()| sink.null())
                .and_then(|()| sink.end())
        },
        |sink, _, sealed| {
            sink.begin_object(sealed)
                .and_then(|()| sink.null())
                .and_then(|()| sink.null())
        },
        |sink, _, sealed| {
            sink.begin_object(sealed)
                .and_then(|()| sink.null())
                .and_then(|()| sink.member("b"))
        },
        |sink, _, _| {
            sink.begin_object(&Arc::new(Class::anonymous()))
                .and_then(|()| sink.member("b"))
                .and_then(|()| sink.end())
        },
        |sink, _, _| sink.begin_external("E").and_then(|()| sink.end()),
        |sink, _, _| {
            sink.begin_external("E")
                .and_then(|()| sink.null())
                .and_then(|()| sink.null())
        },
    ];
    for (number, wrong) in wrong.iter().enumerate() {
        let sinks: [Box<dyn Sink>; 3] = [
            Box::new(amf0::Writer::new(Vec::new(), 1 << 10)),
            Box::new(amf3::Writer::new(Vec::new(), 1 << 10)),
            Box::new(GraphBuilder::new()),
        ];
        for mut sink in sinks {
            assert!(
                matches!(
                    wrong(sink.as_mut(), &class, &sealed),
                    Err(WriteError::OutOfOrder(_))
                ),
                "{number}"
            );
        }
    }
    let mut writer = amf3::Writer::new(Vec::new(), 1 << 10);
    writer.begin_vector(VectorKind::Int).unwrap();
    assert!(matches!(writer.string("a"), Err(WriteError::OutOfOrder(_))));
    let mut writer = amf3::Writer::new(Vec::new(), 1 << 10);
    assert!(matches!(writer.flags(1), Err(WriteError::OutOfOrder(_))));
    writer.begin_array().unwrap();
    assert!(matches!(writer.finish(), Err(WriteError::OutOfOrder(_))));
    assert!(matches!(
        GraphBuilder::new().finish(),
        Err(WriteError::OutOfOrder(_))
    ));
}

#[test]
fn amf0_writes_what_comes_nearest() {
    let mut writer = amf0::Writer::new(Vec::new(), 1 << 20);
    writer.begin_array().unwrap();
    writer.xml("<a/>").unwrap();
    writer.bytes(b"hello").unwrap();
    writer.date(1.0).unwrap();
    writer.undefined().unwrap();
    writer.end().unwrap();
    assert_eq!(
        writer.finish().unwrap(),
        b"\x0a\0\0\0\x04\x0f\0\0\0\x04<a/>\x02\0\x08aGVsbG8=\x0b\x3f\xf0\0\0\0\0\0\0\0\0\x06"
    );
    let long = "x".repeat(65_536);
    let mut writer = amf0::Writer::new(Vec::new(), 1 << 20);
    writer.string(&long).unwrap();
    assert!(writer.finish().unwrap().starts_with(b"\x0c\0\x01\0\0x"));
    let mut writer = amf0::Writer::new(Vec::new(), 1 << 20);
    writer.begin_object(&Arc::new(Class::anonymous())).unwrap();
    assert!(matches!(
        writer.member(&long),
        Err(WriteError::Unrepresentable { .. })
    ));
    // A mixed array: ordinals as names, and its length as count.
    let (graph, value) = canonical::from_text(r#"{"$array":[true],"a":null}"#).unwrap();
    assert_eq!(
        bodies::write_amf0(&graph, &value).unwrap(),
        b"\x08\0\0\0\x01\0\x010\x01\x01\0\x01a\x05\0\0\x09"
    );
}
