//! A schema of whatever kind, as one struct: `openapiv3` has one for each type.

use std::sync::Arc;

use footbridge_mapping::decimal;
use openapiv3::{AnySchema, SchemaKind, Type as Declared};
use serde_json::Value;

use crate::model::Bounds;

/// A schema of whatever kind, as one struct.
pub(super) struct Flat {
    pub(super) any: AnySchema,
    pub(super) words: Vec<Value>,
    pub(super) bounds: Bounds,
}

pub(super) fn flat(kind: SchemaKind) -> Flat {
    let mut any = AnySchema::default();
    let mut words = Vec::new();
    let mut bounds = Bounds::default();
    match kind {
        SchemaKind::Type(Declared::String(text)) => {
            any.typ = Some("string".to_owned());
            any.format = format_name(&text.format);
            any.pattern = text.pattern;
            any.min_length = text.min_length;
            any.max_length = text.max_length;
            words = text
                .enumeration
                .into_iter()
                .map(|word| word.map_or(Value::Null, Value::String))
                .collect();
        }
        SchemaKind::Type(Declared::Number(number)) => {
            any.typ = Some("number".to_owned());
            any.format = format_name(&number.format);
            bounds = Bounds {
                from: number
                    .minimum
                    .and_then(exact)
                    .map(|from| (from, number.exclusive_minimum)),
                to: number
                    .maximum
                    .and_then(exact)
                    .map(|to| (to, number.exclusive_maximum)),
            };
            words = number
                .enumeration
                .into_iter()
                .map(|word| word.map_or(Value::Null, Value::from))
                .collect();
        }
        SchemaKind::Type(Declared::Integer(integer)) => {
            any.typ = Some("integer".to_owned());
            any.format = format_name(&integer.format);
            bounds = Bounds {
                from: integer
                    .minimum
                    .map(|from| (from.to_string().into(), integer.exclusive_minimum)),
                to: integer
                    .maximum
                    .map(|to| (to.to_string().into(), integer.exclusive_maximum)),
            };
            words = integer
                .enumeration
                .into_iter()
                .map(|word| word.map_or(Value::Null, Value::from))
                .collect();
        }
        SchemaKind::Type(Declared::Object(object)) => {
            any.typ = Some("object".to_owned());
            any.properties = object.properties;
            any.required = object.required;
            any.additional_properties = object.additional_properties;
        }
        SchemaKind::Type(Declared::Array(array)) => {
            any.typ = Some("array".to_owned());
            any.items = array.items;
            any.min_items = array.min_items;
            any.max_items = array.max_items;
            any.unique_items = Some(array.unique_items);
        }
        SchemaKind::Type(Declared::Boolean(boolean)) => {
            any.typ = Some("boolean".to_owned());
            words = boolean
                .enumeration
                .into_iter()
                .map(|word| word.map_or(Value::Null, Value::from))
                .collect();
        }
        SchemaKind::OneOf { one_of } => any.one_of = one_of,
        SchemaKind::AllOf { all_of } => any.all_of = all_of,
        SchemaKind::AnyOf { any_of } => any.any_of = any_of,
        SchemaKind::Not { not } => any.not = Some(not),
        SchemaKind::Any(schema) => {
            words = schema.enumeration.clone();
            let excluded = |excluded: Option<bool>| excluded == Some(true);
            bounds = Bounds {
                from: schema
                    .minimum
                    .and_then(exact)
                    .map(|from| (from, excluded(schema.exclusive_minimum))),
                to: schema
                    .maximum
                    .and_then(exact)
                    .map(|to| (to, excluded(schema.exclusive_maximum))),
            };
            any = schema;
        }
    }
    Flat { any, words, bounds }
}

fn exact(number: f64) -> Option<Arc<str>> {
    decimal::from_f64(number).map(Arc::from)
}

/// A format as it is written.
fn format_name<T: serde::Serialize>(
    format: &openapiv3::VariantOrUnknownOrEmpty<T>,
) -> Option<String> {
    match format {
        openapiv3::VariantOrUnknownOrEmpty::Item(item) => serde_json::to_value(item)
            .ok()
            .and_then(|name| name.as_str().map(str::to_owned)),
        openapiv3::VariantOrUnknownOrEmpty::Unknown(name) => Some(name.clone()),
        openapiv3::VariantOrUnknownOrEmpty::Empty => None,
    }
}
