//! Text as Flash and Java write it, read as real characters.

use std::borrow::Cow;

/// Reads UTF-8, borrowing where the bytes are right.
///
/// Two spellings that Java and old players write are repaired: NUL as C0 80, and characters beyond
/// U+FFFF as two three-byte surrogates (CESU-8). What is wrong beyond that becomes U+FFFD, or `None`
/// where the text must be exact.
#[inline]
pub(crate) fn decode(bytes: &[u8], exact: bool) -> Option<Cow<'_, str>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => repair(bytes, exact).map(Cow::Owned),
    }
}

#[cold]
fn repair(bytes: &[u8], exact: bool) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let (valid, wrong) = match std::str::from_utf8(rest) {
            Ok(valid) => (valid, None),
            Err(error) => {
                let (valid, _) = rest.split_at(error.valid_up_to());
                let valid = std::str::from_utf8(valid).expect("valid as far as the error says");
                (valid, Some(error.error_len()))
            }
        };
        text.push_str(valid);
        rest = rest.split_at(valid.len()).1;
        let Some(length) = wrong else { break };
        let (character, taken) = match rest {
            [0xc0, 0x80, ..] => ('\0', 2),
            [
                0xed,
                high @ 0xa0..=0xaf,
                high2 @ 0x80..=0xbf,
                0xed,
                low @ 0xb0..=0xbf,
                low2 @ 0x80..=0xbf,
                ..,
            ] => (surrogates(*high, *high2, *low, *low2), 6),
            _ if exact => return None,
            // A lone surrogate is one wrong character, not three.
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => (char::REPLACEMENT_CHARACTER, 3),
            _ => (char::REPLACEMENT_CHARACTER, length.unwrap_or(rest.len())),
        };
        text.push(character);
        rest = rest.split_at(taken.min(rest.len())).1;
    }
    Some(text)
}

/// The character of two surrogates, of each of which the last two bytes are given.
fn surrogates(high: u8, high2: u8, low: u8, low2: u8) -> char {
    let part = |first: u8, second: u8| u32::from(first & 0x0f) << 6 | u32::from(second & 0x3f);
    let code = 0x1_0000 + (part(high, high2) << 10) + part(low & 0x0f, low2);
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_text_is_borrowed() {
        assert!(matches!(
            decode("Zürich 🚋".as_bytes(), true),
            Some(Cow::Borrowed("Zürich 🚋"))
        ));
    }

    #[test]
    fn java_nul_and_surrogates_become_characters() {
        assert_eq!(decode(b"a\xc0\x80b", true).as_deref(), Some("a\0b"));
        assert_eq!(
            decode(b"\xed\xa0\xbd\xed\xba\x8b", true).as_deref(),
            Some("\u{1f68b}")
        );
        assert_eq!(
            decode(b"x\xed\xa0\x80\xed\xb0\x80y", true).as_deref(),
            Some("x\u{10000}y")
        );
        assert_eq!(
            decode(b"\xed\xaf\xbf\xed\xbf\xbf", true).as_deref(),
            Some("\u{10ffff}")
        );
    }

    #[test]
    fn other_wrong_bytes_are_replaced_or_refused() {
        assert_eq!(decode(b"a\xffb", false).as_deref(), Some("a\u{fffd}b"));
        assert_eq!(
            decode(b"a\xed\xa0\x80b", false).as_deref(),
            Some("a\u{fffd}b")
        );
        assert_eq!(decode(b"a\xe2\x82", false).as_deref(), Some("a\u{fffd}"));
        assert_eq!(decode(b"a\xffb", true), None);
    }
}
