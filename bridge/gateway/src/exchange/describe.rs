//! What there is to call, for callers who ask and whom `describe` in `gateway.yaml` lets ask: only what they may call themselves.
//!
//! The header `DescribeService` asks for the service of the packet's first call, which is then described and not run, whatever the
//! answer. `AmfphpDiscoveryService.discover` is what the browser of Amfphp 2 asks, for all services at once.

use std::sync::Arc;

use footbridge_amf::{Class, Sink, Value, WriteError};
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
    /// All of them, for a browser of services.
    All,
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
        request: &Request<'_, '_>,
    ) -> Result<Option<Described>, Fault> {
        let mapping = &self.live.mapping;
        let (names, operation) = match request {
            Request::Classic {
                service, operation, ..
            } => {
                let whole = format!("{service}.{operation}");
                (vec![(*service).to_owned(), whole], *operation)
            }
            Request::Remoting {
                destination,
                source,
                operation,
                ..
            } => {
                let names = source.iter().chain([destination]);
                (names.map(ToString::to_string).collect(), &**operation)
            }
            Request::Command { .. }
            | Request::Http { .. }
            | Request::Other { .. }
            | Request::Unknown => return Ok(None),
        };
        if by_header {
            let found = names.iter().find_map(|name| named(mapping, name));
            let service = found.ok_or_else(|| {
                Fault::new(
                    fault::RESOURCE_NOT_FOUND,
                    "no service of this name is there to describe",
                )
            })?;
            return Ok(Some(Described::One(Arc::clone(service))));
        }
        let browses = operation == DISCOVER
            && names.iter().any(|name| name == DISCOVERY)
            && mapping.gateway.describe.is_some()
            && named(mapping, DISCOVERY).is_none();
        Ok(browses.then_some(Described::All))
    }

    /// Answers with a description.
    ///
    /// # Errors
    /// Where this caller may not ask, or the description is too long.
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
        let mut writer = Describing {
            sink: answer.sink(),
            class: Arc::new(Class::anonymous()),
            identity: &identity,
        };
        match described {
            Described::One(service) => writer.service(service)?,
            Described::All => writer.all(&self.live.mapping)?,
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

struct Describing<'d> {
    sink: &'d mut dyn Sink,
    class: Arc<Class>,
    identity: &'d Identity,
}

impl Describing<'_> {
    /// As ColdFusion describes a component.
    fn service(&mut self, service: &Service) -> Result<(), WriteError> {
        self.sink.begin_object(&self.class)?;
        self.text("version", "1.0")?;
        self.text("address", &service.name)?;
        self.sink.member("functions")?;
        self.sink.begin_array()?;
        for (name, operation) in functions(service, self.identity) {
            self.sink.begin_object(&self.class)?;
            self.text("name", name)?;
            self.text("description", "")?;
            self.text("version", "1.0")?;
            self.text("returns", &returns(operation))?;
            self.sink.member("arguments")?;
            self.sink.begin_array()?;
            for argument in &operation.arguments {
                self.sink.begin_object(&self.class)?;
                self.text("name", &argument.name)?;
                self.sink.member("required")?;
                self.sink.bool(is_required(&argument.slot))?;
                self.text("type", &argument.slot.kind.to_string())?;
                self.text("description", "")?;
                self.sink.end()?;
            }
            self.sink.end()?;
            self.sink.end()?;
        }
        self.sink.end()?;
        self.sink.end()
    }

    /// As Amfphp 2 describes all of its services: maps by name. Of an overloaded function the first form counts.
    fn all(&mut self, mapping: &Mapping) -> Result<(), WriteError> {
        self.sink.begin_object(&self.class)?;
        for service in &mapping.services {
            let mut functions = functions(service, self.identity);
            functions.dedup_by_key(|(name, _)| *name);
            if functions.is_empty() {
                continue;
            }
            self.sink.member(&service.name)?;
            self.sink.begin_object(&self.class)?;
            self.text("name", &service.name)?;
            self.text("comment", "")?;
            self.sink.member("methods")?;
            self.sink.begin_object(&self.class)?;
            for (name, operation) in functions {
                self.sink.member(name)?;
                self.sink.begin_object(&self.class)?;
                self.text("name", name)?;
                self.text("comment", "")?;
                self.text("returnType", &returns(operation))?;
                self.sink.member("parameters")?;
                self.sink.begin_array()?;
                for argument in &operation.arguments {
                    self.sink.begin_object(&self.class)?;
                    self.text("name", &argument.name)?;
                    self.text("type", &argument.slot.kind.to_string())?;
                    self.sink.end()?;
                }
                self.sink.end()?;
                self.sink.end()?;
            }
            self.sink.end()?;
            self.sink.end()?;
        }
        self.sink.end()
    }

    fn text(&mut self, name: &str, text: &str) -> Result<(), WriteError> {
        self.sink.member(name)?;
        self.sink.string(text)
    }
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

/// The service that the browser of Amfphp 2 asks.
const DISCOVERY: &str = "AmfphpDiscoveryService";
const DISCOVER: &str = "discover";
