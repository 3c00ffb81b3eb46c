//! One statement on one connection: bound, run, its rows sent where they go.

use std::sync::Arc;
use std::task::{Poll, ready};

use footbridge_amf::Class;
use footbridge_mapping::data::Data;
use footbridge_mapping::rows::{CellRule, Column, Field, NullRule, RowPlan};
use footbridge_mapping::statement::{Dialect, TokenKind, scan};
use futures_util::StreamExt;
use sqlx::Either;

use crate::cell::{self, Cell};
use crate::collect;
use crate::engine::{Engine, Known, Step, Steps};
use crate::error::{SqlError, SqlErrorKind};
use crate::keys::Keys;
use crate::query::{Outcome, Output, Query};
use crate::rows::{Gathered, RawRow, Sent, Walk, many};

type ColumnsOf<E> = <<E as Engine>::Row as RawRow>::Columns;

/// The first step of a result: until it is there nothing has been written, and a text that reads can be tried again.
pub(crate) type First<E> = Option<Result<Step<E>, sqlx::Error>>;

/// Reads the result that began with `first` to its end.
///
/// # Errors
/// Those of the database while it runs, of cells, of the sink, and of row counts.
pub(crate) async fn consume<E: Engine>(
    first: First<E>,
    steps: Steps<'_, E>,
    known: &Known<E>,
    query: &Query<'_>,
    output: Output<'_>,
) -> Result<Outcome, SqlError> {
    let mut reading = Reading::<E> {
        first,
        steps,
        known,
        query,
        columns: None,
        outcome: Outcome::default(),
    };
    match output {
        Output::Rows {
            plan,
            shape,
            style,
            service,
            sink,
        } => {
            // What goes wrong before the first row leaves nothing behind in the sink.
            reading.check_first()?;
            let end = Sent::rows(sink, style, service, plan, shape)?;
            let mut walk = Walk::<E::Row, _>::new(plan, end);
            let mut keys = Keys::of(query);
            let take = |row: E::Row, columns: &ColumnsOf<E>| match keys.look(&row, columns)? {
                true => walk.row(row, columns),
                false => Ok(()),
            };
            reading.all(take).await?;
            keys.into(&mut reading.outcome);
            walk.finish(reading.columns.as_ref())?;
            reading.outcome.objects = walk.objects();
            walk.end.finish()?;
        }
        Output::Row {
            plan,
            optional,
            style,
            service,
            sink,
        } => {
            let Some(row) = reading.row().await? else {
                missing(optional)?;
                sink.null()?;
                return reading.finish();
            };
            let mut walk = Walk::<E::Row, _>::single(plan, Sent::single(sink, style, service));
            walk.row(row, reading.decoders()?)?;
            while let Some(row) = reading.row().await? {
                walk.row(row, reading.decoders()?)?;
            }
            walk.finish(reading.columns.as_ref())?;
            reading.outcome.objects = 1;
        }
        Output::Scalar {
            rule,
            optional,
            style,
            sink,
        } => {
            let mut sent = Sent::single(sink, style, "");
            let Some(row) = reading.row().await? else {
                missing(optional)?;
                sent.sink().null()?;
                return reading.finish();
            };
            let mut scratch = String::new();
            let cell = first_cell(&row, reading.decoders()?, rule, &mut scratch)?;
            sent.value(rule, &cell)?;
            if reading.row().await?.is_some() {
                return Err(many());
            }
            reading.outcome.objects = 1;
        }
        Output::Scalars {
            rule,
            shape,
            style,
            sink,
        } => {
            reading.check_first()?;
            let mut sent = Sent::single(sink, style, "");
            shape.begin(sent.sink())?;
            let mut scratch = String::new();
            while let Some(row) = reading.row().await? {
                let cell = first_cell(&row, reading.decoders()?, rule, &mut scratch)?;
                sent.value(rule, &cell)?;
            }
            shape.end(sent.sink())?;
            reading.outcome.objects = reading.outcome.rows;
        }
        Output::Records { plan } => {
            let described;
            let plan = match plan {
                Some(plan) => plan,
                None => {
                    let columns = known.preparation.described.columns.iter();
                    described = plan_of(columns.map(|column| &*column.name), query);
                    &described
                }
            };
            let mut walk = Walk::<E::Row, _>::new(plan, Gathered::new());
            let mut keys = Keys::of(query);
            while let Some(row) = reading.row().await? {
                let columns = reading.decoders()?;
                if keys.look(&row, columns)? {
                    walk.row(row, columns)?;
                }
            }
            keys.into(&mut reading.outcome);
            walk.finish(reading.columns.as_ref())?;
            reading.outcome.objects = walk.objects();
            reading.outcome.data = walk.end.into_items();
        }
        Output::Values { rule } => {
            let plain;
            let rule = match rule {
                Some(rule) => rule,
                None => {
                    plain = cell::plain_rule(Arc::from("value"), query.zone.clone());
                    &plain
                }
            };
            let mut gathered = Gathered::new();
            let mut scratch = String::new();
            while let Some(row) = reading.row().await? {
                let cell = first_cell(&row, reading.decoders()?, rule, &mut scratch)?;
                gathered.item(collect::data(rule, cell)?);
            }
            reading.outcome.objects = reading.outcome.rows;
            reading.outcome.data = gathered.into_items();
        }
        Output::Nothing => while reading.row().await?.is_some() {},
    }
    reading.finish()
}

