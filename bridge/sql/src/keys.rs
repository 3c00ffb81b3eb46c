//! The keys of a page: read behind the columns of its rows, of the last row that is wanted and of the one after it.

use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::rows::{CellRule, NullRule};
use footbridge_mapping::slot::Scalar;

use crate::cell;
use crate::collect;
use crate::error::SqlError;
use crate::query::{Outcome, Query};
use crate::rows::RawRow;

/// What is noted while the rows of a page come.
pub(crate) struct Keys<'q> {
    query: &'q Query<'q>,
    seen: usize,
    last: Vec<Data>,
    next: Option<Vec<Data>>,
}

impl<'q> Keys<'q> {
    pub(crate) fn of(query: &'q Query<'q>) -> Self {
        Self {
            query,
            seen: 0,
            last: Vec::new(),
            next: None,
        }
    }

    /// Looks at a row before it is sent: `false` where it is one more than the page has.
    #[inline]
    pub(crate) fn look<R: RawRow>(
        &mut self,
        row: &R,
        columns: &R::Columns,
    ) -> Result<bool, SqlError> {
        let Some(page) = self.query.page else {
            return Ok(true);
        };
        self.seen += 1;
        if self.seen == page.rows {
            self.last = self.read(row, columns, page.keys)?;
        } else if self.seen > page.rows {
            self.next = Some(self.read(row, columns, page.keys)?);
        }
        Ok(self.seen <= page.rows)
    }

    /// What was noted.
    pub(crate) fn into(self, outcome: &mut Outcome) {
        if let Some(page) = self.query.page {
            outcome.rows = outcome.rows.min(page.rows);
        }
        outcome.last = self.last;
        outcome.next = self.next;
    }

    fn read<R: RawRow>(
        &self,
        row: &R,
        columns: &R::Columns,
        keys: usize,
    ) -> Result<Vec<Data>, SqlError> {
        // Moments as text, for a client's date has no microseconds.
        let rule = CellRule {
            null: NullRule::Null,
            declared: Some(Scalar::String),
            ..cell::plain_rule(Arc::from("the page's key"), self.query.zone.clone())
        };
        let first = self.query.columns.len();
        let mut scratch = String::new();
        (first..first + keys)
            .map(|index| {
                let cell = row
                    .cell(columns, index, &mut scratch)
                    .map_err(|unfit| SqlError::unreadable(&rule.name, unfit))?;
                collect::data(&rule, cell)
            })
            .collect()
    }
}
