//! Connections kept open: the last one returned is the first one taken.
//!
//! Nothing connects before it is asked for, so a database that is down gives faults and recovers by itself. A
//! connection that was dropped in the middle of a result (a deadline, a row cap, a caller who left) is closed,
//! not drained: draining a million rows costs more than connecting.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::engine::{Access, Engine};
use crate::error::{SqlError, SqlErrorKind};

/// How long a caller waits for a connection. Longer than a client's patience is waste.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection that rested longer is asked whether it lives before it is used.
const TRUST: Duration = Duration::from_secs(1);

/// A connection that rested longer is closed.
const IDLE_LIMIT: Duration = Duration::from_secs(600);

/// A connection older than this is closed when it comes back: servers behind balancers move.
const AGE_LIMIT: Duration = Duration::from_secs(1_800);

pub(crate) struct Pool<E: Engine> {
    engine: Arc<E>,
    access: Access,
    size: u32,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Resting<E>>>,
    /// Raised when types of a text have changed: connections of before hold statements with the old ones.
    generation: AtomicU64,
}

struct Resting<E: Engine> {
    connection: E::Connection,
    born: Instant,
    since: Instant,
    generation: u64,
}

/// A connection in use. Dropped while [`busy`](Pooled::busy) it is closed, else it goes back.
pub(crate) struct Pooled<E: Engine> {
    connection: Option<E::Connection>,
    pool: Arc<Pool<E>>,
    born: Instant,
    generation: u64,
    /// Whether a result may be under way on it.
    pub(crate) busy: bool,
    _permit: OwnedSemaphorePermit,
}

impl<E: Engine> Pool<E> {
    pub(crate) fn new(engine: Arc<E>, access: Access, size: u32) -> Arc<Self> {
        let size = size.max(1);
        Arc::new(Self {
            engine,
            access,
            size,
            permits: Arc::new(Semaphore::new(
                usize::try_from(size).unwrap_or(usize::MAX >> 4),
            )),
            idle: Mutex::new(Vec::new()),
            generation: AtomicU64::new(0),
        })
    }

    /// A connection, within [`ACQUIRE_TIMEOUT`]. With `doubt` even one that was used just now is asked first.
    ///
    /// # Errors
    /// `Unavailable` where none is to be had.
    pub(crate) async fn acquire(self: &Arc<Self>, doubt: bool) -> Result<Pooled<E>, SqlError> {
        tokio::time::timeout(ACQUIRE_TIMEOUT, self.take(doubt))
            .await
            .unwrap_or_else(|_| {
                Err(SqlError::new(
                    SqlErrorKind::Unavailable,
                    format!(
                        "no connection within {} s ({} of {} in use)",
                        ACQUIRE_TIMEOUT.as_secs(),
                        self.in_use(),
                        self.size
                    ),
                ))
            })
    }

    async fn take(self: &Arc<Self>, doubt: bool) -> Result<Pooled<E>, SqlError> {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| SqlError::new(SqlErrorKind::Unavailable, "the pool is closed"))?;
        let generation = self.generation.load(Ordering::Acquire);
        while let Some(mut resting) = self.pop() {
            let rested = resting.since.elapsed();
            if rested > IDLE_LIMIT || resting.generation != generation {
                continue;
            }
            if (doubt || rested > TRUST) && !E::ping(&mut resting.connection).await {
                continue;
            }
            return Ok(Pooled {
                connection: Some(resting.connection),
                pool: Arc::clone(self),
                born: resting.born,
                generation,
                busy: false,
                _permit: permit,
            });
        }
        let connection = self.engine.connect(self.access).await?;
        Ok(Pooled {
            connection: Some(connection),
            pool: Arc::clone(self),
            born: Instant::now(),
            generation,
            busy: false,
            _permit: permit,
        })
    }

    /// Lets no connection of before be used again.
    pub(crate) fn renew(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// How many connections are in use.
    pub(crate) fn in_use(&self) -> u32 {
        let free = u32::try_from(self.permits.available_permits()).unwrap_or(u32::MAX);
        self.size.saturating_sub(free)
    }

    /// How many connections rest.
    pub(crate) fn resting(&self) -> usize {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    fn pop(&self) -> Option<Resting<E>> {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    }
}

impl<E: Engine> Pooled<E> {
    pub(crate) fn connection(&mut self) -> &mut E::Connection {
        self.connection
            .as_mut()
            .expect("a connection is taken out in drop alone")
    }
}

impl<E: Engine> Drop for Pooled<E> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        if self.busy || self.born.elapsed() > AGE_LIMIT {
            return;
        }
        let now = Instant::now();
        let mut idle = self
            .pool
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // The first has rested longest.
        let expired = idle
            .iter()
            .take_while(|resting| now.duration_since(resting.since) > IDLE_LIMIT)
            .count();
        let expired: Vec<_> = idle.drain(..expired).collect();
        idle.push(Resting {
            connection,
            born: self.born,
            since: now,
            generation: self.generation,
        });
        drop(idle);
        drop(expired);
    }
}
