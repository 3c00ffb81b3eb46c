//! A WSDL as the compiler of mappings sees it: operations, arguments, replies and types as slots.
//!
//! A type without a name is called by its place, `GetQuoteResponse/history`; the parts of a message that stand in no
//! element of their own are together called `GetQuote/answer`.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use footbridge_mapping::description::{DescribedOperation, DescribedType, Description};
use footbridge_mapping::model::Argument;
use footbridge_mapping::slot::{PathPart, Range, Scalar, Slot, Type};
use indexmap::IndexMap;

use super::is_word;
use crate::model::{
    Builtin, Complex, Content, Field, Message, Model, Operation, Port, TypeId, TypeKind, Variety,
};

/// Lists and simple types within each other.
const MAX_DEPTH: usize = 12;

/// One port of a WSDL, with names for all its types.
#[derive(Debug)]
pub struct Document {
    model: Arc<Model>,
    port: Port,
    name: Arc<str>,
    /// What types of objects are called.
    names: HashMap<TypeId, Arc<str>>,
    kinds: IndexMap<Arc<str>, Members>,
    operations: IndexMap<Arc<str>, Vec<Arc<Operation>>>,
}

/// Where the fields of a type come from.
#[derive(Clone, Debug)]
enum Members {
    Type(TypeId),
    Message(Vec<Field>),
}

impl Document {
    /// Names the types of a model. `name` is how the document is called in sentences, `port` that of the mapping.
    pub fn new(model: &Arc<Model>, port: &Port, name: impl Into<Arc<str>>) -> Self {
        let mut document = Self {
            model: Arc::clone(model),
            port: port.clone(),
            name: name.into(),
            names: HashMap::new(),
            kinds: IndexMap::new(),
            operations: IndexMap::new(),
        };
        for (id, kind) in model.types() {
            if let (Some(name), TypeKind::Complex(_)) = (&kind.name, &kind.kind) {
                // Types of the service go before built-in ones of the same name, which were declared first.
                document.names.insert(id, Arc::clone(&name.local));
                document
                    .kinds
                    .insert(Arc::clone(&name.local), Members::Type(id));
            }
        }
        for operation in port.operations.iter() {
            document
                .operations
                .entry(Arc::clone(&operation.name))
                .or_default()
                .push(Arc::clone(operation));
        }
        document.name_places();
        document
    }

    /// Operations of a name, in the order of the port.
    pub fn named(&self, name: &str) -> &[Arc<Operation>] {
        self.operations.get(name).map_or(&[], Vec::as_slice)
    }

    /// The port.
    pub fn port(&self) -> &Port {
        &self.port
    }

    /// The model.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Gives names to types that have none, by the place where they are met first.
    fn name_places(&mut self) {
        let mut open: VecDeque<(TypeId, Arc<str>)> = VecDeque::new();
        for operation in self.port.operations.iter() {
            let messages = [Some(&operation.input), operation.output.as_ref()];
            for message in messages.into_iter().flatten() {
                let headers = message.headers.iter().map(|header| &header.part);
                for part in message.parts.iter().chain(headers) {
                    let element = self.model.element(part.element);
                    open.push_back((element.kind, Arc::clone(&element.name.local)));
                }
            }
            for (_, part) in &operation.faults {
                let element = self.model.element(part.element);
                open.push_back((element.kind, Arc::clone(&element.name.local)));
            }
            if let Some(output) = &operation.output
                && self.model.wrapper(output).is_none()
            {
                let name: Arc<str> = format!("{}/answer", operation.name).into();
                self.kinds
                    .insert(name, Members::Message(self.model.members(output)));
            }
        }
        let named: Vec<(TypeId, Arc<str>)> = self
            .names
            .iter()
            .map(|(id, name)| (*id, Arc::clone(name)))
            .collect();
        let mut seen = std::collections::HashSet::new();
        open.extend(named);
        while let Some((id, place)) = open.pop_front() {
            if !seen.insert(id) {
                continue;
            }
            match &self.model.kind(id).kind {
                TypeKind::Complex(complex) => {
                    let name = match self.names.get(&id) {
                        Some(name) => Arc::clone(name),
                        None => {
                            let name: Arc<str> = if place.contains('/') {
                                place
                            } else {
                                format!("{place}/").into()
                            };
                            self.names.insert(id, Arc::clone(&name));
                            self.kinds
                                .entry(Arc::clone(&name))
                                .or_insert(Members::Type(id));
                            name
                        }
                    };
                    let inside = name.trim_end_matches('/');
                    for field in &complex.fields {
                        let element = self.model.element(field.element);
                        open.push_back((
                            element.kind,
                            format!("{inside}/{}", element.name.local).into(),
                        ));
                    }
                }
                TypeKind::Array { item, .. } => open.push_back((*item, place)),
                TypeKind::Simple(_) | TypeKind::Map | TypeKind::Any => {}
            }
        }
    }

