//! A service that answers as its document's examples say: to build and show mappings while the real one is away.
//!
//! It finds the operation that a path means and gives its example, filled by schema where the document has none. Values
//! of the path, the query and a JSON body stand in members of the same name, so that an answer fits its question; whether
//! a request is as the document has it is not looked at.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::describe::example_reply;
use crate::model::{Form, Media, Model, Operation, Segment, Template};

/// What it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The media type of the body.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// The example of the operation that a method and a path mean. `target` is a path below the service's address, with the
/// path of that address or without, encoded, with or without a query; `status` asks for another answer than the good one (`Prefer: code=404`).
pub fn answer(
    model: &Model,
    method: &str,
    target: &str,
    body: &[u8],
    status: Option<u16>,
) -> Answer {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = below(model, path);
    let found = find(model, method, path);
    let Some(operation) = found else {
        let known = model
            .operations
            .iter()
            .any(|operation| values(&operation.template, path).is_some());
        return if known {
            problem(405, "no such method here")
        } else {
            problem(404, "the document has no such path")
        };
    };
    match example_reply(model, operation, status) {
        Some((status, content_type, example)) => {
            let media = content_type.as_deref().map(Media::new);
            let json = media.is_some_and(|media| media.form() == Form::Json);
            let echoed = (json && (200..300).contains(&status))
                .then(|| echo(&example, &asked(operation, path, query, body)))
                .flatten();
            Answer {
                status,
                content_type,
                body: echoed.unwrap_or(example),
            }
        }
        // A document that says nothing of its answers.
        None => Answer {
            status: status.unwrap_or(200),
            content_type: None,
            body: Vec::new(),
        },
    }
}

/// The path below the service's address, whether or not the path of that address stands before it: who only puts another
/// host into an address is answered too.
fn below<'t>(model: &Model, path: &'t str) -> &'t str {
    let known = |path: &str| {
        model
            .operations
            .iter()
            .any(|operation| values(&operation.template, path).is_some())
    };
    if known(path) {
        return path;
    }
    let mut rest = model.servers.iter().filter_map(|server| {
        let server = server.split_once("://").map_or(&**server, |(_, rest)| rest);
        let base = server.find('/').and_then(|at| server.get(at..))?;
        path.strip_prefix(base.trim_end_matches('/'))
    });
    rest.find(|rest| known(rest)).unwrap_or(path)
}

/// The operation that a path means; one without values wins over one with.
pub fn find<'m>(model: &'m Model, method: &str, path: &str) -> Option<&'m Operation> {
    model
        .operations
        .iter()
        .filter(|operation| {
            operation
                .template
                .method
                .as_str()
                .eq_ignore_ascii_case(method)
                && values(&operation.template, path).is_some()
        })
        .min_by_key(|operation| operation.template.holes().count())
}

/// What a request says by name: members of its body, parameters of its query, values of its path.
fn asked(operation: &Operation, path: &str, query: &str, body: &[u8]) -> Vec<(String, Value)> {
    let text = |text: &str| {
        let text = text.replace('+', " ");
        Value::String(percent_decode_str(&text).decode_utf8_lossy().into_owned())
    };
    let mut asked: Vec<(String, Value)> = match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => members.into_iter().collect(),
        Ok(_) | Err(_) => Vec::new(),
    };
    for pair in query.split('&') {
        if let Some((name, value)) = pair.split_once('=') {
            asked.push((name.to_owned(), text(value)));
        }
    }
    let values = values(&operation.template, path).unwrap_or_default();
    for (name, value) in operation.template.holes().zip(values) {
        asked.push((name.to_string(), text(value)));
    }
    asked
}

