//! Names and passwords: of setCredentials, of Flex's login, of HTTP Basic.
//!
//! Hashing is slow by intention, so it runs beside the calls, few at once, and what was right a moment ago is remembered as a
//! keyed digest. Guessing is limited by address and by name.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::model::{Login, User};
use footbridge_mapping::units::Rate;
use footbridge_remoting::{Fault, fault};
use footbridge_traffic::Credentials;
use quick_cache::sync::Cache;
use ring::hmac;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::live::Live;
use crate::run::{Client, Identity, Kept};

/// What was right a moment ago, and how much is hashed at once.
#[derive(Debug)]
pub(crate) struct Known {
    right: Cache<[u8; 32], Right>,
    at_once: Arc<Semaphore>,
}

/// A name and password that were right.
#[derive(Clone, Debug)]
struct Right {
    since: Instant,
    hash: Arc<str>,
    identity: Identity,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            right: Cache::new(10_000),
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

/// Who this is.
///
/// # Errors
/// `Client.Authentication` for whoever is not known so; `Client.TooManyCalls` for too many that were wrong.
pub(crate) async fn identity(
    live: &Live,
    kept: &Kept,
    client: &Client,
    said: &Credentials,
) -> Result<Identity, Fault> {
    let Credentials::Password {
        user: name,
        password,
    } = said
    else {
        return Err(Fault::new(fault::AUTHENTICATION, "the token is not known"));
    };
    let digest = digest(name, password);
    if let Some(right) = kept.known.right.get(&digest)
        && right.since.elapsed() < REMEMBERED
        && let Some(user) = user(live, name)
        && user.hash == right.hash
        && right.identity == identity_of(user)
    {
        return Ok(right.identity);
    }
    let too_many = || {
        Fault::new(
            fault::TOO_MANY_CALLS,
            "there were too many attempts to log in",
        )
    };
    let from = format!("login from {}", client.address);
    if !kept.rates.admits(&from, OF_AN_ADDRESS)
        || !kept.rates.admits(&format!("login as {name}"), OF_A_NAME)
    {
        tracing::info!(target: "audit", who = cut(name), address = &*client.address, outcome = fault::TOO_MANY_CALLS, "login");
        return Err(too_many());
    }
    let user = user(live, name);
    // For names that nobody has the work is the same, so that its time tells nothing.
    let hash = user.map_or_else(|| Arc::clone(&NOBODY), |user| Arc::clone(&user.hash));
    let secret = password.clone();
    let Ok(permit) = Arc::clone(&kept.known.at_once).acquire_owned().await else {
        return Err(too_many());
    };
    let verified = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        PasswordHash::new(&hash).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(secret.as_bytes(), &hash)
                .is_ok()
        })
    });
    let right = verified.await.unwrap_or(false);
    let outcome = if right && user.is_some() {
        "ok"
    } else {
        fault::AUTHENTICATION
    };
    tracing::info!(target: "audit", who = cut(name), address = &*client.address, outcome, "login");
    let Some(user) = user.filter(|_| right) else {
        return Err(Fault::new(fault::AUTHENTICATION, "wrong name or password"));
    };
    let identity = identity_of(user);
    let right = Right {
        since: Instant::now(),
        hash: Arc::clone(&user.hash),
        identity: identity.clone(),
    };
    kept.known.right.insert(digest, right);
    Ok(identity)
}

fn user<'l>(live: &'l Live, name: &str) -> Option<&'l User> {
    live.mapping.gateway.login.iter().find_map(|login| {
        let Login::Users(users) = login;
        users.iter().find(|user| *user.name == *name)
    })
}

fn identity_of(user: &User) -> Identity {
    let roles = user.roles.iter().map(|role| Data::Text(Arc::clone(role)));
    let mut record = Record::default();
    let name = Data::Text(Arc::clone(&user.name));
    record.members.insert("id".into(), name.clone());
    record.members.insert("name".into(), name);
    record
        .members
        .insert("roles".into(), Data::List(roles.collect()));
    Identity {
        members: Some(Arc::new(record)),
    }
}

/// A key of this process: digests under it are of no use elsewhere.
pub(crate) fn key() -> &'static hmac::Key {
    static KEY: LazyLock<hmac::Key> = LazyLock::new(|| {
        let random = [
            uuid::Uuid::new_v4().into_bytes(),
            uuid::Uuid::new_v4().into_bytes(),
        ]
        .concat();
        hmac::Key::new(hmac::HMAC_SHA256, &random)
    });
    &KEY
}

fn digest(name: &str, password: &str) -> [u8; 32] {
    let text = format!("{}:{name}{password}", name.len());
    let mut digest = [0; 32];
    digest.copy_from_slice(hmac::sign(key(), text.as_bytes()).as_ref());
    digest
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(120)]
}

/// A hash that fits no password that anybody has.
static NOBODY: LazyLock<Arc<str>> = LazyLock::new(|| {
    use argon2::password_hash::PasswordHasher;
    Argon2::default()
        .hash_password(uuid::Uuid::new_v4().as_bytes())
        .map_or_else(|_| Arc::from(""), |hash| hash.to_string().into())
});

/// Each takes a core and 19 MiB.
const AT_ONCE: usize = 2;

/// Clients that send name and password with every packet would else cost a hash each time.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);

/// Offices and schools share an address.
const OF_AN_ADDRESS: Rate = Rate {
    count: 60,
    per: Duration::from_secs(60),
};

/// People mistype.
const OF_A_NAME: Rate = Rate {
    count: 10,
    per: Duration::from_secs(60),
};
