//! What came back, as `HTTPService` and `WebService` want it: the body as text, HEAD's headers, OPTIONS' methods; the status
//! beside it.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use footbridge_amf::{Array, Graph, Node, Value};
use footbridge_mapping::data::{AmfValue, Data, Record};
use footbridge_mapping::model::FaultKey;
use footbridge_remoting::{Fault, Upstream, UpstreamHeaders, fault};
use footbridge_traffic::Reply;
use http::header::{
    ALLOW, CONNECTION, CONTENT_TYPE, SET_COOKIE, TRANSFER_ENCODING, WWW_AUTHENTICATE,
};
use http::{HeaderMap, Method, StatusCode};
use std::sync::Arc;

use super::asked::Asked;
use crate::run::failure::{Failure, Trouble, with_data};
use crate::run::scope::{Frame, object};

/// The value of a good answer.
///
/// # Errors
/// A failure where the status tells of one; envelopes tell of faults themselves.
pub(super) fn read(asked: &Asked, reply: &Reply, frame: &Frame<'_>) -> Result<Data, Failure> {
    let headers = asked.records.then(|| UpstreamHeaders {
        request: listed(&asked.headers),
        response: listed(&reply.headers),
    });
    let upstream = Upstream {
        status: reply.status,
        headers,
    };
    // A call runs once; a rule that answers for it finds what it was answered all the same.
    let _ = frame.context.upstream.set(upstream);
    let text = text(&reply.headers, &reply.body);
    let is_envelope = asked.is_envelope && text.trim_start().starts_with('<');
    if reply.status >= 400 && !is_envelope {
        return Err(failed(reply, &text, frame));
    }
    Ok(match asked.method {
        Method::HEAD => of_headers(&reply.headers),
        Method::OPTIONS => methods(&reply.headers),
        _ => Data::text(text),
    })
}

/// A status that tells of a failure: the status line as sentence and detail, the body as data.
fn failed(reply: &Reply, text: &str, frame: &Frame<'_>) -> Failure {
    let reason = StatusCode::from_u16(reply.status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default();
    let line = format!("{} {reason}", reply.status);
    let line = line.trim_end();
    let kind = reply
        .headers
        .get(CONTENT_TYPE)
        .map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned());
    let body = Data::text(text);
    let (code, detail) = match reply.status {
        401 | 403 => {
            let challenge = reply.headers.get(WWW_AUTHENTICATE);
            let challenge =
                challenge.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
            (
                fault::AUTHENTICATION,
                challenge.unwrap_or_else(|| line.to_owned()),
            )
        }
        _ => (fault::PROXY_FAILED, line.to_owned()),
    };
    let mut fault = Fault::new(code, line).with_detail(detail);
    fault.upstream = Some(reply.status);
    let data = object([
        ("status", Data::Int(reply.status.into())),
        ("contentType", kind.map_or(Data::Null, Data::text)),
        ("body", body.clone()),
    ]);
    let fault = with_data(fault, data, frame);
    Failure::Open(Box::new(Trouble {
        key: FaultKey::Other,
        status: Some(reply.status),
        detail: body,
        ..Trouble::new(fault)
    }))
}

/// The body as text: by its byte order mark, else as the header says, else UTF-8 where it is that, else ISO 8859-1.
fn text(headers: &HeaderMap, body: &[u8]) -> String {
    let said = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .and_then(charset)
        .and_then(|name| Encoding::for_label(name.as_bytes()));
    let encoding = Encoding::for_bom(body)
        .map(|(encoding, _)| encoding)
        .or(said)
        .unwrap_or_else(|| match std::str::from_utf8(body) {
            Ok(_) => UTF_8,
            Err(_) => WINDOWS_1252,
        });
    encoding.decode(body).0.into_owned()
}

fn charset(kind: &str) -> Option<&str> {
    kind.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"'))
    })
}

/// Headers that a client may see: cookies are kept here, and what frames the connection means nothing to it.
fn listed(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .filter(|(name, _)| !matches!(**name, SET_COOKIE | CONNECTION | TRANSFER_ENCODING))
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (shown(name.as_str()), value)
        })
        .collect()
}

/// A name as clients look for it, `Content-Type`: over HTTP/2 all come in lower case.
fn shown(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    let mut first = true;
    for letter in name.chars() {
        shown.push(if first {
            letter.to_ascii_uppercase()
        } else {
            letter
        });
        first = letter == '-';
    }
    shown
}

fn of_headers(headers: &HeaderMap) -> Data {
    let mut record = Record::default();
    for (name, value) in listed(headers) {
        let name: Arc<str> = name.into();
        let joined = match record.members.get(&name) {
            Some(Data::Text(before)) => format!("{before}, {value}"),
            Some(_) | None => value,
        };
        record.members.insert(name, Data::text(joined));
    }
    Data::Object(Arc::new(record))
}

fn methods(headers: &HeaderMap) -> Data {
    let methods = headers
        .get_all(ALLOW)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|method| Value::String(method.trim().to_owned().into()));
    let mut graph = Graph::new();
    let list = graph.add(Node::Array(Array {
        dense: methods.collect(),
        named: Vec::new(),
    }));
    // A plain array for every client, as old proxies sent it.
    Data::Amf(AmfValue {
        graph: Arc::new(graph),
        value: Value::Node(list),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str, body: &[u8]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        text(&headers, body)
    }

    #[test]
    fn bodies_are_texts_in_their_own_encoding() {
        assert_eq!(read("text/plain; charset=\"iso-8859-2\"", b"\xb1"), "ą");
        assert_eq!(read("text/xml", "ż".as_bytes()), "ż");
        assert_eq!(read("text/xml", b"\xe9"), "é");
        assert_eq!(
            read("text/xml; charset=latin1", b"\xef\xbb\xbf\xc5\xbc"),
            "ż"
        );
        assert_eq!(read("text/xml", b"\xff\xfea\0"), "a");
        assert_eq!(read("text/plain; charset=unheard-of", b"x"), "x");
    }

    #[test]
    fn names_of_headers_are_shown_as_clients_know_them() {
        assert_eq!(shown("content-type"), "Content-Type");
        assert_eq!(shown("x-a-b"), "X-A-B");
    }
}
