//! The cookie that carries a session.

use axum::extract::Request;
use axum::http::header::{self, HeaderMap, HeaderValue};
use footbridge_mapping::model::{Carrier, Gateway};

use super::caller::host;
use crate::run::Change;
use crate::session::COOKIE;

/// How cookies are given to one client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cookies {
    /// `sessions.by` has them at all.
    taken: bool,
    /// The client came by HTTPS.
    secure: bool,
    /// Pages of other sites are to send them, too.
    from_elsewhere: bool,
}

impl Cookies {
    /// The cookies of a request's client.
    pub(super) fn of(gateway: &Gateway, request: &Request, secure: bool) -> Self {
        let public = gateway.edge.behind.public_url.as_deref();
        let own = public
            .and_then(|url| url.split_once("://"))
            .map(|(_, host)| host)
            .or_else(|| host(request));
        // Of `*` no page may bring cookies.
        let others = gateway.origins.iter().filter(|origin| &***origin != "*");
        let is_other = |origin: &str| {
            let page = origin.split_once("://").map_or(origin, |(_, host)| host);
            own.is_none_or(|own| !name(page).eq_ignore_ascii_case(name(own)))
        };
        Self {
            taken: gateway.sessions.takes(Carrier::Cookie),
            secure,
            from_elsewhere: others.clone().any(|origin| is_other(origin)),
        }
    }

    /// The header for what became of a session. Browsers take `SameSite=None` over HTTPS alone.
    pub(super) fn set(self, change: &Change) -> Option<HeaderValue> {
        if !self.taken {
            return None;
        }
        let rules = match (self.secure, self.from_elsewhere) {
            (true, true) => "Path=/; HttpOnly; SameSite=None; Secure",
            (true, false) => "Path=/; HttpOnly; SameSite=Lax; Secure",
            (false, _) => "Path=/; HttpOnly; SameSite=Lax",
        };
        let cookie = match change {
            Change::None => return None,
            Change::Began(session) => format!("{COOKIE}={}; {rules}", session.id),
            Change::Ended => format!("{COOKIE}=; Max-Age=0; {rules}"),
        };
        Some(HeaderValue::from_str(&cookie).expect("a UUID is made of digits, letters and hyphens"))
    }
}

/// The session's identifier in the cookie that came.
pub(super) fn session_cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, id)| id.to_owned())
}

/// A host without its port; sites have none.
fn name(host: &str) -> &str {
    let host = host.trim_end_matches('/');
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    }
}
