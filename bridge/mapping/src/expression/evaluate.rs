//! What an expression gives. Nothing is called, waited for or changed.

use std::cmp::Ordering;

use super::{Comparison, Expression, ExpressionNode, Function, Part, Path, Scope};
use crate::data::{Data, compare};

/// Why an expression has no value. The mapping, or the data it met, is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// A function cannot make of its argument what it says.
    #[error("`{function}` needs {wanted}, and was given {found}")]
    Convert {
        /// The function.
        function: &'static str,
        /// What kind of value came; never the value itself.
        found: &'static str,
        /// What would have been right.
        wanted: &'static str,
    },
    /// A time zone that does not exist.
    #[error("a zone is a text such as `Europe/Berlin`, and {found} came that names none")]
    Zone {
        /// What kind of value came.
        found: &'static str,
    },
    /// A condition that is neither true nor false.
    #[error("a condition is true or false, and {found} came")]
    NotBool {
        /// What kind of value came.
        found: &'static str,
    },
    /// `<` between values that have no order.
    #[error("{left} and {right} have no order")]
    Unordered {
        /// The left side's kind.
        left: &'static str,
        /// The right side's kind.
        right: &'static str,
    },
    /// More than a million items of one path.
    #[error("a path with `[]` leads to more than a million items")]
    TooMany,
    /// A text of more than 16 MiB.
    #[error("a text would be larger than 16 MiB")]
    TooLarge,
}

/// The value of `expression`.
///
/// # Errors
/// Where a function cannot convert, or a condition is no bool.
pub fn evaluate(expression: &Expression, scope: &dyn Scope) -> Result<Data, EvaluationError> {
    match &expression.node {
        ExpressionNode::Literal(data) => Ok(data.clone()),
        ExpressionNode::Path(path) => follow(path, scope),
        ExpressionNode::Call(Function::If, arguments) => {
            let [condition, then, otherwise] = arguments.as_slice() else {
                return Ok(Data::Null);
            };
            if holds(condition, scope)? {
                evaluate(then, scope)
            } else {
                evaluate(otherwise, scope)
            }
        }
        ExpressionNode::Call(Function::Lookup, arguments) => {
            let [table, key] = arguments.as_slice() else {
                return Ok(Data::Null);
            };
            let ExpressionNode::Path(table) = &table.node else {
                return Ok(Data::Null);
            };
            let key = evaluate(key, scope)?;
            Function::Lookup.apply(&[Data::Text(table.root.clone()), key], scope)
        }
        ExpressionNode::Call(function, arguments) => {
            let arguments = arguments
                .iter()
                .map(|argument| evaluate(argument, scope))
                .collect::<Result<Vec<_>, _>>()?;
            function.apply(&arguments, scope)
        }
        ExpressionNode::Coalesce(parts) => {
            for part in parts {
                let data = evaluate(part, scope)?;
                if matches!(data, Data::Omit) || !data.plain().is_null() {
                    return Ok(data);
                }
            }
            Ok(Data::Null)
        }
        ExpressionNode::Or(parts) => {
            for part in parts {
                if holds(part, scope)? {
                    return Ok(Data::Bool(true));
                }
            }
            Ok(Data::Bool(false))
        }
        ExpressionNode::And(parts) => {
            for part in parts {
                if !holds(part, scope)? {
                    return Ok(Data::Bool(false));
                }
            }
            Ok(Data::Bool(true))
        }
        ExpressionNode::Not(part) => Ok(Data::Bool(!holds(part, scope)?)),
        ExpressionNode::Compare(left, comparison, right) => {
            let left = evaluate(left, scope)?.plain();
            let right = evaluate(right, scope)?.plain();
            compared(&left, *comparison, &right).map(Data::Bool)
        }
        ExpressionNode::In(item, items) => {
            let item = evaluate(item, scope)?.plain();
            Ok(Data::Bool(contains(&item, items, scope)?))
        }
        ExpressionNode::Given(part, not) => {
            let given = !evaluate(part, scope)?.plain().is_null();
            Ok(Data::Bool(given != *not))
        }
    }
}

/// Whether a condition holds; null does not.
///
/// # Errors
/// As [`evaluate`], and for a value that is no bool.
pub fn holds(condition: &Expression, scope: &dyn Scope) -> Result<bool, EvaluationError> {
    match evaluate(condition, scope)?.plain() {
        Data::Bool(answer) => Ok(answer),
        Data::Null => Ok(false),
        other => Err(EvaluationError::NotBool {
            found: other.describe(),
        }),
    }
}

