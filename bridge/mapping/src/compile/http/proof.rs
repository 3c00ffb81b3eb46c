//! Whether what a mapping says of a request and of its answer can be, by the document that describes both.
//!
//! Doubt speaks for the mapping: what a document leaves open, or what others extend, may be anything.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::Compiler;
use super::descriptions::follow;
use crate::data::same_name;
use crate::description::{DescribedOperation, Description};
use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::file::operation::OperationFile;
use crate::model::TypeScope;
use crate::slot::{PathPart, Scalar, Slot, Type};

/// Types within each other that are compared: those of documents may be endless.
const MAX_DEPTH: usize = 32;

impl Compiler<'_> {
    /// Compares what `returns` declares with what the document has at that place: lists, objects, and where each field comes from.
    pub(super) fn prove_answer(
        &mut self,
        slot: &Slot,
        place: &Place,
        described: &DescribedOperation,
        description: &dyn Description,
        scope: &TypeScope,
    ) {
        let path = slot.from.as_deref().unwrap_or_default();
        let Ok(there) = follow(description, &described.body, path) else {
            return;
        };
        let bases = bases(description);
        let mut seen = HashSet::new();
        let mut open = vec![(slot.kind.clone(), there, place.clone(), 0)];
        while let Some((declared, there, place, depth)) = open.pop() {
            if depth == MAX_DEPTH {
                continue;
            }
            match (declared.inner(), there.inner()) {
                (Type::List(item, _), Type::List(found, _)) => {
                    open.push(((**item).clone(), (**found).clone(), place, depth + 1));
                }
                (Type::Named(name), Type::Named(found)) => {
                    // One of the same name was laid over the document's, and of what others extend it may be any.
                    let known = description.kind(name).is_some()
                        || bases.contains(found)
                        || description.kind(found).is_some_and(|found| found.chooses)
                        || !seen.insert((Arc::clone(name), Arc::clone(found)));
                    let Some(body) = scope.types.get(name).filter(|_| !known) else {
                        continue;
                    };
                    for (field, slot) in &body.fields {
                        let whole = [PathPart::Name(Arc::clone(field))];
                        let path = slot.from.as_deref().unwrap_or(&whole);
                        let place = scope.places.get(&(Arc::clone(name), Arc::clone(field)));
                        let Some(place) = place else {
                            continue;
                        };
                        match follow(description, &there, path) {
                            Ok(found) => {
                                let kind = slot.kind.clone();
                                open.push((kind, found, place.clone(), depth + 1));
                            }
                            Err(_) if slot.default.is_some() || slot.kind.takes_null() => {}
                            Err(missing) => {
                                let meant = did_you_mean(&missing.name, &missing.known);
                                let message = format!(
                                    "the answer of `{}` has no `{}` for `{name}.{field}`{meant}",
                                    described.name, missing.name
                                );
                                let help =
                                    "name it with `from`, or say by `?` that it may be missing";
                                self.error_help(304, &place.clone(), message, help);
                            }
                        }
                    }
                }
                (declared, found) => {
                    if let Some(what) = never(declared, found) {
                        let message = format!(
                            "the answer of `{}` has {what} where `{declared}` is declared",
                            described.name
                        );
                        self.error(542, &place, message);
                    }
                }
            }
        }
    }

    /// Looks for what `query` and `body` name, and the document's operation does not take.
    pub(super) fn prove_request(
        &mut self,
        file: &OperationFile,
        described: &DescribedOperation,
        description: &dyn Description,
    ) {
        let known = described.arguments.iter().map(|argument| &argument.name);
        for (key, _) in file.query.iter().flat_map(|query| &query.value.0) {
            if !known.clone().any(|known| same_name(known, &key.text)) {
                let meant = did_you_mean(&key.text, known.clone());
                let message = format!(
                    "`{}` of {} takes no `{}`{meant}",
                    described.name,
                    description.document(),
                    key.text
                );
                self.diagnostics
                    .push(Diagnostic::warning(541, &key.place, message));
            }
        }
        let body = described
            .arguments
            .iter()
            .find(|argument| &*argument.name == "body");
        if let (Some(body), Some(file)) = (body, &file.body) {
            self.check_member(&file.value.0, &body.slot.kind, description, 0);
        }
    }
}

/// The types that others extend.
pub(super) fn bases(description: &dyn Description) -> HashSet<Arc<str>> {
    let kinds = description.kinds();
    kinds
        .iter()
        .filter_map(|name| description.kind(name)?.base)
        .collect()
}

/// What stands there, where it can never be what is declared.
fn never(declared: &Type, there: &Type) -> Option<&'static str> {
    let structured = match declared {
        Type::List(..) => false,
        Type::Named(_) => true,
        // A text may be the text of anything.
        Type::Scalar(Scalar::String | Scalar::Xml | Scalar::Bytes)
        | Type::Ranged(Scalar::String, _)
        | Type::Words(_)
        | Type::Any
        | Type::Void
        | Type::Hide
        | Type::Nullable(_) => return None,
        Type::Scalar(_) | Type::Ranged(..) => false,
    };
    match there {
        Type::List(..) if !matches!(declared, Type::List(..)) => Some("a list"),
        Type::Named(_) if !structured => Some("an object"),
        Type::Scalar(_) | Type::Ranged(..) | Type::Words(_)
            if structured || matches!(declared, Type::List(..)) =>
        {
            Some("a single value")
        }
        Type::List(..)
        | Type::Named(_)
        | Type::Scalar(_)
        | Type::Ranged(..)
        | Type::Words(_)
        | Type::Nullable(_)
        | Type::Any
        | Type::Void
        | Type::Hide => None,
    }
}
