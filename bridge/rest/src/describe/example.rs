//! Filled values: valid by their schema as far as patterns allow; the document's own examples where it has some.

use std::sync::Arc;

use footbridge_mapping::data::{Data, Record};
use indexmap::IndexMap;
use serde_json::{Map, Number, Value, json};

use crate::model::{Bounds, Content, Kind, Model, Operation, Rest, Status, TypeId};
use crate::request;

/// Objects and lists within each other in an example.
const MAX_DEPTH: usize = 12;

/// Arguments of an operation, filled.
pub fn example_arguments(model: &Model, operation: &Operation) -> IndexMap<Arc<str>, Data> {
    let body = operation.body.as_ref();
    request::arguments(model, operation)
        .into_iter()
        .map(|argument| {
            let own = body
                .filter(|body| body.argument == argument.name)
                .and_then(|body| body.preferred()?.example.clone());
            let value = own.unwrap_or_else(|| example(model, argument.kind, Way::Request));
            (argument.name, to_data(&value))
        })
        .collect()
}

/// The status, media type and body that an operation answers by its document: `status`, else the good answer.
pub fn example_reply(
    model: &Model,
    operation: &Operation,
    status: Option<u16>,
) -> Option<(u16, Option<String>, Vec<u8>)> {
    let response = match status {
        Some(status) => operation.response(status)?,
        None => operation.success()?,
    };
    let code = status.unwrap_or_else(|| {
        let found = operation
            .responses
            .iter()
            .find(|(_, known)| std::ptr::eq(known, response));
        match found {
            Some((Status::Code(code), _)) => *code,
            Some((Status::Class(class), _)) => class * 100,
            Some((Status::Other, _)) | None => 200,
        }
    });
    let Some(content) = response.content(None) else {
        return Some((code, None, Vec::new()));
    };
    Some((code, Some(content.media.to_string()), body(model, content)))
}

fn body(model: &Model, content: &Content) -> Vec<u8> {
    use crate::model::Form;
    let value = content
        .example
        .clone()
        .unwrap_or_else(|| example(model, content.kind, Way::Reply));
    match (content.media.form(), value) {
        (Form::Text | Form::Bytes, Value::String(text)) => text.into_bytes(),
        (Form::Xml, value) => xml(model, content.kind, &value).into_bytes(),
        (_, value) => serde_json::to_vec_pretty(&value).unwrap_or_default(),
    }
}

/// Which way a value goes: what is only read is not sent, what is only written does not come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the service.
    Request,
    /// From it.
    Reply,
}

/// A value of a type as JSON.
pub fn example(model: &Model, id: TypeId, way: Way) -> Value {
    Filling {
        model,
        way,
        within: Vec::new(),
    }
    .value(id, "text")
}

struct Filling<'m> {
    model: &'m Model,
    way: Way,
    /// Types that are being filled, so that recursion ends.
    within: Vec<TypeId>,
}

