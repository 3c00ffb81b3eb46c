//! Types and elements of all schemas. References become indices before what they name is read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::collect::{Document, is_built_in, is_xsd};
use super::globals::{Globals, Schema, Space, is_hidden};
use super::standard::Standard;
use crate::model::{Attribute, Element, ElementId, Particle, Type, TypeId, TypeKind, Warning};
use crate::xml::namespace::XSD;
use crate::xml::{Name, Tree};

/// Levels of particles and anonymous types within each other.
pub(super) const MAX_DEPTH: usize = 64;

/// Types and elements in all; a schema of a very large service has some ten thousand.
pub(super) const MAX_DECLARATIONS: usize = 500_000;

pub(super) struct Compiler<'d> {
    pub(super) documents: &'d [Document],
    pub(super) trees: &'d [Tree<'d>],
    pub(super) globals: &'d Globals,
    pub(super) types: Vec<Type>,
    /// What a type is made of, until `finish` puts it together with its base.
    pub(super) drafts: HashMap<TypeId, Draft>,
    pub(super) elements: Vec<Element>,
    /// The head of the substitution group of an element.
    pub(super) heads: Vec<(ElementId, ElementId)>,
    pub(super) by_type: HashMap<Name, TypeId>,
    pub(super) by_element: HashMap<Name, ElementId>,
    pub(super) standard: Standard,
    pub(super) warnings: Vec<Warning>,
    waiting: Vec<Waiting>,
    pub(super) groups: HashMap<Name, Arc<Particle>>,
    /// Heads of substitution groups that are being read before their turn.
    settling: usize,
    /// Groups that are being read, to notice those that hold themselves.
    pub(super) active: HashSet<Name>,
    texts: HashSet<Arc<str>>,
}

/// A type as its own declaration says it.
pub(super) enum Draft {
    /// A restriction of a simple type.
    Simple {
        base: TypeId,
        enumeration: Vec<Arc<str>>,
        facets: crate::model::Facets,
    },
    /// A complex type.
    Complex {
        base: Option<(TypeId, Derivation)>,
        own: Option<Arc<Particle>>,
        simple: Option<TypeId>,
        attributes: Vec<Attribute>,
        prohibited: Vec<Name>,
        any_attribute: bool,
        mixed: bool,
        /// Item type and dimensions that a restriction of `soapenc:Array` names.
        array: Option<(TypeId, usize)>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Derivation {
    Extension,
    Restriction,
}

enum Waiting {
    Type(TypeId, usize, usize),
    Element(ElementId, usize, usize),
}

/// Where something is being read: schema, tree, and how deep within.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    pub(super) schema: usize,
    pub(super) depth: usize,
}

impl<'d> Compiler<'d> {
    pub(super) fn new(
        documents: &'d [Document],
        trees: &'d [Tree<'d>],
        globals: &'d Globals,
    ) -> Self {
        let mut compiler = Self {
            documents,
            trees,
            globals,
            types: Vec::new(),
            drafts: HashMap::new(),
            elements: Vec::new(),
            heads: Vec::new(),
            by_type: HashMap::new(),
            by_element: HashMap::new(),
            standard: Standard::default(),
            warnings: Vec::new(),
            waiting: Vec::new(),
            groups: HashMap::new(),
            settling: 0,
            active: HashSet::new(),
            texts: HashSet::new(),
        };
        compiler.declare_standard();
        compiler
    }

    /// Reads every global element and type.
    pub(super) fn all(&mut self) {
        let globals = self.globals;
        for (space, name) in &globals.order {
            match space {
                Space::Element => {
                    self.element_named(name);
                }
                Space::Type => {
                    self.type_named(name);
                }
                Space::Group | Space::AttributeGroup | Space::Attribute => {}
            }
            self.settle();
        }
    }

    /// Reads what was named and not yet read.
    pub(super) fn settle(&mut self) {
        while let Some(waiting) = self.waiting.pop() {
            match waiting {
                Waiting::Type(id, schema, node) => {
                    let scope = Scope { schema, depth: 0 };
                    if self.tree(scope).local(node) == "simpleType" {
                        self.simple_type(id, node, scope);
                    } else {
                        self.complex_type(id, node, scope);
                    }
                }
                Waiting::Element(id, schema, node) => {
                    self.element_body(id, node, Scope { schema, depth: 0 });
                }
            }
        }
    }

