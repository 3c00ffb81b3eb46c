//! Attributes and their groups; the type of the items that an array names in one.

use std::sync::Arc;

use super::collect::is_built_in;
use super::complex::Parts;
use super::globals::Space;
use super::schema::{Compiler, MAX_DEPTH, Scope, xsd_children};
use crate::model::{Attribute, TypeId, TypeKind};
use crate::xml::Name;
use crate::xml::namespace::{ENCODING11, ENCODING12, WSDL};

impl Compiler<'_> {
    pub(super) fn attribute(&mut self, node: usize, scope: Scope, parts: &mut Parts) {
        let tree = self.tree(scope);
        let of_wsdl = ["arrayType"]
            .into_iter()
            .find_map(|name| tree.attribute_of(node, WSDL, name));
        if let Some(written) = of_wsdl {
            parts.array = Some(self.array_type(scope, node, written));
            return;
        }
        let required = tree.attribute(node, "use") == Some("required");
        let prohibited = tree.attribute(node, "use") == Some("prohibited");
        let fixed = tree.attribute(node, "fixed");
        let default: Option<Arc<str>> = tree.attribute(node, "default").or(fixed).map(Arc::from);
        let (name, declared, place) = match tree.attribute(node, "ref") {
            Some(written) => {
                let name = self.qname(scope, node, written);
                if matches!(&*name.namespace, ENCODING11 | ENCODING12) {
                    return;
                }
                let place = self.globals.find(Space::Attribute, &name);
                (name, place.is_some(), place)
            }
            None => {
                let qualified = match tree.attribute(node, "form") {
                    Some(form) => form == "qualified",
                    None => self
                        .schema(scope)
                        .is_some_and(|schema| schema.attributes_qualified),
                };
                let namespace = match self.schema(scope) {
                    Some(schema) if qualified => schema.target.clone(),
                    _ => self.intern(""),
                };
                let local = self.intern(tree.attribute(node, "name").unwrap_or_default().trim());
                (Name { namespace, local }, false, None)
            }
        };
        if prohibited {
            parts.prohibited.push(name);
            return;
        }
        let (node, inner) = match place {
            Some((schema, node)) if declared => (
                node,
                Scope {
                    schema,
                    depth: scope.depth,
                },
            ),
            _ => (node, scope),
        };
        let tree = self.tree(inner);
        let inline = xsd_children(tree, node)
            .into_iter()
            .find(|child| tree.local(*child) == "simpleType");
        let kind = match (tree.attribute(node, "type"), inline) {
            (Some(written), _) => self.type_ref(inner, node, written),
            (None, Some(inline)) => self.anonymous(inline, inner),
            (None, None) => self.standard.string,
        };
        let default = default.or_else(|| {
            tree.attribute(node, "default")
                .or_else(|| tree.attribute(node, "fixed"))
                .map(Arc::from)
        });
        parts.attributes.push(Attribute {
            member: name.local.clone(),
            name,
            kind,
            required,
            fixed: fixed.is_some() || tree.attribute(node, "fixed").is_some(),
            default,
        });
    }

    pub(super) fn attribute_group(&mut self, node: usize, scope: Scope, parts: &mut Parts) {
        let tree = self.tree(scope);
        let Some(written) = tree.attribute(node, "ref") else {
            return;
        };
        let name = self.qname(scope, node, written);
        let name = self
            .globals
            .meant(Space::AttributeGroup, scope.schema, node, name);
        let Some((schema, place)) = self.globals.find(Space::AttributeGroup, &name) else {
            if !is_built_in(&name.namespace) {
                self.warn(
                    scope,
                    format!("attribute group `{name}` is not declared; it is left out"),
                );
            }
            return;
        };
        if scope.depth > MAX_DEPTH {
            self.warn(
                scope,
                format!("attribute group `{name}` holds itself; the inner one is left out"),
            );
            return;
        }
        let inner = Scope {
            schema,
            depth: scope.depth + 1,
        };
        if !self.active.insert(name.clone()) {
            return;
        }
        for child in xsd_children(self.tree(inner), place) {
            match self.tree(inner).local(child) {
                "attribute" => self.attribute(child, inner, parts),
                "attributeGroup" => self.attribute_group(child, inner, parts),
                "anyAttribute" => parts.any_attribute = true,
                _ => {}
            }
        }
        self.active.remove(&name);
    }

    /// `xsd:string[]`, `tns:Line[,]`, `xsd:int[][]`: the type of the items, and dimensions (SOAP 1.1 §5.4.2).
    pub(super) fn array_type(
        &mut self,
        scope: Scope,
        node: usize,
        written: &str,
    ) -> (TypeId, usize) {
        let written = written.trim();
        let (item, brackets) = match written.find('[') {
            Some(at) => written.split_at(at),
            None => (written, "[]"),
        };
        let mut kind = self.type_ref(scope, node, item);
        let ranks: Vec<usize> = brackets
            .split(']')
            .filter(|rank| rank.starts_with('['))
            .map(|rank| rank.matches(',').count() + 1)
            .take(MAX_DEPTH)
            .collect();
        let Some((last, inner)) = ranks.split_last() else {
            return (kind, 1);
        };
        for dimensions in inner {
            kind = self.new_type(
                None,
                TypeKind::Array {
                    item: kind,
                    dimensions: *dimensions,
                    item_name: None,
                },
            );
        }
        (kind, *last)
    }
}
