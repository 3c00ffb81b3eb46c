//! Which answers conditions can have together: every combination of what the names in them can be.

use std::collections::{BTreeMap, btree_map::Entry};
use std::sync::Arc;

use super::lines::Condition;
use super::names::{Holds, StatementNames};
use crate::data::Data;
use crate::diagnostic::Problem;
use crate::expression::{Comparison, Expression, ExpressionNode, Part, Path};

/// Combinations of values that are tried; more are refused before they are counted out.
const MOST_COMBINATIONS: usize = 1 << 16;

/// The combinations of answers that can arise, bit i for condition i.
///
/// Problems: names that nothing has (B0401), conditions that are no bool (B0406) or whose answers
/// cannot be counted (B0421), too many combinations (B0408).
pub(super) fn cases(
    conditions: &[Condition],
    names: &dyn StatementNames,
) -> Result<Vec<u64>, Vec<Problem>> {
    let mut survey = Survey {
        names,
        variables: BTreeMap::new(),
        problems: Vec::new(),
        offset: 0,
    };
    for condition in conditions {
        survey.offset = condition.start;
        survey.condition(&condition.expression);
    }
    let Survey {
        variables,
        problems,
        ..
    } = survey;
    if !problems.is_empty() {
        return Err(problems);
    }
    let combinations = variables
        .values()
        .try_fold(1_usize, |product, domain| product.checked_mul(domain.len()))
        .filter(|&product| product <= MOST_COMBINATIONS);
    let (Some(combinations), true) = (combinations, conditions.len() <= 64) else {
        let at = conditions
            .last()
            .map_or(0..0, |last| last.start..last.start + last.text.len());
        return Err(vec![too_many(at, combinations.unwrap_or(usize::MAX))]);
    };
    let mut found = Vec::new();
    for number in 0..combinations {
        let mut rest = number;
        let assignment: BTreeMap<&Variable, &Value> = variables
            .iter()
            .filter_map(|(variable, domain)| {
                let value = domain.get(rest % domain.len())?;
                rest /= domain.len();
                Some((variable, value))
            })
            .collect();
        let mut case = 0_u64;
        for (bit, condition) in conditions.iter().enumerate() {
            if evaluate(&condition.expression, &assignment) {
                case |= 1 << bit;
            }
        }
        found.push(case);
    }
    found.sort_unstable();
    found.dedup();
    // The fullest text first: it is the one people read.
    found.reverse();
    Ok(found)
}

/// B0408.
pub(super) fn too_many(at: std::ops::Range<usize>, texts: usize) -> Problem {
    let count = if texts > MOST_COMBINATIONS {
        "far too many".to_owned()
    } else {
        texts.to_string()
    };
    Problem::new(
        408,
        at,
        format!(
            "{count} texts would arise from the marks, {} are allowed",
            super::MOST_TEXTS
        ),
    )
    .help("write rare filters as `(:x IS NULL OR …)`")
}

/// What an answer depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Variable {
    /// The value at a path.
    Path(String),
    /// Whether a caller has a role.
    Role(Arc<str>),
}

/// What a variable can be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Null,
    Bool(bool),
    Text(Arc<str>),
    /// Anything that is given.
    Given,
}

struct Survey<'a> {
    names: &'a dyn StatementNames,
    variables: BTreeMap<Variable, Vec<Value>>,
    problems: Vec<Problem>,
    offset: usize,
}

