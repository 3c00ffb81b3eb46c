//! A session as bytes, for the table of a database; and how two gateways' changes to one session come together.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use footbridge_mapping::data::{Data, Record, stored};
use indexmap::IndexMap;

use super::state::Session;
use crate::run::Identity;

/// What the database has of a session.
#[derive(Debug)]
pub(super) struct Written {
    /// Raised by each change.
    pub(super) version: i64,
    /// What could change.
    pub(super) parts: Parts,
}

/// What can change in a session, each part for itself: `value NAME`, `cookies BACKEND`, `note NAME`, `names`, `small`.
pub(super) type Parts = IndexMap<Arc<str>, Data>;

impl Session {
    /// What can change in it.
    pub(super) fn parts(&self) -> Parts {
        let mut parts = Parts::new();
        for (name, value) in self.values().members {
            parts.insert(format!("{VALUE}{name}").into(), value);
        }
        for (backend, cookies) in self.jars().to_bytes() {
            parts.insert(
                format!("{COOKIES}{backend}").into(),
                Data::Bytes(cookies.into()),
            );
        }
        for (name, bytes) in self.notes() {
            parts.insert(format!("{NOTE}{name}").into(), Data::Bytes(bytes));
        }
        if let Some(name) = self.also() {
            parts.insert(NAMES.into(), Data::List([Data::Text(name)].into()));
        }
        if self.reads_small_messages() {
            parts.insert(SMALL.into(), Data::Bool(true));
        }
        parts
    }

    /// Puts parts into it, beside those that it has.
    pub(super) fn take_parts(&self, parts: &Parts) {
        let mut values = Record::default();
        for (key, part) in parts {
            if let Some(name) = key.strip_prefix(VALUE) {
                values.members.insert(name.into(), part.clone());
            } else if let (Some(backend), Data::Bytes(bytes)) = (key.strip_prefix(COOKIES), part) {
                self.jars().put(backend.into(), bytes);
            } else if let (Some(name), Data::Bytes(bytes)) = (key.strip_prefix(NOTE), part) {
                self.keep(name, Some(bytes.to_vec()));
            } else if let (NAMES, Data::List(names)) = (&**key, part) {
                self.take_name(names.iter().find_map(|name| match name {
                    Data::Text(name) => Some(Arc::clone(name)),
                    _ => None,
                }));
            } else if &**key == SMALL {
                self.small_messages.store(true, Ordering::Relaxed);
            }
        }
        self.remember(&values);
    }

    /// It and these parts as bytes; `None` where a value has no form outside of this process.
    pub(super) fn to_bytes(&self, parts: &Parts) -> Option<Vec<u8>> {
        let text = |text: Option<&Arc<str>>| text.cloned().map_or(Data::Null, Data::Text);
        let identity = self.identity().members.map_or(Data::Null, Data::Object);
        let parts = Record {
            alias: None,
            members: parts.clone(),
        };
        stored::write(&[
            text(Some(&self.id)),
            identity,
            text(self.site()),
            Data::Object(Arc::new(parts)),
        ])
    }

    /// The session that [`Session::to_bytes`] wrote, as of a version.
    pub(super) fn of_bytes(bytes: &[u8], version: i64) -> Option<Self> {
        let values = stored::read(bytes)?;
        let [Data::Text(id), identity, site, Data::Object(parts)] = &*values else {
            return None;
        };
        let identity = Identity {
            members: match identity {
                Data::Object(members) => Some(Arc::clone(members)),
                _ => None,
            },
        };
        let site = match site {
            Data::Text(site) => Some(Arc::clone(site)),
            _ => None,
        };
        let session = Self::under(Arc::clone(id), identity, site, Arc::default());
        session.take_parts(&parts.members);
        // As they are now, so that what has no other form than its own is found unchanged.
        let parts = session.parts();
        *super::state::lock(&session.written) = Some(Written { version, parts });
        Some(session)
    }
}

impl Session {
    /// Puts what came of two changes in place of one of them.
    pub(super) fn settle(&self, ours: &Parts, all: &Parts) {
        for key in ours.keys().filter(|key| !all.contains_key(*key)) {
            if let Some(name) = key.strip_prefix(NOTE) {
                self.keep(name, None);
            }
        }
        self.take_parts(all);
    }
}

/// What comes of a session that two have changed since it was `before`: of each part ours where we changed it, else theirs.
pub(super) fn merged(before: &Parts, ours: &Parts, theirs: &Parts) -> Parts {
    let mut all = theirs.clone();
    for (key, part) in ours {
        if before.get(key) != Some(part) {
            all.insert(Arc::clone(key), part.clone());
        }
    }
    for key in before.keys() {
        if !ours.contains_key(key) {
            all.shift_remove(key);
        }
    }
    all
}

const VALUE: &str = "value ";
const COOKIES: &str = "cookies ";
const NOTE: &str = "note ";
const NAMES: &str = "names";
const SMALL: &str = "small";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Client;

    fn record(members: &[(&str, &str)]) -> Record {
        Record {
            alias: None,
            members: members
                .iter()
                .map(|(name, value)| (Arc::from(*name), Data::text(*value)))
                .collect(),
        }
    }

    fn parts(members: &[(&str, &str)]) -> Parts {
        record(members).members
    }

    #[test]
    fn a_session_comes_back_as_it_was() {
        let identity = Identity {
            members: Some(Arc::new(record(&[("id", "7")]))),
        };
        let session = Session::new(
            identity,
            &Client {
                site: Some("https://a.example".into()),
                ..Client::default()
            },
        );
        session.remember(&record(&[("colour", "red")]));
        session.keep("page", Some(vec![1, 2]));
        session.take_name(Some("also".into()));
        session.small_messages.store(true, Ordering::Relaxed);
        let bytes = session.to_bytes(&session.parts()).expect("it has a form");
        let back = Session::of_bytes(&bytes, 3).expect("it is one");
        assert_eq!(back.id, session.id);
        assert_eq!(back.identity(), session.identity());
        assert_eq!(back.site(), session.site());
        assert_eq!(back.parts(), session.parts());
        assert_eq!(back.parts().len(), 4);
        assert!(Session::of_bytes(&bytes[..bytes.len() - 1], 3).is_none());
    }

    #[test]
    fn of_two_changes_to_one_session_both_count() {
        let before = parts(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let ours = parts(&[("a", "2"), ("b", "1"), ("d", "ours")]);
        let theirs = parts(&[("a", "1"), ("b", "3"), ("c", "1"), ("e", "theirs")]);
        let all = parts(&[("a", "2"), ("b", "3"), ("e", "theirs"), ("d", "ours")]);
        assert_eq!(merged(&before, &ours, &theirs), all);
    }
}
