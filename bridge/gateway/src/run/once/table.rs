//! First answers in a database, so that several gateways share them, and a new start forgets none.
//!
//! ```text
//! footbridge_once
//!   id         SHA-256 of operation, caller and key, in hex
//!   arguments  likewise, of the arguments
//!   began      milliseconds since 1970
//!   until      likewise: a first call that has not ended by then never will, for its gateway is gone
//!   ended      0 while it runs, 1 with its outcome, 2 where nobody knows that
//!   sealed     the outcome, encrypted by the gateway's keys for this id; while it runs a random word of the gateway that runs it
//! ```

use std::sync::Arc;
use std::time::Duration;

use footbridge_mapping::data::Data;
use footbridge_mapping::model::Step;
use footbridge_mapping::statement::Dialect;
use footbridge_sql::{Database, SqlError};

use super::{Certainty, LIFE, another_call, away, certainty, full, stored, unknown};
use crate::live::Live;
use crate::run::context::Context;
use crate::run::failure::Failure;
use crate::run::kept::Kept;
use crate::run::key::Key;
use crate::run::scope::Frame;
use crate::session::Away;
use crate::shared::{self, SharedTable, digest, integer, millis, now};

/// The table of first answers of a database.
#[derive(Clone)]
pub(super) struct Table {
    database: Arc<Database>,
    kept: Arc<Kept>,
}

/// What the table says of a key.
enum Begun {
    /// Nothing: this call is the first.
    First(First),
    /// The first has ended so, sealed.
    Ended(Arc<str>),
    /// The first still runs.
    Running,
}

/// How a first call has ended, as it stands in the table.
#[derive(Clone, Copy)]
enum Ended {
    Not = 0,
    Known = 1,
    Unknown = 2,
}

impl Table {
    /// The table, where the mapping keeps sessions in a database.
    pub(super) fn of(context: &Context) -> Option<Self> {
        let database = database(&context.live)?;
        Some(Self {
            database: Arc::clone(database),
            kept: Arc::clone(&context.kept),
        })
    }

