//! What each type looks like to a client, decided once for a service.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use footbridge_amf::Class;
use footbridge_mapping::data::same_name;
use footbridge_mapping::model::{Rest, TypeScope};
use footbridge_mapping::rows::{Preset, public_name};
use footbridge_mapping::slot::{PathPart, Scalar, Slot, Type as SlotType};
use jiff::tz::TimeZone;

use super::order;
use crate::model::{Complex, Content, Model, TypeId, TypeKind};

/// The shapes of all types of a model, under the names, aliases and types of one service. Made at load.
#[derive(Debug)]
pub struct Shapes {
    pub(super) model: Arc<Model>,
    /// By the index of the type.
    pub(super) shapes: Vec<Shape>,
    pub(super) preset: Preset,
    pub(super) zone: TimeZone,
    /// Fields that `types` declares and no type of the WSDL has, as `Type.field`.
    pub problems: Vec<String>,
    /// A slot of `types` says more than [`read_into`](super::read_into) does: a default, a shape, what stands for null, or
    /// a type that is no scalar. Such replies go by [`read_data`](super::read_data) and the mapping's own reply writer.
    pub needs_data: bool,
}

#[derive(Debug)]
pub(super) enum Shape {
    Scalar,
    Object(ObjectShape),
    /// An element around a list: the list itself (`ArrayOfX`).
    Wrapped(FieldShape),
    Array(TypeId),
    Map,
    Any,
}

#[derive(Debug)]
pub(super) struct ObjectShape {
    /// With an alias its sealed names are the fields; anonymous it has none.
    pub(super) class: Arc<Class>,
    /// The columns of a record set of such objects.
    pub(super) row: Arc<Class>,
    pub(super) fields: Vec<FieldShape>,
    /// Elements of these local names, by field; those that are hidden have none.
    pub(super) elements: HashMap<Arc<str>, Option<usize>>,
    /// Takes elements that nobody declares.
    pub(super) open: bool,
    /// It has elements and nothing else, and all of them are declared.
    pub(super) plain: bool,
    /// Its elements have one order, that of the fields.
    pub(super) ordered: bool,
    /// All values of the type have the same members, so that a list of them is rows.
    pub(super) uniform: bool,
}

#[derive(Clone, Debug)]
pub(super) struct FieldShape {
    /// The member.
    pub(super) name: Arc<str>,
    pub(super) source: Source,
    /// Of its element.
    pub(super) namespace: Arc<str>,
    pub(super) kind: TypeId,
    pub(super) many: bool,
    pub(super) optional: bool,
    pub(super) default: Option<Arc<str>>,
    /// What the mapping declares for it.
    pub(super) declared: Option<Scalar>,
    /// What the mapping declares has no `?`.
    pub(super) required: bool,
    pub(super) zone: Option<TimeZone>,
}

#[derive(Clone, Debug)]
pub(super) enum Source {
    Element(Arc<str>),
    Attribute(Arc<str>, Arc<str>),
    /// The text of simple or mixed content.
    Text,
}

impl Shapes {
    /// Compiles the shapes of a model. `zone` is that of texts without one, `scope` has package, aliases and types.
    pub fn compile(model: &Arc<Model>, scope: &TypeScope, zone: &TimeZone) -> Self {
        let mut problems = Vec::new();
        let bases: HashSet<TypeId> = model.types().filter_map(|(_, kind)| kind.base).collect();
        let shapes = model
            .types()
            .map(|(id, kind)| match &kind.kind {
                TypeKind::Simple(_) => Shape::Scalar,
                TypeKind::Complex(complex) => {
                    let name = kind.name.as_ref().map(|name| name.local.clone());
                    // A type that others derive from can be any of them.
                    let alone = !bases.contains(&id) && !kind.is_abstract;
                    complex_shape(model, complex, name.as_ref(), scope, alone, &mut problems)
                }
                TypeKind::Array { item, .. } => Shape::Array(*item),
                TypeKind::Map => Shape::Map,
                TypeKind::Any => Shape::Any,
            })
            .collect();
        problems.sort();
        problems.dedup();
        Self {
            model: model.clone(),
            shapes,
            preset: scope.preset,
            zone: zone.clone(),
            problems,
            needs_data: scope.types.values().any(|body| {
                body.fields.values().any(says_more) || matches!(body.rest, Rest::Open(_))
            }),
        }
    }

    pub(super) fn of(&self, id: TypeId) -> &Shape {
        self.shapes.get(id.0 as usize).unwrap_or(&Shape::Any)
    }

    /// The class of the rows, if a list of the type is rows.
    pub(super) fn rows(&self, id: TypeId) -> Option<&Arc<Class>> {
        match self.of(id) {
            Shape::Object(object) if object.uniform => Some(&object.row),
            Shape::Object(_)
            | Shape::Scalar
            | Shape::Wrapped(_)
            | Shape::Array(_)
            | Shape::Map
            | Shape::Any => None,
        }
    }
}

