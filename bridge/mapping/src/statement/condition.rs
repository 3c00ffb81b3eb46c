//! A condition of the row policy by itself: that it is one, and which result columns it looks at.

use super::clauses::{parts, unquoted};
use super::names::StatementNames;
use super::scan::{TokenKind, scan};
use super::{Dialect, compile};
use crate::diagnostic::Problem;

/// What is wrong with a condition by itself; places are bytes of it.
///
/// # Errors
/// As [`compile`], and a block of lines (B0418).
pub fn check_condition(
    condition: &str,
    dialect: Dialect,
    names: &dyn StatementNames,
) -> Result<(), Vec<Problem>> {
    const BEFORE: &str = "SELECT 1 WHERE (\n";
    let tokens = scan(condition, dialect).map_err(|problem| vec![problem])?;
    let parts = parts(condition, &tokens);
    let mut depth = 0_usize;
    for part in &parts {
        let opens = part.sign("(");
        let closes = part.sign(")");
        if part.sign(";") || (closes && depth == 0) {
            let problem = Problem::new(
                416,
                part.token.span.clone(),
                "a condition of `rows` is one condition, with its brackets in pairs",
            );
            return Err(vec![problem]);
        }
        depth = depth + usize::from(opens) - usize::from(closes);
    }
    if parts.is_empty() || depth > 0 {
        let problem = Problem::new(
            416,
            0..condition.len(),
            "a condition of `rows` is one condition, with its brackets in pairs",
        );
        return Err(vec![problem]);
    }
    let marks = tokens.iter().find(|token| {
        token.kind == TokenKind::Comment
            && condition
                .get(token.span.clone())
                .and_then(|comment| comment.strip_prefix("--"))
                .is_some_and(|comment| {
                    comment.trim() == "end" || comment.trim().starts_with("when:")
                })
    });
    if let Some(mark) = marks {
        let problem = Problem::new(
            418,
            mark.span.clone(),
            "a condition of `rows` has no optional lines: it stands as a whole, by the caller's role",
        );
        return Err(vec![problem]);
    }
    let whole = format!("{BEFORE}{condition}\n)");
    compile(&whole, dialect, names).map_or_else(
        |problems| {
            let back = |at: usize| at.saturating_sub(BEFORE.len()).min(condition.len());
            let moved = problems.into_iter().map(|problem| Problem {
                span: back(problem.span.start)..back(problem.span.end),
                ..problem
            });
            Err(moved.collect())
        },
        |_| Ok(()),
    )
}

/// The result columns that a condition looks at: its names outside of queries of its own.
pub(super) fn columns(condition: &str, dialect: Dialect) -> Vec<String> {
    let Ok(tokens) = scan(condition, dialect) else {
        return Vec::new();
    };
    let parts = parts(condition, &tokens);
    let mut found = Vec::new();
    // The depth of the query, or of the type behind AS, that is passed over.
    let mut passed: Option<usize> = None;
    for (index, part) in parts.iter().enumerate() {
        if passed.is_some_and(|depth| part.depth < depth) {
            passed = None;
        }
        if passed.is_some() {
            continue;
        }
        if part.is("SELECT") || part.is("VALUES") || part.is("AS") {
            passed = Some(part.depth);
            continue;
        }
        let quoted = part.token.kind == TokenKind::QuotedName;
        let word = part.token.kind == TokenKind::Word
            && part
                .text
                .starts_with(|first: char| first.is_alphabetic() || first == '_');
        if !quoted && !word {
            continue;
        }
        let neighbour = |sign: &str, at: Option<usize>| {
            at.and_then(|at| parts.get(at))
                .is_some_and(|near| near.sign(sign))
        };
        let before = index.checked_sub(1);
        // `COLLATE nocase`, `AT TIME ZONE`, `DATE '2026-01-31'`.
        let behind = |words: &[&str]| {
            let said = (index.checked_sub(words.len())).and_then(|start| parts.get(start..index));
            said.is_some_and(|said| said.iter().zip(words).all(|(part, word)| part.is(word)))
        };
        let belongs = behind(&["COLLATE"]) || behind(&["AT"]) || behind(&["AT", "TIME"]);
        let typed = word
            && parts
                .get(index + 1)
                .is_some_and(|next| next.token.kind == TokenKind::Quoted);
        let foreign = belongs
            || typed
            || neighbour(".", before)
            || neighbour("::", before)
            || neighbour(".", Some(index + 1))
            || neighbour("(", Some(index + 1));
        if foreign || (word && WORDS.iter().any(|known| part.is(known))) {
            continue;
        }
        found.push(unquoted(part.text).to_owned());
    }
    found
}

/// Words of conditions that are no columns.
const WORDS: [&str; 34] = [
    "AND",
    "OR",
    "XOR",
    "NOT",
    "IN",
    "IS",
    "NULL",
    "LIKE",
    "ILIKE",
    "GLOB",
    "REGEXP",
    "SIMILAR",
    "TO",
    "BETWEEN",
    "TRUE",
    "FALSE",
    "UNKNOWN",
    "EXISTS",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "ANY",
    "ALL",
    "SOME",
    "ESCAPE",
    "DISTINCT",
    "FROM",
    "COLLATE",
    "AT",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Path;
    use crate::statement::{Holds, Known, Unknown};

    struct Anything;

    impl StatementNames for Anything {
        fn find(&self, _: &Path) -> Result<Known, Unknown> {
            Ok(Known {
                holds: Holds::Scalar,
                nullable: true,
                type_name: "any".to_owned(),
            })
        }
    }

    #[test]
    fn types_and_collations_of_a_condition_are_no_columns() {
        for (condition, own) in [
            (
                "CAST(owner_id AS integer) = :identity.id AND kind = 1",
                vec!["owner_id", "kind"],
            ),
            (
                "owner_id = :identity.id COLLATE nocase AND kind IS NULL",
                vec!["owner_id", "kind"],
            ),
            ("seen AT TIME ZONE 'UTC' > DATE '2026-01-31'", vec!["seen"]),
            (
                "seen > now() - INTERVAL '1 day' OR \"date\" = '1'",
                vec!["seen", "date"],
            ),
            (
                "owner_id::text LIKE 'a%' OR owner_id IN (SELECT id AS x FROM b) OR c = 1",
                vec!["owner_id", "owner_id", "c"],
            ),
        ] {
            assert_eq!(columns(condition, Dialect::Postgres), own, "{condition}");
        }
    }

    #[test]
    fn a_condition_cannot_leave_its_brackets() {
        for wrong in [
            "true) OR (true",
            "a = 1;",
            "(a = 1",
            "",
            "a = 1 -- when: x is given",
        ] {
            assert!(
                check_condition(wrong, Dialect::Postgres, &Anything).is_err(),
                "{wrong}"
            );
        }
        assert!(
            check_condition(
                "owner = :identity.id -- theirs",
                Dialect::Postgres,
                &Anything
            )
            .is_ok()
        );
    }
}
