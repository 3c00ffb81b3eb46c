//! The gateway as `footbridge serve` runs it, without the command line.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use footbridge_gateway::documents::Outside;
use footbridge_gateway::{Gateway, Live, Server};
use footbridge_mapping::compile::{Project, compile};
use footbridge_mapping::diagnostic::render;
use footbridge_sql::Databases;

/// Listens where the mapping of a project folder says.
///
/// # Errors
/// A mapping that is wrong, a database or an address that cannot be had.
pub async fn start(root: &Path) -> Result<Server> {
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
