//! Simple types: restrictions, lists, unions.

use std::sync::Arc;

use super::schema::{Compiler, Draft, Scope, xsd_children};
use crate::model::{Facets, Pattern, Simple, TypeId, TypeKind, Variety};
use crate::xml::Tree;

impl Compiler<'_> {
    pub(super) fn simple_type(&mut self, id: TypeId, node: usize, scope: Scope) {
        let Some(schema) = self.schema(scope) else {
            return;
        };
        let tree = &self.trees[schema.document];
        for child in xsd_children(tree, node) {
            match tree.local(child) {
                "restriction" => return self.restriction(id, child, scope),
                "list" => {
                    let item = match tree.attribute(child, "itemType") {
                        Some(written) => self.type_ref(scope, child, written),
                        None => self.inline(child, scope).unwrap_or(self.standard.string),
                    };
                    return self.set_simple(id, Variety::List(item));
                }
                "union" => {
                    let mut members: Vec<TypeId> = Vec::new();
                    let named: Vec<&str> = tree
                        .attribute(child, "memberTypes")
                        .map(|written| written.split_whitespace().collect())
                        .unwrap_or_default();
                    for written in named {
                        members.push(self.type_ref(scope, child, written));
                    }
                    for inner in xsd_children(tree, child) {
                        if tree.local(inner) == "simpleType" {
                            members.push(self.anonymous_simple(inner, scope));
                        }
                    }
                    return self.set_simple(id, Variety::Union(members.into()));
                }
                other => self.warn(scope, format!("`{other}` in a simple type is left out")),
            }
        }
        self.set_simple(id, Variety::Atomic(crate::model::Builtin::Text));
    }

    fn restriction(&mut self, id: TypeId, node: usize, scope: Scope) {
        let Some(schema) = self.schema(scope) else {
            return;
        };
        let tree = &self.trees[schema.document];
        let base = match tree.attribute(node, "base") {
            Some(written) => self.type_ref(scope, node, written),
            None => self.inline(node, scope).unwrap_or(self.standard.string),
        };
        let (enumeration, facets) = facets(tree, node);
        if let Some(kind) = self.types.get_mut(id.0 as usize) {
            kind.base = Some(base);
            kind.kind = TypeKind::Simple(Simple {
                variety: Variety::Atomic(crate::model::Builtin::Text),
                enumeration: Vec::new(),
                facets: Facets::default(),
            });
        }
        self.drafts.insert(
            id,
            Draft::Simple {
                base,
                enumeration,
                facets,
            },
        );
    }

    fn inline(&mut self, node: usize, scope: Scope) -> Option<TypeId> {
        let schema = self.schema(scope)?;
        let tree = &self.trees[schema.document];
        let inline = xsd_children(tree, node)
            .into_iter()
            .find(|child| tree.local(*child) == "simpleType")?;
        Some(self.anonymous_simple(inline, scope))
    }

    fn set_simple(&mut self, id: TypeId, variety: Variety) {
        let base = self.standard.any_simple;
        if let Some(kind) = self.types.get_mut(id.0 as usize) {
            kind.base = Some(base);
            kind.kind = TypeKind::Simple(Simple {
                variety,
                enumeration: Vec::new(),
                facets: Facets::default(),
            });
        }
    }
}

fn facets(tree: &Tree<'_>, node: usize) -> (Vec<Arc<str>>, Facets) {
    let mut enumeration = Vec::new();
    let mut facets = Facets::default();
    let mut patterns = Vec::new();
    for child in xsd_children(tree, node) {
        let Some(value) = tree.attribute(child, "value") else {
            continue;
        };
        let count = || value.trim().parse::<usize>().ok();
        let number = || Some(Arc::from(value.trim()));
        match tree.local(child) {
            "enumeration" => enumeration.push(Arc::from(value)),
            "minInclusive" => facets.min = number(),
            "maxInclusive" => facets.max = number(),
            "minExclusive" => facets.above = number(),
            "maxExclusive" => facets.below = number(),
            "length" => {
                facets.min_length = count();
                facets.max_length = count();
            }
            "minLength" => facets.min_length = count(),
            "maxLength" => facets.max_length = count(),
            "fractionDigits" => facets.fraction_digits = count(),
            "totalDigits" => facets.total_digits = count(),
            "pattern" => patterns.push(value),
            _ => {}
        }
    }
    if !patterns.is_empty() {
        facets.patterns.extend(Pattern::of(&patterns));
    }
    (enumeration, facets)
}
