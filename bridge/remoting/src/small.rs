//! The small form of an acknowledge, `DSK`: externalizable, identifiers as 16 bytes, its body first.
//!
//! ```text
//! 0a 07 "DSK"
//! flags 1       01 body, 02 clientId, 08 headers, 10 messageId, 20 timestamp, 80 another byte of flags
//! flags 2       01 clientId as 16 bytes, 02 messageId as 16 bytes
//! values        in the order of the bits
//! flags         01 correlationId, 02 correlationId as 16 bytes; value
//! flags         00
//! ```

use footbridge_amf::{Sink, WriteError, amf3};

use crate::answer::{Stamp, TypedAcknowledge, Upstream};
use crate::envelope::FlexReply;

/// What stands behind the body.
pub(crate) struct Rest {
    client_id: Id,
    headers: Option<(Option<String>, bool, Option<Upstream>)>,
    message_id: Id,
    now: f64,
    correlation: Option<Id>,
}

/// An identifier: as bytes if it is a UUID as we write them, else as it is.
enum Id {
    Bytes([u8; 16]),
    Text(String),
}

/// Begins a `DSK`: the next value is its body.
pub(crate) fn begin(
    writer: &mut amf3::Writer,
    reply: &FlexReply,
    acknowledge: TypedAcknowledge<'_>,
    stamp: &Stamp,
) -> Result<Rest, WriteError> {
    let headers = (!acknowledge.is_empty()).then(|| {
        (
            acknowledge.ds_id.map(str::to_owned),
            acknowledge.small_messages,
            acknowledge.upstream.cloned(),
        )
    });
    let rest = Rest {
        client_id: Id::of(reply.client_id.as_ref().unwrap_or(&stamp.client_id)),
        headers,
        message_id: Id::of(&stamp.message_id),
        now: stamp.now,
        correlation: reply.correlation.as_deref().map(Id::of),
    };
    let first = BODY
        | TIMESTAMP
        | MORE
        | if rest.headers.is_some() { HEADERS } else { 0 }
        | rest.client_id.choose(0, CLIENT_ID)
        | rest.message_id.choose(0, MESSAGE_ID);
    let second =
        rest.client_id.choose(CLIENT_ID_BYTES, 0) | rest.message_id.choose(MESSAGE_ID_BYTES, 0);
    writer.begin_external_raw("DSK")?;
    writer.flags(first)?;
    writer.flags(second)?;
    Ok(rest)
}

impl Rest {
    /// Writes everything behind the body, and ends the message.
    pub(crate) fn write(&self, writer: &mut amf3::Writer) -> Result<(), WriteError> {
        self.client_id.write_text(writer)?;
        if let Some((ds_id, small_messages, upstream)) = &self.headers {
            TypedAcknowledge {
                ds_id: ds_id.as_deref(),
                small_messages: *small_messages,
                upstream: upstream.as_ref(),
            }
            .write(writer)?;
        }
        self.message_id.write_text(writer)?;
        writer.number(self.now)?;
        self.client_id.write_bytes(writer)?;
        self.message_id.write_bytes(writer)?;
        match &self.correlation {
            None => writer.flags(0)?,
            Some(id) => {
                writer.flags(id.choose(CORRELATION_BYTES, CORRELATION))?;
                id.write_text(writer)?;
                id.write_bytes(writer)?;
            }
        }
        writer.flags(0)?;
        writer.end()
    }
}

impl Id {
    fn of(text: &str) -> Self {
        uuid_bytes(text).map_or_else(|| Self::Text(text.to_owned()), Self::Bytes)
    }

    fn choose(&self, bytes: u8, text: u8) -> u8 {
        match self {
            Self::Bytes(_) => bytes,
            Self::Text(_) => text,
        }
    }

    fn write_text(&self, writer: &mut amf3::Writer) -> Result<(), WriteError> {
        match self {
            Self::Text(text) => writer.string(text),
            Self::Bytes(_) => Ok(()),
        }
    }

    fn write_bytes(&self, writer: &mut amf3::Writer) -> Result<(), WriteError> {
        match self {
            Self::Bytes(bytes) => writer.bytes(bytes),
            Self::Text(_) => Ok(()),
        }
    }
}

/// The bytes of an upper-case UUID; clients make that same text of them, so no other spelling would survive.
fn uuid_bytes(text: &str) -> Option<[u8; 16]> {
    if text.len() != 36 {
        return None;
    }
    let mut bytes = [0; 16];
    let mut half = 0;
    for (place, letter) in text.bytes().enumerate() {
        let digit = match letter {
            b'-' if matches!(place, 8 | 13 | 18 | 23) => continue,
            b'0'..=b'9' => letter - b'0',
            b'A'..=b'F' => letter - b'A' + 10,
            _ => return None,
        };
        let byte: &mut u8 = bytes.get_mut(half / 2)?;
        *byte = *byte << 4 | digit;
        half += 1;
    }
    (half == 32).then_some(bytes)
}

const BODY: u8 = 0x01;
const CLIENT_ID: u8 = 0x02;
const HEADERS: u8 = 0x08;
const MESSAGE_ID: u8 = 0x10;
const TIMESTAMP: u8 = 0x20;
const MORE: u8 = 0x80;
const CLIENT_ID_BYTES: u8 = 0x01;
const MESSAGE_ID_BYTES: u8 = 0x02;
const CORRELATION: u8 = 0x01;
const CORRELATION_BYTES: u8 = 0x02;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_upper_case_uuid_is_bytes() {
        let bytes = uuid_bytes("00112233-4455-6677-8899-AABBCCDDEEFF").unwrap();
        assert_eq!(bytes.first_chunk(), Some(&[0x00, 0x11, 0x22]));
        assert_eq!(bytes.last_chunk(), Some(&[0xee, 0xff]));
        for text in [
            "",
            "00112233-4455-6677-8899-aabbccddeeff",
            "0011223304455-6677-8899-AABBCCDDEEFF",
            "00112233-4455-6677-8899AAABBCCDDEEFF",
            "00112233-4455-6677-8899-AABBCCDDEEF",
        ] {
            assert_eq!(uuid_bytes(text), None, "{text}");
        }
    }
}
