//! How many first answers there are in a database, so that it takes no more of them than it should.
//!
//! The rows are counted at the first call and by each sweep; in between each gateway adds its own.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What this gateway knows of the number of rows.
#[derive(Debug)]
pub(crate) struct Room {
    rows: AtomicUsize,
    /// Whether the log says that there is no room, since the last sweep.
    told: AtomicBool,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            rows: AtomicUsize::new(NOT_COUNTED),
            told: AtomicBool::new(false),
        }
    }
}

impl Room {
    /// Whether the rows are yet to be counted.
    pub(super) fn is_unknown(&self) -> bool {
        self.rows.load(Ordering::Relaxed) == NOT_COUNTED
    }

    /// So many rows there are.
    pub(super) fn counted(&self, rows: usize) {
        self.rows.store(rows, Ordering::Relaxed);
        self.told.store(false, Ordering::Relaxed);
    }

    /// One more row is there.
    pub(super) fn taken(&self) {
        self.rows.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether there is room for one more row.
    pub(super) fn is_left(&self) -> bool {
        self.rows.load(Ordering::Relaxed) < super::MOST
    }

    /// Tells the operator, once between two sweeps.
    pub(super) fn tell(&self) {
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "there is no room for more first answers of `once`: calls with new keys are refused until old ones are a day old"
            );
        }
    }
}

const NOT_COUNTED: usize = usize::MAX;
