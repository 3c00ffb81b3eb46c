//! Who calls, as backends over HTTP are told: cookies of the session, and the caller's own token.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use footbridge_mapping::data::Data;
use footbridge_mapping::model::Backend;
use footbridge_traffic::{CookieJar, Credentials};

use super::scope::Frame;
use super::told;

/// The cookies that backends gave one session, by backend.
#[derive(Debug, Default)]
pub(crate) struct Jars(Mutex<HashMap<Arc<str>, Arc<CookieJar>>>);

impl Jars {
    fn of(&self, backend: &Backend) -> Arc<CookieJar> {
        let mut jars = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(jars.entry(Arc::clone(&backend.name)).or_default())
    }

    /// Each backend's cookies as bytes, by the backends' names.
    pub(crate) fn to_bytes(&self) -> BTreeMap<Arc<str>, Vec<u8>> {
        let jars = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        jars.iter()
            .map(|(backend, jar)| (Arc::clone(backend), jar.to_bytes()))
            .collect()
    }

    /// Puts what another gateway has kept for this session in place of a backend's cookies.
    pub(crate) fn put(&self, backend: Arc<str>, bytes: &[u8]) {
        let mut jars = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        jars.insert(backend, Arc::new(CookieJar::of_bytes(bytes)));
    }
}

impl Frame<'_> {
    /// The cookies of the caller's session for a backend. A login begins with none, and takes with it into the new session
    /// what it is given. What may be cached for others has none.
    pub(super) fn cookies(&self, backend: &Backend) -> Option<Arc<CookieJar>> {
        let context = self.context;
        let rules = &self.operation.rules;
        if rules.cache.is_some() || context.signing.is_for_all() {
            return None;
        }
        let signs_in = rules
            .signs
            .as_ref()
            .is_some_and(|signs| signs.login.is_some());
        match context.session.as_ref().filter(|_| !signs_in) {
            Some(session) => Some(session.jars().of(backend)),
            None => Some(context.signing.jars().of(backend)),
        }
    }

    /// The caller's own credentials, for `auth: caller`: those that the client gave for this destination, else the `token` of
    /// the identity, else the name and password or the token that the caller logged in with.
    pub(super) fn credentials(&self) -> Option<Credentials> {
        let context = self.context;
        if let Some(remote) = &context.told.remote {
            return Some(remote.clone());
        }
        if let Data::Text(token) = context.identity_root().member("token").plain() {
            return Some(Credentials::Token(token.to_string()));
        }
        let own = context.told.own.clone();
        own.or_else(|| told::kept(context.session.as_ref()?))
    }
}
