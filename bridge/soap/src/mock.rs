//! A service that answers every operation of a WSDL with valid examples, so that a client can be tried without the real
//! one. Its values are always the same, but that an argument comes back where the answer has a member of its name and it
//! may stand there.
//!
//! The first fault that an operation declares and whose name, or that of its element, stands as a text anywhere in the
//! request is answered in place of a result: `convert("UnknownCurrency", …)`.

use std::sync::Arc;

use footbridge_mapping::data::{Data, Record, same_name};
use footbridge_mapping::model::TypeScope;
use jiff::tz::TimeZone;

use crate::describe::example;
use crate::model::{Encoding, Message, Model, Operation, Part, Port, Version};
use crate::read::{Limits, Notes, Reply, Shapes, parameter, read_request};
use crate::write::{Aliases, Arguments, Nulls, Settings, write_reply};
use crate::xml::text;

/// Arguments that come back.
const MAX_ECHOES: usize = 32;

/// Levels of a request that are searched for the name of a fault, and of an answer for places of arguments.
const MAX_DEPTH: usize = 16;

/// A service that answers with examples.
#[derive(Debug)]
pub struct Mock {
    model: Arc<Model>,
    shapes: Shapes,
    aliases: Aliases,
}

/// An answer for HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status: 200, 202 for one-way operations, 400 or 500 for faults.
    pub status: u16,
    /// The header Content-Type; empty without a body.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Mock {
    /// A mock of the services of a model.
    pub fn new(model: &Arc<Model>) -> Self {
        let scope = TypeScope::default();
        Self {
            shapes: Shapes::compile(model, &scope, &TimeZone::UTC),
            aliases: Aliases::of(model, &scope),
            model: Arc::clone(model),
        }
    }

    /// Answers a request to a port. `action` is its header SOAPAction, which tells operations with the same body apart. What
    /// cannot be read, or asks for no operation of the port, gets a fault.
    pub fn answer(&self, port: &Port, request: &Reply<'_>, action: Option<&str>) -> Response {
        let mut notes = Notes::default();
        let read = read_request(request, &self.shapes, port, &Limits::default(), &mut notes);
        let (operation, arguments) = match read {
            Ok(read) => read,
            Err(error) => {
                let message = format!("no request of an operation of {}: {error}", port.name);
                return bare_fault(port.version, Blame::Sender, &message);
            }
        };
        let operation = by_action(port, operation, request, action);
        let Some(output) = &operation.output else {
            return Response {
                status: 202,
                content_type: String::new(),
                body: Vec::new(),
            };
        };
        let asked = operation.faults.iter().find(|(name, part)| {
            let element = &self.model.element(part.element).name.local;
            mentions(&arguments.body, &[name, element], 0)
        });
        if let Some((name, part)) = asked {
            return self.fault(port, operation, name, part, &arguments.body);
        }
        match self.write(port, operation, output, &arguments.body) {
            Ok(response) => response,
            Err(message) => bare_fault(port.version, Blame::Receiver, &message),
        }
    }

    /// A declared fault with a filled detail.
    fn fault(
        &self,
        port: &Port,
        operation: &Operation,
        name: &str,
        part: &Part,
        given: &Data,
    ) -> Response {
        let message = format!("an example of the fault {name}");
        let detail = Message {
            encoding: Encoding::Literal,
            wrapper: None,
            parts: vec![part.clone()],
            headers: Vec::new(),
        };
        let Ok(mut response) = self.write(port, operation, &detail, given) else {
            return bare_fault(port.version, Blame::Receiver, &message);
        };
        // The detail is the body of an envelope; the fault comes around it.
        let (before, behind) = around(port.version, Blame::Receiver, &message);
        let written = String::from_utf8_lossy(&response.body);
        response.body = written
            .replacen("<soapenv:Body>", &format!("<soapenv:Body>{before}"), 1)
            .replacen("</soapenv:Body>", &format!("{behind}</soapenv:Body>"), 1)
            .into_bytes();
        response.status = 500;
        response
    }

    fn write(
        &self,
        port: &Port,
        operation: &Operation,
        message: &Message,
        given: &Data,
    ) -> Result<Response, String> {
        let settings = Settings {
            zone: &TimeZone::UTC,
            aliases: &self.aliases,
            nulls: Nulls::Nil,
            mtom: None,
        };
        let answering = Operation {
            output: Some(message.clone()),
            ..operation.clone()
        };
        let write = |body: &Data| {
            let arguments = Arguments {
                body,
                headers: &Data::Null,
                blocks: &[],
                raw: None,
            };
            write_reply(&self.model, port, &answering, &arguments, &settings)
        };
        let mut body = example(&self.model, message);
        let mut written = write(&body)
            .map_err(|error| format!("no example of {} can be made: {error}", operation.name))?;
        if let Data::Object(record) = given {
            for (name, value) in record.members.iter().take(MAX_ECHOES) {
                // What the schema does not allow there is not echoed.
                if let Some(echoed) = echo(&body, name, value, 0)
                    && let Ok(better) = write(&echoed)
                {
                    (body, written) = (echoed, better);
                }
            }
        }
        Ok(Response {
            status: 200,
            content_type: written.content_type,
            body: written.body,
        })
    }
}

