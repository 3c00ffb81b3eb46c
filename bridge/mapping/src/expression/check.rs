//! What type an expression has, and what is wrong with it before anything runs.

use std::ops::Range as Span;
use std::sync::Arc;

use super::kinds::{Family, builtin, described, family, joined, literal, nullable};
use super::{Comparison, Expression, ExpressionNode, Function, Part, Path};
use crate::data::{Data, same_name};
use crate::diagnostic::{Problem, suggestion};
use crate::model::{Rest, TypeScope};
use crate::slot::{Range, Scalar, Type};

/// What is known of the names that an expression may use.
pub trait Types {
    /// The type of an argument, step or other root; `None` where there is no such name.
    fn root(&self, name: &str) -> Option<Type>;
    /// All names there are, for suggestions.
    fn names(&self) -> Vec<Arc<str>>;
    /// The declared types and tables.
    fn scope(&self) -> &TypeScope;
}

/// The type of `expression`; `any` where nothing is known.
///
/// # Errors
/// B0406 for a condition that is no bool, B0509 for unknown names, B0510 for members that do not
/// exist, B0511 for unknown tables, B0522 for comparisons that can never hold, B0523 for a wrong kind of argument.
pub fn check(expression: &Expression, types: &dyn Types) -> Result<Type, Vec<Problem>> {
    let mut checker = Checker {
        types,
        problems: Vec::new(),
    };
    let kind = checker.kind(expression);
    if checker.problems.is_empty() {
        Ok(kind)
    } else {
        Err(checker.problems)
    }
}

/// As [`check`], for what must be true or false.
///
/// # Errors
/// As [`check`]; B0406 where it is neither.
pub fn check_condition(expression: &Expression, types: &dyn Types) -> Result<(), Vec<Problem>> {
    let mut checker = Checker {
        types,
        problems: Vec::new(),
    };
    checker.condition(expression);
    if checker.problems.is_empty() {
        Ok(())
    } else {
        Err(checker.problems)
    }
}

