//! The span of a call.

use footbridge_mapping::model::Operation;
use footbridge_remoting::{Encoding, Fault};

use super::{Role, Span, Trail, cut};
use crate::call::Call;

/// A call begins; `operation` is the one that it means, where a mapping knows it.
pub(crate) fn called(below: &Trail, operation: Option<&Operation>) -> Span {
    Span::begin(Role::Within, below, || {
        operation.map_or_else(|| "unknown operation".to_owned(), |it| it.name.to_string())
    })
}

/// It was answered. A fault of the client's making is told by its code, and is no failure of the gateway.
pub(crate) fn answered(span: Span, call: &Call, fault: Option<&Fault>) {
    let trail = span.trail();
    if trail.is_told() {
        trail.text("rpc.system", system(call));
        trail.text("rpc.service", cut(&call.service));
        trail.text("rpc.method", cut(&call.operation));
        trail.text("footbridge.envelope", envelope(call));
        trail.text("footbridge.profile", &call.profile.name);
        trail.text("footbridge.call", &call.context.id);
        if let Some(request) = &call.context.client.request {
            trail.text("footbridge.request", request);
        }
        if let Some(fault) = fault {
            trail.text("error.type", cut(&fault.code));
            if !fault.is_clients() {
                trail.failed();
            }
        }
    }
    span.end();
}

fn system(call: &Call) -> &'static str {
    match call.envelope.encoding {
        Encoding::Amf0 => "amf0",
        Encoding::Amf3 => "amf3",
        Encoding::Json => "json",
    }
}

fn envelope(call: &Call) -> &'static str {
    match (&call.envelope.message, call.envelope.encoding) {
        (Some(_), _) => "message",
        (None, Encoding::Json) => "json",
        (None, Encoding::Amf0 | Encoding::Amf3) => "classic",
    }
}
