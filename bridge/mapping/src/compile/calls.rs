//! `operation`: one mapped operation calls another, with its rules, and never in a circle.

use std::collections::HashMap;
use std::sync::Arc;

use super::Compiler;
use super::names::Names;
use crate::diagnostic::{Place, did_you_mean};
use crate::expression::{Expression, ExpressionNode, Path};
use crate::file::operation::OperationFile;
use crate::file::read::{Parsed, Perhaps};
use crate::file::service::ServiceFile;
use crate::file::words::OperationName;
use crate::model::Kind;
use crate::slot::{Range, Type};
use crate::tree::Tree;

/// An operation by the names of its service and itself.
type Key = (Arc<str>, Arc<str>);

/// Those that an operation calls, each with the place that says so.
type Graph = HashMap<Key, Vec<(Key, Place)>>;

impl<'a> Compiler<'a> {
    /// Notes what operations give, and refuses circles.
    pub(super) fn check_calls(&mut self, services: &'a [ServiceFile]) {
        let mut graph = Graph::new();
        for service in services {
            let Some(name) = &service.service else {
                continue;
            };
            for (operation, Perhaps(file)) in service
                .operations
                .iter()
                .flat_map(|operations| &operations.value.0)
            {
                let Some(file) = file else {
                    continue;
                };
                let key = (Arc::clone(&name.value.text), Arc::clone(&operation.text));
                self.results.insert(
                    key.clone(),
                    file.returns.as_ref().map(|returns| {
                        let kind = returns.value.value.kind.clone();
                        match file.each {
                            Some(_) => Type::List(Box::new(kind), Range::default()),
                            None => kind,
                        }
                    }),
                );
                let mut called = Vec::new();
                self.called(file, &mut called);
                graph.insert(key, called);
            }
        }
        let mut state: HashMap<&Key, bool> = HashMap::new();
        let mut keys: Vec<&Key> = graph.keys().collect();
        keys.sort();
        let mut circles = Vec::new();
        for key in keys {
            walk(key, &graph, &mut state, &mut circles);
        }
        for (chain, place) in circles {
            let names: Vec<String> = chain.iter().map(|(_, name)| format!("`{name}`")).collect();
            self.error(
                503,
                &place,
                format!(
                    "operations call each other in a circle: {}",
                    names.join(" calls ")
                ),
            );
        }
    }

    fn called(&self, file: &OperationFile, called: &mut Vec<(Key, Place)>) {
        if let Some(operation) = &file.operation
            && let Some((key, _)) = self.target(&operation.value.value)
        {
            called.push((key, operation.value.scalar.place.clone()));
        }
        for steps in [&file.steps, &file.transaction].into_iter().flatten() {
            for (_, step) in &steps.value.0 {
                self.called(step, called);
            }
        }
        for overload in file
            .overloads
            .iter()
            .flat_map(|overloads| &overloads.value.0)
        {
            self.called(overload, called);
        }
    }

    /// The operation of a name, by the first names of service and operation.
    fn target(&self, name: &OperationName) -> Option<(Key, &'a OperationFile)> {
        let (_, service) = self.services.get(name.service.as_str())?;
        let first = &service.service.as_ref()?.value.text;
        let operations = &service.operations.as_ref()?.value.0;
        let (operation, Perhaps(file)) = operations.iter().find(|(key, Perhaps(file))| {
            *key.text == *name.operation
                || file.as_ref().is_some_and(|file| {
                    file.also
                        .iter()
                        .flat_map(|also| &also.value.0)
                        .any(|also| *also.text == *name.operation)
                })
        })?;
        Some((
            (Arc::clone(first), Arc::clone(&operation.text)),
            file.as_ref()?,
        ))
    }

    /// What a called operation gives, where it says so.
    pub(super) fn result_of(&self, name: &OperationName) -> Option<Type> {
        let (key, _) = self.target(name)?;
        self.results.get(&key).cloned().flatten()
    }