/// Reads all result sets to their end, each as objects of its columns. The statement's own end counts as one more,
/// empty, where the database tells of it.
///
/// # Errors
/// Those of [`consume`].
pub(crate) async fn sets<E: Engine>(
    mut steps: Steps<'_, E>,
    query: &Query<'_>,
) -> Result<Vec<Vec<Data>>, SqlError> {
    let mut sets = Vec::new();
    let mut set = Vec::new();
    let mut decoders: Option<(RowPlan, ColumnsOf<E>)> = None;
    let mut rows = 0;
    while let Some(step) = steps.next().await {
        match step.map_err(|error| SqlError::from_sqlx(error, query.text))? {
            Either::Left(_) => {
                sets.push(std::mem::take(&mut set));
                decoders = None;
            }
            Either::Right(row) => {
                if rows >= query.max_rows {
                    return Err(too_many(query.max_rows));
                }
                rows += 1;
                if decoders.is_none()
                    && let Some(name) = twice(row.names())
                {
                    return Err(SqlError::new(
                        SqlErrorKind::Unreadable {
                            column: name.into(),
                        },
                        format!("two columns of a result set are named `{name}`"),
                    ));
                }
                let (plan, columns) = decoders
                    .get_or_insert_with(|| (plan_of(row.names(), query), E::columns(None, &row)));
                let mut walk = Walk::<E::Row, _>::new(plan, Gathered::new());
                walk.row(row, columns)?;
                set.extend(walk.end.into_items());
            }
        }
    }
    Ok(sets)
}

/// A name that stands there more than once, so that one column would hide another.
fn twice<'n>(names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let mut seen = std::collections::HashSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}

fn too_many(limit: usize) -> SqlError {
    SqlError::new(
        SqlErrorKind::TooManyRows { limit },
        format!("more than {limit} rows"),
    )
}

/// A plan that takes all columns under their own names.
fn plan_of<'n>(names: impl Iterator<Item = &'n str>, query: &Query<'_>) -> RowPlan {
    let mut class = Class::default();
    let mut fields = Vec::new();
    for (column, name) in names.enumerate() {
        class.sealed.push(name.to_owned());
        fields.push(Field::Cell {
            column,
            rule: CellRule {
                null: NullRule::Null,
                ..cell::plain_rule(Arc::from(name), query.zone.clone())
            },
        });
    }
    RowPlan {
        class: Arc::new(class),
        fields,
        keys: Vec::new(),
    }
}

fn missing(optional: bool) -> Result<(), SqlError> {
    if optional {
        return Ok(());
    }
    Err(SqlError::new(SqlErrorKind::None, "there is no row"))
}

fn first_cell<'r, R: RawRow>(
    row: &'r R,
    columns: &'r R::Columns,
    rule: &CellRule,
    scratch: &'r mut String,
) -> Result<Cell<'r>, SqlError> {
    row.cell(columns, 0, scratch)
        .map_err(|unfit| SqlError::unreadable(&rule.name, unfit))
}

struct Reading<'r, E: Engine> {
    first: First<E>,
    steps: Steps<'r, E>,
    known: &'r Known<E>,
    query: &'r Query<'r>,
    columns: Option<ColumnsOf<E>>,
    outcome: Outcome,
}

