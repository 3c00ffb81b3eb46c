//! `steps` and `transaction`: who waits for whom.

use std::sync::Arc;

use super::Compiler;
use super::backends::KnownBackend;
use super::names::Names;
use super::service::Shelf;
use super::step::Position;
use crate::diagnostic::Diagnostic;
use crate::file::operation::OperationFile;
use crate::file::read::Named;
use crate::file::yaml::Scalar;
use crate::model::{Kind, Step, Steps};
use crate::slot::{Range, Type};

impl Compiler<'_> {
    /// Adds a step to the names, with the type that it says.
    pub(super) fn add_step(
        &self,
        shelf: &Shelf<'_>,
        names: &mut Names<'_>,
        name: &Scalar,
        file: &OperationFile,
    ) {
        let mut kind = file
            .returns
            .as_ref()
            .map(|returns| returns.value.value.kind.clone());
        if kind.is_none() {
            kind = if let Some(called) = &file.operation {
                self.result_of(&called.value.value)
            } else {
                let inner = file.steps.as_ref().or(file.transaction.as_ref());
                let last = inner
                    .filter(|_| file.value.is_none())
                    .and_then(|steps| steps.value.0.last());
                last.and_then(|(_, last)| last.returns.as_ref())
                    .map(|returns| returns.value.value.kind.clone())
            };
        }
        // What another service's type name means is not known here.
        if let Some(Type::Named(type_name)) = &kind
            && file.operation.is_some()
            && file.returns.is_none()
            && !shelf.declared.contains(type_name)
        {
            kind = None;
        }
        if file.each.is_some() {
            kind = kind.map(|kind| Type::List(Box::new(kind), Range::default()));
        }
        names.step(
            Arc::clone(&name.text),
            kind,
            file.when.is_some(),
            name.place.clone(),
        );
    }

    pub(super) fn steps(
        &mut self,
        shelf: &Shelf<'_>,
        files: &Named<OperationFile>,
        names: &Names<'_>,
        position: Position,
    ) -> Option<Kind> {
        if position != Position::Operation {
            let place = files.0.first().map(|(name, _)| name.place.clone())?;
            self.error(
                537,
                &place,
                "`steps` do not nest; a step of `steps` may be a `transaction`",
            );
            return None;
        }
        let mut all = names.clone();
        for (name, file) in &files.0 {
            self.check_name(name, "a step");
            self.check_shadow(name, names);
            self.add_step(shelf, &mut all, name, file);
        }
        if files.0.is_empty() {
            self.nothing_to_do(names);
        }
        let mut steps = Vec::with_capacity(files.0.len());
        let mut waits: Vec<Vec<usize>> = Vec::with_capacity(files.0.len());
        for (name, file) in &files.0 {
            let seen = all.without(&name.text).fresh();
            steps.push(self.step(shelf, name, file, &seen, Position::Step));
            let used = seen.used();
            waits.push(
                files
                    .0
                    .iter()
                    .enumerate()
                    .filter(|(_, (other, _))| used.contains(&other.text))
                    .map(|(at, _)| at)
                    .collect(),
            );
        }
        self.check_order(files, &waits);
        let steps = steps.into_iter().collect::<Option<Vec<Step>>>()?;
        self.check_writers(files, &steps, &waits);
        Some(Kind::Steps(Steps { steps, waits }))
    }

    pub(super) fn transaction(
        &mut self,
        shelf: &Shelf<'_>,
        file: &OperationFile,
        files: &Named<OperationFile>,
        names: &Names<'_>,
        backend: &KnownBackend,
    ) -> Option<Kind> {
        let mut seen = names.clone();
        let mut steps = Vec::with_capacity(files.0.len());
        for (at, (name, step)) in files.0.iter().enumerate() {
            self.check_name(name, "a step");
            self.check_shadow(name, names);
            if let Some((key, place, _)) = step
                .kinds()
                .into_iter()
                .find(|(key, _, _)| !matches!(*key, "sql" | "procedure" | "value"))
            {
                self.error(
                    538,
                    &place.clone(),
                    format!("a step of a transaction is `sql` or `procedure`, not `{key}`"),
                );
                steps.push(None);
            } else if step.sql.is_none() && step.procedure.is_none() {
                self.error(
                    538,
                    &name.place,
                    format!(
                        "a step of a transaction is `sql` or `procedure`; `{}` is neither",
                        name.text
                    ),
                );
                steps.push(None);
            } else {
                seen.later(
                    files
                        .0
                        .iter()
                        .skip(at)
                        .map(|(name, _)| Arc::clone(&name.text))
                        .collect(),
                );
                steps.push(self.transaction_step(shelf, name, step, &seen, backend));
            }
            self.add_step(shelf, &mut seen, name, step);
        }
        if files.0.is_empty() {
            self.nothing_to_do(names);
        }
        Some(Kind::Transaction {
            backend: Arc::clone(&backend.backend),
            steps: steps.into_iter().collect::<Option<Vec<Step>>>()?,
            retry: file.retry.as_ref().map_or(0, |retry| retry.value.value),
            isolation: file
                .isolation
                .as_ref()
                .map(|isolation| isolation.value.value),
        })
    }

    /// A step on the transaction's backend, whatever the service's is.
    fn transaction_step(
        &mut self,
        shelf: &Shelf<'_>,
        name: &Scalar,
        file: &OperationFile,
        names: &Names<'_>,
        backend: &KnownBackend,
    ) -> Option<Step> {
        let outer = self.transaction_backend.replace(backend.clone());
        let step = self.step(shelf, name, file, names, Position::Transaction);
        self.transaction_backend = outer;
        step
    }

    fn nothing_to_do(&mut self, names: &Names<'_>) {
        if let Some(place) = names.any_place() {
            self.error(104, &place, "there is no step to run");
        }
    }

    /// Circles of steps that wait for each other.
    fn check_order(&mut self, files: &Named<OperationFile>, waits: &[Vec<usize>]) {
        let mut done = vec![false; waits.len()];
        let mut left = waits.len();
        loop {
            let ready = (0..waits.len())
                .find(|step| !done[*step] && waits[*step].iter().all(|other| done[*other]));
            match ready {
                Some(step) => {
                    done[step] = true;
                    left -= 1;
                }
                None if left == 0 => return,
                None => break,
            }
        }
        // Follow the first that is left until one comes again.
        let mut chain: Vec<usize> = Vec::new();
        let mut step = done.iter().position(|done| !done);
        while let Some(current) = step {
            if let Some(from) = chain.iter().position(|known| *known == current) {
                chain.drain(..from);
                break;
            }
            chain.push(current);
            step = waits[current].iter().copied().find(|other| !done[*other]);
        }
        let names: Vec<&Scalar> = chain
            .iter()
            .filter_map(|at| files.0.get(*at))
            .map(|(name, _)| name)
            .collect();
        let Some(first) = names.first() else {
            return;
        };
        let mut sentence = String::new();
        for (at, name) in names.iter().enumerate() {
            let next = names.get(at + 1).unwrap_or(first);
            if at == 0 {
                sentence = format!("`{}` waits for `{}`", name.text, next.text);
            } else {
                sentence.push_str(&format!(", and `{}` for `{}`", name.text, next.text));
            }
        }
        self.error(503, &first.place, sentence);
    }

    /// Two writing steps of which none waits for the other.
    fn check_writers(
        &mut self,
        files: &Named<OperationFile>,
        steps: &[Step],
        waits: &[Vec<usize>],
    ) {
        let writers: Vec<usize> = (0..steps.len())
            .filter(|at| writes(&steps[*at].kind))
            .collect();
        for (at, later) in writers.iter().enumerate() {
            for earlier in &writers[..at] {
                if reaches(*later, *earlier, waits) || reaches(*earlier, *later, waits) {
                    continue;
                }
                if let (Some((first, _)), Some((second, _))) =
                    (files.0.get(*earlier), files.0.get(*later))
                {
                    self.diagnostics.push(
                        Diagnostic::warning(
                            535,
                            &second.place,
                            format!(
                                "`{}` and `{}` both write, and run side by side",
                                first.text, second.text
                            ),
                        )
                        .help("a `transaction` runs them in order, all or nothing"),
                    );
                }
            }
        }
    }
}

/// Whether `from` waits for `to`, directly or not.
fn reaches(from: usize, to: usize, waits: &[Vec<usize>]) -> bool {
    let mut seen = vec![false; waits.len()];
    let mut open = vec![from];
    while let Some(step) = open.pop() {
        for other in &waits[step] {
            if *other == to {
                return true;
            }
            if !seen[*other] {
                seen[*other] = true;
                open.push(*other);
            }
        }
    }
    false
}

/// Whether a step of this kind changes anything, as far as it says so itself.
pub(super) fn writes(kind: &Kind) -> bool {
    match kind {
        Kind::Sql(sql) => sql.statement.writes,
        Kind::Procedure(procedure) => procedure.writes,
        Kind::Soap(soap) => soap.http.writes,
        Kind::Rest(rest) => rest.http.writes,
        Kind::Transaction { .. } | Kind::Proxy(_) => true,
        Kind::Value(_)
        | Kind::ValueFile(_)
        | Kind::Fault(_)
        | Kind::Operation { .. }
        | Kind::Steps(_) => false,
    }
}
