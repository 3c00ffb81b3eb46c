//! Asking the databases about every statement of a mapping, before anybody calls.
//!
//! Each text that can arise is prepared, and its columns are laid beside the reply's type; what is found out is kept with the
//! statement, so that the first call need not ask. A database that is away tells nothing: its statements are asked
//! about at their first call.

use std::collections::HashSet;
use std::sync::Arc;

use footbridge_mapping::compile::described::{
    Parameter, ProcedureOf, Refused, StatementOf, procedures, statements,
};
use footbridge_mapping::data::Data;
use footbridge_mapping::diagnostic::Diagnostic;
use footbridge_mapping::model::{Prepared, SqlPageBy};
use footbridge_mapping::statement::page::{self, Window};
use footbridge_mapping::statement::{Order, OrderChoice, Variant};
use footbridge_sql::{Database, ParameterMode, Preparation, SqlError, SqlErrorKind};
use futures_util::future::join_all;

use crate::live::Live;
use crate::unique;

/// What the databases said.
#[derive(Debug, Default)]
pub struct Findings {
    /// Texts that do not prepare, columns that do not fit.
    pub diagnostics: Vec<Diagnostic>,
    /// Databases that did not answer, and why.
    pub away: Vec<(Arc<str>, SqlError)>,
    /// How many texts were prepared.
    pub texts: usize,
}

impl Live {
    /// Asks each database about its statements, all databases at once.
    pub async fn prepare(&self) -> Findings {
        let statements = statements(&self.mapping);
        let procedures = procedures(&self.mapping);
        let asked = self.databases.iter().map(|database| {
            let own = statements
                .iter()
                .filter(|statement| statement.backend().name == *database.name());
            let called = procedures
                .iter()
                .filter(|called| called.procedure.backend.name == *database.name());
            ask(database, own.copied().collect(), called.copied().collect())
        });
        let mut all = Findings::default();
        for findings in join_all(asked).await {
            all.diagnostics.extend(findings.diagnostics);
            all.away.extend(findings.away);
            all.texts += findings.texts;
        }
        // Several texts of one statement find the same.
        let mut seen = HashSet::new();
        all.diagnostics.retain(|found| {
            let place = &found.place;
            seen.insert((
                Arc::clone(&place.file),
                place.span.start,
                found.code,
                found.message.clone(),
            ))
        });
        all
    }
}

async fn ask(
    database: &Database,
    statements: Vec<StatementOf<'_>>,
    procedures: Vec<ProcedureOf<'_>>,
) -> Findings {
    let mut findings = Findings::default();
    for statement in statements {
        if let Err(error) = ask_statement(database, &statement, &mut findings).await {
            findings.away.push((Arc::clone(database.name()), error));
            return findings;
        }
    }
    for procedure in procedures {
        match ask_procedure(database, &procedure).await {
            Ok(found) => findings.diagnostics.extend(found),
            Err(error) => {
                findings.away.push((Arc::clone(database.name()), error));
                return findings;
            }
        }
    }
    findings
}

/// Asks the catalogue about a procedure, and holds its parameters against what the mapping gives.
///
/// # Errors
/// If the database is away.
async fn ask_procedure(
    database: &Database,
    called: &ProcedureOf<'_>,
) -> Result<Vec<Diagnostic>, SqlError> {
    let step = called.procedure;
    let given: Vec<&str> = step.with.iter().map(|(name, _)| &**name).collect();
    match database.procedure(&step.procedure, &given).await {
        Ok(info) => {
            let parameters: Vec<Parameter<'_>> = info
                .parameters
                .iter()
                .map(|parameter| Parameter {
                    name: &parameter.name,
                    goes_in: parameter.mode != ParameterMode::Out,
                    needed: parameter.mode == ParameterMode::In && !parameter.has_default,
                })
                .collect();
            Ok(called.check_parameters(&parameters))
        }
        Err(error)
            if matches!(
                error.kind,
                SqlErrorKind::Unavailable | SqlErrorKind::Timeout
            ) =>
        {
            Err(error)
        }
        Err(error) => Ok(vec![called.unknown(&error.to_string())]),
    }
}

/// Asks about all texts of a statement.
///
/// # Errors
/// If the database is away.
async fn ask_statement(
    database: &Database,
    statement: &StatementOf<'_>,
    findings: &mut Findings,
) -> Result<(), SqlError> {
    let variants = &statement.sql.statement.variants;
    // The text in which most lines stand: orders are tried on it, and put together from it for the others.
    let fullest = (0..variants.len())
        .max_by_key(|&index| variants[index].case.iter().filter(|&&holds| holds).count());
    for (index, variant) in variants.iter().enumerate() {
        let declared = statement
            .sql
            .declared
            .get(index)
            .map_or(&[][..], Vec::as_slice);
        let preparation = match database.describe(&variant.text, declared).await {
            Ok(preparation) => preparation,
            Err(error) => {
                findings
                    .diagnostics
                    .push(refused(statement, variant, error)?);
                continue;
            }
        };
        findings.texts += 1;
        match statement.check_described(variant, &preparation.described) {
            Ok((planned, warnings)) => {
                findings.diagnostics.extend(warnings);
                if fullest == Some(index) {
                    ask_orders(
                        database,
                        statement,
                        (index, variant),
                        &preparation,
                        findings,
                    )
                    .await?;
                    ask_pages(database, statement, index, &preparation, findings).await?;
                }
                let Preparation { text, described } = preparation;
                statement.sql.prepared.keep(
                    index,
                    Prepared {
                        text,
                        described,
                        plan: planned.plan,
                    },
                );
            }
            Err(found) => findings.diagnostics.extend(found),
        }
    }
    Ok(())
}

