//! What clients send, bound to what operations declare.

use std::sync::Arc;

use footbridge_amf::{Class, GraphBuilder, Sink, Value, WriteError};
use footbridge_mapping::argument::{bind, choose};
use footbridge_mapping::data::{AmfValue, Data};
use footbridge_mapping::model::{Argument, Rest, TypeBody, TypeScope, Variants};
use footbridge_mapping::slot;
use jiff::tz::TimeZone;

fn arguments(slots: &[(&str, &str)]) -> Vec<Argument> {
    slots
        .iter()
        .map(|(name, text)| Argument {
            name: Arc::from(*name),
            slot: slot::parse(text).unwrap_or_else(|problems| panic!("{text}: {problems:#?}")),
        })
        .collect()
}

fn amf(write: impl FnOnce(&mut dyn Sink) -> Result<(), WriteError>) -> Data {
    let mut builder = GraphBuilder::new();
    write(&mut builder).expect("the events are in order");
    let (graph, value) = builder.finish().expect("one value");
    Data::Amf(AmfValue {
        graph: Arc::new(graph),
        value,
    })
}

fn object(members: &[(&str, Value<'static>)]) -> Data {
    amf(|sink| {
        sink.begin_object(&Arc::new(Class::anonymous()))?;
        for (name, value) in members {
            sink.member(name)?;
            sink.graph(&footbridge_amf::Graph::new(), value)?;
        }
        sink.end()
    })
}

fn body(fields: &[(&str, &str)], rest: Rest) -> Arc<TypeBody> {
    Arc::new(TypeBody {
        fields: arguments(fields)
            .into_iter()
            .map(|field| (field.name, field.slot))
            .collect(),
        rest,
    })
}

fn scope() -> TypeScope {
    TypeScope {
        package: Some("shop".into()),
        types: [
            (
                Arc::from("Product"),
                body(
                    &[
                        ("id", "int? null 0"),
                        ("name", "string(1..80)"),
                        ("price", "decimal"),
                        ("note", "string? = omit"),
                    ],
                    Rest::Described,
                ),
            ),
            (
                Arc::from("Order"),
                body(&[("lines", "Line[1..2]")], Rest::Described),
            ),
            (
                Arc::from("Line"),
                body(&[("qty", "int(1..)")], Rest::Described),
            ),
            (
                Arc::from("Node"),
                body(&[("next", "Node?")], Rest::Described),
            ),
            (
                Arc::from("Card"),
                body(&[("number", "string")], Rest::Described),
            ),
            (
                Arc::from("Cash"),
                body(&[("amount", "decimal")], Rest::Described),
            ),
        ]
        .into(),
        variants: [(
            Arc::from("Payment"),
            Arc::new(Variants {
                by: "kind".into(),
                of: [(Arc::from("card"), Arc::from("Card"))]
                    .into_iter()
                    .collect(),
                other: Some("Cash".into()),
            }),
        )]
        .into(),
        ..TypeScope::default()
    }
}

fn bound(slots: &[(&str, &str)], values: &[Data]) -> Result<Vec<Data>, String> {
    bind(&arguments(slots), values, &scope(), &TimeZone::UTC).map_err(|error| error.to_string())
}

fn one(slot: &str, value: Data) -> Result<Data, String> {
    bound(&[("x", slot)], &[value]).map(|mut values| values.remove(0))
}

fn text(text: &str) -> Data {
    Data::text(text)
}

#[test]
fn numbers_come_as_ints_doubles_and_texts() {
    for value in [Data::Int(5), Data::Number(5.0), text("5"), text("5.0")] {
        assert_eq!(one("int", value), Ok(Data::Int(5)));
    }
    assert_eq!(
        one("decimal", Data::Number(9.9)),
        Ok(Data::Decimal("9.9".into()))
    );
    assert_eq!(
        one("decimal", text("9.90")),
        Ok(Data::Decimal("9.90".into()))
    );
    assert_eq!(one("number", Data::Int(2)), Ok(Data::Number(2.0)));
    assert_eq!(one("string", Data::Number(5.0)), Ok(text("5")));
    assert_eq!(one("bool", text("true")), Ok(Data::Bool(true)));
    for (slot, value, fault) in [
        ("int", Data::Number(5.5), "`x` must be an int"),
        ("int", text("five"), "`x` must be an int"),
        ("int", Data::Bool(true), "`x` must be an int"),
        (
            "int",
            Data::Number(3e9),
            "`x` must be an int, and is beyond 32 bits",
        ),
        ("long", Data::Number(1e300), "`x` must be a long"),
        ("bool", text("yes"), "`x` must be a bool"),
        ("date", text("soon"), "`x` must be a date"),
        (
            "bytes",
            text("no base64!"),
            "`x` must be bytes, or base64 text",
        ),
    ] {
        assert_eq!(one(slot, value), Err(fault.to_owned()));
    }
}

#[test]
fn what_is_not_given_takes_default_or_null_or_is_a_fault() {
    assert_eq!(one("int = 3", Data::Null), Ok(Data::Int(3)));
    assert_eq!(
        one("decimal = 3", Data::Null),
        Ok(Data::Decimal("3".into()))
    );
    assert_eq!(one("int?", Data::Number(f64::NAN)), Ok(Data::Null));
    assert_eq!(one("string?", Data::Null), Ok(Data::Null));
    assert_eq!(
        bound(&[("x", "int[] = []")], &[]),
        Ok(vec![Data::List(Arc::new([]))])
    );
    assert_eq!(one("int", Data::Null), Err("`x` is required".to_owned()));
    assert_eq!(
        one("number", Data::Number(f64::NAN)),
        Err("`x` is required".to_owned())
    );
    assert_eq!(
        bound(&[("x", "int")], &[Data::Int(1), Data::Int(2)]),
        Err("2 arguments came, and the operation takes 1".to_owned())
    );
}

#[test]
fn a_value_can_stand_for_null() {
    assert_eq!(one("int? null 0", Data::Int(0)), Ok(Data::Null));
    assert_eq!(one("int? null 0", Data::Number(0.0)), Ok(Data::Null));
    assert_eq!(one("int? null 0", Data::Int(1)), Ok(Data::Int(1)));
    assert_eq!(one("string? null ''", text("")), Ok(Data::Null));
}

#[test]
fn ranges_and_words_close_a_type() {
    assert_eq!(one("int(1..9)", Data::Int(9)), Ok(Data::Int(9)));
    for (slot, value, fault) in [
        ("int(1..9)", Data::Int(10), "`x` must be int from 1 to 9"),
        (
            "decimal(0.01..)",
            text("0.001"),
            "`x` must be decimal at least 0.01",
        ),
        (
            "string(3..3)",
            text("EURO"),
            "`x` must have exactly 3 characters, and has 4",
        ),
        ("name | price", text("id"), "`x` must be one of name, price"),
    ] {
        assert_eq!(one(slot, value), Err(fault.to_owned()));
    }
}

#[test]
fn one_anonymous_object_gives_arguments_by_name() {
    let slots = [("id", "int"), ("name", "string?")];
    let named = object(&[("name", Value::String("Ann".into())), ("id", Value::Int(7))]);
    assert_eq!(
        bound(&slots, std::slice::from_ref(&named)),
        Ok(vec![Data::Int(7), text("Ann")])
    );
    let other = object(&[("id", Value::Int(7)), ("more", Value::Int(1))]);
    assert_eq!(
        bound(&slots, &[other]),
        Err("`id` must be an int".to_owned())
    );
    // The first argument is an object itself: by position.
    assert_eq!(
        bound(&[("any", "any")], std::slice::from_ref(&named)),
        Ok(vec![named])
    );
}

#[test]
fn objects_give_their_declared_fields_alone() {
    let product = object(&[
        ("ID", Value::Number(0.0)),
        ("name", Value::String("Ball".into())),
        ("price", Value::Number(9.9)),
        ("secretly", Value::Bool(true)),
    ]);
    let Ok(Data::Object(record)) = one("Product", product) else {
        panic!("a product is an object");
    };
    assert_eq!(record.alias.as_deref(), Some("shop.Product"));
    let names: Vec<&str> = record.members.keys().map(AsRef::as_ref).collect();
    assert_eq!(names, ["id", "name", "price"]);
    assert_eq!(record.members["id"], Data::Null);
    assert_eq!(record.members["price"], Data::Decimal("9.9".into()));
}

#[test]
fn a_fault_names_its_place() {
    let order = amf(|sink| {
        let anonymous = Arc::new(Class::anonymous());
        sink.begin_object(&anonymous)?;
        sink.member("lines")?;
        sink.begin_external("flex.messaging.io.ArrayCollection")?;
        sink.begin_array()?;
        for quantity in [3, 0] {
            sink.begin_object(&anonymous)?;
            sink.member("qty")?;
            sink.int(quantity)?;
            sink.end()?;
        }
        sink.end()?;
        sink.end()?;
        sink.end()
    });
    assert_eq!(
        one("Order", order),
        Err("`x.lines[1].qty` must be int at least 1".to_owned())
    );
    assert_eq!(
        one("Order", object(&[])),
        Err("`x.lines` is required".to_owned())
    );
    assert_eq!(
        one("Order", Data::Int(1)),
        Err("`x` must be an object (Order)".to_owned())
    );
}

#[test]
fn lists_come_in_any_dress() {
    let ecma = object(&[("0", Value::Int(1)), ("1", Value::Int(2))]);
    // An object with ordinals as names is no list; an ECMA array is.
    assert!(one("int[]", ecma).is_err());
    let record_set = amf(|sink| {
        let anonymous = Arc::new(Class::anonymous());
        let class = Arc::new(Class {
            alias: "RecordSet".to_owned(),
            sealed: vec!["serverInfo".to_owned()],
            dynamic: false,
        });
        sink.begin_object(&class)?;
        sink.begin_object(&anonymous)?;
        sink.member("columnNames")?;
        sink.begin_array()?;
        sink.string("qty")?;
        sink.end()?;
        sink.member("initialData")?;
        sink.begin_array()?;
        sink.begin_array()?;
        sink.int(4)?;
        sink.end()?;
        sink.end()?;
        sink.end()?;
        sink.end()
    });
    let Ok(Data::List(lines)) = one("Line[]", record_set) else {
        panic!("a record set is a list");
    };
    assert_eq!(lines.len(), 1);
    let short = amf(|sink| {
        sink.begin_array()?;
        sink.int(1)?;
        sink.null()?;
        sink.end()
    });
    assert_eq!(
        one("int[]", short.clone()),
        Err("`x[1]` must not be null".to_owned())
    );
    assert_eq!(
        one("int?[]", short.clone()),
        Ok(Data::List([Data::Int(1), Data::Null].into()))
    );
    assert_eq!(
        one("int?[..1]", short),
        Err("`x` must have at most 1 items, and has 2".to_owned())
    );
}

#[test]
fn the_value_of_a_field_chooses_the_class() {
    let card = object(&[
        ("kind", Value::String("card".into())),
        ("number", Value::String("42".into())),
    ]);
    let Ok(Data::Object(record)) = one("Payment", card) else {
        panic!("a payment is an object");
    };
    assert_eq!(record.alias.as_deref(), Some("shop.Card"));
    let cash = object(&[("amount", Value::Int(3))]);
    let Ok(Data::Object(record)) = one("Payment", cash) else {
        panic!("a payment is an object");
    };
    assert_eq!(record.alias.as_deref(), Some("shop.Cash"));
}

#[test]
fn an_object_that_holds_itself_is_refused() {
    use footbridge_amf::{Graph, Node, Object, Traits};
    let mut graph = Graph::new();
    let traits = graph.add_traits(Traits {
        alias: "".into(),
        dynamic: true,
        sealed: Vec::new(),
    });
    let id = graph.add(Node::Object(Object {
        traits,
        values: Vec::new(),
        dynamic: Vec::new(),
    }));
    if let Node::Object(object) = graph.node_mut(id) {
        object.dynamic.push(("next".into(), Value::Node(id)));
    }
    let looped = Data::Amf(AmfValue {
        graph: Arc::new(graph),
        value: Value::Node(id),
    });
    let fault = one("Node", looped).expect_err("it has no end");
    assert!(fault.ends_with("is nested deeper than 64"), "{fault}");
}

#[test]
fn overloads_are_chosen_by_number_then_by_types() {
    let signatures = [
        arguments(&[("id", "int")]),
        arguments(&[("name", "string")]),
        arguments(&[("name", "string"), ("category", "int")]),
    ];
    let chosen = |values: &[Data]| choose(signatures.iter().map(Vec::as_slice), values);
    assert_eq!(chosen(&[Data::Number(5.0)]), Some(0));
    assert_eq!(chosen(&[text("5")]), Some(1));
    assert_eq!(chosen(&[text("x"), text("5")]), Some(2));
    assert_eq!(chosen(&[Data::Bool(true)]), None);
    assert_eq!(chosen(&[]), None);
}
