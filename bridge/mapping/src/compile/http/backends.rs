//! `rest`, `openapi` and `wsdl` backends.

use std::sync::Arc;

use indexmap::IndexMap;

use super::super::Compiler;
use super::super::backends::KnownBackend;
use crate::diagnostic::Place;
use crate::file::backend::BackendFile;
use crate::file::read::Entry;
use crate::file::yaml::Scalar;
use crate::model::{
    BackendKind, Breaker, HttpBackend, HttpKind, Patch, Proxy, TrafficSettings, WsdlSettings,
};

/// Keys that only databases have.
const OF_DATABASES: [&str; 3] = ["password", "write", "migrations"];

/// Keys that only WSDLs have.
const OF_WSDLS: [&str; 5] = ["service", "port", "mtom", "catalog", "patches"];

/// Keys that databases do not have.
const OF_HTTP: [&str; 16] = [
    "url",
    "service",
    "port",
    "mtom",
    "catalog",
    "patches",
    "auth",
    "headers",
    "ca",
    "redirects",
    "proxy",
    "queue",
    "breaker",
    "connect",
    "idle",
    "max-reply",
];

/// Headers that the gateway writes itself.
const OWN_HEADERS: [&str; 7] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
];

/// Headers whose value is a secret.
const SECRET_HEADERS: [&str; 5] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "x-api-key",
    "api-key",
];

