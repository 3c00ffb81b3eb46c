//! What came over HTTP: nothing, JSON, XML, text or bytes, in whatever charset.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

use super::Reply;
use crate::json::Reader;
use crate::model::{Form, Media, parameter};

/// A body, unpacked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Text<'a> {
    /// Nothing, or a status that has nothing.
    Nothing,
    Json(Cow<'a, str>),
    Xml(Cow<'a, str>),
    Plain(Cow<'a, str>),
    Bytes,
}

/// Unpacks a body. `bytes`: it is wanted as it is. `structured`: a text could never be what is wanted, so a text that is
/// JSON is taken as JSON (ColdFusion labels it `text/html`).
pub(super) fn open<'a>(reply: &Reply<'a>, bytes: bool, structured: bool) -> Text<'a> {
    if matches!(reply.status, 204 | 205 | 304) || reply.body.is_empty() {
        return Text::Nothing;
    }
    let media = reply.content_type.map(Media::new);
    let form = media.as_ref().map(Media::form);
    if bytes && !matches!(form, Some(Form::Json)) {
        return Text::Bytes;
    }
    let charset = reply
        .content_type
        .and_then(|content_type| parameter(content_type, "charset"));
    let text = || decode(reply.body, charset);
    match form {
        Some(Form::Json) => blank(text(), Text::Json),
        Some(Form::Xml) => blank(text(), Text::Xml),
        Some(Form::Text) => {
            let text = text();
            if structured && is_json(unguarded(&text)) {
                return Text::Json(match text {
                    Cow::Borrowed(text) => Cow::Borrowed(unguarded(text)),
                    Cow::Owned(text) => Cow::Owned(unguarded(&text).to_owned()),
                });
            }
            Text::Plain(text)
        }
        Some(Form::Urlencoded | Form::Multipart) => Text::Plain(text()),
        Some(Form::Bytes) => Text::Bytes,
        None => match std::str::from_utf8(reply.body) {
            Ok(text) if is_json(unguarded(text)) => Text::Json(Cow::Borrowed(unguarded(text))),
            Ok(text) if text.trim_start().starts_with('<') => Text::Xml(Cow::Borrowed(text)),
            Ok(text) => Text::Plain(Cow::Borrowed(text)),
            Err(_) => Text::Bytes,
        },
    }
}

fn blank<'a>(text: Cow<'a, str>, kind: impl FnOnce(Cow<'a, str>) -> Text<'a>) -> Text<'a> {
    if text.trim().is_empty() {
        return Text::Nothing;
    }
    let guarded = unguarded(&text).len() < text.len();
    match text {
        Cow::Borrowed(text) if guarded => kind(Cow::Borrowed(unguarded(text))),
        Cow::Owned(text) if guarded => kind(Cow::Owned(unguarded(&text).to_owned())),
        text => kind(text),
    }
}

/// Without the prefixes that keep browsers from running JSON as a script: ColdFusion's `//`, Angular's `)]}'`.
fn unguarded(text: &str) -> &str {
    let trimmed = text.trim_start();
    let rest = trimmed
        .strip_prefix(")]}'")
        .map(|rest| rest.trim_start_matches(','))
        .or_else(|| trimmed.strip_prefix("//"));
    rest.unwrap_or(text)
}

/// Whether a text is a JSON object or list, all of it.
fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && {
        let mut reader = Reader::new(text);
        reader.skip().is_ok() && reader.end().is_ok()
    }
}

/// The text of bytes: by byte order mark, then charset, then UTF-8. Malformed sequences become U+FFFD.
pub(super) fn decode<'a>(bytes: &'a [u8], charset: Option<&str>) -> Cow<'a, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let rest = bytes.get(mark..).unwrap_or_default();
        return encoding.decode_without_bom_handling(rest).0;
    }
    let told = charset.and_then(|name| Encoding::for_label(name.as_bytes()));
    let encoding = told.unwrap_or(UTF_8);
    if encoding == UTF_8
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Cow::Borrowed(text);
    }
    encoding.decode_without_bom_handling(bytes).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_as<'a>(content_type: Option<&'a str>, body: &'a [u8], structured: bool) -> Text<'a> {
        let reply = Reply {
            status: 200,
            content_type,
            body,
        };
        open(&reply, false, structured)
    }

    #[test]
    fn a_body_is_what_its_label_says_or_what_it_looks_like() {
        let json = |text: &'static str| Text::Json(text.into());
        assert_eq!(open_as(Some("application/json"), b"[1]", true), json("[1]"));
        assert_eq!(open_as(Some("text/html"), b"[1]", true), json("[1]"));
        assert_eq!(
            open_as(Some("text/html; charset=UTF-8"), b"//{}", true),
            json("{}")
        );
        assert_eq!(
            open_as(Some("text/plain"), b"[1]", false),
            Text::Plain("[1]".into())
        );
        assert_eq!(
            open_as(Some("text/html"), b"<p>", true),
            Text::Plain("<p>".into())
        );
        assert_eq!(open_as(None, b" {}", true), json(" {}"));
        assert_eq!(open_as(None, b"\xff\xd8", true), Text::Bytes);
        assert_eq!(
            open_as(Some("application/json"), b" \n", true),
            Text::Nothing
        );
    }

    #[test]
    fn charsets_are_honoured() {
        let latin = open_as(Some("text/plain; charset=\"iso-8859-1\""), b"\xe9", false);
        assert_eq!(latin, Text::Plain("\u{e9}".into()));
        let marked = open_as(Some("application/json"), b"\xef\xbb\xbf{}", true);
        assert_eq!(marked, Text::Json("{}".into()));
    }
}
