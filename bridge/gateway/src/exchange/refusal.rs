//! Answers to what is not run: packets and calls over a limit, bodies that cannot be read.

use std::sync::Arc;

use footbridge_mapping::model::GatewayLimits;
use footbridge_remoting::{
    Answer, Body, Envelope, Fault, Packet, PacketError, Request, Skipped, Unreadable, assemble,
    fault,
};

use super::stamp::{new_id, stamp};
use super::{Answered, Exchange, reading_limits};
use crate::gateway::Gateway;
use crate::load::{Held, Usage};
use crate::log;
use crate::run::Change;

/// Answers a packet that is refused as a whole, of which `bytes` are the beginning: nothing runs, and everybody who can be
/// addressed is told.
///
/// # Errors
/// Where the beginning does not name a single response URI.
pub(crate) fn refuse(
    gateway: &Gateway,
    bytes: &[u8],
    fault: &Fault,
    client: &Arc<Usage>,
) -> Result<Answered, PacketError> {
    let live = gateway.live();
    let limits = live.mapping.gateway.limits;
    let packet = Packet::read(bytes, &reading_limits(limits))?;
    let refused = |envelope: &Envelope| {
        let fault = fault.clone().correlated(new_id());
        log::refused(&fault.correlation, &fault);
        Answer::fault(envelope, &fault, limits.reply, &stamp(envelope))
    };
    let mut bodies: Vec<_> = packet
        .bodies
        .iter()
        .map(|body| {
            refused(&Envelope::of(
                body,
                &Request::recognise(body),
                packet.version,
            ))
        })
        .collect();
    let skipped = packet.skipped.iter().map(|skipped| &skipped.unreadable);
    for unreadable in skipped.chain(&packet.unreadable) {
        bodies.push(refused(&Envelope::unreadable(unreadable, packet.version)));
    }
    Ok(Answered {
        chunks: assemble(packet.version, &[], bodies),
        change: Change::None,
        held: Held::of(client),
    })
}

impl Exchange<'_> {
    /// Answers a call over the limit. The first is in the log; a packet could hold 65,000 more.
    pub(super) fn one_too_many(&self, first: bool, body: &Body<'_>) -> Vec<u8> {
        let GatewayLimits { calls, reply, .. } = self.limits();
        let envelope = self.envelope(Envelope::of(body, &Request::recognise(body), self.version));
        let fault = Fault::new(
            fault::TOO_MANY_CALLS,
            format!("a packet may hold {calls} calls"),
        )
        .correlated(new_id());
        if first {
            log::refused(&fault.correlation, &fault);
        }
        self.saw_refused(&envelope, &fault);
        Answer::fault(&envelope, &fault, reply, &stamp(&envelope))
    }

    /// The answers in the order asked, those of bodies that could not be read at their places.
    pub(super) fn with_skipped(&self, answers: Vec<Vec<u8>>, skipped: &[Skipped]) -> Vec<Vec<u8>> {
        let mut answers = answers.into_iter();
        let mut all = Vec::with_capacity(answers.len() + skipped.len());
        for (number, Skipped { index, unreadable }) in skipped.iter().enumerate() {
            let before = index.saturating_sub(all.len());
            all.extend(answers.by_ref().take(before));
            all.push(self.unreadable(unreadable, number == 0));
        }
        all.extend(answers);
        all
    }

    /// Answers a body that cannot be read. The first of a packet is in the log.
    pub(super) fn unreadable(&self, unreadable: &Unreadable, first: bool) -> Vec<u8> {
        let (code, text) = if unreadable.error.over_limit {
            (
                fault::TOO_LARGE,
                "the call holds more than the gateway's limits allow",
            )
        } else {
            (fault::ENCODING, "the call cannot be read")
        };
        let envelope = self.envelope(Envelope::unreadable(unreadable, self.version));
        let fault = Fault::new(code, format!("{text}: {}", unreadable.error)).correlated(new_id());
        if first {
            log::refused(&fault.correlation, &fault);
        }
        self.saw_refused(&envelope, &fault);
        Answer::fault(&envelope, &fault, self.limits().reply, &stamp(&envelope))
    }

    /// An envelope with what its client's profile says of bytes.
    fn envelope(&self, mut envelope: Envelope) -> Envelope {
        let profile = self.profile(&envelope);
        envelope.wire = profile.wire();
        self.headers.for_client(&profile);
        envelope
    }

    /// Answers by a fault that no call stands behind.
    pub(super) fn fault(&self, id: &Arc<str>, envelope: &Envelope, fault: Fault) -> Vec<u8> {
        log::refused(id, &fault);
        let fault = fault.correlated(Arc::clone(id));
        self.saw_refused(envelope, &fault);
        Answer::fault(envelope, &fault, self.limits().reply, &stamp(envelope))
    }
}
