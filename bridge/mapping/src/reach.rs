//! What a proxy may be asked for: URLs as clients write them, and the patterns of `allow` that they must fit.
//!
//! Both sides are parsed, and compared part by part: scheme, host, port, and whole segments of the path. Nothing is a
//! prefix of anything, and what two readers of URLs could read in two ways is refused before it is compared.
//!
//! ```text
//! https://news.example/feed/*        whatever lies below /feed/
//! https://*.news.example/feed/*/rss  one label, one segment
//! http://10.1.2.3:8080/status        exactly this, with any query
//! ```

use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host, Url};

use crate::diagnostic::Problem;

/// Everything that one proxy may be asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reach {
    /// `allow`
    pub patterns: Vec<UrlPattern>,
    /// `networks`: addresses that are not public, and to which names may lead all the same.
    pub networks: Vec<IpNet>,
}

/// One entry of `allow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlPattern {
    scheme: Scheme,
    host: HostPattern,
    port: u16,
    path: Vec<Segment>,
    /// Whether it ends in `/*`: then more segments may follow.
    open: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum HostPattern {
    /// This name or address.
    Exactly(Host<String>),
    /// One label before this, which begins with a dot.
    Below(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Exactly(String),
    Any,
}

/// Why a URL is refused before anybody looks at where it leads. The client is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Strange {
    /// It is none, or no whole one where nothing says what it is relative to.
    #[error("this is no URL")]
    NoUrl,
    /// It is neither `http:` nor `https:`.
    #[error("only http and https can be asked for")]
    Scheme,
    /// It carries a name or password, which browsers and servers read in different ways.
    #[error("a URL has no user in it")]
    User,
    /// A control character, a space or a backslash, which readers of URLs drop or take for a slash.
    #[error("the URL has a character that is not encoded")]
    Character,
    /// A segment that is `.` or `..`, however it is encoded, or holds an encoded slash.
    #[error("a piece of the URL's path is `.` or `..`, or holds an encoded slash")]
    Climbing,
}

/// Reads a URL as a client wrote it. One that begins with a single `/` is relative to the origin of `base`.
///
/// # Errors
/// [`Strange`], before anything is normalised away.
pub fn read(text: &str, base: Option<&Url>) -> Result<Url, Strange> {
    let text = text.trim_matches(' ');
    if text
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return Err(Strange::Character);
    }
    let relative = text.starts_with('/') && !text.starts_with("//");
    let url = match base {
        Some(base) if relative => base.join(text),
        Some(_) | None => Url::parse(text),
    };
    let mut url = url.map_err(|_| Strange::NoUrl)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Strange::Scheme);
    }
    // `http:host/x` and `http:///host` are read leniently by some.
    if !relative && !has_authority(text) {
        return Err(Strange::NoUrl);
    }
    if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
        return Err(Strange::User);
    }
    if raw_path(text, relative).split('/').any(climbs) {
        return Err(Strange::Climbing);
    }
    url.set_fragment(None);
    Ok(url)
}

impl Reach {
    /// Whether a pattern allows it. It was read by [`read`], or comes from a server (a redirect).
    pub fn allows(&self, url: &Url) -> bool {
        let strange = !url.username().is_empty() || url.password().is_some();
        !strange
            && !url.path().split('/').any(climbs)
            && self.patterns.iter().any(|pattern| pattern.fits(url))
    }

    /// Whether a name may lead to this address: a public one, or one of `networks`.
    pub fn allows_address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address)
            || self
                .networks
                .iter()
                .any(|network| network.contains(&address))
    }
}

