//! The row policy: a condition around a query, by the caller's roles.
//!
//! ```text
//! SELECT * FROM (
//! the text
//! ) AS own_rows
//! WHERE false
//!   OR (the condition of a role)       -- only for callers who have it
//!   OR true                            -- for callers of a role that sees all
//! ```
//!
//! Which conditions stand is a case like those of optional lines, so each text is known and tried at load. ORDER BY, LIMIT and
//! pages go around the outside.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::clauses::{parts, selected};
use super::condition::columns;
use super::named::named;
use super::names::StatementNames;
use super::scan::{TokenKind, scan};
use super::{Dialect, Statement, compile};
use crate::diagnostic::Problem;

/// What a role may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowRule {
    /// The role; `users` is whoever has logged in, `public` anybody.
    pub role: Arc<str>,
    /// SQL that is true for its rows, over result columns; `None`: all rows.
    pub condition: Option<Arc<str>>,
}

/// Whether a statement's rows are limited by `rows`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Filtered {
    /// No policy.
    #[default]
    Open,
    /// The condition stands around it.
    Around,
    /// It cannot stand there.
    Cannot {
        /// Why.
        reason: Unfiltered,
        /// What the text names itself where it chooses rows: `identity.id`.
        named: BTreeSet<String>,
    },
}

/// Why no condition can stand around a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfiltered {
    /// It writes.
    Write,
    /// It is no query.
    NoQuery,
    /// Its own LIMIT, FETCH or FOR would count rows that are not seen.
    Tail,
    /// It has no such result column.
    Column(Arc<str>),
    /// It has several result columns of this name: SQLite would look at the first.
    Columns(Arc<str>),
}

impl Statement {
    /// The same with a condition around it, where one can stand; `text` is the text it was compiled from.
    ///
    /// # Errors
    /// An ORDER BY of its own (B0412), more texts than are allowed (B0408), names that nothing has: places are bytes of `text`.
    pub fn with_rows(
        mut self,
        text: &str,
        rules: &[RowRule],
        names: &dyn StatementNames,
    ) -> Result<Self, Vec<Problem>> {
        if let Some(reason) = self.unfiltered(text, rules) {
            self.filtered = Filtered::Cannot {
                reason,
                named: named(text, self.dialect),
            };
            return Ok(self);
        }
        if let Some(own) = &self.own_order {
            let problem = Problem::new(
                412,
                own.span.clone(),
                "`rows` stands around this text, so the gateway writes the ORDER BY outside of it",
            );
            return Err(vec![
                problem.help(format!("move `{}` to `order`", own.items.join(", "))),
            ]);
        }
        let (whole, before) = around(text, rules, self.dialect);
        let last = text.trim_end().len();
        let back = |at: usize| at.saturating_sub(before).min(last);
        let mut filtered = compile(&whole, self.dialect, names).map_err(|problems| {
            problems
                .into_iter()
                .map(|problem| Problem {
                    span: back(problem.span.start)..back(problem.span.end),
                    ..problem
                })
                .collect::<Vec<_>>()
        })?;
        for variant in &mut filtered.variants {
            // Its own conditions come first, so this is the text that stands within.
            let own = variant
                .case
                .iter()
                .take(self.conditions.len())
                .enumerate()
                .fold(0_u64, |case, (bit, holds)| case | u64::from(*holds) << bit);
            let index = self.by_case.get(&own);
            let Some(inner) = index.and_then(|index| self.variants.get(*index)) else {
                continue;
            };
            variant.star = inner.star;
            // Its placeholders are the first, so its bytes are the same; what stands around it belongs to its ends.
            let end = before + inner.text.len();
            variant.places = std::iter::once((0, 0))
                .chain(
                    inner
                        .places
                        .iter()
                        .map(|&(at, source)| (before + at, source)),
                )
                .chain([(end, last), (variant.text.len(), last)])
                .collect();
            for bind in &mut variant.binds {
                bind.span = back(bind.span.start)..back(bind.span.end);
            }
        }
        filtered.filtered = Filtered::Around;
        Ok(filtered)
    }

