//! A model, its shapes, and values as canonical JSON.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use footbridge_amf::canonical::{self, Encoding as Canonical};
use footbridge_amf::{GraphBuilder, Sink};
use footbridge_mapping::data::{AmfValue, Data};
use footbridge_mapping::model::TypeScope;
use footbridge_remoting::{Encoding, ListShape, Style};
use footbridge_soap::load::{Options, ResolveError, load};
use footbridge_soap::model::Model;
use footbridge_soap::read::{Fault, Shapes};
use footbridge_soap::write::Aliases;
use jiff::tz::TimeZone;

/// What a service makes of a WSDL.
pub(crate) struct Service {
    pub(crate) model: Arc<Model>,
    pub(crate) shapes: Shapes,
    pub(crate) aliases: Aliases,
}

impl Service {
    pub(crate) fn load(path: &Path) -> Self {
        Self::with(load_file(path), "samples")
    }

    pub(crate) fn with(model: Model, package: &str) -> Self {
        let model = Arc::new(model);
        let scope = TypeScope {
            package: Some(package.into()),
            ..TypeScope::default()
        };
        let shapes = Shapes::compile(&model, &scope, &TimeZone::UTC);
        let aliases = Aliases::of(&model, &scope);
        Self {
            model,
            shapes,
            aliases,
        }
    }
}

pub(crate) fn load_file(path: &Path) -> Model {
    let address = path.to_str().expect("a path of text");
    load(address, &mut read_file, &Options::default()).expect("the WSDL loads")
}

pub(crate) fn read_file(address: &str) -> Result<Vec<u8>, ResolveError> {
    std::fs::read(address).map_err(|error| ResolveError(error.kind().to_string()))
}

pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name)
}

/// What is in a folder, in order; nothing where there is none.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| {
            entries
                .map(|entry| entry.expect("an entry").path())
                .collect()
        })
        .unwrap_or_default();
    files.sort();
    files
}

pub(crate) fn data(json: &str) -> Data {
    let (graph, value) = canonical::from_text(json).expect("canonical JSON");
    AmfValue {
        graph: Arc::new(graph),
        value,
    }
    .plain()
}

/// A client with AMF3.
pub(crate) fn flex() -> Style {
    Style {
        encoding: Encoding::Amf3,
        rows: ListShape::ArrayCollection,
        lists: ListShape::ArrayCollection,
        externals: true,
    }
}

/// A classic client with AMF0.
pub(crate) fn classic() -> Style {
    Style {
        encoding: Encoding::Amf0,
        rows: ListShape::RecordSet,
        lists: ListShape::Array,
        externals: false,
    }
}

/// What was written, as canonical JSON; or what `write` says instead.
pub(crate) fn written(write: impl FnOnce(&mut dyn Sink) -> Result<(), String>) -> String {
    let mut builder = GraphBuilder::new();
    if let Err(told) = write(&mut builder) {
        return told;
    }
    let (graph, value) = builder.finish().expect("one whole value");
    canonical::to_text(&graph, &value, Canonical::Amf3).expect("it can be said")
}

pub(crate) fn fault_text(fault: &Fault) -> String {
    format!(
        "fault {} {:?} {:?} {:?}\n{}\ncodes {:?}\n{:?}",
        fault.code,
        fault.subcodes,
        fault.message,
        fault.actor,
        fault.detail_xml.as_deref().unwrap_or("-"),
        fault.codes().collect::<Vec<_>>(),
        fault.data()
    )
}
