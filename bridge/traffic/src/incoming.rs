//! An answer as it comes.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use tokio::time::{Instant, timeout_at};

use crate::breaker::Ticket;
use crate::decode::{Decoder, too_large};
use crate::refusal::{Kind, Refusal};
use crate::room::Place;

/// An answer whose body is still to be read. It keeps its place among the backend's calls until it is dropped.
pub struct Incoming {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// How often the request was sent.
    pub sent: u32,
    pub(crate) response: reqwest::Response,
    pub(crate) decoder: Decoder,
    pub(crate) limits: Limits,
    pub(crate) ticket: Option<Ticket>,
    pub(crate) _place: Place,
}

/// What an answer may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) deadline: Instant,
    pub(crate) idle: Duration,
    pub(crate) bytes: u64,
    /// Whether the status says that the backend is ill.
    pub(crate) ill: bool,
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
    /// How often the request was sent.
    pub sent: u32,
}

impl Incoming {
    /// The next piece of the body, decompressed and not empty; `None` at its end.
    ///
    /// # Errors
    /// [`Kind::Timeout`], [`Kind::Idle`], [`Kind::CutOff`], [`Kind::Unreadable`], [`Kind::TooLarge`]
    pub async fn piece(&mut self) -> Result<Option<Bytes>, Refusal> {
        let read = self.read().await;
        match &read {
            Ok(Some(_)) => {}
            Ok(None) => {
                if let Some(ticket) = self.ticket.take() {
                    if self.limits.ill {
                        ticket.failed();
                    } else {
                        ticket.answered();
                    }
                }
            }
            Err(refusal) => {
                if let Some(ticket) = self.ticket.take() {
                    ticket.of(refusal);
                }
            }
        }
        read
    }

    /// The whole body.
    ///
    /// # Errors
    /// As [`Incoming::piece`].
    pub async fn whole(&mut self) -> Result<Bytes, Refusal> {
        let Some(first) = self.piece().await? else {
            return Ok(Bytes::new());
        };
        let Some(second) = self.piece().await? else {
            return Ok(first);
        };
        // What is declared is the whole of it where nothing is unpacked; a lie costs address space, never memory.
        let declared = self.response.content_length().unwrap_or(0);
        let declared = usize::try_from(declared.min(self.limits.bytes)).unwrap_or(0);
        let mut all = BytesMut::with_capacity(((first.len() + second.len()) * 2).max(declared));
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        while let Some(piece) = self.piece().await? {
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }

    async fn read(&mut self) -> Result<Option<Bytes>, Refusal> {
        let declared = self.response.content_length();
        if declared.is_some_and(|length| length > self.limits.bytes) {
            return Err(too_large());
        }
        loop {
            let idle = Instant::now() + self.limits.idle;
            let until = idle.min(self.limits.deadline);
            let Ok(read) = timeout_at(until, self.response.chunk()).await else {
                return Err(if idle < self.limits.deadline {
                    Refusal::new(Kind::Idle, "the backend's answer came to a standstill")
                } else {
                    Refusal::late()
                });
            };
            let piece = match read {
                Ok(piece) => piece,
                Err(error) => return Err(Refusal::of(error, false)),
            };
            let ended = piece.is_none();
            let out = match piece {
                Some(piece) => self.decoder.piece(piece)?,
                None => self.decoder.end()?,
            };
            if !out.is_empty() {
                return Ok(Some(out));
            }
            if ended {
                return Ok(None);
            }
        }
    }
}
