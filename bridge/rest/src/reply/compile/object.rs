//! Objects: the fields that a document describes, under those that the mapping declares.

use std::collections::HashMap;
use std::sync::Arc;

use footbridge_amf::Class;
use footbridge_mapping::data::same_name;
use footbridge_mapping::model::{Rest as MappedRest, TypeBody};
use footbridge_mapping::rows::public_name;
use footbridge_mapping::slot::{Constant, PathPart, Slot, Type};

use super::Compiler;
use super::path::follow;
use crate::model::{Object, Rest, TypeId};
use crate::reply::plan::{Deep, FieldNode, Node, NodeId, ObjectNode, Spot, Target};

impl Compiler<'_> {
    pub(super) fn object_node(
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
pub(in crate::reply) fn fold(name: &str) -> String {
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
