//! Which URL paths are gateways.

use std::sync::Arc;

use footbridge_mapping::model::{Face, GatewayPath};
use footbridge_remoting::Profile;
use http::Uri;

/// What stands at a path.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found<'p> {
    /// A gateway for AMF, and the URL to which it has moved.
    Amf(&'p Arc<Profile>, Option<&'p Arc<str>>),
    /// A gateway for JSON, and what stands behind its path: `service/operation`.
    Json(&'p str),
}

/// What stands at `path`, as it came in a request line. A gateway for AMF matches as a whole, letters as written, after a
/// `;name=value` and one trailing `/` are taken off on both sides; one for JSON has the rest of the path, too.
pub(crate) fn find<'p>(paths: &'p [GatewayPath], path: &'p str) -> Option<Found<'p>> {
    let path = bare(path);
    paths.iter().find_map(|known| match &known.face {
        Face::Amf(profile) => {
            (bare(&known.path) == path).then_some(Found::Amf(profile, known.moved.as_ref()))
        }
        Face::Json => path
            .strip_prefix(bare(&known.path))?
            .strip_prefix('/')
            .map(Found::Json),
    })
}

/// What stands at `path`, as the mapping names it: one for all sessions and operations.
pub(crate) fn route(paths: &[GatewayPath], path: &str) -> String {
    let known = |known: &&GatewayPath| find(std::slice::from_ref(*known), path).is_some();
    match paths.iter().find(known) {
        Some(known) if known.face == Face::Json => {
            format!("{}/{{service}}/{{operation}}", bare(&known.path))
        }
        Some(known) => bare(&known.path).to_owned(),
        None => String::new(),
    }
}

/// The session's identifier that stands in a URL: `/gateway;fbsid=…`. Clients put what they were given behind all of their
/// gateway's address, so it may come after a query.
pub(crate) fn suffix(uri: &Uri) -> Option<&str> {
    let whole = uri.path_and_query()?.as_str();
    let (_, behind) = whole.rsplit_once(";fbsid=")?;
    behind.split(['/', ';', '?', '&']).next()
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

    fn paths() -> Vec<GatewayPath> {
        let mut paths = ["/gateway", "/flex2gateway/", "/amfphp/gateway.php"]
            .map(GatewayPath::auto)
            .to_vec();
        paths.push(GatewayPath {
            path: "/api".into(),
            face: Face::Json,
            moved: None,
        });
        paths
    }

    fn is_gateway(paths: &[GatewayPath], path: &str) -> bool {
        find(paths, path).is_some()
    }

    #[test]
    fn what_stands_behind_a_path_of_json_is_its_own() {
        let paths = paths();
        for (path, rest) in [
            ("/api/a.B/f", Some("a.B/f")),
            ("/api/a.B/f/;jsessionid=1", Some("a.B/f")),
            ("/api", None),
            ("/apix/a/b", None),
        ] {
            let found = find(&paths, path).map(|found| match found {
                Found::Json(rest) => rest,
                Found::Amf(profile, _) => panic!("{}", profile.name),
            });
            assert_eq!(found, rest, "{path}");
        }
    }

    #[test]
    fn a_session_stands_behind_the_path_or_behind_the_query() {
        for (uri, id) in [
            ("/gateway;fbsid=1F", Some("1F")),
            ("/gateway;jsessionid=2;fbsid=1F/", Some("1F")),
            ("/gateway;fbsid=1F?x=1", Some("1F")),
            ("/gateway?x=1;fbsid=1F", Some("1F")),
            ("/gateway;jsessionid=1F", None),
            ("/gateway?fbsid=1F", None),
        ] {
            assert_eq!(suffix(&uri.parse().expect("it is one")), id, "{uri}");
        }
        assert!(is_gateway(&paths(), "/gateway;fbsid=1F"));
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
