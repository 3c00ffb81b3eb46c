//! `rows`: which rows a caller sees, and that no operation forgets it.
//!
//! A condition stands around each query where it can. What it cannot stand around must name the same values of `identity` where
//! they choose what is done, be open to roles that see all alone, or say `rows: all`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Compiler;
use super::names::Names;
use super::service::Shelf;
use crate::diagnostic::Place;
use crate::expression::{self, Expression, Part, Path};
use crate::file::operation::OperationFile;
use crate::file::rows::RowsFile;
use crate::file::yaml::Scalar;
use crate::model::{Kind, Message, Piece, Plan, Roles, Step, Target};
use crate::statement::{
    self, Dialect, Filtered, RowRule, Statement, StatementNames, TokenKind, Unfiltered,
};
use crate::tree::Tree;

/// The policy of the operation that is compiled.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    key: Place,
    rules: Vec<(Scalar, Scalar)>,
}

impl Policy {
    /// `None` for `all`, which is no policy.
    fn of(file: &RowsFile, key: &Place) -> Option<Self> {
        match file {
            RowsFile::All => None,
            RowsFile::Roles(roles) => Some(Self {
                key: key.clone(),
                rules: roles.0.clone(),
            }),
        }
    }

    fn conditions(&self) -> impl Iterator<Item = (&Scalar, &Scalar)> {
        self.rules
            .iter()
            .filter(|(_, condition)| !sees_all(condition))
            .map(|(role, condition)| (role, condition))
    }

    /// Conditions of roles that may call; of all where nobody can say who calls.
    fn of_callers(&self, roles: &Roles) -> Vec<&Scalar> {
        self.conditions()
            .filter(|(role, _)| match roles {
                Roles::Named(allowed) => {
                    allowed.contains(&role.text) || matches!(&*role.text, "users" | "public")
                }
                Roles::Public | Roles::Users | Roles::Internal => true,
            })
            .map(|(_, condition)| condition)
            .collect()
    }

    fn has(&self, role: &str) -> bool {
        self.rules.iter().any(|(known, _)| &*known.text == role)
    }
}

fn sees_all(condition: &Scalar) -> bool {
    &*condition.text == "all"
}

impl Compiler<'_> {
    /// The nearest `rows`, where it says more than `all`.
    pub(super) fn policy(&self, shelf: &Shelf<'_>, file: Option<&OperationFile>) -> Option<Policy> {
        let own = file.and_then(|file| file.rows.as_ref());
        let rows = own.or(shelf.file.rows.as_ref())?;
        Policy::of(&rows.value, &rows.key)
    }

    /// A statement with the policy of its operation around it.
    pub(super) fn filtered(
        &mut self,
        statement: Statement,
        text: &Scalar,
        names: &Names<'_>,
    ) -> Option<Statement> {
        let Some(policy) = self.policy.clone() else {
            return Some(statement);
        };
        let dialect = statement.dialect;
        let mut right = true;
        let mut rules = Vec::with_capacity(policy.rules.len());
        for (role, condition) in &policy.rules {
            let all = sees_all(condition);
            if !all
                && let Err(problems) = statement::check_condition(&condition.text, dialect, names)
            {
                right = false;
                self.problems(condition, 0, problems);
            }
            rules.push(RowRule {
                role: Arc::clone(&role.text),
                condition: (!all).then(|| Arc::clone(&condition.text)),
            });
        }
        if !right {
            return None;
        }
        match statement.with_rows(&text.text, &rules, names as &dyn StatementNames) {
            Ok(statement) => Some(statement),
            Err(problems) => {
                self.problems(text, 0, problems);
                None
            }
        }
    }

    /// Whether each role that may call has its rows, and nothing of an operation goes past them.
    pub(super) fn check_policy(
        &mut self,
        policy: &Policy,
        name: &Place,
        roles: &Roles,
        plan: &Plan,
    ) {
        if let Plan::Step(step) = plan
            && !reaches_rows(&step.kind)
        {
            return;
        }
        self.check_roles(policy, name, roles);
        let conditions = policy.of_callers(roles);
        let mut wanted = BTreeSet::new();
        for condition in conditions {
            let found = identities(&condition.text);
            if found.is_empty() {
                // A condition of constants: what it cannot stand around cannot be like it.
                wanted.insert(String::new());
            }
            wanted.extend(found);
        }
        if wanted.is_empty() {
            return;
        }
        if let Plan::Step(step) = plan {
            self.check_step(step, &wanted, &BTreeSet::new());
        }
    }

    fn check_roles(&mut self, policy: &Policy, name: &Place, roles: &Roles) {
        let missing: Vec<&str> = match roles {
            Roles::Internal => return,
            Roles::Public if policy.has("public") => return,
            Roles::Public => vec!["public"],
            Roles::Users if policy.has("users") || policy.has("public") => return,
            Roles::Users => vec!["users"],
            Roles::Named(_) if policy.has("users") || policy.has("public") => return,
            Roles::Named(roles) => roles
                .iter()
                .map(|role| &**role)
                .filter(|role| !policy.has(role))
                .collect(),
        };
        for role in missing {
            let line = self.line(name, &policy.key);
            self.error_help(
                615,
                name,
                format!(
                    "`{role}` may call, and `rows` in {line} says not which rows that role sees"
                ),
                format!("add `{role}: CONDITION` or `{role}: all` there, or say `rows: all` here"),
            );
        }
    }

    fn check_step(&mut self, step: &Step, wanted: &BTreeSet<String>, outer: &BTreeSet<String>) {
        let mut named = outer.clone();
        if let Some(require) = &step.require {
            of_expression(require, &mut named);
        }
        let what = match &step.kind {
            Kind::Value(_) | Kind::ValueFile(_) | Kind::Fault(_) => return,
            // It has rules of its own.
            Kind::Operation { .. } => return,
            Kind::Steps(several) => {
                for step in &several.steps {
                    self.check_step(step, wanted, &named);
                }
                return;
            }
            Kind::Transaction { steps, .. } => {
                for step in steps {
                    self.check_step(step, wanted, &named);
                }
                return;
            }
            Kind::Sql(sql) => {
                let Filtered::Cannot {
                    reason,
                    named: itself,
                } = &sql.statement.filtered
                else {
                    return;
                };
                named.extend(itself.iter().cloned());
                match reason {
                    Unfiltered::Write => "a write".to_owned(),
                    Unfiltered::NoQuery => "what is no query".to_owned(),
                    Unfiltered::Tail => "a query with a LIMIT, FETCH or FOR of its own".to_owned(),
                    Unfiltered::Column(column) => {
                        format!("a query without the column `{column}`")
                    }
                    Unfiltered::Columns(column) => {
                        format!("a query with several columns `{column}`")
                    }
                }
            }
            Kind::Procedure(procedure) => {
                of_members(&procedure.with, &mut named);
                "a procedure".to_owned()
            }
            Kind::Soap(soap) => {
                of_message(&soap.message, &mut named);
                "a SOAP call".to_owned()
            }
            Kind::Rest(rest) => {
                of_message(&rest.message, &mut named);
                of_members(&rest.query, &mut named);
                if let Target::Path { path, .. } = &rest.target {
                    for piece in path {
                        if let Piece::Value(value) = piece {
                            of_expression(value, &mut named);
                        }
                    }
                }
                "a REST call".to_owned()
            }
            // Files of proxies have no `rows`.
            Kind::Proxy(_) => return,
        };
        let missing: Vec<&str> = wanted
            .iter()
            .map(|path| &**path)
            .filter(|path| !named.contains(*path))
            .collect();
        let Some(first) = missing.first() else {
            return;
        };
        let place = step.place.clone();
        let message = format!(
            "`rows` cannot filter {what}, so `{}` may reach foreign rows",
            step.name
        );
        let help = if first.is_empty() {
            "let only roles with `all` call it, or say `rows: all`".to_owned()
        } else {
            format!(
                "name `{first}` in its WHERE, its body or a `require`, let only roles with `all` call it, or say `rows: all`"
            )
        };
        self.error_help(602, &place, message, help);
    }
}

