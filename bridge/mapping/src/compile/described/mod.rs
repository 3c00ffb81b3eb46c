//! What only a database can tell: whether a text prepares, whether its columns fit the reply's type, what a procedure takes.

use std::sync::Arc;

use crate::model::{Kind, Login, Mapping, Operation, Plan, ProcedureStep, SqlStep, Step};

mod bound;
mod procedure;
mod statement;

/// One statement of a mapping.
#[derive(Clone, Copy, Debug)]
pub struct StatementOf<'m> {
    /// The operation in which it stands.
    pub operation: &'m Operation,
    /// Its step.
    pub step: &'m Step,
    /// The statement.
    pub sql: &'m SqlStep,
}

/// One stored procedure that a mapping calls.
#[derive(Clone, Copy, Debug)]
pub struct ProcedureOf<'m> {
    /// The operation in which it stands.
    pub operation: &'m Operation,
    /// Its step.
    pub step: &'m Step,
    /// The call.
    pub procedure: &'m ProcedureStep,
}

/// A parameter of a procedure, as the database's catalogue has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter<'p> {
    /// Its name.
    pub name: &'p str,
    /// Whether a value goes in.
    pub goes_in: bool,
    /// Whether a call must give one.
    pub needed: bool,
}

/// Why a database refuses a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What it says, in one line.
    pub message: String,
    /// Where in the text, in bytes, if it says so.
    pub position: Option<usize>,
}

/// All statements of a mapping, in the order written; those of an operation with several names come once.
pub fn statements(mapping: &Mapping) -> Vec<StatementOf<'_>> {
    let mut found = Vec::new();
    for operation in operations(mapping) {
        of_operation(operation, &mut found);
    }
    for login in &mapping.gateway.login {
        match login {
            Login::Sql(sql) => {
                of_operation(&sql.operation, &mut found);
                if let Some(rehash) = &sql.rehash {
                    of_operation(rehash, &mut found);
                }
            }
            Login::Users(_) | Login::Call(_) | Login::Jwt(_) => {}
        }
    }
    found
}

/// All stored procedures of a mapping, in the order written.
pub fn procedures(mapping: &Mapping) -> Vec<ProcedureOf<'_>> {
    let mut steps = Vec::new();
    for operation in operations(mapping) {
        steps_of(operation, &mut steps);
    }
    let mut found = Vec::new();
    for (operation, step) in steps {
        if let Kind::Procedure(procedure) = &step.kind {
            found.push(ProcedureOf {
                operation,
                step,
                procedure,
            });
        }
    }
    found
}

/// All statements of one operation.
pub fn of_operation<'m>(operation: &'m Operation, found: &mut Vec<StatementOf<'m>>) {
    let mut steps = Vec::new();
    steps_of(operation, &mut steps);
    for (operation, step) in steps {
        if let Kind::Sql(sql) = &step.kind {
            found.push(StatementOf {
                operation,
                step,
                sql,
            });
        }
    }
}

/// The operations of all services, each once, whatever it is called.
fn operations(mapping: &Mapping) -> Vec<&Operation> {
    let mut found = Vec::new();
    for service in &mapping.services {
        let mut seen: Vec<*const Operation> = Vec::new();
        for operation in service.operations.values() {
            if seen.contains(&Arc::as_ptr(operation)) {
                continue;
            }
            seen.push(Arc::as_ptr(operation));
            found.push(&**operation);
        }
    }
    found
}

/// All steps of an operation, those within others too, in the order written.
fn steps_of<'m>(operation: &'m Operation, found: &mut Vec<(&'m Operation, &'m Step)>) {
    match &operation.plan {
        Plan::Step(step) => steps_in(operation, step, found),
        Plan::Overloads(overloads) => {
            for overload in overloads {
                steps_of(overload, found);
            }
        }
    }
}

fn steps_in<'m>(
    operation: &'m Operation,
    step: &'m Step,
    found: &mut Vec<(&'m Operation, &'m Step)>,
) {
    found.push((operation, step));
    let inner = match &step.kind {
        Kind::Steps(steps) => &steps.steps,
        Kind::Transaction { steps, .. } => steps,
        Kind::Sql(_)
        | Kind::Procedure(_)
        | Kind::Soap(_)
        | Kind::Rest(_)
        | Kind::Proxy(_)
        | Kind::Value(_)
        | Kind::ValueFile(_)
        | Kind::Fault(_)
        | Kind::Operation { .. } => return,
    };
    for step in inner {
        steps_in(operation, step, found);
    }
}
