//! What the user wrote: files of one project folder, read into structs in which every text has its place.
//!
//! Nothing is resolved here: names are names. Every mistake of form (a key that is none, a value of another
//! form, a text that its small language does not know) is told, and what is right is read all the same.

pub mod backend;
pub mod faults;
pub mod gateway;
pub mod http;
pub mod login;
pub mod operation;
pub mod order;
pub mod proxy;
pub mod read;
pub mod rows;
pub mod schema;
pub mod service;
pub mod words;
pub mod yaml;

mod recover;

mod slips;

use std::sync::Arc;

use self::gateway::GatewayFile;
use self::proxy::ProxyFile;
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
    /// `proxy: NAME`
    Proxy(Box<ProxyFile>),
    /// Parts that all files share.
    Shared(Box<SharedFile>),
}

/// What was read of one file.
#[derive(Debug)]
pub struct Reading {
    /// Its struct, as far as it could be read.
    pub file: Option<MappingFile>,
    /// All that is wrong with its form.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether names may stand in it that were not read, so that nobody can say that they are missing.
    pub hidden: bool,
}

/// Reads one file.
pub fn read(file: &Arc<str>, source: &str) -> Reading {
    let slips = slips::scan(file, source);
    let recover::Recovered {
        node,
        faults,
        cuts,
        hidden,
    } = recover::parse(file, source, &slips);
    let is_whole = cuts.is_empty();
    let mut reader = Reader {
        source,
        key: "".into(),
        cuts,
        diagnostics: slips,
    };
    reader.diagnostics.extend(faults);
    let mut reading = Reading {
        file: None,
        diagnostics: Vec::new(),
        hidden,
    };
    let head = node.as_ref().map(|node| head(node, file));
    match (node, head) {
        (Some(node), Some(Ok(head))) => {
            reading.file = match head {
                Head::Gateway => GatewayFile::read(&node, &mut reader)
                    .map(|file| MappingFile::Gateway(Box::new(file))),
                Head::Service => ServiceFile::read(&node, &mut reader)
                    .map(|file| MappingFile::Service(Box::new(file))),
                Head::Proxy => ProxyFile::read(&node, &mut reader)
                    .map(|file| MappingFile::Proxy(Box::new(file))),
                Head::Shared => SharedFile::read(&node, &mut reader)
                    .map(|file| MappingFile::Shared(Box::new(file))),
            };
        }
        (_, Some(Err(fault))) => {
            reading.hidden = true;
            // The head may be what could not be read.
            if is_whole {
                reader.diagnostics.push(fault);
            }
        }
        (_, None) | (None, _) => {}
    }
    reading.diagnostics = reader.diagnostics;
    reading
}

enum Head {
    Gateway,
    Service,
    Proxy,
    Shared,
}

/// Finds the head key in one pass over the keys of the file.
fn head(node: &yaml::Node, file: &Arc<str>) -> Result<Head, Diagnostic> {
    const LATER: &[&str] = &["data", "topic", "shared-object", "commands"];
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
            // A backend has a key of this name, but no file begins with one.
            "proxy" => Head::Proxy,
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
            let heads = ["gateway", "service", "proxy"].iter().chain(SHARED);
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
