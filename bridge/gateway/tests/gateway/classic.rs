//! Classic calls with arguments in canonical JSON, in one packet, and what they were answered.

use footbridge_amf::canonical::{self, Encoding as Shown};
use footbridge_amf::{Graph, Limits};
use footbridge_remoting::outgoing::{self, Outgoing, Target};
use footbridge_remoting::{Encoding, Packet};
use serde_json::Value as Json;

use crate::support::Answer;

/// The packet of some calls.
pub(crate) fn packet(encoding: Encoding, calls: &[(&str, Json)]) -> Vec<u8> {
    let mut graph = Graph::new();
    let arguments: Vec<Vec<_>> = calls
        .iter()
        .map(|(_, arguments)| {
            let list = arguments.as_array().expect("a list");
            list.iter()
                .map(|argument| canonical::from_json_into(&mut graph, argument).unwrap())
                .collect()
        })
        .collect();
    let outgoing: Vec<_> = calls
        .iter()
        .zip(&arguments)
        .map(|((target, _), arguments)| Outgoing {
            graph: &graph,
            arguments,
            target: Target::Classic(target),
        })
        .collect();
    outgoing::request(encoding, &outgoing, 1_000_000).unwrap()
}

/// The value of each answer, or the code of its fault.
pub(crate) fn answers(encoding: Encoding, answer: &Answer) -> Vec<Json> {
    let shown = match encoding {
        Encoding::Amf3 => Shown::Amf3,
        Encoding::Amf0 | Encoding::Json => Shown::Amf0,
    };
    let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
    packet
        .bodies
        .iter()
        .map(|body| {
            let value = canonical::to_json(&body.graph, &body.content, shown).unwrap();
            if body.target.ends_with("onStatus") {
                value["code"].clone()
            } else {
                value
            }
        })
        .collect()
}

/// The session in the cookie that came with an answer.
pub(crate) fn cookie(answer: &Answer) -> Option<String> {
    let cookie = answer.header("set-cookie")?.strip_prefix("footbridge=")?;
    Some(cookie.split(';').next()?.to_owned())
}
