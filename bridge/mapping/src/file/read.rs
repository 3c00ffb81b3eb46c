//! From nodes to structs: every mistake of a file is told, and reading goes on behind it.
//!
//! `keys!` writes a struct, its reader and its JSON Schema from one list of keys, so that they cannot differ.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::yaml::{Node, NodeValue, Scalar};
use crate::diagnostic::{Code, Diagnostic, Place, Places, Problem, Severity, did_you_mean};

/// What is read from a node. Faults are reported, and `None` says that there is no value.
pub trait Read: Sized {
    /// Reads it.
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self>;
}

/// A text of a small language: parsed where it is read.
pub trait FromText: Sized {
    /// Parses the whole text.
    ///
    /// # Errors
    /// All that is wrong with it, with places within the text.
    fn from_text(text: &str) -> Result<Self, Vec<Problem>>;
    /// What it looks like, for editors.
    fn schema() -> Schema;
}

/// The reading of one file.
#[derive(Debug)]
pub struct Reader<'a> {
    /// The file's text.
    pub source: &'a str,
    /// The key that is being read, for sentences.
    pub key: Arc<str>,
    /// Parts of the text that have been told of and are not there.
    pub cuts: Vec<Range<usize>>,
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    /// Whether an entry is not there, or only its key is.
    fn is_cut(&self, key: &Scalar, value: &Node) -> bool {
        let within = |place: &Place| {
            let at = place.span.start;
            self.cuts
                .iter()
                .any(|cut| cut.contains(&at) || (cut.start == at && cut.is_empty()))
        };
        !self.cuts.is_empty()
            && (within(&key.place) || (value.value == NodeValue::Absent && within(&value.place)))
    }

    /// Reports an error.
    pub fn error(
        &mut self,
        code: u16,
        place: &Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.diagnostics.push(Diagnostic {
            code: Code(code),
            severity: Severity::Error,
            message: message.into(),
            place: place.clone(),
            help: help.into(),
        });
    }

    /// Reports that something else stands here.
    pub fn expected(&mut self, node: &Node, what: &str) {
        let message = match node.value {
            NodeValue::Absent => format!("nothing stands behind `{}`; it wants {what}", self.key),
            NodeValue::Scalar(_) | NodeValue::List(_) | NodeValue::Map(_) => {
                format!(
                    "`{}` wants {what}; here stands {}",
                    self.key,
                    node.describe()
                )
            }
        };
        self.error(116, &node.place, message, "");
    }

    /// Reports problems of a small text.
    pub fn problems(&mut self, scalar: &Scalar, problems: Vec<Problem>) {
        let places = Places::of(scalar, self.source);
        self.diagnostics
            .extend(problems.into_iter().map(|problem| problem.at(&places)));
    }

    /// The line of a place, from 1.
    pub fn line(&self, place: &Place) -> usize {
        line_of(self.source, place.span.start)
    }
}

/// The line of a byte, from 1.
pub fn line_of(source: &str, at: usize) -> usize {
    let at = at.min(source.len());
    source.as_bytes()[..at]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}

/// A value and the key before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<T> {
    /// Where the key stands.
    pub key: Place,
    /// Its value.
    pub value: T,
}

/// A text and what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed<T> {
    /// As written.
    pub scalar: Scalar,
    /// What it means.
    pub value: T,
}

/// Names and what stands behind them, in the order written; no name twice. Then the names behind which something stands
/// that could not be read: they are known all the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Named<T>(pub Vec<(Scalar, T)>, pub Vec<Scalar>);

/// A list.
#[derive(Clone, Debug, PartialEq)]
pub struct Items<T>(pub Vec<T>);

/// A value that may be left out where its key stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Perhaps<T>(pub Option<T>);

/// Any YAML at all: constants and expressions.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeNode(pub Node);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new(), Vec::new())
    }
}

impl Read for Scalar {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let NodeValue::Scalar(scalar) = &node.value else {
            reader.expected(node, "a text");
            return None;
        };
        Some(scalar.clone())
    }
}

impl<T: FromText> Read for Parsed<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let scalar = Scalar::read(node, reader)?;
        match T::from_text(&scalar.text) {
            Ok(value) => Some(Self { scalar, value }),
            Err(problems) => {
                reader.problems(&scalar, problems);
                None
            }
        }
    }
}

impl<T: Read> Read for Items<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let NodeValue::List(items) = &node.value else {
            reader.expected(node, "a list, `[…]`");
            return None;
        };
        Some(Self(
            items
                .iter()
                .filter_map(|item| T::read(item, reader))
                .collect(),
        ))
    }
}

impl<T: Read> Read for Named<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let NodeValue::Map(entries) = &node.value else {
            reader.expected(node, "a map of names");
            return None;
        };
        let outer = Arc::clone(&reader.key);
        let mut read: Vec<(Scalar, T)> = Vec::with_capacity(entries.len());
        let mut broken = Vec::new();
        let mut seen: std::collections::HashMap<&str, &Place> = std::collections::HashMap::new();
        for (key, value) in entries {
            if let Some(first) = seen.get(&*key.text) {
                let line = reader.line(first);
                let overloads = if &*outer == "operations" {
                    "; two signatures are `overloads`"
                } else {
                    ""
                };
                reader.error(
                    106,
                    &key.place,
                    format!("`{}` stands already in line {line}{overloads}", key.text),
                    "",
                );
                continue;
            }
            seen.insert(&key.text, &key.place);
            if reader.is_cut(key, value) {
                broken.push(key.clone());
                continue;
            }
            reader.key = Arc::clone(&key.text);
            match T::read(value, reader) {
                Some(value) => read.push((key.clone(), value)),
                None => broken.push(key.clone()),
            }
        }
        reader.key = outer;
        Some(Self(read, broken))
    }
}

