//! What is said of calls rather than of what they do: how often, from which cache, once, in which session, written down.

use std::sync::Arc;
use std::time::Duration;

use crate::expression::Expression;
use crate::tree::Tree;
use crate::units::Rate;

/// The rules around an operation.
#[derive(Debug, Default, PartialEq)]
pub struct CallRules {
    /// `session`: the argument that says whose session it is, in place of cookie and header.
    pub session: Option<Expression>,
    /// `rate`: for each identity, else each address.
    pub rate: Option<Rate>,
    /// `cache` and `stale`.
    pub cache: Option<CacheRule>,
    /// `once`: a second call with this key gets the first answer.
    pub once: Option<Expression>,
    /// `audit`: who, what, when, outcome, and these arguments.
    pub audit: Option<Arc<[Arc<str>]>>,
    /// What a good answer does to the session.
    pub signs: Option<Signs>,
    /// What its expressions and statements look at.
    pub uses: Uses,
}

/// `cache` and `stale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheRule {
    /// An answer serves for so long.
    pub fresh: Duration,
    /// And so much longer while the backend fails.
    pub stale: Duration,
}

/// `login`, `logout`, `remember`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signs {
    /// The members of `identity` in a new session: `id`, `name`, `roles` and more.
    pub login: Option<Vec<(Arc<str>, Tree)>>,
    /// The session ends.
    pub logout: bool,
    /// Kept in the session as `session.name`.
    pub remember: Vec<(Arc<str>, Tree)>,
}

/// Roots that an answer may depend on beside the arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// `identity`
    pub identity: bool,
    /// `session`
    pub session: bool,
}
