//! What documents of backends say, by the engines that read them: those of a case, else the samples of this repository.

use std::path::Path;
use std::sync::Arc;

use footbridge_mapping::description::Described;
use footbridge_mapping::model::{Backend, HttpKind};
use footbridge_soap::describe::Document;
use footbridge_soap::load::{Options, Patch, ResolveError, load};

/// Reads the WSDL of a backend below `root/wsdl`.
pub(crate) fn describe(root: &Path, backend: &Backend) -> Result<Described, String> {
    let Some(HttpKind::Wsdl(settings)) = backend.http().map(|http| &http.description) else {
        return Err("only WSDLs are read here".to_owned());
    };
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
