//! What is wrong with a reply's type, seen beside the columns that a database tells.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Code, Severity};

/// A fault of a mapping that shows only when the result columns are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// Its stable code.
    pub code: Code,
    /// Whether it stops the mapping.
    pub severity: Severity,
    /// A whole sentence that names the coordinate in backticks.
    pub message: String,
    /// What to do.
    pub help: String,
    /// What it is about.
    pub at: RowPlace,
}

/// A place in the mapping, to be found by who knows the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowPlace {
    /// The step's `returns`, or the step where it says none.
    Returns,
    /// A field of a declared type.
    Field {
        /// The type.
        type_name: Arc<str>,
        /// The field.
        field: Arc<str>,
    },
    /// An entry of `group`.
    Group(usize),
    /// Bytes of the SQL text; empty for the whole of it.
    Text(Range<usize>),
}

impl RowProblem {
    pub(super) fn error(code: u16, at: RowPlace, message: impl Into<String>) -> Self {
        Self {
            code: Code(code),
            severity: Severity::Error,
            message: message.into(),
            help: String::new(),
            at,
        }
    }

    pub(super) fn warning(code: u16, at: RowPlace, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, at, message)
        }
    }

    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}
