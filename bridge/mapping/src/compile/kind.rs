//! Exactly one kind, and the keys that belong to it.

use super::Compiler;
use super::rules::OF_EACH_OVERLOAD;
use super::step::Position;
use crate::file::operation::{KindFile, OperationFile};
use crate::file::yaml::Scalar;

/// Keys that belong to some kinds only.
const BELONGS: [(&str, &[&str]); 21] = [
    ("with", &["procedure", "operation"]),
    ("sets", &["procedure"]),
    ("group", &["sql", "procedure"]),
    ("order", &["sql"]),
    ("expect", &["sql"]),
    ("max-rows", &["sql", "procedure", "rest"]),
    ("query", &["rest"]),
    ("content", &["rest"]),
    ("page", &["sql", "rest"]),
    ("headers", &["rest", "soap"]),
    ("soap-headers", &["soap"]),
    ("body", &["rest", "soap"]),
    ("template", &["rest", "soap"]),
    ("writes", &["sql", "procedure", "operation", "rest", "soap"]),
    ("isolation", &["transaction"]),
    (
        "retry",
        &["sql", "procedure", "soap", "rest", "transaction"],
    ),
    (
        "each",
        &[
            "sql",
            "procedure",
            "soap",
            "rest",
            "operation",
            "value",
            "value-file",
            "fault",
        ],
    ),
    ("delay", &["value", "value-file", "fault"]),
    (
        "backend",
        &["sql", "procedure", "rest", "soap", "transaction"],
    ),
    (
        "returns",
        &[
            "sql",
            "procedure",
            "rest",
            "soap",
            "operation",
            "value",
            "value-file",
            "steps",
            "transaction",
        ],
    ),
    (
        "args",
        &[
            "sql",
            "procedure",
            "rest",
            "soap",
            "operation",
            "value",
            "value-file",
            "fault",
            "steps",
            "transaction",
        ],
    ),
];

/// Kinds behind which `value` may stand.
const BEFORE_VALUE: [&str; 6] = ["sql", "procedure", "rest", "soap", "steps", "transaction"];

impl Compiler<'_> {
    pub(super) fn one_kind_of<'f>(
        &mut self,
        name: &Scalar,
        file: &'f OperationFile,
    ) -> Option<(&'static str, KindFile<'f>)> {
        let kinds = file.kinds();
        let Some((key, _, kind)) = kinds.first().copied() else {
            if file.faulty {
                return None;
            }
            self.error_help(
                104,
                &name.place,
                format!("`{}` says not what it does", name.text),
                "write one of `sql`, `procedure`, `rest`, `soap`, `value`, `value-file`, `fault`, `operation`, `steps`, `transaction`",
            );
            return None;
        };
        for (other, place, _) in &kinds[1..] {
            if *other == "value" && BEFORE_VALUE.contains(&key) {
                continue;
            }
            let first = &kinds[0].1;
            let line = self.line(place, first);
            self.error_help(
                104,
                place,
                format!("an operation does one thing; it has `{other}` here and `{key}` in {line}"),
                "two things are `steps`",
            );
        }
        Some((key, kind))
    }

    /// Keys beside a kind that are not of that kind.
    pub(super) fn belongings(
        &mut self,
        file: &OperationFile,
        kind: &'static str,
        position: Position,
    ) {
        for (key, place) in file.written() {
            if let Some((_, kinds)) = BELONGS.iter().find(|(known, _)| *known == key) {
                if !kinds.contains(&kind) {
                    let help = match (key, kind) {
                        ("args", "overloads") => "each of the `overloads` has its own",
                        ("backend" | "max-rows", "steps") => {
                            "write it at each step, or once at the service"
                        }
                        ("max-rows", "transaction") => "write it at the step that reads rows",
                        _ => "",
                    };
                    let message = format!(
                        "`{key}` belongs to `{}`, and this has `{kind}`",
                        kinds.join("`, `")
                    );
                    self.error_help(105, place, message, help);
                }
                if key == "backend" && position == Position::Transaction {
                    self.error(105, place, "a transaction has one backend; say it there");
                }
            }
            let operations_alone = matches!(key, "args" | "also" | "roles" | "rows")
                || OF_EACH_OVERLOAD.contains(&key);
            if operations_alone && position != Position::Operation {
                self.error(
                    105,
                    place,
                    if OF_EACH_OVERLOAD.contains(&key) {
                        format!("`{key}` is of operations, not of steps")
                    } else {
                        format!(
                            "`{key}` is of operations; a step sees the arguments of its operation"
                        )
                    },
                );
            }
            if key == "when" && position == Position::Operation {
                self.error_help(
                    105,
                    place,
                    "`when` is of steps",
                    "`require` refuses the call of an operation",
                );
            }
            if key == "parallel" && file.each.is_none() {
                self.error(
                    105,
                    place,
                    "`parallel` says how many runs of `each` go on at once, and there is no `each`",
                );
            } else if key == "parallel" && position == Position::Transaction {
                self.error(
                    105,
                    place,
                    "on the one connection of a transaction the runs of `each` go in order",
                );
            }
            if kind == "overloads" && (key == "require" || OF_EACH_OVERLOAD.contains(&key)) {
                let message = format!("`{key}` belongs to each of the `overloads`");
                self.error(105, place, message);
            }
        }
    }
}
