//! One construct a file: its WSDL, arguments with the request they become, replies with the value they become.
//!
//! `NAME/OPERATION[.CASE].args.json` has the arguments of a call; `.request.xml` is what is sent, or the fault, and
//! `.request.http` its headers.
//! `NAME/OPERATION[.CASE].reply.xml` is a reply, with `.reply.http` its status and type; `.reply.txt` is what an AMF3 client and a classic client get, what
//! expressions see, and what was forgiven.
//!
//! Replies with `php82` in their name are what SoapServer of PHP 8.2 answered to the requests beside them, those of
//! `spyne11` and `spyne12` what spyne 2.14 answered, which validates what it gets.

use std::path::Path;

use footbridge_mapping::data::Data;
use footbridge_soap::read::{self, Limits, Notes, Outcome, Reply};
use footbridge_soap::security::{Stamp, addressing};
use footbridge_soap::write::{Arguments, Nulls, Settings, bind, write};
use jiff::tz::TimeZone;

use crate::golden;
use crate::harness::{Service, classic, data, fault_text, files, flex, folder, written};

const STAMP: Stamp<'_> = Stamp {
    now: 1_795_167_000_500.0,
    nonce: b"0123456789abcdef",
    message_id: "urn:uuid:1",
};

#[test]
fn requests_and_replies_of_every_construct() {
    play("constructs", 50);
}

/// What breaks clients in the wild, numbered as the list of them is. Number 32 is `tokens`, number 33 `signed`.
#[test]
fn requests_and_replies_of_every_failure() {
    play("failures", 60);
}

fn play(of: &str, least: usize) {
    let mut failures = Vec::new();
    let mut cases = 0;
    for wsdl in files(&folder(of)) {
        if wsdl.extension().is_none_or(|extension| extension != "wsdl") {
            continue;
        }
        let service = Service::load(&wsdl);
        let warnings: Vec<String> = service
            .model
            .warnings
            .iter()
            .map(|warning| {
                let folder = format!("{}/", folder(of).display());
                warning.to_string().replace(&folder, "")
            })
            .collect();
        golden::check(
            &wsdl.with_extension("warnings.txt"),
            &lines(&warnings),
            &mut failures,
        );
        for file in files(&wsdl.with_extension("")) {
            let name = file
                .file_name()
                .and_then(|name| name.to_str())
                .expect("a name")
                .to_owned();
            if let Some(case) = name.strip_suffix(".args.json") {
                cases += 1;
                let sent = request(&service, &file, case, &mut failures);
                golden::check(
                    &file.with_file_name(format!("{case}.request.xml")),
                    &sent,
                    &mut failures,
                );
            }
            if let Some(case) = name.strip_suffix(".reply.xml") {
                cases += 1;
                golden::check(
                    &file.with_file_name(format!("{case}.reply.txt")),
                    &reply(&service, &file, case),
                    &mut failures,
                );
            }
        }
    }
    assert!(cases > least, "only {cases} cases were found");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn lines(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn request(service: &Service, file: &Path, case: &str, failures: &mut Vec<String>) -> String {
    let name = case.split('.').next().expect("an operation");
    let port = service.model.port(None, None).expect("a port");
    let given = data(&std::fs::read_to_string(file).expect("arguments"));
    let given = given.items().expect("a list of arguments").into_owned();
    let names: Vec<String> = match given.as_slice() {
        [Data::Amf(only)] => only
            .member_names()
            .iter()
            .map(ToString::to_string)
            .collect(),
        _ => Vec::new(),
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let operation = match port.operation(name).as_slice() {
        [only] => (*only).clone(),
        _ => port
            .overload(&service.model, name, &names)
            .expect("an operation")
            .clone(),
    };
    let headers = std::fs::read_to_string(file.with_file_name(format!("{case}.headers.json")))
        .map_or(Data::Null, |json| data(&json));
    let settings = Settings {
        zone: &TimeZone::UTC,
        aliases: &service.aliases,
        nulls: Nulls::Nil,
        mtom: None,
    };
    let address = port.address.as_deref().unwrap_or_default();
    let blocks = operation
        .addressing_action
        .as_deref()
        .map(|action| addressing(port.version, action, address, &STAMP))
        .unwrap_or_default();
    let written = bind(&service.model, &operation, &given).and_then(|body| {
        let arguments = Arguments {
            body: &body,
            headers: &headers,
            blocks: &blocks,
            raw: None,
        };
        write(&service.model, port, &operation, &arguments, &settings)
    });
    match written {
        Ok(request) => {
            let action = request
                .action
                .map(|action| format!("SOAPAction: {action}\n"))
                .unwrap_or_default();
            let head = format!("Content-Type: {}\n{action}", request.content_type);
            golden::check(
                &file.with_file_name(format!("{case}.request.http")),
                &head,
                failures,
            );
            String::from_utf8(request.body).expect("UTF-8") + "\n"
        }
        Err(error) => format!("{error}\n"),
    }
}

fn reply(service: &Service, file: &Path, case: &str) -> String {
    let name = case.split('.').next().expect("an operation");
    let port = service.model.port(None, None).expect("a port");
    let operation = port
        .operation(name)
        .first()
        .copied()
        .expect("an operation")
        .clone();
    let body = std::fs::read(file).expect("a reply");
    let http = std::fs::read_to_string(file.with_file_name(format!("{case}.reply.http")))
        .unwrap_or_else(|_| "200 text/xml".to_owned());
    let (status, content_type) = http
        .trim_end_matches('\n')
        .split_once(' ')
        .expect("status and type");
    let reply = Reply {
        status: status.parse().expect("a status"),
        content_type: Some(content_type).filter(|content_type| !content_type.is_empty()),
        body: &body,
    };
    let mut text = String::new();
    for (label, style) in [("flex", flex()), ("classic", classic())] {
        let mut notes = Notes::default();
        let value = written(|sink| {
            let outcome = read::read_into(
                &reply,
                &service.shapes,
                &operation,
                &style,
                "s",
                &Limits::default(),
                sink,
                &mut notes,
            );
            match outcome {
                Ok(Outcome::Value(())) => Ok(()),
                Ok(Outcome::Fault(fault)) => Err(fault_text(&fault)),
                Err(error) => Err(error.to_string()),
            }
        });
        text.push_str(&format!("{label}: {value}\n"));
        if !notes.is_empty() {
            text.push_str(&format!("forgiven: {notes}\n"));
        }
    }
    let mut notes = Notes::default();
    match read::read_data(
        &reply,
        &service.shapes,
        &operation,
        &Limits::default(),
        &mut notes,
    ) {
        Ok(Outcome::Value(answer)) => {
            let body = match &answer.body {
                // A graph is shown by the answers above.
                Data::Amf(_) => "a graph".to_owned(),
                body => format!("{body:?}"),
            };
            text.push_str(&format!("data: {body}\n"));
            if answer.headers != Data::Null {
                text.push_str(&format!("headers: {:?}\n", answer.headers));
            }
        }
        Ok(Outcome::Fault(fault)) => text.push_str(&format!("data: fault {}\n", fault.code)),
        Err(error) => text.push_str(&format!("data: {error}\n")),
    }
    text
}
