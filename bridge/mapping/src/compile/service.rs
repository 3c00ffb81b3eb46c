//! One service: what its operations share, and the operations.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::tz::TimeZone;

use super::Compiler;
use super::backends::KnownBackend;
use super::names::Names as Scope;
use super::types::named;
use crate::file::operation::{KindFile, OperationFile, RolesFile};
use crate::file::read::{Named, Perhaps};
use crate::file::service::ServiceFile;
use crate::file::yaml::Scalar;
use crate::model::{FaultRules, Names, Operation, Roles, Service, TypeScope, Uses};
use crate::rows::Preset;
use crate::tree::Tree;

/// What the operations of a service share.
pub(super) struct Shelf<'f> {
    pub(super) file: &'f ServiceFile,
    pub(super) name: Arc<str>,
    pub(super) scope: Arc<TypeScope>,
    pub(super) faults: Arc<FaultRules>,
    /// Type names that something describes.
    pub(super) known: BTreeSet<Arc<str>>,
    /// Type names that are declared.
    pub(super) declared: BTreeSet<Arc<str>>,
    pub(super) roles: Option<Roles>,
    pub(super) timeout: Duration,
    /// The backend that the service names.
    backend: Option<Arc<str>>,
    /// `headers` and `soap-headers`, for that backend alone.
    headers: Vec<(Arc<str>, Tree)>,
    /// What those look at.
    pub(super) uses: Uses,
    blocks: Vec<(Arc<str>, Tree)>,
    /// Types with what documents say of them, by backend.
    overlaid: HashMap<Arc<str>, Arc<TypeScope>>,
    /// Types as they are written.
    plain: Arc<TypeScope>,
    scopes: RefCell<Vec<(Arc<TypeScope>, Arc<TypeScope>)>>,
}

impl Shelf<'_> {
    /// The service's types as they look with a backend's preset, names and document.
    pub(super) fn scope_of(&self, backend: &KnownBackend) -> Arc<TypeScope> {
        let base = self
            .overlaid
            .get(&backend.backend.name)
            .unwrap_or(&self.plain);
        self.looking(base, backend)
    }

    /// The same with types as they are written.
    pub(super) fn declared_of(&self, backend: &KnownBackend) -> Arc<TypeScope> {
        self.looking(&self.plain, backend)
    }

    fn looking(&self, base: &Arc<TypeScope>, backend: &KnownBackend) -> Arc<TypeScope> {
        let preset = self.preset().or(backend.preset).unwrap_or(base.preset);
        let names = self.names().or(backend.names).unwrap_or(base.names);
        if preset == base.preset && names == base.names {
            return Arc::clone(base);
        }
        let mut scopes = self.scopes.borrow_mut();
        let known = scopes.iter().find(|(of, scope)| {
            Arc::ptr_eq(of, base) && scope.preset == preset && scope.names == names
        });
        if let Some((_, known)) = known {
            return Arc::clone(known);
        }
        let scope = Arc::new(TypeScope {
            preset,
            names,
            ..TypeScope::clone(base)
        });
        scopes.push((Arc::clone(base), Arc::clone(&scope)));
        scope
    }

    /// HTTP headers that the service says for its backend.
    pub(super) fn headers_to(&self, backend: &KnownBackend) -> Vec<(Arc<str>, Tree)> {
        if self.backend.as_ref() == Some(&backend.backend.name) {
            self.headers.clone()
        } else {
            Vec::new()
        }
    }

    /// Header blocks that the service says for its backend.
    pub(super) fn blocks_to(&self, backend: &KnownBackend) -> Vec<(Arc<str>, Tree)> {
        if self.backend.as_ref() == Some(&backend.backend.name) {
            self.blocks.clone()
        } else {
            Vec::new()
        }
    }

    fn preset(&self) -> Option<Preset> {
        self.file.preset.as_ref().map(|preset| preset.value.value)
    }

    fn names(&self) -> Option<Names> {
        self.file.names.as_ref().map(|names| names.value.value)
    }

    /// The nearest zone.
    pub(super) fn zone(&self, backend: Option<&KnownBackend>, gateway: &TimeZone) -> TimeZone {
        self.file
            .zone
            .as_ref()
            .map(|zone| zone.value.value.clone())
            .or_else(|| backend.and_then(|backend| backend.zone.clone()))
            .unwrap_or_else(|| gateway.clone())
    }
}

