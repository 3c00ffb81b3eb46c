//! `footbridge manual`: the manual page.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap_mangen::Man;

use crate::Outcome;

/// Print the manual page, or write one for each command
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  footbridge manual | man -l -
  footbridge manual --into ~/.local/share/man/man1")]
pub(crate) struct Arguments {
    /// Write footbridge.1, footbridge-serve.1 … into this folder.
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(self, command: clap::Command) -> anyhow::Result<Outcome> {
        if let Some(folder) = self.into {
            std::fs::create_dir_all(&folder)
                .and_then(|()| clap_mangen::generate_to(command, &folder))
                .with_context(|| format!("cannot write manual pages into {}", folder.display()))?;
            return Ok(Outcome::Good);
        }
        // Into memory first: whoever stops reading is no error of the page.
        let mut page = Vec::new();
        Man::new(command).render(&mut page)?;
        std::io::stdout().write_all(&page)?;
        Ok(Outcome::Good)
    }
}
