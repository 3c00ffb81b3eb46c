//! From the nodes of a reply to the events of a taker.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use footbridge_amf::Class;
use footbridge_mapping::data::Data;

use super::out::Out;
use super::part::{Attachment, attachment};
use super::shapes::{FieldShape, ObjectShape, Shape, Shapes, Source};
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
    followed: Vec<usize>,
    /// The first child of each field, for all objects that are open.
    firsts: Vec<u32>,
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
            return self.null();
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
            return self.null();
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

    fn null(&mut self) -> Result<(), ReadError> {
        Ok(self.out.scalar(&Data::Null, None, &self.shapes.zone)?)
    }

    fn scalar(
        &mut self,
        tree: &Tree<'_>,
        at: usize,
        kind: TypeId,
        field: Option<&FieldShape>,
    ) -> Result<(), ReadError> {
        if let Some(include) = tree
            .children(at)
            .find(|child| tree.is(*child, XOP, "Include"))
        {
            let href = tree.attribute(include, "href").unwrap_or_default();
            return match attachment(self.attachments, href) {
                Some(bytes) => {
                    let data = Data::Bytes(bytes.into());
                    Ok(self.out.scalar(
                        &data,
                        field.and_then(|field| field.declared),
                        &self.shapes.zone,
                    )?)
                }
                None => {
                    self.notes.add(Forgiven::MissingAttachment, href);
                    self.null()
                }
            };
        }
        let text = tree.text(at);
        // An attachment of SOAP with Attachments: the element refers to it.
        if text.is_empty()
            && !self.attachments.is_empty()
            && let Some(href) = tree
                .attribute(at, "href")
                .filter(|href| href.starts_with("cid:"))
            && let Some(bytes) = attachment(self.attachments, href)
        {
            let data = Data::Bytes(bytes.into());
            return Ok(self.out.scalar(
                &data,
                field.and_then(|field| field.declared),
                &self.shapes.zone,
            )?);
        }
        if text.starts_with("cid:")
            && let Some(bytes) = attachment(self.attachments, &text)
        {
            let data = Data::Bytes(bytes.into());
            return Ok(self.out.scalar(
                &data,
                field.and_then(|field| field.declared),
                &self.shapes.zone,
            )?);
        }
        self.text(&text, kind, field, tree.local(at))
    }

    fn text(
        &mut self,
        text: &str,
        kind: TypeId,
        field: Option<&FieldShape>,
        name: &str,
    ) -> Result<(), ReadError> {
        let zone = field
            .and_then(|field| field.zone.as_ref())
            .unwrap_or(&self.shapes.zone);
        let (data, fits) = scalar::value(&self.shapes.model, kind, text, zone);
        if !fits {
            self.notes.add(Forgiven::BadText, name);
        }
        if let Data::List(items) = &data {
            self.out.begin_list(None)?;
            for item in items.iter() {
                self.out
                    .scalar(item, field.and_then(|field| field.declared), zone)?;
            }
            return Ok(self.out.end_list()?);
        }
        Ok(self
            .out
            .scalar(&data, field.and_then(|field| field.declared), zone)?)
    }

    /// An object, or the cells of a row.
    pub(super) fn object(
        &mut self,
        tree: &Tree<'_>,
        at: usize,
        object: &ObjectShape,
        row: bool,
    ) -> Result<(), ReadError> {
        if row {
            self.out.begin_row()?;
        } else {
            self.out.begin_object(&object.class)?;
        }
        let base = self.firsts.len();
        self.firsts.resize(base + object.fields.len(), 0);
        let mut extra: Vec<usize> = Vec::new();
        let mut expected = 0;
        for child in tree.children(at) {
            let local = tree.local(child);
            // Elements come in the order of the schema, most of the time.
            let next = object
                .fields
                .get(expected)
                .filter(|field| matches!(&field.source, Source::Element(name) if **name == *local))
                .map(|_| Some(expected));
            match next.or_else(|| object.elements.get(local).copied()) {
                Some(Some(field)) => {
                    expected = field
                        + usize::from(!object.fields.get(field).is_some_and(|field| field.many));
                    if let Some(first) = self.firsts.get_mut(base + field) {
                        if *first == 0 {
                            *first = u32::try_from(child).unwrap_or(u32::MAX);
                        } else if !object.fields.get(field).is_some_and(|field| field.many) {
                            self.notes.add(Forgiven::Repeated, local);
                        }
                    }
                }
                // Hidden by the mapping.
                Some(None) => {}
                None if object.open => extra.push(child),
                None => self.notes.add(Forgiven::UnknownElement, local),
            }
        }
        for (index, field) in object.fields.iter().enumerate() {
            let first = self
                .firsts
                .get(base + index)
                .map_or(0, |first| *first as usize);
            // In an anonymous object what is not there is left out.
            let named = !row && object.class.alias.is_empty();
            if named && !self.there(tree, at, field, first) {
                continue;
            }
            if named {
                self.out.member(&field.name)?;
            }
            self.field(tree, at, field, first)?;
        }
        self.firsts.truncate(base);
        if !row {
            self.members(tree, &extra)?;
            self.out.end_object()?;
        } else {
            self.out.end_row()?;
        }
        Ok(())
    }

    fn there(&self, tree: &Tree<'_>, at: usize, field: &FieldShape, first: usize) -> bool {
        match &field.source {
            Source::Element(_) => first != 0 || field.many,
            Source::Attribute(namespace, local) => {
                field.default.is_some() || attribute(tree, at, namespace, local).is_some()
            }
            Source::Text => true,
        }
    }

    fn field(
        &mut self,
        tree: &Tree<'_>,
        at: usize,
        field: &FieldShape,
        first: usize,
    ) -> Result<(), ReadError> {
        match &field.source {
            Source::Element(local) if field.many => {
                let items = tree.children(at).filter(|child| {
                    *child >= first && first != 0 && tree.local(*child) == &**local
                });
                self.list(tree, items, field.kind, Some(field))
            }
            Source::Element(local) => {
                if first == 0 {
                    if !field.optional {
                        self.notes.add(Forgiven::MissingElement, local);
                    }
                    return self.null();
                }
                // The default is for an element that is there and empty (XML Schema part 1 §3.3.1).
                if let Some(default) = &field.default
                    && tree.end(first) == first + 1
                    && !tree.has_attributes(first)
                {
                    return self.text(default, field.kind, Some(field), local);
                }
                self.value(tree, first, field.kind, Some(field))
            }
            Source::Attribute(namespace, local) => {
                match attribute(tree, at, namespace, local).or(field.default.as_deref()) {
                    Some(text) => self.text(text, field.kind, Some(field), local),
                    None => self.null(),
                }
            }
            Source::Text => {
                let text = tree.text(at);
                self.text(&text, field.kind, Some(field), tree.local(at))
            }
        }
    }

    /// Items of one declared type.
    pub(super) fn list(
        &mut self,
        tree: &Tree<'_>,
        items: impl Iterator<Item = usize>,
        kind: TypeId,
        field: Option<&FieldShape>,
    ) -> Result<(), ReadError> {
        let shapes = self.shapes;
        let cells = self.out.begin_list(shapes.rows(kind))?;
        for item in items {
            self.item(tree, item, kind, field, cells)?;
        }
        Ok(self.out.end_list()?)
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

    fn wrapped(&mut self, tree: &Tree<'_>, at: usize, inner: &FieldShape) -> Result<(), ReadError> {
        let Source::Element(local) = &inner.source else {
            return self.anything(tree, at);
        };
        let items: Vec<usize> = tree
            .children(at)
            .filter(|child| {
                let fits = tree.local(*child) == &**local;
                if !fits {
                    self.notes.add(Forgiven::UnknownElement, tree.local(*child));
                }
                fits
            })
            .collect();
        self.list(tree, items.into_iter(), inner.kind, Some(inner))
    }

    /// Elements that no type declares, under their own names; several of a name are a list.
    pub(super) fn members(&mut self, tree: &Tree<'_>, children: &[usize]) -> Result<(), ReadError> {
        let mut done: Vec<&str> = Vec::new();
        for child in children {
            let local = tree.local(*child);
            if done.contains(&local) {
                continue;
            }
            done.push(local);
            let same: Vec<usize> = children
                .iter()
                .copied()
                .filter(|other| tree.local(*other) == local)
                .collect();
            self.out.member(local)?;
            match same.as_slice() {
                [only] => self.loose(tree, *only)?,
                several => {
                    self.out.begin_list(None)?;
                    for item in several {
                        self.loose(tree, *item)?;
                    }
                    self.out.end_list()?;
                }
            }
        }
        Ok(())
    }

    /// An element that no type declares: by a global declaration of its name, else as it is.
    pub(super) fn loose(&mut self, tree: &Tree<'_>, at: usize) -> Result<(), ReadError> {
        let model = self.shapes.model.clone();
        let name = Name::new(tree.namespace(at), tree.local(at));
        let kind = match model.element_named(&name) {
            Some(id) => model.element(id).kind,
            None => any_type(self.shapes),
        };
        self.value(tree, at, kind, None)
    }
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

fn attribute<'t>(tree: &'t Tree<'_>, at: usize, namespace: &str, local: &str) -> Option<&'t str> {
    if namespace.is_empty() {
        return tree.attribute(at, local);
    }
    tree.attribute_of(at, namespace, local)
        .or_else(|| tree.attribute(at, local))
}
