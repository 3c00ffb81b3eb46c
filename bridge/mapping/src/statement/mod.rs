//! SQL statements: scanned once, every text that can arise made at load (`docs/mapping/sql.md`).
//!
//! 1. [`scan`]: a text as tokens, by the rules of its database.
//! 2. `lines`: the marks `-- when: condition`, and which lines stand under them.
//! 3. `cases`: which answers the conditions can have together.
//! 4. `emit`: one text for each, values replaced by placeholders.
//! 5. `clauses`: what the text's top level says: does it write, order, limit; does it select `*`.
//! 6. [`order`]: the ORDER BY that the gateway writes; `text`: the text that is run.
//! 7. `list`: IN lists of databases that cannot bind a list.
//! 8. `filter`: the row policy around a text; `condition`: one of its conditions; `named`: what a text without it names itself.
//! 9. [`page`]: the texts that run around it for some of its rows.

mod cases;
mod clauses;
mod compile;
mod condition;
mod emit;
pub mod estimate;
mod filter;
mod lines;
mod list;
mod named;
mod names;
pub mod order;
pub mod page;
mod scan;
mod slips;
mod text;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

pub use compile::compile;
pub use condition::check_condition;
pub use filter::{Filtered, RowRule, Unfiltered};
pub use list::SizedText;
pub use names::{Holds, Known, StatementNames, Unknown};
pub use order::{Order, OrderChoice, OrderColumn, OrderError};
pub use scan::{Place, Token, TokenKind, scan};

use crate::expression::{Expression, Function, Path};
use text::TextCache;

/// A database's SQL: how strings, comments, casts and placeholders look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// PostgreSQL: `$1`.
    Postgres,
    /// MySQL and MariaDB: `?`.
    MySql,
    /// SQLite: `?1`.
    Sqlite,
}

/// One `sql:` of a mapping, with all texts it can become.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The database's SQL.
    pub dialect: Dialect,
    /// Conditions of optional lines, in the order of [`Variant::case`]; at most 64.
    pub conditions: Vec<Expression>,
    /// The conditions as they were written, for faults.
    pub condition_texts: Vec<Arc<str>>,
    /// Every text that can arise, without ORDER BY of `order`; at most [`MOST_TEXTS`].
    pub variants: Vec<Variant>,
    /// For each combination of answers (bit i: condition i holds) that can arise, the index of its variant.
    pub by_case: BTreeMap<u64, usize>,
    /// The choices of `order`.
    pub order: Option<Order>,
    /// The text's own ORDER BY, where it has one at its top level.
    pub own_order: Option<OwnOrder>,
    /// Whether it changes anything.
    pub writes: bool,
    /// Whether the text is a query that ends before its own LIMIT, FETCH or FOR, so that a row cap can be put at its end.
    pub capped_by_text: bool,
    /// Whether `rows` stands around it.
    pub filtered: Filtered,
    /// Bytes of the word (LIMIT, FETCH, FOR …) behind which no ORDER BY can be put.
    tail: Option<Range<usize>>,
    texts: TextCache,
}

/// An ORDER BY that the mapping's text brings itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnOrder {
    /// Its bytes in the mapping's text.
    pub span: Range<usize>,
    /// The last name of each item, unquoted, or the number of a result column: `id` of `ORDER BY o.id DESC`.
    pub items: Vec<Arc<str>>,
}

/// One text that can arise.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Which conditions hold in it, for faults: ``without `category` ``. Of several cases with this text the first.
    pub case: Vec<bool>,
    /// The text with placeholders of the dialect, without ORDER BY of `order` and row cap. Lists of MySQL have one item here.
    pub text: Arc<str>,
    /// What is bound, in the order of placeholders (PostgreSQL and SQLite: each number once; MySQL: each `?`).
    pub binds: Vec<Bind>,
    /// Where MySQL's lists stand, ascending: the index in `binds`, and the bytes of `?` in `text`.
    pub lists: Vec<(usize, Range<usize>)>,
    /// From bytes of `text` to bytes of the text in the mapping file, ascending.
    pub places: Arc<[(usize, usize)]>,
    /// Whether and where the text selects `*`.
    pub star: Option<Star>,
}

