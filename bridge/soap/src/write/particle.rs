//! Elements in the order that the schema has them, whatever order they were given in.

use footbridge_mapping::data::Data;

use super::content::{PathPart, Tag, Writer};
use super::members::Members;
use super::{Nulls, WriteError};
use crate::model::{Complex, Content, ElementId, Particle, Term, TypeKind};
use crate::xml::Name;

/// How often a group is written that may be repeated without end.
const MAX_ROUNDS: usize = 1_000_000;

impl<'a> Writer<'a> {
    pub(super) fn particle(
        &mut self,
        particle: &'a Particle,
        complex: &'a Complex,
        members: &mut Members,
    ) -> Result<(), WriteError> {
        match &particle.term {
            Term::Element(id) => self.element_particle(*id, particle, complex, members),
            Term::Sequence(inner) | Term::All(inner) => {
                for round in 0..MAX_ROUNDS {
                    if !self.again(particle, complex, members, round) {
                        return Ok(());
                    }
                    for particle in inner {
                        self.particle(particle, complex, members)?;
                    }
                }
                Ok(())
            }
            Term::Choice(inner) => {
                for round in 0..MAX_ROUNDS {
                    // Of a choice that repeats, what was given first goes first.
                    let chosen = inner
                        .iter()
                        .filter_map(|branch| Some((self.first(branch, complex, members)?, branch)))
                        .min_by_key(|(at, _)| if particle.max == Some(1) { 0 } else { *at });
                    match chosen {
                        Some((_, branch))
                            if particle.max.is_none_or(|max| round < max as usize) =>
                        {
                            self.particle(branch, complex, members)?;
                        }
                        Some(_) => return Ok(()),
                        None if round < particle.min as usize => {
                            return self.empty_choice(inner, complex, members);
                        }
                        None => return Ok(()),
                    }
                }
                Ok(())
            }
            Term::Any(_) => self.wildcard(complex, members),
        }
    }

    /// Whether a group is written once more.
    fn again(
        &self,
        particle: &Particle,
        complex: &Complex,
        members: &Members,
        round: usize,
    ) -> bool {
        if particle.max.is_some_and(|max| round >= max as usize) {
            return false;
        }
        // A wildcard of its own does not ask for another round.
        round < particle.min as usize || self.first(particle, complex, members).is_some()
    }

    /// A choice of which nothing is given: fine if a branch may be empty.
    fn empty_choice(
        &mut self,
        inner: &'a [std::sync::Arc<Particle>],
        complex: &'a Complex,
        members: &mut Members,
    ) -> Result<(), WriteError> {
        if inner.is_empty() || inner.iter().any(|branch| emptiable(branch, 0)) {
            return Ok(());
        }
        // A null was given for one of them, and null may stand there.
        for branch in inner {
            if let Term::Element(id) = &branch.term {
                let element = self.model.element(*id);
                let null = members.find(&element.name.local).is_some();
                if null && element.nillable {
                    return self.particle(branch, complex, members);
                }
            }
        }
        let mut names = Vec::new();
        for branch in inner {
            names_of(self, branch, &mut names, 0);
        }
        Err(self.fail(format!("one of {} is required", names.join(", "))))
    }

    /// The place of the first member that something of a particle would be written from.
    fn first(&self, particle: &Particle, complex: &Complex, members: &Members) -> Option<usize> {
        match &particle.term {
            Term::Element(id) => self
                .candidates(*id)
                .filter_map(|id| {
                    let name = &self.model.element(id).name.local;
                    members.left(name, self.is_many(complex, id))
                })
                .min(),
            Term::Sequence(inner) | Term::Choice(inner) | Term::All(inner) => inner
                .iter()
                .filter_map(|particle| self.first(particle, complex, members))
                .min(),
            Term::Any(_) => None,
        }
    }