/// `roles` as it is meant.
pub(super) fn roles(file: &RolesFile) -> Roles {
    match file {
        RolesFile::Word(word) => match &*word.text {
            "public" => Roles::Public,
            "users" => Roles::Users,
            // The reader lets only the three words through.
            _ => Roles::Internal,
        },
        RolesFile::Named(names) => {
            Roles::Named(names.iter().map(|name| Arc::clone(&name.text)).collect())
        }
    }
}

impl<'a> Compiler<'a> {
    pub(super) fn service(&mut self, file: &'a ServiceFile) -> Option<Service> {
        let shelf = self.shelf(file)?;
        let operations = self.operations(&shelf);
        Some(Service {
            name: shelf.name,
            operations,
        })
    }

    /// What the operations of a service share.
    pub(super) fn shelf<'f>(&mut self, file: &'f ServiceFile) -> Option<Shelf<'f>> {
        let name = &file.service.as_ref()?.value;
        if name.text.is_empty() {
            self.error(113, &name.place, "a service has a name");
            return None;
        }
        self.time(file.timeout.as_ref());
        let preset = file
            .preset
            .as_ref()
            .map_or(self.defaults.preset, |preset| preset.value.value);
        let names = file
            .names
            .as_ref()
            .map_or(self.defaults.names, |names| names.value.value);
        let plain = Arc::new(self.scope(file, preset, names));
        let own_backend = file
            .backend
            .as_ref()
            .map(|entry| Arc::clone(&entry.value.text));
        let mut overlaid = HashMap::new();
        for backend in asked(file) {
            if let Some(description) = self.descriptions.get(&backend).cloned()
                && !overlaid.contains_key(&backend)
            {
                let whole = self.overlaid(&plain, &*description);
                overlaid.insert(backend, Arc::new(whole));
            }
        }
        let scope = own_backend
            .as_ref()
            .and_then(|backend| overlaid.get(backend))
            .map_or_else(|| Arc::clone(&plain), Arc::clone);
        let declared: BTreeSet<Arc<str>> = plain
            .types
            .keys()
            .chain(plain.variants.keys())
            .chain(plain.aliases.keys())
            .cloned()
            .collect();
        let mut known = declared.clone();
        for backend in overlaid.keys() {
            if let Some(description) = self.descriptions.get(backend) {
                known.extend(description.kinds());
            }
        }
        let mut described = Vec::new();
        for (_, Perhaps(operation)) in file
            .operations
            .iter()
            .flat_map(|operations| &operations.value.0)
        {
            if let Some(operation) = operation {
                rows(operation, &mut described);
            }
        }
        // Columns describe the types of rows, and those of their fields.
        while let Some(name) = described.pop() {
            if known.insert(Arc::clone(&name)) || declared.contains(&name) {
                let body = scope.types.get(&name);
                for slot in body.iter().flat_map(|body| body.fields.values()) {
                    let mut inner = Vec::new();
                    named(&slot.kind, &mut inner);
                    described.extend(inner.into_iter().filter(|inner| !known.contains(inner)));
                }
            }
        }
        self.check_variants(file.variants.as_ref().map(|entry| &entry.value), &known);
        for (_, fields) in file.types.iter().flat_map(|types| &types.value.0) {
            for (_, slot) in &fields.0 {
                self.check_slot(slot, &known);
            }
        }
        let faults = match &file.faults {
            Some(faults) => {
                let names = Scope::new(&scope).with_fault();
                Arc::new(self.fault_rules(&faults.value, &names))
            }
            None => Arc::default(),
        };
        if let Some(backend) = &file.backend {
            self.known_backend(&backend.value);
        }
        let roots = Scope::new(&plain);
        let headers = match &file.headers {
            Some(headers) => self
                .header_trees(&headers.value, &roots)
                .unwrap_or_default(),
            None => Vec::new(),
        };
        let blocks = match &file.soap_headers {
            Some(blocks) => self.trees(&blocks.value, &roots).unwrap_or_default(),
            None => Vec::new(),
        };
        Some(Shelf {
            file,
            backend: own_backend,
            headers,
            uses: roots.uses(),
            blocks,
            overlaid,
            plain: Arc::clone(&plain),
            name: Arc::clone(&name.text),
            scope,
            faults,
            known,
            declared,
            roles: file
                .roles
                .as_ref()
                .map(|entry| roles(&entry.value))
                .or_else(|| self.defaults.roles.clone()),
            timeout: file
                .timeout
                .as_ref()
                .map_or(self.defaults.timeout, |timeout| timeout.value.value),
            scopes: RefCell::default(),
        })
    }

    fn operations(&mut self, shelf: &Shelf<'_>) -> IndexMap<Arc<str>, Arc<Operation>> {
        let mut operations: IndexMap<Arc<str>, Arc<Operation>> = IndexMap::new();
        let empty = Named::default();
        let written = shelf
            .file
            .operations
            .as_ref()
            .map_or(&empty, |entry| &entry.value);
        // Names come first: `also` may not take one.
        let mut places: IndexMap<Arc<str>, &Scalar> = written
            .0
            .iter()
            .map(|(name, _)| (Arc::clone(&name.text), name))
            .collect();
        for (name, Perhaps(file)) in &written.0 {
            let Some(file) = file else {
                if let Some(operation) = self.described_by_name(shelf, name) {
                    operations.insert(Arc::clone(&name.text), Arc::new(operation));
                }
                continue;
            };
            let also: Vec<&Scalar> = file.also.iter().flat_map(|also| &also.value.0).collect();
            for other in &also {
                match places.get(&other.text) {
                    Some(first) => {
                        let message = format!(
                            "`{}` stands already in {}",
                            other.text,
                            self.line(&other.place, &first.place)
                        );
                        self.error(106, &other.place, message);
                    }
                    None => {
                        places.insert(Arc::clone(&other.text), other);
                    }
                }
            }
            let Some(operation) = self.operation(shelf, name, file, None) else {
                continue;
            };
            self.check_replaced(shelf, name, &operation);
            let operation = Arc::new(operation);
            for other in also {
                operations
                    .entry(Arc::clone(&other.text))
                    .or_insert_with(|| Arc::clone(&operation));
            }
            operations.insert(Arc::clone(&name.text), operation);
        }
        self.publish(shelf, &mut operations);
        operations
    }
}

