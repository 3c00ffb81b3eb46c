//! Rows of ten mixed columns, read and written: `cargo bench -p footbridge-amf`. The comparison with other crates is the program in `bench/`.

use std::sync::Arc;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use footbridge_amf::{Budget, Class, Graph, Limits, Sink, WriteError, amf0, amf3, canonical};

fn main() {
    divan::main();
}

const ROWS: [i32; 2] = [1_000, 10_000];
const LIMITS: Limits = Limits {
    depth: 64,
    values: 10_000_000,
    bytes: 1 << 30,
    references: 10_000_000,
};
const LIMIT: usize = 1 << 30;

fn class() -> Arc<Class> {
    let names = [
        "id", "name", "category", "code", "price", "weight", "stock", "active", "added", "note",
    ];
    Arc::new(Class {
        alias: "samples.Product".to_owned(),
        sealed: names.map(str::to_owned).to_vec(),
        dynamic: false,
    })
}

/// Text made beforehand, so that only the writing is measured.
fn texts(count: i32) -> Vec<[String; 3]> {
    (0..count)
        .map(|id| {
            [
                format!("Product {id}"),
                format!("P-{id:06}"),
                format!("note {id}"),
            ]
        })
        .collect()
}

fn write(sink: &mut impl Sink, texts: &[[String; 3]]) -> Result<(), WriteError> {
    let class = class();
    sink.begin_external("flex.messaging.io.ArrayCollection")?;
    sink.begin_array()?;
    for (id, [name, code, note]) in (0..).zip(texts) {
        sink.begin_object(&class)?;
        sink.int(id)?;
        sink.string(name)?;
        sink.string(["tools", "garden"][usize::from(id % 2 == 0)])?;
        sink.string(code)?;
        sink.number(f64::from(id) * 1.25 + 0.99)?;
        sink.number(f64::from(id) / 8.0)?;
        sink.int(id % 5_000)?;
        sink.bool(id % 3 == 0)?;
        sink.date(1.7e12 + f64::from(id))?;
        if id % 4 == 0 {
            sink.string(note)?;
        } else {
            sink.null()?;
        }
        sink.end()?;
    }
    sink.end()?;
    sink.end()
}

fn bytes_amf3(texts: &[[String; 3]]) -> Vec<u8> {
    let mut writer = amf3::Writer::new(Vec::new(), LIMIT);
    write(&mut writer, texts).expect("in order");
    writer.finish().expect("complete")
}

fn bytes_amf0(texts: &[[String; 3]]) -> Vec<u8> {
    let mut writer = amf0::Writer::new(Vec::new(), LIMIT);
    write(&mut writer, texts).expect("in order");
    writer.finish().expect("complete")
}

fn counted<'a, 'b>(bencher: Bencher<'a, 'b>, rows: i32, bytes: &[u8]) -> Bencher<'a, 'b> {
    bencher
        .counter(ItemsCount::new(rows.unsigned_abs()))
        .counter(BytesCount::of_slice(bytes))
}

#[divan::bench(args = ROWS)]
fn write_amf3(bencher: Bencher<'_, '_>, rows: i32) {
    let texts = texts(rows);
    counted(bencher, rows, &bytes_amf3(&texts)).bench_local(|| bytes_amf3(black_box(&texts)));
}

#[divan::bench(args = ROWS)]
fn write_amf0(bencher: Bencher<'_, '_>, rows: i32) {
    let texts = texts(rows);
    counted(bencher, rows, &bytes_amf0(&texts)).bench_local(|| bytes_amf0(black_box(&texts)));
}

#[divan::bench(args = ROWS)]
fn read_amf3(bencher: Bencher<'_, '_>, rows: i32) {
    let bytes = bytes_amf3(&texts(rows));
    counted(bencher, rows, &bytes).bench_local(|| {
        let (mut graph, mut budget) = (Graph::new(), Budget::new(&LIMITS));
        let value = amf3::Reader::new(black_box(&bytes), 0, &mut budget).read(&mut graph);
        (value.expect("a value"), graph)
    });
}

#[divan::bench(args = ROWS)]
fn read_amf0(bencher: Bencher<'_, '_>, rows: i32) {
    let bytes = bytes_amf0(&texts(rows));
    counted(bencher, rows, &bytes).bench_local(|| {
        let (mut graph, mut budget) = (Graph::new(), Budget::new(&LIMITS));
        let value = amf0::Reader::new(black_box(&bytes), 0, &mut budget).read(&mut graph);
        (value.expect("a value"), graph)
    });
}

#[divan::bench(args = ROWS)]
fn canonical_json(bencher: Bencher<'_, '_>, rows: i32) {
    let bytes = bytes_amf3(&texts(rows));
    let (mut graph, mut budget) = (Graph::new(), Budget::new(&LIMITS));
    let value = amf3::Reader::new(&bytes, 0, &mut budget)
        .read(&mut graph)
        .expect("a value");
    counted(bencher, rows, &bytes).bench_local(|| {
        canonical::to_text(&graph, &value, canonical::Encoding::Amf3).expect("JSON")
    });
}
