//! What only a database can tell: whether a text prepares, and whether its columns fit the reply's type.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::model::{Backend, Kind, Login, Mapping, Operation, Plan, ProcedureStep, SqlStep, Step};
use crate::rows::{self, ColumnKind, Described, Planned, RowPlace, RowProblem, Wanted};
use crate::slot::{Scalar, Type};
use crate::statement::{Filtered, OrderChoice, Variant};

use super::backends::product;

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
    for service in &mapping.services {
        let mut seen: Vec<*const Operation> = Vec::new();
        for operation in service.operations.values() {
            if seen.contains(&Arc::as_ptr(operation)) {
                continue;
            }
            seen.push(Arc::as_ptr(operation));
            of_operation(operation, &mut found);
        }
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
    let mut found = Vec::new();
    for service in &mapping.services {
        let mut seen: Vec<*const Operation> = Vec::new();
        for operation in service.operations.values() {
            if seen.contains(&Arc::as_ptr(operation)) {
                continue;
            }
            seen.push(Arc::as_ptr(operation));
            let mut steps = Vec::new();
            steps_of(operation, &mut steps);
            for (operation, step) in steps {
                if let Kind::Procedure(procedure) = &step.kind {
                    found.push(ProcedureOf {
                        operation,
                        step,
                        procedure,
                    });
                }
            }
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

impl ProcedureOf<'_> {
    /// What the catalogue says against `with`: a parameter that the procedure does not have or only gives out, and one
    /// that is missing (B0429).
    pub fn check_parameters(&self, parameters: &[Parameter<'_>]) -> Vec<Diagnostic> {
        let places = &self.procedure.places;
        let name = &self.procedure.procedure;
        let mut found = Vec::new();
        for ((given, _), place) in self.procedure.with.iter().zip(&places.with) {
            let known = parameters
                .iter()
                .find(|parameter| parameter.name.eq_ignore_ascii_case(given));
            match known {
                Some(parameter) if parameter.goes_in => {}
                Some(_) => found.push(Diagnostic::error(
                    429,
                    place,
                    format!("the parameter `{given}` of `{name}` only gives a value"),
                )),
                None => {
                    let meant =
                        did_you_mean(given, parameters.iter().map(|parameter| parameter.name));
                    found.push(Diagnostic::error(
                        429,
                        place,
                        format!("`{name}` has no parameter `{given}`{meant}"),
                    ));
                }
            }
        }
        for parameter in parameters.iter().filter(|parameter| parameter.needed) {
            let given = self
                .procedure
                .with
                .iter()
                .any(|(name, _)| parameter.name.eq_ignore_ascii_case(name));
            if !given {
                found.push(
                    Diagnostic::error(
                        429,
                        &places.name,
                        format!(
                            "`{name}` wants a value for its parameter `{}`",
                            parameter.name
                        ),
                    )
                    .help(format!(
                        "write it under `with`: `{{{}: …}}`",
                        parameter.name
                    )),
                );
            }
        }
        found
    }

    /// A procedure that its database does not have (B0429).
    pub fn unknown(&self, said: &str) -> Diagnostic {
        Diagnostic::error(
            429,
            &self.procedure.places.name,
            format!("`{}`: {said}", self.procedure.backend.name),
        )
    }
}

impl StatementOf<'_> {
    /// The database that is asked.
    pub fn backend(&self) -> &Arc<Backend> {
        &self.sql.backend
    }

    /// Lays the columns of a variant beside the reply's type.
    ///
    /// # Errors
    /// All that does not fit, as diagnostics; the warnings among them too.
    pub fn check_described(
        &self,
        variant: &Variant,
        described: &Described,
    ) -> Result<(Planned, Vec<Diagnostic>), Vec<Diagnostic>> {
        let returns = self
            .step
            .returns
            .as_ref()
            .filter(|_| self.step.value.is_none());
        let wanted = Wanted {
            returns,
            scope: &self.sql.scope,
            group: &self.sql.group,
            zone: &self.step.zone,
            text: Some((&self.sql.statement, variant)),
        };
        let order = self.order_columns(described);
        let bound = self.bound(variant, described);
        let planned = rows::plan(&wanted, &described.columns);
        let told = match &planned {
            Ok(planned) => &planned.warnings,
            Err(problems) => problems,
        };
        let told: Vec<Diagnostic> = told
            .iter()
            .map(|problem| self.diagnostic(problem))
            .chain(bound)
            .collect();
        match planned {
            Ok(planned) if order.is_empty() => Ok((planned, told)),
            Ok(_) | Err(_) => Err(order.into_iter().chain(told).collect()),
        }
    }

    /// Values whose declared type is another kind of thing than the database wants (B0428): they are converted at every
    /// call, and some will not be.
    fn bound(&self, variant: &Variant, described: &Described) -> Vec<Diagnostic> {
        let declared = self
            .sql
            .statement
            .variants
            .iter()
            .position(|other| std::ptr::eq(other, variant) || other.text == variant.text)
            .and_then(|index| self.sql.declared.get(index));
        let Some(declared) = declared else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for ((bind, declared), wanted) in variant
            .binds
            .iter()
            .zip(declared)
            .zip(&described.parameters)
        {
            let (Some(given), Some(wanted)) = (declared.map(given), wanted_kind(wanted)) else {
                continue;
            };
            if given.is_none_or(|given| given == wanted) {
                continue;
            }
            let Some(declared) = declared else {
                continue;
            };
            found.push(
                Diagnostic::warning(
                    428,
                    &self.sql.places.text.place(&bind.span),
                    format!(
                        "`:{}` is `{}`, and {} wants {} here",
                        bind.path,
                        Type::Scalar(*declared),
                        product(self.sql.statement.dialect),
                        wanted.name()
                    ),
                )
                .help(format!(
                    "declare it as the type that the column has, or say the type in the text: `CAST(:{} AS …)`",
                    bind.path
                )),
            );
        }
        found
    }

    /// Columns that `order` names and the text does not have (B0425).
    fn order_columns(&self, described: &Described) -> Vec<Diagnostic> {
        let order = self.sql.statement.order.as_ref();
        let Some(order) = order.filter(|_| !described.columns.is_empty()) else {
            return Vec::new();
        };
        let mut found: Vec<Diagnostic> = Vec::new();
        for word in order.words() {
            let choice = OrderChoice {
                word,
                descending: false,
            };
            if let Err(error) = order.text(self.sql.statement.dialect, choice, &described.columns) {
                let diagnostic = Diagnostic::error(425, &self.sql.places.order, error.to_string());
                if !found.contains(&diagnostic) {
                    found.push(diagnostic);
                }
            }
        }
        found
    }

    /// A text that does not prepare (B0407), told with its case and at its place.
    pub fn refused(&self, variant: &Variant, refused: &Refused) -> Diagnostic {
        let place = match refused.position {
            Some(position) => {
                let start = variant.place(position);
                self.sql.places.text.place(&(start..start + 1))
            }
            None => self.sql.places.text.place(&self.whole(variant)),
        };
        let case = self.sql.statement.case(variant);
        let product = product(self.sql.statement.dialect);
        let asked = if case.is_empty() {
            product.to_owned()
        } else {
            format!("{product} {case}")
        };
        let diagnostic = Diagnostic::error(407, &place, format!("{asked}: {}", refused.message));
        if self.sql.statement.filtered == Filtered::Around
            && refused
                .position
                .is_none_or(|position| variant.place(position) == variant.place(variant.text.len()))
        {
            return diagnostic.help(
                "`rows` stands around this text: its conditions name result columns of it, or the operation says `rows: all`",
            );
        }
        if case.starts_with("without") && refused.message.contains("syntax") {
            return diagnostic.help("lines that may be left out need something before them that stays: begin with `WHERE true`");
        }
        diagnostic
    }

    /// The text of a further page that does not prepare (B0407).
    pub fn unpaged(&self, said: &str) -> Diagnostic {
        let product = product(self.sql.statement.dialect);
        let said = said.lines().next().unwrap_or_default();
        Diagnostic::error(
            407,
            &self.sql.places.order,
            format!("{product}, asked for the rows behind a page: {said}"),
        )
        .help("order by columns that can be compared with a value")
    }

    /// Orders of pages in which two rows may be equal (B0410). `keys` are the unique keys of the tables that the text names.
    pub fn check_unique(&self, keys: &[Vec<String>]) -> Option<Diagnostic> {
        let order = self.sql.statement.order.as_ref()?;
        for word in order.words() {
            let columns = order.columns_of(word);
            let unique = keys.iter().any(|key| {
                key.iter().all(|part| {
                    columns
                        .iter()
                        .any(|column| rows::same_name(&column.column, part))
                })
            });
            if unique {
                continue;
            }
            let names: Vec<&str> = columns.iter().map(|column| &*column.column).collect();
            let key = keys.iter().min_by_key(|key| key.len());
            let help = match key {
                Some(key) => format!(
                    "add a unique column: `[{}, {}]`; or say which columns are: `unique: [COLUMN]`",
                    names.join(", "),
                    key.join(", ")
                ),
                None => "say which columns of `order` are together never twice the same: `unique: [COLUMN]`".to_owned(),
            };
            return Some(
                Diagnostic::error(
                    410,
                    &self.sql.places.order,
                    format!(
                        "rows with equal {} would be skipped between pages",
                        names
                            .iter()
                            .map(|name| format!("`{name}`"))
                            .collect::<Vec<_>>()
                            .join(", ")
                    ),
                )
                .help(help),
            );
        }
        None
    }

    fn whole(&self, variant: &Variant) -> std::ops::Range<usize> {
        let start = variant.place(0);
        start..variant.place(variant.text.len()).max(start + 1)
    }

    fn diagnostic(&self, problem: &RowProblem) -> Diagnostic {
        Diagnostic {
            code: problem.code,
            severity: problem.severity,
            message: problem.message.clone(),
            place: self.place(&problem.at),
            help: problem.help.clone(),
        }
    }

    fn place(&self, at: &RowPlace) -> Place {
        let places = &self.sql.places;
        match at {
            RowPlace::Returns => places.returns.clone(),
            RowPlace::Field { type_name, field } => self
                .sql
                .scope
                .places
                .get(&(Arc::clone(type_name), Arc::clone(field)))
                .unwrap_or(&places.returns)
                .clone(),
            RowPlace::Group(at) => places.group.get(*at).unwrap_or(&places.returns).clone(),
            RowPlace::Text(span) => places.text.place(span),
        }
    }
}

/// Kinds of values that are converted into each other only now and then.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Number,
    Text,
    Bool,
    Date,
    Bytes,
}

impl Family {
    fn name(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Bool => "a truth value",
            Self::Date => "a date",
            Self::Bytes => "bytes",
        }
    }
}

