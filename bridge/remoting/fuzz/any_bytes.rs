//! What must hold for any bytes: shared by the fuzz target `packet` and the property tests.

use footbridge_amf::Limits;
use footbridge_remoting::{
    Answer, Command, Envelope, Fault, Message, Packet, Request, Stamp, Version, assemble, command,
    fault, outgoing,
};

/// Reads a packet and answers each of its bodies by a fault, commands by their answer. What was written must be
/// a packet again, with one answer for each body, in order.
pub(crate) fn packet(bytes: &[u8]) {
    let limits = Limits {
        values: 5_000,
        ..Limits::default()
    };
    let Ok(packet) = Packet::read(bytes, &limits) else {
        return;
    };
    let stamp = Stamp {
        message_id: "M".to_owned(),
        client_id: "C".to_owned(),
        now: 0.0,
    };
    let mut targets = Vec::new();
    let mut bodies = Vec::new();
    for body in &packet.bodies {
        let request = Request::recognise(body);
        let envelope = Envelope::of(body, &request, packet.version);
        let (answer, outcome) = match &request {
            Request::Command { message, command } => answered(*command, message, &envelope, &stamp),
            Request::Classic { .. }
            | Request::Remoting { .. }
            | Request::Http { .. }
            | Request::Other { .. }
            | Request::Unknown => {
                let fault = Fault::new(fault::RESOURCE_NOT_FOUND, "no such service");
                (
                    Answer::fault(&envelope, &fault, 1_000, &stamp),
                    outgoing::Outcome::Status,
                )
            }
        };
        targets.push((body.response.as_ref(), outcome));
        bodies.push(answer);
    }
    let answer = assemble(packet.version, &[], bodies).concat();
    let read = Packet::read(
        &answer,
        &Limits {
            values: usize::MAX,
            bytes: usize::MAX,
            ..Limits::default()
        },
    );
    let read = read.expect("an answer is a packet");
    assert_eq!(read.unreadable, None, "an answer can be read");
    assert_eq!(read.trailing, 0, "nothing follows an answer");
    assert_ne!(read.version, Version::Fms, "no client reads version 1");
    // A response URI may have been cut to leave room for the outcome.
    for (answer, (response, outcome)) in read.bodies.iter().zip(&targets) {
        let (uri, said) = outgoing::outcome(answer);
        assert!(
            response.starts_with(uri),
            "the answer goes to the response URI"
        );
        assert_eq!(said, *outcome);
    }
    assert_eq!(read.bodies.len(), targets.len());
}

fn answered(
    command: Command,
    message: &Message<'_, '_>,
    envelope: &Envelope,
    stamp: &Stamp,
) -> (Vec<u8>, outgoing::Outcome) {
    match command::answer(command, message, envelope, "S", 100_000, stamp) {
        Ok(body) => (body, outgoing::Outcome::Result),
        Err(fault) => (
            Answer::fault(envelope, &fault, 1_000, stamp),
            outgoing::Outcome::Status,
        ),
    }
}
