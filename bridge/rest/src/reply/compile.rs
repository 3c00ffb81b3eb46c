//! Plans: what a slot, a service's types and a document say together.
//!
//! What a document says is taken laxly: a value that is something else is passed on as it is. What a mapping says is
//! meant, and what does not fit it is a fault.

use std::collections::HashMap;
use std::sync::Arc;

use footbridge_amf::Class;
use footbridge_mapping::data::same_name;
use footbridge_mapping::model::{Rest as MappedRest, TypeBody, TypeScope};
use footbridge_mapping::rows::public_name;
use footbridge_mapping::slot::{Constant, PathPart, Scalar, Shape, Slot, Type};
use jiff::tz::TimeZone;

use super::plan::{
    Answers, Deep, FieldNode, Node, NodeId, Null, ObjectNode, Plan, Selection, Spot, Target, Vector,
};
use crate::model::{Form, Kind, Model, Object, Operation, Rest, Status, TypeId};

impl Answers {
    /// How the answers of an operation are read. `described` is what a document says of it; `returns` selects and types
    /// the value, `scope` has the service's types, `zone` is that of texts without one.
    pub fn compile(
        described: Option<(&Arc<Model>, &Operation)>,
        returns: Option<&Slot>,
        scope: &Arc<TypeScope>,
        zone: &TimeZone,
    ) -> Self {
        let model = described.map(|(model, _)| Arc::clone(model));
        let mut compiler = Compiler {
            model: model.as_deref(),
            scope,
            nodes: Vec::new(),
            known: HashMap::new(),
            problems: Vec::new(),
        };
        let mut selections = Vec::new();
        let mut headers = HashMap::new();
        let mut found = false;
        let mut missing = Vec::new();
        for (status, response) in described
            .map(|(_, operation)| operation.responses.as_slice())
            .unwrap_or_default()
        {
            for (name, id) in &response.headers {
                headers.insert((*status, name.to_ascii_lowercase().into()), *id);
            }
            let good = match status {
                Status::Code(code) => (200..300).contains(code),
                Status::Class(class) => *class == 2,
                Status::Other => true,
            };
            for content in &response.contents {
                let selection = if good {
                    match compiler.selection(content.kind, returns) {
                        Ok(selection) => {
                            found = true;
                            selection
                        }
                        Err(problem) => {
                            if *status != Status::Other && content.media.form() == Form::Json {
                                missing.push(problem);
                            }
                            compiler.undescribed(returns, content.kind)
                        }
                    }
                } else {
                    compiler.undescribed(returns, content.kind)
                };
                selections.push((*status, content.media.clone(), selection));
            }
        }
        let other = compiler.undescribed(returns, TypeId::ANY);
        let mut problems = compiler.problems;
        if !found {
            problems.extend(missing);
        }
        problems.sort();
        problems.dedup();
        Self {
            plan: Plan {
                nodes: compiler.nodes,
                preset: scope.preset,
            },
            model,
            scope: Arc::clone(scope),
            zone: zone.clone(),
            described: selections,
            other,
            headers,
            problems,
        }
    }
}

/// The type's name, what is described there, and whether it is without its class.
type Key = (Option<Arc<str>>, Option<TypeId>, bool);

struct Compiler<'a> {
    model: Option<&'a Model>,
    scope: &'a TypeScope,
    nodes: Vec<Node>,
    /// Objects that are made, or being made: by the type's name and what is described there.
    known: HashMap<Key, NodeId>,
    problems: Vec<String>,
}

