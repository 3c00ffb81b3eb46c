//! `footbridge schema`: the JSON Schemas that editors complete and check mapping files with.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use footbridge_mapping::file::schema;

use crate::Outcome;

/// Print the JSON Schema of a kind of file, or write both.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
An editor with a YAML language server takes them from a file's first line:
  # yaml-language-server: $schema=../schemas/mapping.schema.json

Examples:
  footbridge schema mapping > schemas/mapping.schema.json
  footbridge schema --write schemas")]
pub(crate) struct Arguments {
    /// Which kind of file.
    #[arg(required_unless_present = "write")]
    kind: Option<Kind>,
    /// Write gateway.schema.json and mapping.schema.json into this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "kind")]
    write: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    /// `mappings/gateway.yaml`
    Gateway,
    /// All other files below `mappings/`
    Mapping,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let (gateway, mapping) = texts();
        let Some(folder) = self.write else {
            let text = match self.kind {
                Some(Kind::Gateway) => gateway,
                Some(Kind::Mapping) | None => mapping,
            };
            std::io::stdout().write_all(text.as_bytes())?;
            return Ok(Outcome::Good);
        };
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        for (name, text) in [
            ("gateway.schema.json", gateway),
            ("mapping.schema.json", mapping),
        ] {
            let file = folder.join(name);
            fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
            writeln!(std::io::stdout(), "wrote {}", file.display())?;
        }
        Ok(Outcome::Good)
    }
}

/// The schemas of gateway.yaml and of all other files, as they stand in `schemas/`.
pub(crate) fn texts() -> (String, String) {
    let text = |schema: &serde_json::Value| format!("{schema:#}\n");
    (text(&schema::gateway()), text(&schema::mapping()))
}
