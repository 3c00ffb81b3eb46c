//! What a database says of a statement: whether its texts prepare, and whether their columns fit the reply's type.

use std::ops::Range;
use std::sync::Arc;

use super::{Refused, StatementOf};
use crate::compile::backends::product;
use crate::diagnostic::{Diagnostic, Place};
use crate::model::Backend;
use crate::rows::{self, Described, Planned, RowPlace, RowProblem, Wanted};
use crate::statement::{Filtered, OrderChoice, Variant};

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

    fn whole(&self, variant: &Variant) -> Range<usize> {
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