/// Asks about a text once with each order and direction.
async fn ask_orders(
    database: &Database,
    statement: &StatementOf<'_>,
    (index, variant): (usize, &Variant),
    preparation: &Preparation,
    findings: &mut Findings,
) -> Result<(), SqlError> {
    let sql = statement.sql;
    let words = match &sql.statement.order {
        None => return Ok(()),
        Some(Order::Fixed(_)) => vec![None],
        Some(Order::Choice { of, .. }) => of.iter().map(|(word, _)| Some(&**word)).collect(),
    };
    let turns: &[bool] = match &sql.statement.order {
        Some(Order::Choice {
            descending: Some(_),
            ..
        }) => &[false, true],
        Some(
            Order::Choice {
                descending: None, ..
            }
            | Order::Fixed(_),
        )
        | None => &[false],
    };
    let declared = sql.declared.get(index).map_or(&[][..], Vec::as_slice);
    for word in words {
        for &descending in turns {
            let choice = OrderChoice { word, descending };
            let columns = &preparation.described.columns;
            let text = match sql
                .statement
                .text(index, &preparation.text, choice, columns, None)
            {
                Ok(text) => text,
                Err(error) => {
                    findings.diagnostics.push(Diagnostic::error(
                        425,
                        &sql.places.order,
                        error.to_string(),
                    ));
                    continue;
                }
            };
            if let Err(error) = database.describe(&text, declared).await {
                let mut found = refused(statement, variant, error)?;
                found.place = sql.places.order.clone();
                findings.diagnostics.push(found);
            } else {
                findings.texts += 1;
            }
        }
    }
    Ok(())
}

/// Asks about the text of a further page with each order, and whether its keys are ever twice the same.
///
/// # Errors
/// If the database is away.
async fn ask_pages(
    database: &Database,
    statement: &StatementOf<'_>,
    index: usize,
    preparation: &Preparation,
    findings: &mut Findings,
) -> Result<(), SqlError> {
    let sql = statement.sql;
    let (Some(paging), Some(order)) = (&sql.page, &sql.statement.order) else {
        return Ok(());
    };
    if paging.by != SqlPageBy::Keyset {
        return Ok(());
    }
    let declared = sql.declared.get(index).map_or(&[][..], Vec::as_slice);
    let bound = sql
        .statement
        .variants
        .get(index)
        .map_or(0, |variant| variant.binds.len());
    for word in order.words() {
        let choice = OrderChoice {
            word,
            descending: false,
        };
        let columns = &preparation.described.columns;
        // A column that is none has been told of.
        let Ok(keys) = order.keys(choice, columns) else {
            return Ok(());
        };
        let behind = vec![Data::Null; keys.len()];
        let window = Window {
            behind: Some(&behind),
            skip: 0,
            rows: 1,
        };
        let around = page::by_keyset(
            sql.statement.dialect,
            &preparation.text,
            bound,
            &keys,
            window,
        );
        match database.describe(&around.text.into(), declared).await {
            Ok(_) => findings.texts += 1,
            Err(error)
                if matches!(
                    error.kind,
                    SqlErrorKind::Unavailable | SqlErrorKind::Timeout
                ) =>
            {
                return Err(error);
            }
            Err(error) => findings.diagnostics.push(statement.unpaged(&error.message)),
        }
    }
    if paging.unique.is_empty() {
        let tables = page::tables(&preparation.text, sql.statement.dialect);
        let keys = unique::keys(database, &tables).await?;
        findings.diagnostics.extend(statement.check_unique(&keys));
    }
    Ok(())
}

/// What the database says of a text that it does not take.
///
/// # Errors
/// If it did not look at the text at all.
fn refused(
    statement: &StatementOf<'_>,
    variant: &Variant,
    error: SqlError,
) -> Result<Diagnostic, SqlError> {
    match error.kind {
        SqlErrorKind::Unavailable | SqlErrorKind::Timeout => Err(error),
        SqlErrorKind::Duplicate
        | SqlErrorKind::Reference
        | SqlErrorKind::Check
        | SqlErrorKind::Serialization
        | SqlErrorKind::Syntax
        | SqlErrorKind::ReadOnly
        | SqlErrorKind::Argument { .. }
        | SqlErrorKind::Unreadable { .. }
        | SqlErrorKind::Changed
        | SqlErrorKind::TooManyRows { .. }
        | SqlErrorKind::None
        | SqlErrorKind::Many
        | SqlErrorKind::Write(_)
        | SqlErrorKind::Other => {
            let message = error.message.lines().next().unwrap_or_default().to_owned();
            Ok(statement.refused(
                variant,
                &Refused {
                    message,
                    position: error.position,
                },
            ))
        }
    }
}
