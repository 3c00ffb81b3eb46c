//! Texts as YAML has them.

use serde_json::Value as Json;

use crate::printable;

/// A text as YAML has it: plain where it is words or a path, in quotes where it could be anything else.
pub(crate) fn scalar(text: &str) -> String {
    let is_words = text
        .chars()
        .all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | '/' | ' '));
    let is_plain = is_words
        && text.starts_with(|first: char| first.is_alphabetic() || first == '/')
        && !text.ends_with(' ')
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    if is_plain {
        text.to_owned()
    } else {
        printable::json(Json::from(text).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plain_yaml_is_quoted() {
        assert_eq!(scalar("no"), "\"no\"");
        assert_eq!(scalar("a: b"), "\"a: b\"");
        assert_eq!(scalar("com.acme.Shop"), "com.acme.Shop");
        assert_eq!(scalar("/messagebroker/amf"), "/messagebroker/amf");
        assert_eq!(scalar("back office"), "back office");
        assert_eq!(scalar("12"), "\"12\"");
        assert_eq!(scalar(""), "\"\"");
        assert_eq!(scalar("a\u{1b}\u{9b}"), "\"a\\u001b\\u009b\"");
    }
}
