//! From the envelope to the result: streamed row by row where the schema allows it, else from a tree of the body.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use footbridge_amf::Sink;
use footbridge_mapping::data::{AmfValue, Data};
use footbridge_remoting::Style;

use super::emit::{Emit, anonymous, id, reference};
use super::out::{Direct, Keep, Out, Shared};
use super::part::Parts;
use super::shapes::{FieldShape, Shape, Shapes, Source};
use super::{Answer, Fault, Forgiven, Limits, Notes, Outcome, ReadError, Reply};
use crate::model::{Message, Operation, Port, TypeId};
use crate::xml::namespace::{SOAP11, SOAP12};
use crate::xml::{Parser, Step, Tree};

/// Writes the result of a reply as the one value of `sink`: the only part, or the only child of the wrapper, itself;
/// several as an object. Nothing is written where the reply is a fault.
///
/// `service` is the name that a record set carries.
///
/// # Errors
/// [`ReadError`]; the sink may then hold a part of a value.
#[expect(
    clippy::too_many_arguments,
    reason = "each comes from another owner, and a struct would only rename them"
)]
pub fn read_into(
    reply: &Reply<'_>,
    shapes: &Shapes,
    operation: &Operation,
    style: &Style,
    service: &str,
    limits: &Limits,
    sink: &mut dyn Sink,
    notes: &mut Notes,
) -> Result<Outcome<()>, ReadError> {
    let parts = Parts::of(reply)?;
    let Some(message) = &operation.output else {
        return one_way(reply, &parts, shapes, operation, limits, notes, sink);
    };
    let mut tree = Tree::default();
    let mut opened = Opened::find(reply, &parts, limits, &mut tree)?;
    let Some(first) = opened.first else {
        Direct::new(sink, style, service, shapes.preset).scalar(&Data::Null, None, &shapes.zone)?;
        return Ok(Outcome::Value(()));
    };
    if is_fault(&tree, first) {
        opened.parser.rest(&mut tree)?;
        return Ok(Outcome::Fault(fault(
            &tree, first, reply, &parts, shapes, operation, notes,
        )));
    }
    let out = Direct::new(sink, style, service, shapes.preset);
    if !refers(&parts.envelope) && message.parts.len() <= 1 {
        let mut emit = Emit::new(shapes, out, notes, &parts.attachments);
        stream(
            &mut emit,
            &mut opened.parser,
            &mut tree,
            opened.body,
            first,
            message,
        )?;
        finish(&mut opened.parser, &mut tree)?;
        return Ok(Outcome::Value(()));
    }
    finish(&mut opened.parser, &mut tree)?;
    let (ids, shared) = references(&tree, opened.body);
    // AMF0 has no references that players read: there a shared value is repeated, in the shape it has alone.
    if shared.is_empty() || style.encoding == footbridge_remoting::Encoding::Amf0 {
        let mut emit = Emit::new(shapes, out, notes, &parts.attachments);
        emit.ids = ids;
        result(&mut emit, &tree, opened.body, first, message)?;
        return Ok(Outcome::Value(()));
    }
    // Shared values become references, so the answer is made as a graph.
    let mut emit = Emit::new(
        shapes,
        Shared::new(shapes.preset, Some(style)),
        notes,
        &parts.attachments,
    );
    emit.ids = ids;
    emit.shared = shared;
    result(&mut emit, &tree, opened.body, first, message)?;
    let (graph, value) = emit.out.finish();
    sink.graph(&graph, &value)?;
    Ok(Outcome::Value(()))
}

/// Reads a reply as data, for `returns … from`, `value`, `faults` and `remember` of a mapping.
///
/// # Errors
/// [`ReadError`].
pub fn read_data(
    reply: &Reply<'_>,
    shapes: &Shapes,
    operation: &Operation,
    limits: &Limits,
    notes: &mut Notes,
) -> Result<Outcome<Answer>, ReadError> {
    let parts = Parts::of(reply)?;
    let nothing = Answer {
        body: Data::Null,
        headers: Data::Null,
    };
    if operation.output.is_none() && parts.envelope.trim().is_empty() && reply.status < 300 {
        return Ok(Outcome::Value(nothing));
    }
    let mut tree = Tree::default();
    let mut opened = Opened::find(reply, &parts, limits, &mut tree)?;
    let Some(first) = opened.first else {
        return Ok(Outcome::Value(nothing));
    };
    finish(&mut opened.parser, &mut tree)?;
    if is_fault(&tree, first) {
        return Ok(Outcome::Fault(fault(
            &tree, first, reply, &parts, shapes, operation, notes,
        )));
    }
    let (ids, shared) = references(&tree, opened.body);
    let mut headers = Data::Null;
    if let Some(header) = opened.header {
        let mut emit = Emit::new(shapes, Keep::default(), notes, &parts.attachments);
        emit.ids.clone_from(&ids);
        let blocks: Vec<usize> = tree.children(header).collect();
        emit.out.begin_object(&anonymous())?;
        emit.members(&tree, &blocks)?;
        emit.out.end_object()?;
        headers = emit.out.finish();
    }
    let Some(message) = &operation.output else {
        return Ok(Outcome::Value(Answer {
            body: Data::Null,
            headers,
        }));
    };
    let body = if shared.is_empty() {
        let mut emit = Emit::new(shapes, Keep::default(), notes, &parts.attachments);
        emit.ids = ids;
        inside(&mut emit, &tree, opened.body, first, message)?;
        emit.out.finish()
    } else {
        let mut emit = Emit::new(
            shapes,
            Shared::new(shapes.preset, None),
            notes,
            &parts.attachments,
        );
        emit.ids = ids;
        emit.shared = shared;
        inside(&mut emit, &tree, opened.body, first, message)?;
        let (graph, value) = emit.out.finish();
        Data::Amf(AmfValue {
            graph: Arc::new(graph),
            value,
        })
    };
    Ok(Outcome::Value(Answer { body, headers }))
}

