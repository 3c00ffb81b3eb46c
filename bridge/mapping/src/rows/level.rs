//! One level of a row: the fields of its object, in the order they are sent.

use std::collections::BTreeSet;
use std::sync::Arc;

use footbridge_amf::Class;

use super::cell::{missing, omitted, strip};
use super::columns::{Node, NodeKind};
use super::plan::Planner;
use super::problem::{RowPlace, RowProblem};
use super::{Field, Preset, RowPlan, class_alias, public_name};
use crate::model::{Names, Rest, TypeBody};
use crate::slot::{Constant, Scalar, Type};

/// A type that a level of rows is sent as.
#[derive(Clone, Copy)]
pub(super) struct Level<'a> {
    pub(super) type_name: Option<&'a Arc<str>>,
    pub(super) body: Option<&'a TypeBody>,
    /// `any`: what is there is sent.
    pub(super) open: bool,
}

/// A field that has been found, and what its place among the others depends on.
pub(super) struct Placed {
    pub(super) name: String,
    pub(super) field: Field,
    pub(super) order: (u8, usize),
}

impl<'a> Planner<'a> {
    /// The object of one level, and the columns that are its own (not those of its list).
    pub(super) fn level(
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
                    350,
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
    pub(super) fn others(
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

    /// B0352, of what is sent.
    pub(super) fn distinct(&mut self, placed: &[Placed], path: &str) {
        let mut seen = BTreeSet::new();
        for Placed { name, .. } in placed {
            if !seen.insert(name) {
                self.problems.push(
                    RowProblem::error(
                        352,
                        RowPlace::Text(0..0),
                        format!("two columns are named `{}`", join(path, name)),
                    )
                    .help("give one of them another name with AS"),
                );
            }
        }
    }

    pub(super) fn level_of(&mut self, name: &'a Arc<str>) -> Level<'a> {
        let scope = self.wanted.scope;
        if scope.variants.contains_key(name) {
            self.problems.push(
                RowProblem::error(
                    315,
                    RowPlace::Returns,
                    format!("`{name}` has variants, and objects within rows are of one class"),
                )
                .help("name one of its types; only whole rows choose their class"),
            );
        }
        Level {
            type_name: Some(name),
            body: scope.types.get(name).map(AsRef::as_ref),
            open: false,
        }
    }

    pub(super) fn public_name(&self, column: &str) -> String {
        let scope = self.wanted.scope;
        let names = match (scope.names, scope.preset) {
            (Names::AsIs, Preset::ColdFusion) => Names::Upper,
            (names, _) => names,
        };
        public_name(column, names)
    }
}

pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
