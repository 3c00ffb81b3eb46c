//! The notation of the files in `tests/wire` and `tests/answers`.
//!
//! ```text
//! # a comment to the end of the line
//! 0a00 0003     hex digits
//! "text"        its bytes
//! @"text"       U16 length, then its bytes
//! ^"text"       an inline AMF3 string: U29 header, then its bytes
//! f64:1.5       a double
//! u32:7         four bytes
//! length        four bytes: how many bytes follow
//! ---           what follows is what must be read
//! ```

/// Bytes and the expectation behind `---`, if there is one.
pub(crate) fn parse(file: &str) -> (Vec<u8>, Option<&str>) {
    let (notation, expected) = match file.split_once("\n---\n") {
        Some((notation, expected)) => (notation, Some(expected)),
        None => (file, None),
    };
    let mut bytes: Vec<u8> = notation.lines().flat_map(line).collect();
    // A place holder, known by the text itself; nothing else in the files holds it.
    if let Some(place) = bytes.windows(4).position(|four| four == LENGTH) {
        let length = u32::try_from(bytes.len() - place - 4).unwrap();
        bytes[place..place + 4].copy_from_slice(&length.to_be_bytes());
    }
    (bytes, expected)
}

const LENGTH: [u8; 4] = [0xde, 0xad, 0xbe, 0xef];

fn line(line: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with('#') {
        let (token, after) = token(rest);
        write(token, &mut bytes);
        rest = after.trim_start();
    }
    bytes
}

/// Texts hold no quotes, but may hold blanks.
fn token(rest: &str) -> (&str, &str) {
    let quoted = rest.trim_start_matches(['@', '^']);
    if let Some(text) = quoted.strip_prefix('"') {
        let end = rest.len() - text.len() + text.find('"').expect("a closing quote") + 1;
        return rest.split_at(end);
    }
    rest.split_at(rest.find([' ', '\t', '#']).unwrap_or(rest.len()))
}

fn write(token: &str, bytes: &mut Vec<u8>) {
    let text = token.split('"').nth(1).unwrap_or_default();
    if token.starts_with('"') {
        bytes.extend_from_slice(text.as_bytes());
    } else if token.starts_with('@') {
        bytes.extend_from_slice(&u16::try_from(text.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    } else if token.starts_with('^') {
        let header = text.len() << 1 | 1;
        if header >= 0x80 {
            bytes.push(0x80 | u8::try_from(header >> 7).unwrap());
        }
        bytes.push(u8::try_from(header & 0x7f).unwrap());
        bytes.extend_from_slice(text.as_bytes());
    } else if let Some(number) = token.strip_prefix("f64:") {
        bytes.extend_from_slice(&number.parse::<f64>().unwrap().to_be_bytes());
    } else if let Some(number) = token.strip_prefix("u32:") {
        bytes.extend_from_slice(&number.parse::<u32>().unwrap().to_be_bytes());
    } else if token == "length" {
        bytes.extend_from_slice(&LENGTH);
    } else {
        for pair in token.as_bytes().chunks(2) {
            let pair = std::str::from_utf8(pair).unwrap();
            bytes.push(
                u8::from_str_radix(pair, 16).unwrap_or_else(|_| panic!("`{token}` is no hex")),
            );
        }
    }
}
