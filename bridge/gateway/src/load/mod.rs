//! How much there is at once, and who is sent away before it is too much.
//!
//! Refusing is cheap and waiting is not: a call over a limit is answered at once by a fault, while those that run
//! keep their time. A client that takes more than its share is refused before the gateway is full.
//!
//! [`Usage`] is what one client's address takes of it all: connections, calls that run, bytes that are held. A connection finds its
//! client's once, so that calls count without a lock. Behind a proxy of `behind` the client is another one with each request, whose header
//! says who it is: each then takes the lock of the list of clients, for one look.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

mod connected;
pub(crate) use connected::Connected;

mod held;
pub(crate) use held::{Held, SMALL};

mod usage;
pub(crate) use usage::Usage;
use usage::Usages;

/// What there is in this process at once.
#[derive(Debug, Default)]
pub struct Load(Arc<Totals>);

/// The same, of all clients together.
#[derive(Debug, Default)]
struct Totals {
    running: AtomicUsize,
    connections: AtomicUsize,
    held: AtomicUsize,
    usages: Usages,
}

impl Load {
    /// Calls that run.
    pub fn running(&self) -> usize {
        self.0.running.load(Ordering::Relaxed)
    }

    /// Connections that are open.
    pub fn connections(&self) -> usize {
        self.0.connections.load(Ordering::Relaxed)
    }

    /// Bytes of requests that are read or run, and of answers that their clients have not taken yet.
    pub fn held(&self) -> usize {
        self.0.held.load(Ordering::Relaxed)
    }
}

/// Adds to a count, if it stays within its limit.
fn take(count: &AtomicUsize, more: usize, limit: usize) -> bool {
    let before = count.fetch_add(more, Ordering::Relaxed);
    let fits = before.saturating_add(more) <= limit;
    if !fits {
        count.fetch_sub(more, Ordering::Relaxed);
    }
    fits
}