    /// As `super::through`.
    pub(super) async fn through(
        &self,
        (key, arguments): (&Key, &Key),
        step: &Step,
        frame: &Frame<'_>,
        time: Duration,
        run: impl Future<Output = Result<Data, Failure>>,
    ) -> Result<Data, Failure> {
        let (id, arguments) = (digest(key), digest(arguments));
        let mut pause = PAUSES.0;
        let mut first = loop {
            let (table, own, arguments) = (self.clone(), id.clone(), arguments.clone());
            // A task of its own: where the caller goes away meanwhile, the place that was taken is given back.
            let begun = tokio::spawn(async move { table.begin(&own, &arguments, time).await });
            let begun = begun.await.map_err(|_| away())?;
            match begun.map_err(|error| Failure::from(Away(error)))?? {
                Begun::First(first) => break first,
                Begun::Ended(sealed) => return self.outcome(&id, &sealed, frame),
                Begun::Running => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSES.1);
                }
            }
        };
        first.stage = Stage::Runs;
        let outcome = run.await;
        first.stage = Stage::Ended;
        let ending = self.ending(&id, step, &outcome);
        // A task of its own: whoever waits for the answer may go away now, and the outcome is known.
        let (table, id) = (self.clone(), id.clone());
        let _ = tokio::spawn(async move { table.end(&id, ending).await }).await;
        outcome
    }

    /// Takes the place of the first call, or tells what became of it.
    async fn begin(
        &self,
        id: &str,
        arguments: &str,
        time: Duration,
    ) -> Result<Result<Begun, Failure>, SqlError> {
        let mine = uuid::Uuid::new_v4().simple().to_string();
        let room = &self.kept.room;
        if room.is_unknown() {
            room.counted(count(&self.database).await?);
        }
        loop {
            let began = now();
            let binds = [
                Data::text(id),
                Data::text(arguments),
                Data::Int(began),
                Data::Int(began.saturating_add(millis(time + GRACE))),
                Data::text(&*mine),
            ];
            let insert = match self.database.dialect() {
                Dialect::Sqlite | Dialect::Postgres => INSERT,
                Dialect::MySql => INSERT_MYSQL,
            };
            let is_left = room.is_left();
            // From here on the row may be there, whatever is said of it.
            let first = First {
                table: self.clone(),
                id: id.to_owned(),
                mine: mine.clone(),
                stage: Stage::NotBegun,
            };
            // Without room nothing is written, and a key that is known still has its answer.
            if is_left
                && shared::change(&self.database, insert, &binds)
                    .await?
                    .changed
                    == 1
            {
                room.taken();
                return Ok(Ok(Begun::First(first)));
            }
            first.leave_it();
            let select =
                "SELECT arguments, began, until, ended, sealed FROM footbridge_once WHERE id = $1";
            let found = shared::ask(&self.database, select, &[Data::text(id)]).await?;
            // Where there is none any more, it was not begun at all.
            let Some(row) = found.data.first() else {
                if is_left {
                    continue;
                }
                room.tell();
                return Ok(Err(full()));
            };
            let number = |name: &str| integer(&row.member(name)).unwrap_or(0);
            let (since, until, ended) = (number("began"), number("until"), number("ended"));
            if since <= began.saturating_sub(millis(LIFE)) {
                let old = "DELETE FROM footbridge_once WHERE id = $1 AND began = $2";
                let binds = [Data::text(id), Data::Int(since)];
                shared::change(&self.database, old, &binds).await?;
                continue;
            }
            let text = |name: &str| match row.member(name).plain() {
                Data::Text(text) => text,
                _ => Arc::default(),
            };
            if *text("arguments") != *arguments {
                return Ok(Err(another_call()));
            }
            if ended == Ended::Not as i64 {
                let runs = began < until;
                return Ok(if runs {
                    Ok(Begun::Running)
                } else {
                    Err(unknown())
                });
            }
            if ended != Ended::Known as i64 {
                return Ok(Err(unknown()));
            }
            return Ok(Ok(Begun::Ended(text("sealed"))));
        }
    }

    /// How the first call has ended.
    fn outcome(&self, id: &str, sealed: &str, frame: &Frame<'_>) -> Result<Data, Failure> {
        let opened = self.kept.keys.open(&purpose(id), sealed);
        let outcome = opened.and_then(|bytes| stored::read(&bytes, frame));
        outcome.unwrap_or_else(|| {
            tracing::warn!("a first answer of `once` was sealed by none of `keys`");
            Err(unknown())
        })
    }

    /// What is to be written of an outcome: `None` where the call was not begun.
    fn ending(
        &self,
        id: &str,
        step: &Step,
        outcome: &Result<Data, Failure>,
    ) -> Option<(Ended, String)> {
        match certainty(step, outcome) {
            Certainty::Nothing => None,
            Certainty::Unknown => Some((Ended::Unknown, String::new())),
            Certainty::Known => match stored::write(outcome).filter(|bytes| bytes.len() <= LARGEST)
            {
                Some(bytes) => Some((Ended::Known, self.kept.keys.seal(&purpose(id), &bytes))),
                None => {
                    tracing::warn!(
                        "an answer of `once` is too large to be kept; who asks again will not get it"
                    );
                    Some((Ended::Unknown, String::new()))
                }
            },
        }
    }

    /// Writes how the first call has ended. Where that fails it stays as if it ran, until its time is over.
    async fn end(&self, id: &str, ending: Option<(Ended, String)>) {
        let done = match ending {
            None => {
                let text = "DELETE FROM footbridge_once WHERE id = $1";
                shared::change(&self.database, text, &[Data::text(id)]).await
            }
            Some((ended, sealed)) => {
                let text = "UPDATE footbridge_once SET ended = $1, sealed = $2 WHERE id = $3";
                let binds = [Data::Int(ended as i64), Data::text(sealed), Data::text(id)];
                shared::change(&self.database, text, &binds).await
            }
        };
        if let Err(error) = done {
            tracing::warn!(%error, "the outcome of a call with `once` cannot be kept");
        }
    }

    /// Removes the row of a call that was never begun, if there is one. A statement whose end nobody has seen may still be under
    /// way, so it is looked for twice.
    async fn undo(&self, id: &str, mine: &str) {
        let text = "DELETE FROM footbridge_once WHERE id = $1 AND sealed = $2 AND ended = 0";
        for pause in [Duration::ZERO, GRACE] {
            tokio::time::sleep(pause).await;
            let binds = [Data::text(id), Data::text(mine)];
            match shared::change(&self.database, text, &binds).await {
                Ok(undone) if undone.changed > 0 => return,
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(%error, "the key of a call that was not begun is not free yet");
                }
            }
        }
    }
}