impl Survey<'_> {
    /// An expression whose value is taken as true or false.
    fn condition(&mut self, expression: &Expression) {
        match &expression.node {
            ExpressionNode::And(parts) | ExpressionNode::Or(parts) => {
                for part in parts {
                    self.condition(part);
                }
            }
            ExpressionNode::Not(inner) => self.condition(inner),
            ExpressionNode::Literal(Data::Bool(_)) => {}
            ExpressionNode::Given(inner, _) => match &inner.node {
                ExpressionNode::Path(path) => {
                    self.path(path, inner);
                }
                _ => self.uncountable(inner),
            },
            ExpressionNode::Path(path) => {
                let Some((holds, kind)) = self.path(path, expression) else {
                    return;
                };
                if holds != Holds::Bool {
                    let name = spell(path);
                    self.report(
                        Problem::new(
                            406,
                            expression.span.clone(),
                            format!(
                                "`{name}` is {kind}, a condition is true or false",
                                kind = article(&kind)
                            ),
                        )
                        .help(format!("write `{name} is given`")),
                    );
                }
            }
            ExpressionNode::Compare(left, Comparison::Equal | Comparison::Unequal, right) => {
                self.compared(left);
                self.compared(right);
            }
            ExpressionNode::In(item, list) => self.member(item, list),
            ExpressionNode::Literal(_)
            | ExpressionNode::Call(..)
            | ExpressionNode::Coalesce(_)
            | ExpressionNode::Compare(..) => self.uncountable(expression),
        }
    }

    /// A side of `==`: a constant, or a name with finitely many values.
    fn compared(&mut self, expression: &Expression) {
        match &expression.node {
            ExpressionNode::Literal(Data::Text(_) | Data::Bool(_)) => {}
            ExpressionNode::Path(path) => match self.path(path, expression) {
                Some((Holds::Bool | Holds::Words(_), _)) | None => {}
                Some(_) => self.uncountable(expression),
            },
            _ => self.uncountable(expression),
        }
    }

    /// `sort in ('a', 'b')`, `'clerk' in identity.roles`.
    fn member(&mut self, item: &Expression, list: &[Expression]) {
        if let (ExpressionNode::Literal(Data::Text(role)), [only]) = (&item.node, list)
            && let ExpressionNode::Path(path) = &only.node
        {
            match self.names.find(path).map(|known| known.holds) {
                Ok(Holds::Roles) => {
                    self.variables.insert(
                        Variable::Role(Arc::clone(role)),
                        vec![Value::Bool(true), Value::Bool(false)],
                    );
                }
                Ok(_) => self.uncountable(only),
                Err(unknown) => self.unknown(path, only, unknown.suggestion),
            }
            return;
        }
        self.compared(item);
        for constant in list {
            self.compared(constant);
        }
    }

    /// Notes what a path can be; gives what it holds, and its type.
    fn path(&mut self, path: &Path, at: &Expression) -> Option<(Holds, String)> {
        let known = match self.names.find(path) {
            Ok(known) => known,
            Err(unknown) => {
                self.unknown(path, at, unknown.suggestion);
                return None;
            }
        };
        if let Entry::Vacant(entry) = self.variables.entry(Variable::Path(spell(path))) {
            let mut domain = match &known.holds {
                Holds::Bool => vec![Value::Bool(true), Value::Bool(false)],
                Holds::Words(words) => words.iter().cloned().map(Value::Text).collect(),
                Holds::Scalar | Holds::List | Holds::Roles | Holds::Object | Holds::Any => {
                    vec![Value::Given]
                }
            };
            if known.nullable || domain.is_empty() {
                domain.push(Value::Null);
            }
            entry.insert(domain);
        }
        Some((known.holds, known.type_name))
    }

    fn unknown(&mut self, path: &Path, at: &Expression, suggestion: Option<String>) {
        let problem = unknown_name(at.span.clone(), &spell(path), "", suggestion);
        self.report(problem);
    }

    fn uncountable(&mut self, at: &Expression) {
        self.report(
            Problem::new(421, at.span.clone(), "such a condition has no end of answers, and every text must be known at load")
                .help("ask `x is given`, a bool, a word (`sort == 'name'`) or a role (`'clerk' in identity.roles`); let SQL compare the rest"),
        );
    }

    fn report(&mut self, problem: Problem) {
        self.problems.push(problem.shifted(self.offset));
    }
}

/// B0401.
pub(super) fn unknown_name(
    at: std::ops::Range<usize>,
    name: &str,
    colon: &str,
    suggestion: Option<String>,
) -> Problem {
    let problem = Problem::new(
        401,
        at,
        format!("`{colon}{name}` is no argument, step or root that can be used here"),
    );
    match suggestion {
        Some(suggestion) => problem.help(format!("did you mean `{colon}{suggestion}`?")),
        None => problem.help("declare it in `args`"),
    }
}

/// A path as it is written.
pub(super) fn spell(path: &Path) -> String {
    let mut text = path.root.to_string();
    for part in &path.parts {
        match part {
            Part::Name(name) => {
                text.push('.');
                text.push_str(name);
            }
            Part::Index(index) => text.push_str(&format!("[{index}]")),
            Part::Each => text.push_str("[]"),
        }
    }
    text
}

fn article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {kind}")
}

/// Three-valued where null is: `null == 'x'` is false, its `not` is true, as at run time.
fn evaluate(expression: &Expression, assignment: &BTreeMap<&Variable, &Value>) -> bool {
    match &expression.node {
        ExpressionNode::And(parts) => parts.iter().all(|part| evaluate(part, assignment)),
        ExpressionNode::Or(parts) => parts.iter().any(|part| evaluate(part, assignment)),
        ExpressionNode::Not(inner) => !evaluate(inner, assignment),
        ExpressionNode::Given(inner, negated) => {
            (value(inner, assignment) != Value::Null) != *negated
        }
        ExpressionNode::Compare(left, comparison, right) => {
            let equal = value(left, assignment) == value(right, assignment);
            equal == (*comparison == Comparison::Equal)
        }
        ExpressionNode::In(item, list) => {
            if let (ExpressionNode::Literal(Data::Text(role)), [only]) =
                (&item.node, list.as_slice())
                && matches!(only.node, ExpressionNode::Path(_))
                && let Some(has) = assignment.get(&Variable::Role(Arc::clone(role)))
            {
                return **has == Value::Bool(true);
            }
            let item = value(item, assignment);
            list.iter()
                .any(|constant| value(constant, assignment) == item)
        }
        ExpressionNode::Path(_)
        | ExpressionNode::Literal(_)
        | ExpressionNode::Call(..)
        | ExpressionNode::Coalesce(_) => value(expression, assignment) == Value::Bool(true),
    }
}

fn value(expression: &Expression, assignment: &BTreeMap<&Variable, &Value>) -> Value {
    match &expression.node {
        ExpressionNode::Literal(Data::Bool(value)) => Value::Bool(*value),
        ExpressionNode::Literal(Data::Text(text)) => Value::Text(Arc::clone(text)),
        ExpressionNode::Path(path) => assignment
            .get(&Variable::Path(spell(path)))
            .map_or(Value::Null, |value| (*value).clone()),
        _ => Value::Bool(evaluate(expression, assignment)),
    }
}
