//! Bytes to text: byte order mark first, then what the transport says, then the XML declaration.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How many bytes of a document are searched for its declaration.
const DECLARATION: usize = 256;

/// The text of a document. Malformed sequences become U+FFFD, as readers of replies are lax.
pub(crate) fn decode<'i>(bytes: &'i [u8], charset: Option<&str>) -> Cow<'i, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let rest = bytes.get(mark..).unwrap_or_default();
        return encoding.decode_without_bom_handling(rest).0;
    }
    let told = charset
        .and_then(|name| Encoding::for_label(name.trim_matches(['"', '\'', ' ']).as_bytes()));
    let encoding = match (bytes.get(..2), told) {
        // UTF-16 without a mark: the declaration begins with `<?`.
        (Some([0x3c, 0x00]), _) => UTF_16LE,
        (Some([0x00, 0x3c]), _) => UTF_16BE,
        (_, Some(encoding)) => encoding,
        (_, None) => declared(bytes).unwrap_or(UTF_8),
    };
    if encoding == UTF_8
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Cow::Borrowed(text);
    }
    encoding.decode_without_bom_handling(bytes).0
}

fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(DECLARATION))?;
    let head = head.trim_ascii_start();
    let declaration = head.strip_prefix(b"<?xml")?;
    let end = declaration.iter().position(|byte| *byte == b'>')?;
    let declaration = std::str::from_utf8(declaration.get(..end)?).ok()?;
    let (_, rest) = declaration.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    let label = rest.get(1..)?.split(quote).next()?;
    let encoding = Encoding::for_label(label.as_bytes())?;
    // A declaration that could be read byte by byte is in no encoding of two bytes.
    (encoding != UTF_16LE && encoding != UTF_16BE).then_some(encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_found_by_mark_declaration_and_charset() {
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>";
        assert!(decode(latin, None).ends_with("<a>\u{e9}</a>"));
        assert_eq!(decode(b"\xef\xbb\xbf<a/>", None), "<a/>");
        assert_eq!(decode(b"<a>\xe9</a>", Some("iso-8859-1")), "<a>\u{e9}</a>");
        let wide: Vec<u8> = "\u{feff}<a>\u{e9}</a>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(decode(&wide, None), "<a>\u{e9}</a>");
        let unmarked: Vec<u8> = "<a/>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&unmarked, None), "<a/>");
    }
}
