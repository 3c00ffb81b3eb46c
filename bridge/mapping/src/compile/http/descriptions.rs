//! What documents of backends say: asked once, before anything is compiled.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;

use super::super::Compiler;
use super::super::service::Shelf;
use super::proof::bases;
use crate::data::same_name;
use crate::description::{DescribedOperation, DescribedType, Description};
use crate::diagnostic::{Diagnostic, Place, Severity, did_you_mean, suggestion};
use crate::expression::Part;
use crate::file::operation::OperationFile;
use crate::model::{Backend, HttpKind, Rest, TypeBody, TypeScope};
use crate::rows::public_name;
use crate::slot::{PathPart, Slot, Type};

/// Warnings of one document that are told; more help nobody.
const MOST_WARNINGS: usize = 20;

impl Compiler<'_> {
    /// Reads the documents of all `wsdl` and `openapi` backends.
    pub(in crate::compile) fn read_descriptions(&mut self) {
        let described: Vec<Arc<Backend>> = self
            .backends
            .values()
            .map(|known| Arc::clone(&known.backend))
            // An address that is none has been told where it stands.
            .filter(|backend| document(backend).is_some_and(|document| !document.is_empty()))
            .collect();
        // Several backends may have one document, and what is odd in it is told once.
        let mut told = HashSet::new();
        for backend in described {
            match self.environment.describe(&backend) {
                Ok(described) => {
                    let document = document(&backend).unwrap_or_default();
                    for warning in described.warnings.iter().take(MOST_WARNINGS) {
                        if !told.insert((document.to_owned(), warning.clone())) {
                            continue;
                        }
                        self.diagnostics.push(Diagnostic {
                            severity: Severity::Warning,
                            ..Diagnostic::error(212, &backend.place, warning.clone())
                        });
                    }
                    self.descriptions
                        .insert(Arc::clone(&backend.name), described.description);
                }
                Err(reason) => {
                    let document = document(&backend).unwrap_or_default();
                    let message = format!("`{document}` cannot be used: {reason}");
                    self.error(211, &backend.place, message);
                }
            }
        }
    }

    /// What the backend's document says; `None` where it has none, or one that cannot be read.
    pub(in crate::compile) fn description(
        &self,
        backend: &Backend,
    ) -> Option<Arc<dyn Description>> {
        self.descriptions.get(&backend.name).cloned()
    }

    /// Whether a body's backend has a document that cannot be read, which has been told.
    pub(in crate::compile) fn document_is_missing(
        &self,
        shelf: &Shelf<'_>,
        file: &OperationFile,
    ) -> bool {
        self.quiet_backend(shelf, file).is_none_or(|known| {
            document(&known.backend).is_some()
                && !self.descriptions.contains_key(&known.backend.name)
        })
    }

    /// The operations that a body's `soap` or `rest` means, as its backend's document describes them.
    pub(in crate::compile) fn described(
        &self,
        shelf: &Shelf<'_>,
        file: &OperationFile,
    ) -> Vec<DescribedOperation> {
        let Some(backend) = self.quiet_backend(shelf, file) else {
            return Vec::new();
        };
        let Some(description) = self.descriptions.get(&backend.backend.name) else {
            return Vec::new();
        };
        if let Some(soap) = &file.soap {
            return description.operation(&soap.value.text);
        }
        let Some(rest) = &file.rest else {
            return Vec::new();
        };
        match rest.value.text.split_once(' ') {
            Some((method, path)) => description
                .request(method, path.split('?').next().unwrap_or(path))
                .into_iter()
                .collect(),
            None => description.operation(&rest.value.text),
        }
    }

    /// The types of a service as they look with a document: what it describes and what the mapping declares are one.
    pub(in crate::compile) fn overlaid(
        &mut self,
        scope: &TypeScope,
        description: &dyn Description,
    ) -> TypeScope {
        let mut overlaid = scope.clone();
        let bases = bases(description);
        let mut names: Vec<&Arc<str>> = scope.types.keys().collect();
        names.sort();
        for name in names {
            let (Some(described), Some(body)) = (description.kind(name), scope.types.get(name))
            else {
                continue;
            };
            let whole = self.whole(name, body, &described, scope, description);
            // Where others extend it, a value may be any of them, and only the engine knows which.
            if bases.contains(name) {
                overlaid.types.remove(name);
            } else {
                overlaid.types.insert(Arc::clone(name), Arc::new(whole));
            }
        }
        overlaid
    }

    /// One type: described fields in their order, declared ones in their place.
    fn whole(
        &mut self,
        name: &Arc<str>,
        body: &TypeBody,
        described: &DescribedType,
        scope: &TypeScope,
        description: &dyn Description,
    ) -> TypeBody {
        let mut fields: IndexMap<Arc<str>, Slot> = IndexMap::new();
        let mut taken: HashSet<&Arc<str>> = HashSet::new();
        for (source, kind) in &described.fields {
            let declared = body
                .fields
                .iter()
                .find(|(field, slot)| &**source == comes_from(field, slot))
                .or_else(|| {
                    body.fields
                        .iter()
                        .find(|(field, slot)| same_name(source, comes_from(field, slot)))
                });
            match declared {
                Some((field, slot)) => {
                    taken.insert(field);
                    let mut slot = slot.clone();
                    if slot.from.is_none() && **field != **source {
                        slot.from = Some([PathPart::Name(Arc::clone(source))].into());
                    }
                    fields.insert(Arc::clone(field), slot);
                }
                None if body.rest == Rest::Closed => {}
                None => {
                    let public: Arc<str> = public_name(source, scope.names).into();
                    let from =
                        (public != *source).then(|| [PathPart::Name(Arc::clone(source))].into());
                    fields.insert(
                        public,
                        Slot {
                            from,
                            ..Slot::of(kind.clone())
                        },
                    );
                }
            }
        }
        for (field, slot) in &body.fields {
            if taken.contains(field) {
                continue;
            }
            let deep = slot.from.as_ref().is_some_and(|path| path.len() > 1);
            let absent = slot.default.is_some() || slot.kind.takes_null() || described.open;
            if !deep && !absent {
                let wanted = comes_from(field, slot);
                let known = described.fields.keys();
                let meant = did_you_mean(wanted, known.clone());
                let message = format!(
                    "`{name}` of {} has no field `{wanted}`{meant}",
                    description.document()
                );
                let help = if meant.is_empty() {
                    let all: Vec<&str> = known.map(AsRef::as_ref).take(12).collect();
                    format!("it has `{}`", all.join("`, `"))
                } else {
                    String::new()
                };
                if let Some(place) = scope.places.get(&(Arc::clone(name), Arc::clone(field))) {
                    self.error_help(304, &place.clone(), message, help);
                }
            }
            fields.insert(Arc::clone(field), slot.clone());
        }
        let rest = match (&body.rest, described.open) {
            (Rest::Described, false) => Rest::Closed,
            (Rest::Described, true) => Rest::Described,
            (other, _) => other.clone(),
        };
        TypeBody { fields, rest }
    }

    /// The slot of a reply with its place made certain: the name of an only child may be left out.
    pub(super) fn placed(
        &mut self,
        slot: &Slot,
        place: &Place,
        described: &DescribedOperation,
        description: &dyn Description,
    ) -> Option<Slot> {
        let mut placed = slot.clone();
        let path: &[PathPart] = slot.from.as_deref().unwrap_or_default();
        if path.is_empty() {
            // What the description gives where nothing is said: the only child itself.
            placed.from.clone_from(&described.returns.from);
            return Some(placed);
        }
        let direct = follow(description, &described.body, path);
        let only: &[PathPart] = described.returns.from.as_deref().unwrap_or_default();
        let below = if only.is_empty() {
            None
        } else {
            Some(follow(description, &described.returns.kind, path))
        };
        match (direct, below) {
            (Ok(_), Some(Ok(_))) => {
                let message = format!(
                    "`from` could mean two places of the answer of `{}`",
                    described.name
                );
                self.error_help(
                    304,
                    place,
                    message,
                    "write the whole path from `reply.body`",
                );
                None
            }
            (Ok(_), _) => Some(placed),
            (Err(_), Some(Ok(_))) => {
                placed.from = Some(only.iter().chain(path).cloned().collect());
                Some(placed)
            }
            (Err(first), below) => {
                let missing = match below {
                    Some(Err(second))
                        if second.depth >= first.depth && !second.known.is_empty() =>
                    {
                        second
                    }
                    _ => first,
                };
                let meant = did_you_mean(&missing.name, &missing.known);
                let message = format!(
                    "the answer of `{}` has no `{}` there{meant}",
                    described.name, missing.name
                );
                let known: Vec<&str> = missing.known.iter().map(AsRef::as_ref).take(12).collect();
                let help = if missing.list {
                    "what is before it is a list itself: an element around a list is that list"
                        .to_owned()
                } else if meant.is_empty() && !known.is_empty() {
                    format!("it has `{}`", known.join("`, `"))
                } else {
                    String::new()
                };
                self.error_help(304, place, message, help);
                None
            }
        }
    }
}

