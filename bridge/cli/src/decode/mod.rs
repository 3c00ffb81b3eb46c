//! `footbridge decode`: any AMF, in any wrapping, as canonical JSON.

mod container;
mod har;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use footbridge_amf::canonical::{self, Encoding};
use footbridge_amf::{Budget, Graph, Limits, ReadError, WriteError, amf0, amf3};
use footbridge_remoting::{Packet, PacketError, Unreadable, Version};
use serde_json::{Map, Value as Json, json};

use crate::Outcome;
use crate::layout::{WIDTH, layout};

/// Print AMF bytes as canonical JSON: every type, class and reference shown.
///
/// The file holds a packet or a single value: raw, as hex (also as xxd and hexdump print it), as base64, within a
/// raw HTTP message, or in a HAR file saved by a browser. What it is is recognised, unless an option says it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Malformed bytes: exit code 1, and the error as JSON with its offset; what stands before it is printed with it.
docs/canonical-json.md describes the form; `value-file` in a mapping and the arguments of `call` read it too.

Examples:
  footbridge decode recorded.bin
  echo 0a 0b 01 05 69 64 04 05 01 | footbridge decode - --amf3
  footbridge decode session.har")]
pub(crate) struct Arguments {
    /// The file; `-` for standard input.
    file: PathBuf,
    /// The bytes are one AMF0 value.
    #[arg(long, group = "kind")]
    amf0: bool,
    /// The bytes are one AMF3 value.
    #[arg(long, group = "kind")]
    amf3: bool,
    /// The bytes are a remoting packet.
    #[arg(long, group = "kind")]
    packet: bool,
    /// Columns of a line; what is longer is broken.
    #[arg(long, default_value_t = WIDTH)]
    width: usize,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let input = read(&self.file)?;
        let (json, outcome) = match har::exchanges(&input) {
            Some(exchanges) => har::decode_all(&exchanges),
            None => match container::unwrap(&input) {
                Ok(bytes) => decode(&bytes, self.kind()),
                Err(error) => (
                    json!({"error": {"message": error.to_string()}}),
                    Outcome::Bad,
                ),
            },
        };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", layout(&json, self.width))?;
        Ok(outcome)
    }

    fn kind(&self) -> Option<Kind> {
        if self.packet {
            Some(Kind::Packet)
        } else if self.amf0 {
            Some(Kind::Amf0)
        } else if self.amf3 {
            Some(Kind::Amf3)
        } else {
            None
        }
    }
}

/// What bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Packet,
    Amf0,
    Amf3,
}

/// Decodes bytes as `kind`, or as what they are: a packet, an AMF0 value or an AMF3 value, the first that explains
/// all of them. Where none does, the error is of the packet if the bytes begin like one, else of the reading that
/// came farthest.
fn decode(bytes: &[u8], kind: Option<Kind>) -> (Json, Outcome) {
    if let Some(kind) = kind {
        return match decode_as(bytes, kind) {
            Ok(json) => (json, Outcome::Good),
            Err(malformed) => (malformed.json, Outcome::Bad),
        };
    }
    let mut farthest: Option<Malformed> = None;
    for kind in [Kind::Packet, Kind::Amf0, Kind::Amf3] {
        let malformed = match decode_as(bytes, kind) {
            Ok(json) => return (json, Outcome::Good),
            Err(malformed) => malformed,
        };
        if farthest
            .as_ref()
            .is_none_or(|other| malformed.offset > other.offset && !begins_like_packet(bytes))
        {
            farthest = Some(malformed);
        }
    }
    let json = farthest.map_or(Json::Null, |malformed| malformed.json);
    (json, Outcome::Bad)
}

/// A version, at most 255 headers, and room for a number of bodies.
fn begins_like_packet(bytes: &[u8]) -> bool {
    matches!(bytes, [0, 0 | 1 | 3, 0, _, _, _, ..])
}

fn decode_as(bytes: &[u8], kind: Kind) -> Result<Json, Malformed> {
    let mut budget = Budget::new(&LIMITS);
    let mut graph = Graph::new();
    let (value, end, encoding) = match kind {
        Kind::Packet => return packet(bytes),
        Kind::Amf0 => {
            let mut reader = amf0::Reader::new(bytes, 0, &mut budget);
            let value = reader
                .read(&mut graph)
                .map_err(|error| Malformed::value(kind, &error))?;
            (value, reader.offset(), Encoding::Amf0)
        }
        Kind::Amf3 => {
            let mut reader = amf3::Reader::new(bytes, 0, &mut budget);
            let value = reader
                .read(&mut graph)
                .map_err(|error| Malformed::value(kind, &error))?;
            (value, reader.offset(), Encoding::Amf3)
        }
    };
    let json = canonical::to_json(&graph, &value, encoding)
        .map_err(|error| Malformed::deep(kind, &error))?;
    if end < bytes.len() {
        return Err(Malformed::behind(kind, end, bytes.len() - end, json));
    }
    Ok(json)
}

fn packet(bytes: &[u8]) -> Result<Json, Malformed> {
    let packet = Packet::read(bytes, &LIMITS).map_err(|error| Malformed::packet(&error))?;
    let json = packet_json(&packet).map_err(|error| Malformed::deep(Kind::Packet, &error))?;
    if let Some(unreadable) = packet.first_unreadable() {
        return Err(Malformed::body(unreadable, json));
    }
    if packet.trailing > 0 {
        return Err(Malformed::behind(
            Kind::Packet,
            bytes.len() - packet.trailing,
            packet.trailing,
            json,
        ));
    }
    Ok(json)
}