    pub(super) fn type_named(&mut self, name: &Name) -> Option<TypeId> {
        if let Some(id) = self.by_type.get(name) {
            return Some(*id);
        }
        let (schema, node) = self.globals.find(Space::Type, name)?;
        let id = self.new_type(
            Some(name.clone()).filter(|name| !is_hidden(name)),
            TypeKind::Any,
        );
        self.by_type.insert(name.clone(), id);
        self.waiting.push(Waiting::Type(id, schema, node));
        Some(id)
    }

    pub(super) fn element_named(&mut self, name: &Name) -> Option<ElementId> {
        if let Some(id) = self.by_element.get(name) {
            return Some(*id);
        }
        let (schema, node) = self.globals.find(Space::Element, name)?;
        let id = self.new_element(name.clone(), self.standard.any_type);
        if let Some(element) = self.elements.get_mut(id.0 as usize) {
            element.global = true;
        }
        self.by_element.insert(name.clone(), id);
        self.waiting.push(Waiting::Element(id, schema, node));
        Some(id)
    }

    /// The type that a QName in an attribute means; anything where there is none.
    pub(super) fn type_ref(&mut self, scope: Scope, node: usize, written: &str) -> TypeId {
        let name = self.qname(scope, node, written);
        // Only what a type is derived from is the one before.
        let derives = matches!(self.tree(scope).local(node), "extension" | "restriction");
        let name = if derives {
            self.globals.meant(Space::Type, scope.schema, node, name)
        } else {
            name
        };
        if let Some(id) = self.type_named(&name) {
            return id;
        }
        if is_xsd(&name.namespace)
            && let Some(id) = self.type_named(&Name::new(XSD, name.local.clone()))
        {
            return id;
        }
        if let Some(other) = self.globals.only(Space::Type, &name.local).cloned() {
            self.warn(
                scope,
                format!("type `{name}` is not declared; `{other}` is taken"),
            );
            if let Some(id) = self.type_named(&other) {
                return id;
            }
        }
        self.warn(
            scope,
            format!("type `{name}` is not declared; it is read as anything"),
        );
        self.standard.any_type
    }

    /// The element that a QName in an attribute means.
    pub(super) fn element_ref(
        &mut self,
        scope: Scope,
        node: usize,
        written: &str,
    ) -> Option<ElementId> {
        let name = self.qname(scope, node, written);
        if let Some(id) = self.element_named(&name) {
            return Some(id);
        }
        if is_built_in(&name.namespace) {
            return None;
        }
        if let Some(other) = self.globals.only(Space::Element, &name.local).cloned() {
            self.warn(
                scope,
                format!("element `{name}` is not declared; `{other}` is taken"),
            );
            return self.element_named(&other);
        }
        self.warn(
            scope,
            format!("element `{name}` is not declared; it is read as anything"),
        );
        let id = self.new_element(name.clone(), self.standard.any_type);
        if let Some(element) = self.elements.get_mut(id.0 as usize) {
            element.global = true;
        }
        self.by_element.insert(name, id);
        Some(id)
    }

    /// A QName as it is meant where it stands.
    pub(super) fn qname(&mut self, scope: Scope, node: usize, written: &str) -> Name {
        let tree = self.tree(scope);
        let (namespace, local) = tree.resolve(node, written);
        let target = self
            .schema(scope)
            .map(|schema| (schema.target.clone(), schema.chameleon));
        let namespace: Arc<str> = match (namespace, target) {
            // A schema without a namespace names its own things without a prefix, and takes them along.
            (Some(""), Some((target, true))) => target,
            (Some(namespace), _) => self.intern(namespace),
            (None, target) => {
                self.warn(scope, format!("the prefix of `{written}` is not declared"));
                target.map_or_else(|| "".into(), |(target, _)| target)
            }
        };
        let local = self.intern(local);
        Name { namespace, local }
    }

    pub(super) fn intern(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let text: Arc<str> = text.into();
        self.texts.insert(text.clone());
        text
    }

    pub(super) fn warn(&mut self, scope: Scope, message: String) {
        let document = self
            .schema(scope)
            .and_then(|schema| self.documents.get(schema.document))
            .map_or_else(|| "".into(), |document| document.address.clone());
        self.warnings.push(Warning { document, message });
    }

