//! `auth`: how the gateway proves who calls.

use super::super::Compiler;
use crate::diagnostic::Place;
use crate::file::http::{AuthFile, AuthKeys, CertificateFile, KeyFile, UserFile};
use crate::file::read::Entry;
use crate::file::yaml::Scalar;
use crate::model::{Auth, KeyPlace, OAuth2, UsernameToken};

impl Compiler<'_> {
    pub(super) fn auth(&mut self, key: &Place, file: &AuthFile) -> Vec<Auth> {
        let keys = match file {
            AuthFile::Caller(_) => return vec![Auth::Caller],
            AuthFile::Keys(keys) => keys,
        };
        if keys.written().is_empty() && !keys.faulty {
            self.error_help(
                116,
                key,
                "`auth` says not how",
                "write `{basic: {user, password}}`, `{bearer: ${TOKEN}}` …",
            );
        }
        let mut auth = Vec::new();
        auth.extend(
            self.user(keys.basic.as_ref())
                .map(|(user, password)| Auth::Basic { user, password }),
        );
        auth.extend(
            self.user(keys.digest.as_ref())
                .map(|(user, password)| Auth::Digest { user, password }),
        );
        if let Some(bearer) = &keys.bearer {
            auth.extend(self.password(&bearer.value).map(Auth::Bearer));
        }
        for (place, entry) in [
            (KeyPlace::Header, &keys.header),
            (KeyPlace::Query, &keys.query),
            (KeyPlace::Cookie, &keys.cookie),
        ] {
            auth.extend(self.fixed_key(place, entry.as_ref()));
        }
        auth.extend(self.oauth2(keys));
        auth.extend(self.username_token(keys));
        auth.extend(
            self.certificate(keys.certificate.as_ref())
                .map(|(file, private_key)| Auth::Certificate { file, private_key }),
        );
        auth.extend(
            self.certificate(keys.signature.as_ref())
                .map(|(file, private_key)| Auth::Signature { file, private_key }),
        );
        if keys
            .caller
            .as_ref()
            .is_some_and(|caller| caller.value.value)
        {
            auth.push(Auth::Caller);
        }
        auth
    }

    /// A key that must stand in a map; that it is missing is told.
    fn wanted<'e>(
        &mut self,
        place: &Place,
        faulty: bool,
        name: &str,
        entry: Option<&'e Entry<Scalar>>,
    ) -> Option<&'e Scalar> {
        if entry.is_none() && !faulty {
            self.error(116, place, format!("`{name}` is missing here"));
        }
        entry.map(|entry| &entry.value)
    }

    fn user(&mut self, entry: Option<&Entry<UserFile>>) -> Option<(String, String)> {
        let Entry { key, value } = entry?;
        let user = self.wanted(key, value.faulty, "user", value.user.as_ref());
        let password = self.wanted(key, value.faulty, "password", value.password.as_ref());
        let user = self.expanded(user?);
        let password = self.password(password?);
        Some((user?, password?))
    }

    fn fixed_key(&mut self, place: KeyPlace, entry: Option<&Entry<KeyFile>>) -> Option<Auth> {
        let Entry { key, value } = entry?;
        let name = self.wanted(key, value.faulty, "name", value.name.as_ref());
        let secret = self.wanted(key, value.faulty, "value", value.value.as_ref());
        let (name, secret) = (name?, secret?);
        if place != KeyPlace::Query && !self.header_name(name) {
            return None;
        }
        let value = self.password(secret)?;
        if !self.header_text(&value, &secret.place) {
            return None;
        }
        Some(Auth::Key {
            place,
            name: name.text.to_string(),
            value,
        })
    }

    fn oauth2(&mut self, keys: &AuthKeys) -> Option<Auth> {
        let Entry { key, value } = keys.oauth2.as_ref()?;
        let url = self.wanted(key, value.faulty, "token-url", value.token_url.as_ref());
        let client = self.wanted(key, value.faulty, "client", value.client.as_ref());
        let secret = self.wanted(key, value.faulty, "secret", value.secret.as_ref());
        let url = url?;
        let token_url = self.expanded(url)?;
        if !token_url.starts_with("https://") && !token_url.starts_with("http://") {
            self.error_help(
                210,
                &url.place,
                "this is no address of a service",
                "write `https://host/token`",
            );
            return None;
        }
        let client = self.expanded(client?);
        let secret = self.password(secret?);
        let refresh = match &value.refresh_token {
            Some(token) => Some(self.password(&token.value)?),
            None => None,
        };
        let audience = match &value.audience {
            Some(audience) => Some(self.expanded(&audience.value)?),
            None => None,
        };
        Some(Auth::OAuth2(OAuth2 {
            token_url,
            client: client?,
            secret: secret?,
            scopes: value
                .scopes
                .iter()
                .flat_map(|scopes| &scopes.value.0)
                .map(|scope| scope.text.to_string())
                .collect(),
            audience,
            refresh,
        }))
    }

    fn username_token(&mut self, keys: &AuthKeys) -> Option<Auth> {
        let Entry { key, value } = keys.username_token.as_ref()?;
        let user = self.wanted(key, value.faulty, "user", value.user.as_ref());
        let password = self.wanted(key, value.faulty, "password", value.password.as_ref());
        let user = self.expanded(user?);
        let password = self.password(password?);
        self.time(value.timestamp.as_ref());
        let digest = value.digest.as_ref().is_some_and(|word| word.value.value);
        Some(Auth::UsernameToken(UsernameToken {
            user: user?,
            password: password?,
            digest,
            nonce: value.nonce.as_ref().map_or(digest, |word| word.value.value),
            created: value
                .created
                .as_ref()
                .map_or(digest, |word| word.value.value),
            timestamp: value.timestamp.as_ref().map(|time| time.value.value),
        }))
    }

    fn certificate(
        &mut self,
        entry: Option<&Entry<CertificateFile>>,
    ) -> Option<(std::sync::Arc<str>, String)> {
        let Entry { key, value } = entry?;
        let file = self.wanted(key, value.faulty, "file", value.file.as_ref());
        let private = self.wanted(key, value.faulty, "private-key", value.private_key.as_ref());
        let file = file?;
        let private = self.password(private?)?;
        self.downward(file, &file.text)
            .then(|| (std::sync::Arc::clone(&file.text), private))
    }
}