    /// The type of a value.
    fn kind_of(&self, id: TypeId, depth: usize) -> Type {
        if depth > MAX_DEPTH {
            return Type::Any;
        }
        match &self.model.kind(id).kind {
            TypeKind::Simple(simple) => match &simple.variety {
                Variety::Atomic(builtin) => {
                    let words = simple.enumeration.len() > 1
                        && simple.enumeration.iter().all(|word| is_word(word))
                        && matches!(builtin, Builtin::Text | Builtin::Token);
                    if words {
                        return Type::Words(simple.enumeration.iter().cloned().collect());
                    }
                    atomic(*builtin)
                }
                Variety::List(item) => list(self.kind_of(*item, depth + 1)),
                Variety::Union(_) => Type::Any,
            },
            TypeKind::Complex(complex) => {
                if let Some(only) = wrapped(complex) {
                    let item = self.model.element(only.element).kind;
                    return list(self.kind_of(item, depth + 1));
                }
                if let Content::Simple(inner) = complex.content
                    && complex.attributes.is_empty()
                {
                    return self.kind_of(inner, depth + 1);
                }
                self.names
                    .get(&id)
                    .map_or(Type::Any, |name| Type::Named(Arc::clone(name)))
            }
            TypeKind::Array {
                item, dimensions, ..
            } => {
                let mut kind = self.kind_of(*item, depth + 1);
                for _ in 0..(*dimensions).clamp(1, 8) {
                    kind = list(kind);
                }
                kind
            }
            TypeKind::Map | TypeKind::Any => Type::Any,
        }
    }

    /// The type of a field; one that need not be there may be null, but a list is a list for none.
    fn field(&self, field: &Field, argument: bool) -> Type {
        let element = self.model.element(field.element);
        let kind = self.kind_of(element.kind, 0);
        if field.many {
            let kind = list(kind);
            return if argument && field.optional {
                nullable(kind)
            } else {
                kind
            };
        }
        if element.nillable || field.optional || argument && element.default.is_some() {
            nullable(kind)
        } else {
            kind
        }
    }

    fn fields(&self, complex: &Complex) -> IndexMap<Arc<str>, Type> {
        let mut fields = IndexMap::new();
        if let Content::Simple(kind) = complex.content {
            fields.insert("value".into(), nullable(self.kind_of(kind, 0)));
        } else if complex.mixed {
            fields.insert("$text".into(), nullable(Type::Scalar(Scalar::String)));
        }
        for field in &complex.fields {
            let name = &self.model.element(field.element).name.local;
            fields.insert(Arc::clone(name), self.field(field, false));
        }
        for attribute in &complex.attributes {
            let kind = self.kind_of(attribute.kind, 0);
            let kind = if attribute.required {
                kind
            } else {
                nullable(kind)
            };
            fields.insert(Arc::clone(&attribute.member), kind);
        }
        fields
    }

    /// What an operation answers: the slot, and the type that its place is relative to.
    fn answer(&self, operation: &Operation) -> (Slot, Type) {
        let Some(output) = &operation.output else {
            return (Slot::of(Type::Void), Type::Void);
        };
        let body = self.body(operation, output);
        let members = self.model.members(output);
        let alone = match self.model.wrapper(output) {
            Some(part) => match &self.model.kind(self.model.element(part.element).kind).kind {
                TypeKind::Complex(complex) => {
                    complex.attributes.is_empty() && !complex.any && !complex.mixed
                }
                TypeKind::Simple(_) | TypeKind::Array { .. } | TypeKind::Map | TypeKind::Any => {
                    false
                }
            },
            None => true,
        };
        match members.as_slice() {
            [] => (Slot::of(Type::Void), body),
            [only] if alone => {
                let name = Arc::clone(&self.model.element(only.element).name.local);
                let slot = Slot {
                    from: Some([PathPart::Name(name)].into()),
                    ..Slot::of(self.field(only, false))
                };
                (slot, body)
            }
            _ => (Slot::of(body.clone()), body),
        }
    }

