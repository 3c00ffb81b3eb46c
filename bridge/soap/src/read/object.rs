//! Objects and lists: their elements and attributes as members, in whatever order they came.

use super::emit::{Emit, any_type, attribute};
use super::out::Out;
use super::shapes::{FieldShape, ObjectShape, Source};
use super::{Forgiven, ReadError};
use crate::model::TypeId;
use crate::xml::{Name, Tree};

impl<O: Out> Emit<'_, '_, O> {
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
        let mut last = 0;
        for child in tree.children(at) {
            let local = tree.local(child);
            // Elements come in the order of the schema, most of the time.
            let next = object
                .fields
                .get(expected)
                .filter(|field| matches!(&field.source, Source::Element(name) if **name == *local))
                .map(|_| Some(expected));
            match next.or_else(|| object.elements.get(local).copied()) {
                Some(Some(index)) => {
                    let Some(field) = object.fields.get(index) else {
                        continue;
                    };
                    self.in_namespace(tree, child, &field.namespace);
                    if object.ordered && index < last {
                        self.notes.add(Forgiven::OutOfOrder, local);
                    }
                    last = index;
                    expected = index + usize::from(!field.many);
                    if let Some(first) = self.firsts.get_mut(base + index) {
                        if *first == 0 {
                            *first = u32::try_from(child).unwrap_or(u32::MAX);
                        } else if !field.many {
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
            if named && !field.required && !self.there(tree, at, field, first) {
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

    pub(super) fn there(
        &self,
        tree: &Tree<'_>,
        at: usize,
        field: &FieldShape,
        first: usize,
    ) -> bool {
        match &field.source {
            Source::Element(_) => first != 0 || field.many,
            Source::Attribute(namespace, local) => {
                field.default.is_some() || attribute(tree, at, namespace, local).is_some()
            }
            Source::Text => true,
        }
    }

    pub(super) fn field(
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
                    return self.null(Some(field));
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
                    None => self.null(Some(field)),
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

    pub(super) fn wrapped(
        &mut self,
        tree: &Tree<'_>,
        at: usize,
        inner: &FieldShape,
    ) -> Result<(), ReadError> {
        let Source::Element(local) = &inner.source else {
            return self.anything(tree, at);
        };
        let items: Vec<usize> = tree
            .children(at)
            .filter(|child| {
                let fits = tree.local(*child) == &**local;
                if fits {
                    self.in_namespace(tree, *child, &inner.namespace);
                } else {
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
