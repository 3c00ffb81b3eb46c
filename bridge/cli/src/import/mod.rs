//! `footbridge import`: a first mapping, made of what describes a service already.

mod blazeds;
mod openapi;
mod wsdl;
mod xml;

use crate::Outcome;

/// Write a first mapping from what describes a service already.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    from: From,
}

#[derive(Debug, clap::Subcommand)]
enum From {
    Openapi(openapi::Arguments),
    Wsdl(wsdl::Arguments),
    Blazeds(blazeds::Arguments),
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self.from {
            From::Openapi(arguments) => arguments.run(),
            From::Wsdl(arguments) => arguments.run(),
            From::Blazeds(arguments) => arguments.run(),
        }
    }
}
