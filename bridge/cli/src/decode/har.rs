//! HAR files: what a browser's network panel saves, with AMF among everything else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::{Kind, decode};
use crate::Outcome;

/// A request that carried AMF, and its answer.
#[derive(Debug)]
pub(super) struct Exchange {
    url: String,
    status: Json,
    request: Option<Result<Vec<u8>, &'static str>>,
    response: Option<Result<Vec<u8>, &'static str>>,
}

/// The AMF exchanges of a HAR file; `None` where `input` is none.
pub(super) fn exchanges(input: &[u8]) -> Option<Vec<Exchange>> {
    if input.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return None;
    }
    let file: Json = serde_json::from_slice(input).ok()?;
    let entries = file.get("log")?.get("entries")?.as_array()?;
    Some(entries.iter().filter_map(exchange).collect())
}

/// Decodes each exchange; the outcome is bad where one of them is malformed.
pub(super) fn decode_all(exchanges: &[Exchange]) -> (Json, Outcome) {
    let mut outcome = Outcome::Good;
    let mut part = |bytes: &Option<Result<Vec<u8>, &'static str>>| match bytes {
        None => Json::Null,
        Some(Err(why)) => {
            outcome = Outcome::Bad;
            json!({"error": {"message": why}})
        }
        Some(Ok(bytes)) => {
            let (json, one) = decode(bytes, Some(Kind::Packet));
            if one == Outcome::Bad {
                outcome = Outcome::Bad;
            }
            json
        }
    };
    let list = exchanges
        .iter()
        .map(|exchange| {
            json!({
                "url": exchange.url,
                "status": exchange.status,
                "request": part(&exchange.request),
                "response": part(&exchange.response),
            })
        })
        .collect();
    (Json::Array(list), outcome)
}

fn exchange(entry: &Json) -> Option<Exchange> {
    let request = entry.get("request")?;
    let response = entry.get("response")?;
    let posted = request.get("postData");
    let content = response.get("content");
    if !is_amf(posted) && !is_amf(content) {
        return None;
    }
    Some(Exchange {
        url: request
            .get("url")
            .and_then(Json::as_str)
            .unwrap_or_default()
            .to_owned(),
        status: response.get("status").cloned().unwrap_or(Json::Null),
        request: posted.filter(|part| is_amf(Some(part))).and_then(bytes),
        response: content.filter(|part| is_amf(Some(part))).and_then(bytes),
    })
}

fn is_amf(part: Option<&Json>) -> bool {
    let kind = part
        .and_then(|part| part.get("mimeType"))
        .and_then(Json::as_str)
        .unwrap_or_default();
    kind.trim()
        .to_ascii_lowercase()
        .starts_with("application/x-amf")
}

/// The bytes of a part: base64 where the file says so, else one character for each byte. A browser that saved them as
/// if they were UTF-8 has lost some.
fn bytes(part: &Json) -> Option<Result<Vec<u8>, &'static str>> {
    let text = part.get("text")?.as_str()?;
    if part.get("encoding").and_then(Json::as_str) == Some("base64") {
        return Some(
            STANDARD
                .decode(text)
                .map_err(|_| "the text is no base64, though the file says so"),
        );
    }
    let bytes = text
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).ok())
        .collect::<Option<Vec<_>>>();
    Some(bytes.ok_or(
        "the browser saved these bytes as text and lost some; record them with another tool",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amf_is_found_among_everything_else() {
        let file = json!({"log": {"entries": [
            {"request": {"url": "http://x/page"}, "response": {"status": 200, "content": {"mimeType": "text/html", "text": "<p>"}}},
            {
                "request": {"url": "http://x/gateway", "postData": {"mimeType": "application/x-amf", "text": "\u{0}\u{3}\u{ff}"}},
                "response": {"status": 200, "content": {"mimeType": "application/x-amf; v=1", "encoding": "base64", "text": "AAM="}},
            },
        ]}});
        let found = exchanges(file.to_string().as_bytes()).unwrap();
        let [only] = &found[..] else {
            panic!("one exchange: {found:?}")
        };
        assert_eq!(only.request, Some(Ok(vec![0, 3, 0xff])));
        assert_eq!(only.response, Some(Ok(vec![0, 3])));
    }

    #[test]
    fn bytes_that_became_text_are_said_to_be_lost() {
        let part = json!({"mimeType": "application/x-amf", "text": "\u{0}\u{fffd}"});
        assert!(bytes(&part).unwrap().is_err());
    }

    #[test]
    fn other_json_is_no_har_file() {
        assert!(exchanges(b"{\"a\": 1}").is_none());
        assert!(exchanges(b"\x00\x03").is_none());
    }
}
