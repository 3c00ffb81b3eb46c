//! The id of a record set: all that is needed to go on with it, sealed, so that nothing is kept for it and any gateway with the same keys
//! can answer.

use std::sync::Arc;

use footbridge_mapping::data::{Data, stored};

use crate::keys::Keys;
use crate::run::Identity;

/// What a record set's id says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    /// Tells this record set from others.
    pub(crate) number: Arc<str>,
    /// The operation, `service.operation`.
    pub(crate) operation: Arc<str>,
    /// Its version when the record set was made: with another mapping rows would be others.
    pub(crate) version: u64,
    /// What it was called with.
    pub(crate) arguments: Vec<Data>,
    /// Who called.
    pub(crate) identity: Identity,
    /// The session of the call, with which the record set ends.
    pub(crate) session: Option<Arc<str>>,
    /// When it ends at the latest, in milliseconds since 1970-01-01T00:00Z.
    pub(crate) expires: f64,
    /// How many rows there were.
    pub(crate) total: u64,
    /// The columns of its rows: cells are known by their place.
    pub(crate) columns: Vec<Arc<str>>,
}

/// Bytes of a sealed id: what is longer is no identifier any more, and the list is sent as a whole.
const LONGEST: usize = 32 << 10;
const PURPOSE: &str = "record set";

impl Token {
    /// The id. `None` where the arguments make it too long, or cannot be kept.
    pub(crate) fn seal(&self, keys: &Keys) -> Option<String> {
        let identity = self.identity.root();
        let session = self.session.clone().map_or(Data::Null, Data::Text);
        let content = stored::write(&[
            Data::Text(Arc::clone(&self.number)),
            Data::Text(Arc::clone(&self.operation)),
            Data::Bytes(Arc::from(self.version.to_le_bytes())),
            Data::List(self.arguments.clone().into()),
            identity,
            session,
            Data::Date(self.expires),
            Data::Int(i64::try_from(self.total).ok()?),
            Data::List(self.columns.iter().cloned().map(Data::Text).collect()),
        ])?;
        (content.len() <= LONGEST).then(|| keys.seal(PURPOSE, &content))
    }

    /// What an id says. `None` for any other text.
    pub(crate) fn open(id: &str, keys: &Keys) -> Option<Self> {
        if id.len() > LONGEST * 2 {
            return None;
        }
        let content = stored::read(&keys.open(PURPOSE, id)?)?;
        let [
            Data::Text(number),
            Data::Text(operation),
            Data::Bytes(version),
            Data::List(arguments),
            identity,
            session,
            Data::Date(expires),
            Data::Int(total),
            Data::List(columns),
        ] = content.as_slice()
        else {
            return None;
        };
        let identity = match identity {
            Data::Null => Identity::default(),
            Data::Object(members) => Identity {
                members: Some(Arc::clone(members)),
            },
            _ => return None,
        };
        let session = match session {
            Data::Null => None,
            Data::Text(id) => Some(Arc::clone(id)),
            _ => return None,
        };
        Some(Self {
            number: Arc::clone(number),
            operation: Arc::clone(operation),
            version: u64::from_le_bytes(version.as_ref().try_into().ok()?),
            arguments: arguments.to_vec(),
            identity,
            session,
            expires: *expires,
            total: total.unsigned_abs(),
            columns: columns
                .iter()
                .filter_map(|column| match column {
                    Data::Text(name) => Some(Arc::clone(name)),
                    _ => None,
                })
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use footbridge_mapping::data::Record;

    use super::*;

    fn token() -> Token {
        let mut members = Record::default();
        members.members.insert("id".into(), Data::Int(7));
        Token {
            number: "1".into(),
            operation: "s.list".into(),
            version: u64::MAX,
            arguments: vec![Data::text("a"), Data::Null, Data::Number(f64::INFINITY)],
            identity: Identity {
                members: Some(Arc::new(members)),
            },
            session: Some("S".into()),
            expires: 1.5,
            total: 123,
            columns: vec!["id".into(), "name".into()],
        }
    }

    #[test]
    fn an_id_says_what_was_sealed() {
        let keys = Keys::new();
        let token = token();
        let id = token.seal(&keys).unwrap();
        assert_eq!(Token::open(&id, &keys), Some(token));
        assert_eq!(Token::open(&id, &Keys::new()), None);
        assert_eq!(Token::open("", &keys), None);
        assert_eq!(Token::open(&keys.seal(PURPOSE, b"other"), &keys), None);
    }

    #[test]
    fn arguments_that_are_too_long_have_no_id() {
        let mut token = token();
        token.arguments = vec![Data::text("x".repeat(LONGEST))];
        assert_eq!(token.seal(&Keys::new()), None);
    }
}
