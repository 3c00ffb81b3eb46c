//! The body of a request: its coding, its length and its time.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{Request, Response, StatusCode, header};
use futures_util::StreamExt;

use super::text;
use crate::gzip::{self, Unpacked};

/// A body that was read.
pub(super) struct Read {
    /// All of it, unpacked, or the beginning of one that is too long.
    pub(super) bytes: Vec<u8>,
    /// Whether it is longer than the limit.
    pub(super) too_long: bool,
}

/// Reads the body of a request, of at most `limit` bytes when it is unpacked; what cannot be read is answered at once.
pub(super) async fn read(
    request: Request<Body>,
    limit: usize,
) -> Result<Read, Box<Response<Body>>> {
    let coding = request
        .headers()
        .get(header::CONTENT_ENCODING)
        .map(|value| value.as_bytes().to_ascii_lowercase());
    let packed = match coding.as_deref() {
        None | Some(b"identity") => false,
        Some(b"gzip" | b"x-gzip") => true,
        Some(_) => {
            return Err(Box::new(text(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "a gateway takes Content-Encoding: gzip or none\n",
            )));
        }
    };
    let received = tokio::time::timeout(
        BODY_TIME,
        receive(request.into_body().into_data_stream(), limit),
    )
    .await;
    let refused = |status, why| Err(Box::new(text(status, why)));
    match received {
        Ok(Received::Whole(bytes)) if packed => match gzip::unpack(&bytes, limit) {
            Unpacked::Whole(bytes) => Ok(Read {
                bytes,
                too_long: false,
            }),
            Unpacked::TooLong(bytes) => Ok(Read {
                bytes,
                too_long: true,
            }),
            Unpacked::Broken => refused(
                StatusCode::BAD_REQUEST,
                "the body is not the gzip it claims to be\n",
            ),
        },
        Ok(Received::TooLong(_)) if packed => {
            refused(StatusCode::PAYLOAD_TOO_LARGE, "the request is too long\n")
        }
        Ok(Received::Whole(bytes)) => Ok(Read {
            bytes,
            too_long: false,
        }),
        Ok(Received::TooLong(bytes)) => Ok(Read {
            bytes,
            too_long: true,
        }),
        Ok(Received::Broken) => refused(StatusCode::BAD_REQUEST, "the body broke off\n"),
        Err(_) => refused(
            StatusCode::REQUEST_TIMEOUT,
            "the body did not come in time\n",
        ),
    }
}

/// What came as a body.
enum Received {
    Whole(Vec<u8>),
    /// The first bytes of one that is over the limit.
    TooLong(Vec<u8>),
    Broken,
}

/// Reads a body. Of one that is too long the rest is read and dropped, as far as is reasonable: clients read no answer before
/// they have sent everything.
async fn receive(mut body: BodyDataStream, limit: usize) -> Received {
    let mut bytes = Vec::new();
    let mut dropped = 0_usize;
    while let Some(chunk) = body.next().await {
        let Ok(chunk) = chunk else {
            return Received::Broken;
        };
        let room = limit - bytes.len();
        let taken = chunk.len().min(room);
        bytes.extend_from_slice(&chunk[..taken]);
        dropped = dropped.saturating_add(chunk.len() - taken);
        if dropped > limit.saturating_mul(DRAINED) {
            break;
        }
    }
    if dropped > 0 {
        Received::TooLong(bytes)
    } else {
        Received::Whole(bytes)
    }
}

/// A body that is sent more slowly is a mistake or an attack.
const BODY_TIME: Duration = Duration::from_secs(30);

/// How many times the limit is read and dropped of a body that is too long.
const DRAINED: usize = 4;
