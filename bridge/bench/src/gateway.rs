//! The gateway as `footbridge serve` runs it, without the command line.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use footbridge_gateway::documents::Outside;
use footbridge_gateway::{Gateway, Live, Server};
use footbridge_mapping::compile::{Project, compile};
use footbridge_mapping::diagnostic::render;
use footbridge_sql::Databases;

/// Listens where the mapping of a project folder says, and logs as it does by default, to where nobody looks.
///
/// # Errors
/// A mapping that is wrong, a database or an address that cannot be had.
pub async fn start(root: &Path) -> Result<Server> {
    let nowhere = OpenOptions::new().write(true).open("/dev/null")?;
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
        .with_writer(Arc::new(nowhere))
        .with_ansi(false)
        .with_target(false)
        .init();
    let project = Project::read(root)?;
    let outside = Outside::new(root);
    let compiled = compile(&project, &outside);
    let Some(mapping) = compiled.mapping else {
        bail!("{}", render(&compiled.diagnostics, &project, false));
    };
    let databases = Arc::new(Databases::open(&mapping, root)?);
    let listen = mapping.gateway.listen.clone();
    let gateway = Gateway::new(Live::open(mapping, databases, outside.documents(), root)?).at(root);
    Ok(Server::listen(Arc::new(gateway), &listen, None).await?)
}
