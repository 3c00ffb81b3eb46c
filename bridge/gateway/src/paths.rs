//! Which URL paths are gateways.

use std::sync::Arc;

/// Whether `path`, as it came in a request line, is one of `paths`: as a whole and letters as written, after a
/// `;name=value` and one trailing `/` are taken off on both sides.
pub(crate) fn is_gateway(paths: &[Arc<str>], path: &str) -> bool {
    let path = bare(path);
    paths.iter().any(|known| bare(known) == path)
}

/// The path without the parameters of its last segment and without one slash at its end. URL sessions of Java servers
/// stand there: `/messagebroker/amf;jsessionid=1F`.
fn bare(path: &str) -> &str {
    let (path, had_slash) = match path.strip_suffix('/') {
        Some(path) => (path, true),
        None => (path, false),
    };
    let last = path.rfind('/').map_or(0, |slash| slash + 1);
    match path[last..].find(';') {
        None => path,
        Some(at) if had_slash => &path[..last + at],
        Some(at) => {
            let path = &path[..last + at];
            path.strip_suffix('/').unwrap_or(path)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths() -> Vec<Arc<str>> {
        ["/gateway", "/flex2gateway/", "/amfphp/gateway.php"]
            .map(Arc::from)
            .to_vec()
    }

    #[test]
    fn a_trailing_slash_and_parameters_do_not_matter() {
        for path in [
            "/gateway",
            "/gateway/",
            "/gateway;jsessionid=1F",
            "/gateway;a=1;b=2",
            "/gateway/;a=1",
            "/flex2gateway",
        ] {
            assert!(is_gateway(&paths(), path), "{path}");
        }
    }

    #[test]
    fn everything_else_does() {
        for path in [
            "/",
            "",
            "/Gateway",
            "/gateway/x",
            "/x/gateway",
            "/gateway//",
            "/gate%77ay",
            "/gateway;a/b",
        ] {
            assert!(!is_gateway(&paths(), path), "{path}");
        }
    }
}
