//! Who is at the other end, also where a proxy stands between: only the peers of `behind` are believed what they say of others.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use footbridge_mapping::model::Behind;

use crate::gateway::Gateway;
use crate::load::Usage;
use crate::patience::Pace;
use crate::spans::Trail;

/// The other end of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    /// Whether the connection is TLS.
    pub(crate) tls: bool,
    /// What this address takes of the gateway.
    pub(crate) usage: Arc<Usage>,
    /// What is owed on this connection.
    pub(crate) pace: Arc<Pace>,
}

/// Who sent a request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The client's own address.
    pub(crate) address: IpAddr,
    /// Whether the client came by HTTPS, so that cookies may be `Secure`.
    pub(crate) secure: bool,
    /// The identifier that the proxy gave to the request.
    pub(crate) request: Option<Arc<str>>,
    /// The origin of the page that calls, if that is of another site than the gateway.
    pub(crate) site: Option<Arc<str>>,
    /// The user that a peer has let in, where it is believed who that is.
    pub(crate) user: Option<Arc<str>>,
    /// The trace that the request belongs to. A stranger names none: it would decide what is recorded.
    pub(crate) trail: Trail,
    /// What the client takes of the gateway.
    pub(crate) usage: Arc<Usage>,
    /// What is owed on its connection.
    pub(crate) pace: Arc<Pace>,
}

/// Makes a [`Caller`] of each request's [`Peer`], and gives the proxy's identifier back.
pub(super) async fn layer(
    State(gateway): State<Arc<Gateway>>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let Some(peer) = request.extensions().get::<Peer>().cloned() else {
        return next.run(request).await;
    };
    let live = gateway.live();
    let behind = &live.mapping.gateway.edge.behind;
    let mut caller = caller(behind, &peer, request.headers());
    if caller.address != peer.address {
        caller.usage = gateway.load().usage(caller.address);
    }
    caller.site = site(behind, &request);
    let id = caller.request.clone();
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    if let Some(id) = id.and_then(|id| HeaderValue::from_str(&id).ok()) {
        response.headers_mut().insert(REQUEST_ID.clone(), id);
    }
    response
}

fn caller(behind: &Behind, peer: &Peer, headers: &HeaderMap) -> Caller {
    let public = behind
        .public_url
        .as_deref()
        .is_some_and(|url| url.starts_with("https://"));
    let secure = peer.tls || public;
    if !behind.believes(&peer.address) {
        return Caller {
            address: peer.address,
            secure,
            request: None,
            site: None,
            user: None,
            trail: Trail::default(),
            usage: Arc::clone(&peer.usage),
            pace: Arc::clone(&peer.pace),
        };
    }
    let hops = forwarded(headers).unwrap_or_else(|| x_forwarded(headers));
    // From the nearest hop outwards: the first that is no proxy of ours is the client.
    let mut address = peer.address;
    let mut scheme = None;
    for hop in hops.iter().rev() {
        scheme = hop.scheme.or(scheme);
        let Some(known) = hop.address else { break };
        address = known;
        if !behind.believes(&known) {
            break;
        }
    }
    let request = headers
        .get(&REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .filter(|id| !id.is_empty() && id.len() <= LONGEST_ID)
        .map(Arc::from);
    Caller {
        address,
        secure: secure || scheme == Some(Scheme::Https),
        request,
        site: None,
        user: user(behind, headers),
        trail: Trail::of_headers(headers),
        usage: Arc::clone(&peer.usage),
        pace: Arc::clone(&peer.pace),
    }
}

/// The user that a proxy names. One that is said twice is nobody: the first may be the client's own.
fn user(behind: &Behind, headers: &HeaderMap) -> Option<Arc<str>> {
    let mut said = headers.get_all(&**behind.identity_header.as_ref()?).iter();
    let (Some(only), None) = (said.next(), said.next()) else {
        return None;
    };
    let name = std::str::from_utf8(only.as_bytes()).ok()?.trim();
    (!name.is_empty() && name.len() <= LONGEST_ID).then(|| name.into())
}

/// The origin of a page of another site; browsers say it in `Origin`, and no page can write there what it likes.
fn site(behind: &Behind, request: &Request) -> Option<Arc<str>> {
    let origin = request.headers().get(header::ORIGIN)?.to_str().ok()?;
    let host = host(request);
    let public = behind.public_url.as_deref();
    let own = public.is_some_and(|url| url.eq_ignore_ascii_case(origin))
        || origin
            .split_once("://")
            .is_some_and(|(_, page)| host.is_some_and(|host| page.eq_ignore_ascii_case(host)));
    (!own).then(|| origin[..origin.floor_char_boundary(LONGEST_ORIGIN)].into())
}

/// The host as the client names it.
pub(super) fn host(request: &Request) -> Option<&str> {
    let said = request.headers().get(header::HOST);
    match said {
        Some(host) => host.to_str().ok(),
        None => request.uri().authority().map(http::uri::Authority::as_str),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn of(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("https") {
            Some(Self::Https)
        } else if text.eq_ignore_ascii_case("http") {
            Some(Self::Http)
        } else {
            None
        }
    }
}

/// What one proxy says of who came to it.
struct Hop {
    /// `None` where it is hidden or unknown.
    address: Option<IpAddr>,
    scheme: Option<Scheme>,
}

/// `Forwarded: for=192.0.2.60;proto=https, for="[2001:db8::1]:4711"` (RFC 7239), outermost first.
fn forwarded(headers: &HeaderMap) -> Option<Vec<Hop>> {
    let mut hops = Vec::new();
    for value in headers.get_all("forwarded") {
        for element in value.to_str().ok()?.split(',') {
            let mut hop = Hop {
                address: None,
                scheme: None,
            };
            for pair in element.split(';') {
                let Some((name, value)) = pair.trim().split_once('=') else {
                    continue;
                };
                let value = value.trim().trim_matches('"');
                if name.eq_ignore_ascii_case("for") {
                    hop.address = node(value);
                } else if name.eq_ignore_ascii_case("proto") {
                    hop.scheme = Scheme::of(value);
                }
            }
            hops.push(hop);
        }
    }
    (!hops.is_empty()).then_some(hops)
}

/// `X-Forwarded-For` and `X-Forwarded-Proto`, whose last entries belong together.
fn x_forwarded(headers: &HeaderMap) -> Vec<Hop> {
    let list = |name: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|value| value.trim().to_owned())
            .collect::<Vec<_>>()
    };
    let mut schemes = list("x-forwarded-proto");
    let mut hops = Vec::new();
    for address in list("x-forwarded-for").iter().rev() {
        let scheme = schemes.pop().and_then(|scheme| Scheme::of(&scheme));
        hops.insert(
            0,
            Hop {
                address: node(address),
                scheme,
            },
        );
    }
    if hops.is_empty()
        && let Some(scheme) = schemes.pop()
    {
        hops.push(Hop {
            address: None,
            scheme: Scheme::of(&scheme),
        });
    }
    hops
}

