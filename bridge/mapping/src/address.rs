//! Addresses of documents that refer to each other, WSDLs, schemas and OpenAPI: URLs and paths.

/// `relative` as seen from the document at `base` (RFC 3986 §5.2 for URLs; paths of files likewise).
pub fn join(base: &str, relative: &str) -> String {
    let relative = relative.trim();
    if has_scheme(relative) {
        return relative.to_owned();
    }
    let (origin, path) = split(base);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if let Some(rest) = relative.strip_prefix("//")
        && !origin.is_empty()
    {
        let scheme = origin.split("//").next().unwrap_or_default();
        return format!("{scheme}//{rest}");
    }
    if relative.starts_with('?') {
        return format!("{origin}{path}{relative}");
    }
    if relative.starts_with('/') {
        return format!("{origin}{}", normal(relative));
    }
    if path.is_empty() && !origin.is_empty() {
        return format!("{origin}{}", normal(&format!("/{relative}")));
    }
    let folder = path
        .rfind('/')
        .map_or("", |at| path.get(..=at).unwrap_or_default());
    format!("{origin}{}", normal(&format!("{folder}{relative}")))
}

fn has_scheme(address: &str) -> bool {
    address.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.'))
    })
}

/// `https://host:1` and `/path`; a path of a file has no origin.
fn split(address: &str) -> (&str, &str) {
    let Some(at) = address.find("://") else {
        return ("", address);
    };
    let host = at + 3;
    let end = address
        .get(host..)
        .and_then(|rest| rest.find(['/', '?', '#']))
        .map_or(address.len(), |slash| host + slash);
    address.split_at(end)
}

/// Takes `.` and `..` out.
fn normal(path: &str) -> String {
    let (path, query) = match path.find('?') {
        Some(at) => path.split_at(at),
        None => (path, ""),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." if parts
                .last()
                .is_some_and(|last| !last.is_empty() && *last != "..") =>
            {
                parts.pop();
            }
            // Above the root there is nothing.
            ".." if path.starts_with('/') => {}
            part => parts.push(part),
        }
    }
    format!("{}{query}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn addresses_are_joined() {
        for (base, relative, expected) in [
            ("http://h/a/b.wsdl", "c.xsd", "http://h/a/c.xsd"),
            ("http://h/a/b.wsdl", "../c.xsd", "http://h/c.xsd"),
            ("http://h/a/b?wsdl", "?xsd=1", "http://h/a/b?xsd=1"),
            ("http://h/a/b?wsdl", "/x/y", "http://h/x/y"),
            ("http://h", "y", "http://h/y"),
            ("http://h/a", "//k/y", "http://k/y"),
            ("http://h/a", "https://k/y", "https://k/y"),
            ("wsdl/a.wsdl", "types/t.xsd", "wsdl/types/t.xsd"),
            ("wsdl/a.wsdl", "./../t.xsd", "t.xsd"),
            ("a.wsdl", "../t.xsd", "../t.xsd"),
            ("/w/a.wsdl", "../../t.xsd", "/t.xsd"),
            ("http://h/a/b.yaml", "c.yaml", "http://h/a/c.yaml"),
            ("http://h/a/b.yaml", "../c.yaml", "http://h/c.yaml"),
            ("http://h/a/b.json", "/v1", "http://h/v1"),
            ("http://h", "v1", "http://h/v1"),
            ("schemas/a.yaml", "./types/t.yaml", "schemas/types/t.yaml"),
            ("schemas/a.yaml", "../t.yaml", "t.yaml"),
            ("a.yaml", "t.yaml", "t.yaml"),
        ] {
            assert_eq!(join(base, relative), expected, "{base} {relative}");
        }
    }
}
