//! Faults of both versions, whichever words they are told in.

use std::sync::Arc;

use footbridge_mapping::data::Data;

use crate::xml::namespace::XML;
use crate::xml::{Name, Tree};

/// A fault that a service answered with.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The HTTP status it came with.
    pub status: u16,
    /// The local name of its code: `Client`, `Receiver`, a service's own.
    pub code: Arc<str>,
    /// Subcodes of SOAP 1.2, the outermost first.
    pub subcodes: Vec<Arc<str>>,
    /// What it says to people.
    pub message: Arc<str>,
    /// Who it says is to blame.
    pub actor: Option<Arc<str>>,
    /// The inside of its detail as it stands.
    pub detail_xml: Option<Arc<str>>,
    /// The elements of its detail, each decoded by its declaration.
    pub details: Vec<(Name, Data)>,
}

impl Fault {
    /// The words by which the rules of a mapping find it: elements of the detail, subcodes, the code; the most exact
    /// ones first.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.details
            .iter()
            .map(|(name, _)| name.local.as_ref())
            .chain(self.subcodes.iter().rev().map(AsRef::as_ref))
            .chain(std::iter::once(self.code.as_ref()))
    }

    /// The code that a client gets: with SOAP 1.2 the first subcode, else the code.
    pub fn fault_code(&self) -> &str {
        self.subcodes.first().unwrap_or(&self.code)
    }

    /// The decoded detail: of its only element; of several an object by their names; null without.
    pub fn data(&self) -> Data {
        match self.details.as_slice() {
            [] => Data::Null,
            [(_, data)] => data.clone(),
            several => Data::Object(Arc::new(footbridge_mapping::data::Record {
                alias: None,
                members: several
                    .iter()
                    .map(|(name, data)| (name.local.clone(), data.clone()))
                    .collect(),
            })),
        }
    }

    /// Reads the fault at a node; `decode` makes data of an element of its detail.
    pub(super) fn read(
        tree: &Tree<'_>,
        at: usize,
        status: u16,
        text: &str,
        mut decode: impl FnMut(usize) -> Data,
    ) -> Self {
        let child = |at: usize, names: &[&str]| {
            tree.children(at).find(|child| {
                names
                    .iter()
                    .any(|name| tree.local(*child).eq_ignore_ascii_case(name))
            })
        };
        let local = |at: usize| -> Arc<str> {
            let text = tree.deep_text(at);
            let text = text.trim();
            // A service's own code may hold dots, and is told whole.
            text.rsplit_once(':')
                .map_or(text, |(_, local)| local)
                .into()
        };
        let mut code: Arc<str> = "Server".into();
        let mut subcodes = Vec::new();
        if let Some(at) = child(at, &["faultcode", "Code"]) {
            match child(at, &["Value"]) {
                Some(value) => {
                    code = local(value);
                    let mut inner = child(at, &["Subcode"]);
                    while let Some(at) = inner.filter(|_| subcodes.len() < 16) {
                        subcodes.extend(child(at, &["Value"]).map(local));
                        inner = child(at, &["Subcode"]);
                    }
                }
                None => code = local(at),
            }
        }
        let mut message: Arc<str> = "".into();
        if let Some(at) = child(at, &["faultstring", "Reason"]) {
            let texts: Vec<usize> = tree
                .children(at)
                .filter(|child| tree.local(*child) == "Text")
                .collect();
            let english = texts
                .iter()
                .find(|text| {
                    tree.attribute_of(**text, XML, "lang")
                        .is_some_and(|lang| lang.starts_with("en"))
                })
                .or_else(|| texts.first());
            message = tree.deep_text(english.copied().unwrap_or(at)).trim().into();
        }
        let actor =
            child(at, &["faultactor", "Role", "Node"]).map(|at| tree.deep_text(at).trim().into());
        let mut details = Vec::new();
        let mut detail_xml = None;
        if let Some(at) = child(at, &["detail"]) {
            for inner in tree.children(at) {
                let name = Name::new(tree.namespace(inner), tree.local(inner));
                details.push((name, decode(inner)));
            }
            let spans: Vec<(usize, usize)> = tree
                .children(at)
                .filter_map(|inner| tree.element(inner))
                .map(|element| element.span)
                .collect();
            let inside = match (spans.first(), spans.last()) {
                (Some((from, _)), Some((_, to))) => {
                    text.get(*from..*to).unwrap_or_default().to_owned()
                }
                _ => tree.text(at).into_owned(),
            };
            let inside = inside.trim();
            if !inside.is_empty() {
                detail_xml = Some(inside.into());
            }
        }
        Self {
            status,
            code,
            subcodes,
            message,
            actor: actor.filter(|actor: &Arc<str>| !actor.is_empty()),
            detail_xml,
            details,
        }
    }
}
