//! The envelope around calls and answers.
//!
//! ```text
//! U16 version   0 AMF0 (Flash 6–8, Ruffle), 1 FMS, 3 AMF3
//! U16 count     headers: U16+utf8 name, U8 must-understand, U32 length, one AMF0 value
//! U16 count     bodies:  U16+utf8 target, U16+utf8 response, U32 length, one AMF0 value
//! ```
//!
//! Lengths are not believed: no client agrees on them (Royale writes 1, Py3AMF 0, `RocketAMF` ffffffff). Only
//! behind a body that cannot be read its length is tried, in case another body begins there. Bytes behind the
//! last body are not read (Feathers sends its whole buffer). Each header and each body has its own reference tables.

use std::borrow::Cow;

use footbridge_amf::{Budget, Graph, Limits, ReadError, Value, amf0};

/// A packet as it was read: what is complete, and what ended the reading.
#[derive(Debug)]
pub struct Packet<'a> {
    /// What the sender speaks.
    pub version: Version,
    /// Headers in wire order; of equal names the last counts, see [`Packet::header`].
    pub headers: Vec<Header<'a>>,
    /// Bodies in wire order, each a call (in a request) or an answer.
    pub bodies: Vec<Body<'a>>,
    /// Bodies that could not be read, but whose length led to the next one; in wire order.
    pub skipped: Vec<Skipped>,
    /// What could not be read; what stands before it is complete, behind it nothing can be found.
    pub unreadable: Option<Unreadable>,
    /// Bytes behind the last body; no sender should write any, some do.
    pub trailing: usize,
}

/// The packet's version, which is really the kind of the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// 0: Flash 6 to 8, connections with object encoding 0, and Ruffle always.
    Amf0,
    /// 1: Flash Media Server. Read as AMF0 and answered with 0.
    Fms,
    /// 3: Flash 9 and later with AMF3.
    Amf3,
}

/// A header of a packet.
#[derive(Debug)]
pub struct Header<'a> {
    /// Its name; compared without regard to case.
    pub name: Cow<'a, str>,
    /// Whether the sender wants an error from a peer that does not know the name. Real servers do not care.
    pub must_understand: bool,
    /// What the value's nodes live in.
    pub graph: Graph<'a>,
    /// Its value.
    pub value: Value<'a>,
}

/// One call of a request, or one answer.
#[derive(Debug)]
pub struct Body<'a> {
    /// `service.operation`, or `null` for a Flex message; in an answer the response URI and `/onResult` or `/onStatus`.
    pub target: Cow<'a, str>,
    /// The response URI, to be echoed as it is; `/1`, `/2`, … by habit.
    pub response: Cow<'a, str>,
    /// What the content's nodes live in.
    pub graph: Graph<'a>,
    /// The arguments, mostly as an array; in an answer the value.
    pub content: Value<'a>,
}

/// A body that could not be read, with others behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// How many bodies stand before it, read or not.
    pub index: usize,
    /// What it is.
    pub unreadable: Unreadable,
}

/// The body at which reading ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its target, where that much could be read.
    pub target: Option<String>,
    /// Its response URI, where that much could be read.
    pub response: Option<String>,
    /// Why.
    pub error: ReadError,
    /// How many bodies the packet claims beside those that were read, this one included.
    pub missing: usize,
}

/// Why bytes are no packet at all. The sender is at fault; there is nobody to whom an answer could be addressed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// The first two bytes name no version that is in use.
    #[error("packet version {found} is not 0, 1 or 3")]
    Version {
        /// What stood there.
        found: u16,
    },
    /// The bytes end within the envelope, before the first body.
    #[error("packet ends at byte {offset}, within {within}")]
    Truncated {
        /// How many bytes there are.
        offset: usize,
        /// The part that is incomplete.
        within: &'static str,
    },
    /// A header's value cannot be read, so what follows it cannot be found.
    #[error("header `{name}` of the packet cannot be read: {error}")]
    Header {
        /// The header's name.
        name: String,
        /// Why.
        error: ReadError,
    },
}

impl<'a> Packet<'a> {
    /// Reads a packet within `limits`, which count for all its headers and bodies together.
    ///
    /// # Errors
    /// Where the version is unknown or the bytes end or fail before the first body. A body that fails is no error:
    /// see [`Packet::unreadable`].
    pub fn read(bytes: &'a [u8], limits: &Limits) -> Result<Self, PacketError> {
        let mut input = Input { bytes, offset: 0 };
        let mut budget = Budget::new(limits);

        let version = Version::of(input.u16("the version")?)?;
        let count = input.u16("the number of headers")?;
        let mut headers = Vec::new();
        for _ in 0..count {
            headers.push(input.header(&mut budget)?);
        }

        let count = usize::from(input.u16("the number of bodies")?);
        let mut bodies = Vec::new();
        let mut skipped = Vec::new();
        let mut unreadable = None;
        for index in 0..count {
            let mut failed = match input.body(&mut budget) {
                Ok(body) => {
                    bodies.push(body);
                    continue;
                }
                Err(failed) => failed,
            };
            failed.missing = count - index;
            let at_content = failed.response.is_some();
            if index + 1 == count || !at_content || !input.skip_body() {
                unreadable = Some(failed);
                break;
            }
            skipped.push(Skipped {
                index,
                unreadable: failed,
            });
        }
        let trailing = if unreadable.is_some() {
            0
        } else {
            bytes.len() - input.offset
        };
        Ok(Self {
            version,
            headers,
            bodies,
            skipped,
            unreadable,
            trailing,
        })
    }

