//! A connection that does not wait for ever for a peer that stops sending or reading.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use super::Pace;
use super::pace::Awaited;

/// A stream whose reads fail when a request does not come in time, and whose writes fail when the peer takes nothing for a while.
#[derive(Debug)]
pub(crate) struct Patient<S> {
    stream: S,
    pace: Arc<Pace>,
    /// The request of which some bytes have come.
    begun: Option<Awaited>,
    /// What is waited for, whether it has begun, and since when.
    waiting: Option<(Awaited, bool, Instant)>,
    /// Wakes the reader no later than its time is over. It is set anew when it fires, not with every request.
    alarm: Option<Pin<Box<Sleep>>>,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    /// A stream that waits for its peer as long as the pace says.
    pub(crate) fn new(stream: S, pace: Arc<Pace>) -> Self {
        Self {
            stream,
            pace,
            begun: None,
            waiting: None,
            alarm: None,
            stalled: None,
        }
    }

    /// Whether nothing came for too long.
    fn is_over(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let awaited = self.pace.awaited();
        if awaited == Awaited::Nothing || self.stalled.is_some() {
            self.waiting = None;
            return Poll::Pending;
        }
        let begun = self.begun == Some(awaited);
        let since = match self.waiting {
            Some((what, was_begun, since)) if (what, was_begun) == (awaited, begun) => since,
            _ => {
                let now = Instant::now();
                self.waiting = Some((awaited, begun, now));
                now
            }
        };
        let patience = self.pace.patience();
        let end = since + if begun { patience.head } else { patience.idle };
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(end)));
        if end < alarm.deadline() {
            alarm.as_mut().reset(end);
        }
        while alarm.as_mut().poll(context).is_ready() {
            if Instant::now() >= end {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(end);
        }
        Poll::Pending
    }

    /// Passes on how a write went; of one that waits, how long.
    fn watched<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let longest: Duration = self.pace.patience().answer;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(longest)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the peer takes no more",
        )))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, buffer) {
            if buffer.filled().len() > before {
                self.begun = Some(self.pace.awaited());
            }
            return Poll::Ready(read);
        }
        ready!(self.is_over(context));
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the peer sends no request",
        )))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // Who takes an answer is not expected to ask for the next one yet.
        self.waiting = None;
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watched(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.waiting = None;
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watched(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.watched(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = Pin::new(&mut self.stream).poll_shutdown(context);
        self.watched(context, closed)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::super::Patience;
    use super::*;

    fn patient() -> (DuplexStream, Patient<DuplexStream>, Arc<Pace>) {
        let pace = Arc::new(Pace::new(Patience::default()));
        let (peer, stream) = duplex(8);
        (peer, Patient::new(stream, Arc::clone(&pace)), pace)
    }

    /// How long it takes until nothing is read any more.
    async fn read(patient: &mut Patient<DuplexStream>) -> u64 {
        let began = Instant::now();
        let error = loop {
            if let Err(error) = patient.read_u8().await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        began.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_nothing_is_given_up() {
        let (_peer, mut patient, _) = patient();
        let error = patient.write_all(&[0; 100]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_a_little_at_a_time_is_waited_for() {
        let (mut peer, mut patient, _) = patient();
        let reading = async {
            let mut taken = Vec::new();
            while taken.len() < 40 {
                sleep(Duration::from_secs(30)).await;
                taken.push(peer.read_u8().await.unwrap());
            }
        };
        let writing = async {
            patient.write_all(&[7; 40]).await.unwrap();
        };
        tokio::join!(reading, writing);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_says_nothing_is_given_up_after_the_idle_time() {
        let (_peer, mut patient, _) = patient();
        assert_eq!(read(&mut patient).await, 60);
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_has_begun_must_come_soon_however_often_a_byte_does() {
        let (mut peer, mut patient, _) = patient();
        let dripping = async {
            sleep(Duration::from_secs(30)).await;
            loop {
                peer.write_all(b"x").await.unwrap();
                sleep(Duration::from_secs(3)).await;
            }
        };
        tokio::select! {
            seconds = read(&mut patient) => assert_eq!(seconds, 40),
            () = dripping => unreachable!("it goes on"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_request_begins_anew_and_while_one_is_answered_nothing_is_asked() {
        let (mut peer, mut patient, pace) = patient();
        for _ in 0..3 {
            sleep(Duration::from_secs(50)).await;
            peer.write_all(b"x").await.unwrap();
            patient.read_u8().await.unwrap();
            let _answering = pace.begins(http::Version::HTTP_11);
            let body = tokio::time::timeout(Duration::from_secs(100), patient.read_u8());
            assert!(body.await.is_err(), "bodies have a time of their own");
        }
        assert_eq!(read(&mut patient).await, 60);
    }

    #[tokio::test(start_paused = true)]
    async fn what_many_requests_share_is_left_alone() {
        let (_peer, mut patient, pace) = patient();
        drop(pace.begins(http::Version::HTTP_2));
        let reading = tokio::time::timeout(Duration::from_secs(1_000), patient.read_u8());
        assert!(reading.await.is_err());
    }
}
