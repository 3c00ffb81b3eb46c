//! What a database or a service says of a caller.

use std::sync::Arc;

use footbridge_mapping::data::{Data, Record, same_name};
use footbridge_mapping::model::{Operation, ServiceLogin, SqlLogin};
use footbridge_remoting::{Fault, fault};

use crate::live::Live;
use crate::run::{Broken, Client, Identity, Kept, Replied, ask, roles};

/// A caller of whom something is known.
pub(super) struct Found {
    pub(super) identity: Identity,
    /// What the password must have.
    pub(super) hash: Option<Arc<str>>,
    pub(super) salt: Option<Arc<str>>,
}

/// The row of a name. Two rows are nobody's.
///
/// # Errors
/// A database that does not answer.
pub(super) async fn row(
    live: &Arc<Live>,
    kept: &Arc<Kept>,
    client: &Client,
    sql: &SqlLogin,
    (name, password): (&str, &str),
) -> Result<Option<Found>, Broken> {
    let arguments = [
        (Arc::from("name"), Data::text(name)),
        (Arc::from("password"), Data::text(password)),
    ];
    let rows = match ask(live, kept, client, &sql.operation, &arguments).await {
        Replied::Answer(rows) => rows,
        Replied::No => return Ok(None),
        Replied::Broken(broken) => return Err(broken),
    };
    let rows = rows.items();
    let Some([row]) = rows.as_deref() else {
        if rows.is_some_and(|rows| rows.len() > 1) {
            tracing::warn!(
                "the `sql` of a login gives several rows for one name; nobody is known by it"
            );
        }
        return Ok(None);
    };
    let text = |wanted: &str| match member(row, wanted).map(|value| value.plain()) {
        Some(Data::Text(text)) if !text.is_empty() => Some(text),
        Some(_) | None => None,
    };
    let (hash, salt) = (text(HASH), text(SALT));
    let id = member(row, "id");
    let known = match member(row, HASH) {
        // Whoever has no password cannot log in by one, and an id that is null is nobody's.
        Some(_) => hash.is_some() && id.is_none_or(|id| !id.is_null()),
        // A function of the database always gives a row; its `id` says whether it knows the caller.
        None if sql.compares => id.is_some_and(|id| !is_nobody(id)),
        None => id.is_none_or(|id| !id.is_null()),
    };
    if !known {
        return Ok(None);
    }
    Ok(Some(Found {
        identity: identity(row, name).ok_or_else(too_much)?,
        hash,
        salt,
    }))
}

/// What a service says of a name and a password; `None` where it does not know them.
///
/// # Errors
/// A service that does not answer, or not so that it can be read.
pub(super) async fn answer(
    live: &Arc<Live>,
    kept: &Arc<Kept>,
    client: &Client,
    login: &ServiceLogin,
    (name, password): (&str, &str),
) -> Result<Option<Identity>, Broken> {
    let arguments = [
        (Arc::from("name"), Data::text(name)),
        (Arc::from("password"), Data::text(password)),
    ];
    match ask(live, kept, client, &login.operation, &arguments).await {
        Replied::Answer(reply) => match reply.plain() {
            reply @ Data::Object(_) => {
                let said = match member(&reply, "id") {
                    Some(id) => !is_nobody(id),
                    None => login.requires,
                };
                if !said {
                    // Many services say what is wrong in a good reply.
                    tracing::debug!("the reply of a login has no `id`, so it knows nobody");
                    return Ok(None);
                }
                identity(&reply, name).map(Some).ok_or_else(too_much)
            }
            Data::Null | Data::Bool(false) => Ok(None),
            other => {
                let what = other.describe();
                tracing::warn!(
                    what,
                    "the reply of a login is no object whose members could be an identity"
                );
                Ok(None)
            }
        },
        Replied::No => Ok(None),
        Replied::Broken(broken) => Err(broken),
    }
}

/// Puts a new hash in place of an old one; what goes wrong is for the log, since the caller is known all the same.
pub(super) async fn rehashed(
    live: &Arc<Live>,
    kept: &Arc<Kept>,
    client: &Client,
    rehash: &Arc<Operation>,
    (name, hash): (&str, &str),
) {
    let arguments = [
        (Arc::from("hash"), Data::text(hash)),
        (Arc::from("name"), Data::text(name)),
    ];
    match ask(live, kept, client, rehash, &arguments).await {
        Replied::Answer(_) => tracing::info!("an old hash of a password was replaced"),
        Replied::No => {}
        Replied::Broken(Broken { fault, .. }) => {
            tracing::warn!(
                code = &*fault.code,
                "an old hash of a password could not be replaced"
            );
        }
    }
}

/// All members but those that prove it; `id` and `name` are the name that was said where nothing else is.
fn identity(row: &Data, name: &str) -> Option<Identity> {
    let Data::Object(row) = row.plain() else {
        return None;
    };
    let mut record = Record::default();
    for (key, value) in &row.members {
        let own = OWN.iter().find(|own| same_name(key, own));
        if same_name(key, HASH) || same_name(key, SALT) {
            continue;
        }
        let value = value.plain();
        match own {
            Some(&"roles") => record.members.insert("roles".into(), roles(&value)),
            Some(own) if value.is_null() => {
                tracing::debug!(member = own, "an identity has null there");
                None
            }
            Some(own) => record.members.insert((*own).into(), value),
            None => record.members.insert(Arc::clone(key), value),
        };
    }
    for own in ["id", "name"] {
        let said = || Data::text(name);
        record.members.entry(own.into()).or_insert_with(said);
    }
    let none = || Data::List(Arc::default());
    record.members.entry("roles".into()).or_insert_with(none);
    crate::run::fits_a_session(&record).then(|| Identity {
        members: Some(Arc::new(record)),
    })
}

/// Whether an `id` is what services and functions give for whoever they do not know.
fn is_nobody(id: &Data) -> bool {
    match id.plain() {
        Data::Null | Data::Omit | Data::Bool(false) | Data::Int(0) => true,
        Data::Text(text) => text.trim().is_empty(),
        Data::Number(number) => number == 0.0 || number.is_nan(),
        _ => false,
    }
}

fn member<'r>(row: &'r Data, wanted: &str) -> Option<&'r Data> {
    let Data::Object(row) = row else {
        return None;
    };
    row.members
        .iter()
        .find(|(key, _)| same_name(key, wanted))
        .map(|(_, value)| value)
}

fn too_much() -> Broken {
    Broken {
        fault: Fault::new(fault::PROCESSING, "an identity holds less than this"),
        asked: true,
    }
}

const HASH: &str = "password_hash";
const SALT: &str = "salt";
const OWN: [&str; 3] = ["id", "name", "roles"];
