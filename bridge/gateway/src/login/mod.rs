//! Who a caller is: by name and password, or by a token, from whatever `login` names.
//!
//! 1. [`identity`]: the logins in their order, what was right a moment ago, and how often anybody may guess.
//! 2. `hash`: passwords and their hashes. Hashing is slow by intention, so it runs beside the calls, few at once.
//! 3. `found`: what a database or a service says of a caller.
//! 4. `token`: tokens that another server signs; `keyset`: its keys.

mod argon;
mod found;
mod hash;
mod keyset;
mod token;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Weak};
use std::time::Duration;

use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::model::{Login, OldHashes, Operation, ServiceLogin, SqlLogin, User};
use footbridge_mapping::units::Rate;
use footbridge_remoting::{Fault, fault};
use footbridge_traffic::Credentials;
use quick_cache::sync::Cache;
use ring::hmac;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use self::found::Found;
use self::keyset::KeySets;
use crate::live::Live;
use crate::run::{Broken, Client, Identity, Kept};

/// What was right a moment ago, how much is hashed at once, and the keys of other servers.
#[derive(Debug)]
pub(crate) struct Known {
    right: Cache<[u8; 32], Right>,
    at_once: Arc<Semaphore>,
    waiting: AtomicUsize,
    key_sets: KeySets,
}

/// A name and password that were right.
#[derive(Clone, Debug)]
struct Right {
    since: Instant,
    by: By,
    identity: Identity,
}

/// What has said that a name and a password are right.
#[derive(Clone, Debug)]
enum By {
    /// The hash that they fitted, wherever it stands.
    Hash(Arc<str>),
    /// A function of the database, or a service: it alone knows whether they still are. Of another mapping it is another one.
    Asked(Weak<Operation>),
}

impl Right {
    /// Whether they fitted this hash.
    fn fitted(&self, hash: &str) -> bool {
        matches!(&self.by, By::Hash(known) if **known == *hash)
    }

    /// Whether this operation has said so, a moment ago.
    fn said(&self, operation: &Arc<Operation>) -> bool {
        let since = self.since.elapsed();
        matches!(&self.by, By::Asked(asked) if Weak::as_ptr(asked) == Arc::as_ptr(operation))
            && since < REMEMBERED_OF_SERVICES
    }
}

impl Default for Known {
    fn default() -> Self {
        Self {
            right: Cache::new(10_000),
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: AtomicUsize::new(0),
            key_sets: KeySets::default(),
        }
    }
}

/// Who this is: the first login that knows it says so.
///
/// # Errors
/// `Client.Authentication` for whoever is not known so; `Client.TooManyCalls` for too many that were wrong; what keeps a login
/// from answering, where no other one knows the caller.
pub(crate) async fn identity(
    live: &Arc<Live>,
    kept: &Arc<Kept>,
    client: &Client,
    said: &Credentials,
) -> Result<Identity, Fault> {
    match said {
        Credentials::Token(token) => by_token(live, kept, client, token).await,
        Credentials::Password { user, password } => {
            let asking = Asking {
                live,
                kept,
                client,
                name: user,
                password,
            };
            asking.identity().await
        }
    }
}

/// The user whom a proxy names that is believed: with what `users` and `sql` say of the name, else under its name alone.
///
/// # Errors
/// A database that does not answer.
pub(crate) async fn named(
    live: &Arc<Live>,
    kept: &Arc<Kept>,
    client: &Client,
    name: &str,
) -> Result<Identity, Fault> {
    for login in &live.mapping.gateway.login {
        match login {
            Login::Users(users) => {
                if let Some(user) = users.iter().find(|user| *user.name == *name) {
                    return Ok(identity_of(user));
                }
            }
            Login::Sql(sql) if !sql.compares => {
                let found = found::row(live, kept, client, sql, (name, ""));
                let found = found.await.map_err(|broken| broken.fault)?;
                if let Some(found) = found {
                    return Ok(found.identity);
                }
            }
            Login::Sql(_) | Login::Call(_) | Login::Jwt(_) => {}
        }
    }
    Ok(identity_of(&User {
        name: name.into(),
        hash: Arc::default(),
        roles: Arc::default(),
    }))
}

/// Whether any login takes tokens; where none does, `Authorization: Bearer` is for others.
pub(crate) fn takes_tokens(live: &Live) -> bool {
    let logins = &live.mapping.gateway.login;
    logins.iter().any(|login| matches!(login, Login::Jwt(_)))
}

async fn by_token(
    live: &Arc<Live>,
    kept: &Arc<Kept>,
    client: &Client,
    token: &str,
) -> Result<Identity, Fault> {
    let known = signed(live, kept, client, token).await;
    let unknown = || Fault::new(fault::AUTHENTICATION, "the token does not count here");
    known
        .and_then(|known| known.ok_or_else(unknown))
        .inspect_err(|_| {
            audit(client, "token", fault::AUTHENTICATION);
        })
}

