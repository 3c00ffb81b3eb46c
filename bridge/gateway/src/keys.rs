//! The gateway's keys: what it gives to clients or to a shared store, and later believes, is sealed with them.
//!
//! A sealed text is base64url of
//!
//! ```text
//! version 1 | salt, 16 random bytes | AES-256-GCM of the content, with its tag
//! ```
//!
//! The key of each text is HKDF-SHA-256 (RFC 5869) of the secret, the purpose and the salt, so that no key is used twice and a
//! text that was sealed for one purpose opens for no other.

use arc_swap::ArcSwap;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use footbridge_mapping::model::{Carrier, Mapping, Secret};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Prk, Salt};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use crate::run::pageable;

/// What seals and opens. The first key of `keys` seals, all open; without any, one that was made at start does both.
pub struct Keys {
    /// Made at start. What it sealed before there were `keys` is opened still.
    own: Prk,
    said: ArcSwap<Vec<Prk>>,
    random: SystemRandom,
}

impl Keys {
    /// A key that only this process knows, and no others yet.
    pub fn new() -> Self {
        let random = SystemRandom::new();
        let mut secret = [0; 32];
        random
            .fill(&mut secret)
            .expect("a system without random numbers has no TLS and no sessions either");
        Self {
            own: extracted(&secret),
            said: ArcSwap::default(),
            random,
        }
    }

    /// Puts other `keys` in place of those that were said before; one that is no longer said opens nothing from now on.
    pub fn replace(&self, secrets: &[Secret]) {
        let said = secrets
            .iter()
            .map(|secret| extracted(secret.bytes()))
            .collect();
        self.said.store(std::sync::Arc::new(said));
    }

