//! What documents of backends say, by the engines that read them: those of a case, else the samples of this repository.

use std::path::Path;
use std::sync::Arc;

use footbridge_mapping::description::Described;
use footbridge_mapping::model::{Backend, HttpKind, WsdlSettings};
use footbridge_soap::describe::Document;
use footbridge_soap::load::{Options, Patch, ResolveError, load};

/// Reads the document of a backend: a WSDL below `root/wsdl`, an OpenAPI document below `root/schemas`.
pub(crate) fn describe(root: &Path, backend: &Backend) -> Result<Described, String> {
    match backend.http().map(|http| &http.description) {
        Some(HttpKind::Wsdl(settings)) => wsdl(root, settings),
        Some(HttpKind::OpenApi { document }) => openapi(root, document),
        Some(HttpKind::Rest) | None => Err("nothing describes it".to_owned()),
    }
}

/// An OpenAPI document; where the file is not there, one of orders that examples speak of.
fn openapi(root: &Path, document: &str) -> Result<Described, String> {
    let mut resolver = |address: &str| {
        Ok(std::fs::read(root.join("schemas").join(address))
            .unwrap_or_else(|_| ORDERS.as_bytes().to_vec()))
    };
    let model = footbridge_rest::load::load(document, &mut resolver, &Default::default())
        .map_err(|error| error.to_string())?;
    let warnings = model.warnings.iter().map(ToString::to_string).collect();
    let description = footbridge_rest::describe::Document::new(document, Arc::new(model));
    Ok(Described {
        description: Arc::new(description),
        warnings,
    })
}

const ORDERS: &str = r#"
openapi: 3.0.3
info: {title: orders, version: "1"}
servers: [{url: https://orders.example/v2}]
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: an order, content: {application/json: {schema: {type: object}}}}}
    delete:
      operationId: deleteOrder
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"204": {description: gone}}
  /import:
    post: {operationId: importCsv, responses: {"204": {description: done}}}
  /internal/reindex:
    post: {responses: {"204": {description: done}}}
"#;

fn wsdl(root: &Path, settings: &WsdlSettings) -> Result<Described, String> {
    let mut resolver = |address: &str| {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wsdl");
        std::fs::read(root.join("wsdl").join(address))
            .or_else(|_| std::fs::read(samples.join(address)))
            .map_err(|_| ResolveError(format!("`wsdl/{address}` is not there")))
    };
    let options = Options {
        patches: settings
            .patches
            .iter()
            .map(|patch| Patch::Replace {
                find: Arc::clone(&patch.find),
                with: Arc::clone(&patch.put),
            })
            .collect(),
        ..Options::default()
    };
    let model =
        load(&settings.document, &mut resolver, &options).map_err(|error| error.to_string())?;
    let warnings = model.warnings.iter().map(ToString::to_string).collect();
    let model = Arc::new(model);
    let port = model
        .port(settings.service.as_deref(), settings.port.as_deref())
        .map_err(|error| error.to_string())?;
    Ok(Described {
        description: Arc::new(Document::new(&model, port, Arc::clone(&settings.document))),
        warnings,
    })
}
