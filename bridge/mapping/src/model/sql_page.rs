//! `page` of `sql`.

use std::sync::Arc;

use super::OnlyPage;
use crate::diagnostic::Place;
use crate::tree::Tree;

/// `page` of a `sql` step.
#[derive(Debug)]
pub struct SqlPaging {
    /// How the next page is found.
    pub by: SqlPageBy,
    /// Rows of a page.
    pub size: Tree,
    /// The one page that the caller asks for; `None`: a record set whose client asks for the rest, or the whole list.
    pub only: Option<OnlyPage>,
    /// Whether all rows are counted.
    pub total: SqlTotal,
    /// `unique`: columns that together are never twice the same.
    pub unique: Vec<Arc<str>>,
    /// Of the file in which it stands: rows of a record set that was made under another one are refused.
    pub version: u64,
    /// Where `page` stands.
    pub place: Place,
}

/// How the next page is found in a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlPageBy {
    /// Behind the last row's keys of `order`.
    Keyset,
    /// By the number of rows before it.
    Offset,
}

/// `total` of a `sql` step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlTotal {
    /// All rows are counted.
    Exact,
    /// The planner is asked: pages that the caller asks for, on databases that know it.
    Estimate,
    /// Nobody asks.
    None,
}
