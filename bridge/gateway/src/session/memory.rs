//! Sessions in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::time::Instant;

use super::state::{Session, lock};
use super::store::Lifetime;

/// All sessions of this process, bounded in number and in time.
#[derive(Debug, Default)]
pub(super) struct Memory {
    by_id: Mutex<HashMap<Arc<str>, Arc<Session>>>,
}

impl Memory {
    /// The session of this identifier, if it lives; this counts as use.
    pub(super) fn find(&self, id: &str, lifetime: Lifetime) -> Option<Arc<Session>> {
        let mut sessions = lock(&self.by_id);
        let session = Arc::clone(sessions.get(id)?);
        let now = Instant::now();
        if session.is_over(lifetime, now) {
            sessions.remove(id);
            session.end();
            return None;
        }
        session.touch(now);
        Some(session)
    }

    /// Puts a new session in the place of an old one, which ends with all its names: others may know them. That which the client
    /// itself has said is one of the new session's.
    pub(super) fn adopt(
        &self,
        session: &Arc<Session>,
        before: Option<&Session>,
        lifetime: Lifetime,
    ) {
        let mut sessions = lock(&self.by_id);
        if sessions.len() >= MOST {
            make_room(&mut sessions, lifetime, Instant::now());
        }
        if let Some(before) = before {
            before.end();
            forget(&mut sessions, before);
        }
        if let Some(name) = session.also() {
            sessions.insert(name, Arc::clone(session));
        }
        sessions.insert(Arc::clone(&session.id), Arc::clone(session));
    }

    /// Ends a session.
    pub(super) fn end(&self, session: &Session) {
        let mut sessions = lock(&self.by_id);
        session.end();
        forget(&mut sessions, session);
    }

    /// How many sessions there are, ended ones not yet swept included.
    pub(super) fn len(&self) -> usize {
        lock(&self.by_id).len()
    }

    /// Removes what has ended.
    pub(super) fn sweep(&self, lifetime: Lifetime) {
        let now = Instant::now();
        lock(&self.by_id).retain(|_, session| !session.is_over(lifetime, now));
    }
}

/// Removes a session that has ended, with its names, of which some may lead to another by now.
fn forget(sessions: &mut HashMap<Arc<str>, Arc<Session>>, session: &Session) {
    for name in session.also().iter().chain([&session.id]) {
        if sessions.get(name).is_some_and(|known| known.is_ended()) {
            sessions.remove(name);
        }
    }
}

/// Removes what has ended; if that is not enough a tenth goes: strangers first, then whoever was away longest. A tenth, so
/// that the work is done once in many times.
fn make_room(sessions: &mut HashMap<Arc<str>, Arc<Session>>, lifetime: Lifetime, now: Instant) {
    sessions.retain(|_, session| !session.is_over(lifetime, now));
    let tenth = MOST / 10;
    if sessions.len() <= MOST - tenth {
        return;
    }
    let mut order: Vec<_> = sessions
        .iter()
        .map(|(name, session)| (session.is_signed_in(), session.used(), Arc::clone(name)))
        .collect();
    order.sort_unstable();
    // Each name by itself: one by which a Flex client knows a session is an entry like its identifier.
    for (_, _, name) in order.into_iter().take(tenth) {
        sessions.remove(&name);
    }
}

/// About 50 MB of sessions that hold nothing.
pub(super) const MOST: usize = 100_000;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::run::{Client, Identity};

    const LIFETIME: Lifetime = Lifetime {
        idle: Duration::from_secs(60),
        longest: Duration::from_secs(150),
    };

    fn begun(sessions: &Memory) -> Arc<Session> {
        let session = Session::new(Identity::default(), &Client::default());
        sessions.adopt(&session, None, LIFETIME);
        session
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_ends_when_nobody_uses_it() {
        let sessions = Memory::default();
        let id = begun(&sessions).id.clone();
        tokio::time::advance(Duration::from_secs(59)).await;
        assert!(sessions.find(&id, LIFETIME).is_some());
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(sessions.find(&id, LIFETIME).is_none());
        assert_eq!(sessions.len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_ends_at_its_longest_however_it_is_used() {
        let sessions = Memory::default();
        let id = begun(&sessions).id.clone();
        for _ in 0..2 {
            tokio::time::advance(Duration::from_secs(50)).await;
            assert!(sessions.find(&id, LIFETIME).is_some());
        }
        tokio::time::advance(Duration::from_secs(50)).await;
        assert!(sessions.find(&id, LIFETIME).is_none());
    }

    #[tokio::test]
    async fn what_a_client_invents_is_no_session() {
        let sessions = Memory::default();
        assert!(
            sessions
                .find("7B3C1F50-0000-4000-8000-0000000000A1", LIFETIME)
                .is_none()
        );
        assert_eq!(sessions.len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn there_are_never_more_than_most_and_the_idlest_go() {
        let sessions = Memory::default();
        let first = begun(&sessions);
        tokio::time::advance(Duration::from_secs(1)).await;
        for _ in 1..=MOST {
            begun(&sessions);
        }
        assert!(sessions.len() <= MOST);
        assert!(sessions.find(&first.id, LIFETIME).is_none());
    }

    #[tokio::test]
    async fn sessions_under_names_of_earlier_ones_are_never_more_than_most_either() {
        let sessions = Memory::default();
        for _ in 0..MOST {
            let client = Client::default();
            let ended = Session::new(Identity::default(), &client);
            let _ = client.ds_id.set(Arc::clone(&ended.id));
            let session = Session::new(Identity::default(), &client);
            sessions.adopt(&session, None, LIFETIME);
        }
        // The last has two names.
        assert!(sessions.len() <= MOST + 1);
    }
}
