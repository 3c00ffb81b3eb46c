//! What a database must be able to do: the one seam between this crate's logic and a driver.
//!
//! Another database implements [`Engine`] and [`RawRow`], and gets a variant in
//! [`Database`](crate::Database). Everything else (pools, deadlines, row caps, transactions, shapes) stands above.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use footbridge_mapping::model::Isolation;
use footbridge_mapping::slot::Scalar;
use footbridge_mapping::statement::Dialect;
use futures_util::stream::BoxStream;
use sqlx::Either;

use crate::error::SqlError;
use crate::procedure::{Call, Called, ProcedureInfo};
use crate::query::{Preparation, Query};
use crate::rows::RawRow;

/// Whether a connection may change anything. One for reading is read-only by its own setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Reads only.
    Read,
    /// Reads and writes.
    Write,
}

/// A step of a result: what its driver tells at the end of a result set, or of a statement without one; or a row.
pub(crate) type Step<E> = Either<<E as Engine>::Finished, <E as Engine>::Row>;

/// The driver's own stream: another around it would cost a virtual call and two moves for each row.
pub(crate) type Steps<'c, E> = BoxStream<'c, Result<Step<E>, sqlx::Error>>;

/// What a statement did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    pub(crate) changed: u64,
    pub(crate) key: Option<i64>,
}

/// What is known of a text besides what all databases tell.
pub(crate) struct Known<E: Engine> {
    pub(crate) preparation: Preparation,
    pub(crate) detail: E::Detail,
}

/// A database with its driver.
pub(crate) trait Engine: Send + Sync + Sized + 'static {
    const DIALECT: Dialect;

    type Connection: Send + 'static;
    type Row: RawRow + 'static;
    /// What the driver tells when a statement is done.
    type Finished: Send;
    type Arguments: Send;
    /// What the engine keeps of a described text.
    type Detail: Send + Sync;

    /// Opens a connection, set up for its access, in UTC.
    fn connect(
        &self,
        access: Access,
    ) -> impl Future<Output = Result<Self::Connection, SqlError>> + Send;

    /// Whether the connection still lives.
    fn ping(connection: &mut Self::Connection) -> impl Future<Output = bool> + Send;

    /// Ends statements of this connection at this moment, as far as the database can by itself.
    fn limit(
        &self,
        connection: &mut Self::Connection,
        deadline: Instant,
    ) -> impl Future<Output = Result<(), SqlError>> + Send;

    /// Prepares a text and tells what it takes and gives.
    fn describe(
        &self,
        connection: &mut Self::Connection,
        text: &Arc<str>,
        declared: &[Option<Scalar>],
    ) -> impl Future<Output = Result<Known<Self>, SqlError>> + Send;

    /// Converts values to the text's parameters.
    fn bind(&self, known: &Known<Self>, query: &Query<'_>) -> Result<Self::Arguments, SqlError>;

    /// Runs a described text.
    fn steps<'c>(
        connection: &'c mut Self::Connection,
        text: &Arc<str>,
        arguments: Self::Arguments,
    ) -> Steps<'c, Self>;

    /// What the driver told, in words all databases share.
    fn done(finished: &Self::Finished) -> Done;

    /// The decoders of a result.
    fn columns(known: Option<&Known<Self>>, row: &Self::Row) -> <Self::Row as RawRow>::Columns;

    /// Runs a statement of ours, without values.
    fn execute(
        connection: &mut Self::Connection,
        text: &'static str,
    ) -> impl Future<Output = Result<(), SqlError>> + Send;

    /// The statements that begin a transaction.
    fn begin(isolation: Option<Isolation>) -> &'static [&'static str];

    /// Asks the catalogue for a procedure; of several with one name for the one that takes these parameters.
    fn procedure(
        &self,
        connection: &mut Self::Connection,
        name: &str,
        given: &[&str],
    ) -> impl Future<Output = Result<ProcedureInfo, SqlError>> + Send;

    /// Whether what it gives lives only as long as a transaction.
    fn needs_transaction(info: &ProcedureInfo) -> bool;

    /// Calls a procedure.
    fn call(
        &self,
        connection: &mut Self::Connection,
        info: &ProcedureInfo,
        call: &Call<'_>,
    ) -> impl Future<Output = Result<Called, SqlError>> + Send;

    /// Runs the migrations of a folder that have not run yet.
    fn migrate(
        connection: &mut Self::Connection,
        folder: &Path,
    ) -> impl Future<Output = Result<(), SqlError>> + Send;

    /// The default time-out of statements.
    fn timeout(&self) -> Duration;
}
