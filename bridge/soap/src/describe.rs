//! What a WSDL has, in the words of the mapping language: for people, for `check`, importers and mocks.

use std::fmt::Write as _;
use std::sync::Arc;

use footbridge_mapping::data::{Data, Record, same_name};
use indexmap::IndexMap;
use jiff::civil;

use crate::model::{
    Builtin, Complex, Content, ElementId, Encoding, Facets, Field, Message, Model, Operation,
    OperationStyle, Particle, Port, Term, TypeId, TypeKind, Variety,
};

/// Structures within each other in an example.
const MAX_DEPTH: usize = 12;

/// An operation, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribedOperation {
    /// Its name.
    pub name: Arc<str>,
    /// What its author says of it.
    pub documentation: Option<Arc<str>>,
    /// `document/literal`, `rpc/encoded` …
    pub style: String,
    /// `soapAction`
    pub action: Arc<str>,
    /// Its arguments, in the order of positions.
    pub arguments: Vec<DescribedMember>,
    /// What it answers: a slot; `void` for one-way operations.
    pub returns: String,
    /// Header parts of the request.
    pub headers: Vec<DescribedMember>,
    /// Names of its faults and of their detail's elements.
    pub faults: Vec<(Arc<str>, Arc<str>)>,
    /// Filled arguments, as they could be given.
    pub example: Data,
}

/// A typed name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedMember {
    /// Its name.
    pub name: Arc<str>,
    /// A slot's type: `string`, `Line[]`, `red|green?`.
    pub kind: String,
}

/// A type with fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedType {
    /// Its local name.
    pub name: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// The type it extends.
    pub base: Option<Arc<str>>,
    /// Whether only derived types have values.
    pub is_abstract: bool,
    /// Its fields, those of its base among them.
    pub fields: Vec<DescribedMember>,
}

/// The operations of a port.
pub fn operations(model: &Model, port: &Port) -> Vec<DescribedOperation> {
    port.operations
        .iter()
        .map(|operation| self::operation(model, operation))
        .collect()
}

/// One operation.
pub fn operation(model: &Model, operation: &Operation) -> DescribedOperation {
    let style = match operation.style {
        OperationStyle::Document => "document",
        OperationStyle::Rpc => "rpc",
    };
    let encoding = match operation.input.encoding {
        Encoding::Literal => "literal",
        Encoding::Encoded => "encoded",
    };
    let element = |id: ElementId, name: &Arc<str>| DescribedMember {
        name: name.clone(),
        kind: slot(
            model,
            model.element(id).kind,
            false,
            model.element(id).nillable,
        ),
    };
    DescribedOperation {
        name: operation.name.clone(),
        documentation: operation.documentation.clone(),
        style: format!("{style}/{encoding}"),
        action: operation.action.clone(),
        arguments: model
            .members(&operation.input)
            .iter()
            .map(|field| member(model, field))
            .collect(),
        returns: returns(model, operation),
        headers: operation
            .input
            .headers
            .iter()
            .map(|header| element(header.part.element, &header.part.name))
            .collect(),
        faults: operation
            .faults
            .iter()
            .map(|(name, part)| (name.clone(), model.element(part.element).name.local.clone()))
            .collect(),
        example: example(model, &operation.input),
    }
}

/// The types with fields that the WSDL declares under a name.
pub fn types(model: &Model) -> Vec<DescribedType> {
    model
        .types()
        .filter_map(|(_, kind)| {
            let name = kind.name.as_ref()?;
            let TypeKind::Complex(complex) = &kind.kind else {
                return None;
            };
            Some(DescribedType {
                name: name.local.clone(),
                namespace: name.namespace.clone(),
                base: kind
                    .base
                    .and_then(|base| model.kind(base).name.as_ref())
                    .map(|name| name.local.clone()),
                is_abstract: kind.is_abstract,
                fields: fields(model, complex),
            })
        })
        .collect()
}

/// The type of a value in the notation of slots.
pub fn slot(model: &Model, id: TypeId, many: bool, null: bool) -> String {
    let mut text = base(model, id, 0);
    if many {
        text.push_str("[]");
    }
    if null {
        text.push('?');
    }
    text
}

/// What an operation answers, in the notation of slots: the only child of its wrapper itself.
pub fn returns(model: &Model, operation: &Operation) -> String {
    let Some(output) = &operation.output else {
        return "void".to_owned();
    };
    match model.members(output).as_slice() {
        [] => "void".to_owned(),
        [only] => member(model, only).kind,
        _ => match output.parts.as_slice() {
            [part] => slot(model, model.element(part.element).kind, false, false),
            _ => "any".to_owned(),
        },
    }
}

/// The place that a path leads to, relative to the inside of a message's wrapper, whose only child may be left out:
/// `history.ticks` of `returns: Tick[] from history.ticks`. The type there and whether it is a list; `None` where the
/// path leads nowhere, or could mean two places. What is of any type has whatever the path says.
pub fn place(model: &Model, message: &Message, path: &[&str]) -> Option<(TypeId, bool)> {
    let members = model.members(message);
    let direct = follow(model, &members, path);
    let [only] = members.as_slice() else {
        return direct;
    };
    let element = model.element(only.element);
    let below = match path {
        [] => Some((element.kind, only.many)),
        path => match &model.kind(element.kind).kind {
            TypeKind::Complex(complex) if !only.many => follow(model, &complex.fields, path),
            TypeKind::Any => Some((element.kind, false)),
            TypeKind::Complex(_) | TypeKind::Simple(_) | TypeKind::Array { .. } | TypeKind::Map => {
                None
            }
        },
    };
    match (direct, below) {
        (Some(_), Some(_)) => None,
        (one, other) => one.or(other),
    }
}

