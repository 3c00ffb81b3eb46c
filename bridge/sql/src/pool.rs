//! Connections kept open, by `deadpool`: the last one returned is the first one taken.
//!
//! Nothing connects before it is asked for, so a database that is down gives faults and recovers by itself. A
//! connection that was dropped in the middle of a result (a deadline, a row cap, a caller who left) is closed,
//! not drained: draining a million rows costs more than connecting.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deadpool::managed::{
    self, Manager, Metrics, Object, PoolError, QueueMode, RecycleError, RecycleResult,
};

use crate::engine::{Access, Engine};
use crate::error::{SqlError, SqlErrorKind};

/// How long a caller waits for a connection. Longer than a client's patience is waste.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection that was taken longer ago is asked whether it lives before it is used.
const TRUST: Duration = Duration::from_secs(1);

/// A connection that was taken longer ago is closed.
const IDLE_LIMIT: Duration = Duration::from_secs(600);

/// A connection older than this is closed: servers behind balancers move.
const AGE_LIMIT: Duration = Duration::from_secs(1_800);

pub(crate) struct Pool<E: Engine> {
    kept: managed::Pool<Opener<E>>,
}

/// Opens connections, and says which may be used again.
struct Opener<E: Engine> {
    engine: Arc<E>,
    access: Access,
    /// Raised when types of a text have changed: connections of before hold statements with the old ones.
    generation: AtomicU64,
}

struct Kept<E: Engine> {
    connection: E::Connection,
    generation: u64,
}

/// A connection in use. Dropped while [`busy`](Pooled::busy) it is closed, else it goes back.
pub(crate) struct Pooled<E: Engine> {
    object: Option<Object<Opener<E>>>,
    /// Whether a result may be under way on it.
    pub(crate) busy: bool,
}

impl<E: Engine> Pool<E> {
    pub(crate) fn new(engine: Arc<E>, access: Access, size: u32) -> Arc<Self> {
        let opener = Opener {
            engine,
            access,
            generation: AtomicU64::new(0),
        };
        let kept = managed::Pool::builder(opener)
            .max_size(usize::try_from(size.max(1)).unwrap_or(usize::MAX >> 4))
            .queue_mode(QueueMode::Lifo)
            .build()
            .expect("only time-outs of its own would need a runtime");
        Arc::new(Self { kept })
    }

    /// A connection, within [`ACQUIRE_TIMEOUT`]. With `doubt` even one that was used just now is asked first.
    ///
    /// # Errors
    /// `Unavailable` where none is to be had.
    pub(crate) async fn acquire(&self, doubt: bool) -> Result<Pooled<E>, SqlError> {
        tokio::time::timeout(ACQUIRE_TIMEOUT, self.take(doubt))
            .await
            .unwrap_or_else(|_| {
                Err(SqlError::new(
                    SqlErrorKind::Unavailable,
                    format!(
                        "no connection within {} s ({} of {} in use)",
                        ACQUIRE_TIMEOUT.as_secs(),
                        self.in_use(),
                        self.kept.status().max_size
                    ),
                ))
            })
    }

    async fn take(&self, doubt: bool) -> Result<Pooled<E>, SqlError> {
        // Those at the bottom of the stack would else stay open for ever.
        self.kept.retain(|_, metrics| !expired(&metrics));
        loop {
            let mut object = self.kept.get().await.map_err(refused)?;
            let again = Object::metrics(&object).recycled.is_some();
            if doubt && again && !Box::pin(E::ping(&mut object.connection)).await {
                drop(Object::take(object));
                continue;
            }
            return Ok(Pooled {
                object: Some(object),
                busy: false,
            });
        }
    }

    /// Lets no connection of before be used again.
    pub(crate) fn renew(&self) {
        self.kept
            .manager()
            .generation
            .fetch_add(1, Ordering::AcqRel);
    }

    /// How many connections are in use.
    pub(crate) fn in_use(&self) -> u32 {
        let status = self.kept.status();
        u32::try_from(status.size.saturating_sub(status.available)).unwrap_or(u32::MAX)
    }

    /// How many connections rest.
    pub(crate) fn resting(&self) -> usize {
        self.kept.status().available
    }
}

impl<E: Engine> Manager for Opener<E> {
    type Type = Kept<E>;
    type Error = SqlError;

    /// What drivers nest is boxed: it is needed seldom, and would make every caller's future as deep.
    async fn create(&self) -> Result<Kept<E>, SqlError> {
        let generation = self.generation.load(Ordering::Acquire);
        Ok(Kept {
            connection: Box::pin(self.engine.connect(self.access)).await?,
            generation,
        })
    }

    async fn recycle(&self, kept: &mut Kept<E>, metrics: &Metrics) -> RecycleResult<SqlError> {
        if expired(metrics) || kept.generation != self.generation.load(Ordering::Acquire) {
            return Err(RecycleError::message("too old"));
        }
        if metrics.last_used() > TRUST && !Box::pin(E::ping(&mut kept.connection)).await {
            return Err(RecycleError::message("no longer there"));
        }
        Ok(())
    }
}

fn expired(metrics: &Metrics) -> bool {
    metrics.last_used() > IDLE_LIMIT || metrics.age() > AGE_LIMIT
}

fn refused(error: PoolError<SqlError>) -> SqlError {
    match error {
        PoolError::Backend(error) => error,
        PoolError::Timeout(_)
        | PoolError::Closed
        | PoolError::NoRuntimeSpecified
        | PoolError::PostCreateHook(_) => {
            SqlError::new(SqlErrorKind::Unavailable, error.to_string())
        }
    }
}

impl<E: Engine> Pooled<E> {
    pub(crate) fn connection(&mut self) -> &mut E::Connection {
        &mut self
            .object
            .as_mut()
            .expect("a connection is taken out in drop alone")
            .connection
    }
}

impl<E: Engine> Drop for Pooled<E> {
    fn drop(&mut self) {
        if self.busy
            && let Some(object) = self.object.take()
        {
            drop(Object::take(object));
        }
    }
}