/// Whether anything is asked that has rows or may have; an operation that is called has a policy of its own.
fn reaches_rows(kind: &Kind) -> bool {
    match kind {
        Kind::Value(_) | Kind::ValueFile(_) | Kind::Fault(_) | Kind::Operation { .. } => false,
        Kind::Sql(_) | Kind::Procedure(_) | Kind::Soap(_) | Kind::Rest(_) | Kind::Proxy(_) => true,
        Kind::Steps(several) => several.steps.iter().any(|step| reaches_rows(&step.kind)),
        Kind::Transaction { steps, .. } => steps.iter().any(|step| reaches_rows(&step.kind)),
    }
}

/// Values of `identity` that a condition of SQL names: `identity.id`.
fn identities(condition: &str) -> BTreeSet<String> {
    // The marks of comments and strings are alike enough in all dialects for what binds a value.
    let Ok(tokens) = statement::scan(condition, Dialect::Postgres) else {
        return BTreeSet::new();
    };
    tokens
        .iter()
        .filter_map(|token| match &token.kind {
            TokenKind::Place(place) => condition.get(place.path.clone()),
            _ => None,
        })
        .filter(|path| path.starts_with("identity."))
        .map(str::to_owned)
        .collect()
}

fn of_expression(expression: &Expression, named: &mut BTreeSet<String>) {
    expression::paths(expression, &mut |path, _| {
        named.extend(spelt(path));
    });
}

fn of_tree(tree: &Tree, named: &mut BTreeSet<String>) {
    tree.expressions(&mut |expression| of_expression(expression, named));
}

fn of_members(members: &[(Arc<str>, Tree)], named: &mut BTreeSet<String>) {
    for (_, tree) in members {
        of_tree(tree, named);
    }
}

/// What a template names is not looked at: it may stand within a block.
fn of_message(message: &Message, named: &mut BTreeSet<String>) {
    match message {
        Message::Arguments | Message::Template(_) => {}
        Message::Tree(tree) => of_tree(tree, named),
    }
}

fn spelt(path: &Path) -> Option<String> {
    let mut text = path.root.to_string();
    for part in &path.parts {
        let Part::Name(name) = part else {
            return None;
        };
        text.push('.');
        text.push_str(name);
    }
    Some(text)
}
