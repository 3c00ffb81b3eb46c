//! Golden texts: each `tests/statements/*.sql` with what it becomes for each database beside it.
//!
//! The first line declares names (`-- names: text?, ids[], sort = name | price, desc: bool, p{}`), the second may
//! choose databases (`-- for: postgres sqlite`). `UPDATE=1 cargo test` writes the expected files anew.

mod golden;

use std::fmt::Write as _;
use std::sync::Arc;

use footbridge_mapping::expression::{self, Part};
use footbridge_mapping::statement::{self, Dialect, Holds, Known, StatementNames, Unknown};

struct Names(Vec<(String, Known)>);

impl Names {
    fn parse(line: &str) -> Self {
        Self(line.split(',').map(|name| Self::one(name.trim())).collect())
    }

    fn one(declared: &str) -> (String, Known) {
        let (head, words) = match declared.split_once(" = ") {
            Some((head, words)) => (head, Some(words)),
            None => (declared, None),
        };
        let (head, bool) = match head.strip_suffix(": bool") {
            Some(head) => (head, true),
            None => (head, false),
        };
        let (head, nullable) = match head.strip_suffix('?') {
            Some(head) => (head, true),
            None => (head, false),
        };
        let (name, holds, type_name) = if let Some(words) = words {
            let words: Vec<Arc<str>> = words
                .split('|')
                .map(|word| Arc::from(word.trim()))
                .collect();
            (head, Holds::Words(words.into()), "set of words")
        } else if bool {
            (head, Holds::Bool, "bool")
        } else if let Some(name) = head.strip_suffix("[]") {
            (name, Holds::List, "list")
        } else if let Some(name) = head.strip_suffix("{}") {
            (name, Holds::Object, "object")
        } else {
            (head, Holds::Scalar, "string")
        };
        let type_name = type_name.to_owned();
        (
            name.to_owned(),
            Known {
                holds,
                nullable,
                type_name,
            },
        )
    }
}

impl StatementNames for Names {
    fn find(&self, path: &expression::Path) -> Result<Known, Unknown> {
        let mut name = path.root.to_string();
        for part in &path.parts {
            if let Part::Name(part) = part {
                name.push('.');
                name.push_str(part);
            }
        }
        if name == "identity.roles" {
            return Ok(Known {
                holds: Holds::Roles,
                nullable: false,
                type_name: "string[]".to_owned(),
            });
        }
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, known)| known.clone())
            .ok_or_else(|| Unknown {
                suggestion: self
                    .0
                    .iter()
                    .find(|(known, _)| known.len() == name.len())
                    .map(|(known, _)| known.clone()),
            })
    }
}

fn dialects(line: &str) -> Vec<(&'static str, Dialect)> {
    [
        ("postgres", Dialect::Postgres),
        ("mysql", Dialect::MySql),
        ("sqlite", Dialect::Sqlite),
    ]
    .into_iter()
    .filter(|(name, _)| line.is_empty() || line.contains(name))
    .collect()
}

fn explain(source: &str) -> String {
    let mut text = source;
    let mut header = |key: &str| match text
        .strip_prefix(key)
        .and_then(|rest| rest.split_once('\n'))
    {
        Some((line, rest)) => {
            text = rest;
            line.trim()
        }
        None => "",
    };
    let names = Names::parse(header("-- names:"));
    let dialects = dialects(header("-- for:"));
    let mut out = String::new();
    for (name, dialect) in dialects {
        let _ = writeln!(out, "=== {name}");
        match statement::compile(text, dialect, &names) {
            Ok(statement) => {
                let _ = writeln!(
                    out,
                    "{}{}{}",
                    if statement.writes { "writes" } else { "reads" },
                    if statement.capped_by_text {
                        ", takes a LIMIT"
                    } else {
                        ""
                    },
                    statement
                        .own_order
                        .as_ref()
                        .map_or_else(String::new, |own| format!(
                            ", ordered by {}",
                            own.items.join(" ")
                        )),
                );
                for variant in &statement.variants {
                    let case = statement.case(variant);
                    let _ = writeln!(
                        out,
                        "--- {}",
                        if case.is_empty() { "always" } else { &case }
                    );
                    let _ = writeln!(out, "{}", variant.text);
                    for bind in &variant.binds {
                        let function = bind
                            .function
                            .map_or_else(String::new, |function| format!("{function:?} "));
                        let list = if bind.list { "list " } else { "" };
                        let _ = writeln!(out, "    {list}{function}{}", &text[bind.span.clone()]);
                    }
                    if let Some(star) = variant.star {
                        let _ = writeln!(
                            out,
                            "    * behind {} columns, before {}",
                            star.before, star.behind
                        );
                    }
                    if !variant.lists.is_empty() {
                        for sizes in [0, 3] {
                            let sized = variant
                                .for_list_sizes(&vec![sizes; variant.lists.len()])
                                .unwrap();
                            let _ = writeln!(
                                out,
                                "  with {sizes} items: {} {:?}",
                                sized.text, sized.counts
                            );
                        }
                    }
                }
            }
            Err(problems) => {
                for problem in problems {
                    let line = text[..problem.span.start].matches('\n').count() + 1;
                    let _ = writeln!(
                        out,
                        "{} line {line} `{}`: {}; {}",
                        problem.code,
                        &text[problem.span.clone()],
                        problem.message,
                        problem.help
                    );
                }
            }
        }
    }
    out
}

#[test]
fn every_text_becomes_what_stands_beside_it() {
    golden::all_fit("statements", "sql", explain);
}