fn complex_shape(
    model: &Model,
    complex: &Complex,
    name: Option<&Arc<str>>,
    scope: &TypeScope,
    alone: bool,
    problems: &mut Vec<String>,
) -> Shape {
    let element = |field: &crate::model::Field| {
        let element = model.element(field.element);
        FieldShape {
            name: public_name(&element.name.local, scope.names).into(),
            source: Source::Element(element.name.local.clone()),
            namespace: element.name.namespace.clone(),
            kind: element.kind,
            many: field.many,
            optional: field.optional,
            default: element.default.clone(),
            declared: None,
            required: false,
            zone: None,
        }
    };
    let mut fields: Vec<FieldShape> = complex.fields.iter().map(element).collect();
    let declared = name.and_then(|name| scope.types.get(name));
    if let [only] = fields.as_slice()
        && only.many
        && complex.attributes.is_empty()
        && !complex.any
        && !complex.mixed
        && declared.is_none()
    {
        return Shape::Wrapped(only.clone());
    }
    for attribute in &complex.attributes {
        fields.push(FieldShape {
            name: public_name(&attribute.member, scope.names).into(),
            source: Source::Attribute(
                attribute.name.namespace.clone(),
                attribute.name.local.clone(),
            ),
            namespace: "".into(),
            kind: attribute.kind,
            many: false,
            optional: !attribute.required,
            default: attribute.default.clone(),
            declared: None,
            required: false,
            zone: None,
        });
    }
    if let Content::Simple(kind) = complex.content {
        if complex.attributes.is_empty() && declared.is_none() {
            return Shape::Scalar;
        }
        fields.insert(0, text_field("value", kind));
    } else if complex.mixed
        && let Some(kind) =
            model.type_named(&crate::xml::Name::new(crate::xml::namespace::XSD, "string"))
    {
        fields.push(text_field("$text", kind));
    }
    let mut hidden: Vec<Arc<str>> = Vec::new();
    if let (Some(body), Some(type_name)) = (declared, name) {
        let mut named = Vec::new();
        for (field, slot) in &body.fields {
            let wanted = source_name(slot).unwrap_or(field);
            let found = fields
                .iter()
                .position(|candidate| same_name(candidate.source_name(), wanted));
            let Some(at) = found else {
                problems.push(format!("{type_name}.{field}"));
                continue;
            };
            named.push(at);
            if let Some(candidate) = fields.get_mut(at) {
                if slot.kind == SlotType::Hide {
                    hidden.push(candidate.name.clone());
                    continue;
                }
                candidate.name = field.clone();
                candidate.declared = scalar(&slot.kind);
                candidate.required =
                    matches!(slot.kind, SlotType::Scalar(_) | SlotType::Ranged(..))
                        && slot.default.is_none()
                        && slot.null_as.is_none();
                candidate.zone.clone_from(&slot.zone);
            }
        }
        if body.rest == Rest::Closed {
            for (at, field) in fields.iter().enumerate() {
                if !named.contains(&at) {
                    hidden.push(field.name.clone());
                }
            }
        }
    }
    let mut elements: HashMap<Arc<str>, Option<usize>> = HashMap::new();
    let mut kept = Vec::new();
    for field in fields {
        let hide = hidden.contains(&field.name);
        if let Source::Element(local) = &field.source {
            elements.insert(local.clone(), (!hide).then_some(kept.len()));
        }
        if !hide {
            kept.push(field);
        }
    }
    let alias = name.and_then(|name| scope.class(name));
    let names: Vec<String> = kept.iter().map(|field| field.name.to_string()).collect();
    let class = match &alias {
        Some(alias) => Class {
            alias: alias.to_string(),
            sealed: names.clone(),
            dynamic: complex.any,
        },
        None => Class::anonymous(),
    };
    Shape::Object(ObjectShape {
        class: Arc::new(class),
        row: Arc::new(Class {
            alias: alias.map(|alias| alias.to_string()).unwrap_or_default(),
            sealed: names,
            dynamic: false,
        }),
        plain: !complex.any
            && kept
                .iter()
                .all(|field| matches!(field.source, Source::Element(_))),
        ordered: order::has_one(model, complex),
        fields: kept,
        elements,
        open: complex.any,
        uniform: alone && !complex.any,
    })
}

fn text_field(name: &str, kind: TypeId) -> FieldShape {
    FieldShape {
        name: name.into(),
        source: Source::Text,
        namespace: "".into(),
        kind,
        many: false,
        optional: true,
        default: None,
        declared: None,
        required: false,
        zone: None,
    }
}

impl FieldShape {
    fn source_name(&self) -> &str {
        match &self.source {
            Source::Element(local) | Source::Attribute(_, local) => local,
            Source::Text => &self.name,
        }
    }
}

fn source_name(slot: &Slot) -> Option<&Arc<str>> {
    match slot.from.as_deref()? {
        [PathPart::Name(name)] => Some(name),
        _ => None,
    }
}

fn says_more(slot: &Slot) -> bool {
    let plain = match &slot.kind {
        SlotType::Scalar(_) | SlotType::Hide | SlotType::Any => true,
        SlotType::Nullable(inner) => matches!(**inner, SlotType::Scalar(_)),
        SlotType::Ranged(..)
        | SlotType::Words(_)
        | SlotType::Named(_)
        | SlotType::List(..)
        | SlotType::Void => false,
    };
    let path = slot.from.is_some() && source_name(slot).is_none();
    !plain || path || slot.default.is_some() || slot.null_as.is_some() || slot.shape.is_some()
}

fn scalar(kind: &SlotType) -> Option<Scalar> {
    match kind {
        SlotType::Scalar(scalar) | SlotType::Ranged(scalar, _) => Some(*scalar),
        SlotType::Nullable(inner) | SlotType::List(inner, _) => scalar(inner),
        SlotType::Words(_) => Some(Scalar::String),
        SlotType::Named(_) | SlotType::Any | SlotType::Void | SlotType::Hide => None,
    }
}
