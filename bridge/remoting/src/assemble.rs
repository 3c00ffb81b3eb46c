//! The answer packet around finished bodies.

use crate::header::AnswerHeader;
use crate::packet::Version;

/// Joins bodies to a packet that answers one of `version`. Gives the packet as chunks in order, each body one of
/// them, so that large ones are not copied.
///
/// # Panics
/// If there are more than 65,535 headers or bodies: of bodies there is one for each of a request, whose count is as wide, and one of
/// debug events.
pub fn assemble(version: Version, headers: &[AnswerHeader], bodies: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let mut start = Vec::with_capacity(6 + 64 * headers.len());
    start.extend_from_slice(&version.answered_as().to_be_bytes());
    write_count(&mut start, headers.len());
    for header in headers {
        header.write(&mut start);
    }
    write_count(&mut start, bodies.len());
    let mut chunks = Vec::with_capacity(1 + bodies.len());
    chunks.push(start);
    chunks.extend(bodies);
    chunks
}

fn write_count(out: &mut Vec<u8>, count: usize) {
    let count = u16::try_from(count).expect("no more bodies than a request can have");
    out.extend_from_slice(&count.to_be_bytes());
}