/// Who a token says its bearer is, if it counts for any login.
///
/// # Errors
/// Keys that are not to be had, where it counts for no other login.
async fn signed(
    live: &Arc<Live>,
    kept: &Arc<Kept>,
    client: &Client,
    token: &str,
) -> Result<Option<Identity>, Fault> {
    let mut broken = None;
    for login in &live.mapping.gateway.login {
        let Login::Jwt(jwt) = login else { continue };
        match token::identity(jwt, &kept.known.key_sets, token).await {
            Ok(identity) => return Ok(Some(identity)),
            Err(token::Refused::Wrong(why)) => {
                tracing::debug!(why, address = &*client.address, "a token was refused");
            }
            Err(token::Refused::Broken(fault)) => broken = Some(fault),
        }
    }
    broken.map_or(Ok(None), Err)
}

/// A name and a password, and who asks.
struct Asking<'a> {
    live: &'a Arc<Live>,
    kept: &'a Arc<Kept>,
    client: &'a Client,
    name: &'a str,
    password: &'a str,
}

impl Asking<'_> {
    async fn identity(&self) -> Result<Identity, Fault> {
        let mut broken = None;
        // Clients that cannot set a header give a token in place of the password, some with every packet. Nobody guesses a
        // signature, so one that counts is no attempt.
        if token::is_one(self.password) {
            match signed(self.live, self.kept, self.client, self.password).await {
                Ok(Some(identity)) => {
                    audit(self.client, self.name, "ok");
                    return Ok(identity);
                }
                Ok(None) => {}
                Err(fault) => broken = Some(fault),
            }
        }
        let digest = digest(self.name, self.password);
        let right = self
            .kept
            .known
            .right
            .get(&digest)
            .filter(|right| right.since.elapsed() < REMEMBERED);
        if right.is_none() {
            self.may_guess()?;
        }
        let mut hashed = false;
        let mut asked = false;
        for login in &self.live.mapping.gateway.login {
            let known = match login {
                Login::Users(users) => {
                    let user = users.iter().find(|user| *user.name == *self.name);
                    let known = user.map(|user| Found {
                        identity: identity_of(user),
                        hash: Some(Arc::clone(&user.hash)),
                        salt: None,
                    });
                    self.fits(known, None, right.as_ref(), &mut hashed).await
                }
                Login::Sql(sql) => self.in_database(sql, right.as_ref(), &mut hashed).await,
                Login::Call(service) => {
                    let said = right
                        .as_ref()
                        .filter(|right| right.said(&service.operation));
                    if let Some(right) = said {
                        return Ok(right.identity.clone());
                    }
                    self.of_service(service).await
                }
                // Asked already, if it is a token.
                Login::Jwt(_) => continue,
            };
            match known {
                Ok(Some((identity, by))) => {
                    let again = match (&by, &right) {
                        (By::Hash(hash), Some(right)) => right.fitted(hash),
                        (By::Hash(_), None) | (By::Asked(_), _) => false,
                    };
                    if !again {
                        audit(self.client, self.name, "ok");
                        let right = Right {
                            since: Instant::now(),
                            by,
                            identity: identity.clone(),
                        };
                        self.kept.known.right.insert(digest, right);
                    }
                    return Ok(identity);
                }
                Ok(None) => asked = true,
                Err(silent) => {
                    asked |= silent.asked;
                    broken = Some(silent.fault);
                }
            }
        }
        if !hashed {
            // For names that nobody has the work is the same, so that its time tells nothing.
            let verified = self.verified(None, None, None).await;
            let _ = verified.map_err(|broken| broken.fault)?;
        }
        self.kept.known.right.remove(&digest);
        if right.is_none() && broken.is_some() && !asked {
            // It was counted, and nobody has looked at it, so it was no guess. Whoever has answered, however that was, may have.
            self.counts_not();
        }
        let refused =
            broken.unwrap_or_else(|| Fault::new(fault::AUTHENTICATION, "wrong name or password"));
        audit(self.client, self.name, &refused.code);
        Err(refused)
    }

    /// Whom a service knows.
    async fn of_service(&self, service: &ServiceLogin) -> Result<Option<(Identity, By)>, Broken> {
        let said = (self.name, self.password);
        let known = found::answer(self.live, self.kept, self.client, service, said).await?;
        let by = || By::Asked(Arc::downgrade(&service.operation));
        Ok(known.map(|identity| (identity, by())))
    }

    /// A row of a database, and a new hash for it where its own is old.
    async fn in_database(
        &self,
        sql: &SqlLogin,
        right: Option<&Right>,
        hashed: &mut bool,
    ) -> Result<Option<(Identity, By)>, Broken> {
        let said = (self.name, self.password);
        let found = found::row(self.live, self.kept, self.client, sql, said).await?;
        if let Some(Found {
            identity,
            hash: None,
            ..
        }) = found
        {
            let by = || By::Asked(Arc::downgrade(&sql.operation));
            return Ok(sql.compares.then(|| (identity, by())));
        }
        let known = self.fits(found, sql.old, right, hashed).await?;
        if let (Some((_, By::Hash(hash))), Some(rehash)) = (&known, &sql.rehash)
            && !hash.starts_with("$argon2")
            // What did not come true is not tried again with each packet of the same client.
            && right.is_none_or(|right| !right.fitted(hash))
        {
            let (live, kept) = (Arc::clone(self.live), Arc::clone(self.kept));
            let (client, rehash) = (self.client.clone(), Arc::clone(rehash));
            let (name, password) = (self.name.to_owned(), self.password.to_owned());
            tokio::spawn(async move {
                let permit = Arc::clone(&kept.known.at_once).acquire_owned().await;
                let hash = tokio::task::spawn_blocking(move || {
                    let _permit = permit;
                    hash::made(&password)
                });
                if let Ok(Some(hash)) = hash.await {
                    found::rehashed(&live, &kept, &client, &rehash, (&name, &hash)).await;
                }
            });
        }
        Ok(known)
    }

    /// Who it is, if the password fits.
    async fn fits(
        &self,
        found: Option<Found>,
        old: Option<OldHashes>,
        right: Option<&Right>,
        hashed: &mut bool,
    ) -> Result<Option<(Identity, By)>, Broken> {
        let Some(Found {
            identity,
            hash: Some(hash),
            salt,
        }) = found
        else {
            return Ok(None);
        };
        if right.is_some_and(|right| right.fitted(&hash)) {
            return Ok(Some((identity, By::Hash(hash))));
        }
        *hashed = true;
        let fits = self.verified(Some(Arc::clone(&hash)), salt, old).await?;
        Ok(fits.then_some((identity, By::Hash(hash))))
    }

    /// Whether the password has this hash, or that of nobody. It is found out beside the calls; of too many that wait the next is
    /// refused.
    async fn verified(
        &self,
        hash: Option<Arc<str>>,
        salt: Option<Arc<str>>,
        old: Option<OldHashes>,
    ) -> Result<bool, Broken> {
        let known = &self.kept.known;
        let waiting = Waiting::begin(&known.waiting).ok_or_else(too_many_wait)?;
        let permit = Arc::clone(&known.at_once).acquire_owned().await;
        drop(waiting);
        let permit = permit.map_err(|_| too_many_wait())?;
        let password = self.password.to_owned();
        let verified = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            // Nobody's is made by the first who needs it, which takes as long again.
            let hash = hash.unwrap_or_else(|| Arc::clone(&NOBODY));
            hash::fits(&hash, salt.as_deref(), old, &password)
        });
        Ok(verified.await.unwrap_or(false))
    }

    /// Guessing is limited by address and by name.
    fn may_guess(&self) -> Result<(), Fault> {
        let rates = &self.kept.rates;
        let (from, of) = self.counted();
        if rates.admits(&from, OF_AN_ADDRESS) && rates.admits(&of, OF_A_NAME) {
            return Ok(());
        }
        audit(self.client, self.name, fault::TOO_MANY_CALLS);
        Err(too_many())
    }

    /// Takes back what [`Asking::may_guess`] counted.
    fn counts_not(&self) {
        let (from, of) = self.counted();
        self.kept.rates.take_back(&from, OF_AN_ADDRESS);
        self.kept.rates.take_back(&of, OF_A_NAME);
    }

    /// By what attempts are counted.
    fn counted(&self) -> (String, String) {
        // What is longer is nobody's name, and would be kept here for long.
        let name = &self.name[..self.name.floor_char_boundary(LONGEST_NAME)];
        (
            format!("login from {}", self.client.address),
            format!("login as {name}"),
        )
    }
}

