//! `sql` and `procedure` with the keys that belong to them.

use std::sync::Arc;

use super::Compiler;
use super::backends::{KnownBackend, product};
use super::names::Names;
use super::service::Shelf;
use crate::diagnostic::{Place, Problem};
use crate::expression::{Expression, ExpressionNode, Path};
use crate::file::operation::OperationFile;
use crate::file::order::{OrderColumnsFile, OrderFile};
use crate::file::yaml::{NodeValue, Scalar, Style};
use crate::model::{PreparedTexts, ProcedurePlaces, ProcedureStep, Reading, SqlPlaces, SqlStep};
use crate::rows::reading;
use crate::slot;
use crate::statement::order::OrderProblem;
use crate::statement::{self, Bind, Dialect, Order, OrderColumn, Statement};
use crate::tree::Tree;

impl Compiler<'_> {
    /// The kind `sql`.
    pub(super) fn sql(
        &mut self,
        shelf: &Shelf<'_>,
        name: &Scalar,
        file: &OperationFile,
        text: &Scalar,
        names: &Names<'_>,
        backend: &KnownBackend,
    ) -> Option<SqlStep> {
        if self.joined(text) {
            self.error_help(
                409,
                &text.place,
                "the lines are joined here, so a comment or a mark swallows all that follows",
                "write `sql: |`",
            );
            return None;
        }
        let dialect = self.dialect_of(backend, text, "sql")?;
        let places = self.places(text);
        let order = file
            .order
            .as_ref()
            .map(|order| self.order(&order.key, &order.value, names));
        let mut statement = match statement::compile(&text.text, dialect, names) {
            Ok(statement) => statement,
            Err(problems) => {
                let problems = problems
                    .into_iter()
                    .map(|problem| better(problem, &text.text, names))
                    .collect();
                self.problems(text, 0, problems);
                return None;
            }
        };
        if let Some(writes) = &file.writes {
            statement.writes = writes.value.value;
        }
        statement = self.filtered(statement, text, names)?;
        if let Some(order) = order {
            statement = match statement.with_order(order?) {
                Ok(statement) => statement,
                Err(problem) => {
                    self.problems(text, 0, vec![problem]);
                    return None;
                }
            };
        }
        let returns = file.returns.as_ref().map(|entry| &entry.value);
        let reading = if file.value.is_some() {
            Reading::Rows
        } else {
            reading(returns.map(|returns| &returns.value))
        };
        let page = match &file.page {
            Some(page) => Some(self.sql_paging(file, page, &statement, &reading, names)?),
            None => None,
        };
        let group = self.group(file);
        let declared = declared(&statement, names);
        Some(SqlStep {
            backend: Arc::clone(&backend.backend),
            statement,
            declared,
            expect: file.expect.as_ref().map(|expect| expect.value.value),
            group: group
                .iter()
                .map(|column| Arc::clone(&column.text))
                .collect(),
            reading,
            page,
            scope: shelf.scope_of(backend),
            places: SqlPlaces {
                text: places,
                returns: returns.map_or_else(
                    || name.place.clone(),
                    |returns| returns.scalar.place.clone(),
                ),
                group: group.iter().map(|column| column.place.clone()).collect(),
                order: file
                    .order
                    .as_ref()
                    .map_or_else(|| name.place.clone(), |order| order.key.clone()),
            },
            prepared: PreparedTexts::default(),
        })
    }

    /// Whether a text of several lines comes as one, with a comment in it.
    fn joined(&self, text: &Scalar) -> bool {
        let several = match text.style {
            Style::Literal => false,
            Style::Folded => true,
            Style::Plain | Style::Single | Style::Double => self
                .project
                .source(&text.place.file)
                .and_then(|source| source.get(text.place.span.clone()))
                .is_some_and(|written| written.trim_end().contains('\n')),
        };
        several && text.text.contains("--") && !text.text.contains('\n')
            || several && text.style == Style::Folded && text.text.contains("-- when")
    }

    fn group<'f>(&mut self, file: &'f OperationFile) -> Vec<&'f Scalar> {
        let Some(group) = &file.group else {
            return Vec::new();
        };
        if group.value.0.is_empty() {
            self.error(116, &group.key, "`group` names one column at least");
        }
        group.value.0.iter().collect()
    }

    fn order(&mut self, key: &Place, file: &OrderFile, names: &Names<'_>) -> Option<Order> {
        let choice = match file {
            OrderFile::Fixed(columns) => return self.order_columns(columns).map(Order::Fixed),
            OrderFile::Choice(choice) => choice,
        };
        let (Some(by), Some(of)) = (&choice.by, &choice.of) else {
            if choice.faulty {
                return None;
            }
            self.error_help(
                116,
                key,
                "a choice of orders needs `by` and `of`",
                "write `{by: =sort, of: {word: column}}`",
            );
            return None;
        };
        let mut problems = Vec::new();
        names.check(&by.value.value.0, &mut problems);
        let mut right = problems.is_empty();
        self.problems(&by.value.scalar, 1, problems);
        let mut words = Vec::new();
        for (word, columns) in &of.value.0 {
            match self.order_columns(columns) {
                Some(columns) => words.push((Arc::clone(&word.text), columns)),
                None => right = false,
            }
        }
        let mut descending = None;
        if let Some(entry) = &choice.descending {
            let mut problems = Vec::new();
            names.check(&entry.value.value.0, &mut problems);
            right &= problems.is_empty();
            self.problems(&entry.value.scalar, 1, problems);
            descending = Some(entry.value.value.0.clone());
        }
        let then = match &choice.then {
            Some(then) => self.order_columns(&then.value)?,
            None => Vec::new(),
        };
        if !right {
            return None;
        }
        let order = Order::Choice {
            by: by.value.value.0.clone(),
            of: words,
            descending,
            then,
        };
        let found = order.check(names);
        let right = found.is_empty();
        for problem in found {
            match problem {
                OrderProblem::By(problem) | OrderProblem::Lacks(problem) => {
                    self.problems(&by.value.scalar, 1, vec![problem]);
                }
                OrderProblem::Descending(problem) => {
                    if let Some(entry) = &choice.descending {
                        self.problems(&entry.value.scalar, 1, vec![problem]);
                    }
                }
                OrderProblem::Never(word, problem) => {
                    let key = of
                        .value
                        .0
                        .iter()
                        .find(|(key, _)| key.text == word)
                        .map(|(key, _)| key);
                    if let Some(key) = key {
                        self.problems(
                            key,
                            0,
                            vec![Problem {
                                span: 0..key.text.len(),
                                ..problem
                            }],
                        );
                    }
                }
            }
        }
        right.then_some(order)
    }

    fn order_columns(&mut self, file: &OrderColumnsFile) -> Option<Vec<OrderColumn>> {
        let mut columns = Vec::with_capacity(file.0.len());
        let mut right = true;
        for column in &file.0 {
            match OrderColumn::parse(&column.text) {
                Ok(column) => columns.push(column),
                Err(problem) => {
                    self.problems(column, 0, vec![problem]);
                    right = false;
                }
            }
        }
        right.then_some(columns)
    }

    /// The kind `procedure`.
    pub(super) fn procedure(
        &mut self,
        shelf: &Shelf<'_>,
        file: &OperationFile,
        procedure: &Scalar,
        names: &Names<'_>,
        backend: &KnownBackend,
    ) -> Option<ProcedureStep> {
        let dialect = self.dialect_of(backend, procedure, "procedure")?;
        if dialect == Dialect::Sqlite {
            self.error(
                202,
                &procedure.place,
                format!(
                    "`{}` is {}, which has no stored procedures",
                    backend.backend.name,
                    product(dialect)
                ),
            );
            return None;
        }
        let plain = procedure.text.split('.').all(|part| {
            part.starts_with(|character: char| character.is_alphabetic() || character == '_')
                && part
                    .chars()
                    .all(|character| character.is_alphanumeric() || matches!(character, '_' | '$'))
        });
        if !plain {
            self.error(
                119,
                &procedure.place,
                format!(
                    "`{}` is no name of a procedure; its parameters stand under `with`",
                    procedure.text
                ),
            );
            return None;
        }
        let mut with = Vec::new();
        let mut places = Vec::new();
        let mut whole = true;
        match &file.with {
            Some(entry) => {
                for (parameter, value) in &entry.value.0 {
                    let made = if value.0.value == NodeValue::Absent {
                        self.named_value(parameter, names)
                    } else {
                        self.tree(&value.0, names)
                    };
                    match made {
                        Some(tree) => {
                            with.push((Arc::clone(&parameter.text), tree));
                            places.push(parameter.place.clone());
                        }
                        None => whole = false,
                    }
                }
            }
            // The arguments, under their own names.
            None => {
                for (name, _) in file.args.iter().flat_map(|args| &args.value.0) {
                    places.push(procedure.place.clone());
                    with.push((
                        Arc::clone(&name.text),
                        Tree::Expression(Expression {
                            node: ExpressionNode::Path(Path {
                                root: Arc::clone(&name.text),
                                parts: Vec::new(),
                            }),
                            span: 0..name.text.len(),
                        }),
                    ));
                }
            }
        }
        let group = self.group(file);
        whole.then(|| ProcedureStep {
            backend: Arc::clone(&backend.backend),
            procedure: Arc::clone(&procedure.text),
            with,
            sets: file
                .sets
                .iter()
                .flat_map(|sets| &sets.value.0)
                .map(|set| Arc::clone(&set.text))
                .collect(),
            group: group
                .iter()
                .map(|column| Arc::clone(&column.text))
                .collect(),
            writes: file.writes.as_ref().is_none_or(|writes| writes.value.value),
            scope: shelf.scope_of(backend),
            places: ProcedurePlaces {
                name: procedure.place.clone(),
                with: places,
            },
        })
    }
}

