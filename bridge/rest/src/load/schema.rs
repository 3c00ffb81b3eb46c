//! Schemas become types: one level after the other, each through the structs of `openapiv3`, never one within the other.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use indexmap::IndexMap;
use openapiv3::{AdditionalProperties, AnySchema, ReferenceOr, Schema, SchemaKind};
use regex_lite::Regex;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::documents::{At, Documents};
use super::flat::{Flat, flat};
use super::{Version, schema31};
use crate::model::{
    Choice, Discriminator, Field, Kind, Length, Object, Pattern, Rest, Type, TypeId, Xml,
};

/// All types of a model while they are read.
pub(super) struct Schemas<'r> {
    pub(super) documents: Documents<'r>,
    pub(super) version: Version,
    pub(super) types: Vec<Type>,
    pub(super) named: IndexMap<Arc<str>, TypeId>,
    /// Schemas that a reference leads to.
    places: HashMap<At, TypeId>,
    /// What is to be read.
    queue: VecDeque<(At, Value, TypeId)>,
    /// `allOf`, and what stands beside it.
    pub(super) merges: Vec<Merge>,
    /// `discriminator`: the property, and what its words refer to.
    pub(super) tags: Vec<Tag>,
    /// `required` of what has no such properties itself.
    pub(super) required: HashMap<TypeId, Vec<Arc<str>>>,
    patterns: HashMap<String, Option<Pattern>>,
    pub(super) too_many: bool,
}

/// A `discriminator`: whose, its property, its words.
pub(super) type Tag = (TypeId, Arc<str>, Vec<(Arc<str>, TypeId)>);

/// A type that is all of others.
pub(super) struct Merge {
    pub(super) id: TypeId,
    pub(super) parts: Vec<TypeId>,
    /// `oneOf` beside properties: each of them may be it.
    pub(super) options: Vec<TypeId>,
}

/// Keys under which schemas stand in a schema: in maps, alone, in lists.
const IN_MAPS: [&str; 1] = ["properties"];
const ALONE: [&str; 3] = ["items", "additionalProperties", "not"];
const IN_LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// Whether a pointer leads to a schema with a name of its own.
pub(super) fn is_schema(pointer: &str) -> bool {
    name_of(pointer).is_some()
}

fn name_of(pointer: &str) -> Option<String> {
    let (folder, name) = pointer.rsplit_once('/')?;
    let named = folder == "/components/schemas"
        || folder == "/definitions"
        || folder.ends_with("/$defs")
        || folder.ends_with("/definitions");
    named.then(|| name.replace("~1", "/").replace("~0", "~"))
}

impl<'r> Schemas<'r> {
    pub(super) fn new(documents: Documents<'r>, version: Version) -> Self {
        Self {
            documents,
            version,
            // Anything.
            types: vec![Type::default()],
            named: IndexMap::new(),
            places: HashMap::new(),
            queue: VecDeque::new(),
            merges: Vec::new(),
            tags: Vec::new(),
            required: HashMap::new(),
            patterns: HashMap::new(),
            too_many: false,
        }
    }

    /// The type of the schema at a place, read once.
    pub(super) fn named(&mut self, at: &At) -> TypeId {
        let Some(value) = self.documents.value(at).cloned() else {
            return TypeId::ANY;
        };
        if let Some(known) = self.places.get(at) {
            return *known;
        }
        let id = self.reserve();
        self.places.insert(at.clone(), id);
        let stem = || self.documents.stem(at.document).map(str::to_owned);
        let name = match name_of(&at.pointer) {
            Some(name) => Some(name),
            // A file that is one schema is called like it.
            None if at.pointer.is_empty() => stem(),
            None => None,
        };
        if let Some(name) = name {
            let name: Arc<str> = name.into();
            if let Some(kind) = self.types.get_mut(id.0 as usize) {
                kind.name = Some(name.clone());
            }
            self.named.entry(name).or_insert(id);
        }
        self.queue.push_back((at.clone(), value, id));
        id
    }

