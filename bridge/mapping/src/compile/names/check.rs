//! What is wrong with an expression, and what a statement asks of the names around it.

use std::ops::Range;
use std::sync::Arc;

use super::{Names, reserved};
use crate::diagnostic::Problem;
use crate::expression::{self, Expression, Path};
use crate::model::TypeScope;
use crate::slot::{Scalar, Type};
use crate::statement::{Holds, Known, StatementNames, Unknown};

impl Names<'_> {
    /// What is wrong with an expression; places are bytes of its text.
    pub(in crate::compile) fn check(&self, expression: &Expression, problems: &mut Vec<Problem>) {
        self.check_paths(expression, problems);
        if let Err(found) = expression::check(expression, self) {
            self.add(found, problems);
        }
    }

    /// What is wrong with a condition: its names, and that it is true or false.
    pub(in crate::compile) fn check_condition(
        &self,
        expression: &Expression,
        problems: &mut Vec<Problem>,
    ) {
        self.check_paths(expression, problems);
        if let Err(found) = expression::check_condition(expression, self) {
            self.add(found, problems);
        }
    }

    fn check_paths(&self, expression: &Expression, problems: &mut Vec<Problem>) {
        expression::paths(expression, &mut |path, span| {
            if let Err(missing) = self.find(path) {
                problems.push(missing.problem(span.clone()));
            }
        });
    }

    /// Adds what the types say, where the names have not said it better.
    fn add(&self, found: Vec<Problem>, problems: &mut Vec<Problem>) {
        let told: Vec<Range<usize>> = problems
            .iter()
            .map(|problem| problem.span.clone())
            .collect();
        problems.extend(found.into_iter().filter(|problem| {
            !told
                .iter()
                .any(|span| span.start < problem.span.end && problem.span.start < span.end)
        }));
    }
}

impl expression::Types for Names<'_> {
    fn root(&self, name: &str) -> Option<Type> {
        if reserved(name) {
            return Some(Type::Any);
        }
        let entry = self.entries.iter().find(|entry| &*entry.name == name)?;
        let kind = entry.kind.clone().unwrap_or(Type::Any);
        Some(if entry.nullable {
            Type::Nullable(Box::new(kind))
        } else {
            kind
        })
    }

    fn names(&self) -> Vec<Arc<str>> {
        self.entries
            .iter()
            .map(|entry| Arc::clone(&entry.name))
            .collect()
    }

    fn scope(&self) -> &TypeScope {
        self.types
    }
}

impl StatementNames for Names<'_> {
    fn find(&self, path: &Path) -> Result<Known, Unknown> {
        let found = Names::find(self, path).map_err(|missing| Unknown {
            suggestion: missing.suggestion,
        })?;
        let holds = match &found.kind {
            _ if found.roles => Holds::Roles,
            None | Some(Type::Any) => Holds::Any,
            Some(Type::Scalar(Scalar::Bool)) => Holds::Bool,
            Some(Type::Scalar(_) | Type::Ranged(..)) => Holds::Scalar,
            Some(Type::Words(words)) => Holds::Words(Arc::clone(words)),
            Some(Type::List(..)) => Holds::List,
            Some(Type::Named(_)) => Holds::Object,
            Some(Type::Nullable(_) | Type::Void | Type::Hide) => Holds::Any,
        };
        Ok(Known {
            holds,
            nullable: found.nullable,
            type_name: found
                .kind
                .as_ref()
                .map_or_else(|| "any".into(), ToString::to_string),
        })
    }
}
