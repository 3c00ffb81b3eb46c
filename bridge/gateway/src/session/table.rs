//! Sessions in a database, so that several gateways share them.
//!
//! ```text
//! footbridge_session
//!   id        SHA-256 of an identifier, in hex: who reads the table cannot call with what stands there
//!   leads_to  of an identifier that a Flex client has kept: the id of the session that it means now
//!   began     milliseconds since 1970
//!   used      likewise; brought up to date once in a while
//!   known     1 if somebody has logged in
//!   version   raised by each change
//!   sealed    identity, values, cookies of backends: encrypted by the gateway's keys for this id
//! ```

use std::sync::Arc;
use std::time::Duration;

use footbridge_mapping::data::Data;
use footbridge_sql::{Database, Outcome, SqlError, SqlErrorKind};

use super::sealed::{Parts, Written, merged};
use super::state::{Session, lock};
use super::store::Lifetime;
use crate::keys::Keys;
use crate::shared::{self, SharedTable, integer, millis, now};

/// The table of sessions of a database.
#[derive(Debug)]
pub(super) struct Table<'s> {
    database: &'s Arc<Database>,
    keys: &'s Keys,
    lifetime: Lifetime,
}

impl<'s> Table<'s> {
    pub(super) fn new(database: &'s Arc<Database>, keys: &'s Keys, lifetime: Lifetime) -> Self {
        Self {
            database,
            keys,
            lifetime,
        }
    }

    pub(super) async fn find(&self, id: &str) -> Result<Option<Arc<Session>>, SqlError> {
        let Some(row) = self.row(&digest(id)).await? else {
            return Ok(None);
        };
        let now = now();
        let idle = now.saturating_sub(row.used);
        // What was used since it was last written down is not known better than this.
        let unsure = millis(self.touched_every());
        if idle >= millis(self.lifetime.idle).saturating_add(unsure)
            || now.saturating_sub(row.began) >= millis(self.lifetime.longest)
        {
            self.forget(&row.id).await?;
            return Ok(None);
        }
        let Some(session) = self.opened(&row) else {
            tracing::warn!("a session was sealed by none of `keys`, so it is not taken");
            return Ok(None);
        };
        if idle >= unsure {
            let touch = "UPDATE footbridge_session SET used = $1 WHERE (id = $2 OR leads_to = $3) AND used < $4";
            let id = Data::Text(Arc::clone(&row.id));
            let binds = [Data::Int(now), id.clone(), id, Data::Int(now)];
            self.change(touch, &binds).await?;
        }
        Ok(Some(Arc::new(session)))
    }

    pub(super) async fn adopt(
        &self,
        session: &Arc<Session>,
        before: Option<&Session>,
    ) -> Result<(), SqlError> {
        let id = digest(&session.id);
        let parts = session.parts();
        let now = Data::Int(now());
        let insert = "INSERT INTO footbridge_session (id, began, used, known, version, sealed) \
                      VALUES ($1, $2, $3, $4, 1, $5)";
        let binds = [
            Data::text(id.clone()),
            now.clone(),
            now.clone(),
            Data::Int(i64::from(session.is_signed_in())),
            Data::Text(self.sealed(session, &parts)?.into()),
        ];
        self.change(insert, &binds).await?;
        *lock(&session.written) = Some(Written { version: 1, parts });
        if let Some(before) = before {
            self.forget(&digest(&before.id)).await?;
            before.end();
        }
        if let Some(name) = session.also() {
            let known = session.is_signed_in();
            self.lead(&digest(&name), &id, known).await?;
        }
        Ok(())
    }

