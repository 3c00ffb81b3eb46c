//! An operation of the gateway's own, run before anybody is known: what a login asks.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use footbridge_mapping::data::Data;
use footbridge_mapping::model::{FaultKey, Operation};
use footbridge_remoting::{Envelope, Fault, Style};
use tokio::time::Instant;

use super::context::{Client, Context, Identity};
use super::failure::Failure;
use super::kept::Kept;
use super::operation::nested;
use super::told::Told;
use crate::live::Live;

/// What became of it.
pub(crate) enum Replied {
    /// It answered.
    Answer(Data),
    /// It refused: a status from 400 to 499, a SOAP fault that the WSDL declares or that does not blame the service, a fault of the mapping.
    No,
    /// It said neither.
    Broken(Broken),
}

/// What keeps an operation from telling who somebody is.
#[derive(Debug)]
pub(crate) struct Broken {
    /// What the client is told.
    pub(crate) fault: Fault,
    /// Whether it was asked, or may have been: then how it failed may tell something, were it as little as a status.
    pub(crate) asked: bool,
}

/// Runs an operation for a stranger.
pub(crate) async fn ask(
    live: &Arc<Live>,
    kept: &Arc<Kept>,
    client: &Client,
    operation: &Arc<Operation>,
    arguments: &[(Arc<str>, Data)],
) -> Replied {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let context = Context {
        live: Arc::clone(live),
        identity: Identity::default(),
        client: client.clone(),
        id: Arc::from("login"),
        time: now.map_or(0.0, |since| since.as_millis() as f64),
        deadline: Instant::now() + operation.timeout,
        style: Style::of(&Envelope::json()),
        share: Arc::default(),
        session: None,
        told: Told::default(),
        signing: Arc::default(),
        kept: Arc::clone(kept),
        trace: None,
        asked: None,
        upstream: Arc::default(),
    };
    let failure = match nested(&context, operation, arguments).await {
        Ok(answer) => return Replied::Answer(answer),
        Err(failure) => failure,
    };
    let refused = match &failure {
        // The gateway's own trouble is not about this caller.
        Failure::Decided(fault) => fault.code.starts_with("Client."),
        // SOAP faults come with status 500, whoever is to blame.
        Failure::Open(trouble) if trouble.of_caller => true,
        Failure::Open(trouble) => match trouble.status {
            // What a proxy or a limit says is not about this caller.
            Some(status) => (400..500).contains(&status) && !matches!(status, 407 | 408 | 429),
            None => {
                matches!(trouble.key, FaultKey::Code(_) | FaultKey::None)
                    && trouble.codes.iter().all(|code| !is_server(code))
            }
        },
    };
    if refused {
        return Replied::No;
    }
    let asked = match &failure {
        Failure::Decided(_) => true,
        // No connection, an open breaker, a full queue. What names a status or a code has answered.
        Failure::Open(trouble) => {
            trouble.key != FaultKey::Unavailable
                || trouble.status.is_some()
                || !trouble.codes.is_empty()
        }
    };
    let fault = failure.into_fault();
    tracing::warn!(
        operation = &*operation.name,
        code = &*fault.code,
        "a login cannot be asked"
    );
    Replied::Broken(Broken { fault, asked })
}

/// A SOAP fault that blames the service (`Server`, `Receiver`), or an SQLSTATE, which says nothing of a caller.
fn is_server(code: &str) -> bool {
    let local = code.rsplit([':', '}']).next().unwrap_or_default();
    let state = code.len() == 5
        && code
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    local == "Server" || local == "Receiver" || state
}
