//! One value to one type: what a client sent, and what a step made.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::{BadArgument, bounds, is_object, not_given};
use crate::data::{Data, Record, compare, convert, same_name};
use crate::decimal;
use crate::model::{Argument, Rest, TypeBody, TypeScope};
use crate::place::Place;
use crate::reply::{comes_from, field_of};
use crate::slot::{Constant, Range, Scalar, Slot, Type};

/// Objects and lists within each other: what a client sends may hold itself.
const MAX_DEPTH: usize = 64;

/// Values of all arguments together: what is shared is taken once for each place.
const MAX_VALUES: usize = 200_000;

/// Values of what a step made: beyond it the answer would not fit its limit either.
const MAX_MADE: usize = 5_000_000;

/// Converts the values of one call, within one budget.
pub(crate) struct Converter<'a> {
    scope: &'a TypeScope,
    zone: &'a TimeZone,
    way: Way,
    left: usize,
    /// Values that came as another type than the declared one.
    coerced: usize,
}

/// Which way a value goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// From a client: only declared fields are taken, under their own names; ranges are checked.
    In,
    /// From a step: fields are found where `from` says, and what the mapping named besides stays.
    Out,
    /// From a backend whose columns nobody named: likewise, and only the fields of a type stay.
    Exposed,
}

impl<'a> Converter<'a> {
    /// For what a client sent.
    pub(super) fn new(scope: &'a TypeScope, zone: &'a TimeZone) -> Self {
        Self {
            scope,
            zone,
            way: Way::In,
            left: MAX_VALUES,
            coerced: 0,
        }
    }

    /// For what a step made.
    pub(crate) fn outgoing(scope: &'a TypeScope, zone: &'a TimeZone) -> Self {
        Self {
            way: Way::Out,
            left: MAX_MADE,
            ..Self::new(scope, zone)
        }
    }

    /// For what a backend gave.
    pub(crate) fn exposing(scope: &'a TypeScope, zone: &'a TimeZone) -> Self {
        Self {
            way: Way::Exposed,
            left: MAX_MADE,
            ..Self::new(scope, zone)
        }
    }

    /// How many values came from a client as another type than the declared one.
    pub(super) fn coerced(&self) -> usize {
        self.coerced
    }

    /// The value of an argument; what a field would leave out is null.
    pub(super) fn argument(
        &mut self,
        value: &Data,
        argument: &Argument,
    ) -> Result<Data, BadArgument> {
        let place = Place::root(&argument.name);
        match self.slot(value, &argument.slot, &place)? {
            Data::Omit => Ok(Data::Null),
            data => Ok(data),
        }
    }

    /// The value of a slot: what came, the default, or null.
    pub(crate) fn slot(
        &mut self,
        value: &Data,
        slot: &Slot,
        place: &Place<'_>,
    ) -> Result<Data, BadArgument> {
        let value = value.plain();
        let zone = slot.zone.as_ref().unwrap_or(self.zone);
        if not_given(&value, &slot.kind) {
            return match &slot.default {
                Some(constant) => self.constant(constant, &slot.kind, zone, place),
                None if slot.kind.takes_null() => Ok(Data::Null),
                None if self.way == Way::In => Err(place.refuse("is required")),
                None => Err(place.refuse("is null, and its type has no `?`")),
            };
        }
        let data = self.kind(&value, &slot.kind, zone, place)?;
        if let Some(constant) = &slot.null_as {
            let null = self.constant(constant, &slot.kind, zone, place)?;
            if compare::equal(&data, &null) {
                return Ok(Data::Null);
            }
        }
        Ok(data)
    }

    fn constant(
        &mut self,
        constant: &Constant,
        kind: &Type,
        zone: &TimeZone,
        place: &Place<'_>,
    ) -> Result<Data, BadArgument> {
        match constant {
            Constant::Omit => Ok(Data::Omit),
            Constant::NaN => Ok(Data::Number(f64::NAN)),
            Constant::Number(_) | Constant::Bool(_) | Constant::EmptyList | Constant::Text(_) => {
                self.kind(&constant.data(), kind, zone, place)
            }
        }
    }

