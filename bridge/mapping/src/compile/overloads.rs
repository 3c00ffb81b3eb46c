//! `overloads`: several operations of one name, chosen by number, then types of the arguments.

use std::sync::Arc;

use super::Compiler;
use super::operation::Around;
use super::service::Shelf;
use crate::file::operation::OperationFile;
use crate::file::yaml::Scalar;
use crate::model::{Argument, Operation};
use crate::slot::{self, Type};

impl Compiler<'_> {
    pub(super) fn overloads(
        &mut self,
        shelf: &Shelf<'_>,
        name: &Scalar,
        files: &[OperationFile],
        around: &Around,
    ) -> Option<Vec<Arc<Operation>>> {
        if files.len() < 2 {
            self.error(
                104,
                &name.place,
                "`overloads` are two at least; one stands without them",
            );
        }
        let mut compiled = Vec::with_capacity(files.len());
        for file in files {
            for key in [
                file.roles.as_ref().map(|entry| ("roles", &entry.key)),
                file.also.as_ref().map(|entry| ("also", &entry.key)),
                file.overloads
                    .as_ref()
                    .map(|entry| ("overloads", &entry.key)),
            ]
            .into_iter()
            .flatten()
            {
                self.error(
                    105,
                    key.1,
                    format!("`{}` is of the operation around its `overloads`", key.0),
                );
            }
            if file.overloads.is_none() {
                compiled.push(self.operation(shelf, name, file, Some(around)));
            }
        }
        for (at, later) in compiled.iter().enumerate() {
            for (before, earlier) in compiled[..at].iter().enumerate() {
                let (Some(later), Some(earlier)) = (later, earlier) else {
                    continue;
                };
                if ambiguous(&earlier.arguments, &later.arguments) {
                    let place = files
                        .get(at)
                        .and_then(|file| file.args.as_ref())
                        .map_or(&name.place, |args| &args.key);
                    let message = format!(
                        "one call could mean the {} and the {} of these `overloads`",
                        ordinal(before),
                        ordinal(at)
                    );
                    self.error_help(
                        545,
                        &place.clone(),
                        message,
                        "they must differ in the number of arguments, or in a type that calls can tell apart",
                    );
                }
            }
        }
        compiled
            .into_iter()
            .map(|operation| operation.map(Arc::new))
            .collect()
    }
}

fn ordinal(at: usize) -> String {
    match at {
        0 => "first".into(),
        1 => "second".into(),
        2 => "third".into(),
        at => format!("{}th", at + 1),
    }
}

/// Whether a number of arguments, and values of them, fit both.
fn ambiguous(left: &[Argument], right: &[Argument]) -> bool {
    let least = required(left).max(required(right));
    let most = left.len().min(right.len());
    (least..=most).any(|count| {
        left.iter()
            .zip(right)
            .take(count)
            .all(|(left, right)| overlap(&left.slot.kind, &right.slot.kind))
    })
}

fn required(arguments: &[Argument]) -> usize {
    arguments
        .iter()
        .rposition(|argument| {
            argument.slot.default.is_none() && !matches!(argument.slot.kind, Type::Nullable(_))
        })
        .map_or(0, |last| last + 1)
}

/// What a value on the wire is, as far as choosing goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Text,
    Number,
    /// A decimal comes as a number or a text.
    Exact,
    Bool,
    Date,
    Bytes,
    List,
    Object,
    Anything,
}

fn overlap(left: &Type, right: &Type) -> bool {
    if matches!(left, Type::Nullable(_)) && matches!(right, Type::Nullable(_)) {
        return true;
    }
    if let (Type::Words(left), Type::Words(right)) = (left, right) {
        return left.iter().any(|word| right.contains(word));
    }
    let (left, right) = (family(left), family(right));
    left == right
        || left == Family::Anything
        || right == Family::Anything
        || matches!(
            (left, right),
            (Family::Exact, Family::Number | Family::Text)
                | (Family::Number | Family::Text, Family::Exact)
        )
}

fn family(kind: &Type) -> Family {
    match kind {
        Type::Scalar(scalar) | Type::Ranged(scalar, _) => match scalar {
            slot::Scalar::String | slot::Scalar::Time | slot::Scalar::Secret => Family::Text,
            slot::Scalar::Int | slot::Scalar::Number => Family::Number,
            slot::Scalar::Decimal | slot::Scalar::Long => Family::Exact,
            slot::Scalar::Bool => Family::Bool,
            slot::Scalar::Date | slot::Scalar::Day => Family::Date,
            slot::Scalar::Bytes => Family::Bytes,
            slot::Scalar::Xml => Family::Anything,
        },
        Type::Words(_) => Family::Text,
        Type::Named(_) => Family::Object,
        Type::List(..) => Family::List,
        Type::Nullable(inner) => family(inner),
        Type::Any | Type::Void | Type::Hide => Family::Anything,
    }
}
