//! Flex messages, in each dress that clients send them in: typed AMF3 or AMF0 objects, small messages (`DSC`,
//! `DSA`), and anonymous objects (Ruffle's AVM2 loses class aliases), which are known by their members.

use std::borrow::Cow;

use footbridge_amf::{Graph, Node, Value};

/// A Flex message inside a body.
#[derive(Clone, Copy, Debug)]
pub struct Message<'b, 'a> {
    graph: &'b Graph<'a>,
    value: &'b Value<'a>,
    kind: MessageKind,
}

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// `CommandMessage`, `DSC`.
    Command,
    /// `RemotingMessage`; it has no small form.
    Remoting,
    /// `AsyncMessage`, `DSA`: something to publish.
    Async,
    /// `HTTPMessage`.
    Http,
    /// `SOAPMessage`.
    Soap,
    /// Messages of Data Management, `flex.data.messages.*`.
    Data,
}

impl<'b, 'a> Message<'b, 'a> {
    /// The message that `value` is, if it is one.
    pub fn recognise(graph: &'b Graph<'a>, value: &'b Value<'a>) -> Option<Self> {
        let alias = match node_of(graph, value)? {
            Node::Object(object) => graph.traits(object.traits).alias.as_ref(),
            Node::External(external) => external.alias.as_ref(),
            _ => return None,
        };
        let kind = match alias {
            "flex.messaging.messages.CommandMessage" | "DSC" => MessageKind::Command,
            "flex.messaging.messages.RemotingMessage" => MessageKind::Remoting,
            "flex.messaging.messages.AsyncMessage" | "DSA" => MessageKind::Async,
            "flex.messaging.messages.HTTPMessage" => MessageKind::Http,
            "flex.messaging.messages.SOAPMessage" => MessageKind::Soap,
            other if other.starts_with("flex.data.messages.") => MessageKind::Data,
            _ => by_shape(graph, value)?,
        };
        Some(Self { graph, value, kind })
    }

    /// What it is for.
    pub fn kind(&self) -> MessageKind {
        self.kind
    }

    /// The graph that its values live in.
    pub fn graph(&self) -> &'b Graph<'a> {
        self.graph
    }

    /// A member, whatever it holds.
    pub fn member(&self, name: &str) -> Option<&'b Value<'a>> {
        self.graph.member(self.value, name)
    }

    /// A member that is text; null, missing and everything else is none.
    pub fn text(&self, name: &str) -> Option<Cow<'b, str>> {
        text(self.member(name)?)
    }

    /// What the message carries; null and missing are none.
    pub fn body(&self) -> Option<&'b Value<'a>> {
        match self.member("body")? {
            Value::Null | Value::Undefined => None,
            body => Some(body),
        }
    }

    /// A header of the message.
    pub fn header(&self, name: &str) -> Option<&'b Value<'a>> {
        self.graph.member(self.member("headers")?, name)
    }

    /// The identifier that the answer repeats as `correlationId`.
    pub fn message_id(&self) -> Option<Cow<'b, str>> {
        self.text("messageId")
    }

    /// The identifier of the server session that the client was given, without the `nil` of clients that have none yet.
    pub fn ds_id(&self) -> Option<Cow<'b, str>> {
        text(self.header("DSId")?).filter(|id| id != "nil" && !id.is_empty())
    }

    /// Name and password for the backend of this destination, as `setRemoteCredentials` gives them: `user:password` in base64, sent
    /// once. An empty text takes back what was given.
    pub fn remote_credentials(&self) -> Option<Cow<'b, str>> {
        text(self.header("DSRemoteCredentials")?)
    }

    /// In which letters the text behind the base64 of [`Self::remote_credentials`] is written, where the client says so.
    pub fn remote_charset(&self) -> Option<Cow<'b, str>> {
        text(self.header("DSRemoteCredentialsCharset")?)
    }

    /// The same of the name and password of a login.
    pub fn credentials_charset(&self) -> Option<Cow<'b, str>> {
        text(self.header("DSCredentialsCharset")?)
    }

    /// Whether the client says that it reads small messages (`DSMessagingVersion` ≥ 1, sent with pings and logins).
    pub fn announces_small(&self) -> bool {
        match self.header("DSMessagingVersion") {
            Some(Value::Number(version)) => *version >= 1.0,
            Some(Value::Int(version)) => *version >= 1,
            _ => false,
        }
    }

    /// How long the client waits for the answer, in milliseconds, where it says so (`DSRequestTimeoutMillis`,
    /// `DSRequestTimeout` in seconds).
    pub fn request_timeout(&self) -> Option<u64> {
        let (value, factor) = match self.header("DSRequestTimeoutMillis") {
            Some(millis) => (millis, 1.0),
            None => (self.header("DSRequestTimeout")?, 1000.0),
        };
        let number = match value {
            Value::Number(number) => *number,
            Value::Int(number) => f64::from(*number),
            _ => return None,
        };
        // `as` saturates, and NaN is not above 0.
        (number > 0.0).then_some((number * factor) as u64)
    }

    /// The number of a command, where it is one; a small message without it means 0, subscribe.
    pub(crate) fn operation_number(&self) -> Option<i64> {
        match self.member("operation") {
            Some(Value::Int(number)) => Some(i64::from(*number)),
            Some(Value::Number(number)) if number.fract() == 0.0 => Some(*number as i64),
            None if matches!(node_of(self.graph, self.value), Some(Node::External(_))) => Some(0),
            _ => None,
        }
    }
}

/// Numeric `operation` beside a `messageId` is a command, a text one with a destination a call; a message without an
/// operation carries a URL (`HTTPMessage`) or something to publish.
fn by_shape<'a>(graph: &Graph<'a>, value: &Value<'a>) -> Option<MessageKind> {
    graph.member(value, "messageId")?;
    match graph.member(value, "operation") {
        Some(Value::Number(_) | Value::Int(_)) => {
            let data = graph.member(value, "identity").is_some();
            Some(if data {
                MessageKind::Data
            } else {
                MessageKind::Command
            })
        }
        Some(Value::String(_)) if graph.member(value, "destination").is_some() => {
            Some(MessageKind::Remoting)
        }
        Some(_) => None,
        None if graph.member(value, "httpHeaders").is_some() => Some(http_by_shape(graph, value)),
        None => {
            graph.member(value, "destination")?;
            graph.member(value, "body").map(|_| MessageKind::Async)
        }
    }
}

/// A SOAPMessage has the members of an HTTPMessage; clients set its content type by themselves.
fn http_by_shape<'a>(graph: &Graph<'a>, value: &Value<'a>) -> MessageKind {
    let envelope = graph
        .member(value, "contentType")
        .and_then(text)
        .is_some_and(|kind| kind.starts_with("text/xml"));
    let action = graph
        .member(value, "httpHeaders")
        .and_then(|headers| graph.member(headers, "SOAPAction"));
    if envelope && action.is_some() {
        MessageKind::Soap
    } else {
        MessageKind::Http
    }
}

fn text<'b>(value: &'b Value<'_>) -> Option<Cow<'b, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text.as_ref())),
        _ => None,
    }
}

/// The node that a value stands for, if it has an identity.
pub(crate) fn node_of<'b, 'a>(graph: &'b Graph<'a>, value: &Value<'a>) -> Option<&'b Node<'a>> {
    match value {
        Value::Node(id) => Some(graph.node(*id)),
        Value::Undefined
        | Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Number(_)
        | Value::String(_) => None,
    }
}
