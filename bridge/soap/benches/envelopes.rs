//! What a call costs: a request written, replies read into AMF3, beside the limit: bare events of the same bytes.

use std::sync::{Arc, LazyLock};

use divan::{Bencher, black_box};
use footbridge_amf::amf3;
use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::model::TypeScope;
use footbridge_remoting::{Encoding, ListShape, Style};
use footbridge_soap::load::{Options, load};
use footbridge_soap::model::Model;
use footbridge_soap::read::{Limits, Notes, Reply, Shapes, read_data, read_into};
use footbridge_soap::write::{Aliases, Arguments, Nulls, Settings, write};
use jiff::tz::TimeZone;
use quick_xml::events::Event;
use quick_xml::reader::Reader;

fn main() {
    divan::main();
}

struct Service {
    model: Arc<Model>,
    shapes: Shapes,
    aliases: Aliases,
}

static SERVICE: LazyLock<Service> = LazyLock::new(|| {
    let wsdl = include_str!("../tests/constructs/wrapped.wsdl");
    let model = load("x", &mut |_: &str| Ok(wsdl.into()), &Options::default()).expect("it loads");
    let model = Arc::new(model);
    let scope = TypeScope {
        package: Some("samples".into()),
        ..TypeScope::default()
    };
    Service {
        shapes: Shapes::compile(&model, &scope, &TimeZone::UTC),
        aliases: Aliases::of(&model, &scope),
        model,
    }
});

fn reply(rows: usize) -> String {
    let mut text = "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><listOrdersResponse xmlns=\"urn:constructs:wrapped\">".to_owned();
    for row in 0..rows {
        text.push_str(&format!("<return><id>{row}</id><total>{row}.50</total><placed>2026-11-20T09:30:00Z</placed><paid>true</paid></return>"));
    }
    text.push_str("</listOrdersResponse></e:Body></e:Envelope>");
    text
}

const ROWS: [usize; 3] = [1, 1_000, 100_000];

#[divan::bench(args = ROWS)]
fn events_alone(bencher: Bencher<'_, '_>, rows: usize) {
    let text = reply(rows);
    bencher.bench(|| {
        let mut reader = Reader::from_str(&text);
        let mut count = 0_usize;
        loop {
            match reader.read_event().expect("it is well-formed") {
                Event::Eof => return count,
                event => {
                    black_box(&event);
                    count += 1;
                }
            }
        }
    });
}

#[divan::bench(args = ROWS)]
fn reply_to_amf3(bencher: Bencher<'_, '_>, rows: usize) {
    let text = reply(rows);
    let port = SERVICE.model.port(None, None).expect("a port");
    let operation = port.operation("listOrders")[0];
    let style = Style {
        encoding: Encoding::Amf3,
        rows: ListShape::ArrayCollection,
        lists: ListShape::ArrayCollection,
        externals: true,
    };
    bencher.bench(|| {
        let reply = Reply {
            status: 200,
            content_type: None,
            body: text.as_bytes(),
        };
        let mut writer = amf3::Writer::new(Vec::new(), 1 << 30);
        let mut notes = Notes::default();
        read_into(
            &reply,
            &SERVICE.shapes,
            operation,
            &style,
            "s",
            &Limits::default(),
            &mut writer,
            &mut notes,
        )
        .expect("it can be read");
        writer.finish().expect("one value")
    });
}

#[divan::bench(args = ROWS)]
fn reply_to_data(bencher: Bencher<'_, '_>, rows: usize) {
    let text = reply(rows);
    let port = SERVICE.model.port(None, None).expect("a port");
    let operation = port.operation("listOrders")[0];
    bencher.bench(|| {
        let reply = Reply {
            status: 200,
            content_type: None,
            body: text.as_bytes(),
        };
        read_data(
            &reply,
            &SERVICE.shapes,
            operation,
            &Limits::default(),
            &mut Notes::default(),
        )
        .expect("it can be read")
    });
}

#[divan::bench]
fn request(bencher: Bencher<'_, '_>) {
    let object = |members: Vec<(&str, Data)>| {
        Data::Object(Arc::new(Record {
            alias: None,
            members: members
                .into_iter()
                .map(|(name, data)| (name.into(), data))
                .collect(),
        }))
    };
    let line = object(vec![
        ("sku", Data::text("a")),
        ("qty", Data::Int(1)),
        ("price", Data::Decimal("9.50".into())),
    ]);
    let order = object(vec![
        ("customer", Data::text("c")),
        ("lines", Data::List(vec![line; 3].into())),
        ("due", Data::Null),
    ]);
    let body = object(vec![("order", order)]);
    let port = SERVICE.model.port(None, None).expect("a port");
    let operation = port.operation("placeOrder")[0];
    let settings = Settings {
        zone: &TimeZone::UTC,
        aliases: &SERVICE.aliases,
        nulls: Nulls::Nil,
        mtom: None,
    };
    bencher.bench(|| {
        let arguments = Arguments {
            body: &body,
            headers: &Data::Null,
            blocks: &[],
            raw: None,
        };
        write(&SERVICE.model, port, operation, &arguments, &settings).expect("it is valid")
    });
}
