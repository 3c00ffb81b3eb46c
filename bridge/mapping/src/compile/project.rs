//! The files of a project folder: the only reading that this crate does.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::description::Described;
use crate::diagnostic::{Diagnostic, Place};
use crate::model::Backend;

/// The mapping files of one project folder.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// The project folder.
    pub root: PathBuf,
    /// `mappings/**/*.yaml`, by path.
    pub files: Vec<SourceFile>,
}

/// One mapping file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Relative to the project folder, with `/`.
    pub path: Arc<str>,
    /// What it says; of a file that is not UTF-8 as much as can be shown of it.
    pub text: Arc<str>,
    /// The first byte that is no UTF-8.
    not_utf8: Option<usize>,
}

impl SourceFile {
    /// A file of these bytes.
    pub fn new(path: impl Into<Arc<str>>, bytes: &[u8]) -> Self {
        Self {
            path: path.into(),
            text: String::from_utf8_lossy(bytes).into(),
            not_utf8: std::str::from_utf8(bytes)
                .err()
                .map(|error| error.valid_up_to()),
        }
    }

    /// Whether its first key says that it is the gateway's.
    fn is_gateway(&self) -> bool {
        let first = self.text.lines().find(|line| {
            let line = line.trim_start_matches('\u{feff}').trim();
            !line.is_empty() && !line.starts_with('#') && line != "---"
        });
        first.is_some_and(|line| line.trim_start_matches('\u{feff}').starts_with("gateway:"))
    }

    /// What is wrong with its bytes, so that nothing in it can be read.
    pub(super) fn unreadable(&self) -> Option<Diagnostic> {
        let at = self.not_utf8?;
        let place = Place {
            file: Arc::clone(&self.path),
            span: at..at + char::REPLACEMENT_CHARACTER.len_utf8(),
        };
        let message = "the file is not UTF-8: here stands a byte of another encoding";
        Some(Diagnostic::error(125, &place, message).help("save the file as UTF-8"))
    }
}

impl Project {
    /// Reads all mapping files below `root/mappings`.
    ///
    /// # Errors
    /// When there is no such folder, or a file cannot be read; the message names it.
    pub fn read(root: impl Into<PathBuf>) -> io::Result<Self> {
        let root = root.into();
        let mut paths = Vec::new();
        let mut folders = vec![root.join("mappings")];
        while let Some(folder) = folders.pop() {
            let entries = std::fs::read_dir(&folder).map_err(|error| named(&folder, &error))?;
            for entry in entries {
                let entry = entry.map_err(|error| named(&folder, &error))?;
                let kind = entry.file_type().map_err(|error| named(&folder, &error))?;
                let path = entry.path();
                // A link to a folder is not followed: it may lead round in a circle.
                if kind.is_dir() {
                    folders.push(path);
                } else if path
                    .extension()
                    .is_some_and(|extension| extension == "yaml" || extension == "yml")
                {
                    paths.push(path);
                }
            }
        }
        paths.sort();
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            let bytes = std::fs::read(&path).map_err(|error| named(&path, &error))?;
            let relative = path.strip_prefix(&root).unwrap_or(&path);
            let parts: Vec<_> = relative
                .components()
                .map(|part| part.as_os_str().to_string_lossy())
                .collect();
            files.push(SourceFile::new(parts.join("/"), &bytes));
        }
        Ok(Self { root, files })
    }

    /// The same project with this gateway file in place of those in `mappings`, so that one folder of services runs on
    /// several stages.
    ///
    /// # Errors
    /// When the file cannot be read; the message names it.
    pub fn with_gateway(mut self, path: &Path) -> io::Result<Self> {
        let bytes = std::fs::read(path).map_err(|error| named(path, &error))?;
        self.files.retain(|file| !file.is_gateway());
        let shown = path.strip_prefix(&self.root).unwrap_or(path);
        let shown = shown.to_string_lossy().replace('\\', "/");
        self.files.insert(0, SourceFile::new(shown, &bytes));
        Ok(self)
    }

    /// Puts diagnostics in the order of files and places; what was said twice is said once.
    pub fn sort(&self, diagnostics: &mut Vec<Diagnostic>) {
        let order: HashMap<&str, usize> = self
            .files
            .iter()
            .enumerate()
            .map(|(at, file)| (&*file.path, at))
            .collect();
        diagnostics.sort_by_key(|diagnostic| {
            (
                order
                    .get(&*diagnostic.place.file)
                    .copied()
                    .unwrap_or(usize::MAX),
                diagnostic.place.span.start,
                diagnostic.code,
            )
        });
        diagnostics.dedup();
    }

    /// The text of a file by its path.
    pub fn source(&self, path: &str) -> Option<&str> {
        self.files
            .iter()
            .find(|file| &*file.path == path)
            .map(|file| &*file.text)
    }
}

/// What a mapping takes from outside of its files.
pub trait Environment {
    /// `${NAME}`
    fn variable(&self, name: &str) -> Option<String>;
    /// A file that a mapping names: `${file:path}`, `value-file`. The path is relative to the project folder.
    ///
    /// # Errors
    /// Whatever keeps it from being read.
    fn file(&self, path: &Path) -> io::Result<String>;

    /// What the document of a `wsdl` or `openapi` backend says.
    ///
    /// # Errors
    /// Why it cannot be read, as a clause.
    fn describe(&self, backend: &Backend) -> Result<Described, String> {
        Err(format!(
            "nothing here reads the document of `{}`",
            backend.name
        ))
    }
}

/// The environment of this process, and files below a project folder.
#[derive(Clone, Debug)]
pub struct ProcessEnvironment {
    /// The project folder.
    pub root: PathBuf,
}

impl Environment for ProcessEnvironment {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(self.root.join(path))
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Why a file cannot be read, for a sentence.
pub(super) fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::PermissionDenied => "it may not be read".into(),
        io::ErrorKind::InvalidData => "it is no UTF-8 text".into(),
        kind => kind.to_string(),
    }
}
