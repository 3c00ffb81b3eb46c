//! `jwt` of a login: tokens that another server signs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

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
        let host = text.split_once("://").map_or("", |(_, rest)| {
            rest.split(['/', ':', '?']).next().unwrap_or_default()
        });
        let near = matches!(host, "127.0.0.1" | "localhost");
        let safe = text.starts_with("https://") || (near && text.starts_with("http://"));
        if !safe {
            self.error_help(
                613,
                &scalar.place,
                "keys that come without TLS may be anybody's",
                "write an `https://` address",
            );
            return None;
        }
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
