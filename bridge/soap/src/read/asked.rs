//! Envelopes that somebody else wrote, before they are sent on: which operation they call, without any doubt.
//!
//! Services choose the operation by the element in the body, by the header `SOAPAction`, or by an addressing header. An envelope that
//! could mean two things to two readers is refused, and whoever sends it on writes the action of the operation found.

use std::sync::Arc;

use crate::model::{Model, Operation, Port};
use crate::xml::namespace::{SOAP11, SOAP12};
use crate::xml::{Parser, Tree, XmlError, XmlLimits};

/// Why an envelope is not sent on. Who wrote it is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAsked {
    /// It is no XML, or XML with a document type.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// It is no envelope with one body.
    #[error("this is no SOAP envelope with one body")]
    NoEnvelope,
    /// Its body calls nothing of the WSDL.
    #[error("no operation of the WSDL has such a body")]
    Unknown,
    /// Body, `SOAPAction` or addressing headers name different operations, or the body calls several.
    #[error("the envelope names more than one operation")]
    Ambiguous,
}

/// The operation that an envelope calls; `action` is the `SOAPAction` of whoever wrote it, which decides only between
/// operations whose bodies look alike.
///
/// # Errors
/// [`NotAsked`]
pub fn asked<'p>(
    envelope: &str,
    action: Option<&str>,
    model: &Model,
    port: &'p Port,
    limits: XmlLimits,
) -> Result<&'p Arc<Operation>, NotAsked> {
    let text = envelope.trim_start_matches('\u{feff}').trim();
    let mut tree = Tree::default();
    Parser::new(text, limits)?.all(&mut tree)?;
    let version = [SOAP11, SOAP12]
        .into_iter()
        .find(|version| tree.is(0, version, "Envelope"))
        .ok_or(NotAsked::NoEnvelope)?;
    let mut header = None;
    let mut body = None;
    for part in tree.children(0) {
        let place = if tree.is(part, version, "Header") && body.is_none() {
            &mut header
        } else if tree.is(part, version, "Body") {
            &mut body
        } else {
            return Err(NotAsked::NoEnvelope);
        };
        if place.replace(part).is_some() {
            return Err(NotAsked::NoEnvelope);
        }
    }
    let body = body.ok_or(NotAsked::NoEnvelope)?;
    let mut calls = tree.children(body);
    let first = calls.next();
    // Values that others refer to stand beside the call (SOAP 1.1, section 5).
    for other in calls {
        let called = port
            .operations
            .iter()
            .any(|operation| fits(&tree, Some(other), operation, model));
        if called || tree.attribute(other, "id").is_none() {
            return Err(NotAsked::Ambiguous);
        }
    }
    let found: Vec<&Arc<Operation>> = port
        .operations
        .iter()
        .filter(|operation| fits(&tree, first, operation, model))
        .collect();
    let operation = match found.as_slice() {
        [] => return Err(NotAsked::Unknown),
        [only] => *only,
        several => {
            let action = action.map(|action| action.trim().trim_matches('"'));
            let mut named = several
                .iter()
                .filter(|operation| Some(&*operation.action) == action);
            match (named.next(), named.next()) {
                (Some(only), None) => *only,
                (Some(_), Some(_)) | (None, _) => return Err(NotAsked::Ambiguous),
            }
        }
    };
    let actions = header
        .into_iter()
        .flat_map(|header| tree.children(header))
        .filter(|block| tree.local(*block) == "Action");
    for block in actions {
        let said = tree.deep_text(block);
        let own = [
            Some(&operation.action),
            operation.addressing_action.as_ref(),
        ];
        if !own.into_iter().flatten().any(|own| **own == *said.trim()) {
            return Err(NotAsked::Ambiguous);
        }
    }
    Ok(operation)
}

/// Whether the first element of a body is that of an operation.
fn fits(tree: &Tree<'_>, first: Option<usize>, operation: &Operation, model: &Model) -> bool {
    let input = &operation.input;
    match (&input.wrapper, input.parts.first(), first) {
        (Some(wrapper), _, Some(first)) => tree.is(first, &wrapper.namespace, &wrapper.local),
        (None, Some(part), Some(first)) => {
            let name = &model.element(part.element).name;
            tree.is(first, &name.namespace, &name.local)
        }
        (None, None, None) => true,
        (Some(_), _, None) | (None, Some(_), None) | (None, None, Some(_)) => false,
    }
}
