//! How one call wants to be answered.

use crate::packet::{Body, Unreadable, Version};
use crate::request::{Request, is_null_target};

/// Everything about a call that decides the bytes around its answer, and nothing about its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The response URI as the client sent it; the answer's target begins with it.
    pub response: String,
    /// The version of the request's packet.
    pub version: Version,
    /// What the answer's value is written in.
    pub encoding: Encoding,
    /// For a Flex message, what its answer repeats; none for a classic call.
    pub message: Option<FlexReply>,
    /// What else the client's profile says of bytes; set by whoever knows it.
    pub wire: Wire,
}

/// What a client reads, beyond what its request tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wire {
    /// Whether it reads AMF0 references.
    pub references: bool,
    /// Whether it reads the integers of AMF3; else numbers are sent in their place.
    pub integers: bool,
    /// Whether a fault of a classic call is an `ErrorMessage`, as one of a Flex message is.
    pub error_messages: bool,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            references: false,
            integers: true,
            error_messages: false,
        }
    }
}

/// Which AMF the value of an answer is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// AMF0 throughout.
    Amf0,
    /// The AVM+ switch 0x11 and AMF3.
    Amf3,
    /// Plain JSON, no packet around it.
    Json,
}

/// What the answer to a Flex message repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlexReply {
    /// The `messageId` of the message; none if it had no readable one.
    pub correlation: Option<String>,
    /// The `clientId` of the message; the server gives one where it is missing.
    pub client_id: Option<String>,
    /// The destination, empty for commands to the channel.
    pub destination: String,
    /// Whether small messages (`DSK`) may be sent: this client announced them, here or earlier in its session,
    /// and the packet's version is 3. Set by whoever knows the session.
    pub small: bool,
}

impl Envelope {
    /// How the call in `body` wants to be answered.
    ///
    /// A version-3 packet gets AMF3; classic calls of other packets get AMF0. A Flex message in an AMF0 packet
    /// gets typed AMF3 messages in it: its senders (Ruffle) know classes only there.
    pub fn of(body: &Body<'_>, request: &Request<'_, '_>, version: Version) -> Self {
        let message = request.message().map(|message| FlexReply {
            correlation: message.message_id().map(Into::into),
            client_id: message.text("clientId").map(Into::into),
            destination: message
                .text("destination")
                .map(Into::into)
                .unwrap_or_default(),
            small: version == Version::Amf3 && message.announces_small(),
        });
        let message =
            message.or_else(|| matches!(request, Request::Unknown).then(FlexReply::default));
        Self::new(body.response.clone().into_owned(), version, message)
    }

    /// How a call wants to be answered that came as JSON.
    pub fn json() -> Self {
        Self {
            response: String::new(),
            version: Version::Amf0,
            encoding: Encoding::Json,
            message: None,
            wire: Wire::default(),
        }
    }

    /// How something that is no answer goes to whoever asked with this response URI.
    pub(crate) fn beside(response: &str, version: Version) -> Self {
        Self::new(response.to_owned(), version, None)
    }

    /// How the body that could not be read wants to be answered, as far as can be told.
    pub fn unreadable(unreadable: &Unreadable, version: Version) -> Self {
        let flex = unreadable.target.as_deref().is_some_and(is_null_target);
        let response = unreadable.response.clone().unwrap_or_default();
        Self::new(response, version, flex.then(FlexReply::default))
    }

    /// Whether the client is a classic one: `NetConnection.call` with a service's name.
    pub fn is_classic(&self) -> bool {
        self.message.is_none()
    }

    fn new(response: String, version: Version, message: Option<FlexReply>) -> Self {
        let encoding = match (version, &message) {
            (Version::Amf3, _) | (Version::Amf0 | Version::Fms, Some(_)) => Encoding::Amf3,
            (Version::Amf0 | Version::Fms, None) => Encoding::Amf0,
        };
        Self {
            response,
            version,
            encoding,
            message,
            wire: Wire::default(),
        }
    }
}
