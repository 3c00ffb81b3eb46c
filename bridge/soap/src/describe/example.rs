//! Filled values: valid by their schema as far as patterns allow.

use std::fmt::Write as _;
use std::sync::Arc;

use footbridge_mapping::data::{Data, Record};
use indexmap::IndexMap;
use jiff::civil;

use super::MAX_DEPTH;
use crate::model::{
    Builtin, Complex, Content, Facets, Message, Model, Particle, Term, TypeId, TypeKind, Variety,
};

/// A filled body of a message: valid by its schema as far as patterns allow, one item in each list, the first branch of
/// each choice.
pub fn example(model: &Model, message: &Message) -> Data {
    let mut filling = Filling {
        model,
        within: Vec::new(),
    };
    if let Some(part) = model.wrapper(message) {
        return filling.value(model.element(part.element).kind, "value");
    }
    let members = message
        .parts
        .iter()
        .map(|part| {
            let element = model.element(part.element);
            (
                element.name.local.clone(),
                filling.member(element.kind, &element.name.local),
            )
        })
        .collect();
    object(None, members)
}

pub(super) struct Filling<'m> {
    model: &'m Model,
    /// Types that are being filled, so that recursion ends.
    within: Vec<TypeId>,
}

impl Filling<'_> {
    /// The value of a member. An element around a list is the list itself, as clients give it.
    fn member(&mut self, id: TypeId, name: &str) -> Data {
        let value = self.value(id, name);
        let TypeKind::Complex(complex) = &self.model.kind(id).kind else {
            return value;
        };
        let [only] = complex.fields.as_slice() else {
            return value;
        };
        let bare = complex.attributes.is_empty() && !complex.any && !complex.mixed;
        match &value {
            Data::Object(record) if bare && only.many && record.members.len() == 1 => record
                .members
                .values()
                .find(|member| matches!(member, Data::List(_)))
                .cloned()
                .unwrap_or(value),
            _ => value,
        }
    }

    fn value(&mut self, id: TypeId, name: &str) -> Data {
        if self.within.len() > MAX_DEPTH {
            return Data::Null;
        }
        let model = self.model;
        let kind = model.kind(id);
        if kind.is_abstract {
            // The first type that is not.
            let derived = model.types().find(|(other, kind)| {
                !kind.is_abstract && *other != id && model.derives(*other, id)
            });
            return match derived {
                Some((derived, _)) if !self.within.contains(&derived) => {
                    self.within.push(id);
                    let value = self.value(derived, name);
                    self.within.pop();
                    with_type(value, model, derived)
                }
                Some(_) | None => Data::Null,
            };
        }
        self.within.push(id);
        let value = match &kind.kind {
            TypeKind::Simple(simple) => self.simple(simple, name),
            TypeKind::Complex(complex) => {
                let mut members = IndexMap::new();
                match &complex.content {
                    Content::Empty => {}
                    Content::Simple(inner) => {
                        members.insert(Arc::from("value"), self.value(*inner, name));
                    }
                    Content::Elements(particle) => {
                        self.particle(particle, complex, &mut members, 0);
                    }
                }
                for attribute in &complex.attributes {
                    let value = match &attribute.default {
                        Some(default) => Data::Text(default.clone()),
                        None => self.value(attribute.kind, &attribute.member),
                    };
                    members.insert(attribute.member.clone(), value);
                }
                object(None, members)
            }
            TypeKind::Array {
                item, dimensions, ..
            } => {
                let mut value = self.value(*item, name);
                for _ in 0..(*dimensions).clamp(1, 8) {
                    value = Data::List(vec![value].into());
                }
                value
            }
            TypeKind::Map => object(
                None,
                IndexMap::from([(Arc::from("key"), Data::text("value"))]),
            ),
            TypeKind::Any => Data::text(name),
        };
        self.within.pop();
        value
    }

    fn particle(
        &mut self,
        particle: &Particle,
        complex: &Complex,
        members: &mut IndexMap<Arc<str>, Data>,
        depth: usize,
    ) {
        if depth > 64 {
            return;
        }
        match &particle.term {
            Term::Element(id) => {
                let declared = self.model.element(*id);
                // Of a substitution group with an abstract head the first member.
                let id = if declared.is_abstract {
                    let concrete = declared
                        .substitutes
                        .iter()
                        .find(|id| !self.model.element(**id).is_abstract);
                    match concrete {
                        Some(concrete) => *concrete,
                        None => return,
                    }
                } else {
                    *id
                };
                let element = self.model.element(id);
                if self.within.contains(&element.kind)
                    && !matches!(self.model.kind(element.kind).kind, TypeKind::Simple(_))
                {
                    // A type within itself is left out, or null where it must be there.
                    if particle.min > 0 && element.nillable {
                        members.insert(element.name.local.clone(), Data::Null);
                    }
                    return;
                }
                let value = match &element.default {
                    Some(default) => Data::Text(default.clone()),
                    None => self.member(element.kind, &element.name.local),
                };
                let many = complex.fields.iter().any(|field| {
                    field.many && self.model.element(field.element).name.local == element.name.local
                });
                let value = if many {
                    let count = (particle.min as usize).clamp(1, 3);
                    Data::List(vec![value; count].into())
                } else {
                    value
                };
                members.entry(element.name.local.clone()).or_insert(value);
            }
            Term::Sequence(inner) | Term::All(inner) => {
                for particle in inner {
                    self.particle(particle, complex, members, depth + 1);
                }
            }
            Term::Choice(inner) => {
                if let Some(first) = inner
                    .iter()
                    .find(|particle| !matches!(particle.term, Term::Any(_)))
                {
                    self.particle(first, complex, members, depth + 1);
                }
            }
            Term::Any(_) => {}
        }
    }

    fn simple(&mut self, simple: &crate::model::Simple, name: &str) -> Data {
        if let Some(word) = simple.enumeration.first() {
            return Data::Text(word.clone());
        }
        match &simple.variety {
            Variety::Atomic(builtin) => {
                patterned(&simple.facets).unwrap_or_else(|| sample(*builtin, &simple.facets, name))
            }
            Variety::List(item) => Data::List(vec![self.value(*item, "item")].into()),
            Variety::Union(members) => match members.first() {
                Some(first) => self.value(*first, name),
                None => Data::text(name),
            },
        }
    }
}

