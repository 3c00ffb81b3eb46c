//! Calls and answers as canonical JSON.

use std::error::Error;

use footbridge_amf::canonical;
use footbridge_amf::{Graph, Limits};
use footbridge_remoting::outgoing::{Addressed, Outcome, Outgoing, Target, outcome, request};
use footbridge_remoting::{Encoding, Packet};
use serde_json::{Value as Json, json};

use crate::gateway::Gateway;

/// One call, in a packet of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The encoding of the packet.
    pub encoding: Encoding,
    /// Whom it is for.
    pub address: Address,
    /// Its arguments, canonical.
    pub arguments: Vec<Json>,
}

/// How a call says what it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `service.operation`.
    Classic(String),
    /// A Flex `RemotingMessage`.
    Flex {
        /// Its destination.
        destination: String,
        /// Its source, if it names one.
        source: Option<String>,
        /// Its operation.
        operation: String,
    },
}

/// Calls a gateway. The answer is an object with one key: `onResult` or `onStatus` of a classic call with what was sent
/// there, `acknowledge` with the body, or `error` with the whole message, of a Flex call.
///
/// # Errors
/// Where HTTP fails, the answer cannot be read, or does not fit the call.
pub fn call(gateway: &Gateway, call: &Call) -> Result<Json, Box<dyn Error>> {
    let mut graph = Graph::new();
    let arguments = call
        .arguments
        .iter()
        .map(|argument| canonical::from_json_into(&mut graph, argument))
        .collect::<Result<Vec<_>, _>>()?;
    let target = match &call.address {
        Address::Classic(name) => Target::Classic(name),
        Address::Flex {
            destination,
            source,
            operation,
        } => Target::Remoting(Addressed {
            destination,
            source: source.as_deref(),
            operation,
            message_id: MESSAGE_ID,
            ds_id: None,
            small_messages: false,
        }),
    };
    let packet = request(
        call.encoding,
        &[Outgoing {
            graph: &graph,
            arguments: &arguments,
            target,
        }],
        usize::MAX,
    )?;
    let response = gateway.post(&packet)?;
    if response.status != 200 {
        return Err(format!(
            "HTTP {}: {}",
            response.status,
            String::from_utf8_lossy(&response.body)
        )
        .into());
    }
    answer(call, &response.body)
}

const MESSAGE_ID: &str = "6F2B6C34-3A5E-4B0A-9C57-0D6B0A3C1F42";

fn answer(call: &Call, bytes: &[u8]) -> Result<Json, Box<dyn Error>> {
    let packet = Packet::read(bytes, &Limits::default())?;
    let [body] = packet.bodies.as_slice() else {
        return Err(format!("{} bodies came for one call", packet.bodies.len()).into());
    };
    if packet.first_unreadable().is_some() || packet.trailing > 0 {
        return Err("the answer is not read to its end".into());
    }
    // A Flex message is AMF3 in a packet of any version.
    let encoding = match (&call.address, call.encoding) {
        // Calls are sent in packets, and JSON is not.
        (Address::Classic(_), Encoding::Amf0 | Encoding::Json) => canonical::Encoding::Amf0,
        (Address::Classic(_), Encoding::Amf3) | (Address::Flex { .. }, _) => {
            canonical::Encoding::Amf3
        }
    };
    let (uri, said) = outcome(body);
    let value = canonical::to_json(&body.graph, &body.content, encoding)?;
    match (&call.address, said) {
        _ if uri != "/1" => Err(format!("the answer is for `{uri}`").into()),
        (Address::Classic(_), Outcome::Result) => Ok(json!({ "onResult": value })),
        (Address::Classic(_), Outcome::Status) => Ok(json!({ "onStatus": value })),
        (Address::Flex { .. }, Outcome::Result) => {
            message(value, "AcknowledgeMessage", "acknowledge")
        }
        (Address::Flex { .. }, Outcome::Status) => message(value, "ErrorMessage", "error"),
        (_, Outcome::Other) => Err(format!("the answer went to `{}`", body.target).into()),
    }
}

fn message(mut value: Json, class: &str, key: &str) -> Result<Json, Box<dyn Error>> {
    if value["$class"] != format!("flex.messaging.messages.{class}")
        || value["correlationId"] != MESSAGE_ID
    {
        return Err(format!("expected {class} to {MESSAGE_ID}, got {value}").into());
    }
    let shown = if key == "acknowledge" {
        value["body"].take()
    } else {
        value
    };
    Ok(json!({ key: shown }))
}