    fn kind(
        &mut self,
        value: &Data,
        kind: &Type,
        zone: &TimeZone,
        place: &Place<'_>,
    ) -> Result<Data, BadArgument> {
        if place.depth > MAX_DEPTH {
            return Err(place.refuse(format!("is nested deeper than {MAX_DEPTH}")));
        }
        let Some(left) = self.left.checked_sub(1) else {
            return Err(place.refuse("goes beyond the values that are allowed in all"));
        };
        self.left = left;
        match kind {
            Type::Any => Ok(value.clone()),
            Type::Void | Type::Hide => Ok(Data::Null),
            Type::Nullable(inner) => {
                if not_given(value, inner) {
                    return Ok(Data::Null);
                }
                self.kind(value, inner, zone, place)
            }
            _ if not_given(value, kind) => Err(place.refuse("must not be null")),
            Type::Scalar(scalar) => self.exact(value, *scalar, zone, place),
            Type::Ranged(scalar, range) => {
                let data = self.exact(value, *scalar, zone, place)?;
                if self.way == Way::In {
                    within(&data, *scalar, range, place)?;
                }
                Ok(data)
            }
            Type::Words(words) => match value {
                Data::Text(text) if words.contains(text) => Ok(value.clone()),
                _ => Err(place.refuse(format!("must be one of {}", words.join(", ")))),
            },
            Type::List(item, range) => self.list(value, item, range, zone, place),
            Type::Named(name) => self.named(value, name, place),
        }
    }

    fn list(
        &mut self,
        value: &Data,
        item: &Type,
        range: &Range,
        zone: &TimeZone,
        place: &Place<'_>,
    ) -> Result<Data, BadArgument> {
        let items = value
            .items()
            .ok_or_else(|| place.refuse("must be a list"))?;
        if self.way == Way::In && !range.holds_count(items.len()) {
            return Err(place.refuse(format!(
                "must have {} items, and has {}",
                bounds(range),
                items.len()
            )));
        }
        items
            .iter()
            .enumerate()
            .map(|(at, data)| self.kind(&data.plain(), item, zone, &place.item(at)))
            .collect::<Result<Arc<[Data]>, _>>()
            .map(Data::List)
    }

    fn named(
        &mut self,
        value: &Data,
        name: &Arc<str>,
        place: &Place<'_>,
    ) -> Result<Data, BadArgument> {
        if !is_object(value) {
            return Err(place.refuse(format!("must be an object ({name})")));
        }
        let scope = self.scope;
        let name = match scope.variants.get(name) {
            None => name,
            Some(variants) => {
                let word = convert::to_text(&value.member(&variants.by));
                let chosen = word.and_then(|word| variants.of.get(&word));
                chosen.or(variants.other.as_ref()).ok_or_else(|| {
                    place
                        .member(&variants.by)
                        .refuse(format!("chooses no type of {name}"))
                })?
            }
        };
        let Some(body) = scope.types.get(name) else {
            // Only backend or text describe the type: its members are looked up by name.
            return Ok(match (self.way, value) {
                (Way::Out, Data::Object(record)) if record.alias.is_none() => {
                    Data::Object(Arc::new(Record {
                        alias: scope.class(name),
                        members: record.members.clone(),
                    }))
                }
                (Way::Exposed, _) => {
                    return Err(
                        place.refuse(format!("is of the type {name}, which names no fields"))
                    );
                }
                (Way::In | Way::Out, _) => value.clone(),
            });
        };
        let mut record = Record {
            alias: scope.class(name),
            ..Record::default()
        };
        for (field, slot) in &body.fields {
            if slot.kind == Type::Hide {
                continue;
            }
            let source = match self.way {
                Way::In => value.member(field),
                Way::Out | Way::Exposed => field_of(value, field, slot),
            };
            let data = self.slot(&source, slot, &place.member(field))?;
            if data != Data::Omit {
                record.members.insert(field.clone(), data);
            }
        }
        self.rest(value, body, &mut record, place)?;
        Ok(Data::Object(Arc::new(record)))
    }