/// A text of the form that patterns ask for, of a length that is allowed.
fn patterned(facets: &Facets) -> Option<Data> {
    let last = facets.patterns.last()?;
    let fits = |text: &String| {
        let length = text.chars().count();
        facets.min_length.is_none_or(|least| length >= least)
            && facets.max_length.is_none_or(|most| length <= most)
            && facets.patterns.iter().all(|pattern| pattern.matches(text))
    };
    let text = [1, 0, 2, 3, 4, 5, 6, 8, 9, 10, 12, 16, 20, 32, 36]
        .into_iter()
        .map(|times| last.example(times))
        .find(fits)?;
    Some(Data::Text(text.into()))
}

pub(super) fn sample(builtin: Builtin, facets: &Facets, name: &str) -> Data {
    match builtin {
        Builtin::Text | Builtin::Token | Builtin::Any => {
            let mut text = name.to_owned();
            if let Some(most) = facets.max_length {
                text = text.chars().take(most.max(1)).collect();
            }
            while facets
                .min_length
                .is_some_and(|least| text.chars().count() < least.min(1_000))
            {
                text.push('x');
            }
            Data::Text(text.into())
        }
        Builtin::QName => Data::text("name"),
        Builtin::Boolean => Data::Bool(true),
        Builtin::Decimal => number(facets, "1.5"),
        Builtin::Integer(from, to) => {
            let mut value = 1_i128
                .clamp(from.unwrap_or(i128::MIN), to.unwrap_or(i128::MAX))
                .to_string();
            if let Data::Decimal(bounded) = number(facets, &value) {
                value = bounded.split('.').next().unwrap_or_default().to_owned();
            }
            Data::Text(value.into())
        }
        Builtin::Float | Builtin::Double => match number(facets, "1.5") {
            Data::Decimal(text) => Data::Number(text.parse().unwrap_or(1.5)),
            other => other,
        },
        // One moment for all examples, so that they can be compared.
        Builtin::DateTime => Data::Date(1_795_167_000_000.0),
        Builtin::Date => Data::Day(civil::date(2026, 11, 20)),
        Builtin::Time => Data::text("09:30:00"),
        Builtin::Duration => Data::text("PT1H"),
        Builtin::Year => Data::Int(2026),
        Builtin::Gregorian => Data::text("2026-11"),
        Builtin::Base64 | Builtin::Hex => {
            let least = facets.min_length.unwrap_or(2).min(1_000);
            let most = facets.max_length.unwrap_or(usize::MAX);
            Data::Bytes(vec![0xab; least.max(2).min(most)].into())
        }
    }
}

/// The number, or the bound that it is beyond.
pub(super) fn number(facets: &Facets, wanted: &str) -> Data {
    let wanted: f64 = wanted.parse().unwrap_or(1.0);
    let bound =
        |bound: &Option<Arc<str>>| bound.as_ref().and_then(|bound| bound.parse::<f64>().ok());
    let least = bound(&facets.min).or_else(|| bound(&facets.above).map(|above| above + 1.0));
    let most = bound(&facets.max).or_else(|| bound(&facets.below).map(|below| below - 1.0));
    let mut value = wanted;
    if let Some(least) = least {
        value = value.max(least);
    }
    if let Some(most) = most {
        value = value.min(most);
    }
    let digits = facets.fraction_digits.unwrap_or(6);
    if digits == 0 {
        value = value.trunc();
    }
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write!(text, "{value}");
    Data::Decimal(text.into())
}

pub(super) fn object(alias: Option<Arc<str>>, members: IndexMap<Arc<str>, Data>) -> Data {
    Data::Object(Arc::new(Record { alias, members }))
}

/// The `$type` that says which type stands in the place of an abstract one.
pub(super) fn with_type(value: Data, model: &Model, id: TypeId) -> Data {
    match (value, &model.kind(id).name) {
        (Data::Object(record), Some(name)) => {
            let mut members =
                IndexMap::from([(Arc::from("$type"), Data::Text(name.local.clone()))]);
            members.extend(
                record
                    .members
                    .iter()
                    .map(|(name, data)| (name.clone(), data.clone())),
            );
            object(None, members)
        }
        (value, _) => value,
    }
}
