//! From the type of a reply and the columns of a result to a [`RowPlan`].

use std::collections::BTreeSet;
use std::sync::Arc;

use footbridge_amf::Class;
use jiff::tz::TimeZone;

use super::columns::{Node, NodeKind, segments, tree};
use super::problem::{RowPlace, RowProblem};
use super::{
    CellRule, Column, ColumnKind, Field, NullRule, Preset, RowPlan, class_alias, public_name,
    reading, same_name,
};
use crate::model::{Names, Reading, Rest, TypeBody, TypeScope};
use crate::slot::{Constant, PathPart, Scalar, Slot, Type};
use crate::statement::{Order, Star, Statement, Variant};

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
/// name (B0312), more columns than a scalar takes (B0313), rows wanted of a text that gives none (B0314), lists without
/// `group` and the like (B0310, B0311, B0315–B0320). Warnings: B0308, B0318.
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
        .partition(|problem| problem.severity == crate::diagnostic::Severity::Warning);
    if errors.is_empty() {
        Ok(Planned { plan, warnings })
    } else {
        Err(errors.into_iter().chain(warnings).collect())
    }
}

struct Planner<'a> {
    wanted: Wanted<'a>,
    columns: &'a [Column],
    star: Option<Star>,
    problems: Vec<RowProblem>,
    /// Columns of `group`.
    keys: Vec<usize>,
    /// List fields found.
    lists: usize,
}

/// A type that a level of rows is sent as.
#[derive(Clone, Copy)]
struct Level<'a> {
    type_name: Option<&'a Arc<str>>,
    body: Option<&'a TypeBody>,
    /// `any`: what is there is sent.
    open: bool,
}

/// A field that has been found, and what its place among the others depends on.
struct Placed {
    name: String,
    field: Field,
    order: (u8, usize),
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
                    313,
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