/// An unknown name, told by who knows why it is unknown: a later step, a root that is not known here.
fn better(problem: Problem, text: &str, names: &Names<'_>) -> Problem {
    let said = text.get(problem.span.clone()).unwrap_or_default();
    let Ok(path) = crate::expression::path(said.trim_start_matches(':')) else {
        return problem;
    };
    match names.find(&path) {
        Err(missing) if problem.code.0 == 401 && missing.code != 401 => {
            missing.problem(problem.span)
        }
        Ok(_) | Err(_) => problem,
    }
}

/// Declared types of what is bound, by variant and placeholder.
fn declared(statement: &Statement, names: &Names<'_>) -> Vec<Vec<Option<slot::Scalar>>> {
    let of = |bind: &Bind| match bind.function {
        Some(function) => function_gives(function),
        None => names.declared(&bind.path),
    };
    statement
        .variants
        .iter()
        .map(|variant| variant.binds.iter().map(of).collect())
        .collect()
}

fn function_gives(function: crate::expression::Function) -> Option<slot::Scalar> {
    use crate::expression::Function as F;
    match function {
        F::String
        | F::Concat
        | F::Join
        | F::Lower
        | F::Upper
        | F::Trim
        | F::Base64
        | F::Contains
        | F::Starts => Some(slot::Scalar::String),
        F::Int | F::Size => Some(slot::Scalar::Int),
        F::Number => Some(slot::Scalar::Number),
        F::Decimal => Some(slot::Scalar::Decimal),
        F::Bool => Some(slot::Scalar::Bool),
        F::Date => Some(slot::Scalar::Date),
        F::Day => Some(slot::Scalar::Day),
        F::Bytes => Some(slot::Scalar::Bytes),
        F::Split | F::First | F::Last | F::If | F::Lookup => None,
    }
}
