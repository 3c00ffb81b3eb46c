//! Declared types put into a text as casts: `$1` becomes `$1::int4`.

use std::sync::Arc;

use footbridge_mapping::slot::Scalar;

/// The text with a cast behind each parameter of a declared type; `None` where none is declared.
pub(crate) fn put(text: &str, declared: &[Option<Scalar>]) -> Option<Arc<str>> {
    let mut out = String::with_capacity(text.len() + 32);
    let mut put = false;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = token(rest, text.get(..at).unwrap_or_default());
        let (piece, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        out.push_str(piece);
        at += piece.len();
        let number = piece
            .strip_prefix('$')
            .and_then(|digits| digits.parse::<usize>().ok());
        let scalar = number
            .and_then(|number| declared.get(number.checked_sub(1)?))
            .copied()
            .flatten();
        if let Some(scalar) = scalar
            && !after.trim_start().starts_with("::")
        {
            out.push_str("::");
            out.push_str(name(scalar));
            put = true;
        }
    }
    put.then(|| out.into())
}

/// The type that holds every value of a scalar.
fn name(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::String | Scalar::Secret => "text",
        Scalar::Int => "int4",
        Scalar::Number => "float8",
        Scalar::Decimal => "numeric",
        Scalar::Long => "int8",
        Scalar::Bool => "bool",
        Scalar::Date => "timestamptz",
        Scalar::Day => "date",
        Scalar::Time => "time",
        Scalar::Bytes => "bytea",
        Scalar::Xml => "xml",
    }
}

/// The length of the next piece: a string, a quoted name, a comment, a parameter, or one character.
fn token(rest: &str, before: &str) -> usize {
    let bytes = rest.as_bytes();
    match bytes.first() {
        Some(b'\'') => {
            // E'…' knows backslashes, unless E ends a longer word.
            let mut earlier = before.bytes().rev();
            let escapes =
                matches!(earlier.next(), Some(b'e' | b'E')) && !earlier.next().is_some_and(is_name);
            quoted(bytes, b'\'', escapes)
        }
        Some(b'"') => quoted(bytes, b'"', false),
        Some(b'-') if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
        Some(b'/') if rest.starts_with("/*") => comment(bytes),
        Some(b'$') if !before.bytes().next_back().is_some_and(is_name) => dollar(rest),
        Some(_) => rest.chars().next().map_or(1, char::len_utf8),
        None => 0,
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn quoted(bytes: &[u8], quote: u8, escapes: bool) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        if escapes && *byte == b'\\' {
            at += 2;
        } else if *byte != quote {
            at += 1;
        } else if bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return at + 1;
        }
    }
    bytes.len()
}

/// Comments nest in PostgreSQL.
fn comment(bytes: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// `$1`, or a string in `$tag$`.
fn dollar(rest: &str) -> usize {
    let name = rest[1..].bytes().take_while(|byte| is_name(*byte)).count();
    if rest[1..]
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_digit())
    {
        let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
        return 1 + digits;
    }
    if rest.as_bytes().get(1 + name) != Some(&b'$') {
        return 1;
    }
    let tag = &rest[..name + 2];
    match rest[tag.len()..].find(tag) {
        Some(end) => tag.len() * 2 + end,
        None => rest.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_alone_get_casts() {
        let declared = [Some(Scalar::Int), None, Some(Scalar::String)];
        let put = |text| put(text, &declared).map(|text| text.to_string());
        assert_eq!(
            put("SELECT COALESCE($1, $2), '$1', \"$1\", $3").as_deref(),
            Some("SELECT COALESCE($1::int4, $2), '$1', \"$1\", $3::text")
        );
        assert_eq!(
            put("SELECT E'\\'$1', $a$ $1 $a$, /* $1 /* $1 */ $1 */ $1 -- $1\n, $1::int8, $12")
                .as_deref(),
            Some(
                "SELECT E'\\'$1', $a$ $1 $a$, /* $1 /* $1 */ $1 */ $1::int4 -- $1\n, $1::int8, $12"
            )
        );
        assert_eq!(put("SELECT $2"), None);
        assert_eq!(put("SELECT 'open $1"), None);
        assert_eq!(put("SELECT /* open $1"), None);
    }
}