impl Compiler<'_> {
    fn selection(&mut self, body: TypeId, returns: Option<&Slot>) -> Result<Selection, String> {
        let whole = self.described_spot(body);
        let Some(slot) = returns else {
            return Ok(Selection {
                path: [].into(),
                spot: whole.clone(),
                body: whole,
                kind: body,
            });
        };
        let path = slot.from.clone().unwrap_or_else(|| [].into());
        let there = follow(self.model, body, &path)?;
        Ok(Selection {
            path,
            spot: self.spot(slot, Some(there)),
            body: whole,
            kind: body,
        })
    }

    fn undescribed(&mut self, returns: Option<&Slot>, body: TypeId) -> Selection {
        let whole = self.described_spot(body);
        match returns {
            None => Selection {
                path: [].into(),
                spot: whole.clone(),
                body: whole,
                kind: body,
            },
            Some(slot) => Selection {
                path: slot.from.clone().unwrap_or_else(|| [].into()),
                spot: self.spot(slot, None),
                body: whole,
                kind: body,
            },
        }
    }

    fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX))
    }

    /// A place that a mapping types.
    fn spot(&mut self, slot: &Slot, described: Option<TypeId>) -> Spot {
        let null = match (&slot.default, &slot.null_as) {
            (Some(Constant::Omit), _) => Null::Omitted,
            (Some(constant), _) | (None, Some(constant)) => Null::Constant(constant.clone()),
            (None, None) if slot.kind.takes_null() => Null::Kept,
            (None, None) => Null::Refused,
        };
        Spot {
            node: self.node(&slot.kind, slot.shape, described),
            null,
            zone: slot.zone.clone(),
        }
    }

    fn node(&mut self, kind: &Type, shape: Option<Shape>, described: Option<TypeId>) -> NodeId {
        match kind {
            Type::Any => match described {
                Some(id) if id != TypeId::ANY => self.described_node(id, shape),
                Some(_) | None => self.add(Node::Any(shape)),
            },
            Type::Void | Type::Hide => self.add(Node::Nothing),
            Type::Nullable(inner) => self.node(inner, shape, described),
            Type::Scalar(scalar) | Type::Ranged(scalar, _) => self.add(Node::Scalar {
                scalar: *scalar,
                shape,
                lax: false,
            }),
            Type::Words(words) => self.add(Node::Words(Arc::clone(words))),
            Type::List(item, _) => {
                let below = described.and_then(|id| item_of(self.model, id));
                let item_shape = shape.filter(|shape| *shape == Shape::Object);
                let spot = Spot {
                    node: self.node(item, item_shape, below),
                    null: if item.takes_null() {
                        Null::Kept
                    } else {
                        Null::Refused
                    },
                    zone: None,
                };
                let vector = self.vector(item.inner());
                self.add(Node::List {
                    item: spot,
                    shape,
                    vector,
                    lax: false,
                })
            }
            Type::Named(name) => self.named(name, shape, described),
        }
    }

    fn vector(&self, item: &Type) -> Vector {
        match item {
            Type::Scalar(Scalar::Int) | Type::Ranged(Scalar::Int, _) => Vector::Int,
            Type::Scalar(Scalar::Number) | Type::Ranged(Scalar::Number, _) => Vector::Number,
            Type::Named(name) => Vector::Object(self.scope.class(name).unwrap_or_default()),
            Type::Scalar(_)
            | Type::Ranged(..)
            | Type::Words(_)
            | Type::List(..)
            | Type::Nullable(_)
            | Type::Any
            | Type::Void
            | Type::Hide => Vector::Object("".into()),
        }
    }

    fn named(
        &mut self,
        name: &Arc<str>,
        shape: Option<Shape>,
        described: Option<TypeId>,
    ) -> NodeId {
        let described = described
            .filter(|id| *id != TypeId::ANY)
            .or_else(|| self.model?.named(name))
            .and_then(|id| Some(self.model?.resolve(id)));
        // What the document itself has no name for, no class is called by.
        if name.contains('/')
            && let Some(id) = described
        {
            return self.described_node(id, shape);
        }
        if let Some(variants) = self.scope.variants.get(name).cloned() {
            let of = variants
                .of
                .iter()
                .map(|(word, kind)| {
                    let below = self.variant_of(described, word);
                    (word.clone(), self.named(kind, shape, below))
                })
                .collect();
            let other = variants
                .other
                .as_ref()
                .map(|kind| self.named(kind, shape, None));
            return self.add(Node::Choice {
                by: variants.by.clone(),
                of,
                other,
                name: name.clone(),
            });
        }
        let body = self.scope.types.get(name).cloned();
        let bare = shape == Some(Shape::Object);
        if body.is_none()
            && let Some(id) = described
            && self.object(id).is_none()
        {
            // A name for what the document describes as something else than one object.
            return self.described_node(id, shape);
        }
        if body.is_none() && described.is_none() {
            self.problems.push(format!(
                "the type `{name}` names no fields, and nothing describes it"
            ));
        }
        self.object_node(Some(name.clone()), body, described, bare, true)
    }

    fn variant_of(&self, described: Option<TypeId>, word: &str) -> Option<TypeId> {
        let model = self.model?;
        let by = match &model.kind(described?).kind {
            Kind::Choice(choice) => choice.by.as_ref()?,
            Kind::Object(object) => object.by.as_ref()?,
            _ => return None,
        };
        by.of.get(word).map(|id| model.resolve(*id))
    }

    fn object(&self, id: TypeId) -> Option<&Object> {
        self.model?.object(id)
    }

    /// A place that only a document types: null is let pass.
    fn described_spot(&mut self, id: TypeId) -> Spot {
        Spot {
            node: self.described_node(id, None),
            null: Null::Kept,
            zone: None,
        }
    }

    fn described_node(&mut self, id: TypeId, shape: Option<Shape>) -> NodeId {
        let Some(model) = self.model else {
            return self.add(Node::Any(shape));
        };
        let id = model.resolve(id);
        let kind = model.kind(id);
        let scalar = |scalar| Node::Scalar {
            scalar,
            shape,
            lax: true,
        };
        let node = match &kind.kind {
            Kind::Any | Kind::Same(_) => Node::Any(shape),
            Kind::Bool => scalar(Scalar::Bool),
            Kind::Integer { small, sized, .. } => scalar(if *sized && !*small {
                Scalar::Long
            } else {
                Scalar::Int
            }),
            Kind::Number { exact: true, .. } => scalar(Scalar::Decimal),
            Kind::Number { .. } => scalar(Scalar::Number),
            // Times and bytes that stand in a text unencoded go out as the text they are.
            Kind::Text { .. } | Kind::Time => scalar(Scalar::String),
            Kind::DateTime => scalar(Scalar::Date),
            Kind::Day => scalar(Scalar::Day),
            Kind::Base64 | Kind::Binary => scalar(Scalar::Bytes),
            Kind::List { item, .. } => {
                let item_shape = shape.filter(|shape| *shape == Shape::Object);
                let spot = Spot {
                    node: self.described_node(*item, item_shape),
                    null: Null::Kept,
                    zone: None,
                };
                let vector = self.described_vector(*item);
                Node::List {
                    item: spot,
                    shape,
                    vector,
                    lax: true,
                }
            }
            Kind::Object(object) => {
                if object.fields.is_empty() && !matches!(object.rest, Rest::Of(_)) {
                    Node::Any(shape)
                } else if let Some(by) = object.by.clone() {
                    return self.tagged(id, &by.property, &by.of, Some(id), shape);
                } else {
                    return self.described_object(id, shape);
                }
            }
            Kind::Choice(choice) => {
                if let Some(by) = choice.by.clone() {
                    return self.tagged(id, &by.property, &by.of, None, shape);
                }
                let objects = choice
                    .of
                    .iter()
                    .all(|id| matches!(&model.kind(model.resolve(*id)).kind, Kind::Object(_)));
                if objects && !choice.of.is_empty() {
                    // Before its parts, which may name it again.
                    if let Some(known) = self.known.get(&(None, Some(id), shape.is_some())) {
                        return *known;
                    }
                    let reserved = self.add(Node::Nothing);
                    self.known
                        .insert((None, Some(id), shape.is_some()), reserved);
                    let of = choice
                        .of
                        .iter()
                        .map(|id| self.described_node(*id, shape))
                        .collect();
                    if let Some(node) = self.nodes.get_mut(reserved.0 as usize) {
                        *node = Node::Best(of);
                    }
                    return reserved;
                }
                Node::Any(shape)
            }
        };
        self.add(node)
    }

    fn described_vector(&self, item: TypeId) -> Vector {
        let Some(model) = self.model else {
            return Vector::Object("".into());
        };
        let kind = model.kind(model.resolve(item));
        match &kind.kind {
            Kind::Integer { small: true, .. } => Vector::Int,
            Kind::Number { exact: false, .. } => Vector::Number,
            _ => Vector::Object(
                kind.name
                    .as_ref()
                    .and_then(|name| self.scope.class(name))
                    .unwrap_or_default(),
            ),
        }
    }

    /// A discriminator chooses; what it does not know is `own`.
    fn tagged(
        &mut self,
        id: TypeId,
        by: &Arc<str>,
        of: &indexmap::IndexMap<Arc<str>, TypeId>,
        own: Option<TypeId>,
        shape: Option<Shape>,
    ) -> NodeId {
        let key = (Some(Arc::from("\0tagged")), Some(id), shape.is_some());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let reserved = self.add(Node::Nothing);
        self.known.insert(key, reserved);
        let of = of
            .iter()
            .map(|(word, variant)| {
                let variant = self.model.map_or(*variant, |model| model.resolve(*variant));
                (word.clone(), self.described_object(variant, shape))
            })
            .collect();
        let other = match own {
            Some(own) => self.described_object(own, shape),
            None => self.add(Node::Any(shape)),
        };
        let node = Node::Choice {
            by: by.clone(),
            of,
            other: Some(other),
            name: "".into(),
        };
        if let Some(place) = self.nodes.get_mut(reserved.0 as usize) {
            *place = node;
        }
        reserved
    }

    fn described_object(&mut self, id: TypeId, shape: Option<Shape>) -> NodeId {
        let Some(model) = self.model else {
            return self.add(Node::Any(shape));
        };
        if model.object(id).is_none() {
            return self.described_node(id, shape);
        }
        let name = model.kind(id).name.clone();
        let body = name
            .as_ref()
            .and_then(|name| self.scope.types.get(name).cloned());
        self.object_node(name, body, Some(id), shape == Some(Shape::Object), false)
    }

    fn object_node(
        &mut self,
        name: Option<Arc<str>>,
        body: Option<Arc<TypeBody>>,
        described: Option<TypeId>,
        bare: bool,
        strict: bool,
    ) -> NodeId {
        let key = (name.clone(), described, bare || !strict && name.is_none());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let reserved = self.add(Node::Nothing);
        self.known.insert(key, reserved);
        let object = described.and_then(|id| self.object(id)).cloned();
        let mut fields: Vec<Planned> = Vec::new();
        let mut hidden: Vec<Arc<str>> = Vec::new();
        for (source, field) in object.iter().flat_map(|object| &object.fields) {
            // It never comes back.
            if self
                .model
                .is_some_and(|model| model.kind(field.kind).write_only)
            {
                continue;
            }
            fields.push(Planned {
                name: public_name(source, self.scope.names).into(),
                path: [PathPart::Name(source.clone())].into(),
                slot: None,
                described: Some(field.kind),
            });
        }
        let given = body.as_deref();
        self.overlay(
            name.as_ref(),
            given,
            object.as_ref(),
            described,
            &mut fields,
            &mut hidden,
        );
        if given.is_some_and(|body| body.rest == MappedRest::Closed) {
            fields.retain(|field| {
                if field.slot.is_none() {
                    hidden.extend(first_name(&field.path).cloned());
                }
                field.slot.is_some()
            });
        }
        let rest = match (
            given.map(|body| &body.rest),
            object.as_ref().map(|object| object.rest),
        ) {
            (Some(MappedRest::Open(slot)), of) => {
                let below = match of {
                    Some(Rest::Of(kind)) => Some(kind),
                    Some(Rest::Unsaid | Rest::None) | None => None,
                };
                Some(self.spot(slot, below))
            }
            (Some(MappedRest::Closed), _) => None,
            (Some(MappedRest::Described) | None, Some(Rest::Of(kind))) => {
                Some(self.described_spot(kind))
            }
            (Some(MappedRest::Described) | None, Some(Rest::Unsaid | Rest::None) | None) => None,
        };
        let alias = match (&name, bare) {
            (Some(name), false) => self.scope.class(name),
            (Some(_) | None, _) => None,
        };
        let required = object.iter().flat_map(|object| &object.fields);
        let required = required
            .filter(|(_, field)| field.required)
            .map(|(name, _)| name.clone())
            .collect();
        let lax = given.is_none() && described.is_some();
        let node = self.assemble(name, alias, fields, &hidden, rest, required, lax);
        if let Some(place) = self.nodes.get_mut(reserved.0 as usize) {
            *place = Node::Object(Box::new(node));
        }
        reserved
    }

    /// What the mapping says of a type, over what the document says.
    fn overlay(
        &mut self,
        name: Option<&Arc<str>>,
        body: Option<&TypeBody>,
        object: Option<&Object>,
        described: Option<TypeId>,
        fields: &mut Vec<Planned>,
        hidden: &mut Vec<Arc<str>>,
    ) {
        for (field, slot) in body.iter().flat_map(|body| &body.fields) {
            let path: Arc<[PathPart]> = slot
                .from
                .clone()
                .unwrap_or_else(|| [PathPart::Name(field.clone())].into());
            let at = match &*path {
                [PathPart::Name(wanted)] => fields.iter().position(|known| {
                    known.slot.is_none()
                        && first_name(&known.path).is_some_and(|source| same_name(source, wanted))
                }),
                _ => None,
            };
            if slot.kind == Type::Hide {
                match at {
                    Some(at) => {
                        let removed = fields.remove(at);
                        hidden.extend(first_name(&removed.path).cloned());
                    }
                    None => hidden.extend(first_name(&path).cloned()),
                }
                continue;
            }
            if let Some(known) = at.and_then(|at| fields.get_mut(at)) {
                known.name = field.clone();
                known.slot = Some(slot.clone());
                continue;
            }
            let there = match (object, described) {
                (Some(object), Some(id)) => {
                    let open = object.rest != Rest::None
                        || slot.default.is_some()
                        || slot.kind.takes_null();
                    match follow(self.model, id, &path) {
                        Ok(kind) => Some(kind),
                        // A field that need not be there may be missing in the document too.
                        Err(_) if open && slot.kind.takes_null() => None,
                        Err(problem) => {
                            let name = name.map_or("", |name| name);
                            self.problems.push(format!("{name}.{field}: {problem}"));
                            None
                        }
                    }
                }
                _ => None,
            };
            fields.push(Planned {
                name: field.clone(),
                path,
                slot: Some(slot.clone()),
                described: there,
            });
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one object")]
    fn assemble(
        &mut self,
        name: Option<Arc<str>>,
        alias: Option<Arc<str>>,
        mut planned: Vec<Planned>,
        hidden: &[Arc<str>],
        rest: Option<Spot>,
        required: Vec<Arc<str>>,
        lax: bool,
    ) -> ObjectNode {
        let loose = |field: &Planned| {
            field
                .slot
                .as_ref()
                .is_some_and(|slot| slot.default == Some(Constant::Omit))
        };
        planned.sort_by_key(|field| loose(field));
        let names = |all: bool| -> Vec<String> {
            planned
                .iter()
                .filter(|field| all || !loose(field))
                .map(|field| field.name.to_string())
                .collect()
        };
        let class = match &alias {
            Some(alias) => Class {
                alias: alias.to_string(),
                sealed: names(false),
                dynamic: rest.is_some() || planned.iter().any(loose),
            },
            None => Class::anonymous(),
        };
        let row = Class {
            alias: alias
                .as_ref()
                .map(|alias| alias.to_string())
                .unwrap_or_default(),
            sealed: names(true),
            dynamic: false,
        };
        let mut tree = Deep::default();
        let mut fields = Vec::with_capacity(planned.len());
        for (at, field) in planned.into_iter().enumerate() {
            let index = u32::try_from(at).unwrap_or(u32::MAX);
            plant(&mut tree, &field.path, index);
            let may_miss = loose(&field);
            let spot = match &field.slot {
                Some(slot) => self.spot(slot, field.described),
                None => self.described_spot(field.described.unwrap_or(TypeId::ANY)),
            };
            fields.push(FieldNode {
                name: field.name,
                spot,
                loose: may_miss,
                undeclared: field.slot.is_none(),
            });
        }
        let mut node = ObjectNode {
            name: name.unwrap_or_else(|| "an object".into()),
            class: Arc::new(class),
            row: Arc::new(row),
            fields,
            exact: HashMap::new(),
            loose: HashMap::new(),
            deep: Vec::new(),
            rest,
            required,
            lax,
        };
        for name in hidden {
            target(&mut node, name, Target::Hidden);
        }
        for (name, below) in tree.names {
            let leaf = below.names.is_empty() && below.items.is_empty();
            let to = match below.field {
                Some(field) if leaf => Target::Field(field),
                Some(_) | None => {
                    node.deep.push(below);
                    Target::Deep(u32::try_from(node.deep.len() - 1).unwrap_or(u32::MAX))
                }
            };
            target(&mut node, &name, to);
        }
        node
    }
}

/// A field before its node is made.
struct Planned {
    name: Arc<str>,
    path: Arc<[PathPart]>,
    slot: Option<Slot>,
    described: Option<TypeId>,
}

fn first_name(path: &[PathPart]) -> Option<&Arc<str>> {
    match path.first()? {
        PathPart::Name(name) => Some(name),
        PathPart::Index(_) => None,
    }
}

/// Makes a name lead somewhere, exactly and loosely; a loose name that two have leads nowhere.
fn target(node: &mut ObjectNode, name: &Arc<str>, to: Target) {
    node.exact.insert(name.clone(), to);
    node.loose
        .entry(fold(name))
        .and_modify(|known| *known = Target::Nowhere)
        .or_insert(to);
}

/// A name without case and `_`.
pub(super) fn fold(name: &str) -> String {
    name.chars()
        .filter(|letter| *letter != '_')
        .flat_map(char::to_lowercase)
        .collect()
}

fn plant(deep: &mut Deep, path: &[PathPart], field: u32) {
    match path {
        [] => deep.field = Some(field),
        [PathPart::Name(name), rest @ ..] => {
            let at = deep
                .names
                .iter()
                .position(|(known, _)| same_name(known, name));
            let at = at.unwrap_or_else(|| {
                deep.names.push((name.clone(), Deep::default()));
                deep.names.len() - 1
            });
            if let Some((_, below)) = deep.names.get_mut(at) {
                plant(below, rest, field);
            }
        }
        [PathPart::Index(index), rest @ ..] => {
            let at = deep.items.iter().position(|(known, _)| known == index);
            let at = at.unwrap_or_else(|| {
                deep.items.push((*index, Deep::default()));
                deep.items.len() - 1
            });
            if let Some((_, below)) = deep.items.get_mut(at) {
                plant(below, rest, field);
            }
        }
    }
}

/// The item's type, of a described list.
fn item_of(model: Option<&Model>, id: TypeId) -> Option<TypeId> {
    let model = model?;
    match &model.kind(model.resolve(id)).kind {
        Kind::List { item, .. } => Some(*item),
        Kind::Any => None,
        // A declared list is a list for one too.
        _ => Some(id),
    }
}

/// The type that a path leads to.
///
/// # Errors
/// A clause that says what is not there.
pub(crate) fn follow(
    model: Option<&Model>,
    from: TypeId,
    path: &[PathPart],
) -> Result<TypeId, String> {
    let Some(model) = model else {
        return Ok(TypeId::ANY);
    };
    let mut at = from;
    for part in path {
        let id = model.resolve(at);
        let kind = model.kind(id);
        at = match (&kind.kind, part) {
            (Kind::Any, _) => return Ok(TypeId::ANY),
            (Kind::Object(object), PathPart::Name(name)) => {
                let exact = object.fields.get(name);
                let field = exact.or_else(|| {
                    let mut loose = object
                        .fields
                        .iter()
                        .filter(|(known, _)| same_name(known, name));
                    match (loose.next(), loose.next()) {
                        (Some((_, field)), None) => Some(field),
                        _ => None,
                    }
                });
                match (field, object.rest) {
                    (Some(field), _) => field.kind,
                    (None, Rest::Of(kind)) => kind,
                    (None, Rest::Unsaid) if object.fields.is_empty() => return Ok(TypeId::ANY),
                    (None, Rest::Unsaid | Rest::None) => {
                        let names: Vec<&str> =
                            object.fields.keys().take(12).map(|name| &**name).collect();
                        let of = kind
                            .name
                            .as_ref()
                            .map_or_else(|| "the reply".to_owned(), |name| format!("`{name}`"));
                        return Err(format!("{of} has no `{name}`; it has {}", names.join(", ")));
                    }
                }
            }
            (Kind::List { item, .. }, PathPart::Index(_)) => *item,
            (Kind::Choice(_), _) => return Ok(TypeId::ANY),
            (_, PathPart::Name(name)) => return Err(format!("`{name}` stands in no object")),
            (_, PathPart::Index(index)) => return Err(format!("`[{index}]` stands in no list")),
        };
    }
    Ok(at)
}
