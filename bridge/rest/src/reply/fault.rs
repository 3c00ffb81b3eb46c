//! Answers that are no good ones: what their bodies say, for fault rules. The body itself never reaches a client unasked.

use std::sync::Arc;

use footbridge_mapping::data::{Data, convert};

use super::plan::Answers;
use super::{ReadError, Reply, read_body};

/// A fault of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The HTTP status.
    pub status: u16,
    /// What its body calls it: `code` and `type` of a problem (RFC 9457), `error` of OAuth and the like.
    pub code: Option<Arc<str>>,
    /// What its body says of it: a problem's `title` or `detail`, a `message`.
    pub message: Option<Arc<str>>,
    /// The decoded body: null where there is none, a text where it is no JSON or XML.
    pub detail: Data,
}

/// What an answer of 300 and more says. Never fails: a body that cannot be read is null, with its reason for the log.
pub fn read_fault(reply: &Reply<'_>, answers: &Answers) -> (Fault, Option<ReadError>) {
    let (detail, error) = match read_body(reply, answers) {
        Ok(detail) => (detail, None),
        Err(error) => (Data::Null, Some(error)),
    };
    // Many put what others have at the top into a member.
    let inner = [
        detail.member("error"),
        detail.member("fault"),
        detail
            .member("errors")
            .items()
            .and_then(|items| items.first().cloned())
            .unwrap_or(Data::Null),
    ];
    let of = |names: &[&str]| {
        let text = |within: &Data| {
            names
                .iter()
                .map(|name| within.member(name).plain())
                .find_map(|data| match data {
                    Data::Text(_) | Data::Int(_) => convert::to_text(&data),
                    _ => None,
                })
        };
        text(&detail).or_else(|| inner.iter().find_map(text))
    };
    let code = of(&["code", "errorCode", "type", "error"]).map(|code| last_of(&code));
    let message = of(&[
        "title",
        "message",
        "detail",
        "error_description",
        "errorMessage",
    ]);
    let fault = Fault {
        status: reply.status,
        code: code.filter(|code| !code.is_empty() && &**code != "about:blank"),
        message,
        detail,
    };
    (fault, error)
}

/// The name in a problem's type: the last part of its URL.
fn last_of(code: &Arc<str>) -> Arc<str> {
    if !code.contains("//") {
        return code.clone();
    }
    let name = code.trim_end_matches('/').rsplit(['/', '#']).next();
    name.unwrap_or_default().into()
}
