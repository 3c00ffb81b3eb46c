//! What the pages of a statement ask the database.

use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::model::{SqlPageBy, SqlPaging, SqlStep, SqlTotal};
use footbridge_mapping::rows::Column;
use footbridge_mapping::statement::page::{self, Around, OrderKey, Window};
use footbridge_mapping::statement::{OrderChoice, OrderError, estimate};

use super::known::Known;
use super::plan::{placeholder, write, write_text};

/// A statement with the order that was chosen, and the texts around it.
pub(super) struct Pages<'p> {
    pub(super) sql: &'p SqlStep,
    /// The statement's own text.
    pub(super) base: &'p Arc<str>,
    /// Its columns, where a database told them.
    pub(super) columns: &'p [Column],
    pub(super) choice: OrderChoice<'p>,
    /// How many values it binds.
    pub(super) bound: usize,
}

impl Pages<'_> {
    /// The text of the one page that a caller asks for.
    pub(super) fn only(
        &self,
        out: &mut String,
        paging: &SqlPaging,
        known: &Known<'_>,
        indent: &str,
    ) {
        let (size, offset) = known.page(&paging.size, paging.only.as_ref());
        match self.by_offset(size.unsigned_abs(), offset.unsigned_abs()) {
            Ok(around) => self.show(out, &around, indent),
            Err(error) => write(out, format_args!("{indent}  {error}\n")),
        }
    }

    /// What is asked besides: how many rows there are; for a record set its pages.
    pub(super) fn further(
        &self,
        out: &mut String,
        paging: &SqlPaging,
        known: &Known<'_>,
        indent: &str,
    ) {
        if paging.only.is_none()
            && let Err(error) = self.record_set(out, paging, known, indent)
        {
            write(out, format_args!("{indent}  {error}\n"));
        }
        let dialect = self.sql.statement.dialect;
        let (how, text) = match paging.total {
            SqlTotal::Exact => {
                let keys = match paging.only {
                    Some(_) => Vec::new(),
                    None => self.keys(paging).unwrap_or_default(),
                };
                ("counted", Some(page::counting(dialect, self.base, &keys)))
            }
            SqlTotal::Estimate => ("guessed", estimate::planned(dialect, self.base)),
            SqlTotal::None => return,
        };
        write(out, format_args!("{indent}all rows are {how} by\n"));
        write_text(out, text.as_deref().unwrap_or_default(), indent);
    }

    fn record_set(
        &self,
        out: &mut String,
        paging: &SqlPaging,
        known: &Known<'_>,
        indent: &str,
    ) -> Result<(), OrderError> {
        let size = known.page(&paging.size, None).0.unsigned_abs();
        let keys = self.keys(paging)?;
        write(
            out,
            format_args!("{indent}of a record set the first page\n"),
        );
        match paging.by {
            SqlPageBy::Keyset => {
                let first = self.window(&keys, None, size);
                self.show(out, &first, indent);
                write(
                    out,
                    format_args!(
                        "{indent}and rows behind a row that was sent before, forward and back; those between are passed over\n"
                    ),
                );
                let behind: Vec<_> = keys
                    .iter()
                    .map(|key| Data::text(format!("`{}` of that row", key.label())))
                    .collect();
                let next = self.window(&keys, Some(&behind), size);
                self.show(out, &next, indent);
            }
            SqlPageBy::Offset => {
                let first = self.by_offset(size, 0)?;
                self.show(out, &first, indent);
                write(
                    out,
                    format_args!("{indent}and others by their number, in the same way\n"),
                );
            }
        }
        Ok(())
    }

    fn keys(&self, paging: &SqlPaging) -> Result<Vec<OrderKey>, OrderError> {
        match (paging.by, &self.sql.statement.order) {
            (SqlPageBy::Keyset, Some(order)) => order.keys(self.choice, self.columns),
            (SqlPageBy::Keyset, None) | (SqlPageBy::Offset, _) => Ok(Vec::new()),
        }
    }

    fn window(&self, keys: &[OrderKey], behind: Option<&[Data]>, rows: u64) -> Around {
        let window = Window {
            behind,
            skip: 0,
            rows,
        };
        let dialect = self.sql.statement.dialect;
        page::by_keyset(dialect, self.base, self.bound, keys, window)
    }

    fn by_offset(&self, size: u64, skip: u64) -> Result<Around, OrderError> {
        let statement = &self.sql.statement;
        let ordered = statement.ordered(self.base, self.choice, self.columns)?;
        Ok(page::by_offset(
            statement.dialect,
            &ordered,
            self.bound,
            skip,
            size,
        ))
    }

    /// A text, and what it binds behind the statement's own values.
    fn show(&self, out: &mut String, around: &Around, indent: &str) {
        write_text(out, &around.text, indent);
        let dialect = self.sql.statement.dialect;
        for (number, value) in (self.bound + 1..).zip(&around.binds) {
            let place = placeholder(dialect, number);
            let value = match value {
                Data::Text(words) => words.to_string(),
                other => super::known::shown(other),
            };
            write(out, format_args!("{indent}  {place} = {value}\n"));
        }
    }
}
