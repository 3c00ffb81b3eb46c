//! One call: who asks what, from where, until when, and how it wants to be answered.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use footbridge_amf::{Graph, Value};
use footbridge_mapping::data::AmfValue;
use footbridge_remoting::{Envelope, Style};
use tokio::time::Instant;

use crate::session::Session;

/// Everything about a call that an operation may ask for.
#[derive(Debug)]
pub struct Call {
    /// The correlation identifier: in the fault that the client sees, and in the log.
    pub id: Arc<str>,
    /// The service as the client named it.
    pub service: Arc<str>,
    /// The operation as the client named it.
    pub operation: Arc<str>,
    /// What the client sent.
    pub arguments: Arguments,
    /// Who asks.
    pub identity: Arc<Identity>,
    /// The session, where the client has one.
    pub session: Option<Arc<Session>>,
    /// When it must be answered.
    pub deadline: Instant,
    /// When it came, in milliseconds since 1970-01-01T00:00Z.
    pub time: f64,
    /// Where it came from.
    pub caller: Caller,
    /// How it wants to be answered.
    pub envelope: Envelope,
    /// In which shapes.
    pub style: Style,
}

/// Arguments as they came: all of one body's graph.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// What the values' nodes live in.
    pub graph: Arc<Graph<'static>>,
    /// By position, or one object with arguments by name.
    pub values: Vec<Value<'static>>,
}

/// The peer of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The client's address.
    pub address: IpAddr,
}

/// Who a caller is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identity {
    /// The name under which the caller is known; none for a stranger.
    pub id: Option<Arc<str>>,
    /// What the caller may do.
    pub roles: Vec<Arc<str>>,
}

impl Identity {
    /// Somebody who has not logged in.
    pub fn stranger() -> Self {
        Self::default()
    }

    /// Whether nobody has logged in.
    pub fn is_stranger(&self) -> bool {
        self.id.is_none()
    }
}

impl Arguments {
    /// The arguments, each in the graph they share.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = AmfValue> {
        self.values.iter().map(|value| AmfValue {
            graph: Arc::clone(&self.graph),
            value: value.clone(),
        })
    }
}

impl Call {
    /// What is left until the deadline; zero when it has passed.
    pub fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}
