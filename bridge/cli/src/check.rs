//! `footbridge check`: every fault of every mapping in one run.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;

use footbridge_gateway::Live;
use footbridge_mapping::diagnostic::{json, render};

use crate::Outcome;
use crate::project::{self, Count, Loaded, counted};
use crate::scratch;

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
    /// A gateway file in place of the one in mappings/.
    #[arg(long, value_name = "FILE")]
    gateway: Option<PathBuf>,
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
            documents,
        } = project::load_with(&self.dir, self.gateway.as_deref(), false)?;
        let mut asked = Vec::new();
        if let Some(mapping) = mapping.as_ref().filter(|_| !self.no_databases) {
            let live = Live::open(
                Arc::clone(mapping),
                Arc::new(scratch::open(mapping, &self.dir).await?),
                documents,
                &self.dir,
            )?;
            let findings = live.prepare().await;
            diagnostics.extend(findings.diagnostics);
            project.sort(&mut diagnostics);
            if findings.texts > 0 {
                asked.push(format!(
                    "{} of SQL prepared",
                    counted(findings.texts, "text")
                ));
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
                writeln!(out, "{count} in {}", counted(project.files.len(), "file"))?;
            }
        }
        Ok(if count.errors == 0 {
            Outcome::Good
        } else {
            Outcome::Bad
        })
    }
}
