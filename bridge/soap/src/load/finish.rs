//! Types together with their bases, and the fields that values of them have.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::schema::{Compiler, Derivation, Draft, Scope};
use crate::model::{
    Complex, Content, ElementId, Face, Field, Model, Particle, Service, Simple, Straight, Term,
    TypeId, TypeKind, Variety,
};

/// Elements that one type may have, counted through its groups.
const MAX_FIELDS: usize = 10_000;

/// Members of all substitution groups, those of inner groups counted in each outer one.
const MAX_SUBSTITUTES: usize = 100_000;

/// Types from a base to the last that is derived of it.
const MAX_DERIVATIONS: usize = 100;

impl Compiler<'_> {
    pub(super) fn finish(mut self, services: Vec<Service>) -> Model {
        self.settle();
        let mut ids: Vec<TypeId> = self.drafts.keys().copied().collect();
        ids.sort_unstable();
        let mut levels = HashMap::new();
        for id in ids {
            self.resolve(id, &mut levels);
        }
        self.substitute();
        self.fields();
        let documents = self
            .documents
            .iter()
            .map(|document| (document.address.clone(), document.text.len()))
            .collect();
        self.types.shrink_to_fit();
        self.elements.shrink_to_fit();
        let faces = self.elements.iter().map(Face::of).collect();
        let straights = self
            .types
            .iter()
            .map(|kind| Straight::of(kind, &self.types, &self.elements))
            .collect();
        Model {
            services,
            warnings: self.warnings,
            documents,
            types: self.types,
            elements: self.elements,
            by_type: self.by_type,
            by_element: self.by_element,
            faces,
            straights,
        }
    }

    /// Puts a type together with its base, the bases first.
    fn resolve(&mut self, id: TypeId, levels: &mut HashMap<TypeId, usize>) {
        let mut chain = vec![id];
        let mut seen = HashSet::from([id]);
        let mut current = id;
        while let Some(base) = self.drafts.get(&current).and_then(base_of) {
            if !self.drafts.contains_key(&base) {
                break;
            }
            if !seen.insert(base) {
                let name = self.types[base.0 as usize].name.clone();
                let name = name.map(|name| name.to_string()).unwrap_or_default();
                self.warn(
                    Scope {
                        schema: 0,
                        depth: 0,
                    },
                    format!("type `{name}` is derived from itself"),
                );
                self.types[base.0 as usize].base = None;
                self.types[current.0 as usize].base = None;
                break;
            }
            chain.push(base);
            current = base;
        }
        for id in chain.into_iter().rev() {
            if let Some(mut draft) = self.drafts.remove(&id) {
                let above = base_of(&draft).and_then(|base| levels.get(&base).copied());
                let level = above.map_or(0, |above| above + 1);
                levels.insert(id, level);
                if level > MAX_DERIVATIONS
                    && let Draft::Complex { base, .. } = &mut draft
                {
                    *base = None;
                    self.types[id.0 as usize].base = None;
                    let message = format!(
                        "types are derived more than {MAX_DERIVATIONS} times; the bases are left out"
                    );
                    self.warn(
                        Scope {
                            schema: 0,
                            depth: 0,
                        },
                        message,
                    );
                    levels.insert(id, 0);
                }
                let kind = self.effective(draft);
                self.types[id.0 as usize].kind = kind;
            }
        }
    }

    fn effective(&mut self, draft: Draft) -> TypeKind {
        match draft {
            Draft::Simple {
                base,
                enumeration,
                facets,
            } => {
                let inherited = match &self.types[base.0 as usize].kind {
                    TypeKind::Simple(simple) => simple.clone(),
                    TypeKind::Complex(_)
                    | TypeKind::Array { .. }
                    | TypeKind::Map
                    | TypeKind::Any => Simple {
                        variety: Variety::Atomic(crate::model::Builtin::Text),
                        enumeration: Vec::new(),
                        facets: crate::model::Facets::default(),
                    },
                };
                TypeKind::Simple(Simple {
                    variety: inherited.variety,
                    enumeration: if enumeration.is_empty() {
                        inherited.enumeration
                    } else {
                        enumeration
                    },
                    facets: crate::model::Facets {
                        min: facets.min.or(inherited.facets.min),
                        max: facets.max.or(inherited.facets.max),
                        above: facets.above.or(inherited.facets.above),
                        below: facets.below.or(inherited.facets.below),
                        min_length: facets.min_length.or(inherited.facets.min_length),
                        max_length: facets.max_length.or(inherited.facets.max_length),
                        fraction_digits: facets
                            .fraction_digits
                            .or(inherited.facets.fraction_digits),
                        total_digits: facets.total_digits.or(inherited.facets.total_digits),
                        patterns: [inherited.facets.patterns, facets.patterns].concat(),
                    },
                })
            }
            Draft::Complex {
                base,
                own,
                simple,
                attributes,
                prohibited,
                any_attribute,
                mixed,
                array,
            } => {
                if let Some(array) = self.array(base, own.as_ref(), array) {
                    return array;
                }
                let inherited = base.map(|(base, _)| self.types[base.0 as usize].kind.clone());
                let mut complex = match inherited {
                    Some(TypeKind::Complex(complex)) => complex,
                    Some(TypeKind::Map) => return TypeKind::Map,
                    Some(TypeKind::Simple(_))
                    | Some(TypeKind::Array { .. })
                    | Some(TypeKind::Any)
                    | None => Complex::default(),
                };
                if let Some(of) = simple {
                    complex.content = match (&self.types[of.0 as usize].kind, &complex.content) {
                        (TypeKind::Complex(_), Content::Simple(inner)) => Content::Simple(*inner),
                        (TypeKind::Complex(_), Content::Empty | Content::Elements(_)) => {
                            Content::Simple(self.standard.string)
                        }
                        (
                            TypeKind::Simple(_)
                            | TypeKind::Array { .. }
                            | TypeKind::Map
                            | TypeKind::Any,
                            _,
                        ) => Content::Simple(of),
                    };
                } else {
                    complex.content = match (base, complex.content, own) {
                        (
                            Some((_, Derivation::Extension)),
                            Content::Elements(before),
                            Some(own),
                        ) => Content::Elements(joined(&before, own)),
                        (Some((_, Derivation::Extension)), content, None) => content,
                        (_, _, Some(own)) => Content::Elements(own),
                        (Some((_, Derivation::Restriction)) | None, _, None) => Content::Empty,
                    };
                }
                complex.attributes.retain(|attribute| {
                    !prohibited.contains(&attribute.name)
                        && !attributes.iter().any(|own| own.name == attribute.name)
                });
                complex.attributes.extend(attributes);
                let mut seen = HashSet::new();
                complex
                    .attributes
                    .retain(|attribute| seen.insert(attribute.name.clone()));
                complex.any_attribute |= any_attribute;
                complex.mixed |= mixed;
                TypeKind::Complex(complex)
            }
        }
    }

    /// A type that restricts `soapenc:Array`, however it says what its items are.
    fn array(
        &self,
        base: Option<(TypeId, Derivation)>,
        own: Option<&Arc<Particle>>,
        named: Option<(TypeId, usize)>,
    ) -> Option<TypeKind> {
        let (base, _) = base?;
        let TypeKind::Array {
            item,
            dimensions,
            item_name,
        } = &self.types[base.0 as usize].kind
        else {
            return None;
        };
        let only = own.and_then(|own| self.only_element(own));
        let item_name = only
            .map(|element| self.elements[element.0 as usize].name.local.clone())
            .or_else(|| item_name.clone());
        let (item, dimensions) = match (named, only) {
            (Some(named), _) => named,
            (None, Some(element)) => (self.elements[element.0 as usize].kind, 1),
            (None, None) => (*item, *dimensions),
        };
        Some(TypeKind::Array {
            item,
            dimensions,
            item_name,
        })
    }

    fn only_element(&self, particle: &Particle) -> Option<ElementId> {
        let mut current = particle;
        loop {
            match &current.term {
                Term::Element(element) => return Some(*element),
                Term::Sequence(inner) | Term::Choice(inner) | Term::All(inner) => {
                    match inner.as_slice() {
                        [only] => current = only,
                        _ => return None,
                    }
                }
                Term::Any(_) => return None,
            }
        }
    }

    /// Every head knows all who may stand in its place.
    fn substitute(&mut self) {
        let mut members: HashMap<ElementId, Vec<ElementId>> = HashMap::new();
        for (member, head) in &self.heads {
            members.entry(*head).or_default().push(*member);
        }
        let mut heads: Vec<ElementId> = members.keys().copied().collect();
        heads.sort_unstable();
        let mut room = MAX_SUBSTITUTES;
        for head in &heads {
            let mut found = Vec::new();
            let mut waiting = vec![*head];
            let mut seen = HashSet::from([*head]);
            while let Some(current) = waiting.pop() {
                for member in members.get(&current).into_iter().flatten() {
                    if room > 0 && seen.insert(*member) {
                        room -= 1;
                        found.push(*member);
                        waiting.push(*member);
                    }
                }
            }
            found.sort_unstable();
            self.elements[head.0 as usize].substitutes = found;
        }
        if room == 0 {
            let message = format!(
                "substitution groups have more than {MAX_SUBSTITUTES} members; others are left out"
            );
            self.warn(
                Scope {
                    schema: 0,
                    depth: 0,
                },
                message,
            );
        }
    }

    fn fields(&mut self) {
        for at in 0..self.types.len() {
            let TypeKind::Complex(complex) = &self.types[at].kind else {
                continue;
            };
            let Content::Elements(particle) = &complex.content else {
                continue;
            };
            let mut walk = Walk {
                compiler: self,
                fields: Vec::new(),
                by_name: HashMap::new(),
                any: false,
                steps: 0,
            };
            walk.particle(particle, false, false, 0);
            let (fields, any) = (walk.fields, walk.any);
            let clash: Vec<usize> = complex
                .attributes
                .iter()
                .enumerate()
                .filter(|(_, attribute)| {
                    fields.iter().any(|field| {
                        self.elements[field.element.0 as usize].name.local == attribute.name.local
                    })
                })
                .map(|(index, _)| index)
                .collect();
            if let TypeKind::Complex(complex) = &mut self.types[at].kind {
                complex.fields = fields;
                complex.any = any;
                for index in clash {
                    if let Some(attribute) = complex.attributes.get_mut(index) {
                        attribute.member = format!("@{}", attribute.name.local).into();
                    }
                }
            }
        }
    }
}