/// The call that is first. Dropped before it is begun, its key is free again; dropped on the way, its outcome is unknown.
struct First {
    table: Table,
    id: String,
    /// Stands in its row and in no other one.
    mine: String,
    stage: Stage,
}

/// How far the first call is.
#[derive(Clone, Copy)]
enum Stage {
    NotBegun,
    Runs,
    Ended,
}

impl First {
    /// Another call was first: there is nothing to undo.
    fn leave_it(mut self) {
        self.stage = Stage::Ended;
    }
}

impl Drop for First {
    fn drop(&mut self) {
        // Without a runtime the process ends, and the row's time with it.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let (table, id) = (self.table.clone(), std::mem::take(&mut self.id));
        let mine = std::mem::take(&mut self.mine);
        match self.stage {
            Stage::NotBegun => {
                runtime.spawn(async move { table.undo(&id, &mine).await });
            }
            Stage::Runs => {
                runtime.spawn(async move {
                    table.end(&id, Some((Ended::Unknown, String::new()))).await;
                });
            }
            Stage::Ended => {}
        }
    }
}

/// Forgets first answers of more than a day ago, and counts the others.
///
/// # Errors
/// Where the database cannot be asked.
pub(crate) async fn sweep(live: &Live, kept: &Kept) -> Result<(), Away> {
    let Some(database) = database(live) else {
        return Ok(());
    };
    let old = "DELETE FROM footbridge_once WHERE began <= $1";
    let before = Data::Int(now().saturating_sub(millis(LIFE)));
    shared::change(database, old, &[before]).await?;
    kept.room.counted(count(database).await?);
    Ok(())
}

/// The number of first answers.
async fn count(database: &Arc<Database>) -> Result<usize, SqlError> {
    let counted = shared::ask(database, "SELECT COUNT(*) AS n FROM footbridge_once", &[]).await?;
    let rows = counted.data.first().map(|row| row.member("n"));
    let rows = rows.and_then(|rows| integer(&rows)).unwrap_or(0);
    Ok(usize::try_from(rows).unwrap_or(0))
}

fn database(live: &Live) -> Option<&Arc<Database>> {
    let name = live.mapping.gateway.sessions.store.as_ref()?;
    live.databases.get(name)
}

/// What an outcome is sealed for: in another's row it opens to nothing.
fn purpose(id: &str) -> String {
    format!("once {id}")
}

/// How long a call waits before it looks again whether the first has ended: at the beginning, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));

/// How much longer than its time-out a first call may take, and how far the clocks of two gateways may be apart.
const GRACE: Duration = Duration::from_secs(10);

/// Bytes of an outcome that is kept.
const LARGEST: usize = 8 << 20;

const INSERT: &str = "INSERT INTO footbridge_once (id, arguments, began, until, ended, sealed) \
    VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT DO NOTHING";

const INSERT_MYSQL: &str = "INSERT IGNORE INTO footbridge_once (id, arguments, began, until, ended, sealed) \
    VALUES ($1, $2, $3, $4, 0, $5)";

/// The table in each dialect.
pub(crate) const TABLE: SharedTable = SharedTable {
    probe: "SELECT id, arguments, began, until, ended, sealed FROM footbridge_once WHERE id = ''",
    sqlite: &[
        "CREATE TABLE IF NOT EXISTS footbridge_once (id TEXT PRIMARY KEY, arguments TEXT NOT NULL, \
         began INTEGER NOT NULL, until INTEGER NOT NULL, ended INTEGER NOT NULL, sealed TEXT NOT NULL)",
        INDEX,
    ],
    postgres: &[
        "CREATE TABLE IF NOT EXISTS footbridge_once (id varchar(64) PRIMARY KEY, arguments varchar(64) NOT NULL, \
         began bigint NOT NULL, until bigint NOT NULL, ended integer NOT NULL, sealed text NOT NULL)",
        INDEX,
    ],
    mysql: &[
        "CREATE TABLE IF NOT EXISTS footbridge_once (id varchar(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY, \
         arguments varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, began bigint NOT NULL, \
         until bigint NOT NULL, ended integer NOT NULL, \
         sealed mediumtext CHARACTER SET ascii COLLATE ascii_bin NOT NULL, KEY footbridge_once_began (began))",
    ],
};

const INDEX: &str = "CREATE INDEX IF NOT EXISTS footbridge_once_began ON footbridge_once (began)";
