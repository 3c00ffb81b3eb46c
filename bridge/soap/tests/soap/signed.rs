//! Signed requests: the same key signs the same envelope alike. `tests/soap/test_signature.py` lets others verify the
//! golden files.

use footbridge_mapping::data::Data;
use footbridge_soap::describe;
use footbridge_soap::model::Version;
use footbridge_soap::security::{Stamp, TokenSwitches, username_token};
use footbridge_soap::signature::{SignError, SignSwitches, Signer};
use footbridge_soap::write::{Arguments, Nulls, Request, Settings, write};
use jiff::tz::TimeZone;

use crate::golden;
use crate::harness::{Service, folder};

const STAMP: Stamp<'_> = Stamp {
    now: 1_795_167_000_500.0,
    nonce: b"0123456789abcdef",
    message_id: "urn:uuid:1",
};

fn signer() -> Signer {
    let read = |name: &str| std::fs::read_to_string(folder("signed").join(name)).expect(name);
    Signer::new(&read("certificate.pem"), &read("key.pem")).expect("a key and its certificate")
}

fn request(wsdl: &str, operation: &str, blocks: &[String]) -> (Request, Version) {
    let service = Service::load(&folder("constructs").join(wsdl));
    let port = service.model.port(None, None).expect("a port");
    let operation = port.operation(operation)[0];
    let body = describe::example(&service.model, &operation.input);
    let arguments = Arguments {
        body: &body,
        headers: &Data::Null,
        blocks,
        raw: None,
    };
    let settings = Settings {
        zone: &TimeZone::UTC,
        aliases: &service.aliases,
        nulls: Nulls::Nil,
        mtom: None,
    };
    let request = write(&service.model, port, operation, &arguments, &settings);
    (request.expect("the example can be sent"), port.version)
}

#[test]
fn signatures_are_as_others_verified_them() {
    let mut failures = Vec::new();
    let switches = SignSwitches::default();
    let token = |version| {
        let switches = TokenSwitches {
            timestamp: Some(60),
            ..TokenSwitches::DIGEST
        };
        vec![username_token(version, "ann", "secret", &switches, &STAMP)]
    };
    let cases = [
        (
            "plain",
            request("wrapped.wsdl", "placeOrder", &[]),
            switches,
        ),
        (
            "with_token",
            request("wrapped.wsdl", "placeOrder", &token(Version::Soap11)),
            SignSwitches {
                token: true,
                ..switches
            },
        ),
        ("soap12", request("spyne12.wsdl", "echo", &[]), switches),
        (
            "encoded",
            request("rpc_encoded.wsdl", "echo", &[]),
            SignSwitches {
                timestamp: None,
                ..switches
            },
        ),
    ];
    for (name, (request, version), switches) in cases {
        let signed = signer()
            .sign(request, version, &switches, &STAMP)
            .expect("it can be signed");
        let text = String::from_utf8(signed.body).expect("UTF-8");
        golden::check(
            &folder("signed").join(format!("{name}.xml")),
            &text,
            &mut failures,
        );
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn what_cannot_be_signed_is_told() {
    assert_eq!(
        Signer::new("", "").map(|_| ()),
        Err(SignError::Pem("PRIVATE KEY"))
    );
    let (request, version) = request("wrapped.wsdl", "placeOrder", &[]);
    let multipart = Request {
        content_type: "multipart/related; boundary=b".to_owned(),
        ..request
    };
    let told = signer().sign(multipart, version, &SignSwitches::default(), &STAMP);
    assert!(matches!(told, Err(SignError::Envelope(_))), "{told:?}");
}