    fn unfiltered(&self, text: &str, rules: &[RowRule]) -> Option<Unfiltered> {
        if self.writes {
            return Some(Unfiltered::Write);
        }
        if self.tail.is_some() {
            return Some(Unfiltered::Tail);
        }
        if !self.capped_by_text {
            return Some(Unfiltered::NoQuery);
        }
        let tokens = scan(text, self.dialect).ok()?;
        let list = selected(&parts(text, &tokens))?;
        if list.star {
            return None;
        }
        rules
            .iter()
            .filter_map(|rule| rule.condition.as_deref())
            .flat_map(|condition| columns(condition, self.dialect))
            .find_map(|column| {
                let same = |name: &&String| name.eq_ignore_ascii_case(&column);
                match list.names.iter().filter(same).count() {
                    0 => Some(Unfiltered::Column(column.into())),
                    1 => None,
                    _ => Some(Unfiltered::Columns(column.into())),
                }
            })
    }
}

/// The text with the policy around it, and how many bytes stand before it.
fn around(text: &str, rules: &[RowRule], dialect: Dialect) -> (String, usize) {
    let mut whole = String::from("SELECT * FROM (\n");
    let before = whole.len();
    whole.push_str(text.trim_end());
    whole.push_str("\n) AS own_rows\nWHERE false\n");
    for rule in rules {
        let who = match &*rule.role {
            "public" => None,
            "users" => Some("identity is given".to_owned()),
            role => Some(format!("'{}' in identity.roles", role.replace('\'', "''"))),
        };
        if let Some(who) = &who {
            whole.push_str(&format!("-- when: {who}\n"));
        }
        match &rule.condition {
            Some(condition) => {
                whole.push_str("  OR (\n");
                whole.push_str(&names_alone(condition.trim_end(), dialect));
                whole.push_str("\n)\n");
            }
            None => whole.push_str("  OR true\n"),
        }
        if who.is_some() {
            whole.push_str("-- end\n");
        }
    }
    (whole, before)
}

