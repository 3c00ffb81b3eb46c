//! What AMF comes wrapped in when people have it in a file: hex, base64, hex dumps, HTTP messages.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// Unwraps what was recognised: dumps and encodings of bytes, then an HTTP message around them.
///
/// Bytes that look like nothing else are themselves. An AMF packet or value always holds a control character, so it
/// is never taken for text.
pub(crate) fn unwrap(input: &[u8]) -> Result<Vec<u8>, ContainerError> {
    let bytes = match text(input) {
        Some(text) => from_text(text).unwrap_or_else(|| input.to_vec()),
        None => input.to_vec(),
    };
    match http_body(&bytes) {
        Some(body) => body,
        None => Ok(bytes),
    }
}

/// Why a wrapped body cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ContainerError {
    /// The HTTP message uses a content encoding other than gzip, deflate and identity.
    #[error(
        "the HTTP message is encoded as `{0}`, which is not read here; save it without an encoding"
    )]
    Encoding(String),
    /// The body does not unpack.
    #[error("the body of the HTTP message is no {0}")]
    Packed(&'static str),
    /// The body unpacks to more than the limit.
    #[error("the body of the HTTP message is larger than {} MiB when it is unpacked", UNPACKED_LIMIT >> 20)]
    TooLarge,
}

/// The input as text, if it is nothing but printable ASCII and white space.
fn text(input: &[u8]) -> Option<&str> {
    let printable = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t');
    if !input.iter().all(printable) {
        return None;
    }
    std::str::from_utf8(input).ok()
}

fn from_text(text: &str) -> Option<Vec<u8>> {
    hex(text).or_else(|| dump(text)).or_else(|| base64(text))
}

/// Hex digits in pairs, with white space, `:`, `,` and `0x` between them as one likes.
fn hex(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    for word in
        text.split(|letter: char| letter.is_ascii_whitespace() || matches!(letter, ':' | ','))
    {
        let digits = word
            .strip_prefix("0x")
            .or_else(|| word.strip_prefix("\\x"))
            .unwrap_or(word);
        bytes.extend(pairs(digits)?);
    }
    (!bytes.is_empty()).then_some(bytes)
}

fn pairs(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .as_bytes()
        .chunks_exact(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            pair.bytes()
                .all(|digit| digit.is_ascii_hexdigit())
                .then(|| u8::from_str_radix(pair, 16).ok())?
        })
        .collect()
}

/// What `xxd`, `hexdump -C` and Wireshark print: an offset, bytes, and the characters behind them.
///
/// ```text
/// 00000000: 0003 0000 0001 0004 6e75 6c6c 0002 2f31  ........null../1
/// 00000000  00 03 00 00 00 01 00 04  6e 75 6c 6c 00 02 2f 31  |........null../1|
/// ```
fn dump(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4);
    for line in text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
    {
        let (offset, rest) = line
            .trim_start()
            .split_once([':', ' '])
            .unwrap_or_else(|| (line.trim(), ""));
        if offset.len() < 4 || usize::from_str_radix(offset, 16).ok()? != bytes.len() {
            return None;
        }
        let mut width = 0;
        let mut gap = 0;
        for word in rest.split(' ') {
            if word.is_empty() {
                gap += 1;
                continue;
            }
            // The characters stand behind a gap of their own; hexdump puts one in the middle of the bytes too.
            if width >= 16 || (gap >= 2 && width > 0) {
                break;
            }
            let Some(pair) = pairs(word).filter(|_| word.len() <= 4) else {
                break;
            };
            width += pair.len();
            bytes.extend(pair);
            gap = 0;
        }
    }
    (!bytes.is_empty()).then_some(bytes)
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let digits: String = text
        .chars()
        .filter(|letter| !letter.is_ascii_whitespace())
        .collect();
    if digits.len() < 4 {
        return None;
    }
    [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD]
        .iter()
        .find_map(|engine| engine.decode(&digits).ok())
}

/// The body of a raw HTTP request or response; `None` where the bytes are none.
fn http_body(bytes: &[u8]) -> Option<Result<Vec<u8>, ContainerError>> {
    let begins = ["POST ", "PUT ", "GET ", "HTTP/1.", "HTTP/2 "];
    if !begins
        .iter()
        .any(|begin| bytes.starts_with(begin.as_bytes()))
    {
        return None;
    }
    let (head, body) = divide(bytes)?;
    let head = String::from_utf8_lossy(head);
    let header = |wanted: &str| {
        head.lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .find_map(|(name, value)| {
                name.trim()
                    .eq_ignore_ascii_case(wanted)
                    .then(|| value.trim().to_ascii_lowercase())
            })
    };
    let body = match header("transfer-encoding") {
        Some(encoding) if encoding.contains("chunked") => {
            without_chunks(body).unwrap_or_else(|| body.to_vec())
        }
        Some(_) | None => body.to_vec(),
    };
    Some(match header("content-encoding").as_deref() {
        None | Some("" | "identity") => Ok(body),
        Some("gzip" | "x-gzip") => unpack(flate2::read::MultiGzDecoder::new(&body[..]), "gzip"),
        Some("deflate") => unpack(flate2::read::ZlibDecoder::new(&body[..]), "deflate"),
        Some(other) => Err(ContainerError::Encoding(other.to_owned())),
    })
}

