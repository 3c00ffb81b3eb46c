//! One operation, or one step: exactly one kind, with the keys that belong to it.

use std::sync::Arc;
use std::time::Duration;

use super::Compiler;
use super::backends::KnownBackend;
use super::names::{Names, Reply, is_name, reserved};
use super::project::why;
use super::service::{Shelf, roles};
use crate::data::AmfValue;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::file::operation::{KindFile, OperationFile};
use crate::file::read::{Named, Parsed};
use crate::file::yaml::Scalar;
use crate::model::{Argument, Each, FaultRules, Kind, Operation, Plan, Roles, Step};
use crate::slot::{Slot, Type};
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

/// What an overload takes from the operation around it.
pub(super) struct Around {
    pub(super) roles: Option<Roles>,
    pub(super) timeout: Option<Duration>,
    pub(super) faults: Option<Arc<FaultRules>>,
}

/// Keys that belong to some kinds only.
const BELONGS: [(&str, &[&str]); 13] = [
    ("with", &["procedure", "operation"]),
    ("sets", &["procedure"]),
    ("group", &["sql", "procedure"]),
    ("order", &["sql"]),
    ("expect", &["sql"]),
    ("max-rows", &["sql", "procedure", "steps", "transaction"]),
    ("writes", &["sql", "procedure"]),
    ("isolation", &["transaction"]),
    ("retry", &["transaction"]),
    ("delay", &["value", "value-file", "fault"]),
    ("backend", &["sql", "procedure", "steps", "transaction"]),
    (
        "returns",
        &[
            "sql",
            "procedure",
            "operation",
            "value",
            "value-file",
            "steps",
            "transaction",
        ],
    ),
    (
        "args",
        &[
            "sql",
            "procedure",
            "operation",
            "value",
            "value-file",
            "fault",
            "steps",
            "transaction",
        ],
    ),
];