    /// The element and those that may stand in its place.
    fn candidates(&self, id: ElementId) -> impl Iterator<Item = ElementId> + use<'a> {
        let element = self.model.element(id);
        let own = (!element.is_abstract).then_some(id);
        own.into_iter().chain(element.substitutes.iter().copied())
    }

    fn is_many(&self, complex: &Complex, id: ElementId) -> bool {
        if let Some(field) = complex.fields.iter().find(|field| field.element == id) {
            return field.many;
        }
        // It stands in the place of another, or the name was declared twice.
        let local = &self.model.element(id).name.local;
        complex
            .fields
            .iter()
            .any(|field| field.many && self.model.element(field.element).name.local == *local)
    }

    fn element_particle(
        &mut self,
        id: ElementId,
        particle: &Particle,
        complex: &'a Complex,
        members: &mut Members,
    ) -> Result<(), WriteError> {
        let most = particle.max.map_or(usize::MAX, |max| max as usize);
        let mut written = 0;
        for candidate in self.candidates(id) {
            let local = &self.model.element(candidate).name.local;
            let many = self.is_many(complex, candidate);
            let Some(at) = members.left(local, many) else {
                continue;
            };
            let Some(entry) = members.entries.get_mut(at) else {
                continue;
            };
            let items = if many {
                entry.data.items().map(std::borrow::Cow::into_owned)
            } else {
                None
            };
            let name = entry.name.clone();
            match items {
                Some(items) => {
                    let from = entry.used;
                    let count = (items.len() - from).min(most - written);
                    entry.used += count;
                    for (index, item) in items.iter().enumerate().skip(from).take(count) {
                        self.path.push(PathPart::Name(name.clone()));
                        let result = self.within(PathPart::Index(index), |writer| {
                            writer.element(candidate, item)
                        });
                        self.path.pop();
                        result?;
                    }
                    written += count;
                }
                None if written < most => {
                    entry.used = 1;
                    let data = entry.data.clone();
                    self.within(PathPart::Name(name), |writer| {
                        writer.element(candidate, &data)
                    })?;
                    written += 1;
                }
                None => {}
            }
            if written >= most {
                break;
            }
        }
        if written > 0 {
            if written < particle.min as usize {
                let element = self.model.element(id);
                let least = particle.min;
                return self.within(PathPart::Name(element.name.local.clone()), |writer| {
                    Err(writer.fail(format!(
                        "has {written} items, at least {least} are required"
                    )))
                });
            }
            return Ok(());
        }
        self.missing(id, particle, complex, members)
    }

    /// Null, or nothing at all.
    fn missing(
        &mut self,
        id: ElementId,
        particle: &Particle,
        complex: &'a Complex,
        members: &mut Members,
    ) -> Result<(), WriteError> {
        let element = self.model.element(id);
        let given = members.find(&element.name.local);
        let null = given
            .and_then(|at| members.entries.get(at))
            .is_some_and(|entry| entry.data.is_null() && entry.used == 0);
        let tag_name = element.name.clone();
        if null && element.nillable && (particle.min > 0 || self.settings.nulls == Nulls::Nil) {
            if let Some(entry) = given.and_then(|at| members.entries.get_mut(at)) {
                entry.used = 1;
            }
            let tag = self.tag(id);
            self.nil(&tag);
            return Ok(());
        }
        if particle.min == 0 {
            return Ok(());
        }
        // An empty list where at least one is asked for, or a name that was written up already.
        let spent = given
            .and_then(|at| members.entries.get(at))
            .is_some_and(|entry| entry.used > 0);
        if spent && self.is_many(complex, id) {
            return Ok(());
        }
        if element.nillable {
            let tag = self.tag(id);
            self.nil(&tag);
            return Ok(());
        }
        let model = self.model;
        if let Some(default) = &element.default {
            let tag = self.qualified(&tag_name);
            let default = Data::Text(default.clone());
            return self.value(&tag, element.kind, &default, Tag::default());
        }
        // A structure without required parts is there when it is empty.
        if let TypeKind::Complex(inner) = &model.kind(element.kind).kind
            && !model.kind(element.kind).is_abstract
            && !element.is_abstract
            && let Content::Empty = inner.content
            && inner.attributes.iter().all(|attribute| !attribute.required)
        {
            let tag = self.qualified(&tag_name);
            self.open(&tag, &Tag::default());
            self.close(&tag);
            return Ok(());
        }
        self.within(PathPart::Name(tag_name.local), |writer| {
            let given = if null {
                "null, which may not stand here"
            } else {
                "required, and not given"
            };
            Err(writer.fail(given))
        })
    }

    /// What no declaration names goes where the schema lets anything stand: by a global element of its name, else as it is.
    fn wildcard(&mut self, complex: &'a Complex, members: &mut Members) -> Result<(), WriteError> {
        for at in 0..members.entries.len() {
            let Some(entry) = members.entries.get_mut(at) else {
                continue;
            };
            let declared = complex.fields.iter().any(|field| {
                footbridge_mapping::data::same_name(
                    &self.model.element(field.element).name.local,
                    &entry.name,
                )
            });
            if entry.used > 0 || declared || entry.name.starts_with(['@', '$']) {
                continue;
            }
            let items = match entry.data.items() {
                Some(items) => items.into_owned(),
                None => vec![entry.data.clone()],
            };
            entry.used = items.len().max(1);
            let name = entry.name.clone();
            for item in items {
                if item.is_null() {
                    continue;
                }
                if let Data::Xml(xml) = &item {
                    self.check_xml(xml)?;
                    self.out.push_str(xml);
                    continue;
                }
                let global = self.model.global_named(&name);
                self.within(PathPart::Name(name.clone()), |writer| match global {
                    Some(id) => writer.element(id, &item),
                    None => {
                        writer.check_name(&name)?;
                        let tag = writer.qualified(&Name::new("", name.clone()));
                        let any = writer.any_type();
                        writer.value(&tag, any, &item, Tag::default())
                    }
                })?;
            }
        }
        Ok(())
    }
}

fn emptiable(particle: &Particle, depth: usize) -> bool {
    if particle.min == 0 || depth > 64 {
        return true;
    }
    match &particle.term {
        Term::Element(_) => false,
        Term::Sequence(inner) | Term::All(inner) => {
            inner.iter().all(|particle| emptiable(particle, depth + 1))
        }
        Term::Choice(inner) => inner.iter().any(|particle| emptiable(particle, depth + 1)),
        Term::Any(_) => true,
    }
}

fn names_of(writer: &Writer<'_>, particle: &Particle, names: &mut Vec<String>, depth: usize) {
    if depth > 64 || names.len() > 20 {
        return;
    }
    match &particle.term {
        Term::Element(id) => names.extend(
            writer
                .candidates(*id)
                .map(|id| format!("`{}`", writer.model.element(id).name.local)),
        ),
        Term::Sequence(inner) | Term::All(inner) | Term::Choice(inner) => {
            for particle in inner {
                names_of(writer, particle, names, depth + 1);
            }
        }
        Term::Any(_) => {}
    }
}
