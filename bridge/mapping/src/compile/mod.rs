//! From files to the mapping: names resolved, types checked from end to end, every fault of every file in one run.
//!
//! 1. [`Project`]: the files, and [`Environment`]: what they take from outside.
//! 2. `backends`, `gateway`, `types`: what all services share.
//! 3. `service`, `operation`, `rules`, `policy`, `kind`, `step`, `sql`, `steps`, `faults`, `tree`, `shape`, `given`: one operation after the other.
//! 4. `proxy`: requests that clients make themselves. `http`: backends that are reached by HTTP, what their documents describe, `rest`, `soap`, `publish`.
//! 5. `names`: what an expression sees. `calls`: operations that call others, without cycles.
//! 6. [`described`]: what only a database can tell, checked when it has told it.

mod backends;
mod calls;
pub mod described;
mod edge;
mod faults;
mod gateway;
mod given;
mod http;
mod kind;
mod login;
mod names;
mod operation;
mod overloads;
mod paths;
mod policy;
mod project;
mod proxy;
mod rules;
mod secrets;
mod service;
mod service_login;
mod sessions;
mod shape;
mod sql;
mod sql_page;
mod step;
mod steps;
mod tokens;
mod tree;
mod types;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use indexmap::IndexMap;

use self::backends::KnownBackend;
use self::gateway::Defaults;
pub use self::names::reserved;
pub use self::project::{Environment, ProcessEnvironment, Project, SourceFile};
use self::types::Shared;
use crate::description::Description;
use crate::diagnostic::{Diagnostic, Place, Places, Problem, Severity};
use crate::file::gateway::GatewayFile;
use crate::file::proxy::ProxyFile;
use crate::file::read::line_of;
use crate::file::service::{ServiceFile, SharedFile};
use crate::file::yaml::Scalar;
use crate::file::{self, MappingFile};
use crate::model::{FaultRules, Mapping, Service};

/// What came out.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The mapping; `None` if a diagnostic is an error.
    pub mapping: Option<Arc<Mapping>>,
    /// Everything that was found, by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles the files of a project. Nothing is asked of any database.
pub fn compile(project: &Project, environment: &dyn Environment) -> Compiled {
    let mut diagnostics = Vec::new();
    let mut gateways = Vec::new();
    let mut services = Vec::new();
    let mut proxies = Vec::new();
    let mut shared = Vec::new();
    let mut hidden = false;
    for source in &project.files {
        if let Some(unreadable) = source.unreadable() {
            diagnostics.push(unreadable);
            hidden = true;
            continue;
        }
        let read = file::read(&source.path, &source.text);
        diagnostics.extend(read.diagnostics);
        hidden |= read.hidden;
        match read.file {
            Some(MappingFile::Gateway(gateway)) => gateways.push(*gateway),
            Some(MappingFile::Service(service)) => services.push(*service),
            Some(MappingFile::Proxy(proxy)) => proxies.push(*proxy),
            Some(MappingFile::Shared(parts)) => shared.push(*parts),
            None => {}
        }
    }
    let mut compiler = Compiler {
        project,
        environment,
        diagnostics,
        backends: IndexMap::new(),
        faulty_backends: HashSet::new(),
        defaults: Defaults::default(),
        gateway_faults: Arc::default(),
        shared: Shared::default(),
        services: IndexMap::new(),
        transaction_backend: None,
        once: false,
        policy: None,
        descriptions: HashMap::new(),
        results: HashMap::new(),
    };
    let mapping = compiler.run(&gateways, &services, &proxies, &shared);
    let mut diagnostics = compiler.diagnostics;
    if hidden {
        diagnostics.retain(|diagnostic| !MISSING.contains(&diagnostic.code.0));
    }
    project.sort(&mut diagnostics);
    let failed = diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error);
    Compiled {
        mapping: mapping.filter(|_| !failed).map(Arc::new),
        diagnostics,
    }
}

/// What says that something is written nowhere: a gateway, a backend, an operation, a type, roles. It may stand where
/// something could not be read.
const MISSING: [u16; 5] = [112, 201, 203, 302, 601];

/// The state of one compilation.
struct Compiler<'a> {
    project: &'a Project,
    environment: &'a dyn Environment,
    diagnostics: Vec<Diagnostic>,
    backends: IndexMap<Arc<str>, KnownBackend>,
    /// Backends that could not be read, so that those who name them are not blamed for it.
    faulty_backends: HashSet<Arc<str>>,
    defaults: Defaults,
    gateway_faults: Arc<FaultRules>,
    shared: Shared,
    /// Services by name and each `also`, with the place of that name.
    services: IndexMap<Arc<str>, (Place, &'a ServiceFile)>,
    /// The database of the transaction whose steps are compiled.
    transaction_backend: Option<KnownBackend>,
    /// Whether the operation that is compiled has `once`.
    once: bool,
    /// The row policy of the operation that is compiled.
    policy: Option<policy::Policy>,
    /// What the documents of backends say, by the backend's name; those that cannot be read have none.
    descriptions: HashMap<Arc<str>, Arc<dyn Description>>,
    /// What operations give, where their `returns` says it.
    results: HashMap<(Arc<str>, Arc<str>), Option<crate::slot::Type>>,
}

