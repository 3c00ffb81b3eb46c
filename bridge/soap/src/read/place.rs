//! Where the result stands in the element of the body.

use footbridge_mapping::data::Data;

use super::emit::{Emit, anonymous};
use super::out::Out;
use super::shapes::{FieldShape, Shape, Shapes, Source};
use super::{Forgiven, ReadError};
use crate::model::{Message, TypeId};
use crate::xml::Tree;

/// Where the result stands in the element of the body.
pub(super) enum Place<'s> {
    /// It is the element itself, of this type.
    Itself(TypeId),
    /// It is the only child of the element.
    Child(&'s FieldShape),
    /// All children.
    Children(TypeId),
    /// The only part of an rpc answer.
    Part(TypeId),
    /// The parts of an rpc answer.
    Parts,
}

pub(super) fn place<'s>(shapes: &'s Shapes, message: &Message) -> Place<'s> {
    if message.wrapper.is_some() {
        return match message.parts.as_slice() {
            [part] => Place::Part(shapes.model.element(part.element).kind),
            _ => Place::Parts,
        };
    }
    let [part] = message.parts.as_slice() else {
        return Place::Parts;
    };
    let kind = shapes.model.element(part.element).kind;
    if shapes.model.wrapper(message).is_none() {
        return Place::Itself(kind);
    }
    match shapes.of(kind) {
        Shape::Wrapped(field) => Place::Child(field),
        Shape::Object(object) => match object.fields.as_slice() {
            [only] if matches!(only.source, Source::Element(_)) && !object.open => {
                Place::Child(only)
            }
            _ => Place::Children(kind),
        },
        Shape::Scalar | Shape::Array(_) | Shape::Map | Shape::Any => Place::Itself(kind),
    }
}

/// Takes note of an element of the body that is not the one of the message. That around an rpc answer has any name
/// (WSDL 1.1 §3.5).
pub(super) fn around<O: Out>(
    emit: &mut Emit<'_, '_, O>,
    tree: &Tree<'_>,
    first: usize,
    message: &Message,
) {
    let (None, [part]) = (&message.wrapper, message.parts.as_slice()) else {
        return;
    };
    let name = &emit.shapes.model.element(part.element).name;
    if *name.local == *tree.local(first) {
        emit.in_namespace(tree, first, &name.namespace);
    } else {
        emit.notes.add(Forgiven::WrongName, tree.local(first));
    }
}

/// The result of an answer that is in the tree.
pub(super) fn result<O: Out>(
    emit: &mut Emit<'_, '_, O>,
    tree: &Tree<'_>,
    body: usize,
    first: usize,
    message: &Message,
) -> Result<(), ReadError> {
    let shapes = emit.shapes;
    match place(shapes, message) {
        Place::Itself(kind) | Place::Children(kind) => emit.value(tree, first, kind, None),
        Place::Child(field) => {
            let Source::Element(local) = &field.source else {
                return emit.value(tree, first, field.kind, Some(field));
            };
            let found: Vec<usize> = tree
                .children(first)
                .filter(|child| tree.local(*child) == &**local)
                .collect();
            for child in &found {
                emit.in_namespace(tree, *child, &field.namespace);
            }
            if field.many {
                return emit.list(tree, found.into_iter(), field.kind, Some(field));
            }
            match found.first().copied().or_else(|| only(emit, tree, first)) {
                Some(at) => emit.value(tree, at, field.kind, Some(field)),
                None => Ok(emit.out.scalar(&Data::Null, None, &shapes.zone)?),
            }
        }
        Place::Part(kind) => match part(emit, tree, first, message, 0) {
            Some(at) => emit.value(tree, at, kind, None),
            None => Ok(emit.out.scalar(&Data::Null, None, &shapes.zone)?),
        },
        Place::Parts if message.parts.is_empty() => {
            Ok(emit.out.scalar(&Data::Null, None, &shapes.zone)?)
        }
        Place::Parts => inside(emit, tree, body, first, message),
    }
}

/// All that the wrapper holds, as an object.
pub(super) fn inside<O: Out>(
    emit: &mut Emit<'_, '_, O>,
    tree: &Tree<'_>,
    body: usize,
    first: usize,
    message: &Message,
) -> Result<(), ReadError> {
    let shapes = emit.shapes;
    if shapes.model.wrapper(message).is_some()
        && let [only] = message.parts.as_slice()
    {
        let kind = shapes.model.element(only.element).kind;
        return match shapes.of(kind) {
            Shape::Wrapped(field) => {
                emit.out.begin_object(&anonymous())?;
                emit.out.member(&field.name)?;
                let Source::Element(local) = &field.source else {
                    return Err(ReadError::TooDeep { limit: 0 });
                };
                let items = tree
                    .children(first)
                    .filter(|child| tree.local(*child) == &**local);
                emit.list(tree, items, field.kind, Some(field))?;
                Ok(emit.out.end_object()?)
            }
            Shape::Object(_) | Shape::Scalar | Shape::Array(_) | Shape::Map | Shape::Any => {
                emit.value(tree, first, kind, None)
            }
        };
    }
    emit.out.begin_object(&anonymous())?;
    for (index, declared) in message.parts.iter().enumerate() {
        let kind = shapes.model.element(declared.element).kind;
        let at = if message.wrapper.is_some() {
            part(emit, tree, first, message, index)
        } else {
            let element = shapes.model.element(declared.element);
            tree.children(body)
                .find(|child| *tree.local(*child) == *element.name.local)
        };
        // As arguments are named, and as the description has it: of a bare part it is the element that people see.
        emit.out
            .member(&shapes.model.element(declared.element).name.local)?;
        match at {
            Some(at) => emit.value(tree, at, kind, None)?,
            None => emit.out.scalar(&Data::Null, None, &shapes.zone)?,
        }
    }
    Ok(emit.out.end_object()?)
}

/// The element of a part of an rpc answer: by its name, else by its position.
pub(super) fn part<O: Out>(
    emit: &mut Emit<'_, '_, O>,
    tree: &Tree<'_>,
    first: usize,
    message: &Message,
    index: usize,
) -> Option<usize> {
    let declared = message.parts.get(index)?;
    let element = &emit.shapes.model.element(declared.element).name.local;
    let named = tree
        .children(first)
        .find(|child| *tree.local(*child) == *declared.name || *tree.local(*child) == **element);
    if named.is_some() {
        return named;
    }
    if tree.children(first).count() != message.parts.len() {
        return None;
    }
    let at = tree.children(first).nth(index)?;
    emit.notes.add(Forgiven::WrongName, tree.local(at));
    Some(at)
}

/// The only child, whatever its name.
pub(super) fn only<O: Out>(
    emit: &mut Emit<'_, '_, O>,
    tree: &Tree<'_>,
    at: usize,
) -> Option<usize> {
    let mut children = tree.children(at);
    let (Some(only), None) = (children.next(), children.next()) else {
        return None;
    };
    emit.notes.add(Forgiven::WrongName, tree.local(only));
    Some(only)
}
