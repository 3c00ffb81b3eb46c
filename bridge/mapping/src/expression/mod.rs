//! Expressions: paths, `??`, conditions and a dozen pure functions (`docs/mapping/expressions.md`).
//!
//! Their cost is bounded by their input: no arithmetic, no loops, no user functions.

use std::sync::Arc;

use crate::data::Data;

/// A parsed expression. Places are kept for diagnostics, as byte ranges of its own text.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// What it does.
    pub node: ExpressionNode,
    /// Where it stands in the expression's text.
    pub span: std::ops::Range<usize>,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpressionNode {
    /// A constant.
    Literal(Data),
    /// `order.lines[].sku`
    Path(Path),
    /// `lower(name)`
    Call(Function, Vec<Expression>),
    /// `a ?? b ?? c`
    Coalesce(Vec<Expression>),
    /// `a or b`
    Or(Vec<Expression>),
    /// `a and b`
    And(Vec<Expression>),
    /// `not a`
    Not(Box<Expression>),
    /// `a == b`
    Compare(Box<Expression>, Comparison, Box<Expression>),
    /// `a in ('x', 'y')`, `a in list`
    In(Box<Expression>, Vec<Expression>),
    /// `a is given`; `true` for `is not given`
    Given(Box<Expression>, bool),
}

/// A path from a root.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// An argument, a step, the name of `each`, or one of `identity session call page reply fault`.
    pub root: Arc<str>,
    /// What follows.
    pub parts: Vec<Part>,
}

/// A part of a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// `.name`, `['name']`
    Name(Arc<str>),
    /// `[0]`
    Index(usize),
    /// `[]`: from each
    Each,
}

/// `== != < <= > >=`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// The functions; `contains` and `starts` stand in SQL only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "each is the function of its name, documented in docs/mapping/expressions.md"
)]
pub enum Function {
    String,
    Int,
    Number,
    Decimal,
    Bool,
    Date,
    Day,
    Concat,
    Join,
    Split,
    Lower,
    Upper,
    Trim,
    First,
    Last,
    Size,
    Base64,
    Bytes,
    If,
    Lookup,
    Contains,
    Starts,
}

/// What an expression sees while it is evaluated.
pub trait Scope {
    /// The value of a root; `None` where it is not there, which is null.
    fn root(&self, name: &str) -> Option<Data>;
    /// The closed table of `lookup`.
    fn lookup(&self, table: &str, key: &str) -> Option<Data>;
    /// The nearest zone, for `date` and `day` without one.
    fn zone(&self) -> &jiff::tz::TimeZone;
}