    /// Lets an identifier whose session is over lead to another.
    async fn lead(&self, name: &str, id: &str, known: bool) -> Result<(), SqlError> {
        self.forget(name).await?;
        let insert = "INSERT INTO footbridge_session (id, leads_to, began, used, known, version, sealed) \
                      VALUES ($1, $2, $3, $4, $5, 1, '')";
        let now = Data::Int(now());
        // Of too many rows those of strangers go first, and a name is worth as much as what it leads to.
        let known = Data::Int(i64::from(known));
        let binds = [Data::text(name), Data::text(id), now.clone(), now, known];
        self.change(insert, &binds).await.map(drop)
    }

    pub(super) async fn end(&self, session: &Session) -> Result<(), SqlError> {
        self.forget(&digest(&session.id)).await?;
        session.end();
        Ok(())
    }

    pub(super) async fn save(&self, session: &Session) -> Result<(), SqlError> {
        for _ in 0..TRIES {
            if session.is_ended() {
                return Ok(());
            }
            let ours = session.parts();
            let (version, before) = match &*lock(&session.written) {
                // Nobody can find it yet.
                None => return Ok(()),
                Some(written) if written.parts == ours => return Ok(()),
                Some(written) => (written.version, written.parts.clone()),
            };
            if self.replace(session, &ours, version).await? {
                let version = version + 1;
                *lock(&session.written) = Some(Written {
                    version,
                    parts: ours,
                });
                return Ok(());
            }
            // Another gateway has changed it: ours goes on top of theirs.
            let Some(theirs) = self.row(&digest(&session.id)).await? else {
                session.end();
                return Ok(());
            };
            let Some(other) = self.opened(&theirs) else {
                return Ok(());
            };
            let theirs = lock(&other.written).take();
            let Some(theirs) = theirs else { return Ok(()) };
            session.settle(&ours, &merged(&before, &ours, &theirs.parts));
            *lock(&session.written) = Some(theirs);
        }
        tracing::warn!("a session changes too often to be kept");
        Ok(())
    }

    /// Puts parts in place of those of a version; `false` where it is not that of the table any more.
    async fn replace(
        &self,
        session: &Session,
        parts: &Parts,
        version: i64,
    ) -> Result<bool, SqlError> {
        let text = "UPDATE footbridge_session SET sealed = $1, used = $2, version = $3 \
                    WHERE id = $4 AND version = $5 AND leads_to IS NULL";
        let binds = [
            Data::Text(self.sealed(session, parts)?.into()),
            Data::Int(now()),
            Data::Int(version + 1),
            Data::text(digest(&session.id)),
            Data::Int(version),
        ];
        Ok(self.change(text, &binds).await?.changed == 1)
    }

    /// Removes what has ended, and of more than `most` strangers first, then whoever was away longest. How many are left.
    pub(super) async fn sweep(&self, most: usize) -> Result<usize, SqlError> {
        let now = now();
        let idle = millis(self.lifetime.idle).saturating_add(millis(self.touched_every()));
        let over = "DELETE FROM footbridge_session WHERE used <= $1 OR began <= $2";
        let binds = [
            Data::Int(now.saturating_sub(idle)),
            Data::Int(now.saturating_sub(millis(self.lifetime.longest))),
        ];
        self.change(over, &binds).await?;
        for known in [0, 1] {
            let more = self.count().await?.saturating_sub(most);
            if more == 0 {
                break;
            }
            let last = format!(
                "SELECT used FROM footbridge_session WHERE known = $1 ORDER BY used LIMIT 1 OFFSET {more}"
            );
            let found = self.ask(&last, &[Data::Int(known)]).await?;
            let binds = match found.data.first().map(|row| integer(&row.member("used"))) {
                Some(Some(used)) => vec![Data::Int(known), Data::Int(used)],
                Some(None) | None => vec![Data::Int(known), Data::Int(i64::MAX)],
            };
            let oldest = "DELETE FROM footbridge_session WHERE known = $1 AND used < $2";
            self.change(oldest, &binds).await?;
        }
        self.count().await
    }

    /// Whether the table is there and can be read.
    pub(super) async fn probe(&self) -> Result<(), SqlError> {
        self.ask(PROBE, &[]).await.map(drop)
    }