/// An example with what was asked for in members of the same name and kind; `None` where nothing fits.
fn echo(example: &[u8], asked: &[(String, Value)]) -> Option<Vec<u8>> {
    let mut example: Value = serde_json::from_slice(example).ok()?;
    let members = example.as_object_mut()?;
    let mut changed = false;
    for (name, value) in asked {
        let Some(member) = members.get_mut(name) else {
            continue;
        };
        let value: Cow<'_, Value> = match (&*member, value) {
            (Value::Number(_), Value::String(text)) => match serde_json::from_str(text) {
                Ok(number @ Value::Number(_)) => Cow::Owned(number),
                Ok(_) | Err(_) => continue,
            },
            (Value::Bool(_), Value::String(text)) => Cow::Owned(Value::Bool(text == "true")),
            (Value::String(_), Value::String(_))
            | (Value::Number(_), Value::Number(_))
            | (Value::Bool(_), Value::Bool(_))
            | (Value::Array(_), Value::Array(_))
            | (Value::Object(_), Value::Object(_)) => Cow::Borrowed(value),
            _ => continue,
        };
        *member = value.into_owned();
        changed = true;
    }
    changed
        .then(|| serde_json::to_vec_pretty(&example).ok())
        .flatten()
}

/// The values of a path that is one of a template: each a part of one segment, and not empty.
fn values<'p>(template: &Template, path: &'p str) -> Option<Vec<&'p str>> {
    let mut found = Vec::new();
    let mut rest = path;
    let mut segments = template.segments.iter().peekable();
    while let Some(segment) = segments.next() {
        match segment {
            Segment::Text(text) => match rest.strip_prefix(&**text) {
                Some(below) => rest = below,
                None => return None,
            },
            Segment::Hole(_) => {
                let end = rest.find('/').unwrap_or(rest.len());
                let within = rest.get(..end).unwrap_or_default();
                let length = match segments.peek() {
                    Some(Segment::Text(next)) if !next.starts_with('/') => {
                        let stop = next.split('/').next().unwrap_or_default();
                        within.rfind(stop)?
                    }
                    Some(_) | None => within.len(),
                };
                if length == 0 {
                    return None;
                }
                found.extend(rest.get(..length));
                rest = rest.get(length..).unwrap_or_default();
            }
        }
    }
    (rest.is_empty() || rest == "/").then_some(found)
}

fn problem(status: u16, title: &str) -> Answer {
    let body = serde_json::json!({ "status": status, "title": title });
    Answer {
        status,
        content_type: Some("application/problem+json".to_owned()),
        body: body.to_string().into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits_path(template: &str, path: &str) -> bool {
        let template = Template::parse("GET", template).expect("a path");
        values(&template, path).is_some()
    }

    #[test]
    fn what_was_asked_for_stands_in_the_answer() {
        let example = br#"{"id": 1, "name": "a", "paid": false, "lines": []}"#;
        let text = |text: &str| Value::String(text.to_owned());
        let asked = [
            ("id".to_owned(), text("7")),
            ("paid".to_owned(), text("true")),
            ("name".to_owned(), Value::Bool(true)),
            ("other".to_owned(), text("x")),
        ];
        let echoed = echo(example, &asked).expect("something fits");
        let echoed: Value = serde_json::from_slice(&echoed).expect("it is JSON");
        let expected = serde_json::json!({"id": 7, "name": "a", "paid": true, "lines": []});
        assert_eq!(echoed, expected);
        assert_eq!(echo(example, &[]), None);
    }

    #[test]
    fn values_are_parts_of_one_segment() {
        for (template, path) in [
            ("/a", "/a"),
            ("/a/{b}", "/a/x%2Fy"),
            ("/a/{b}/c", "/a/1/c"),
            ("/a/{b}.json", "/a/1.2.json"),
            ("/{a}-{b}", "/1-2"),
            ("/{a}/{b}", "/1/2/"),
        ] {
            assert!(fits_path(template, path), "{template} {path}");
        }
        for (template, path) in [
            ("/a/{b}", "/a/"),
            ("/a/{b}", "/a/1/2"),
            ("/a/{b}.json", "/a/1.xml"),
            ("/a", "/b"),
        ] {
            assert!(!fits_path(template, path), "{template} {path}");
        }
    }
}
