//! `cache` and `stale`: answers that serve more than one call, kept as values, so that each client gets its own form.
//!
//! Calls of one key that come together are one call to the backend. Memory is bounded: what was asked for least goes first.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use footbridge_mapping::data::Data;
use footbridge_mapping::model::{CacheRule, FaultKey};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::time::Instant;

use super::failure::Failure;
use super::key::{Key, weight};
use super::step::too_late;

/// Answers by operation, arguments and whatever else they depend on.
#[derive(Debug)]
pub(crate) struct Answers {
    store: Cache<Key, Arc<Answered>, Weight>,
    flights: Mutex<HashMap<Key, Arc<Flight>>>,
}

/// An answer and its age.
#[derive(Debug)]
struct Answered {
    value: Data,
    since: Instant,
    weight: u64,
}

/// A call to the backend, and those who wait for its answer.
#[derive(Debug, Default)]
struct Flight {
    /// How many calls have ended; whoever waited for one takes its outcome.
    ended: AtomicU64,
    turn: tokio::sync::Mutex<Option<Failure>>,
}

#[derive(Clone, Debug)]
struct Weight;

impl Weighter<Key, Arc<Answered>> for Weight {
    fn weight(&self, key: &Key, answered: &Arc<Answered>) -> u64 {
        answered.weight + key.len() as u64 + 128
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            store: Cache::with_weighter(10_000, ROOM, Weight),
            flights: Mutex::default(),
        }
    }
}

