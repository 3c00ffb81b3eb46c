//! What needs all types: `allOf` merged, discriminators with all their words, circles of names broken.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::LoadError;
use super::schema::{Merge, Schemas, discriminator};
use crate::model::{Kind, Model, Object, Rest, Type, TypeId};

impl Schemas<'_> {
    /// Reads what waits, and puts it together into a model.
    pub(super) fn finish(mut self, address: &str, model: &mut Model) -> Result<(), LoadError> {
        self.read();
        if self.too_many {
            return Err(LoadError::TooMuch {
                address: address.into(),
                what: "schemas",
                limit: self.documents.options().schemas,
            });
        }
        self.break_circles();
        let merges = std::mem::take(&mut self.merges);
        let places: HashMap<TypeId, usize> = merges
            .iter()
            .enumerate()
            .map(|(at, merge)| (merge.id, at))
            .collect();
        let mut done = HashSet::new();
        for at in 0..merges.len() {
            self.merge(&merges, &places, at, &mut done, 0);
        }
        self.break_circles();
        self.tag(&merges);
        model.types = self.types;
        model.named = self.named;
        model.warnings.append(&mut self.documents.warnings);
        Ok(())
    }

    fn known(&self, id: TypeId) -> Option<&Type> {
        self.types.get(id.0 as usize)
    }

    /// A schema that is only the name of one that is only its name is anything.
    fn break_circles(&mut self) {
        for at in 0..self.types.len() {
            let mut seen = HashSet::from([at]);
            let mut next = at;
            while let Some(Kind::Same(other)) = self.types.get(next).map(|kind| &kind.kind) {
                next = other.0 as usize;
                if !seen.insert(next) {
                    if let Some(kind) = self.types.get_mut(at) {
                        kind.kind = Kind::Any;
                    }
                    break;
                }
            }
        }
    }

    fn resolve(&self, mut id: TypeId) -> TypeId {
        while let Some(Kind::Same(other)) = self.known(id).map(|kind| &kind.kind) {
            id = *other;
        }
        id
    }

    /// Merges what a type is all of, those first that it is made of. `allOf` in a circle is left open.
    fn merge(
        &mut self,
        merges: &[Merge],
        places: &HashMap<TypeId, usize>,
        at: usize,
        done: &mut HashSet<usize>,
        depth: usize,
    ) {
        if depth > MAX_DEPTH || !done.insert(at) {
            return;
        }
        let Some(merge) = merges.get(at) else {
            return;
        };
        let parts: Vec<TypeId> = merge.parts.iter().map(|id| self.resolve(*id)).collect();
        let options: Vec<TypeId> = merge.options.iter().map(|id| self.resolve(*id)).collect();
        for part in parts.iter().chain(&options) {
            if let Some(below) = places.get(part) {
                self.merge(merges, places, *below, done, depth + 1);
            }
        }
        let Some(own) = self.known(merge.id).cloned() else {
            return;
        };
        let mut object = Object::default();
        let mut objects = 0;
        let mut other: Option<TypeId> = None;
        let mut required: Vec<Arc<str>> = Vec::new();
        let mut words = own.words.clone();
        for part in &parts {
            required.extend(self.required.get(part).into_iter().flatten().cloned());
            let Some(kind) = self.known(*part) else {
                continue;
            };
            words = words.or_else(|| kind.words.clone());
            match &kind.kind {
                Kind::Object(part) => {
                    objects += 1;
                    join(&mut object, part, false);
                }
                Kind::Choice(choice) => {
                    for option in choice.of.clone() {
                        if let Some(Kind::Object(option)) =
                            self.known(self.resolve(option)).map(|kind| &kind.kind)
                        {
                            objects += 1;
                            join(&mut object, option, true);
                        }
                    }
                }
                Kind::Any => {}
                Kind::Same(_)
                | Kind::Bool
                | Kind::Integer { .. }
                | Kind::Number { .. }
                | Kind::Text { .. }
                | Kind::DateTime
                | Kind::Day
                | Kind::Time
                | Kind::Base64
                | Kind::Binary
                | Kind::List { .. } => other = other.or(Some(*part)),
            }
        }
        required.extend(self.required.get(&merge.id).into_iter().flatten().cloned());
        let own_object = match &own.kind {
            Kind::Object(own) => Some(own.clone()),
            _ => None,
        };
        let alone = own_object.is_none() && options.is_empty() && parts.len() == 1;
        let kind = match (&parts[..], own_object) {
            // Only another name, or notes, for one type.
            ([only], None) if alone && required.is_empty() => Kind::Same(*only),
            (_, own_object) => {
                if let Some(own) = &own_object {
                    objects += 1;
                    required.extend(
                        own.fields
                            .iter()
                            .filter(|(_, field)| field.required)
                            .map(|(name, _)| name.clone()),
                    );
                    join(&mut object, own, false);
                }
                for option in &options {
                    if let Some(Kind::Object(option)) = self.known(*option).map(|kind| &kind.kind) {
                        join(&mut object, option, true);
                        objects += 1;
                    }
                }
                for name in &required {
                    if let Some(field) = object.fields.get_mut(name) {
                        field.required = true;
                    }
                }
                match (objects, other) {
                    (0, Some(other)) => self
                        .known(other)
                        .map_or(Kind::Any, |kind| kind.kind.clone()),
                    (0, None) => own.kind,
                    _ => Kind::Object(object),
                }
            }
        };
        if let Some(place) = self.types.get_mut(merge.id.0 as usize) {
            place.kind = kind;
            place.words = words;
        }
    }

    /// Gives discriminators the words that names imply, and puts them where they choose.
    fn tag(&mut self, merges: &[Merge]) {
        let tags = std::mem::take(&mut self.tags);
        let mut derived: HashMap<TypeId, Vec<TypeId>> = HashMap::new();
        for merge in merges {
            for part in &merge.parts {
                derived
                    .entry(self.resolve(*part))
                    .or_default()
                    .push(merge.id);
            }
        }
        for (id, property, mut words) in tags {
            let known: HashSet<TypeId> = words.iter().map(|(_, id)| self.resolve(*id)).collect();
            let imply = |schemas: &Self, option: TypeId, words: &mut Vec<(Arc<str>, TypeId)>| {
                let resolved = schemas.resolve(option);
                if known.contains(&resolved) || words.iter().any(|(_, id)| *id == resolved) {
                    return;
                }
                let name = schemas.known(resolved).and_then(|kind| kind.name.clone());
                words.extend(name.map(|name| (name, resolved)));
            };
            let of = match self.known(id).map(|kind| &kind.kind) {
                Some(Kind::Choice(choice)) => choice.of.clone(),
                _ => Vec::new(),
            };
            for option in of {
                imply(self, option, &mut words);
            }
            // Types that are this one and more.
            let mut bases = vec![self.resolve(id)];
            let mut at = 0;
            while let Some(base) = bases.get(at).copied() {
                at += 1;
                for extending in derived.get(&base).into_iter().flatten() {
                    if !bases.contains(extending) && bases.len() < MOST_DERIVED {
                        bases.push(*extending);
                        imply(self, *extending, &mut words);
                    }
                }
            }
            let by = discriminator(property, &words);
            match self.types.get_mut(id.0 as usize).map(|kind| &mut kind.kind) {
                Some(Kind::Choice(choice)) => choice.by = Some(by),
                Some(Kind::Object(object)) if !by.of.is_empty() => object.by = Some(by),
                Some(_) | None => {}
            }
        }
    }
}

/// `allOf` of types that are all of others.
const MAX_DEPTH: usize = 64;

/// Types that extend one base.
const MOST_DERIVED: usize = 10_000;

/// Puts the fields of one object into another; what is said later, nearer to the type itself, wins.
fn join(into: &mut Object, from: &Object, optional: bool) {
    for (name, field) in &from.fields {
        let required = field.required && !optional;
        let known = into.fields.get(name).is_some_and(|field| field.required);
        let mut field = *field;
        field.required = required || known;
        into.fields.insert(name.clone(), field);
    }
    into.rest = match (into.rest, from.rest) {
        (Rest::Of(kind), _) | (_, Rest::Of(kind)) => Rest::Of(kind),
        // Parts that are closed each would leave room for nothing.
        (Rest::None, Rest::None) if into.fields.is_empty() => Rest::None,
        (Rest::Unsaid | Rest::None, Rest::Unsaid | Rest::None) => Rest::Unsaid,
    };
}
