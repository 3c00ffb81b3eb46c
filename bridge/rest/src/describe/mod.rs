//! What a document has, in the words of the mapping language: for people, for `check`, importers and mocks.

mod example;
mod names;

use std::sync::Arc;

use footbridge_mapping::description::{DescribedOperation, DescribedType, Description};
use footbridge_mapping::model::Argument;
use footbridge_mapping::slot::{Constant, Range, Scalar, Slot, Type};
use indexmap::IndexMap;

pub use example::{Way, example, example_arguments, example_reply, to_data};

use crate::model::{Kind, Model, Operation, Rest, Status, TypeId};
use crate::request;
use names::Names;

/// A document as the compiler of mappings asks for it.
#[derive(Debug)]
pub struct Document {
    name: String,
    model: Arc<Model>,
    names: Names,
}

impl Document {
    /// A model that is called `name` in sentences: `orders.yaml`.
    pub fn new(name: impl Into<String>, model: Arc<Model>) -> Self {
        Self {
            name: name.into(),
            names: Names::of(&model),
            model,
        }
    }

    /// What it describes.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    fn describe(&self, operation: &Operation) -> DescribedOperation {
        let model = &self.model;
        let arguments = request::arguments(model, operation)
            .into_iter()
            .map(|argument| Argument {
                name: argument.name,
                slot: self.slot(argument.kind, !argument.required),
            })
            .collect();
        let content = operation
            .success()
            .and_then(|response| response.content(None));
        let returns = match content {
            None => Type::Void,
            // What a document promises, services forget: null is let pass.
            Some(content) => nullable(self.kind_of(content.kind)),
        };
        let headers = operation.success().map(|response| {
            response
                .headers
                .iter()
                .map(|(name, id)| (name.clone(), nullable(self.kind_of(*id))))
                .collect()
        });
        let faults = operation
            .responses
            .iter()
            .filter_map(|(status, _)| match status {
                Status::Code(code) if !(200..300).contains(code) => Some(code.to_string().into()),
                Status::Class(class) if *class != 2 => Some(format!("{class}xx").into()),
                Status::Code(_) | Status::Class(_) | Status::Other => None,
            })
            .collect();
        DescribedOperation {
            name: operation.name.clone(),
            arguments,
            body: returns.clone(),
            returns: Slot::of(returns),
            headers: headers.unwrap_or_default(),
            faults,
            writes: !operation.template.method.reads(),
            documentation: operation.documentation.clone(),
        }
    }

    /// An argument's slot: `?` where it need not be given, the document's default where it is one of the language.
    fn slot(&self, id: TypeId, optional: bool) -> Slot {
        let kind = self.kind_of(id);
        let null = optional || self.model.takes_null(id);
        let default = optional
            .then(|| self.model.kind(self.model.resolve(id)).default.as_ref())
            .flatten()
            .and_then(|default| constant(default, &kind));
        let slot = Slot::of(if null && default.is_none() {
            nullable(kind)
        } else {
            kind
        });
        Slot { default, ..slot }
    }

    /// The type of values in the notation of slots, without `?`.
    pub fn kind_of(&self, id: TypeId) -> Type {
        let model = &self.model;
        let resolved = model.resolve(id);
        let kind = model.kind(resolved);
        match &kind.kind {
            Kind::Any | Kind::Same(_) => Type::Any,
            Kind::Bool => Type::Scalar(Scalar::Bool),
            Kind::Integer { small, bounds, .. } => {
                let least = bounds
                    .from
                    .as_ref()
                    .map(|(from, _)| from.parse::<i32>().is_ok());
                let most = bounds.to.as_ref().map(|(to, _)| to.parse::<i32>().is_ok());
                if *small || least == Some(true) && most == Some(true) {
                    return Type::Scalar(Scalar::Int);
                }
                Type::Scalar(Scalar::Long)
            }
            Kind::Number { exact: true, .. } => Type::Scalar(Scalar::Decimal),
            Kind::Number { .. } => Type::Scalar(Scalar::Number),
            Kind::Text { .. } => match words(kind.words.as_deref()) {
                Some(words) => Type::Words(words),
                None => Type::Scalar(Scalar::String),
            },
            Kind::DateTime => Type::Scalar(Scalar::Date),
            Kind::Day => Type::Scalar(Scalar::Day),
            Kind::Time => Type::Scalar(Scalar::String),
            Kind::Base64 | Kind::Binary => Type::Scalar(Scalar::Bytes),
            Kind::List { item, length, .. } => {
                let kind = self.kind_of_item(*item);
                let bound = |count: Option<usize>| count.map(|count| count.to_string().into());
                let range = Range {
                    from: bound(length.from),
                    to: bound(length.to),
                };
                Type::List(Box::new(kind), range)
            }
            Kind::Object(_) | Kind::Choice(_) => match self.names.of_type(resolved) {
                Some(name) => Type::Named(name.clone()),
                None => Type::Any,
            },
        }
    }

    fn kind_of_item(&self, item: TypeId) -> Type {
        let kind = self.kind_of(item);
        if self.model.takes_null(item) {
            nullable(kind)
        } else {
            kind
        }
    }

    fn described(&self, id: TypeId) -> Option<DescribedType> {
        let model = &self.model;
        let mut described = DescribedType::default();
        match &model.kind(id).kind {
            Kind::Object(object) => {
                described.open = object.rest != Rest::None && object.fields.is_empty()
                    || matches!(object.rest, Rest::Of(_));
                described.chooses = object.by.is_some();
                for (name, field) in &object.fields {
                    let kind = nullable(self.kind_of(field.kind));
                    described.fields.insert(name.clone(), kind);
                }
            }
            // Whichever it is: the fields of all.
            Kind::Choice(choice) => {
                let tagged = choice.by.iter().flat_map(|by| by.of.values());
                for option in choice.of.iter().chain(tagged) {
                    match model.object(*option) {
                        Some(object) => {
                            for (name, field) in &object.fields {
                                let kind = nullable(self.kind_of(field.kind));
                                described.fields.entry(name.clone()).or_insert(kind);
                            }
                        }
                        None => described.open = true,
                    }
                }
            }
            _ => return None,
        }
        Some(described)
    }
}

