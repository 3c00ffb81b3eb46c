//! What is selected of each answer, decided once for an operation of a service.

use std::collections::HashMap;
use std::sync::Arc;

use footbridge_amf::Class;
use footbridge_mapping::rows::Preset;
use footbridge_mapping::slot::{Constant, PathPart, Scalar, Shape};
use jiff::tz::TimeZone;

use super::Scope;
use crate::model::{Media, Model, Status, TypeId};

/// How the answers of one operation are read. Made at load by [`Answers::compile`](Self::compile).
#[derive(Debug)]
pub struct Answers {
    pub(super) model: Option<Arc<Model>>,
    pub(super) scope: Scope,
    pub(super) zone: TimeZone,
    pub(super) plan: Plan,
    /// By status and media type, as the document has them.
    pub(super) described: Vec<(Status, Media, Selection)>,
    /// Of all else.
    pub(super) other: Selection,
    /// Described headers, by status and name in small letters.
    pub(super) headers: HashMap<(Status, Arc<str>), TypeId>,
    /// What the mapping says and the document does not have: fields and paths, each a clause.
    pub problems: Vec<String>,
}

/// What is selected of one answer.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    /// From the body to the value.
    pub(super) path: Arc<[PathPart]>,
    pub(super) spot: Spot,
    /// The whole body, by its described type.
    pub(super) body: Spot,
    /// The described type of the body.
    pub(super) kind: TypeId,
}

/// Nodes by index, so that types may name each other in circles.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) nodes: Vec<Node>,
    pub(super) preset: Preset,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NodeId(pub(super) u32);

/// A place of a value.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) node: NodeId,
    pub(super) null: Null,
    pub(super) zone: Option<TimeZone>,
}

/// What stands where a value is null or missing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Null {
    /// Null.
    Kept,
    /// Nothing: the reply does not fit.
    Refused,
    /// The default, or what stands for null.
    Constant(Constant),
    /// The member is left out.
    Omitted,
}

#[derive(Debug)]
pub(super) enum Node {
    /// As it is.
    Any(Option<Shape>),
    /// Whatever it is, null is sent.
    Nothing,
    /// `lax`: a document says so, and what is something else is passed on.
    Scalar {
        scalar: Scalar,
        shape: Option<Shape>,
        lax: bool,
    },
    Words(Arc<[Arc<str>]>),
    List {
        item: Spot,
        shape: Option<Shape>,
        vector: Vector,
        lax: bool,
    },
    Object(Box<ObjectNode>),
    /// The value of a member chooses.
    Choice {
        by: Arc<str>,
        of: Vec<(Arc<str>, NodeId)>,
        other: Option<NodeId>,
        name: Arc<str>,
    },
    /// Whichever knows most of the members.
    Best(Vec<NodeId>),
}

/// What the items of a vector are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Vector {
    Int,
    Number,
    Object(Arc<str>),
}

#[derive(Debug)]
pub(super) struct ObjectNode {
    /// The type's name, for sentences.
    pub(super) name: Arc<str>,
    /// With an alias its sealed names are the fields that are always there; anonymous it has none.
    pub(super) class: Arc<Class>,
    /// The columns of a record set of such objects.
    pub(super) row: Arc<Class>,
    /// Sealed ones first, then those that may be left out.
    pub(super) fields: Vec<FieldNode>,
    /// Where members lead, by exact name.
    pub(super) exact: HashMap<Arc<str>, Target>,
    /// The same without case and `_`; names that two have are not there.
    pub(super) loose: HashMap<String, Target>,
    pub(super) deep: Vec<Deep>,
    /// Members that no field names.
    pub(super) rest: Option<Spot>,
    /// Fields without which it is no such object.
    pub(super) required: Vec<Arc<str>>,
    /// A document alone says that it is an object.
    pub(super) lax: bool,
}

#[derive(Debug)]
pub(super) struct FieldNode {
    pub(super) name: Arc<str>,
    pub(super) spot: Spot,
    /// It may be left out.
    pub(super) loose: bool,
    /// The mapping says nothing of it.
    pub(super) undeclared: bool,
}

