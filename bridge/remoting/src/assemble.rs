//! The answer packet around finished bodies.

use crate::answer::write_utf8;
use crate::packet::Version;

/// A header of an answer. Text only: Royale fails on any other value, Ruffle ignores all headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerHeader<'a> {
    /// Its name: with must-understand, a method that the client's connection must have.
    pub name: &'a str,
    /// Whether a client without such a method is to get an error.
    pub must_understand: bool,
    /// Its value, at most 65,535 bytes.
    pub text: &'a str,
}

/// Joins bodies to a packet that answers one of `version`. Gives the packet as chunks in order, each body one of
/// them, so that large ones are not copied. Headers whose name or text is over 65,535 bytes are left out.
///
/// # Panics
/// If there are more than 65,535 bodies: there is one for each of a request, whose count is as wide.
pub fn assemble(
    version: Version,
    headers: &[AnswerHeader<'_>],
    bodies: Vec<Vec<u8>>,
) -> Vec<Vec<u8>> {
    let fits = |text: &str| u16::try_from(text.len()).is_ok();
    let headers: Vec<_> = headers
        .iter()
        .filter(|header| fits(header.name) && fits(header.text))
        .collect();
    let mut start = Vec::with_capacity(6 + 64 * headers.len());
    start.extend_from_slice(&version.answered_as().to_be_bytes());
    write_count(&mut start, headers.len());
    for header in headers {
        write_utf8(&mut start, &[header.name]);
        start.push(u8::from(header.must_understand));
        let length =
            u32::try_from(header.text.len() + 3).expect("the text is at most 65,535 bytes");
        start.extend_from_slice(&length.to_be_bytes());
        start.push(STRING_MARKER);
        write_utf8(&mut start, &[header.text]);
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

const STRING_MARKER: u8 = 0x02;
