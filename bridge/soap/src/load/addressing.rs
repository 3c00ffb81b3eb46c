//! Which action WS-Addressing has for an operation, where the WSDL asks for it (WS-Addressing 1.0 - WSDL Binding §3, §4.4).

use std::sync::Arc;

use crate::xml::Tree;
use crate::xml::namespace::{ADDRESSING_METADATA, ADDRESSING_WSDL};

/// What is known of an operation.
pub(super) struct Addressed<'t> {
    /// Whether its binding says `UsingAddressing`.
    pub(super) asked: bool,
    /// Its SOAP action; empty for none.
    pub(super) action: &'t str,
    /// The port type, in the document that declares it.
    pub(super) types: &'t Tree<'t>,
    /// The port type's element.
    pub(super) port_type: usize,
    /// The `input` of the operation there.
    pub(super) input: usize,
    /// The operation.
    pub(super) name: &'t str,
}

/// Whether this element of a WSDL, a binding, asks for addresses in headers.
pub(super) fn asked(tree: &Tree<'_>, node: usize) -> bool {
    tree.children(node)
        .any(|child| tree.is(child, ADDRESSING_WSDL, "UsingAddressing"))
}

impl Addressed<'_> {
    /// The action: as it is declared; of a binding that asks without one its SOAP action, else the name that the
    /// specification makes of namespace, port type and input.
    pub(super) fn action(&self) -> Option<Arc<str>> {
        let declared = [ADDRESSING_WSDL, ADDRESSING_METADATA]
            .into_iter()
            .find_map(|namespace| self.types.attribute_of(self.input, namespace, "Action"));
        if let Some(action) = declared {
            return Some(action.trim().into());
        }
        if !self.asked {
            return None;
        }
        if !self.action.is_empty() {
            return Some(self.action.into());
        }
        let of = |node, name| self.types.attribute(node, name).unwrap_or_default().trim();
        let namespace = of(0, "targetNamespace");
        let delimiter = if namespace.starts_with("urn:") {
            ":"
        } else {
            "/"
        };
        let input = match of(self.input, "name") {
            "" => format!("{}Request", self.name),
            name => name.to_owned(),
        };
        Some(
            format!(
                "{}{delimiter}{}{delimiter}{input}",
                namespace.trim_end_matches(delimiter),
                of(self.port_type, "name")
            )
            .into(),
        )
    }
}
