//! What requests are written from most often, made ready at load: tags, and types that are a plain row of elements.

use std::collections::HashSet;
use std::sync::Arc;

use super::{
    Builtin, Content, Element, ElementId, Facets, Particle, Term, Type, TypeId, TypeKind, Variety,
};
use crate::xml::namespace::{XML, XSD, XSI};

/// Sequences within each other; deeper ones are written the general way.
const MAX_DEPTH: usize = 32;

/// Elements and sequences of a type, groups that are named more than once counted each time; types with more are
/// written the general way.
const MAX_PARTICLES: usize = 500;

/// The tags of an element without attributes, as they are where its namespace is the first of an envelope.
#[derive(Clone, Debug)]
pub(crate) struct Face {
    /// `<ns0:name>`
    pub(crate) open: Box<str>,
    /// `</ns0:name>`
    pub(crate) close: Box<str>,
    /// Whether the prefix counts: another one stands there where the namespace is not the first.
    pub(crate) numbered: bool,
}

impl Face {
    pub(crate) fn of(element: &Element) -> Self {
        let local = &element.name.local;
        let (prefix, numbered) = match &*element.name.namespace {
            "" => ("", false),
            XSD => ("xsd:", false),
            XSI => ("xsi:", false),
            XML => ("xml:", false),
            _ => ("ns0:", true),
        };
        Self {
            open: format!("<{prefix}{local}>").into(),
            close: format!("</{prefix}{local}>").into(),
            numbered,
        }
    }

    /// The name with its prefix.
    pub(crate) fn tag(&self) -> &str {
        self.open
            .get(1..self.open.len().saturating_sub(1))
            .unwrap_or_default()
    }
}

/// The elements of a type that has nothing else: no attributes, no choices, no wildcards, each name once.
#[derive(Clone, Debug)]
pub(crate) struct Straight {
    pub(crate) steps: Vec<Step>,
}

/// An element of such a type.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) element: ElementId,
    pub(crate) local: Arc<str>,
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) many: bool,
    pub(crate) nillable: bool,
    pub(crate) holds: Holds,
}

/// What stands in the element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Text of a built-in type without restrictions.
    Builtin(Builtin),
    /// Text of another simple type.
    Simple(TypeId),
    /// All else, and bytes in base64, which may become attachments.
    Other,
}

impl Straight {
    /// `None` for a type that has more than elements in a row.
    pub(crate) fn of(kind: &Type, types: &[Type], elements: &[Element]) -> Option<Self> {
        let TypeKind::Complex(complex) = &kind.kind else {
            return None;
        };
        let Content::Elements(content) = &complex.content else {
            return None;
        };
        let more = kind.is_abstract
            || complex.any
            || complex.any_attribute
            || complex.mixed
            || !complex.attributes.is_empty();
        if more {
            return None;
        }
        let mut row = Vec::new();
        flatten(content, &mut row, &mut 0, 0)?;
        let mut names = HashSet::new();
        let mut steps = Vec::with_capacity(row.len());
        for (id, particle) in row {
            let element = elements.get(id.0 as usize)?;
            let field = complex.fields.iter().find(|field| field.element == id)?;
            let once = particle.max == Some(1);
            if element.is_abstract
                || !element.substitutes.is_empty()
                || field.many == once
                || particle.max == Some(0)
                || !names.insert(element.name.local.clone())
            {
                return None;
            }
            steps.push(Step {
                element: id,
                local: element.name.local.clone(),
                min: particle.min as usize,
                max: particle.max.map_or(usize::MAX, |max| max as usize),
                many: field.many,
                nillable: element.nillable,
                holds: Holds::of(element.kind, types),
            });
        }
        Some(Self { steps })
    }
}

impl Holds {
    fn of(id: TypeId, types: &[Type]) -> Self {
        let Some(kind) = types.get(id.0 as usize).filter(|kind| !kind.is_abstract) else {
            return Self::Other;
        };
        match &kind.kind {
            TypeKind::Simple(simple) => match simple.variety {
                Variety::Atomic(Builtin::Base64) | Variety::List(_) | Variety::Union(_) => {
                    Self::Other
                }
                Variety::Atomic(builtin)
                    if simple.enumeration.is_empty() && simple.facets == Facets::default() =>
                {
                    Self::Builtin(builtin)
                }
                Variety::Atomic(_) => Self::Simple(id),
            },
            TypeKind::Complex(_) | TypeKind::Array { .. } | TypeKind::Map | TypeKind::Any => {
                Self::Other
            }
        }
    }
}

/// The elements of sequences that stand exactly once.
fn flatten<'p>(
    particle: &'p Particle,
    row: &mut Vec<(ElementId, &'p Particle)>,
    met: &mut usize,
    depth: usize,
) -> Option<()> {
    *met += 1;
    if depth > MAX_DEPTH || *met > MAX_PARTICLES {
        return None;
    }
    match &particle.term {
        Term::Element(id) => row.push((*id, particle)),
        Term::Sequence(inner) | Term::All(inner) => {
            if particle.min != 1 || particle.max != Some(1) {
                return None;
            }
            for particle in inner {
                flatten(particle, row, met, depth + 1)?;
            }
        }
        Term::Choice(_) | Term::Any(_) => return None,
    }
    Some(())
}
