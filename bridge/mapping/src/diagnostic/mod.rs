//! Diagnostics: what is wrong with a mapping, where, and what to do.

use std::ops::Range;
use std::sync::Arc;

mod places;
mod render;
mod suggest;

pub use places::Places;
pub use render::{json, line_column, render};
pub use suggest::suggestion;

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

/// One thing that is wrong in a small text (a slot, an expression, an SQL text): its parser knows the text's bytes, not the file's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its stable code.
    pub code: Code,
    /// Bytes of the text that was given to the parser.
    pub span: Range<usize>,
    /// A whole sentence that names the coordinate in backticks.
    pub message: String,
    /// What to do; empty where the message says it.
    pub help: String,
}

impl Problem {
    /// A problem that says in its message what to do.
    pub fn new(code: u16, span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            code: Code(code),
            span,
            message: message.into(),
            help: String::new(),
        }
    }

    /// With a line on what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// The same problem further on, for a parser that was given a part of a text beginning at `offset`.
    #[must_use]
    pub fn shifted(mut self, offset: usize) -> Self {
        self.span = self.span.start + offset..self.span.end + offset;
        self
    }
}

impl Diagnostic {
    /// An error.
    pub fn error(code: u16, place: &Place, message: impl Into<String>) -> Self {
        Self {
            code: Code(code),
            severity: Severity::Error,
            message: message.into(),
            place: place.clone(),
            help: String::new(),
        }
    }

    /// A warning.
    pub fn warning(code: u16, place: &Place, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, place, message)
        }
    }

    /// With a line on what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

/// `; did you mean …?` or nothing, to be put behind a sentence.
pub fn did_you_mean<C: AsRef<str>>(wrong: &str, names: impl IntoIterator<Item = C>) -> String {
    suggestion(wrong, names).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}
