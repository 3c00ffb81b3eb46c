//! `footbridge check`: every fault of every mapping in one run.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;

use footbridge_gateway::Live;
use footbridge_mapping::diagnostic::{json, render};
use footbridge_mapping::model::{Backend, BackendKind, DatabaseSettings, Mapping};
use footbridge_mapping::statement::Dialect;
use footbridge_sql::Databases;

use crate::Outcome;
use crate::project::{self, Count, Loaded};

/// Check the mappings of a project folder: every fault of every file in one run.
///
/// Each fault has a stable code (docs/diagnostics.md), its place, and what to do. On databases that can be reached
/// every text that a statement can become is prepared, and its columns are compared with the types that the mapping
/// names. An SQLite database with migrations is made anew for this, in memory; the project's own is not touched.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 no errors (there may be warnings); 1 errors; 2 the folder cannot be read.

Examples:
  footbridge check
  footbridge check shop --format json
  footbridge check --no-databases")]
pub(crate) struct Arguments {
    /// The project folder.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Ask no database.
    #[arg(long)]
    no_databases: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people, with the line underlined
    Text,
    /// For editors and pipelines
    Json,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(self.check())
    }

    async fn check(self) -> anyhow::Result<Outcome> {
        let Loaded {
            project,
            mapping,
            mut diagnostics,
        } = project::load(&self.dir)?;
        let mut asked = Vec::new();
        if let Some(mapping) = mapping.as_ref().filter(|_| !self.no_databases) {
            let live = Live {
                mapping: Arc::clone(mapping),
                databases: Arc::new(self.databases(mapping).await?),
            };
            let findings = live.prepare().await;
            diagnostics.extend(findings.diagnostics);
            if findings.texts > 0 {
                asked.push(format!("{} texts of SQL prepared", findings.texts));
            }
            for (name, error) in findings.away {
                asked.push(format!(
                    "`{name}` cannot be reached, so its SQL was not tried ({error})"
                ));
            }
        }
        let count = Count::of(&diagnostics);
        let mut out = std::io::stdout().lock();
        match self.format {
            Format::Json => writeln!(out, "{:#}", json(&diagnostics, &project))?,
            Format::Text => {
                write!(out, "{}", render(&diagnostics, &project, out.is_terminal()))?;
                for line in asked {
                    writeln!(out, "{line}")?;
                }
                writeln!(out, "{count} in {} files", project.files.len())?;
            }
        }
        Ok(if count.errors == 0 {
            Outcome::Good
        } else {
            Outcome::Bad
        })
    }

    /// The databases of the mapping, where SQLite ones with migrations are new ones in a temporary place.
    async fn databases(&self, mapping: &Mapping) -> anyhow::Result<Databases> {
        let backends: Vec<_> = mapping.gateway.backends.values().map(in_memory).collect();
        let databases = Databases::of(&backends, &Databases::default(), &self.dir)?;
        for backend in &backends {
            let BackendKind::Database(settings) = &backend.kind;
            let is_ours = settings.dialect == Dialect::Sqlite && settings.migrations.is_some();
            if let Some(database) = databases.get(&backend.name).filter(|_| is_ours) {
                database.migrate().await.map_err(|error| {
                    anyhow::anyhow!("the migrations of `{}` fail: {error}", backend.name)
                })?;
            }
        }
        Ok(databases)
    }
}

/// A copy of a backend whose SQLite database is made from its migrations; others as they are.
fn in_memory(backend: &Arc<Backend>) -> Arc<Backend> {
    let BackendKind::Database(settings) = &backend.kind;
    if settings.dialect != Dialect::Sqlite || settings.migrations.is_none() {
        return Arc::clone(backend);
    }
    let kind = BackendKind::Database(DatabaseSettings {
        dialect: settings.dialect,
        address: ":memory:".to_owned(),
        password: None,
        write: None,
        migrations: settings.migrations.clone(),
        pool: settings.pool,
        write_pool: settings.write_pool,
    });
    Arc::new(Backend {
        name: Arc::clone(&backend.name),
        place: backend.place.clone(),
        kind,
        timeout: backend.timeout,
        preset: backend.preset,
        zone: backend.zone.clone(),
        required: backend.required,
    })
}
