//! The fields of one row: common cells at once, others by their rules.

use std::ops::Range;

use footbridge_amf::amf3::{Members, Repeats};
use footbridge_mapping::rows::{Field, NullRule, RowPlan};

use super::{End, RawRow};
use crate::error::{SqlError, SqlErrorKind};
use crate::quick;

/// How a field is sent.
pub(super) enum Way<R: RawRow> {
    /// A cell at once, if its value is common.
    Quick(QuickCell<R>),
    /// The fields of an object within.
    Inner(Vec<Self>),
    /// By the rules alone.
    Ruled,
}

pub(super) struct QuickCell<R: RawRow> {
    quick: R::Quick,
    index: usize,
    null_is_null: bool,
    repeats: Repeats,
}

impl<R: RawRow> Way<R> {
    pub(super) fn of(plan: &RowPlan, columns: &R::Columns) -> Vec<Self> {
        let sealed = plan.class.sealed.len();
        (plan.fields.iter().enumerate())
            .map(|(at, field)| match field {
                Field::Cell { column, rule } if at < sealed => R::quick(columns, *column, rule)
                    .map_or(Self::Ruled, |quick| {
                        Self::Quick(QuickCell {
                            quick,
                            index: *column,
                            null_is_null: quick::null_is_null(rule),
                            repeats: Repeats::default(),
                        })
                    }),
                // As deep as a column's name has dots.
                Field::Object(inner) => Self::Inner(Self::of(inner, columns)),
                Field::Cell { .. } | Field::List(..) | Field::Constant(_) | Field::Null => {
                    Self::Ruled
                }
            })
            .collect()
    }
}

/// One row on its way to an end.
pub(super) struct Sending<'w, R: RawRow, O> {
    pub(super) end: &'w mut O,
    pub(super) scratch: &'w mut String,
    pub(super) row: &'w R,
    pub(super) columns: &'w R::Columns,
}

impl<R: RawRow, O: End> Sending<'_, R, O> {
    pub(super) fn fields(
        &mut self,
        plan: &RowPlan,
        ways: &mut [Way<R>],
        range: Range<usize>,
    ) -> Result<(), SqlError> {
        let mut at = range.start;
        while at < range.end {
            at += self.common(ways.get_mut(at..range.end).unwrap_or_default())?;
            if at < range.end {
                self.field(plan, ways, at)?;
                at += 1;
            }
        }
        Ok(())
    }

    /// Sends cells as long as they are common; gives how many.
    #[inline]
    fn common(&mut self, ways: &mut [Way<R>]) -> Result<usize, SqlError> {
        let Some(Way::Quick(_)) = ways.first() else {
            return Ok(0);
        };
        let Some(mut members) = self.end.members() else {
            return Ok(0);
        };
        let sent = common(ways, self.row, &mut members);
        members.finish()?;
        Ok(sent)
    }

    /// Sends a field by its rules.
    fn field(&mut self, plan: &RowPlan, ways: &mut [Way<R>], at: usize) -> Result<(), SqlError> {
        let Some(field) = plan.fields.get(at) else {
            return Ok(());
        };
        let sealed = plan.class.sealed.get(at);
        match field {
            Field::Cell { column, rule } => {
                if matches!(rule.null, NullRule::Omit)
                    && self.end.can_omit()
                    && self.row.is_null(*column)
                {
                    return Ok(());
                }
                // Looked at where it is read: moving a cell costs more than reading it.
                match &self.row.cell(self.columns, *column, self.scratch) {
                    Ok(cell) => self.end.cell(rule, sealed.is_none(), cell)?,
                    Err(unfit) => return Err(SqlError::unreadable(&rule.name, unfit)),
                }
            }
            Field::Object(inner) => {
                if let Some(name) = sealed {
                    self.end.name(name);
                }
                if is_empty(inner, self.row) {
                    self.end.null()?;
                } else {
                    self.end.begin_inner(inner)?;
                    let ways = match ways.get_mut(at) {
                        Some(Way::Inner(ways)) => ways.as_mut_slice(),
                        Some(Way::Quick(_) | Way::Ruled) | None => &mut [],
                    };
                    // As deep as a column's name has dots.
                    self.fields(inner, ways, 0..inner.fields.len())?;
                    self.end.end_inner()?;
                }
            }
            Field::List(..) => {
                return Err(SqlError::new(
                    SqlErrorKind::Other,
                    "a list within an object of a row cannot be gathered",
                ));
            }
            Field::Constant(constant) => {
                if let Some(name) = sealed {
                    self.end.name(name);
                }
                self.end.constant(constant)?;
            }
            Field::Null => {
                if let Some(name) = sealed {
                    self.end.name(name);
                }
                self.end.null()?;
            }
        }
        Ok(())
    }
}

/// Writes cells as long as they are common; gives how many.
#[inline]
pub(super) fn common<R: RawRow>(ways: &mut [Way<R>], row: &R, members: &mut Members<'_>) -> usize {
    let mut sent = 0;
    for way in ways {
        let Way::Quick(cell) = way else { break };
        if !row.put(
            cell.quick,
            cell.index,
            cell.null_is_null,
            members,
            &mut cell.repeats,
        ) {
            break;
        }
        sent += 1;
    }
    sent
}

/// Whether all columns of an object are null.
pub(super) fn is_empty<R: RawRow>(plan: &RowPlan, row: &R) -> bool {
    plan.fields.iter().all(|field| match field {
        Field::Cell { column, .. } => row.is_null(*column),
        Field::Object(inner) | Field::List(inner, _) => is_empty(inner, row),
        Field::Constant(_) | Field::Null => true,
    })
}
