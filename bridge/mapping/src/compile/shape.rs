//! Types of replies: that they exist, and whether a `value` can be what `returns` says: lists where lists are wanted, all fields that a type needs.

use std::sync::Arc;

use super::Compiler;
use super::names::{self, Names};
use super::service::Shelf;
use crate::data::{Data, same_name};
use crate::diagnostic::{Diagnostic, did_you_mean, suggestion};
use crate::expression;
use crate::file::read::Parsed;
use crate::file::yaml::{Node, NodeValue, Scalar};
use crate::model::TypeScope;
use crate::slot::{self, PathPart, Slot, Type};

/// What a value is made of, as far as it is known before it is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Single,
    List,
    Object,
}

impl Compiler<'_> {
    /// Types that the reply names.
    pub(super) fn check_returns(&mut self, shelf: &Shelf<'_>, returns: &Parsed<Slot>, rows: bool) {
        if matches!(returns.value.kind, Type::Hide) {
            self.error(
                341,
                &returns.scalar.place,
                "`hide` is for fields; write `void` for no reply",
            );
        }
        if names::scalar(&returns.value.kind) == Some(slot::Scalar::Secret) {
            self.error(
                341,
                &returns.scalar.place,
                "a `secret` only comes in; nothing gives it back",
            );
        }
        if !rows {
            self.check_slot(returns, &shelf.known);
            return;
        }
        // Columns describe what no file declares; a name so near to a declared one is likely a slip all the same.
        let mut names = Vec::new();
        super::types::named(&returns.value.kind, &mut names);
        for name in names
            .into_iter()
            .filter(|name| !shelf.declared.contains(name))
        {
            let meant = did_you_mean(
                &name,
                shelf.declared.iter().filter(|known| near(known, &name)),
            );
            if !meant.is_empty() {
                self.diagnostics.push(Diagnostic::warning(
                    302,
                    &returns.scalar.place,
                    format!("no type is named `{name}`, so its fields are the columns{meant}"),
                ));
            }
        }
    }

    /// Compares a tree with the type that it must have. Names have been checked already.
    pub(super) fn check_shape(
        &mut self,
        node: &Node,
        kind: &Type,
        names: &Names<'_>,
        scope: &TypeScope,
    ) {
        let inner = kind.inner();
        match &node.value {
            NodeValue::Absent => {}
            NodeValue::Scalar(scalar) => self.check_scalar(scalar, inner, names),
            NodeValue::List(items) => match inner {
                Type::List(item, _) => {
                    for node in items {
                        self.check_shape(node, item, names, scope);
                    }
                }
                Type::Any | Type::Void | Type::Hide => {}
                Type::Scalar(_)
                | Type::Ranged(..)
                | Type::Words(_)
                | Type::Named(_)
                | Type::Nullable(_) => {
                    self.error(
                        542,
                        &node.place,
                        format!("here stands a list, and `{kind}` is wanted"),
                    );
                }
            },
            NodeValue::Map(entries) => match inner {
                Type::Named(name) => self.check_object(node, entries, name, names, scope),
                Type::Any | Type::Void | Type::Hide => {}
                Type::Scalar(_)
                | Type::Ranged(..)
                | Type::Words(_)
                | Type::List(..)
                | Type::Nullable(_) => {
                    self.error(
                        542,
                        &node.place,
                        format!("here stands an object, and `{kind}` is wanted"),
                    );
                }
            },
        }
    }

    fn check_object(
        &mut self,
        node: &Node,
        entries: &[(Scalar, Node)],
        name: &Arc<str>,
        names: &Names<'_>,
        scope: &TypeScope,
    ) {
        let Some(body) = scope.types.get(name) else {
            return;
        };
        for (field, slot) in &body.fields {
            match entries.iter().find(|(key, _)| fits(&key.text, field, slot)) {
                // Deeper paths lead into what the entry gives.
                Some((_, value)) if slot.from.as_ref().is_none_or(|path| path.len() == 1) => {
                    self.check_shape(value, &slot.kind, names, scope);
                }
                Some(_) => {}
                None if slot.default.is_some()
                    || matches!(slot.kind, Type::Nullable(_) | Type::Hide) => {}
                None => {
                    let strangers = entries.iter().map(|(key, _)| &key.text).filter(|key| {
                        !body
                            .fields
                            .iter()
                            .any(|(field, slot)| fits(key, field, slot))
                    });
                    let help = match suggestion(field, strangers) {
                        Some(near) => format!("is `{near}` meant to be `{field}`?"),
                        None => format!("add `{field}: …`, or let it be absent: `{field}: TYPE?`"),
                    };
                    let message = format!("`{name}` has a field `{field}`, and this gives none");
                    self.error_help(543, &node.place, message, help);
                }
            }
        }
    }

    fn check_scalar(&mut self, scalar: &Scalar, kind: &Type, names: &Names<'_>) {
        let text = &*scalar.text;
        let Some(wanted) = form(kind) else {
            return;
        };
        if let Some(rest) = text.strip_prefix('=')
            && !rest.starts_with('=')
        {
            let Ok(parsed) = expression::parse(rest) else {
                return;
            };
            let Ok(given) = expression::check(&parsed, names) else {
                return;
            };
            if form(given.inner()).is_some_and(|form| form != wanted) {
                self.error(
                    542,
                    &scalar.place,
                    format!("this is `{given}`, and `{kind}` is wanted"),
                );
            }
            return;
        }
        let constant = super::tree::plain(scalar);
        if constant != Data::Null && wanted != Form::Single {
            self.error(
                542,
                &scalar.place,
                format!("this is a single value, and `{kind}` is wanted"),
            );
        } else if let Type::Scalar(wanted) = kind
            && never(&constant, *wanted)
        {
            self.error(542, &scalar.place, format!("`{text}` is no {kind}"));
        }
    }
}

/// Whether an entry of an object is meant for a field: by `from`, else by its name.
fn fits(key: &str, field: &str, slot: &Slot) -> bool {
    match slot.from.as_deref() {
        Some([PathPart::Name(name), ..]) => same_name(name, key),
        Some(_) => true,
        None => same_name(field, key),
    }
}

fn form(kind: &Type) -> Option<Form> {
    match kind {
        Type::Scalar(slot::Scalar::Xml) | Type::Any | Type::Void | Type::Hide => None,
        Type::Scalar(_) | Type::Ranged(..) | Type::Words(_) => Some(Form::Single),
        Type::Named(_) => Some(Form::Object),
        Type::List(..) => Some(Form::List),
        Type::Nullable(inner) => form(inner),
    }
}

/// A constant that can never be converted.
fn never(constant: &Data, wanted: slot::Scalar) -> bool {
    match (constant, wanted) {
        (
            Data::Text(text),
            slot::Scalar::Int | slot::Scalar::Long | slot::Scalar::Number | slot::Scalar::Decimal,
        ) => text.trim().parse::<f64>().is_err(),
        _ => false,
    }
}

/// Names that differ by one letter of the same case are taken for two names; by case or two swapped letters not.
fn near(known: &str, name: &str) -> bool {
    let same_letters = |text: &str| {
        let mut letters: Vec<char> = text.to_lowercase().chars().collect();
        letters.sort_unstable();
        letters
    };
    same_letters(known) == same_letters(name)
        || known.len() == name.len() + 1 && !known.ends_with('s')
}