    /// The type of a schema that stands here.
    pub(super) fn schema(&mut self, at: &At, value: &Value) -> TypeId {
        if let Some(reference) = only_reference(value) {
            return match self.documents.follow(at, reference) {
                Some(target) => self.named(&target),
                None => TypeId::ANY,
            };
        }
        let id = self.reserve();
        self.queue.push_back((at.clone(), value.clone(), id));
        id
    }

    fn reserve(&mut self) -> TypeId {
        if self.types.len() >= self.documents.options().schemas {
            self.too_many = true;
            return TypeId::ANY;
        }
        self.types.push(Type::default());
        TypeId(u32::try_from(self.types.len() - 1).unwrap_or(0))
    }

    /// Reads all that waits.
    pub(super) fn read(&mut self) {
        while let Some((at, value, id)) = self.queue.pop_front() {
            if id == TypeId::ANY {
                continue;
            }
            let read = self.level(&at, value, id);
            if let Some(kind) = self.types.get_mut(id.0 as usize) {
                let name = kind.name.take();
                *kind = Type { name, ..read };
            }
        }
    }

    /// One level of a schema; those within it wait.
    fn level(&mut self, at: &At, mut value: Value, id: TypeId) -> Type {
        // Extensions of Swagger and forms of 3.1 occur in 3.0 too, whoever may write them.
        schema31::normal(&mut value);
        if let Some(reference) = only_reference(&value) {
            let same = match self.documents.follow(at, reference) {
                Some(target) => self.named(&target),
                None => TypeId::ANY,
            };
            // A schema that is itself.
            let same = if same == id { TypeId::ANY } else { same };
            return Type {
                kind: Kind::Same(same),
                ..Type::default()
            };
        }
        let mut within: Vec<(At, Value)> = Vec::new();
        if let Value::Object(schema) = &mut value {
            detach(schema, at, &mut within);
        }
        let schema = self.parse(at, value);
        let ids: Vec<TypeId> = within
            .iter()
            .map(|(at, value)| self.schema(at, value))
            .collect();
        let child = |schema: &ReferenceOr<Schema>| child(schema, &ids);
        let data = schema.schema_data;
        let text = |text: &Option<String>| text.as_deref().map(Arc::from);
        let mut kind = Type {
            name: None,
            nullable: data.nullable,
            read_only: data.read_only,
            write_only: data.write_only,
            words: None,
            kind: Kind::Any,
            default: data.default.clone(),
            example: data.example.clone(),
            documentation: text(&data.description).or_else(|| text(&data.title)),
            xml: data.extensions.get("x-xml").map(xml).unwrap_or_default(),
        };
        let flat = flat(schema.schema_kind);
        if !flat.words.is_empty() {
            kind.nullable |= flat.words.iter().any(Value::is_null);
            kind.words = Some(flat.words.clone().into());
        }
        if let Some(by) = &data.discriminator {
            let mut words = Vec::new();
            for (word, reference) in &by.mapping {
                let reference = match (reference.contains(['#', '/', '.']), self.version) {
                    (true, _) => reference.clone(),
                    (false, Version::Swagger2) => format!("#/definitions/{reference}"),
                    (false, _) => format!("#/components/schemas/{reference}"),
                };
                if let Some(target) = self.documents.follow(at, &reference) {
                    words.push((word.as_str().into(), self.named(&target)));
                }
            }
            self.tags
                .push((id, by.property_name.as_str().into(), words));
        }
        let all: Vec<TypeId> = flat.any.all_of.iter().map(child).collect();
        let options: Vec<TypeId> = flat
            .any
            .one_of
            .iter()
            .chain(&flat.any.any_of)
            .map(child)
            .collect();
        kind.kind = self.kind(at, &flat, &child, &options);
        if matches!(kind.kind, Kind::Any) && !flat.any.required.is_empty() {
            let names = flat.any.required.iter().map(|name| name.as_str().into());
            self.required.insert(id, names.collect());
        }
        let beside = !all.is_empty() || matches!(kind.kind, Kind::Object(_)) && !options.is_empty();
        if beside {
            self.merges.push(Merge {
                id,
                parts: all,
                options,
            });
        }
        kind
    }

