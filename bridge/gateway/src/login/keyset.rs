//! Public keys of servers that sign tokens: JSON Web Key Sets (RFC 7517), from a file or fetched.
//!
//! A fetched set is asked for again after a while, and when a token names a key that is not in it, but never often: whoever sends
//! tokens with invented keys makes nobody else work.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use footbridge_mapping::model::Backend;
use footbridge_remoting::{Fault, fault};
use footbridge_traffic::{Client, Request, Target};
use http::Method;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use tokio::time::Instant;

/// The keys of one server.
#[derive(Debug, Default)]
pub(super) struct Keys(Vec<Key>);

#[derive(Debug)]
pub(super) struct Key {
    id: Option<String>,
    /// `alg`, where the key says that it is for one alone.
    algorithm: Option<String>,
    material: Material,
}

#[derive(Debug)]
enum Material {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// A point on P-256, uncompressed.
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

/// A key of a set, as far as it is one that verifies.
#[derive(Deserialize)]
struct Written {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    kid: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Keys {
    /// The keys that can be used; others, of kinds that are unknown or secret, are passed over.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let set: Set = serde_json::from_slice(bytes).ok()?;
        let keys = set
            .keys
            .into_iter()
            .take(MOST_KEYS)
            .filter_map(|key| serde_json::from_value(key).ok())
            .filter_map(Key::of)
            .collect();
        Some(Self(keys))
    }

    /// Those of an identifier, else all that have none to be told apart by.
    pub(super) fn of(&self, id: Option<&str>) -> impl Iterator<Item = &Key> {
        self.0.iter().filter(move |key| match (id, &key.id) {
            (Some(wanted), Some(id)) => wanted == id,
            (Some(_) | None, None) | (None, Some(_)) => true,
        })
    }
}

impl Key {
    fn of(written: Written) -> Option<Self> {
        if written.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return None;
        }
        let bytes = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_ref()?).ok();
        let point = |length: usize| {
            let (x, y) = (bytes(&written.x)?, bytes(&written.y)?);
            (x.len() == length && y.len() == length).then(|| [&[4][..], &x, &y].concat())
        };
        let material = match (&*written.kty, written.crv.as_deref()) {
            ("RSA", _) => Material::Rsa {
                modulus: bytes(&written.n)?,
                exponent: bytes(&written.e)?,
            },
            ("EC", Some("P-256")) => Material::P256(point(32)?),
            ("EC", Some("P-384")) => Material::P384(point(48)?),
            ("OKP", Some("Ed25519")) => Material::Ed25519(bytes(&written.x)?),
            _ => return None,
        };
        Some(Self {
            id: written.kid,
            algorithm: written.alg,
            material,
        })
    }

    /// Whether this key has signed so. Each kind of key has its own algorithms, whatever a token says.
    pub(super) fn verify(&self, algorithm: &str, signed: &[u8], signature: &[u8]) -> bool {
        if self
            .algorithm
            .as_deref()
            .is_some_and(|own| own != algorithm)
        {
            return false;
        }
        let rsa = match algorithm {
            "RS256" => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
            "RS384" => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
            "RS512" => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
            "PS256" => Some(&signature::RSA_PSS_2048_8192_SHA256),
            "PS384" => Some(&signature::RSA_PSS_2048_8192_SHA384),
            "PS512" => Some(&signature::RSA_PSS_2048_8192_SHA512),
            _ => None,
        };
        match (&self.material, rsa) {
            (Material::Rsa { modulus, exponent }, Some(rsa)) => RsaPublicKeyComponents {
                n: modulus,
                e: exponent,
            }
            .verify(rsa, signed, signature)
            .is_ok(),
            (Material::P256(point), None) if algorithm == "ES256" => {
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
                    .verify(signed, signature)
                    .is_ok()
            }
            (Material::P384(point), None) if algorithm == "ES384" => {
                UnparsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, point)
                    .verify(signed, signature)
                    .is_ok()
            }
            (Material::Ed25519(point), None) if matches!(algorithm, "EdDSA" | "Ed25519") => {
                UnparsedPublicKey::new(&signature::ED25519, point)
                    .verify(signed, signature)
                    .is_ok()
            }
            (
                Material::Rsa { .. } | Material::P256(_) | Material::P384(_) | Material::Ed25519(_),
                _,
            ) => false,
        }
    }
}