impl Description for Document {
    fn document(&self) -> &str {
        &self.name
    }

    fn operations(&self) -> Vec<Arc<str>> {
        let operations = self.model.operations.iter();
        operations.map(|operation| operation.name.clone()).collect()
    }

    fn operation(&self, name: &str) -> Vec<DescribedOperation> {
        let found = self.model.operation(name);
        found
            .map(|operation| self.describe(operation))
            .into_iter()
            .collect()
    }

    fn request(&self, method: &str, path: &str) -> Option<DescribedOperation> {
        Some(self.describe(self.model.request(method, path)?))
    }

    fn kind(&self, name: &str) -> Option<DescribedType> {
        self.described(self.names.named(name)?)
    }

    fn kinds(&self) -> Vec<Arc<str>> {
        self.names.all().cloned().collect()
    }
}

fn nullable(kind: Type) -> Type {
    match kind {
        Type::Nullable(_) | Type::Any | Type::Void | Type::Hide => kind,
        Type::Scalar(_) | Type::Ranged(..) | Type::Words(_) | Type::Named(_) | Type::List(..) => {
            Type::Nullable(Box::new(kind))
        }
    }
}

/// A closed set of texts that the notation of slots can say.
fn words(words: Option<&[serde_json::Value]>) -> Option<Arc<[Arc<str>]>> {
    let words: Option<Vec<Arc<str>>> = words?
        .iter()
        .filter(|word| !word.is_null())
        .map(|word| word.as_str().filter(|word| is_word(word)).map(Arc::from))
        .collect();
    words
        .filter(|words| (2..=MOST_WORDS).contains(&words.len()))
        .map(Arc::from)
}

/// A set with more words helps nobody who reads a type.
const MOST_WORDS: usize = 40;

fn is_word(word: &str) -> bool {
    word.starts_with(|first: char| first.is_alphabetic())
        && word
            .chars()
            .all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '$'))
}

fn constant(default: &serde_json::Value, kind: &Type) -> Option<Constant> {
    match (default, kind) {
        (serde_json::Value::Bool(value), Type::Scalar(Scalar::Bool)) => {
            Some(Constant::Bool(*value))
        }
        (
            serde_json::Value::Number(number),
            Type::Scalar(Scalar::Int | Scalar::Long | Scalar::Number | Scalar::Decimal),
        ) => footbridge_mapping::decimal::normal(&number.to_string())
            .map(|number| Constant::Number(number.into())),
        (serde_json::Value::String(text), Type::Scalar(Scalar::String)) => {
            Some(Constant::Text(text.as_str().into()))
        }
        (serde_json::Value::String(text), Type::Words(words)) => words
            .iter()
            .any(|word| **word == *text)
            .then(|| Constant::Text(text.as_str().into())),
        _ => None,
    }
}

/// The members of an object type, for people: name and slot.
pub fn fields(document: &Document, name: &str) -> Option<IndexMap<Arc<str>, Type>> {
    Some(document.kind(name)?.fields)
}
