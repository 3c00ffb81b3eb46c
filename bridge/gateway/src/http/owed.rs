//! The body of an answer, which is held until the client has taken it.
//!
//! The room that an answer takes is given back with its last byte, wherever it waits: here, or in the buffers of its connection.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;

use crate::load::Held;
use crate::patience::Pace;

/// A body of these bytes, in pieces, whose room is `held` until they are sent on the connection of this pace.
pub(super) fn body(chunks: Vec<Vec<u8>>, held: Held, pace: &Arc<Pace>) -> Body {
    let length = chunks.iter().map(Vec::len).sum::<usize>();
    let owed = Arc::new(Owed::new(held, pace));
    if length <= PIECE {
        return Body::from(owed.piece(chunks.concat().into()));
    }
    let pieces = chunks.into_iter().flat_map(|chunk| {
        let mut rest = Bytes::from(chunk);
        std::iter::from_fn(move || {
            let piece = rest.split_to(rest.len().min(PIECE));
            (!piece.is_empty()).then_some(piece)
        })
    });
    let pieces = pieces.map(move |piece| Ok::<_, std::convert::Infallible>(owed.piece(piece)));
    Body::from_stream(stream::iter(pieces))
}

/// An answer that is not taken yet.
struct Owed {
    _held: Held,
    pace: Arc<Pace>,
}

/// Some bytes of it.
struct Piece {
    bytes: Bytes,
    owed: Arc<Owed>,
}

impl Owed {
    fn new(held: Held, pace: &Arc<Pace>) -> Self {
        pace.owes();
        Self {
            _held: held,
            pace: Arc::clone(pace),
        }
    }

    fn piece(self: &Arc<Self>, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Piece {
            bytes,
            owed: Arc::clone(self),
        })
    }
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.owed.pace.took(self.bytes.len());
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        self.pace.settles();
    }
}

/// The most that is sent in one piece; a smaller answer is copied into one, which takes one write.
const PIECE: usize = 64 << 10;
