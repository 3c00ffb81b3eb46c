//! What only SOAP encoding has: arrays with their type, maps, and values that are referred to (SOAP 1.1 §5).

use std::sync::Arc;

use footbridge_mapping::data::Data;

use super::WriteError;
use super::content::{PathPart, Tag, Writer, identity};
use super::members::Members;
use crate::model::{TypeId, TypeKind, Version};
use crate::xml::Name;
use crate::xml::namespace::APACHE;

/// Dimensions of one array.
const MAX_DIMENSIONS: usize = 8;

impl Writer<'_> {
    pub(super) fn array(
        &mut self,
        tag: &str,
        item: TypeId,
        dimensions: usize,
        item_name: Option<&Arc<str>>,
        data: &Data,
        mut attributes: Tag,
    ) -> Result<(), WriteError> {
        let items = match (data.items(), Members::of(data)) {
            (Some(items), _) => items.into_owned(),
            // `{item: [...]}`, as a literal array is given.
            (None, Some(members)) if members.entries.len() == 1 => {
                let only = members.entries.into_iter().next().map(|entry| entry.data);
                let only = only.unwrap_or(Data::Null);
                only.items()
                    .map_or_else(|| vec![only.clone()], std::borrow::Cow::into_owned)
            }
            (None, _) => {
                return Err(self.fail(format!("{}, and a list is asked for", data.describe())));
            }
        };
        let mut lengths = Vec::new();
        let mut flat = Vec::new();
        self.flatten(
            &items,
            dimensions.clamp(1, MAX_DIMENSIONS),
            0,
            &mut lengths,
            &mut flat,
        )?;
        let sizes = lengths.iter().map(usize::to_string).collect::<Vec<_>>();
        let (of, ranks) = self.item_type(item);
        let of = self.qualified(&of);
        let encoding = Name::new(self.version.encoding(), "Array");
        let array = self.qualified(&encoding);
        if !attributes.text.contains("xsi:type=") {
            attributes.add("xsi:type", &array);
        }
        let prefix = array.strip_suffix("Array").unwrap_or_default().to_owned();
        match self.version {
            Version::Soap11 => {
                attributes.add(
                    &format!("{prefix}arrayType"),
                    &format!("{of}{ranks}[{}]", sizes.join(",")),
                );
            }
            Version::Soap12 => {
                attributes.add(&format!("{prefix}itemType"), &of);
                attributes.add(&format!("{prefix}arraySize"), &sizes.join(" "));
            }
        }
        self.open(tag, &attributes);
        let name = item_name.map_or("item", |name| name.as_ref()).to_owned();
        for (index, data) in flat.iter().enumerate() {
            self.within(PathPart::Index(index), |writer| {
                if data.is_null() {
                    writer.nil(&name);
                    return Ok(());
                }
                writer.value(&name, item, data, Tag::default())
            })?;
        }
        self.close(tag);
        Ok(())
    }

    /// Items of all dimensions in one row, the last index fastest.
    fn flatten(
        &self,
        items: &[Data],
        dimensions: usize,
        level: usize,
        lengths: &mut Vec<usize>,
        flat: &mut Vec<Data>,
    ) -> Result<(), WriteError> {
        match lengths.get(level) {
            Some(length) if *length != items.len() => {
                return Err(self.fail("its rows have different lengths, which an array of several dimensions cannot have"));
            }
            Some(_) => {}
            None => lengths.push(items.len()),
        }
        if level + 1 == dimensions {
            flat.extend_from_slice(items);
            return Ok(());
        }
        for item in items {
            let Some(inner) = item.items() else {
                return Err(self.fail(format!(
                    "an array of {dimensions} dimensions has lists of lists"
                )));
            };
            self.flatten(&inner, dimensions, level + 1, lengths, flat)?;
        }
        while lengths.len() < dimensions {
            lengths.push(0);
        }
        Ok(())
    }

    /// The name of the innermost item type and the brackets of the arrays around it.
    fn item_type(&self, item: TypeId) -> (Name, String) {
        let mut ranks = String::new();
        let mut current = item;
        for _ in 0..MAX_DIMENSIONS {
            match &self.model.kind(current).kind {
                TypeKind::Array {
                    item, dimensions, ..
                } => {
                    ranks.insert_str(
                        0,
                        &format!("[{}]", ",".repeat(dimensions.saturating_sub(1))),
                    );
                    current = *item;
                }
                TypeKind::Simple(_) | TypeKind::Complex(_) | TypeKind::Map | TypeKind::Any => break,
            }
        }
        let name = self
            .type_name(current)
            .unwrap_or_else(|| Name::new(crate::xml::namespace::XSD, "anyType"));
        (name, ranks)
    }

    pub(super) fn map(
        &mut self,
        tag: &str,
        data: &Data,
        mut attributes: Tag,
    ) -> Result<(), WriteError> {
        let Some(members) = Members::of(data) else {
            return Err(self.fail(format!("{}, and an object is asked for", data.describe())));
        };
        if !attributes.text.contains("xsi:type=") {
            let name = self.qualified(&Name::new(APACHE, "Map"));
            attributes.add("xsi:type", &name);
        }
        self.open(tag, &attributes);
        let any = self.any_type();
        for entry in &members.entries {
            self.out.push_str("<item>");
            let key = Data::Text(entry.name.clone());
            let name = entry.name.clone();
            self.within(PathPart::Name(name), |writer| {
                writer.value("key", any, &key, Tag::default())?;
                if entry.data.is_null() {
                    writer.nil("value");
                    return Ok(());
                }
                writer.value("value", any, &entry.data, Tag::default())
            })?;
            self.out.push_str("</item>");
        }
        self.close(tag);
        Ok(())
    }

    /// A value that is referred to more than once: in SOAP 1.1 it stands behind the call, in 1.2 where it comes first.
    pub(super) fn reference(
        &mut self,
        tag: &str,
        declared: TypeId,
        data: &Data,
        mut attributes: Tag,
    ) -> Result<(), WriteError> {
        let Some(identity) = identity(data) else {
            return self.content(tag, declared, data, attributes);
        };
        let next = self.shared.values().filter(|id| id.is_some()).count();
        let known = self.shared.get(&identity).copied().flatten();
        if known.is_none() {
            self.shared.insert(identity, Some(next));
        }
        let id = known.unwrap_or(next);
        match self.version {
            Version::Soap11 => {
                if known.is_none() {
                    self.waiting.push((id, data.clone(), declared));
                }
                attributes.add("href", &format!("#id{id}"));
            }
            Version::Soap12 => {
                let encoding = Name::new(Version::Soap12.encoding(), "x");
                let prefix = self.qualified(&encoding);
                let prefix = prefix.strip_suffix('x').unwrap_or_default().to_owned();
                if known.is_none() {
                    attributes.add(&format!("{prefix}id"), &format!("id{id}"));
                    self.depth += 1;
                    let result = self.content(tag, declared, data, attributes);
                    self.depth -= 1;
                    return result;
                }
                attributes.add(&format!("{prefix}ref"), &format!("id{id}"));
            }
        }
        self.open(tag, &attributes);
        self.close(tag);
        Ok(())
    }

    /// The values that were referred to, each with its id (SOAP 1.1 §5.4.1).
    pub(super) fn independent(&mut self) -> Result<(), WriteError> {
        let mut at = 0;
        while let Some((id, data, declared)) = self.waiting.get(at).cloned() {
            at += 1;
            let mut attributes = Tag::default();
            attributes.add("id", &format!("id{id}"));
            let root = self.qualified(&Name::new(self.version.encoding(), "root"));
            attributes.add(&root, "0");
            self.content("multiRef", declared, &data, attributes)?;
        }
        Ok(())
    }

    /// Finds the nodes that are referred to more than once.
    pub(super) fn find_shared(&mut self, data: &Data) {
        let mut seen = std::collections::HashSet::new();
        let mut waiting = vec![data.plain()];
        while let Some(data) = waiting.pop() {
            if let Some(identity) = identity(&data)
                && !seen.insert(identity)
            {
                self.shared.insert(identity, None);
                continue;
            }
            if let Some(items) = data.items() {
                waiting.extend(items.iter().map(Data::plain));
            } else if let Some(members) = Members::of(&data) {
                waiting.extend(members.entries.into_iter().map(|entry| entry.data.plain()));
            }
        }
    }
}