/// The columns of a `SELECT *`: all result columns but those that the text names before and behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Star {
    /// Named columns before the first `*`.
    pub before: usize,
    /// Named columns behind the last `*`.
    pub behind: usize,
}

impl Star {
    /// Whether the text names the result column `index` of `count`.
    pub fn names(&self, index: usize, count: usize) -> bool {
        index < self.before || index + self.behind >= count
    }
}

impl Statement {
    /// The variant whose case the answers give, and its index.
    ///
    /// `None` stands for a combination that the declared types exclude.
    ///
    /// # Errors
    /// What `holds` says.
    pub fn variant<E>(
        &self,
        mut holds: impl FnMut(&Expression) -> Result<bool, E>,
    ) -> Result<Option<(usize, &Variant)>, E> {
        let mut case = 0_u64;
        for (bit, condition) in self.conditions.iter().enumerate() {
            if holds(condition)? {
                case |= 1 << bit;
            }
        }
        Ok(self
            .by_case
            .get(&case)
            .and_then(|&index| Some((index, self.variants.get(index)?))))
    }

    /// The case of a variant in words, for faults: ``without `category is given` ``. Empty where there is only one.
    pub fn case(&self, variant: &Variant) -> String {
        let missing: Vec<_> = self
            .condition_texts
            .iter()
            .zip(&variant.case)
            .filter(|(_, holds)| !**holds)
            .map(
                |(text, _)| match text.strip_suffix("is given").map(str::trim) {
                    Some(path) if !path.contains(' ') => format!("`{path}`"),
                    Some(_) | None => format!("`{text}`"),
                },
            )
            .collect();
        match missing.as_slice() {
            [] if self.variants.len() > 1 => "with all optional lines".to_owned(),
            [] => String::new(),
            missing => format!("without {}", missing.join(", ")),
        }
    }
}

impl Variant {
    /// The byte of the mapping's text that the byte `at` of this text comes from.
    pub fn place(&self, at: usize) -> usize {
        let next = self.places.partition_point(|&(text, _)| text <= at);
        match next.checked_sub(1).and_then(|last| self.places.get(last)) {
            Some(&(text, source)) => {
                let most = self
                    .places
                    .get(next)
                    .map_or(usize::MAX, |&(_, source)| source);
                (source + (at - text)).min(most.max(source))
            }
            None => 0,
        }
    }
}

/// Texts of one statement; more are refused (B0408).
pub const MOST_TEXTS: usize = 64;

