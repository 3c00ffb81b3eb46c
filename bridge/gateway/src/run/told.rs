//! What the caller proved by who it is, or gave for one backend's sake: told to backends with `auth: caller`, and to nobody else.

use std::fmt;

use footbridge_mapping::data::Data;
use footbridge_mapping::model::{Auth, Mapping};
use footbridge_traffic::Credentials;
use ring::hmac;

use crate::login;
use crate::session::Session;

/// The credentials of one call. What it holds is never shown.
#[derive(Clone, Default)]
pub struct Told {
    /// What a Flex client gave for this destination by `setRemoteCredentials`.
    pub(crate) remote: Option<Credentials>,
    /// The name and password, or the token, that came with the call's packet.
    pub(crate) own: Option<Credentials>,
}

impl fmt::Debug for Told {
    /// Only whether there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Told")
            .field("remote", &self.remote.is_some())
            .field("own", &self.own.is_some())
            .finish()
    }
}

impl Told {
    /// Tells apart calls that tell backends different things.
    pub(super) fn key(&self, session: Option<&Session>) -> Data {
        let kept = session.and_then(|session| session.kept(OWN));
        let of = |said: &Option<Credentials>| said.as_ref().map(to_bytes).unwrap_or_default();
        let parts = [
            of(&self.remote),
            of(&self.own),
            kept.map(|kept| kept.to_vec()).unwrap_or_default(),
        ];
        if parts.iter().all(Vec::is_empty) {
            return Data::Null;
        }
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(part);
        }
        Data::Bytes(hmac::sign(login::key(), &bytes).as_ref().into())
    }
}

/// Whether a backend of this mapping is told who calls, so that passwords are kept in sessions at all.
pub(crate) fn is_asked_for(mapping: &Mapping) -> bool {
    mapping.gateway.backends.values().any(|backend| {
        backend
            .http()
            .is_some_and(|http| http.traffic.auth.contains(&Auth::Caller))
    })
}

/// Keeps in a session what its caller logged in with.
pub(crate) fn keep(session: &Session, said: &Credentials) {
    session.keep(OWN, Some(to_bytes(said)));
}

/// What a session keeps of its caller's login.
pub(super) fn kept(session: &Session) -> Option<Credentials> {
    of_bytes(&session.kept(OWN)?)
}

/// Keeps what a client gave for a destination; nothing takes it away.
pub(crate) fn keep_remote(session: &Session, destination: &str, said: Option<&Credentials>) {
    session.keep(&format!("{REMOTE}{destination}"), said.map(to_bytes));
}

/// What a client gave for a destination.
pub(crate) fn kept_remote(session: &Session, destination: &str) -> Option<Credentials> {
    of_bytes(&session.kept(&format!("{REMOTE}{destination}"))?)
}

/// Notes of a session.
const OWN: &str = "caller";
const REMOTE: &str = "remote of ";

/// `t` and a token; `p`, the length of the name, the name and the password.
fn to_bytes(said: &Credentials) -> Vec<u8> {
    match said {
        Credentials::Token(token) => [b"t", token.as_bytes()].concat(),
        Credentials::Password { user, password } => [
            b"p",
            &(user.len() as u64).to_le_bytes()[..],
            user.as_bytes(),
            password.as_bytes(),
        ]
        .concat(),
    }
}

fn of_bytes(bytes: &[u8]) -> Option<Credentials> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    match bytes.split_first()? {
        (b't', token) => Some(Credentials::Token(text(token)?)),
        (b'p', rest) => {
            let (length, rest) = rest.split_first_chunk::<8>()?;
            let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
            let (user, password) = rest.split_at_checked(length)?;
            Some(Credentials::Password {
                user: text(user)?,
                password: text(password)?,
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Client, Identity};

    fn password(user: &str, password: &str) -> Credentials {
        Credentials::Password {
            user: user.to_owned(),
            password: password.to_owned(),
        }
    }

    #[test]
    fn what_is_kept_comes_back() {
        let session = Session::new(Identity::default(), &Client::default());
        for said in [
            password("ann:x", "pä:ss"),
            Credentials::Token("a.b".to_owned()),
        ] {
            keep(&session, &said);
            assert!(kept(&session) == Some(said));
        }
        keep_remote(&session, "Orders", Some(&password("bo", "")));
        assert!(kept_remote(&session, "Orders") == Some(password("bo", "")));
        assert!(kept_remote(&session, "Rates").is_none());
        keep_remote(&session, "Orders", None);
        assert!(kept_remote(&session, "Orders").is_none());
    }

    #[test]
    fn callers_of_different_passwords_have_different_keys() {
        let told = |said: Option<Credentials>| Told {
            remote: None,
            own: said,
        };
        let ann = told(Some(password("a", "nn"))).key(None);
        assert_ne!(ann, told(Some(password("an", "n"))).key(None));
        assert_ne!(ann, told(None).key(None));
        assert_eq!(ann, told(Some(password("a", "nn"))).key(None));
        assert_eq!(
            format!("{:?}", told(Some(password("a", "nn")))),
            "Told { remote: false, own: true }"
        );
    }
}
