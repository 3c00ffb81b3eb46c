//! The circuit breaker: a backend that fails is left alone for a while, then one call tries.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use footbridge_mapping::model::Breaker as Settings;
use tokio::time::Instant;

use crate::refusal::{Kind, Refusal};
use crate::status::BreakerState;

/// How long a call counts: long enough that a few calls at once that all run into a time-out of ten seconds are many.
const WINDOW: Duration = Duration::from_secs(30);
/// The window goes on by this much at a time.
const SLOT: Duration = Duration::from_secs(3);
const SLOTS: usize = 10;

/// Counts calls and failures of the last half minute.
#[derive(Debug)]
pub(crate) struct Breaker {
    settings: Settings,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Closed(Window),
    Open {
        until: Instant,
    },
    /// One call tries.
    Trying,
}

/// Calls and failures, the oldest of them forgotten as time goes on.
#[derive(Debug)]
struct Window {
    slots: [(u32, u32); SLOTS],
    newest: usize,
    since: Instant,
}

/// A call that was let through. Says how it went; dropped before that, the caller went away.
pub(crate) struct Ticket {
    breaker: Arc<Breaker>,
    deadline: Instant,
    told: bool,
}

impl Breaker {
    pub(crate) fn new(settings: Settings, now: Instant) -> Self {
        Self {
            settings,
            state: Mutex::new(State::Closed(Window::new(now))),
        }
    }

    /// Lets a call through, or does not.
    ///
    /// # Errors
    /// [`Kind::BreakerOpen`]
    pub(crate) fn enter(self: &Arc<Self>, deadline: Instant) -> Result<Ticket, Refusal> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let through = match &*state {
            State::Closed(_) => true,
            State::Open { until } if *until <= Instant::now() => {
                *state = State::Trying;
                true
            }
            State::Open { .. } | State::Trying => false,
        };
        if !through {
            return Err(Refusal::new(
                Kind::BreakerOpen,
                "the backend fails, and is left alone for a moment",
            ));
        }
        Ok(Ticket {
            breaker: Arc::clone(self),
            deadline,
            told: false,
        })
    }

    /// What it does now.
    pub(crate) fn state(&self) -> BreakerState {
        match &*self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Closed(_) => BreakerState::Closed,
            State::Open { until } if *until > Instant::now() => BreakerState::Open,
            State::Open { .. } | State::Trying => BreakerState::HalfOpen,
        }
    }

    fn count(&self, failed: bool) {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let open = match &mut *state {
            State::Closed(window) => {
                window.count(failed, now);
                let (calls, failures) = window.sum();
                failed
                    && calls >= self.settings.calls.max(1)
                    && f64::from(failures) >= f64::from(calls) * self.settings.faults
            }
            State::Trying if failed => true,
            State::Trying => {
                *state = State::Closed(Window::new(now));
                false
            }
            // A call that began before it opened.
            State::Open { .. } => false,
        };
        if open {
            *state = State::Open {
                until: now + self.settings.pause,
            };
        }
    }

    /// The one that tried went away: the next may try.
    fn abandoned(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Trying) {
            *state = State::Open {
                until: Instant::now(),
            };
        }
    }
}

impl Ticket {
    /// The backend answered.
    pub(crate) fn answered(mut self) {
        self.told = true;
        self.breaker.count(false);
    }

    /// The backend failed.
    pub(crate) fn failed(mut self) {
        self.told = true;
        self.breaker.count(true);
    }

    /// Something else went wrong, which says nothing of the backend.
    pub(crate) fn of(self, refusal: &Refusal) {
        if refusal.kind.blames_the_backend() {
            self.failed();
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.told {
            return;
        }
        // Whoever waited may have been dropped just at the deadline.
        if Instant::now() >= self.deadline {
            self.breaker.count(true);
        } else {
            self.breaker.abandoned();
        }
    }
}

impl Window {
    fn new(now: Instant) -> Self {
        Self {
            slots: [(0, 0); SLOTS],
            newest: 0,
            since: now,
        }
    }

    fn count(&mut self, failed: bool, now: Instant) {
        let passed = now.saturating_duration_since(self.since);
        if passed >= WINDOW * 2 {
            *self = Self::new(now);
        }
        while now.saturating_duration_since(self.since) >= SLOT {
            self.since += SLOT;
            self.newest = (self.newest + 1) % SLOTS;
            self.slots[self.newest] = (0, 0);
        }
        let (calls, failures) = &mut self.slots[self.newest];
        *calls += 1;
        *failures += u32::from(failed);
    }

    fn sum(&self) -> (u32, u32) {
        self.slots
            .iter()
            .fold((0, 0), |(calls, failures), (more, failed)| {
                (calls + more, failures + failed)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Arc<Breaker> {
        let settings = Settings {
            faults: 0.5,
            calls: 4,
            pause: Duration::from_secs(5),
        };
        Arc::new(Breaker::new(settings, Instant::now()))
    }

    fn enter(breaker: &Arc<Breaker>) -> Option<Ticket> {
        breaker.enter(Instant::now() + Duration::from_secs(60)).ok()
    }

    fn call(breaker: &Arc<Breaker>, good: bool) {
        let ticket = enter(breaker).expect("it lets calls through");
        if good {
            ticket.answered();
        } else {
            ticket.failed();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn half_of_enough_calls_open_it_and_one_that_tries_closes_it() {
        let breaker = breaker();
        for good in [true, true, false] {
            call(&breaker, good);
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
        call(&breaker, false);
        assert_eq!(breaker.state(), BreakerState::Open);
        assert!(enter(&breaker).is_none());
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        let probe = enter(&breaker).expect("one may try");
        assert!(enter(&breaker).is_none(), "only one");
        probe.answered();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_try_leaves_it_open_and_a_dropped_one_lets_the_next_try() {
        let breaker = breaker();
        for _ in 0..4 {
            call(&breaker, false);
        }
        tokio::time::advance(Duration::from_secs(5)).await;
        call(&breaker, false);
        assert_eq!(breaker.state(), BreakerState::Open);
        tokio::time::advance(Duration::from_secs(5)).await;
        drop(enter(&breaker).expect("one may try"));
        call(&breaker, true);
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn old_failures_are_forgotten() {
        let breaker = breaker();
        for _ in 0..3 {
            call(&breaker, false);
        }
        tokio::time::advance(Duration::from_secs(31)).await;
        call(&breaker, false);
        assert_eq!(breaker.state(), BreakerState::Closed);
        tokio::time::advance(Duration::from_secs(3600)).await;
        for good in [true, true, true, false] {
            call(&breaker, good);
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
    }
}
