//! Messages, port types, bindings and services of WSDL 1.1, wherever in the set of documents they stand.

use std::collections::HashMap;
use std::sync::Arc;

use super::schema::Compiler;
use crate::model::{
    Encoding, HeaderPart, Message, Operation, OperationStyle, Part, Port, Service, Version, Warning,
};
use crate::xml::namespace::{ADDRESSING_WSDL, WSDL, WSDL_MIME, WSDL_SOAP, WSDL_SOAP12};
use crate::xml::{Name, Tree};

/// Where a definition stands.
#[derive(Clone, Copy)]
struct At {
    document: usize,
    node: usize,
}

#[derive(Default)]
struct Definitions {
    messages: HashMap<Name, At>,
    port_types: HashMap<Name, At>,
    bindings: HashMap<Name, At>,
    services: Vec<At>,
}

/// The version and operations of a binding.
type Binding = (Version, Arc<[Arc<Operation>]>);

/// What a binding says of an operation's input or output.
struct Body<'d> {
    encoding: Option<Encoding>,
    namespace: Option<&'d str>,
    parts: Option<Vec<&'d str>>,
    headers: Vec<(At, Encoding)>,
}

pub(super) fn services(compiler: &mut Compiler<'_>) -> Vec<Service> {
    let definitions = definitions(compiler);
    let mut bindings: HashMap<Name, Option<Binding>> = HashMap::new();
    let mut services = Vec::new();
    for at in &definitions.services {
        let tree = &compiler.trees[at.document];
        let mut ports = Vec::new();
        for port in tree
            .children(at.node)
            .filter(|child| tree.is(*child, WSDL, "port"))
        {
            let Some(written) = tree.attribute(port, "binding") else {
                continue;
            };
            let name = name(tree, port, written);
            let binding = match bindings.get(&name) {
                Some(known) => known.clone(),
                None => {
                    let found = Reading {
                        compiler,
                        definitions: &definitions,
                    }
                    .binding(&name, *at);
                    bindings.insert(name, found.clone());
                    found
                }
            };
            let Some((version, operations)) = binding else {
                continue;
            };
            let address = tree
                .children(port)
                .find(|child| {
                    tree.local(*child) == "address"
                        && soap_version(tree.namespace(*child)).is_some()
                })
                .and_then(|address| tree.attribute(address, "location"))
                .map(str::trim)
                .filter(|location| !location.is_empty())
                .map(Arc::from);
            ports.push(Port {
                name: tree.attribute(port, "name").unwrap_or_default().into(),
                version,
                address,
                operations,
            });
        }
        services.push(Service {
            name: tree.attribute(at.node, "name").unwrap_or_default().into(),
            documentation: documentation(tree, at.node),
            ports,
        });
    }
    if definitions.services.is_empty() {
        // A binding without a service is called at the address that the mapping gives.
        let mut names: Vec<(Name, At)> = definitions
            .bindings
            .iter()
            .map(|(name, at)| (name.clone(), *at))
            .collect();
        names.sort_by(|left, right| left.0.cmp(&right.0));
        let mut ports = Vec::new();
        for (name, at) in names {
            if let Some((version, operations)) = (Reading {
                compiler,
                definitions: &definitions,
            })
            .binding(&name, at)
            {
                ports.push(Port {
                    name: name.local,
                    version,
                    address: None,
                    operations,
                });
            }
        }
        if !ports.is_empty() {
            services.push(Service {
                name: "".into(),
                documentation: None,
                ports,
            });
        }
    }
    services
}

fn definitions(compiler: &Compiler<'_>) -> Definitions {
    let mut found = Definitions::default();
    for (document, tree) in compiler.trees.iter().enumerate() {
        if !tree.is(0, WSDL, "definitions") {
            continue;
        }
        let target: Arc<str> = tree
            .attribute(0, "targetNamespace")
            .unwrap_or("")
            .trim()
            .into();
        for node in tree.children(0) {
            if tree.namespace(node) != WSDL {
                continue;
            }
            let at = At { document, node };
            let map = match tree.local(node) {
                "message" => &mut found.messages,
                "portType" => &mut found.port_types,
                "binding" => &mut found.bindings,
                "service" => {
                    found.services.push(at);
                    continue;
                }
                _ => continue,
            };
            let local = tree.attribute(node, "name").unwrap_or_default().trim();
            map.entry(Name::new(target.clone(), local)).or_insert(at);
        }
    }
    found
}