fn follow(model: &Model, members: &[Field], path: &[&str]) -> Option<(TypeId, bool)> {
    let (first, rest) = path.split_first()?;
    let field = members
        .iter()
        .find(|field| same_name(&model.element(field.element).name.local, first))?;
    let mut at = (model.element(field.element).kind, field.many);
    for name in rest {
        at = match &model.kind(at.0).kind {
            TypeKind::Any => (at.0, false),
            _ if at.1 => return None,
            TypeKind::Complex(complex) => {
                match complex
                    .fields
                    .iter()
                    .find(|field| same_name(&model.element(field.element).name.local, name))
                {
                    Some(field) => (model.element(field.element).kind, field.many),
                    None => {
                        let attribute = complex
                            .attributes
                            .iter()
                            .find(|attribute| same_name(&attribute.member, name))?;
                        (attribute.kind, false)
                    }
                }
            }
            TypeKind::Simple(_) | TypeKind::Array { .. } | TypeKind::Map => return None,
        };
    }
    Some(at)
}

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
                part.name.clone(),
                filling.value(element.kind, &element.name.local),
            )
        })
        .collect();
    object(None, members)
}

fn member(model: &Model, field: &Field) -> DescribedMember {
    let element = model.element(field.element);
    DescribedMember {
        name: element.name.local.clone(),
        kind: slot(
            model,
            element.kind,
            field.many,
            element.nillable || field.optional && !field.many,
        ),
    }
}

fn fields(model: &Model, complex: &Complex) -> Vec<DescribedMember> {
    let mut fields: Vec<DescribedMember> = Vec::new();
    if let Content::Simple(kind) = complex.content {
        fields.push(DescribedMember {
            name: "value".into(),
            kind: slot(model, kind, false, false),
        });
    }
    fields.extend(complex.fields.iter().map(|field| member(model, field)));
    fields.extend(complex.attributes.iter().map(|attribute| DescribedMember {
        name: attribute.member.clone(),
        kind: slot(model, attribute.kind, false, !attribute.required),
    }));
    fields
}

fn base(model: &Model, id: TypeId, depth: usize) -> String {
    if depth > MAX_DEPTH {
        return "any".to_owned();
    }
    let kind = model.kind(id);
    match &kind.kind {
        TypeKind::Simple(simple) => match &simple.variety {
            Variety::Atomic(builtin) => {
                let words = !simple.enumeration.is_empty()
                    && simple.enumeration.len() <= 20
                    && simple.enumeration.iter().all(|word| is_word(word));
                if words && simple.enumeration.len() > 1 {
                    return simple.enumeration.join("|");
                }
                atomic(*builtin).to_owned()
            }
            Variety::List(item) => format!("{}[]", base(model, *item, depth + 1)),
            Variety::Union(_) => "any".to_owned(),
        },
        TypeKind::Complex(complex) => {
            if let [only] = complex.fields.as_slice()
                && only.many
                && complex.attributes.is_empty()
                && !complex.any
            {
                return format!(
                    "{}[]",
                    base(model, model.element(only.element).kind, depth + 1)
                );
            }
            match (&kind.name, &complex.content) {
                (_, Content::Simple(inner)) if complex.attributes.is_empty() => {
                    base(model, *inner, depth + 1)
                }
                (Some(name), _) => name.local.to_string(),
                (None, _) => "any".to_owned(),
            }
        }
        TypeKind::Array {
            item, dimensions, ..
        } => {
            format!(
                "{}{}",
                base(model, *item, depth + 1),
                "[]".repeat((*dimensions).clamp(1, 8))
            )
        }
        TypeKind::Map | TypeKind::Any => "any".to_owned(),
    }
}

fn is_word(word: &str) -> bool {
    word.starts_with(|first: char| first.is_alphabetic())
        && word
            .chars()
            .all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '$'))
}

fn atomic(builtin: Builtin) -> &'static str {
    match builtin {
        Builtin::Text
        | Builtin::Token
        | Builtin::QName
        | Builtin::Duration
        | Builtin::Gregorian => "string",
        Builtin::Boolean => "bool",
        Builtin::Decimal => "decimal",
        Builtin::Integer(Some(from), Some(to))
            if from >= i32::MIN as i128 && to <= i32::MAX as i128 =>
        {
            "int"
        }
        Builtin::Year => "int",
        Builtin::Integer(..) => "long",
        Builtin::Float | Builtin::Double => "number",
        Builtin::DateTime => "date",
        Builtin::Date => "day",
        Builtin::Time => "time",
        Builtin::Base64 | Builtin::Hex => "bytes",
        Builtin::Any => "any",
    }
}

struct Filling<'m> {
    model: &'m Model,
    /// Types that are being filled, so that recursion ends.
    within: Vec<TypeId>,
}

impl Filling<'_> {
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
                    None => self.value(element.kind, &element.name.local),
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
            Variety::Atomic(builtin) => sample(*builtin, &simple.facets, name),
            Variety::List(item) => Data::List(vec![self.value(*item, "item")].into()),
            Variety::Union(members) => match members.first() {
                Some(first) => self.value(*first, name),
                None => Data::text(name),
            },
        }
    }
}

fn sample(builtin: Builtin, facets: &Facets, name: &str) -> Data {
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
fn number(facets: &Facets, wanted: &str) -> Data {
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

fn object(alias: Option<Arc<str>>, members: IndexMap<Arc<str>, Data>) -> Data {
    Data::Object(Arc::new(Record { alias, members }))
}

/// The `$type` that says which type stands in the place of an abstract one.
fn with_type(value: Data, model: &Model, id: TypeId) -> Data {
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
