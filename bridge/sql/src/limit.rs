//! The server's own time-out of statements, changed only where a call's deadline needs it.

use std::time::{Duration, Instant};

/// What a session's time-out is now.
///
/// Deadlines are kept here by the clock of the gateway; the server's time-out ends what a gateway that left no
/// longer waits for. So it may be later than a deadline, but never earlier.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    usual: Duration,
    now: Duration,
}

/// A deadline is told to the server with this much more, so that both do not end at the same moment.
const MARGIN: Duration = Duration::from_millis(500);

impl Limit {
    pub(crate) fn new(usual: Duration) -> Self {
        Self { usual, now: usual }
    }

    /// The milliseconds to set, where the session's time-out is too early for this deadline, or needlessly late.
    pub(crate) fn change(&mut self, deadline: Instant) -> Option<u128> {
        let left = deadline.saturating_duration_since(Instant::now());
        let wanted = if left > self.usual {
            left + MARGIN
        } else {
            self.usual
        };
        let enough = self.now >= left && self.now <= wanted.max(self.usual) * 2;
        if enough {
            return None;
        }
        self.now = wanted;
        Some(wanted.as_millis().max(1))
    }

    /// The server may have gone back to the usual one.
    pub(crate) fn forget(&mut self) {
        self.now = self.usual;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_longer_deadlines_are_told() {
        let mut limit = Limit::new(Duration::from_secs(10));
        let now = Instant::now();
        assert_eq!(limit.change(now + Duration::from_secs(9)), None);
        assert!(limit.change(now + Duration::from_secs(60)).is_some());
        assert_eq!(limit.change(now + Duration::from_secs(60)), None);
        assert_eq!(limit.change(now + Duration::from_secs(9)), Some(10_000));
    }
}