struct Reading<'c, 'd, 'f> {
    compiler: &'c mut Compiler<'d>,
    definitions: &'f Definitions,
}

impl<'d> Reading<'_, 'd, '_> {
    fn tree(&self, at: At) -> &'d Tree<'d> {
        &self.compiler.trees[at.document]
    }

    fn warn(&mut self, at: At, message: String) {
        let document = self
            .compiler
            .documents
            .get(at.document)
            .map_or_else(|| "".into(), |document| document.address.clone());
        self.compiler.warnings.push(Warning { document, message });
    }

    /// The version and operations of a binding; `None` for one of another protocol.
    fn binding(&mut self, name: &Name, from: At) -> Option<Binding> {
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
            if let Some(operation) = self.operation(here, port_type, &declared, style, name) {
                operations.push(Arc::new(operation));
            }
        }
        Some((version, operations.into()))
    }

    fn operation(
        &mut self,
        bound: At,
        port_type: At,
        candidates: &HashMap<&str, Vec<usize>>,
        style: OperationStyle,
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
            addressing_action: [
                "http://www.w3.org/2006/05/addressing/wsdl",
                "http://www.w3.org/2007/05/addressing/metadata",
                ADDRESSING_WSDL,
            ]
            .into_iter()
            .find_map(|namespace| types.attribute_of(input, namespace, "Action"))
            .map(Arc::from),
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
    fn declared(
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

    fn body(&mut self, bound: At, side: &str) -> Body<'d> {
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

    fn message(
        &mut self,
        side: At,
        body: Body<'d>,
        style: OperationStyle,
        wrapper: &str,
        binding: &Name,
    ) -> Option<Message> {
        let parts = self.parts_of(side)?;
        let message = self
            .tree(side)
            .attribute(side.node, "message")
            .map(|written| name(self.tree(side), side.node, written));
        let mut headers = Vec::new();
        let mut in_header: Vec<Arc<str>> = Vec::new();
        for (at, encoding) in &body.headers {
            let tree = self.tree(*at);
            let (Some(written), Some(part)) = (
                tree.attribute(at.node, "message"),
                tree.attribute(at.node, "part"),
            ) else {
                continue;
            };
            let of = name(tree, at.node, written);
            let Some(place) = find(&self.definitions.messages, &of) else {
                self.warn(
                    *at,
                    format!("header message `{of}` is not declared; the header is left out"),
                );
                continue;
            };
            let part_name = part.trim();
            let same = message
                .as_ref()
                .is_some_and(|message| message.local == of.local);
            match self
                .parts(place)
                .into_iter()
                .find(|part| *part.name == *part_name)
            {
                Some(part) => {
                    if same {
                        in_header.push(part.name.clone());
                    }
                    headers.push(HeaderPart {
                        part,
                        encoding: *encoding,
                    });
                }
                None => self.warn(
                    *at,
                    format!(
                        "header message `{of}` has no part `{part_name}`; the header is left out"
                    ),
                ),
            }
        }
        let named = body.parts;
        let parts: Vec<Part> = parts
            .into_iter()
            .filter(|part| match &named {
                Some(names) => names.contains(&&*part.name),
                None => !in_header.contains(&part.name),
            })
            .collect();
        if body.encoding == Some(Encoding::Encoded) {
            // Every accessor may be null there (SOAP 1.1 §5.1); in a literal rpc none may (WS-I Basic Profile R2211).
            for part in parts.iter().filter(|part| !part.by_element) {
                if let Some(element) = self.compiler.elements.get_mut(part.element.0 as usize) {
                    element.nillable = true;
                }
            }
        }
        // The namespace of an rpc wrapper is that of the body, else that of the binding's document.
        let wrapper = (style == OperationStyle::Rpc)
            .then(|| Name::new(body.namespace.unwrap_or(&binding.namespace), wrapper));
        Some(Message {
            encoding: body.encoding.unwrap_or(Encoding::Literal),
            wrapper,
            parts,
            headers,
        })
    }

    /// The parts of the message that an input, output or fault names.
    fn parts_of(&mut self, side: At) -> Option<Vec<Part>> {
        let tree = self.tree(side);
        let written = tree.attribute(side.node, "message").unwrap_or_default();
        let of = name(tree, side.node, written);
        match find(&self.definitions.messages, &of) {
            Some(place) => Some(self.parts(place)),
            None => {
                self.warn(
                    side,
                    format!("message `{of}` is not declared; its operation is left out"),
                );
                None
            }
        }
    }

    fn parts(&mut self, message: At) -> Vec<Part> {
        let tree = self.tree(message);
        let mut parts = Vec::new();
        // Names in a message are resolved as in a schema without a namespace of its own.
        for node in tree
            .children(message.node)
            .filter(|child| tree.is(*child, WSDL, "part"))
        {
            let local = tree.attribute(node, "name").unwrap_or("parameters").trim();
            let name: Arc<str> = local.into();
            let by_element = tree.attribute(node, "element");
            let element = match (by_element, tree.attribute(node, "type")) {
                (Some(written), _) => {
                    let of = self::name(tree, node, written);
                    match self.element(&of) {
                        Some(element) => element,
                        None => {
                            self.warn(
                                message,
                                format!("element `{of}` is not declared; it is read as anything"),
                            );
                            let any = self.compiler.standard.any_type;
                            self.compiler.new_element(of, any)
                        }
                    }
                }
                (None, Some(written)) => {
                    let of = self::name(tree, node, written);
                    let kind = match self.kind(&of) {
                        Some(kind) => kind,
                        None => {
                            self.warn(
                                message,
                                format!("type `{of}` is not declared; it is read as anything"),
                            );
                            self.compiler.standard.any_type
                        }
                    };
                    self.compiler.new_element(Name::new("", local), kind)
                }
                (None, None) => {
                    self.warn(
                        message,
                        format!(
                            "part `{local}` has neither element nor type; it is read as anything"
                        ),
                    );
                    let any = self.compiler.standard.any_type;
                    self.compiler.new_element(Name::new("", local), any)
                }
            };
            parts.push(Part {
                name,
                element,
                by_element: by_element.is_some(),
            });
        }
        parts
    }

    fn element(&mut self, name: &Name) -> Option<crate::model::ElementId> {
        let found = self.compiler.element_named(name).or_else(|| {
            let other = self
                .compiler
                .globals
                .only(super::globals::Space::Element, &name.local)?
                .clone();
            self.compiler.element_named(&other)
        });
        self.compiler.settle();
        found
    }

    fn kind(&mut self, name: &Name) -> Option<crate::model::TypeId> {
        let standard = super::collect::is_xsd(&name.namespace)
            .then(|| Name::new(crate::xml::namespace::XSD, name.local.clone()));
        let found = self
            .compiler
            .type_named(name)
            .or_else(|| self.compiler.type_named(&standard?))
            .or_else(|| {
                let other = self
                    .compiler
                    .globals
                    .only(super::globals::Space::Type, &name.local)?
                    .clone();
                self.compiler.type_named(&other)
            });
        self.compiler.settle();
        found
    }
}

/// By its name, else by the only local name there is: prefixes are the first thing authors mix up.
fn find(map: &HashMap<Name, At>, name: &Name) -> Option<At> {
    if let Some(at) = map.get(name) {
        return Some(*at);
    }
    let mut alike = map.iter().filter(|(other, _)| other.local == name.local);
    match (alike.next(), alike.next()) {
        (Some((_, at)), None) => Some(*at),
        (Some(_), Some(_)) | (None, _) => None,
    }
}

fn name(tree: &Tree<'_>, node: usize, written: &str) -> Name {
    let (namespace, local) = tree.resolve(node, written);
    Name::new(namespace.unwrap_or(""), local)
}

fn soap_version(namespace: &str) -> Option<Version> {
    match namespace {
        WSDL_SOAP => Some(Version::Soap11),
        WSDL_SOAP12 => Some(Version::Soap12),
        _ => None,
    }
}

fn style(written: Option<&str>) -> Option<OperationStyle> {
    match written?.trim() {
        "rpc" => Some(OperationStyle::Rpc),
        "document" => Some(OperationStyle::Document),
        _ => None,
    }
}

fn documentation(tree: &Tree<'_>, node: usize) -> Option<Arc<str>> {
    let node = tree.child(node, WSDL, "documentation")?;
    let text = tree.deep_text(node);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then(|| text.into())
}
