//! The body of a request: its coding, its length, its time, and the room it takes.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{Request, Response, StatusCode, header};
use footbridge_mapping::model::GatewayLimits;
use footbridge_remoting::{Fault, fault};
use futures_util::StreamExt;

use super::text;
use crate::gzip::{self, Unpacked};
use crate::load::{Held, SMALL};

/// A body that was read.
pub(super) struct Read {
    /// All of it, unpacked, or the beginning of one that is refused.
    pub(super) bytes: Vec<u8>,
    /// Why it is refused: it is too long, or there is no room for it.
    pub(super) refused: Option<Fault>,
}

/// Reads the body of a request, of at most `limits.request` bytes when it is unpacked, and counts what it takes; what cannot be read
/// is answered at once.
pub(super) async fn read(
    request: Request<Body>,
    limits: GatewayLimits,
    held: &Held,
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
        receive(request.into_body().into_data_stream(), limits, held),
    )
    .await;
    let refused = |status, why| Err(Box::new(text(status, why)));
    match received {
        Ok(Some(Read {
            bytes,
            refused: None,
        })) if packed => unpacked(&bytes, limits, held),
        // Nobody can be found in the beginning of what is packed.
        Ok(Some(Read {
            refused: Some(fault),
            ..
        })) if packed => Err(Box::new(refusal(&fault))),
        Ok(Some(read)) => Ok(read),
        Ok(None) => refused(StatusCode::BAD_REQUEST, "the body broke off\n"),
        Err(_) => refused(
            StatusCode::REQUEST_TIMEOUT,
            "the body did not come in time\n",
        ),
    }
}

/// The answer to a request that is refused and in which nobody can be addressed.
pub(super) fn refusal(fault: &Fault) -> Response<Body> {
    match fault.status() {
        429 => text(
            StatusCode::TOO_MANY_REQUESTS,
            "too much of one client is under way\n",
        ),
        503 => text(StatusCode::SERVICE_UNAVAILABLE, "the gateway is busy\n"),
        _ => text(StatusCode::PAYLOAD_TOO_LARGE, "the request is too long\n"),
    }
}

/// Unpacks a body. What it takes is counted when it is there: no more are unpacked at once than there are processors.
fn unpacked(
    packed: &[u8],
    limits: GatewayLimits,
    held: &Held,
) -> Result<Read, Box<Response<Body>>> {
    let (bytes, too_long) = match gzip::unpack(packed, limits.request) {
        Unpacked::Whole(bytes) => (bytes, None),
        Unpacked::TooLong(bytes) => (bytes, Some(too_long(limits))),
        Unpacked::Broken => {
            return Err(Box::new(text(
                StatusCode::BAD_REQUEST,
                "the body is not the gzip it claims to be\n",
            )));
        }
    };
    let no_room = held.more(bytes.capacity(), limits).err();
    Ok(Read {
        bytes,
        refused: no_room.or(too_long),
    })
}

fn too_long(limits: GatewayLimits) -> Fault {
    Fault::new(
        fault::TOO_LARGE,
        format!("the request is longer than {} bytes", limits.request),
    )
}

/// Reads a body; `None` where it breaks off. Of one that is refused the rest is read and dropped, as far as is reasonable: clients
/// read no answer before they have sent everything.
async fn receive(mut body: BodyDataStream, limits: GatewayLimits, held: &Held) -> Option<Read> {
    let limit = limits.request;
    let mut bytes = Vec::new();
    let mut refused = None;
    let mut dropped = 0_usize;
    while let Some(chunk) = body.next().await {
        let mut chunk = &*chunk.ok()?;
        if refused.is_none() {
            let room = limit - bytes.len();
            if chunk.len() > room {
                refused = Some(too_long(limits));
            }
            let taken = &chunk[..chunk.len().min(room)];
            match grow(&mut bytes, taken.len(), limits, held) {
                Ok(()) => {
                    bytes.extend_from_slice(taken);
                    chunk = &chunk[taken.len()..];
                }
                Err(no_room) => {
                    refused = Some(no_room);
                    // Whoever is named in the beginning is told.
                    let beginning = SMALL.saturating_sub(bytes.len()).min(taken.len());
                    bytes.extend_from_slice(&taken[..beginning]);
                    chunk = &chunk[beginning..];
                }
            }
        }
        dropped = dropped.saturating_add(chunk.len());
        if dropped > limit.saturating_mul(DRAINED) {
            break;
        }
    }
    Some(Read { bytes, refused })
}

/// Makes place for some bytes more, twice as much as before but no more than the limit. The first bytes do not count: what is small is
/// always read.
fn grow(bytes: &mut Vec<u8>, more: usize, limits: GatewayLimits, held: &Held) -> Result<(), Fault> {
    let capacity = bytes.capacity();
    let needed = bytes.len() + more;
    if needed <= capacity {
        return Ok(());
    }
    let next = needed.max(capacity.saturating_mul(2)).min(limits.request);
    let counted = |capacity: usize| capacity.saturating_sub(SMALL);
    let more = counted(next) - counted(capacity);
    if more > 0 {
        held.more(more, limits)?;
    }
    bytes.reserve_exact(next - bytes.len());
    Ok(())
}

/// A body that is sent more slowly is a mistake or an attack.
const BODY_TIME: Duration = Duration::from_secs(30);

/// How many times the limit is read and dropped of a body that is refused.
const DRAINED: usize = 4;
