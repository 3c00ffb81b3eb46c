//! From the nodes of a reply to the events of a taker.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use footbridge_amf::Class;
use footbridge_mapping::data::Data;

use super::out::Out;
use super::part::{Attachment, attachment};
use super::shapes::{FieldShape, Shape, Shapes};
use super::{Forgiven, Notes, ReadError, scalar};
use crate::model::{Builtin, TypeId, TypeKind, Variety};
use crate::xml::namespace::{ENCODING11, ENCODING12, XOP, XSD, XSI};
use crate::xml::{Name, Tree};

/// Values within each other; references count too.
const MAX_DEPTH: usize = 160;

/// What the walk needs beside the tree.
pub(super) struct Emit<'a, 'i, O> {
    pub(super) shapes: &'a Shapes,
    pub(super) out: O,
    pub(super) notes: &'a mut Notes,
    pub(super) attachments: &'a [Attachment<'i>],
    /// Elements with an id, where something refers to one.
    pub(super) ids: Option<HashMap<String, usize>>,
    /// Elements that are referred to more than once.
    pub(super) shared: HashSet<usize>,
    pub(super) depth: usize,
    /// Elements that were reached by a reference and are still being written.
    pub(super) followed: Vec<usize>,
    /// The first child of each field, for all objects that are open.
    pub(super) firsts: Vec<u32>,
}

