//! What holds for any bytes. The fuzz targets and the property tests run these same bodies.

use footbridge_amf::canonical::{self, Encoding};
use footbridge_amf::{
    Budget, Graph, GraphBuilder, Limits, Node, Sink, Value, WriteError, amf0, amf3,
};

/// More than any answer of these bodies needs.
const LIMIT: usize = 64 << 20;

/// Any bytes are an AMF0 value or an error; a value survives JSON, copying and both encodings.
pub(crate) fn amf0_value(bytes: &[u8]) {
    let mut budget = Budget::new(&Limits::default());
    let mut graph = Graph::new();
    let mut reader = amf0::Reader::new(bytes, 0, &mut budget);
    let Ok(value) = reader.read(&mut graph) else {
        return;
    };
    assert!(reader.offset() <= bytes.len());
    survives(&graph, &value);
    let has_amf3 = bytes.contains(&0x11);
    if let Ok(written) = write_amf0(&graph, &value)
        && !has_amf3
    {
        let (again, root) = read_amf0(&written);
        assert_same(Encoding::Amf0, (&graph, &value), (&again, &root));
        assert_eq!(write_amf0(&again, &root).as_ref(), Ok(&written));
    }
    // Without references a cycle is found, and nothing runs on for ever.
    let mut writer = amf0::Writer::new(Vec::new(), 1 << 16);
    let _ = writer.graph(&graph, &value);
}

/// The same for AMF3, where everything that was read can be written.
pub(crate) fn amf3_value(bytes: &[u8]) {
    let mut budget = Budget::new(&Limits::default());
    let mut graph = Graph::new();
    let mut reader = amf3::Reader::new(bytes, 0, &mut budget);
    let Ok(value) = reader.read(&mut graph) else {
        return;
    };
    assert!(reader.offset() <= bytes.len());
    survives(&graph, &value);
    let written = write_amf3(&graph, &value).expect("what was read can be written");
    let (again, root) = read_amf3(&written);
    // Identifiers of small messages may move to another place, which renumbers what is shared.
    if !bytes.windows(2).any(|pair| pair == b"DS") {
        assert_same(Encoding::Amf3, (&graph, &value), (&again, &root));
    }
    assert_eq!(write_amf3(&again, &root).as_ref(), Ok(&written));
    let mut writer = amf3::Writer::new(Vec::new(), LIMIT).without_externals();
    match writer.graph(&graph, &value) {
        Ok(()) | Err(WriteError::Cycle { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}

/// Any text is canonical JSON or an error, and what is read is written the same again.
pub(crate) fn canonical_text(text: &str) {
    let Ok((graph, value)) = canonical::from_text(text) else {
        return;
    };
    let written = canonical::to_json(&graph, &value, Encoding::Amf3).expect("as deep as it came");
    let (again, root) = canonical::from_text(&written.to_string()).expect("our own JSON");
    assert_same(Encoding::Amf3, (&graph, &value), (&again, &root));
}

/// JSON keeps the value, copying keeps it, and no question about it fails.
fn survives(graph: &Graph<'_>, value: &Value<'_>) {
    let json = canonical::to_json(graph, value, Encoding::Amf3).expect("within the readers' depth");
    let (again, root) = canonical::from_text(&json.to_string()).expect("our own JSON");
    assert_same(Encoding::Amf3, (graph, value), (&again, &root));
    let mut builder = GraphBuilder::new();
    builder.graph(graph, value).expect("a copy has no limits");
    let (copy, root) = builder.finish().expect("one value");
    assert_same(Encoding::Amf3, (graph, value), (&copy, &root));
    if let Some(items) = graph.list(value) {
        let lists = items.iter().filter(|item| graph.list(item).is_some());
        assert!(lists.count() <= items.len());
    }
    if let Value::Node(id) = graph.peel(value)
        && let Node::Object(object) = graph.node(id)
    {
        for (name, _) in &object.dynamic {
            assert!(graph.member(value, name).is_some());
        }
    }
}

/// Compares two values with their types, identities and cycles.
pub(crate) fn assert_same(
    encoding: Encoding,
    left: (&Graph<'_>, &Value<'_>),
    right: (&Graph<'_>, &Value<'_>),
) {
    let json = |(graph, value): (&Graph<'_>, &Value<'_>)| {
        canonical::to_json(graph, value, encoding).expect("depth")
    };
    assert_eq!(json(left).to_string(), json(right).to_string());
}

pub(crate) fn write_amf0(graph: &Graph<'_>, value: &Value<'_>) -> Result<Vec<u8>, WriteError> {
    let mut writer = amf0::Writer::new(Vec::new(), LIMIT).with_references();
    writer.graph(graph, value)?;
    writer.finish()
}

pub(crate) fn write_amf3(graph: &Graph<'_>, value: &Value<'_>) -> Result<Vec<u8>, WriteError> {
    let mut writer = amf3::Writer::new(Vec::new(), LIMIT);
    writer.graph(graph, value)?;
    writer.finish()
}

pub(crate) fn read_amf0(bytes: &[u8]) -> (Graph<'_>, Value<'_>) {
    let mut budget = Budget::new(&Limits::default());
    let mut graph = Graph::new();
    let mut reader = amf0::Reader::new(bytes, 0, &mut budget);
    let value = reader.read(&mut graph).expect("our own bytes");
    assert_eq!(reader.offset(), bytes.len());
    (graph, value)
}

pub(crate) fn read_amf3(bytes: &[u8]) -> (Graph<'_>, Value<'_>) {
    let mut budget = Budget::new(&Limits::default());
    let mut graph = Graph::new();
    let mut reader = amf3::Reader::new(bytes, 0, &mut budget);
    let value = reader.read(&mut graph).expect("our own bytes");
    assert_eq!(reader.offset(), bytes.len());
    (graph, value)
}
