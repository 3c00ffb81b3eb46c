//! Bytes of a document as one tree: JSON where it begins like JSON, else YAML.

use serde_json::Value;

/// The tree of a document.
///
/// # Errors
/// What is wrong with it, with its line.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| error.to_string());
    }
    super::yaml::parse(text)
}