/// A packet in canonical JSON.
pub(crate) fn packet_json(packet: &Packet<'_>) -> Result<Json, WriteError> {
    let (version, encoding) = match packet.version {
        Version::Amf0 => (0, Encoding::Amf0),
        Version::Fms => (1, Encoding::Amf0),
        Version::Amf3 => (3, Encoding::Amf3),
    };
    let headers: Vec<_> = packet
        .headers
        .iter()
        .map(|header| {
            Ok(json!({
                "name": header.name,
                "mustUnderstand": header.must_understand,
                "value": canonical::to_json(&header.graph, &header.value, encoding)?,
            }))
        })
        .collect::<Result<_, WriteError>>()?;
    let bodies: Vec<_> = packet
        .bodies
        .iter()
        .map(|body| {
            Ok(json!({
                "target": body.target,
                "response": body.response,
                "content": canonical::to_json(&body.graph, &body.content, encoding)?,
            }))
        })
        .collect::<Result<_, WriteError>>()?;
    Ok(json!({"version": version, "headers": headers, "bodies": bodies}))
}

/// Why bytes are not what they should be, and what could be read before that.
#[derive(Debug)]
struct Malformed {
    offset: usize,
    json: Json,
}

impl Malformed {
    fn value(kind: Kind, error: &ReadError) -> Self {
        let members = [
            ("expected", json!(error.expected)),
            ("found", json!(error.found)),
            ("message", json!(error.to_string())),
        ];
        Self::new(kind, error.offset, members, None)
    }

    fn packet(error: &PacketError) -> Self {
        let offset = match error {
            PacketError::Version { .. } => 0,
            PacketError::Truncated { offset, .. } => *offset,
            PacketError::Header { error, .. } => error.offset,
        };
        Self::new(
            Kind::Packet,
            offset,
            [("message", json!(error.to_string()))],
            None,
        )
    }

    fn body(unreadable: &Unreadable, read: Json) -> Self {
        let error = &unreadable.error;
        let members = [
            ("target", json!(unreadable.target)),
            ("response", json!(unreadable.response)),
            ("expected", json!(error.expected)),
            ("found", json!(error.found)),
            ("message", json!(error.to_string())),
        ];
        Self::new(Kind::Packet, error.offset, members, Some(read))
    }

    fn behind(kind: Kind, offset: usize, count: usize, read: Json) -> Self {
        let message = format!("at byte {offset}: expected the end, found {count} more bytes");
        let members = [
            ("expected", json!("the end")),
            ("found", json!(format!("{count} more bytes"))),
            ("message", json!(message)),
        ];
        Self::new(kind, offset, members, Some(read))
    }

    /// What is read and cannot be shown; nobody sends such a value but to see what happens.
    fn deep(kind: Kind, error: &WriteError) -> Self {
        Self::new(kind, 0, [("message", json!(error.to_string()))], None)
    }

    fn new<const N: usize>(
        kind: Kind,
        offset: usize,
        members: [(&str, Json); N],
        read: Option<Json>,
    ) -> Self {
        let read_as = match kind {
            Kind::Packet => "packet",
            Kind::Amf0 => "amf0",
            Kind::Amf3 => "amf3",
        };
        let mut error = Map::new();
        error.insert("as".to_owned(), json!(read_as));
        error.insert("offset".to_owned(), json!(offset));
        error.extend(members.map(|(name, value)| (name.to_owned(), value)));
        let json = match read {
            Some(read) => json!({"error": error, "read": read}),
            None => json!({"error": error}),
        };
        Self { offset, json }
    }
}

/// A file that somebody wants to look at may be larger than what a gateway takes from strangers.
pub(crate) const LIMITS: Limits = Limits {
    depth: 256,
    values: 20_000_000,
    bytes: 512 << 20,
    references: 20_000_000,
};

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut input = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut input)
            .context("cannot read standard input")?;
        return Ok(input);
    }
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bytes that come far: a version, few headers and bodies, markers.
    fn likely_bytes() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![3 => 0_u8..=0x12, 1 => any::<u8>()];
        (
            prop_oneof![
                Just(vec![]),
                Just(vec![0, 0, 0, 0, 0, 1]),
                Just(vec![0, 3, 0, 0, 0, 2])
            ],
            prop::collection::vec(byte, 0..80),
        )
            .prop_map(|(head, rest)| [head, rest].concat())
    }

    proptest! {
        #[test]
        fn any_input_is_json_or_a_fault(input in prop_oneof![likely_bytes(), any::<Vec<u8>>(), "[ -~\n]{0,200}".prop_map(String::into_bytes)]) {
            prop_assert!(har::exchanges(&input).is_none());
            let Ok(bytes) = container::unwrap(&input) else { return Ok(()) };
            let (json, outcome) = decode(&bytes, None);
            let text = layout(&json, WIDTH);
            prop_assert_eq!(outcome == Outcome::Bad, text.contains("\"offset\""));
        }
    }

    #[test]
    fn the_reading_that_comes_farthest_says_what_is_wrong() {
        // An AMF3 object whose second member is cut off; as AMF0 this would be a list without an end.
        let (json, outcome) = decode(b"\x0a\x0b\x01\x05id\x04\x05\x05nm\x06", None);
        assert_eq!(outcome, Outcome::Bad);
        assert_eq!(json["error"]["as"], "amf3");
    }
}
