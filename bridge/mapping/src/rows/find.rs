//! A declared field and the column, or columns, that it names.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::cell::{scalar_of, strip};
use super::columns::{Node, NodeKind};
use super::level::{Level, join};
use super::plan::Planner;
use super::problem::{RowPlace, RowProblem};
use super::{Column, ColumnKind, Field, same_name};
use crate::slot::{PathPart, Scalar, Slot, Type};

impl<'a> Planner<'a> {
    /// The nodes that a field names: by `from`, by its very name, or by a name that is spelt alike.
    pub(super) fn find<'n>(
        &mut self,
        name: &str,
        slot: &Slot,
        nodes: &'n [Node],
        at: RowPlace,
    ) -> Vec<&'n Node> {
        let mut level = nodes;
        let mut wanted = name;
        if let Some(from) = &slot.from {
            let mut parts = from.iter().peekable();
            while let Some(part) = parts.next() {
                let PathPart::Name(part) = part else {
                    self.problems.push(
                        RowProblem::error(317, at, "a row has no numbered items")
                            .help("`from` names a column, with dots for columns such as `\"customer.name\"`"),
                    );
                    return Vec::new();
                };
                wanted = part;
                if parts.peek().is_some() {
                    let branch = level.iter().find_map(|node| match &node.kind {
                        NodeKind::Branch(below) if same_name(&node.name, part) => Some(below),
                        NodeKind::Branch(_) | NodeKind::Column(_) => None,
                    });
                    match branch {
                        Some(below) => level = below,
                        None => return Vec::new(),
                    }
                }
            }
        }
        let exact: Vec<&Node> = level.iter().filter(|node| *node.name == *wanted).collect();
        let found = if exact.is_empty() {
            level
                .iter()
                .filter(|node| same_name(&node.name, wanted))
                .collect()
        } else {
            exact
        };
        if found.len() > 1 && !matches!(slot.kind, Type::Hide) {
            let names: Vec<_> = found
                .iter()
                .map(|node| format!("`{}`", node.name))
                .collect();
            let problem = if found.iter().all(|node| node.name == found[0].name) {
                RowProblem::error(
                    352,
                    at,
                    format!("two columns are named `{}`", found[0].name),
                )
                .help("give one of them another name with AS")
            } else {
                RowProblem::error(305, at, format!("`{name}` fits {}", names.join(" and ")))
                    .help(format!("say which: `{name}: … from {}`", found[0].name))
            };
            self.problems.push(problem);
        }
        found
    }

    /// What a declared field makes of its column or columns.
    pub(super) fn field(
        &mut self,
        name: &Arc<str>,
        slot: &'a Slot,
        node: &Node,
        path: &str,
        at: RowPlace,
        own: &mut BTreeSet<usize>,
    ) -> Option<Field> {
        let kind = strip(&slot.kind).0;
        match (&node.kind, kind) {
            (NodeKind::Column(index), _) => {
                own.insert(*index);
                let column = self.columns.get(*index)?;
                let structured = matches!(kind, Type::Named(_));
                if structured && !matches!(column.kind, ColumnKind::Json | ColumnKind::Unknown) {
                    self.problems.push(
                        RowProblem::error(
                            351,
                            at,
                            format!(
                                "`{name}` is an object, and `{}` is a single column",
                                column.name
                            ),
                        )
                        .help(format!(
                            "name columns `\"{}.id\"` for its fields",
                            column.name
                        )),
                    );
                    return None;
                }
                self.day_warning(scalar_of(kind), column, at);
                Some(Field::Cell {
                    column: *index,
                    rule: self.rule(name, slot),
                })
            }
            (NodeKind::Branch(below), Type::Named(type_name)) => {
                let level = self.level_of(type_name);
                let (plan, below_own) = self.level(level, below, &join(path, &node.name));
                own.extend(below_own);
                Some(Field::Object(plan))
            }
            (NodeKind::Branch(below), Type::Any) => {
                let level = Level {
                    type_name: None,
                    body: None,
                    open: true,
                };
                let (plan, below_own) = self.level(level, below, &join(path, &node.name));
                own.extend(below_own);
                Some(Field::Object(plan))
            }
            (NodeKind::Branch(below), Type::List(item, _)) => {
                let level = match strip(item).0 {
                    Type::Named(type_name) => self.level_of(type_name),
                    Type::Any => Level {
                        type_name: None,
                        body: None,
                        open: true,
                    },
                    Type::Scalar(_)
                    | Type::Ranged(..)
                    | Type::Words(_)
                    | Type::List(..)
                    | Type::Nullable(_)
                    | Type::Void
                    | Type::Hide => {
                        self.single_value(name, node, at);
                        return None;
                    }
                };
                self.lists += 1;
                let (mut plan, list_own) = self.level(level, below, &join(path, &node.name));
                plan.keys = self.keys_of(&list_own);
                Some(Field::List(plan, slot.shape))
            }
            (
                NodeKind::Branch(_),
                Type::Scalar(_)
                | Type::Ranged(..)
                | Type::Words(_)
                | Type::Nullable(_)
                | Type::Void
                | Type::Hide,
            ) => {
                self.single_value(name, node, at);
                None
            }
        }
    }

    pub(super) fn single_value(&mut self, name: &str, node: &Node, at: RowPlace) {
        self.problems.push(
            RowProblem::error(
                351,
                at,
                format!(
                    "`{name}` is a single value, and the text has columns below `{}.`",
                    node.name
                ),
            )
            .help(format!(
                "write a type for it: `{name}: TYPE`, or name one column with `from`"
            )),
        );
    }

    pub(super) fn no_column(&mut self, name: &str, slot: &Slot, path: &str, at: RowPlace) {
        let wanted = slot.from.as_deref().map_or_else(|| name.to_owned(), spell);
        let names = self.column_names();
        self.problems.push(
            RowProblem::error(
                304,
                at,
                format!(
                    "the text has no column `{}`; it has {names}",
                    join(path, &wanted)
                ),
            )
            .help(format!(
                "name the column with `from`, or let the field be absent: `{name}: TYPE?`"
            )),
        );
    }

    /// B0308.
    pub(super) fn day_warning(&mut self, declared: Option<Scalar>, column: &Column, at: RowPlace) {
        if declared == Some(Scalar::Date) && column.kind == ColumnKind::Day {
            self.problems.push(
                RowProblem::warning(
                    308,
                    at,
                    format!("the column `{}` is a day without a time", column.name),
                )
                .help("write `day`, or `string` to keep its text"),
            );
        }
    }
}

pub(super) fn spell(path: &[PathPart]) -> String {
    let mut text = String::new();
    for part in path {
        match part {
            PathPart::Name(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(name);
            }
            PathPart::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}
