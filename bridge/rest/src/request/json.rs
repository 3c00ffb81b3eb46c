//! JSON, by schema where there is one.

use std::sync::Arc;

use footbridge_mapping::argument::BadArgument;
use footbridge_mapping::data::{Data, Record, convert, same_name};
use footbridge_mapping::place::Place;

use super::Encoder;
use super::choice::Tag;
use super::value::Scalar;
use crate::json::write_text;
use crate::model::{Kind, Object, Rest, TypeId};

impl Encoder<'_> {
    /// Writes a value as JSON.
    pub(super) fn json(
        &self,
        data: &Data,
        id: TypeId,
        place: &Place<'_>,
        out: &mut String,
    ) -> Result<(), BadArgument> {
        self.enter(place)?;
        if let Some(scalar) = self.scalar(data, id, place)? {
            write_scalar(out, &scalar);
            return Ok(());
        }
        let resolved = self.model.resolve(id);
        match &self.model.kind(resolved).kind {
            Kind::List {
                item,
                length,
                unique,
            } => {
                let items = data.items().ok_or_else(|| {
                    place.refuse(format!("is {}, and must be a list", data.describe()))
                })?;
                if !length.holds(items.len()) {
                    return Err(
                        place.refuse(format!("must have {length} items, and has {}", items.len()))
                    );
                }
                let begin = out.len();
                self.items(&items, *item, place, out)?;
                if *unique {
                    distinct(out.get(begin..).unwrap_or_default(), place)?;
                }
                Ok(())
            }
            Kind::Object(object) => match self.variant(object.by.as_ref(), resolved, data) {
                Some((variant, tag)) => self.object(data, variant, tag, place, out),
                None => self.object(data, resolved, None, place, out),
            },
            Kind::Choice(choice) => {
                if let Some((variant, tag)) = self.variant(choice.by.as_ref(), resolved, data) {
                    return match tag {
                        Some(tag) => self.object(data, variant, Some(tag), place, out),
                        None => self.json(data, variant, place, out),
                    };
                }
                self.best(data, &choice.of, place, out)
            }
            Kind::Any
            | Kind::Same(_)
            | Kind::Bool
            | Kind::Integer { .. }
            | Kind::Number { .. }
            | Kind::Text { .. }
            | Kind::DateTime
            | Kind::Day
            | Kind::Time
            | Kind::Base64
            | Kind::Binary => match data.items() {
                Some(items) => self.items(&items, TypeId::ANY, place, out),
                None => self.object(data, TypeId::ANY, None, place, out),
            },
        }
    }

    fn items(
        &self,
        items: &[Data],
        item: TypeId,
        place: &Place<'_>,
        out: &mut String,
    ) -> Result<(), BadArgument> {
        out.push('[');
        for (at, data) in items.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            self.json(data, item, &place.item(at), out)?;
        }
        out.push(']');
        Ok(())
    }

    /// An object of exactly this type. `tag` is the discriminator's property and its word, put in where it is missing.
    pub(super) fn object(
        &self,
        data: &Data,
        id: TypeId,
        tag: Option<Tag>,
        place: &Place<'_>,
        out: &mut String,
    ) -> Result<(), BadArgument> {
        out.push('{');
        let mut first = true;
        for (name, value, kind) in self.members(data, id, tag, place)? {
            if !first {
                out.push(',');
            }
            first = false;
            write_text(out, &name);
            out.push(':');
            self.json(&value, kind, &place.member(&name), out)?;
        }
        out.push('}');
        Ok(())
    }

    /// What is sent of an object: name on the wire, value, type.
    pub(super) fn members(
        &self,
        data: &Data,
        id: TypeId,
        tag: Option<Tag>,
        place: &Place<'_>,
    ) -> Result<Vec<(Arc<str>, Data, TypeId)>, BadArgument> {
        let renamed = match data {
            Data::Object(record) => self
                .settings
                .names
                .renamed(record)
                .map(|record| Data::Object(Arc::new(record))),
            _ => None,
        };
        let data = renamed.as_ref().unwrap_or(data);
        let Some(names) = names(data) else {
            return Err(place.refuse(format!("is {}, and must be an object", data.describe())));
        };
        let nothing = Object::default();
        let object = match &self.model.kind(id).kind {
            Kind::Object(object) => object,
            _ => &nothing,
        };
        let mut members = Vec::with_capacity(names.len());
        for (name, field) in &object.fields {
            let kind = self.model.kind(field.kind);
            if kind.read_only || self.model.kind(self.model.resolve(field.kind)).read_only {
                continue;
            }
            let value = match (&tag, raw_member(data, name)) {
                (Some((property, word)), _) if property == name => Data::Text(word.clone()),
                (_, value) => value,
            };
            match value {
                Data::Omit => {}
                value if value.plain().is_null() => {
                    if self.model.takes_null(field.kind)
                        && names.iter().any(|known| same_name(known, name))
                    {
                        members.push((name.clone(), Data::Null, field.kind));
                    } else if field.required {
                        return Err(place.member(name).refuse("is required"));
                    }
                }
                value => members.push((name.clone(), value, field.kind)),
            }
        }
        if let Some((property, word)) = tag
            && !object.fields.contains_key(&property)
        {
            members.push((property, Data::Text(word), TypeId::ANY));
        }
        let rest = match object.rest {
            Rest::Of(kind) => Some(kind),
            Rest::Unsaid if object.fields.is_empty() || self.given => Some(TypeId::ANY),
            Rest::Unsaid | Rest::None => None,
        };
        if let Some(kind) = rest {
            for name in names {
                let known = object.fields.keys().any(|field| same_name(field, &name));
                let value = raw_member(data, &name);
                if known || value == Data::Omit || members.iter().any(|(sent, ..)| *sent == name) {
                    continue;
                }
                members.push((name, value, kind));
            }
        }
        Ok(members)
    }
}

/// The names of an object's members; `None` where it is no object.
pub(super) fn names(data: &Data) -> Option<Vec<Arc<str>>> {
    match data {
        Data::Object(record) => Some(record.members.keys().cloned().collect()),
        Data::Amf(value) if value.items().is_none() => Some(value.member_names()),
        _ => None,
    }
}

/// A member, `omit` kept.
fn raw_member(data: &Data, name: &str) -> Data {
    match data {
        Data::Object(record) => Record::member(record, name).cloned().unwrap_or(Data::Null),
        other => other.member(name),
    }
}

fn write_scalar(out: &mut String, scalar: &Scalar) {
    match scalar {
        Scalar::Null => out.push_str("null"),
        Scalar::Bool(true) => out.push_str("true"),
        Scalar::Bool(false) => out.push_str("false"),
        Scalar::Number(text) => out.push_str(text),
        Scalar::Text(text) => write_text(out, text),
        Scalar::Bytes(bytes) => write_text(out, &convert::base64(bytes)),
    }
}

/// `uniqueItems`, of a list as it was written.
fn distinct(list: &str, place: &Place<'_>) -> Result<(), BadArgument> {
    let mut reader = crate::json::Reader::new(list);
    let mut seen = std::collections::HashSet::new();
    let mut at = 0;
    let _ = reader.begin_list();
    while let Ok(true) = reader.item(at == 0) {
        let Ok(item) = reader.raw() else { break };
        if !seen.insert(item) {
            return Err(place.item(at).refuse("stands twice, and items must differ"));
        }
        at += 1;
    }
    Ok(())
}
