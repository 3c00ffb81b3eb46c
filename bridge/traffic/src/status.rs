//! What a client tells of itself, for metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// How a backend's traffic stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Calls under way.
    pub in_flight: usize,
    /// Calls that wait for room.
    pub waiting: usize,
    /// The breaker.
    pub breaker: BreakerState,
    /// Calls since the client was made.
    pub calls: u64,
    /// Requests that were sent, those sent again among them.
    pub sent: u64,
    /// Requests that were sent again.
    pub retried: u64,
    /// Calls without an answer, refused ones among them.
    pub failed: u64,
    /// Calls refused before anything was sent: breaker open, queue full.
    pub refused: u64,
}

/// What a breaker does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// All calls go through.
    Closed,
    /// Nothing goes through.
    Open,
    /// One call tries.
    HalfOpen,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) calls: Count,
    pub(crate) sent: Count,
    pub(crate) retried: Count,
    pub(crate) failed: Count,
    pub(crate) refused: Count,
}

#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn up(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
