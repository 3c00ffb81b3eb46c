//! Objects: their class, their fields in order, and what `"*"` says of the rest.

use std::sync::Arc;

use footbridge_amf::{Class, Sink};
use jiff::tz::TimeZone;

use super::{Filled, ReplyError, Writer, bad};
use crate::data::{Data, Record, same_name};
use crate::model::{Rest, TypeBody};
use crate::place::Place;
use crate::rows::Preset;
use crate::slot::{PathPart, Shape, Slot, Type};

/// A class that was made for a type, kept for the next row.
pub(super) struct Made {
    alias: Option<Arc<str>>,
    dynamic: bool,
    sealed: Vec<Arc<str>>,
    class: Arc<Class>,
}

/// The members of one object as they go out.
pub(super) struct Layout<'d> {
    pub(super) alias: Option<Arc<str>>,
    pub(super) dynamic: bool,
    pub(super) members: Vec<Member<'d>>,
}

/// One member: its name, value and slot.
pub(super) struct Member<'d> {
    pub(super) name: Arc<str>,
    data: Data,
    slot: Option<&'d Slot>,
    /// Written behind the sealed ones, or not at all.
    loose: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn object(
        &mut self,
        data: &Data,
        name: &Arc<str>,
        shape: Option<Shape>,
        zone: &TimeZone,
        place: &Place<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), ReplyError> {
        let layout = self.layout(data, name, shape, place)?;
        let class = self.class(&layout);
        sink.begin_object(&class)?;
        self.members(&layout, false, zone, place, sink)?;
        Ok(sink.end()?)
    }

    /// An object that no type describes, with its class where it has one.
    pub(super) fn record(
        &mut self,
        record: &Record,
        shape: Option<Shape>,
        zone: &TimeZone,
        place: &Place<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), ReplyError> {
        let layout = plain_layout(record, shape);
        let class = self.class(&layout);
        sink.begin_object(&class)?;
        self.members(&layout, false, zone, place, sink)?;
        Ok(sink.end()?)
    }

    /// The values of `layout` in the order of its class. In a row of a record set there are no names, so
    /// what would be left out is null there.
    pub(super) fn members(
        &mut self,
        layout: &Layout<'_>,
        row: bool,
        zone: &TimeZone,
        place: &Place<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), ReplyError> {
        let anonymous = row || layout.alias.is_none();
        let (sealed, loose): (Vec<_>, Vec<_>) = layout
            .members
            .iter()
            .partition(|member| row || !member.loose);
        for member in sealed {
            let place = place.member(&member.name);
            // An anonymous object has no sealed members.
            if !row && layout.alias.is_none() {
                self.named(member, anonymous, zone, &place, sink)?;
            } else {
                self.value(member, anonymous, zone, &place, sink)?;
            }
        }
        for member in loose {
            let place = place.member(&member.name);
            self.named(member, anonymous, zone, &place, sink)?;
        }
        Ok(())
    }

    /// A dynamic member, or nothing where it is left out.
    fn named(
        &mut self,
        member: &Member<'_>,
        anonymous: bool,
        zone: &TimeZone,
        place: &Place<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), ReplyError> {
        if let Some(slot) = member.slot
            && let Filled::Omit = self.filled(&member.data, slot, place)?
        {
            return Ok(());
        }
        sink.member(&member.name)?;
        self.value(member, anonymous, zone, place, sink)
    }

    fn value(
        &mut self,
        member: &Member<'_>,
        anonymous: bool,
        zone: &TimeZone,
        place: &Place<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), ReplyError> {
        let Some(slot) = member.slot else {
            if anonymous && self.scope.preset == Preset::ColdFusion && member.data.is_null() {
                return Ok(sink.string("")?);
            }
            return self.untyped(&member.data, None, zone, place, sink);
        };
        let zone = slot.zone.as_ref().unwrap_or(zone);
        match self.filled(&member.data, slot, place)? {
            Filled::Data(data) => self.typed(&data, &slot.kind, slot.shape, zone, place, sink),
            Filled::Constant(constant) => self.constant(constant, &slot.kind, zone, place, sink),
            Filled::Null | Filled::Omit => Ok(sink.null()?),
        }
    }

    /// The class of a layout; the same one for the same names.
    pub(super) fn class(&mut self, layout: &Layout<'_>) -> Arc<Class> {
        let sealed = || {
            layout
                .members
                .iter()
                .filter(|member| !member.loose && layout.alias.is_some())
                .map(|member| &member.name)
        };
        self.made(layout.alias.as_ref(), layout.dynamic, sealed)
    }

    /// The class of a record set's rows: all members are columns.
    pub(super) fn row_class(&mut self, layout: &Layout<'_>) -> Arc<Class> {
        let names = || layout.members.iter().map(|member| &member.name);
        self.made(layout.alias.as_ref(), false, names)
    }

    fn made<'n, I: Iterator<Item = &'n Arc<str>>>(
        &mut self,
        alias: Option<&Arc<str>>,
        dynamic: bool,
        names: impl Fn() -> I,
    ) -> Arc<Class> {
        let known = self.classes.iter().find(|made| {
            made.alias.as_ref() == alias
                && made.dynamic == dynamic
                && made.sealed.iter().eq(names())
        });
        if let Some(known) = known {
            return Arc::clone(&known.class);
        }
        let class = Arc::new(Class {
            alias: alias.map(|alias| alias.to_string()).unwrap_or_default(),
            sealed: names().map(|name| name.to_string()).collect(),
            dynamic,
        });
        self.classes.push(Made {
            alias: alias.cloned(),
            dynamic,
            sealed: names().cloned().collect(),
            class: Arc::clone(&class),
        });
        class
    }

    /// What goes out of `data` as a value of the type `name`.
    pub(super) fn layout(
        &self,
        data: &Data,
        name: &Arc<str>,
        shape: Option<Shape>,
        place: &Place<'_>,
    ) -> Result<Layout<'a>, ReplyError> {
        let scope = self.scope;
        let source = match data {
            Data::Object(record) => Source::Record(record),
            Data::Amf(value) if value.class().is_some() => Source::Amf(data, value.member_names()),
            _ => {
                return Err(bad(
                    place,
                    format!("is {}, and declared {name}", data.describe()),
                ));
            }
        };
        let name = match scope.variants.get(name) {
            None => name,
            Some(variants) => {
                let word = crate::data::convert::to_text(&data.member(&variants.by));
                let chosen = word.and_then(|word| variants.of.get(&word));
                chosen.or(variants.other.as_ref()).ok_or_else(|| {
                    bad(
                        &place.member(&variants.by),
                        format!("chooses no type of {name}"),
                    )
                })?
            }
        };
        let alias = match shape {
            Some(Shape::Object) => None,
            Some(_) | None => scope.class(name),
        };
        let Some(body) = scope.types.get(name) else {
            let members = source.all();
            // Who described the value knows its class better: it may extend the type that is named.
            let own = match &source {
                Source::Record(record) => record.alias.clone(),
                Source::Amf(..) => None,
            };
            let alias = match shape {
                Some(Shape::Object) => None,
                Some(_) | None => own.or(alias),
            };
            return Ok(Layout {
                dynamic: alias.is_none(),
                alias,
                members,
            });
        };
        Ok(self.fields(data, &source, body, alias))
    }

    fn fields(
        &self,
        data: &Data,
        source: &Source<'_>,
        body: &'a TypeBody,
        alias: Option<Arc<str>>,
    ) -> Layout<'a> {
        let mut members = Vec::with_capacity(body.fields.len());
        for (field, slot) in &body.fields {
            if slot.kind == Type::Hide {
                continue;
            }
            members.push(Member {
                name: field.clone(),
                data: field_of(data, field, slot),
                slot: Some(slot),
                loose: slot.default == Some(crate::slot::Constant::Omit),
            });
        }
        let open = match (&body.rest, source) {
            (Rest::Open(slot), _) => Some(Some(slot)),
            // What the mapping or the SQL text named is sent, what a client brought along is not.
            (Rest::Described, Source::Record(_)) => Some(None),
            (Rest::Described, Source::Amf(..)) | (Rest::Closed, _) => None,
        };
        if let Some(slot) = open {
            for mut member in source.all() {
                let taken = body.fields.iter().any(|(field, slot)| {
                    same_name(field, &member.name) || comes_from(slot, &member.name)
                });
                if !taken {
                    member.slot = slot;
                    member.loose = slot.is_some();
                    members.push(member);
                }
            }
        }
        Layout {
            dynamic: alias.is_none() || members.iter().any(|member| member.loose),
            alias,
            members,
        }
    }
}