/// The document of a backend, as it is written.
pub(super) fn document(backend: &Backend) -> Option<&str> {
    match &backend.http()?.description {
        HttpKind::Rest => None,
        HttpKind::OpenApi { document } => Some(document),
        HttpKind::Wsdl(settings) => Some(&settings.document),
    }
}

/// The name under which a field stands in a document.
fn comes_from<'s>(field: &'s Arc<str>, slot: &'s Slot) -> &'s str {
    match slot.from.as_deref() {
        Some([PathPart::Name(name)]) => name,
        Some(_) | None => field,
    }
}

/// A name that leads nowhere.
pub(super) struct Missing {
    depth: usize,
    pub(super) name: String,
    pub(super) known: Vec<Arc<str>>,
    /// It was looked for in a list.
    list: bool,
}

/// Whether a path leads somewhere from `reply.body`, where the name of an only child may be left out.
///
/// # Errors
/// The name that is not there, and the one that was likely meant.
pub(in crate::compile) fn answered(
    description: &dyn Description,
    described: &DescribedOperation,
    path: &[Part],
) -> Result<(), (String, Option<String>)> {
    let parts: Vec<PathPart> = path
        .iter()
        .map(|part| match part {
            Part::Name(name) => PathPart::Name(Arc::clone(name)),
            Part::Index(index) => PathPart::Index(*index),
            Part::Each => PathPart::Index(0),
        })
        .collect();
    let Err(first) = follow(description, &described.body, &parts) else {
        return Ok(());
    };
    let only = described.returns.from.is_some();
    let missing = match only.then(|| follow(description, &described.returns.kind, &parts)) {
        Some(Ok(_)) => return Ok(()),
        Some(Err(second))
            if second.depth >= first.depth && (second.list || !second.known.is_empty()) =>
        {
            second
        }
        Some(Err(_)) | None => first,
    };
    let near = suggestion(&missing.name, &missing.known);
    Err((missing.name, near))
}