impl<'a, 'i, O: Out> Emit<'a, 'i, O> {
    pub(super) fn new(
        shapes: &'a Shapes,
        out: O,
        notes: &'a mut Notes,
        attachments: &'a [Attachment<'i>],
    ) -> Self {
        Self {
            shapes,
            out,
            notes,
            attachments,
            ids: None,
            followed: Vec::new(),
            shared: HashSet::new(),
            depth: 0,
            firsts: Vec::new(),
        }
    }

    /// Takes note of an element that has not the namespace of its declaration.
    pub(super) fn in_namespace(&mut self, tree: &Tree<'_>, at: usize, declared: &str) {
        if tree.namespace(at) != declared {
            self.notes.add(Forgiven::WrongNamespace, tree.local(at));
        }
    }

    /// The value of an element that is declared as `kind`.
    pub(super) fn value(
        &mut self,
        tree: &Tree<'_>,
        at: usize,
        kind: TypeId,
        field: Option<&FieldShape>,
    ) -> Result<(), ReadError> {
        if self.depth >= MAX_DEPTH {
            return Err(ReadError::TooDeep { limit: MAX_DEPTH });
        }
        self.depth += 1;
        let result = self.resolved(tree, at, kind, field);
        self.depth -= 1;
        result
    }

    fn resolved(
        &mut self,
        tree: &Tree<'_>,
        at: usize,
        kind: TypeId,
        field: Option<&FieldShape>,
    ) -> Result<(), ReadError> {
        if !tree.has_attributes(at) {
            return self.typed(tree, at, kind, field);
        }
        let from = at;
        let Some(at) = self.target(tree, from) else {
            return self.null(field);
        };
        if at != from {
            if !self.shared.contains(&at) && self.followed.contains(&at) {
                return Err(cycle(tree, at));
            }
            self.followed.push(at);
            let result = self.found(tree, at, kind, field);
            self.followed.pop();
            return result;
        }
        self.found(tree, at, kind, field)
    }

    /// The element that an element refers to, or itself; `None` for a reference to nothing.
    pub(super) fn target(&mut self, tree: &Tree<'_>, at: usize) -> Option<usize> {
        let (Some(ids), Some(wanted)) = (&self.ids, reference(tree, at)) else {
            return Some(at);
        };
        let found = ids.get(wanted).copied();
        if found.is_none() {
            self.notes.add(Forgiven::DanglingReference, wanted);
        }
        found
    }

    fn found(
        &mut self,
        tree: &Tree<'_>,
        at: usize,
        kind: TypeId,
        field: Option<&FieldShape>,
    ) -> Result<(), ReadError> {
        if is_nil(tree, at) {
            return self.null(field);
        }
        if self.shared.contains(&at) && self.out.known(at)? {
            return Ok(());
        }
        let mut kind = kind;
        if let Some(written) = tree.attribute_of(at, XSI, "type") {
            kind = self.said_type(tree, at, written, kind);
        }
        self.typed(tree, at, kind, field)
    }

    /// The type that `xsi:type` says, if it makes the declared one more exact.
    fn said_type(&mut self, tree: &Tree<'_>, at: usize, written: &str, declared: TypeId) -> TypeId {
        let model = &self.shapes.model;
        let (namespace, local) = tree.resolve(at, written);
        let namespace = namespace.unwrap_or("");
        let found = model.type_named(&Name::new(namespace, local)).or_else(|| {
            crate::load::is_xsd(namespace).then(|| model.type_named(&Name::new(XSD, local)))?
        });
        let Some(found) = found else {
            if !matches!(model.kind(declared).kind, TypeKind::Any) {
                self.notes.add(Forgiven::UnknownType, local);
            }
            return declared;
        };
        // An array says what it is of; a declared array knows it better. Of scalars the declared type counts.
        let keep = match (&model.kind(declared).kind, &model.kind(found).kind) {
            (TypeKind::Any, TypeKind::Any) => false,
            (TypeKind::Any, _) => false,
            (TypeKind::Array { .. } | TypeKind::Map, _) => true,
            (TypeKind::Simple(simple), _) => {
                !matches!(simple.variety, Variety::Atomic(Builtin::Any))
            }
            (TypeKind::Complex(_), TypeKind::Complex(_)) => {
                let derives = model.derives(found, declared);
                if !derives {
                    self.notes.add(Forgiven::UnknownType, local);
                }
                !derives
            }
            (TypeKind::Complex(_), _) => true,
        };
        if keep { declared } else { found }
    }

    fn typed(
        &mut self,
        tree: &Tree<'_>,
        at: usize,
        kind: TypeId,
        field: Option<&FieldShape>,
    ) -> Result<(), ReadError> {
        let shapes = self.shapes;
        match shapes.of(kind) {
            Shape::Scalar => self.scalar(tree, at, kind, field),
            Shape::Object(object) => {
                if self.diffgram(tree, at)? {
                    return Ok(());
                }
                self.object(tree, at, object, false)
            }
            Shape::Wrapped(inner) => self.wrapped(tree, at, inner),
            Shape::Array(item) => self.array(tree, at, *item),
            Shape::Map => self.map(tree, at),
            Shape::Any => self.anything(tree, at),
        }
    }

    pub(super) fn null(&mut self, field: Option<&FieldShape>) -> Result<(), ReadError> {
        if let Some(field) = field.filter(|field| field.required) {
            return Err(ReadError::Null {
                field: field.name.to_string(),
            });
        }
        Ok(self.out.scalar(&Data::Null, None, &self.shapes.zone)?)
    }

    fn scalar(
        &mut self,
        tree: &Tree<'_>,
        at: usize,
        kind: TypeId,
        field: Option<&FieldShape>,
    ) -> Result<(), ReadError> {
        if let Some(text) = tree.only_text(at)
            && self.attachments.is_empty()
        {
            return self.text(text, kind, field, tree.local(at));
        }
        if let Some(href) = attached(tree, at) {
            let bytes = attachment(self.attachments, href);
            if let Some(bytes) = bytes {
                let declared = field.and_then(|field| field.declared);
                let data = Data::Bytes(bytes.into());
                return Ok(self.out.scalar(&data, declared, &self.shapes.zone)?);
            }
            if tree.children(at).next().is_some() {
                self.notes.add(Forgiven::MissingAttachment, href);
                return self.null(field);
            }
        }
        let text = tree.text(at);
        self.text(&text, kind, field, tree.local(at))
    }

    pub(super) fn text(
        &mut self,
        text: &str,
        kind: TypeId,
        field: Option<&FieldShape>,
        name: &str,
    ) -> Result<(), ReadError> {
        let declared = field.and_then(|field| field.declared);
        if declared.is_none() {
            match scalar::plain(&self.shapes.model, kind, text) {
                Some(scalar::Plain::Text(text)) => return Ok(self.out.text(text)?),
                Some(scalar::Plain::Decimal(text)) => return Ok(self.out.decimal(text)?),
                None => {}
            }
        }
        let zone = field
            .and_then(|field| field.zone.as_ref())
            .unwrap_or(&self.shapes.zone);
        let (data, fit) = scalar::value(&self.shapes.model, kind, text, zone);
        match fit {
            scalar::Fit::Usual => {}
            scalar::Fit::Odd => self.notes.add(Forgiven::OddText, name),
            scalar::Fit::Not => self.notes.add(Forgiven::BadText, name),
        }
        if data.is_null() {
            return self.null(field);
        }
        if let Data::List(items) = &data {
            self.out.begin_list(None)?;
            for item in items.iter() {
                self.out.scalar(item, declared, zone)?;
            }
            return Ok(self.out.end_list()?);
        }
        Ok(self.out.scalar(&data, declared, zone)?)
    }

    /// An item of a list that was begun.
    pub(super) fn item(
        &mut self,
        tree: &Tree<'_>,
        at: usize,
        kind: TypeId,
        field: Option<&FieldShape>,
        cells: bool,
    ) -> Result<(), ReadError> {
        if cells && let Shape::Object(object) = self.shapes.of(kind) {
            let target = self.target(tree, at).unwrap_or(at);
            if target == at {
                return self.object(tree, at, object, true);
            }
            if self.followed.contains(&target) {
                return Err(cycle(tree, target));
            }
            self.followed.push(target);
            let result = self.object(tree, target, object, true);
            self.followed.pop();
            return result;
        }
        self.value(tree, at, kind, field)
    }
}

