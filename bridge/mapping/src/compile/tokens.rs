//! `jwt` of a login: tokens that another server signs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use url::{Host, Url};

use super::Compiler;
use super::project::why;
use crate::diagnostic::Place;
use crate::file::login::JwtFile;
use crate::file::yaml::Scalar;
use crate::model::{
    Argument, Backend, BackendKind, HttpBackend, HttpKind, JwtKeys, JwtLogin, JwtValue,
    TrafficSettings,
};
use crate::rows::Preset;
use crate::slot::{PathPart, Slot};

impl Compiler<'_> {
    pub(super) fn tokens(&mut self, key: &Place, file: &JwtFile) -> Option<Box<JwtLogin>> {
        let Some(keys) = &file.keys else {
            if !file.faulty {
                self.error_help(
                    613,
                    key,
                    "`jwt` says not by which keys tokens are signed",
                    "write `keys: https://login.example/jwks.json`, or a file",
                );
            }
            return None;
        };
        let Some(audience) = &file.audience else {
            if !file.faulty {
                self.error_help(
                    613,
                    key,
                    "`jwt` says not for whom tokens are, so one made for any other service would count here",
                    "write `audience: NAME`, which stands in `aud` of each token",
                );
            }
            return None;
        };
        let mut values = Vec::new();
        for (name, slot) in file.values.iter().flat_map(|values| &values.value.0) {
            self.check_name(name, "a member of the identity");
            let from = slot
                .value
                .from
                .clone()
                .unwrap_or_else(|| Arc::from([PathPart::Name(Arc::clone(&name.text))]));
            values.push(JwtValue {
                argument: Argument {
                    name: Arc::clone(&name.text),
                    slot: Slot {
                        from: None,
                        ..slot.value.clone()
                    },
                },
                from,
            });
        }
        Some(Box::new(JwtLogin {
            keys: self.jwt_keys(&keys.value)?,
            audience: audience
                .value
                .0
                .iter()
                .map(|one| Arc::clone(&one.text))
                .collect(),
            issuer: file
                .issuer
                .as_ref()
                .map(|issuer| Arc::clone(&issuer.value.text)),
            roles: file
                .roles
                .as_ref()
                .map(|roles| roles.value.text.split('.').map(Arc::from).collect()),
            values,
        }))
    }

    fn jwt_keys(&mut self, scalar: &Scalar) -> Option<JwtKeys> {
        let text = self.expanded(scalar)?;
        if !text.contains("://") {
            return match self.environment.file(Path::new(&text)) {
                Ok(set) => Some(JwtKeys::Set(set.into())),
                Err(error) => {
                    let message = format!("`{text}` cannot be read: {}", why(&error));
                    self.error_help(
                        613,
                        &scalar.place,
                        message,
                        "the path is relative to the project folder; a key set is JSON, `{\"keys\": [...]}`",
                    );
                    None
                }
            };
        }
        let url = Url::parse(&text).ok();
        let Some(host) = url.as_ref().and_then(safe_host) else {
            self.error_help(
                613,
                &scalar.place,
                "keys that come without TLS may be anybody's",
                "write an `https://` address, without a name and password in it",
            );
            return None;
        };
        Some(JwtKeys::Url(Arc::new(Backend {
            name: format!("keys of {host}").into(),
            place: scalar.place.clone(),
            kind: BackendKind::Http(Box::new(HttpBackend {
                description: HttpKind::Rest,
                url: Some(text.into()),
                traffic: TrafficSettings::default(),
            })),
            timeout: Duration::from_secs(10),
            preset: Preset::BlazeDs,
            zone: TimeZone::UTC,
            required: false,
        })))
    }
}

/// The host of an address where keys may come from: by TLS, or from this machine. A name before an `@` could pass for a host.
fn safe_host(url: &Url) -> Option<&str> {
    let host = url.host_str()?;
    let near = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let safe = match url.scheme() {
        "https" => true,
        "http" => near,
        _ => false,
    };
    let plain = url.username().is_empty() && url.password().is_none();
    (safe && plain).then_some(host)
}
