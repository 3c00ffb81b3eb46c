//! How long a connection waits for its client: for requests, and for the client to take its answers.
//!
//! Both take something from others: a connection that is open, an answer that lies in memory. [`Patient`] is the stream, which knows
//! when bytes come and go; [`Pace`] is what the stream cannot see: which request they belong to, and how much of the answers is
//! still owed.

use std::time::Duration;

mod answering;
use answering::Answering;

mod pace;
pub(crate) use pace::Pace;

mod stream;
pub(crate) use stream::Patient;

/// How long a connection waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Between requests, and for the first byte of the first; 60 seconds.
    pub idle: Duration,
    /// From the first byte of a request's head to its last; 10 seconds. A head is sent at once, also by slow clients.
    pub head: Duration,
    /// For a client to take anything of its answers, and of those of gateway paths at least 64 KiB if there are as many; 60 seconds.
    /// Static files are not held, so of them anything is enough.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(60),
            head: Duration::from_secs(10),
            answer: Duration::from_secs(60),
        }
    }
}

/// Bytes that a client takes within [`Patience::answer`] at least: a kilobyte a second, less than any modem.
const LEAST: usize = 64 << 10;
