//! What each crate does with the rows.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use flash_lso::types::Value as Lso;
use footbridge_amf::{Budget, Class, Graph, Limits, Node, Sink, Value, WriteError, amf0, amf3};

use crate::rows::{CLASS, COLUMNS, Row};

const LIMITS: Limits = Limits {
    depth: 64,
    values: 10_000_000,
    bytes: 1 << 30,
    references: 10_000_000,
};
const LIMIT: usize = 1 << 30;

// === Reading ===

pub fn read_amf3(bytes: &[u8]) {
    let (mut graph, mut budget) = (Graph::new(), Budget::new(&LIMITS));
    black_box(
        amf3::Reader::new(bytes, 0, &mut budget)
            .read(&mut graph)
            .expect("a value"),
    );
    black_box(graph);
}

pub fn read_amf0(bytes: &[u8]) {
    let (mut graph, mut budget) = (Graph::new(), Budget::new(&LIMITS));
    black_box(
        amf0::Reader::new(bytes, 0, &mut budget)
            .read(&mut graph)
            .expect("a value"),
    );
    black_box(graph);
}

pub fn read_amf3_with_amf(bytes: &[u8]) {
    black_box(amf::Amf3Value::read_from(bytes).expect("a value"));
}

pub fn read_amf0_with_amf(bytes: &[u8]) {
    black_box(amf::Amf0Value::read_from(bytes).expect("a value"));
}

pub fn read_amf3_with_lso(bytes: &[u8]) {
    black_box(
        flash_lso::amf3::read::AMF3Decoder::default()
            .parse_single_element(bytes)
            .expect("a value"),
    );
}

pub fn read_amf0_with_lso(bytes: &[u8]) {
    black_box(
        flash_lso::amf0::read::AMF0Decoder::default()
            .parse_single_element(bytes)
            .expect("a value"),
    );
}

// === Writing ===

/// The rows by events, as an answer is written.
fn cells(sink: &mut impl Sink, row: &Row) -> Result<(), WriteError> {
    sink.int(row.id)?;
    sink.string(&row.name)?;
    sink.string(row.category)?;
    sink.string(&row.code)?;
    sink.number(row.price)?;
    sink.number(row.weight)?;
    sink.int(row.stock)?;
    sink.bool(row.active)?;
    sink.date(row.added)?;
    match &row.note {
        Some(note) => sink.string(note),
        None => sink.null(),
    }
}

fn events_amf3(rows: &[Row], writer: &mut amf3::Writer) -> Result<(), WriteError> {
    let sealed = COLUMNS.iter().map(|name| (*name).to_owned()).collect();
    let class = Arc::new(Class {
        alias: CLASS.to_owned(),
        sealed,
        dynamic: false,
    });
    writer.begin_array()?;
    for row in rows {
        writer.begin_object(&class)?;
        cells(writer, row)?;
        writer.end()?;
    }
    writer.end()
}

fn events_amf0(rows: &[Row], writer: &mut amf0::Writer) -> Result<(), WriteError> {
    let class = |alias: &str, members: &[&str]| {
        let sealed = members.iter().map(|name| (*name).to_owned()).collect();
        Arc::new(Class {
            alias: alias.to_owned(),
            sealed,
            dynamic: false,
        })
    };
    writer.begin_object(&class("RecordSet", &["serverInfo"]))?;
    writer.begin_object(&class(
        "",
        &[
            "totalCount",
            "initialData",
            "cursor",
            "serviceName",
            "columnNames",
            "version",
            "id",
        ],
    ))?;
    writer.number(rows.len() as f64)?;
    writer.begin_array()?;
    for row in rows {
        writer.begin_array()?;
        cells(writer, row)?;
        writer.end()?;
    }
    writer.end()?;
    writer.number(1.0)?;
    writer.string("RecordSet")?;
    writer.begin_array()?;
    for name in COLUMNS {
        writer.string(name)?;
    }
    writer.end()?;
    writer.number(1.0)?;
    writer.null()?;
    writer.end()?;
    writer.end()
}

pub fn write_amf3(rows: &[Row], out: &mut Vec<u8>) {
    out.clear();
    let mut writer = amf3::Writer::new(std::mem::take(out), LIMIT);
    events_amf3(rows, &mut writer).expect("in order");
    *out = writer.finish().expect("complete");
}

pub fn write_amf0(rows: &[Row], out: &mut Vec<u8>) {
    out.clear();
    let mut writer = amf0::Writer::new(std::mem::take(out), LIMIT);
    events_amf0(rows, &mut writer).expect("in order");
    *out = writer.finish().expect("complete");
}

pub fn write_graph(graph: &Graph<'_>, value: &Value<'_>, out: &mut Vec<u8>) {
    out.clear();
    let mut writer = amf3::Writer::new(std::mem::take(out), LIMIT);
    writer.graph(graph, value).expect("a value");
    *out = writer.finish().expect("complete");
}

