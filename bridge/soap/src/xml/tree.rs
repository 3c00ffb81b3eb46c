//! Elements and texts, flat in document order; parents, ends and namespaces are indices.

use std::borrow::Cow;

use super::namespace::XML;

/// A part of a document. What it holds borrows from the document's text.
#[derive(Debug, Default)]
pub(crate) struct Tree<'i> {
    pub(super) nodes: Vec<Node<'i>>,
    pub(super) attributes: Vec<RawAttribute<'i>>,
    /// Every declaration of a prefix, each with the one that was in force before it.
    pub(super) bindings: Vec<Binding<'i>>,
}

#[derive(Debug)]
pub(crate) struct Node<'i> {
    pub(crate) kind: NodeKind<'i>,
    /// The index behind the last node within.
    pub(super) end: u32,
}

#[derive(Debug)]
pub(crate) enum NodeKind<'i> {
    Element(Element<'i>),
    Text(Cow<'i, str>),
}

#[derive(Debug)]
pub(crate) struct Element<'i> {
    pub(crate) local: &'i str,
    pub(super) prefix: &'i str,
    /// The newest binding in force here, counted from 1.
    pub(super) scope: u32,
    pub(super) attributes: (u32, u32),
    /// Bytes of the document: the beginning of the tag, and behind the end tag once that was read.
    pub(crate) span: (usize, usize),
}

#[derive(Debug)]
pub(super) struct RawAttribute<'i> {
    pub(super) prefix: &'i str,
    pub(super) local: &'i str,
    pub(super) value: Cow<'i, str>,
}

#[derive(Debug)]
pub(super) struct Binding<'i> {
    pub(super) before: u32,
    pub(super) prefix: &'i str,
    pub(super) uri: Cow<'i, str>,
}

