//! Nodes of what a mapping types: what does not fit is a fault.

use std::sync::Arc;

use footbridge_mapping::slot::{Constant, Scalar, Shape, Slot, Type};

use super::Compiler;
use crate::model::{Kind, Model, TypeId};
use crate::reply::plan::{Node, NodeId, Null, Spot, Vector};

impl Compiler<'_> {
    /// A place that a mapping types.
    pub(super) fn spot(&mut self, slot: &Slot, described: Option<TypeId>) -> Spot {
        let null = match (&slot.default, &slot.null_as) {
            (Some(Constant::Omit), _) => Null::Omitted,
            (Some(constant), _) | (None, Some(constant)) => Null::Constant(constant.clone()),
            (None, None) if slot.kind.takes_null() => Null::Kept,
            (None, None) => Null::Refused,
        };
        Spot {
            node: self.node(&slot.kind, slot.shape, described),
            null,
            zone: slot.zone.clone(),
        }
    }

    fn node(&mut self, kind: &Type, shape: Option<Shape>, described: Option<TypeId>) -> NodeId {
        match kind {
            Type::Any => match described {
                Some(id) if id != TypeId::ANY => self.described_node(id, shape),
                Some(_) | None => self.add(Node::Any(shape)),
            },
            Type::Void | Type::Hide => self.add(Node::Nothing),
            Type::Nullable(inner) => self.node(inner, shape, described),
            Type::Scalar(scalar) | Type::Ranged(scalar, _) => self.add(Node::Scalar {
                scalar: *scalar,
                shape,
                lax: false,
            }),
            Type::Words(words) => self.add(Node::Words(Arc::clone(words))),
            Type::List(item, _) => {
                let below = described.and_then(|id| item_of(self.model, id));
                let item_shape = shape.filter(|shape| *shape == Shape::Object);
                let spot = Spot {
                    node: self.node(item, item_shape, below),
                    null: if item.takes_null() {
                        Null::Kept
                    } else {
                        Null::Refused
                    },
                    zone: None,
                };
                let vector = self.vector(item.inner());
                self.add(Node::List {
                    item: spot,
                    shape,
                    vector,
                    lax: false,
                })
            }
            Type::Named(name) => self.named(name, shape, described),
        }
    }

    fn vector(&self, item: &Type) -> Vector {
        match item {
            Type::Scalar(Scalar::Int) | Type::Ranged(Scalar::Int, _) => Vector::Int,
            Type::Scalar(Scalar::Number) | Type::Ranged(Scalar::Number, _) => Vector::Number,
            Type::Named(name) => Vector::Object(self.scope.class(name).unwrap_or_default()),
            Type::Scalar(_)
            | Type::Ranged(..)
            | Type::Words(_)
            | Type::List(..)
            | Type::Nullable(_)
            | Type::Any
            | Type::Void
            | Type::Hide => Vector::Object("".into()),
        }
    }

    fn named(
        &mut self,
        name: &Arc<str>,
        shape: Option<Shape>,
        described: Option<TypeId>,
    ) -> NodeId {
        let described = described
            .filter(|id| *id != TypeId::ANY)
            .or_else(|| self.model?.named(name))
            .and_then(|id| Some(self.model?.resolve(id)));
        // What the document itself has no name for, no class is called by.
        if name.contains('/')
            && let Some(id) = described
        {
            return self.described_node(id, shape);
        }
        if let Some(variants) = self.scope.variants.get(name).cloned() {
            let of = variants
                .of
                .iter()
                .map(|(word, kind)| {
                    let below = self.variant_of(described, word);
                    (word.clone(), self.named(kind, shape, below))
                })
                .collect();
            let other = variants
                .other
                .as_ref()
                .map(|kind| self.named(kind, shape, None));
            return self.add(Node::Choice {
                by: variants.by.clone(),
                of,
                other,
                name: name.clone(),
            });
        }
        let body = self.scope.types.get(name).cloned();
        let bare = shape == Some(Shape::Object);
        if body.is_none()
            && let Some(id) = described
            && self.object(id).is_none()
        {
            // A name for what the document describes as something else than one object.
            return self.described_node(id, shape);
        }
        if body.is_none() && described.is_none() {
            self.problems.push(format!(
                "the type `{name}` names no fields, and nothing describes it"
            ));
        }
        self.object_node(Some(name.clone()), body, described, bare, true)
    }

    fn variant_of(&self, described: Option<TypeId>, word: &str) -> Option<TypeId> {
        let model = self.model?;
        let by = match &model.kind(described?).kind {
            Kind::Choice(choice) => choice.by.as_ref()?,
            Kind::Object(object) => object.by.as_ref()?,
            _ => return None,
        };
        by.of.get(word).map(|id| model.resolve(*id))
    }
}

/// The item's type, of a described list.
fn item_of(model: Option<&Model>, id: TypeId) -> Option<TypeId> {
    let model = model?;
    match &model.kind(model.resolve(id)).kind {
        Kind::List { item, .. } => Some(*item),
        Kind::Any => None,
        // A declared list is a list for one too.
        _ => Some(id),
    }
}
