//! Logins by `rest` and `soap`: what is asked, and what in the reply says that the caller is known.

use std::sync::Arc;

use super::Compiler;
use super::login::{SECRET, TEXT, arguments, scalar};
use super::names::Names;
use super::service::Shelf;
use crate::data::same_name;
use crate::diagnostic::Place;
use crate::expression::{self, Expression, ExpressionNode, Part, Path};
use crate::file::login::LoginFile;
use crate::file::operation::OperationFile;
use crate::file::read::{Entry, Parsed};
use crate::file::words::Condition;
use crate::model::{Argument, FaultRule, FaultRules, Operation, Plan, ServiceLogin};
use crate::slot::{Slot, Type};
use crate::text::{Text, TextPart};
use crate::tree::Tree;

impl Compiler<'_> {
    /// A service that is asked.
    pub(super) fn service_login(
        &mut self,
        file: &LoginFile,
        kind: &str,
        place: &Place,
    ) -> Option<ServiceLogin> {
        let any = || Entry {
            key: place.clone(),
            value: Parsed {
                scalar: scalar(place, "any"),
                value: Slot::of(Type::Any),
            },
        };
        let described = file
            .rest
            .as_ref()
            .is_none_or(|rest| !rest.value.text.contains(' '));
        let returns = file
            .returns
            .clone()
            .or_else(|| (!described && file.identity.is_none()).then(any));
        let body = OperationFile {
            rest: file.rest.clone(),
            soap: file.soap.clone(),
            query: file.query.clone(),
            headers: file.headers.clone(),
            soap_headers: file.soap_headers.clone(),
            body: file.body.clone(),
            content: file.content.clone(),
            template: file.template.clone(),
            timeout: file.timeout.clone(),
            returns,
            value: file.identity.clone(),
            args: Some(arguments(place, &[("name", TEXT), ("password", SECRET)])),
            ..OperationFile::default()
        };
        let operation = self.of_gateway(file, kind, place, &body)?;
        self.check_proof(file, &operation);
        Some(ServiceLogin {
            operation: Arc::new(operation),
            requires: file.require.is_some(),
        })
    }

    /// That it takes the service to say that a caller is known: a reply that came is no proof, for many services say what is
    /// wrong in a good reply.
    fn check_proof(&mut self, file: &LoginFile, operation: &Operation) {
        const HELP: &str =
            "write `require: reply.body.ok`, or whatever the service says of those whom it knows";
        if let Some(require) = &file.require {
            if !asks_reply(&require.value.value.0) {
                self.error_help(
                    613,
                    &require.key,
                    "`require` does not look at the reply, so it knows whoever comes",
                    HELP,
                );
            }
            return;
        }
        let (Some(identity), Plan::Step(step)) = (&file.identity, &operation.plan) else {
            return;
        };
        let Some(Tree::Object(members)) = &step.value else {
            return;
        };
        let id = members.iter().find(|(name, _)| same_name(name, "id"));
        if !id.is_some_and(|(_, id)| is_of_reply(id)) {
            self.error_help(
                613,
                &identity.key,
                "the `id` of `identity` is not the service's, so whoever comes is known",
                HELP,
            );
        }
    }

    /// What becomes of a good reply that `require` does not let pass. Faults of the service are none of its business.
    pub(super) fn refusal(
        &mut self,
        shelf: &Shelf<'_>,
        body: &OperationFile,
        arguments: &[Argument],
        require: &Entry<Parsed<Condition>>,
    ) -> Option<FaultRules> {
        let mut names = Names::new(&shelf.scope);
        for argument in arguments {
            names.argument(
                Arc::clone(&argument.name),
                &argument.slot,
                require.key.clone(),
            );
        }
        let inner = self.inner_names(shelf, body, &names);
        let condition = self.condition(&require.value, 0, &inner)?;
        let of = |node| Expression {
            node,
            span: condition.span.clone(),
        };
        let code = of(ExpressionNode::Path(Path {
            root: "fault".into(),
            parts: vec![Part::Name("code".into())],
        }));
        let good = of(ExpressionNode::Given(Box::new(code), true));
        let lacks = of(ExpressionNode::Not(Box::new(condition.clone())));
        let refused = FaultRule::Fault {
            code: "Client.Authentication".into(),
            message: Text {
                parts: vec![TextPart::Literal("the service does not say so".into())],
            },
            detail: None,
            data: None,
        };
        Some(FaultRules {
            conditions: vec![(of(ExpressionNode::And(vec![good, lacks])), refused)],
            words: Vec::new(),
        })
    }
}

/// Whether a value comes from the reply.
fn is_of_reply(tree: &Tree) -> bool {
    match tree {
        Tree::Constant(_) => false,
        Tree::Expression(expression) => asks_reply(expression),
        Tree::List(items) => items.iter().any(is_of_reply),
        Tree::Object(members) => members.iter().any(|(_, member)| is_of_reply(member)),
    }
}

fn asks_reply(expression: &Expression) -> bool {
    let named = expression::names(expression);
    named.iter().any(|(root, _)| *root == "reply")
}
