//! One call: who asks what, and how it wants to be answered.

use std::sync::Arc;

use footbridge_amf::{Graph, Value};
use footbridge_mapping::data::AmfValue;
use footbridge_remoting::{Envelope, Profile};

use crate::run::Context;
use crate::session::Session;

/// Everything that is known of a call before it runs.
#[derive(Debug)]
pub struct Call {
    /// The service as the client named it.
    pub service: Arc<str>,
    /// The operation as the client named it.
    pub operation: Arc<str>,
    /// What the client sent.
    pub arguments: Arguments,
    /// The session, where the client has one.
    pub session: Option<Arc<Session>>,
    /// How the call wants to be answered.
    pub envelope: Envelope,
    /// What else is known of its client.
    pub profile: Arc<Profile>,
    /// What an operation may ask for: identity, identifier, moment, deadline, shapes.
    pub context: Context,
}

/// Arguments as they came: all of one body's graph.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// What the values' nodes live in.
    pub graph: Arc<Graph<'static>>,
    /// By position, or one object with arguments by name.
    pub values: Vec<Value<'static>>,
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
