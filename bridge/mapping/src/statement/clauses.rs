//! What the top level of a text says: whether it writes, its ORDER BY and LIMIT, what it selects.

use std::ops::Range;
use std::sync::Arc;

use super::scan::{Token, TokenKind};
use super::{OwnOrder, Star};
use crate::diagnostic::Problem;

/// A token that is no space and no comment, with its text and depth in brackets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    /// The token.
    pub token: &'a Token,
    /// Its text.
    pub text: &'a str,
    /// Open brackets around it.
    pub depth: usize,
}

impl Part<'_> {
    /// Whether it is this word, in any case of letters.
    pub(super) fn is(&self, word: &str) -> bool {
        self.token.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// Whether it is this sign.
    pub(super) fn sign(&self, sign: &str) -> bool {
        self.token.kind == TokenKind::Sign && self.text == sign
    }
}

/// The tokens that count.
pub(super) fn parts<'a>(
    text: &'a str,
    tokens: impl IntoIterator<Item = &'a Token>,
) -> Vec<Part<'a>> {
    let mut depth = 0_usize;
    let mut parts = Vec::new();
    for token in tokens {
        if matches!(
            token.kind,
            TokenKind::Space | TokenKind::Break | TokenKind::Comment
        ) {
            continue;
        }
        let content = text.get(token.span.clone()).unwrap_or_default();
        let sign = token.kind == TokenKind::Sign;
        if sign && matches!(content, ")" | "]") {
            depth = depth.saturating_sub(1);
        }
        parts.push(Part {
            token,
            text: content,
            depth,
        });
        if sign && matches!(content, "(" | "[") {
            depth += 1;
        }
    }
    parts
}

/// What the whole text says, whatever lines stand.
#[derive(Debug, Default)]
pub(super) struct Clauses {
    pub writes: bool,
    pub capped_by_text: bool,
    pub own_order: Option<OwnOrder>,
    /// The first word behind which no ORDER BY can be put.
    pub tail: Option<Range<usize>>,
}

const WRITING: [&str; 5] = ["INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"];
const CALLS: [&str; 3] = ["CALL", "EXEC", "EXECUTE"];
const TRANSACTION: [&str; 8] = [
    "BEGIN",
    "START",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "ABORT",
    "END",
];
const CAPPED: [&str; 3] = ["LIMIT", "FETCH", "FOR"];
/// Top-level words behind which no LIMIT can be put, though they are none themselves.
const UNCAPPED: [&str; 4] = ["OFFSET", "INTO", "LOCK", "PROCEDURE"];

/// Reads the clauses; tells statements that have a key of their own, several statements, and none (B0416, B0417, B0420).
pub(super) fn clauses(text: &str, tokens: &[Token], problems: &mut Vec<Problem>) -> Clauses {
    let parts = parts(text, tokens);
    let Some(first) = parts.iter().find(|part| !part.sign("(")) else {
        problems.push(Problem::new(
            420,
            0..text.len(),
            "there is no statement here",
        ));
        return Clauses::default();
    };
    let at = first.token.span.clone();
    if first.is_any(&CALLS) {
        problems.push(
            Problem::new(
                417,
                at,
                "a stored procedure is called by `procedure`, not by `sql`",
            )
            .help("write `procedure: NAME` and `with` for its parameters"),
        );
    } else if first.is_any(&TRANSACTION) {
        problems.push(
            Problem::new(
                417,
                at,
                "transactions are said by `transaction`, not in SQL",
            )
            .help("write its statements as steps of `transaction`"),
        );
    }
    for (index, part) in parts.iter().enumerate() {
        if part.sign(";") {
            let last = index + 1 == parts.len();
            let at = part.token.span.clone();
            problems.push(if last {
                Problem::new(416, at, "a statement ends with its text").help("leave the `;` out")
            } else {
                Problem::new(416, at, "one statement a text")
                    .help("write several as steps of `transaction` or `steps`")
            });
        }
    }
    let writes = writes(&parts);
    let top = || parts.iter().filter(|part| part.depth == 0);
    let tail = top()
        .find(|part| part.is_any(&CAPPED) || part.is_any(&UNCAPPED))
        .map(|part| part.token.span.clone());
    let query = first.is_any(&["SELECT", "WITH", "VALUES", "TABLE"]);
    Clauses {
        writes,
        capped_by_text: query && !writes && tail.is_none(),
        own_order: own_order(&parts),
        tail,
    }
}

