//! Finding things in a model.

use std::sync::Arc;

use footbridge_mapping::data::same_name;

use super::{
    Element, ElementId, Face, Field, Message, Model, Operation, Part, Port, Service, Straight,
    Type, TypeId, TypeKind, Version,
};
use crate::xml::Name;

impl Model {
    /// The type at `id`, which must be of this model.
    pub fn kind(&self, id: TypeId) -> &Type {
        &self.types[id.0 as usize]
    }

    /// The element at `id`, which must be of this model.
    pub fn element(&self, id: ElementId) -> &Element {
        &self.elements[id.0 as usize]
    }

    /// The tags of the element at `id`, which must be of this model.
    pub(crate) fn face(&self, id: ElementId) -> &Face {
        &self.faces[id.0 as usize]
    }

    /// The elements of a type that is nothing but a row of them.
    pub(crate) fn straight(&self, id: TypeId) -> Option<&Straight> {
        self.straights.get(id.0 as usize)?.as_ref()
    }

    /// A type by its name.
    pub fn type_named(&self, name: &Name) -> Option<TypeId> {
        self.by_type.get(name).copied()
    }

    /// A global element by its name.
    pub fn element_named(&self, name: &Name) -> Option<ElementId> {
        self.by_element.get(name).copied()
    }

    /// The only global element of a local name, in whatever namespace.
    pub fn global_named(&self, local: &str) -> Option<ElementId> {
        let mut found = self
            .by_element
            .iter()
            .filter(|(name, _)| *name.local == *local);
        match (found.next(), found.next()) {
            (Some((_, id)), None) => Some(*id),
            (Some(_), Some(_)) | (None, _) => None,
        }
    }

    /// All types, in the order they were met.
    pub fn types(&self) -> impl Iterator<Item = (TypeId, &Type)> {
        self.types
            .iter()
            .enumerate()
            .map(|(at, kind)| (TypeId(u32::try_from(at).unwrap_or(u32::MAX)), kind))
    }

    /// Whether `derived` is `base`, or extends or restricts it at any remove. Everything derives from anyType.
    pub fn derives(&self, derived: TypeId, base: TypeId) -> bool {
        if matches!(self.kind(base).kind, TypeKind::Any) {
            return true;
        }
        let mut current = Some(derived);
        for _ in 0..self.types.len() {
            match current {
                Some(id) if id == base => return true,
                Some(id) => current = self.kind(id).base,
                None => return false,
            }
        }
        false
    }

    /// The port that a mapping means: of the named service and port, else the first of SOAP 1.1, else the first.
    ///
    /// # Errors
    /// `NoPort` with the names there are.
    pub fn port(&self, service: Option<&str>, port: Option<&str>) -> Result<&Port, NoPort> {
        let services = || {
            self.services
                .iter()
                .filter(move |candidate| service.is_none_or(|name| *candidate.name == *name))
        };
        let ports = || services().flat_map(|service| &service.ports);
        let found = match port {
            Some(name) => ports().find(|candidate| *candidate.name == *name),
            None => ports()
                .find(|candidate| {
                    candidate.version == Version::Soap11 && !candidate.operations.is_empty()
                })
                .or_else(|| ports().find(|candidate| !candidate.operations.is_empty()))
                .or_else(|| ports().next()),
        };
        found.ok_or_else(|| NoPort {
            wanted: [service, port]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join("."),
            known: self
                .services
                .iter()
                .flat_map(|service| service.ports.iter().map(move |port| (service, port)))
                .map(|(service, port): (&Service, &Port)| format!("{}.{}", service.name, port.name))
                .collect(),
        })
    }

    /// The one child element of a message's part that holds the arguments, if the message has just one part and that
    /// is an element of complex type: its fields are then the arguments.
    pub fn wrapper<'m>(&self, message: &'m Message) -> Option<&'m Part> {
        let [part] = message.parts.as_slice() else {
            return None;
        };
        if message.wrapper.is_some() {
            return None;
        }
        match &self.kind(self.element(part.element).kind).kind {
            TypeKind::Complex(complex) => match complex.content {
                super::Content::Simple(_) => None,
                super::Content::Empty | super::Content::Elements(_) => Some(part),
            },
            TypeKind::Simple(_) | TypeKind::Array { .. } | TypeKind::Map | TypeKind::Any => None,
        }
    }

    /// The members that a message's body has: arguments of a request, results of an answer.
    pub fn members(&self, message: &Message) -> Vec<Field> {
        if let Some(part) = self.wrapper(message)
            && let TypeKind::Complex(complex) = &self.kind(self.element(part.element).kind).kind
        {
            return complex.fields.clone();
        }
        message
            .parts
            .iter()
            .map(|part| Field {
                element: part.element,
                many: false,
                optional: false,
            })
            .collect()
    }
}

impl Port {
    /// The operations of a name, several where it is overloaded. Without an exact one, `input_name` of one.
    pub fn operation(&self, name: &str) -> Vec<&Arc<Operation>> {
        let named = |wanted: &dyn Fn(&Operation) -> bool| {
            self.operations
                .iter()
                .filter(|operation| wanted(operation))
                .collect::<Vec<_>>()
        };
        let exact = named(&|operation| *operation.name == *name);
        if !exact.is_empty() {
            return exact;
        }
        named(&|operation| *operation.input_name == *name)
    }

    /// Of overloads the one whose arguments are just those named; the first that has them all else.
    pub fn overload(&self, model: &Model, name: &str, given: &[&str]) -> Option<&Arc<Operation>> {
        let candidates = self.operation(name);
        let names = |operation: &Operation| {
            model
                .members(&operation.input)
                .iter()
                .map(|field| model.element(field.element).name.local.clone())
                .collect::<Vec<_>>()
        };
        let has_all = |names: &[Arc<str>]| {
            given
                .iter()
                .all(|given| names.iter().any(|name| same_name(name, given)))
        };
        candidates
            .iter()
            .find(|candidate| {
                let names = names(candidate);
                names.len() == given.len() && has_all(&names)
            })
            .or_else(|| {
                candidates
                    .iter()
                    .find(|candidate| has_all(&names(candidate)))
            })
            .or_else(|| candidates.first())
            .copied()
    }
}

/// There is no such port. The mapping is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the WSDL has no SOAP port{}{wanted}; it has {}", if wanted.is_empty() { "" } else { " " }, if known.is_empty() { "none".to_owned() } else { known.join(", ") })]
pub struct NoPort {
    /// What was asked for; empty where any would do.
    pub wanted: String,
    /// The ports there are, as `service.port`.
    pub known: Vec<String>,
}
