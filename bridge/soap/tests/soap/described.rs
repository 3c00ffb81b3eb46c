//! Every operation of every construct: its description, and that its example is valid.

use footbridge_mapping::data::Data;
use footbridge_soap::describe;
use footbridge_soap::write::{Arguments, Nulls, Settings, write};
use jiff::tz::TimeZone;

use crate::golden;
use crate::harness::{Service, folder};

#[test]
fn operations_are_described_and_their_examples_can_be_sent() {
    let mut failures = Vec::new();
    let mut wsdls: Vec<_> = std::fs::read_dir(folder("constructs"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "wsdl")
        })
        .collect();
    wsdls.sort();
    for wsdl in wsdls {
        let service = Service::load(&wsdl);
        let port = service.model.port(None, None).expect("a port");
        let mut text = String::new();
        for (operation, described) in port
            .operations
            .iter()
            .zip(describe::operations(&service.model, port))
        {
            let arguments: Vec<String> = described
                .arguments
                .iter()
                .map(|argument| format!("{}: {}", argument.name, argument.kind))
                .collect();
            text.push_str(&format!(
                "{}({}): {} [{}]\n",
                described.name,
                arguments.join(", "),
                described.returns,
                described.style
            ));
            for (name, element) in &described.faults {
                text.push_str(&format!("  fault {name}: {element}\n"));
            }
            for header in &described.headers {
                text.push_str(&format!("  header {}: {}\n", header.name, header.kind));
            }
            let arguments = Arguments {
                body: &described.example,
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
            match write(&service.model, port, operation, &arguments, &settings) {
                Ok(request) => {
                    let body = String::from_utf8(request.body).expect("UTF-8");
                    let place = wsdl
                        .with_extension("")
                        .join(format!("{}.example.request.xml", operation.input_name));
                    golden::check(&place, &format!("{body}\n"), &mut failures);
                    let body = body.split_once("Body>").map_or("", |(_, body)| body);
                    let body = body
                        .split_once("</soapenv:Body>")
                        .map_or(body, |(body, _)| body);
                    text.push_str(&format!("  {body}\n"));
                }
                Err(error) => {
                    failures.push(format!("{} {}: {error}", wsdl.display(), described.name));
                }
            }
        }
        for kind in describe::types(&service.model) {
            if !kind.namespace.starts_with("urn:") {
                continue;
            }
            let fields: Vec<String> = kind
                .fields
                .iter()
                .map(|field| format!("{}: {}", field.name, field.kind))
                .collect();
            text.push_str(&format!("type {} {{{}}}\n", kind.name, fields.join(", ")));
        }
        golden::check(&wsdl.with_extension("described.txt"), &text, &mut failures);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn paths_lead_into_replies_with_and_without_the_only_child() {
    let service = Service::load(&folder("constructs").join("wrapped.wsdl"));
    let port = service.model.port(None, None).expect("a port");
    let output = |name: &str| port.operation(name)[0].output.clone().expect("an answer");
    let place = |name: &str, path: &[&str]| {
        describe::place(&service.model, &output(name), path)
            .map(|(kind, many)| describe::slot(&service.model, kind, many, false))
    };
    assert_eq!(place("placeOrder", &["total"]).as_deref(), Some("decimal"));
    assert_eq!(
        place("placeOrder", &["return", "total"]).as_deref(),
        Some("decimal")
    );
    assert_eq!(place("placeOrder", &[]).as_deref(), Some("Receipt"));
    assert_eq!(
        place("listOrders", &["return"]).as_deref(),
        Some("Receipt[]")
    );
    assert_eq!(place("listOrders", &["return", "total"]), None);
    assert_eq!(place("placeOrder", &["totl"]), None);
}