struct Walk<'c, 'd> {
    compiler: &'c Compiler<'d>,
    fields: Vec<Field>,
    by_name: HashMap<Arc<str>, usize>,
    any: bool,
    steps: usize,
}

impl Walk<'_, '_> {
    fn particle(&mut self, particle: &Particle, many: bool, optional: bool, depth: usize) {
        self.steps += 1;
        if self.steps > MAX_FIELDS || depth > 256 {
            return;
        }
        let many = many || particle.max.is_none_or(|max| max > 1);
        let optional = optional || particle.min == 0;
        match &particle.term {
            Term::Element(id) => {
                let element = &self.compiler.elements[id.0 as usize];
                if !element.is_abstract {
                    self.add(*id, many, optional);
                }
                // Each member of the group may stand there, under its own name.
                let group = !element.substitutes.is_empty();
                for member in &element.substitutes {
                    if !self.compiler.elements[member.0 as usize].is_abstract {
                        self.add(*member, many, true);
                    }
                }
                if group
                    && let Some(at) = self.by_name.get(&element.name.local).copied()
                    && let Some(field) = self.fields.get_mut(at)
                {
                    field.optional = true;
                }
            }
            Term::Sequence(inner) | Term::All(inner) => {
                for particle in inner {
                    self.particle(particle, many, optional, depth + 1);
                }
            }
            Term::Choice(inner) => {
                let optional = optional || inner.len() > 1;
                let before = self.fields.clone();
                for particle in inner {
                    let one = self.fields.len();
                    self.particle(particle, many, optional, depth + 1);
                    // The same name in two branches is still at most one of them.
                    if !many {
                        for (field, old) in self.fields.iter_mut().zip(&before).take(one) {
                            field.many = old.many;
                        }
                    }
                }
            }
            Term::Any(_) => self.any = true,
        }
    }

