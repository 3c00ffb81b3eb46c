//! Names of types: the document's own, and places for objects that have none.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use indexmap::IndexMap;

use crate::model::{Kind, Model, Rest, TypeId};
use crate::request;

/// Which type is called what.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_name: IndexMap<Arc<str>, TypeId>,
    by_type: HashMap<TypeId, Arc<str>>,
}

impl Names {
    /// All types with fields that the document names or its operations use.
    pub(super) fn of(model: &Model) -> Self {
        let mut names = Self::default();
        let mut queue: VecDeque<(String, TypeId)> = VecDeque::new();
        for (name, id) in model.names() {
            queue.push_back((name.to_string(), id));
        }
        for operation in &model.operations {
            for argument in request::arguments(model, operation) {
                queue.push_back((
                    format!("{}/{}", operation.name, argument.name),
                    argument.kind,
                ));
            }
            for (_, response) in &operation.responses {
                for content in &response.contents {
                    queue.push_back((format!("{}/reply", operation.name), content.kind));
                }
            }
        }
        let mut seen: HashSet<TypeId> = HashSet::new();
        while let Some((place, id)) = queue.pop_front() {
            let id = model.resolve(id);
            if !seen.insert(id) {
                continue;
            }
            let kind = model.kind(id);
            let own = kind.name.as_ref().map_or(place.as_str(), |name| name);
            let own = own.to_owned();
            match &kind.kind {
                Kind::List { item, .. } => queue.push_back((place, *item)),
                Kind::Object(object) => {
                    // A map, or whatever comes, is anything.
                    if !object.fields.is_empty() {
                        names.name(&own, id);
                    }
                    for (field, kind) in &object.fields {
                        queue.push_back((format!("{own}/{field}"), kind.kind));
                    }
                    if let Rest::Of(kind) = object.rest {
                        queue.push_back((format!("{own}/*"), kind));
                    }
                }
                Kind::Choice(choice) => {
                    let objects = choice
                        .of
                        .iter()
                        .all(|option| model.object(*option).is_some());
                    if objects && kind.name.is_some() {
                        names.name(&own, id);
                    }
                    for (at, option) in choice.of.iter().enumerate() {
                        queue.push_back((format!("{own}/{at}"), *option));
                    }
                }
                Kind::Any
                | Kind::Same(_)
                | Kind::Bool
                | Kind::Integer { .. }
                | Kind::Number { .. }
                | Kind::Text { .. }
                | Kind::DateTime
                | Kind::Day
                | Kind::Time
                | Kind::Base64
                | Kind::Binary => {}
            }
        }
        names
    }

    fn name(&mut self, name: &str, id: TypeId) {
        let mut unique: Arc<str> = name.into();
        let mut count = 2;
        while self.by_name.contains_key(&unique) {
            unique = format!("{name}/{count}").into();
            count += 1;
        }
        self.by_name.insert(unique.clone(), id);
        self.by_type.insert(id, unique);
    }

    pub(super) fn of_type(&self, id: TypeId) -> Option<&Arc<str>> {
        self.by_type.get(&id)
    }

    pub(super) fn named(&self, name: &str) -> Option<TypeId> {
        self.by_name.get(name).copied()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<str>> {
        self.by_name.keys()
    }
}
