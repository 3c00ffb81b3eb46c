//! `HTTPMessage` and `SOAPMessage`: requests that clients make through a proxy.
//!
//! ```text
//! HTTPMessage  url, method, contentType, httpHeaders, body, recordHeaders; destination and headers as all messages
//! SOAPMessage  the same members under another alias; the body is an envelope
//! ```

use footbridge_amf::Value;

use crate::message::{Message, MessageKind};

/// The members of a request in the order in which a proxy takes them.
const MEMBERS: [&str; 6] = [
    "url",
    "method",
    "contentType",
    "httpHeaders",
    "body",
    "recordHeaders",
];

/// The destination of `HTTPService` and `WebService` that name none.
const DEFAULT: &str = "DefaultHTTP";

/// What a client wants to be requested for it.
#[derive(Debug)]
pub struct HttpMessage<'b, 'a> {
    /// The message.
    pub message: Message<'b, 'a>,
    /// Whether it is an envelope of SOAP.
    pub is_envelope: bool,
}

impl<'b, 'a> HttpMessage<'b, 'a> {
    /// The request that a message is, if it is one.
    pub fn of(message: &Message<'b, 'a>) -> Option<Self> {
        let is_envelope = match message.kind() {
            MessageKind::Http => false,
            MessageKind::Soap => true,
            MessageKind::Command
            | MessageKind::Remoting
            | MessageKind::Async
            | MessageKind::Data => return None,
        };
        Some(Self {
            message: *message,
            is_envelope,
        })
    }

    /// The proxy that it goes through.
    pub fn destination(&self) -> String {
        self.message
            .text("destination")
            .filter(|name| !name.is_empty())
            .map_or_else(|| DEFAULT.to_owned(), Into::into)
    }

    /// Its members by position: `url, method, contentType, httpHeaders, body, recordHeaders`, and whether it is an envelope.
    /// What is missing is null.
    pub fn values(&self) -> Vec<Value<'a>> {
        let member = |name: &&str| self.message.member(name).cloned().unwrap_or(Value::Null);
        MEMBERS
            .iter()
            .map(member)
            .chain([Value::Bool(self.is_envelope)])
            .collect()
    }
}
