//! Messages and their parts.

use std::sync::Arc;

use super::binding::{At, Body, Reading, find, name};
use crate::model::{Encoding, HeaderPart, Message, OperationStyle, Part};
use crate::xml::Name;
use crate::xml::namespace::WSDL;

impl<'d> Reading<'_, 'd, '_> {
    pub(super) fn message(
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
    pub(super) fn parts_of(&mut self, side: At) -> Option<Vec<Part>> {
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

    pub(super) fn parts(&mut self, message: At) -> Vec<Part> {
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

    pub(super) fn element(&mut self, name: &Name) -> Option<crate::model::ElementId> {
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

    pub(super) fn kind(&mut self, name: &Name) -> Option<crate::model::TypeId> {
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
