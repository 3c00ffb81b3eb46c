//! Texts from elsewhere, made harmless for a terminal.
//!
//! What a client or server sends may hold escape sequences, which move the cursor or change what was printed before,
//! and marks that turn the order of letters round. They are shown as `\u001b`, as JSON writes them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A name or sentence in one line.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    escape(text, |character| {
        character.is_control() || is_unseen(character)
    })
}

/// JSON text in one line: strings in it hold no ASCII control characters, and what is escaped stays the same JSON.
pub(crate) fn json(text: String) -> String {
    match line(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(escaped) => escaped,
    }
}

/// What stands in place of a secret.
pub(crate) const SECRET: &str = "(secret)";

/// Marks of direction, and separators of lines and paragraphs that are no control characters.
fn is_unseen(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn escape(text: &str, is_hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hidden(character) {
            write!(escaped, "\\u{:04x}", u32::from(character))
                .expect("writing to a text does not fail");
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(
            line("Shop\u{1b}[2J\nx\u{9b}1m"),
            "Shop\\u001b[2J\\u000ax\\u009b1m"
        );
        assert_eq!(line("a\u{202e}b"), "a\\u202eb");
        assert!(matches!(line("Größe – 価格 😀"), Cow::Borrowed(_)));
    }

    #[test]
    fn escaped_json_is_the_same_json() {
        let value = serde_json::Value::from("\u{1b}\u{7f}\u{9b}\u{202e}\n");
        let text = json(value.to_string());
        assert!(!text.contains(['\u{7f}', '\u{9b}', '\u{202e}']), "{text}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            value
        );
    }
}
