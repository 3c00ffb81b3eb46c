//! Which web pages may call: CORS for browsers, `crossdomain.xml` for Flash, both from one list.

use std::fmt::Write;
use std::sync::Arc;

/// Whether pages of any origin may call: `*` is among `allowed`. They may not bring cookies, else every page could use its visitor's
/// session.
pub fn is_open(allowed: &[Arc<str>]) -> bool {
    allowed.iter().any(|pattern| **pattern == *"*")
}

/// Whether `origin` (the value of an `Origin` header) is named by one of `allowed`; [`is_open`] is another question.
///
/// An allowed origin is `scheme://host` with an optional port; a host that begins with `*.` stands for
/// all hosts below it, as in `crossdomain.xml`; a `*` elsewhere stands for letters within one label.
pub fn is_allowed(allowed: &[Arc<str>], origin: &str) -> bool {
    allowed.iter().any(|pattern| fits(pattern, origin))
}

/// The policy file that Flash Player asks for before it calls a gateway on another host.
pub fn policy_file(allowed: &[Arc<str>]) -> String {
    let mut file = String::from(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE cross-domain-policy SYSTEM \
         \"http://www.adobe.com/xml/dtds/cross-domain-policy.dtd\">\n<cross-domain-policy>\n  \
         <site-control permitted-cross-domain-policies=\"master-only\"/>\n",
    );
    for origin in allowed {
        let (scheme, rest) = origin.split_once("://").unwrap_or(("http", origin));
        let domain = escaped(rest.split(':').next().unwrap_or(rest));
        // `secure` keeps pages that came without TLS from calling a gateway that has it.
        let secure = scheme == "https";
        writeln!(
            file,
            "  <allow-access-from domain=\"{domain}\" secure=\"{secure}\"/>"
        )
        .expect("a String can be written to");
        writeln!(
            file,
            "  <allow-http-request-headers-from domain=\"{domain}\" headers=\"*\" secure=\"{secure}\"/>"
        )
        .expect("a String can be written to");
    }
    file.push_str("</cross-domain-policy>\n");
    file
}

fn fits(pattern: &str, origin: &str) -> bool {
    let (Some((scheme, host)), Some((other_scheme, other_host))) =
        (pattern.split_once("://"), origin.split_once("://"))
    else {
        return false;
    };
    if !scheme.eq_ignore_ascii_case(other_scheme) {
        return false;
    }
    let (host, other_host) = (
        host.trim_end_matches('/').to_ascii_lowercase(),
        other_host.to_ascii_lowercase(),
    );
    match host.strip_prefix("*.") {
        Some(parent) => other_host
            .char_indices()
            .filter(|&(at, letter)| letter == '.' && at > 0)
            .any(|(at, _)| labels_fit(parent, &other_host[at + 1..])),
        None => labels_fit(&host, &other_host),
    }
}

/// Compares label by label, so that a `*` never crosses a dot; ports stand in the last label.
fn labels_fit(pattern: &str, host: &str) -> bool {
    let (mut labels, mut others) = (pattern.split('.'), host.split('.'));
    loop {
        match (labels.next(), others.next()) {
            (None, None) => return true,
            (Some(label), Some(other)) if label_fits(label, other) => {}
            _ => return false,
        }
    }
}

fn label_fits(pattern: &str, label: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == label,
        Some((start, end)) => {
            label.len() > start.len() + end.len()
                && label.starts_with(start)
                && label.ends_with(end)
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(pattern: &str, origin: &str) -> bool {
        is_allowed(&[Arc::from(pattern)], origin)
    }

    #[test]
    fn an_origin_is_compared_by_scheme_host_and_port() {
        assert!(allows("https://shop.example", "https://shop.example"));
        assert!(allows("https://Shop.example", "https://shop.EXAMPLE"));
        assert!(allows("http://localhost:4000", "http://localhost:4000"));
        assert!(!allows("https://shop.example", "http://shop.example"));
        assert!(!allows("https://shop.example", "https://shop.example:8443"));
        assert!(!allows(
            "https://shop.example",
            "https://shop.example.evil.example"
        ));
        assert!(!allows("https://shop.example", "null"));
    }

    #[test]
    fn a_star_label_stands_for_all_hosts_below() {
        assert!(allows("https://*.play.example", "https://a.play.example"));
        assert!(allows("https://*.play.example", "https://a.b.play.example"));
        assert!(!allows("https://*.play.example", "https://play.example"));
        assert!(!allows(
            "https://*.play.example",
            "https://evilplay.example"
        ));
        assert!(!allows("https://*.play.example", "https://.play.example"));
        assert!(!allows(
            "https://*.play.example",
            "https://a.play.example.evil.example"
        ));
    }

    #[test]
    fn a_star_within_a_label_does_not_cross_dots() {
        assert!(allows("https://shop-*.example", "https://shop-1.example"));
        assert!(!allows(
            "https://shop-*.example",
            "https://shop-1.evil.example"
        ));
        assert!(!allows("*", "https://anybody.example"));
        assert!(is_open(&[Arc::from("*")]));
    }

    #[test]
    fn the_policy_file_names_each_host() {
        let file = policy_file(&[
            Arc::from("https://*.play.example"),
            Arc::from("http://localhost:4000"),
        ]);
        assert!(
            file.contains("<allow-access-from domain=\"*.play.example\" secure=\"true\"/>"),
            "{file}"
        );
        assert!(
            file.contains("<allow-access-from domain=\"localhost\" secure=\"false\"/>"),
            "{file}"
        );
    }
}
