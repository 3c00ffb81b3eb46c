//! Media types (RFC 9110 §8.3.1): what a body is, and how it is written.

use std::sync::Arc;

/// A media type without its parameters, in small letters; `*` for any part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Media(Arc<str>);

/// How a body of a media type is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `application/json`, `…+json`, `text/json`
    Json,
    /// `application/xml`, `…+xml`, `text/xml`
    Xml,
    /// `application/x-www-form-urlencoded`
    Urlencoded,
    /// `multipart/…`
    Multipart,
    /// `text/…`
    Text,
    /// Everything else.
    Bytes,
}

impl Media {
    /// Of a Content-Type or of a key of `content`.
    pub fn new(text: &str) -> Self {
        let name = text.split(';').next().unwrap_or_default().trim();
        Self(name.to_ascii_lowercase().into())
    }

    /// `application/json`
    pub fn json() -> Self {
        Self("application/json".into())
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How its bodies are written.
    pub(crate) fn form(&self) -> Form {
        let (kind, name) = self.0.split_once('/').unwrap_or((&self.0, ""));
        if name == "json" || name.ends_with("+json") {
            return Form::Json;
        }
        if name == "xml" || name.ends_with("+xml") {
            return Form::Xml;
        }
        match (kind, name) {
            ("application", "x-www-form-urlencoded") => Form::Urlencoded,
            ("multipart", _) => Form::Multipart,
            ("text", _) => Form::Text,
            _ => Form::Bytes,
        }
    }

    /// How exactly this, a key of `content`, means another: 3 the same, 2 `text/*`, 1 `*/*`; `None` where it does not.
    pub(crate) fn means(&self, other: &Self) -> Option<u8> {
        if self == other {
            return Some(3);
        }
        if &*self.0 == "*/*" || &*self.0 == "*" {
            return Some(1);
        }
        let kind = self.0.strip_suffix("/*")?;
        other
            .0
            .split_once('/')
            .is_some_and(|(other, _)| other == kind)
            .then_some(2)
    }
}

impl std::fmt::Display for Media {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A parameter of a Content-Type: its charset, its boundary.
pub(crate) fn parameter<'t>(content_type: &'t str, name: &str) -> Option<&'t str> {
    content_type.split(';').skip(1).find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_written_by_their_media_type() {
        for (text, form) in [
            ("application/json; charset=utf-8", Form::Json),
            ("Application/Problem+JSON", Form::Json),
            ("text/json", Form::Json),
            ("application/atom+xml", Form::Xml),
            ("text/csv", Form::Text),
            ("image/png", Form::Bytes),
            ("", Form::Bytes),
        ] {
            assert_eq!(Media::new(text).form(), form, "{text}");
        }
    }

    #[test]
    fn the_exact_key_wins() {
        let json = Media::json();
        assert_eq!(Media::new("application/json").means(&json), Some(3));
        assert_eq!(Media::new("application/*").means(&json), Some(2));
        assert_eq!(Media::new("*/*").means(&json), Some(1));
        assert_eq!(Media::new("text/*").means(&json), None);
    }
}
