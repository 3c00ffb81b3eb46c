//! `METHOD /path/{name}`: split once at load.

use std::sync::Arc;

/// A method of HTTP, in capitals.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Method(Arc<str>);

/// A method and a path with holes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The method.
    pub method: Method,
    /// The path in pieces.
    pub segments: Vec<Segment>,
    /// What stands behind `?` or `#` in the path: sent as it is, encoded.
    pub query: Vec<(Arc<str>, Arc<str>)>,
}

/// A piece of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// As it stands, `/` among it.
    Text(Arc<str>),
    /// `{name}`
    Hole(Arc<str>),
}

/// Why a text is no `METHOD /path`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// No method of HTTP.
    #[error("`{0}` is no method of HTTP")]
    Method(String),
    /// The path does not begin with `/`.
    #[error("the path `{0}` does not begin with `/`")]
    Relative(String),
    /// A brace without its other one.
    #[error("a brace in `{0}` is not closed, or holds nothing")]
    Brace(String),
    /// It would lead above itself.
    #[error("`{0}` has the segment `.` or `..`")]
    Dots(String),
}

impl Method {
    /// A token of letters.
    ///
    /// # Errors
    /// Where it is none.
    pub fn new(text: &str) -> Result<Self, TemplateError> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err(TemplateError::Method(text.to_owned()));
        }
        Ok(Self(text.to_ascii_uppercase().into()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it only reads (RFC 9110 §9.2.1): GET, HEAD, OPTIONS, TRACE.
    pub fn reads(&self) -> bool {
        matches!(&*self.0, "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }
}

impl Template {
    /// Of a document's method and key of `paths`.
    ///
    /// # Errors
    /// Where they are none.
    pub fn parse(method: &str, path: &str) -> Result<Self, TemplateError> {
        let method = Method::new(method)?;
        if !path.starts_with('/') {
            return Err(TemplateError::Relative(path.to_owned()));
        }
        let (path_part, fixed) = match path.find(['?', '#']) {
            Some(at) => path.split_at(at),
            None => (path, ""),
        };
        if path_part.split('/').any(|part| part == "." || part == "..") {
            return Err(TemplateError::Dots(path.to_owned()));
        }
        let mut segments = Vec::new();
        let mut rest = path_part;
        while let Some(at) = rest.find('{') {
            let (text, hole) = rest.split_at(at);
            if !text.is_empty() {
                segments.push(Segment::Text(text.into()));
            }
            let end = hole
                .find('}')
                .filter(|end| *end > 1)
                .ok_or_else(|| TemplateError::Brace(path.to_owned()))?;
            segments.push(Segment::Hole(hole.get(1..end).unwrap_or_default().into()));
            rest = hole.get(end + 1..).unwrap_or_default();
        }
        if !rest.is_empty() {
            segments.push(Segment::Text(rest.into()));
        }
        let query = fixed
            .trim_start_matches(['?', '#', '/'])
            .split(['&', '?', '#'])
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (name.into(), value.into())
            })
            .collect();
        Ok(Self {
            method,
            segments,
            query,
        })
    }

    /// The names in braces, in order.
    pub fn holes(&self) -> impl Iterator<Item = &Arc<str>> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Hole(name) => Some(name),
            Segment::Text(_) => None,
        })
    }

    /// Whether both mean the same requests: only the names in braces may differ.
    pub fn means(&self, other: &Self) -> bool {
        self.method == other.method
            && self.query == other.query
            && self.segments.len() == other.segments.len()
            && self
                .segments
                .iter()
                .zip(&other.segments)
                .all(|pair| match pair {
                    (Segment::Text(left), Segment::Text(right)) => left == right,
                    (Segment::Hole(_), Segment::Hole(_)) => true,
                    (Segment::Text(_), Segment::Hole(_)) | (Segment::Hole(_), _) => false,
                })
    }

    /// The path as it is written, without its fixed query.
    pub fn path(&self) -> String {
        self.segments
            .iter()
            .map(|segment| match segment {
                Segment::Text(text) => text.to_string(),
                Segment::Hole(name) => format!("{{{name}}}"),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_split_at_its_braces_and_query() {
        let template = Template::parse("get", "/a/{b}/c-{d}.json?x=1&y#z=2").expect("it is right");
        assert_eq!(template.method.as_str(), "GET");
        assert_eq!(template.path(), "/a/{b}/c-{d}.json");
        let query: Vec<_> = template
            .query
            .iter()
            .map(|(name, value)| format!("{name}:{value}"))
            .collect();
        assert_eq!(query, ["x:1", "y:", "z:2"]);
        let amazon = Template::parse("POST", "/#Action=Do").expect("it is right");
        assert_eq!(amazon.query, [("Action".into(), "Do".into())]);
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for (method, path) in [
            ("GET", "a"),
            ("G T", "/a"),
            ("GET", "/{a"),
            ("GET", "/{}"),
            ("GET", "/a/../b"),
            ("", "/"),
        ] {
            assert!(Template::parse(method, path).is_err(), "{method} {path}");
        }
    }
}