    /// A scalar of exactly this type.
    fn exact(
        &mut self,
        value: &Data,
        scalar: Scalar,
        zone: &TimeZone,
        place: &Place<'_>,
    ) -> Result<Data, BadArgument> {
        let wanted = |article: &str| place.refuse(format!("must be {article} {}", scalar.name()));
        // A boolean is no number, though an expression may make one of it.
        let inward = self.way == Way::In;
        let number = !(inward && matches!(value, Data::Bool(_)));
        if inward && is_coerced(value, scalar) {
            self.coerced += 1;
        }
        match scalar {
            Scalar::String | Scalar::Secret => match value {
                Data::Bytes(_) if inward => Err(wanted("a")),
                _ => convert::to_text(value)
                    .map(Data::Text)
                    .ok_or_else(|| wanted("a")),
            },
            Scalar::Int => {
                let whole = number.then(|| convert::to_int(value)).flatten();
                let whole = whole.ok_or_else(|| wanted("an"))?;
                if i32::try_from(whole).is_err() {
                    return Err(place.refuse("must be an int, and is beyond 32 bits"));
                }
                Ok(Data::Int(whole))
            }
            Scalar::Long => number
                .then(|| convert::to_int(value))
                .flatten()
                .map(Data::Int)
                .ok_or_else(|| wanted("a")),
            Scalar::Number => match value {
                Data::Date(_) | Data::Bool(_) if inward => Err(wanted("a")),
                _ => convert::to_number(value)
                    .map(Data::Number)
                    .ok_or_else(|| wanted("a")),
            },
            Scalar::Decimal => convert::to_decimal(value)
                .map(Data::Decimal)
                .ok_or_else(|| wanted("a")),
            Scalar::Bool => convert::to_bool(value)
                .map(Data::Bool)
                .ok_or_else(|| wanted("a")),
            Scalar::Date => convert::to_date(value, zone)
                .filter(|millis| millis.is_finite())
                .map(Data::Date)
                .ok_or_else(|| wanted("a")),
            Scalar::Day => convert::to_day(value, zone)
                .map(Data::Day)
                .ok_or_else(|| wanted("a")),
            Scalar::Time => convert::to_time(value, zone)
                .map(Data::Text)
                .ok_or_else(|| wanted("a")),
            Scalar::Bytes => convert::to_bytes(value)
                .map(Data::Bytes)
                .ok_or_else(|| place.refuse("must be bytes, or base64 text")),
            Scalar::Xml => match value {
                Data::Xml(text) | Data::Text(text) => Ok(Data::Xml(text.clone())),
                _ => Err(place.refuse("must be XML")),
            },
        }
    }

    /// The members that `"*"` lets in.
    fn rest(
        &mut self,
        value: &Data,
        body: &TypeBody,
        record: &mut Record,
        place: &Place<'_>,
    ) -> Result<(), BadArgument> {
        let slot = match (&body.rest, self.way) {
            (Rest::Open(slot), _) => Some(slot),
            (Rest::Described, Way::Out) if matches!(value, Data::Object(_)) => None,
            (Rest::Described | Rest::Closed, _) => return Ok(()),
        };
        let names = match value {
            Data::Object(object) => object.members.keys().cloned().collect(),
            Data::Amf(object) => object.member_names(),
            _ => Vec::new(),
        };
        for name in names {
            let taken = body.fields.iter().any(|(field, slot)| {
                same_name(field, &name) || (self.way != Way::In && comes_from(slot, &name))
            });
            if taken {
                continue;
            }
            let member = value.member(&name);
            let data = match slot {
                Some(slot) => self.slot(&member, slot, &place.member(&name))?,
                None => member,
            };
            if data != Data::Omit {
                record.members.insert(name, data);
            }
        }
        Ok(())
    }
}

/// Whether a value is of another type than a client sends for this one by itself. AMF has one kind of number, and no decimals, longs
/// or (in AMF0) bytes: those come as numbers and texts.
fn is_coerced(value: &Data, scalar: Scalar) -> bool {
    let natural = match scalar {
        Scalar::String | Scalar::Secret | Scalar::Time => matches!(value, Data::Text(_)),
        Scalar::Int | Scalar::Number => matches!(value, Data::Int(_) | Data::Number(_)),
        Scalar::Long | Scalar::Decimal => matches!(
            value,
            Data::Int(_) | Data::Number(_) | Data::Text(_) | Data::Decimal(_)
        ),
        Scalar::Bool => matches!(value, Data::Bool(_)),
        Scalar::Date | Scalar::Day => matches!(value, Data::Date(_) | Data::Day(_)),
        Scalar::Bytes => matches!(value, Data::Bytes(_) | Data::Text(_)),
        Scalar::Xml => matches!(value, Data::Xml(_)),
    };
    !natural
}

fn within(
    data: &Data,
    scalar: Scalar,
    range: &Range,
    place: &Place<'_>,
) -> Result<(), BadArgument> {
    match data {
        Data::Text(text) => {
            let length = text.chars().count();
            if range.holds_count(length) {
                return Ok(());
            }
            Err(place.refuse(format!(
                "must have {} characters, and has {length}",
                bounds(range)
            )))
        }
        _ => {
            let number = convert::to_decimal(data);
            if number
                .is_some_and(|number| range.holds(&decimal::normal(&number).unwrap_or_default()))
            {
                return Ok(());
            }
            Err(place.refuse(format!("must be {} {}", scalar.name(), bounds(range))))
        }
    }
}
