//! SQL statements: scanned once, every text that can arise made at load (`docs/mapping/sql.md`).

use std::sync::Arc;

use crate::expression::{Expression, Function, Path};

/// A database's SQL: how strings, comments, casts and placeholders look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// PostgreSQL: `$1`.
    Postgres,
    /// MySQL and MariaDB: `?`.
    MySql,
    /// SQLite: `?1`.
    Sqlite,
}

/// One `sql:` of a mapping, with all texts it can become.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The database's SQL.
    pub dialect: Dialect,
    /// Conditions of optional lines, in the order of [`Variant::case`].
    pub conditions: Vec<Expression>,
    /// Every text that can arise, without ORDER BY of `order`; at most 64.
    pub variants: Vec<Variant>,
    /// For each combination of answers (bit i = condition i holds) that can arise, the index of its variant.
    pub by_case: Vec<Option<usize>>,
    /// The choices of `order`.
    pub order: Option<Order>,
    /// Whether it changes anything.
    pub writes: bool,
    /// Whether the text ends before its own LIMIT, FETCH or FOR, so that a row cap can be put at its end.
    pub capped_by_text: bool,
}

/// One text that can arise.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Which conditions hold in it, for faults: ``without `category` ``.
    pub case: Vec<bool>,
    /// The text with placeholders of the dialect, without ORDER BY of `order` and row cap.
    pub text: Arc<str>,
    /// What is bound, in the order of placeholders (PostgreSQL and SQLite: each number once; MySQL: each `?`).
    pub binds: Vec<Bind>,
    /// From bytes of `text` to bytes of the text in the mapping file, ascending.
    pub places: Arc<[(usize, usize)]>,
}

/// A value that is bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Bind {
    /// `contains` or `starts` around the path, or another pure function.
    pub function: Option<Function>,
    /// What is bound.
    pub path: Path,
    /// Whether it stands as `IN (:ids)`, one bind of a list.
    pub list: bool,
    /// Its place in the mapping file's SQL text, in bytes.
    pub span: std::ops::Range<usize>,
}

/// `order`: the ORDER BY that the gateway writes.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Always this one.
    Fixed(Vec<OrderColumn>),
    /// One of several, by an argument that is a set of words.
    Choice {
        /// The expression whose word chooses.
        by: Expression,
        /// The columns behind each word.
        of: Vec<(Arc<str>, Vec<OrderColumn>)>,
        /// A bool that turns every direction round.
        descending: Option<Expression>,
        /// What follows; a column without a direction goes the way of the one before it.
        then: Vec<OrderColumn>,
    },
}

/// A result column and its direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderColumn {
    /// The result column, as written.
    pub column: Arc<str>,
    /// `Some(true)` for `desc`, `Some(false)` for `asc`, `None` where nothing is said.
    pub descending: Option<bool>,
}