/// What stands at a path from a value of this type; [`Type::Any`] where the document leaves that open.
///
/// # Errors
/// The name that leads nowhere.
pub(super) fn follow(
    description: &dyn Description,
    from: &Type,
    path: &[PathPart],
) -> Result<Type, Missing> {
    let mut kind = from.clone();
    for (depth, part) in path.iter().enumerate() {
        kind = match (kind.inner().clone(), part) {
            (Type::Any, _) => return Ok(Type::Any),
            (Type::List(item, _), PathPart::Index(_)) => *item,
            (Type::Named(name), PathPart::Name(field)) => {
                let Some(described) = description.kind(&name) else {
                    return Ok(Type::Any);
                };
                let found = described
                    .fields
                    .iter()
                    .find(|(known, _)| **known == *field)
                    .or_else(|| {
                        described
                            .fields
                            .iter()
                            .find(|(known, _)| same_name(known, field))
                    });
                match found {
                    Some((_, kind)) => kind.clone(),
                    None if described.open || described.chooses => return Ok(Type::Any),
                    None => {
                        return Err(Missing {
                            depth,
                            name: field.to_string(),
                            known: described.fields.keys().cloned().collect(),
                            list: false,
                        });
                    }
                }
            }
            (before, part) => {
                return Err(Missing {
                    depth,
                    name: match part {
                        PathPart::Name(name) => name.to_string(),
                        PathPart::Index(index) => format!("[{index}]"),
                    },
                    known: Vec::new(),
                    list: matches!(before, Type::List(..)),
                });
            }
        };
    }
    Ok(kind)
}