impl<'a> Compiler<'a> {
    fn run(
        &mut self,
        gateways: &'a [GatewayFile],
        services: &'a [ServiceFile],
        proxies: &'a [ProxyFile],
        shared: &'a [SharedFile],
    ) -> Option<Mapping> {
        let gateway = self.one_gateway(gateways);
        self.read_defaults(gateway);
        let files = gateway
            .and_then(|gateway| gateway.backends.as_ref())
            .into_iter()
            .chain(
                services
                    .iter()
                    .filter_map(|service| service.backends.as_ref()),
            )
            .chain(proxies.iter().filter_map(|proxy| proxy.backends.as_ref()))
            .chain(shared.iter().filter_map(|shared| shared.backends.as_ref()));
        self.read_backends(files.map(|entry| &entry.value));
        self.read_descriptions();
        self.read_shared(shared);
        self.gateway_faults = self.read_gateway_faults(gateway);
        self.name_services(services);
        self.check_calls(services);
        let compiled: Vec<Arc<Service>> = services
            .iter()
            .filter_map(|service| self.service(service))
            .map(Arc::new)
            .collect();
        let proxies = self.proxies(proxies).into_iter().collect();
        let gateway = self.gateway(gateway)?;
        let mut by_name = HashMap::new();
        let mut by_destination: HashMap<Arc<str>, Vec<usize>> = HashMap::new();
        for (at, service) in compiled.iter().enumerate() {
            let Some(file) = services.iter().find(|file| {
                file.service
                    .as_ref()
                    .is_some_and(|name| name.value.text == service.name)
            }) else {
                continue;
            };
            by_name.insert(Arc::clone(&service.name), at);
            for also in file.also.iter().flat_map(|also| &also.value.0) {
                by_name.insert(Arc::clone(&also.text), at);
            }
            for destination in file.destinations.iter().flat_map(|list| &list.value.0) {
                by_destination
                    .entry(Arc::clone(&destination.text))
                    .or_default()
                    .push(at);
            }
        }
        Some(Mapping {
            gateway,
            services: compiled,
            by_name,
            by_destination,
            proxies,
        })
    }

    fn name_services(&mut self, services: &'a [ServiceFile]) {
        for service in services {
            let names = service.service.iter().map(|entry| &entry.value);
            let also = service.also.iter().flat_map(|also| &also.value.0);
            for name in names.chain(also) {
                if let Some((first, _)) = self.services.get(&name.text) {
                    let message =
                        format!("`{}` is also `service` in {}", name.text, self.at(first));
                    self.error(107, &name.place, message);
                    continue;
                }
                self.services
                    .insert(Arc::clone(&name.text), (name.place.clone(), service));
            }
        }
    }

    /// `file:line` of a place, for sentences.
    fn at(&self, place: &Place) -> String {
        let source = self.project.source(&place.file).unwrap_or_default();
        format!("{}:{}", place.file, line_of(source, place.span.start))
    }

    /// `line n` within the same file, else `file:line`.
    fn line(&self, here: &Place, there: &Place) -> String {
        if here.file == there.file {
            let source = self.project.source(&there.file).unwrap_or_default();
            format!("line {}", line_of(source, there.span.start))
        } else {
            self.at(there)
        }
    }

    fn error(&mut self, code: u16, place: &Place, message: impl Into<String>) {
        self.diagnostics
            .push(Diagnostic::error(code, place, message));
    }

    fn error_help(
        &mut self,
        code: u16,
        place: &Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.diagnostics
            .push(Diagnostic::error(code, place, message).help(help));
    }

    fn places(&self, scalar: &Scalar) -> Places {
        Places::of(
            scalar,
            self.project.source(&scalar.place.file).unwrap_or_default(),
        )
    }

    /// Reports problems of a small text; `offset` is where in the scalar's text it begins.
    fn problems(&mut self, scalar: &Scalar, offset: usize, problems: Vec<Problem>) {
        if problems.is_empty() {
            return;
        }
        let places = self.places(scalar);
        self.diagnostics.extend(
            problems
                .into_iter()
                .map(|problem| problem.shifted(offset).at(&places)),
        );
    }
}