    /// The first body that could not be read, whether others were found behind it or not.
    pub fn first_unreadable(&self) -> Option<&Unreadable> {
        let skipped = self.skipped.first().map(|skipped| &skipped.unreadable);
        skipped.or(self.unreadable.as_ref())
    }

    /// The header of this name, letter case aside; the last one where it is repeated.
    pub fn header(&self, name: &str) -> Option<&Header<'a>> {
        self.headers
            .iter()
            .rev()
            .find(|header| header.name.eq_ignore_ascii_case(name))
    }
}

impl Version {
    fn of(number: u16) -> Result<Self, PacketError> {
        match number {
            0 => Ok(Self::Amf0),
            1 => Ok(Self::Fms),
            3 => Ok(Self::Amf3),
            found => Err(PacketError::Version { found }),
        }
    }

    /// The number an answer to this version carries: its own, and 0 to FMS.
    pub fn answered_as(self) -> u16 {
        match self {
            Self::Amf0 | Self::Fms => 0,
            Self::Amf3 => 3,
        }
    }
}

/// The bytes and where we are in them.
struct Input<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Input<'a> {
    fn header(&mut self, budget: &mut Budget) -> Result<Header<'a>, PacketError> {
        let name = self.text("a header's name")?;
        let must_understand = self
            .take(1, "a header")?
            .first()
            .is_some_and(|&byte| byte != 0);
        self.take(4, "a header's length")?;
        match self.value(budget) {
            Ok((graph, value)) => Ok(Header {
                name,
                must_understand,
                graph,
                value,
            }),
            Err(error) => Err(PacketError::Header {
                name: name.into_owned(),
                error,
            }),
        }
    }

    fn body(&mut self, budget: &mut Budget) -> Result<Body<'a>, Unreadable> {
        let start = Unreadable {
            target: None,
            response: None,
            error: self.end_of_bytes("a body"),
            missing: 0,
        };
        let Ok(target) = self.text("a body's target") else {
            return Err(start);
        };
        let Ok(response) = self.text("a body's response URI") else {
            return Err(Unreadable {
                target: Some(target.into_owned()),
                ..start
            });
        };
        let content = match self.take(4, "a body's length") {
            Ok(_) => self.value(budget),
            Err(_) => Err(self.end_of_bytes("a body's length")),
        };
        match content {
            Ok((graph, content)) => Ok(Body {
                target,
                response,
                graph,
                content,
            }),
            Err(error) => Err(Unreadable {
                target: Some(target.into_owned()),
                response: Some(response.into_owned()),
                error,
                missing: 0,
            }),
        }
    }

    /// Goes from the content of a body that cannot be read to the next body, if the length in front of the content leads to one.
    fn skip_body(&mut self) -> bool {
        let number = self.offset.checked_sub(4).and_then(|start| {
            let bytes = self.bytes.get(start..self.offset)?;
            usize::try_from(u32::from_be_bytes(bytes.try_into().ok()?)).ok()
        });
        let Some(offset) = number.and_then(|length| self.offset.checked_add(length)) else {
            return false;
        };
        let mut next = Input {
            bytes: self.bytes,
            offset,
        };
        let begins = offset > self.offset && next.names_a_body();
        if begins {
            self.offset = offset;
        }
        begins
    }

    /// Whether a body may begin here: a target, a response URI, a length, and at least one byte.
    fn names_a_body(&mut self) -> bool {
        let mut name = || {
            let length = usize::from(self.u16("a name").ok()?);
            std::str::from_utf8(self.take(length, "a name").ok()?).ok()
        };
        let named = name().is_some_and(|target| !target.is_empty()) && name().is_some();
        named && self.take(5, "a length and a content").is_ok()
    }

    fn value(&mut self, budget: &mut Budget) -> Result<(Graph<'a>, Value<'a>), ReadError> {
        let mut graph = Graph::new();
        let mut reader = amf0::Reader::new(self.bytes, self.offset, budget);
        let value = reader.read(&mut graph)?;
        self.offset = reader.offset();
        Ok((graph, value))
    }

    /// Names and URIs: invalid UTF-8 is replaced, since an answer must still be addressed.
    fn text(&mut self, within: &'static str) -> Result<Cow<'a, str>, PacketError> {
        let length = usize::from(self.u16(within)?);
        Ok(String::from_utf8_lossy(self.take(length, within)?))
    }

    fn u16(&mut self, within: &'static str) -> Result<u16, PacketError> {
        let bytes = self.take(2, within)?;
        Ok(bytes
            .iter()
            .fold(0, |number, &byte| number << 8 | u16::from(byte)))
    }

    fn take(&mut self, length: usize, within: &'static str) -> Result<&'a [u8], PacketError> {
        let rest = self.bytes.get(self.offset..).unwrap_or_default();
        let Some(taken) = rest.get(..length) else {
            return Err(PacketError::Truncated {
                offset: self.bytes.len(),
                within,
            });
        };
        self.offset += length;
        Ok(taken)
    }

    fn end_of_bytes(&self, expected: &'static str) -> ReadError {
        ReadError {
            offset: self.bytes.len(),
            expected,
            found: "the end of the packet".to_owned(),
            over_limit: false,
        }
    }
}
