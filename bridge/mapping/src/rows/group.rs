//! `group`: which neighbouring rows are one object.

use std::collections::BTreeSet;

use super::columns::segments;
use super::level::join;
use super::plan::Planner;
use super::problem::{RowPlace, RowProblem};
use super::{RowPlan, same_name};
use crate::statement::Order;

impl<'a> Planner<'a> {
    /// A level with a list needs keys of its own.
    pub(super) fn grouped(&mut self, name: &str, own: &BTreeSet<usize>, path: &str, at: RowPlace) {
        if !self.keys_of(own).is_empty() {
            return;
        }
        let mut keys: Vec<_> = self.wanted.group.iter().map(ToString::to_string).collect();
        keys.push(join(path, "id"));
        self.problems.push(
            RowProblem::error(
                350,
                at,
                format!("`{name}` is a list, and nothing says which rows make one object"),
            )
            .help(format!(
                "write `group: [{}]`: neighbouring rows with equal keys are one object",
                keys.join(", ")
            )),
        );
    }

    pub(super) fn group_columns(&mut self) {
        for (index, key) in self.wanted.group.iter().enumerate() {
            let found = self
                .columns
                .iter()
                .position(|column| *column.name == **key)
                .or_else(|| {
                    self.columns
                        .iter()
                        .position(|column| same_name(&column.name, key))
                });
            match found {
                Some(column) => self.keys.push(column),
                None => {
                    let names = self.column_names();
                    self.problems.push(
                        RowProblem::error(
                            319,
                            RowPlace::Group(index),
                            format!("`group` names `{key}`, which is no column"),
                        )
                        .help(format!("the text has {names}")),
                    );
                }
            }
        }
    }

    pub(super) fn keys_of(&self, own: &BTreeSet<usize>) -> Vec<usize> {
        self.keys
            .iter()
            .copied()
            .filter(|key| own.contains(key))
            .collect()
    }

    /// Rows of one object must be neighbours: the order begins with the keys.
    pub(super) fn neighbours(&mut self, plan: &RowPlan) {
        let Some((statement, _)) = self.wanted.text else {
            return;
        };
        let keys: Vec<&str> = plan
            .keys
            .iter()
            .filter_map(|&key| Some(&*self.columns.get(key)?.name))
            .collect();
        if keys.is_empty() {
            return;
        }
        let list = keys.join(", ");
        let begins = |items: &[&str]| {
            items.len() >= keys.len()
                && items
                    .iter()
                    .take(keys.len())
                    .all(|item| keys.iter().any(|key| self.is_item(key, item)))
        };
        let help = format!("order by {list} first, so that rows of one object are neighbours");
        match (&statement.own_order, &statement.order) {
            (Some(own), _) => {
                let items: Vec<&str> = own.items.iter().map(AsRef::as_ref).collect();
                if !begins(&items) {
                    self.problems.push(
                        RowProblem::warning(
                            320,
                            RowPlace::Text(own.span.clone()),
                            format!(
                                "the text is not seen to order by {list} first, as `group` needs"
                            ),
                        )
                        .help(help),
                    );
                }
            }
            (None, Some(order)) => {
                let wrong = match order {
                    Order::Fixed(columns) => !begins(
                        &columns
                            .iter()
                            .map(|column| &*column.column)
                            .collect::<Vec<_>>(),
                    ),
                    Order::Choice { of, then, .. } => of.iter().any(|(_, columns)| {
                        let items: Vec<_> = columns
                            .iter()
                            .chain(then)
                            .map(|column| &*column.column)
                            .collect();
                        !begins(&items)
                    }),
                };
                if wrong {
                    self.problems.push(
                        RowProblem::error(
                            320,
                            RowPlace::Group(0),
                            format!("`order` does not begin with {list}, as `group` needs"),
                        )
                        .help(help),
                    );
                }
            }
            (None, None) => {
                self.problems.push(
                    RowProblem::error(
                        320,
                        RowPlace::Group(0),
                        "nothing orders the rows that `group` joins",
                    )
                    .help(help),
                );
            }
        }
    }

    /// Whether an item of an ORDER BY is this column: by its name, the end of it, or its number.
    pub(super) fn is_item(&self, key: &str, item: &str) -> bool {
        if let Ok(number) = item.parse::<usize>() {
            return number
                .checked_sub(1)
                .and_then(|index| self.columns.get(index))
                .is_some_and(|column| *column.name == *key);
        }
        same_name(key, item)
            || segments(key)
                .last()
                .is_some_and(|last| same_name(last, item))
    }
}
