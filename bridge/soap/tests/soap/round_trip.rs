//! What is written and read back is equal: as an answer, literal and encoded, and as a request.

use std::sync::{Arc, LazyLock};

use footbridge_mapping::data::{Data, Record};
use footbridge_soap::read::{self, Limits, Notes, Outcome, Reply};
use footbridge_soap::write::{Arguments, Nulls, Settings, write, write_reply};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::harness::{Service, folder};

fn object(alias: Option<&str>, members: Vec<(&str, Data)>) -> Data {
    Data::Object(Arc::new(Record {
        alias: alias.map(Into::into),
        members: members
            .into_iter()
            .map(|(name, data)| (name.into(), data))
            .collect(),
    }))
}

fn text() -> impl Strategy<Value = Data> {
    "[ -~\u{a0}-\u{2fff}\n\t\r]{0,12}".prop_map(Data::text)
}

fn receipt() -> impl Strategy<Value = Data> {
    let date = (0..4_000_000_000_000_i64).prop_map(|millis| Data::Date(millis as f64));
    let paid = prop_oneof![Just(Data::Null), any::<bool>().prop_map(Data::Bool)];
    let total = (any::<i32>(), 0..100_u8)
        .prop_map(|(whole, part)| Data::Decimal(format!("{whole}.{part:02}").into()));
    (any::<i64>(), total, date, paid).prop_map(|(id, total, placed, paid)| {
        object(
            Some("samples.Receipt"),
            vec![
                ("id", Data::Int(id)),
                ("total", total),
                ("placed", placed),
                ("paid", paid),
            ],
        )
    })
}

fn node() -> impl Strategy<Value = Data> {
    let end = text().prop_map(|name| {
        object(
            Some("samples.Node"),
            vec![("name", name), ("next", Data::Null)],
        )
    });
    end.prop_recursive(6, 12, 1, |inner| {
        (text(), inner).prop_map(|(name, next)| {
            object(Some("samples.Node"), vec![("name", name), ("next", next)])
        })
    })
}

fn service(name: &'static str) -> Service {
    Service::load(&folder("constructs").join(name))
}

fn answered(service: &Service, operation: &str, body: &Data) -> Data {
    let port = service.model.port(None, None).expect("a port");
    let operation = port.operation(operation)[0];
    let settings = settings(service);
    let written = write_reply(&service.model, port, operation, &arguments(body), &settings)
        .expect("it is valid");
    let reply = Reply {
        status: 200,
        content_type: Some(&written.content_type),
        body: &written.body,
    };
    let mut notes = Notes::default();
    let read = read::read_data(
        &reply,
        &service.shapes,
        operation,
        &Limits::default(),
        &mut notes,
    );
    assert!(notes.is_empty(), "{notes}");
    match read.expect("it can be read") {
        Outcome::Value(answer) => answer.body,
        Outcome::Fault(fault) => panic!("{fault:?}"),
    }
}

fn settings(service: &Service) -> Settings<'_> {
    static UTC: TimeZone = TimeZone::UTC;
    Settings {
        zone: &UTC,
        aliases: &service.aliases,
        nulls: Nulls::Nil,
        mtom: None,
    }
}

fn arguments(body: &Data) -> Arguments<'_> {
    Arguments {
        body,
        headers: &Data::Null,
        blocks: &[],
        raw: None,
    }
}

static WRAPPED: LazyLock<Service> = LazyLock::new(|| service("wrapped.wsdl"));
static ENCODED: LazyLock<Service> = LazyLock::new(|| service("rpc_encoded.wsdl"));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn literal_answers(receipts in prop::collection::vec(receipt(), 0..4)) {
        let body = object(None, vec![("return", Data::List(receipts.into()))]);
        prop_assert_eq!(answered(&WRAPPED, "listOrders", &body), body);
    }

    #[test]
    fn encoded_answers(nodes in prop::collection::vec(node(), 0..4)) {
        let body = object(None, vec![("return", Data::List(nodes.into()))]);
        prop_assert_eq!(answered(&ENCODED, "echo", &body), body);
    }

    #[test]
    fn requests(sku in text(), qty in any::<i32>(), note in text()) {
        let line = object(Some("samples.Line"), vec![("sku", sku), ("qty", Data::Int(i64::from(qty))), ("price", Data::Decimal("1.50".into()))]);
        let order = object(Some("samples.Order"), vec![
            ("customer", Data::text("c")), ("lines", Data::List(vec![line].into())), ("note", note), ("due", Data::Null),
        ]);
        let body = object(None, vec![("order", order), ("express", Data::Bool(true))]);
        let service = &*WRAPPED;
        let port = service.model.port(None, None).expect("a port");
        let written = write(&service.model, port, port.operation("placeOrder")[0], &arguments(&body), &settings(service)).expect("it is valid");
        let request = Reply { status: 200, content_type: Some(&written.content_type), body: &written.body };
        let mut notes = Notes::default();
        let (operation, answer) = read::read_request(&request, &service.shapes, port, &Limits::default(), &mut notes).expect("it can be read");
        prop_assert_eq!(&*operation.name, "placeOrder");
        prop_assert_eq!(answer.body, body);
    }
}

#[test]
fn large_bytes_travel_beside_the_envelope() {
    let service = service("binary.wsdl");
    let port = service.model.port(None, None).expect("a port");
    let operation = port.operation("put")[0];
    let bytes: Vec<u8> = (0..=255).cycle().take(5_000).collect();
    let body = object(None, vec![("data", Data::Bytes(bytes.into()))]);
    let settings = Settings {
        mtom: Some(footbridge_soap::write::Mtom {
            threshold: 1_000,
            boundary: "b0undary",
        }),
        ..settings(&service)
    };
    let written = write_reply(
        &service.model,
        port,
        operation,
        &arguments(&body),
        &settings,
    )
    .expect("it is valid");
    assert!(
        written.content_type.starts_with("multipart/related"),
        "{}",
        written.content_type
    );
    assert!(written.body.len() < 6_000);
    let reply = Reply {
        status: 200,
        content_type: Some(&written.content_type),
        body: &written.body,
    };
    let read = read::read_data(
        &reply,
        &service.shapes,
        operation,
        &Limits::default(),
        &mut Notes::default(),
    );
    match read.expect("it can be read") {
        Outcome::Value(answer) => assert_eq!(answer.body, body),
        Outcome::Fault(fault) => panic!("{fault:?}"),
    }
}