pub fn write_with_amf(value: &amf::Amf3Value, out: &mut Vec<u8>) {
    out.clear();
    value.write_to(&mut *out).expect("a buffer");
}

pub fn write_amf0_with_amf(value: &amf::Amf0Value, out: &mut Vec<u8>) {
    out.clear();
    value.write_to(&mut *out).expect("a buffer");
}

// === What they read and write ===

pub fn ours_amf3(rows: &[Row]) -> Vec<u8> {
    let mut out = Vec::new();
    write_amf3(rows, &mut out);
    out
}

pub fn ours_amf0(rows: &[Row]) -> Vec<u8> {
    let mut out = Vec::new();
    write_amf0(rows, &mut out);
    out
}

pub fn graph(bytes: &[u8]) -> (Graph<'_>, Value<'_>) {
    let (mut graph, mut budget) = (Graph::new(), Budget::new(&LIMITS));
    let value = amf3::Reader::new(bytes, 0, &mut budget)
        .read(&mut graph)
        .expect("a value");
    (graph, value)
}

/// The tree that crate `amf` writes.
pub fn peer_amf3(rows: &[Row]) -> amf::Amf3Value {
    use amf::{Amf3Value as Peer, Pair};
    let row = |row: &Row| {
        let text = |text: &str| Peer::String(text.to_owned());
        let values = [
            Peer::Integer(row.id),
            text(&row.name),
            text(row.category),
            text(&row.code),
            Peer::Double(row.price),
            Peer::Double(row.weight),
            Peer::Integer(row.stock),
            Peer::Boolean(row.active),
            Peer::Date {
                unix_time: millis(row.added),
            },
            row.note.as_deref().map_or(Peer::Null, text),
        ];
        let entries = COLUMNS
            .iter()
            .zip(values)
            .map(|(name, value)| Pair {
                key: (*name).to_owned(),
                value,
            })
            .collect();
        Peer::Object {
            class_name: Some(CLASS.to_owned()),
            sealed_count: COLUMNS.len(),
            entries,
        }
    };
    Peer::Array {
        assoc_entries: Vec::new(),
        dense_entries: rows.iter().map(row).collect(),
    }
}

/// The tree that crate `amf` writes.
pub fn peer_amf0(rows: &[Row]) -> amf::Amf0Value {
    use amf::{Amf0Value as Peer, Pair};
    let text = |text: &str| Peer::String(text.to_owned());
    let list = |entries: Vec<Peer>| Peer::Array { entries };
    let row = |row: &Row| {
        list(vec![
            Peer::Number(f64::from(row.id)),
            text(&row.name),
            text(row.category),
            text(&row.code),
            Peer::Number(row.price),
            Peer::Number(row.weight),
            Peer::Number(f64::from(row.stock)),
            Peer::Boolean(row.active),
            Peer::Date {
                unix_time: millis(row.added),
                time_zone: 0,
            },
            row.note.as_deref().map_or(Peer::Null, text),
        ])
    };
    let pair = |key: &str, value: Peer| Pair {
        key: key.to_owned(),
        value,
    };
    let info = vec![
        pair("totalCount", Peer::Number(rows.len() as f64)),
        pair("initialData", list(rows.iter().map(row).collect())),
        pair("cursor", Peer::Number(1.0)),
        pair("serviceName", text("RecordSet")),
        pair(
            "columnNames",
            list(COLUMNS.iter().map(|name| text(name)).collect()),
        ),
        pair("version", Peer::Number(1.0)),
        pair("id", Peer::Null),
    ];
    let info = Peer::Object {
        class_name: None,
        entries: info,
    };
    Peer::Object {
        class_name: Some("RecordSet".to_owned()),
        entries: vec![pair("serverInfo", info)],
    }
}

fn millis(millis: f64) -> Duration {
    Duration::from_millis(millis as u64)
}

/// All contenders read the rows from our bytes.
pub fn check_reading(rows: &[Row], amf3: &[u8], amf0: &[u8]) {
    let wanted: Vec<Vec<String>> = rows.iter().map(Row::flat).collect();
    assert!(flat_ours(amf3, false) == wanted);
    assert!(flat_ours(amf0, true) == wanted);
    assert!(flat_amf3(&amf::Amf3Value::read_from(amf3).expect("a value")) == wanted);
    assert!(flat_amf0(&amf::Amf0Value::read_from(amf0).expect("a value")) == wanted);
    let (_, value) = flash_lso::amf3::read::AMF3Decoder::default()
        .parse_single_element(amf3)
        .expect("a value");
    assert!(flat_lso(&value) == wanted);
    let (_, value) = flash_lso::amf0::read::AMF0Decoder::default()
        .parse_single_element(amf0)
        .expect("a value");
    assert!(flat_lso(lso_member(lso_member(&value, "serverInfo"), "initialData")) == wanted);
}

