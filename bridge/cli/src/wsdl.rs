//! A WSDL without a mapping around it: a file or an URL, and the mapping that a user would write first.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use footbridge_gateway::documents::{SoapEngine, Store};
use footbridge_mapping::model::WsdlSettings;
use indexmap::IndexMap;

use crate::fetch::fetch;
use crate::project::{self, Loaded};

/// The name of the service and the backend of a mapping that is made on the spot.
pub(crate) const NAME: &str = "wsdl";

/// Where a document is, split into what a store and what a mapping says of it.
pub(crate) fn place(source: &str) -> anyhow::Result<(Store, Arc<str>)> {
    if source.starts_with("http://") || source.starts_with("https://") {
        return Ok((Store::loose(Path::new("."), fetch()), source.into()));
    }
    let path = Path::new(source);
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .with_context(|| format!("`{source}` is no file"))?;
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    };
    Ok((Store::loose(folder, fetch()), name.into()))
}

/// The bytes of a document.
pub(crate) fn bytes(source: &str) -> anyhow::Result<Vec<u8>> {
    let (store, document) = place(source)?;
    let resolver = store.resolver("wsdl", &document);
    resolver.get(&document).map_err(|error| anyhow!("{error}"))
}

/// Reads a WSDL; what of it could not be understood goes to standard error.
pub(crate) fn read(source: &str, port: Option<&str>) -> anyhow::Result<SoapEngine> {
    let (store, document) = place(source)?;
    let settings = WsdlSettings {
        document,
        service: None,
        port: port.map(Into::into),
        mtom: false,
        catalog: IndexMap::new(),
        patches: Vec::new(),
    };
    let (engine, described) =
        SoapEngine::load(&settings, &store).map_err(|error| anyhow!("{error}"))?;
    for warning in &described.warnings {
        eprintln!("warning: {warning}");
    }
    Ok(engine)
}

/// The mapping that opens every operation of a WSDL, compiled; types are anonymous there.
pub(crate) fn published(source: &str, port: Option<&str>) -> anyhow::Result<Loaded> {
    let (store, document) = place(source)?;
    let text = |value: &str| serde_json::Value::from(value).to_string();
    let port = port.map_or_else(String::new, |port| format!(", port: {}", text(port)));
    let backend = format!("{{wsdl: {}{port}}}", text(&document));
    Ok(project::published(NAME, &backend, store))
}