    fn level_of(&mut self, name: &'a Arc<str>) -> Level<'a> {
        let scope = self.wanted.scope;
        if scope.variants.contains_key(name) {
            self.problems.push(
                RowProblem::error(
                    315,
                    RowPlace::Returns,
                    format!("`{name}` has variants, and rows are of one class"),
                )
                .help("name one of its types, or choose the class by a statement for each"),
            );
        }
        Level {
            type_name: Some(name),
            body: scope.types.get(name).map(AsRef::as_ref),
            open: false,
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

    /// The object of one level, and the columns that are its own (not those of its list).
    fn level(
        &mut self,
        level: Level<'a>,
        nodes: &[Node],
        path: &str,
    ) -> (RowPlan, BTreeSet<usize>) {
        let alias = level
            .type_name
            .map_or_else(String::new, |name| class_alias(self.wanted.scope, name));
        let mut placed: Vec<Placed> = Vec::new();
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        let mut own: BTreeSet<usize> = BTreeSet::new();
        let mut lists = Vec::new();
        for (name, slot) in level.body.into_iter().flat_map(|body| &body.fields) {
            let at = || RowPlace::Field {
                type_name: level.type_name.cloned().unwrap_or_default(),
                field: Arc::clone(name),
            };
            let found = self.find(name, slot, nodes, at());
            let sent = !matches!(
                strip(&slot.kind).0,
                Type::Hide | Type::Void | Type::Scalar(Scalar::Secret)
            );
            if !sent {
                for node in found {
                    taken.extend(node.columns());
                    own.extend(node.columns());
                }
                continue;
            }
            let [node] = found.as_slice() else {
                if found.is_empty() {
                    match missing(slot) {
                        Some(Field::Constant(Constant::Omit)) => {}
                        Some(field) => placed.push(Placed {
                            name: name.to_string(),
                            field,
                            order: (1, placed.len()),
                        }),
                        None => self.no_column(name, slot, path, at()),
                    }
                }
                continue;
            };
            taken.extend(node.columns());
            let Some(field) = self.field(name, slot, node, path, at(), &mut own) else {
                continue;
            };
            let rank = if let Field::List(..) = field {
                lists.push((name, at()));
                3
            } else if omitted(&field) {
                2
            } else {
                0
            };
            placed.push(Placed {
                name: name.to_string(),
                field,
                order: (rank, node.first()),
            });
        }
        self.others(level, nodes, &taken, &alias, path, &mut placed, &mut own);
        if lists.len() > 1 {
            self.problems.push(
                RowProblem::error(
                    310,
                    RowPlace::Returns,
                    "two lists side by side cannot be told from one join",
                )
                .help("read the second list in a step of its own"),
            );
        }
        if let Some((name, at)) = lists.first() {
            self.grouped(name, &own, path, at.clone());
        }
        placed.sort_by_key(|placed| placed.order);
        let omits = placed.iter().any(|placed| omitted(&placed.field));
        if omits && !lists.is_empty() {
            self.problems.push(
                RowProblem::error(
                    316,
                    RowPlace::Returns,
                    "a type with a list of joined rows cannot leave members out",
                )
                .help("let the member be null, or give it a default other than `omit`"),
            );
        }
        self.distinct(&placed, path);
        let (fields, names): (Vec<_>, Vec<_>) = placed
            .into_iter()
            .map(|placed| (placed.field, placed.name))
            .unzip();
        let sealed = names
            .into_iter()
            .zip(&fields)
            .filter(|(_, field)| !omitted(field))
            .map(|(name, _)| name)
            .collect();
        let plan = RowPlan {
            class: Arc::new(Class {
                alias,
                sealed,
                dynamic: omits,
            }),
            fields,
            keys: Vec::new(),
        };
        (plan, own)
    }

    /// Columns that no field names: those that the text names are sent, the others where the type is open.
    #[expect(
        clippy::too_many_arguments,
        reason = "the state of one level, which has no name of its own"
    )]
    fn others(
        &mut self,
        level: Level<'a>,
        nodes: &[Node],
        taken: &BTreeSet<usize>,
        alias: &str,
        path: &str,
        placed: &mut Vec<Placed>,
        own: &mut BTreeSet<usize>,
    ) {
        let rest = level.body.map_or(&Rest::Described, |body| &body.rest);
        let open = level.open || matches!(rest, Rest::Open(_));
        for node in nodes {
            let columns = node.columns();
            if columns.iter().any(|column| taken.contains(column)) {
                continue;
            }
            own.extend(columns.iter().copied());
            let named = |column: usize| {
                self.star
                    .is_none_or(|star| star.names(column, self.columns.len()))
            };
            if !open
                && (matches!(rest, Rest::Closed) || !columns.iter().all(|&column| named(column)))
            {
                continue;
            }
            let field = match &node.kind {
                NodeKind::Column(column) => {
                    let rule = match rest {
                        Rest::Open(slot) if !matches!(slot.kind, Type::Any) => {
                            self.rule(&node.name, slot)
                        }
                        Rest::Open(_) | Rest::Described | Rest::Closed => {
                            self.default_rule(&node.name, alias)
                        }
                    };
                    Field::Cell {
                        column: *column,
                        rule,
                    }
                }
                NodeKind::Branch(below) => {
                    let inner = Level {
                        type_name: None,
                        body: None,
                        open,
                    };
                    let (plan, _) = self.level(inner, below, &join(path, &node.name));
                    Field::Object(plan)
                }
            };
            placed.push(Placed {
                name: self.public_name(&node.name),
                order: (if omitted(&field) { 2 } else { 0 }, node.first()),
                field,
            });
        }
    }

    /// The nodes that a field names: by `from`, by its very name, or by a name that is spelt alike.
    fn find<'n>(
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
                    312,
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
    fn field(
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
                            311,
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

    fn single_value(&mut self, name: &str, node: &Node, at: RowPlace) {
        self.problems.push(
            RowProblem::error(
                311,
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

    /// A level with a list needs keys of its own.
    fn grouped(&mut self, name: &str, own: &BTreeSet<usize>, path: &str, at: RowPlace) {
        if !self.keys_of(own).is_empty() {
            return;
        }
        let mut keys: Vec<_> = self.wanted.group.iter().map(ToString::to_string).collect();
        keys.push(join(path, "id"));
        self.problems.push(
            RowProblem::error(
                310,
                at,
                format!("`{name}` is a list, and nothing says which rows make one object"),
            )
            .help(format!(
                "write `group: [{}]`: neighbouring rows with equal keys are one object",
                keys.join(", ")
            )),
        );
    }

    fn group_columns(&mut self) {
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

    fn keys_of(&self, own: &BTreeSet<usize>) -> Vec<usize> {
        self.keys
            .iter()
            .copied()
            .filter(|key| own.contains(key))
            .collect()
    }

    /// Rows of one object must be neighbours: the order begins with the keys.
    fn neighbours(&mut self, plan: &RowPlan) {
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
    fn is_item(&self, key: &str, item: &str) -> bool {
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

    /// B0312, of what is sent.
    fn distinct(&mut self, placed: &[Placed], path: &str) {
        let mut seen = BTreeSet::new();
        for Placed { name, .. } in placed {
            if !seen.insert(name) {
                self.problems.push(
                    RowProblem::error(
                        312,
                        RowPlace::Text(0..0),
                        format!("two columns are named `{}`", join(path, name)),
                    )
                    .help("give one of them another name with AS"),
                );
            }
        }
    }

    fn no_column(&mut self, name: &str, slot: &Slot, path: &str, at: RowPlace) {
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
    fn day_warning(&mut self, declared: Option<Scalar>, column: &Column, at: RowPlace) {
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

    fn rule(&self, name: &Arc<str>, slot: &Slot) -> CellRule {
        CellRule {
            declared: scalar_of(&slot.kind),
            preset: self.wanted.scope.preset,
            zone: slot
                .zone
                .clone()
                .unwrap_or_else(|| self.wanted.zone.clone()),
            null: null_rule(slot),
            shape: slot.shape,
            name: Arc::clone(name),
        }
    }

    /// Of a column that no field names. ColdFusion sends `''` for null in anonymous objects.
    fn default_rule(&self, name: &Arc<str>, alias: &str) -> CellRule {
        let preset = self.wanted.scope.preset;
        CellRule {
            declared: None,
            preset,
            zone: self.wanted.zone.clone(),
            null: match preset {
                Preset::ColdFusion if alias.is_empty() => {
                    NullRule::Value(Constant::Text("".into()))
                }
                Preset::ColdFusion | Preset::BlazeDs | Preset::DotNet | Preset::AmfPhp => {
                    NullRule::Null
                }
            },
            shape: None,
            name: Arc::clone(name),
        }
    }

    fn public_name(&self, column: &str) -> String {
        let scope = self.wanted.scope;
        let names = match (scope.names, scope.preset) {
            (Names::AsIs, Preset::ColdFusion) => Names::Upper,
            (names, _) => names,
        };
        public_name(column, names)
    }

    fn column_names(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| &*column.name).collect();
        names.join(", ")
    }
}

/// Without `?`, and whether it was there.
fn strip(kind: &Type) -> (&Type, bool) {
    match kind {
        Type::Nullable(inner) => (strip(inner).0, true),
        Type::Scalar(_)
        | Type::Ranged(..)
        | Type::Words(_)
        | Type::Named(_)
        | Type::List(..)
        | Type::Any
        | Type::Void
        | Type::Hide => (kind, false),
    }
}

/// The type of one row.
fn item_of(kind: &Type) -> &Type {
    match strip(kind).0 {
        Type::List(item, _) => strip(item).0,
        other => other,
    }
}

/// The scalar that a cell is declared as; of a list its items'.
fn scalar_of(kind: &Type) -> Option<Scalar> {
    match kind {
        Type::Scalar(scalar) | Type::Ranged(scalar, _) => Some(*scalar),
        Type::Words(_) => Some(Scalar::String),
        Type::List(inner, _) | Type::Nullable(inner) => scalar_of(inner),
        Type::Named(_) | Type::Any | Type::Void | Type::Hide => None,
    }
}

/// What a null in the place of a slot becomes.
fn null_rule(slot: &Slot) -> NullRule {
    match (&slot.default, &slot.null_as) {
        (Some(Constant::Omit), _) => NullRule::Omit,
        (Some(default), _) => NullRule::Value(default.clone()),
        (None, Some(stands)) => NullRule::Value(stands.clone()),
        (None, None) if matches!(slot.kind, Type::Nullable(_) | Type::Any) => NullRule::Null,
        (None, None) => NullRule::Refuse,
    }
}

/// What a field is that no column gives; `None` where there must be one.
fn missing(slot: &Slot) -> Option<Field> {
    match null_rule(slot) {
        NullRule::Null => Some(Field::Null),
        NullRule::Value(constant) => Some(Field::Constant(constant)),
        NullRule::Omit => Some(Field::Constant(Constant::Omit)),
        NullRule::Refuse => None,
    }
}

fn omitted(field: &Field) -> bool {
    match field {
        Field::Cell { rule, .. } => rule.null == NullRule::Omit,
        Field::Object(_) | Field::List(..) | Field::Constant(_) | Field::Null => false,
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn spell(path: &[PathPart]) -> String {
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
