//! One operation: who may call it, with what, and what becomes of its faults.

use std::sync::Arc;
use std::time::Duration;

use super::Compiler;
use super::names::{Names, is_name, reserved};
use super::service::{Shelf, roles};
use super::step::Position;
use crate::file::operation::OperationFile;
use crate::file::read::{Named, Parsed, Perhaps};
use crate::file::yaml::Scalar;
use crate::model::{Argument, FaultRules, Kind, Operation, Plan, Roles};
use crate::slot::{Slot, Type};

/// What an overload takes from the operation around it.
pub(super) struct Around {
    pub(super) roles: Option<Roles>,
    pub(super) timeout: Option<Duration>,
    pub(super) faults: Option<Arc<FaultRules>>,
}

impl Compiler<'_> {
    /// One operation of a service, or one of several `overloads`.
    pub(super) fn operation(
        &mut self,
        shelf: &Shelf<'_>,
        name: &Scalar,
        file: &OperationFile,
        around: Option<&Around>,
    ) -> Option<Operation> {
        let place = name.place.clone();
        let own_roles = file.roles.as_ref().map(|entry| roles(&entry.value));
        let allowed = own_roles
            .or_else(|| around.and_then(|around| around.roles.clone()))
            .or_else(|| shelf.roles.clone());
        if allowed.is_none() {
            self.error_help(
                601,
                &place,
                format!("nothing says who may call `{}`", name.text),
                "write `roles` here, at the service, or in `defaults` of the gateway",
            );
        }
        self.time(file.timeout.as_ref());
        let own_timeout = file.timeout.as_ref().map(|timeout| timeout.value.value);
        let timeout = own_timeout
            .or_else(|| around.and_then(|around| around.timeout))
            .unwrap_or(shelf.timeout);
        // Beside `each` it is said of one run.
        let timeout = match file.each {
            Some(_) => timeout.max(shelf.timeout),
            None => timeout,
        };
        let full_name: Arc<str> = format!("{}.{}", shelf.name, name.text).into();
        let empty = Named::default();
        let args = file.args.as_ref().map_or(&empty, |args| &args.value);
        let arguments = self.arguments(shelf, file, args);
        let mut names = Names::new(&shelf.scope);
        for broken in &args.1 {
            names.item(Arc::clone(&broken.text), None, broken.place.clone());
        }
        for argument in &arguments {
            let key = args.0.iter().find(|(key, _)| key.text == argument.name);
            names.argument(
                Arc::clone(&argument.name),
                &argument.slot,
                key.map_or_else(|| place.clone(), |(key, _)| key.place.clone()),
            );
        }

        let outer = self.policy.clone();
        if around.is_none() || file.rows.is_some() {
            self.policy = self.policy(shelf, Some(file));
        }
        let policy = self.policy.clone();
        let (plan, own_faults, scope) = if let Some(overloads) = &file.overloads {
            self.belongings(file, "overloads", Position::Operation);
            let own = file
                .faults
                .as_ref()
                .map(|faults| Arc::new(self.fault_rules(&faults.value, &names.with_fault())));
            let around = Around {
                roles: allowed.clone(),
                timeout: Some(timeout),
                faults: own.clone(),
            };
            let several = self.overloads(shelf, name, &overloads.value.0, &around);
            (several.map(Plan::Overloads), own, Arc::clone(&shelf.scope))
        } else {
            self.once = file.once.is_some();
            let step = self.step(shelf, name, file, &names, Position::Operation);
            self.once = false;
            let own = self.operation_faults(shelf, file, &names);
            let scope = match &step {
                Some(step) => match &step.kind {
                    Kind::Sql(sql) => Arc::clone(&sql.scope),
                    Kind::Procedure(procedure) => Arc::clone(&procedure.scope),
                    Kind::Soap(soap) => Arc::clone(&soap.http.scope),
                    Kind::Rest(rest) => Arc::clone(&rest.http.scope),
                    Kind::Proxy(_)
                    | Kind::Value(_)
                    | Kind::ValueFile(_)
                    | Kind::Fault(_)
                    | Kind::Operation { .. }
                    | Kind::Steps(_)
                    | Kind::Transaction { .. } => Arc::clone(&shelf.scope),
                },
                None => Arc::clone(&shelf.scope),
            };
            (step.map(|step| Plan::Step(Box::new(step))), own, scope)
        };
        self.policy = outer;
        if let (Some(policy), Some(allowed), Some(plan)) = (&policy, &allowed, &plan) {
            self.check_policy(policy, &place, allowed, plan);
        }
        let rules = self.call_rules(shelf, file, &arguments, &names, plan.as_ref());
        self.check_null_rules(
            file.faults.as_ref().filter(|_| file.each.is_none()),
            file.returns.as_ref().map(|entry| &entry.value),
        );
        let faults = own_faults
            .into_iter()
            .chain(around.and_then(|around| around.faults.clone()))
            .chain([Arc::clone(&shelf.faults), Arc::clone(&self.gateway_faults)])
            .collect();
        Some(Operation {
            name: full_name,
            place,
            arguments,
            roles: allowed?,
            timeout,
            plan: plan?,
            faults,
            rules,
            scope,
        })
    }

    fn operation_faults(
        &mut self,
        shelf: &Shelf<'_>,
        file: &OperationFile,
        names: &Names<'_>,
    ) -> Option<Arc<FaultRules>> {
        let faults = file.faults.as_ref()?;
        if file.each.is_some() {
            // They are said of one run, and stand at the step.
            return None;
        }
        let inner = self.inner_names(shelf, file, names);
        Some(Arc::new(
            self.fault_rules(&faults.value, &inner.with_fault()),
        ))
    }

    fn arguments(
        &mut self,
        shelf: &Shelf<'_>,
        file: &OperationFile,
        args: &Named<Perhaps<Parsed<Slot>>>,
    ) -> Vec<Argument> {
        // What nobody writes is what the description says.
        if file.args.is_none() && file.body.is_none() && file.template.is_none() {
            let described = self.described(shelf, file).into_iter().next();
            return described.map_or_else(Vec::new, |described| described.arguments);
        }
        let mut arguments = Vec::with_capacity(args.0.len());
        for (name, Perhaps(slot)) in &args.0 {
            self.check_name(name, "an argument");
            let Some(slot) = slot else {
                let slot = self.place_of_argument(shelf, file, &name.text);
                if slot.is_none() && !self.document_is_missing(shelf, file) {
                    self.error_help(
                        116,
                        &name.place,
                        format!("nothing describes where `{}` goes to", name.text),
                        format!("write its type: `{}: string`", name.text),
                    );
                }
                arguments.push(Argument {
                    name: Arc::clone(&name.text),
                    slot: slot.unwrap_or_else(|| Slot::of(Type::Any)),
                });
                continue;
            };
            self.check_slot(slot, &shelf.known);
            match slot.value.kind {
                Type::Void | Type::Hide => self.error(
                    341,
                    &slot.scalar.place,
                    format!("`{}` is no type of an argument", slot.value.kind),
                ),
                Type::Scalar(_)
                | Type::Ranged(..)
                | Type::Words(_)
                | Type::Named(_)
                | Type::List(..)
                | Type::Nullable(_)
                | Type::Any => {}
            }
            arguments.push(Argument {
                name: Arc::clone(&name.text),
                slot: slot.value.clone(),
            });
        }
        arguments
    }

    /// Whether an expression can name it.
    pub(super) fn check_name(&mut self, name: &Scalar, what: &str) {
        if reserved(&name.text) {
            self.error(
                111,
                &name.place,
                format!(
                    "`{}` has a meaning of its own in expressions, so {what} needs another name",
                    name.text
                ),
            );
        } else if !is_name(&name.text) {
            self.error(
                113,
                &name.place,
                format!(
                    "`{}` cannot be named in an expression; {what} has letters, digits, `_`, `$` and `-`",
                    name.text
                ),
            );
        }
    }

    /// A name that stands already in the same flat scope.
    pub(super) fn check_shadow(&mut self, name: &Scalar, names: &Names<'_>) {
        if let Some(first) = names.place(&name.text).cloned() {
            let message = format!(
                "`{}` stands already in {}; arguments and steps share one scope",
                name.text,
                self.line(&name.place, &first)
            );
            self.error(106, &name.place, message);
        }
    }
}