/// What crate `amf` writes are the same rows.
pub fn check_writing(rows: &[Row], amf3: &amf::Amf3Value, amf0: &amf::Amf0Value) {
    let wanted: Vec<Vec<String>> = rows.iter().map(Row::flat).collect();
    let mut out = Vec::new();
    write_with_amf(amf3, &mut out);
    assert!(flat_ours(&out, false) == wanted);
    out.clear();
    write_amf0_with_amf(amf0, &mut out);
    assert!(flat_ours(&out, true) == wanted);
    assert!(out == ours_amf0(rows));
}

fn flat_ours(bytes: &[u8], amf0: bool) -> Vec<Vec<String>> {
    let (mut graph, mut budget) = (Graph::new(), Budget::new(&LIMITS));
    let value = if amf0 {
        let value = amf0::Reader::new(bytes, 0, &mut budget)
            .read(&mut graph)
            .expect("a value");
        let info = graph.member(&value, "serverInfo").expect("a record set");
        graph.member(info, "initialData").expect("rows").clone()
    } else {
        amf3::Reader::new(bytes, 0, &mut budget)
            .read(&mut graph)
            .expect("a value")
    };
    let cell = |value: &Value<'_>| match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(text) => text.to_string(),
        Value::Node(id) => match graph.node(*id) {
            Node::Date(millis) => millis.to_string(),
            node => panic!("{node:?}"),
        },
        Value::Undefined => panic!("undefined"),
    };
    let row = |value: &Value<'_>| match value {
        Value::Node(id) => match graph.node(*id) {
            Node::Object(object) => object
                .values
                .iter()
                .chain(object.dynamic.iter().map(|(_, value)| value))
                .map(cell)
                .collect(),
            Node::Array(array) => array.dense.iter().map(cell).collect(),
            node => panic!("{node:?}"),
        },
        value => panic!("{value:?}"),
    };
    graph.list(&value).expect("rows").iter().map(row).collect()
}

fn flat_amf3(value: &amf::Amf3Value) -> Vec<Vec<String>> {
    use amf::Amf3Value as Peer;
    let cell = |value: &Peer| match value {
        Peer::Null => "null".to_owned(),
        Peer::Boolean(value) => value.to_string(),
        Peer::Integer(value) => value.to_string(),
        Peer::Double(value) => value.to_string(),
        Peer::String(text) => text.clone(),
        Peer::Date { unix_time } => unix_time.as_millis().to_string(),
        value => panic!("{value:?}"),
    };
    let Peer::Array { dense_entries, .. } = value else {
        panic!("no list")
    };
    let rows = dense_entries.iter().map(|row| match row {
        Peer::Object { entries, .. } => entries.iter().map(|pair| cell(&pair.value)).collect(),
        value => panic!("{value:?}"),
    });
    rows.collect()
}

fn flat_amf0(value: &amf::Amf0Value) -> Vec<Vec<String>> {
    use amf::Amf0Value as Peer;
    let cell = |value: &Peer| match value {
        Peer::Null => "null".to_owned(),
        Peer::Boolean(value) => value.to_string(),
        Peer::Number(value) => value.to_string(),
        Peer::String(text) => text.clone(),
        Peer::Date { unix_time, .. } => unix_time.as_millis().to_string(),
        value => panic!("{value:?}"),
    };
    let member = |value: &'_ Peer, name: &str| -> Peer {
        let Peer::Object { entries, .. } = value else {
            panic!("no object")
        };
        entries
            .iter()
            .find(|pair| pair.key == name)
            .expect("a member")
            .value
            .clone()
    };
    let Peer::Array { entries } = member(&member(value, "serverInfo"), "initialData") else {
        panic!("no list")
    };
    let rows = entries.iter().map(|row| match row {
        Peer::Array { entries } => entries.iter().map(cell).collect(),
        value => panic!("{value:?}"),
    });
    rows.collect()
}

fn lso_member<'v>(value: &'v Lso, name: &str) -> &'v Lso {
    let Lso::Object { data, .. } = value else {
        panic!("no object")
    };
    &data
        .elements
        .iter()
        .find(|element| element.name == name)
        .expect("a member")
        .value
}

fn flat_lso(value: &Lso) -> Vec<Vec<String>> {
    let cell = |value: &Lso| match value {
        Lso::Null => "null".to_owned(),
        Lso::Bool(value) => value.to_string(),
        Lso::Integer(value) => value.to_string(),
        Lso::Number(value) => value.to_string(),
        Lso::String(text) => text.clone(),
        Lso::Date { time, .. } => time.to_string(),
        value => panic!("{value:?}"),
    };
    let Lso::StrictArray { values, .. } = value else {
        panic!("no list")
    };
    let rows = values.iter().map(|row| match row {
        Lso::Object { data, .. } => data
            .elements
            .iter()
            .map(|element| cell(&element.value))
            .collect(),
        Lso::StrictArray { values, .. } => values.iter().map(cell).collect(),
        value => panic!("{value:?}"),
    });
    rows.collect()
}
