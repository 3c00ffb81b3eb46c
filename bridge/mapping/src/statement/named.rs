//! Which values a text names where they choose rows: in a WHERE, or among the VALUES of an INSERT.

use std::collections::BTreeSet;

use super::Dialect;
use super::clauses::{Part, parts};
use super::lines::lines;
use super::scan::{Token, TokenKind, scan};

/// The paths that stand in a WHERE of the text, or in VALUES, as they are written (`identity.id`): without a function
/// around them, and not in an optional line, which may be absent.
pub(super) fn named(text: &str, dialect: Dialect) -> BTreeSet<String> {
    let Ok(tokens) = scan(text, dialect) else {
        return BTreeSet::new();
    };
    let lines = lines(text, &tokens, &mut Vec::new());
    let always: Vec<&Token> = lines
        .lines
        .iter()
        .filter(|line| line.guards.is_empty())
        .flat_map(|line| tokens.get(line.tokens.clone()).unwrap_or_default())
        .collect();
    let parts = parts(text, always);
    let mut found = BTreeSet::new();
    // The depths of the clauses that are open.
    let mut open: Vec<usize> = Vec::new();
    for part in &parts {
        open.retain(|depth| part.depth >= *depth && !(part.depth == *depth && ends(part)));
        if part.is("WHERE") || part.is("VALUES") {
            open.push(part.depth);
        }
        if let (false, TokenKind::Place(place)) = (open.is_empty(), &part.token.kind)
            && place.function.is_none()
            && let Some(path) = text.get(place.path.clone())
        {
            found.insert(path.to_owned());
        }
    }
    found
}

fn ends(part: &Part<'_>) -> bool {
    ENDS.iter().any(|word| part.is(word))
}

/// Words behind a WHERE or VALUES that begin another clause.
const ENDS: [&str; 14] = [
    "GROUP",
    "HAVING",
    "WINDOW",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "FOR",
    "RETURNING",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "ON",
    "SELECT",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        named(text, Dialect::Postgres).into_iter().collect()
    }

    #[test]
    fn a_value_in_a_where_counts_and_in_set_it_does_not() {
        assert_eq!(
            of(
                "UPDATE a SET b = :identity.name WHERE id = :id AND owner = :identity.id RETURNING :x"
            ),
            ["id", "identity.id"]
        );
    }

    #[test]
    fn a_where_within_brackets_ends_with_them() {
        assert_eq!(of("SELECT (SELECT 1 WHERE a = :a), :b FROM t"), ["a"]);
        assert_eq!(
            of("DELETE FROM t WHERE id IN (SELECT id FROM o GROUP BY :c) AND owner = :identity.id"),
            ["c", "identity.id"]
        );
    }

    #[test]
    fn what_may_be_absent_does_not_count() {
        assert_eq!(
            of(
                "SELECT 1 FROM t WHERE true\n AND a = :identity.id -- when: x is given\n AND b = :b"
            ),
            ["b"]
        );
    }

    #[test]
    fn values_of_an_insert_count_and_what_a_conflict_sets_does_not() {
        assert_eq!(
            of(
                "INSERT INTO s (a, b) VALUES (:a, :identity.id) ON CONFLICT (a) DO UPDATE SET b = :c"
            ),
            ["a", "identity.id"]
        );
    }
}
