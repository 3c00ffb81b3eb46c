//! Attributes, and what was given and has no place.

use footbridge_mapping::data::{Data, convert, same_name};

use super::content::{PathPart, Tag, Writer};
use super::members::Members;
use super::{WriteError, scalar};
use crate::model::{Attribute, Complex};

impl Writer<'_> {
    pub(super) fn attribute(
        &mut self,
        declared: &Attribute,
        members: &mut Members,
        attributes: &mut Tag,
    ) -> Result<(), WriteError> {
        let found = members
            .find(&declared.member)
            .or_else(|| members.find(&format!("@{}", declared.name.local)));
        let data = match found.and_then(|at| members.entries.get_mut(at)) {
            Some(entry) => {
                entry.used = 1;
                entry.data.clone()
            }
            None => Data::Null,
        };
        let name = declared.member.clone();
        if data.is_null() {
            return match (&declared.default, declared.required) {
                (Some(default), true) => {
                    let tag = self.qualified(&declared.name);
                    attributes.add(&tag, default);
                    Ok(())
                }
                (None, true) => self.within(PathPart::Name(name), |writer| {
                    Err(writer.fail("required, and not given"))
                }),
                (Some(_) | None, false) => Ok(()),
            };
        }
        self.within(PathPart::Name(name), |writer| {
            let value = scalar::text(writer.model, declared.kind, &data, writer.settings.zone)
                .map_err(|message| writer.fail(message))?;
            if declared.fixed
                && declared
                    .default
                    .as_deref()
                    .is_some_and(|fixed| fixed != value)
            {
                return Err(writer.fail(format!(
                    "always `{}`",
                    declared.default.as_deref().unwrap_or_default()
                )));
            }
            let tag = writer.qualified(&declared.name);
            attributes.add(&tag, &value);
            Ok(())
        })
    }

    pub(super) fn free_attributes(
        &mut self,
        members: &mut Members,
        attributes: &mut Tag,
    ) -> Result<(), WriteError> {
        for entry in &mut members.entries {
            let Some(name) = entry.name.strip_prefix('@') else {
                continue;
            };
            if entry.used > 0 || entry.data.is_null() {
                continue;
            }
            let plain =
                |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
            if name.is_empty()
                || !name.chars().all(plain)
                || name.starts_with(|first: char| !first.is_alphabetic())
            {
                return Err(self.fail(format!("`{}` is no name of an attribute", entry.name)));
            }
            if let Some(value) = convert::to_text(&entry.data) {
                attributes.add(name, &value);
                entry.used = 1;
            }
        }
        Ok(())
    }

    /// What was given and has no place is a mistake, unless it is null.
    pub(super) fn leftovers(
        &mut self,
        complex: &Complex,
        members: &mut Members,
        attributes: &mut Tag,
    ) -> Result<(), WriteError> {
        if complex.any_attribute {
            self.free_attributes(members, attributes)?;
        }
        for entry in &members.entries {
            if entry.data.is_null() || &*entry.name == "$type" || &*entry.name == "$text" {
                continue;
            }
            let many = entry.data.items().map(|items| items.len());
            let field = complex.fields.iter().find(|field| {
                same_name(&self.model.element(field.element).name.local, &entry.name)
            });
            let wanted = match (field, many) {
                (Some(field), Some(count)) if field.many => count,
                _ => 1,
            };
            if entry.used >= wanted {
                continue;
            }
            let message = match field {
                Some(_) if entry.used > 0 => {
                    format!("has {wanted} items, and {} have a place", entry.used)
                }
                Some(_) => {
                    "cannot stand beside what else is given; the schema lets one of them be chosen"
                        .to_owned()
                }
                None => {
                    let names: Vec<String> = complex
                        .fields
                        .iter()
                        .map(|field| self.model.element(field.element).name.local.to_string())
                        .chain(
                            complex
                                .attributes
                                .iter()
                                .map(|attribute| attribute.member.to_string()),
                        )
                        .take(20)
                        .collect();
                    format!(
                        "no such element; there {}",
                        if names.is_empty() {
                            "is none".to_owned()
                        } else {
                            format!("is {}", names.join(", "))
                        }
                    )
                }
            };
            let name = entry.name.clone();
            return self.within(PathPart::Name(name), |writer| Err(writer.fail(message)));
        }
        Ok(())
    }
}
