//! `footbridge import wsdl`: every operation of a WSDL written out, so that it can be changed line by line.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use footbridge_mapping::description::{DescribedOperation, Description};
use footbridge_mapping::slot::Type;

use crate::{Outcome, wsdl};

/// Print a mapping of all operations of a WSDL, each with its arguments and what it answers.
///
/// `publish: all` alone says the same in one line; written out, an operation can be renamed, changed or left out.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  footbridge import wsdl wsdl/rates.wsdl --service samples.rates.RatesService --out mappings/rates.yaml
  footbridge import wsdl https://partner.example/rates?wsdl --port RatesSoap12")]
pub(crate) struct Arguments {
    /// A file or an URL.
    #[arg(value_name = "FILE|URL")]
    document: String,
    /// The service's name in calls; the WSDL's own.
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// The backend's name.
    #[arg(long, value_name = "NAME")]
    backend: Option<String>,
    /// The port; the first of SOAP 1.1.
    #[arg(long, value_name = "NAME")]
    port: Option<String>,
    /// A file in place of standard output; one that is there already is not touched.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let engine = wsdl::read(&self.document, self.port.as_deref())?;
        let text = self.mapping(&engine);
        written(self.out.as_deref(), &text)
    }

    fn mapping(&self, engine: &footbridge_gateway::documents::SoapEngine) -> String {
        let document = engine.document();
        let service = engine.model().services.iter().find(|service| {
            service
                .ports
                .iter()
                .any(|port| port.name == engine.port().name)
        });
        let name = self
            .service
            .clone()
            .or_else(|| service.map(|service| service.name.to_string()))
            .unwrap_or_else(|| "Service".to_owned());
        let stem = self
            .document
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or_default()
            .split(['?', '.'])
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let backend = self.backend.clone().unwrap_or(stem);
        let backend = if backend.is_empty() {
            "service".to_owned()
        } else {
            backend
        };
        let source = if self.document.contains("://") {
            self.document.clone()
        } else {
            document.document().to_owned()
        };
        let mut out = String::new();
        let _ = writeln!(out, "# Made from {}.", one_line(&source));
        let _ = writeln!(out, "service: {}", text(&name));
        let _ = writeln!(out, "backend: {}", text(&backend));
        let _ = writeln!(
            out,
            "roles: users                                   # whoever has logged in; say here who may call"
        );
        let port = self
            .port
            .as_ref()
            .map_or_else(String::new, |port| format!(", port: {}", text(port)));
        let _ = writeln!(
            out,
            "\nbackends:\n  {}: {{wsdl: {}{port}}}\n\noperations:",
            text(&backend),
            text(&source)
        );
        for name in document.operations() {
            for (at, operation) in document.operation(&name).iter().enumerate() {
                write_operation(&mut out, operation, at);
            }
        }
        out
    }
}

fn write_operation(out: &mut String, operation: &DescribedOperation, overload: usize) {
    if let Some(said) = &operation.documentation {
        let _ = writeln!(out, "  # {}", one_line(said));
    }
    let name = if overload == 0 {
        operation.name.to_string()
    } else {
        format!("{}{}", operation.name, overload + 1)
    };
    let _ = writeln!(out, "  {}:", text(&name));
    if !operation.arguments.is_empty() {
        out.push_str("    args:\n");
        for argument in &operation.arguments {
            let kind = argument.slot.to_string();
            // Types without a name cannot be named here: what goes there keeps the type of its place.
            if kind.contains('/') || argument.slot.kind == Type::Any {
                let _ = writeln!(out, "      {}:", text(&argument.name));
            } else {
                let _ = writeln!(out, "      {}: {kind}", text(&argument.name));
            }
        }
    }
    let _ = writeln!(out, "    soap: {}", text(&operation.name));
    let returns = operation.returns.kind.to_string();
    if !returns.contains('/') {
        let _ = writeln!(out, "    returns: {returns}");
    }
    if !operation.faults.is_empty() {
        let mut faults: Vec<&str> = operation.faults.iter().map(|name| &**name).collect();
        faults.dedup();
        let _ = writeln!(out, "    # faults: {}", faults.join(", "));
    }
}

/// Writes a mapping to a file that is not there yet, or to standard output.
pub(super) fn written(path: Option<&Path>, text: &str) -> anyhow::Result<Outcome> {
    match path {
        Some(path) => std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(|| format!("cannot write {}", path.display()))?,
        None => std::io::stdout().write_all(text.as_bytes())?,
    }
    Ok(Outcome::Good)
}

/// The name of a document's file without its ending, as the name of a backend.
pub(super) fn stem(document: &str) -> String {
    let file = document.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = file.split(['?', '.']).next().unwrap_or_default();
    if stem.is_empty() {
        return "service".to_owned();
    }
    stem.to_lowercase()
}

/// A YAML text: plain where that is itself, else in quotes.
pub(super) fn text(text: &str) -> String {
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|letter| {
            letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-' | '/')
        })
        && !matches!(
            text,
            "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    if plain {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
