//! A proxy: a request that the client makes itself, sent on where the mapping lets it, and its answer as `HTTPService` and
//! `WebService` want it.
//!
//! `asked` makes the request of a message, `envelope` says which envelopes pass, `answered` reads what came back. Where a request may
//! go is [`Reach`](footbridge_mapping::reach::Reach)'s to say; the proxy's client asks it, for redirects too.

mod answered;
mod asked;
mod envelope;

use footbridge_mapping::data::Data;
use footbridge_mapping::model::{FaultRules, ProxyStep};
use footbridge_remoting::fault;
use footbridge_traffic::Refusal;
use tokio::time::Instant;

use self::asked::Asked;
use super::failure::Failure;
use super::scope::Frame;
use super::soap;
use super::step::judged;

/// Sends a request on and gives what came back.
///
/// # Errors
/// A failure that rules have not been asked about, or a fault that they made of a good answer.
pub(super) async fn run(
    proxy: &ProxyStep,
    frame: &Frame<'_>,
    levels: &[&FaultRules],
) -> Result<Data, Failure> {
    let mut asked = Asked::of(proxy, frame)?;
    let client = soap::client(frame, &proxy.backend)?;
    let url = asked.with_query(client.url(&asked.target).map_err(refused)?);
    if proxy.published.is_some() {
        let own = client
            .url(&footbridge_traffic::Target::Address)
            .map_err(refused)?;
        envelope::permit(proxy, frame, &mut asked, &url, &own)?;
    }
    let deadline = Instant::now() + frame.context.left(proxy.backend.timeout);
    let request = asked.request(url, frame, proxy);
    let reply = client.send(&request, deadline).await.map_err(refused)?;
    frame.saw_status(reply.status);
    let value = answered::read(&asked, &reply, frame)?;
    judged(value, levels, frame)
}

/// A refusal of traffic by the code that clients of proxies know; rules of `faults` see what it was.
fn refused(refusal: Refusal) -> Failure {
    let mut failure = Failure::from(refusal);
    let fault = match &mut failure {
        Failure::Decided(fault) => &mut **fault,
        Failure::Open(trouble) => &mut trouble.fault,
    };
    if fault.code != fault::AUTHENTICATION {
        fault.code = fault::PROXY_FAILED.into();
    }
    failure
}

/// A request that is not sent on. The client is at fault, or the mapping that does not let it pass.
fn closed(message: impl Into<String>) -> Failure {
    Failure::decided(fault::PROXY_FAILED, message)
}