impl UrlPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// B0215: all that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let wrong = |message: String| Err(vec![Problem::new(215, 0..text.len(), message)]);
        let Some((scheme, rest)) = text.split_once("://") else {
            return wrong(format!(
                "`{text}` says not how it is reached; write `https://host/path`"
            ));
        };
        let scheme = match scheme {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => {
                return wrong(format!(
                    "`{scheme}` cannot be asked for; write `http` or `https`"
                ));
            }
        };
        if rest.contains(['?', '#']) {
            return wrong("a pattern ends with the path: any query fits it".to_owned());
        }
        if rest.contains(['\\', '@', '{', '}', '$'])
            || rest.chars().any(|c| c.is_control() || c.is_whitespace())
        {
            return wrong(format!("`{text}` has a character that no pattern has"));
        }
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => return wrong("a pattern has a path: `/*` stands for all of a host".to_owned()),
        };
        let default = scheme.port();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => match port.parse() {
                Ok(port) => (host, port),
                Err(_) => return wrong(format!("`{port}` is no port")),
            },
            Some(_) | None => (authority, default),
        };
        let host = match HostPattern::parse(host) {
            Ok(host) => host,
            Err(message) => return wrong(message),
        };
        let mut path: Vec<&str> = path.split('/').skip(1).collect();
        let open = path.last() == Some(&"*");
        if open {
            path.pop();
        }
        let mut segments = Vec::with_capacity(path.len());
        for segment in path {
            segments.push(match segment {
                "*" => Segment::Any,
                part if part.contains('*') => {
                    return wrong(format!(
                        "`{part}`: `*` stands for a whole piece of the path, not for a part of one"
                    ));
                }
                part if climbs(part) => {
                    return wrong(format!("`{part}` never fits: such paths are refused"));
                }
                part => Segment::Exactly(written_by_url(part)),
            });
        }
        Ok(Self {
            scheme,
            host,
            port,
            path: segments,
            open,
        })
    }

    /// The address that its host is, where it is written as one.
    pub fn address(&self) -> Option<IpAddr> {
        match &self.host {
            HostPattern::Exactly(Host::Ipv4(address)) => Some(IpAddr::V4(*address)),
            HostPattern::Exactly(Host::Ipv6(address)) => Some(IpAddr::V6(*address)),
            HostPattern::Exactly(Host::Domain(_)) | HostPattern::Below(_) => None,
        }
    }

    fn fits(&self, url: &Url) -> bool {
        if url.scheme() != self.scheme.name() || url.port_or_known_default() != Some(self.port) {
            return false;
        }
        let host = match (&self.host, url.host()) {
            (HostPattern::Exactly(host), Some(asked)) => *host == asked.to_owned(),
            (HostPattern::Below(domain), Some(Host::Domain(asked))) => asked
                .strip_suffix(&**domain)
                .is_some_and(|label| !label.is_empty() && !label.contains('.')),
            (HostPattern::Below(_), Some(Host::Ipv4(_) | Host::Ipv6(_)))
            | (HostPattern::Exactly(_) | HostPattern::Below(_), None) => false,
        };
        host && self.fits_path(url.path())
    }

    fn fits_path(&self, path: &str) -> bool {
        let mut asked = path.split('/').skip(1);
        for segment in &self.path {
            let fits = match (segment, asked.next()) {
                (Segment::Exactly(own), Some(asked)) => own == asked,
                (Segment::Any, Some(asked)) => !asked.is_empty(),
                (Segment::Exactly(_) | Segment::Any, None) => false,
            };
            if !fits {
                return false;
            }
        }
        // An open pattern `/a/*` wants the slash behind `a`, so that `/ab` is another path.
        match asked.next() {
            None => !self.open,
            Some(_) => self.open,
        }
    }
}

