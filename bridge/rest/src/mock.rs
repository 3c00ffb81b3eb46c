//! A service that answers as its document's examples say: to build and show mappings while the real one is away.
//!
//! It finds the operation that a path means and gives its example, filled by schema where the document has none. What a
//! request carries is not looked at; a service that minds is another one.

use crate::describe::example_reply;
use crate::model::{Model, Operation, Segment, Template};

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

/// The example of the operation that a method and a path mean. `target` is a path below the service's address, encoded,
/// with or without a query; `status` asks for another answer than the good one (`Prefer: code=404`).
pub fn answer(model: &Model, method: &str, target: &str, status: Option<u16>) -> Answer {
    let path = target.split(['?', '#']).next().unwrap_or(target);
    let found = find(model, method, path);
    let Some(operation) = found else {
        let known = model
            .operations
            .iter()
            .any(|operation| fits(&operation.template, path));
        return if known {
            problem(405, "no such method here")
        } else {
            problem(404, "the document has no such path")
        };
    };
    match example_reply(model, operation, status) {
        Some((status, content_type, body)) => Answer {
            status,
            content_type,
            body,
        },
        // A document that says nothing of its answers.
        None => Answer {
            status: status.unwrap_or(200),
            content_type: None,
            body: Vec::new(),
        },
    }
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
                && fits(&operation.template, path)
        })
        .min_by_key(|operation| operation.template.holes().count())
}

/// Whether a path is one of a template: a value is a part of one segment, and not empty.
fn fits(template: &Template, path: &str) -> bool {
    let mut rest = path;
    let mut segments = template.segments.iter().peekable();
    while let Some(segment) = segments.next() {
        match segment {
            Segment::Text(text) => match rest.strip_prefix(&**text) {
                Some(below) => rest = below,
                None => return false,
            },
            Segment::Hole(_) => {
                let end = rest.find('/').unwrap_or(rest.len());
                let within = rest.get(..end).unwrap_or_default();
                let length = match segments.peek() {
                    Some(Segment::Text(next)) if !next.starts_with('/') => {
                        let stop = next.split('/').next().unwrap_or_default();
                        match within.rfind(stop) {
                            Some(at) => at,
                            None => return false,
                        }
                    }
                    Some(_) | None => within.len(),
                };
                if length == 0 {
                    return false;
                }
                rest = rest.get(length..).unwrap_or_default();
            }
        }
    }
    rest.is_empty() || rest == "/"
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
        fits(&Template::parse("GET", template).expect("a path"), path)
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
