//! What a connection is about: the requests on it, and the answers that are owed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Waker;

use futures_util::task::AtomicWaker;
use tokio::time::sleep;

use super::{Answering, LEAST, Patience};

/// The requests of one connection and what is owed to its client.
#[derive(Debug)]
pub(crate) struct Pace {
    patience: Patience,
    /// Requests that have come.
    requests: AtomicUsize,
    /// Requests that have been answered.
    answered: AtomicUsize,
    /// Whether many requests share the connection (HTTP/2), so that bytes belong to none of them.
    shared: AtomicBool,
    /// Who waits for the last of those that share it to be answered.
    resting: AtomicWaker,
    /// Answers that the client has not taken wholly.
    owed: AtomicUsize,
    /// How often the last one of them was taken.
    settled: AtomicUsize,
    /// Bytes of answers that the client has taken, more or less: its system's buffers and ours lie between.
    taken: AtomicUsize,
}

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Awaited {
    /// The request after so many.
    Request(usize),
    /// The same where requests share the connection: what comes and goes in the meantime is no part of one.
    Shared(usize),
    /// Nothing of the client, or something that others look after.
    Nothing,
}

impl Pace {
    pub(crate) fn new(patience: Patience) -> Self {
        Self {
            patience,
            requests: AtomicUsize::default(),
            answered: AtomicUsize::default(),
            shared: AtomicBool::default(),
            resting: AtomicWaker::new(),
            owed: AtomicUsize::default(),
            settled: AtomicUsize::default(),
            taken: AtomicUsize::default(),
        }
    }

    pub(super) fn patience(&self) -> Patience {
        self.patience
    }

    /// Many requests share the connection.
    pub(super) fn shares(&self) {
        self.shared.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_shared(&self) -> bool {
        self.shared.load(Ordering::Relaxed)
    }

    /// The head of a request has come.
    pub(crate) fn begins(self: &Arc<Self>) -> Answering {
        self.requests.fetch_add(1, Ordering::SeqCst);
        Answering::new(Arc::clone(self))
    }

    /// A request has been answered.
    pub(super) fn answered(&self) {
        self.answered.fetch_add(1, Ordering::SeqCst);
        self.resting.wake();
    }

    pub(super) fn awaited(&self) -> Awaited {
        let requests = self.requests.load(Ordering::SeqCst);
        if requests != self.answered.load(Ordering::SeqCst) {
            Awaited::Nothing
        } else if self.is_shared() {
            Awaited::Shared(requests)
        } else {
            Awaited::Request(requests)
        }
    }

    /// The same; where that is nothing, and requests share the connection, this one is woken when they are answered.
    pub(super) fn awaited_by(&self, waker: &Waker) -> Awaited {
        let awaited = self.awaited();
        if awaited != Awaited::Nothing || !self.is_shared() {
            return awaited;
        }
        self.resting.register(waker);
        // The last one may have been answered before this one was to be woken.
        self.awaited()
    }

    /// There is an answer for the client.
    pub(crate) fn owes(&self) {
        self.owed.fetch_add(1, Ordering::Relaxed);
    }

    /// The client has taken so many bytes.
    pub(crate) fn took(&self, bytes: usize) {
        self.taken.fetch_add(bytes, Ordering::Relaxed);
    }

    /// An answer was taken wholly.
    pub(crate) fn settles(&self) {
        if self.owed.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.settled.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Is ready when the client takes its answers too slowly.
    pub(crate) async fn is_too_slow(&self) {
        let state = || {
            let settled = self.settled.load(Ordering::Relaxed);
            let taken = self.taken.load(Ordering::Relaxed);
            (self.owed.load(Ordering::Relaxed) > 0, settled, taken)
        };
        loop {
            let (owed, settled, taken) = state();
            sleep(self.patience.answer).await;
            let (still, settled_now, taken_now) = state();
            let moved = taken_now.wrapping_sub(taken);
            if owed && still && settled == settled_now && moved < LEAST {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const MINUTES: Duration = Duration::from_secs(300);

    async fn is_too_slow(pace: &Pace, client: impl Future<Output = ()>) -> bool {
        tokio::select! {
            slow = timeout(MINUTES, pace.is_too_slow()) => slow.is_ok(),
            () = client => unreachable!("a client goes on"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_or_next_to_nothing_is_too_slow() {
        for bytes in [0, 1, LEAST / 2] {
            let pace = Pace::new(Patience::default());
            pace.owes();
            let client = async {
                loop {
                    sleep(Duration::from_secs(59)).await;
                    pace.took(bytes);
                }
            };
            assert!(is_too_slow(&pace, client).await, "{bytes}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_enough_or_all_there_is_is_not() {
        let slowly = Pace::new(Patience::default());
        slowly.owes();
        let client = async {
            loop {
                sleep(Duration::from_secs(1)).await;
                slowly.took(LEAST / 50);
            }
        };
        assert!(!is_too_slow(&slowly, client).await);
        let little = Pace::new(Patience::default());
        let client = async {
            loop {
                little.owes();
                sleep(Duration::from_secs(50)).await;
                little.took(100);
                little.settles();
            }
        };
        assert!(!is_too_slow(&little, client).await);
        let idle = Pace::new(Patience::default());
        assert!(!is_too_slow(&idle, std::future::pending()).await);
    }
}
