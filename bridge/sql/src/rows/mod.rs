//! Flat rows become objects: one [`Walk`] over a [`RowPlan`], from a [`RawRow`] to an [`End`].
//!
//! [`Sent`] writes what it is told into an answer, [`Gathered`] keeps it as [`Data`](footbridge_mapping::data::Data).

mod fields;
mod gathered;
mod sent;
mod walk;

pub(crate) use gathered::Gathered;
pub(crate) use sent::Sent;
pub(crate) use walk::{Walk, many};

use footbridge_amf::amf3::{Members, Repeats};
use footbridge_mapping::rows::{CellRule, RowPlan};
use footbridge_mapping::slot::{Constant, Shape};

use crate::cell::Cell;
use crate::error::SqlError;

/// A row as its driver holds it.
pub(crate) trait RawRow: Send + Sync {
    /// What is decided once for all rows of a result.
    type Columns: Send;
    /// How the common values of a column are read and sent at once.
    type Quick: Copy + Send;

    /// The names of the columns, in order.
    fn names(&self) -> impl Iterator<Item = &str>;

    /// Reads one cell; text that is no text in the driver is formatted into `scratch`.
    ///
    /// # Errors
    /// What goes on after the column's name, where the bytes cannot be read.
    fn cell<'a>(
        &'a self,
        columns: &'a Self::Columns,
        index: usize,
        scratch: &'a mut String,
    ) -> Result<Cell<'a>, Unfit>;

    /// How the common values of a column are sent under a rule; `None` where the rule must look at each.
    fn quick(columns: &Self::Columns, index: usize, rule: &CellRule) -> Option<Self::Quick>;

    /// Writes a cell, if its value is common: `false` leaves it to [`cell`](Self::cell) and the rule.
    fn put(
        &self,
        quick: Self::Quick,
        index: usize,
        null_is_null: bool,
        to: &mut Members<'_>,
        column: &mut Repeats,
    ) -> bool;

    /// Appends what makes the cell's value equal to another's.
    fn key(&self, columns: &Self::Columns, index: usize, out: &mut Vec<u8>);

    /// Whether the cell is null; a column that is not there is.
    fn is_null(&self, index: usize) -> bool;
}

/// Why a cell cannot be read; goes on after the column's name.
pub(crate) type Unfit = std::borrow::Cow<'static, str>;

/// One end of the walk.
pub(crate) trait End {
    fn begin_object(&mut self, plan: &RowPlan) -> Result<(), SqlError>;
    fn end_object(&mut self) -> Result<(), SqlError>;
    /// Begins an object of a list, where all its members can be written without an event for each.
    fn begin_members(&mut self) -> Result<Option<Members<'_>>, SqlError>;
    /// The object that [`begin_members`](Self::begin_members) began goes on with events.
    fn began(&mut self, plan: &RowPlan);
    /// Where members can be written without an event for each.
    fn members(&mut self) -> Option<Members<'_>>;
    /// Begins the list of a level below the first.
    fn begin_list(&mut self, plan: &RowPlan, shape: Option<Shape>) -> Result<(), SqlError>;
    fn end_list(&mut self) -> Result<(), SqlError>;
    fn begin_inner(&mut self, plan: &RowPlan) -> Result<(), SqlError>;
    fn end_inner(&mut self) -> Result<(), SqlError>;
    /// Whether members of the object begun last can be left out.
    fn can_omit(&self) -> bool;
    /// Names the next field, where that is no cell.
    fn name(&mut self, name: &str);
    /// A cell; `dynamic` where it is no sealed member.
    fn cell(&mut self, rule: &CellRule, dynamic: bool, cell: &Cell<'_>) -> Result<(), SqlError>;
    fn null(&mut self) -> Result<(), SqlError>;
    fn constant(&mut self, constant: &Constant) -> Result<(), SqlError>;
}
