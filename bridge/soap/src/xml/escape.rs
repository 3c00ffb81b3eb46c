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

/// Whether it stands in an element as it is: [`valid`], and nothing to escape. A few texts in other letters are not
/// taken for plain that are.
pub(crate) fn plain(value: &str) -> bool {
    value.bytes().all(|byte| PLAIN[usize::from(byte)])
}

/// By byte; U+FFFE and U+FFFF begin with 0xEF.
const PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0x20_usize;
    while byte < table.len() {
        table[byte] =
            byte != b'<' as usize && byte != b'>' as usize && byte != b'&' as usize && byte != 0xef;
        byte += 1;
    }
    table[b'\t' as usize] = true;
    table[b'\n' as usize] = true;
    table
};

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
