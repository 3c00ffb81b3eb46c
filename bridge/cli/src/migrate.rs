//! `footbridge migrate`: the tables of backends, from their folders of migrations.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use footbridge_sql::Databases;

use crate::Outcome;
use crate::project;

/// Run the migrations of backends that name a folder of them.
///
/// Each file runs once, in the order of the numbers at their beginnings; the database remembers which have run.
/// Makes the table of sessions, too, where `sessions.store` names a database. `serve` does this by itself: migrations for SQLite,
/// the table of sessions wherever it can.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  footbridge migrate
  footbridge migrate shop --backend ledger")]
pub(crate) struct Arguments {
    /// The project folder.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Only this backend.
    #[arg(long, value_name = "NAME")]
    backend: Option<String>,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(self.migrate())
    }

    async fn migrate(self) -> anyhow::Result<Outcome> {
        let loaded = project::load(&self.dir)?;
        loaded.print_diagnostics();
        let Some(mapping) = loaded.mapping else {
            return Ok(Outcome::Bad);
        };
        let databases = Databases::open(&mapping, &self.dir)?;
        let mut migrated = 0;
        for backend in mapping.gateway.backends.values() {
            if self
                .backend
                .as_deref()
                .is_some_and(|name| name != &*backend.name)
            {
                continue;
            }
            let folder = backend
                .database()
                .and_then(|settings| settings.migrations.as_ref());
            let (Some(folder), Some(database)) = (folder, databases.get(&backend.name)) else {
                continue;
            };
            database
                .migrate()
                .await
                .with_context(|| format!("cannot migrate `{}`", backend.name))?;
            writeln!(
                std::io::stdout(),
                "{}: all of {folder} has run",
                backend.name
            )?;
            migrated += 1;
        }
        let all = mapping.gateway.sessions.store.as_deref();
        if all.is_some_and(|name| self.backend.as_deref().is_none_or(|one| one == name))
            && let Some(name) = project::make_sessions(&mapping, &databases).await?
        {
            writeln!(std::io::stdout(), "{name}: the table of sessions is there")?;
            migrated += 1;
        }
        match (&self.backend, migrated) {
            (Some(name), 0) => {
                bail!("no backend `{name}` with `migrations` is in gateway.yaml or another mapping")
            }
            (None, 0) => writeln!(std::io::stdout(), "no backend has `migrations`")?,
            _ => {}
        }
        Ok(Outcome::Good)
    }
}
