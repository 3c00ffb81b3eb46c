//! Any bytes as an answer, under a selection with everything in it: written or refused, never a panic.
#![no_main]

use std::sync::{Arc, LazyLock};

use footbridge_amf::GraphBuilder;
use footbridge_mapping::model::{TypeBody, TypeScope};
use footbridge_mapping::slot;
use footbridge_remoting::{Encoding, ListShape, Style};
use footbridge_rest::reply::{Answers, Reply, read_body, read_data, read_into};
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

static ANSWERS: LazyLock<Vec<Answers>> = LazyLock::new(|| {
    let fields = [
        ("id", "int"),
        ("name", "string? from a.b"),
        ("first", "date? from list[0].x"),
        ("price", "decimal = 1"),
        ("level", "number? null NaN"),
        ("state", "open|paid = open"),
        ("below", "Tree[]?"),
        ("left", "string = omit"),
        ("*", "any"),
    ];
    let mut body = TypeBody::default();
    for (name, text) in fields {
        body.fields.insert(name.into(), slot::parse(text).unwrap());
    }
    let mut scope = TypeScope { package: Some("s".into()), ..TypeScope::default() };
    scope.types.insert("Tree".into(), Arc::new(body));
    let scope = Arc::new(scope);
    ["Tree", "Tree[] from a.b", "any", "bytes", "string?", "int[]"]
        .iter()
        .map(|text| Answers::compile(None, Some(&slot::parse(text).unwrap()), &scope, &TimeZone::UTC))
        .collect()
});

fuzz_target!(|input: (u8, &[u8])| {
    let (which, body) = input;
    let types = ["application/json", "text/xml", "text/html", "text/plain; charset=utf-16", "image/png"];
    let reply = Reply {
        status: 200,
        content_type: types.get(usize::from(which) % 6).copied(),
        body,
    };
    let rows = if which & 64 == 0 { ListShape::ArrayCollection } else { ListShape::RecordSet };
    let style = Style { encoding: Encoding::Amf3, rows, lists: ListShape::Array, externals: true };
    for answers in ANSWERS.iter() {
        let mut sink = GraphBuilder::new();
        if read_into(&reply, answers, &style, "s", &mut sink).is_ok() {
            sink.finish().expect("a whole value was written");
        }
        let _ = read_data(&reply, answers);
        let _ = read_body(&reply, answers);
    }
});