fn given(scalar: Scalar) -> Option<Family> {
    match scalar {
        Scalar::String | Scalar::Secret => Some(Family::Text),
        Scalar::Int | Scalar::Number | Scalar::Decimal | Scalar::Long => Some(Family::Number),
        Scalar::Bool => Some(Family::Bool),
        Scalar::Date | Scalar::Day => Some(Family::Date),
        Scalar::Bytes => Some(Family::Bytes),
        Scalar::Time | Scalar::Xml => None,
    }
}

fn wanted_kind(kind: &ColumnKind) -> Option<Family> {
    match kind {
        ColumnKind::Bool => Some(Family::Bool),
        ColumnKind::Int | ColumnKind::Long | ColumnKind::Decimal | ColumnKind::Number => {
            Some(Family::Number)
        }
        ColumnKind::Text => Some(Family::Text),
        ColumnKind::Bytes => Some(Family::Bytes),
        ColumnKind::Day | ColumnKind::LocalTimestamp | ColumnKind::Timestamp => Some(Family::Date),
        ColumnKind::List(inner) => wanted_kind(inner),
        ColumnKind::Time
        | ColumnKind::Json
        | ColumnKind::Xml
        | ColumnKind::Uuid
        | ColumnKind::Other(_)
        | ColumnKind::Unknown => None,
    }
}
