//! From the envelope to the result: streamed row by row where the schema allows it, else from a tree of the body.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use footbridge_amf::Sink;
use footbridge_mapping::data::{AmfValue, Data};
use footbridge_remoting::Style;

use super::direct::Direct;
use super::emit::{Emit, anonymous, id, reference};
use super::keep::Keep;
use super::out::Out;
use super::part::Parts;
use super::place::{around, inside, result};
use super::shapes::Shapes;
use super::shared::Shared;
use super::stream::stream;
use super::{Answer, Fault, Limits, Notes, Outcome, ReadError, Reply};
use crate::model::{Encoding, Operation, Port};
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
    if !refers(&parts.envelope, message.encoding) && message.parts.len() <= 1 {
        let mut emit = Emit::new(shapes, out, notes, &parts.attachments);
        around(&mut emit, &tree, first, message);
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
    if shared.is_empty() || style.encoding != footbridge_remoting::Encoding::Amf3 {
        let mut emit = Emit::new(shapes, out, notes, &parts.attachments);
        emit.ids = ids;
        around(&mut emit, &tree, first, message);
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
    around(&mut emit, &tree, first, message);
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
    let mut tree = Tree::default();
    let mut opened = match Opened::find(reply, &parts, limits, &mut tree) {
        // Whatever a one-way operation answers is dropped, unless it is a fault.
        Err(_) if operation.output.is_none() && reply.status < 400 => {
            return Ok(Outcome::Value(nothing));
        }
        opened => opened?,
    };
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
        around(&mut emit, &tree, first, message);
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
        around(&mut emit, &tree, first, message);
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
fn refers(text: &str, encoding: Encoding) -> bool {
    // The letter is found many times faster than the words, and few replies have it.
    let href = text.contains('#')
        && ["href=\"#", "href='#"]
            .iter()
            .any(|mark| text.contains(mark));
    href || encoding == Encoding::Encoded && text.contains("ref=")
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
