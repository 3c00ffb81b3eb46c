//! Bindings and the operations of their port types.

use std::collections::HashMap;
use std::sync::Arc;

use super::addressing::{self, Addressed};
use super::schema::Compiler;
use crate::model::{Encoding, Operation, OperationStyle, Version, Warning};
use crate::xml::namespace::{WSDL, WSDL_MIME, WSDL_SOAP, WSDL_SOAP12};
use crate::xml::{Name, Tree};

impl<'d> Reading<'_, 'd, '_> {
    pub(super) fn tree(&self, at: At) -> &'d Tree<'d> {
        &self.compiler.trees[at.document]
    }

    pub(super) fn warn(&mut self, at: At, message: String) {
        let document = self
            .compiler
            .documents
            .get(at.document)
            .map_or_else(|| "".into(), |document| document.address.clone());
        self.compiler.warnings.push(Warning { document, message });
    }

    /// The version and operations of a binding; `None` for one of another protocol.
    pub(super) fn binding(&mut self, name: &Name, from: At) -> Option<Binding> {
        let Some(at) = find(&self.definitions.bindings, name) else {
            self.warn(
                from,
                format!("binding `{name}` is not declared; its port is left out"),
            );
            return None;
        };
        let tree = self.tree(at);
        let (protocol, version) = tree.children(at.node).find_map(|child| {
            let version = soap_version(tree.namespace(child))?;
            (tree.local(child) == "binding").then_some((child, version))
        })?;
        let style = style(tree.attribute(protocol, "style")).unwrap_or(OperationStyle::Document);
        let asked = addressing::asked(tree, at.node);
        let port_type = match tree.attribute(at.node, "type") {
            Some(written) => {
                let name = self::name(tree, at.node, written);
                let found = find(&self.definitions.port_types, &name);
                if found.is_none() {
                    self.warn(
                        at,
                        format!("port type `{name}` is not declared; its operations are left out"),
                    );
                }
                found
            }
            None => None,
        }?;
        let types = self.tree(port_type);
        let mut declared: HashMap<&str, Vec<usize>> = HashMap::new();
        for node in types.children(port_type.node) {
            if types.is(node, WSDL, "operation")
                && let Some(name) = types.attribute(node, "name")
            {
                declared.entry(name.trim()).or_default().push(node);
            }
        }
        let mut operations = Vec::new();
        for node in tree
            .children(at.node)
            .filter(|child| tree.is(*child, WSDL, "operation"))
        {
            let here = At { node, ..at };
            let operation = self.operation(here, port_type, &declared, (style, asked), name);
            if let Some(operation) = operation {
                operations.push(Arc::new(operation));
            }
        }
        Some((version, operations.into()))
    }

    pub(super) fn operation(
        &mut self,
        bound: At,
        port_type: At,
        candidates: &HashMap<&str, Vec<usize>>,
        (style, asked): (OperationStyle, bool),
        binding: &Name,
    ) -> Option<Operation> {
        let tree = self.tree(bound);
        let name: Arc<str> = tree.attribute(bound.node, "name")?.trim().into();
        let details = tree.children(bound.node).find(|child| {
            tree.local(*child) == "operation" && soap_version(tree.namespace(*child)).is_some()
        });
        let action = details
            .and_then(|details| tree.attribute(details, "soapAction"))
            .unwrap_or_default();
        let style = details
            .and_then(|details| self::style(tree.attribute(details, "style")))
            .unwrap_or(style);
        let candidates = candidates.get(&*name).map_or(&[][..], Vec::as_slice);
        let declared = self.declared(bound, port_type, candidates, &name)?;
        let types = self.tree(declared);
        let side = |tree: &Tree<'_>, node: usize, local: &str| tree.child(node, WSDL, local);
        let Some(input) = side(types, declared.node, "input") else {
            self.warn(
                declared,
                format!("operation `{name}` has no input; it is left out"),
            );
            return None;
        };
        let output = side(types, declared.node, "output");
        let input_body = self.body(bound, "input");
        let output_body = self.body(bound, "output");
        let input_name = types
            .attribute(input, "name")
            .map_or_else(|| name.clone(), |name| name.trim().into());
        let at = |node| At { node, ..declared };
        let request = self.message(at(input), input_body, style, &name, binding)?;
        let answer = match output {
            None => None,
            Some(output) => {
                let response = format!("{name}Response");
                self.message(at(output), output_body, style, &response, binding)
            }
        };
        let mut faults = Vec::new();
        for fault in types
            .children(declared.node)
            .filter(|child| types.is(*child, WSDL, "fault"))
        {
            let fault_name = types.attribute(fault, "name").unwrap_or_default().trim();
            let part = self
                .parts_of(at(fault))
                .and_then(|parts| parts.into_iter().next());
            if let Some(part) = part {
                faults.push((fault_name.into(), part));
            }
        }
        Some(Operation {
            addressing_action: Addressed {
                asked,
                action: action.trim(),
                types,
                port_type: port_type.node,
                input,
                name: &name,
            }
            .action(),
            documentation: documentation(types, declared.node),
            name,
            input_name,
            style,
            action: action.trim().into(),
            input: request,
            output: answer,
            faults,
        })
    }

