//! What there is to call, for callers who ask and whom `describe` in `gateway.yaml` lets ask: only what they may call themselves.
//!
//! The header `DescribeService` asks for the service of the packet's first call, which is then described and not run, whatever the
//! answer (`component`). Browsers of services call services that no mapping has: `AmfphpDiscoveryService.discover` that of Amfphp 2, for
//! all services at once (`discovery`); `amfphp.DiscoveryService` that of AMFPHP 1.9, for a tree and for one service of it (`tree`).

mod component;
mod discovery;
mod tree;

use std::sync::Arc;

use footbridge_amf::{Graph, Sink, Value, WriteError};
use footbridge_mapping::model::{Mapping, Operation, Plan, Service};
use footbridge_mapping::slot::{Slot, Type};
use footbridge_remoting::{Answer, Envelope, Fault, Packet, Request, fault};

use super::Exchange;
use super::stamp::stamp;
use crate::run::Identity;
use crate::session::Session;

/// What a body asks to be told.
pub(super) enum Described {
    /// One service.
    One(Arc<Service>),
    /// All of them, for the browser of Amfphp 2.
    All,
    /// The tree of them, for the browser of AMFPHP 1.9.
    Tree,
    /// The methods of the service of this name, for the same.
    Methods(String),
}

/// Whether a packet asks for a description in place of its first call.
pub(super) fn asked(packet: &Packet<'_>) -> bool {
    packet
        .header("DescribeService")
        .is_some_and(|header| !matches!(header.value, Value::Null | Value::Undefined))
}

impl Exchange<'_> {
    /// What a call asks to be told, if it is none: by the packet's header (`by_header`), or by its name where no mapping knows it.
    ///
    /// # Errors
    /// Where it asks for a service that is not there.
    pub(super) fn describes(
        &self,
        by_header: bool,
        graph: &Graph<'_>,
        request: &Request<'_, '_>,
    ) -> Result<Option<Described>, Fault> {
        let mapping = &self.live.mapping;
        let (names, operation, arguments) = match request {
            Request::Classic {
                service,
                operation,
                arguments,
            } => {
                let whole = format!("{service}.{operation}");
                (vec![(*service).to_owned(), whole], *operation, arguments)
            }
            Request::Remoting {
                destination,
                source,
                operation,
                arguments,
                ..
            } => {
                let names = source.iter().chain([destination]);
                let names = names.map(ToString::to_string).collect();
                (names, &**operation, arguments)
            }
            Request::Command { .. }
            | Request::Http { .. }
            | Request::Other { .. }
            | Request::Unknown => return Ok(None),
        };
        if by_header {
            let found = names.iter().find_map(|name| named(mapping, name));
            let service = found.ok_or_else(nobody)?;
            return Ok(Some(Described::One(Arc::clone(service))));
        }
        let browses = |browser: &str| {
            mapping.gateway.describe.is_some()
                && names.iter().any(|name| name == browser)
                && named(mapping, browser).is_none()
        };
        Ok(match operation {
            "discover" if browses("AmfphpDiscoveryService") => Some(Described::All),
            "getServices" if browses("amfphp.DiscoveryService") => Some(Described::Tree),
            "describeService" if browses("amfphp.DiscoveryService") => {
                let name = tree::named(graph, arguments).unwrap_or_default();
                Some(Described::Methods(name))
            }
            _ => None,
        })
    }

    /// Answers with a description.
    ///
    /// # Errors
    /// Where this caller may not ask, the service is not there, or the description is too long.
    pub(super) fn description(
        &self,
        described: &Described,
        envelope: &Envelope,
        session: Option<&Arc<Session>>,
    ) -> Result<Vec<u8>, Fault> {
        let identity = self.identity(session)?;
        let address = self.origin.client.address.parse().ok();
        let admitted = match &self.live.mapping.gateway.describe {
            Some(callers) => callers.admit(address, |roles| identity.holds(roles)),
            None => false,
        };
        if !admitted {
            return Err(Fault::new(
                fault::AUTHORIZATION,
                "this gateway does not describe its services to this caller",
            ));
        }
        let mut answer = Answer::begin(envelope, self.limits().reply, &stamp(envelope))?;
        let sink = answer.sink();
        let mapping = &self.live.mapping;
        match described {
            Described::One(service) => component::write(service, &identity, sink)?,
            Described::All => discovery::write(mapping, &identity, sink)?,
            Described::Tree => tree::services(mapping, &identity, sink)?,
            Described::Methods(name) => {
                let service = named(mapping, name).ok_or_else(nobody)?;
                tree::table(service, &identity, sink)?;
            }
        }
        Ok(answer.finish()?)
    }
}

fn named<'m>(mapping: &'m Mapping, name: &str) -> Option<&'m Arc<Service>> {
    mapping.services.get(*mapping.by_name.get(name)?)
}

/// The functions of a service that a caller may call; each form of an overloaded one by itself.
fn functions<'s>(service: &'s Service, identity: &Identity) -> Vec<(&'s str, &'s Operation)> {
    let callable = service
        .operations
        .iter()
        .filter(|(_, operation)| identity.holds(&operation.roles));
    let mut functions = Vec::new();
    for (name, operation) in callable {
        match &operation.plan {
            Plan::Step(_) => functions.push((&**name, &**operation)),
            Plan::Overloads(overloads) => {
                functions.extend(overloads.iter().map(|overload| (&**name, &**overload)));
            }
        }
    }
    functions
}

fn text(sink: &mut dyn Sink, name: &str, text: &str) -> Result<(), WriteError> {
    sink.member(name)?;
    sink.string(text)
}

/// The type of the reply, where it is declared.
fn returns(operation: &Operation) -> String {
    match &operation.plan {
        Plan::Step(step) => step
            .returns
            .as_ref()
            .map_or_else(|| "any".to_owned(), |slot| slot.kind.to_string()),
        Plan::Overloads(_) => "any".to_owned(),
    }
}

fn is_required(slot: &Slot) -> bool {
    slot.default.is_none() && !matches!(slot.kind, Type::Nullable(_))
}

fn nobody() -> Fault {
    Fault::new(
        fault::RESOURCE_NOT_FOUND,
        "no service of this name is there to describe",
    )
}
