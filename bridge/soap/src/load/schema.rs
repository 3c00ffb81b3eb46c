//! Types and elements of all schemas. References become indices before what they name is read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::collect::{Document, is_built_in, is_xsd};
use super::globals::{Globals, Schema, Space};
use super::standard::Standard;
use crate::model::{
    Attribute, Complex, Content, Element, ElementId, Particle, Term, Type, TypeId, TypeKind,
    Warning, Wildcard,
};
use crate::xml::namespace::{ENCODING11, ENCODING12, WSDL, XSD};
use crate::xml::{Name, Tree};

/// Levels of particles and anonymous types within each other.
const MAX_DEPTH: usize = 64;

/// Types and elements in all; a schema of a very large service has some ten thousand.
const MAX_DECLARATIONS: usize = 500_000;

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
    groups: HashMap<Name, Arc<Particle>>,
    /// Groups that are being read, to notice those that hold themselves.
    active: HashSet<Name>,
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

    // === Names ===

    pub(super) fn type_named(&mut self, name: &Name) -> Option<TypeId> {
        if let Some(id) = self.by_type.get(name) {
            return Some(*id);
        }
        let (schema, node) = self.globals.find(Space::Type, name)?;
        let id = self.new_type(Some(name.clone()), TypeKind::Any);
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

    fn tree(&self, scope: Scope) -> &'d Tree<'d> {
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

    // === Elements ===

    fn element_body(&mut self, id: ElementId, node: usize, scope: Scope) {
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
        if let Some(at) = at
            && let Waiting::Element(id, schema, node) = self.waiting.swap_remove(at)
        {
            self.element_body(id, node, Scope { schema, depth: 0 });
        }
    }

    /// A type within an element or attribute.
    fn anonymous(&mut self, node: usize, scope: Scope) -> TypeId {
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

    // === Complex types ===

    fn complex_type(&mut self, id: TypeId, node: usize, scope: Scope) {
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

    fn part(&mut self, node: usize, scope: Scope, parts: &mut Parts) {
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

    fn particle(&mut self, node: usize, scope: Scope) -> Option<Arc<Particle>> {
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

    fn particles(&mut self, node: usize, scope: Scope) -> Vec<Arc<Particle>> {
        xsd_children(self.tree(scope), node)
            .into_iter()
            .filter_map(|child| self.particle(child, scope))
            .collect()
    }

    fn element_term(&mut self, node: usize, scope: Scope) -> Term {
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

    fn group(&mut self, node: usize, scope: Scope) -> Option<Arc<Particle>> {
        let tree = self.tree(scope);
        let name = self.qname(scope, node, tree.attribute(node, "ref")?);
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

    // === Attributes ===

    fn attribute(&mut self, node: usize, scope: Scope, parts: &mut Parts) {
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

    fn attribute_group(&mut self, node: usize, scope: Scope, parts: &mut Parts) {
        let tree = self.tree(scope);
        let Some(written) = tree.attribute(node, "ref") else {
            return;
        };
        let name = self.qname(scope, node, written);
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
    fn array_type(&mut self, scope: Scope, node: usize, written: &str) -> (TypeId, usize) {
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

#[derive(Default)]
struct Parts {
    particles: Vec<Arc<Particle>>,
    attributes: Vec<Attribute>,
    prohibited: Vec<Name>,
    any_attribute: bool,
    array: Option<(TypeId, usize)>,
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
