//! Headers and cookies: names are the mapping's or the document's, values cannot split them.

use std::sync::Arc;

use footbridge_mapping::argument::BadArgument;
use footbridge_mapping::place::Place;

use super::parameter::{Given, complete, given};
use super::path::encode;
use super::style::{Dress, written};
use super::{Draft, Encoder, RequestError};
use crate::model::{Form, Operation, ParameterPlace, Style, StyleKind, Written};

/// What only the transport says.
const OURS: [&str; 8] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

const SIMPLE: Style = Style {
    kind: StyleKind::Simple,
    explode: false,
    reserved: false,
};

/// The headers of a draft, and its cookies as one.
pub(super) fn headers(
    encoder: &Encoder<'_>,
    draft: &Draft,
    operation: Option<&Operation>,
) -> Result<Vec<(Arc<str>, String)>, RequestError> {
    let mut headers: Vec<(Arc<str>, String)> = Vec::new();
    for (name, _) in &draft.headers {
        if !is_token(name) || OURS.contains(&&*name.to_ascii_lowercase()) {
            return Err(RequestError::Mapping(format!(
                "`{name}` is no header that a mapping can set"
            )));
        }
    }
    for sent in given(&draft.headers, ParameterPlace::Header, operation)? {
        let Given {
            name,
            data,
            place,
            kind,
            written: how,
        } = sent;
        let value = match how {
            Some(Written::Content(_)) => {
                let mut json = String::new();
                encoder.json(data, kind, &place, &mut json)?;
                json
            }
            Some(Written::Style(style)) => {
                written(encoder, data, kind, &place, name, *style, Dress::Header)?
            }
            None => written(encoder, data, kind, &place, name, SIMPLE, Dress::Header)?,
        };
        headers.push((name.clone(), safe(value, &place)?));
    }
    let mut cookies: Vec<String> = Vec::new();
    for sent in given(&draft.cookies, ParameterPlace::Cookie, operation)? {
        let Given {
            name,
            data,
            place,
            kind,
            written: how,
        } = sent;
        let value = match how {
            Some(Written::Content(_)) => {
                let mut json = String::new();
                encoder.json(data, kind, &place, &mut json)?;
                encode(&json)
            }
            Some(Written::Style(style)) => {
                let mut pairs = Vec::new();
                super::style::pairs(encoder, data, kind, &place, name, *style, &mut pairs)?;
                cookies.extend(pairs.iter().map(|(name, value)| format!("{name}={value}")));
                continue;
            }
            None => written(encoder, data, kind, &place, name, SIMPLE, Dress::Query)?,
        };
        cookies.push(format!("{}={value}", encode(name)));
    }
    if !cookies.is_empty() {
        headers.push(("Cookie".into(), cookies.join("; ")));
    }
    complete(operation, |parameter| {
        match parameter.place {
            ParameterPlace::Header => {
                let mut given = draft.headers.iter();
                given.any(|(name, _)| name.eq_ignore_ascii_case(&parameter.name))
            }
            // Names of cookies are what they are, letter for letter (RFC 6265 §5.3).
            ParameterPlace::Cookie => {
                let mut given = draft.cookies.iter();
                given.any(|(name, _)| *name == parameter.name)
            }
            ParameterPlace::Path | ParameterPlace::Query => true,
        }
    })?;
    Ok(headers)
}

/// What answers are understood, where the mapping does not say it.
pub(super) fn accept(headers: &mut Vec<(Arc<str>, String)>, operation: Option<&Operation>) {
    if headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("accept"))
    {
        return;
    }
    let mut known: Vec<&str> = operation
        .and_then(Operation::success)
        .map(|response| {
            let mut contents: Vec<_> = response
                .contents
                .iter()
                .map(|content| &content.media)
                .collect();
            contents.sort_by_key(|media| media.form() != Form::Json);
            contents.iter().map(|media| media.as_str()).collect()
        })
        .unwrap_or_default();
    known.dedup();
    let accept = if known.is_empty() {
        "application/json, */*;q=0.8".to_owned()
    } else {
        let mut accept = known.join(", ");
        // Faults come as problems, whatever the good answer is.
        if !known.contains(&"application/problem+json") && !known.contains(&"*/*") {
            accept.push_str(", application/problem+json, */*;q=0.1");
        }
        accept
    };
    headers.insert(0, ("Accept".into(), accept));
}

/// A value without what would end its header (RFC 9110 §5.5).
fn safe(value: String, place: &Place<'_>) -> Result<String, BadArgument> {
    let value = value.trim_matches([' ', '\t']).to_owned();
    if value.contains(['\r', '\n', '\0']) {
        return Err(place.refuse("has a line break, and a header takes none"));
    }
    if !value
        .bytes()
        .all(|byte| byte == b'\t' || (0x20..0x7f).contains(&byte))
    {
        return Err(place.refuse("has letters that a header cannot carry"));
    }
    Ok(value)
}

fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