/// One who waits for a place to hash.
struct Waiting<'w>(&'w AtomicUsize);

impl<'w> Waiting<'w> {
    fn begin(count: &'w AtomicUsize) -> Option<Self> {
        let waiting = Self(count);
        (count.fetch_add(1, Ordering::Relaxed) < MOST_WAITING).then_some(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn too_many() -> Fault {
    Fault::new(
        fault::TOO_MANY_CALLS,
        "there were too many attempts to log in",
    )
}

/// Too many passwords are hashed: nobody looks at this one.
fn too_many_wait() -> Broken {
    Broken {
        fault: too_many(),
        asked: false,
    }
}

fn audit(client: &Client, who: &str, outcome: &str) {
    let who = &who[..who.floor_char_boundary(LONGEST_NAME)];
    tracing::info!(target: "audit", who, address = &*client.address, outcome, "login");
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

/// A hash that fits no password that anybody has.
static NOBODY: LazyLock<Arc<str>> = LazyLock::new(|| {
    let nobody = uuid::Uuid::new_v4().to_string();
    hash::made(&nobody).map_or_else(|| Arc::from(""), Arc::from)
});

/// Each takes a core and 19 MiB.
const AT_ONCE: usize = 2;

/// About three seconds of hashing; a client behind so many has given up.
const MOST_WAITING: usize = 100;

/// Clients that send name and password with every packet would else cost a hash each time.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);

/// A service is asked again after this, for it alone knows who may still log in.
const REMEMBERED_OF_SERVICES: Duration = Duration::from_secs(60);

/// Bytes of a name that are logged, and by which attempts are counted.
const LONGEST_NAME: usize = 120;

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
