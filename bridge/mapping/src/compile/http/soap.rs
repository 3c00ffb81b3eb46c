//! `soap` and the keys that belong to it.

use std::sync::Arc;

use super::super::Compiler;
use super::super::backends::KnownBackend;
use super::super::names::Names;
use super::super::service::Shelf;
use super::request::together;
use crate::description::{DescribedOperation, Description};
use crate::diagnostic::did_you_mean;
use crate::file::operation::OperationFile;
use crate::file::yaml::{NodeValue, Scalar};
use crate::model::{HttpKind, Message, SoapStep};
use crate::slot::{Slot, Type};
use crate::template::Escape;
use crate::tree::Tree;

impl Compiler<'_> {
    /// The kind `soap`, and what its reply is.
    pub(in crate::compile) fn soap(
        &mut self,
        shelf: &Shelf<'_>,
        file: &OperationFile,
        operation: &Scalar,
        names: &Names<'_>,
        backend: &KnownBackend,
    ) -> Option<(SoapStep, Option<Slot>)> {
        let is_wsdl = backend
            .backend
            .http()
            .is_some_and(|http| matches!(http.description, HttpKind::Wsdl(_)));
        if !is_wsdl {
            let message = format!(
                "`{}` is {}; `soap` needs a backend of kind wsdl",
                backend.backend.name,
                backend.what()
            );
            self.error(202, &operation.place, message);
            return None;
        }
        // What is wrong with the document has been told where the backend stands.
        let description = self.description(&backend.backend)?;
        let described = description.operation(&operation.text);
        if described.is_empty() {
            let known = description.operations();
            let meant = did_you_mean(&operation.text, &known);
            let message = format!(
                "{} has no operation `{}`{meant}",
                description.document(),
                operation.text
            );
            let help = if meant.is_empty() && known.len() <= 12 {
                format!(
                    "it has `{}`",
                    known
                        .iter()
                        .map(AsRef::as_ref)
                        .collect::<Vec<&str>>()
                        .join("`, `")
                )
            } else {
                String::new()
            };
            self.error_help(203, &operation.place, message, help);
            return None;
        }
        let overload = self.overload(file, &described, names);
        let chosen = described.get(overload)?;
        let message = self.soap_message(file, operation, chosen, &*description, names);
        let own = match &file.soap_headers {
            Some(headers) => {
                let mut right = true;
                for (part, _) in &headers.value.0 {
                    if !chosen.headers.iter().any(|(known, _)| *known == part.text) {
                        let parts = chosen.headers.iter().map(|(name, _)| name);
                        let meant = did_you_mean(&part.text, parts);
                        let message = format!(
                            "`{}` of {} has no header part `{}`{meant}",
                            chosen.name,
                            description.document(),
                            part.text
                        );
                        self.error(541, &part.place, message);
                        right = false;
                    }
                }
                self.trees(&headers.value, names).filter(|_| right)
            }
            None => Some(Vec::new()),
        };
        let http = self.http_step(shelf, file, names, backend, operation, false);
        let returns = match (&file.returns, &file.value) {
            (Some(returns), None) => Some(self.placed(
                &returns.value.value,
                &returns.value.scalar.place,
                chosen,
                &*description,
            )?),
            (Some(returns), Some(_)) => Some(returns.value.value.clone()),
            (None, Some(_)) => None,
            (None, None) => Some(chosen.returns.clone()),
        };
        let plain = match (&file.returns, &file.value) {
            (None, None) => true,
            (Some(_), None) => returns
                .as_ref()
                .is_some_and(|slot| alike(slot, &chosen.returns)),
            (_, Some(_)) => false,
        };
        // Parts that the operation has: a service says its own for all of them.
        let blocks = shelf
            .blocks_to(backend)
            .into_iter()
            .filter(|(part, _)| chosen.headers.iter().any(|(known, _)| known == part))
            .collect();
        let step = SoapStep {
            backend: Arc::clone(&backend.backend),
            operation: Arc::clone(&chosen.name),
            overload,
            plain,
            message: message?,
            blocks: together(blocks, own?, |left, right| left == right),
            http: http?,
        };
        Some((step, returns))
    }

    fn soap_message(
        &mut self,
        file: &OperationFile,
        operation: &Scalar,
        chosen: &DescribedOperation,
        description: &dyn Description,
        names: &Names<'_>,
    ) -> Option<Message> {
        if let (Some(template), Some(body)) = (&file.template, &file.body) {
            let line = self.line(&template.key, &body.key);
            self.error(
                105,
                &template.key,
                format!("the message is written once: `body` stands in {line}"),
            );
            return None;
        }
        if let Some(template) = &file.template {
            return self
                .template(&template.value, Escape::Xml, names)
                .map(Message::Template);
        }
        let Some(body) = &file.body else {
            return self
                .named_body(chosen, names, &operation.place)
                .map(|members| Message::Tree(Tree::Object(members)));
        };
        let node = &body.value.0;
        if matches!(&node.value, NodeValue::List(_)) {
            self.error(
                542,
                &node.place,
                "the inside of a wrapper has names: write `body: {name: …}`",
            );
            return None;
        }
        let right = self.check_body(node, chosen, description);
        self.tree(node, names).filter(|_| right).map(Message::Tree)
    }

    /// Which of several operations of one name is meant: the one that takes what is given.
    fn overload(
        &self,
        file: &OperationFile,
        described: &[DescribedOperation],
        names: &Names<'_>,
    ) -> usize {
        if described.len() < 2 {
            return 0;
        }
        let given: Vec<Arc<str>> = match &file.body {
            Some(body) => match &body.value.0.value {
                NodeValue::Map(entries) => entries
                    .iter()
                    .map(|(key, _)| Arc::clone(&key.text))
                    .collect(),
                NodeValue::Absent | NodeValue::Scalar(_) | NodeValue::List(_) => Vec::new(),
            },
            None => names.arguments(),
        };
        described
            .iter()
            .position(|operation| {
                operation.arguments.len() == given.len()
                    && operation
                        .arguments
                        .iter()
                        .all(|argument| given.contains(&argument.name))
            })
            .unwrap_or(0)
    }
}

/// Whether a written reply says nothing that the description does not say.
fn alike(written: &Slot, described: &Slot) -> bool {
    fn bare(kind: &Type) -> &Type {
        match kind {
            Type::Nullable(inner) => bare(inner),
            kind => kind,
        }
    }
    let nullable = |kind: &Type| matches!(kind, Type::Nullable(_));
    written.from == described.from
        && written.zone.is_none()
        && written.shape.is_none()
        && written.null_as.is_none()
        && written.default.is_none()
        && matches!(bare(&written.kind), Type::Named(_) | Type::List(..))
        && bare(&written.kind) == bare(&described.kind)
        // A null that the document allows and the mapping does not has to be seen.
        && (nullable(&written.kind) || !nullable(&described.kind))
}
