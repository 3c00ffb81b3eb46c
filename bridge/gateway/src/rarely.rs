//! Lines of the log about what may happen thousands of times a second.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Something that is told once a minute at most.
#[derive(Debug, Default)]
pub(crate) struct Rarely(Mutex<(Option<Instant>, usize)>);

impl Rarely {
    /// It has happened again: how often since it was told last, where it is time to tell it.
    pub(crate) fn happened(&self) -> Option<usize> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, times) = &mut *told;
        *times += 1;
        let now = Instant::now();
        if last.is_some_and(|last| now.duration_since(last) < BETWEEN) {
            return None;
        }
        *last = Some(now);
        Some(std::mem::take(times))
    }
}

const BETWEEN: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_happens_often_is_told_once_with_its_number() {
        let rarely = Rarely::default();
        assert_eq!(rarely.happened(), Some(1));
        assert_eq!([rarely.happened(), rarely.happened()], [None, None]);
        tokio::time::advance(BETWEEN).await;
        assert_eq!(rarely.happened(), Some(3));
    }
}
