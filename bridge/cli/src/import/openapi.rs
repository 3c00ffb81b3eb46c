//! `footbridge import openapi`: every operation of a document written out, so that it can be changed line by line.

use std::fmt::Write as _;
use std::path::PathBuf;

use footbridge_gateway::documents::RestEngine;
use footbridge_mapping::compile::reserved;
use footbridge_mapping::description::Description;
use footbridge_mapping::slot::Type;

use super::wsdl::{stem, text, written};
use crate::{Outcome, openapi};

/// Print a mapping of all operations of an OpenAPI document, each with its arguments and what it answers.
///
/// `publish: all` alone says the same in one line; written out, an operation can be renamed, changed or left out.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  footbridge import openapi schemas/orders.yaml --service com.acme.orders.OrderService --out mappings/orders.yaml
  footbridge import openapi https://partner.example/openapi.json")]
pub(crate) struct Arguments {
    /// A file or an URL.
    #[arg(value_name = "FILE|URL")]
    document: String,
    /// The service's name in calls.
    #[arg(long, value_name = "NAME", default_value = "Service")]
    service: String,
    /// The backend's name; the file's.
    #[arg(long, value_name = "NAME")]
    backend: Option<String>,
    /// A file in place of standard output; one that is there already is not touched.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let engine = openapi::read(&self.document)?;
        written(self.out.as_deref(), &self.mapping(&engine))
    }

    fn mapping(&self, engine: &RestEngine) -> String {
        let document = engine.document();
        let backend = self.backend.clone().unwrap_or_else(|| stem(&self.document));
        let source = if self.document.contains("://") {
            self.document.clone()
        } else {
            document.document().to_owned()
        };
        let mut out = String::new();
        let words: Vec<&str> = source.split_whitespace().collect();
        let _ = writeln!(out, "# Made from {}.", words.join(" "));
        let _ = writeln!(out, "service: {}", text(&self.service));
        let _ = writeln!(out, "backend: {}", text(&backend));
        let _ = writeln!(
            out,
            "roles: users                                   # whoever has logged in; say here who may call"
        );
        let url = match engine.address() {
            Some(_) => String::new(),
            None => ", url: \"http://localhost\"".to_owned(),
        };
        let _ = writeln!(
            out,
            "\nbackends:\n  {}: {{openapi: {}{url}}}\n\noperations:",
            text(&backend),
            text(&source)
        );
        for name in document.operations() {
            for operation in document.operation(&name) {
                if let Some(said) = &operation.documentation {
                    let words: Vec<&str> = said.split_whitespace().collect();
                    let _ = writeln!(out, "  # {}", words.join(" "));
                }
                let _ = writeln!(out, "  {}:", text(&operation.name));
                let taken = operation.arguments.iter().find(|of| reserved(&of.name));
                if let Some(taken) = taken {
                    // The document's arguments, which nothing here names, stay what they are.
                    let _ = writeln!(
                        out,
                        "    # args: as the document has them; `{}` means something else in expressions",
                        taken.name
                    );
                } else if !operation.arguments.is_empty() {
                    out.push_str("    args:\n");
                }
                let named = taken.is_none().then_some(&operation.arguments);
                for argument in named.into_iter().flatten() {
                    let kind = argument.slot.to_string();
                    // Types without a name cannot be named here: what goes there keeps the type of its place.
                    if kind.contains('/') || argument.slot.kind == Type::Any {
                        let _ = writeln!(out, "      {}:", text(&argument.name));
                    } else {
                        let _ = writeln!(out, "      {}: {kind}", text(&argument.name));
                    }
                }
                let _ = writeln!(out, "    rest: {}", text(&operation.name));
                let returns = operation.returns.kind.to_string();
                if !returns.contains('/') {
                    let _ = writeln!(out, "    returns: {returns}");
                }
                if !operation.faults.is_empty() {
                    let _ = writeln!(out, "    # faults: {}", operation.faults.join(", "));
                }
            }
        }
        out
    }
}
