//! `retry`: a statement that could not begin, because no connection came or another transaction was in its way, runs again.
//!
//! Requests over HTTP are repeated where they are sent, since only there is known how far they came; transactions as a whole.

use std::time::Duration;

use footbridge_mapping::model::{FaultKey, Kind, Step};
use uuid::Uuid;

use super::failure::Failure;
use super::operation::Context;
use super::step::On;

/// How often something may still run again.
pub(super) struct Tries {
    left: u32,
    pause: Duration,
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
                | Kind::Operation { .. }
                | Kind::Steps(_)
                | Kind::Transaction { .. },
                _,
            ) => 0,
        };
        Self {
            left,
            pause: FIRST_PAUSE,
        }
    }

    /// Whether it runs again; then a pause has passed, longer each time and never the same for two callers.
    pub(super) async fn again(&mut self, failure: &Failure, context: &Context) -> bool {
        let Failure::Open(trouble) = failure else {
            return false;
        };
        let may_help = trouble.again || trouble.key == FaultKey::Unavailable;
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
