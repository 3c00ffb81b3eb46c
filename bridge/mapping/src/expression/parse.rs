//! From text to [`Expression`], by recursive descent with a bounded depth.

use std::ops::Range;
use std::sync::Arc;

use super::lexer::{self, Token, TokenKind};
use super::{Comparison, Expression, ExpressionNode, Function, Part, Path};
use crate::data::Data;
use crate::diagnostic::Problem;
use crate::diagnostic::suggestion;

/// Brackets and calls within each other.
const MAX_DEPTH: usize = 32;

/// Words that are no names.
pub const KEYWORDS: [&str; 10] = [
    "or", "and", "not", "in", "is", "given", "true", "false", "null", "omit",
];

/// Reads an expression, without the `=` that introduces it in a value.
///
/// # Errors
/// B0502 for what other languages write (`x == null`, `=`, `"a"`), B0505 for what cannot be read,
/// B0506 for functions that do not exist or stand in SQL only, B0507 for a wrong number of arguments.
pub fn parse(text: &str) -> Result<Expression, Vec<Problem>> {
    let mut problems = Vec::new();
    let parsed = match lexer::tokens(text, &mut problems) {
        Ok(tokens) => {
            let mut parser = Parser {
                tokens,
                at: 0,
                depth: 0,
                problems: Vec::new(),
            };
            let parsed = parser.whole();
            problems.append(&mut parser.problems);
            parsed
        }
        Err(problem) => Err(problem),
    };
    match parsed {
        Ok(expression) if problems.is_empty() => Ok(expression),
        Ok(_) => Err(problems),
        Err(problem) => {
            problems.push(problem);
            Err(problems)
        }
    }
}

/// Reads a condition, as `when`, `require`, `-- when:` and `when …` keys have it. What is certainly
/// no bool is refused here; [`check`](super::check) knows the types of names too.
///
/// # Errors
/// As [`parse`], and B0406 for a text, number or list where true or false is meant.
pub fn condition(text: &str) -> Result<Expression, Vec<Problem>> {
    let expression = parse(text)?;
    let literal = match &expression.node {
        ExpressionNode::Literal(Data::Bool(_)) => false,
        ExpressionNode::Literal(_) => true,
        ExpressionNode::Path(_)
        | ExpressionNode::Call(..)
        | ExpressionNode::Coalesce(_)
        | ExpressionNode::Or(_)
        | ExpressionNode::And(_)
        | ExpressionNode::Not(_)
        | ExpressionNode::Compare(..)
        | ExpressionNode::In(..)
        | ExpressionNode::Given(..) => false,
    };
    if literal {
        return Err(vec![Problem::new(
            406,
            expression.span,
            format!(
                "`{}` is a constant; a condition is true or false",
                text.trim()
            ),
        )]);
    }
    Ok(expression)
}

/// Reads a path alone, as SQL names have it after their `:`.
///
/// # Errors
/// As [`parse`], and B0505 for any other expression.
pub fn path(text: &str) -> Result<Path, Vec<Problem>> {
    let expression = parse(text)?;
    let ExpressionNode::Path(path) = expression.node else {
        return Err(vec![Problem::new(
            505,
            expression.span,
            format!(
                "`{}` is no path; a path is names, `.` and `[0]`",
                text.trim()
            ),
        )]);
    };
    Ok(path)
}

struct Parser<'a> {
    /// Never empty; the last is the end.
    tokens: Vec<Token<'a>>,
    at: usize,
    depth: usize,
    /// What was understood in spite of being wrong.
    problems: Vec<Problem>,
}

type Parsed = Result<Expression, Problem>;

impl<'a> Parser<'a> {
    fn whole(&mut self) -> Parsed {
        let expression = self.expression()?;
        match self.peek() {
            TokenKind::End => Ok(expression),
            TokenKind::Name(_) | TokenKind::Number(_) | TokenKind::Text(_) | TokenKind::Sign(_) => {
                Err(self.unexpected("the end of the expression"))
            }
        }
    }

