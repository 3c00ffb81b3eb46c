//! What Flex clients are given as `DSId`: an identifier of their session, and a proof that it was given here.
//!
//! ```text
//! UUID "." HMAC-SHA-256 of it and the site, in base64url
//! ```
//!
//! A client of Flex or Royale keeps the first `DSId` that it gets as long as it runs, and takes no other. Without the proof it would
//! never have a session again, once that one has ended: after a logout, after a pause, when the gateway was started anew.

use std::sync::Arc;

use super::Session;
use super::state::identifier_made;
use crate::keys::Keys;
use crate::run::Client;

/// The `DSId` of a session, for the client with which it began.
pub(crate) fn of(session: &Session, keys: &Keys) -> String {
    marked(&session.id, session, keys)
}

/// A `DSId` that leads nowhere yet, for a client of the session's site.
pub(crate) fn another(session: &Session, keys: &Keys) -> String {
    marked(&identifier_made(), session, keys)
}

fn marked(id: &str, session: &Session, keys: &Keys) -> String {
    let mark = keys.mark(PURPOSE, &content(id, session.site()));
    format!("{id}.{mark}")
}

/// The identifier in a `DSId`.
pub(crate) fn identifier(ds_id: &str) -> &str {
    ds_id.split_once('.').map_or(ds_id, |(id, _)| id)
}

/// The identifier, if it was given here to a client of this site: then it may lead to that client's next session.
pub(crate) fn proven(ds_id: &str, client: &Client, keys: &Keys) -> Option<Arc<str>> {
    let (id, mark) = ds_id.split_once('.')?;
    let content = content(id, client.site.as_ref());
    keys.is_marked(PURPOSE, &content, mark).then(|| id.into())
}

fn content(id: &str, site: Option<&Arc<str>>) -> Vec<u8> {
    format!("{id}\n{}", site.map_or("", |site| site)).into_bytes()
}

const PURPOSE: &str = "DSId";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Identity;

    fn client(site: Option<&str>) -> Client {
        Client {
            site: site.map(Arc::from),
            ..Client::default()
        }
    }

    #[test]
    fn only_what_was_given_here_to_this_site_is_proven() {
        let keys = Keys::new();
        let own = client(Some("https://a.example"));
        let session = Session::new(Identity::default(), &own);
        let given = of(&session, &keys);
        assert_eq!(identifier(&given), &*session.id);
        assert_eq!(proven(&given, &own, &keys), Some(Arc::clone(&session.id)));
        for stranger in [client(None), client(Some("https://b.example"))] {
            assert_eq!(proven(&given, &stranger, &keys), None);
        }
        assert_eq!(proven(&given, &own, &Keys::new()), None);
        assert_eq!(proven(&session.id, &own, &keys), None);
        let other = Session::new(Identity::default(), &own);
        let (_, mark) = given.split_once('.').unwrap();
        assert_eq!(proven(&format!("{}.{mark}", other.id), &own, &keys), None);
    }
}
