//! From the type of a reply and the columns of a result to a [`RowPlan`].

use std::sync::Arc;

use footbridge_amf::Class;
use jiff::tz::TimeZone;

use super::cell::{item_of, null_rule, scalar_of, strip};
use super::columns::tree;
use super::level::Level;
use super::problem::{RowPlace, RowProblem};
use super::{CellRule, Column, Field, NullRule, RowPlan, reading};
use crate::diagnostic::Severity;
use crate::model::{Reading, Rest, TypeScope};
use crate::slot::{Scalar, Slot, Type};
use crate::statement::{Star, Statement, Variant};

/// What a mapping says of the rows of one statement.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// `returns` of the step.
    pub returns: Option<&'a Slot>,
    /// The types around it.
    pub scope: &'a TypeScope,
    /// `group` of the step.
    pub group: &'a [Arc<str>],
    /// The step's zone.
    pub zone: &'a TimeZone,
    /// The statement and the variant whose columns these are; `None` for a procedure, whose columns no text names.
    pub text: Option<(&'a Statement, &'a Variant)>,
}

/// A plan, and what is likely wrong though it can be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// How rows become objects; for a scalar the plan has one cell. `None` for a text without columns, whose value is the
    /// number of changed rows.
    pub plan: Option<RowPlan>,
    /// Warnings.
    pub warnings: Vec<RowProblem>,
}

/// Lays columns and fields side by side.
///
/// # Errors
/// A field without a column (B0304) or with two (B0305), `SELECT *` that names nothing (B0306), two columns of one
/// name (B0352), more columns than a scalar takes (B0353), rows wanted of a text that gives none (B0314), lists without
/// `group` and the like (B0350, B0351, B0315–B0320). Warnings: B0308, B0318.
pub fn plan(wanted: &Wanted<'_>, columns: &[Column]) -> Result<Planned, Vec<RowProblem>> {
    let mut planner = Planner {
        wanted: *wanted,
        columns,
        star: match wanted.text {
            Some((_, variant)) => variant.star,
            None => Some(Star {
                before: 0,
                behind: 0,
            }),
        },
        problems: Vec::new(),
        keys: Vec::new(),
        lists: 0,
    };
    let plan = planner.plan();
    let (warnings, errors): (Vec<_>, Vec<_>) = planner
        .problems
        .into_iter()
        .partition(|problem| problem.severity == Severity::Warning);
    if errors.is_empty() {
        Ok(Planned { plan, warnings })
    } else {
        Err(errors.into_iter().chain(warnings).collect())
    }
}

pub(super) struct Planner<'a> {
    pub(super) wanted: Wanted<'a>,
    pub(super) columns: &'a [Column],
    pub(super) star: Option<Star>,
    pub(super) problems: Vec<RowProblem>,
    /// Columns of `group`.
    pub(super) keys: Vec<usize>,
    /// List fields found.
    pub(super) lists: usize,
}

impl<'a> Planner<'a> {
    fn plan(&mut self) -> Option<RowPlan> {
        let reading = reading(self.wanted.returns);
        if self.columns.is_empty() {
            self.without_columns(&reading);
            return None;
        }
        match reading {
            Reading::Nothing => None,
            Reading::Scalar | Reading::ScalarOrNull | Reading::Scalars => self.scalar(),
            Reading::Rows | Reading::Row | Reading::RowOrNull => self.rows(),
        }
    }

    /// A statement without columns gives the number of changed rows.
    fn without_columns(&mut self, reading: &Reading) {
        let number = self.wanted.returns.is_none_or(|slot| {
            matches!(
                scalar_of(&slot.kind),
                Some(
                    Scalar::Int | Scalar::Number | Scalar::Long | Scalar::Decimal | Scalar::String
                )
            )
        });
        let fits = match reading {
            Reading::Nothing => true,
            Reading::Rows => self.wanted.returns.is_none(),
            Reading::Scalar | Reading::ScalarOrNull => number,
            Reading::Row | Reading::RowOrNull | Reading::Scalars => false,
        };
        if !fits {
            self.problems.push(
                RowProblem::error(314, RowPlace::Returns, "the text gives no columns, only the number of changed rows")
                    .help("write `returns: int`, or give columns with RETURNING or a step that reads them"),
            );
        }
    }

