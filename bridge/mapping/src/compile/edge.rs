//! Where the gateway meets the network: `listen`, `admin`, `static`, `behind`.

use std::path::{Component, Path};
use std::sync::Arc;

use super::Compiler;
use super::service::roles;
use crate::file::gateway::{BehindFile, CallersFile, GatewayFile, ListenFile};
use crate::file::read::Entry;
use crate::file::yaml::Scalar;
use crate::model::{Behind, Callers, Edge, Listener, PrivateKey, Roles, StaticFolder, Tls};

impl Compiler<'_> {
    /// `listen`; without it plain HTTP on this machine.
    pub(super) fn listeners(&mut self, file: &GatewayFile) -> Vec<Listener> {
        let Some(list) = &file.listen else {
            return vec![Listener::http("127.0.0.1:8080")];
        };
        let listeners: Vec<_> = list
            .value
            .0
            .iter()
            .filter_map(|entry| self.listener(entry, list))
            .collect();
        if list.value.0.is_empty() {
            self.error_help(
                126,
                &list.key,
                "nobody can reach a gateway that listens nowhere",
                "write `- http: 127.0.0.1:8080`",
            );
        }
        listeners
    }

    fn listener(
        &mut self,
        file: &ListenFile,
        list: &Entry<crate::file::read::Items<ListenFile>>,
    ) -> Option<Listener> {
        let (written, https) = match (&file.http, &file.https) {
            (Some(http), None) => (http, false),
            (None, Some(https)) => (https, true),
            (Some(_), Some(https)) => {
                self.error_help(
                    126,
                    &https.key,
                    "a listener is `http` or `https`; this one is both",
                    "write two entries of `listen`",
                );
                return None;
            }
            (None, None) => {
                if !file.faulty {
                    let place = file.written().first().map(|(_, place)| (*place).clone());
                    self.error_help(
                        126,
                        &place.unwrap_or_else(|| list.key.clone()),
                        "a listener says not where it listens",
                        "write `http: 127.0.0.1:8080` or `https: 0.0.0.0:8443`",
                    );
                }
                return None;
            }
        };
        let address = self.socket_address(&written.value)?;
        if !https {
            for (key, place) in file.written() {
                if matches!(key, "certificate" | "private-key" | "tls") {
                    self.error(
                        105,
                        place,
                        format!("`{key}` belongs to a listener of `https`"),
                    );
                }
            }
            let mut redirect = None;
            if let Some(port) = &file.redirect {
                redirect = u16::try_from(port.value.value)
                    .ok()
                    .filter(|port| *port > 0);
                if redirect.is_none() {
                    let scalar = &port.value.scalar;
                    self.error(118, &scalar.place, format!("`{}` is no port", scalar.text));
                }
            }
            return Some(Listener {
                redirect,
                ..Listener::http(address)
            });
        }
        if let Some(redirect) = &file.redirect {
            self.error(
                105,
                &redirect.key,
                "`redirect` belongs to a listener of `http`",
            );
        }
        let (Some(certificate), Some(key)) = (&file.certificate, &file.private_key) else {
            if !file.faulty {
                self.error_help(
                    126,
                    &written.key,
                    "`https` needs `certificate` and `private-key`",
                    "`footbridge cert` makes both for development",
                );
            }
            return None;
        };
        let certificate = self.expanded(&certificate.value)?;
        let private_key = self.private_key(&key.value)?;
        Some(Listener {
            address: address.into(),
            tls: Some(Tls {
                certificate: certificate.into(),
                private_key,
                profile: file
                    .tls
                    .as_ref()
                    .map(|profile| profile.value.value)
                    .unwrap_or_default(),
            }),
            redirect: None,
        })
    }

    /// A private key out of a file keeps the file's name, so that it can be read again.
    fn private_key(&mut self, written: &Scalar) -> Option<PrivateKey> {
        let text = self.password(written)?;
        let file = written
            .text
            .strip_prefix("${file:")
            .and_then(|rest| rest.strip_suffix('}'))
            .filter(|path| !path.contains("${"));
        Some(match file {
            Some(path) => PrivateKey::File(path.into()),
            None => PrivateKey::Text(text.into()),
        })
    }

    /// `admin`, `static`, `behind`.
    pub(super) fn edge(&mut self, file: &GatewayFile) -> Edge {
        let admin = file
            .admin
            .as_ref()
            .and_then(|admin| self.socket_address(&admin.value))
            .map(Arc::from);
        let mut files = Vec::new();
        for (path, folder) in file.files.iter().flat_map(|files| &files.value.0) {
            files.extend(self.static_folder(path, folder));
        }
        files.sort_by_key(|folder| std::cmp::Reverse(folder.path.len()));
        let behind = file
            .behind
            .as_ref()
            .map(|behind| self.behind(&behind.value));
        Edge {
            admin,
            files,
            behind: behind.unwrap_or_default(),
        }
    }

    fn static_folder(&mut self, path: &Scalar, folder: &Scalar) -> Option<StaticFolder> {
        let text = &*path.text;
        let plain = text
            .split('/')
            .skip(1)
            .all(|part| part != ".." && part != "." && !part.contains(['?', '#', ';', '\\', '%']));
        if !text.starts_with('/') || !plain {
            self.error_help(
                120,
                &path.place,
                format!("`{text}` is no path of files"),
                "write `/` or `/games`",
            );
            return None;
        }
        let name = self.expanded(folder)?;
        if name.is_empty()
            || Path::new(&name)
                .components()
                .any(|part| part == Component::ParentDir)
        {
            self.error_help(
                210,
                &folder.place,
                "a path does not go up by `..`",
                "write one below the project folder, or an absolute one",
            );
            return None;
        }
        // Mappings, databases and secrets stand in the project folder itself.
        if Path::new(&name)
            .components()
            .all(|part| part == Component::CurDir)
        {
            self.error_help(
                126,
                &folder.place,
                "the project folder itself is not for everybody to read",
                "put the files into a folder of their own, `www`",
            );
            return None;
        }
        let mut path = text.trim_end_matches('/').to_owned();
        path.push('/');
        Some(StaticFolder {
            path: path.into(),
            folder: name.into(),
        })
    }

    fn behind(&mut self, file: &BehindFile) -> Behind {
        let peers = file
            .peers
            .iter()
            .flat_map(|peers| &peers.value.0)
            .map(|peer| peer.value)
            .collect();
        let public_url = file.public_url.as_ref().and_then(|url| {
            let text = self.expanded(&url.value)?;
            if !is_address(&text) {
                self.error_help(
                    126,
                    &url.value.place,
                    "this is no address that clients could see",
                    "write `https://shop.example`",
                );
                return None;
            }
            Some(Arc::from(text.trim_end_matches('/')))
        });
        let proxy_protocol = file.proxy_protocol.as_ref();
        if let Some(said) = proxy_protocol.filter(|said| said.value.value && file.peers.is_none()) {
            self.error_help(
                131,
                &said.key,
                "no connection can begin with a header of the PROXY protocol, for nobody is believed",
                "write the networks of the proxies: `peers: [10.0.0.0/8]`",
            );
        }
        let identity_header = file.identity_header.as_ref().and_then(|header| {
            let name = &*header.value.text;
            let token =
                |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
            if name.is_empty() || !name.chars().all(token) {
                self.error(
                    126,
                    &header.value.place,
                    format!("`{name}` is no name of a header"),
                );
                return None;
            }
            if file.peers.is_none() {
                self.error_help(
                    126,
                    &header.key,
                    "nobody is believed who a user is, for there are no `peers`",
                    "write the networks of the proxies: `peers: [10.0.0.0/8]`",
                );
            }
            Some(Arc::from(name.to_ascii_lowercase()))
        });
        Behind {
            identity_header,
            peers,
            proxy_protocol: proxy_protocol.is_some_and(|said| said.value.value),
            public_url,
        }
    }

    /// `debug` and `describe`: without a word of who, nobody.
    pub(super) fn callers(&mut self, file: Option<&Entry<CallersFile>>) -> Option<Callers> {
        let Entry { key, value: file } = file?;
        let roles = file.roles.as_ref().map(|entry| roles(&entry.value));
        let peers: Vec<_> = file
            .peers
            .iter()
            .flat_map(|peers| &peers.value.0)
            .map(|peer| peer.value)
            .collect();
        if file.faulty {
            return None;
        }
        if roles == Some(Roles::Internal) {
            self.error(126, key, "nobody who calls from outside is `internal`");
            return None;
        }
        if roles.is_none() && peers.is_empty() {
            self.error_help(
                126,
                key,
                "this says not who may ask",
                "write `roles: [developers]`, `peers: [127.0.0.1]`, or both",
            );
            return None;
        }
        Some(Callers { roles, peers })
    }

    /// `HOST:PORT`, where the host is an address or a name.
    fn socket_address(&mut self, written: &Scalar) -> Option<String> {
        let text = self.expanded(written)?;
        let right = text.rsplit_once(':').is_some_and(|(host, port)| {
            let closed = host
                .strip_prefix('[')
                .and_then(|host| host.strip_suffix(']'));
            let named = !host.is_empty()
                && host
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
            let right = match closed {
                Some(host) => host.parse::<std::net::Ipv6Addr>().is_ok(),
                None => named,
            };
            right && port.parse::<u16>().is_ok()
        });
        if right {
            return Some(text);
        }
        self.error_help(
            126,
            &written.place,
            "this is no address to listen at",
            "write host and port: `127.0.0.1:8080`, `0.0.0.0:8080`, `[::]:8080`",
        );
        None
    }
}

/// Whether a text is a URL as clients see gateways: absolute, without query, fragment or a user's name.
pub(super) fn is_address(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && !rest.contains(['?', '#', '@', '\\'])
            && !rest.contains(|letter: char| letter.is_whitespace() || letter.is_control())
    })
}
