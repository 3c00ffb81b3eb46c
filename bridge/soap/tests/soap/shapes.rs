//! What a mapping says of types: aliases, names, presets, fields.

use std::sync::Arc;

use footbridge_mapping::model::{Names, Rest, TypeBody, TypeScope};
use footbridge_mapping::rows::Preset;
use footbridge_mapping::slot::{PathPart, Scalar, Slot, Type};
use footbridge_soap::model::Model;
use footbridge_soap::read::{self, Limits, Notes, Outcome, Reply, Shapes};
use jiff::tz::TimeZone;

use crate::harness::{flex, folder, load_file, written};

const REPLY: &str = "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><placeOrderResponse xmlns='urn:constructs:wrapped'><return><id>9007199254740993</id><total>9.50</total><placed>2026-11-20T10:30:00</placed><paid>true</paid></return></placeOrderResponse></e:Body></e:Envelope>";

fn slot(kind: Type) -> Slot {
    Slot {
        kind,
        from: None,
        zone: None,
        shape: None,
        null_as: None,
        default: None,
    }
}

fn answer(scope: &TypeScope) -> (String, Vec<String>) {
    answer_of(REPLY, scope)
}

fn answer_of(reply: &str, scope: &TypeScope) -> (String, Vec<String>) {
    let model: Arc<Model> = Arc::new(load_file(&folder("constructs").join("wrapped.wsdl")));
    let shapes = Shapes::compile(&model, scope, &TimeZone::UTC);
    let port = model.port(None, None).expect("a port");
    let reply = Reply {
        status: 200,
        content_type: None,
        body: reply.as_bytes(),
    };
    let text = written(|sink| {
        let outcome = read::read_into(
            &reply,
            &shapes,
            port.operation("placeOrder")[0],
            &flex(),
            "s",
            &Limits::default(),
            sink,
            &mut Notes::default(),
        );
        match outcome {
            Ok(Outcome::Value(())) => Ok(()),
            Ok(Outcome::Fault(fault)) => Err(fault.message.to_string()),
            Err(error) => Err(error.to_string()),
        }
    });
    (text, shapes.problems)
}

#[test]
fn without_a_package_objects_are_anonymous() {
    let (text, _) = answer(&TypeScope::default());
    assert_eq!(
        text,
        r#"{"id":"9007199254740993","total":"9.50","placed":{"$date":"2026-11-20T10:30:00.000Z"},"paid":true}"#
    );
}

#[test]
fn presets_and_names_change_what_no_slot_says() {
    let (text, _) = answer(&TypeScope {
        preset: Preset::DotNet,
        names: Names::Upper,
        ..TypeScope::default()
    });
    assert_eq!(
        text,
        r#"{"ID":9007199254740992.0,"TOTAL":9.5,"PLACED":{"$date":"2026-11-20T10:30:00.000Z"},"PAID":true}"#
    );
    let (text, _) = answer(&TypeScope {
        preset: Preset::ColdFusion,
        ..TypeScope::default()
    });
    assert!(text.ends_with(r#""paid":1}"#), "{text}");
}

#[test]
fn fields_are_renamed_typed_hidden_and_closed() {
    let mut body = TypeBody::default();
    let from = |name: &str, kind: Type| Slot {
        from: Some([PathPart::Name(name.into())].into()),
        ..slot(kind)
    };
    body.fields
        .insert("number".into(), from("id", Type::Scalar(Scalar::String)));
    body.fields
        .insert("total".into(), slot(Type::Scalar(Scalar::Number)));
    let berlin = footbridge_mapping::slot::zone("Europe/Berlin");
    body.fields.insert(
        "placed".into(),
        Slot {
            zone: berlin,
            ..slot(Type::Scalar(Scalar::Date))
        },
    );
    body.fields.insert("paid".into(), slot(Type::Hide));
    body.fields.insert("gone".into(), slot(Type::Any));
    let scope = |body: &TypeBody| TypeScope {
        package: Some("samples".into()),
        aliases: [("Receipt".into(), Some("vo.ReceiptVO".into()))]
            .into_iter()
            .collect(),
        types: [("Receipt".into(), Arc::new(body.clone()))]
            .into_iter()
            .collect(),
        ..TypeScope::default()
    };
    let (text, problems) = answer(&scope(&body));
    assert_eq!(
        text,
        r#"{"$class":"vo.ReceiptVO","number":"9007199254740993","total":9.5,"placed":{"$date":"2026-11-20T09:30:00.000Z"}}"#
    );
    assert_eq!(problems, ["Receipt.gone"]);
    body.fields.shift_remove("gone");
    body.fields.shift_remove("placed");
    body.rest = Rest::Closed;
    let (text, problems) = answer(&scope(&body));
    assert_eq!(
        text,
        r#"{"$class":"vo.ReceiptVO","number":"9007199254740993","total":9.5}"#
    );
    assert!(problems.is_empty());
}

#[test]
fn a_null_without_a_question_mark_is_refused() {
    let mut body = TypeBody::default();
    body.fields
        .insert("total".into(), slot(Type::Scalar(Scalar::Decimal)));
    let scope = |body: &TypeBody| TypeScope {
        types: [("Receipt".into(), Arc::new(body.clone()))]
            .into_iter()
            .collect(),
        ..TypeScope::default()
    };
    let refused = "`total` is null, and its type has no `?`";
    let nil = REPLY
        .replace("<total>9.50</total>", "<total i:nil='true'/>")
        .replace(
            "<e:Body>",
            "<e:Body xmlns:i='http://www.w3.org/2001/XMLSchema-instance'>",
        );
    let empty = REPLY.replace("9.50", "");
    for reply in [&nil, &empty] {
        assert_eq!(answer_of(reply, &scope(&body)).0, refused);
    }
    body.fields.insert(
        "total".into(),
        slot(Type::Nullable(Box::new(Type::Scalar(Scalar::Decimal)))),
    );
    assert!(answer_of(&nil, &scope(&body)).0.contains("\"total\":null"));
}
