//! `footbridge import blazeds`: destinations of BlazeDS, LiveCycle and ColdFusion, as far as their configuration says what they are.
//!
//! What answered a call stood in Java or CFML and is gone. So a mapping is written that names every service and operation and
//! who may call it, and a list of what has to be said by somebody who knows. `read` goes through the files, `channel`, `remoting`, `proxy`
//! and `who` carry over what they can, `rest` tells what nobody took.

mod channel;
mod proxy;
mod read;
mod remoting;
mod rest;
mod who;

use std::path::PathBuf;

use anyhow::Context;

use self::read::Imported;
use super::xml;
use crate::Outcome;
use crate::project::counted;

/// Write mappings for the destinations of a services-config.xml.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
DIR is WEB-INF/flex of the old application: services-config.xml with the files that it includes.

Examples:
  footbridge import blazeds /opt/tomcat/webapps/shop/WEB-INF/flex
  footbridge import blazeds WEB-INF/flex --out shop")]
pub(crate) struct Arguments {
    /// The folder of services-config.xml, or the file itself.
    dir: PathBuf,
    /// The project folder to write into; no file that exists is changed.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let file = if self.dir.is_dir() {
            self.dir.join("services-config.xml")
        } else {
            self.dir
        };
        let imported = Imported::read(&file)?;
        let mappings = self.out.join("mappings");
        std::fs::create_dir_all(&mappings)
            .with_context(|| format!("cannot make the folder {}", mappings.display()))?;
        let mut written = 0;
        for (name, text) in &imported.files {
            let path = mappings.join(name);
            if path.exists() {
                println!("kept     {} (it exists already)", path.display());
                continue;
            }
            std::fs::write(&path, text)
                .with_context(|| format!("cannot write {}", path.display()))?;
            println!("written  {}", path.display());
            written += 1;
        }
        if !imported.left.is_empty() {
            println!("\nnot carried over, to be decided by you:");
            for line in &imported.left {
                println!("  {line}");
            }
        }
        println!(
            "\n{} written; `footbridge check {}` next",
            counted(written, "file"),
            self.out.display()
        );
        Ok(Outcome::Good)
    }
}

#[cfg(test)]
mod tests;
