//! What is known of a call before anything runs, and how values are shown.

use std::sync::Arc;

use footbridge_amf::canonical;
use footbridge_mapping::data::{Data, Record, convert, same_name};
use footbridge_mapping::expression::Scope;
use footbridge_mapping::model::{Argument, OnlyPage, Paging, TypeScope};
use footbridge_mapping::slot::{Scalar, Type};
use footbridge_mapping::tree::{self, Tree};
use indexmap::IndexMap;
use jiff::tz::TimeZone;

use crate::printable::{self, SECRET};

/// What is known without running anything: arguments, and that the caller is a stranger.
#[derive(Clone)]
pub(super) struct Known<'k> {
    roots: IndexMap<Arc<str>, Data>,
    /// The name of an `each` around what is explained, whose items are not known yet.
    item: Option<Arc<str>>,
    scope: &'k TypeScope,
    zone: &'k TimeZone,
}

impl<'k> Known<'k> {
    /// The arguments of an operation, brought to their types.
    pub(super) fn new(
        arguments: &[Argument],
        values: Vec<Data>,
        scope: &'k TypeScope,
        zone: &'k TimeZone,
    ) -> Self {
        let names = arguments.iter().map(|argument| Arc::clone(&argument.name));
        Self {
            roots: names.zip(values).collect(),
            item: None,
            scope,
            zone,
        }
    }

    /// The same with a mark in place of every secret: what is shown is made from this.
    pub(super) fn masked(&self, arguments: &[Argument]) -> Self {
        let mut masked = self.clone();
        for argument in arguments {
            if let Some(value) = masked.roots.get_mut(&argument.name) {
                mask(value, &argument.slot.kind, self.scope, 0);
            }
        }
        masked
    }

    /// What is known within an `each` of this name.
    pub(super) fn within(&self, item: &Arc<str>) -> Self {
        let mut within = self.clone();
        within.roots.shift_remove(item);
        within.item = Some(Arc::clone(item));
        within
    }

    /// What the request of the first page that is asked for knows besides.
    pub(super) fn paged(&self, paging: &Paging) -> Self {
        let (size, offset) = self.page(&paging.size, paging.only.as_ref());
        let members = [
            ("size", size),
            ("number", offset / size + 1),
            ("offset", offset),
            ("last", offset.saturating_add(size - 1)),
        ];
        let members = members
            .into_iter()
            .map(|(name, value)| (Arc::from(name), Data::Int(value)))
            .collect();
        let page = Data::Object(Arc::new(Record {
            alias: None,
            members,
        }));
        let mut paged = self.clone();
        paged.roots.insert("page".into(), page);
        paged
    }

    /// How many rows a page has, and how many stand before the one that is asked for; what is no page is taken for the nearest.
    pub(super) fn page(&self, size: &Tree, only: Option<&OnlyPage>) -> (i64, i64) {
        let whole = |tree: &Tree| {
            let value = tree::evaluate(tree, self).ok()?.plain();
            convert::to_int(&value)
        };
        let size = whole(size).unwrap_or(1).max(1);
        let offset = match only {
            None => 0,
            Some(OnlyPage::Offset(offset)) => whole(offset).unwrap_or(0).max(0),
            Some(OnlyPage::Number(number)) => {
                (whole(number).unwrap_or(1) - 1).max(0).saturating_mul(size)
            }
        };
        (size, offset)
    }

    /// What is known, by name.
    pub(super) fn values(&self) -> Vec<(Arc<str>, Data)> {
        let roots = self.roots.iter();
        roots
            .map(|(name, data)| (Arc::clone(name), data.clone()))
            .collect()
    }

    /// Whether a root is what an `each` goes over.
    pub(super) fn is_item(&self, root: &str) -> bool {
        self.item.as_deref() == Some(root)
    }

    /// Whether a root has its value already.
    pub(super) fn knows(&self, root: &str) -> bool {
        self.roots.contains_key(root) || matches!(root, "identity" | "session" | "call")
    }
}

impl Scope for Known<'_> {
    fn root(&self, name: &str) -> Option<Data> {
        self.roots.get(name).cloned()
    }

    fn lookup(&self, table: &str, key: &str) -> Option<Data> {
        self.scope.tables.get(table)?.get(key).cloned()
    }

    fn zone(&self) -> &TimeZone {
        self.zone
    }
}

/// Puts a mark in place of what a type calls `secret`.
fn mask(value: &mut Data, kind: &Type, scope: &TypeScope, depth: usize) {
    if depth > DEEPEST || matches!(value, Data::Null | Data::Omit) {
        return;
    }
    match (kind, value) {
        (Type::Scalar(Scalar::Secret) | Type::Ranged(Scalar::Secret, _), value) => {
            *value = Data::Text(SECRET.into());
        }
        (Type::Nullable(kind), value) => mask(value, kind, scope, depth),
        (Type::List(kind, _), Data::List(items)) => {
            for item in Arc::make_mut(items) {
                mask(item, kind, scope, depth + 1);
            }
        }
        (Type::Named(name), Data::Object(record)) => {
            let Some(body) = scope.types.get(name) else {
                return;
            };
            for (name, member) in &mut Arc::make_mut(record).members {
                let slot = body.fields.iter().find(|(field, _)| same_name(field, name));
                if let Some((_, slot)) = slot {
                    mask(member, &slot.kind, scope, depth + 1);
                }
            }
        }
        (
            Type::Scalar(_)
            | Type::Ranged(..)
            | Type::Words(_)
            | Type::List(..)
            | Type::Named(_)
            | Type::Any
            | Type::Void
            | Type::Hide,
            _,
        ) => {}
    }
}

/// Objects and lists within each other; arguments are bound within fewer.
const DEEPEST: usize = 128;

/// A value as somebody would write it.
pub(super) fn shown(data: &Data) -> String {
    match data {
        Data::Null => "null".to_owned(),
        Data::Omit => "left out".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::Number(value) => convert::number_text(*value),
        Data::Decimal(text) => text.to_string(),
        Data::Text(text) if &**text == SECRET => SECRET.to_owned(),
        Data::Text(text) | Data::Xml(text) => {
            printable::json(serde_json::Value::from(&**text).to_string())
        }
        Data::Date(millis) => convert::date_text(*millis).unwrap_or_else(|| millis.to_string()),
        Data::Day(day) => day.to_string(),
        Data::Bytes(bytes) => format!("{} bytes", bytes.len()),
        Data::List(items) => {
            let items: Vec<_> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Data::Object(record) => {
            let class = record
                .alias
                .as_deref()
                .map(|alias| format!("{alias} "))
                .unwrap_or_default();
            let members: Vec<_> = record
                .members
                .iter()
                .map(|(name, value)| format!("{name}: {}", shown(value)))
                .collect();
            format!("{class}{{{}}}", members.join(", "))
        }
        Data::Amf(value) => {
            canonical::to_text(&value.graph, &value.value, canonical::Encoding::Amf3)
                .map_or_else(|error| error.to_string(), printable::json)
        }
    }
}