fn divide(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    for end in [&b"\r\n\r\n"[..], b"\n\n"] {
        if let Some(at) = bytes.windows(end.len()).position(|window| window == end) {
            return Some((bytes.get(..at)?, bytes.get(at + end.len()..)?));
        }
    }
    None
}

/// The chunks of a body without their lengths; `None` where they do not fit, as in messages saved without chunks.
fn without_chunks(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::with_capacity(rest.len());
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let length = std::str::from_utf8(rest.get(..end)?).ok()?;
        let length = length.split(';').next().unwrap_or_default().trim();
        let length = usize::from_str_radix(length, 16).ok()?;
        rest = rest.get(end + 2..)?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..length)?);
        rest = rest.get(length..)?.strip_prefix(b"\r\n")?;
    }
}

fn unpack(packed: impl Read, kind: &'static str) -> Result<Vec<u8>, ContainerError> {
    let mut body = Vec::new();
    packed
        .take(UNPACKED_LIMIT + 1)
        .read_to_end(&mut body)
        .map_err(|_| ContainerError::Packed(kind))?;
    if body.len() as u64 > UNPACKED_LIMIT {
        return Err(ContainerError::TooLarge);
    }
    Ok(body)
}

/// A small packed body may claim to be a large one; 256 MiB is more than any gateway sends.
const UNPACKED_LIMIT: u64 = 256 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: &[u8] = b"\x00\x03\x00\x00\x00\x01\x00\x04null\x00\x02/1\xff\xff\xff\xff\x05";

    #[test]
    fn bytes_are_themselves() {
        assert_eq!(unwrap(PACKET).unwrap(), PACKET);
    }

    #[test]
    fn hex_is_read_however_it_is_spaced() {
        for text in [
            "00 03 0a\n",
            "00030a",
            "0x00, 0x03, 0x0A",
            "00:03:0a",
            "\\x00 \\x03 \\x0a",
        ] {
            assert_eq!(unwrap(text.as_bytes()).unwrap(), [0, 3, 10], "{text}");
        }
    }

    #[test]
    fn dumps_are_read_without_their_offsets_and_characters() {
        let xxd = "00000000: 0003 0000 0001 0004 6e75 6c6c 0002 2f31  ........null../1\n00000010: ffff ffff 05           .....\n";
        let hexdump = "00000000  00 03 00 00 00 01 00 04  6e 75 6c 6c 00 02 2f 31  |........null../1|\n\
                       00000010  ff ff ff ff 05                                    |.....|\n00000015\n";
        assert_eq!(unwrap(xxd.as_bytes()).unwrap(), PACKET);
        assert_eq!(unwrap(hexdump.as_bytes()).unwrap(), PACKET);
    }

    #[test]
    fn base64_is_read_with_line_breaks_and_without_padding() {
        let text = STANDARD.encode(PACKET);
        assert_eq!(
            unwrap(format!("{}\n{}\n", &text[..10], &text[10..]).as_bytes()).unwrap(),
            PACKET
        );
        assert_eq!(
            unwrap(text.trim_end_matches('=').as_bytes()).unwrap(),
            PACKET
        );
    }

    #[test]
    fn an_http_message_gives_its_body() {
        let message = [
            &b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amf\r\n\r\n"[..],
            PACKET,
        ]
        .concat();
        assert_eq!(unwrap(&message).unwrap(), PACKET);
    }

    #[test]
    fn chunks_are_joined() {
        let message = b"POST /gateway HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n\x00\x03\x00\r\n2;x=y\r\n\x01\x02\r\n0\r\n\r\n";
        assert_eq!(unwrap(message).unwrap(), [0, 3, 0, 1, 2]);
    }

    #[test]
    fn an_unknown_encoding_is_named() {
        let message = b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nxx";
        assert_eq!(
            unwrap(message).unwrap_err(),
            ContainerError::Encoding("br".to_owned())
        );
    }

    #[test]
    fn a_packed_body_that_is_none_is_an_error() {
        let message = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nxx";
        assert_eq!(unwrap(message).unwrap_err(), ContainerError::Packed("gzip"));
    }
}