/// The value at `path`; a path through null, or through what has no such member, is null.
///
/// # Errors
/// [`EvaluationError::TooMany`], where `[]` gathers more than a million items: lists that a client shares among
/// items are walked once for each.
pub fn follow(path: &Path, scope: &dyn Scope) -> Result<Data, EvaluationError> {
    let mut left = MAX_ITEMS;
    match scope.root(&path.root) {
        Some(root) => walk(root, &path.parts, &mut left),
        None => Ok(Data::Null),
    }
}

/// The most items that the `[]` of one path gather.
const MAX_ITEMS: usize = 1_000_000;

/// The value that `parts` lead to from `data`.
fn walk(data: Data, parts: &[Part], left: &mut usize) -> Result<Data, EvaluationError> {
    let mut current = data;
    for (at, part) in parts.iter().enumerate() {
        match part {
            Part::Name(name) => current = current.member(name),
            Part::Index(index) => {
                current = current
                    .items()
                    .and_then(|items| items.get(*index).cloned())
                    .unwrap_or(Data::Null);
            }
            Part::Each => {
                let rest = parts.get(at + 1..).unwrap_or_default();
                return each(&current, rest, left);
            }
        }
    }
    Ok(current)
}

/// What `rest` gives of each item; lists that `[]` gives further on are joined.
fn each(list: &Data, rest: &[Part], left: &mut usize) -> Result<Data, EvaluationError> {
    let Some(items) = list.items() else {
        return Ok(Data::Null);
    };
    *left = left
        .checked_sub(items.len())
        .ok_or(EvaluationError::TooMany)?;
    let nested = rest.contains(&Part::Each);
    let mut gathered = Vec::new();
    for item in items.iter() {
        let found = walk(item.clone(), rest, left)?;
        match found.items() {
            Some(inner) if nested => gathered.extend(inner.iter().cloned()),
            None if nested && found.is_null() => {}
            Some(_) | None => gathered.push(found),
        }
    }
    Ok(Data::List(gathered.into()))
}

fn compared(left: &Data, comparison: Comparison, right: &Data) -> Result<bool, EvaluationError> {
    let order = || {
        if left.is_null() || right.is_null() {
            return Ok(None);
        }
        compare::order(left, right).map_err(|compare::Unordered| EvaluationError::Unordered {
            left: left.describe(),
            right: right.describe(),
        })
    };
    Ok(match comparison {
        Comparison::Equal => compare::equal(left, right),
        Comparison::Unequal => !compare::equal(left, right),
        Comparison::Less => order()? == Some(Ordering::Less),
        Comparison::LessOrEqual => {
            matches!(order()?, Some(Ordering::Less | Ordering::Equal))
        }
        Comparison::Greater => order()? == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => {
            matches!(order()?, Some(Ordering::Greater | Ordering::Equal))
        }
    })
}

