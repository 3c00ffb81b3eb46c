//! A WSDL that was read, and how its types look to one service.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use footbridge_mapping::description::Described;
use footbridge_mapping::model::{Rest, TypeBody, TypeScope, WsdlSettings};
use footbridge_mapping::slot::{PathPart, Slot, Type};
use footbridge_soap::describe::Document;
use footbridge_soap::load::{Options, Patch, load};
use footbridge_soap::mock::Mock;
use footbridge_soap::model::{Model, Operation, Port};
use footbridge_soap::read::{Forgiven, Notes, Shapes};
use footbridge_soap::write::Aliases;
use jiff::tz::TimeZone;

use super::store::Store;

/// How often something was forgiven, and the first of it, by operation and kind.
type Forgivings = BTreeMap<(Arc<str>, Forgiven), (usize, String)>;

/// A WSDL, and the port of it that a backend speaks to.
#[derive(Debug)]
pub struct SoapEngine {
    document: Arc<Document>,
    mtom: bool,
    /// The project folder, where certificates are.
    root: PathBuf,
    /// A reply that is there already, in place of what the service would answer.
    looks: RwLock<Vec<Arc<Look>>>,
    mock: OnceLock<Mock>,
    /// What was forgiven, by operation: how often, and where first.
    forgiven: Mutex<Forgivings>,
}

/// How the types of a WSDL look to one service.
#[derive(Debug)]
pub struct Look {
    /// The service's types, as they are written.
    scope: Arc<TypeScope>,
    zone: TimeZone,
    /// For replies that go to the client as they are read.
    pub direct: Shapes,
    /// For replies that the mapping sees first: under the names of the document, values as the mapping wants them.
    pub kept: Shapes,
    /// Which class means which type.
    pub aliases: Aliases,
}

impl SoapEngine {
    /// Reads the WSDL of a backend.
    ///
    /// # Errors
    /// Why it cannot be read, or has no such port.
    pub fn load(settings: &WsdlSettings, store: &Store) -> Result<(Self, Described), String> {
        let mut resolver = store.resolver("wsdl", &settings.document);
        let options = Options {
            catalog: settings
                .catalog
                .iter()
                .map(|(from, to)| (Arc::clone(from), Arc::clone(to)))
                .collect(),
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
        for target in settings.catalog.values() {
            resolver.allow(target);
        }
        let model =
            load(&settings.document, &mut resolver, &options).map_err(|error| error.to_string())?;
        Self::of(model, settings, store.root())
    }

    fn of(model: Model, settings: &WsdlSettings, root: &Path) -> Result<(Self, Described), String> {
        let warnings = model.warnings.iter().map(ToString::to_string).collect();
        let model = Arc::new(model);
        let port = model
            .port(settings.service.as_deref(), settings.port.as_deref())
            .map_err(|error| error.to_string())?
            .clone();
        let name = Arc::clone(&settings.document);
        let document = Arc::new(Document::new(&model, &port, name));
        let engine = Self {
            document: Arc::clone(&document),
            mtom: settings.mtom,
            root: root.to_owned(),
            looks: RwLock::default(),
            mock: OnceLock::new(),
            forgiven: Mutex::default(),
        };
        Ok((
            engine,
            Described {
                description: document,
                warnings,
            },
        ))
    }

    /// The WSDL.
    pub fn model(&self) -> &Arc<Model> {
        self.document.model()
    }

    /// The port that the backend means.
    pub fn port(&self) -> &Port {
        self.document.port()
    }

    /// The operation of a name, and which of several.
    pub fn operation(&self, name: &str, overload: usize) -> Option<&Arc<Operation>> {
        self.document.named(name).get(overload)
    }

    /// Whether bytes travel beside the envelope.
    pub fn mtom(&self) -> bool {
        self.mtom
    }

    /// The text of a certificate below the project folder.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn certificate(&self, file: &str) -> std::io::Result<String> {
        std::fs::read_to_string(self.root.join(file))
    }