/// Reads a request as a service would, for mocks and tests: the operation that it calls, by the element in its body,
/// and the inside of its wrapper.
///
/// # Errors
/// [`ReadError`]; [`ReadError::NoEnvelope`] too where no operation of the port has such a body.
pub fn read_request<'p>(
    request: &Reply<'_>,
    shapes: &Shapes,
    port: &'p Port,
    limits: &Limits,
    notes: &mut Notes,
) -> Result<(&'p Arc<Operation>, Answer), ReadError> {
    let parts = Parts::of(request)?;
    let mut tree = Tree::default();
    let mut opened = Opened::find(request, &parts, limits, &mut tree)?;
    finish(&mut opened.parser, &mut tree)?;
    let first = opened.first;
    let local = first.map_or("", |first| tree.local(first));
    let named = |operation: &&Arc<Operation>| match (
        &operation.input.wrapper,
        operation.input.parts.as_slice(),
    ) {
        (Some(wrapper), _) => *wrapper.local == *local,
        (None, [part, ..]) => *shapes.model.element(part.element).name.local == *local,
        (None, []) => first.is_none(),
    };
    let none = || ReadError::NoEnvelope {
        status: request.status,
        quote: parts.quote(),
    };
    let operation = port.operations.iter().find(named).ok_or_else(none)?;
    let mut emit = Emit::new(shapes, Keep::default(), notes, &parts.attachments);
    (emit.ids, _) = references(&tree, opened.body);
    if let Some(first) = first {
        inside(&mut emit, &tree, opened.body, first, &operation.input)?;
    }
    let answer = Answer {
        body: emit.out.finish(),
        headers: Data::Null,
    };
    Ok((operation, answer))
}

/// A document that was read up to the first element of its body.
struct Opened<'i> {
    parser: Parser<'i>,
    header: Option<usize>,
    body: usize,
    first: Option<usize>,
}

impl<'i> Opened<'i> {
    fn find(
        reply: &Reply<'_>,
        parts: &'i Parts<'_>,
        limits: &Limits,
        tree: &mut Tree<'i>,
    ) -> Result<Self, ReadError> {
        let none = || ReadError::NoEnvelope {
            status: reply.status,
            quote: parts.quote(),
        };
        let text: &'i str = &parts.envelope;
        let text = text.trim_start_matches('\u{feff}').trim_start();
        if !text.starts_with('<') {
            return Err(none());
        }
        let mut parser = Parser::new(text, limits.xml)?;
        let mut header = None;
        let mut body = None;
        loop {
            // Before the envelope is found, whatever is wrong means that there is none.
            let step = match parser.step(tree) {
                Err(error) if body.is_none() && tree.len() == 0 => {
                    let document_type = matches!(error, crate::xml::XmlError::Entities);
                    let page = text
                        .get(..64)
                        .unwrap_or(text)
                        .to_ascii_lowercase()
                        .contains("html");
                    return Err(if document_type && !page {
                        error.into()
                    } else {
                        none()
                    });
                }
                other => other?,
            };
            match step {
                Step::Open(at) => match (parser.depth(), tree.local(at)) {
                    (1, "Envelope") if is_envelope(tree.namespace(at)) => {}
                    (1, _) => return Err(none()),
                    (2, "Header") => {
                        parser.rest(tree)?;
                        header = Some(at);
                    }
                    (2, "Body") => body = Some(at),
                    (2, _) => parser.rest(tree)?,
                    (3, _) => {
                        if let Some(body) = body {
                            return Ok(Self {
                                parser,
                                header,
                                body,
                                first: Some(at),
                            });
                        }
                    }
                    _ => {}
                },
                Step::Close(at) if Some(at) == body => {
                    return Ok(Self {
                        parser,
                        header,
                        body: at,
                        first: None,
                    });
                }
                Step::End => return Err(none()),
                Step::Close(_) | Step::Text => {}
            }
        }
    }
}

fn is_envelope(namespace: &str) -> bool {
    matches!(namespace, SOAP11 | SOAP12)
}

fn is_fault(tree: &Tree<'_>, at: usize) -> bool {
    tree.local(at) == "Fault" && is_envelope(tree.namespace(at))
}

