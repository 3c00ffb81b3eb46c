//! What a list costs: JSON to AMF3 under a plan, beside the limit: `serde_json` reading the same bytes into structs.
//!
//! Each pair runs in turns, and user time is what the process has used (`getrusage`), so that what else runs on the
//! machine is shared by both. `cargo bench -p footbridge-rest --bench lists` prints a table; with `-- ours 10000` or
//! `-- structs 10000` it only runs one side a hundred times, for a counter of instructions.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use footbridge_amf::amf3;
use footbridge_mapping::model::{TypeBody, TypeScope};
use footbridge_mapping::slot;
use footbridge_remoting::{Encoding, ListShape, Style};
use footbridge_rest::reply::{Answers, Reply, read_into};
use jiff::tz::TimeZone;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::Deserialize;

/// A row as people have it.
#[derive(Deserialize)]
#[expect(dead_code, reason = "they are read, which is what is measured")]
struct Order {
    id: i64,
    customer: String,
    status: String,
    placed: String,
    total: f64,
    paid: bool,
    address: Address,
    lines: Vec<Line>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "they are read, which is what is measured")]
struct Address {
    street: String,
    city: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "they are read, which is what is measured")]
struct Line {
    sku: String,
    qty: i32,
}

/// A flat row.
#[derive(Deserialize)]
#[expect(dead_code, reason = "they are read, which is what is measured")]
struct Product {
    id: i64,
    name: String,
    price: f64,
    stock: i32,
    category: String,
    active: bool,
}

fn orders(rows: usize) -> String {
    let items: Vec<String> = (0..rows)
        .map(|row| {
            format!(
                r#"{{"id":{row},"customer":"customer {row}","status":"open","placed":"2026-11-20T09:30:00Z","total":{row}.5,"paid":true,"address":{{"street":"Long Street {row}","city":"Ulm"}},"lines":[{{"sku":"A-{row}","qty":2}},{{"sku":"B-{row}","qty":1}}]}}"#
            )
        })
        .collect();
    format!("[{}]", items.join(","))
}

fn products(rows: usize) -> String {
    let items: Vec<String> = (0..rows)
        .map(|row| {
            format!(
                r#"{{"id":{row},"name":"product {row}","price":{row}.25,"stock":{},"category":"toys","active":true}}"#,
                row % 100
            )
        })
        .collect();
    format!("[{}]", items.join(","))
}

fn answers(returns: &str, types: &[(&str, &[(&str, &str)])]) -> Answers {
    let mut scope = TypeScope {
        package: Some("samples".into()),
        ..TypeScope::default()
    };
    for (name, fields) in types {
        let mut body = TypeBody::default();
        for (field, text) in *fields {
            let slot = slot::parse(text).expect("a slot");
            body.fields.insert((*field).into(), slot);
        }
        scope.types.insert((*name).into(), Arc::new(body));
    }
    let returns = slot::parse(returns).expect("a slot");
    Answers::compile(None, Some(&returns), &Arc::new(scope), &TimeZone::UTC)
}

fn ours(answers: &Answers, text: &str) -> usize {
    let style = Style {
        encoding: Encoding::Amf3,
        rows: ListShape::ArrayCollection,
        lists: ListShape::ArrayCollection,
        externals: true,
    };
    let reply = Reply {
        status: 200,
        content_type: Some("application/json"),
        body: text.as_bytes(),
    };
    let mut writer = amf3::Writer::new(Vec::new(), 1 << 30);
    read_into(&reply, answers, &style, "s", &mut writer).expect("it fits");
    writer.finish().expect("one value").len()
}

fn used() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("it is known");
    let micros = usage.user_time().num_microseconds();
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

/// User time of each side, for one reading.
fn compare(rounds: usize, ours: impl Fn(), structs: impl Fn()) -> (Duration, Duration) {
    let (mut first, mut second) = (Duration::ZERO, Duration::ZERO);
    // Once each before it counts.
    ours();
    structs();
    for _ in 0..10 {
        let begin = used();
        (0..rounds).for_each(|_| ours());
        let middle = used();
        (0..rounds).for_each(|_| structs());
        first += middle - begin;
        second += used() - middle;
    }
    let runs = u32::try_from(rounds * 10).expect("few");
    (first / runs, second / runs)
}

fn main() {
    let flat = answers(
        "Product[]",
        &[(
            "Product",
            &[
                ("id", "int"),
                ("name", "string"),
                ("price", "number"),
                ("stock", "int"),
                ("category", "string"),
                ("active", "bool"),
            ],
        )],
    );
    let nested = answers(
        "Order[]",
        &[
            (
                "Order",
                &[
                    ("id", "int"),
                    ("customer", "string"),
                    ("status", "string"),
                    ("placed", "date"),
                    ("total", "number"),
                    ("paid", "bool"),
                    ("address", "Address"),
                    ("lines", "Line[]"),
                ],
            ),
            ("Address", &[("street", "string"), ("city", "string")]),
            ("Line", &[("sku", "string"), ("qty", "int")]),
        ],
    );
    let send = |answers: &Answers, text: &str| {
        black_box(ours(answers, text));
    };
    let read_flat = |text: &str| {
        let rows: Vec<Product> = serde_json::from_str(text).expect("it is JSON");
        black_box(rows.len());
    };
    let read_nested = |text: &str| {
        let rows: Vec<Order> = serde_json::from_str(text).expect("it is JSON");
        black_box(rows.len());
    };
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    if let [side, rows] = arguments.as_slice() {
        let text = products(rows.parse().expect("a number"));
        for _ in 0..100 {
            match side.as_str() {
                "ours" => send(&flat, &text),
                _ => read_flat(&text),
            }
        }
        return;
    }
    println!("| rows | what | to AMF3 | serde_json structs | ratio |");
    println!("| ---: | --- | ---: | ---: | ---: |");
    for rows in [1_000, 10_000] {
        let rounds = 40_000 / rows;
        let text = products(rows);
        let (own, theirs) = compare(rounds, || send(&flat, &text), || read_flat(&text));
        print(rows, "flat", own, theirs);
        let text = orders(rows);
        let (own, theirs) = compare(rounds, || send(&nested, &text), || read_nested(&text));
        print(rows, "nested", own, theirs);
    }
}

fn print(rows: usize, what: &str, own: Duration, theirs: Duration) {
    let ratio = own.as_secs_f64() / theirs.as_secs_f64();
    println!("| {rows} | {what} | {own:?} | {theirs:?} | {ratio:.2} |");
}
