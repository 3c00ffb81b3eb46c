//! The `footbridge` command: serve a folder of mappings, and see what a call becomes at each step.
//!
//! One file a command, each with its arguments and its `run`:
//!
//! - [`serve`], with what `--dev` shows in [`dev`], what is written to the [`log`] and where [`traces`] go; [`check`], [`migrate`]: a project folder, read by [`project`]; [`scratch`] has databases to ask.
//! - [`call`], [`decode`], [`explain`]: one call, from outside, from its bytes, from inside.
//! - [`describe`], [`import`], [`mock`]: a document that describes a service; [`wsdl`] reads one without a mapping, [`fetch`] gets it.
//! - [`init`], [`schema`], [`cert`], [`user`], [`completions`], [`manual`]: files to begin with.
//!
//! [`layout`] prints canonical JSON so that a row is a line, [`printable`] what others sent without what a terminal would obey.

/// Prints a line of a command that goes on running. Whoever started it may have stopped reading; that is no reason to
/// stop, or to fail a call.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;

        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

mod call;
mod cert;
mod check;
mod completions;
mod decode;
mod describe;
mod dev;
mod explain;
mod fetch;
mod import;
mod init;
mod layout;
mod log;
mod manual;
mod migrate;
mod mock;
mod openapi;
mod printable;
mod project;
mod schema;
mod scratch;
mod serve;
mod traces;
mod user;
mod wsdl;
mod yaml;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// An AMF gateway: calls of Flash, Flex, AIR, Ruffle and Royale clients, answered by databases, SOAP and REST services.
#[derive(Debug, Parser)]
#[command(name = "footbridge", version, max_term_width = 110, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Arguments),
    Check(check::Arguments),
    Call(Box<call::Arguments>),
    Decode(decode::Arguments),
    Explain(explain::Arguments),
    Describe(describe::Arguments),
    Import(import::Arguments),
    Mock(mock::Arguments),
    Init(init::Arguments),
    Migrate(migrate::Arguments),
    Schema(schema::Arguments),
    User(user::Arguments),
    Cert(cert::Arguments),
    Completions(completions::Arguments),
    Manual(manual::Arguments),
}

const AFTER_HELP: &str = "\
Begin with:
  footbridge init shop && cd shop && footbridge serve --dev
  footbridge call http://127.0.0.1:8080/gateway samples.EchoService.greet '\"Ada\"'

Exit codes: 0 all is well; 1 the answer is bad news (faults of a mapping, a fault of a call, a difference,
malformed bytes); 2 the command could not do its work.";

fn main() -> ExitCode {
    // Clients of HTTPS and databases look for a provider of cryptography at their first use, and panic without one.
    // It is already there only if somebody installed it in this process before us, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();

    let done = match Arguments::parse().command {
        Command::Serve(arguments) => arguments.run(),
        Command::Check(arguments) => arguments.run(),
        Command::Call(arguments) => arguments.run(),
        Command::Decode(arguments) => arguments.run(),
        Command::Explain(arguments) => arguments.run(),
        Command::Describe(arguments) => arguments.run(),
        Command::Import(arguments) => arguments.run(),
        Command::Mock(arguments) => arguments.run(),
        Command::Init(arguments) => arguments.run(),
        Command::Migrate(arguments) => arguments.run(),
        Command::Schema(arguments) => arguments.run(),
        Command::User(arguments) => arguments.run(),
        Command::Cert(arguments) => arguments.run(),
        Command::Manual(arguments) => arguments.run(Arguments::command_table()),
        Command::Completions(arguments) => arguments.run(&Arguments::command_table()),
    };
    match done {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Bad) => ExitCode::from(1),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

impl Arguments {
    fn command_table() -> clap::Command {
        <Self as clap::CommandFactory>::command()
    }
}

/// What a command that did its work found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// All is well.
    Good,
    /// Bad news: faults, differences, malformed bytes.
    Bad,
}

/// Whether the reader of our output went away (`footbridge decode x | head`), which is no error.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
