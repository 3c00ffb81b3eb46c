//! One of several types: by the discriminator's property, by the class, else by what fits best.

use std::sync::Arc;

use footbridge_mapping::argument::BadArgument;
use footbridge_mapping::data::{Data, convert, same_name};
use footbridge_mapping::place::Place;

use super::Encoder;
use super::json::names;
use crate::model::{Discriminator, Kind, TypeId};

/// A discriminator's property and its word.
pub(super) type Tag = (Arc<str>, Arc<str>);

impl Encoder<'_> {
    /// The type that a discriminator chooses, and the property and word to send where the value came without them.
    pub(super) fn variant(
        &self,
        by: Option<&Discriminator>,
        own: TypeId,
        data: &Data,
    ) -> Option<(TypeId, Option<Tag>)> {
        let by = by?;
        let word = convert::to_text(&data.member(&by.property).plain());
        if let Some(word) = word {
            let found = by.of.get(&word)?;
            return Some((self.model.resolve(*found), None));
        }
        let class = match data {
            Data::Object(record) => record.alias.clone(),
            Data::Amf(value) => value.class().map(Arc::from),
            _ => None,
        }?;
        let local = class.rsplit('.').next().unwrap_or_default();
        let (word, id) = by.of.iter().find(|(word, id)| {
            let named = self.model.kind(**id).name.as_ref();
            named.is_some_and(|name| same_name(name, local)) || same_name(word, local)
        })?;
        let id = self.model.resolve(*id);
        // The type itself, where no word stands for it, is what it is without a tag.
        (id != own
            || by
                .of
                .values()
                .any(|known| self.model.resolve(*known) == own))
        .then(|| (id, Some((by.property.clone(), word.clone()))))
    }

    /// Writes a value as that of several types which takes it, and knows most of its members.
    pub(super) fn best(
        &self,
        data: &Data,
        kinds: &[TypeId],
        place: &Place<'_>,
        out: &mut String,
    ) -> Result<(), BadArgument> {
        let members = names(data).unwrap_or_default();
        let known = |id: TypeId| match &self.model.kind(self.model.resolve(id)).kind {
            Kind::Object(object) => members
                .iter()
                .filter(|member| object.fields.keys().any(|field| same_name(field, member)))
                .count(),
            _ => 0,
        };
        let mut order: Vec<(usize, TypeId)> = kinds.iter().map(|id| (known(*id), *id)).collect();
        order.sort_by_key(|(known, _)| std::cmp::Reverse(*known));
        let begin = out.len();
        let mut refused = None;
        for (_, id) in order {
            match self.json(data, id, place, out) {
                Ok(()) => return Ok(()),
                Err(error) => {
                    out.truncate(begin);
                    refused.get_or_insert(error);
                }
            }
        }
        Err(refused.unwrap_or_else(|| place.refuse("fits none of the types that are allowed here")))
    }
}
