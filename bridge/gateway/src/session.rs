//! Sessions in this process: known by a cookie or by the Flex header `DSId`, both the same identifier.
//!
//! Only identifiers that were made here are sessions; what a client invents is as good as none, so nobody can fix
//! another's session beforehand. A session is made when there is something to keep, never for a mere call.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use footbridge_mapping::data::Record;
use tokio::time::Instant;
use uuid::Uuid;

use crate::run::Identity;
use crate::run::caller::Jars;

/// The name of the cookie.
pub const COOKIE: &str = "footbridge";

/// One client's state between its calls.
#[derive(Debug)]
pub struct Session {
    /// A random UUID in upper case: 122 bits that nobody can guess.
    pub id: Arc<str>,
    /// Whether the client reads small messages, as it announced by a ping.
    pub small_messages: AtomicBool,
    identity: Identity,
    values: Mutex<Record>,
    /// Other identifiers of this session: that of a Flex client, which keeps the one it was given first.
    also: Mutex<Vec<Arc<str>>>,
    /// Cookies of backends, which no client sees.
    jars: Arc<Jars>,
    began: Instant,
    used: Mutex<Instant>,
}

/// All sessions of this process, bounded in number and in time.
#[derive(Debug, Default)]
pub struct Sessions {
    by_id: Mutex<HashMap<Arc<str>, Arc<Session>>>,
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Without a call.
    pub idle: Duration,
    /// In any case.
    pub longest: Duration,
}

impl Sessions {
    /// No sessions.
    pub fn new() -> Self {
        Self::default()
    }

    /// The session of this identifier, if it lives; this counts as use.
    pub fn find(&self, id: &str, lifetime: Lifetime) -> Option<Arc<Session>> {
        let mut sessions = lock(&self.by_id);
        let session = Arc::clone(sessions.get(id)?);
        let now = Instant::now();
        if session.has_ended(lifetime, now) {
            sessions.remove(id);
            return None;
        }
        *lock(&session.used) = now;
        Some(session)
    }

    /// Begins a stranger's session.
    pub fn begin(&self, lifetime: Lifetime) -> Arc<Session> {
        let session = Session::new(Identity::default());
        self.adopt(&session, None, lifetime);
        session
    }

    /// Puts a new session in the place of an old one, which ends. An identifier by which a Flex client knows the old one leads to
    /// the new one: such clients keep the first that they were given.
    pub fn adopt(&self, session: &Arc<Session>, before: Option<&Session>, lifetime: Lifetime) {
        let mut sessions = lock(&self.by_id);
        if sessions.len() >= MOST {
            make_room(&mut sessions, lifetime, Instant::now());
        }
        if let Some(before) = before {
            sessions.remove(&before.id);
            let names = lock(&before.also).clone();
            for name in &names {
                sessions.insert(Arc::clone(name), Arc::clone(session));
            }
            *lock(&session.also) = names;
        }
        sessions.insert(Arc::clone(&session.id), Arc::clone(session));
    }

    /// Ends a session, if it exists.
    pub fn end(&self, id: &str) {
        let mut sessions = lock(&self.by_id);
        if let Some(session) = sessions.remove(id) {
            sessions.remove(&session.id);
            for name in lock(&session.also).iter() {
                sessions.remove(name);
            }
        }
    }

    /// How many sessions there are, ended ones not yet swept included.
    pub fn len(&self) -> usize {
        lock(&self.by_id).len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes what has ended.
    pub fn sweep(&self, lifetime: Lifetime) {
        let now = Instant::now();
        lock(&self.by_id).retain(|_, session| !session.has_ended(lifetime, now));
    }
}

impl Session {
    /// A session that nobody can find yet.
    pub fn new(identity: Identity) -> Arc<Self> {
        Self::with(identity, Arc::default())
    }

    /// The same, with cookies that backends have given already.
    pub(crate) fn with(identity: Identity, jars: Arc<Jars>) -> Arc<Self> {
        let now = Instant::now();
        Arc::new(Self {
            id: Uuid::new_v4()
                .hyphenated()
                .encode_upper(&mut Uuid::encode_buffer())
                .into(),
            small_messages: AtomicBool::new(false),
            identity,
            values: Mutex::default(),
            also: Mutex::default(),
            jars,
            began: now,
            used: Mutex::new(now),
        })
    }

