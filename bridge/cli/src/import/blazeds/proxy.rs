//! Destinations of `HTTPService` and `WebService` as proxy files.

use std::fmt::Write as _;

use footbridge_mapping::reach::UrlPattern;

use super::read::Imported;
use super::xml::Element;
use crate::yaml::scalar;

/// A destination's file, and what of it could not be carried over.
#[derive(Debug, Default)]
struct Proxy<'e> {
    /// The file; empty where nothing could be asked for any more.
    text: String,
    /// Elements, and why each was left.
    left: Vec<(&'e Element, String)>,
}

impl Imported {
    /// A destination of HTTPService or WebService.
    pub(super) fn proxy(&mut self, file: &str, destination: &Element, default: Option<&str>) {
        let Some(id) = destination.attribute("id") else {
            self.leave(file, destination, "it has no `id`");
            return;
        };
        let (roles, note) = self.who(file, destination, default);
        let place = format!("{file}:{}", destination.line);
        let proxy = Proxy::of(destination, id, &place, &format!("{roles}{note}"));
        for (element, why) in &proxy.left {
            self.leave(file, element, why);
        }
        if !proxy.text.is_empty() {
            self.add(id, proxy.text);
        }
        self.rest(file, destination);
    }
}

impl<'e> Proxy<'e> {
    /// Reads a destination of a proxy service. `place` says where it stood, `roles` who may call.
    fn of(destination: &'e Element, id: &str, place: &str, roles: &str) -> Self {
        let mut proxy = Self::default();
        let mut allow = Vec::new();
        for name in ["dynamic-url", "soap"] {
            for element in texts(destination, name) {
                match pattern(&element.text) {
                    Ok(pattern) => allow.push((pattern, name)),
                    Err(why) => proxy.left.push((element, why)),
                }
            }
        }
        let backend = proxy.backend(destination, id);
        if allow.is_empty() && backend.is_none() {
            let why = "nothing that it reached is told by the file alone: write `proxy`, with `allow` or `backend`";
            proxy.left.push((destination, why.to_owned()));
            return proxy;
        }
        proxy.text = written(id, place, roles, &allow, backend.as_ref());
        proxy
    }

    fn backend(&mut self, destination: &'e Element, id: &str) -> Option<Backend> {
        let described = texts(destination, "wsdl").next();
        let plain = texts(destination, "url").next();
        let (kind, element) = match (described, plain) {
            (Some(wsdl), _) => ("wsdl", wsdl),
            (None, Some(url)) => ("rest", url),
            (None, None) => return None,
        };
        if let Err(why) = whole(&element.text) {
            self.left.push((element, why));
            return None;
        }
        let mut settings = format!("{kind}: {}", scalar(&element.text));
        if kind == "wsdl" {
            let endpoint = texts(destination, "soap").find(|soap| whole(&soap.text).is_ok());
            if let Some(endpoint) = endpoint {
                write!(settings, ", url: {}", scalar(&endpoint.text)).expect("a String takes all");
            }
        } else if let Some((address, _)) = element.text.split_once('?') {
            let why = "the address of a backend has no query: clients have to send it";
            self.left.push((element, why.to_owned()));
            settings = format!("rest: {}", scalar(address));
        }
        let user = texts(destination, "remote-username").next();
        let password = texts(destination, "remote-password").next();
        if let Some(user) = user {
            let name = variable(id);
            write!(
                settings,
                ", auth: {{basic: {{user: {}, password: \"${{{name}}}\"}}}}",
                scalar(&user.text)
            )
            .expect("a String takes all");
            let secret = password.unwrap_or(user);
            let why = format!("a secret: set {name} in the environment");
            self.left.push((secret, why));
        }
        Some(Backend {
            settings,
            described: kind == "wsdl",
        })
    }
}

struct Backend {
    /// The inside of its entry.
    settings: String,
    described: bool,
}

