//! Complex types: their derivation, and the order of their elements.

use std::sync::Arc;

use super::globals::Space;
use super::schema::{
    Compiler, Derivation, Draft, MAX_DECLARATIONS, MAX_DEPTH, Scope, is_true, xsd_children,
};
use crate::model::{Attribute, Complex, Content, Particle, Term, TypeId, TypeKind, Wildcard};
use crate::xml::Name;

impl Compiler<'_> {
    pub(super) fn complex_type(&mut self, id: TypeId, node: usize, scope: Scope) {
        let tree = self.tree(scope);
        if let Some(kind) = self.types.get_mut(id.0 as usize) {
            kind.is_abstract = is_true(tree.attribute(node, "abstract"));
        }
        let mut mixed = is_true(tree.attribute(node, "mixed"));
        let mut base = None;
        let mut simple = None;
        let mut body = node;
        for child in xsd_children(tree, node) {
            let local = tree.local(child);
            if !matches!(local, "complexContent" | "simpleContent") {
                continue;
            }
            mixed |= is_true(tree.attribute(child, "mixed"));
            let derivation =
                xsd_children(tree, child)
                    .into_iter()
                    .find_map(|inner| match tree.local(inner) {
                        "extension" => Some((inner, Derivation::Extension)),
                        "restriction" => Some((inner, Derivation::Restriction)),
                        _ => None,
                    });
            let Some((inner, derivation)) = derivation else {
                self.warn(
                    scope,
                    format!("a `{local}` without extension or restriction is empty"),
                );
                continue;
            };
            body = inner;
            let of = match tree.attribute(inner, "base") {
                Some(written) => self.type_ref(scope, inner, written),
                None => self.standard.any_type,
            };
            base = Some((of, derivation));
            if local == "simpleContent" {
                simple = Some(of);
            }
        }
        let mut draft = Parts::default();
        for child in xsd_children(tree, body) {
            self.part(child, scope, &mut draft);
        }
        let own = match draft.particles.len() {
            0 => None,
            1 => draft.particles.pop(),
            // An element that stands directly in a type is meant as a sequence.
            _ => Some(Arc::new(Particle {
                min: 1,
                max: Some(1),
                term: Term::Sequence(draft.particles),
            })),
        };
        if let Some(kind) = self.types.get_mut(id.0 as usize) {
            kind.base = base.map(|(base, _)| base);
            kind.kind = TypeKind::Complex(Complex {
                content: Content::Empty,
                ..Complex::default()
            });
        }
        self.drafts.insert(
            id,
            Draft::Complex {
                base,
                own,
                simple,
                attributes: draft.attributes,
                prohibited: draft.prohibited,
                any_attribute: draft.any_attribute,
                mixed,
                array: draft.array,
            },
        );
    }

    pub(super) fn part(&mut self, node: usize, scope: Scope, parts: &mut Parts) {
        let tree = self.tree(scope);
        match tree.local(node) {
            "sequence" | "choice" | "all" | "group" | "element" | "any" => {
                if tree.local(node) == "element" {
                    self.warn(
                        scope,
                        "an element stands directly in a complex type; it is read as a sequence"
                            .to_owned(),
                    );
                }
                let particle = self.particle(node, scope);
                parts.particles.extend(particle);
            }
            "attribute" => self.attribute(node, scope, parts),
            "attributeGroup" => self.attribute_group(node, scope, parts),
            "anyAttribute" => parts.any_attribute = true,
            "annotation" | "complexContent" | "simpleContent" => {}
            // Facets of a restriction of simple content, which are not checked there.
            "simpleType" | "enumeration" | "pattern" | "length" | "minLength" | "maxLength"
            | "minInclusive" | "maxInclusive" | "minExclusive" | "maxExclusive" | "totalDigits"
            | "fractionDigits" | "whiteSpace" => {}
            other => self.warn(scope, format!("`{other}` in a complex type is left out")),
        }
    }

    pub(super) fn particle(&mut self, node: usize, scope: Scope) -> Option<Arc<Particle>> {
        let tree = self.tree(scope);
        if scope.depth > MAX_DEPTH {
            self.warn(
                scope,
                "particles are nested too deep; the inner ones are left out".to_owned(),
            );
            return None;
        }
        let scope = Scope {
            depth: scope.depth + 1,
            ..scope
        };
        let min = tree
            .attribute(node, "minOccurs")
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(1_u32);
        let max = match tree.attribute(node, "maxOccurs").map(str::trim) {
            None => Some(1),
            Some("unbounded" | "*") => None,
            Some(text) => text.parse().ok().or(Some(1)),
        };
        if max == Some(0) {
            return None;
        }
        let term = match tree.local(node) {
            "element" => self.element_term(node, scope),
            "any" => Term::Any(Wildcard {
                namespace: tree.attribute(node, "namespace").unwrap_or("##any").into(),
            }),
            "sequence" => Term::Sequence(self.particles(node, scope)),
            "choice" => Term::Choice(self.particles(node, scope)),
            "all" => Term::All(self.particles(node, scope)),
            "group" => {
                let inner = self.group(node, scope)?;
                Term::Sequence(vec![inner])
            }
            other => {
                if other != "annotation" {
                    self.warn(scope, format!("`{other}` among elements is left out"));
                }
                return None;
            }
        };
        Some(Arc::new(Particle { min, max, term }))
    }

    pub(super) fn particles(&mut self, node: usize, scope: Scope) -> Vec<Arc<Particle>> {
        xsd_children(self.tree(scope), node)
            .into_iter()
            .filter_map(|child| self.particle(child, scope))
            .collect()
    }

    pub(super) fn element_term(&mut self, node: usize, scope: Scope) -> Term {
        let tree = self.tree(scope);
        if let Some(written) = tree.attribute(node, "ref") {
            return match self.element_ref(scope, node, written) {
                Some(id) => Term::Element(id),
                // `xs:schema` within a DataSet, and its like.
                None => Term::Any(Wildcard {
                    namespace: "##any".into(),
                }),
            };
        }
        let schema = self.schema(scope);
        let qualified = match tree.attribute(node, "form").map(str::trim) {
            Some(form) => form == "qualified",
            None => schema.is_some_and(|schema| schema.elements_qualified),
        };
        let namespace = match schema {
            Some(schema) if qualified => schema.target.clone(),
            _ => self.intern(""),
        };
        let local = self.intern(tree.attribute(node, "name").unwrap_or_default().trim());
        let id = self.new_element(Name { namespace, local }, self.standard.any_type);
        if self.elements.len() > MAX_DECLARATIONS {
            return Term::Element(id);
        }
        self.element_body(id, node, scope);
        Term::Element(id)
    }

    pub(super) fn group(&mut self, node: usize, scope: Scope) -> Option<Arc<Particle>> {
        let tree = self.tree(scope);
        let name = self.qname(scope, node, tree.attribute(node, "ref")?);
        let name = self.globals.meant(Space::Group, scope.schema, node, name);
        if let Some(known) = self.groups.get(&name) {
            return Some(known.clone());
        }
        let Some((schema, place)) = self.globals.find(Space::Group, &name) else {
            self.warn(
                scope,
                format!("group `{name}` is not declared; it is left out"),
            );
            return None;
        };
        if !self.active.insert(name.clone()) {
            self.warn(
                scope,
                format!("group `{name}` holds itself; the inner one is left out"),
            );
            return None;
        }
        let inner = Scope {
            schema,
            depth: scope.depth,
        };
        let particle = xsd_children(self.tree(inner), place)
            .into_iter()
            .find_map(|child| self.particle(child, inner));
        self.active.remove(&name);
        if let Some(particle) = &particle {
            self.groups.insert(name, particle.clone());
        }
        particle
    }
}

#[derive(Default)]
pub(super) struct Parts {
    pub(super) particles: Vec<Arc<Particle>>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) prohibited: Vec<Name>,
    pub(super) any_attribute: bool,
    pub(super) array: Option<(TypeId, usize)>,
}