    async fn count(&self) -> Result<usize, SqlError> {
        let found = self
            .ask("SELECT count(*) AS n FROM footbridge_session", &[])
            .await?;
        let count = found.data.first().and_then(|row| integer(&row.member("n")));
        Ok(count
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or(0))
    }

    async fn forget(&self, id: &str) -> Result<(), SqlError> {
        let text = "DELETE FROM footbridge_session WHERE id = $1 OR leads_to = $2";
        let binds = [Data::text(id), Data::text(id)];
        self.change(text, &binds).await.map(drop)
    }

    /// The row of a session, also under an identifier that leads to it.
    async fn row(&self, id: &str) -> Result<Option<Row>, SqlError> {
        let text = "SELECT s.id, s.began, s.used, s.version, s.sealed FROM footbridge_session n \
                    JOIN footbridge_session s ON s.id = coalesce(n.leads_to, n.id) WHERE n.id = $1";
        let found = self.ask(text, &[Data::text(id)]).await?;
        let Some(row) = found.data.first() else {
            return Ok(None);
        };
        let text = |name: &str| match row.member(name).plain() {
            Data::Text(text) => Some(text),
            _ => None,
        };
        let number = |name: &str| integer(&row.member(name));
        Ok((|| {
            Some(Row {
                id: text("id")?,
                began: number("began")?,
                used: number("used")?,
                version: number("version")?,
                sealed: text("sealed")?,
            })
        })())
    }

    fn opened(&self, row: &Row) -> Option<Session> {
        let content = self.keys.open(&purpose(&row.id), &row.sealed)?;
        Session::of_bytes(&content, row.version)
    }

    fn sealed(&self, session: &Session, parts: &Parts) -> Result<String, SqlError> {
        let content = session.to_bytes(parts).ok_or_else(|| SqlError {
            kind: SqlErrorKind::Other,
            code: None,
            position: None,
            message: "what is remembered is nested too deeply to be kept".to_owned(),
        })?;
        Ok(self.keys.seal(&purpose(&digest(&session.id)), &content))
    }

    /// How often at most it is written down that a session is used.
    fn touched_every(&self) -> Duration {
        (self.lifetime.idle / 20).min(Duration::from_secs(60))
    }

    async fn ask(&self, text: &str, binds: &[Data]) -> Result<Outcome, SqlError> {
        shared::ask(self.database, text, binds).await
    }

    async fn change(&self, text: &str, binds: &[Data]) -> Result<Outcome, SqlError> {
        shared::change(self.database, text, binds).await
    }
}

struct Row {
    id: Arc<str>,
    began: i64,
    used: i64,
    version: i64,
    sealed: Arc<str>,
}

/// What stands in the table for an identifier: of it nobody finds the identifier again.
fn digest(id: &str) -> String {
    shared::digest(id.as_bytes())
}

/// What a session is sealed for: in another's row it opens to nothing.
fn purpose(id: &str) -> String {
    format!("session {id}")
}

/// How often a change is tried again that another gateway has come before.
const TRIES: usize = 8;

/// The table in each dialect.
pub(crate) const TABLE: SharedTable = SharedTable {
    probe: PROBE,
    sqlite: &[TABLE_SQLITE, INDEX_USED, INDEX_LEADS],
    postgres: &[TABLE_POSTGRES, INDEX_USED, INDEX_LEADS],
    mysql: &[TABLE_MYSQL],
};

const PROBE: &str = "SELECT id, leads_to, began, used, known, version, sealed FROM footbridge_session WHERE id = ''";

const TABLE_SQLITE: &str = "CREATE TABLE IF NOT EXISTS footbridge_session (id TEXT PRIMARY KEY, leads_to TEXT, \
    began INTEGER NOT NULL, used INTEGER NOT NULL, known INTEGER NOT NULL, version INTEGER NOT NULL, \
    sealed TEXT NOT NULL)";

