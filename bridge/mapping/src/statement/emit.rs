//! One text that can arise: its lines put together, values replaced by placeholders.

use std::ops::Range;
use std::sync::Arc;

use super::cases::{spell, unknown_name};
use super::clauses::{self, Part};
use super::names::{Holds, StatementNames};
use super::scan::{Place, Token, TokenKind};
use super::{Bind, Dialect, Variant};
use crate::diagnostic::Problem;
use crate::expression::{self, Function, Path};

/// Makes the text of some tokens.
///
/// Problems: places in strings (B0402), foreign templates (B0403), lists outside of IN (B0404), values as
/// columns of ORDER BY (B0405), unknown names (B0401), placeholders of drivers (B0419), objects and functions
/// that cannot be bound (B0422, B0423).
pub(super) fn emit(
    text: &str,
    dialect: Dialect,
    tokens: &[&Token],
    names: &dyn StatementNames,
    problems: &mut Vec<Problem>,
) -> Variant {
    let parts = clauses::parts(text, tokens.iter().copied());
    let mut emission = Emission {
        text,
        dialect,
        names,
        problems,
        out: String::with_capacity(text.len() + 16),
        binds: Vec::new(),
        lists: Vec::new(),
        places: Vec::new(),
    };
    let mut index = 0;
    // Up to this byte a list has been written in place of the tokens.
    let mut done = 0;
    for token in tokens {
        let counts = !matches!(
            token.kind,
            TokenKind::Space | TokenKind::Break | TokenKind::Comment
        );
        if token.span.start >= done {
            if counts && let Some(list) = emission.list_at(&parts, index) {
                emission.list(&list);
                done = list.end;
            } else {
                emission.token(token, &parts, index);
            }
        }
        index += usize::from(counts);
    }
    let Emission {
        mut out,
        binds,
        lists,
        places,
        ..
    } = emission;
    out.truncate(out.trim_end().len());
    Variant {
        case: Vec::new(),
        text: out.into(),
        binds,
        lists,
        places: places.into(),
        star: clauses::star(&parts),
    }
}

/// A text that is being put together.
pub(super) struct Emission<'a> {
    pub(super) text: &'a str,
    pub(super) dialect: Dialect,
    pub(super) names: &'a dyn StatementNames,
    pub(super) problems: &'a mut Vec<Problem>,
    out: String,
    binds: Vec<Bind>,
    lists: Vec<(usize, Range<usize>)>,
    places: Vec<(usize, usize)>,
}

/// `IN (:ids)` or `NOT IN (:ids)`.
struct InList {
    bind: Bind,
    negated: bool,
    start: usize,
    end: usize,
}

