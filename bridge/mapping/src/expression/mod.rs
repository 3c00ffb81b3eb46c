//! Expressions: paths, `??`, conditions and a dozen pure functions (`docs/mapping/expressions.md`).
//!
//! Their cost is bounded by their input: no arithmetic, no loops, no user functions.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::data::Data;

mod apply;
mod check;
mod evaluate;
mod function;
mod kinds;
pub(crate) mod lexer;
mod parse;

pub use check::{Types, check, check_condition};
pub use evaluate::{EvaluationError, evaluate, follow, holds};
pub use parse::{KEYWORDS, condition, parse, path};

/// A parsed expression. Places are kept for diagnostics, as byte ranges of its own text.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// What it does.
    pub node: ExpressionNode,
    /// Where it stands in the expression's text.
    pub span: Range<usize>,
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

impl fmt::Display for Path {
    /// As it is written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root)?;
        for part in &self.parts {
            match part {
                Part::Name(name) if lexer::name_length(name) == name.len() && !name.is_empty() => {
                    write!(f, ".{name}")?;
                }
                Part::Name(name) => write!(f, "['{}']", name.replace('\'', "''"))?,
                Part::Index(index) => write!(f, "[{index}]")?,
                Part::Each => f.write_str("[]")?,
            }
        }
        Ok(())
    }
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

/// The roots that an expression names, with their places in its text; tables of `lookup` are none.
pub fn names(expression: &Expression) -> Vec<(&str, Range<usize>)> {
    let mut found = Vec::new();
    paths(expression, &mut |path, span| {
        found.push((path.root.as_ref(), span.start..span.start + path.root.len()));
    });
    found
}

/// Calls `visit` with every path of an expression and its place.
pub fn paths<'e>(expression: &'e Expression, visit: &mut dyn FnMut(&'e Path, &Range<usize>)) {
    match &expression.node {
        ExpressionNode::Literal(_) => {}
        ExpressionNode::Path(path) => visit(path, &expression.span),
        ExpressionNode::Call(function, arguments) => {
            let skipped = usize::from(*function == Function::Lookup);
            for argument in arguments.iter().skip(skipped) {
                paths(argument, visit);
            }
        }
        ExpressionNode::Coalesce(parts)
        | ExpressionNode::Or(parts)
        | ExpressionNode::And(parts) => {
            for part in parts {
                paths(part, visit);
            }
        }
        ExpressionNode::Not(part) | ExpressionNode::Given(part, _) => paths(part, visit),
        ExpressionNode::Compare(left, _, right) => {
            paths(left, visit);
            paths(right, visit);
        }
        ExpressionNode::In(item, items) => {
            paths(item, visit);
            for item in items {
                paths(item, visit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_roots_with_their_places() {
        let expression = parse("product.id ?? lookup(colours, code)").expect("it is right");
        assert_eq!(names(&expression), [("product", 0..7), ("code", 30..34)]);
    }
}
