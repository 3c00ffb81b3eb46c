//! Cookies of a session.

use std::sync::{Mutex, PoisonError};

use cookie_store::CookieStore;
use cookie_store::serde::json;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use url::Url;

/// Cookies of one backend that a session keeps.
const MOST: usize = 30;
/// Bytes of a cookie.
const LONGEST: usize = 4096;

/// The cookies that backends gave one session. They go back where they came from (RFC 6265), and never to a client.
#[derive(Default)]
pub struct CookieJar(Mutex<CookieStore>);

impl std::fmt::Debug for CookieJar {
    /// Without the cookies, which are secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CookieJar").finish_non_exhaustive()
    }
}

impl CookieJar {
    /// All cookies as bytes, to be kept outside of this process: secrets. Equal for equal cookies.
    pub fn to_bytes(&self) -> Vec<u8> {
        let store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = Vec::new();
        // A writer into memory does not fail, and cookies are texts and times.
        drop(json::save_incl_expired_and_nonpersistent(
            &store, &mut bytes,
        ));
        bytes
    }

    /// The cookies of [`CookieJar::to_bytes`]; an empty jar for any other bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Mutex::new(json::load_all(bytes).unwrap_or_default()))
    }

    /// Adds the cookies of a request to `url`.
    pub(crate) fn put(&self, url: &Url, headers: &mut HeaderMap) {
        let store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = store
            .get_request_values(url)
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ");
        drop(store);
        add(headers, &text);
    }

    /// Keeps the cookies of an answer of `url`.
    pub(crate) fn keep(&self, url: &Url, headers: &HeaderMap) {
        for value in headers.get_all(SET_COOKIE) {
            let Ok(text) = value.to_str() else { continue };
            let mut store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if text.len() <= LONGEST && store.iter_any().count() < MOST {
                // One that is not for this host, or no cookie at all, is not kept.
                drop(store.parse(text, url));
            }
        }
    }
}

/// Adds to the header `Cookie`, which stands once (RFC 6265, section 5.4).
pub(crate) fn add(headers: &mut HeaderMap, text: &str) {
    if text.is_empty() {
        return;
    }
    let before = headers.get(COOKIE).and_then(|value| value.to_str().ok());
    let all = match before {
        Some(before) => format!("{before}; {text}"),
        None => text.to_owned(),
    };
    if let Ok(mut value) = HeaderValue::from_str(&all) {
        value.set_sensitive(true);
        headers.insert(COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_go_back_where_they_came_from() {
        let jar = CookieJar::default();
        let url = Url::parse("https://shop.example/api/login").expect("it is one");
        let mut given = HeaderMap::new();
        for cookie in [
            "sid=1; Path=/api; Secure",
            "other=2; Domain=elsewhere.example",
        ] {
            given.append(SET_COOKIE, cookie.parse().expect("it is a value"));
        }
        jar.keep(&url, &given);
        let sent = |url: &str| {
            let mut headers = HeaderMap::new();
            jar.put(&Url::parse(url).expect("it is one"), &mut headers);
            headers
                .get(COOKIE)
                .map(|value| value.to_str().unwrap_or_default().to_owned())
        };
        assert_eq!(
            sent("https://shop.example/api/orders").as_deref(),
            Some("sid=1")
        );
        assert_eq!(sent("https://shop.example/"), None);
        assert_eq!(sent("http://shop.example/api/orders"), None);
        assert_eq!(sent("https://elsewhere.example/api"), None);
        let bytes = jar.to_bytes();
        let back = CookieJar::of_bytes(&bytes);
        assert_eq!(
            back.to_bytes(),
            bytes,
            "a cookie without an end is kept, too"
        );
        let mut headers = HeaderMap::new();
        back.put(
            &Url::parse("https://shop.example/api").expect("it is one"),
            &mut headers,
        );
        assert_eq!(headers[COOKIE], "sid=1");
        assert_eq!(CookieJar::of_bytes(b"no cookies").to_bytes(), b"[]\n");
    }
}
