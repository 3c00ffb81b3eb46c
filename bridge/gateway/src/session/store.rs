//! Where sessions are kept, and found again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use footbridge_mapping::model::Mapping;
use footbridge_remoting::{Fault, fault};
use footbridge_sql::SqlError;

use super::memory::{MOST, Memory};
use super::state::Session;
use super::table::Table;
use crate::keys::Keys;
use crate::live::Live;
use crate::run::{Client, Identity};

/// What of sessions lasts in this process: all of them, or of those in a database what was counted.
#[derive(Debug, Default)]
pub struct Sessions {
    memory: Memory,
    /// How many the database had when they were swept last.
    counted: AtomicUsize,
    /// How many began here since then.
    begun: AtomicUsize,
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Without a call.
    pub idle: Duration,
    /// In any case.
    pub longest: Duration,
}

/// The sessions of a mapping, wherever it says that they are.
#[derive(Debug)]
pub struct Store<'s> {
    sessions: &'s Sessions,
    lifetime: Lifetime,
    form: Form<'s>,
}

#[derive(Debug)]
enum Form<'s> {
    Memory,
    Table(Table<'s>),
}

/// Sessions cannot be had: their database is away, or has no table of them. The operator is at fault.
#[derive(Debug, thiserror::Error)]
#[error("sessions cannot be read or kept")]
pub struct Away(#[from] pub SqlError);

impl From<Away> for Fault {
    fn from(away: Away) -> Self {
        tracing::warn!(error = %away.0, "{away}");
        Self::new(
            fault::UNAVAILABLE,
            "the gateway cannot reach its sessions; try again in a moment",
        )
    }
}

impl Sessions {
    /// The sessions as this mapping keeps them.
    pub(crate) fn store<'s>(&'s self, live: &'s Live, keys: &'s Keys) -> Store<'s> {
        let lifetime = lifetime(&live.mapping);
        let said = &live.mapping.gateway.sessions.store;
        // The compiler has seen that it is a database, and all databases are opened.
        let database = said.as_ref().and_then(|name| live.databases.get(name));
        Store {
            sessions: self,
            lifetime,
            form: match database {
                Some(database) => Form::Table(Table::new(database, keys, lifetime)),
                None => Form::Memory,
            },
        }
    }

    /// How many sessions there are, ended ones not yet swept included; in a database when they were swept last.
    pub fn len(&self) -> usize {
        self.memory.len() + self.counted.load(Ordering::Relaxed)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Store<'_> {
    /// The session of this identifier, if it lives; this counts as use.
    ///
    /// # Errors
    /// Where the database cannot be asked.
    pub async fn find(&self, id: &str) -> Result<Option<Arc<Session>>, Away> {
        // What is no identifier of ours needs no question.
        if uuid::Uuid::try_parse(id).is_err() {
            return Ok(None);
        }
        match &self.form {
            Form::Memory => Ok(self.sessions.memory.find(id, self.lifetime)),
            Form::Table(table) => Ok(table.find(id).await?),
        }
    }

    /// Begins a stranger's session.
    ///
    /// # Errors
    /// Where the database cannot keep it.
    pub async fn begin(&self, client: &Client) -> Result<Arc<Session>, Away> {
        let session = Session::new(Identity::default(), client);
        self.adopt(&session, None).await?;
        Ok(session)
    }

    /// Puts a new session in the place of an old one, which ends with all its names: others may know them. That which the client
    /// itself has said as `DSId` is one of the new session's, for such clients keep the first that they were given.
    ///
    /// # Errors
    /// Where the database cannot keep it; then the old one stays.
    pub async fn adopt(
        &self,
        session: &Arc<Session>,
        before: Option<&Session>,
    ) -> Result<(), Away> {
        let table = match &self.form {
            Form::Memory => {
                self.sessions.memory.adopt(session, before, self.lifetime);
                return Ok(());
            }
            Form::Table(table) => table,
        };
        table.adopt(session, before).await?;
        // Between two sweeps no more begin than would fill the table by a tenth.
        if self.sessions.begun.fetch_add(1, Ordering::Relaxed) >= MOST / 10 {
            self.sweep().await?;
        }
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Where the database cannot forget it; then it lives.
    pub async fn end(&self, session: &Session) -> Result<(), Away> {
        match &self.form {
            Form::Memory => self.sessions.memory.end(session),
            Form::Table(table) => table.end(session).await?,
        }
        Ok(())
    }

    /// Brings what has changed in a session to where it is kept. What another gateway has changed meanwhile stays.
    ///
    /// # Errors
    /// Where the database cannot keep it.
    pub async fn save(&self, session: &Session) -> Result<(), Away> {
        match &self.form {
            Form::Memory => Ok(()),
            Form::Table(table) => Ok(table.save(session).await?),
        }
    }

    /// Removes what has ended, and what is too much.
    ///
    /// # Errors
    /// Where the database cannot be asked.
    pub async fn sweep(&self) -> Result<(), Away> {
        self.sessions.memory.sweep(self.lifetime);
        self.sessions.begun.store(0, Ordering::Relaxed);
        let count = match &self.form {
            Form::Memory => 0,
            Form::Table(table) => table.sweep(MOST).await?,
        };
        self.sessions.counted.store(count, Ordering::Relaxed);
        Ok(())
    }

    /// Whether sessions could be had now; `None` where they are in this process.
    pub(crate) async fn answers(&self) -> Option<Result<(), Away>> {
        match &self.form {
            Form::Memory => None,
            Form::Table(table) => Some(table.probe().await.map_err(Away)),
        }
    }
}

fn lifetime(mapping: &Mapping) -> Lifetime {
    let sessions = &mapping.gateway.sessions;
    Lifetime {
        idle: sessions.idle,
        longest: sessions.longest,
    }
}
