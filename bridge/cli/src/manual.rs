//! `footbridge manual`: the manual pages.

use std::fs;
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
        let mut command = command.disable_help_subcommand(true);
        // Names of commands within others are known from here on.
        command.build();
        let Some(folder) = self.into else {
            // Into memory first: whoever stops reading is no error of the page.
            std::io::stdout().write_all(&page(command)?)?;
            return Ok(Outcome::Good);
        };
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let mut left = vec![command];
        while let Some(command) = left.pop() {
            left.extend(command.get_subcommands().cloned());
            let file = folder.join(format!("{}.1", name(&command)));
            fs::write(&file, page(command)?)
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(Outcome::Good)
    }
}

/// One command's page. Its head is ours: clap_mangen leaves out a date that is not given, and what stands behind it takes its place.
fn page(command: clap::Command) -> anyhow::Result<Vec<u8>> {
    let mut page = Vec::new();
    writeln!(
        page,
        ".TH {} 1 \"\" \"footbridge {}\" \"Footbridge\"",
        name(&command).to_uppercase(),
        env!("CARGO_PKG_VERSION")
    )?;
    let has_commands = command.has_subcommands();
    let has_more = command.get_after_help().is_some();
    let man = Man::new(command);
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    if has_more {
        man.render_extra_section(&mut page)?;
    }
    Ok(page)
}

/// `footbridge-user-add`.
fn name(command: &clap::Command) -> &str {
    command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
}