impl Emission<'_> {
    /// The list that begins at this part, if `:ids` in `IN (:ids)` is one.
    fn list_at(&mut self, parts: &[Part<'_>], index: usize) -> Option<InList> {
        let first = parts.get(index)?;
        let negated = first.is("NOT");
        let word = index + usize::from(negated);
        let [keyword, open, place, close] = parts.get(word..word + 4)? else {
            return None;
        };
        if !keyword.is("IN") || !open.sign("(") || !close.sign(")") {
            return None;
        }
        let TokenKind::Place(found) = &place.token.kind else {
            return None;
        };
        if found.function.is_some() {
            return None;
        }
        let path = path(self.text.get(found.path.clone())?);
        let known = self.names.find(&path).ok()?;
        // What nobody typed may be a list; a single value is bound as a list of one.
        matches!(known.holds, Holds::List | Holds::Roles | Holds::Any).then(|| InList {
            bind: Bind {
                function: None,
                path,
                list: true,
                span: place.token.span.clone(),
            },
            negated,
            start: first.token.span.start,
            end: close.token.span.end,
        })
    }

    /// Writes a list; an empty one matches no row, and `NOT IN` every row.
    fn list(&mut self, list: &InList) {
        self.place(list.start);
        match self.dialect {
            Dialect::Postgres => {
                self.out
                    .push_str(if list.negated { "<> ALL(" } else { "= ANY(" });
                self.bind(list.bind.clone());
                self.out.push(')');
            }
            Dialect::Sqlite => {
                self.out
                    .push_str(if list.negated { "NOT IN " } else { "IN " });
                // A list that is null is one NULL, as in the other databases, not an empty list.
                self.out.push_str("(SELECT value FROM json_each(coalesce(");
                self.bind(list.bind.clone());
                self.out.push_str(", '[null]')))");
            }
            Dialect::MySql => {
                self.out
                    .push_str(if list.negated { "NOT IN (" } else { "IN (" });
                let at = self.out.len();
                self.bind(list.bind.clone());
                self.lists.push((self.binds.len() - 1, at..self.out.len()));
                self.out.push(')');
            }
        }
        self.places.push((self.out.len(), list.end));
    }

    fn token(&mut self, token: &Token, parts: &[Part<'_>], index: usize) {
        match &token.kind {
            TokenKind::Place(place) => self.value(token, place, parts, index),
            TokenKind::Quoted => {
                self.quoted(token);
                self.copy(token);
            }
            TokenKind::QuotedName => {
                self.template(token, parts, index);
                self.copy(token);
            }
            TokenKind::Sign => {
                self.template(token, parts, index);
                self.driver_placeholder(token, parts, index);
                self.copy(token);
            }
            TokenKind::Space | TokenKind::Break | TokenKind::Comment | TokenKind::Word => {
                self.copy(token);
            }
        }
    }

    /// A value's place becomes a placeholder.
    fn value(&mut self, token: &Token, place: &Place, parts: &[Part<'_>], index: usize) {
        let before = |back: usize| index.checked_sub(back).and_then(|at| parts.get(at));
        let at = token.span.clone();
        if before(1).is_some_and(|part| part.is("BY"))
            && before(2).is_some_and(|part| part.is("ORDER"))
        {
            self.problems.push(
                Problem::new(
                    405,
                    at,
                    "a value cannot name a column, so it cannot stand in ORDER BY",
                )
                .help("write `order: {by: =sort, of: {name: name}}`"),
            );
            return;
        }
        let path = path(self.text.get(place.path.clone()).unwrap_or_default());
        let name = spell(&path);
        let function = match &place.function {
            None => None,
            Some(called) => {
                let called_name = self.text.get(called.clone()).unwrap_or_default();
                let Some(function) = function(called_name) else {
                    self.problems.push(
                        Problem::new(423, called.clone(), format!("`{called_name}` is no function that can stand in SQL"))
                            .help("`:contains(text)` and `:starts(text)` make patterns for LIKE; string int number decimal bool date day lower upper trim first last size base64 bytes convert"),
                    );
                    return;
                };
                Some(function)
            }
        };
        let known = match self.names.find(&path) {
            Ok(known) => known,
            Err(unknown) => {
                self.problems.push(unknown_name(
                    place_span(token, place),
                    &name,
                    ":",
                    unknown.suggestion,
                ));
                return;
            }
        };
        let takes_list = matches!(
            function,
            Some(Function::First | Function::Last | Function::Size)
        );
        let is_list = matches!(known.holds, Holds::List | Holds::Roles);
        let array = is_list && function.is_none() && self.list_argument(parts, index);
        if is_list && !takes_list && !array {
            self.problems.push(
                Problem::new(404, at, format!("`{name}` is a list"))
                    .help(format!("write `IN (:{name})`")),
            );
            return;
        }
        if known.holds == Holds::Object {
            self.problems.push(
                Problem::new(
                    422,
                    at,
                    format!("`{name}` is an object, and SQL takes single values"),
                )
                .help(format!("name one of its fields: `:{name}.id`")),
            );
            return;
        }
        let pattern = matches!(function, Some(Function::Contains | Function::Starts));
        let behind_like = before(1).is_some_and(|part| part.is("LIKE"));
        let escaped = parts.get(index + 1).is_some_and(|part| part.is("ESCAPE"));
        if pattern && self.dialect == Dialect::Sqlite && !behind_like && !escaped {
            self.problems.push(
                Problem::new(
                    424,
                    at,
                    format!(
                        "`:{}` stands right behind LIKE in SQLite, for ESCAPE follows it",
                        self.text
                            .get(token.span.start + 1..token.span.end)
                            .unwrap_or_default()
                    ),
                )
                .help("write `column LIKE :contains(text)`"),
            );
            return;
        }
        // A placeholder must not grow together with what it touches: `x$1` is a name, `?10` another number.
        let touches = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'?') || byte >= 0x80
        };
        if self.out.bytes().next_back().is_some_and(touches) {
            self.out.push(' ');
        }
        self.place(token.span.start);
        self.bind(Bind {
            function,
            path,
            list: array,
            span: at,
        });
        if pattern && self.dialect == Dialect::Sqlite && !escaped {
            // SQLite alone has no escape character by itself.
            self.out.push_str(" ESCAPE '\\'");
        }
        if self
            .text
            .as_bytes()
            .get(token.span.end)
            .copied()
            .is_some_and(touches)
        {
            self.out.push(' ');
        }
        self.places.push((self.out.len(), token.span.end));
    }

    /// Whether a list stands where the database takes one as a single value: `= ANY(:ids)`, `unnest(:ids)` in
    /// PostgreSQL, `json_each(:ids)` in SQLite.
    fn list_argument(&self, parts: &[Part<'_>], index: usize) -> bool {
        let before = |back: usize| index.checked_sub(back).and_then(|at| parts.get(at));
        match self.dialect {
            Dialect::Postgres => {
                let cast = parts.get(index + 1).is_some_and(|next| next.sign("::"));
                let depth = parts.get(index).map_or(0, |part| part.depth);
                let open = parts.get(..index).and_then(|all| {
                    all.iter()
                        .rposition(|part| part.sign("(") && part.depth + 1 == depth)
                });
                let called = open
                    .and_then(|open| parts.get(open.checked_sub(1)?))
                    .is_some_and(|name| {
                        let keyword = ["IN", "VALUES", "AND", "OR", "NOT", "WHERE", "ON", "SELECT"];
                        name.token.kind == TokenKind::Word
                            && !keyword.iter().any(|word| name.is(word))
                    });
                cast || called
            }
            Dialect::Sqlite => {
                before(1).is_some_and(|part| part.sign("("))
                    && before(2).is_some_and(|part| part.is("json_each"))
            }
            Dialect::MySql => false,
        }
    }

    /// Writes a placeholder; PostgreSQL and SQLite use a number again for the same value.
    fn bind(&mut self, bind: Bind) {
        let number = match self.dialect {
            Dialect::MySql => None,
            Dialect::Postgres | Dialect::Sqlite => self.binds.iter().position(|known| {
                known.path == bind.path
                    && known.function == bind.function
                    && known.list == bind.list
            }),
        };
        let number = number.unwrap_or_else(|| {
            self.binds.push(bind);
            self.binds.len() - 1
        });
        match self.dialect {
            Dialect::Postgres => self.out.push_str(&format!("${}", number + 1)),
            Dialect::Sqlite => self.out.push_str(&format!("?{}", number + 1)),
            Dialect::MySql => self.out.push('?'),
        }
    }

    fn copy(&mut self, token: &Token) {
        self.place(token.span.start);
        self.out
            .push_str(self.text.get(token.span.clone()).unwrap_or_default());
    }

    /// Notes where the next byte comes from, unless it follows the last one.
    fn place(&mut self, source: usize) {
        let at = self.out.len();
        let follows = self
            .places
            .last()
            .is_some_and(|&(text, origin)| origin + (at - text) == source);
        if !follows {
            self.places.push((at, source));
        }
    }
}

fn place_span(token: &Token, place: &Place) -> Range<usize> {
    match place.function {
        Some(_) => place.path.clone(),
        None => token.span.clone(),
    }
}

/// `order.customer.id`, which the scanner has found to be names with dots between.
pub(super) fn path(text: &str) -> Path {
    let mut names = text.split('.');
    Path {
        root: names.next().unwrap_or_default().into(),
        parts: names
            .map(|name| expression::Part::Name(Arc::from(name)))
            .collect(),
    }
}

/// The functions that take one value; the others have no place in SQL.
fn function(name: &str) -> Option<Function> {
    Function::of(name).filter(|function| match function {
        Function::String
        | Function::Int
        | Function::Number
        | Function::Decimal
        | Function::Bool
        | Function::Date
        | Function::Day
        | Function::Lower
        | Function::Upper
        | Function::Trim
        | Function::First
        | Function::Last
        | Function::Size
        | Function::Base64
        | Function::Bytes
        | Function::Contains
        | Function::Starts => true,
        Function::Concat | Function::Join | Function::Split | Function::If | Function::Lookup => {
            false
        }
    })
}
