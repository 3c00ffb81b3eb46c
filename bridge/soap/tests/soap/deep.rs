//! Depth: what a schema, a reply or arguments nest is bounded before the stack is.

use std::fmt::Write as _;
use std::sync::Arc;

use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::model::TypeScope;
use footbridge_soap::load::{Options, load};
use footbridge_soap::read::{self, Limits, Notes, Outcome, Reply, Shapes};
use footbridge_soap::write::{Arguments, Nulls, Settings, write};
use footbridge_soap::xml::XmlLimits;
use jiff::tz::TimeZone;

use crate::harness::{Service, flex, folder, written};

fn trees() -> Service {
    Service::load(&folder("failures").join("03_recursive_types.wsdl"))
}

#[test]
fn replies_are_read_to_the_limit_and_refused_beyond() {
    let service = trees();
    let port = service.model.port(None, None).expect("a port");
    let operation = port.operation("call")[0];
    let read = |levels: usize, depth: usize| {
        let inner = (0..levels).fold("<v>0</v>".to_owned(), |inner, _| {
            format!("<v>1</v><kids>{inner}</kids>")
        });
        let body = format!(
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><callResponse><tree>{inner}</tree></callResponse></e:Body></e:Envelope>"
        );
        let reply = Reply {
            status: 200,
            content_type: None,
            body: body.as_bytes(),
        };
        let limits = Limits {
            xml: XmlLimits {
                depth,
                ..XmlLimits::default()
            },
        };
        written(|sink| {
            let outcome = read::read_into(
                &reply,
                &service.shapes,
                operation,
                &flex(),
                "s",
                &limits,
                sink,
                &mut Notes::default(),
            );
            match outcome {
                Ok(Outcome::Value(())) => Ok(()),
                Ok(Outcome::Fault(fault)) => Err(fault.message.to_string()),
                Err(error) => Err(error.to_string()),
            }
        })
    };
    assert!(read(60, 128).starts_with('{'));
    assert_eq!(read(130, 128), "the XML has more levels than 128");
    assert_eq!(
        read(10_000, 100_000),
        "the reply's values are nested deeper than 160"
    );
}

#[test]
fn arguments_are_refused_beyond_the_limit() {
    let service = trees();
    let port = service.model.port(None, None).expect("a port");
    let node = |kids: Vec<Data>| {
        Data::Object(Arc::new(Record {
            alias: None,
            members: [
                ("v".into(), Data::Int(1)),
                ("kids".into(), Data::List(kids.into())),
            ]
            .into_iter()
            .collect(),
        }))
    };
    let tree = (0..200).fold(node(Vec::new()), |inner, _| node(vec![inner]));
    let body = Data::Object(Arc::new(Record {
        alias: None,
        members: std::iter::once(("tree".into(), tree)).collect(),
    }));
    let arguments = Arguments {
        body: &body,
        headers: &Data::Null,
        blocks: &[],
        raw: None,
    };
    let settings = Settings {
        zone: &TimeZone::UTC,
        aliases: &service.aliases,
        nulls: Nulls::Nil,
        mtom: None,
    };
    let error = write(
        &service.model,
        port,
        port.operation("call")[0],
        &arguments,
        &settings,
    )
    .expect_err("too deep");
    assert_eq!(error.message, "nested deeper than 128");
}

#[test]
fn schemas_may_chain_ten_thousand_types_and_elements() {
    let mut text = "<definitions xmlns='http://schemas.xmlsoap.org/wsdl/' xmlns:x='http://www.w3.org/2001/XMLSchema' xmlns:t='urn:t' targetNamespace='urn:t'><types><x:schema targetNamespace='urn:t'><x:complexType name='T0'><x:sequence/></x:complexType><x:element name='e0'/><x:group name='g0'><x:sequence/></x:group>".to_owned();
    for at in 1..10_000 {
        let before = at - 1;
        write!(text, "<x:complexType name='T{at}'><x:complexContent><x:extension base='t:T{before}'><x:sequence><x:element name='f{at}'/></x:sequence></x:extension></x:complexContent></x:complexType><x:element name='e{at}' substitutionGroup='t:e{before}'/><x:group name='g{at}'><x:sequence><x:group ref='t:g{before}'/></x:sequence></x:group>").expect("it grows");
    }
    text.push_str("<x:complexType name='G'><x:group ref='t:g9999'/></x:complexType></x:schema></types></definitions>");
    let model = load(
        "x",
        &mut |_: &str| Ok(text.clone().into_bytes()),
        &Options::default(),
    )
    .expect("it loads");
    assert!(!model.warnings.is_empty());
    let _shapes = Shapes::compile(&Arc::new(model), &TypeScope::default(), &TimeZone::UTC);
}