impl Filling<'_> {
    fn value(&mut self, id: TypeId, name: &str) -> Value {
        let model = self.model;
        for id in [id, model.resolve(id)] {
            let kind = model.kind(id);
            if let Some(example) = kind.example.as_ref().or(kind.default.as_ref()) {
                return example.clone();
            }
            if let Some(word) = kind.words.as_ref().and_then(|words| words.first()) {
                return word.clone();
            }
        }
        let id = model.resolve(id);
        if self.within.len() >= MAX_DEPTH || self.within.contains(&id) {
            return Value::Null;
        }
        self.within.push(id);
        let value = self.kind(id, name);
        self.within.pop();
        value
    }

    fn kind(&mut self, id: TypeId, name: &str) -> Value {
        let model = self.model;
        match &model.kind(id).kind {
            Kind::Any | Kind::Same(_) => Value::String(name.to_owned()),
            Kind::Bool => Value::Bool(true),
            Kind::Integer { bounds, .. } => number(bounds, true),
            Kind::Number { bounds, .. } => number(bounds, false),
            Kind::Text { length, pattern } => {
                let mut text = name.to_owned();
                if let Some(pattern) = pattern
                    && !pattern.fits(&text)
                {
                    // What fits the commonest patterns; a better one only the author knows.
                    let tries = [
                        "a",
                        "A1",
                        "abc",
                        "ABC",
                        "123",
                        "12345",
                        "A-1",
                        "a@b.example",
                    ];
                    text = tries
                        .iter()
                        .find(|text| pattern.fits(text))
                        .map_or(text, |text| (*text).to_owned());
                }
                let count = text.chars().count();
                if let Some(least) = length.from
                    && count < least
                {
                    text.push_str(&"x".repeat((least - count).min(1_000)));
                }
                if let Some(most) = length.to {
                    text = text.chars().take(most).collect();
                }
                Value::String(text)
            }
            Kind::DateTime => "2026-11-20T09:30:00Z".into(),
            Kind::Day => "2026-11-20".into(),
            Kind::Time => "09:30:00".into(),
            Kind::Base64 | Kind::Binary => "Zm9vdGJyaWRnZQ==".into(),
            Kind::List { item, length, .. } => {
                let count = length.from.unwrap_or(1).clamp(1, 3);
                let item = self.value(*item, name);
                // A list of what holds itself is empty.
                if item.is_null() && length.from.is_none() {
                    return json!([]);
                }
                Value::Array(vec![item; count])
            }
            Kind::Object(object) => {
                let mut members = Map::new();
                for (name, field) in &object.fields {
                    let kind = model.kind(field.kind);
                    let skipped = match self.way {
                        Way::Request => kind.read_only,
                        Way::Reply => kind.write_only,
                    };
                    if skipped {
                        continue;
                    }
                    let value = self.value(field.kind, name);
                    if value.is_null() && !field.required {
                        continue;
                    }
                    members.insert(name.to_string(), value);
                }
                if let Some(by) = &object.by
                    && let Some((word, _)) = by.of.iter().next()
                    && let Some(tag) = members.get_mut(&*by.property)
                {
                    *tag = Value::String(word.to_string());
                }
                if let Rest::Of(kind) = object.rest
                    && members.is_empty()
                {
                    members.insert("key".to_owned(), self.value(kind, "value"));
                }
                Value::Object(members)
            }
            Kind::Choice(choice) => {
                let tagged = choice.by.as_ref().and_then(|by| by.of.iter().next());
                let Some(first) = tagged
                    .map(|(_, id)| *id)
                    .or_else(|| choice.of.first().copied())
                else {
                    return Value::Null;
                };
                let mut value = self.value(first, name);
                if let (Some(by), Some((word, _)), Some(object)) =
                    (&choice.by, tagged, value.as_object_mut())
                {
                    object.insert(by.property.to_string(), word.as_ref().into());
                }
                value
            }
        }
    }
}

fn number(bounds: &Bounds, whole: bool) -> Value {
    let read = |bound: &Option<(Arc<str>, bool)>| {
        bound
            .as_ref()
            .and_then(|(text, excluded)| Some((text.parse::<f64>().ok()?, *excluded)))
    };
    let step = if whole { 1.0 } else { 0.5 };
    let value = match (read(&bounds.from), read(&bounds.to)) {
        (Some((from, excluded)), _) if from > 1.0 || excluded && from >= 1.0 => {
            from + if excluded { step } else { 0.0 }
        }
        (_, Some((to, excluded))) if to < 1.0 || excluded && to <= 1.0 => {
            to - if excluded { step } else { 0.0 }
        }
        _ => 1.0,
    };
    if whole && value.fract() == 0.0 && value.abs() < 9e15 {
        return (value as i64).into();
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// JSON as data.
pub fn to_data(value: &Value) -> Data {
    match value {
        Value::Null => Data::Null,
        Value::Bool(value) => Data::Bool(*value),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Data::Int(whole),
            (None, Some(double)) => Data::Number(double),
            (None, None) => Data::text(number.to_string()),
        },
        Value::String(text) => Data::text(text.as_str()),
        Value::Array(items) => Data::List(items.iter().map(to_data).collect()),
        Value::Object(members) => Data::Object(Arc::new(Record {
            alias: None,
            members: members
                .iter()
                .map(|(name, value)| (Arc::from(name.as_str()), to_data(value)))
                .collect(),
        })),
    }
}

/// XML of a value by its schema; what cannot be said so is empty.
fn xml(model: &Model, id: TypeId, value: &Value) -> String {
    request::xml_of(model, id, &to_data(value)).unwrap_or_default()
}
