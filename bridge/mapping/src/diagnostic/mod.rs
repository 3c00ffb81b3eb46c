//! Diagnostics: what is wrong with a mapping, where, and what to do.

use std::ops::Range;
use std::sync::Arc;

/// One thing that is wrong, or likely to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Its stable code, `B0101`.
    pub code: Code,
    /// Whether it stops the mapping.
    pub severity: Severity,
    /// A whole sentence that names the coordinate in backticks.
    pub message: String,
    /// Where it stands.
    pub place: Place,
    /// What to do, shown under the marked place; empty where the message says it.
    pub help: String,
}

/// A stable code; `docs/diagnostics.md` has a paragraph for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub u16);

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "B{:04}", self.0)
    }
}

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The mapping loads.
    Warning,
    /// The mapping does not load.
    Error,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file, relative to the project folder, with `/`.
    pub file: Arc<str>,
    /// Bytes of the file's text.
    pub span: Range<usize>,
}