/// The sets that logins name.
#[derive(Debug, Default)]
pub(super) struct KeySets(
    Mutex<HashMap<Arc<str>, Arc<Fetched>>>,
    Mutex<HashMap<Arc<str>, Arc<Keys>>>,
);

/// A set that is fetched. One fetches, the others wait for it.
#[derive(Debug)]
struct Fetched {
    client: Client,
    state: tokio::sync::Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    keys: Option<(Instant, Arc<Keys>)>,
    tried: Option<Instant>,
}

impl KeySets {
    /// The keys of a file's text, read once.
    pub(super) fn of_text(&self, text: &Arc<str>) -> Arc<Keys> {
        let mut read = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = read.get(text) {
            return Arc::clone(keys);
        }
        // Those of mappings that are gone.
        if read.len() >= MOST_SETS {
            read.clear();
        }
        let keys = Arc::new(Keys::read(text.as_bytes()).unwrap_or_default());
        read.insert(Arc::clone(text), Arc::clone(&keys));
        keys
    }

    /// The keys of an address; `anew` where a token names one that is not among them.
    ///
    /// # Errors
    /// `Server.Unavailable` where there are none.
    pub(super) async fn of(&self, backend: &Arc<Backend>, anew: bool) -> Result<Arc<Keys>, Fault> {
        let unavailable = || Fault::new(fault::UNAVAILABLE, "the keys of tokens cannot be had now");
        let fetched = self.fetched(backend).ok_or_else(unavailable)?;
        let mut state = fetched.state.lock().await;
        let now = Instant::now();
        let pause = |tried: Instant| now < tried + PAUSE;
        let enough = match &state.keys {
            Some((since, _)) => now < *since + FRESH && !anew,
            None => false,
        };
        if !enough && !state.tried.is_some_and(pause) {
            // The first set is no attempt to find a key that is missing.
            state.tried = state.keys.is_some().then_some(now);
            match fetched.fetch(now + PATIENCE).await {
                Ok(keys) => state.keys = Some((now, Arc::new(keys))),
                Err(why) => {
                    state.tried = Some(now);
                    tracing::warn!(
                        from = &*backend.name,
                        why,
                        "keys of tokens cannot be fetched"
                    );
                }
            }
        }
        match &state.keys {
            Some((since, keys)) if now < *since + STALE => Ok(Arc::clone(keys)),
            Some(_) | None => Err(unavailable()),
        }
    }

    fn fetched(&self, backend: &Arc<Backend>) -> Option<Arc<Fetched>> {
        let url = backend.http()?.url.clone()?;
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = sets.get(&url) {
            return Some(Arc::clone(known));
        }
        if sets.len() >= MOST_SETS {
            sets.clear();
        }
        let client = Client::new(backend, None, Path::new("."))
            .inspect_err(|error| tracing::error!(%error, "the address of keys is none"))
            .ok()?;
        let fetched = Arc::new(Fetched {
            client,
            state: tokio::sync::Mutex::default(),
        });
        sets.insert(url, Arc::clone(&fetched));
        Some(fetched)
    }
}

impl Fetched {
    async fn fetch(&self, deadline: Instant) -> Result<Keys, String> {
        let request = Request::new(Method::GET, Target::Address);
        let reply = self
            .client
            .send(&request, deadline)
            .await
            .map_err(|refusal| refusal.to_string())?;
        if reply.status != 200 {
            return Err(format!("the answer is {}", reply.status));
        }
        Keys::read(&reply.body).ok_or_else(|| "the answer is no key set".to_owned())
    }
}

/// Keys of one set; servers have two or three.
const MOST_KEYS: usize = 64;

/// Sets of one mapping.
const MOST_SETS: usize = 64;

/// A set is good for so long.
const FRESH: Duration = Duration::from_secs(10 * 60);

/// And so long while it cannot be fetched anew.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// It is not asked for more often than this.
const PAUSE: Duration = Duration::from_secs(30);

/// A login waits no longer for it.
const PATIENCE: Duration = Duration::from_secs(5);
