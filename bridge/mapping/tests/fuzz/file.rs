//! What must hold for any project: the body of the fuzz target `file`, which also runs as a property test.

use std::io;
use std::path::{Path, PathBuf};

use footbridge_mapping::compile::{Environment, Project, SourceFile, compile};
use footbridge_mapping::diagnostic::{json, render};

struct Nothing;

impl Environment for Nothing {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, _: &Path) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// Compiles these files; every place that is told is in its file. Gives what a terminal shows.
pub(crate) fn told(texts: Vec<String>) -> String {
    let files: Vec<SourceFile> = texts
        .into_iter()
        .enumerate()
        .map(|(at, text)| SourceFile::new(format!("mappings/{at}.yaml"), text.as_bytes()))
        .collect();
    let project = Project {
        root: PathBuf::new(),
        files,
    };
    let compiled = compile(&project, &Nothing);
    for diagnostic in &compiled.diagnostics {
        if let Some(source) = project.source(&diagnostic.place.file) {
            let span = &diagnostic.place.span;
            assert!(
                span.start <= span.end && span.end <= source.len(),
                "{diagnostic:?}"
            );
        }
    }
    json(&compiled.diagnostics, &project);
    render(&compiled.diagnostics, &project, false)
}

/// A gateway for the file that is tried.
pub(crate) const GATEWAY: &str =
    "gateway: x\nbackends:\n  shop: {sqlite: a.db}\n  crm: {postgres: \"postgres://a@b/c\"}\n";