    /// `or { "??" or }`
    fn expression(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Problem::new(
                505,
                self.span(),
                format!("brackets and calls are nested deeper than {MAX_DEPTH}"),
            ));
        }
        let expression = self.joined("??", ExpressionNode::Coalesce, |parser| {
            parser.joined("or", ExpressionNode::Or, |parser| {
                parser.joined("and", ExpressionNode::And, Self::not)
            })
        });
        self.depth -= 1;
        expression
    }

    fn joined(
        &mut self,
        word: &str,
        node: fn(Vec<Expression>) -> ExpressionNode,
        mut part: impl FnMut(&mut Self) -> Parsed,
    ) -> Parsed {
        let first = part(self)?;
        if !self.is(word) {
            return Ok(first);
        }
        let mut span = first.span.clone();
        let mut parts = vec![first];
        while self.take(word) {
            let next = part(self)?;
            span.end = next.span.end;
            parts.push(next);
        }
        Ok(Expression {
            node: node(parts),
            span,
        })
    }

    /// `[ "not" ] test`
    fn not(&mut self) -> Parsed {
        let start = self.span().start;
        if !self.take("not") {
            return self.test();
        }
        let test = self.test()?;
        Ok(Expression {
            span: start..test.span.end,
            node: ExpressionNode::Not(Box::new(test)),
        })
    }

    fn test(&mut self) -> Parsed {
        let left = self.atom()?;
        let start = left.span.start;
        if let TokenKind::Sign(sign) = self.peek()
            && let Some(comparison) = Comparison::of(sign)
        {
            self.at += 1;
            let right = self.atom()?;
            let span = start..right.span.end;
            self.refuse_null(&left, comparison, &right, &span);
            return Ok(Expression {
                node: ExpressionNode::Compare(Box::new(left), comparison, Box::new(right)),
                span,
            });
        }
        if self.take("in") {
            let (items, end) = self.items()?;
            return Ok(Expression {
                node: ExpressionNode::In(Box::new(left), items),
                span: start..end,
            });
        }
        if self.take("is") {
            let not = self.take("not");
            let end = self.span().end;
            if let TokenKind::Name("null") = self.peek() {
                let word = if not { "given" } else { "not given" };
                self.problems.push(Problem::new(
                    502,
                    self.span(),
                    format!("null is written `is {word}`"),
                ));
                self.at += 1;
            } else if !self.take("given") {
                return Err(self.unexpected("`given`"));
            }
            return Ok(Expression {
                node: ExpressionNode::Given(Box::new(left), not),
                span: start..end,
            });
        }
        Ok(left)
    }

    /// What stands behind `in`: a path, or literals in brackets.
    fn items(&mut self) -> Result<(Vec<Expression>, usize), Problem> {
        if !self.take("(") {
            let list = self.atom()?;
            if !matches!(list.node, ExpressionNode::Path(_)) {
                return Err(Problem::new(
                    505,
                    list.span,
                    "behind `in` stands a list's path, or constants in brackets: `in ('a', 'b')`",
                ));
            }
            let end = list.span.end;
            return Ok((vec![list], end));
        }
        let mut items = Vec::new();
        loop {
            let item = self.atom()?;
            if !matches!(item.node, ExpressionNode::Literal(_)) {
                return Err(Problem::new(
                    505,
                    item.span,
                    "in the brackets behind `in` stand constants: `in ('a', 'b')`",
                ));
            }
            items.push(item);
            if !self.take(",") {
                break;
            }
        }
        let end = self.span().end;
        self.expect(")")?;
        Ok((items, end))
    }

    fn atom(&mut self) -> Parsed {
        let span = self.span();
        let literal = |data| {
            Ok(Expression {
                node: ExpressionNode::Literal(data),
                span: span.clone(),
            })
        };
        match self.peek().clone() {
            TokenKind::Number(digits) => {
                self.at += 1;
                literal(number(digits))
            }
            TokenKind::Text(text) => {
                self.at += 1;
                literal(Data::text(text))
            }
            TokenKind::Name(name) => {
                let constant = match name {
                    "true" => Some(Data::Bool(true)),
                    "false" => Some(Data::Bool(false)),
                    "null" => Some(Data::Null),
                    "NaN" => Some(Data::Number(f64::NAN)),
                    "omit" => Some(Data::Omit),
                    _ => None,
                };
                if let Some(constant) = constant {
                    self.at += 1;
                    return literal(constant);
                }
                if KEYWORDS.contains(&name) {
                    return Err(self.unexpected("a value"));
                }
                self.at += 1;
                if self.is("(") {
                    return self.call(name, span);
                }
                self.path(name, span)
            }
            TokenKind::Sign("(") => {
                self.at += 1;
                let mut inner = self.expression()?;
                inner.span = span.start..self.span().end;
                self.expect(")")?;
                Ok(inner)
            }
            TokenKind::Sign(_) | TokenKind::End => Err(self.unexpected("a value")),
        }
    }

    fn call(&mut self, name: &str, name_span: Range<usize>) -> Parsed {
        let function = Function::of(name).ok_or_else(|| {
            let message = format!("there is no function `{name}`");
            match suggestion(name, Function::ALL.iter().map(|f| f.name())) {
                Some(near) => Problem::new(
                    506,
                    name_span.clone(),
                    format!("{message}; did you mean `{near}`?"),
                ),
                None => Problem::new(506, name_span.clone(), message),
            }
        })?;
        self.expect("(")?;
        let mut arguments = Vec::new();
        if !self.is(")") {
            loop {
                arguments.push(self.expression()?);
                if !self.take(",") {
                    break;
                }
            }
        }
        let span = name_span.start..self.span().end;
        self.expect(")")?;
        if matches!(function, Function::Contains | Function::Starts) {
            self.problems.push(
                Problem::new(
                    506,
                    name_span,
                    format!("`{name}` makes a LIKE pattern and stands in SQL only"),
                )
                .help(format!("in SQL: `LIKE :{name}(text)`")),
            );
        } else if !function.takes(arguments.len()) {
            self.problems.push(Problem::new(
                507,
                span.clone(),
                format!("`{name}` is written `{}`", function.usage()),
            ));
        }
        if function == Function::Lookup
            && let Some(table) = arguments.first()
            && !matches!(&table.node, ExpressionNode::Path(path) if path.parts.is_empty())
        {
            self.problems.push(Problem::new(
                507,
                table.span.clone(),
                "`lookup` begins with the name of a table: `lookup(colours, code)`",
            ));
        }
        Ok(Expression {
            node: ExpressionNode::Call(function, arguments),
            span,
        })
    }

    fn path(&mut self, root: &str, mut span: Range<usize>) -> Parsed {
        let mut parts = Vec::new();
        loop {
            if self.take(".") {
                let TokenKind::Name(name) = *self.peek() else {
                    return Err(self.unexpected("a name behind the point"));
                };
                parts.push(Part::Name(name.into()));
                span.end = self.span().end;
                self.at += 1;
            } else if self.take("[") {
                match self.peek().clone() {
                    TokenKind::Number(digits) => {
                        let index = digits.parse().map_err(|_| {
                            self.unexpected("a whole number from 0, a text, or nothing")
                        })?;
                        parts.push(Part::Index(index));
                        self.at += 1;
                    }
                    TokenKind::Text(name) => {
                        parts.push(Part::Name(name.into()));
                        self.at += 1;
                    }
                    TokenKind::Sign(_) | TokenKind::Name(_) | TokenKind::End => {
                        parts.push(Part::Each);
                    }
                }
                span.end = self.span().end;
                self.expect("]")?;
            } else {
                break;
            }
        }
        Ok(Expression {
            node: ExpressionNode::Path(Path {
                root: root.into(),
                parts,
            }),
            span,
        })
    }

    /// `x == null` is said `x is not given`.
    fn refuse_null(
        &mut self,
        left: &Expression,
        comparison: Comparison,
        right: &Expression,
        span: &Range<usize>,
    ) {
        let null = |side: &Expression| matches!(side.node, ExpressionNode::Literal(Data::Null));
        if !null(left) && !null(right) {
            return;
        }
        let wrong = match comparison {
            Comparison::Equal => "is not given",
            Comparison::Unequal => "is given",
            Comparison::Less
            | Comparison::LessOrEqual
            | Comparison::Greater
            | Comparison::GreaterOrEqual => "is given",
        };
        self.problems.push(Problem::new(
            502,
            span.clone(),
            format!("nothing is compared with null; write `x {wrong}`"),
        ));
    }

    fn peek(&self) -> &TokenKind<'a> {
        &self.token().kind
    }

    fn span(&self) -> Range<usize> {
        self.token().span.clone()
    }

    fn token(&self) -> &Token<'a> {
        // The last token is the end, and nothing steps over it.
        self.tokens
            .get(self.at)
            .or_else(|| self.tokens.last())
            .expect("the lexer always gives an end")
    }

    fn is(&self, word: &str) -> bool {
        match self.peek() {
            TokenKind::Sign(sign) => *sign == word,
            TokenKind::Name(name) => *name == word,
            TokenKind::Number(_) | TokenKind::Text(_) | TokenKind::End => false,
        }
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.is(word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), Problem> {
        if self.take(sign) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{sign}`")))
    }

    fn unexpected(&self, expected: &str) -> Problem {
        let found = match self.peek() {
            TokenKind::Name(name) => format!("`{name}`"),
            TokenKind::Number(digits) => format!("`{digits}`"),
            TokenKind::Text(text) => format!("`'{text}'`"),
            TokenKind::Sign(sign) => format!("`{sign}`"),
            TokenKind::End => "the end".to_owned(),
        };
        Problem::new(
            505,
            self.span(),
            format!("here stands {found}, where {expected} is expected"),
        )
    }
}

/// Whole numbers are [`Data::Int`], others [`Data::Number`].
fn number(digits: &str) -> Data {
    if let Ok(whole) = digits.parse() {
        return Data::Int(whole);
    }
    if !digits.contains('.') {
        // Beyond 64 bits only the text is exact.
        return Data::Decimal(Arc::from(digits));
    }
    Data::Number(digits.parse().unwrap_or(f64::NAN))
}

impl Comparison {
    /// The comparison that `sign` is.
    fn of(sign: &str) -> Option<Self> {
        match sign {
            "==" => Some(Self::Equal),
            "!=" => Some(Self::Unequal),
            "<" => Some(Self::Less),
            "<=" => Some(Self::LessOrEqual),
            ">" => Some(Self::Greater),
            ">=" => Some(Self::GreaterOrEqual),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn problem(text: &str, code: &str, marked: &str, part: &str) {
        let found = parse(text).expect_err(text);
        let [problem] = found.as_slice() else {
            panic!("`{text}` has {} problems: {found:#?}", found.len());
        };
        assert_eq!(problem.code.to_string(), code, "{problem:?}");
        assert_eq!(text.get(problem.span.clone()), Some(marked), "{problem:?}");
        assert!(problem.message.contains(part), "{problem:?}");
    }

    #[test]
    fn all_forms_are_read() {
        for text in [
            "order.lines[].sku",
            "a['odd name'][0].b-c",
            "own ?? theirs ?? 'none'",
            "a == 1 or b != 'x' and not c is given",
            "category is not given",
            "state in ('new', 'open')",
            "id in order.ids",
            "if(desc, 'down', 'up')",
            "lookup(colours, code) ?? 'unknown'",
            "concat('Hello, ', name, '!')",
            "(a ?? b) == -1.5",
            "'it''s'",
            "{'{'}".trim_matches(|c| c == '{' || c == '}'),
            "reply.soap-headers.x",
        ] {
            parse(text).unwrap_or_else(|problems| panic!("{text}: {problems:#?}"));
        }
    }

    #[test]
    fn coalescing_is_looser_than_or_and_that_than_and() {
        let expression = parse("a or b and c ?? d").expect("it is right");
        let ExpressionNode::Coalesce(parts) = expression.node else {
            panic!("{expression:?}");
        };
        let [
            Expression {
                node: ExpressionNode::Or(or),
                ..
            },
            _,
        ] = parts.as_slice()
        else {
            panic!("{parts:?}");
        };
        assert!(matches!(
            or.as_slice(),
            [
                _,
                Expression {
                    node: ExpressionNode::And(_),
                    ..
                }
            ]
        ));
    }

    #[test]
    fn habits_of_other_languages_are_corrected() {
        problem("x == null", "B0502", "x == null", "`x is not given`");
        problem("x is null", "B0502", "null", "`is not given`");
        problem("sort = 'a'", "B0502", "=", "`==`");
        problem("a == \"b\"", "B0502", "\"b\"", "`'b'`");
        problem("a && b", "B0502", "&&", "`and`");
        problem("!a", "B0502", "!", "`not`");
    }

    #[test]
    fn what_cannot_be_read_is_marked() {
        problem("", "B0505", "", "the end");
        problem("a +", "B0505", "+", "no meaning");
        problem("a b", "B0505", "b", "the end of the expression");
        problem("f(", "B0506", "f", "no function");
        problem("'open", "B0505", "'open", "closing quote");
        problem("a in 'x'", "B0505", "'x'", "in brackets");
        problem(&"(".repeat(100), "B0505", "(", "deeper");
        problem("and", "B0505", "and", "a value");
    }

    #[test]
    fn functions_and_their_arguments_are_checked() {
        problem("lwoer(x)", "B0506", "lwoer", "`lower`");
        problem("contains(x)", "B0506", "contains", "SQL only");
        problem("lower(a, b)", "B0507", "lower(a, b)", "`lower(x)`");
        problem(
            "lookup('colours', x)",
            "B0507",
            "'colours'",
            "name of a table",
        );
    }

    #[test]
    fn a_condition_is_no_constant() {
        assert_eq!(
            condition("'x'").expect_err("a text")[0].code.to_string(),
            "B0406"
        );
        assert!(condition("true").is_ok());
        assert!(condition("a is given").is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_an_expression_or_has_problems_in_it(text in r"[a-z0-9_$.,()\[\]?=<>!' \-]{0,48}|\PC{0,24}") {
            if let Err(problems) = parse(&text) {
                prop_assert!(!problems.is_empty());
                for problem in problems {
                    prop_assert!(text.get(problem.span).is_some());
                }
            }
        }
    }
}
