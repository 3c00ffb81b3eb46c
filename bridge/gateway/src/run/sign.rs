//! `login`, `logout` and `remember`: what a good answer does to the session of its caller.
//!
//! What they say is made as soon as the reply is there, so that `value` can send `session.token`; it takes effect when the
//! answer is whole. A call that fails has signed nobody in.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::model::{Plan, Signs, Step};
use footbridge_mapping::tree;
use footbridge_remoting::fault;

use super::caller::Jars;
use super::context::{Context, Identity};
use super::failure::Failure;
use super::key;
use super::scope::Frame;
use crate::session::Session;

/// What a call is about to do to its session, and what it has done.
#[derive(Debug, Default)]
pub struct Signing {
    state: Mutex<State>,
    /// Cookies that backends give to whoever has no session yet.
    jars: Arc<Jars>,
    /// The answer is kept for other callers too.
    for_all: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    pending: Option<Pending>,
    change: Change,
}

#[derive(Clone, Debug)]
struct Pending {
    /// The new session of a login, or of a stranger of whom something is remembered.
    new: Option<Arc<Session>>,
    login: bool,
    logout: bool,
    remember: Record,
}

/// What became of the caller's session.
#[derive(Clone, Debug, Default)]
pub enum Change {
    /// Nothing.
    #[default]
    None,
    /// This one has taken its place.
    Began(Arc<Session>),
    /// It has ended.
    Ended,
}

impl Signing {
    /// What the call has done to its session.
    pub fn change(&self) -> Change {
        self.state().change.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cookies of this call alone, or of the session that it begins.
    pub(super) fn jars(&self) -> &Arc<Jars> {
        &self.jars
    }

    /// What this call is answered may be given to others: from now on no cookie of its caller goes out.
    pub(super) fn answers_for_all(&self) {
        self.for_all.store(true, Ordering::Relaxed);
    }

    /// Whether others may get the same answer.
    pub(super) fn is_for_all(&self) -> bool {
        self.for_all.load(Ordering::Relaxed)
    }
}

impl Context {
    /// The root `identity`: after a login that of the new session.
    pub(super) fn identity_root(&self) -> Data {
        let state = self.signing.state();
        match &state.pending {
            Some(Pending {
                new: Some(session),
                login: true,
                ..
            }) => session.identity().root(),
            Some(_) | None => self.identity.root(),
        }
    }

    /// The root `session`: what is kept, what this call keeps, and the token. Null for whoever has none.
    pub(super) fn session_root(&self) -> Data {
        let state = self.signing.state();
        let pending = state.pending.as_ref();
        let session = pending
            .and_then(|pending| pending.new.as_ref())
            .or(self.session.as_ref());
        let Some(session) = session else {
            return Data::Null;
        };
        let mut record = session.values();
        if let Some(pending) = pending {
            let kept = pending.remember.members.clone();
            record.members.extend(kept);
        }
        record
            .members
            .insert("token".into(), Data::Text(Arc::clone(&session.id)));
        Data::Object(Arc::new(record))
    }
}

/// Makes what an operation says of its session, from the frame that `value` sees. Nothing of a step that is not the
/// operation's own.
///
/// # Errors
/// An expression that has no value; more than a session holds.
pub(super) fn prepare(step: &Step, frame: &Frame<'_>) -> Result<(), Failure> {
    let Some(signs) = &frame.operation.rules.signs else {
        return Ok(());
    };
    let own = matches!(&frame.operation.plan, Plan::Step(own) if std::ptr::eq(&**own, step));
    if !own {
        return Ok(());
    }
    let pending = made(signs, frame)?;
    frame.context.signing.state().pending = Some(pending);
    Ok(())
}

fn made(signs: &Signs, frame: &Frame<'_>) -> Result<Pending, Failure> {
    let context = frame.context;
    let mut new = None;
    if let Some(members) = &signs.login {
        let mut identity = Record::default();
        for (name, value) in members {
            let value = tree::evaluate(value, frame)?.plain();
            let value = if &**name == "roles" {
                roles(&value)
            } else {
                value
            };
            identity.members.insert(Arc::clone(name), value);
        }
        // Without an identifier nobody is signed in; a rule of `faults` may say so in its own words first.
        if identity.members.get("id").is_some_and(|id| !id.is_null()) {
            bounded(&identity)?;
            let identity = Identity {
                members: Some(Arc::new(identity)),
            };
            let jars = Arc::clone(context.signing.jars());
            new = Some(Session::with(identity, &context.client, jars));
        }
    }
    let mut remember = Record::default();
    for (name, value) in &signs.remember {
        let value = tree::evaluate(value, frame)?.plain();
        remember.members.insert(Arc::clone(name), value);
    }
    bounded(&remember)?;
    let login = signs.login.is_some();
    if !login && !signs.remember.is_empty() && context.session.is_none() {
        let jars = Arc::clone(context.signing.jars());
        new = Some(Session::with(Identity::default(), &context.client, jars));
    }
    Ok(Pending {
        new,
        login,
        logout: signs.logout,
        remember,
    })
}

/// Puts in force what a good answer says of its session.
///
/// # Errors
/// A login that gave no identity; a session that cannot be kept.
pub(super) async fn commit(context: &Context) -> Result<(), Failure> {
    let taken = context.signing.state().pending.take();
    let Some(pending) = taken else {
        return Ok(());
    };
    if pending.login && pending.new.is_none() {
        return Err(Failure::decided(
            fault::AUTHENTICATION,
            "wrong name or password",
        ));
    }
    let store = context.kept.store(&context.live);
    if pending.logout {
        if let Some(session) = &context.session {
            store.end(session).await?;
        }
        context.signing.state().change = Change::Ended;
        return Ok(());
    }
    match pending.new {
        Some(session) => {
            session.remember(&pending.remember);
            store.adopt(&session, context.session.as_deref()).await?;
            context.signing.state().change = Change::Began(session);
        }
        None => {
            if let Some(session) = &context.session {
                session.remember(&pending.remember);
                store.save(session).await?;
            }
        }
    }
    Ok(())
}

/// Roles as a list of texts; a text names several with commas between them.
pub(crate) fn roles(value: &Data) -> Data {
    let roles: Vec<Data> = match (value, value.items()) {
        (Data::Text(text), _) => text
            .split(',')
            .map(str::trim)
            .filter(|role| !role.is_empty())
            .map(Data::text)
            .collect(),
        (_, Some(items)) => items.iter().map(Data::plain).collect(),
        (_, None) => Vec::new(),
    };
    Data::List(roles.into())
}

fn bounded(record: &Record) -> Result<(), Failure> {
    if !fits_a_session(record) {
        return Err(Failure::decided(
            fault::PROCESSING,
            "a session holds less than this",
        ));
    }
    Ok(())
}

/// Whether a record is small enough for a session.
pub(crate) fn fits_a_session(record: &Record) -> bool {
    key::of_record(record) <= LARGEST
}

/// Bytes that one call may keep in a session.
const LARGEST: u64 = 64 << 10;
