//! Plain objects are written by a short way, all others by the general one: both say the same.

use std::path::PathBuf;
use std::sync::Arc;

use footbridge_mapping::data::{Data, Record};
use footbridge_soap::write::{Arguments, Nulls, Settings, write};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::harness::{Service, folder};

fn wsdl() -> PathBuf {
    folder("constructs").join("wrapped.wsdl")
}

fn object(members: Vec<(&str, Data)>) -> Data {
    Data::Object(Arc::new(Record {
        alias: None,
        members: members
            .into_iter()
            .map(|(name, data)| (name.into(), data))
            .collect(),
    }))
}

/// The same with a member in each object that has no place and is null: nothing is written of it, and no short way
/// takes it.
fn long_way(data: &Data) -> Data {
    match data {
        Data::Object(record) => {
            let mut members: Vec<(&str, Data)> = record
                .members
                .iter()
                .map(|(name, data)| (&**name, long_way(data)))
                .collect();
            members.push(("$none", Data::Null));
            object(members)
        }
        Data::List(items) => Data::List(items.iter().map(long_way).collect()),
        _ => data.clone(),
    }
}

fn sent(service: &Service, body: &Data, nulls: Nulls) -> Result<String, String> {
    let port = service.model.port(None, None).expect("a port");
    let operation = port.operation("placeOrder")[0];
    let arguments = Arguments {
        body,
        headers: &Data::Null,
        blocks: &[],
        raw: None,
    };
    let settings = Settings {
        zone: &TimeZone::UTC,
        aliases: &service.aliases,
        nulls,
        mtom: None,
    };
    write(&service.model, port, operation, &arguments, &settings)
        .map(|request| String::from_utf8(request.body).expect("it is text"))
        .map_err(|error| error.to_string())
}

fn scalar() -> impl Strategy<Value = Data> {
    prop_oneof![
        "[ -~é\u{fffe}\t\r\n]{0,8}".prop_map(Data::text),
        any::<i64>().prop_map(Data::Int),
        any::<i32>().prop_map(|number| Data::Int(number.into())),
        any::<f64>().prop_map(Data::Number),
        any::<bool>().prop_map(Data::Bool),
        (-1e13..1e13).prop_map(Data::Date),
        (0..99_999).prop_map(|cents| Data::Decimal(format!("{cents}.50").into())),
        Just(Data::Null),
        Just(Data::Omit),
        Just(Data::List(Arc::from([]))),
    ]
}

/// Mostly what the schema asks for, else anything.
fn mostly(good: impl Strategy<Value = Data> + 'static) -> impl Strategy<Value = Data> {
    prop_oneof![12 => good.boxed(), 1 => scalar().boxed()]
}

/// Objects with most of these members, in most orders.
fn shuffled(members: Vec<(&'static str, BoxedStrategy<Data>)>) -> impl Strategy<Value = Data> {
    let names: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    let values: Vec<_> = members.into_iter().map(|(_, value)| value).collect();
    let count = names.len();
    let order = prop_oneof![
        Just((0..count).collect::<Vec<_>>()).boxed(),
        Just((0..count).collect::<Vec<_>>()).prop_shuffle().boxed(),
        prop::sample::subsequence((0..count).collect::<Vec<_>>(), 0..=count).boxed(),
    ];
    (order, values, any::<bool>()).prop_map(move |(order, values, spelled)| {
        let spelt = |name: &'static str| match (spelled, name) {
            (true, "note") => "NO_TE",
            _ => name,
        };
        object(
            order
                .into_iter()
                .map(|at| (spelt(names[at]), values[at].clone()))
                .collect(),
        )
    })
}

fn body() -> impl Strategy<Value = Data> {
    let line = shuffled(vec![
        ("sku", mostly("[a-z<&]{0,6}".prop_map(Data::text)).boxed()),
        ("qty", mostly((0_i64..9).prop_map(Data::Int)).boxed()),
        ("price", mostly(Just(Data::Decimal("9.50".into()))).boxed()),
    ]);
    let lines =
        prop::collection::vec(mostly(line), 0..4).prop_map(|lines| Data::List(lines.into()));
    let order = shuffled(vec![
        ("customer", mostly(Just(Data::text("c"))).boxed()),
        ("lines", mostly(lines).boxed()),
        ("note", scalar().boxed()),
        ("due", mostly(Just(Data::Null)).boxed()),
    ]);
    shuffled(vec![
        ("order", mostly(order).boxed()),
        (
            "express",
            mostly(any::<bool>().prop_map(Data::Bool)).boxed(),
        ),
    ])
}

#[test]
fn both_ways_write_the_same_or_refuse_with_the_same_words() {
    let service = Service::load(&wsdl());
    let written = std::cell::Cell::new(0);
    proptest!(ProptestConfig::with_cases(1_000), |(body in body(), absent in any::<bool>())| {
        let nulls = if absent { Nulls::Absent } else { Nulls::Nil };
        let short = sent(&service, &body, nulls);
        prop_assert_eq!(&short, &sent(&service, &long_way(&body), nulls));
        written.set(written.get() + usize::from(short.is_ok()));
    });
    let written = written.get();
    assert!(written > 50, "only {written} of the cases could be written");
}

#[test]
fn a_second_namespace_has_its_own_prefix_in_plain_rows() {
    let text = "<definitions xmlns='http://schemas.xmlsoap.org/wsdl/' xmlns:s='http://schemas.xmlsoap.org/wsdl/soap/' xmlns:x='http://www.w3.org/2001/XMLSchema' xmlns:t='urn:t' xmlns:o='urn:o' targetNamespace='urn:t'><types><x:schema targetNamespace='urn:o' elementFormDefault='qualified'><x:complexType name='B'><x:sequence><x:element name='c' type='x:int'/><x:element name='d' type='x:string' nillable='true'/></x:sequence></x:complexType></x:schema><x:schema targetNamespace='urn:t'><x:element name='placeOrder'><x:complexType><x:sequence><x:element name='b' type='o:B'/></x:sequence></x:complexType></x:element></x:schema></types><message name='m'><part name='p' element='t:placeOrder'/></message><portType name='p'><operation name='placeOrder'><input message='t:m'/></operation></portType><binding name='b' type='t:p'><s:binding/><operation name='placeOrder'><s:operation soapAction=''/><input><s:body use='literal'/></input></operation></binding><service name='s'><port name='p' binding='t:b'/></service></definitions>";
    let model = footbridge_soap::load::load(
        "x",
        &mut |_: &str| Ok(text.into()),
        &footbridge_soap::load::Options::default(),
    )
    .expect("it loads");
    let service = Service::with(model, "samples");
    let body = object(vec![(
        "b",
        object(vec![("c", Data::Int(-7)), ("d", Data::Null)]),
    )]);
    let sent = sent(&service, &body, Nulls::Nil).expect("it is valid");
    assert!(
        sent.contains(
            "<ns0:placeOrder><b><ns1:c>-7</ns1:c><ns1:d xsi:nil=\"true\"/></b></ns0:placeOrder>"
        ),
        "{sent}"
    );
    assert!(
        sent.contains("xmlns:ns0=\"urn:t\" xmlns:ns1=\"urn:o\""),
        "{sent}"
    );
}
