//! One call: who asks what, and how it wants to be answered.

use std::sync::Arc;

use footbridge_amf::{Graph, Node, Value};
use footbridge_mapping::data::AmfValue;
use footbridge_mapping::model::Operation;
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
    /// Whether the one value was sent as an object of names, as a body of JSON can be: an argument by position would stand in a list.
    pub named: bool,
}

impl Arguments {
    /// The arguments of this operation by position, if they were sent as an object whose names are all arguments of it. Others are left: the
    /// object may be the only argument.
    pub(crate) fn by_position(self, operation: &Operation) -> Self {
        let [object] = self.values.as_slice() else {
            return self;
        };
        let (true, Value::Node(id)) = (self.named, object) else {
            return self;
        };
        let Node::Object(members) = self.graph.node(*id) else {
            return self;
        };
        let declared = &operation.arguments;
        let is_argument = |name: &str| declared.iter().any(|argument| *argument.name == *name);
        let names = &members.dynamic;
        if names.is_empty() || !names.iter().all(|(name, _)| is_argument(name)) {
            return self;
        }
        let values = declared.iter().map(|argument| {
            let value = self.graph.member(object, &argument.name);
            value.cloned().unwrap_or(Value::Undefined)
        });
        Self {
            values: values.collect(),
            graph: Arc::clone(&self.graph),
            named: false,
        }
    }

    /// The arguments, each in the graph they share.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = AmfValue> {
        self.values.iter().map(|value| AmfValue {
            graph: Arc::clone(&self.graph),
            value: value.clone(),
        })
    }
}
