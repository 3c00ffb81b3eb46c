//! What goes out, by the type that is declared for it.

use std::sync::Arc;

use footbridge_amf::{GraphBuilder, Node, Value};
use footbridge_mapping::data::{AmfValue, Collector, Data, Record};
use footbridge_mapping::model::{Rest, TypeBody, TypeScope};
use footbridge_mapping::reply;
use footbridge_mapping::rows::Preset;
use footbridge_mapping::slot;
use footbridge_remoting::{Encoding, ListShape, Style};
use jiff::tz::TimeZone;

fn style(rows: ListShape, lists: ListShape) -> Style {
    Style {
        encoding: Encoding::Amf3,
        rows,
        lists,
        externals: true,
    }
}

fn plain() -> Style {
    style(ListShape::Array, ListShape::Array)
}

fn body(fields: &[(&str, &str)], rest: Rest) -> Arc<TypeBody> {
    Arc::new(TypeBody {
        fields: fields
            .iter()
            .map(|(name, text)| {
                let slot = slot::parse(text).unwrap_or_else(|found| panic!("{text}: {found:#?}"));
                (Arc::from(*name), slot)
            })
            .collect(),
        rest,
    })
}

fn scope(preset: Preset) -> TypeScope {
    TypeScope {
        package: Some("shop".into()),
        preset,
        types: [
            (
                Arc::from("Product"),
                body(
                    &[
                        ("id", "int? null 0"),
                        ("price", "decimal"),
                        ("stock", "number? from on_stock = NaN"),
                        ("secret", "hide"),
                    ],
                    Rest::Closed,
                ),
            ),
            (
                Arc::from("Note"),
                body(&[("text", "string? = omit")], Rest::Described),
            ),
        ]
        .into(),
        ..TypeScope::default()
    }
}

fn object(members: &[(&str, Data)]) -> Data {
    Data::Object(Arc::new(Record {
        alias: None,
        members: members
            .iter()
            .map(|(name, data)| (Arc::from(*name), data.clone()))
            .collect(),
    }))
}

fn list(items: &[Data]) -> Data {
    Data::List(items.into())
}

fn written(data: &Data, slot: &str, preset: Preset, style: &Style) -> Result<Data, String> {
    let slot = slot::parse(slot).unwrap_or_else(|found| panic!("{slot}: {found:#?}"));
    let mut collector = Collector::new();
    reply::write(
        data,
        Some(&slot),
        &scope(preset),
        &TimeZone::UTC,
        style,
        "shop.Products",
        &mut collector,
    )
    .map_err(|error| error.to_string())?;
    Ok(collector.finish().expect("one value was written"))
}

fn one(data: Data, slot: &str) -> Result<Data, String> {
    written(&data, slot, Preset::BlazeDs, &plain())
}

#[test]
fn scalars_go_out_as_they_are_declared() {
    let decimal = |text: &str| Data::Decimal(text.into());
    for (data, slot, expected) in [
        (decimal("9.90"), "decimal", Data::text("9.90")),
        (decimal("9.90"), "number", Data::Number(9.9)),
        (Data::text("9.90"), "decimal", Data::text("9.90")),
        (Data::Int(7), "string", Data::text("7")),
        (Data::text("7"), "int", Data::Int(7)),
        (
            Data::Int(1 << 53),
            "long",
            Data::Number(9_007_199_254_740_992.0),
        ),
        (
            Data::Int((1 << 53) + 1),
            "long",
            Data::text("9007199254740993"),
        ),
        (Data::Int(1), "bool", Data::Bool(true)),
        (Data::text("1970-01-02"), "date", Data::Date(86_400_000.0)),
        (
            Data::text("1970-01-02"),
            "day in +01:00",
            Data::Date(82_800_000.0),
        ),
        (Data::Date(1.0), "number", Data::Number(1.0)),
        (Data::text("aGk="), "bytes", Data::Bytes((*b"hi").into())),
        (
            Data::text("<a/>"),
            "xml as XMLDocument",
            Data::Xml("<a/>".into()),
        ),
        (Data::text("s"), "secret", Data::Null),
        (Data::Null, "int = 3", Data::Int(3)),
        (Data::Null, "int? null 0", Data::Int(0)),
        (Data::Null, "int?", Data::Null),
        (Data::Int(1), "void", Data::Null),
    ] {
        assert_eq!(one(data.clone(), slot), Ok(expected), "{data:?} as {slot}");
    }
}

#[test]
fn what_does_not_fit_names_its_place() {
    for (data, slot, fault) in [
        (
            Data::Null,
            "int",
            "the reply is null, and its type has no `?`",
        ),
        (
            Data::Int(1 << 40),
            "int",
            "the reply is beyond an int; declare it `long` or `number`",
        ),
        (
            Data::text("x"),
            "int",
            "the reply is a text, and declared int",
        ),
        (
            list(&[object(&[("price", Data::Null)])]),
            "Product[]",
            "`[0].price` is null, and its type has no `?`",
        ),
        (
            Data::Int(1),
            "Product",
            "the reply is a number, and declared Product",
        ),
        (Data::text("c"), "a | b", "the reply is none of a, b"),
    ] {
        assert_eq!(one(data, slot), Err(fault.to_owned()));
    }
}