impl<'i> Tree<'i> {
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn element(&self, at: usize) -> Option<&Element<'i>> {
        match &self.nodes.get(at)?.kind {
            NodeKind::Element(element) => Some(element),
            NodeKind::Text(_) => None,
        }
    }

    /// The local name; empty for text.
    pub(crate) fn local(&self, at: usize) -> &'i str {
        self.element(at).map_or("", |element| element.local)
    }

    /// The namespace; empty for text and for names without one.
    pub(crate) fn namespace(&self, at: usize) -> &str {
        self.element(at).map_or("", |element| {
            self.lookup(element.scope, element.prefix).unwrap_or("")
        })
    }

    pub(crate) fn is(&self, at: usize, namespace: &str, local: &str) -> bool {
        self.local(at) == local && self.namespace(at) == namespace
    }

    /// Elements directly within.
    pub(crate) fn children(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        self.parts(at).filter(|part| {
            matches!(
                self.nodes.get(*part).map(|node| &node.kind),
                Some(NodeKind::Element(_))
            )
        })
    }

    /// Elements and texts directly within.
    pub(crate) fn parts(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.end(at);
        let mut next = at + 1;
        std::iter::from_fn(move || {
            if next >= end {
                return None;
            }
            let part = next;
            next = self.end(part).max(part + 1);
            Some(part)
        })
    }

    /// The first element of this name directly within.
    pub(crate) fn child(&self, at: usize, namespace: &str, local: &str) -> Option<usize> {
        self.children(at)
            .find(|child| self.is(*child, namespace, local))
    }

    /// Behind the last node within.
    pub(crate) fn end(&self, at: usize) -> usize {
        self.nodes.get(at).map_or(at, |node| node.end as usize)
    }

    /// The text of an element that holds nothing else.
    pub(crate) fn only_text(&self, at: usize) -> Option<&str> {
        match self.nodes.get(at + 1..self.end(at))? {
            [] => Some(""),
            [
                Node {
                    kind: NodeKind::Text(text),
                    ..
                },
            ] => Some(text),
            _ => None,
        }
    }

    /// All text directly within, joined.
    pub(crate) fn text(&self, at: usize) -> Cow<'_, str> {
        let mut joined = Cow::Borrowed("");
        for part in self.parts(at) {
            if let Some(Node {
                kind: NodeKind::Text(text),
                ..
            }) = self.nodes.get(part)
            {
                if joined.is_empty() {
                    joined = Cow::Borrowed(text.as_ref());
                } else {
                    joined.to_mut().push_str(text);
                }
            }
        }
        joined
    }

    /// All text within at any depth, joined.
    pub(crate) fn deep_text(&self, at: usize) -> Cow<'_, str> {
        let within = self.nodes.get(at..self.end(at)).unwrap_or_default();
        let mut joined = Cow::Borrowed("");
        for node in within {
            if let NodeKind::Text(text) = &node.kind {
                if joined.is_empty() {
                    joined = Cow::Borrowed(text.as_ref());
                } else {
                    joined.to_mut().push_str(text);
                }
            }
        }
        joined
    }

    /// An attribute without a namespace.
    pub(crate) fn attribute(&self, at: usize, local: &str) -> Option<&str> {
        self.raw(at)
            .iter()
            .find(|attribute| attribute.prefix.is_empty() && attribute.local == local)
            .map(|attribute| attribute.value.as_ref())
    }

    /// An attribute of a namespace.
    pub(crate) fn attribute_of(&self, at: usize, namespace: &str, local: &str) -> Option<&str> {
        let scope = self.element(at)?.scope;
        self.raw(at)
            .iter()
            .find(|attribute| {
                attribute.local == local
                    && !attribute.prefix.is_empty()
                    && self.lookup(scope, attribute.prefix) == Some(namespace)
            })
            .map(|attribute| attribute.value.as_ref())
    }

    /// All attributes but declarations of prefixes: namespace, local name, value.
    pub(crate) fn attributes(&self, at: usize) -> impl Iterator<Item = (&str, &'i str, &str)> + '_ {
        let scope = self.element(at).map_or(0, |element| element.scope);
        self.raw(at).iter().map(move |attribute| {
            let namespace = if attribute.prefix.is_empty() {
                ""
            } else {
                self.lookup(scope, attribute.prefix).unwrap_or("")
            };
            (namespace, attribute.local, attribute.value.as_ref())
        })
    }

    pub(crate) fn has_attributes(&self, at: usize) -> bool {
        !self.raw(at).is_empty()
    }

    /// The namespace and local part of a name that stands in an attribute or text of this element.
    /// `None` for the namespace where its prefix is not declared.
    pub(crate) fn resolve<'v>(&self, at: usize, name: &'v str) -> (Option<&str>, &'v str) {
        let name = name.trim();
        let scope = self.element(at).map_or(0, |element| element.scope);
        match name.split_once(':') {
            Some((prefix, local)) => (self.lookup(scope, prefix), local),
            None => (Some(self.lookup(scope, "").unwrap_or("")), name),
        }
    }

    /// A prefix that an element or one of its attributes has and nobody declares.
    pub(crate) fn undeclared(&self, at: usize) -> Option<&'i str> {
        let element = self.element(at)?;
        let prefixes = self.raw(at).iter().map(|attribute| attribute.prefix);
        std::iter::once(element.prefix)
            .chain(prefixes)
            .find(|prefix| !prefix.is_empty() && self.lookup(element.scope, prefix).is_none())
    }

    pub(super) fn raw(&self, at: usize) -> &[RawAttribute<'i>] {
        let Some(element) = self.element(at) else {
            return &[];
        };
        let (from, to) = element.attributes;
        self.attributes
            .get(from as usize..to as usize)
            .unwrap_or_default()
    }

    pub(super) fn lookup(&self, scope: u32, prefix: &str) -> Option<&str> {
        if prefix == "xml" {
            return Some(XML);
        }
        let mut scope = scope;
        while let Some(binding) = (scope as usize)
            .checked_sub(1)
            .and_then(|at| self.bindings.get(at))
        {
            if binding.prefix == prefix {
                return Some(&binding.uri);
            }
            scope = binding.before;
        }
        None
    }
}
