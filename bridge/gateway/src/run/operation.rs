//! The way in: an operation, its arguments and the bytes of its answer.

use std::sync::Arc;

use footbridge_mapping::data::{AmfValue, Record};
use footbridge_mapping::model::Operation;
use footbridge_remoting::fault::{self, Fault};
use footbridge_remoting::{Envelope, Stamp, Style};
use tokio::time::Instant;

use crate::live::Live;

/// What a call carries beside its arguments.
#[derive(Debug)]
pub struct Context {
    /// The mapping as it was when the call began, with its databases.
    pub live: Arc<Live>,
    /// Who calls.
    pub identity: Identity,
    /// Where the call comes from.
    pub client: Client,
    /// The correlation id, in the fault and in the log.
    pub id: Arc<str>,
    /// When the call began, in milliseconds since 1970-01-01T00:00Z.
    pub time: f64,
    /// When it ends at the latest.
    pub deadline: Instant,
    /// How lists and objects look for this client.
    pub style: Style,
}

/// Who calls: a stranger, until logins exist.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// The members of `identity`; `None` for a stranger.
    pub members: Option<Arc<Record>>,
}

/// Where a call comes from.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// The address of the peer, without its port.
    pub address: Arc<str>,
    /// What the client calls itself, e.g. its `User-Agent`.
    pub name: Arc<str>,
}

/// Runs an operation and gives the whole body of its answer.
///
/// # Errors
/// The fault that the client gets, without its correlation id.
pub async fn operation(
    context: &Context,
    operation: &Arc<Operation>,
    arguments: Vec<AmfValue>,
    envelope: &Envelope,
    stamp: &Stamp,
) -> Result<Vec<u8>, Fault> {
    let _ = (context, arguments, envelope, stamp);
    Err(Fault::new(
        fault::PROCESSING,
        format!("`{}` cannot run yet", operation.name),
    ))
}
