//! What SOAP and REST requests share: headers, trees by name, types of arguments by the places they go to.

use std::sync::Arc;

use super::super::Compiler;
use super::super::backends::KnownBackend;
use super::super::names::Names;
use super::super::service::Shelf;
use crate::data::same_name;
use crate::description::{DescribedOperation, Description};
use crate::diagnostic::{Place, did_you_mean};
use crate::expression::{self, Expression, ExpressionNode, Path};
use crate::file::operation::OperationFile;
use crate::file::read::{Named, TreeNode};
use crate::file::yaml::{Node, NodeValue, Scalar};
use crate::model::{Argument, HttpStep};
use crate::slot::{Slot, Type};
use crate::tree::Tree;

impl Compiler<'_> {
    /// Trees by name; an entry with nothing behind it takes the argument or step of its name.
    pub(in crate::compile) fn trees(
        &mut self,
        entries: &Named<TreeNode>,
        names: &Names<'_>,
    ) -> Option<Vec<(Arc<str>, Tree)>> {
        let mut trees = Vec::with_capacity(entries.0.len());
        let mut whole = entries.1.is_empty();
        for (name, value) in &entries.0 {
            let made = if value.0.value == NodeValue::Absent {
                self.named_value(name, names)
            } else {
                self.tree(&value.0, names)
            };
            match made {
                Some(tree) => trees.push((Arc::clone(&name.text), tree)),
                None => whole = false,
            }
        }
        whole.then_some(trees)
    }

    /// `headers` of an operation or a service.
    pub(in crate::compile) fn header_trees(
        &mut self,
        entries: &Named<TreeNode>,
        names: &Names<'_>,
    ) -> Option<Vec<(Arc<str>, Tree)>> {
        let mut right = true;
        for (name, value) in &entries.0 {
            right &= self.header_name(name);
            match &value.0.value {
                NodeValue::Scalar(scalar) => right &= self.header_text(&scalar.text, &scalar.place),
                NodeValue::Absent => {}
                NodeValue::List(_) | NodeValue::Map(_) => {
                    self.error(127, &value.0.place, "a header is one text");
                    right = false;
                }
            }
        }
        let trees = self.trees(entries, names)?;
        right.then_some(trees)
    }

    /// What is said of SOAP and REST steps alike.
    pub(super) fn http_step(
        &mut self,
        shelf: &Shelf<'_>,
        file: &OperationFile,
        names: &Names<'_>,
        backend: &KnownBackend,
        kind: &Scalar,
        reads: bool,
    ) -> Option<HttpStep> {
        let own = match &file.headers {
            Some(headers) => self.header_trees(&headers.value, names)?,
            None => Vec::new(),
        };
        let writes = file
            .writes
            .as_ref()
            .map_or(!reads, |writes| writes.value.value);
        Some(HttpStep {
            headers: together(shelf.headers_to(backend), own, |left, right| {
                left.eq_ignore_ascii_case(right)
            }),
            writes,
            // The step's own, once it is known.
            retry: 0,
            scope: shelf.scope_of(backend),
            declared: shelf.declared_of(backend),
            place: kind.place.clone(),
            made: crate::model::Made::default(),
        })
    }

    /// Arguments, those without a type with that of the place their value goes to.
    pub(in crate::compile) fn place_of_argument(
        &self,
        shelf: &Shelf<'_>,
        file: &OperationFile,
        name: &str,
    ) -> Option<Slot> {
        let described = self.described(shelf, file);
        let backend = self.quiet_backend(shelf, file)?;
        let description = self.descriptions.get(&backend.backend.name)?;
        described
            .iter()
            .find_map(|operation| goes_to(file, operation, &**description, name).map(Slot::of))
    }

    /// Entries of a body that the operation does not have, and those that it wants.
    pub(super) fn check_body(
        &mut self,
        node: &Node,
        operation: &DescribedOperation,
        description: &dyn Description,
    ) -> bool {
        let NodeValue::Map(entries) = &node.value else {
            return true;
        };
        let mut right = true;
        for (key, value) in entries {
            let Some(argument) = find(&operation.arguments, &key.text) else {
                let known = operation.arguments.iter().map(|argument| &argument.name);
                let meant = did_you_mean(&key.text, known);
                let message = format!(
                    "`{}` of {} takes no `{}`{meant}",
                    operation.name,
                    description.document(),
                    key.text
                );
                self.error(541, &key.place, message);
                right = false;
                continue;
            };
            right &= self.check_member(value, &argument.slot.kind, description, 0);
        }
        for argument in &operation.arguments {
            let given = entries
                .iter()
                .any(|(key, _)| same_name(&key.text, &argument.name));
            if !given && !argument.slot.kind.takes_null() && argument.slot.default.is_none() {
                let message = format!(
                    "`{}` wants `{}`, and this gives none",
                    operation.name, argument.name
                );
                self.error(541, &node.place, message);
                right = false;
            }
        }
        right
    }

    pub(super) fn check_member(
        &mut self,
        node: &Node,
        kind: &Type,
        description: &dyn Description,
        depth: usize,
    ) -> bool {
        match (&node.value, kind.inner()) {
            (NodeValue::List(items), Type::List(item, _)) if depth < MAX_DEPTH => {
                let mut right = true;
                for node in items {
                    right &= self.check_member(node, item, description, depth + 1);
                }
                right
            }
            (NodeValue::Map(entries), Type::Named(name)) if depth < MAX_DEPTH => {
                let Some(described) = description.kind(name) else {
                    return true;
                };
                let mut right = true;
                for (key, value) in entries {
                    // `$type` says which of several types is meant.
                    if &*key.text == "$type" {
                        continue;
                    }
                    let found = described
                        .fields
                        .iter()
                        .find(|(field, _)| same_name(field, &key.text));
                    match found {
                        Some((_, kind)) => {
                            right &= self.check_member(value, kind, description, depth + 1);
                        }
                        None if described.open || described.base.is_some() || described.chooses => {
                        }
                        None => {
                            let meant = did_you_mean(&key.text, described.fields.keys());
                            let message = format!(
                                "`{name}` of {} has no field `{}`{meant}",
                                description.document(),
                                key.text
                            );
                            self.error(541, &key.place, message);
                            right = false;
                        }
                    }
                }
                right
            }
            (NodeValue::Map(_), Type::Scalar(_) | Type::Ranged(..) | Type::Words(_)) => {
                self.error(
                    542,
                    &node.place,
                    format!("here stands an object, and `{kind}` is wanted"),
                );
                false
            }
            _ => true,
        }
    }

    /// The arguments and steps that have the names of described arguments, as a body.
    pub(super) fn named_body(
        &mut self,
        operation: &DescribedOperation,
        names: &Names<'_>,
        place: &Place,
    ) -> Option<Vec<(Arc<str>, Tree)>> {
        let mut body = Vec::new();
        let mut whole = true;
        for argument in &operation.arguments {
            if !names.has(&argument.name) {
                if !argument.slot.kind.takes_null() && argument.slot.default.is_none() {
                    let message = format!(
                        "`{}` wants `{}`, and nothing here has this name",
                        operation.name, argument.name
                    );
                    let help = format!("write `body: {{{}: …}}`", argument.name);
                    self.error_help(541, place, message, help);
                    whole = false;
                }
                continue;
            }
            let path = Path {
                root: Arc::clone(&argument.name),
                parts: Vec::new(),
            };
            // Notes that a step is named.
            let _ = names.find(&path);
            body.push((
                Arc::clone(&argument.name),
                Tree::Expression(Expression {
                    node: ExpressionNode::Path(path),
                    span: 0..argument.name.len(),
                }),
            ));
        }
        whole.then_some(body)
    }
}