fn written(
    id: &str,
    place: &str,
    roles: &str,
    allow: &[(String, &str)],
    backend: Option<&Backend>,
) -> String {
    let mut text = format!(
        "proxy: {}                                # {place}\n",
        scalar(id)
    );
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    if backend.is_some() {
        line(format!("backend: {}", scalar(id)));
    }
    if !allow.is_empty() {
        line("allow:                                     # now matched by scheme, host, port and path".to_owned());
        for (pattern, name) in allow {
            line(format!("  - {}   # <{name}>", scalar(pattern)));
        }
    }
    if backend.is_some_and(|backend| backend.described) {
        line("publish: all                               # every envelope passed; `except` keeps some back".to_owned());
    } else {
        line(
            "methods: [GET, POST]                       # PUT, DELETE, HEAD, OPTIONS were sent too"
                .to_owned(),
        );
    }
    line(
        "pass-headers: [Accept, Accept-Language]    # all went on; say which your clients need"
            .to_owned(),
    );
    line(format!("roles: {roles}"));
    if let Some(backend) = backend {
        line(String::new());
        line(format!(
            "backends:\n  {}: {{{}}}",
            scalar(id),
            backend.settings
        ));
    }
    text
}

/// An entry of `allow`, of a pattern that was searched for in URLs.
fn pattern(text: &str) -> Result<String, String> {
    known(text)?;
    let (plain, query) = match text.split_once('?') {
        Some((plain, query)) => (plain, query),
        None => (text, ""),
    };
    // `?` stood for any one letter, too; before a query it can hardly be meant so.
    if query.contains('/') {
        return Err("`?` stood for any letter: write what was meant".to_owned());
    }
    let path = plain
        .split_once("://")
        .is_some_and(|(_, rest)| rest.contains('/'));
    let plain = if path {
        plain.to_owned()
    } else {
        format!("{plain}/")
    };
    match UrlPattern::parse(&plain) {
        Ok(_) => Ok(plain),
        Err(problems) => Err(problems
            .into_iter()
            .next()
            .map(|problem| problem.message)
            .unwrap_or_default()),
    }
}

/// Whether a text is one address.
fn whole(text: &str) -> Result<(), String> {
    known(text)?;
    if text.contains('*') {
        return Err("it stands for several addresses".to_owned());
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        Ok(())
    } else {
        Err("it is no address of http or https".to_owned())
    }
}

/// Whether a text says by itself which host it means.
fn known(text: &str) -> Result<(), String> {
    if text.contains('{') || text.starts_with('/') {
        return Err(
            "which server it meant is not told by the file: write its address in `allow`"
                .to_owned(),
        );
    }
    Ok(())
}

fn texts<'e>(element: &'e Element, name: &'e str) -> impl Iterator<Item = &'e Element> {
    element.all(name).filter(|found| !found.text.is_empty())
}

/// The variable of a destination's password: `NEWS_FEED_PASSWORD`.
fn variable(id: &str) -> String {
    let mut name = String::with_capacity(id.len() + 9);
    let mut lower = false;
    for letter in id.chars() {
        if !letter.is_ascii_alphanumeric() {
            name.push('_');
            lower = false;
            continue;
        }
        if lower && letter.is_ascii_uppercase() {
            name.push('_');
        }
        lower = letter.is_ascii_lowercase();
        name.push(letter.to_ascii_uppercase());
    }
    name + "_PASSWORD"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_mean_one_host_go_on() {
        for (old, new) in [
            ("http://h/feed/*", Some("http://h/feed/*")),
            ("https://h:8443/a?*", Some("https://h:8443/a")),
            ("http://h", Some("http://h/")),
            ("http://*", None),
            ("http://*.h.example/*", Some("http://*.h.example/*")),
            ("http://h/a*", None),
            ("http://{server.name}:*/{context.root}/*", None),
            ("/services/x", None),
            ("http://h?/x", None),
        ] {
            assert_eq!(pattern(old).ok().as_deref(), new, "{old}");
        }
    }

    #[test]
    fn secrets_have_names() {
        assert_eq!(variable("newsFeed"), "NEWS_FEED_PASSWORD");
        assert_eq!(variable("ws-1 B"), "WS_1_B_PASSWORD");
    }
}
