//! What a WSDL has, in the words of the mapping language: for people, for `check`, importers and mocks.

mod document;
mod example;

pub use document::Document;
pub use example::example;

use std::sync::Arc;

use footbridge_mapping::data::{Data, same_name};

use crate::model::{
    Builtin, Complex, Content, ElementId, Encoding, Field, Message, Model, Operation,
    OperationStyle, Port, TypeId, TypeKind, Variety,
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
    // A choice of words takes what follows for its last word alone.
    if (many || null) && text.contains('|') {
        text = format!("({text})");
    }
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
