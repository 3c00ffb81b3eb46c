//! `publish`: operations of a document that are opened under their own names, and operations that take their place.

use std::sync::Arc;

use indexmap::IndexMap;

use super::super::Compiler;
use super::super::backends::KnownBackend;
use super::super::service::Shelf;
use super::glob::{fits, opened};
use crate::description::{DescribedOperation, Description};
use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::expression::{Expression, ExpressionNode, Path};
use crate::file::read::Entry;
use crate::file::yaml::Scalar;
use crate::model::{
    CallRules, FaultRules, HttpKind, HttpStep, Kind, Message, Operation, Plan, RestStep, Roles,
    SoapStep, Step, Target,
};
use crate::tree::Tree;

impl Compiler<'_> {
    /// Adds the operations that `publish` opens and that no operation of the service takes the place of.
    pub(in crate::compile) fn publish(
        &mut self,
        shelf: &Shelf<'_>,
        operations: &mut IndexMap<Arc<str>, Arc<Operation>>,
    ) {
        let Some(Entry { key, value }) = &shelf.file.publish else {
            return;
        };
        let Some((backend, description)) = self.publisher(shelf, key) else {
            return;
        };
        let names = description.operations();
        for glob in value.written() {
            if !names.iter().any(|name| fits(&glob.text, name)) {
                let message = format!(
                    "`publish` has `{}`, and {} has no such operation{}",
                    glob.text,
                    description.document(),
                    did_you_mean(&glob.text, &names)
                );
                self.diagnostics
                    .push(Diagnostic::warning(703, &glob.place, message));
            }
        }
        let written = shelf
            .file
            .operations
            .as_ref()
            .map(|operations| &operations.value);
        let mut closed = false;
        for name in &names {
            let Some(allowed) = opened(value, name) else {
                continue;
            };
            let taken = written.is_some_and(|written| {
                written.0.iter().any(|(own, _)| own.text == *name)
                    || written.1.iter().any(|own| own.text == *name)
            });
            if taken || operations.contains_key(name) {
                continue;
            }
            let Some(allowed) = allowed.or_else(|| shelf.roles.clone()) else {
                closed = true;
                continue;
            };
            let place = Scalar {
                text: Arc::clone(name),
                style: crate::file::yaml::Style::Plain,
                place: key.clone(),
            };
            if let Some(operation) =
                self.described_operation(shelf, &place, allowed, &backend, &*description)
            {
                operations.insert(Arc::clone(name), Arc::new(operation));
            }
        }
        if closed {
            self.error_help(
                601,
                key,
                "nothing says who may call what is published",
                "write `publish: {all: public}`, `roles` at the service, or in `defaults` of the gateway",
            );
        }
    }

    /// `getMarkets:` with nothing behind it: the described operation of this name.
    pub(in crate::compile) fn described_by_name(
        &mut self,
        shelf: &Shelf<'_>,
        name: &Scalar,
    ) -> Option<Operation> {
        let Some(entry) = &shelf.file.backend else {
            self.error_help(
                204,
                &name.place,
                format!(
                    "nothing describes `{}`: the service has no backend",
                    name.text
                ),
                "write `backend: NAME` at the service, or say here what the operation does",
            );
            return None;
        };
        let backend = self.backends.get(&entry.value.text).cloned()?;
        if backend.dialect().is_some() {
            self.error_help(
                204,
                &name.place,
                format!(
                    "nothing describes `{}`: a database has no operations",
                    name.text
                ),
                "say what it does, by `sql`, `value`, `steps` …",
            );
            return None;
        }
        if backend
            .backend
            .http()
            .is_some_and(|http| http.description == HttpKind::Rest)
        {
            self.error_help(
                204,
                &name.place,
                format!(
                    "nothing describes `{}`: `{}` has no document",
                    name.text, backend.backend.name
                ),
                "say what it does: `rest: GET /path`",
            );
            return None;
        }
        let description = self.description(&backend.backend)?;
        let described = description.operation(&name.text);
        if described.is_empty() {
            let known = description.operations();
            let meant = did_you_mean(&name.text, &known);
            let message = format!(
                "{} has no operation `{}`{meant}",
                description.document(),
                name.text
            );
            self.error(203, &name.place, message);
            return None;
        }
        let published = shelf
            .file
            .publish
            .as_ref()
            .and_then(|publish| opened(&publish.value, &name.text))
            .flatten();
        let allowed = published.or_else(|| shelf.roles.clone());
        let Some(allowed) = allowed else {
            self.error_help(
                601,
                &name.place,
                format!("nothing says who may call `{}`", name.text),
                "write `roles` at the service, or in `defaults` of the gateway",
            );
            return None;
        };
        self.described_operation(shelf, name, allowed, &backend, &*description)
    }

    /// What an operation that takes the place of a described one changes.
    pub(in crate::compile) fn check_replaced(
        &mut self,
        shelf: &Shelf<'_>,
        name: &Scalar,
        operation: &Operation,
    ) {
        let Some(publish) = &shelf.file.publish else {
            return;
        };
        if opened(&publish.value, &name.text).is_none() {
            return;
        }
        let Some(backend) = &shelf.file.backend else {
            return;
        };
        let Some(description) = self.descriptions.get(&backend.value.text).cloned() else {
            return;
        };
        let described = description.operation(&name.text);
        let [described] = described.as_slice() else {
            return;
        };
        let list = |names: Vec<&str>| match names.as_slice() {
            [] => "no argument".to_owned(),
            several => format!("`{}`", several.join("`, `")),
        };
        let own: Vec<&str> = operation.arguments.iter().map(|one| &*one.name).collect();
        let theirs: Vec<&str> = described.arguments.iter().map(|one| &*one.name).collect();
        if own != theirs {
            let message = format!(
                "`{}` takes the place of a described operation and has {}; {} has {}",
                name.text,
                list(own),
                description.document(),
                list(theirs)
            );
            self.diagnostics
                .push(Diagnostic::warning(701, &name.place, message));
        }
        let Plan::Step(step) = &operation.plan else {
            return;
        };
        let Some(returns) = &step.returns else {
            return;
        };
        if returns.kind.inner() != described.returns.kind.inner() {
            let message = format!(
                "`{}` takes the place of a described operation that gives `{}`; here it gives `{}`",
                name.text, described.returns.kind, returns.kind
            );
            self.diagnostics
                .push(Diagnostic::warning(702, &name.place, message));
        }
    }

    /// The backend whose operations are published.
    fn publisher(
        &mut self,
        shelf: &Shelf<'_>,
        key: &Place,
    ) -> Option<(KnownBackend, Arc<dyn Description>)> {
        let Some(entry) = &shelf.file.backend else {
            self.error_help(
                204,
                key,
                "`publish` opens operations of a backend, and the service has none",
                "write `backend: NAME` at the service",
            );
            return None;
        };
        // The service has said what is wrong with its backend.
        let backend = self.backends.get(&entry.value.text).cloned()?;
        match backend.backend.http().map(|http| &http.description) {
            None => {
                self.error_help(
                    204,
                    key,
                    "a database describes no operations",
                    "write each, or run `footbridge import sql`",
                );
                None
            }
            Some(HttpKind::Rest) => {
                self.error_help(
                    204,
                    key,
                    format!(
                        "`{}` has no document that describes operations",
                        backend.backend.name
                    ),
                    "write each with `rest: GET /path`, or name a document with `openapi: FILE`",
                );
                None
            }
            Some(HttpKind::OpenApi { .. } | HttpKind::Wsdl(_)) => {
                let description = self.description(&backend.backend)?;
                Some((backend, description))
            }
        }
    }

    /// The operation of a document, as it is described.
    fn described_operation(
        &mut self,
        shelf: &Shelf<'_>,
        name: &Scalar,
        allowed: Roles,
        backend: &KnownBackend,
        description: &dyn Description,
    ) -> Option<Operation> {
        let described = description.operation(&name.text);
        let mut several = Vec::with_capacity(described.len());
        for (overload, one) in described.iter().enumerate() {
            several.push(self.one_described(shelf, name, &allowed, backend, one, overload));
        }
        if let (Some(policy), Some(first)) = (self.policy(shelf, None), several.first()) {
            self.check_policy(&policy, &name.place, &allowed, &first.plan);
        }
        if several.len() < 2 {
            return several.pop();
        }
        let place = name.place.clone();
        Some(Operation {
            name: format!("{}.{}", shelf.name, name.text).into(),
            place,
            arguments: Vec::new(),
            roles: allowed,
            timeout: shelf.timeout,
            plan: Plan::Overloads(several.into_iter().map(Arc::new).collect()),
            faults: self.outer_faults(shelf),
            rules: CallRules::default(),
            scope: Arc::clone(&shelf.scope),
        })
    }

    fn one_described(
        &self,
        shelf: &Shelf<'_>,
        name: &Scalar,
        allowed: &Roles,
        backend: &KnownBackend,
        described: &DescribedOperation,
        overload: usize,
    ) -> Operation {
        let scope = shelf.scope_of(backend);
        let retry = match (described.writes, &shelf.file.retry) {
            (true, _) => 0,
            (false, Some(retry)) => retry.value.value,
            (false, None) => self.defaults.retry,
        };
        let http = HttpStep {
            headers: shelf.headers_to(backend),
            writes: described.writes,
            retry,
            scope: Arc::clone(&scope),
            declared: shelf.declared_of(backend),
            place: name.place.clone(),
            made: crate::model::Made::default(),
        };
        let wsdl = backend
            .backend
            .http()
            .is_some_and(|http| matches!(http.description, HttpKind::Wsdl(_)));
        let kind = if wsdl {
            let members = described
                .arguments
                .iter()
                .map(|argument| {
                    let path = Path {
                        root: Arc::clone(&argument.name),
                        parts: Vec::new(),
                    };
                    let value = Tree::Expression(Expression {
                        node: ExpressionNode::Path(path),
                        span: 0..argument.name.len(),
                    });
                    (Arc::clone(&argument.name), value)
                })
                .collect();
            Kind::Soap(Box::new(SoapStep {
                backend: Arc::clone(&backend.backend),
                operation: Arc::clone(&described.name),
                overload,
                plain: true,
                message: Message::Tree(Tree::Object(members)),
                blocks: shelf
                    .blocks_to(backend)
                    .into_iter()
                    .filter(|(part, _)| described.headers.iter().any(|(known, _)| known == part))
                    .collect(),
                http,
            }))
        } else {
            Kind::Rest(Box::new(RestStep {
                backend: Arc::clone(&backend.backend),
                target: Target::Operation(Arc::clone(&described.name)),
                query: Vec::new(),
                message: Message::Arguments,
                content: None,
                page: None,
                http,
            }))
        };
        let step = Step {
            name: Arc::clone(&name.text),
            place: name.place.clone(),
            each: None,
            when: None,
            require: None,
            kind,
            value: None,
            returns: Some(described.returns.clone()),
            faults: Arc::default(),
            timeout: None,
            delay: std::time::Duration::ZERO,
            retry,
            max_rows: shelf
                .file
                .max_rows
                .as_ref()
                .map(|rows| rows.value.value)
                .or(backend.max_rows)
                .unwrap_or(self.defaults.max_rows),
            zone: shelf.zone(Some(backend), &self.defaults.zone),
        };
        Operation {
            name: format!("{}.{}", shelf.name, name.text).into(),
            place: name.place.clone(),
            arguments: described.arguments.clone(),
            roles: allowed.clone(),
            timeout: shelf.timeout,
            rules: self.described_rules(shelf, &described.arguments, &step.kind),
            plan: Plan::Step(Box::new(step)),
            faults: self.outer_faults(shelf),
            scope,
        }
    }

    fn outer_faults(&self, shelf: &Shelf<'_>) -> Vec<Arc<FaultRules>> {
        vec![Arc::clone(&shelf.faults), Arc::clone(&self.gateway_faults)]
    }
}