/// A text writes that begins with a writing word, or has one in or behind its WITH.
fn writes(parts: &[Part<'_>]) -> bool {
    let Some(start) = parts.iter().position(|part| !part.sign("(")) else {
        return false;
    };
    let rest = parts.get(start..).unwrap_or_default();
    if !rest.first().is_some_and(|part| part.is("WITH")) {
        return rest.first().is_some_and(|part| part.is_any(&WRITING));
    }
    rest.iter().enumerate().any(|(index, part)| {
        // `replace(…)` and `insert(…)` are functions too, and `FOR UPDATE` locks.
        let called = rest.get(index + 1).is_some_and(|next| next.sign("("));
        let before = index.checked_sub(1).and_then(|before| rest.get(before));
        let begins = before.is_some_and(|before| before.sign("(") || before.sign(")"));
        part.is_any(&WRITING) && !called && begins
    })
}

/// Words that end an ORDER BY.
const BEHIND_ORDER: [&str; 8] = [
    "LIMIT",
    "OFFSET",
    "FETCH",
    "FOR",
    "RETURNING",
    "LOCK",
    "INTO",
    "UNION",
];

fn own_order(parts: &[Part<'_>]) -> Option<OwnOrder> {
    let start = parts.windows(2).position(
        |pair| matches!(pair, [order, by] if order.depth == 0 && order.is("ORDER") && by.is("BY")),
    )?;
    let rest = parts.get(start..)?;
    let end = rest
        .iter()
        .position(|part| part.depth == 0 && part.is_any(&BEHIND_ORDER))
        .unwrap_or(rest.len());
    let rest = rest.get(..end)?;
    let (first, last) = (rest.first()?, rest.last()?);
    let items = rest
        .get(2..)?
        .split(|part| part.depth == 0 && part.sign(","))
        .filter_map(|item| {
            let name = item
                .iter()
                .take_while(|part| !part.is_any(&["ASC", "DESC", "NULLS", "COLLATE"]))
                .last()?;
            Some(Arc::from(unquoted(name.text)))
        })
        .collect();
    Some(OwnOrder {
        span: first.token.span.start..last.token.span.end,
        items,
    })
}

pub(super) fn unquoted(name: &str) -> &str {
    [('"', '"'), ('`', '`'), ('[', ']')]
        .into_iter()
        .find_map(|(open, close)| name.strip_prefix(open)?.strip_suffix(close))
        .unwrap_or(name)
}

/// Words that end a select list.
const BEHIND_SELECT: [&str; 14] = [
    "FROM",
    "INTO",
    "WHERE",
    "GROUP",
    "HAVING",
    "WINDOW",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "FOR",
    "UNION",
    "EXCEPT",
    "INTERSECT",
];

/// Whether a text selects `*`, or returns it.
pub(super) fn star(parts: &[Part<'_>]) -> Option<Star> {
    let (list, depth) = match select_list(parts)? {
        List::Table => {
            return Some(Star {
                before: 0,
                behind: 0,
            });
        }
        List::Items(list, depth) => (list, depth),
    };
    let stars: Vec<bool> = list
        .split(|part| part.depth == depth && part.sign(","))
        .map(|item| is_star(item, depth))
        .collect();
    let before = stars.iter().position(|&star| star)?;
    let last = stars.iter().rposition(|&star| star)?;
    Some(Star {
        before,
        behind: stars.len() - 1 - last,
    })
}

/// The result columns that a text names itself.
pub(super) struct Selected {
    pub names: Vec<String>,
    /// And all others.
    pub star: bool,
}

/// What a text selects, as far as it says so. A column without a name is none.
pub(super) fn selected(parts: &[Part<'_>]) -> Option<Selected> {
    let (list, depth) = match select_list(parts)? {
        List::Table => {
            return Some(Selected {
                names: Vec::new(),
                star: true,
            });
        }
        List::Items(list, depth) => (list, depth),
    };
    let items = || list.split(|part| part.depth == depth && part.sign(","));
    Some(Selected {
        star: items().any(|item| is_star(item, depth)),
        names: items()
            .filter_map(|item| item.last())
            .filter(|last| {
                last.depth == depth
                    && matches!(last.token.kind, TokenKind::Word | TokenKind::QuotedName)
            })
            .map(|last| unquoted(last.text).to_owned())
            .collect(),
    })
}

fn is_star(item: &[Part<'_>], depth: usize) -> bool {
    item.last()
        .is_some_and(|last| last.sign("*") && last.depth == depth)
}

enum List<'p, 'a> {
    /// `TABLE name`: all its columns.
    Table,
    /// The items with their commas, and the depth at which they stand.
    Items(&'p [Part<'a>], usize),
}

/// What stands behind SELECT or RETURNING at the text's top level.
fn select_list<'p, 'a>(parts: &'p [Part<'a>]) -> Option<List<'p, 'a>> {
    let depth = parts.iter().find(|part| !part.sign("("))?.depth;
    let verb = parts.iter().position(|part| {
        part.depth == depth
            && (part.is_any(&WRITING) || part.is_any(&["SELECT", "TABLE", "VALUES"]))
    })?;
    let verb_part = parts.get(verb)?;
    let start = if verb_part.is_any(&WRITING) {
        parts
            .iter()
            .position(|part| part.depth == depth && part.is("RETURNING"))?
    } else if verb_part.is("TABLE") {
        return Some(List::Table);
    } else if verb_part.is("SELECT") {
        verb
    } else {
        return None;
    };
    let list = parts.get(start + 1..)?;
    let end = (0..list.len())
        .find(|&index| {
            list.get(index)
                .is_some_and(|part| ends_list(list, index, part, depth))
        })
        .unwrap_or(list.len());
    Some(List::Items(list.get(..end)?, depth))
}

fn ends_list(list: &[Part<'_>], index: usize, part: &Part<'_>, depth: usize) -> bool {
    if part.depth < depth {
        return true;
    }
    // `IS DISTINCT FROM` compares.
    let compares = part.is("FROM")
        && index
            .checked_sub(1)
            .and_then(|before| list.get(before))
            .is_some_and(|before| before.is("DISTINCT"));
    part.depth == depth && part.is_any(&BEHIND_SELECT) && !compares
}
