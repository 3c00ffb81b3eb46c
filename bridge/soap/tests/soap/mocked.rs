//! The mock of every construct: each request it would be sent is answered, and the answer can be read.

use std::path::Path;

use footbridge_mapping::data::Data;
use footbridge_soap::describe;
use footbridge_soap::mock::Mock;
use footbridge_soap::read::{self, Limits, Notes, Outcome, Reply};
use footbridge_soap::write::{Arguments, Nulls, Settings, write};
use jiff::tz::TimeZone;

use crate::golden;
use crate::harness::{Service, files, folder};

/// The answers are golden files, which `tests/xmllint.py` validates.
#[test]
fn every_operation_is_answered_with_a_valid_example() {
    let mut failures = Vec::new();
    let mut answered = 0;
    for wsdl in files(&folder("constructs")) {
        if wsdl.extension().is_none_or(|extension| extension != "wsdl") {
            continue;
        }
        let service = Service::load(&wsdl);
        let mock = Mock::new(&service.model);
        let port = service.model.port(None, None).expect("a port");
        for operation in port.operations.iter() {
            let body = describe::example(&service.model, &operation.input);
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
            let request = write(&service.model, port, operation, &arguments, &settings)
                .expect("the example can be sent");
            let sent = Reply {
                status: 200,
                content_type: Some(&request.content_type),
                body: &request.body,
            };
            let response = mock.answer(port, &sent, request.action.as_deref());
            let name = &operation.input_name;
            if operation.output.is_none() {
                assert_eq!((response.status, response.body.len()), (202, 0), "{name}");
                continue;
            }
            answered += 1;
            let text = String::from_utf8(response.body.clone()).expect("UTF-8");
            assert_eq!(response.status, 200, "{} {name}: {text}", wsdl.display());
            let place = wsdl.with_extension("").join(format!("{name}.mock.xml"));
            golden::check(&place, &format!("{text}\n"), &mut failures);
            let reply = Reply {
                status: response.status,
                content_type: Some(&response.content_type),
                body: &response.body,
            };
            let mut notes = Notes::default();
            let read = read::read_data(
                &reply,
                &service.shapes,
                operation,
                &Limits::default(),
                &mut notes,
            );
            if !matches!(read, Ok(Outcome::Value(_))) || !notes.is_empty() {
                failures.push(format!("{} {name}: {read:?} {notes}", wsdl.display()));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(answered > 20, "{answered}");
}

fn ask(wsdl: &str, body: &str) -> (u16, String) {
    ask_of(&folder("constructs").join(wsdl), body)
}

fn ask_of(wsdl: &Path, body: &str) -> (u16, String) {
    let service = Service::load(wsdl);
    let mock = Mock::new(&service.model);
    let port = service.model.port(None, None).expect("a port");
    let envelope = format!(
        "<e:Envelope xmlns:e='{}'><e:Body>{body}</e:Body></e:Envelope>",
        port.version.envelope()
    );
    let request = Reply {
        status: 200,
        content_type: None,
        body: envelope.as_bytes(),
    };
    let response = mock.answer(port, &request, None);
    let text = String::from_utf8(response.body).expect("UTF-8");
    (response.status, text)
}

#[test]
fn a_fault_is_answered_where_its_name_is_given() {
    let (status, text) = ask(
        "versions.wsdl",
        "<t:ping xmlns:t='urn:constructs:versions'>Denied</t:ping>",
    );
    assert_eq!(status, 500, "{text}");
    assert!(
        text.contains("<soapenv:Value>soapenv:Receiver</soapenv:Value>"),
        "{text}"
    );
    assert!(
        text.contains("<soapenv:Detail><ns0:Denied><ns0:why>"),
        "{text}"
    );
}

#[test]
fn arguments_come_back_where_they_may_stand() {
    let (status, text) = ask(
        "wrapped.wsdl",
        "<t:placeOrder xmlns:t='urn:constructs:wrapped'><t:paid>false</t:paid><t:total>12.5</t:total><t:id>x</t:id></t:placeOrder>",
    );
    // Only what is an argument of the operation is read, and none of these is.
    assert_eq!(status, 200, "{text}");
    assert!(text.contains("<ns0:paid>true</ns0:paid>"), "{text}");
    let (_, text) = ask(
        "facets.wsdl",
        "<t:pay xmlns:t='urn:constructs:facets'><t:currency>EUR</t:currency><t:key>0123abcd</t:key></t:pay>",
    );
    assert!(text.contains("<ns0:key>0123abcd</ns0:key>"), "{text}");
    let (_, text) = ask(
        "facets.wsdl",
        "<t:pay xmlns:t='urn:constructs:facets'><t:currency>EUR</t:currency><t:key>no key</t:key></t:pay>",
    );
    assert!(text.contains("<ns0:key>aaaaaaaa</ns0:key>"), "{text}");
}

#[test]
fn what_is_no_request_gets_a_fault() {
    for (wsdl, body) in [("wrapped.wsdl", "<nothing/>"), ("spyne12.wsdl", "")] {
        let (status, text) = ask(wsdl, body);
        assert!(status == 500 || status == 400, "{status} {text}");
        assert!(text.contains("<soapenv:Fault>"), "{text}");
        assert!(!text.to_lowercase().contains("detail"), "{text}");
    }
}

#[test]
fn the_sample_converts_between_the_currencies_that_are_asked_for() {
    let wsdl = folder("../../../wsdl/rates.wsdl");
    let (_, text) = ask_of(
        &wsdl,
        "<t:convert xmlns:t='http://samples.footbridge/rates'><t:from>EUR</t:from><t:to>USD</t:to><t:amount>12.50</t:amount></t:convert>",
    );
    assert!(
        text.contains("<ns0:from>EUR</ns0:from><ns0:to>USD</ns0:to><ns0:rate>1.5</ns0:rate><ns0:amount>12.50</ns0:amount>"),
        "{text}"
    );
    // A word that is no currency is not echoed.
    let (_, text) = ask_of(
        &wsdl,
        "<t:convert xmlns:t='http://samples.footbridge/rates'><t:from>EUR</t:from><t:to>unknownPair</t:to><t:amount>5</t:amount></t:convert>",
    );
    assert!(
        text.contains("<ns0:from>EUR</ns0:from><ns0:to>EUR</ns0:to>"),
        "{text}"
    );
}