/// The attachment that an element refers to: by an `Include` (XOP), an `href` or its text (SOAP with Attachments).
fn attached<'t>(tree: &'t Tree<'_>, at: usize) -> Option<&'t str> {
    if let Some(include) = tree
        .children(at)
        .find(|child| tree.is(*child, XOP, "Include"))
    {
        return Some(tree.attribute(include, "href").unwrap_or_default());
    }
    let href = tree.attribute(at, "href").or_else(|| tree.only_text(at));
    href.filter(|href| href.starts_with("cid:"))
}

fn cycle(tree: &Tree<'_>, at: usize) -> ReadError {
    ReadError::Write(footbridge_amf::WriteError::Cycle {
        path: tree.local(at).to_owned(),
    })
}

pub(super) fn any_type(shapes: &Shapes) -> TypeId {
    shapes
        .model
        .type_named(&Name::new(XSD, "anyType"))
        .unwrap_or(TypeId(0))
}

pub(super) fn anonymous() -> Arc<Class> {
    static CLASS: std::sync::LazyLock<Arc<Class>> =
        std::sync::LazyLock::new(|| Arc::new(Class::anonymous()));
    CLASS.clone()
}

/// The id that an element refers to instead of having a value of its own.
pub(super) fn reference<'t>(tree: &'t Tree<'_>, at: usize) -> Option<&'t str> {
    tree.attribute(at, "href")
        .and_then(|href| href.strip_prefix('#'))
        .or_else(|| tree.attribute_of(at, ENCODING12, "ref"))
}

/// The id of an element.
pub(super) fn id<'t>(tree: &'t Tree<'_>, at: usize) -> Option<&'t str> {
    tree.attribute(at, "id")
        .or_else(|| tree.attribute_of(at, ENCODING12, "id"))
        .or_else(|| tree.attribute_of(at, ENCODING11, "id"))
}

pub(super) fn is_nil(tree: &Tree<'_>, at: usize) -> bool {
    let nil = tree.attributes(at).find(|(namespace, local, _)| {
        matches!(*local, "nil" | "null") && namespace.ends_with("XMLSchema-instance")
    });
    nil.is_some_and(|(_, _, value)| matches!(value.trim(), "true" | "1"))
}

pub(super) fn attribute<'t>(
    tree: &'t Tree<'_>,
    at: usize,
    namespace: &str,
    local: &str,
) -> Option<&'t str> {
    if namespace.is_empty() {
        return tree.attribute(at, local);
    }
    tree.attribute_of(at, namespace, local)
        .or_else(|| tree.attribute(at, local))
}
