//! Rows: what a database says of a statement, and how its cells become members of typed objects.

mod cell;
mod columns;
mod find;
mod group;
mod level;
mod names;
mod plan;
mod problem;
mod reading;

use std::sync::Arc;

use footbridge_amf::Class;
use jiff::tz::TimeZone;

pub(crate) use cell::item_of;
pub use names::{class_alias, public_name, same_name};
pub use plan::{Planned, Wanted, plan};
pub use problem::{RowPlace, RowProblem};
pub use reading::reading;

use crate::slot::{Constant, Scalar, Shape};

/// What a database tells of a prepared text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Described {
    /// Parameters, in the order of placeholders; empty where the database types none.
    pub parameters: Vec<ColumnKind>,
    /// Result columns; empty for a statement that gives none.
    pub columns: Vec<Column>,
}

/// A result column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its label.
    pub name: Arc<str>,
    /// What it holds, as far as the database says.
    pub kind: ColumnKind,
}

/// What a column or parameter holds, in words all databases share.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnKind {
    /// True or false.
    Bool,
    /// A whole number of at most 32 bits.
    Int,
    /// A whole number of 64 bits.
    Long,
    /// An exact number.
    Decimal,
    /// A binary floating-point number.
    Number,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// A calendar day.
    Day,
    /// A time of day or an interval.
    Time,
    /// A timestamp without a zone.
    LocalTimestamp,
    /// A timestamp that is an instant.
    Timestamp,
    /// JSON.
    Json,
    /// XML.
    Xml,
    /// A UUID.
    Uuid,
    /// A list.
    List(Box<Self>),
    /// What the driver reads only as text or not at all; the database's own name.
    Other(Arc<str>),
    /// Nothing is known before a value is there (expressions in SQLite).
    Unknown,
}

/// How backend values look where no slot says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Preset {
    /// Decimals as String, longs as Number up to 2^53 and String beyond, null as null.
    #[default]
    BlazeDs,
    /// Decimals and longs as Number.
    DotNet,
    /// Decimals as String, booleans 1/0, null as `''` in anonymous objects and record-set cells, names upper case.
    ColdFusion,
    /// Integers and reals as Number, decimals as String, dates as the text that is stored.
    AmfPhp,
}

/// How one cell is sent. Decided once for a statement, asked for every cell.
#[derive(Clone, Debug, PartialEq)]
pub struct CellRule {
    /// The type that a slot declares; `None` leaves it to column and preset.
    pub declared: Option<Scalar>,
    /// The preset for what is not declared.
    pub preset: Preset,
    /// The zone of timestamps and days without one.
    pub zone: TimeZone,
    /// What null is.
    pub null: NullRule,
    /// XML, XMLDocument, Array or Vector in place of the default.
    pub shape: Option<Shape>,
    /// The member's name, for faults.
    pub name: Arc<str>,
}

/// What a null cell becomes.
#[derive(Clone, Debug, PartialEq)]
pub enum NullRule {
    /// null
    Null,
    /// A fault: the slot has no `?`.
    Refuse,
    /// This value: a default, or what stands for null at the client.
    Value(Constant),
    /// The member is left out.
    Omit,
}

/// How flat rows become objects: compiled from the reply's type and the columns.
#[derive(Clone, Debug, PartialEq)]
pub struct RowPlan {
    /// The class of one row's object; its sealed names are the fields in the order they are sent.
    pub class: Arc<Class>,
    /// The fields, in the order of `class.sealed`; those with [`NullRule::Omit`] follow as dynamic members.
    pub fields: Vec<Field>,
    /// Columns whose values, all equal in neighbouring rows, make those rows one object (`group`); empty without.
    pub keys: Vec<usize>,
}

/// Where a field of a row's object comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// One column.
    Cell {
        /// Its index in the row.
        column: usize,
        /// How it is sent.
        rule: CellRule,
    },
    /// An object of columns `name.…`; null if all its columns are null.
    Object(RowPlan),
    /// A list of objects of columns `name.…`, gathered from neighbouring rows. At most one a level, and the last.
    List(RowPlan, Option<Shape>),
    /// A field no column gives: its default, or null.
    Constant(Constant),
    /// A field no column gives, that may be null.
    Null,
}
