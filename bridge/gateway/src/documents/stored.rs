//! A reply that was kept in a file, in place of what a backend would answer.
//!
//! It is the body alone, or all of it as `curl -i` prints it: a status line, headers, an empty line, the body.

use bytes::Bytes;
use footbridge_traffic::Reply;
use http::{HeaderMap, HeaderName, HeaderValue};

/// Why a file is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoredError {
    /// It begins as one, and has no status.
    #[error("its first line has no status; write `HTTP/1.1 200`")]
    Status,
    /// A line before the empty one is no header.
    #[error("line {0} is no header; an empty line stands before the body")]
    Header(usize),
    /// There is no empty line.
    #[error("no empty line stands between headers and body")]
    Endless,
}

/// Reads a reply that was kept. Without a status line all of it is the body of a 200.
///
/// # Errors
/// [`StoredError`], for what begins with `HTTP/`.
pub fn read(file: &[u8]) -> Result<Reply, StoredError> {
    let mut rest = file;
    let mut line = 0;
    loop {
        if !rest.starts_with(b"HTTP/") {
            return Ok(Reply {
                status: 200,
                headers: HeaderMap::new(),
                body: Bytes::copy_from_slice(rest),
                sent: 0,
            });
        }
        let mut headers = HeaderMap::new();
        let first = next(&mut rest, &mut line).ok_or(StoredError::Endless)?;
        let status = status(first).ok_or(StoredError::Status)?;
        loop {
            let text = next(&mut rest, &mut line).ok_or(StoredError::Endless)?;
            if text.is_empty() {
                break;
            }
            let (name, value) = header(text).ok_or(StoredError::Header(line))?;
            headers.append(name, value);
        }
        // `100 Continue`, and whatever else comes before the reply.
        if status >= 200 {
            return Ok(Reply {
                status,
                headers,
                body: Bytes::copy_from_slice(rest),
                sent: 0,
            });
        }
    }
}

/// The next line, without its end.
fn next<'f>(rest: &mut &'f [u8], line: &mut usize) -> Option<&'f [u8]> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (text, behind) = rest.split_at(end);
    *rest = behind.get(1..).unwrap_or_default();
    *line += 1;
    Some(text.strip_suffix(b"\r").unwrap_or(text))
}

fn status(line: &[u8]) -> Option<u16> {
    let mut words = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
    let status = words.nth(1)?.parse().ok()?;
    (100..600).contains(&status).then_some(status)
}

fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at(colon);
    let value = value.get(1..)?.trim_ascii();
    Some((
        HeaderName::from_bytes(name.trim_ascii()).ok()?,
        HeaderValue::from_bytes(value).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_alone_is_a_good_reply() {
        let reply = read(b"{\"a\": 1}\n").unwrap();
        assert_eq!((reply.status, &reply.body[..]), (200, &b"{\"a\": 1}\n"[..]));
        assert!(reply.headers.is_empty());
    }

    #[test]
    fn status_and_headers_stand_before_an_empty_line() {
        let reply = read(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/2 404 \r\ncontent-type: application/problem+json\r\nLink:<a>\r\nlink: <b>\r\n\r\n{}\n\nx",
        )
        .unwrap();
        assert_eq!(reply.status, 404);
        assert_eq!(reply.headers["content-type"], "application/problem+json");
        assert_eq!(reply.headers.get_all("link").iter().count(), 2);
        assert_eq!(&reply.body[..], b"{}\n\nx");
    }

    #[test]
    fn half_a_reply_is_none() {
        for (file, error) in [
            (&b"HTTP/1.1 200 OK"[..], StoredError::Endless),
            (b"HTTP/1.1 200 OK\n", StoredError::Endless),
            (b"HTTP/1.1\n\n", StoredError::Status),
            (b"HTTP/1.1 999 X\n\n", StoredError::Status),
            (b"HTTP/1.1 200\n<html>\n\n", StoredError::Header(2)),
        ] {
            assert_eq!(
                read(file).err(),
                Some(error),
                "{}",
                String::from_utf8_lossy(file)
            );
        }
    }
}
