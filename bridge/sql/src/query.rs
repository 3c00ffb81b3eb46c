//! What is run, and where its rows go.

use std::sync::Arc;
use std::time::Instant;

use footbridge_amf::Sink;
use footbridge_mapping::data::Data;
use footbridge_mapping::rows::{CellRule, Column, Described, RowPlan};
use footbridge_mapping::slot::Scalar;
use footbridge_remoting::{ListShape, Style};
use jiff::tz::TimeZone;

/// A text with its values.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The text, with placeholders of the database.
    pub text: &'a Arc<str>,
    /// What is bound, in the order of placeholders.
    pub binds: &'a [Data],
    /// The declared types of what is bound, for a text that no [`Database::describe`](crate::Database::describe)
    /// saw before; may be shorter than `binds`.
    pub declared: &'a [Option<Scalar>],
    /// The columns for which the plan was made; a result with others is
    /// [`Changed`](crate::SqlErrorKind::Changed). Empty: not compared.
    pub columns: &'a [Column],
    /// Of a page: its rows, and the keys behind its columns.
    pub page: Option<Page>,
    /// Whether it changes anything: then it runs on the write pool, and is never tried twice.
    pub writes: bool,
    /// One row more is [`TooManyRows`](crate::SqlErrorKind::TooManyRows).
    pub max_rows: usize,
    /// The zone in which instants are bound where the database keeps none.
    pub zone: &'a TimeZone,
    /// When it ends at the latest; `None` for the backend's own time-out.
    pub deadline: Option<Instant>,
}

/// A text that gives a page: one row more than is wanted, and behind the columns the row's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Rows that are wanted; what comes behind them is looked at and not sent.
    pub rows: usize,
    /// How many keys stand behind the columns.
    pub keys: usize,
}

/// Where the rows go.
pub enum Output<'a> {
    /// A list of objects, written as rows come.
    Rows {
        /// How rows become objects.
        plan: &'a RowPlan,
        /// The list's shape.
        shape: &'a ListShape,
        /// The shapes of what is within.
        style: &'a Style,
        /// The service's name, which record sets carry.
        service: &'a str,
        /// Takes exactly one value.
        sink: &'a mut dyn Sink,
    },
    /// One object.
    Row {
        /// How the row becomes an object.
        plan: &'a RowPlan,
        /// Whether no row is null rather than [`None`](crate::SqlErrorKind::None).
        optional: bool,
        /// The shapes of what is within.
        style: &'a Style,
        /// The service's name, which record sets within carry.
        service: &'a str,
        /// Takes exactly one value.
        sink: &'a mut dyn Sink,
    },
    /// The first column of one row.
    Scalar {
        /// How it is sent.
        rule: &'a CellRule,
        /// Whether no row is null rather than [`None`](crate::SqlErrorKind::None).
        optional: bool,
        /// The shapes of what is within.
        style: &'a Style,
        /// Takes exactly one value.
        sink: &'a mut dyn Sink,
    },
    /// The first column of all rows.
    Scalars {
        /// How each is sent.
        rule: &'a CellRule,
        /// The list's shape; a record set is an array here.
        shape: &'a ListShape,
        /// The shapes of what is within.
        style: &'a Style,
        /// Takes exactly one value.
        sink: &'a mut dyn Sink,
    },
    /// Objects into [`Outcome::data`]; without a plan all columns under their own names.
    Records {
        /// How rows become objects.
        plan: Option<&'a RowPlan>,
    },
    /// The first column of all rows into [`Outcome::data`].
    Values {
        /// How each is read; `None` by its type.
        rule: Option<&'a CellRule>,
    },
    /// Rows are counted and dropped.
    Nothing,
}

impl std::fmt::Debug for Output<'_> {
    /// Its kind; sinks have nothing to show.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Rows { .. } => "Rows",
            Self::Row { .. } => "Row",
            Self::Scalar { .. } => "Scalar",
            Self::Scalars { .. } => "Scalars",
            Self::Records { .. } => "Records",
            Self::Values { .. } => "Values",
            Self::Nothing => "Nothing",
        })
    }
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Rows read.
    pub rows: usize,
    /// Objects made of them: fewer than rows where a plan groups.
    pub objects: usize,
    /// Rows changed; of a text that only reads 0.
    pub changed: u64,
    /// The key that the database generated: MySQL and MariaDB the first of the insert, SQLite the rowid of the
    /// last row inserted; `None` where nothing was inserted, and on PostgreSQL.
    pub key: Option<i64>,
    /// Of a page the keys of its last row, where it has all the rows that were wanted.
    pub last: Vec<Data>,
    /// Of a page the keys of the row behind it.
    pub next: Option<Vec<Data>>,
    /// What [`Output::Records`] and [`Output::Values`] gathered.
    pub data: Vec<Data>,
}

/// A text as the database takes it, and what it gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Preparation {
    /// The text to run: the one described, or, where PostgreSQL could not infer a parameter's type, with its
    /// declared type as a cast.
    pub text: Arc<str>,
    /// Parameters and columns.
    pub described: Described,
}
