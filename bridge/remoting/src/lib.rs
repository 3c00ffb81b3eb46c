//! What travels in AMF: packets, headers, Flex messages, record sets, faults.
//!
//! No I/O, no async, no clock and no randomness: moments and identifiers come in as a [`Stamp`].
//! Read in the order of a call:
//!
//! 1. [`Packet`]: the envelope of a request or an answer; [`Body`], [`Header`].
//! 2. [`Request`]: what one body asks: a classic call, a Flex [`Message`], a [`Command`].
//! 3. [`Envelope`]: how this call wants to be answered, and [`Style`], in which shapes.
//! 4. [`Answer`]: one body of the answer, written value by value; [`Rows`]: rows inside it.
//! 5. [`Fault`]: what went wrong, as the client sees it; [`fault`] lists the codes.
//! 6. [`command`]: answers to what Flex channels ask by themselves; [`assemble`]: the answer packet.
//! 7. [`outgoing`]: the other side, requests as Flash Player writes them, for tools that call.

mod answer;
pub use answer::{Answer, Stamp, TypedAcknowledge};

mod assemble;
pub use assemble::{AnswerHeader, assemble};

pub mod command;
pub use command::Command;

mod envelope;
pub use envelope::{Encoding, Envelope, FlexReply};

pub mod fault;
pub use fault::{Emit, Fault};

mod message;
pub use message::{Message, MessageKind};

pub mod outgoing;

mod packet;
pub use packet::{Body, Header, Packet, PacketError, Unreadable, Version};

mod request;
pub use request::Request;

mod rows;
pub use rows::Rows;

mod small;

mod shape;
pub use shape::{ARRAY_COLLECTION, ListShape, Style};