/// Structures within each other that a body written by hand may have.
const MAX_DEPTH: usize = 32;

/// Entries of a service with those of an operation, which go before it name by name.
pub(super) fn together(
    service: Vec<(Arc<str>, Tree)>,
    own: Vec<(Arc<str>, Tree)>,
    same: impl Fn(&str, &str) -> bool,
) -> Vec<(Arc<str>, Tree)> {
    let mut all: Vec<(Arc<str>, Tree)> = service
        .into_iter()
        .filter(|(name, _)| !own.iter().any(|(known, _)| same(known, name)))
        .collect();
    all.extend(own);
    all
}

fn find<'a>(arguments: &'a [Argument], name: &str) -> Option<&'a Argument> {
    arguments
        .iter()
        .find(|argument| *argument.name == *name)
        .or_else(|| {
            arguments
                .iter()
                .find(|argument| same_name(&argument.name, name))
        })
}

/// The type of the place that an argument's value goes to.
fn goes_to(
    file: &OperationFile,
    operation: &DescribedOperation,
    description: &dyn Description,
    name: &str,
) -> Option<Type> {
    let Some(body) = &file.body else {
        let query = file.query.iter().flat_map(|query| &query.value.0);
        for (key, value) in query {
            if names_it(key, &value.0, name)
                && let Some(argument) = find(&operation.arguments, &key.text)
            {
                return Some(argument.slot.kind.clone());
            }
        }
        return find(&operation.arguments, name).map(|argument| argument.slot.kind.clone());
    };
    let NodeValue::Map(entries) = &body.value.0.value else {
        return None;
    };
    let mut open: Vec<(&Scalar, &Node, Type)> = entries
        .iter()
        .filter_map(|(key, value)| {
            let argument = find(&operation.arguments, &key.text)?;
            Some((key, value, argument.slot.kind.clone()))
        })
        .collect();
    while let Some((key, value, kind)) = open.pop() {
        if names_it(key, value, name) {
            return Some(kind);
        }
        let (NodeValue::Map(entries), Type::Named(of)) = (&value.value, kind.inner()) else {
            continue;
        };
        let Some(described) = description.kind(of) else {
            continue;
        };
        for (key, value) in entries {
            let found = described
                .fields
                .iter()
                .find(|(field, _)| same_name(field, &key.text));
            if let Some((_, kind)) = found {
                open.push((key, value, kind.clone()));
            }
        }
    }
    None
}

/// Whether an entry is just this argument: `{delayed}`, `symbol: =ticker`, `x: =ticker ?? 'a'`.
fn names_it(key: &Scalar, value: &Node, name: &str) -> bool {
    match &value.value {
        NodeValue::Absent => *key.text == *name,
        NodeValue::Scalar(scalar) => scalar
            .text
            .strip_prefix('=')
            .and_then(|text| expression::parse(text).ok())
            .is_some_and(|parsed| match &parsed.node {
                ExpressionNode::Path(path) => path.parts.is_empty() && *path.root == *name,
                _ => false,
            }),
        NodeValue::List(_) | NodeValue::Map(_) => false,
    }
}
