//! `retry`: a statement that could not begin, because no connection came or another transaction was in its way, runs again.
//!
//! A transaction that met another one runs again as a whole. Requests over HTTP are repeated where they are sent, since only there is
//! known how far they came.

use std::time::Duration;

use footbridge_mapping::model::{FaultKey, Kind, Step};
use uuid::Uuid;

use super::context::Context;
use super::failure::Failure;
use super::step::On;

/// How often something may still run again.
pub(super) struct Tries {
    left: u32,
    pause: Duration,
    /// Whether a missing connection is a reason too: where it may have been lost at COMMIT, nobody knows what was kept.
    even_unavailable: bool,
}

impl Tries {
    /// What a step says, at the place where it runs: a statement of a transaction cannot be repeated alone.
    pub(super) fn of(step: &Step, on: &On<'_>) -> Self {
        let left = match (&step.kind, on) {
            (Kind::Sql(_) | Kind::Procedure(_), On::Pool) => step.retry,
            (Kind::Sql(_) | Kind::Procedure(_), On::Transaction(_))
            | (
                Kind::Value(_)
                | Kind::ValueFile(_)
                | Kind::Fault(_)
                | Kind::Soap(_)
                | Kind::Rest(_)
                | Kind::Proxy(_)
                | Kind::Operation { .. }
                | Kind::Steps(_)
                | Kind::Transaction { .. },
                _,
            ) => 0,
        };
        Self {
            left,
            pause: FIRST_PAUSE,
            even_unavailable: true,
        }
    }

    /// What a transaction says: it runs again as a whole where it met another one.
    pub(super) fn of_transaction(retry: u32) -> Self {
        Self {
            left: retry,
            pause: FIRST_PAUSE,
            even_unavailable: false,
        }
    }

    /// Whether it runs again; then a pause has passed, longer each time and never the same for two callers.
    pub(super) async fn again(&mut self, failure: &Failure, context: &Context) -> bool {
        let Failure::Open(trouble) = failure else {
            return false;
        };
        let unavailable = self.even_unavailable && trouble.key == FaultKey::Unavailable;
        let may_help = trouble.again || unavailable;
        if self.left == 0 || !may_help || context.left(Duration::MAX) <= self.pause {
            return false;
        }
        self.left -= 1;
        let chance = Uuid::new_v4().as_bytes()[0];
        tokio::time::sleep(self.pause.mul_f64(0.5 + f64::from(chance) / 255.0)).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}

/// Long enough for another transaction to end.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// A caller waits for the answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