/// A condition whose quoted names can be nothing else: SQLite takes `"name"` for a text where there is no such column, and such a condition
/// could hold for every row ([Double-quoted String Literals](https://www.sqlite.org/quirks.html#dblquote)).
fn names_alone(condition: &str, dialect: Dialect) -> Cow<'_, str> {
    let Ok(tokens) = scan(condition, dialect) else {
        return condition.into();
    };
    match dialect {
        Dialect::Postgres | Dialect::MySql => return condition.into(),
        Dialect::Sqlite => {}
    }
    let mut written = String::with_capacity(condition.len());
    for token in &tokens {
        let text = condition.get(token.span.clone()).unwrap_or_default();
        let quoted = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .filter(|_| token.kind == TokenKind::QuotedName);
        match quoted {
            Some(name) => {
                let name = name.replace("\"\"", "\"").replace('`', "``");
                written.extend(["`", &name, "`"]);
            }
            None => written.push_str(text),
        }
    }
    written.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Path;
    use crate::statement::{Holds, Known, Unknown};

    struct Anything;

    impl StatementNames for Anything {
        fn find(&self, path: &Path) -> Result<Known, Unknown> {
            let roles = &*path.root == "identity"
                && matches!(path.parts.as_slice(), [crate::expression::Part::Name(name)] if &**name == "roles");
            Ok(Known {
                holds: if roles { Holds::Roles } else { Holds::Scalar },
                nullable: true,
                type_name: "any".to_owned(),
            })
        }
    }

    fn rules() -> Vec<RowRule> {
        vec![
            RowRule {
                role: "customer".into(),
                condition: Some("owner_id = :identity.id".into()),
            },
            RowRule {
                role: "clerk".into(),
                condition: None,
            },
        ]
    }

    fn filtered(text: &str, dialect: Dialect) -> Statement {
        compile(text, dialect, &Anything)
            .unwrap()
            .with_rows(text, &rules(), &Anything)
            .unwrap()
    }

    #[test]
    fn each_set_of_roles_has_its_text_and_a_stranger_sees_nothing() {
        let statement = filtered(
            "SELECT id, owner_id FROM account WHERE branch = :branch -- all",
            Dialect::Postgres,
        );
        let text = |roles: &[&str]| {
            let (_, variant) = statement
                .variant(|condition| {
                    let crate::expression::ExpressionNode::In(role, _) = &condition.node else {
                        panic!("a role is asked");
                    };
                    let crate::expression::ExpressionNode::Literal(crate::data::Data::Text(role)) =
                        &role.node
                    else {
                        panic!("by its name");
                    };
                    Ok::<_, ()>(roles.contains(&&**role))
                })
                .unwrap()
                .unwrap();
            variant
                .text
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        let inner = "SELECT * FROM ( SELECT id, owner_id FROM account WHERE branch = $1 -- all ) AS own_rows WHERE false";
        assert_eq!(text(&[]), inner);
        assert_eq!(text(&["customer"]), format!("{inner} OR ( owner_id = $2 )"));
        assert_eq!(text(&["clerk"]), format!("{inner} OR true"));
        assert_eq!(
            text(&["clerk", "customer"]),
            format!("{inner} OR ( owner_id = $2 ) OR true")
        );
    }

    #[test]
    fn a_text_that_a_condition_cannot_stand_around_says_why() {
        let reason = |text: &str| match filtered(text, Dialect::Sqlite).filtered {
            Filtered::Cannot { reason, .. } => Some(reason),
            Filtered::Open | Filtered::Around => None,
        };
        assert_eq!(reason("UPDATE account SET a = 1"), Some(Unfiltered::Write));
        assert_eq!(
            reason("SELECT owner_id FROM account LIMIT 5"),
            Some(Unfiltered::Tail)
        );
        assert_eq!(
            reason("SELECT id, owner FROM account"),
            Some(Unfiltered::Column("owner_id".into()))
        );
        assert_eq!(
            reason("SELECT a.owner_id, b.OWNER_ID FROM account a JOIN branch b ON true"),
            Some(Unfiltered::Columns("owner_id".into()))
        );
        assert_eq!(reason("PRAGMA user_version"), Some(Unfiltered::NoQuery));
        assert_eq!(reason("SELECT * FROM account"), None);
        assert_eq!(reason("SELECT a.owner_id FROM account a"), None);
        assert_eq!(reason("SELECT 1 AS \"OWNER_ID\""), None);
        assert_eq!(
            reason("WITH own AS (SELECT owner_id FROM account) SELECT owner_id FROM own"),
            None
        );
    }

    #[test]
    fn a_place_within_the_policy_is_that_of_the_text() {
        let text = "SELECT id, owner_id\nFROM account";
        let statement = filtered(text, Dialect::Sqlite);
        let whole = &statement.variants[0];
        let at = whole.text.find("FROM account").unwrap();
        assert_eq!(&text[whole.place(at)..], "FROM account");
        let policy = whole.text.find("owner_id = ").unwrap();
        assert!(whole.place(policy) <= text.len());
    }

    #[test]
    fn a_quoted_name_of_a_condition_is_no_text_for_sqlite() {
        let condition = "\"a\"\"`b\" = 'say \"c\"' -- \"d\"";
        assert_eq!(
            names_alone(condition, Dialect::Sqlite),
            "`a\"``b` = 'say \"c\"' -- \"d\""
        );
        assert_eq!(names_alone(condition, Dialect::Postgres), condition);
    }

    #[test]
    fn columns_of_a_condition_are_its_names_outside_of_queries() {
        assert_eq!(
            columns(
                "owner_id = :identity.id AND lower(region) IN (SELECT r.name FROM regions r WHERE x = 1) OR \"open\" IS NOT NULL",
                Dialect::Postgres
            ),
            ["owner_id", "region", "open"]
        );
    }
}
