//! What the user wrote: files of one project folder, read into structs in which every text has its place.
//!
//! Nothing is resolved here: names are names. Every mistake of form (a key that is none, a value of another
//! form, a text that its small language does not know) is told, and what is right is read all the same.

pub mod backend;
pub mod gateway;
pub mod operation;
pub mod read;
pub mod schema;
pub mod service;
pub mod words;
pub mod yaml;

mod slips;

use std::sync::Arc;

use self::gateway::GatewayFile;
use self::read::{Read, Reader};
use self::service::{ServiceFile, SharedFile};
use self::yaml::NodeValue;
use crate::diagnostic::{Diagnostic, Place, did_you_mean};

/// One file, by what it is about.
#[derive(Clone, Debug, PartialEq)]
pub enum MappingFile {
    /// `gateway: NAME`
    Gateway(Box<GatewayFile>),
    /// `service: NAME`
    Service(Box<ServiceFile>),
    /// Parts that all files share.
    Shared(Box<SharedFile>),
}

/// Reads one file: its struct as far as it could be read, and all that is wrong with its form.
pub fn read(file: &Arc<str>, source: &str) -> (Option<MappingFile>, Vec<Diagnostic>) {
    let slips = slips::scan(file, source);
    let node = match yaml::parse(file, source) {
        Ok(node) => node,
        // Our sentence on a slip is better than the parser's on what follows from it.
        Err(faults) => return (None, if slips.is_empty() { faults } else { slips }),
    };
    let mut reader = Reader {
        source,
        key: "".into(),
        diagnostics: slips,
    };
    let head = match head(&node, file) {
        Ok(head) => head,
        Err(fault) => {
            reader.diagnostics.push(fault);
            return (None, reader.diagnostics);
        }
    };
    let read =
        match head {
            Head::Gateway => GatewayFile::read(&node, &mut reader)
                .map(|file| MappingFile::Gateway(Box::new(file))),
            Head::Service => ServiceFile::read(&node, &mut reader)
                .map(|file| MappingFile::Service(Box::new(file))),
            Head::Shared => {
                SharedFile::read(&node, &mut reader).map(|file| MappingFile::Shared(Box::new(file)))
            }
        };
    (read, reader.diagnostics)
}

enum Head {
    Gateway,
    Service,
    Shared,
}

/// Finds the head key in one pass over the keys of the file.
fn head(node: &yaml::Node, file: &Arc<str>) -> Result<Head, Diagnostic> {
    const LATER: &[&str] = &["proxy", "data", "topic", "shared-object", "commands"];
    const SHARED: &[&str] = &["package", "types", "backends", "tables"];
    let way_out = "write `service: NAME` above (or begin with `package`, `types`, `backends` or `tables` for shared parts)";
    let NodeValue::Map(entries) = &node.value else {
        return Err(
            Diagnostic::error(102, &node.place, "a mapping file begins with what it is")
                .help(way_out),
        );
    };
    for (at, (key, _)) in entries.iter().enumerate() {
        let head = match &*key.text {
            "gateway" => Head::Gateway,
            "service" => Head::Service,
            later if LATER.contains(&later) => {
                return Err(Diagnostic::error(
                    117,
                    &key.place,
                    format!("files that begin with `{later}` come with a later version"),
                ));
            }
            _ => continue,
        };
        if at > 0 {
            return Err(Diagnostic::error(
                102,
                &key.place,
                format!(
                    "a mapping file begins with what it is; put `{}` first",
                    key.text
                ),
            ));
        }
        return Ok(head);
    }
    let first = entries.first().map(|(key, _)| key);
    match first {
        Some(key) if SHARED.contains(&&*key.text) => Ok(Head::Shared),
        Some(key) => {
            let heads = ["gateway", "service"].iter().chain(SHARED);
            let meant = did_you_mean(&key.text, heads);
            Err(Diagnostic::error(
                102,
                &key.place,
                format!(
                    "a mapping file begins with what it is, and `{}` says nothing of it{meant}",
                    key.text
                ),
            )
            .help(way_out))
        }
        None => Err(Diagnostic::error(
            102,
            &Place {
                file: Arc::clone(file),
                span: 0..0,
            },
            "a mapping file begins with what it is",
        )
        .help(way_out)),
    }
}
