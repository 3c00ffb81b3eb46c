//! Digest access authentication (RFC 7616).

use std::sync::{Mutex, PoisonError};

use digest_auth::{AuthContext, HttpMethod, Qop, WwwAuthenticateHeader};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue};

use super::Sending;

/// A name, a password and the server's last challenge, which serves for many requests.
pub(super) struct Digest {
    user: String,
    password: String,
    challenge: Mutex<Option<WwwAuthenticateHeader>>,
}

impl Digest {
    pub(super) fn new(user: &str, password: &str) -> Self {
        Self {
            user: user.to_owned(),
            password: password.to_owned(),
            challenge: Mutex::new(None),
        }
    }

    /// The header for a request; `None` before the first challenge.
    pub(super) fn answer(&self, sending: &Sending<'_>) -> Option<HeaderValue> {
        let url = &sending.url;
        let uri = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let method = HttpMethod::from(sending.method.as_str());
        let mut challenge = self
            .challenge
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let challenge = challenge.as_mut()?;
        let context = AuthContext::new_with_method(
            &*self.user,
            &*self.password,
            &*uri,
            covers_body(challenge).then_some(sending.body),
            method,
        );
        let answer = challenge.respond(&context).ok()?.to_string();
        let mut value = HeaderValue::from_str(&answer).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Whether these headers hold a challenge.
    pub(super) fn learn(&self, headers: &HeaderMap) -> bool {
        let found = headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .filter(|text| {
                text.get(..7)
                    .is_some_and(|scheme| scheme.eq_ignore_ascii_case("digest "))
            })
            .find_map(|text| digest_auth::parse(text).ok());
        let Some(found) = found else { return false };
        *self
            .challenge
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(found);
        true
    }
}

/// Whether the body goes into the digest: only where nothing else is offered, for clients take `auth` where they may, and
/// servers (gSOAP's) have `auth-int` in their offer without agreeing on what the body is.
fn covers_body(challenge: &WwwAuthenticateHeader) -> bool {
    let offered = challenge.qop.as_deref().unwrap_or_default();
    offered.contains(&Qop::AUTH_INT) && !offered.contains(&Qop::AUTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(qop: &str) -> WwwAuthenticateHeader {
        let text = format!("Digest realm=\"r\", nonce=\"n\"{qop}");
        digest_auth::parse(&text).expect("a challenge")
    }

    #[test]
    fn the_body_is_covered_only_where_nothing_else_is_offered() {
        assert!(covers_body(&parsed(", qop=\"auth-int\"")));
        for qop in [", qop=\"auth,auth-int\"", ", qop=\"auth\"", ""] {
            assert!(!covers_body(&parsed(qop)), "{qop}");
        }
    }
}