fn contains(item: &Data, items: &[Expression], scope: &dyn Scope) -> Result<bool, EvaluationError> {
    if item.is_null() {
        return Ok(false);
    }
    for candidate in items {
        let candidate_data = evaluate(candidate, scope)?.plain();
        if let ExpressionNode::Path(_) = candidate.node {
            let found = candidate_data.items().is_some_and(|list| {
                list.iter()
                    .any(|other| compare::equal(item, &other.plain()))
            });
            return Ok(found);
        }
        if compare::equal(item, &candidate_data) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::tz::TimeZone;

    use super::super::parse;
    use super::*;
    use crate::data::Record;

    struct Example;

    fn object(members: impl IntoIterator<Item = (&'static str, Data)>) -> Data {
        Data::Object(Arc::new(Record {
            alias: None,
            members: members
                .into_iter()
                .map(|(name, data)| (Arc::from(name), data))
                .collect(),
        }))
    }

    fn list(items: impl IntoIterator<Item = Data>) -> Data {
        Data::List(items.into_iter().collect())
    }

    impl Scope for Example {
        fn root(&self, name: &str) -> Option<Data> {
            let line = |sku: &str, amount| {
                object([("sku", Data::text(sku)), ("amount", Data::Int(amount))])
            };
            Some(match name {
                "name" => Data::text("Ann"),
                "nothing" => Data::Null,
                "yes" => Data::Bool(true),
                "price" => Data::Decimal("9.90".into()),
                "count" => Data::Int(3),
                "order" => object([
                    ("id", Data::Int(7)),
                    ("added_at", Data::Date(0.0)),
                    ("lines", list([line("a", 1), line("b", 2)])),
                ]),
                "orders" => list([
                    object([("lines", list([line("a", 1)]))]),
                    object([("lines", Data::Null)]),
                    object([("lines", list([line("b", 2), line("c", 3)]))]),
                ]),
                _ => return None,
            })
        }

        fn lookup(&self, table: &str, key: &str) -> Option<Data> {
            (table == "colours" && key == "r").then(|| Data::text("red"))
        }

        fn zone(&self) -> &TimeZone {
            static UTC: TimeZone = TimeZone::UTC;
            &UTC
        }
    }

    fn value(text: &str) -> Data {
        let expression = parse(text).unwrap_or_else(|problems| panic!("{text}: {problems:#?}"));
        evaluate(&expression, &Example).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn error(text: &str) -> String {
        let expression = parse(text).unwrap_or_else(|problems| panic!("{text}: {problems:#?}"));
        evaluate(&expression, &Example).expect_err(text).to_string()
    }

    #[test]
    fn paths_lead_through_objects_and_lists() {
        assert_eq!(value("order.lines[1].sku"), Data::text("b"));
        assert_eq!(value("order['id']"), Data::Int(7));
        assert_eq!(value("order.addedAt"), Data::Date(0.0));
        assert_eq!(
            value("order.lines[].amount"),
            list([Data::Int(1), Data::Int(2)])
        );
        assert_eq!(
            value("orders[].lines[].sku"),
            list([Data::text("a"), Data::text("b"), Data::text("c")])
        );
        for text in [
            "nothing.a.b",
            "order.lines[9].sku",
            "name.x",
            "unknown.x",
            "order[].id",
        ] {
            assert_eq!(value(text), Data::Null, "{text}");
        }
    }

    #[test]
    fn coalescing_takes_the_first_that_is_not_null() {
        assert_eq!(value("nothing ?? unknown ?? 'x'"), Data::text("x"));
        assert_eq!(value("nothing ?? false"), Data::Bool(false));
        assert_eq!(value("nothing ?? omit"), Data::Omit);
        assert_eq!(value("nothing ?? null"), Data::Null);
    }

    #[test]
    fn conditions_follow_the_rules_of_null() {
        for (text, expected) in [
            ("nothing < 1", false),
            ("nothing >= 1", false),
            ("nothing == 1", false),
            ("nothing != 1", true),
            ("nothing is given", false),
            ("nothing is not given", true),
            ("name is given and count > 2", true),
            ("price < 10", true),
            ("price == 9.9", true),
            ("price == 9.900000001", false),
            ("name in ('Bob', 'Ann')", true),
            ("'b' in order.lines[].sku", true),
            ("nothing in ('x', 'y')", false),
            ("count in nothing", false),
            ("not yes or name == 'Ann'", true),
            ("name == 5", false),
        ] {
            assert_eq!(value(text), Data::Bool(expected), "{text}");
        }
    }

    #[test]
    fn functions_give_what_they_say() {
        for (text, expected) in [
            ("string(count)", Data::text("3")),
            ("int('5.0')", Data::Int(5)),
            ("number(price)", Data::Number(9.9)),
            ("decimal('1e2')", Data::Decimal("100".into())),
            ("bool('true')", Data::Bool(true)),
            ("date('1970-01-01 01:00', 'Europe/Berlin')", Data::Date(0.0)),
            (
                "string(day(date('1970-01-01T20:00:00Z'), 'Asia/Tokyo'))",
                Data::text("1970-01-02"),
            ),
            (
                "concat('Hello, ', name, nothing, '!')",
                Data::text("Hello, Ann!"),
            ),
            ("join(order.lines[].sku, '+')", Data::text("a+b")),
            (
                "split('a,b', ',')",
                list([Data::text("a"), Data::text("b")]),
            ),
            ("upper(trim(' x '))", Data::text("X")),
            ("first(order.lines[].sku)", Data::text("a")),
            ("last(split('', ','))", Data::Null),
            ("size(order.lines)", Data::Int(2)),
            ("size(nothing)", Data::Int(0)),
            ("size(name)", Data::Int(3)),
            ("base64(bytes('aGk='))", Data::text("aGk=")),
            ("if(count > 2, 'many', int('x'))", Data::text("many")),
            ("lookup(colours, 'r')", Data::text("red")),
            ("lookup(colours, 'x') ?? 'unknown'", Data::text("unknown")),
            ("lower(nothing)", Data::Null),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_converted_is_an_error_without_the_value() {
        assert_eq!(
            error("int(name)"),
            "`int` needs a whole number, and was given a text"
        );
        assert_eq!(
            error("name and yes"),
            "a condition is true or false, and a text came"
        );
        assert_eq!(error("name < 5"), "a text and a number have no order");
        assert_eq!(
            error("date('2026-11-20', 'Nowhere/Land')"),
            "a zone is a text such as `Europe/Berlin`, and a text came that names none"
        );
    }

    #[test]
    fn like_patterns_escape_their_signs() {
        let pattern = Function::Contains.apply(&[Data::text(r"50%_a\b")], &Example);
        assert_eq!(pattern, Ok(Data::text(r"%50\%\_a\\b%")));
    }
}
