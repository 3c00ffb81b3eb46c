//! What a slot says of one cell.

use std::sync::Arc;

use super::plan::Planner;
use super::{CellRule, Field, NullRule, Preset};
use crate::slot::{Constant, Scalar, Slot, Type};

impl<'a> Planner<'a> {
    pub(super) fn rule(&self, name: &Arc<str>, slot: &Slot) -> CellRule {
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
    pub(super) fn default_rule(&self, name: &Arc<str>, alias: &str) -> CellRule {
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
}

/// Without `?`, and whether it was there.
pub(super) fn strip(kind: &Type) -> (&Type, bool) {
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
pub(crate) fn item_of(kind: &Type) -> &Type {
    match strip(kind).0 {
        Type::List(item, _) => strip(item).0,
        other => other,
    }
}

/// The scalar that a cell is declared as; of a list its items'.
pub(super) fn scalar_of(kind: &Type) -> Option<Scalar> {
    match kind {
        Type::Scalar(scalar) | Type::Ranged(scalar, _) => Some(*scalar),
        Type::Words(_) => Some(Scalar::String),
        Type::List(inner, _) | Type::Nullable(inner) => scalar_of(inner),
        Type::Named(_) | Type::Any | Type::Void | Type::Hide => None,
    }
}

/// What a null in the place of a slot becomes.
pub(super) fn null_rule(slot: &Slot) -> NullRule {
    match (&slot.default, &slot.null_as) {
        (Some(Constant::Omit), _) => NullRule::Omit,
        (Some(default), _) => NullRule::Value(default.clone()),
        (None, Some(stands)) => NullRule::Value(stands.clone()),
        (None, None) if matches!(slot.kind, Type::Nullable(_) | Type::Any) => NullRule::Null,
        (None, None) => NullRule::Refuse,
    }
}

/// What a field is that no column gives; `None` where there must be one.
pub(super) fn missing(slot: &Slot) -> Option<Field> {
    match null_rule(slot) {
        NullRule::Null => Some(Field::Null),
        NullRule::Value(constant) => Some(Field::Constant(constant)),
        NullRule::Omit => Some(Field::Constant(Constant::Omit)),
        NullRule::Refuse => None,
    }
}

pub(super) fn omitted(field: &Field) -> bool {
    match field {
        Field::Cell { rule, .. } => rule.null == NullRule::Omit,
        Field::Object(_) | Field::List(..) | Field::Constant(_) | Field::Null => false,
    }
}
