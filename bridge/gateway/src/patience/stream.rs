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
    /// How many bytes of the preface of HTTP/2 the connection has begun with; `None` where it has begun with something else.
    preface: Option<usize>,
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
            preface: Some(0),
            waiting: None,
            alarm: None,
            stalled: None,
        }
    }

    /// Whether nothing came for too long.
    fn is_over(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let awaited = self.pace.awaited_by(context.waker());
        if awaited == Awaited::Nothing || self.stalled.is_some() {
            self.waiting = None;
            return Poll::Pending;
        }
        let begun = match awaited {
            Awaited::Request(_) => self.begun == Some(awaited),
            Awaited::Shared(_) | Awaited::Nothing => false,
        };
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

    /// Sees whether the connection is one that requests share: then it begins with 24 bytes that say so (RFC 9113 §3.4).
    fn comes(&mut self, bytes: &[u8]) {
        if let Some(seen) = self.preface {
            let rest = PREFACE.get(seen..).unwrap_or_default();
            let more = rest.len().min(bytes.len());
            self.preface = (rest[..more] == bytes[..more]).then_some(seen + more);
            if self.preface == Some(PREFACE.len()) {
                self.pace.shares();
                self.preface = None;
            }
        }
        self.begun = Some(self.pace.awaited());
    }

    /// Who takes an answer is not expected to ask for the next one yet. What is written where requests share the connection, while
    /// none is answered, is no answer: its peer is asked whether it is still there, or told so.
    fn writes(&mut self) {
        if !matches!(self.waiting, Some((Awaited::Shared(_), ..))) {
            self.waiting = None;
        }
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
            if let Some(bytes @ [_, ..]) = buffer.filled().get(before..) {
                self.comes(bytes);
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
        self.writes();
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watched(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writes();
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

/// What every connection of HTTP/2 begins with.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

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
            let _answering = pace.begins();
            let body = tokio::time::timeout(Duration::from_secs(100), patient.read_u8());
            assert!(body.await.is_err(), "bodies have a time of their own");
        }
        assert_eq!(read(&mut patient).await, 60);
    }

    /// A connection whose preface has come.
    async fn shared() -> (DuplexStream, Patient<DuplexStream>, Arc<Pace>) {
        let (mut peer, mut patient, pace) = patient();
        let mut preface = [0; PREFACE.len()];
        let (written, read) =
            tokio::join!(peer.write_all(PREFACE), patient.read_exact(&mut preface));
        written.unwrap();
        read.unwrap();
        (peer, patient, pace)
    }

    #[tokio::test(start_paused = true)]
    async fn a_preface_is_no_head_that_has_begun() {
        let (_peer, mut patient, _) = shared().await;
        assert_eq!(read(&mut patient).await, 60);
    }

    #[tokio::test(start_paused = true)]
    async fn what_requests_share_is_idle_when_all_are_answered() {
        let (_peer, mut patient, pace) = shared().await;
        let (first, second) = (pace.begins(), pace.begins());
        let reading = tokio::time::timeout(Duration::from_secs(1_000), patient.read_u8());
        assert!(reading.await.is_err(), "they are being answered");
        drop(first);
        let answering = async {
            sleep(Duration::from_secs(100)).await;
            drop(second);
        };
        // Nothing else wakes the reader.
        let (seconds, ()) = tokio::join!(read(&mut patient), answering);
        assert_eq!(seconds, 160);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_said_between_requests_that_share_is_no_request() {
        let (mut peer, mut patient, pace) = shared().await;
        drop(pace.begins());
        let began = Instant::now();
        let talking = async {
            loop {
                sleep(Duration::from_secs(7)).await;
                peer.write_all(b"ping").await.unwrap();
                let mut pong = [0; 4];
                peer.read_exact(&mut pong).await.unwrap();
            }
        };
        let echoing = async {
            let mut ping = [0; 4];
            while patient.read_exact(&mut ping).await.is_ok() {
                patient.write_all(b"pong").await.unwrap();
            }
        };
        tokio::select! {
            () = echoing => assert_eq!(began.elapsed().as_secs(), 60),
            () = talking => unreachable!("it goes on"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_requests_share_a_connection_with_is_answering_until_it_has_gone() {
        let (_peer, _patient, pace) = shared().await;
        let answer = pace.begins().has(axum::response::Response::default());
        assert_eq!(pace.awaited(), Awaited::Nothing);
        drop(answer);
        assert_eq!(pace.awaited(), Awaited::Shared(1));
    }
}
