//! SQLite, PostgreSQL, MySQL and MariaDB behind mapped operations.
//!
//! Statements come as text with values ([`Query`]), rows go out as value events ([`Output`]), with no tree in
//! between. Nothing here knows of packets, sessions or mapping files.
//!
//! 1. [`Databases`], [`Database`], [`Transaction`]: what there is, and what runs on it.
//! 2. [`Query`], [`Output`], [`Outcome`], [`Preparation`]: one statement.
//!    [`ProcedureInfo`], [`Call`], [`Called`]: one procedure.
//! 3. `engine`: the seam to a driver; `sqlite`, `postgres`, `mysql` implement it. `pool`, `run`, `detached`: what they share.
//! 4. `rows`, `cell`, `collect`: flat rows become objects, cells become values; `quick`: the common cells at less cost.
//! 5. [`SqlError`]: what can go wrong, in words all databases share.

mod calendar;
mod cell;
mod collect;
mod detached;
mod json;
mod keys;
mod limit;
mod migrate;
mod mysql;
mod pool;
mod postgres;
mod quick;
mod rows;
mod run;
mod sqlite;
mod text;

mod database;
pub use database::{Database, Databases, OpenError, Status, Transaction};

mod engine;
pub use engine::Access;

mod estimate;
pub use estimate::estimated_rows;

mod error;
pub use error::{SqlError, SqlErrorKind};

mod procedure;
pub use procedure::{Call, Called, ParameterMode, ProcedureInfo, ProcedureParameter};

mod query;
pub use query::{Outcome, Output, Page, Preparation, Query};
