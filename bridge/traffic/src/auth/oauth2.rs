//! OAuth 2 tokens by client credentials or a refresh token (RFC 6749, sections 4.4 and 6).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use footbridge_mapping::model::OAuth2;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::refusal::{Kind, Refusal};

/// Bytes of a token server's answer.
const LARGEST: usize = 64 << 10;
/// How long a token lives whose server does not say it.
const UNSAID: Duration = Duration::from_secs(3600);
/// After a failure the token server is left alone for this long.
const PAUSE: Duration = Duration::from_secs(1);

/// The token of a backend: got once for all who wait, kept, renewed before it ends.
pub(super) struct Tokens {
    settings: OAuth2,
    url: Url,
    // Held over the request to the token server: so the others wait for it, and ask no second time.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    /// The last one that came, where the server renews it.
    refresh: Option<String>,
    failed: Option<(Instant, Refusal)>,
    /// The server takes the client's secret only in the body.
    in_body: bool,
}

struct Token {
    text: String,
    renew: Instant,
    ends: Instant,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<serde_json::Value>,
    #[serde(default)]
    refresh_token: Option<String>,
}

impl Tokens {
    /// # Errors
    /// An address that is none.
    pub(super) fn new(settings: &OAuth2) -> Result<Self, String> {
        let url = Url::parse(&settings.token_url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or("`token-url` is no address")?;
        Ok(Self {
            settings: settings.clone(),
            url,
            state: Mutex::new(State::default()),
        })
    }

    /// A token that is good for a while.
    ///
    /// # Errors
    /// [`Kind::Token`], [`Kind::Timeout`]
    pub(super) async fn token(
        &self,
        http: &reqwest::Client,
        deadline: Instant,
    ) -> Result<String, Refusal> {
        let mut state = timeout_at(deadline, self.state.lock())
            .await
            .map_err(|_| Refusal::late())?;
        let now = Instant::now();
        let old = match &state.token {
            Some(token) if now < token.renew => return Ok(token.text.clone()),
            Some(token) if now < token.ends => Some(token.text.clone()),
            Some(_) | None => None,
        };
        if let Some((at, refusal)) = &state.failed
            && now < *at + PAUSE
        {
            return old.ok_or_else(|| refusal.clone());
        }
        let got = timeout_at(deadline, self.renew(http, &mut state))
            .await
            .unwrap_or_else(|_| Err(Refusal::late()));
        match got {
            Ok(text) => {
                state.failed = None;
                Ok(text)
            }
            Err(refusal) => {
                state.failed = Some((Instant::now(), refusal.clone()));
                old.ok_or(refusal)
            }
        }
    }

    /// The backend did not take this token. Whether another one may be had.
    pub(super) async fn give_up(&self, token: &str) -> bool {
        let mut state = self.state.lock().await;
        if state.token.as_ref().is_some_and(|kept| kept.text == token) {
            state.token = None;
        }
        true
    }

    async fn renew(&self, http: &reqwest::Client, state: &mut State) -> Result<String, Refusal> {
        let asked = Instant::now();
        let refresh = state
            .refresh
            .clone()
            .or_else(|| self.settings.refresh.clone());
        let mut answer = self.ask(http, refresh.as_deref(), state.in_body).await?;
        // RFC 6749, section 2.3.1: every server takes Basic; some of them have not read it.
        if !state.in_body && matches!(answer.0, 400 | 401) {
            let other = self.ask(http, refresh.as_deref(), true).await?;
            state.in_body = other.0 == 200;
            if state.in_body {
                answer = other;
            }
        }
        let (status, body) = answer;
        if status != 200 {
            return Err(Refusal::new(
                Kind::Token,
                format!("the token server answered {status}"),
            ));
        }
        let granted: Granted = serde_json::from_slice(&body)
            .map_err(|_| Refusal::new(Kind::Token, "the token server's answer has no token"))?;
        let life = match &granted.expires_in {
            Some(serde_json::Value::Number(seconds)) => seconds.as_u64(),
            // Some servers quote it.
            Some(serde_json::Value::String(seconds)) => seconds.parse().ok(),
            Some(_) | None => None,
        }
        .map_or(UNSAID, |seconds| Duration::from_secs(seconds.min(1 << 32)));
        let early = life
            .mul_f64(0.8)
            .max(life.saturating_sub(Duration::from_secs(60)));
        if granted.refresh_token.is_some() && refresh.is_some() {
            state.refresh = granted.refresh_token;
        }
        state.token = Some(Token {
            text: granted.access_token.clone(),
            renew: asked + early,
            ends: asked + life,
        });
        Ok(granted.access_token)
    }

    async fn ask(
        &self,
        http: &reqwest::Client,
        refresh: Option<&str>,
        in_body: bool,
    ) -> Result<(u16, Vec<u8>), Refusal> {
        let settings = &self.settings;
        let mut request = http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(self.form(refresh, in_body));
        if !in_body {
            let name: String = byte_serialize(settings.client.as_bytes()).collect();
            let secret: String = byte_serialize(settings.secret.as_bytes()).collect();
            let pair = STANDARD.encode(format!("{name}:{secret}"));
            request = request.header(AUTHORIZATION, format!("Basic {pair}"));
        }
        let failed = |error: reqwest::Error| Refusal {
            kind: Kind::Token,
            message: "the token server cannot be asked".to_owned(),
            cause: Some(std::sync::Arc::new(error.without_url())),
        };
        let mut response = request.send().await.map_err(failed)?;
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(failed)? {
            if body.len() + piece.len() > LARGEST {
                let why = "the token server's answer is too large";
                return Err(Refusal::new(Kind::Token, why));
            }
            body.extend_from_slice(&piece);
        }
        Ok((response.status().as_u16(), body))
    }

    fn form(&self, refresh: Option<&str>, in_body: bool) -> String {
        let settings = &self.settings;
        let mut form = Serializer::new(String::new());
        match refresh {
            Some(token) => form
                .append_pair("grant_type", "refresh_token")
                .append_pair("refresh_token", token),
            None => form.append_pair("grant_type", "client_credentials"),
        };
        if !settings.scopes.is_empty() {
            form.append_pair("scope", &settings.scopes.join(" "));
        }
        if let Some(audience) = &settings.audience {
            form.append_pair("audience", audience);
        }
        if in_body {
            form.append_pair("client_id", &settings.client)
                .append_pair("client_secret", &settings.secret);
        }
        form.finish()
    }
}
