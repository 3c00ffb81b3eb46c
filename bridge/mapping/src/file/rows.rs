//! The forms of `rows`: `all`, or a condition for each role.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::read::{Named, Read, Reader};
use super::yaml::{Node, NodeValue, Scalar};

/// Which rows a caller sees.
#[derive(Clone, Debug, PartialEq)]
pub enum RowsFile {
    /// `all`: said, not forgotten.
    All,
    /// By role: a condition over result columns, or `all`.
    Roles(Named<Scalar>),
}

impl Read for RowsFile {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.value {
            NodeValue::Scalar(word) if &*word.text == "all" => Some(Self::All),
            NodeValue::Scalar(word) => {
                reader.error(
                    116,
                    &word.place,
                    "a condition stands behind the role whose rows it chooses",
                    format!("write `{{ROLE: \"{}\"}}`, or `all`", word.text),
                );
                None
            }
            NodeValue::Map(_) => Named::read(node, reader).map(Self::Roles),
            NodeValue::Absent | NodeValue::List(_) => {
                reader.expected(node, "`all`, or a condition for each role");
                None
            }
        }
    }
}

impl JsonSchema for RowsFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RowsFile".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "const": "all" },
                {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": { "type": "string", "description": "`all`, or an SQL condition over result columns: `owner_id = :identity.id`." },
                },
            ]
        })
    }
}