    fn add(&mut self, element: ElementId, many: bool, optional: bool) {
        let local = &self.compiler.elements[element.0 as usize].name.local;
        match self.by_name.get(local).copied() {
            Some(at) => {
                if let Some(field) = self.fields.get_mut(at) {
                    // A second time in the same content: there may be two.
                    field.many = true;
                    field.optional &= optional;
                }
            }
            None => {
                self.by_name.insert(local.clone(), self.fields.len());
                self.fields.push(Field {
                    element,
                    many,
                    optional,
                });
            }
        }
    }
}

/// What a base has, and then what its extension adds; without a level more for each extension.
fn joined(before: &Arc<Particle>, own: Arc<Particle>) -> Arc<Particle> {
    let mut parts = match &before.term {
        Term::Sequence(parts) if before.min == 1 && before.max == Some(1) => parts.clone(),
        Term::Sequence(_) | Term::Element(_) | Term::Choice(_) | Term::All(_) | Term::Any(_) => {
            vec![before.clone()]
        }
    };
    parts.push(own);
    Arc::new(Particle {
        min: 1,
        max: Some(1),
        term: Term::Sequence(parts),
    })
}

fn base_of(draft: &Draft) -> Option<TypeId> {
    match draft {
        Draft::Simple { base, .. } => Some(*base),
        Draft::Complex { base, .. } => base.map(|(base, _)| base),
    }
}