    fn kind(
        &mut self,
        at: &At,
        flat: &Flat,
        child: &impl Fn(&ReferenceOr<Schema>) -> TypeId,
        options: &[TypeId],
    ) -> Kind {
        let any = &flat.any;
        let length = |from: Option<usize>, to: Option<usize>| Length { from, to };
        let declared = any.typ.as_deref().unwrap_or_else(|| {
            if !any.properties.is_empty() || any.additional_properties.is_some() {
                "object"
            } else if any.items.is_some() {
                "array"
            } else if any.pattern.is_some()
                || any.format.as_deref().is_some_and(|f| f.starts_with("date"))
            {
                "string"
            } else {
                ""
            }
        });
        match declared {
            "boolean" => Kind::Bool,
            "integer" => Kind::Integer {
                small: any.format.as_deref() == Some("int32"),
                sized: matches!(any.format.as_deref(), Some("int32" | "int64")),
                bounds: flat.bounds.clone(),
            },
            "number" => match any.format.as_deref() {
                Some("int32" | "int64") => Kind::Integer {
                    small: any.format.as_deref() == Some("int32"),
                    sized: true,
                    bounds: flat.bounds.clone(),
                },
                format => Kind::Number {
                    exact: format == Some("decimal"),
                    bounds: flat.bounds.clone(),
                },
            },
            "string" => match any.format.as_deref() {
                Some("date-time") => Kind::DateTime,
                Some("date") => Kind::Day,
                Some("time") => Kind::Time,
                Some("byte" | "base64") => Kind::Base64,
                Some("binary") => Kind::Binary,
                _ => Kind::Text {
                    length: length(any.min_length, any.max_length),
                    pattern: any
                        .pattern
                        .as_deref()
                        .and_then(|pattern| self.pattern(at, pattern)),
                },
            },
            "array" => Kind::List {
                item: match &any.items {
                    Some(ReferenceOr::Item(item)) => child(&ReferenceOr::Item((**item).clone())),
                    Some(ReferenceOr::Reference { reference }) => child(&ReferenceOr::Reference {
                        reference: reference.clone(),
                    }),
                    None => TypeId::ANY,
                },
                length: length(any.min_items, any.max_items),
                unique: any.unique_items == Some(true),
            },
            "object" => {
                let mut fields = IndexMap::new();
                for (name, schema) in &any.properties {
                    let reference = match schema {
                        ReferenceOr::Reference { reference } => reference.clone(),
                        ReferenceOr::Item(_) => String::new(),
                    };
                    let field = Field {
                        kind: child(&ReferenceOr::Reference { reference }),
                        required: any.required.contains(name),
                    };
                    fields.insert(name.as_str().into(), field);
                }
                let rest = match &any.additional_properties {
                    None => Rest::Unsaid,
                    Some(AdditionalProperties::Any(true)) => Rest::Of(TypeId::ANY),
                    Some(AdditionalProperties::Any(false)) => Rest::None,
                    Some(AdditionalProperties::Schema(schema)) => Rest::Of(child(schema)),
                };
                Kind::Object(Object {
                    fields,
                    rest,
                    by: None,
                })
            }
            "" if !options.is_empty() && any.all_of.is_empty() => match options {
                [only] => Kind::Same(*only),
                several => Kind::Choice(Choice {
                    of: several.to_vec(),
                    by: None,
                }),
            },
            "" => Kind::Any,
            other => {
                self.documents
                    .warn(at, format!("`{other}` is no type, and taken for anything"));
                Kind::Any
            }
        }
    }