/// The backends that a service and its operations name.
fn asked(file: &ServiceFile) -> Vec<Arc<str>> {
    let mut asked: Vec<Arc<str>> = file
        .backend
        .iter()
        .map(|entry| Arc::clone(&entry.value.text))
        .collect();
    let mut open: Vec<&OperationFile> = file
        .operations
        .iter()
        .flat_map(|operations| &operations.value.0)
        .filter_map(|(_, Perhaps(operation))| operation.as_ref())
        .collect();
    while let Some(operation) = open.pop() {
        asked.extend(
            operation
                .backend
                .iter()
                .map(|entry| Arc::clone(&entry.value.text)),
        );
        for steps in [&operation.steps, &operation.transaction]
            .into_iter()
            .flatten()
        {
            open.extend(steps.value.0.iter().map(|(_, step)| step));
        }
        open.extend(operation.overloads.iter().flat_map(|list| &list.value.0));
    }
    asked
}

/// Names of types that the columns of some text describe.
fn rows(operation: &OperationFile, names: &mut Vec<Arc<str>>) {
    if let Some(returns) = &operation.returns {
        let described = operation.kinds().iter().any(|(_, _, kind)| match kind {
            KindFile::Sql(_) | KindFile::Procedure(_) => true,
            KindFile::Rest(_)
            | KindFile::Soap(_)
            | KindFile::Operation(_)
            | KindFile::Value(_)
            | KindFile::ValueFile(_)
            | KindFile::Fault(_)
            | KindFile::Steps(_)
            | KindFile::Transaction(_)
            | KindFile::Overloads(_) => false,
        });
        if described {
            named(&returns.value.value.kind, names);
        }
    }
    for steps in [&operation.steps, &operation.transaction]
        .into_iter()
        .flatten()
    {
        for (_, step) in &steps.value.0 {
            rows(step, names);
        }
    }
    for overload in operation.overloads.iter().flat_map(|list| &list.value.0) {
        rows(overload, names);
    }
}