    /// A text, safe in URLs, from which nobody without the keys learns anything but the length of `content`.
    pub fn seal(&self, purpose: &str, content: &[u8]) -> String {
        let mut salt = [0; SALT];
        self.random
            .fill(&mut salt)
            .expect("random numbers were there at start");
        let said = self.said.load();
        let key = key(said.first().unwrap_or(&self.own), purpose, &salt);
        let mut sealed = Vec::with_capacity(1 + SALT + content.len() + AES_256_GCM.tag_len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&salt);
        let mut body = content.to_vec();
        // The key is of this text alone, so the nonce need not differ.
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key([0; 12]),
            Aad::empty(),
            &mut body,
        )
        .expect("texts are far shorter than the 64 GiB that AES-GCM takes");
        sealed.append(&mut body);
        BASE64URL.encode(sealed)
    }

    /// A proof, safe in URLs, that `content` was marked for this purpose here. It hides nothing.
    pub fn mark(&self, purpose: &str, content: &[u8]) -> String {
        let said = self.said.load();
        let key = marking(said.first().unwrap_or(&self.own), purpose);
        BASE64URL.encode(hmac::sign(&key, content))
    }

    /// Whether `mark` proves that `content` was marked for this purpose with one of the keys.
    pub fn is_marked(&self, purpose: &str, content: &[u8], mark: &str) -> bool {
        let Ok(mark) = BASE64URL.decode(mark) else {
            return false;
        };
        let said = self.said.load();
        said.iter()
            .chain([&self.own])
            .any(|secret| hmac::verify(&marking(secret, purpose), content, &mark).is_ok())
    }

    /// The content, if `sealed` was sealed for this purpose with one of the keys.
    pub fn open(&self, purpose: &str, sealed: &str) -> Option<Vec<u8>> {
        let bytes = BASE64URL.decode(sealed).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (salt, body) = rest.split_at_checked(SALT)?;
        if *version != VERSION {
            return None;
        }
        let said = self.said.load();
        said.iter().chain([&self.own]).find_map(|secret| {
            let mut body = body.to_vec();
            let content = key(secret, purpose, salt)
                .open_in_place(
                    Nonce::assume_unique_for_key([0; 12]),
                    Aad::empty(),
                    &mut body,
                )
                .ok()?;
            Some(content.to_vec())
        })
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Keys {
    /// Without them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

/// Says what ends with this process, and what no other gateway takes, where a mapping has no `keys`; nothing new is not said again.
pub(crate) fn warn_if_missing(mapping: &Mapping, before: Option<&Mapping>) {
    let lost = lost(mapping);
    if lost.is_empty() || before.is_some_and(|before| self::lost(before) == lost) {
        return;
    }
    tracing::warn!(
        "the gateway has no `keys`, so it made one, which ends with this process and which no other gateway has: {}",
        lost.join("; ")
    );
}

/// What is worth nothing under other keys.
fn lost(mapping: &Mapping) -> Vec<&'static str> {
    let gateway = &mapping.gateway;
    if !gateway.keys.is_empty() {
        return Vec::new();
    }
    let mut lost = Vec::new();
    let mut operations = (mapping.services.iter()).flat_map(|service| service.operations.values());
    if operations.any(|operation| pageable::makes_ids(operation)) {
        lost.push("record sets that clients have begun to read cannot be read on");
    }
    if gateway.sessions.takes(Carrier::DsId) {
        lost.push(
            "the `DSId` of a Flex or Royale client proves nothing, so without cookies it must be loaded again before it can log in",
        );
    }
    if gateway.sessions.store.is_some() {
        lost.push("sessions in the database open to nobody");
    }
    lost
}

fn extracted(secret: &[u8]) -> Prk {
    Salt::new(HKDF_SHA256, b"footbridge keys").extract(secret)
}

fn marking(secret: &Prk, purpose: &str) -> hmac::Key {
    // No salt is as short: the same secret gives other keys for sealing.
    let info = [b"mark ", purpose.as_bytes()];
    secret
        .expand(&info, hmac::HMAC_SHA256)
        .expect("HKDF-SHA-256 gives up to 8,160 bytes, and the key has 32")
        .into()
}

fn key(secret: &Prk, purpose: &str, salt: &[u8]) -> LessSafeKey {
    let info = [purpose.as_bytes(), salt];
    let okm = secret
        .expand(&info, &AES_256_GCM)
        .expect("HKDF-SHA-256 gives up to 8,160 bytes, and the key has 32");
    LessSafeKey::new(UnboundKey::from(okm))
}

const VERSION: u8 = 1;
const SALT: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(texts: &[&str]) -> Vec<Secret> {
        texts.iter().map(|text| Secret::new(*text)).collect()
    }

    #[test]
    fn what_was_sealed_is_opened_for_its_purpose_alone() {
        let keys = Keys::new();
        let sealed = keys.seal("page", b"content");
        assert_eq!(keys.open("page", &sealed).as_deref(), Some(&b"content"[..]));
        assert_eq!(keys.open("session", &sealed), None);
        assert_eq!(Keys::new().open("page", &sealed), None, "another process");
        assert_ne!(keys.seal("page", b"content"), sealed);
    }

    #[test]
    fn the_first_seals_and_all_open() {
        let (old, new) = ("the older of two secrets", "the newer of two secrets");
        let keys = Keys::new();
        let before_any = keys.seal("page", b"0");
        keys.replace(&secrets(&[old]));
        let by_old = keys.seal("page", b"1");
        keys.replace(&secrets(&[new, old]));
        let by_new = keys.seal("page", b"2");
        for (sealed, content) in [(&before_any, b"0"), (&by_old, b"1"), (&by_new, b"2")] {
            assert_eq!(keys.open("page", sealed).as_deref(), Some(&content[..]));
        }
        let other = Keys::new();
        other.replace(&secrets(&[new]));
        assert_eq!(other.open("page", &by_new).as_deref(), Some(&b"2"[..]));
        assert_eq!(other.open("page", &by_old), None);
        keys.replace(&secrets(&[new]));
        assert_eq!(
            keys.open("page", &by_old),
            None,
            "a key that was taken away"
        );
    }

    #[test]
    fn whatever_was_changed_is_not_opened() {
        let keys = Keys::new();
        let sealed = keys.seal("page", b"content");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(keys.open("page", &changed), None, "byte {at}");
        }
        for end in 0..sealed.len() {
            assert_eq!(keys.open("page", &sealed[..end]), None);
        }
    }
}
