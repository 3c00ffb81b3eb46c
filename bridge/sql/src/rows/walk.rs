//! The walk over a [`RowPlan`].
//!
//! Rows come one by one and go out at once. A plan with `keys` keeps its object open while neighbouring rows have
//! equal raw key bytes; its list then takes an item of each of them.
//!
//! ```text
//! level 0   Order {id, customer, lines}     keys: id
//! level 1           Line {sku, quantity}    no keys: each row is an item
//! ```

use std::ops::Range;
use std::sync::Arc;

use footbridge_mapping::rows::{Field, RowPlan};

use super::fields::{Sending, Way, common, is_empty};
use super::{End, RawRow};
use crate::error::{SqlError, SqlErrorKind};

/// The walk: fed with rows, it tells its end what they are.
pub(crate) struct Walk<'p, R: RawRow, O: End> {
    pub(crate) end: O,
    levels: Vec<Level<'p, R>>,
    /// Whether fields stand after a list, so that the first row of an object must be kept.
    keeps: bool,
    probe: Vec<u8>,
    scratch: String,
    objects: usize,
    /// Whether a second object is a fault.
    single: bool,
    /// Whether each row is an object of the first level, as in most results.
    flat: bool,
}

struct Level<'p, R: RawRow> {
    plan: &'p RowPlan,
    /// The index of its list among its fields.
    list: Option<usize>,
    key: Vec<u8>,
    /// Whether an object stands open, or its key still counts.
    open: bool,
    first: Option<Arc<R>>,
    /// How its fields are sent; decided at the first row.
    ways: Vec<Way<R>>,
}

impl<'p, R: RawRow, O: End> Walk<'p, R, O> {
    pub(crate) fn new(plan: &'p RowPlan, end: O) -> Self {
        let mut levels = Vec::new();
        let mut keeps = false;
        let mut next = Some(plan);
        while let Some(plan) = next.take() {
            let list = plan
                .fields
                .iter()
                .position(|field| matches!(field, Field::List(..)));
            if let Some(at) = list {
                keeps |= at + 1 < plan.fields.len();
                if let Some(Field::List(inner, _)) = plan.fields.get(at) {
                    next = Some(inner);
                }
            }
            levels.push(Level {
                plan,
                list,
                key: Vec::new(),
                open: false,
                first: None,
                ways: Vec::new(),
            });
        }
        let flat = levels.len() == 1 && plan.keys.is_empty();
        Self {
            end,
            flat,
            levels,
            keeps,
            probe: Vec::new(),
            scratch: String::new(),
            objects: 0,
            single: false,
        }
    }

    /// Only one object may come.
    pub(crate) fn single(plan: &'p RowPlan, end: O) -> Self {
        Self {
            single: true,
            ..Self::new(plan, end)
        }
    }

    /// How many objects of the first level there are.
    pub(crate) fn objects(&self) -> usize {
        self.objects
    }

    /// Takes a row.
    #[inline]
    pub(crate) fn row(&mut self, row: R, columns: &R::Columns) -> Result<(), SqlError> {
        if self.flat && !self.single {
            self.objects += 1;
            self.flat_row(&row, columns)
        } else if self.keeps {
            let row = Arc::new(row);
            self.step(&row, Some(&row), columns)
        } else {
            self.step(&row, None, columns)
        }
    }

    /// Ends what is open.
    pub(crate) fn finish(&mut self, columns: Option<&R::Columns>) -> Result<(), SqlError> {
        match columns {
            Some(columns) => self.close(0, columns),
            None => Ok(()),
        }
    }

    /// Sends a row that is an object, its common cells first.
    fn flat_row(&mut self, row: &R, columns: &R::Columns) -> Result<(), SqlError> {
        let Some(level) = self.levels.first_mut() else {
            return Ok(());
        };
        let plan = level.plan;
        let ways = level.ways.as_mut_slice();
        let mut sent = 0;
        // The ways are known from the first row on.
        let members = if ways.is_empty() {
            None
        } else {
            self.end.begin_members()?
        };
        match members {
            Some(mut members) => {
                sent = common(ways, row, &mut members);
                if sent == plan.fields.len() {
                    return Ok(members.end()?);
                }
                members.finish()?;
                self.end.began(plan);
            }
            None => self.end.begin_object(plan)?,
        }
        self.fields(0, sent..plan.fields.len(), row, columns)?;
        self.end.end_object()
    }

    fn step(
        &mut self,
        row: &R,
        kept: Option<&Arc<R>>,
        columns: &R::Columns,
    ) -> Result<(), SqlError> {
        for depth in 0..self.levels.len() {
            let plan = self.levels[depth].plan;
            if depth > 0 && is_empty(plan, row) {
                return Ok(());
            }
            let keyed = !plan.keys.is_empty();
            if keyed {
                self.probe.clear();
                for column in &plan.keys {
                    row.key(columns, *column, &mut self.probe);
                }
                let level = &self.levels[depth];
                if level.open && level.key == self.probe {
                    continue;
                }
            }
            if depth == 0 {
                if self.single && self.objects > 0 {
                    return Err(many());
                }
                self.objects += 1;
            }
            self.close(depth, columns)?;
            let level = &mut self.levels[depth];
            level.open = keyed || level.list.is_some();
            if keyed {
                std::mem::swap(&mut level.key, &mut self.probe);
            }
            let list = level.list;
            level.first = kept.filter(|_| list.is_some()).cloned();
            self.end.begin_object(plan)?;
            let before = list.unwrap_or(plan.fields.len());
            self.fields(depth, 0..before, row, columns)?;
            match list.and_then(|at| Some((at, plan.fields.get(at)?))) {
                Some((at, Field::List(inner, shape))) => {
                    if let Some(name) = plan.class.sealed.get(at) {
                        self.end.name(name);
                    }
                    self.end.begin_list(inner, *shape)?;
                }
                _ => self.end.end_object()?,
            }
        }
        Ok(())
    }

    /// Ends the objects from the innermost level up to `depth`.
    fn close(&mut self, depth: usize, columns: &R::Columns) -> Result<(), SqlError> {
        for at in (depth..self.levels.len()).rev() {
            let level = &mut self.levels[at];
            if !std::mem::take(&mut level.open) {
                continue;
            }
            let Some(list) = level.list else { continue };
            let plan = level.plan;
            let first = level.first.take();
            self.end.end_list()?;
            if let Some(first) = first {
                self.fields(at, list + 1..plan.fields.len(), &first, columns)?;
            }
            self.end.end_object()?;
        }
        Ok(())
    }

    fn fields(
        &mut self,
        depth: usize,
        range: Range<usize>,
        row: &R,
        columns: &R::Columns,
    ) -> Result<(), SqlError> {
        let Some(level) = self.levels.get_mut(depth) else {
            return Ok(());
        };
        let plan = level.plan;
        if level.ways.len() != plan.fields.len() && self.end.members().is_some() {
            level.ways = Way::of(plan, columns);
        }
        let mut sending = Sending {
            end: &mut self.end,
            scratch: &mut self.scratch,
            row,
            columns,
        };
        sending.fields(plan, &mut level.ways, range)
    }
}

/// A second row came where one was asked for.
pub(crate) fn many() -> SqlError {
    SqlError::new(SqlErrorKind::Many, "there is a second row")
}