    fn body(&self, operation: &Operation, output: &Message) -> Type {
        match self.model.wrapper(output) {
            Some(part) => self
                .names
                .get(&self.model.element(part.element).kind)
                .map_or(Type::Any, |name| Type::Named(Arc::clone(name))),
            None => Type::Named(format!("{}/answer", operation.name).into()),
        }
    }

    fn describe(&self, operation: &Operation) -> DescribedOperation {
        let (returns, body) = self.answer(operation);
        let arguments = self
            .model
            .members(&operation.input)
            .iter()
            .map(|field| Argument {
                name: Arc::clone(&self.model.element(field.element).name.local),
                slot: Slot::of(self.field(field, true)),
            })
            .collect();
        let faults = operation
            .faults
            .iter()
            .flat_map(|(name, part)| {
                [
                    Arc::clone(name),
                    Arc::clone(&self.model.element(part.element).name.local),
                ]
            })
            .collect();
        DescribedOperation {
            name: Arc::clone(&operation.name),
            arguments,
            returns,
            body,
            headers: operation
                .input
                .headers
                .iter()
                .map(|header| {
                    let element = self.model.element(header.part.element);
                    (Arc::clone(&header.part.name), self.kind_of(element.kind, 0))
                })
                .collect(),
            faults,
            writes: true,
            documentation: operation.documentation.clone(),
        }
    }
}

impl Description for Document {
    fn document(&self) -> &str {
        &self.name
    }

    fn operations(&self) -> Vec<Arc<str>> {
        self.operations.keys().cloned().collect()
    }

    fn operation(&self, name: &str) -> Vec<DescribedOperation> {
        self.named(name)
            .iter()
            .map(|operation| self.describe(operation))
            .collect()
    }

    fn kind(&self, name: &str) -> Option<DescribedType> {
        match self.kinds.get(name)? {
            Members::Message(members) => Some(DescribedType {
                chooses: false,
                fields: members
                    .iter()
                    .map(|field| {
                        let name = &self.model.element(field.element).name.local;
                        (Arc::clone(name), self.field(field, false))
                    })
                    .collect(),
                base: None,
                open: false,
            }),
            Members::Type(id) => {
                let kind = self.model.kind(*id);
                let TypeKind::Complex(complex) = &kind.kind else {
                    return None;
                };
                Some(DescribedType {
                    chooses: false,
                    fields: self.fields(complex),
                    base: kind.base.and_then(|base| self.names.get(&base).cloned()),
                    open: complex.any,
                })
            }
        }
    }

    fn kinds(&self) -> Vec<Arc<str>> {
        self.kinds
            .keys()
            .filter(|name| !name.contains('/'))
            .cloned()
            .collect()
    }
}

/// The only field of a type that is nothing but a list (`ArrayOfX`).
fn wrapped(complex: &Complex) -> Option<&Field> {
    match complex.fields.as_slice() {
        [only] if only.many && complex.attributes.is_empty() && !complex.any && !complex.mixed => {
            Some(only)
        }
        _ => None,
    }
}

fn list(kind: Type) -> Type {
    Type::List(Box::new(kind), Range::default())
}

fn nullable(kind: Type) -> Type {
    match kind {
        Type::Nullable(_) | Type::Any | Type::Void => kind,
        kind => Type::Nullable(Box::new(kind)),
    }
}

fn atomic(builtin: Builtin) -> Type {
    let scalar = match builtin {
        Builtin::Text
        | Builtin::Token
        | Builtin::QName
        | Builtin::Duration
        | Builtin::Gregorian => Scalar::String,
        Builtin::Boolean => Scalar::Bool,
        Builtin::Decimal => Scalar::Decimal,
        Builtin::Integer(Some(from), Some(to))
            if from >= i128::from(i32::MIN) && to <= i128::from(i32::MAX) =>
        {
            Scalar::Int
        }
        Builtin::Integer(Some(from), Some(to))
            if from >= i128::from(i64::MIN) && to <= i128::from(i64::MAX) =>
        {
            Scalar::Long
        }
        // Beyond 64 bits only the engine counts.
        Builtin::Integer(..) | Builtin::Any => return Type::Any,
        Builtin::Year => Scalar::Int,
        Builtin::Float | Builtin::Double => Scalar::Number,
        Builtin::DateTime => Scalar::Date,
        Builtin::Date => Scalar::Day,
        Builtin::Time => Scalar::Time,
        Builtin::Base64 | Builtin::Hex => Scalar::Bytes,
    };
    Type::Scalar(scalar)
}