const TABLE_POSTGRES: &str = "CREATE TABLE IF NOT EXISTS footbridge_session (id varchar(64) PRIMARY KEY, \
    leads_to varchar(64), began bigint NOT NULL, used bigint NOT NULL, known integer NOT NULL, \
    version bigint NOT NULL, sealed text NOT NULL)";

const TABLE_MYSQL: &str = "CREATE TABLE IF NOT EXISTS footbridge_session (id varchar(64) CHARACTER SET ascii \
    COLLATE ascii_bin PRIMARY KEY, leads_to varchar(64) CHARACTER SET ascii COLLATE ascii_bin, \
    began bigint NOT NULL, used bigint NOT NULL, known integer NOT NULL, version bigint NOT NULL, \
    sealed mediumtext CHARACTER SET ascii COLLATE ascii_bin NOT NULL, \
    KEY footbridge_session_used (known, used), KEY footbridge_session_leads (leads_to))";

const INDEX_USED: &str =
    "CREATE INDEX IF NOT EXISTS footbridge_session_used ON footbridge_session (known, used)";

const INDEX_LEADS: &str =
    "CREATE INDEX IF NOT EXISTS footbridge_session_leads ON footbridge_session (leads_to)";

#[cfg(test)]
mod tests {
    use footbridge_mapping::compile::{ProcessEnvironment, Project, SourceFile, compile};
    use footbridge_mapping::data::Record;
    use footbridge_sql::Databases;

    use super::*;
    use crate::run::{Client, Identity};

    const LIFETIME: Lifetime = Lifetime {
        idle: Duration::from_secs(60),
        longest: Duration::from_secs(600),
    };

    fn database(root: &std::path::Path) -> Arc<Database> {
        let gateway = "gateway: test\nbackends:\n  kept: {sqlite: kept.db}\n";
        let project = Project {
            root: root.to_owned(),
            files: vec![SourceFile::new("mappings/gateway.yaml", gateway.as_bytes())],
        };
        let environment = ProcessEnvironment {
            root: root.to_owned(),
        };
        let compiled = compile(&project, &environment);
        let mapping = compiled
            .mapping
            .unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
        let databases = Databases::open(&mapping, root).unwrap();
        Arc::clone(databases.get("kept").unwrap())
    }

    #[tokio::test]
    async fn there_are_never_more_than_most_strangers_go_first_and_the_idlest_before_others() {
        let root = tempfile::tempdir().unwrap();
        let database = database(root.path());
        shared::create(&database).await.unwrap();
        let keys = Keys::new();
        let table = Table::new(&database, &keys, LIFETIME);
        let mut ids = Vec::new();
        for at in 0..12 {
            let mut members = Record::default();
            members.members.insert("id".into(), Data::Int(at));
            let identity = Identity {
                members: (at < 4).then(|| Arc::new(members)),
            };
            let session = Session::new(identity, &Client::default());
            table.adopt(&session, None).await.unwrap();
            // One second apart; those who are known have been away longest.
            let age = "UPDATE footbridge_session SET used = $1 WHERE id = $2";
            let binds = [
                Data::Int(now() - 30_000 + at * 1_000),
                Data::text(digest(&session.id)),
            ];
            table.change(age, &binds).await.unwrap();
            ids.push(session.id.to_string());
        }
        let left = async || {
            let mut left = Vec::new();
            for (at, id) in ids.iter().enumerate() {
                if table.row(&digest(id)).await.unwrap().is_some() {
                    left.push(at);
                }
            }
            left
        };
        assert_eq!(table.sweep(20).await.unwrap(), 12);
        assert_eq!(table.sweep(7).await.unwrap(), 7);
        assert_eq!(left().await, [0, 1, 2, 3, 9, 10, 11]);
        assert_eq!(table.sweep(2).await.unwrap(), 2);
        assert_eq!(left().await, [2, 3]);
    }
}