impl<E: Engine> Reading<'_, E> {
    /// Gives all rows away, as many as there are whenever it is woken.
    async fn all(
        &mut self,
        mut take: impl FnMut(E::Row, &ColumnsOf<E>) -> Result<(), SqlError> + Send,
    ) -> Result<(), SqlError> {
        // The first one tells the columns.
        let Some(row) = self.row().await? else {
            return Ok(());
        };
        take(row, self.decoders()?)?;
        // A future for each row would move it twice more.
        std::future::poll_fn(|context| {
            loop {
                match ready!(self.steps.poll_next_unpin(context)) {
                    Some(Ok(Either::Right(row))) => {
                        self.count()?;
                        take(row, self.decoders()?)?;
                    }
                    Some(Ok(Either::Left(finished))) => self.done(&finished),
                    Some(Err(error)) => {
                        return Poll::Ready(Err(SqlError::from_sqlx(error, self.query.text)));
                    }
                    None => return Poll::Ready(Ok(())),
                }
            }
        })
        .await
    }

    #[inline]
    fn count(&mut self) -> Result<(), SqlError> {
        if self.outcome.rows >= self.query.max_rows {
            return Err(too_many(self.query.max_rows));
        }
        self.outcome.rows += 1;
        Ok(())
    }

    fn done(&mut self, finished: &E::Finished) {
        let done = E::done(finished);
        self.outcome.changed = self.outcome.changed.saturating_add(done.changed);
        self.outcome.key = done.key.or(self.outcome.key);
    }

    /// The next row.
    async fn row(&mut self) -> Result<Option<E::Row>, SqlError> {
        loop {
            // Looked at before it is taken: a row that is moved for nothing costs more than its cells.
            let step = if self.first.is_some() {
                self.first.take()
            } else {
                self.steps.next().await
            };
            match step {
                Some(Ok(Either::Right(row))) => {
                    self.count()?;
                    if self.columns.is_none() {
                        self.compare(&row)?;
                        self.columns = Some(E::columns(Some(self.known), &row));
                    }
                    return Ok(Some(row));
                }
                Some(Ok(Either::Left(finished))) => self.done(&finished),
                Some(Err(error)) => {
                    return Err(SqlError::from_sqlx(error, self.query.text));
                }
                None => return Ok(None),
            }
        }
    }

    fn check_first(&mut self) -> Result<(), SqlError> {
        match self.first.take() {
            Some(Err(error)) => Err(SqlError::from_sqlx(error, self.query.text)),
            first => {
                self.first = first;
                Ok(())
            }
        }
    }

    fn decoders(&self) -> Result<&ColumnsOf<E>, SqlError> {
        self.columns
            .as_ref()
            .ok_or_else(|| SqlError::new(SqlErrorKind::Other, "a row without columns"))
    }

    /// A plan goes by places, so columns that moved must not be read by it.
    fn compare(&self, row: &E::Row) -> Result<(), SqlError> {
        let expected = self.query.columns;
        let keys = self.query.page.map_or(0, |page| page.keys);
        let mut names = row.names();
        let known = |column: &Column| names.next() == Some(&*column.name);
        if expected.is_empty() || expected.iter().all(known) && names.count() == keys {
            return Ok(());
        }
        Err(SqlError::new(
            SqlErrorKind::Changed,
            "the columns of the text have changed since it was described",
        ))
    }

    fn finish(mut self) -> Result<Outcome, SqlError> {
        let outcome = &mut self.outcome;
        if !self.query.writes {
            // Drivers count what a SELECT gives, or what the statement before it changed.
            outcome.changed = 0;
        } else if outcome.changed == 0 {
            // MariaDB does not count what RETURNING gives.
            outcome.changed = u64::try_from(outcome.rows).unwrap_or(u64::MAX);
        }
        // SQLite tells the last key of the connection, whichever statement made it.
        if outcome.changed == 0 || !inserts(self.query.text, E::DIALECT) {
            outcome.key = None;
        }
        Ok(self.outcome)
    }
}

/// Whether a text inserts, so that a generated key is its own.
fn inserts(text: &str, dialect: Dialect) -> bool {
    let Ok(tokens) = scan(text, dialect) else {
        return false;
    };
    let mut words = tokens
        .into_iter()
        .filter(|token| matches!(token.kind, TokenKind::Word))
        .filter_map(|token| text.get(token.span));
    let is_insert =
        |word: &str| word.eq_ignore_ascii_case("insert") || word.eq_ignore_ascii_case("replace");
    match words.next() {
        Some(first) if first.eq_ignore_ascii_case("with") => words.any(is_insert),
        Some(first) => is_insert(first),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_inserts_have_a_key() {
        let inserts = |text| inserts(text, Dialect::Sqlite);
        assert!(inserts("-- a product\nINSERT INTO t VALUES (1)"));
        assert!(inserts(
            "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x"
        ));
        assert!(inserts("/* x */ replace INTO t VALUES ('update')"));
        assert!(!inserts("UPDATE t SET a = 'insert'"));
        assert!(!inserts("WITH x AS (SELECT 'insert') DELETE FROM t"));
    }
}
