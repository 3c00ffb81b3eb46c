//! The backend's address: no request leaves its origin or climbs above its path, unless a proxy's [`Reach`] allows it.

use std::sync::Arc;

use footbridge_mapping::reach::{self, Reach};
use url::Url;

use crate::refusal::{Kind, Refusal};
use crate::request::Target;

/// Scheme, host, port and the prefix of all paths.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    /// None for a proxy that has no backend.
    base: Option<Url>,
    /// What else may be asked for.
    reach: Option<Arc<Reach>>,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it, without the address itself, which may hold secrets.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let mut base = Url::parse(text).map_err(|error| format!("its address is none: {error}"))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err("its address begins with neither http:// nor https://".to_owned());
        }
        base.set_fragment(None);
        Ok(Self {
            base: Some(base),
            reach: None,
        })
    }

    /// The address of a proxy: that of its backend, where it has one, and what it may reach beside.
    ///
    /// # Errors
    /// As [`Address::new`].
    pub(crate) fn of_proxy(text: Option<&str>, reach: &Arc<Reach>) -> Result<Self, String> {
        let base = match text {
            Some(text) => Self::new(text)?.base,
            None => None,
        };
        Ok(Self {
            base,
            reach: Some(Arc::clone(reach)),
        })
    }

    /// Whether a URL is of the backend's own origin, so that its secrets may go there.
    pub(crate) fn is_own(&self, url: &Url) -> bool {
        self.base
            .as_ref()
            .is_some_and(|base| base.origin() == url.origin())
    }

    fn base(&self) -> Result<&Url, Refusal> {
        self.base
            .as_ref()
            .ok_or_else(|| Refusal::new(Kind::Target, "nothing says what is asked for"))
    }

    /// The URL that a target means.
    ///
    /// # Errors
    /// [`Kind::Target`] for one that lies elsewhere.
    pub(crate) fn resolve(&self, target: &Target) -> Result<Url, Refusal> {
        match target {
            Target::Address => self.base().cloned(),
            Target::Below(path) => self.below(path),
            Target::Url(text) => {
                if self.reach.is_some() {
                    let url = reach::read(text, self.base.as_ref())
                        .map_err(|strange| Refusal::new(Kind::Target, strange.to_string()))?;
                    return self.own(url);
                }
                let url = Url::parse(text)
                    .map_err(|_| Refusal::new(Kind::Target, "this is no whole URL"))?;
                self.own(url)
            }
        }
    }

    /// A URL, if it is of this origin; that of a proxy, if it is the backend's address or allowed.
    ///
    /// # Errors
    /// [`Kind::Target`]
    pub(crate) fn own(&self, mut url: Url) -> Result<Url, Refusal> {
        let strange = !url.username().is_empty() || url.password().is_some();
        if let Some(reach) = &self.reach {
            let itself = self.is_own(&url)
                && !strange
                && self
                    .base
                    .as_ref()
                    .is_some_and(|base| base.path() == url.path());
            if !itself && !reach.allows(&url) {
                return Err(Refusal::new(
                    Kind::Target,
                    "the proxy does not allow this URL",
                ));
            }
            url.set_fragment(None);
            return Ok(url);
        }
        if !self.is_own(&url) || strange {
            return Err(Refusal::new(
                Kind::Target,
                "the URL is not of the backend's origin",
            ));
        }
        url.set_fragment(None);
        Ok(url)
    }

    fn below(&self, text: &str) -> Result<Url, Refusal> {
        let refused = |why: &str| Err(Refusal::new(Kind::Target, why));
        let (path, query) = match text.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (text, None),
        };
        if !path.starts_with('/') {
            return refused("a path begins with `/`");
        }
        // What the URL parser would take off, split or read as a slash must have been encoded.
        if text
            .chars()
            .any(|c| c.is_control() || matches!(c, ' ' | '\\' | '#'))
        {
            return refused("the path has a character that is not encoded");
        }
        if path.split('/').any(dots) {
            return refused("a piece of the path is `.` or `..`");
        }
        let base = self.base()?;
        let mut url = base.clone();
        let prefix = base.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{prefix}{path}"));
        let query = match (base.query(), query) {
            (Some(fixed), Some(own)) => Some(format!("{fixed}&{own}")),
            (Some(only), None) | (None, Some(only)) => Some(only.to_owned()),
            (None, None) => None,
        };
        url.set_query(query.as_deref());
        // Proof against surprises of the URL parser.
        let kept = url.path().starts_with(&format!("{prefix}/"))
            && url.path().matches('/').count()
                == prefix.matches('/').count() + path.matches('/').count()
            && url.origin() == base.origin();
        if !kept {
            return refused("the path would leave the backend's address");
        }
        Ok(url)
    }
}

/// Whether a URL parser reads a segment as `.` or `..`.
fn dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    matches!(plain.as_str(), "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(base: &str, path: &str) -> Result<String, Kind> {
        let address = Address::new(base).expect("it is one");
        address
            .resolve(&Target::Below(path.to_owned()))
            .map(String::from)
            .map_err(|refusal| refusal.kind)
    }

    #[test]
    fn paths_lie_below_the_prefix() {
        assert_eq!(
            below("http://h:81/api/", "/a/b?x=1").as_deref(),
            Ok("http://h:81/api/a/b?x=1")
        );
        assert_eq!(
            below("http://h/api?key=1", "/a?x=%2F").as_deref(),
            Ok("http://h/api/a?key=1&x=%2F")
        );
        assert_eq!(below("http://h", "/").as_deref(), Ok("http://h/"));
    }

    #[test]
    fn nothing_climbs_out() {
        for path in [
            "/..",
            "/a/../../b",
            "/%2e%2E/b",
            "/.%2e",
            "/./b",
            "/a\\..\\b",
            "a",
            "//evil/../x",
            "/a b",
            "/a#b",
            "/a\r\nHost: x",
            "@evil/",
            "/\t../x",
        ] {
            assert_eq!(below("http://h/api", path), Err(Kind::Target), "{path:?}");
        }
    }

    #[test]
    fn a_url_must_be_of_the_origin() {
        let address = Address::new("https://h/api").expect("it is one");
        let of = |text: &str| address.resolve(&Target::Url(text.to_owned()));
        assert!(of("https://h/other?page=2").is_ok());
        assert!(of("https://h:443/other").is_ok());
        for other in [
            "http://h/api",
            "https://h:444/api",
            "https://h.evil/api",
            "https://user@h/api",
            "/api",
            "https://evil@h/",
        ] {
            assert_eq!(
                of(other).map_err(|refusal| refusal.kind),
                Err(Kind::Target),
                "{other}"
            );
        }
    }
}