impl Answers {
    /// The answer of this key: a fresh one that is there, else that of `run`; while the backend fails one that is stale.
    /// `patience` is how long the call may wait for another one of its key.
    ///
    /// # Errors
    /// That of `run`, or of the call that it waited for.
    pub(super) async fn through(
        &self,
        key: Key,
        rule: CacheRule,
        patience: Duration,
        run: impl Future<Output = Result<Data, Failure>>,
    ) -> Result<Data, Failure> {
        if let Some(value) = self.younger_than(&key, rule.fresh) {
            return Ok(value);
        }
        let boarding = Boarding::new(self, key);
        let flight = &boarding.flight;
        let before = flight.ended.load(Ordering::Acquire);
        let Ok(mut turn) = tokio::time::timeout(patience, flight.turn.lock()).await else {
            let stale = self.younger_than(&boarding.key, rule.fresh + rule.stale);
            return stale.ok_or_else(too_late);
        };
        if let Some(value) = self.younger_than(&boarding.key, rule.fresh) {
            return Ok(value);
        }
        let outcome = match &*turn {
            Some(failure) if flight.ended.load(Ordering::Acquire) != before => Err(failure.clone()),
            Some(_) | None => {
                let outcome = run.await;
                *turn = outcome.as_ref().err().cloned();
                flight.ended.fetch_add(1, Ordering::Release);
                outcome
            }
        };
        match outcome {
            Ok(value) => {
                self.keep(&boarding.key, &value);
                Ok(value)
            }
            Err(failure) if of_the_backend(&failure) => {
                let stale = self.younger_than(&boarding.key, rule.fresh + rule.stale);
                stale.ok_or(failure)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Forgets all answers: the mapping they came from is no longer in force.
    pub(crate) fn clear(&self) {
        self.store.clear();
    }

    fn younger_than(&self, key: &Key, age: Duration) -> Option<Data> {
        let answered = self.store.get(key)?;
        (answered.since.elapsed() < age).then(|| answered.value.clone())
    }

    fn keep(&self, key: &Key, value: &Data) {
        let weight = weight(value);
        if weight > LARGEST {
            return;
        }
        let answered = Answered {
            value: value.clone(),
            since: Instant::now(),
            weight,
        };
        self.store.insert(Arc::clone(key), Arc::new(answered));
    }
}

/// A call that takes part in a flight; the last one that leaves takes the flight away.
struct Boarding<'a> {
    answers: &'a Answers,
    key: Key,
    flight: Arc<Flight>,
}

impl<'a> Boarding<'a> {
    fn new(answers: &'a Answers, key: Key) -> Self {
        let flight = Arc::clone(lock(&answers.flights).entry(Arc::clone(&key)).or_default());
        Self {
            answers,
            key,
            flight,
        }
    }
}

impl Drop for Boarding<'_> {
    fn drop(&mut self) {
        let mut flights = lock(&self.answers.flights);
        // One in the table, one here: nobody else can board while the table is locked.
        if Arc::strong_count(&self.flight) == 2 {
            flights.remove(&self.key);
        }
    }
}

/// Whether the backend has failed, rather than refused what was asked.
fn of_the_backend(failure: &Failure) -> bool {
    match failure {
        Failure::Decided(_) => false,
        Failure::Open(trouble) => {
            matches!(
                trouble.key,
                FaultKey::Timeout
                    | FaultKey::Unavailable
                    | FaultKey::Unreadable
                    | FaultKey::StatusClass(5)
            ) || trouble.status.is_some_and(|status| status >= 500)
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes of all answers, as far as their weight tells.
const ROOM: u64 = 64 << 20;

/// An answer beyond this would push out too many others.
const LARGEST: u64 = 8 << 20;

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    const RULE: CacheRule = CacheRule {
        fresh: Duration::from_secs(10),
        stale: Duration::from_secs(60),
    };
    const PATIENCE: Duration = Duration::from_secs(5);

    fn key() -> Key {
        b"key".as_slice().into()
    }

    async fn counted(calls: &AtomicUsize) -> Result<Data, Failure> {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(Data::Int(calls.fetch_add(1, Ordering::Relaxed) as i64))
    }

    fn value(outcome: Result<Data, Failure>) -> Data {
        outcome.unwrap_or_else(|failure| panic!("{:?}", failure.into_fault().code))
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_come_together_are_one() {
        let (answers, calls) = (Answers::default(), AtomicUsize::new(0));
        let one = || answers.through(key(), RULE, PATIENCE, counted(&calls));
        let (a, b, c) = tokio::join!(one(), one(), one());
        assert_eq!(
            [value(a), value(b), value(c)],
            [Data::Int(0), Data::Int(0), Data::Int(0)]
        );
        assert_eq!(value(one().await), Data::Int(0), "it is still fresh");
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(value(one().await), Data::Int(1));
        assert!(lock(&answers.flights).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn an_old_answer_serves_while_the_backend_fails() {
        let (answers, calls) = (Answers::default(), AtomicUsize::new(0));
        let fails = async || -> Result<Data, Failure> { Err(too_late()) };
        value(
            answers
                .through(key(), RULE, PATIENCE, counted(&calls))
                .await,
        );
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!(
            value(answers.through(key(), RULE, PATIENCE, fails()).await),
            Data::Int(0)
        );
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(
            answers
                .through(key(), RULE, PATIENCE, fails())
                .await
                .is_err()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_waited_for_a_failure_share_it() {
        let (answers, calls) = (Answers::default(), AtomicUsize::new(0));
        let fails = async || -> Result<Data, Failure> {
            tokio::time::sleep(Duration::from_secs(1)).await;
            calls.fetch_add(1, Ordering::Relaxed);
            Err(too_late())
        };
        let one = || answers.through(key(), RULE, PATIENCE, fails());
        let (a, b) = tokio::join!(one(), one());
        assert!(a.is_err() && b.is_err());
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_given_up_lets_the_next_one_go() {
        let (answers, calls) = (Answers::default(), AtomicUsize::new(0));
        let never = answers.through(key(), RULE, PATIENCE, std::future::pending());
        let given_up = tokio::time::timeout(Duration::from_secs(1), never);
        let (first, second) = tokio::join!(
            given_up,
            answers.through(key(), RULE, PATIENCE, counted(&calls))
        );
        assert!(first.is_err());
        assert_eq!(value(second), Data::Int(0));
    }
}