/// A value that is bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Bind {
    /// `contains` or `starts` around the path, or another pure function.
    pub function: Option<Function>,
    /// What is bound.
    pub path: Path,
    /// Whether it stands as `IN (:ids)`, one bind of a list.
    pub list: bool,
    /// Its place in the mapping file's SQL text, in bytes.
    pub span: Range<usize>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every name is an argument that may be null.
    struct Anything;

    impl StatementNames for Anything {
        fn find(&self, path: &Path) -> Result<Known, Unknown> {
            let holds = match &*path.root {
                "ids" => Holds::List,
                "sort" => Holds::Words([Arc::from("name"), Arc::from("price")].into()),
                "desc" => Holds::Bool,
                _ => Holds::Scalar,
            };
            Ok(Known {
                holds,
                nullable: &*path.root == "x",
                type_name: "string".to_owned(),
            })
        }
    }

    fn dialects() -> [Dialect; 3] {
        [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite]
    }

    #[test]
    fn a_byte_of_a_text_is_found_in_the_mapping() {
        let text = "SELECT a\nFROM t WHERE true\n  AND x = :x -- when: x is given\n  AND ORDER = :y AND id IN (:ids) AND oops";
        for dialect in dialects() {
            let statement = compile(text, dialect, &Anything).unwrap();
            for variant in &statement.variants {
                for word in ["SELECT", "FROM", "ORDER", "oops"] {
                    let here = variant.text.find(word).unwrap();
                    assert_eq!(
                        text[variant.place(here)..].get(..word.len()),
                        Some(word),
                        "{}",
                        variant.text
                    );
                }
            }
        }
    }

    #[test]
    fn answers_choose_the_text() {
        let text = "SELECT a FROM t WHERE true\n  AND x = :x -- when: x is given\n";
        let statement = compile(text, Dialect::Postgres, &Anything).unwrap();
        let chosen = |given: bool| {
            let (_, variant) = statement.variant(|_| Ok::<_, ()>(given)).unwrap().unwrap();
            variant.text.to_string()
        };
        assert!(chosen(true).ends_with("AND x = $1"));
        assert!(chosen(false).ends_with("WHERE true"));
    }

    #[test]
    fn an_order_and_a_row_cap_stand_behind_a_trailing_comment() {
        let order = Order::Fixed(vec![
            OrderColumn::parse("price desc").unwrap(),
            OrderColumn::parse("addedAt").unwrap(),
        ]);
        let statement = compile(
            "SELECT price, added_at FROM t -- all",
            Dialect::MySql,
            &Anything,
        )
        .unwrap()
        .with_order(order)
        .unwrap();
        let columns = ["price", "added_at"].map(|name| crate::rows::Column {
            name: name.into(),
            kind: crate::rows::ColumnKind::Unknown,
        });
        let base = Arc::clone(&statement.variants[0].text);
        let text = statement
            .text(0, &base, OrderChoice::default(), &columns, Some(10))
            .unwrap();
        assert_eq!(
            &*text,
            "SELECT price, added_at FROM t -- all\nORDER BY `price` DESC, `added_at`\nLIMIT 11"
        );
        let again = statement
            .text(0, &base, OrderChoice::default(), &columns, Some(10))
            .unwrap();
        assert!(Arc::ptr_eq(&text, &again));
        assert!(matches!(
            statement.text(0, &base, OrderChoice::default(), &columns[..1], Some(11)),
            Err(OrderError::UnknownColumn { .. })
        ));
    }

    #[test]
    fn a_text_with_an_end_of_its_own_takes_no_order() {
        let order = || Order::Fixed(vec![OrderColumn::parse("id").unwrap()]);
        for (text, at) in [
            ("SELECT id FROM t ORDER BY id", "ORDER BY id"),
            ("SELECT id FROM t LIMIT 5", "LIMIT"),
        ] {
            let problem = compile(text, Dialect::Sqlite, &Anything)
                .unwrap()
                .with_order(order())
                .unwrap_err();
            assert_eq!((problem.code.0, &text[problem.span]), (412, at));
        }
        assert!(
            compile(
                "SELECT id FROM (SELECT id FROM t LIMIT 5) q",
                Dialect::Sqlite,
                &Anything
            )
            .unwrap()
            .with_order(order())
            .is_ok()
        );
    }

    #[test]
    fn a_value_that_stands_twice_is_bound_once_where_placeholders_have_numbers() {
        let text = "SELECT :a, :b, :a";
        assert_eq!(
            &*compile(text, Dialect::Postgres, &Anything)
                .unwrap()
                .variants[0]
                .text,
            "SELECT $1, $2, $1"
        );
        assert_eq!(
            &*compile(text, Dialect::Sqlite, &Anything).unwrap().variants[0].text,
            "SELECT ?1, ?2, ?1"
        );
        let mysql = compile(text, Dialect::MySql, &Anything).unwrap();
        assert_eq!(
            (&*mysql.variants[0].text, mysql.variants[0].binds.len()),
            ("SELECT ?, ?, ?", 3)
        );
    }

    #[test]
    fn a_placeholder_does_not_grow_together_with_its_neighbours() {
        for dialect in dialects() {
            let statement = compile("SELECT a:x, :lower(x)0, :x:y", dialect, &Anything).unwrap();
            let words: Vec<_> = statement.variants[0]
                .text
                .split([' ', ','])
                .filter(|word| !word.is_empty())
                .collect();
            assert_eq!(words.len(), 7, "{words:?}");
        }
    }

    #[test]
    fn a_list_too_long_for_the_protocol_has_no_text() {
        let statement = compile("SELECT 1 WHERE 1 IN (:ids)", Dialect::MySql, &Anything).unwrap();
        assert!(statement.variants[0].for_list_sizes(&[65_536]).is_none());
        assert_eq!(
            statement.variants[0]
                .for_list_sizes(&[65_535])
                .unwrap()
                .counts,
            [65_535]
        );
    }

    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "SELECT",
            " ",
            "\n",
            "'",
            "''",
            "\"",
            "`",
            "[",
            "]",
            "$$",
            "$a$",
            ":",
            "::",
            ":x",
            ":ids",
            "IN (:ids)",
            "NOT ",
            "(",
            ")",
            ",",
            "--",
            " -- when: x is given",
            "\n-- end\n",
            "\n-- when: desc\n",
            "/*",
            "*/",
            "\\",
            "E'",
            "#",
            "?",
            ";",
            "{",
            "{x}",
            "[[",
            "*",
            "FROM",
            "ORDER BY ",
            ":contains(x)",
            "é",
            "0",
            "LIKE ",
            "WITH ",
            "RETURNING ",
            "sort == 'name'",
            ":sort",
            "1:2",
            "LIMIT",
        ]);
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn no_text_panics(text in pieces(), noise in ".{0,40}") {
            for dialect in dialects() {
                let _ = compile(&text, dialect, &Anything);
                let _ = compile(&noise, dialect, &Anything);
            }
        }

        #[test]
        fn tokens_cover_the_text(text in pieces()) {
            for dialect in dialects() {
                let Ok(tokens) = scan(&text, dialect) else { continue };
                let whole: String = tokens.iter().map(|token| &text[token.span.clone()]).collect();
                prop_assert_eq!(&whole, &text);
            }
        }

        #[test]
        fn a_text_without_marks_and_names_passes_unchanged(text in "SELECT [a-z0-9 ,.()+'\"*\n-]{0,60}") {
            for dialect in dialects() {
                if let Ok(statement) = compile(&text, dialect, &Anything) {
                    prop_assert_eq!(statement.variants.len(), 1);
                    prop_assert_eq!(&*statement.variants[0].text, text.trim_end());
                    prop_assert!(statement.variants[0].binds.is_empty());
                }
            }
        }

        #[test]
        fn every_placeholder_is_counted(text in pieces()) {
            for dialect in dialects() {
                let Ok(statement) = compile(&text, dialect, &Anything) else { continue };
                for variant in &statement.variants {
                    // The text is scanned again: what the database sees as placeholders.
                    let tokens = scan(&variant.text, dialect).unwrap();
                    let signs = tokens.windows(2).filter(|pair| {
                        let sign = &variant.text[pair[0].span.clone()];
                        let word = &variant.text[pair[1].span.clone()];
                        match dialect {
                            Dialect::Postgres => sign == "$" && word.starts_with(|first: char| first.is_ascii_digit()),
                            Dialect::Sqlite => sign == "?" && word.starts_with(|first: char| first.is_ascii_digit()),
                            Dialect::MySql => false,
                        }
                    });
                    let count = match dialect {
                        Dialect::MySql => tokens.iter().filter(|token| &variant.text[token.span.clone()] == "?").count(),
                        Dialect::Postgres | Dialect::Sqlite => {
                            let mut numbers: Vec<_> = signs
                                .map(|pair| variant.text[pair[1].span.clone()].to_owned())
                                .collect();
                            numbers.sort();
                            numbers.dedup();
                            numbers.len()
                        }
                    };
                    prop_assert_eq!(count, variant.binds.len(), "{}", variant.text);
                }
            }
        }
    }
}
