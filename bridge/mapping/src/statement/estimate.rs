//! How many rows a text gives, as the database's planner believes: its plan is asked for, and nothing is read.

use super::Dialect;
use super::clauses::parts;
use super::scan::scan;

/// The text that asks for the plan of another, as one JSON document. SQLite's planner tells no numbers of rows.
pub fn planned(dialect: Dialect, text: &str) -> Option<String> {
    let explain = match dialect {
        Dialect::Postgres => "EXPLAIN (FORMAT JSON)",
        Dialect::MySql => "EXPLAIN FORMAT=JSON",
        Dialect::Sqlite => return None,
    };
    Some(format!("{explain}\n{text}"))
}

/// The first word by which a text gives other rows than it reads: a plan of MySQL or MariaDB has the numbers of those that are read.
pub fn gathers(dialect: Dialect, text: &str) -> Option<String> {
    let tokens = scan(text, dialect).ok()?;
    let word = parts(text, &tokens)
        .into_iter()
        .find(|part| part.depth == 0 && GATHERING.iter().any(|word| part.is(word)))?;
    Some(word.text.to_uppercase())
}

const GATHERING: [&str; 7] = [
    "DISTINCT",
    "DISTINCTROW",
    "GROUP",
    "HAVING",
    "UNION",
    "INTERSECT",
    "EXCEPT",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_stands_before_the_text() {
        assert_eq!(
            planned(Dialect::Postgres, "SELECT 1").as_deref(),
            Some("EXPLAIN (FORMAT JSON)\nSELECT 1")
        );
        assert_eq!(planned(Dialect::Sqlite, "SELECT 1"), None);
    }

    #[test]
    fn words_that_gather_rows_are_found_at_the_top_alone() {
        let gathers = |text| gathers(Dialect::MySql, text);
        assert_eq!(
            gathers("SELECT a FROM t GROUP BY a").as_deref(),
            Some("GROUP")
        );
        assert_eq!(
            gathers("select distinct a from t").as_deref(),
            Some("DISTINCT")
        );
        assert_eq!(
            gathers("SELECT a FROM (SELECT DISTINCT a FROM t) x WHERE b = 'GROUP'"),
            None
        );
    }
}
