//! What came over HTTP: an envelope alone, or the root of a multipart with attachments (RFC 2387, XOP, SwA).

use std::borrow::Cow;

use super::{ReadError, Reply};
use crate::xml::decode;

/// Parts of one reply.
const MAX_PARTS: usize = 1_000;

/// Bytes of a reply that is no envelope, that are told.
const QUOTE: usize = 2 << 10;

/// The envelope's text and what came beside it.
pub(super) struct Parts<'a> {
    pub(super) envelope: Cow<'a, str>,
    pub(super) attachments: Vec<Attachment<'a>>,
}

pub(super) struct Attachment<'a> {
    /// Without brackets, in lower case, percent-decoded.
    id: String,
    pub(super) bytes: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(super) fn of(reply: &Reply<'a>) -> Result<Self, ReadError> {
        let content_type = reply.content_type.unwrap_or_default();
        if !content_type
            .trim_start()
            .to_ascii_lowercase()
            .starts_with("multipart/")
        {
            return Ok(Self {
                envelope: decode(reply.body, parameter(content_type, "charset").as_deref()),
                attachments: Vec::new(),
            });
        }
        let boundary = parameter(content_type, "boundary")
            .filter(|boundary| !boundary.is_empty())
            .ok_or(ReadError::Multipart("it names no boundary"))?;
        let start = parameter(content_type, "start").map(|start| normal(&start));
        let mut parts = Vec::new();
        for part in split(reply.body, boundary.as_bytes()) {
            if parts.len() >= MAX_PARTS {
                return Err(ReadError::Multipart("it has more than 1000 parts"));
            }
            let (head, bytes) = head(part);
            let id = header(&head, "content-id").or_else(|| header(&head, "content-location"));
            let charset =
                header(&head, "content-type").and_then(|kind| parameter(&kind, "charset"));
            let id = normal(&id.unwrap_or_default());
            parts.push((charset, Attachment { id, bytes }));
        }
        // The root is the part that `start` names, else the first.
        let root = start
            .and_then(|start| parts.iter().position(|(_, part)| part.id == start))
            .unwrap_or(0);
        if parts.is_empty() {
            return Err(ReadError::Multipart("it has no parts"));
        }
        let (charset, envelope) = parts.remove(root);
        Ok(Self {
            envelope: decode(envelope.bytes, charset.as_deref()),
            attachments: parts.into_iter().map(|(_, part)| part).collect(),
        })
    }

    /// The beginning of the envelope's text.
    pub(super) fn quote(&self) -> String {
        let text = self.envelope.trim();
        let mut end = text.len().min(QUOTE);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.get(..end).unwrap_or_default().to_owned()
    }
}

/// The bytes behind `cid:…`.
pub(super) fn attachment<'a>(attachments: &[Attachment<'a>], href: &str) -> Option<&'a [u8]> {
    let wanted = normal(href.trim().strip_prefix("cid:").unwrap_or(href));
    attachments
        .iter()
        .find(|attachment| attachment.id == wanted)
        .map(|attachment| attachment.bytes)
}

/// Senders differ in brackets, case and escapes.
fn normal(id: &str) -> String {
    let id = id.trim().trim_matches(['<', '>']);
    let mut bytes = Vec::with_capacity(id.len());
    let raw = id.as_bytes();
    let mut at = 0;
    while let Some(byte) = raw.get(at) {
        let digits = raw
            .get(at + 1..at + 3)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        match digits
            .filter(|_| *byte == b'%')
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
        {
            Some(decoded) => {
                bytes.push(decoded);
                at += 3;
            }
            None => {
                bytes.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&bytes).to_lowercase()
}

/// A parameter of a media type, quoted or not.
pub(crate) fn parameter(content_type: &str, name: &str) -> Option<String> {
    let mut rest = content_type;
    while let Some(at) = rest.find(';') {
        rest = rest.get(at + 1..)?.trim_start();
        let (key, value) = rest.split_once('=')?;
        let value = value.trim_start();
        let (value, behind) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => value.split_at(value.find(';').unwrap_or(value.len())),
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value.trim().to_owned());
        }
        rest = behind;
    }
    None
}

/// The parts between the boundaries, without the line ends that belong to them.
fn split<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut delimiter = b"--".to_vec();
    delimiter.extend_from_slice(boundary);
    let mut parts = Vec::new();
    let mut from: Option<usize> = None;
    let mut at = 0;
    while let Some(found) = find(body.get(at..).unwrap_or_default(), &delimiter) {
        let start = at + found;
        let line = start == 0 || body.get(start - 1) == Some(&b'\n');
        let behind = start + delimiter.len();
        at = behind;
        if !line {
            continue;
        }
        if let Some(from) = from {
            let part = body.get(from..start).unwrap_or_default();
            let part = part.strip_suffix(b"\n").unwrap_or(part);
            parts.push(part.strip_suffix(b"\r").unwrap_or(part));
        }
        let rest = body.get(behind..).unwrap_or_default();
        if rest.starts_with(b"--") || parts.len() > MAX_PARTS {
            return parts;
        }
        let end = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(rest.len(), |end| end + 1);
        from = Some(behind + end);
    }
    // The last boundary is missing: what there is counts.
    if let Some(from) = from {
        parts.push(body.get(from..).unwrap_or_default());
    }
    parts
}

fn find(body: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut at = 0;
    while let Some(found) = body.get(at..)?.iter().position(|byte| *byte == first) {
        let start = at + found;
        if body.get(start..)?.starts_with(wanted) {
            return Some(start);
        }
        at = start + 1;
    }
    None
}

/// The header lines of a part, folded ones joined, and its content.
fn head(part: &[u8]) -> (String, &[u8]) {
    if let Some(rest) = part
        .strip_prefix(b"\r\n")
        .or_else(|| part.strip_prefix(b"\n"))
    {
        return (String::new(), rest);
    }
    let (end, behind) = match (find(part, b"\r\n\r\n"), find(part, b"\n\n")) {
        (Some(end), Some(other)) if other < end => (other, other + 2),
        (Some(end), _) => (end, end + 4),
        (None, Some(end)) => (end, end + 2),
        (None, None) => return (String::new(), part),
    };
    let head = String::from_utf8_lossy(part.get(..end).unwrap_or_default());
    let head = head
        .replace("\r\n", "\n")
        .replace("\n ", " ")
        .replace("\n\t", " ");
    (head, part.get(behind..).unwrap_or_default())
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_found_and_attachments_by_any_spelling_of_their_id() {
        let body = b"--b1\r\nContent-ID: <A@x>\r\n\r\n\x01\r\n\x02\r\n--b1\r\nContent-Type: application/xop+xml;\r\n charset=utf-8\r\nContent-Id: <SOAP-ENV:Envelope>\r\n\r\n<a/>\r\n--b1--";
        let reply = Reply {
            status: 200,
            content_type: Some("Multipart/Related; boundary=\"b1\"; start=\"<SOAP-ENV:Envelope>\""),
            body,
        };
        let parts = Parts::of(&reply).expect("it can be taken apart");
        assert_eq!(parts.envelope, "<a/>");
        assert_eq!(
            attachment(&parts.attachments, "cid:a%40x"),
            Some(&b"\x01\r\n\x02"[..])
        );
        assert_eq!(attachment(&parts.attachments, "cid:b"), None);
    }

    #[test]
    fn a_missing_last_boundary_loses_nothing() {
        let reply = Reply {
            status: 200,
            content_type: Some("multipart/related; boundary=b"),
            body: b"preamble\n--b\n\n<a/>",
        };
        assert_eq!(Parts::of(&reply).expect("it has a part").envelope, "<a/>");
    }
}
