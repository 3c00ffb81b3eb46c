//! One body: the step that an operation is, or one of its steps.

use std::sync::Arc;
use std::time::Duration;

use super::Compiler;
use super::backends::KnownBackend;
use super::names::{Answer, Names, Reply};
use super::project::why;
use super::service::Shelf;
use crate::data::AmfValue;
use crate::file::operation::{KindFile, OperationFile};
use crate::file::yaml::Scalar;
use crate::model::{Each, Kind, Step};
use crate::slot::{Range, Slot, Type};
use crate::statement::Dialect;

/// Where an operation's body stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// An operation of a service.
    Operation,
    /// A step of `steps`.
    Step,
    /// A step of a transaction.
    Transaction,
}

impl Compiler<'_> {
    /// One body: its kind, and all that is said beside it.
    pub(super) fn step(
        &mut self,
        shelf: &Shelf<'_>,
        name: &Scalar,
        file: &OperationFile,
        names: &Names<'_>,
        position: Position,
    ) -> Option<Step> {
        let mut names = names.clone();
        let each = self.each(file, &mut names, position)?;
        let when = file
            .when
            .as_ref()
            .map(|when| self.condition(&when.value, 0, &names));
        let require = file
            .require
            .as_ref()
            .map(|require| self.condition(&require.value, 0, &names));
        let (key, kind) = self.one_kind_of(name, file)?;
        self.belongings(file, key, position);
        let inner = self.inner_names(shelf, file, &names);
        let mut backend = None;
        // What the reply of a request is, with its place made certain.
        let mut described = None;
        let compiled = match kind {
            KindFile::Sql(text) => {
                backend = self.backend_of(shelf, file, name);
                let backend = backend.as_ref()?;
                self.sql(shelf, name, file, text, &names, backend)
                    .map(|sql| Kind::Sql(Box::new(sql)))
            }
            KindFile::Procedure(procedure) => {
                backend = self.backend_of(shelf, file, name);
                let backend = backend.as_ref()?;
                self.procedure(shelf, file, procedure, &names, backend)
                    .map(|procedure| Kind::Procedure(Box::new(procedure)))
            }
            KindFile::Soap(operation) => {
                backend = self.backend_of(shelf, file, name);
                let backend = backend.as_ref()?;
                self.soap(shelf, file, operation, &names, backend)
                    .map(|(soap, returns)| {
                        described = returns;
                        Kind::Soap(Box::new(soap))
                    })
            }
            KindFile::Rest(request) => {
                backend = self.backend_of(shelf, file, name);
                let backend = backend.as_ref()?;
                self.rest(shelf, file, request, &names, backend)
                    .map(|(rest, returns)| {
                        described = returns;
                        Kind::Rest(Box::new(rest))
                    })
            }
            KindFile::Operation(called) => self.call(file, called, &names),
            KindFile::Value(tree) => self.tree(&tree.0, &names).map(Kind::Value),
            KindFile::ValueFile(path) => self
                .value_file(path)
                .map(|value| Kind::ValueFile(Arc::new(value))),
            KindFile::Fault(fault) => {
                let place = file.fault.as_ref().map_or(&name.place, |entry| &entry.key);
                self.always_fault(place, fault, &names).map(Kind::Fault)
            }
            KindFile::Steps(steps) => self.steps(shelf, steps, &names, position),
            KindFile::Transaction(steps) => {
                backend = self.backend_of(shelf, file, name);
                let backend = backend.clone()?;
                self.transaction(shelf, file, steps, &names, &backend)
            }
            // `operation` has seen to it; a step has none.
            KindFile::Overloads(_) => {
                self.error(
                    105,
                    &name.place,
                    "`overloads` is of operations, not of steps",
                );
                None
            }
        };
        let value = match (&file.value, kind) {
            (Some(_), KindFile::Value(_)) | (None, _) => Some(None),
            (Some(value), _) => self.tree(&value.value.0, &inner).map(Some),
        };
        let untyped = file.returns.is_none().then_some(&*shelf.scope);
        match (kind, &file.value) {
            (KindFile::Value(tree), _) => self.check_given(&tree.0, &names, untyped),
            (_, Some(value)) => self.check_given(&value.value.0, &inner, untyped),
            (_, None) => {}
        }
        if let Some(returns) = &file.returns {
            let rows =
                matches!(kind, KindFile::Sql(_) | KindFile::Procedure(_)) && file.value.is_none();
            self.check_returns(shelf, &returns.value, rows);
            if let (Some(value), Some(_)) = (&file.value, &value) {
                self.check_shape(
                    &value.value.0,
                    &returns.value.value.kind,
                    &inner,
                    &shelf.scope,
                );
            }
        }
        let own = position != Position::Operation || each.is_some();
        let faults = match &file.faults {
            Some(faults) if own => {
                self.check_null_rules(
                    Some(faults),
                    file.returns.as_ref().map(|entry| &entry.value),
                );
                Arc::new(self.fault_rules(&faults.value, &inner.with_fault()))
            }
            Some(_) | None => Arc::default(),
        };
        let max_rows = file
            .max_rows
            .as_ref()
            .or(shelf.file.max_rows.as_ref())
            .map(|rows| rows.value.value)
            .or_else(|| backend.as_ref().and_then(|backend| backend.max_rows))
            .unwrap_or(self.defaults.max_rows);
        if position != Position::Operation {
            self.time(file.timeout.as_ref());
        }
        let timeout = own
            .then(|| file.timeout.as_ref().map(|timeout| timeout.value.value))
            .flatten();
        let when = when.map_or(Some(None), |when| when.map(Some));
        let require = require.map_or(Some(None), |require| require.map(Some));
        let mut compiled = compiled?;
        let retry = self.retry(shelf, file, &compiled);
        match &mut compiled {
            Kind::Soap(soap) => soap.http.retry = retry,
            Kind::Rest(rest) => rest.http.retry = retry,
            _ => {}
        }
        Some(Step {
            name: Arc::clone(&name.text),
            place: name.place.clone(),
            each,
            when: when?,
            require: require?,
            kind: compiled,
            value: value?,
            returns: described.or_else(|| {
                file.returns
                    .as_ref()
                    .map(|returns| returns.value.value.clone())
            }),
            faults,
            timeout,
            retry,
            delay: file
                .delay
                .as_ref()
                .map_or(Duration::ZERO, |delay| delay.value.value),
            max_rows,
            zone: shelf.zone(backend.as_ref(), &self.defaults.zone),
        })
    }

    /// `each`, and its item among the names. The outer `None` stands for a fault.
    fn each(
        &mut self,
        file: &OperationFile,
        names: &mut Names<'_>,
        position: Position,
    ) -> Option<Option<Each>> {
        let Some(each) = &file.each else {
            return Some(None);
        };
        let parsed = &each.value.value;
        let mut problems = Vec::new();
        names.check(&parsed.list, &mut problems);
        let mut most = 100;
        let mut item = None;
        if let crate::expression::ExpressionNode::Path(path) = &parsed.list.node {
            match names.kind(path) {
                Some(Type::List(inner, range)) => {
                    item = Some(*inner);
                    most = range.to.and_then(|most| most.parse().ok()).unwrap_or(most);
                }
                Some(other) => problems.push(crate::diagnostic::Problem::new(
                    536,
                    parsed.list.span.clone(),
                    format!("`each` wants a list; here stands `{other}`"),
                )),
                None => {}
            }
        }
        let right = problems.is_empty();
        self.problems(&each.value.scalar, parsed.offset, problems);
        let name = Scalar {
            text: parsed.name.as_str().into(),
            ..each.value.scalar.clone()
        };
        self.check_name(&name, "the item of `each`");
        self.check_shadow(&name, names);
        names.item(Arc::clone(&name.text), item, name.place);
        let parallel = match &file.parallel {
            Some(parallel) if !(1..=64).contains(&parallel.value.value) => {
                let scalar = &parallel.value.scalar;
                let message = format!("`{}` runs cannot go on at once; it is 1 to 64", scalar.text);
                self.error(118, &scalar.place, message);
                return None;
            }
            Some(parallel) => parallel.value.value,
            None => 8,
        };
        // `returns` says what one run gives; its shape is that of the item.
        let reply = file.returns.as_ref().map(|returns| Slot {
            kind: Type::List(Box::new(returns.value.value.kind.clone()), Range::default()),
            from: None,
            zone: returns.value.value.zone.clone(),
            shape: None,
            null_as: None,
            default: None,
        });
        right.then(|| {
            Some(Each {
                name: name.text,
                list: parsed.list.clone(),
                most,
                parallel: if position == Position::Transaction {
                    1
                } else {
                    parallel
                },
                reply,
            })
        })
    }

    /// `retry`, the nearest. What writes is repeated only where `once` says that it is the same call.
    fn retry(&mut self, shelf: &Shelf<'_>, file: &OperationFile, kind: &Kind) -> u32 {
        let writes = super::steps::writes(kind);
        if let Some(retry) = &file.retry {
            let transaction = matches!(kind, Kind::Transaction { .. });
            if writes && !transaction && !self.once && retry.value.value > 0 {
                self.error_help(
                    603,
                    &retry.key,
                    "what writes may act twice when it is repeated",
                    "add `once` to the operation, or say `writes: false` of what only reads",
                );
            }
            return retry.value.value;
        }
        if writes {
            return 0;
        }
        let service = shelf.file.retry.as_ref().map(|retry| retry.value.value);
        service.unwrap_or(self.defaults.retry)
    }

    /// What `value` and `faults` of a body see: its steps, or its reply.
    pub(super) fn inner_names<'n>(
        &self,
        shelf: &Shelf<'_>,
        file: &OperationFile,
        names: &Names<'n>,
    ) -> Names<'n> {
        let mut inner = names.clone();
        for steps in [&file.steps, &file.transaction].into_iter().flatten() {
            for (name, step) in &steps.value.0 {
                self.add_step(shelf, &mut inner, name, step);
            }
        }
        let reply = if file.sql.is_some() {
            let keys = self
                .quiet_backend(shelf, file)
                .is_none_or(|backend| backend.dialect() != Some(Dialect::Postgres));
            Some(Reply::Sql {
                keys,
                pages: file.page.is_some(),
            })
        } else if file.soap.is_some() {
            Some(Reply::Soap)
        } else if file.rest.is_some() {
            Some(match file.page {
                Some(_) => Reply::Pages,
                None => Reply::Rest,
            })
        } else {
            file.procedure.as_ref().map(|_| Reply::Procedure)
        };
        let answer = self
            .described(shelf, file)
            .into_iter()
            .next()
            .and_then(|described| {
                let backend = self.quiet_backend(shelf, file)?;
                let document = self.descriptions.get(&backend.backend.name).cloned()?;
                Some(Answer {
                    document,
                    described,
                })
            });
        inner.with_reply(reply).with_answer(answer)
    }

    fn backend_of(
        &mut self,
        shelf: &Shelf<'_>,
        file: &OperationFile,
        name: &Scalar,
    ) -> Option<KnownBackend> {
        if let Some(transaction) = &self.transaction_backend {
            return Some(transaction.clone());
        }
        if let Some(own) = &file.backend {
            return self.known_backend(&own.value);
        }
        if let Some(backend) = &shelf.file.backend {
            // The service has said what is wrong with it.
            return self.backends.get(&backend.value.text).cloned();
        }
        self.error_help(
            208,
            &name.place,
            format!("nothing says which backend `{}` asks", name.text),
            "write `backend: NAME` here or at the service",
        );
        None
    }

    pub(super) fn quiet_backend(
        &self,
        shelf: &Shelf<'_>,
        file: &OperationFile,
    ) -> Option<&KnownBackend> {
        if let Some(transaction) = &self.transaction_backend {
            return Some(transaction);
        }
        let name = file.backend.as_ref().or(shelf.file.backend.as_ref())?;
        self.backends.get(&name.value.text)
    }

    fn value_file(&mut self, path: &Scalar) -> Option<AmfValue> {
        let relative = std::path::Path::new(&*path.text);
        let below = relative
            .components()
            .all(|part| matches!(part, std::path::Component::Normal(_)));
        if !below {
            self.error(
                209,
                &path.place,
                "the path of a `value-file` goes down from the project folder",
            );
            return None;
        }
        let text = match self.environment.file(relative) {
            Ok(text) => text,
            Err(error) => {
                let message = format!("`{}` cannot be read: {}", path.text, why(&error));
                self.error_help(
                    209,
                    &path.place,
                    message,
                    "the path is relative to the project folder",
                );
                return None;
            }
        };
        match footbridge_amf::canonical::from_text(&text) {
            Ok((graph, value)) => Some(AmfValue {
                graph: Arc::new(graph),
                value,
            }),
            Err(error) => {
                self.error(
                    209,
                    &path.place,
                    format!("`{}` is no canonical JSON: {error}", path.text),
                );
                None
            }
        }
    }
}
