//! A request from the end of its head to its answer, and where requests share the connection to the end of that answer's body.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

use super::Pace;

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Answering(Arc<Pace>);

impl Answering {
    pub(super) fn new(pace: Arc<Pace>) -> Self {
        Self(pace)
    }

    /// The request has its answer. Where it shares the connection its body goes on being answered: pieces of it wait there without a
    /// write that would tell so.
    pub(crate) fn has(self, answer: Response) -> Response {
        if !self.0.is_shared() {
            return answer;
        }
        answer.map(|body| {
            Body::new(Lasting {
                body,
                _answering: self,
            })
        })
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.answered();
    }
}

/// A body with which its request is answered.
struct Lasting {
    body: Body,
    _answering: Answering,
}

impl hyper::body::Body for Lasting {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
