//! What travels in AMF: packets, headers, Flex messages, record sets, faults.
//!
//! No I/O, no async, no clock and no randomness: moments and identifiers come in as a [`Stamp`].
//! Read in the order of a call:
//!
//! 1. [`Packet`]: the envelope of a request or an answer; [`Body`], [`Header`].
//! 2. [`Request`]: what one body asks: a classic call, a Flex [`Message`] ([`HttpMessage`] among them), a [`Command`].
//! 3. [`Envelope`]: how this call wants to be answered, and [`Style`], in which shapes.
//!    [`Profile`]: what the bytes of a request do not tell of its client.
//! 4. [`Answer`]: one body of the answer, written value by value; [`Rows`]: rows inside it.
//! 5. [`Fault`]: what went wrong, as the client sees it; [`fault`] lists the codes.
//! 6. [`command`]: answers to what Flex channels ask by themselves; [`AnswerHeader`], [`assemble`]: the answer packet.
//! 7. [`outgoing`]: the other side, requests as Flash Player writes them, for tools that call.
//!
//! ```
//! use footbridge_amf::Limits;
//! use footbridge_remoting::{Answer, Envelope, Packet, Request, Stamp, assemble};
//!
//! // Flash Player calls `clock.now()`.
//! let request = b"\0\0\0\0\0\x01\0\x09clock.now\0\x02/1\0\0\0\x05\x0a\0\0\0\0";
//! let packet = Packet::read(request, &Limits::default())?;
//! let body = &packet.bodies[0];
//! let call = Request::recognise(body);
//! assert!(matches!(call, Request::Classic { service: "clock", operation: "now", .. }));
//!
//! // The answer suits who asked: here a bare AMF0 value.
//! let envelope = Envelope::of(body, &call, packet.version);
//! let stamp = Stamp { message_id: String::new(), client_id: String::new(), now: 0.0 };
//! let mut answer = Answer::begin(&envelope, 10_000, &stamp)?;
//! answer.sink().string("noon")?;
//! let bytes = assemble(packet.version, &[], vec![answer.finish()?]).concat();
//! assert_eq!(bytes, b"\0\0\0\0\0\x01\0\x0b/1/onResult\0\x04null\0\0\0\x07\x02\0\x04noon");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
pub use answer::{Answer, Stamp, TypedAcknowledge, Upstream, UpstreamHeaders};

mod assemble;
pub use assemble::assemble;

pub mod command;
pub use command::Command;

mod envelope;
pub use envelope::{Encoding, Envelope, FlexReply, Wire};

pub mod fault;
pub use fault::{Emit, Fault};

pub mod header;
pub use header::AnswerHeader;

mod http_message;
pub use http_message::HttpMessage;

mod json;

mod message;
pub use message::{Message, MessageKind};

pub mod outgoing;

mod packet;
pub use packet::{Body, Header, Packet, PacketError, Skipped, Unreadable, Version};

pub mod profile;
pub use profile::Profile;

mod request;
pub use request::Request;

mod rows;
pub use rows::{PAGES, Rows};

mod small;

mod shape;
pub use shape::{ARRAY_COLLECTION, ListShape, Style};