    pub(super) fn schema(&self, scope: Scope) -> Option<&'d Schema> {
        self.globals.schemas.get(scope.schema)
    }

    pub(super) fn tree(&self, scope: Scope) -> &'d Tree<'d> {
        let schema = &self.globals.schemas[scope.schema];
        &self.trees[schema.document]
    }

    pub(super) fn new_type(&mut self, name: Option<Name>, kind: TypeKind) -> TypeId {
        let id = TypeId(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
        self.types.push(Type {
            name,
            base: None,
            is_abstract: false,
            kind,
        });
        id
    }

    pub(super) fn new_element(&mut self, name: Name, kind: TypeId) -> ElementId {
        let id = ElementId(u32::try_from(self.elements.len()).unwrap_or(u32::MAX));
        self.elements.push(Element {
            name,
            kind,
            nillable: false,
            is_abstract: false,
            default: None,
            global: false,
            substitutes: Vec::new(),
        });
        id
    }

    pub(super) fn element_body(&mut self, id: ElementId, node: usize, scope: Scope) {
        let tree = self.tree(scope);
        let nillable = is_true(tree.attribute(node, "nillable"));
        let is_abstract = is_true(tree.attribute(node, "abstract"));
        let default = tree
            .attribute(node, "default")
            .or_else(|| tree.attribute(node, "fixed"))
            .map(Arc::from);
        let head = match tree.attribute(node, "substitutionGroup") {
            Some(written) => self.element_ref(scope, node, written),
            None => None,
        };
        let inline = xsd_children(tree, node)
            .into_iter()
            .find(|child| matches!(tree.local(*child), "complexType" | "simpleType"));
        let kind = match (tree.attribute(node, "type"), inline) {
            (Some(written), _) => self.type_ref(scope, node, written),
            (None, Some(inline)) => self.anonymous(inline, scope),
            (None, None) => match head {
                // Its type is that of its head, which may still wait to be read.
                Some(head) => {
                    self.settle_element(head);
                    self.elements[head.0 as usize].kind
                }
                None => self.standard.any_type,
            },
        };
        if let Some(head) = head {
            self.heads.push((id, head));
        }
        if let Some(element) = self.elements.get_mut(id.0 as usize) {
            element.kind = kind;
            element.nillable = nillable;
            element.is_abstract = is_abstract;
            element.default = default;
        }
    }

    /// Reads one waiting element before its turn.
    fn settle_element(&mut self, wanted: ElementId) {
        let at = self
            .waiting
            .iter()
            .position(|waiting| matches!(waiting, Waiting::Element(id, ..) if *id == wanted));
        if self.settling < MAX_DEPTH
            && let Some(at) = at
            && let Waiting::Element(id, schema, node) = self.waiting.swap_remove(at)
        {
            self.settling += 1;
            self.element_body(id, node, Scope { schema, depth: 0 });
            self.settling -= 1;
        }
    }

    /// A type within an element or attribute.
    pub(super) fn anonymous(&mut self, node: usize, scope: Scope) -> TypeId {
        if scope.depth > MAX_DEPTH || self.types.len() > MAX_DECLARATIONS {
            self.warn(
                scope,
                "types are nested too deep; the inner ones are read as anything".to_owned(),
            );
            return self.standard.any_type;
        }
        let scope = Scope {
            depth: scope.depth + 1,
            ..scope
        };
        let id = self.new_type(None, TypeKind::Any);
        if self.tree(scope).local(node) == "simpleType" {
            self.simple_type(id, node, scope);
        } else {
            self.complex_type(id, node, scope);
        }
        id
    }

    /// A simple type within another type.
    pub(super) fn anonymous_simple(&mut self, node: usize, scope: Scope) -> TypeId {
        self.anonymous(node, scope)
    }
}

/// Elements of XML Schema directly within; annotations, and what stands there by mistake, are passed over.
pub(super) fn xsd_children(tree: &Tree<'_>, node: usize) -> Vec<usize> {
    tree.children(node)
        .filter(|child| is_xsd(tree.namespace(*child)) && tree.local(*child) != "annotation")
        .collect()
}

pub(super) fn is_true(value: Option<&str>) -> bool {
    matches!(value.map(str::trim), Some("true" | "1"))
}