/// An address with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn node(text: &str) -> Option<IpAddr> {
    let address = text
        .parse()
        .or_else(|_| {
            text.parse()
                .map(|address: std::net::SocketAddr| address.ip())
        })
        .or_else(|_| text.trim_matches(['[', ']']).parse());
    address.ok().map(|address| address.to_canonical())
}

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longer origins are cut; a host has 253 letters at most.
const LONGEST_ORIGIN: usize = 300;

/// Longer identifiers are none.
const LONGEST_ID: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Load;
    use crate::patience::Patience;

    fn behind() -> Behind {
        Behind {
            identity_header: None,
            peers: vec!["10.0.0.0/8".parse().unwrap()],
            proxy_protocol: false,
            public_url: None,
        }
    }

    fn connected(address: &str) -> Peer {
        let address = address.parse().unwrap();
        Peer {
            address,
            tls: false,
            usage: Load::default().usage(address),
            pace: Arc::new(Pace::new(Patience::default())),
        }
    }

    fn of(peer: &str, headers: &[(&str, &str)]) -> (String, bool) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        let caller = caller(&behind(), &connected(peer), &map);
        (caller.address.to_string(), caller.secure)
    }

    #[test]
    fn a_stranger_is_not_believed() {
        let lies = [
            ("x-forwarded-for", "1.2.3.4"),
            ("x-forwarded-proto", "https"),
        ];
        assert_eq!(of("192.0.2.9", &lies), ("192.0.2.9".into(), false));
    }

    #[test]
    fn a_proxy_names_the_client_and_its_scheme() {
        let said = [
            ("x-forwarded-for", "192.0.2.1"),
            ("x-forwarded-proto", "https"),
        ];
        assert_eq!(of("10.0.0.1", &said), ("192.0.2.1".into(), true));
        let said = [("forwarded", "for=\"[2001:db8::1]:4711\";proto=https")];
        assert_eq!(of("10.0.0.1", &said), ("2001:db8::1".into(), true));
    }

    #[test]
    fn what_a_client_wrote_before_the_proxy_does_not_count() {
        let said = [("x-forwarded-for", "1.1.1.1, 192.0.2.1, 10.0.0.2")];
        assert_eq!(of("10.0.0.1", &said), ("192.0.2.1".into(), false));
        let said = [("forwarded", "for=1.1.1.1, for=unknown, for=10.0.0.2")];
        assert_eq!(of("10.0.0.1", &said), ("10.0.0.2".into(), false));
    }

    #[test]
    fn only_a_proxy_names_the_user_and_only_once() {
        let of = |peer: &str, names: &[&str]| {
            let mut headers = HeaderMap::new();
            for name in names {
                headers.append("x-remote-user", HeaderValue::from_str(name).unwrap());
            }
            let behind = Behind {
                identity_header: Some("x-remote-user".into()),
                ..behind()
            };
            caller(&behind, &connected(peer), &headers).user
        };
        assert_eq!(of("10.0.0.1", &["ann"]).as_deref(), Some("ann"));
        assert_eq!(of("10.0.0.1", &[" "]), None);
        assert_eq!(of("10.0.0.1", &["root", "ann"]), None);
        assert_eq!(of("192.0.2.9", &["ann"]), None);
    }

    #[test]
    fn a_proxy_that_says_nothing_is_the_client() {
        assert_eq!(of("10.0.0.1", &[]), ("10.0.0.1".into(), false));
    }
}