#[test]
fn fields_have_their_order_their_place_and_their_class() {
    let row = object(&[
        ("on_stock", Data::Int(4)),
        ("price", Data::Decimal("1.50".into())),
        ("secret", Data::text("x")),
        ("more", Data::text("y")),
    ]);
    let Ok(Data::Object(product)) = one(row, "Product") else {
        panic!("a product is an object");
    };
    assert_eq!(product.alias.as_deref(), Some("shop.Product"));
    let members: Vec<_> = product
        .members
        .iter()
        .map(|(name, data)| (name.as_ref(), data.clone()))
        .collect();
    assert_eq!(
        members,
        [
            ("id", Data::Int(0)),
            ("price", Data::text("1.50")),
            ("stock", Data::Number(4.0)),
        ]
    );
}

#[test]
fn an_omitted_field_is_left_out_and_described_ones_stay() {
    let row = object(&[("more", Data::Int(1))]);
    let Ok(Data::Object(note)) = one(row, "Note") else {
        panic!("a note is an object");
    };
    assert_eq!(
        note.members
            .keys()
            .map(AsRef::as_ref)
            .collect::<Vec<&str>>(),
        ["more"]
    );
    let Ok(Data::Object(note)) = one(object(&[("text", Data::text("x"))]), "Note as Object") else {
        panic!("a note is an object");
    };
    assert_eq!(note.alias, None);
    assert_eq!(note.members["text"], Data::text("x"));
}

#[test]
fn uniform_objects_are_rows_and_other_lists_are_lists() {
    let rows = list(&[
        object(&[("a", Data::Int(1)), ("b", Data::Null)]),
        object(&[("a", Data::Int(2)), ("b", Data::text("x"))]),
    ]);
    let classic = style(ListShape::RecordSet, ListShape::Array);
    let Ok(Data::Object(set)) = written(&rows, "any", Preset::BlazeDs, &classic) else {
        panic!("a record set is an object");
    };
    assert_eq!(set.alias.as_deref(), Some("RecordSet"));
    let info = Data::Object(set).member("serverInfo");
    assert_eq!(
        info.member("columnNames"),
        list(&[Data::text("a"), Data::text("b")])
    );
    assert_eq!(info.member("totalCount"), Data::Number(2.0));
    assert_eq!(
        info.member("initialData"),
        list(&[
            list(&[Data::Int(1), Data::Null]),
            list(&[Data::Int(2), Data::text("x")]),
        ])
    );
    let mixed = list(&[Data::Int(1), object(&[("a", Data::Int(1))])]);
    assert!(matches!(
        written(&mixed, "any", Preset::BlazeDs, &classic),
        Ok(Data::List(_))
    ));
    // A typed list knows its columns without any row.
    let Ok(empty) = written(&list(&[]), "Product[]", Preset::BlazeDs, &classic) else {
        panic!("an empty list is right");
    };
    assert_eq!(
        empty.member("serverInfo").member("columnNames"),
        list(&[Data::text("id"), Data::text("price"), Data::text("stock")])
    );
    // One object where a list is declared is a list of one.
    let one = object(&[("price", Data::Int(1))]);
    assert!(matches!(
        written(&one, "Product[] as Array", Preset::BlazeDs, &classic),
        Ok(Data::List(items)) if items.len() == 1
    ));
}

#[test]
fn presets_decide_what_no_slot_declares() {
    let row = object(&[
        ("flag", Data::Bool(true)),
        ("price", Data::Decimal("1.5".into())),
        ("nothing", Data::Null),
        ("count", Data::Int(1)),
    ]);
    let values = |preset| {
        let Ok(Data::Object(record)) = written(&row, "any", preset, &plain()) else {
            panic!("a row is an object");
        };
        record.members.values().cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        values(Preset::BlazeDs),
        [
            Data::Bool(true),
            Data::text("1.5"),
            Data::Null,
            Data::Int(1)
        ]
    );
    assert_eq!(
        values(Preset::DotNet),
        [
            Data::Bool(true),
            Data::Number(1.5),
            Data::Null,
            Data::Int(1)
        ]
    );
    assert_eq!(
        values(Preset::ColdFusion),
        [
            Data::Int(1),
            Data::text("1.5"),
            Data::text(""),
            Data::Int(1)
        ]
    );
    assert_eq!(
        values(Preset::AmfPhp),
        [
            Data::Bool(true),
            Data::text("1.5"),
            Data::Null,
            Data::Number(1.0)
        ]
    );
}

#[test]
fn what_a_client_sent_goes_back_with_its_identities() {
    use footbridge_amf::Sink as _;
    let mut sent = GraphBuilder::new();
    sent.begin_array().expect("it is in order");
    sent.date(5.0).expect("it is in order");
    sent.end().expect("it is in order");
    let (graph, value) = sent.finish().expect("one value");
    let echo = Data::Amf(AmfValue {
        graph: Arc::new(graph),
        value,
    });
    let slot = slot::parse("any").expect("it is right");
    let mut back = GraphBuilder::new();
    reply::write(
        &echo,
        Some(&slot),
        &TypeScope::default(),
        &TimeZone::UTC,
        &style(ListShape::RecordSet, ListShape::ArrayCollection),
        "",
        &mut back,
    )
    .expect("it can be written");
    let (graph, value) = back.finish().expect("one value");
    let Value::Node(id) = value else {
        panic!("an array is a node");
    };
    assert!(
        matches!(graph.node(id), Node::Array(_)),
        "no collection is made of it"
    );
}