    /// The operation of the port type: of overloads the one whose input has the name that the binding's has.
    pub(super) fn declared(
        &mut self,
        bound: At,
        port_type: At,
        candidates: &[usize],
        name: &str,
    ) -> Option<At> {
        let tree = self.tree(bound);
        let types = self.tree(port_type);
        let wanted = |side: &str| {
            tree.child(bound.node, WSDL, side)
                .and_then(|side| tree.attribute(side, "name"))
                .map(str::trim)
        };
        let fits = |candidate: usize, side: &str| {
            let has = types
                .child(candidate, WSDL, side)
                .and_then(|side| types.attribute(side, "name"))
                .map(str::trim);
            wanted(side).is_none_or(|wanted| has == Some(wanted))
        };
        let found = candidates
            .iter()
            .find(|candidate| fits(**candidate, "input") && fits(**candidate, "output"))
            .or_else(|| {
                candidates
                    .iter()
                    .find(|candidate| fits(**candidate, "input"))
            })
            .or_else(|| candidates.first())
            .copied();
        if found.is_none() {
            self.warn(
                bound,
                format!("operation `{name}` is bound and not declared; it is left out"),
            );
        }
        Some(At {
            node: found?,
            ..port_type
        })
    }

    pub(super) fn body(&mut self, bound: At, side: &str) -> Body<'d> {
        let tree = self.tree(bound);
        let mut body = Body {
            encoding: None,
            namespace: None,
            parts: None,
            headers: Vec::new(),
        };
        let Some(side) = tree.child(bound.node, WSDL, side) else {
            return body;
        };
        // The body stands below, or in the root part of a MIME binding.
        let mut waiting: Vec<usize> = tree.children(side).collect();
        waiting.reverse();
        while let Some(node) = waiting.pop() {
            if tree.namespace(node) == WSDL_MIME {
                waiting.extend(tree.children(node).collect::<Vec<_>>().into_iter().rev());
                continue;
            }
            if soap_version(tree.namespace(node)).is_none() {
                continue;
            }
            let encoding = match tree.attribute(node, "use").map(str::trim) {
                Some("encoded") => Encoding::Encoded,
                Some(_) | None => Encoding::Literal,
            };
            match tree.local(node) {
                "body" => {
                    body.encoding = Some(encoding);
                    body.namespace = tree.attribute(node, "namespace").map(str::trim);
                    body.parts = tree
                        .attribute(node, "parts")
                        .map(|parts| parts.split_whitespace().collect());
                }
                "header" => body.headers.push((At { node, ..bound }, encoding)),
                _ => {}
            }
        }
        body
    }
}

pub(super) struct Reading<'c, 'd, 'f> {
    pub(super) compiler: &'c mut Compiler<'d>,
    pub(super) definitions: &'f Definitions,
}

/// Where a definition stands.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) document: usize,
    pub(super) node: usize,
}

#[derive(Default)]
pub(super) struct Definitions {
    pub(super) messages: HashMap<Name, At>,
    pub(super) port_types: HashMap<Name, At>,
    pub(super) bindings: HashMap<Name, At>,
    pub(super) services: Vec<At>,
}

/// What a binding says of an operation's input or output.
pub(super) struct Body<'d> {
    pub(super) encoding: Option<Encoding>,
    pub(super) namespace: Option<&'d str>,
    pub(super) parts: Option<Vec<&'d str>>,
    pub(super) headers: Vec<(At, Encoding)>,
}

/// The version and operations of a binding.
pub(super) type Binding = (Version, Arc<[Arc<Operation>]>);

/// By its name, else by the only local name there is: prefixes are the first thing authors mix up.
pub(super) fn find(map: &HashMap<Name, At>, name: &Name) -> Option<At> {
    if let Some(at) = map.get(name) {
        return Some(*at);
    }
    let mut alike = map.iter().filter(|(other, _)| other.local == name.local);
    match (alike.next(), alike.next()) {
        (Some((_, at)), None) => Some(*at),
        (Some(_), Some(_)) | (None, _) => None,
    }
}

pub(super) fn name(tree: &Tree<'_>, node: usize, written: &str) -> Name {
    let (namespace, local) = tree.resolve(node, written);
    Name::new(namespace.unwrap_or(""), local)
}

pub(super) fn soap_version(namespace: &str) -> Option<Version> {
    match namespace {
        WSDL_SOAP => Some(Version::Soap11),
        WSDL_SOAP12 => Some(Version::Soap12),
        _ => None,
    }
}

pub(super) fn style(written: Option<&str>) -> Option<OperationStyle> {
    match written?.trim() {
        "rpc" => Some(OperationStyle::Rpc),
        "document" => Some(OperationStyle::Document),
        _ => None,
    }
}

pub(super) fn documentation(tree: &Tree<'_>, node: usize) -> Option<Arc<str>> {
    let node = tree.child(node, WSDL, "documentation")?;
    let text = tree.deep_text(node);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then(|| text.into())
}