    /// The WSDL as compilers of mappings see it.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// A service that answers with examples; made at its first call.
    pub fn mock(&self) -> &Mock {
        self.mock.get_or_init(|| Mock::new(self.model()))
    }

    /// How its types look to a service; compiled once.
    pub fn look(&self, scope: &Arc<TypeScope>, zone: &TimeZone) -> Arc<Look> {
        let known = |looks: &[Arc<Look>]| {
            looks
                .iter()
                .find(|look| Arc::ptr_eq(&look.scope, scope) && look.zone == *zone)
                .cloned()
        };
        if let Some(look) = known(&self.looks.read().unwrap_or_else(PoisonError::into_inner)) {
            return look;
        }
        let mut looks = self.looks.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(look) = known(&looks) {
            return look;
        }
        let look = Arc::new(Look {
            direct: Shapes::compile(self.model(), scope, zone),
            kept: Shapes::compile(self.model(), &plain(scope), zone),
            aliases: Aliases::of(self.model(), scope),
            scope: Arc::clone(scope),
            zone: zone.clone(),
        });
        looks.push(Arc::clone(&look));
        look
    }

    /// Counts what was forgiven in a reply, and says it once for each operation and kind.
    pub(crate) fn forgave(&self, backend: &Arc<str>, operation: &Arc<str>, notes: &Notes) {
        if notes.is_empty() {
            return;
        }
        let mut forgiven = self.forgiven.lock().unwrap_or_else(PoisonError::into_inner);
        for (kind, count, first) in notes.iter() {
            let labels = [
                ("backend", backend.to_string()),
                ("kind", kind.word().to_owned()),
            ];
            metrics::counter!(crate::stats::FORGIVEN, &labels)
                .increment(u64::try_from(count).unwrap_or(u64::MAX));
            match forgiven.get_mut(&(Arc::clone(operation), kind)) {
                Some((total, _)) => *total += count,
                None => {
                    tracing::warn!(
                        target: "soap",
                        backend = &**backend,
                        operation = &**operation,
                        count,
                        first,
                        "a reply is not as its WSDL has it: {}",
                        kind.describe()
                    );
                    forgiven.insert((Arc::clone(operation), kind), (count, first.to_owned()));
                }
            }
        }
    }

    /// What was forgiven so far, a line for each operation and kind, with how often and where first.
    pub fn forgiven(&self) -> Vec<String> {
        let forgiven = self.forgiven.lock().unwrap_or_else(PoisonError::into_inner);
        forgiven
            .iter()
            .map(|((operation, kind), (count, first))| {
                format!(
                    "{operation}: {} ({count}, first `{first}`)",
                    kind.describe()
                )
            })
            .collect()
    }
}

/// A scope for replies that the mapping's own types are laid over afterwards: names stay those of the document, and only
/// what a text means is as it is declared.
fn plain(scope: &TypeScope) -> TypeScope {
    let mut plain = scope.clone();
    plain.names = footbridge_mapping::model::Names::AsIs;
    for body in plain.types.values_mut() {
        let mut kept = TypeBody::default();
        for (field, slot) in &body.fields {
            let source = match slot.from.as_deref() {
                None => field,
                Some([PathPart::Name(name)]) => name,
                Some(_) => continue,
            };
            let scalar = match slot.kind.inner() {
                Type::Scalar(scalar) | Type::Ranged(scalar, _) => *scalar,
                Type::Words(_)
                | Type::Named(_)
                | Type::List(..)
                | Type::Nullable(_)
                | Type::Any
                | Type::Void
                | Type::Hide => continue,
            };
            kept.fields.insert(
                Arc::clone(source),
                Slot {
                    zone: slot.zone.clone(),
                    // What may not be null is found where the type is laid over it.
                    ..Slot::of(Type::Nullable(Box::new(Type::Scalar(scalar))))
                },
            );
        }
        kept.rest = Rest::Described;
        *body = Arc::new(kept);
    }
    plain
}
