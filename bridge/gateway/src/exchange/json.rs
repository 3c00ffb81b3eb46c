//! One call that came as JSON, and problems with requests that are none.

use std::sync::Arc;

use footbridge_remoting::{Answer, Envelope, Fault, Request, Version};

use super::stamp::{new_id, stamp};
use super::{Exchange, Origin};
use crate::call::Arguments;
use crate::dispatch;
use crate::gateway::Gateway;
use crate::load::{Held, Usage};
use crate::log;
use crate::run::Change;

/// An answer in JSON.
#[derive(Debug)]
pub(crate) struct AnsweredJson {
    /// The value, or the problem's details.
    pub(crate) body: Vec<u8>,
    /// The fault that the body tells.
    pub(crate) fault: Option<Fault>,
    /// What became of the caller's session, for the cookie.
    pub(crate) change: Change,
    /// The room that the body takes.
    pub(crate) held: Held,
}

/// Answers one call that came as JSON.
pub(crate) async fn json(
    gateway: &Gateway,
    origin: Origin<'_>,
    (service, operation): (&str, &str),
    arguments: Arguments,
) -> AnsweredJson {
    let live = gateway.live();
    let usage = Arc::clone(&origin.usage);
    let exchange = Exchange::new(gateway, live, Version::Amf0, origin);
    exchange.authorization().await;
    let found = dispatch::classic(&exchange.live.mapping, service, operation);
    let arguments = match &found {
        Ok(operation) => arguments.by_position(operation),
        Err(_) => arguments,
    };
    let session = match exchange.session(&Request::Unknown).await {
        Ok(session) => session,
        Err(fault) => return problem(fault, &usage),
    };
    let (body, fault) = exchange
        .call(
            new_id(),
            Envelope::json(),
            session,
            (service.into(), operation.into()),
            found,
            (None, exchange.told()),
            (arguments.graph, arguments.values),
            None,
        )
        .await;
    let (change, held) = exchange.ended();
    AnsweredJson {
        body,
        fault,
        change,
        held,
    }
}

/// The details of a problem with a request that is no call, with an identifier that the log has too.
pub(crate) fn problem(fault: Fault, client: &Arc<Usage>) -> AnsweredJson {
    let fault = fault.correlated(new_id());
    log::refused(&fault.correlation, &fault);
    let envelope = Envelope::json();
    AnsweredJson {
        body: Answer::fault(&envelope, &fault, usize::MAX, &stamp(&envelope)),
        fault: Some(fault),
        change: Change::None,
        held: Held::of(client),
    }
}
