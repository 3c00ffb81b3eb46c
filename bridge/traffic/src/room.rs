//! Calls at once, and how many wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::refusal::{Kind, Refusal};

/// Room for so many calls, and a short queue before it.
#[derive(Debug)]
pub(crate) struct Room {
    places: Arc<Semaphore>,
    pool: usize,
    waiting: AtomicUsize,
    queue: usize,
}

/// A place in the room, given back when dropped.
pub(crate) type Place = OwnedSemaphorePermit;

impl Room {
    pub(crate) fn new(pool: u32, queue: u32) -> Self {
        let pool = (pool.max(1) as usize).min(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(pool)),
            pool,
            waiting: AtomicUsize::new(0),
            queue: queue as usize,
        }
    }

    /// A place, at once or after those who came before.
    ///
    /// # Errors
    /// [`Kind::QueueFull`] at once, [`Kind::Timeout`] at the deadline.
    pub(crate) async fn enter(&self, deadline: Instant) -> Result<Place, Refusal> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(place);
        }
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waits = Waits(&self.waiting);
        if before >= self.queue {
            return Err(Refusal::new(
                Kind::QueueFull,
                "too many calls wait for the backend",
            ));
        }
        match timeout_at(deadline, Arc::clone(&self.places).acquire_owned()).await {
            Ok(place) => Ok(place.expect("nobody closes the semaphore")),
            Err(_) => Err(Refusal::new(
                Kind::Timeout,
                "the call waited too long for the backend to be free",
            )),
        }
    }

    /// Calls under way, and calls that wait.
    pub(crate) fn load(&self) -> (usize, usize) {
        let free = self.places.available_permits();
        (
            self.pool.saturating_sub(free),
            self.waiting.load(Ordering::Relaxed),
        )
    }
}

struct Waits<'w>(&'w AtomicUsize);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_finds_the_queue_full_is_refused_at_once() {
        let room = Arc::new(Room::new(1, 1));
        let deadline = Instant::now() + Duration::from_secs(5);
        let first = room.enter(deadline).await.expect("it is empty");
        let second = tokio::spawn({
            let room = Arc::clone(&room);
            async move { room.enter(deadline).await.map(drop) }
        });
        tokio::task::yield_now().await;
        assert_eq!(room.load(), (1, 1));
        let third = room.enter(deadline).await.map(drop);
        assert_eq!(third.map_err(|refusal| refusal.kind), Err(Kind::QueueFull));
        drop(first);
        assert!(second.await.expect("it ends").is_ok());
        assert_eq!(room.load(), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_beyond_the_deadline() {
        let room = Room::new(1, 1);
        let deadline = Instant::now() + Duration::from_secs(5);
        let _first = room.enter(deadline).await.expect("it is empty");
        let late = room.enter(deadline).await.map(drop);
        assert_eq!(late.map_err(|refusal| refusal.kind), Err(Kind::Timeout));
        assert_eq!(room.load(), (1, 0));
    }
}
