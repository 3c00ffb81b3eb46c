//! The type that a value is written as, where the schema lets it choose.

use footbridge_mapping::data::Data;

use super::WriteError;
use super::content::Writer;
use super::members::Members;
use crate::model::TypeId;
use crate::xml::Name;

impl Writer<'_> {
    /// The type that a value is written as: that of its class or its `$type`, if it derives from the declared one.
    pub(super) fn actual(
        &self,
        declared: TypeId,
        data: &Data,
    ) -> Result<(TypeId, Option<Members>), WriteError> {
        let members = Members::of(data);
        let Some(inside) = &members else {
            return Ok((declared, None));
        };
        let said = inside
            .find("$type")
            .and_then(|at| match &inside.entries.get(at)?.data {
                Data::Text(name) => Some(name.clone()),
                _ => None,
            });
        if let Some(said) = said {
            let found = self
                .settings
                .aliases
                .find(&said)
                .filter(|found| self.model.derives(*found, declared));
            return match found {
                Some(found) => Ok((found, members)),
                None => Err(self.fail(format!("`{said}` is no type that may stand here"))),
            };
        }
        let alias = match data {
            Data::Object(record) => record.alias.as_deref(),
            Data::Amf(value) => value.class(),
            _ => None,
        };
        let found = alias
            .filter(|alias| !alias.is_empty())
            .and_then(|alias| self.settings.aliases.find(alias))
            .filter(|found| self.model.derives(*found, declared));
        Ok((found.unwrap_or(declared), members))
    }

    pub(super) fn which(&self, declared: TypeId) -> String {
        let names: Vec<String> = self
            .model
            .types()
            .filter(|(id, kind)| {
                !kind.is_abstract && *id != declared && self.model.derives(*id, declared)
            })
            .filter_map(|(_, kind)| kind.name.as_ref())
            .take(12)
            .map(|name| name.local.to_string())
            .collect();
        format!(
            "its type is abstract; say with a class or `$type` which it is: {}",
            names.join(", ")
        )
    }

    /// The name of a type, or of the nearest base that has one.
    pub(super) fn type_name(&self, id: TypeId) -> Option<Name> {
        let mut current = Some(id);
        for _ in 0..64 {
            let kind = self.model.kind(current?);
            if let Some(name) = &kind.name {
                return Some(name.clone());
            }
            current = kind.base;
        }
        None
    }
}