impl HostPattern {
    fn parse(text: &str) -> Result<Self, String> {
        let (below, name) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if name.contains('*') {
            return Err(format!(
                "`{text}`: in a host `*` stands for its first label alone, `*.example.org`"
            ));
        }
        let host = Host::parse(name).map_err(|_| format!("`{text}` is no host"))?;
        match host {
            Host::Domain(name) if name.ends_with('.') || name.is_empty() => {
                Err(format!("`{text}` is no host"))
            }
            Host::Domain(name) if below && !name.contains('.') => Err(format!(
                "`{text}` stands for a whole domain of the first level"
            )),
            Host::Domain(name) if below => Ok(Self::Below(format!(".{name}"))),
            Host::Ipv4(_) | Host::Ipv6(_) if below => Err(format!("`{text}` is no host")),
            host => Ok(Self::Exactly(host)),
        }
    }
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// A segment as the URL parser writes it, so that both sides are encoded alike.
fn written_by_url(segment: &str) -> String {
    let mut url = Url::parse("http://x/").expect("this is a URL");
    url.set_path(segment);
    url.path().trim_start_matches('/').to_owned()
}

/// What stands between `//` and the path.
fn authority(text: &str) -> &str {
    let rest = text.split_once("//").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn has_authority(text: &str) -> bool {
    text.split_once(':')
        .is_some_and(|(_, rest)| rest.starts_with("//") && !rest.starts_with("///"))
}

/// The path as it was written, before `.` and `..` are taken out.
fn raw_path(text: &str, relative: bool) -> &str {
    let path = if relative {
        text
    } else {
        let rest = text.split_once("//").map_or("", |(_, rest)| rest);
        rest.find(['/', '?', '#']).map_or("", |at| &rest[at..])
    };
    path.split(['?', '#']).next().unwrap_or_default()
}

/// Whether any server could read this segment as `.` or `..`, or as several segments: encoded once or more often, and with the
/// parameters behind `;` that some servers take off first.
fn climbs(segment: &str) -> bool {
    let mut plain = segment.as_bytes().to_vec();
    for _ in 0..ENCODINGS {
        let dots = plain.split(|byte| *byte == b';').next().unwrap_or_default();
        let strange = plain
            .iter()
            .any(|byte| matches!(byte, b'/' | b'\\') || byte.is_ascii_control());
        if matches!(dots, b"." | b"..") || strange {
            return true;
        }
        let decoded = decoded(&plain);
        if decoded == plain {
            return false;
        }
        plain = decoded;
    }
    // Nobody encodes so often without a reason.
    true
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let digits = text.get(at + 1..at + 3).and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            digits
                .bytes()
                .all(|digit| digit.is_ascii_hexdigit())
                .then(|| u8::from_str_radix(digits, 16).ok())?
        });
        match (byte, digits) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    out
}

/// How often a segment may be encoded.
const ENCODINGS: usize = 4;

