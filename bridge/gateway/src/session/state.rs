//! One client's state between its calls.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use footbridge_mapping::data::Record;
use indexmap::IndexMap;
use tokio::time::Instant;
use uuid::Uuid;

use super::sealed::Written;
use super::store::Lifetime;
use crate::run::caller::Jars;
use crate::run::{Client, Identity};

/// One client's state between its calls. From a database it is a copy for the calls of one packet, which
/// [`Store::save`](super::Store::save) brings back.
#[derive(Debug)]
pub struct Session {
    /// A random UUID in upper case: 122 bits that nobody can guess.
    pub id: Arc<str>,
    /// Whether the client reads small messages, as it announced by a ping.
    pub small_messages: AtomicBool,
    identity: Identity,
    /// The origin of the page that it was given to, if that is of another site than the gateway.
    site: Option<Arc<str>>,
    values: Mutex<Record>,
    /// What the gateway itself keeps here, by name.
    notes: Mutex<IndexMap<Arc<str>, Arc<[u8]>>>,
    /// The one other identifier of this session: that of a Flex client, which keeps the one it was given first.
    also: Mutex<Option<Arc<str>>>,
    /// Cookies of backends, which no client sees.
    jars: Arc<Jars>,
    /// Nobody finds it any more.
    ended: AtomicBool,
    began: Instant,
    used: Mutex<Instant>,
    /// What the database has of it.
    pub(super) written: Mutex<Option<Written>>,
}

impl Session {
    /// A session that nobody can find yet.
    pub fn new(identity: Identity, client: &Client) -> Arc<Self> {
        Self::with(identity, client, Arc::default())
    }

    /// The same, with cookies that backends have given already.
    pub(crate) fn with(identity: Identity, client: &Client, jars: Arc<Jars>) -> Arc<Self> {
        let session = Self::under(identifier_made(), identity, client.site.clone(), jars);
        session.take_name(client.ds_id.get().cloned());
        Arc::new(session)
    }

    /// A session under an identifier that was made before.
    pub(super) fn under(
        id: Arc<str>,
        identity: Identity,
        site: Option<Arc<str>>,
        jars: Arc<Jars>,
    ) -> Self {
        let now = Instant::now();
        Self {
            id,
            small_messages: AtomicBool::new(false),
            identity,
            site,
            values: Mutex::default(),
            notes: Mutex::default(),
            also: Mutex::default(),
            jars,
            ended: AtomicBool::new(false),
            began: now,
            used: Mutex::new(now),
            written: Mutex::default(),
        }
    }

    /// Cookies that backends gave this session.
    pub(crate) fn jars(&self) -> &Arc<Jars> {
        &self.jars
    }

    /// Who has logged in here.
    pub fn identity(&self) -> Identity {
        self.identity.clone()
    }

    /// Whether somebody has logged in here.
    pub fn is_signed_in(&self) -> bool {
        self.identity.members.is_some()
    }

    /// The origin of the page that it was given to, if that is of another site than the gateway.
    pub fn site(&self) -> Option<&Arc<str>> {
        self.site.as_ref()
    }

    /// Whether its identifier counts when a page of `site` sends it as a `DSId`. Other sites' pages say who they are in the
    /// header `Origin`; who says nothing is no page of a browser, or one of the gateway's own site.
    pub fn is_of(&self, site: Option<&Arc<str>>) -> bool {
        site.is_none() || site == self.site.as_ref()
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

    /// Keeps bytes of the gateway's own under a name, or no more. Of too many, or too much, the oldest go.
    pub fn keep(&self, name: &str, bytes: Option<Vec<u8>>) {
        let mut notes = lock(&self.notes);
        notes.shift_remove(name);
        if let Some(bytes) = bytes.filter(|bytes| name.len() + bytes.len() <= MOST_BYTES) {
            notes.insert(name.into(), bytes.into());
        }
        let total = |notes: &IndexMap<Arc<str>, Arc<[u8]>>| {
            let weights = notes.iter().map(|(name, bytes)| name.len() + bytes.len());
            weights.sum::<usize>()
        };
        while notes.len() > MOST_NOTES || total(&notes) > MOST_BYTES {
            notes.shift_remove_index(0);
        }
    }

    /// What is kept under a name.
    pub fn kept(&self, name: &str) -> Option<Arc<[u8]>> {
        lock(&self.notes).get(name).cloned()
    }

    /// All that is kept, in the order in which it came.
    pub(super) fn notes(&self) -> IndexMap<Arc<str>, Arc<[u8]>> {
        lock(&self.notes).clone()
    }

    /// Whether this is an identifier of it.
    pub(crate) fn is_known_as(&self, id: &str) -> bool {
        *self.id == *id || lock(&self.also).as_deref() == Some(id)
    }

    /// The identifier by which a Flex client knows it.
    pub(super) fn also(&self) -> Option<Arc<str>> {
        lock(&self.also).clone()
    }

    pub(super) fn take_name(&self, name: Option<Arc<str>>) {
        *lock(&self.also) = name;
    }

    /// Whether small messages may be sent to this client.
    pub fn reads_small_messages(&self) -> bool {
        self.small_messages.load(Ordering::Relaxed)
    }

    /// Whether it was ended, or another has taken its place.
    pub fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    pub(super) fn touch(&self, now: Instant) {
        *lock(&self.used) = now;
    }

    pub(super) fn used(&self) -> Instant {
        *lock(&self.used)
    }

    pub(super) fn is_over(&self, lifetime: Lifetime, now: Instant) -> bool {
        now.duration_since(self.used()) >= lifetime.idle
            || now.duration_since(self.began) >= lifetime.longest
    }
}

/// A poisoned lock is only a panic elsewhere: what it guards is whole after each statement.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes of one session.
const MOST_NOTES: usize = 64;

/// Bytes of the notes of one session, with their names.
const MOST_BYTES: usize = 256 << 10;

/// A new identifier: a random UUID in upper case.
pub(super) fn identifier_made() -> Arc<str> {
    Uuid::new_v4()
        .hyphenated()
        .encode_upper(&mut Uuid::encode_buffer())
        .to_owned()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_notes_the_oldest_go() {
        let session = Session::new(Identity::default(), &Client::default());
        for at in 0..=MOST_NOTES {
            session.keep(&at.to_string(), Some(vec![0; 10]));
        }
        assert_eq!(session.kept("0"), None);
        assert_eq!(session.kept("1").as_deref(), Some(&[0; 10][..]));
        session.keep("large", Some(vec![1; MOST_BYTES - "large".len()]));
        assert_eq!(session.notes().len(), 1);
        session.keep(&"n".repeat(MOST_BYTES), Some(vec![1]));
        assert_eq!(session.notes().len(), 1);
        session.keep("larger", Some(vec![1; MOST_BYTES + 1]));
        assert_eq!(session.kept("larger"), None);
        session.keep("large", None);
        assert!(session.notes().is_empty());
    }

    #[test]
    fn a_session_given_to_one_site_is_not_that_of_another() {
        let site = |name: &str| Some(Arc::from(name));
        let client = Client {
            site: site("https://a.example"),
            ..Client::default()
        };
        let given = Session::new(Identity::default(), &client);
        assert!(given.is_of(site("https://a.example").as_ref()));
        assert!(given.is_of(None));
        assert!(!given.is_of(site("https://b.example").as_ref()));
        let own = Session::new(Identity::default(), &Client::default());
        assert!(!own.is_of(site("https://b.example").as_ref()));
    }
}
