//! `rate`: so many calls in so long for each caller and operation, spread evenly or all at once.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use footbridge_mapping::units::Rate;
use quick_cache::sync::Cache;
use tokio::time::Instant;

/// When each caller's next call is due. Bounded: of very many callers those who were away longest begin anew.
#[derive(Debug)]
pub(crate) struct Rates(Cache<Arc<str>, Arc<Mutex<Instant>>>);

impl Default for Rates {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}

impl Rates {
    /// Whether one more call of this caller is within the rate; then it counts (the generic cell rate algorithm: each call moves
    /// the moment at which all that were made would have been spread evenly, which may lie one span ahead).
    pub(crate) fn admits(&self, caller: &str, rate: Rate) -> bool {
        if rate.count == 0 {
            return false;
        }
        let now = Instant::now();
        let due = match self.0.get(caller) {
            Some(due) => due,
            None => {
                // Of several first calls at once only one begins; else each would have a rate of its own.
                let first = || Ok::<_, Infallible>(Arc::new(Mutex::new(now)));
                let Ok(due) = self.0.get_or_insert_with(&Arc::from(caller), first);
                due
            }
        };
        let mut due = due.lock().unwrap_or_else(PoisonError::into_inner);
        let next = (*due).max(now) + rate.per / rate.count;
        let admitted = next.duration_since(now) <= rate.per;
        if admitted {
            *due = next;
        }
        admitted
    }

    /// Takes back one call that was admitted.
    pub(crate) fn take_back(&self, caller: &str, rate: Rate) {
        if rate.count == 0 {
            return;
        }
        if let Some(due) = self.0.get(caller) {
            let mut due = due.lock().unwrap_or_else(PoisonError::into_inner);
            *due = due.checked_sub(rate.per / rate.count).unwrap_or(*due);
        }
    }
}

/// Callers and operations that are remembered: some megabytes.
const MOST: usize = 100_000;

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn so_many_in_so_long_and_no_more() {
        let rates = Rates::default();
        let rate = Rate {
            count: 3,
            per: Duration::from_secs(60),
        };
        let calls = |who: &str| (0..5).filter(|_| rates.admits(who, rate)).count();
        assert_eq!(calls("ann"), 3);
        assert_eq!(calls("bob"), 3, "each caller has its own");
        tokio::time::advance(Duration::from_secs(20)).await;
        assert_eq!(calls("ann"), 1, "a third of the span is one call of three");
        tokio::time::advance(Duration::from_secs(600)).await;
        assert_eq!(calls("ann"), 3, "nothing is saved up beyond the rate");
        rates.take_back("ann", rate);
        assert_eq!(calls("ann"), 1, "one that was taken back");
        for _ in 0..10 {
            rates.take_back("cid", rate);
        }
        assert_eq!(calls("cid"), 3);
    }

    #[test]
    fn first_calls_at_once_have_one_rate_together() {
        let rate = Rate {
            count: 3,
            per: Duration::from_secs(3_600),
        };
        for round in 0..200 {
            let rates = Rates::default();
            let start = std::sync::Barrier::new(4);
            let caller = format!("caller {round}");
            let admitted = AtomicUsize::default();
            let call = || {
                start.wait();
                let count = (0..3).filter(|_| rates.admits(&caller, rate)).count();
                admitted.fetch_add(count, Ordering::Relaxed);
            };
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(call);
                }
            });
            assert_eq!(admitted.into_inner(), 3);
        }
    }
}
