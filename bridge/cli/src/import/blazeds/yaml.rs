//! Texts as YAML has them.

/// A text as YAML has it, in quotes where it could be anything else.
pub(super) fn scalar(text: &str) -> String {
    let word = text
        .chars()
        .all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | '/' | ' '));
    let first = text.chars().next();
    let plain = word
        && first.is_some_and(|letter| letter.is_alphabetic() || letter == '/')
        && !text.ends_with(' ')
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off"
        );
    if plain {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}
