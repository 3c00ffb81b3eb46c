//! What is known of a call before anything runs, and how values are shown.

use std::sync::Arc;

use footbridge_amf::canonical;
use footbridge_mapping::data::{Data, convert};
use footbridge_mapping::expression::Scope;
use footbridge_mapping::model::TypeScope;
use indexmap::IndexMap;
use jiff::tz::TimeZone;

/// What is known without running anything: arguments, and that the caller is a stranger.
pub(super) struct Known<'k> {
    pub(super) roots: IndexMap<Arc<str>, Data>,
    pub(super) scope: &'k TypeScope,
    pub(super) zone: &'k TimeZone,
}

impl Known<'_> {
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

/// A value as somebody would write it.
pub(super) fn shown(data: &Data) -> String {
    match data {
        Data::Null => "null".to_owned(),
        Data::Omit => "left out".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::Number(value) => convert::number_text(*value),
        Data::Decimal(text) => text.to_string(),
        Data::Text(text) | Data::Xml(text) => serde_json::Value::from(&**text).to_string(),
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
                .unwrap_or_else(|error| error.to_string())
        }
    }
}