struct Checker<'a> {
    types: &'a dyn Types,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn kind(&mut self, expression: &Expression) -> Type {
        match &expression.node {
            ExpressionNode::Literal(data) => literal(data),
            ExpressionNode::Path(path) => self.path(path, &expression.span),
            ExpressionNode::Call(function, arguments) => {
                self.call(*function, arguments, &expression.span)
            }
            ExpressionNode::Coalesce(parts) => {
                let kinds: Vec<Type> = parts.iter().map(|part| self.kind(part)).collect();
                let certain = kinds.iter().any(|kind| !kind.takes_null());
                let joined = joined(kinds.iter().map(Type::inner));
                if certain { joined } else { nullable(joined) }
            }
            ExpressionNode::Or(parts) | ExpressionNode::And(parts) => {
                for part in parts {
                    self.condition(part);
                }
                Type::Scalar(Scalar::Bool)
            }
            ExpressionNode::Not(part) => {
                self.condition(part);
                Type::Scalar(Scalar::Bool)
            }
            ExpressionNode::Compare(left, comparison, right) => {
                self.compare(left, *comparison, right, &expression.span);
                Type::Scalar(Scalar::Bool)
            }
            ExpressionNode::In(item, items) => {
                let kind = self.kind(item);
                for candidate in items {
                    let mut other = self.kind(candidate);
                    if let ExpressionNode::Path(_) = candidate.node {
                        other = match other.inner() {
                            Type::List(inner, _) => inner.as_ref().clone(),
                            Type::Any => Type::Any,
                            _ => {
                                self.problem(
                                    510,
                                    &candidate.span,
                                    format!("behind `in` stands a list, and this is {other}"),
                                );
                                Type::Any
                            }
                        };
                    }
                    self.comparable(&kind, &other, candidate);
                }
                Type::Scalar(Scalar::Bool)
            }
            ExpressionNode::Given(part, _) => {
                self.kind(part);
                Type::Scalar(Scalar::Bool)
            }
        }
    }

    fn condition(&mut self, expression: &Expression) {
        let kind = self.kind(expression);
        if matches!(kind.inner(), Type::Any | Type::Scalar(Scalar::Bool)) {
            return;
        }
        let problem = match &expression.node {
            ExpressionNode::Path(path) => Problem::new(
                406,
                expression.span.clone(),
                format!(
                    "`{path}` is {}, a condition is true or false; write `{path} is given`",
                    described(&kind)
                ),
            ),
            _ => Problem::new(
                406,
                expression.span.clone(),
                format!("this is {}, a condition is true or false", described(&kind)),
            ),
        };
        self.problems.push(problem);
    }

    fn path(&mut self, path: &Path, span: &Span<usize>) -> Type {
        let Some(root) = self.types.root(&path.root) else {
            let names = self.types.names();
            let place = span.start..span.start + path.root.len();
            let message = format!("`{}` is no argument, step or root here", path.root);
            self.problem(
                509,
                &place,
                match suggestion(&path.root, &names) {
                    Some(near) => format!("{message}; did you mean `{near}`?"),
                    None => message,
                },
            );
            return Type::Any;
        };
        let mut parts = path.parts.as_slice();
        let mut kind = root;
        let mut maybe = false;
        if let Some(members) = builtin(&path.root)
            && let [Part::Name(member), rest @ ..] = parts
        {
            let Some((_, found)) = members.iter().find(|(name, _)| *name == member.as_ref()) else {
                let names = members.iter().map(|(name, _)| *name);
                self.missing(&path.root, member, names, span);
                return Type::Any;
            };
            kind = found.clone();
            parts = rest;
        }
        let mut listed = 0;
        for part in parts {
            maybe |= matches!(kind, Type::Nullable(_));
            let inner = kind.inner().clone();
            kind = match (part, inner) {
                (_, Type::Any) => Type::Any,
                (Part::Name(member), Type::Named(owner)) => {
                    match self.field(&owner, member, span) {
                        Some(kind) => kind,
                        None => return Type::Any,
                    }
                }
                (Part::Index(_), Type::List(item, _)) => {
                    maybe = true;
                    *item
                }
                (Part::Each, Type::List(item, _)) => {
                    listed += 1;
                    *item
                }
                (Part::Name(member), other) => {
                    self.problem(
                        510,
                        span,
                        format!(
                            "`{path}` looks for `{member}` in {}, which has no members",
                            described(&other)
                        ),
                    );
                    return Type::Any;
                }
                (Part::Index(_) | Part::Each, other) => {
                    self.problem(
                        510,
                        span,
                        format!("`{path}` takes {} for a list", described(&other)),
                    );
                    return Type::Any;
                }
            };
        }
        if listed > 0 {
            return Type::List(Box::new(kind), Range::default());
        }
        if maybe { nullable(kind) } else { kind }
    }

    /// The type of a declared type's field; `None` after a problem.
    fn field(&mut self, owner: &Arc<str>, member: &Arc<str>, span: &Span<usize>) -> Option<Type> {
        let scope = self.types.scope();
        let Some(body) = scope.types.get(owner) else {
            // Described by a backend or by nobody.
            return Some(Type::Any);
        };
        let found = body.fields.get(member).or_else(|| {
            body.fields
                .iter()
                .find(|(name, _)| same_name(name, member))
                .map(|(_, slot)| slot)
        });
        if let Some(slot) = found {
            let kind = match &slot.default {
                Some(_) => slot.kind.inner().clone(),
                None => slot.kind.clone(),
            };
            return Some(kind);
        }
        match body.rest {
            Rest::Open(_) | Rest::Described => Some(Type::Any),
            Rest::Closed => {
                let names: Vec<Arc<str>> = body.fields.keys().cloned().collect();
                self.missing(owner, member, names.iter().map(AsRef::as_ref), span);
                None
            }
        }
    }

    fn missing<'n>(
        &mut self,
        owner: &str,
        member: &str,
        names: impl Iterator<Item = &'n str>,
        span: &Span<usize>,
    ) {
        let message = format!("`{owner}` has no `{member}`");
        self.problem(
            510,
            span,
            match suggestion(member, names) {
                Some(near) => format!("{message}; did you mean `{near}`?"),
                None => message,
            },
        );
    }

    fn compare(
        &mut self,
        left: &Expression,
        comparison: Comparison,
        right: &Expression,
        span: &Span<usize>,
    ) {
        let (left_kind, right_kind) = (self.kind(left), self.kind(right));
        self.comparable(&left_kind, &right_kind, right);
        match comparison {
            Comparison::Equal | Comparison::Unequal => {}
            Comparison::Less
            | Comparison::LessOrEqual
            | Comparison::Greater
            | Comparison::GreaterOrEqual => {
                for kind in [&left_kind, &right_kind] {
                    if matches!(family(kind), Some(Family::Bool | Family::Other)) {
                        self.problem(522, span, format!("{} has no order", described(kind)));
                    }
                }
            }
        }
    }

    fn comparable(&mut self, left: &Type, right: &Type, place: &Expression) {
        if let (Type::Words(words), ExpressionNode::Literal(Data::Text(text))) =
            (left.inner(), &place.node)
            && !words.contains(text)
        {
            let message = format!("`{text}` is none of {}", words.join(", "));
            self.problem(
                522,
                &place.span,
                match suggestion(text, words.iter()) {
                    Some(near) => format!("{message}; did you mean `{near}`?"),
                    None => message,
                },
            );
            return;
        }
        if let (Some(one), Some(other)) = (family(left), family(right))
            && one != other
        {
            self.problem(
                522,
                &place.span,
                format!(
                    "{} and {} are never equal",
                    described(left),
                    described(right)
                ),
            );
        }
    }

    fn call(&mut self, function: Function, arguments: &[Expression], span: &Span<usize>) -> Type {
        if function == Function::Lookup {
            return self.lookup(arguments);
        }
        if function == Function::If {
            if let [condition, then, otherwise] = arguments {
                self.condition(condition);
                let kinds = [self.kind(then), self.kind(otherwise)];
                let maybe = kinds.iter().any(|kind| matches!(kind, Type::Nullable(_)));
                let joined = joined(kinds.iter().map(Type::inner));
                return if maybe { nullable(joined) } else { joined };
            }
            return Type::Any;
        }
        let kinds: Vec<Type> = arguments
            .iter()
            .map(|argument| self.kind(argument))
            .collect();
        let first = kinds.first().cloned().unwrap_or(Type::Any);
        let maybe = first.takes_null() && first != Type::Any;
        let of = |scalar| {
            let kind = Type::Scalar(scalar);
            if maybe { nullable(kind) } else { kind }
        };
        match function {
            Function::Concat => Type::Scalar(Scalar::String),
            Function::Size => Type::Scalar(Scalar::Int),
            Function::String
            | Function::Lower
            | Function::Upper
            | Function::Trim
            | Function::Base64
            | Function::Contains
            | Function::Starts => {
                self.no_parts(function, &first, span);
                of(Scalar::String)
            }
            Function::Int => {
                self.no_parts(function, &first, span);
                of(Scalar::Long)
            }
            Function::Number => of(Scalar::Number),
            Function::Decimal => of(Scalar::Decimal),
            Function::Bool => of(Scalar::Bool),
            Function::Date => of(Scalar::Date),
            Function::Day => of(Scalar::Day),
            Function::Bytes => of(Scalar::Bytes),
            Function::Join => {
                self.list_item(function, &first, span);
                of(Scalar::String)
            }
            Function::Split => Type::List(Box::new(Type::Scalar(Scalar::String)), Range::default()),
            Function::First | Function::Last => nullable(self.list_item(function, &first, span)),
            Function::If | Function::Lookup => Type::Any,
        }
    }

    fn lookup(&mut self, arguments: &[Expression]) -> Type {
        let [table, key] = arguments else {
            return Type::Any;
        };
        self.kind(key);
        let ExpressionNode::Path(name) = &table.node else {
            return Type::Any;
        };
        let scope = self.types.scope();
        let Some(entries) = scope.tables.get(&name.root) else {
            let message = format!("there is no table `{}`", name.root);
            let near = suggestion(&name.root, scope.tables.keys());
            self.problem(
                511,
                &table.span,
                match near {
                    Some(near) => format!("{message}; did you mean `{near}`?"),
                    None => message,
                },
            );
            return Type::Any;
        };
        let kinds: Vec<Type> = entries.values().map(literal).collect();
        nullable(joined(kinds.iter()))
    }

    /// The type of a list's items.
    fn list_item(&mut self, function: Function, kind: &Type, span: &Span<usize>) -> Type {
        match kind.inner() {
            Type::List(item, _) => item.inner().clone(),
            Type::Any => Type::Any,
            other => {
                self.problem(
                    523,
                    span,
                    format!(
                        "`{}` needs a list, and this is {}",
                        function.usage(),
                        described(other)
                    ),
                );
                Type::Any
            }
        }
    }

    fn no_parts(&mut self, function: Function, kind: &Type, span: &Span<usize>) {
        if matches!(kind.inner(), Type::List(..) | Type::Named(_)) {
            self.problem(
                523,
                span,
                format!(
                    "`{}` needs a value without parts, and this is {}",
                    function.usage(),
                    described(kind)
                ),
            );
        }
    }

    fn problem(&mut self, code: u16, span: &Span<usize>, message: impl Into<String>) {
        self.problems
            .push(Problem::new(code, span.clone(), message));
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::model::TypeBody;
    use crate::slot;

    struct Example(TypeScope);

    impl Types for Example {
        fn root(&self, name: &str) -> Option<Type> {
            let text = match name {
                "category" => "string?",
                "count" => "int",
                "ids" => "int[]",
                "sort" => "name | price",
                "desc" => "bool",
                "product" => "Product",
                "current" => "Product?",
                "anything" | "call" | "identity" => "any",
                _ => return None,
            };
            slot::parse(text).ok().map(|slot| slot.kind)
        }

        fn names(&self) -> Vec<Arc<str>> {
            [
                "category", "count", "ids", "sort", "desc", "product", "current", "call",
            ]
            .map(Arc::from)
            .into()
        }

        fn scope(&self) -> &TypeScope {
            &self.0
        }
    }

    fn example() -> Example {
        let slot = |text| slot::parse(text).expect("it is right");
        let mut scope = TypeScope::default();
        scope.types.insert(
            "Product".into(),
            Arc::new(TypeBody {
                fields: [
                    (Arc::from("id"), slot("int?")),
                    (Arc::from("price"), slot("decimal")),
                    (Arc::from("tags"), slot("string[]")),
                ]
                .into_iter()
                .collect(),
                rest: Rest::Closed,
            }),
        );
        scope.tables.insert(
            "colours".into(),
            Arc::new([(Arc::from("r"), Data::text("red"))].into_iter().collect()),
        );
        Example(scope)
    }

    fn checked(text: &str) -> Result<String, Vec<Problem>> {
        let expression = parse(text).unwrap_or_else(|found| panic!("{text}: {found:#?}"));
        check(&expression, &example()).map(|kind| kind.to_string())
    }

    fn problem(text: &str, code: &str, marked: &str, part: &str) {
        let found = checked(text).expect_err(text);
        let [problem] = found.as_slice() else {
            panic!("`{text}` has {} problems: {found:#?}", found.len());
        };
        assert_eq!(problem.code.to_string(), code, "{problem:?}");
        assert_eq!(text.get(problem.span.clone()), Some(marked), "{problem:?}");
        assert!(problem.message.contains(part), "{problem:?}");
    }

    #[test]
    fn types_follow_from_names() {
        for (text, expected) in [
            ("count", "int"),
            ("category ?? 'x'", "string"),
            ("category", "string?"),
            ("product.price", "decimal"),
            ("current.price", "decimal?"),
            ("product.tags[]", "string[]"),
            ("product.tags[0]", "string?"),
            ("first(ids)", "int?"),
            ("concat(count, category)", "string"),
            ("if(desc, 1, 2.5)", "number"),
            ("lookup(colours, category)", "string?"),
            ("call.time", "date"),
            ("identity.shop", "any"),
            ("count > 2 and desc", "bool"),
            ("lower(category)", "string?"),
        ] {
            assert_eq!(checked(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn unknown_names_are_suggested() {
        problem("categry is given", "B0509", "categry", "`category`");
        problem("product.prise", "B0510", "product.prise", "`price`");
        problem("call.tiem", "B0510", "call.tiem", "`time`");
        problem("lookup(colors, category)", "B0511", "colors", "`colours`");
    }

    #[test]
    fn a_condition_is_a_bool() {
        problem(
            "category and desc",
            "B0406",
            "category",
            "write `category is given`",
        );
        problem("if(count, 1, 2)", "B0406", "count", "an int");
        let expression = parse("count").expect("it is right");
        assert!(check_condition(&expression, &example()).is_err());
    }

    #[test]
    fn what_can_never_hold_is_told() {
        problem(
            "sort == 'newest'",
            "B0522",
            "'newest'",
            "none of name, price",
        );
        problem("count == 'x'", "B0522", "'x'", "never equal");
        assert_eq!(checked("desc < true").expect_err("no order").len(), 2);
    }

    #[test]
    fn members_and_items_need_objects_and_lists() {
        problem("count.x", "B0510", "count.x", "no members");
        problem("count[0]", "B0510", "count[0]", "for a list");
        problem(
            "join(count, ',')",
            "B0523",
            "join(count, ',')",
            "needs a list",
        );
        problem("count in sort", "B0510", "sort", "a list");
    }
}
