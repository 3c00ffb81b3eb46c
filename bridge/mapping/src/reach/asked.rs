//! URLs as clients write them.

use url::Url;

/// Why a URL is refused before anybody looks at where it leads. The client is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Strange {
    /// It is none, or no whole one where nothing says what it is relative to.
    #[error("this is no URL")]
    NoUrl,
    /// It is neither `http:` nor `https:`.
    #[error("only http and https can be asked for")]
    Scheme,
    /// It carries a name or password, which browsers and servers read in different ways.
    #[error("a URL has no user in it")]
    User,
    /// A control character, a space or a backslash, which readers of URLs drop or take for a slash.
    #[error("the URL has a character that is not encoded")]
    Character,
    /// A segment that is `.` or `..`, however it is encoded, or holds an encoded slash.
    #[error("a piece of the URL's path is `.` or `..`, or holds an encoded slash")]
    Climbing,
}

/// Reads a URL as a client wrote it. One that begins with a single `/` is relative to the origin of `base`.
///
/// # Errors
/// [`Strange`], before anything is normalised away.
pub fn read(text: &str, base: Option<&Url>) -> Result<Url, Strange> {
    let text = text.trim_matches(' ');
    if text
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return Err(Strange::Character);
    }
    let relative = text.starts_with('/') && !text.starts_with("//");
    let url = match base {
        Some(base) if relative => base.join(text),
        Some(_) | None => Url::parse(text),
    };
    let mut url = url.map_err(|_| Strange::NoUrl)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Strange::Scheme);
    }
    // `http:host/x` and `http:///host` are read leniently by some.
    if !relative && !has_authority(text) {
        return Err(Strange::NoUrl);
    }
    if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
        return Err(Strange::User);
    }
    if raw_path(text, relative).split('/').any(climbs) {
        return Err(Strange::Climbing);
    }
    url.set_fragment(None);
    Ok(url)
}

/// What stands between `//` and the path.
fn authority(text: &str) -> &str {
    let rest = text.split_once("//").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn has_authority(text: &str) -> bool {
    text.split_once(':')
        .is_some_and(|(_, rest)| rest.starts_with("//") && !rest.starts_with("///"))
}

/// The path as it was written, before `.` and `..` are taken out.
fn raw_path(text: &str, relative: bool) -> &str {
    let path = if relative {
        text
    } else {
        let rest = text.split_once("//").map_or("", |(_, rest)| rest);
        rest.find(['/', '?', '#']).map_or("", |at| &rest[at..])
    };
    path.split(['?', '#']).next().unwrap_or_default()
}

/// Whether any server could read this segment as `.` or `..`, or as several segments: encoded once or more often, and with the
/// parameters behind `;` that some servers take off first.
pub(super) fn climbs(segment: &str) -> bool {
    let mut plain = segment.as_bytes().to_vec();
    for _ in 0..ENCODINGS {
        let dots = plain.split(|byte| *byte == b';').next().unwrap_or_default();
        let strange = plain
            .iter()
            .any(|byte| matches!(byte, b'/' | b'\\') || byte.is_ascii_control());
        if matches!(dots, b"." | b"..") || strange {
            return true;
        }
        let decoded = decoded(&plain);
        if decoded == plain {
            return false;
        }
        plain = decoded;
    }
    // Nobody encodes so often without a reason.
    true
}

pub(super) fn decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let digits = text.get(at + 1..at + 3).and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            digits
                .bytes()
                .all(|digit| digit.is_ascii_hexdigit())
                .then(|| u8::from_str_radix(digits, 16).ok())?
        });
        match (byte, digits) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    out
}

/// How often a segment may be encoded.
const ENCODINGS: usize = 4;
