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
//!
//! `pattern` is an entry of `allow`, `asked` reads what a client wrote, `public` knows whose addresses are anybody's.

mod asked;
mod pattern;
mod public;

use std::net::IpAddr;

use ipnet::IpNet;
use url::Url;

use self::asked::climbs;
pub use self::asked::{Strange, read};
pub use self::pattern::UrlPattern;
use self::public::is_public;

/// Everything that one proxy may be asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reach {
    /// `allow`
    pub patterns: Vec<UrlPattern>,
    /// `networks`: addresses that are not public, and to which names may lead all the same.
    pub networks: Vec<IpNet>,
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
    fn a_pattern_is_shown_as_it_is_written() {
        for text in [
            "https://news.example/feed/*",
            "http://10.1.2.3:8080/status",
            "https://*.img.example/a/*/b",
            "http://[::1]:81/*",
            "https://news.example/",
        ] {
            let pattern = UrlPattern::parse(text).unwrap();
            assert_eq!(pattern.to_string(), text);
        }
        let written = UrlPattern::parse("https://news.example:443/x").unwrap();
        assert_eq!(written.to_string(), "https://news.example/x");
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
                let decoded = String::from_utf8_lossy(&asked::decoded(&asked::decoded(url.path().as_bytes()))).into_owned();
                proptest::prop_assert!(!decoded.split(['/', '\\']).any(|part| part == ".." || part == "."), "{}", url);
            }
        }
    }

    #[test]
    fn addresses_that_are_not_public_are_named() {
        let mut inner = reach(&[]);
        inner.networks.push("10.0.0.0/8".parse().unwrap());
        assert!(inner.allows_address("10.1.2.3".parse().unwrap()));
        assert!(inner.allows_address("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!inner.allows_address("192.168.0.1".parse().unwrap()));
    }
}
