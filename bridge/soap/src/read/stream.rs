//! The result while it is read: of a list one item at a time, each forgotten once it is written.

use footbridge_mapping::data::Data;

use super::emit::Emit;
use super::out::Out;
use super::place::{Place, only, place, result};
use super::predict::Predict;
use super::shapes::{FieldShape, Shape, Source};
use super::{Forgiven, ReadError};
use crate::model::Message;
use crate::xml::{Parser, Step, Tree};

/// The result while it is read: of a list one item at a time.
pub(super) fn stream<'i, O: Out>(
    emit: &mut Emit<'_, '_, O>,
    parser: &mut Parser<'i>,
    tree: &mut Tree<'i>,
    body: usize,
    first: usize,
    message: &Message,
) -> Result<(), ReadError> {
    let shapes = emit.shapes;
    let Place::Child(field) = place(shapes, message) else {
        parser.rest(tree)?;
        return result(emit, tree, body, first, message);
    };
    let Source::Element(local) = &field.source else {
        parser.rest(tree)?;
        return result(emit, tree, body, first, message);
    };
    if field.many {
        return items(emit, parser, tree, field, local);
    }
    // The only child, and in it perhaps a list.
    let depth = parser.depth();
    loop {
        match parser.step(tree)? {
            Step::Open(at) if tree.local(at) == &**local => {
                emit.in_namespace(tree, at, &field.namespace);
                let inner = match shapes.of(field.kind) {
                    Shape::Wrapped(inner) if !tree.has_attributes(at) => match &inner.source {
                        Source::Element(name) => Some((inner, name)),
                        Source::Attribute(..) | Source::Text => None,
                    },
                    _ => None,
                };
                match inner {
                    Some((inner, name)) => items(emit, parser, tree, inner, name)?,
                    None => {
                        parser.rest(tree)?;
                        emit.value(tree, at, field.kind, Some(field))?;
                    }
                }
                while parser.depth() >= depth {
                    let mark = tree.mark();
                    match parser.step(tree)? {
                        Step::Open(at) => {
                            emit.notes.add(Forgiven::UnknownElement, tree.local(at));
                            parser.rest(tree)?;
                            parser.forget(tree, mark);
                        }
                        Step::End => break,
                        Step::Close(_) | Step::Text => {}
                    }
                }
                return Ok(());
            }
            Step::Open(at) => {
                emit.notes.add(Forgiven::UnknownElement, tree.local(at));
                parser.rest(tree)?;
            }
            Step::Close(_) if parser.depth() < depth => {
                let found = only(emit, tree, first);
                return match found {
                    Some(at) => emit.value(tree, at, field.kind, Some(field)),
                    None => Ok(emit.out.scalar(&Data::Null, None, &shapes.zone)?),
                };
            }
            Step::End => return Ok(emit.out.scalar(&Data::Null, None, &shapes.zone)?),
            Step::Close(_) | Step::Text => {}
        }
    }
}

/// The items of a list, each forgotten once it is written.
pub(super) fn items<'i, O: Out>(
    emit: &mut Emit<'_, '_, O>,
    parser: &mut Parser<'i>,
    tree: &mut Tree<'i>,
    field: &FieldShape,
    local: &str,
) -> Result<(), ReadError> {
    let depth = parser.depth();
    let cells = emit.out.begin_list(emit.shapes.rows(field.kind))?;
    let mut predict = (emit.attachments.is_empty() && Predict::suits(emit.shapes, field))
        .then(|| Predict::new(emit.shapes, parser.input()));
    loop {
        if let Some(predict) = &mut predict
            && let Some(from) = parser.ahead()
        {
            let (parent, levels) = parser.inmost();
            let mut at = from;
            while let Some(behind) = predict.item(at, field, tree, parent, levels) {
                emit.replay(predict, field, cells)?;
                at = behind;
            }
            parser.pass(at);
        }
        let mark = tree.mark();
        match parser.step(tree)? {
            Step::Open(at) => {
                parser.rest(tree)?;
                if tree.local(at) == local {
                    emit.in_namespace(tree, at, &field.namespace);
                    emit.item(tree, at, field.kind, Some(field), cells)?;
                } else {
                    emit.notes.add(Forgiven::UnknownElement, tree.local(at));
                }
                parser.forget(tree, mark);
            }
            Step::Text => parser.forget(tree, mark),
            Step::Close(_) if parser.depth() < depth => break,
            Step::Close(_) => {}
            Step::End => break,
        }
    }
    Ok(emit.out.end_list()?)
}