/// The operation that has the action of a request, of those with the body of one.
fn by_action<'p>(
    port: &'p Port,
    found: &'p Arc<Operation>,
    request: &Reply<'_>,
    action: Option<&str>,
) -> &'p Arc<Operation> {
    let typed = parameter(request.content_type.unwrap_or_default(), "action");
    let action = action.or(typed.as_deref()).unwrap_or_default();
    let action = action.trim().trim_matches('"');
    let body = |operation: &Operation| {
        let parts = operation.input.parts.iter();
        let parts: Vec<_> = parts.map(|part| part.element).collect();
        (operation.input.wrapper.clone(), parts)
    };
    let same = port.operations.iter().find(|operation| {
        *operation.action == *action && !action.is_empty() && body(operation) == body(found)
    });
    same.unwrap_or(found)
}

/// Whose fault it is.
#[derive(Clone, Copy)]
enum Blame {
    Sender,
    Receiver,
}

/// What stands in front of a fault's detail, and behind it (SOAP 1.1 §4.4, SOAP 1.2 part 1 §5.4).
fn around(version: Version, blame: Blame, message: &str) -> (String, &'static str) {
    let mut said = String::new();
    text(message, &mut said);
    match version {
        Version::Soap11 => {
            let code = match blame {
                Blame::Sender => "Client",
                Blame::Receiver => "Server",
            };
            (
                format!(
                    "<soapenv:Fault><faultcode>soapenv:{code}</faultcode><faultstring>{said}</faultstring><detail>"
                ),
                "</detail></soapenv:Fault>",
            )
        }
        Version::Soap12 => {
            let code = match blame {
                Blame::Sender => "Sender",
                Blame::Receiver => "Receiver",
            };
            (
                format!(
                    "<soapenv:Fault><soapenv:Code><soapenv:Value>soapenv:{code}</soapenv:Value></soapenv:Code>\
                     <soapenv:Reason><soapenv:Text xml:lang=\"en\">{said}</soapenv:Text></soapenv:Reason><soapenv:Detail>"
                ),
                "</soapenv:Detail></soapenv:Fault>",
            )
        }
    }
}

/// A fault without detail.
fn bare_fault(version: Version, blame: Blame, message: &str) -> Response {
    let (before, behind) = around(version, blame, message);
    let empty = match version {
        Version::Soap11 => "<detail></detail>",
        Version::Soap12 => "<soapenv:Detail></soapenv:Detail>",
    };
    let fault = format!("{before}{behind}").replacen(empty, "", 1);
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soapenv:Envelope xmlns:soapenv=\"{}\"><soapenv:Body>{fault}</soapenv:Body></soapenv:Envelope>",
        version.envelope()
    );
    let (status, content_type) = match (version, blame) {
        (Version::Soap11, _) => (500, "text/xml; charset=utf-8"),
        (Version::Soap12, Blame::Sender) => (400, "application/soap+xml; charset=utf-8"),
        (Version::Soap12, Blame::Receiver) => (500, "application/soap+xml; charset=utf-8"),
    };
    Response {
        status,
        content_type: content_type.to_owned(),
        body: body.into_bytes(),
    }
}

/// The value with an argument in the place of each scalar of its name; `None` where there is none.
fn echo(data: &Data, name: &str, value: &Data, depth: usize) -> Option<Data> {
    if depth > MAX_DEPTH || !is_scalar(value) {
        return None;
    }
    match data {
        Data::List(items) => {
            let echoed: Vec<_> = items
                .iter()
                .map(|item| echo(item, name, value, depth + 1))
                .collect();
            echoed.iter().any(Option::is_some).then(|| {
                let items = echoed.into_iter().zip(items.iter());
                let items: Vec<Data> = items
                    .map(|(echoed, item)| echoed.unwrap_or_else(|| item.clone()))
                    .collect();
                Data::List(items.into())
            })
        }
        Data::Object(record) => {
            let mut record = Record::clone(record);
            let mut found = false;
            for (member, inner) in &mut record.members {
                let better = if is_scalar(inner) {
                    same_name(member, name).then(|| value.clone())
                } else {
                    echo(inner, name, value, depth + 1)
                };
                if let Some(better) = better {
                    *inner = better;
                    found = true;
                }
            }
            found.then(|| Data::Object(Arc::new(record)))
        }
        Data::Null
        | Data::Omit
        | Data::Bool(_)
        | Data::Int(_)
        | Data::Number(_)
        | Data::Decimal(_)
        | Data::Text(_)
        | Data::Date(_)
        | Data::Day(_)
        | Data::Bytes(_)
        | Data::Xml(_)
        | Data::Amf(_) => None,
    }
}

fn is_scalar(data: &Data) -> bool {
    match data {
        Data::Bool(_)
        | Data::Int(_)
        | Data::Number(_)
        | Data::Decimal(_)
        | Data::Text(_)
        | Data::Date(_)
        | Data::Day(_)
        | Data::Bytes(_) => true,
        Data::Null | Data::Omit | Data::Xml(_) | Data::List(_) | Data::Object(_) | Data::Amf(_) => {
            false
        }
    }
}

/// Whether one of the names stands as a text anywhere in a value.
fn mentions(data: &Data, names: &[&Arc<str>], depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match data {
        Data::Text(said) => names.iter().any(|name| ***name == **said),
        Data::List(items) => items.iter().any(|item| mentions(item, names, depth + 1)),
        Data::Object(record) => record
            .members
            .values()
            .any(|member| mentions(member, names, depth + 1)),
        Data::Null
        | Data::Omit
        | Data::Bool(_)
        | Data::Int(_)
        | Data::Number(_)
        | Data::Decimal(_)
        | Data::Date(_)
        | Data::Day(_)
        | Data::Bytes(_)
        | Data::Xml(_)
        | Data::Amf(_) => false,
    }
}
