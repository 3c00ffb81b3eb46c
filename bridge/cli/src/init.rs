//! `footbridge init`: a first project, from samples inside the binary.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::Outcome;

/// Write a first project: a gateway, two services, a sample database.
///
/// Nothing that is there already is overwritten.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  footbridge init shop
  cd shop
  footbridge serve --dev")]
pub(crate) struct Arguments {
    /// The folder, made if it is not there.
    #[arg(default_value = ".")]
    dir: PathBuf,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let files = files();
        let present: Vec<_> = files
            .iter()
            .map(|(path, _)| self.dir.join(path))
            .filter(|path| path.exists())
            .collect();
        if let Some(path) = present.first() {
            bail!(
                "{} is there already; nothing was written. Name an empty folder: footbridge init DIR",
                path.display()
            );
        }
        let mut out = std::io::stdout().lock();
        for (path, text) in files {
            write(&self.dir.join(path), &text)?;
            writeln!(out, "wrote {}", self.dir.join(path).display())?;
        }
        let place = match self.dir.as_path() {
            dir if dir == Path::new(".") => String::new(),
            dir => format!(" {}", dir.display()),
        };
        writeln!(out, "\nnow run: footbridge serve{place} --dev")?;
        Ok(Outcome::Good)
    }
}

/// The files of a first project, relative to its folder, with their texts.
fn files() -> Vec<(&'static str, String)> {
    let (gateway, mapping) = crate::schema::texts();
    let mut files: Vec<_> = SAMPLES
        .iter()
        .map(|(path, text)| (*path, (*text).to_owned()))
        .collect();
    files.push(("schemas/gateway.schema.json", gateway));
    files.push(("schemas/mapping.schema.json", mapping));
    files
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

const SAMPLES: &[(&str, &str)] = &[
    (".gitignore", "/data/\n"),
    (
        "mappings/gateway.yaml",
        include_str!("../../../mappings/gateway.yaml"),
    ),
    (
        "mappings/echo.yaml",
        include_str!("../../../mappings/echo.yaml"),
    ),
    (
        "mappings/inventory.yaml",
        include_str!("../../../mappings/inventory.yaml"),
    ),
    (
        "mappings/rates.yaml",
        include_str!("../../../mappings/rates.yaml"),
    ),
    ("wsdl/rates.wsdl", include_str!("../../../wsdl/rates.wsdl")),
    (
        "replies/level1.json",
        include_str!("../../../replies/level1.json"),
    ),
    (
        "migrations/sqlite/0001_samples.sql",
        include_str!("../../../migrations/sqlite/0001_samples.sql"),
    ),
    (
        "migrations/postgres/0001_samples.sql",
        include_str!("../../../migrations/postgres/0001_samples.sql"),
    ),
    (
        "migrations/mysql/0001_samples.sql",
        include_str!("../../../migrations/mysql/0001_samples.sql"),
    ),
];
