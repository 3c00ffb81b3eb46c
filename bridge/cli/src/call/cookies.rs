//! Cookies of a gateway: kept for the calls of one run, and in a file where somebody asks for it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::Context;
use reqwest::Url;
use reqwest::header::{HeaderMap, SET_COOKIE};

/// Cookies by name and the host that set them.
///
/// The file has the format that curl and browsers' exporters use: seven columns divided by tabs, the domain first.
#[derive(Debug, Default)]
pub(crate) struct Cookies {
    kept: Vec<Cookie>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Cookie {
    host: String,
    path: String,
    secure: bool,
    /// Seconds since 1970; 0 ends with the session, which for a file is never.
    expires: String,
    name: String,
    value: String,
}

impl Cookies {
    /// Reads a file of cookies; one that is not there yet holds none.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        if !file.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(file)
            .with_context(|| format!("cannot read the cookies in {}", file.display()))?;
        Ok(Self {
            kept: text.lines().filter_map(Cookie::parse).collect(),
        })
    }

    /// Writes them back.
    pub(crate) fn write(&self, file: &Path) -> anyhow::Result<()> {
        let mut text = "# Netscape HTTP Cookie File\n".to_owned();
        for cookie in &self.kept {
            let Cookie {
                host,
                path,
                secure,
                expires,
                name,
                value,
            } = cookie;
            let secure = if *secure { "TRUE" } else { "FALSE" };
            writeln!(
                text,
                "{host}\tFALSE\t{path}\t{secure}\t{expires}\t{name}\t{value}"
            )
            .expect("writing to a text does not fail");
        }
        fs::write(file, text)
            .with_context(|| format!("cannot keep the cookies in {}", file.display()))
    }

    /// Takes what an answer of `url` sets.
    pub(crate) fn take(&mut self, url: &Url, headers: &HeaderMap) {
        for header in headers.get_all(SET_COOKIE) {
            let Some((cookie, ended)) =
                header.to_str().ok().and_then(|text| Cookie::set(url, text))
            else {
                continue;
            };
            self.kept.retain(|kept| {
                (&kept.host, &kept.path, &kept.name) != (&cookie.host, &cookie.path, &cookie.name)
            });
            if !ended {
                self.kept.push(cookie);
            }
        }
    }

    /// The value of the `Cookie` header for `url`; `None` where there is nothing to send.
    pub(crate) fn header(&self, url: &Url) -> Option<String> {
        let fits = self.kept.iter().filter(|cookie| cookie.fits(url));
        let pairs: Vec<_> = fits
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

impl Cookie {
    fn parse(line: &str) -> Option<Self> {
        let line = line.strip_prefix("#HttpOnly_").unwrap_or(line);
        if line.starts_with('#') {
            return None;
        }
        let mut columns = line.split('\t');
        let mut next = || columns.next().map(str::to_owned);
        let host = next()?.trim_start_matches('.').to_owned();
        next()?;
        Some(Self {
            host,
            path: next()?,
            secure: next()? == "TRUE",
            expires: next()?,
            name: next()?,
            value: next()?,
        })
    }

    /// The cookie of a `Set-Cookie` header, and whether the header ends it.
    fn set(url: &Url, header: &str) -> Option<(Self, bool)> {
        let mut parts = header.split(';').map(str::trim);
        let (name, value) = parts.next()?.split_once('=')?;
        let mut cookie = Self {
            host: url.host_str()?.to_owned(),
            path: "/".to_owned(),
            secure: false,
            expires: "0".to_owned(),
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
        };
        let mut ended = false;
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            match key.trim().to_ascii_lowercase().as_str() {
                "path" if value.starts_with('/') => cookie.path = value.trim().to_owned(),
                "secure" => cookie.secure = true,
                "max-age" => {
                    ended = value
                        .trim()
                        .parse::<i64>()
                        .is_ok_and(|seconds| seconds <= 0);
                }
                _ => {}
            }
        }
        Some((cookie, ended))
    }

    fn fits(&self, url: &Url) -> bool {
        let below = |path: &str| {
            let rest = path.strip_prefix(self.path.trim_end_matches('/'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        url.host_str() == Some(&self.host)
            && below(url.path())
            && (!self.secure || url.scheme() == "https")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(header: &'static str) -> Cookies {
        let mut cookies = Cookies::default();
        let mut headers = HeaderMap::new();
        headers.append(SET_COOKIE, header.parse().unwrap());
        cookies.take(&url("http://shop.example/gateway"), &headers);
        cookies
    }

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn a_cookie_goes_back_to_its_host_and_path_alone() {
        let cookies = taken("sid=abc; Path=/gateway; HttpOnly; SameSite=Lax");
        assert_eq!(
            cookies
                .header(&url("http://shop.example/gateway"))
                .as_deref(),
            Some("sid=abc")
        );
        assert_eq!(
            cookies
                .header(&url("http://shop.example/gateway/x"))
                .as_deref(),
            Some("sid=abc")
        );
        assert_eq!(cookies.header(&url("http://shop.example/gateways")), None);
        assert_eq!(cookies.header(&url("http://other.example/gateway")), None);
    }

    #[test]
    fn a_secure_cookie_needs_https() {
        let cookies = taken("sid=abc; Secure");
        assert_eq!(cookies.header(&url("http://shop.example/")), None);
        assert_eq!(
            cookies.header(&url("https://shop.example/")).as_deref(),
            Some("sid=abc")
        );
    }

    #[test]
    fn an_ended_cookie_is_forgotten() {
        let mut cookies = taken("sid=abc");
        let mut headers = HeaderMap::new();
        headers.append(SET_COOKIE, "sid=; Max-Age=0".parse().unwrap());
        cookies.take(&url("http://shop.example/gateway"), &headers);
        assert_eq!(cookies.header(&url("http://shop.example/")), None);
    }

    #[test]
    fn what_is_kept_in_a_file_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cookies.txt");
        assert_eq!(Cookies::read(&file).unwrap().kept, []);
        let cookies = taken("sid=a=b; Path=/; Secure");
        cookies.write(&file).unwrap();
        assert_eq!(Cookies::read(&file).unwrap().kept, cookies.kept);
    }
}
