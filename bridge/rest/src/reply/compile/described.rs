//! Nodes of what only a document types: a value that is something else is passed on as it is.

use std::sync::Arc;

use footbridge_mapping::slot::{Scalar, Shape};
use indexmap::IndexMap;

use super::Compiler;
use crate::model::{Kind, Rest, TypeId};
use crate::reply::plan::{Node, NodeId, Null, Spot, Vector};

impl Compiler<'_> {
    /// A place that only a document types: null is let pass.
    pub(super) fn described_spot(&mut self, id: TypeId) -> Spot {
        Spot {
            node: self.described_node(id, None),
            null: Null::Kept,
            zone: None,
        }
    }

    pub(super) fn described_node(&mut self, id: TypeId, shape: Option<Shape>) -> NodeId {
        let Some(model) = self.model else {
            return self.add(Node::Any(shape));
        };
        let id = model.resolve(id);
        let kind = model.kind(id);
        let scalar = |scalar| Node::Scalar {
            scalar,
            shape,
            lax: true,
        };
        let node = match &kind.kind {
            Kind::Any | Kind::Same(_) => Node::Any(shape),
            Kind::Bool => scalar(Scalar::Bool),
            Kind::Integer { small, sized, .. } => scalar(if *sized && !*small {
                Scalar::Long
            } else {
                Scalar::Int
            }),
            Kind::Number { exact: true, .. } => scalar(Scalar::Decimal),
            Kind::Number { .. } => scalar(Scalar::Number),
            // Times and bytes that stand in a text unencoded go out as the text they are.
            Kind::Text { .. } | Kind::Time => scalar(Scalar::String),
            Kind::DateTime => scalar(Scalar::Date),
            Kind::Day => scalar(Scalar::Day),
            Kind::Base64 | Kind::Binary => scalar(Scalar::Bytes),
            Kind::List { item, .. } => {
                let item_shape = shape.filter(|shape| *shape == Shape::Object);
                let spot = Spot {
                    node: self.described_node(*item, item_shape),
                    null: Null::Kept,
                    zone: None,
                };
                let vector = self.described_vector(*item);
                Node::List {
                    item: spot,
                    shape,
                    vector,
                    lax: true,
                }
            }
            Kind::Object(object) => {
                if object.fields.is_empty() && !matches!(object.rest, Rest::Of(_)) {
                    Node::Any(shape)
                } else if let Some(by) = object.by.clone() {
                    return self.tagged(id, &by.property, &by.of, Some(id), shape);
                } else {
                    return self.described_object(id, shape);
                }
            }
            Kind::Choice(choice) => {
                if let Some(by) = choice.by.clone() {
                    return self.tagged(id, &by.property, &by.of, None, shape);
                }
                let objects = choice
                    .of
                    .iter()
                    .all(|id| matches!(&model.kind(model.resolve(*id)).kind, Kind::Object(_)));
                if objects && !choice.of.is_empty() {
                    // Before its parts, which may name it again.
                    if let Some(known) = self.known.get(&(None, Some(id), shape.is_some())) {
                        return *known;
                    }
                    let reserved = self.add(Node::Nothing);
                    self.known
                        .insert((None, Some(id), shape.is_some()), reserved);
                    let of = choice
                        .of
                        .iter()
                        .map(|id| self.described_node(*id, shape))
                        .collect();
                    if let Some(node) = self.nodes.get_mut(reserved.0 as usize) {
                        *node = Node::Best(of);
                    }
                    return reserved;
                }
                Node::Any(shape)
            }
        };
        self.add(node)
    }

    fn described_vector(&self, item: TypeId) -> Vector {
        let Some(model) = self.model else {
            return Vector::Object("".into());
        };
        let kind = model.kind(model.resolve(item));
        match &kind.kind {
            Kind::Integer { small: true, .. } => Vector::Int,
            Kind::Number { exact: false, .. } => Vector::Number,
            _ => Vector::Object(
                kind.name
                    .as_ref()
                    .and_then(|name| self.scope.class(name))
                    .unwrap_or_default(),
            ),
        }
    }

    /// A discriminator chooses; what it does not know is `own`.
    fn tagged(
        &mut self,
        id: TypeId,
        by: &Arc<str>,
        of: &IndexMap<Arc<str>, TypeId>,
        own: Option<TypeId>,
        shape: Option<Shape>,
    ) -> NodeId {
        let key = (Some(Arc::from("\0tagged")), Some(id), shape.is_some());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let reserved = self.add(Node::Nothing);
        self.known.insert(key, reserved);
        let of = of
            .iter()
            .map(|(word, variant)| {
                let variant = self.model.map_or(*variant, |model| model.resolve(*variant));
                (word.clone(), self.described_object(variant, shape))
            })
            .collect();
        let other = match own {
            Some(own) => self.described_object(own, shape),
            None => self.add(Node::Any(shape)),
        };
        let node = Node::Choice {
            by: by.clone(),
            of,
            other: Some(other),
            name: "".into(),
        };
        if let Some(place) = self.nodes.get_mut(reserved.0 as usize) {
            *place = node;
        }
        reserved
    }

    fn described_object(&mut self, id: TypeId, shape: Option<Shape>) -> NodeId {
        let Some(model) = self.model else {
            return self.add(Node::Any(shape));
        };
        if model.object(id).is_none() {
            return self.described_node(id, shape);
        }
        let name = model.kind(id).name.clone();
        let body = name
            .as_ref()
            .and_then(|name| self.scope.types.get(name).cloned());
        self.object_node(name, body, Some(id), shape == Some(Shape::Object), false)
    }
}
