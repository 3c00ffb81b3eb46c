//! One packet over HTTP: its content type, and how its answer travels.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Request, Response, StatusCode};
use footbridge_remoting::{Fault, PacketError, Profile};
use footbridge_traffic::Credentials;

use super::body::{self, Read};
use super::cookie::{Cookies, session_cookie};
use super::{Caller, TEXT, owed, text, whole};
use crate::exchange::{self, Answered, Origin};
use crate::gateway::Gateway;
use crate::gzip;
use crate::load::Held;
use crate::paths;
use crate::patience::Pace;
use crate::run::Client;
use crate::stats;

/// Answers a POST on a gateway's path.
pub(super) async fn post(
    gateway: &Arc<Gateway>,
    caller: Caller,
    (profile, moved): (Arc<Profile>, Option<Arc<str>>),
    request: Request<Body>,
) -> Response<Body> {
    // Any other type could come from another site's form, with this site's cookie and without asking first.
    if !is_amf(request.headers()) {
        return text(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "a gateway takes Content-Type: application/x-amf\n",
        );
    }
    let accepts_gzip = request
        .headers()
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(gzip::is_accepted);
    let cookie = session_cookie(request.headers());
    let suffix = paths::suffix(request.uri()).map(str::to_owned);
    let authorization = authorization(request.headers());
    let cookies = Cookies::of(&gateway.live().mapping.gateway, &request, caller.secure);
    let client = Client {
        address: caller.address.to_string().into(),
        request: caller.request,
        site: caller.site,
        trail: caller.trail,
        name: user_agent(request.headers()),
        ..Client::default()
    };
    let live = gateway.live();
    let limits = live.mapping.gateway.limits;
    let http = match live.mapping.gateway.debug {
        Some(_) => shown(request.headers()),
        None => Vec::new(),
    };
    drop(live);

    let held = Held::of(&caller.usage);
    let Read { bytes, refused } = match body::read(request, limits, &held).await {
        Ok(read) => read,
        Err(refused) => return *refused,
    };

    let origin = Origin {
        client,
        cookie: cookie.as_deref(),
        suffix: suffix.as_deref(),
        authorization,
        user: caller.user,
        profile,
        moved,
        http,
        usage: Arc::clone(&caller.usage),
    };
    let answered = match &refused {
        Some(fault) => exchange::refuse(gateway, &bytes, fault, &caller.usage),
        None => exchange::answer(gateway, &bytes, origin).await,
    };
    let length = answered.as_ref().map_or(0, |answered| {
        answered.chunks.iter().map(Vec::len).sum::<usize>()
    });
    stats::request("amf", bytes.len(), length);
    match answered {
        Ok(answered) => {
            drop((bytes, held));
            packet(answered, &caller.pace, accepts_gzip, cookies).await
        }
        Err(error) => unreadable(&error, &bytes, refused.as_ref()),
    }
}

async fn packet(
    answered: Answered,
    pace: &Arc<Pace>,
    accepts_gzip: bool,
    cookies: Cookies,
) -> Response<Body> {
    let length = answered.chunks.iter().map(Vec::len).sum::<usize>();
    let packs = accepts_gzip && length >= PACKED_FROM;
    let (chunks, held) = (answered.chunks, answered.held);
    let chunks = if packs {
        // Some milliseconds for each megabyte, which other calls should not wait for.
        match tokio::task::spawn_blocking(move || gzip::pack(&chunks)).await {
            Ok(packed) => {
                held.at_most(packed.len());
                vec![packed]
            }
            Err(_) => {
                return text(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "the answer cannot be packed\n",
                );
            }
        }
    } else {
        chunks
    };
    let sent = chunks.iter().map(Vec::len).sum::<usize>();
    let mut response = whole(StatusCode::OK, AMF, owed::body(chunks, held, pace));
    if packs {
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    // Of what comes in pieces the length must be said; of one piece it is the same.
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(sent));
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(cookie) = cookies.set(&answered.change) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}

/// The bytes are no packet. How they begin is for `trace` alone: somebody may have sent a password to the wrong path.
fn unreadable(error: &PacketError, bytes: &[u8], refused: Option<&Fault>) -> Response<Body> {
    let shown = bytes
        .get(..SHOWN)
        .unwrap_or(bytes)
        .escape_ascii()
        .to_string();
    tracing::info!(%error, bytes = bytes.len(), "a request is no packet");
    tracing::trace!(begins = shown, "what is no packet");
    if let Some(fault) = refused {
        return body::refusal(fault);
    }
    whole(
        StatusCode::BAD_REQUEST,
        TEXT,
        format!("the request is no AMF packet: {error}\n"),
    )
}

fn is_amf(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    value
        .split(';')
        .next()
        .is_some_and(|name| name.trim().eq_ignore_ascii_case(AMF))
}

/// Name and password of HTTP Basic (RFC 7617), or a token (RFC 6750).
pub(super) fn authorization(headers: &HeaderMap) -> Option<Credentials> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("Bearer") {
        return Some(Credentials::Token(rest.trim().to_owned()));
    }
    scheme
        .eq_ignore_ascii_case("Basic")
        .then(|| exchange::named(rest, None))
        .flatten()
}

/// The headers that may be shown to whoever debugs: those that hold no credentials.
fn shown(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .filter(|(name, _)| SHOWN_HEADERS.contains(&name.as_str()))
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let value = &value[..value.floor_char_boundary(LONGEST_HEADER)];
            (name.to_string(), value.to_owned())
        })
        .collect()
}

/// What the client calls itself, cut to a sensible length.
pub(super) fn user_agent(headers: &HeaderMap) -> Arc<str> {
    let name = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    name[..name.floor_char_boundary(200)].into()
}

const AMF: &str = "application/x-amf";

/// Smaller answers gain nothing by gzip.
const PACKED_FROM: usize = 1_400;

/// Bytes of a header's value that are shown.
const LONGEST_HEADER: usize = 500;

/// Headers of requests that are known to hold nothing secret; a URL may hold a session, so `Referer` is none of them.
const SHOWN_HEADERS: [&str; 14] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "origin",
    "pragma",
    "user-agent",
    "x-flash-version",
    "x-request-id",
];

/// How many bytes of what is no packet the log shows.
const SHOWN: usize = 48;
