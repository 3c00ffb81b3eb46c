//! A project folder: read, compiled, and what is wrong with it said.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use footbridge_gateway::documents::{Documents, Outside, Store};
use footbridge_mapping::compile::{Compiled, Project, SourceFile, compile};
use footbridge_mapping::diagnostic::{Diagnostic, Severity, render};
use footbridge_mapping::model::Mapping;
use footbridge_sql::Databases;

use crate::fetch::fetch;
use crate::scratch::is_made_here;

/// The files of a project folder and what they mean.
pub(crate) struct Loaded {
    pub(crate) project: Project,
    /// What they mean, unless an error is among the diagnostics.
    pub(crate) mapping: Option<Arc<Mapping>>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What was made of the documents of its backends.
    pub(crate) documents: Documents,
}

/// The folder of mappings as somebody would name it.
pub(crate) fn mappings(dir: &Path) -> PathBuf {
    if dir == Path::new(".") {
        PathBuf::from("mappings")
    } else {
        dir.join("mappings")
    }
}

/// Reads and compiles the mappings below `dir`. Documents of which there is no copy are fetched.
pub(crate) fn load(dir: &Path) -> anyhow::Result<Loaded> {
    load_with(dir, None, false)
}

/// As [`load`], with this gateway file in place of the folder's own; with `refresh` all documents that come from the
/// network are fetched anew.
pub(crate) fn load_with(
    dir: &Path,
    gateway: Option<&Path>,
    refresh: bool,
) -> anyhow::Result<Loaded> {
    let mappings = mappings(dir);
    if !mappings.is_dir() {
        bail!(
            "there is no folder {}; name a project folder, or make a first one: footbridge init {}",
            mappings.display(),
            dir.display()
        );
    }
    let mut project = Project::read(dir).context("cannot read the mappings")?;
    if let Some(gateway) = gateway {
        project = project
            .with_gateway(gateway)
            .context("cannot read the gateway's file")?;
    }
    let outside = Outside::new(dir).fetching(fetch(), refresh);
    Ok(Loaded::of(project, &outside))
}

/// The mapping that opens every operation of a document that stands in `store`, made on the spot and compiled. Backend and
/// service are called `name`, `backend` is the backend's keys in braces.
pub(crate) fn published(name: &str, backend: &str, store: Store) -> Loaded {
    let gateway =
        format!("gateway: {name}\nbackends:\n  {name}: {backend}\ndefaults: {{roles: public}}\n");
    let service = format!("service: {name}\nbackend: {name}\npublish: all\n");
    let project = Project {
        root: store.root().to_owned(),
        files: vec![
            SourceFile::new("mappings/gateway.yaml", gateway.as_bytes()),
            SourceFile::new(format!("mappings/{name}.yaml"), service.as_bytes()),
        ],
    };
    Loaded::of(project, &Outside::with_store(store))
}

impl Loaded {
    fn of(project: Project, outside: &Outside) -> Self {
        let Compiled {
            mapping,
            diagnostics,
        } = compile(&project, outside);
        Self {
            project,
            mapping,
            diagnostics,
            documents: outside.documents(),
        }
    }

    /// Says on standard error what is wrong with the files.
    pub(crate) fn print_diagnostics(&self) {
        self.print(&self.diagnostics);
    }

    /// Says on standard error what else is wrong.
    pub(crate) fn print(&self, diagnostics: &[Diagnostic]) {
        if diagnostics.is_empty() {
            return;
        }
        let color = std::io::stderr().is_terminal();
        eprintln!(
            "{}{}",
            render(diagnostics, &self.project, color),
            Count::of(diagnostics)
        );
    }
}

/// Runs the migrations of SQLite databases, which are this project's own. Those of servers are run when somebody
/// says so: `footbridge migrate`.
pub(crate) async fn migrate(mapping: &Mapping, databases: &Databases) -> anyhow::Result<()> {
    for backend in mapping.gateway.backends.values() {
        let Some(database) = databases
            .get(&backend.name)
            .filter(|_| is_made_here(backend))
        else {
            continue;
        };
        let done = database.migrate().await;
        done.with_context(|| format!("cannot migrate `{}`", backend.name))?;
    }
    Ok(())
}

/// Makes the tables of `sessions.store`, where there are none; its name, if sessions are kept in a database.
pub(crate) async fn make_sessions<'m>(
    mapping: &'m Mapping,
    databases: &Databases,
) -> anyhow::Result<Option<&'m str>> {
    let Some(name) = mapping.gateway.sessions.store.as_deref() else {
        return Ok(None);
    };
    if let Some(database) = databases.get(name) {
        footbridge_gateway::shared::create(database)
            .await
            .with_context(|| format!("cannot make the tables of sessions in `{name}`"))?;
    }
    Ok(Some(name))
}

/// How many diagnostics of each severity there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
}

impl Count {
    pub(crate) fn of(diagnostics: &[Diagnostic]) -> Self {
        let errors = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == Severity::Error)
            .count();
        Self {
            errors,
            warnings: diagnostics.len() - errors,
        }
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { errors, warnings } = *self;
        let (faults, warned) = (counted(errors, "fault"), counted(warnings, "warning"));
        match (errors, warnings) {
            (0, 0) => f.write_str("no faults"),
            (_, 0) => f.write_str(&faults),
            (0, _) => f.write_str(&warned),
            (_, _) => write!(f, "{faults} and {warned}"),
        }
    }
}

/// `1 file`, `7 files`.
pub(crate) fn counted(count: usize, one: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {one}{ending}")
}