impl<T: Read> Read for Perhaps<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if node.value == NodeValue::Absent {
            return Some(Self(None));
        }
        Some(Self(Some(T::read(node, reader)?)))
    }
}

impl Read for TreeNode {
    fn read(node: &Node, _: &mut Reader<'_>) -> Option<Self> {
        Some(Self(node.clone()))
    }
}

/// What `keys!` writes for one key: its name, its doc and its schema.
pub type KeySchema = (&'static str, &'static str, Schema);

/// The schema of a struct of keys.
pub fn object_schema(doc: &str, keys: Vec<KeySchema>) -> Schema {
    let mut properties = serde_json::Map::new();
    for (key, doc, schema) in keys {
        let mut value = schema.to_value();
        let doc = doc.trim();
        if !doc.is_empty() {
            match value.as_object_mut() {
                // Beside `$ref` a description is legal since draft 2019-09.
                Some(object) => {
                    object.insert("description".into(), doc.into());
                }
                None => value = serde_json::json!({ "description": doc }),
            }
        }
        properties.insert(key.into(), value);
    }
    json_schema!({
        "type": "object",
        "description": doc.trim(),
        "properties": properties,
        "additionalProperties": false,
    })
}

/// Reads a map into named fields, one function call a key; used by `keys!`. Gives whether all keys are known.
pub fn read_keys<'n>(
    node: &'n Node,
    reader: &mut Reader<'_>,
    what: &str,
    keys: &[&'static str],
    later: &[&'static str],
    mut field: impl FnMut(&'static str, &'n Scalar, &'n Node, &mut Reader<'_>),
) -> Option<bool> {
    let NodeValue::Map(entries) = &node.value else {
        reader.expected(node, "a map of keys");
        return None;
    };
    let outer = Arc::clone(&reader.key);
    let mut all_known = true;
    let mut seen: Vec<(&str, &Place)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let name = &*key.text;
        if reader.is_cut(key, value) {
            all_known = false;
            continue;
        }
        if let Some((_, first)) = seen.iter().find(|(seen, _)| *seen == name) {
            let line = reader.line(first);
            reader.error(
                106,
                &key.place,
                format!("`{name}` stands already in line {line}"),
                "",
            );
            continue;
        }
        seen.push((name, &key.place));
        let Some(known) = keys.iter().find(|known| **known == name) else {
            all_known = false;
            if later.contains(&name) {
                reader.error(
                    117,
                    &key.place,
                    format!("`{name}` comes with a later version"),
                    "",
                );
                continue;
            }
            let meant = did_you_mean(name, keys.iter().chain(later));
            reader.error(
                101,
                &key.place,
                format!("`{name}` is no key of {what}{meant}"),
                "",
            );
            continue;
        };
        reader.key = Arc::clone(&key.text);
        field(known, key, value, reader);
    }
    reader.key = outer;
    Some(all_known)
}

/// A struct whose fields are keys of a map in a file: the struct, [`Read`] and [`JsonSchema`].
///
/// `later` names keys of the language that this version does not have.
macro_rules! keys {
    (
        $(#[doc = $doc:literal])+
        pub struct $name:ident is $what:literal {
            $( $(#[doc = $field_doc:literal])+ $field:ident $key:literal : $type:ty, )*
        }
        later [ $($later:literal),* $(,)? ]
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $( $(#[doc = $field_doc])+ pub $field: Option<$crate::file::read::Entry<$type>>, )*
            /// Whether something here has been told of already, so that a key may seem to be missing.
            pub faulty: bool,
        }

        impl $name {
            /// All keys, in the order of the reference.
            pub const KEYS: &'static [&'static str] = &[$($key),*];

            /// The keys that are written, with their places.
            pub fn written(&self) -> Vec<(&'static str, &$crate::diagnostic::Place)> {
                let mut written = Vec::new();
                $( if let Some(entry) = &self.$field { written.push(($key, &entry.key)); } )*
                written
            }
        }

        impl $crate::file::read::Read for $name {
            fn read(
                node: &$crate::file::yaml::Node,
                reader: &mut $crate::file::read::Reader<'_>,
            ) -> Option<Self> {
                let mut read = Self::default();
                let mut broken = false;
                let known = $crate::file::read::read_keys(
                    node,
                    reader,
                    $what,
                    Self::KEYS,
                    &[$($later),*],
                    |known, key, value, reader| match known {
                        $( $key => {
                            match <$type as $crate::file::read::Read>::read(value, reader) {
                                Some(value) => {
                                    let key = key.place.clone();
                                    read.$field = Some($crate::file::read::Entry { key, value });
                                }
                                None => broken = true,
                            }
                        } )*
                        _ => {}
                    },
                )?;
                read.faulty = broken || !known;
                Some(read)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let keys = vec![
                    $( ($key, concat!($($field_doc, "\n"),+), generator.subschema_for::<$type>()), )*
                ];
                $crate::file::read::object_schema(concat!($($doc, "\n"),+), keys)
            }
        }
    };
}
pub(crate) use keys;

impl JsonSchema for Scalar {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

impl<T: FromText> JsonSchema for Parsed<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Parsed".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        T::schema()
    }
}

impl<T: JsonSchema> JsonSchema for Items<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("ListOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let items = generator.subschema_for::<T>();
        json_schema!({ "type": "array", "items": items })
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("MapOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let values = generator.subschema_for::<T>();
        json_schema!({ "type": "object", "additionalProperties": values })
    }
}

impl<T: JsonSchema> JsonSchema for Perhaps<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    /// Nothing at all is what only a backend's description could fill, and databases have none: editors ask for the value.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl JsonSchema for TreeNode {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Tree".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({})
    }
}