    /// Cookies that backends gave this session.
    pub(crate) fn jars(&self) -> &Arc<Jars> {
        &self.jars
    }

    /// Who has logged in here.
    pub fn identity(&self) -> Identity {
        self.identity.clone()
    }

    /// What is remembered.
    pub fn values(&self) -> Record {
        lock(&self.values).clone()
    }

    /// Keeps values under their names, in place of those that were there.
    pub fn remember(&self, values: &Record) {
        let members = values.members.clone();
        lock(&self.values).members.extend(members);
    }

    /// A Flex client was given this session's identifier, and will keep it.
    pub fn is_named(&self) {
        let mut also = lock(&self.also);
        if also.is_empty() {
            also.push(Arc::clone(&self.id));
        }
    }

    /// Whether small messages may be sent to this client.
    pub fn reads_small_messages(&self) -> bool {
        self.small_messages.load(Ordering::Relaxed)
    }

    fn has_ended(&self, lifetime: Lifetime, now: Instant) -> bool {
        let used = *lock(&self.used);
        now.duration_since(used) >= lifetime.idle
            || now.duration_since(self.began) >= lifetime.longest
    }
}

/// Removes what has ended; if that is not enough a tenth goes: strangers first, then whoever was away longest. A tenth, so
/// that the work is done once in many times.
fn make_room(sessions: &mut HashMap<Arc<str>, Arc<Session>>, lifetime: Lifetime, now: Instant) {
    sessions.retain(|_, session| !session.has_ended(lifetime, now));
    let tenth = MOST / 10;
    if sessions.len() <= MOST - tenth {
        return;
    }
    let mut order: Vec<_> = sessions
        .values()
        .map(|session| {
            (
                session.identity().members.is_some(),
                *lock(&session.used),
                Arc::clone(&session.id),
            )
        })
        .collect();
    order.sort_unstable();
    for (_, _, id) in order.into_iter().take(tenth) {
        sessions.remove(&id);
    }
}

/// A poisoned lock is only a panic elsewhere: what it guards is whole after each statement.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// About 50 MB of sessions that hold nothing.
const MOST: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: Lifetime = Lifetime {
        idle: Duration::from_secs(60),
        longest: Duration::from_secs(150),
    };

    #[tokio::test(start_paused = true)]
    async fn a_session_ends_when_nobody_uses_it() {
        let sessions = Sessions::new();
        let id = sessions.begin(LIFETIME).id.clone();
        tokio::time::advance(Duration::from_secs(59)).await;
        assert!(sessions.find(&id, LIFETIME).is_some());
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(sessions.find(&id, LIFETIME).is_none());
        assert!(sessions.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_ends_at_its_longest_however_it_is_used() {
        let sessions = Sessions::new();
        let id = sessions.begin(LIFETIME).id.clone();
        for _ in 0..2 {
            tokio::time::advance(Duration::from_secs(50)).await;
            assert!(sessions.find(&id, LIFETIME).is_some());
        }
        tokio::time::advance(Duration::from_secs(50)).await;
        assert!(sessions.find(&id, LIFETIME).is_none());
    }

    #[tokio::test]
    async fn what_a_client_invents_is_no_session() {
        let sessions = Sessions::new();
        assert!(
            sessions
                .find("7B3C1F50-0000-4000-8000-0000000000A1", LIFETIME)
                .is_none()
        );
        assert!(sessions.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn there_are_never_more_than_most_and_the_idlest_go() {
        let sessions = Sessions::new();
        let first = sessions.begin(LIFETIME);
        tokio::time::advance(Duration::from_secs(1)).await;
        for _ in 1..=MOST {
            sessions.begin(LIFETIME);
        }
        assert!(sessions.len() <= MOST);
        assert!(sessions.find(&first.id, LIFETIME).is_none());
    }
}