fn finish<'i>(parser: &mut Parser<'i>, tree: &mut Tree<'i>) -> Result<(), ReadError> {
    while parser.step(tree)? != Step::End {}
    Ok(())
}

/// Whether something may refer to something else; a look at the bytes, so that most replies need no tree.
fn refers(text: &str) -> bool {
    ["href=\"#", "href='#", "ref=\""]
        .iter()
        .any(|mark| text.contains(mark))
}

fn fault(
    tree: &Tree<'_>,
    at: usize,
    reply: &Reply<'_>,
    parts: &Parts<'_>,
    shapes: &Shapes,
    operation: &Operation,
    notes: &mut Notes,
) -> Box<Fault> {
    let (ids, _) = references(tree, 0);
    let text = parts.envelope.trim_start_matches('\u{feff}').trim_start();
    Box::new(Fault::read(tree, at, reply.status, text, |detail| {
        let mut emit = Emit::new(shapes, Keep::default(), notes, &parts.attachments);
        emit.ids.clone_from(&ids);
        let declared = operation.faults.iter().find_map(|(_, part)| {
            let element = shapes.model.element(part.element);
            (*element.name.local == *tree.local(detail)).then_some(element.kind)
        });
        let read = match declared {
            Some(kind) => emit.value(tree, detail, kind, None),
            None => emit.loose(tree, detail),
        };
        match read {
            Ok(()) => emit.out.finish(),
            // A fault is told, even if its detail cannot be read.
            Err(_) => Data::Null,
        }
    }))
}

fn one_way(
    reply: &Reply<'_>,
    parts: &Parts<'_>,
    shapes: &Shapes,
    operation: &Operation,
    limits: &Limits,
    notes: &mut Notes,
    sink: &mut dyn Sink,
) -> Result<Outcome<()>, ReadError> {
    // Whatever a one-way operation answers is dropped, unless it is a fault.
    let mut tree = Tree::default();
    if let Ok(mut opened) = Opened::find(reply, parts, limits, &mut tree)
        && let Some(first) = opened.first
        && is_fault(&tree, first)
    {
        opened.parser.rest(&mut tree)?;
        return Ok(Outcome::Fault(fault(
            &tree, first, reply, parts, shapes, operation, notes,
        )));
    }
    if reply.status >= 400 {
        return Err(ReadError::NoEnvelope {
            status: reply.status,
            quote: parts.quote(),
        });
    }
    sink.null()?;
    Ok(Outcome::Value(()))
}

/// Elements with an id, and those of them that are referred to more than once.
fn references(tree: &Tree<'_>, body: usize) -> (Option<HashMap<String, usize>>, HashSet<usize>) {
    let mut ids = HashMap::new();
    let mut wanted: HashMap<String, usize> = HashMap::new();
    for at in 0..tree.len() {
        if !tree.has_attributes(at) {
            continue;
        }
        if let Some(to) = reference(tree, at) {
            *wanted.entry(to.to_owned()).or_default() += 1;
        } else if let Some(id) = id(tree, at) {
            ids.insert(id.to_owned(), at);
        }
    }
    if wanted.is_empty() {
        return (None, HashSet::new());
    }
    let independent: HashSet<usize> = tree.children(body).collect();
    let shared = wanted
        .iter()
        .filter_map(|(id, count)| {
            let at = *ids.get(id)?;
            // A value that stands where it is used is used there too.
            let inline = usize::from(!independent.contains(&at));
            (count + inline > 1).then_some(at)
        })
        .collect();
    (Some(ids), shared)
}

/// Where the result stands in the element of the body.
enum Place<'s> {
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

fn place<'s>(shapes: &'s Shapes, message: &Message) -> Place<'s> {
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

/// The result of an answer that is in the tree.
fn result<O: Out>(
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
fn inside<O: Out>(
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
        emit.out.member(&declared.name)?;
        match at {
            Some(at) => emit.value(tree, at, kind, None)?,
            None => emit.out.scalar(&Data::Null, None, &shapes.zone)?,
        }
    }
    Ok(emit.out.end_object()?)
}

/// The element of a part of an rpc answer: by its name, else by its position.
fn part<O: Out>(
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
fn only<O: Out>(emit: &mut Emit<'_, '_, O>, tree: &Tree<'_>, at: usize) -> Option<usize> {
    let mut children = tree.children(at);
    let (Some(only), None) = (children.next(), children.next()) else {
        return None;
    };
    emit.notes.add(Forgiven::WrongName, tree.local(only));
    Some(only)
}

/// The result while it is read: of a list one item at a time.
fn stream<'i, O: Out>(
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
fn items<'i, O: Out>(
    emit: &mut Emit<'_, '_, O>,
    parser: &mut Parser<'i>,
    tree: &mut Tree<'i>,
    field: &FieldShape,
    local: &str,
) -> Result<(), ReadError> {
    let depth = parser.depth();
    let cells = emit.out.begin_list(emit.shapes.rows(field.kind))?;
    loop {
        let mark = tree.mark();
        match parser.step(tree)? {
            Step::Open(at) => {
                parser.rest(tree)?;
                if tree.local(at) == local {
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
