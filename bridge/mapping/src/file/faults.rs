//! Faults that are sent, and the rules of what becomes of others.

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::read::{Named, Parsed, Read, Reader, TreeNode, keys};
use super::words::Condition;
use super::yaml::{Node, NodeValue, Scalar};
use crate::text::Text;

keys! {
    /// A fault that is sent.
    pub struct FaultFile is "a fault" {
        /// `faultCode`, any text; `Client.` and `Server.` begin the built-in ones.
        code "code": Scalar,
        /// `faultString`, with `{expressions}`.
        message "message": Parsed<Text>,
        /// `faultDetail` or `details`, with `{expressions}`.
        detail "detail": Parsed<Text>,
        /// `extendedData`: constants and `=expressions`.
        data "data": TreeNode,
    }
    later []
}

keys! {
    /// What happens in place of a fault: another fault, or a value.
    pub struct FaultRuleKeys is "a fault rule" {
        /// This value in place of the fault.
        value "value": TreeNode,
        /// `faultCode`, any text.
        code "code": Scalar,
        /// `faultString`, with `{expressions}`.
        message "message": Parsed<Text>,
        /// `faultDetail` or `details`, with `{expressions}`.
        detail "detail": Parsed<Text>,
        /// `extendedData`: constants and `=expressions`.
        data "data": TreeNode,
    }
    later []
}

/// A `faults` map, in the order written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultsFile {
    /// `when condition`, with the condition that stands in the key.
    pub conditions: Vec<(Scalar, Parsed<Condition>, FaultRuleFile)>,
    /// All other keys.
    pub words: Vec<(Scalar, FaultRuleFile)>,
}

/// The forms of a fault rule.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultRuleFile {
    /// `null`
    Null,
    /// A map.
    Keys(Box<FaultRuleKeys>),
}

impl Read for FaultsFile {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let rules = Named::<FaultRuleFile>::read(node, reader)?;
        let mut read = Self::default();
        for (key, rule) in rules.0 {
            let Some(condition) = key.text.strip_prefix("when ") else {
                read.words.push((key, rule));
                continue;
            };
            match crate::expression::condition(condition) {
                Ok(value) => {
                    let parsed = Parsed {
                        scalar: key.clone(),
                        value: Condition(value),
                    };
                    read.conditions.push((key, parsed, rule));
                }
                Err(problems) => {
                    let problems = problems
                        .into_iter()
                        .map(|problem| problem.shifted("when ".len()))
                        .collect();
                    reader.problems(&key, problems);
                }
            }
        }
        Some(read)
    }
}

impl Read for FaultRuleFile {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if matches!(&node.value, NodeValue::Scalar(scalar) if scalar.is_null()) {
            return Some(Self::Null);
        }
        if !matches!(node.value, NodeValue::Map(_)) {
            reader.expected(node, "`null`, `{value: …}` or `{code: …, message: …}`");
            return None;
        }
        FaultRuleKeys::read(node, reader).map(|keys| Self::Keys(Box::new(keys)))
    }
}

impl JsonSchema for FaultRuleFile {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FaultRuleFile".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let keys = generator.subschema_for::<FaultRuleKeys>();
        json_schema!({ "anyOf": [{ "type": "null" }, keys] })
    }
}

impl JsonSchema for FaultsFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FaultsFile".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let rule = generator.subschema_for::<FaultRuleFile>();
        let words = [
            "duplicate",
            "reference",
            "check",
            "count",
            "none",
            "many",
            "timeout",
            "unavailable",
            "unreadable",
            "other",
        ];
        let properties: IndexMap<&str, &Schema> =
            words.into_iter().map(|word| (word, &rule)).collect();
        json_schema!({
            "type": "object",
            "properties": properties,
            "patternProperties": { "^([0-9A-Z]{5}|[1-5][0-9]{2}|[1-5]xx|when .+|[A-Za-z_][A-Za-z0-9_.-]*)$": rule },
            "additionalProperties": false,
        })
    }
}