    /// The kind `operation`.
    pub(super) fn call(
        &mut self,
        file: &OperationFile,
        called: &Parsed<OperationName>,
        names: &Names<'_>,
    ) -> Option<Kind> {
        let name = &called.value;
        let Some((key, target)) = self.target(name) else {
            let message = self.unknown_operation(name);
            self.error(203, &called.scalar.place, message);
            return None;
        };
        let arguments: Vec<_> = target.args.iter().flat_map(|args| &args.value.0).collect();
        // Then only the document says them, and the call is checked when it runs.
        let described = target.args.is_none() && (target.soap.is_some() || target.rest.is_some());
        let mut with = Vec::new();
        let mut whole = true;
        for (argument, value) in file.with.iter().flat_map(|with| &with.value.0) {
            if target.overloads.is_none()
                && !described
                && !arguments
                    .iter()
                    .any(|(known, _)| known.text == argument.text)
            {
                let meant = did_you_mean(
                    &argument.text,
                    arguments.iter().map(|(known, _)| &known.text),
                );
                let message = format!(
                    "`{}` is no argument of `{}.{}`{meant}",
                    argument.text, name.service, name.operation
                );
                self.error(541, &argument.place, message);
                whole = false;
                continue;
            }
            let made = if value.0.value == crate::file::yaml::NodeValue::Absent {
                self.named_value(argument, names)
            } else {
                self.tree(&value.0, names)
            };
            match made {
                Some(tree) => with.push((Arc::clone(&argument.text), tree)),
                None => whole = false,
            }
        }
        for (argument, slot) in &arguments {
            if with.iter().any(|(known, _)| *known == argument.text) {
                continue;
            }
            if file.with.is_none() && names.has(&argument.text) {
                let path = Path {
                    root: Arc::clone(&argument.text),
                    parts: Vec::new(),
                };
                // Notes that a step is named.
                let _ = names.find(&path);
                with.push((
                    Arc::clone(&argument.text),
                    Tree::Expression(Expression {
                        node: ExpressionNode::Path(path),
                        span: 0..argument.text.len(),
                    }),
                ));
                continue;
            }
            let optional = slot.0.as_ref().is_none_or(|slot| {
                slot.value.default.is_some() || matches!(slot.value.kind, Type::Nullable(_))
            });
            if !optional && whole {
                let message = format!(
                    "`{}.{}` wants the argument `{}`",
                    name.service, name.operation, argument.text
                );
                let help = format!("write it under `with`: `{{{}: …}}`", argument.text);
                self.error_help(541, &called.scalar.place, message, help);
                whole = false;
            }
        }
        let (service, operation) = key;
        whole.then_some(Kind::Operation {
            service,
            operation,
            with,
            writes: file.writes.as_ref().is_none_or(|writes| writes.value.value),
        })
    }

    fn unknown_operation(&self, name: &OperationName) -> String {
        let Some((_, service)) = self.services.get(name.service.as_str()) else {
            let meant = did_you_mean(&name.service, self.services.keys());
            return format!("no service is named `{}`{meant}", name.service);
        };
        let operations = service
            .operations
            .iter()
            .flat_map(|operations| &operations.value.0);
        let meant = did_you_mean(&name.operation, operations.map(|(name, _)| &name.text));
        format!(
            "`{}` has no operation `{}`{meant}",
            name.service, name.operation
        )
    }
}

/// Depth-first, without recursion; `state` is false while an operation is on the way.
fn walk<'g>(
    start: &'g Key,
    graph: &'g Graph,
    state: &mut HashMap<&'g Key, bool>,
    circles: &mut Vec<(Vec<Key>, Place)>,
) {
    if state.contains_key(start) {
        return;
    }
    state.insert(start, false);
    let mut way: Vec<(&Key, usize)> = vec![(start, 0)];
    while let Some((key, next)) = way.last_mut() {
        let Some((called, place)) = graph.get(*key).and_then(|called| called.get(*next)) else {
            state.insert(key, true);
            way.pop();
            continue;
        };
        *next += 1;
        match state.get(called) {
            Some(true) => {}
            Some(false) => {
                let from = way
                    .iter()
                    .position(|(key, _)| *key == called)
                    .unwrap_or_default();
                let mut chain: Vec<Key> =
                    way[from..].iter().map(|(key, _)| (*key).clone()).collect();
                chain.push(called.clone());
                circles.push((chain, place.clone()));
            }
            None => {
                state.insert(called, false);
                way.push((called, 0));
            }
        }
    }
}