/// Where a member of the reply leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Nobody names it.
    Nowhere,
    /// The mapping hides it.
    Hidden,
    /// It is the value of a field.
    Field(u32),
    /// Something within it is the value of a field.
    Deep(u32),
    /// It is one of those that no field names.
    Rest,
}

/// What within a member is the value of a field: paths that begin alike.
#[derive(Debug, Default)]
pub(super) struct Deep {
    /// The value itself.
    pub(super) field: Option<u32>,
    pub(super) names: Vec<(Arc<str>, Self)>,
    pub(super) items: Vec<(usize, Self)>,
}

impl Plan {
    pub(super) fn node(&self, id: NodeId) -> &Node {
        self.nodes.get(id.0 as usize).unwrap_or(&Node::Any(None))
    }

    /// The class of the rows, if a list of such values is rows.
    pub(super) fn rows(&self, item: &Spot) -> Option<&Arc<Class>> {
        match self.node(item.node) {
            Node::Object(object)
                if object.rest.is_none()
                    && item.null != Null::Kept
                    && object.fields.iter().all(|field| !field.loose) =>
            {
                Some(&object.row)
            }
            Node::Object(object)
                if object.lax
                    && object.rest.is_none()
                    && object.fields.iter().all(|field| !field.loose) =>
            {
                Some(&object.row)
            }
            Node::Object(_)
            | Node::Any(_)
            | Node::Nothing
            | Node::Scalar { .. }
            | Node::Words(_)
            | Node::List { .. }
            | Node::Choice { .. }
            | Node::Best(_) => None,
        }
    }

    /// Whether bytes are wanted as they are.
    pub(super) fn is_bytes(&self, id: NodeId) -> bool {
        matches!(
            self.node(id),
            Node::Scalar {
                scalar: Scalar::Bytes,
                ..
            }
        )
    }

    /// Whether the value has parts.
    pub(super) fn has_parts(&self, id: NodeId) -> bool {
        self.is_structured(id) && !matches!(self.node(id), Node::Any(_))
    }

    /// Whether JSON may be the value, however it is labelled.
    pub(super) fn is_structured(&self, id: NodeId) -> bool {
        match self.node(id) {
            Node::Any(_)
            | Node::List { .. }
            | Node::Object(_)
            | Node::Choice { .. }
            | Node::Best(_) => true,
            Node::Nothing | Node::Scalar { .. } | Node::Words(_) => false,
        }
    }
}

impl Answers {
    /// What is selected of an answer.
    pub(super) fn choose(&self, status: u16, content_type: Option<&str>) -> &Selection {
        let media = content_type.map(Media::new);
        let of = |wanted: Status| {
            let mut found = self
                .described
                .iter()
                .filter(|(status, ..)| *status == wanted)
                .peekable();
            found.peek()?;
            let Some(media) = &media else {
                return found.next().map(|(.., selection)| selection);
            };
            let mut best: Option<(u8, &Selection)> = None;
            for (_, known, selection) in found {
                let exactness = match known.means(media) {
                    Some(exactness) => exactness + 1,
                    None if known.form() == media.form() => 1,
                    // A document that says JSON is believed before a label that says text.
                    None => 0,
                };
                if best.is_none_or(|(before, _)| exactness > before) {
                    best = Some((exactness, selection));
                }
            }
            best.map(|(_, selection)| selection)
        };
        of(Status::Code(status))
            .or_else(|| of(Status::Class(status / 100)))
            .or_else(|| of(Status::Other))
            .unwrap_or(&self.other)
    }

    /// The type of a described header.
    pub(super) fn header(&self, status: u16, name: &str) -> Option<(&Model, TypeId)> {
        let name: Arc<str> = name.to_ascii_lowercase().into();
        let of = |status| self.headers.get(&(status, Arc::clone(&name)));
        let id = of(Status::Code(status))
            .or_else(|| of(Status::Class(status / 100)))
            .or_else(|| of(Status::Other))?;
        Some((self.model.as_deref()?, *id))
    }
}