impl Compiler<'_> {
    /// Keys of HTTP backends at a database.
    pub(in crate::compile) fn no_http_keys(&mut self, file: &BackendFile) {
        for (key, place) in file.written() {
            if OF_HTTP.contains(&key) {
                let kinds = if OF_WSDLS.contains(&key) {
                    "`wsdl`"
                } else if key == "url" {
                    "`openapi` and `wsdl`"
                } else {
                    "`rest`, `openapi` and `wsdl`"
                };
                let message =
                    format!("`{key}` belongs to backends of kind {kinds}; this is a database");
                self.error(105, place, message);
            }
        }
    }

    /// A backend of kind `rest`, `openapi` or `wsdl`; the outer `None` says that it is none of them.
    pub(in crate::compile) fn http_backend(
        &mut self,
        name: &Scalar,
        file: &BackendFile,
    ) -> Option<Option<KnownBackend>> {
        let kinds = [
            ("postgres", file.postgres.as_ref()),
            ("mysql", file.mysql.as_ref()),
            ("sqlite", file.sqlite.as_ref()),
            ("rest", file.rest.as_ref()),
            ("openapi", file.openapi.as_ref()),
            ("wsdl", file.wsdl.as_ref()),
        ];
        let written: Vec<_> = kinds
            .into_iter()
            .filter_map(|(kind, entry)| entry.map(|entry| (kind, entry)))
            .collect();
        if !written
            .iter()
            .any(|(kind, _)| matches!(*kind, "rest" | "openapi" | "wsdl"))
        {
            return None;
        }
        let [(kind, entry)] = written.as_slice() else {
            if let [(first, _), (second, entry), ..] = written.as_slice() {
                let message = format!(
                    "the backend `{}` has one kind; it has `{first}` and `{second}`",
                    name.text
                );
                self.error(207, &entry.key, message);
            }
            return Some(None);
        };
        Some(self.one_http_backend(name, file, kind, &entry.value))
    }

    fn one_http_backend(
        &mut self,
        name: &Scalar,
        file: &BackendFile,
        kind: &str,
        address: &Scalar,
    ) -> Option<KnownBackend> {
        for (key, place) in file.written() {
            let owner = if OF_DATABASES.contains(&key) {
                "a database"
            } else if OF_WSDLS.contains(&key) && kind != "wsdl" {
                "a WSDL"
            } else if key == "url" && kind == "rest" {
                "`openapi` and `wsdl`; behind `rest` stands the address itself"
            } else {
                continue;
            };
            self.error(105, place, format!("`{key}` belongs to {owner}"));
        }
        self.time(file.timeout.as_ref());
        let mut url = None;
        let description = match kind {
            "rest" => {
                // What cannot be read is told; the backend goes on, so that its users are not blamed for it.
                url = Some(self.http_address(address, false).unwrap_or_default());
                HttpKind::Rest
            }
            "openapi" => HttpKind::OpenApi {
                document: self.document(address).unwrap_or_default(),
            },
            _ => HttpKind::Wsdl(self.wsdl_settings(file, address)),
        };
        if let Some(entry) = &file.url
            && kind != "rest"
        {
            url = Some(self.http_address(&entry.value, true).unwrap_or_default());
        }
        let traffic = self.traffic(file);
        let kind = BackendKind::Http(Box::new(HttpBackend {
            description,
            url,
            traffic,
        }));
        Some(self.backend_with(name, file, kind))
    }

    fn wsdl_settings(&mut self, file: &BackendFile, address: &Scalar) -> WsdlSettings {
        let text = |entry: &Option<Entry<Scalar>>| {
            entry.as_ref().map(|entry| Arc::clone(&entry.value.text))
        };
        let mut catalog = IndexMap::new();
        for (from, to) in file.catalog.iter().flat_map(|catalog| &catalog.value.0) {
            if let Some(document) = self.document(to) {
                catalog.insert(Arc::clone(&from.text), document);
            }
        }
        let mut patches = Vec::new();
        for patch in file.patches.iter().flat_map(|patches| &patches.value.0) {
            let (Some(find), Some(put)) = (&patch.find, &patch.put) else {
                if !patch.faulty {
                    let place = file.patches.as_ref().map(|entry| entry.key.clone());
                    self.error(
                        116,
                        &place.unwrap_or_else(|| address.place.clone()),
                        "a patch is `{find: TEXT, put: TEXT}`",
                    );
                }
                continue;
            };
            if find.value.text.is_empty() {
                self.error(116, &find.value.place, "nothing to find stands here");
                continue;
            }
            patches.push(Patch {
                find: Arc::clone(&find.value.text),
                put: Arc::clone(&put.value.text),
            });
        }
        WsdlSettings {
            document: self.document(address).unwrap_or_default(),
            service: text(&file.service),
            port: text(&file.port),
            mtom: file.mtom.as_ref().is_some_and(|mtom| mtom.value.value),
            catalog,
            patches,
        }
    }

    fn traffic(&mut self, file: &BackendFile) -> TrafficSettings {
        let mut settings = TrafficSettings::default();
        for entry in [&file.connect, &file.idle] {
            self.time(entry.as_ref());
        }
        for (name, value) in file.headers.iter().flat_map(|headers| &headers.value.0) {
            if self.header_name(name)
                && let Some(value) = self.header_value(name, value)
            {
                settings.headers.push((Arc::clone(&name.text), value));
            }
        }
        if let Some(auth) = &file.auth {
            settings.auth = self.auth(&auth.key, &auth.value);
        }
        if let Some(ca) = &file.ca
            && self.downward(&ca.value, &ca.value.text)
        {
            settings.authorities = Some(Arc::clone(&ca.value.text));
        }
        if let Some(redirects) = &file.redirects {
            settings.redirects = redirects.value.value;
        }
        if let Some(proxy) = &file.proxy {
            settings.proxy = match &*proxy.value.text {
                "none" => Proxy::None,
                "environment" => Proxy::Environment,
                _ => match self.expanded(&proxy.value) {
                    Some(address)
                        if ["http://", "https://", "socks5://"]
                            .iter()
                            .any(|scheme| address.starts_with(scheme)) =>
                    {
                        Proxy::Address(address)
                    }
                    Some(_) => {
                        self.error_help(
                            210,
                            &proxy.value.place,
                            "this is no address of a proxy",
                            "write `http://host:port`, `environment`, or `none`",
                        );
                        Proxy::None
                    }
                    None => Proxy::None,
                },
            };
        }
        if let Some(pool) = &file.pool {
            if pool.value.value == 0 {
                self.error(
                    118,
                    &pool.value.scalar.place,
                    "a pool has room for one connection at least",
                );
            }
            settings.pool = pool.value.value;
        }
        if let Some(queue) = &file.queue {
            settings.queue = queue.value.value;
        }
        if let Some(connect) = &file.connect {
            settings.connect = connect.value.value;
        }
        if let Some(idle) = &file.idle {
            settings.idle = idle.value.value;
        }
        if let Some(most) = &file.max_reply {
            settings.max_reply = most.value.value.0 as u64;
        }
        if let Some(breaker) = &file.breaker {
            self.time(breaker.value.pause.as_ref());
            let mut read = Breaker::default();
            if let Some(faults) = &breaker.value.faults {
                read.faults = faults.value.value.0;
            }
            if let Some(calls) = &breaker.value.calls {
                read.calls = calls.value.value;
            }
            if let Some(pause) = &breaker.value.pause {
                read.pause = pause.value.value;
            }
            settings.breaker = read;
        }
        settings
    }

    /// A document: a file below its folder, or a URL.
    fn document(&mut self, scalar: &Scalar) -> Option<Arc<str>> {
        let text = &scalar.text;
        if text.starts_with("http://") || text.starts_with("https://") {
            return self.expanded(scalar).map(Into::into);
        }
        if text.is_empty() || text.contains("://") || text.starts_with('/') {
            self.error_help(
                210,
                &scalar.place,
                "this is neither a file nor a URL",
                "write `rates.wsdl` (below `wsdl/`), `orders.yaml` (below `schemas/`), or `https://…`",
            );
            return None;
        }
        self.downward(scalar, text).then(|| Arc::clone(text))
    }

    /// An address of a service: scheme, host, port and a prefix of paths.
    fn http_address(&mut self, scalar: &Scalar, mock: bool) -> Option<Arc<str>> {
        // Answered within the gateway: examples of a document, or the sample service of orders.
        let own = if mock { "mock:" } else { "mock:orders" };
        if &*scalar.text == own {
            return Some(Arc::clone(&scalar.text));
        }
        let address = self.address(scalar)?;
        let host = address
            .strip_prefix("http://")
            .or_else(|| address.strip_prefix("https://"))
            .map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
        let right = host
            .is_some_and(|host| !host.is_empty() && !host.contains(char::is_whitespace))
            && !address.contains('#')
            && (mock || !address.contains('?'));
        if !right {
            self.error_help(
                210,
                &scalar.place,
                "this is no address of a service",
                "write `https://host/base`",
            );
            return None;
        }
        Some(address.into())
    }

    /// Whether it is a name of a header that a mapping may set.
    pub(in crate::compile) fn header_name(&mut self, name: &Scalar) -> bool {
        let token = !name.text.is_empty()
            && name
                .text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
        if !token {
            let message = format!("`{}` is no name of a header", name.text);
            self.error(127, &name.place, message);
            return false;
        }
        if OWN_HEADERS.contains(&&*name.text.to_ascii_lowercase()) {
            let message = format!("`{}` is written by the gateway itself", name.text);
            self.error(127, &name.place, message);
            return false;
        }
        true
    }

    fn header_value(&mut self, name: &Scalar, value: &Scalar) -> Option<String> {
        let secret = SECRET_HEADERS.contains(&&*name.text.to_ascii_lowercase());
        if secret && !value.text.contains("${") {
            self.error_help(
                205,
                &value.place,
                "a secret stands in clear; write `${NAME}` and set it outside",
                "what proves who calls has its place under `auth`",
            );
            return None;
        }
        let expanded = self.expanded(value)?;
        if self.header_text(&expanded, &value.place) {
            Some(expanded)
        } else {
            None
        }
    }

    /// Whether a constant can stand in a header.
    pub(in crate::compile) fn header_text(&mut self, text: &str, place: &Place) -> bool {
        let right = !text
            .chars()
            .any(|letter| letter.is_control() && letter != '\t');
        if !right {
            self.error(
                127,
                place,
                "a line feed or control character cannot stand in a header",
            );
        }
        right
    }
}