    fn scalar(&mut self) -> Option<RowPlan> {
        let slot = self.wanted.returns?;
        let [column] = self.columns else {
            let names = self.column_names();
            self.problems.push(
                RowProblem::error(
                    353,
                    RowPlace::Returns,
                    format!(
                        "a single value takes the only column, and the text has {}: {names}",
                        self.columns.len()
                    ),
                )
                .help("name one column, or write a type for the row"),
            );
            return None;
        };
        let item = match strip(&slot.kind).0 {
            Type::List(inner, _) => inner,
            Type::Scalar(_)
            | Type::Ranged(..)
            | Type::Words(_)
            | Type::Named(_)
            | Type::Nullable(_)
            | Type::Any
            | Type::Void
            | Type::Hide => &slot.kind,
        };
        let listed = !std::ptr::eq(item, &slot.kind);
        let null = if listed {
            if matches!(item, Type::Nullable(_)) {
                NullRule::Null
            } else {
                NullRule::Refuse
            }
        } else {
            null_rule(slot)
        };
        self.day_warning(scalar_of(item), column, RowPlace::Returns);
        let rule = CellRule {
            declared: scalar_of(item),
            preset: self.wanted.scope.preset,
            zone: slot
                .zone
                .clone()
                .unwrap_or_else(|| self.wanted.zone.clone()),
            null,
            shape: if listed { None } else { slot.shape },
            name: Arc::clone(&column.name),
        };
        Some(RowPlan {
            class: Arc::new(Class::anonymous()),
            fields: vec![Field::Cell { column: 0, rule }],
            keys: Vec::new(),
        })
    }

    fn rows(&mut self) -> Option<RowPlan> {
        let level = match self.wanted.returns.map(|slot| item_of(&slot.kind)) {
            // Each row chooses its type once it is there: until then it is all the columns that the text names.
            Some(Type::Named(name)) if self.wanted.scope.variants.contains_key(name) => {
                self.chosen_by_value(name);
                Level {
                    type_name: None,
                    body: None,
                    open: false,
                }
            }
            Some(Type::Named(name)) => self.level_of(name),
            Some(Type::Any) => Level {
                type_name: None,
                body: None,
                open: true,
            },
            Some(
                Type::Scalar(_)
                | Type::Ranged(..)
                | Type::Words(_)
                | Type::List(..)
                | Type::Nullable(_)
                | Type::Void
                | Type::Hide,
            )
            | None => Level {
                type_name: None,
                body: None,
                open: false,
            },
        };
        self.group_columns();
        self.star_names_something(level);
        let nodes = tree(self.columns);
        let (mut plan, own) = self.level(level, &nodes, "");
        plan.keys = self.keys_of(&own);
        if self.lists > 0 {
            self.neighbours(&plan);
        } else if !self.wanted.group.is_empty() {
            self.problems.push(
                RowProblem::warning(
                    318,
                    RowPlace::Group(0),
                    "`group` makes no difference: no field of the reply is a list",
                )
                .help("declare the list: `lines: Line[]`, and name its columns `\"lines.sku\"`"),
            );
        }
        Some(plan)
    }

    /// B0315: what a type says of reading columns comes too late where the row has been read before it is chosen.
    fn chosen_by_value(&mut self, name: &str) {
        let scope = self.wanted.scope;
        let Some(variants) = scope.variants.get(name) else {
            return;
        };
        let types = variants.of.values().chain(&variants.other);
        let zoned = types
            .filter_map(|name| Some((name, scope.types.get(name)?)))
            .find_map(|(name, body)| {
                let (field, _) = body.fields.iter().find(|(_, slot)| slot.zone.is_some())?;
                Some(format!("{name}.{field}"))
            });
        if let Some(field) = zoned {
            self.problems.push(
                RowProblem::error(
                    315,
                    RowPlace::Returns,
                    format!("rows are read before `{name}` is chosen, so the zone of `{field}` is not asked"),
                )
                .help("write `zone` at the service or the backend"),
            );
        }
    }

    /// B0306.
    fn star_names_something(&mut self, level: Level<'_>) {
        let named_all = match self.star {
            None => true,
            Some(star) => {
                (0..self.columns.len()).all(|index| star.names(index, self.columns.len()))
            }
        };
        let says = level.open
            || level
                .body
                .is_some_and(|body| !body.fields.is_empty() || matches!(body.rest, Rest::Open(_)));
        if named_all || says {
            return;
        }
        let problem = match level.type_name {
            Some(name) => RowProblem::error(
                306,
                RowPlace::Returns,
                format!("`*` sends only what `{name}` names, and it names nothing"),
            )
            .help("write its fields under `types`, or `\"*\": any`"),
            None => RowProblem::error(306, RowPlace::Returns, "`*` sends only what a type names, and `returns` names none")
                .help("name the columns in the text, or write `returns: TYPE[]` and its fields under `types`"),
        };
        self.problems.push(problem);
    }

    pub(super) fn column_names(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| &*column.name).collect();
        names.join(", ")
    }
}
