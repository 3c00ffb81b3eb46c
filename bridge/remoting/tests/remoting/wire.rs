//! Each file of `tests/wire` is a request as a real client writes it, and what it must be read as.

use std::fmt::Write;
use std::path::Path;

use footbridge_amf::{Graph, Limits, Node, Value};
use footbridge_remoting::{Envelope, Packet, Request, Style};

use crate::notation;

#[test]
fn requests_of_real_clients_are_understood() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire");
    let mut failed = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = std::fs::read_to_string(&path).unwrap();
        let (bytes, expected) = notation::parse(&file);
        let read = describe(&bytes);
        let expected = expected.unwrap_or("(nothing behind ---)");
        if read.trim_end() != expected.trim_end() {
            failed.push(format!(
                "{}\n-- expected\n{expected}\n-- read\n{read}",
                path.display()
            ));
        }
        count += 1;
    }
    assert!(count > 10, "the files are found");
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// A packet in words.
pub(crate) fn describe(bytes: &[u8]) -> String {
    let packet = match Packet::read(bytes, &Limits::default()) {
        Ok(packet) => packet,
        Err(error) => return format!("no packet: {error}\n"),
    };
    let mut text = format!("{:?}", packet.version);
    if packet.trailing > 0 {
        write!(text, ", {} bytes behind", packet.trailing).unwrap();
    }
    text.push('\n');
    for header in &packet.headers {
        let must = if header.must_understand {
            " (must be understood)"
        } else {
            ""
        };
        writeln!(
            text,
            "header {}{must}: {}",
            header.name,
            show(&header.graph, &header.value)
        )
        .unwrap();
    }
    for body in &packet.bodies {
        let request = Request::recognise(body);
        let envelope = Envelope::of(body, &request, packet.version);
        let asked_values;
        let arguments = match &request {
            Request::Classic {
                service,
                operation,
                arguments,
            } => {
                write!(text, "{} classic `{service}` `{operation}`", body.response).unwrap();
                arguments
            }
            Request::Remoting {
                destination,
                source,
                operation,
                arguments,
                ..
            } => {
                write!(text, "{} remoting to `{destination}`", body.response).unwrap();
                if let Some(source) = source {
                    write!(text, " from `{source}`").unwrap();
                }
                write!(text, " `{operation}`").unwrap();
                arguments
            }
            Request::Command { command, .. } => {
                write!(text, "{} command {command:?}", body.response).unwrap();
                &[][..]
            }
            Request::Http { asked } => {
                let envelope = if asked.is_envelope {
                    "envelope"
                } else {
                    "request"
                };
                write!(
                    text,
                    "{} {envelope} to `{}`",
                    body.response,
                    asked.destination()
                )
                .unwrap();
                asked_values = asked.values();
                &asked_values[..]
            }
            Request::Other { message } => {
                write!(text, "{} other {:?}", body.response, message.kind()).unwrap();
                &[][..]
            }
            Request::Unknown => {
                write!(text, "{} unknown", body.response).unwrap();
                &[][..]
            }
        };
        let shown: Vec<_> = arguments
            .iter()
            .map(|argument| show(&body.graph, argument))
            .collect();
        writeln!(text, "({})", shown.join(", ")).unwrap();
        if let Some(reply) = &envelope.message {
            writeln!(
                text,
                "  correlation {:?} client {:?} small {}",
                reply.correlation, reply.client_id, reply.small
            )
            .unwrap();
        }
        if let Some(id) = request.message().and_then(|message| message.ds_id()) {
            writeln!(text, "  DSId {id}").unwrap();
        }
        let style = Style::of(&envelope);
        writeln!(
            text,
            "  answer {:?}, rows {:?}, lists {:?}",
            style.encoding, style.rows, style.lists
        )
        .unwrap();
    }
    if let Some(unreadable) = &packet.unreadable {
        let response = unreadable.response.as_deref().unwrap_or("(unknown)");
        writeln!(
            text,
            "{response} unreadable, {} missing: {}",
            unreadable.missing, unreadable.error
        )
        .unwrap();
    }
    text
}

fn show(graph: &Graph<'_>, value: &Value<'_>) -> String {
    match value {
        Value::Undefined => "undefined".to_owned(),
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Number(value) => format!("{value:?}"),
        Value::String(text) => format!("'{text}'"),
        Value::Node(id) => match graph.node(*id) {
            Node::Object(object) => {
                let traits = graph.traits(object.traits);
                let sealed = traits.sealed.iter().zip(&object.values);
                let members =
                    sealed.chain(object.dynamic.iter().map(|(name, value)| (name, value)));
                let members: Vec<_> = members
                    .map(|(name, value)| format!("{name}: {}", show(graph, value)))
                    .collect();
                format!("{}{{{}}}", traits.alias, members.join(", "))
            }
            Node::Array(_) => match graph.list(value) {
                Some(items) => {
                    let items: Vec<_> = items.iter().map(|item| show(graph, item)).collect();
                    format!("[{}]", items.join(", "))
                }
                None => "an array with names".to_owned(),
            },
            Node::Date(millis) => format!("date {millis}"),
            other => format!("{other:?}"),
        },
    }
}