/// The value of a field of an object that a step made: of an object that has its class already under the
/// field's name, else where `from` says, or under the name.
pub(crate) fn field_of(data: &Data, field: &Arc<str>, slot: &Slot) -> Data {
    let own = || data.member(field);
    let Some(path) = &slot.from else {
        return own();
    };
    if let Data::Object(record) = data
        && record.alias.is_some()
        && record.members.contains_key(field)
    {
        return own();
    }
    let mut found = data.clone();
    for part in path.iter() {
        found = match part {
            PathPart::Name(name) => found.member(name),
            PathPart::Index(index) => found
                .items()
                .and_then(|items| items.get(*index).cloned())
                .unwrap_or(Data::Null),
        };
    }
    if found.is_null() { own() } else { found }
}

/// Whether a field is filled from the member `name`.
pub(crate) fn comes_from(slot: &Slot, name: &str) -> bool {
    match slot.from.as_deref() {
        Some([PathPart::Name(first), ..]) => same_name(first, name),
        Some(_) | None => false,
    }
}

/// An object without a declared type.
pub(super) fn plain_layout(record: &Record, shape: Option<Shape>) -> Layout<'static> {
    let alias = match shape {
        Some(Shape::Object) => None,
        Some(_) | None => record.alias.clone(),
    };
    Layout {
        dynamic: alias.is_none(),
        alias,
        members: Source::Record(record).all(),
    }
}

enum Source<'d> {
    Record(&'d Record),
    Amf(&'d Data, Vec<Arc<str>>),
}

impl Source<'_> {
    fn all(&self) -> Vec<Member<'static>> {
        let member = |name: &Arc<str>, data: Data| Member {
            name: name.clone(),
            data,
            slot: None,
            loose: false,
        };
        match self {
            Self::Record(record) => record
                .members
                .iter()
                .filter(|(_, data)| **data != Data::Omit)
                .map(|(name, data)| member(name, data.clone()))
                .collect(),
            Self::Amf(data, names) => names
                .iter()
                .map(|name| member(name, data.member(name)))
                .collect(),
        }
    }
}
