//! What one body of a request asks.
//!
//! Three shapes of arguments are in use: an AMF0 strict array whose items are AMF0 or AVM+ values (Flash
//! Player), one AVM+ array (`11 09 …`: Royale, Feathers, Lightspark), and a bare value without an array
//! (`11 0a …`: `RocketAMF`, `SabreAMF`). Ruffle writes arrays as ECMA arrays with keys 0 … n−1.

use std::borrow::Cow;

use footbridge_amf::{Graph, Node, Value};

use crate::command::Command;
use crate::http_message::HttpMessage;
use crate::message::{Message, MessageKind, node_of};
use crate::packet::Body;

/// One body, understood as far as the envelope goes.
#[derive(Debug)]
pub enum Request<'b, 'a> {
    /// `NetConnection.call("service.operation", …)`.
    Classic {
        /// Everything before the last dot (or, without a dot, the last slash) of the target; may be empty.
        service: &'b str,
        /// What stands behind it.
        operation: &'b str,
        /// The arguments by position, or one object with arguments by name.
        arguments: Cow<'b, [Value<'a>]>,
    },
    /// A `RemotingMessage`: a call through a Flex channel.
    Remoting {
        /// The message itself.
        message: Message<'b, 'a>,
        /// The Flex destination.
        destination: Cow<'b, str>,
        /// The service behind the destination, as some clients name it; never empty.
        source: Option<Cow<'b, str>>,
        /// The operation.
        operation: Cow<'b, str>,
        /// The arguments by position, or one object with arguments by name.
        arguments: Cow<'b, [Value<'a>]>,
    },
    /// A `CommandMessage`: what channels and consumers ask by themselves.
    Command {
        /// The message itself.
        message: Message<'b, 'a>,
        /// Which command.
        command: Command,
    },
    /// An `HTTPMessage` or `SOAPMessage`: a request that the client makes through a proxy.
    Http {
        /// What is to be requested.
        asked: HttpMessage<'b, 'a>,
    },
    /// Another message: to publish, or of a service that the kind names.
    Other {
        /// The message itself.
        message: Message<'b, 'a>,
    },
    /// A null target without a message, or a `RemotingMessage` without an operation. The client is at fault.
    Unknown,
}

impl<'b, 'a> Request<'b, 'a> {
    /// Understands a body of a request. Flex messages are known by a null (or empty) target; typed ones by
    /// their alias, anonymous ones (Ruffle loses aliases) by their members.
    pub fn recognise(body: &'b Body<'a>) -> Self {
        let graph = &body.graph;
        let content = without_wrapping(graph, &body.content);
        if !is_null_target(&body.target) {
            let (service, operation) = split_target(&body.target);
            return Request::Classic {
                service,
                operation,
                arguments: arguments(graph, content),
            };
        }
        let value = match node_of(graph, content) {
            Some(Node::Array(_)) => match first_item(graph, content) {
                Some(first) => first,
                None => return Request::Unknown,
            },
            _ => content,
        };
        let Some(message) = Message::recognise(graph, value) else {
            return Request::Unknown;
        };
        match message.kind() {
            MessageKind::Command => {
                let command = Command::of(message.operation_number());
                Request::Command { message, command }
            }
            MessageKind::Remoting => {
                let Some(operation) = message.text("operation").filter(|text| !text.is_empty())
                else {
                    return Request::Unknown;
                };
                let source = message.text("source").filter(|text| !text.is_empty());
                let destination = message.text("destination").unwrap_or_default();
                let arguments = message
                    .body()
                    .map_or(Cow::Borrowed(&[][..]), |body| arguments(graph, body));
                Request::Remoting {
                    message,
                    destination,
                    source,
                    operation,
                    arguments,
                }
            }
            MessageKind::Async | MessageKind::Http | MessageKind::Soap | MessageKind::Data => {
                match HttpMessage::of(&message) {
                    Some(asked) => Request::Http { asked },
                    None => Request::Other { message },
                }
            }
        }
    }

    /// The Flex message, where there is one.
    pub fn message(&self) -> Option<&Message<'b, 'a>> {
        match self {
            Request::Remoting { message, .. }
            | Request::Command { message, .. }
            | Request::Other { message } => Some(message),
            Request::Http { asked } => Some(&asked.message),
            Request::Classic { .. } | Request::Unknown => None,
        }
    }
}

/// Whether a target stands for "the message says it". `NetConnection.call(null, …)` writes the text `null`.
pub(crate) fn is_null_target(target: &str) -> bool {
    target.is_empty() || target == "null"
}

/// Service names hold dots, slashes and colons (`http://host/x?WSDL.operation`), so the last dot divides; `Amfphp` 2
/// clients write `Service/operation`.
fn split_target(target: &str) -> (&str, &str) {
    target
        .rsplit_once('.')
        .or_else(|| target.rsplit_once('/'))
        .unwrap_or(("", target))
}

/// What an object `{_flag: "Envelope", headers, data}` carries, in which players wrap the arguments of a call whose connection has AMF3
/// headers; everything else as it is.
fn without_wrapping<'b, 'a>(graph: &'b Graph<'a>, content: &'b Value<'a>) -> &'b Value<'a> {
    let wrapping = match node_of(graph, content) {
        Some(Node::Array(array)) => match array.dense.as_slice() {
            [only] => only,
            _ => content,
        },
        _ => content,
    };
    match graph.member(wrapping, "_flag") {
        Some(Value::String(flag)) if flag == "Envelope" => {
            graph.member(wrapping, "data").unwrap_or(&Value::Null)
        }
        _ => content,
    }
}

/// The arguments in `content`: the items of an array, none for null, else the value as the only one.
fn arguments<'b, 'a>(graph: &'b Graph<'a>, content: &'b Value<'a>) -> Cow<'b, [Value<'a>]> {
    match content {
        Value::Null | Value::Undefined => Cow::Borrowed(&[]),
        _ => match node_of(graph, content) {
            Some(Node::Array(_)) => graph
                .list(content)
                .unwrap_or_else(|| Cow::Borrowed(std::slice::from_ref(content))),
            _ => Cow::Borrowed(std::slice::from_ref(content)),
        },
    }
}

/// The first item of an array, also of an ECMA array whose first key is `0`.
fn first_item<'b, 'a>(graph: &'b Graph<'a>, array: &Value<'a>) -> Option<&'b Value<'a>> {
    let Some(Node::Array(array)) = node_of(graph, array) else {
        return None;
    };
    array.dense.first().or_else(|| {
        array
            .named
            .iter()
            .find(|(name, _)| name == "0")
            .map(|(_, value)| value)
    })
}
