//! How the gateway proves to a backend who calls.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use footbridge_mapping::model::{Auth, KeyPlace};
use http::header::{AUTHORIZATION, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use tokio::time::Instant;
use url::Url;

use crate::cookies;
use crate::refusal::{Kind, Refusal};
use crate::request::Credentials;

mod digest;
mod oauth2;

use digest::Digest;
use oauth2::Tokens;

/// A request before it is signed.
pub(crate) struct Sending<'r> {
    pub(crate) method: &'r Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: &'r [u8],
}

/// All of a backend's `auth`. What belongs to an envelope or to TLS is not here.
#[derive(Default)]
pub(crate) struct Authorities {
    headers: Vec<(HeaderName, HeaderValue)>,
    query: Vec<(String, String)>,
    cookies: Vec<String>,
    digest: Option<Digest>,
    tokens: Option<Tokens>,
    caller: bool,
}

impl Authorities {
    /// # Errors
    /// A name or value that no header can carry, in a clause without the value.
    pub(crate) fn new(auth: &[Auth]) -> Result<Self, String> {
        let mut all = Self::default();
        for auth in auth {
            match auth {
                Auth::Basic { user, password } => {
                    all.headers
                        .push((AUTHORIZATION, secret(&basic(user, password))?));
                }
                Auth::Digest { user, password } => all.digest = Some(Digest::new(user, password)),
                Auth::Bearer(token) => {
                    let value = secret(&format!("Bearer {token}"))?;
                    all.headers.push((AUTHORIZATION, value));
                }
                Auth::Key { place, name, value } => match place {
                    KeyPlace::Header => {
                        let name = HeaderName::try_from(name.as_str())
                            .map_err(|_| format!("`{name}` is no name of a header"))?;
                        all.headers.push((name, secret(value)?));
                    }
                    KeyPlace::Query => all.query.push((name.clone(), value.clone())),
                    KeyPlace::Cookie => {
                        secret(value)?;
                        all.cookies.push(format!("{name}={value}"));
                    }
                },
                Auth::OAuth2(settings) => all.tokens = Some(Tokens::new(settings)?),
                Auth::Caller => all.caller = true,
                // The first stands in the envelope, the second signs it; the last is TLS's.
                Auth::UsernameToken(_) | Auth::Signature { .. } | Auth::Certificate { .. } => {}
            }
        }
        Ok(all)
    }

    /// Puts everything in its place in a request. Gives the token that was put, where one was.
    ///
    /// # Errors
    /// [`Kind::Caller`], [`Kind::Token`], [`Kind::Timeout`]
    pub(crate) async fn put(
        &self,
        sending: &mut Sending<'_>,
        caller: Option<&Credentials>,
        http: &reqwest::Client,
        deadline: Instant,
    ) -> Result<Option<String>, Refusal> {
        for (name, value) in &self.headers {
            sending.headers.insert(name, value.clone());
        }
        if !self.query.is_empty() {
            sending.url.query_pairs_mut().extend_pairs(&self.query);
        }
        for cookie in &self.cookies {
            cookies::add(&mut sending.headers, cookie);
        }
        if self.caller {
            let refused = || Refusal::new(Kind::Caller, "the backend wants to know who calls");
            let value = match caller.ok_or_else(refused)? {
                Credentials::Password { user, password } => basic(user, password),
                Credentials::Token(token) => format!("Bearer {token}"),
            };
            let value = secret(&value).map_err(|why| Refusal::new(Kind::Caller, why))?;
            sending.headers.insert(AUTHORIZATION, value);
        }
        if let Some(tokens) = &self.tokens {
            let token = tokens.token(http, deadline).await?;
            let value =
                secret(&format!("Bearer {token}")).map_err(|why| Refusal::new(Kind::Token, why))?;
            sending.headers.insert(AUTHORIZATION, value);
            return Ok(Some(token));
        }
        if let Some(digest) = &self.digest
            && let Some(value) = digest.answer(sending)
        {
            sending.headers.insert(AUTHORIZATION, value);
        }
        Ok(None)
    }

    /// Whether a request that was answered with 401 may do better now: a challenge came, or the token is given up.
    pub(crate) async fn learn(&self, headers: &HeaderMap, token: Option<&str>) -> bool {
        if let (Some(tokens), Some(token)) = (&self.tokens, token) {
            return tokens.give_up(token).await;
        }
        match &self.digest {
            Some(digest) => digest.learn(headers),
            None => false,
        }
    }
}

/// `Basic` (RFC 7617), in UTF-8.
fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// A value that is not shown.
fn secret(text: &str) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| "a secret has a character that no header can carry".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}