/// Whether an address belongs to anybody in the world, by the IANA registries of special-purpose addresses (RFC 6890): all others are
/// private, of this machine, of its link, or of nobody.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_broadcast()
                || address.is_documentation()
                || address.is_multicast()
                || a == 0
                || a >= 240
                // Between carriers (RFC 6598), IETF protocols, 6to4 relays, benchmarks.
                || (a == 100 && (b & 0xc0) == 64)
                || (a == 192 && b == 0 && c == 0)
                || (a == 192 && b == 88 && c == 99)
                || (a == 198 && (b & 0xfe) == 18))
        }
        IpAddr::V6(address) => {
            if let Some(inner) = address.to_ipv4_mapped() {
                return is_public(IpAddr::V4(inner));
            }
            let [first, second, third, ..] = address.segments();
            let octets = address.octets();
            let [.., a, b, c, d] = octets;
            // An IPv4 address inside: NAT64 (RFC 6052) at the end, 6to4 (RFC 3056) behind the prefix.
            if (first, second) == (0x64, 0xff9b) {
                return third == 0 && is_public(IpAddr::from([a, b, c, d]));
            }
            if first == 0x2002 {
                return is_public(IpAddr::from([octets[2], octets[3], octets[4], octets[5]]));
            }
            // Global unicast is 2000::/3; Teredo, documentation, benchmarks and identifiers lie in it.
            (first & 0xe000) == 0x2000
                && !(first == 0x2001 && second < 0x200)
                && !(first == 0x2001 && second == 0xdb8)
                && !(first == 0x3fff && second < 0x1000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(patterns: &[&str]) -> Reach {
        Reach {
            patterns: patterns
                .iter()
                .map(|text| {
                    UrlPattern::parse(text).unwrap_or_else(|problems| panic!("{problems:?}"))
                })
                .collect(),
            networks: Vec::new(),
        }
    }

    fn allows(reach: &Reach, text: &str) -> bool {
        read(text, None).is_ok_and(|url| reach.allows(&url))
    }

    #[test]
    fn what_the_patterns_say_is_allowed() {
        let reach = reach(&[
            "https://news.example/feed/*",
            "http://10.1.2.3:8080/status",
            "https://*.img.example/a/*/b",
            "http://[::1]:81/*",
            "https://b\u{fc}cher.example/*",
        ]);
        for url in [
            "https://news.example/feed/",
            "https://news.example/feed/a/b?x=1",
            "https://NEWS.example:443/feed/a#x",
            "http://10.1.2.3:8080/status?q=../..",
            "https://x.img.example/a/1/b",
            "http://[::1]:81/",
            "http://[0:0::1]:81/x",
            "https://xn--bcher-kva.example/x",
            "https://B\u{dc}CHER.example/x",
            "https://news.example/feed/%C3%A4?a=%2F..",
        ] {
            assert!(allows(&reach, url), "{url}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_refused() {
        let reach = reach(&["https://news.example/feed/*", "http://good.example/x"]);
        for url in [
            "https://news.example/feed",
            "https://news.example/feeds/x",
            "https://news.example/Feed/x",
            "https://news.example/f%65ed/x",
            "http://news.example/feed/x",
            "https://news.example:444/feed/x",
            "https://news.example.evil.example/feed/x",
            "https://evil.example/https://news.example/feed/x",
            "https://evil.example/?https://news.example/feed/x",
            "https://news.example@evil.example/feed/x",
            "https://user:password@news.example/feed/x",
            "https://@news.example/feed/x",
            "https://evil.example#@news.example/feed/x",
            "https://evil.example\\@news.example/feed/x",
            "https://news.example\\@evil.example/feed/x",
            "https://news.example./feed/x",
            "https:news.example/feed/x",
            "https:///news.example/feed/x",
            "//news.example/feed/x",
            "/feed/x",
            "news.example/feed/x",
            "https://news.example/feed/../admin",
            "https://news.example/feed/..",
            "https://news.example/feed/%2e%2e/admin",
            "https://news.example/feed/.%2E/admin",
            "https://news.example/feed/%252e%252e/admin",
            "https://news.example/feed/..;/admin",
            "https://news.example/feed/..;x=1/admin",
            "https://news.example/feed/..%2fadmin",
            "https://news.example/feed/..%5cadmin",
            "https://news.example/feed/a%2fb",
            "https://news.example/feed/a%252fb",
            "https://news.example/feed/..\\admin",
            "https://news.example/feed/x\r\nHost: evil.example",
            "https://news.example/feed/%0d%0aHost:evil",
            "https://news.example/feed/\tx",
            "https://news.example/feed/%25252525252e",
            "https://new\u{200b}s.example/feed/x y",
            "http://good.example/x/",
            "http://good.example/xy",
            "http://good.example//x",
            "ftp://news.example/feed/x",
            "file:///etc/passwd",
            "gopher://news.example/feed/x",
            "",
        ] {
            assert!(!allows(&reach, url), "{url}");
        }
    }

    #[test]
    fn addresses_are_the_same_however_they_are_written() {
        let open = reach(&["http://public.example/*", "http://127.0.0.1:9/*"]);
        for url in [
            "http://2130706433/x",
            "http://0177.0.0.1/x",
            "http://0x7f.1/x",
            "http://127.1/x",
            "http://[::ffff:127.0.0.1]/x",
            "http://[::1]/x",
            "http://0/x",
            "http://localhost/x",
            "http://169.254.169.254/latest/meta-data/",
            "http://[fd00:ec2::254]/latest",
        ] {
            assert!(!allows(&open, url), "{url}");
        }
        // Whoever names an address means it, in each of its forms.
        assert!(allows(&open, "http://2130706433:9/x"));
        assert!(allows(&open, "http://0177.1:9/x"));
    }

    #[test]
    fn redirects_are_held_to_the_same_patterns() {
        let reach = reach(&["https://news.example/feed/*"]);
        let base = Url::parse("https://news.example/feed/x").unwrap();
        let leads = |location: &str| base.join(location).is_ok_and(|url| reach.allows(&url));
        assert!(leads("y"));
        assert!(leads("/feed/z"));
        for location in [
            "../admin",
            "//evil.example/feed/x",
            "http://news.example/feed/x",
            "https://a@news.example/feed/x",
            "%2e%2e%2fadmin",
            "file:///etc/passwd",
        ] {
            assert!(!leads(location), "{location}");
        }
    }

    #[test]
    fn a_relative_url_is_of_the_backends_origin() {
        let base = Url::parse("https://news.example/feed/x").unwrap();
        let of = |text: &str| read(text, Some(&base)).map(String::from);
        assert_eq!(of("/feed/y").as_deref(), Ok("https://news.example/feed/y"));
        assert_eq!(of("/../y"), Err(Strange::Climbing));
        assert_eq!(of("//evil.example/feed/y"), Err(Strange::NoUrl));
        assert_eq!(of("feed/y"), Err(Strange::NoUrl));
    }

    #[test]
    fn patterns_that_say_too_much_or_nothing_are_told() {
        for text in [
            "https://news.example",
            "news.example/*",
            "ftp://news.example/*",
            "https://*/x",
            "https://*.example/x",
            "https://a.*.example/x",
            "https://*.10.0.0.1/x",
            "https://news.example/a*",
            "https://news.example/x?y=1",
            "https://user@news.example/x",
            "https://news.example/a/../b",
            "https://{server.name}/x",
            "https://news.example:99999/x",
            "https:///x",
            "https://news.example./x",
        ] {
            assert!(UrlPattern::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_public_addresses_are_public() {
        for address in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "1.1.1.1",
            "172.15.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "64:ff9b::101:101",
            "::ffff:1.1.1.1",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        let mut inner = reach(&[]);
        inner.networks.push("10.0.0.0/8".parse().unwrap());
        assert!(inner.allows_address("10.1.2.3".parse().unwrap()));
        assert!(inner.allows_address("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!inner.allows_address("192.168.0.1".parse().unwrap()));
    }

    /// Pieces of which hostile URLs are made.
    const PIECES: [&str; 40] = [
        "https://",
        "http://",
        "https:",
        "//",
        "/",
        "\\",
        "@",
        ":",
        "?",
        "#",
        ";",
        ".",
        "..",
        "%2e",
        "%2E",
        "%2f",
        "%5c",
        "%25",
        "%00",
        "%",
        "news.example",
        "evil.example",
        "NEWS.EXAMPLE",
        "feed",
        "/feed/",
        "admin",
        "127.0.0.1",
        "[::1]",
        "2130706433",
        "0x7f.1",
        "443",
        "80",
        "\t",
        "\n",
        " ",
        "\u{3002}",
        "\u{ff0f}",
        "\u{2025}",
        "\u{200b}",
        "x",
    ];

    proptest::proptest! {
        #[test]
        fn whatever_is_allowed_lies_where_it_is_said_to(pieces in proptest::collection::vec(0..PIECES.len(), 0..12), prefixed: bool) {
            let reach = reach(&["https://news.example/feed/*"]);
            let mut text = if prefixed { "https://news.example/feed/".to_owned() } else { String::new() };
            text.extend(pieces.into_iter().map(|at| PIECES[at]));
            if let Ok(url) = read(&text, None)
                && reach.allows(&url)
            {
                proptest::prop_assert_eq!(url.origin().ascii_serialization(), "https://news.example");
                proptest::prop_assert!(url.path().starts_with("/feed/"), "{}", url);
                proptest::prop_assert!(url.username().is_empty() && url.password().is_none());
                let decoded = String::from_utf8_lossy(&decoded(&decoded(url.path().as_bytes()))).into_owned();
                proptest::prop_assert!(!decoded.split(['/', '\\']).any(|part| part == ".." || part == "."), "{}", url);
            }
        }
    }
}
