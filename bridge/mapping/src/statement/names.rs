//! What a statement asks of the names around it.

use std::sync::Arc;

use crate::expression::Path;

/// The names that a statement may bind and ask: arguments, steps, roots.
pub trait StatementNames {
    /// What stands at a path.
    ///
    /// # Errors
    /// [`Unknown`] where nothing does.
    fn find(&self, path: &Path) -> Result<Known, Unknown>;
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What it holds, as far as a statement is concerned.
    pub holds: Holds,
    /// Whether it may be null. A skipped step is; so is every member of `identity` for a stranger.
    pub nullable: bool,
    /// Its type in the words of the mapping, for diagnostics: `string`, `int[]`, `Product`.
    pub type_name: String,
}

/// The kinds of value that a statement tells apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// One value.
    Scalar,
    /// True or false, which a condition can ask.
    Bool,
    /// One of these texts, which a condition can compare with.
    Words(Arc<[Arc<str>]>),
    /// A list of values.
    List,
    /// `identity.roles`: a condition can ask `'clerk' in identity.roles`.
    Roles,
    /// An object, which only lends its fields.
    Object,
    /// What no type describes.
    Any,
}

/// Nothing stands at a path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unknown {
    /// A name that was likely meant, with its path, without the colon.
    pub suggestion: Option<String>,
}
