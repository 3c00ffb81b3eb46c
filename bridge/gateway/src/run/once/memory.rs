//! First answers in this process.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use footbridge_mapping::data::Data;
use footbridge_mapping::model::Step;
use tokio::sync::watch;
use tokio::time::Instant;

use super::{Certainty, LIFE, MOST, another_call, certainty, unknown};
use crate::run::failure::Failure;
use crate::run::key::{Key, weight};

/// First answers by operation, caller and key.
#[derive(Debug, Default)]
pub(crate) struct Firsts(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    entries: HashMap<Key, Entry>,
    /// All live equally long, so those that began first end first.
    order: VecDeque<(Instant, Key)>,
    weight: u64,
}

#[derive(Debug)]
struct Entry {
    arguments: Key,
    state: State,
    weight: u64,
}

#[derive(Clone, Debug)]
enum State {
    /// The sender is dropped when it has ended.
    Running(watch::Receiver<()>),
    Ended(Box<Result<Data, Failure>>),
    /// It ended, and nobody knows how.
    Unknown,
}

impl Firsts {
    /// The first answer of this key, or that of `run`, which then is the first. `arguments` tell calls apart that have one key
    /// by mistake.
    ///
    /// # Errors
    /// The fault that `run` ended with; one for a key that was used for another call; one where the outcome is unknown.
    pub(super) async fn through(
        &self,
        key: Key,
        arguments: Key,
        step: &Step,
        run: impl Future<Output = Result<Data, Failure>>,
    ) -> Result<Data, Failure> {
        let _ended = loop {
            let mut waiting = match self.begin(&key, &arguments)? {
                Begun::First(ended) => break ended,
                Begun::Ended(outcome) => return *outcome,
                Begun::Wait(waiting) => waiting,
            };
            // An error says that the sender is gone, which is what is waited for.
            let _ = waiting.changed().await;
        };
        let first = First {
            firsts: self,
            key: &key,
            outcome: State::Unknown,
        };
        let outcome = run.await;
        first.ended(step, &outcome);
        outcome
    }

    fn begin(&self, key: &Key, arguments: &Key) -> Result<Begun, Failure> {
        let mut table = self.table();
        table.sweep();
        if let Some(entry) = table.entries.get(key) {
            if entry.arguments != *arguments {
                return Err(another_call());
            }
            return match &entry.state {
                State::Running(ended) => Ok(Begun::Wait(ended.clone())),
                State::Ended(outcome) => Ok(Begun::Ended(outcome.clone())),
                State::Unknown => Err(unknown()),
            };
        }
        let (ended, waiting) = watch::channel(());
        let entry = Entry {
            arguments: Arc::clone(arguments),
            state: State::Running(waiting),
            weight: (key.len() + arguments.len() + 256) as u64,
        };
        table.weight += entry.weight;
        table.entries.insert(Arc::clone(key), entry);
        table.order.push_back((Instant::now(), Arc::clone(key)));
        Ok(Begun::First(ended))
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Begun {
    /// Dropped when the call has ended, which wakes those who wait.
    First(watch::Sender<()>),
    Ended(Box<Result<Data, Failure>>),
    Wait(watch::Receiver<()>),
}

/// The call that is first. Dropped on the way, its outcome is unknown.
struct First<'f> {
    firsts: &'f Firsts,
    key: &'f Key,
    outcome: State,
}

impl First<'_> {
    fn ended(mut self, step: &Step, outcome: &Result<Data, Failure>) {
        match certainty(step, outcome) {
            Certainty::Known => self.outcome = State::Ended(Box::new(outcome.clone())),
            Certainty::Nothing => self.firsts.table().remove(self.key),
            Certainty::Unknown => {}
        }
    }
}

impl Drop for First<'_> {
    fn drop(&mut self) {
        let mut table = self.firsts.table();
        let Some(entry) = table.entries.get_mut(self.key) else {
            return;
        };
        let State::Ended(outcome) = &self.outcome else {
            entry.state = State::Unknown;
            return;
        };
        let more = match &**outcome {
            Ok(value) => weight(value),
            Err(_) => 512,
        };
        entry.weight += more;
        entry.state = self.outcome.clone();
        table.weight += more;
    }
}

impl Table {
    /// Removes what is older than a day, and what there is no room for.
    fn sweep(&mut self) {
        while let Some((since, _)) = self.order.front() {
            let old = since.elapsed() >= LIFE;
            if !old && self.order.len() < MOST && self.weight < ROOM {
                return;
            }
            let Some((_, key)) = self.order.pop_front() else {
                return;
            };
            if !old {
                tracing::warn!(
                    "there is no room for more first answers of `once`: the oldest is forgotten"
                );
            }
            if let Some(entry) = self.entries.remove(&key) {
                self.weight -= entry.weight;
            }
        }
    }

    fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key) {
            self.weight -= entry.weight;
            self.order.retain(|(_, known)| known != key);
        }
    }
}

/// Bytes of all first answers, as far as their weight tells.
const ROOM: u64 = 128 << 20;
