//! Documents that describe backends: where they come from, and the engines that were made of them.
//!
//! 1. [`Outside`]: what a mapping takes from outside of its files while it is compiled; it reads documents and keeps what
//!    it made of them.
//! 2. `store`: the documents of a project, files and kept copies of what came from the network.
//! 3. [`Documents`]: the engines by backend; the run time looks here.
//! 4. `soap`: a WSDL, and how its types look to one service; `openapi`: an OpenAPI document.
//! 5. `stored`: a reply from a file, in place of what a backend would answer.

mod openapi;
mod soap;
mod store;
pub mod stored;

pub use openapi::RestEngine;
pub use soap::{Look, SoapEngine};
pub use store::{Fetch, Kept, Store};

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use footbridge_mapping::compile::{Environment, ProcessEnvironment};
use footbridge_mapping::description::Described;
use footbridge_mapping::model::{Backend, HttpKind, Kind, Mapping, Plan, SoapStep, Step};
use footbridge_traffic::Reply;

/// What a mapping takes from outside: variables of the process, files of the project, documents of backends.
#[derive(Debug)]
pub struct Outside {
    process: ProcessEnvironment,
    store: Store,
    engines: Mutex<HashMap<Arc<str>, Engine>>,
}

impl Outside {
    /// What stands outside of the mappings of `root`. Documents that are not there are not fetched.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self {
            store: Store::new(&root),
            process: ProcessEnvironment { root },
            engines: Mutex::default(),
        }
    }

    /// What stands outside of a mapping that was made on the spot, with documents from `store`.
    pub fn with_store(store: Store) -> Self {
        Self {
            process: ProcessEnvironment {
                root: store.root().to_owned(),
            },
            store,
            engines: Mutex::default(),
        }
    }

    /// The documents.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// With somebody who fetches documents of which there is no copy; with `refresh` all of them anew.
    #[must_use]
    pub fn fetching(mut self, fetch: Fetch, refresh: bool) -> Self {
        self.store = self.store.fetching(fetch, refresh);
        self
    }

    /// The engines of the documents that were asked for.
    pub fn documents(&self) -> Documents {
        Documents {
            engines: self
                .engines
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            stored: Arc::default(),
        }
    }
}

impl Environment for Outside {
    fn variable(&self, name: &str) -> Option<String> {
        self.process.variable(name)
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        self.process.file(path)
    }

    fn describe(&self, backend: &Backend) -> Result<Described, String> {
        let http = backend
            .http()
            .ok_or_else(|| "a database has no document".to_owned())?;
        let (engine, described) = match &http.description {
            HttpKind::Wsdl(settings) => {
                let (engine, described) = SoapEngine::load(settings, &self.store)?;
                (Engine::Soap(Arc::new(engine)), described)
            }
            HttpKind::OpenApi { document } => {
                let (engine, mut described) = RestEngine::load(document, &self.store)?;
                if http.traffic.auth.is_empty() {
                    let schemes = engine.model().schemes.iter().map(ToString::to_string);
                    described.warnings.extend(schemes);
                }
                (Engine::Rest(Arc::new(engine)), described)
            }
            HttpKind::Rest => return Err("it names no document".to_owned()),
        };
        self.engines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(Arc::clone(&backend.name), engine);
        Ok(described)
    }
}

/// What was made of a document.
#[derive(Clone, Debug)]
pub enum Engine {
    /// A WSDL.
    Soap(Arc<SoapEngine>),
    /// An OpenAPI document.
    Rest(Arc<RestEngine>),
}

/// The engines of a mapping's backends.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    engines: HashMap<Arc<str>, Engine>,
    stored: Arc<OnceLock<(Arc<str>, Reply)>>,
}

impl Documents {
    /// Answers every call of a backend with this reply from now on, whatever is asked. The first one stays.
    pub fn answer_with(&self, backend: &Arc<str>, reply: Reply) {
        let _ = self.stored.set((Arc::clone(backend), reply));
    }

    /// The reply that is there already.
    pub fn stored(&self, backend: &str) -> Option<&Reply> {
        let (name, reply) = self.stored.get()?;
        (**name == *backend).then_some(reply)
    }

    /// The engine of a `wsdl` backend.
    pub fn soap(&self, backend: &str) -> Option<&Arc<SoapEngine>> {
        match self.engines.get(backend)? {
            Engine::Soap(engine) => Some(engine),
            Engine::Rest(_) => None,
        }
    }

    /// The engine of an `openapi` backend.
    pub fn rest(&self, backend: &str) -> Option<&Arc<RestEngine>> {
        match self.engines.get(backend)? {
            Engine::Rest(engine) => Some(engine),
            Engine::Soap(_) => None,
        }
    }

    /// What was forgiven in replies so far, in lines for people.
    pub fn forgiven(&self) -> Vec<String> {
        let mut engines: Vec<_> = self.engines.iter().collect();
        engines.sort_by_key(|(name, _)| Arc::clone(name));
        engines
            .into_iter()
            .filter_map(|(name, _)| self.soap(name))
            .flat_map(|engine| engine.forgiven())
            .collect()
    }

    /// The address that a backend's document says.
    pub fn address(&self, backend: &str) -> Option<&str> {
        match self.engines.get(backend)? {
            Engine::Soap(engine) => engine.port().address.as_deref(),
            Engine::Rest(engine) => engine.address(),
        }
    }

    /// Compiles for each service how the types of its backends look to it.
    pub(crate) fn look_at(&self, mapping: &Mapping) {
        for service in &mapping.services {
            for operation in service.operations.values() {
                self.look_at_plan(&operation.plan);
            }
        }
    }

    fn look_at_plan(&self, plan: &Plan) {
        match plan {
            Plan::Step(step) => self.look_at_step(step),
            Plan::Overloads(several) => {
                for operation in several {
                    self.look_at_plan(&operation.plan);
                }
            }
        }
    }

    fn look_at_step(&self, step: &Step) {
        match &step.kind {
            Kind::Soap(soap) => {
                self.look(soap, step);
            }
            Kind::Steps(steps) => steps.steps.iter().for_each(|step| self.look_at_step(step)),
            Kind::Transaction { steps, .. } => {
                steps.iter().for_each(|step| self.look_at_step(step));
            }
            Kind::Value(_)
            | Kind::ValueFile(_)
            | Kind::Fault(_)
            | Kind::Sql(_)
            | Kind::Procedure(_)
            | Kind::Rest(_)
            | Kind::Proxy(_)
            | Kind::Operation { .. } => {}
        }
    }

    /// How the types of a step's backend look to its service.
    pub fn look(&self, soap: &SoapStep, step: &Step) -> Option<(&SoapEngine, Arc<Look>)> {
        let engine = self.soap(&soap.backend.name)?;
        Some((engine, engine.look(&soap.http.declared, &step.zone)))
    }
}
