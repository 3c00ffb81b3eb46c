//! `order`: one, or a choice of several.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::read::{Items, Named, Parsed, Read, Reader, keys};
use super::words::Computed;
use super::yaml::{Node, NodeValue, Scalar};

keys! {
    /// A choice of orders.
    pub struct OrderChoiceFile is "`order`" {
        /// The argument whose word chooses, `=sort`.
        by "by": Parsed<Computed>,
        /// The columns behind each word.
        of "of": Named<OrderColumnsFile>,
        /// A bool that turns every direction round, `=desc`.
        descending "descending": Parsed<Computed>,
        /// Columns that follow.
        then "then": OrderColumnsFile,
    }
    later []
}

/// One column or several, each with `asc` or `desc` behind it or nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderColumnsFile(pub Vec<Scalar>);

/// The forms of `order`.
#[derive(Clone, Debug, PartialEq)]
pub enum OrderFile {
    /// Always this one.
    Fixed(OrderColumnsFile),
    /// One of several.
    Choice(Box<OrderChoiceFile>),
}

impl Read for OrderColumnsFile {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.value {
            NodeValue::Scalar(scalar) => Some(Self(vec![scalar.clone()])),
            NodeValue::List(_) => Items::read(node, reader).map(|Items(columns)| Self(columns)),
            NodeValue::Absent | NodeValue::Map(_) => {
                reader.expected(node, "a column or a list of columns");
                None
            }
        }
    }
}

impl Read for OrderFile {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.value {
            NodeValue::Map(_) => {
                OrderChoiceFile::read(node, reader).map(|choice| Self::Choice(Box::new(choice)))
            }
            NodeValue::Absent | NodeValue::Scalar(_) | NodeValue::List(_) => {
                OrderColumnsFile::read(node, reader).map(Self::Fixed)
            }
        }
    }
}

impl JsonSchema for OrderColumnsFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "OrderColumnsFile".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "array"], "items": { "type": "string" } })
    }
}

impl JsonSchema for OrderFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "OrderFile".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let fixed = generator.subschema_for::<OrderColumnsFile>();
        let choice = generator.subschema_for::<OrderChoiceFile>();
        json_schema!({ "anyOf": [fixed, choice] })
    }
}
