//! `footbridge completions`: what a shell needs to complete the command.

use std::io::Write;

use clap_complete::Shell;

use crate::Outcome;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  footbridge completions bash > ~/.local/share/bash-completion/completions/footbridge
  footbridge completions zsh > \"${fpath[1]}/_footbridge\"
  footbridge completions fish > ~/.config/fish/completions/footbridge.fish")]
pub(crate) struct Arguments {
    /// The shell.
    shell: Shell,
}

impl Arguments {
    pub(crate) fn run(self, command: &clap::Command) -> anyhow::Result<Outcome> {
        // Into memory first: the generator panics where its output cannot be written.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command.clone(), "footbridge", &mut script);
        std::io::stdout().write_all(&script)?;
        Ok(Outcome::Good)
    }
}
