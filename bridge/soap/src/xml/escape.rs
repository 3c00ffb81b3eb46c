//! Text as XML says it.

/// Appends `value` as the content of an element.
pub(crate) fn text(value: &str, out: &mut String) {
    escape(value, false, out);
}

/// Appends `value` as the content of an attribute in double quotes.
pub(crate) fn attribute(value: &str, out: &mut String) {
    escape(value, true, out);
}

/// Whether XML 1.0 can say every character of it (XML 1.0 §2.2).
pub(crate) fn valid(value: &str) -> bool {
    value
        .bytes()
        .all(|byte| byte >= 0x20 || matches!(byte, b'\t' | b'\n' | b'\r'))
        && !value.contains(['\u{fffe}', '\u{ffff}'])
}

fn escape(value: &str, quoted: bool, out: &mut String) {
    let mut rest = value;
    let special = |byte: u8| match byte {
        b'<' | b'>' | b'&' | b'\r' => true,
        b'"' | b'\n' | b'\t' => quoted,
        _ => false,
    };
    while let Some(at) = rest.bytes().position(special) {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        out.push_str(match tail.as_bytes().first() {
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            Some(b'&') => "&amp;",
            Some(b'\r') => "&#13;",
            Some(b'\n') => "&#10;",
            Some(b'\t') => "&#9;",
            _ => "&quot;",
        });
        rest = tail.get(1..).unwrap_or_default();
    }
    out.push_str(rest);
}
