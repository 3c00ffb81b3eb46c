//! An entry of `allow`.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use super::asked::climbs;
use crate::diagnostic::Problem;

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

/// As it is written in `allow`, without a port that is its scheme's own.
impl fmt::Display for UrlPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme.name())?;
        match &self.host {
            HostPattern::Exactly(host) => write!(f, "{host}")?,
            HostPattern::Below(domain) => write!(f, "*{domain}")?,
        }
        if self.port != self.scheme.port() {
            write!(f, ":{}", self.port)?;
        }
        for segment in &self.path {
            match segment {
                Segment::Exactly(text) => write!(f, "/{text}")?,
                Segment::Any => f.write_str("/*")?,
            }
        }
        if self.open { f.write_str("/*") } else { Ok(()) }
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

    pub(super) fn fits(&self, url: &Url) -> bool {
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
