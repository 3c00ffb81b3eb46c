//! Objects of mapped types under the names that their fields have on the wire: what `from` says works both ways.

use std::collections::HashMap;
use std::sync::Arc;

use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::model::{TypeBody, TypeScope};
use footbridge_mapping::slot::{PathPart, Type};

/// The types of a service whose fields have other names on the wire, by class alias.
#[derive(Clone, Debug, Default)]
pub struct WireNames(HashMap<Arc<str>, Arc<TypeBody>>);

impl WireNames {
    /// Of the types that a service declares.
    pub fn of(scope: &TypeScope) -> Self {
        let renamed = |body: &&Arc<TypeBody>| {
            body.fields
                .values()
                .any(|slot| slot.from.is_some() || slot.kind == Type::Hide)
        };
        Self(
            scope
                .types
                .iter()
                .filter(|(_, body)| renamed(body))
                .filter_map(|(name, body)| Some((scope.class(name)?, Arc::clone(body))))
                .collect(),
        )
    }

    /// An object under its names on the wire; `None` where they are the same.
    pub(super) fn renamed(&self, record: &Record) -> Option<Record> {
        let body = self.0.get(record.alias.as_ref()?)?;
        let mut renamed = Record {
            alias: record.alias.clone(),
            ..Record::default()
        };
        for (name, data) in &record.members {
            match body.fields.get(name) {
                Some(slot) if slot.kind == Type::Hide => {}
                Some(slot) => match slot.from.as_deref() {
                    Some(path) => put(&mut renamed, path, data),
                    None => drop(renamed.members.insert(name.clone(), data.clone())),
                },
                None => drop(renamed.members.insert(name.clone(), data.clone())),
            }
        }
        Some(renamed)
    }
}

/// Puts a value where a path of names leads. A path through an item of a list says nothing of how to write it.
fn put(record: &mut Record, path: &[PathPart], data: &Data) {
    let [PathPart::Name(name), rest @ ..] = path else {
        return;
    };
    if rest.is_empty() {
        record.members.insert(name.clone(), data.clone());
        return;
    }
    let mut inner = match record.members.get(name) {
        Some(Data::Object(inner)) => Record::clone(inner),
        Some(_) | None => Record::default(),
    };
    put(&mut inner, rest, data);
    record
        .members
        .insert(name.clone(), Data::Object(Arc::new(inner)));
}