/// Kinds behind which `value` may stand.
const BEFORE_VALUE: [&str; 4] = ["sql", "procedure", "steps", "transaction"];

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
        let full_name: Arc<str> = format!("{}.{}", shelf.name, name.text).into();
        let empty = Named::default();
        let args = file.args.as_ref().map_or(&empty, |args| &args.value);
        let arguments = self.arguments(shelf, args);
        let mut names = Names::new(&shelf.scope);
        for broken in &args.1 {
            names.item(Arc::clone(&broken.text), None, broken.place.clone());
        }
        for ((key, _), argument) in args.0.iter().zip(&arguments) {
            names.argument(
                Arc::clone(&argument.name),
                &argument.slot,
                key.place.clone(),
            );
        }

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
            let step = self.step(shelf, name, file, &names, Position::Operation);
            let own = self.operation_faults(shelf, file, &names);
            let scope = match &step {
                Some(step) => match &step.kind {
                    Kind::Sql(sql) => Arc::clone(&sql.scope),
                    Kind::Procedure(procedure) => Arc::clone(&procedure.scope),
                    Kind::Value(_)
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
        self.check_null_rules(
            file.faults.as_ref(),
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
        let inner = self.inner_names(shelf, file, names);
        Some(Arc::new(
            self.fault_rules(&faults.value, &inner.with_fault()),
        ))
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
                .is_none_or(|backend| backend.dialect() != Dialect::Postgres);
            Some(Reply::Sql { keys })
        } else {
            file.procedure.as_ref().map(|_| Reply::Procedure)
        };
        inner.with_reply(reply)
    }

    fn arguments(&mut self, shelf: &Shelf<'_>, args: &Named<Parsed<Slot>>) -> Vec<Argument> {
        let mut arguments = Vec::with_capacity(args.0.len());
        for (name, slot) in &args.0 {
            self.check_name(name, "an argument");
            self.check_slot(slot, &shelf.declared);
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
        let faults = match (&file.faults, position) {
            (Some(faults), Position::Step | Position::Transaction) => {
                self.check_null_rules(
                    Some(faults),
                    file.returns.as_ref().map(|entry| &entry.value),
                );
                Arc::new(self.fault_rules(&faults.value, &inner.with_fault()))
            }
            (Some(_), Position::Operation) | (None, _) => Arc::default(),
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
        let timeout = match position {
            Position::Operation => None,
            Position::Step | Position::Transaction => {
                file.timeout.as_ref().map(|timeout| timeout.value.value)
            }
        };
        let when = when.map_or(Some(None), |when| when.map(Some));
        let require = require.map_or(Some(None), |require| require.map(Some));
        Some(Step {
            name: Arc::clone(&name.text),
            place: name.place.clone(),
            each,
            when: when?,
            require: require?,
            kind: compiled?,
            value: value?,
            returns: file
                .returns
                .as_ref()
                .map(|returns| returns.value.value.clone()),
            faults,
            timeout,
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
        if position != Position::Transaction {
            self.error(
                117,
                &each.key,
                "`each` outside of a transaction comes with a later version",
            );
            return None;
        }
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
        right.then(|| {
            Some(Each {
                name: name.text,
                list: parsed.list.clone(),
                most,
            })
        })
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

    fn one_kind_of<'f>(
        &mut self,
        name: &Scalar,
        file: &'f OperationFile,
    ) -> Option<(&'static str, KindFile<'f>)> {
        let kinds = file.kinds();
        let Some((key, _, kind)) = kinds.first().copied() else {
            if file.faulty {
                return None;
            }
            self.error_help(
                104,
                &name.place,
                format!("`{}` says not what it does", name.text),
                "write one of `sql`, `procedure`, `value`, `value-file`, `fault`, `operation`, `steps`, `transaction`",
            );
            return None;
        };
        for (other, place, _) in &kinds[1..] {
            if *other == "value" && BEFORE_VALUE.contains(&key) {
                continue;
            }
            let first = &kinds[0].1;
            let line = self.line(place, first);
            self.error_help(
                104,
                place,
                format!("an operation does one thing; it has `{other}` here and `{key}` in {line}"),
                "two things are `steps`",
            );
        }
        Some((key, kind))
    }

    /// Keys beside a kind that are not of that kind.
    fn belongings(&mut self, file: &OperationFile, kind: &'static str, position: Position) {
        for (key, place) in file.written() {
            if let Some((_, kinds)) = BELONGS.iter().find(|(known, _)| *known == key) {
                if !kinds.contains(&kind) {
                    let help = match (key, kind) {
                        ("retry", _) => "`retry` on a single call comes with a later version",
                        ("args", "overloads") => "each of the `overloads` has its own",
                        _ => "",
                    };
                    let message = format!(
                        "`{key}` belongs to `{}`, and this has `{kind}`",
                        kinds.join("`, `")
                    );
                    self.error_help(105, place, message, help);
                }
                if key == "backend" && position == Position::Transaction {
                    self.error(105, place, "a transaction has one backend; say it there");
                }
            }
            let operations_alone = matches!(key, "args" | "also" | "roles");
            if operations_alone && position != Position::Operation {
                self.error(
                    105,
                    place,
                    format!("`{key}` is of operations; a step sees the arguments of its operation"),
                );
            }
            if key == "when" && position == Position::Operation {
                self.error_help(
                    105,
                    place,
                    "`when` is of steps",
                    "`require` refuses the call of an operation",
                );
            }
            if key == "require" && kind == "overloads" {
                self.error(105, place, "`require` belongs to each of the `overloads`");
            }
        }
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
            format!("nothing says which database `{}` asks", name.text),
            "write `backend: NAME` here or at the service",
        );
        None
    }

    fn quiet_backend(&self, shelf: &Shelf<'_>, file: &OperationFile) -> Option<&KnownBackend> {
        if let Some(transaction) = &self.transaction_backend {
            return Some(transaction);
        }
        let name = file.backend.as_ref().or(shelf.file.backend.as_ref())?;
        self.backends.get(&name.value.text)
    }

    /// Types that the reply names.
    fn check_returns(&mut self, shelf: &Shelf<'_>, returns: &Parsed<Slot>, rows: bool) {
        if matches!(returns.value.kind, Type::Hide) {
            self.error(
                341,
                &returns.scalar.place,
                "`hide` is for fields; write `void` for no reply",
            );
        }
        if super::names::scalar(&returns.value.kind) == Some(crate::slot::Scalar::Secret) {
            self.error(
                341,
                &returns.scalar.place,
                "a `secret` only comes in; nothing gives it back",
            );
        }
        if !rows {
            self.check_slot(returns, &shelf.known);
            return;
        }
        // Columns describe what no file declares; a name so near to a declared one is likely a slip all the same.
        let mut names = Vec::new();
        super::types::named(&returns.value.kind, &mut names);
        for name in names
            .into_iter()
            .filter(|name| !shelf.declared.contains(name))
        {
            let meant = did_you_mean(
                &name,
                shelf.declared.iter().filter(|known| near(known, &name)),
            );
            if !meant.is_empty() {
                self.diagnostics.push(Diagnostic::warning(
                    302,
                    &returns.scalar.place,
                    format!("no type is named `{name}`, so its fields are the columns{meant}"),
                ));
            }
        }
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

/// Names that differ by one letter of the same case are taken for two names; by case or two swapped letters not.
fn near(known: &str, name: &str) -> bool {
    let same_letters = |text: &str| {
        let mut letters: Vec<char> = text.to_lowercase().chars().collect();
        letters.sort_unstable();
        letters
    };
    same_letters(known) == same_letters(name)
        || known.len() == name.len() + 1 && !known.ends_with('s')
}