    /// A schema whose parts are references; what is wrong in it is left out, with a warning.
    fn parse(&mut self, at: &At, mut value: Value) -> Schema {
        let mut error = match Schema::deserialize(&value) {
            Ok(schema) => return schema,
            Err(error) => error.to_string(),
        };
        let keys: Vec<String> = value
            .as_object()
            .map(|schema| schema.keys().cloned().collect())
            .unwrap_or_default();
        // The key without which it can be read.
        for key in &keys {
            let mut without = value.clone();
            if let Some(schema) = without.as_object_mut() {
                schema.remove(key);
            }
            if let Ok(schema) = Schema::deserialize(&without) {
                let at = at.member(key);
                self.documents.warn(&at, format!("{error}; it is left out"));
                return schema;
            }
        }
        // Several are wrong: keep those that can be read alone.
        for key in &keys {
            let part = value.get(key).cloned().unwrap_or_default();
            let alone = json!({ key: part });
            if let Err(wrong) = Schema::deserialize(&alone) {
                self.documents
                    .warn(&at.member(key), format!("{wrong}; it is left out"));
                if let Some(schema) = value.as_object_mut() {
                    schema.remove(key);
                }
            }
        }
        match Schema::deserialize(&value) {
            Ok(schema) => schema,
            Err(wrong) => {
                error = wrong.to_string();
                self.documents
                    .warn(at, format!("{error}; it is taken for anything"));
                Schema {
                    schema_data: openapiv3::SchemaData::default(),
                    schema_kind: SchemaKind::Any(AnySchema::default()),
                }
            }
        }
    }

    fn pattern(&mut self, at: &At, text: &str) -> Option<Pattern> {
        if let Some(known) = self.patterns.get(text) {
            return known.clone();
        }
        let pattern = match Regex::new(text) {
            Ok(regex) => Some(Pattern(Arc::new(regex))),
            Err(_) => {
                let message = format!("the pattern `{text}` is not understood, and not checked");
                self.documents.warn(&at.member("pattern"), message);
                None
            }
        };
        self.patterns.insert(text.to_owned(), pattern.clone());
        pattern
    }
}

/// The reference of a schema that is nothing else.
fn only_reference(value: &Value) -> Option<&str> {
    let schema = value.as_object()?;
    let reference = schema.get("$ref")?.as_str()?;
    let more = schema.keys().any(|key| {
        !matches!(
            key.as_str(),
            "$ref" | "summary" | "description" | "title" | "deprecated"
        ) && (!key.starts_with("x-") || key == "x-nullable")
    });
    (!more).then_some(reference)
}

/// Puts references in place of the schemas within a schema: `"0"` for the first of them.
fn detach(schema: &mut Map<String, Value>, at: &At, within: &mut Vec<(At, Value)>) {
    let mut take = |value: &mut Value, at: At| {
        let reference = json!({"$ref": within.len().to_string()});
        within.push((at, std::mem::replace(value, reference)));
    };
    for key in IN_MAPS {
        let Some(Value::Object(members)) = schema.get_mut(key) else {
            continue;
        };
        let at = at.member(key);
        for (name, value) in members.iter_mut() {
            take(value, at.member(name));
        }
    }
    for key in ALONE {
        match schema.get_mut(key) {
            Some(Value::Bool(_)) if key == "additionalProperties" => {}
            Some(value) => take(value, at.member(key)),
            None => {}
        }
    }
    for key in IN_LISTS {
        let Some(Value::Array(items)) = schema.get_mut(key) else {
            continue;
        };
        let at = at.member(key);
        for (index, value) in items.iter_mut().enumerate() {
            take(value, at.member(&index.to_string()));
        }
    }
}

/// The type that stands for a detached schema.
fn child(schema: &ReferenceOr<Schema>, ids: &[TypeId]) -> TypeId {
    match schema {
        ReferenceOr::Reference { reference } => reference
            .parse::<usize>()
            .ok()
            .and_then(|index| ids.get(index).copied())
            .unwrap_or(TypeId::ANY),
        ReferenceOr::Item(_) => TypeId::ANY,
    }
}

fn xml(value: &Value) -> Xml {
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(Arc::from);
    let flag = |key: &str| value.get(key) == Some(&Value::Bool(true));
    Xml {
        name: text("name"),
        namespace: text("namespace"),
        attribute: flag("attribute"),
        wrapped: flag("wrapped"),
    }
}

/// The words of a discriminator that schemas imply: the names of what may stand there.
pub(super) fn discriminator(property: Arc<str>, words: &[(Arc<str>, TypeId)]) -> Discriminator {
    Discriminator {
        property,
        of: words.iter().cloned().collect(),
    }
}
