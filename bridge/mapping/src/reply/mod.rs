//! Replies: a value becomes the events of an answer, by the type that is declared for it.
//!
//! `Writer` decides what each value looks like: `scalar` for what has no parts, `object` for
//! classes and fields, `list` for shapes. Rows of a database that go straight to the client do not pass here.

use std::sync::Arc;

use footbridge_amf::{Sink, WriteError};
use footbridge_remoting::{ListShape, Style};
use jiff::tz::TimeZone;

use crate::argument::BadArgument;
use crate::argument::convert::Converter;
use crate::data::Data;
use crate::model::TypeScope;
use crate::place::Place;
use crate::slot::{Constant, Scalar, Shape, Slot, Type};

mod list;
mod nest;
mod object;
mod scalar;

pub use nest::nest;
pub(crate) use object::{comes_from, field_of};

/// Objects and lists within each other.
const MAX_DEPTH: usize = 128;

/// Why a value cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// It is not what the mapping declares; the backend or the mapping is at fault.
    #[error("{} {message}", Quoted(path))]
    Bad {
        /// Where: `lines[2].price`; empty for the reply itself.
        path: String,
        /// What is wrong there: `is null, and its type has no `?``.
        message: String,
    },
    /// The answer has no room for it, or the encoding cannot say it.
    #[error(transparent)]
    Write(#[from] WriteError),
}

struct Quoted<'a>(&'a str);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the reply");
        }
        write!(f, "`{}`", self.0)
    }
}

/// Writes `data` as the one value of `sink`, by the type of `slot`; without a slot by what it is.
///
/// `service` is the name that a record set carries, `zone` where days begin and texts without a zone are read.
///
/// # Errors
/// [`ReplyError::Bad`] where the value does not fit the type, with the place; the sink then holds a part of a value.
pub fn write(
    data: &Data,
    slot: Option<&Slot>,
    scope: &TypeScope,
    zone: &TimeZone,
    style: &Style,
    service: &str,
    sink: &mut dyn Sink,
) -> Result<(), ReplyError> {
    let mut writer = Writer {
        scope,
        style,
        service,
        classes: Vec::new(),
    };
    let place = Place::root("");
    match slot {
        None => writer.untyped(data, None, zone, &place, sink),
        Some(slot) => {
            let zone = slot.zone.as_ref().unwrap_or(zone);
            match writer.filled(data, slot, &place)? {
                Filled::Data(data) => {
                    writer.typed(&data, &slot.kind, slot.shape, zone, &place, sink)
                }
                Filled::Constant(constant) => {
                    writer.constant(constant, &slot.kind, zone, &place, sink)
                }
                Filled::Null | Filled::Omit => Ok(sink.null()?),
            }
        }
    }
}

/// The columns of some items of a list as rows; `None` where they are not uniform objects, or there are none.
///
/// # Errors
/// [`ReplyError::Bad`] where the first does not fit the type.
pub fn columns(
    items: &[Data],
    slot: Option<&Slot>,
    scope: &TypeScope,
    style: &Style,
) -> Result<Option<Vec<Arc<str>>>, ReplyError> {
    let writer = Writer {
        scope,
        style,
        service: "",
        classes: Vec::new(),
    };
    writer.columns(items, item_of(slot), &Place::root(""))
}

/// Writes items of a list as rows of a record set, or a part of one, as the one value of `sink`.
///
/// # Errors
/// As [`write()`]; items with other columns than the first.
#[expect(
    clippy::too_many_arguments,
    reason = "as for every value, and the shape that the caller has chosen"
)]
pub fn write_rows(
    items: &[Data],
    slot: Option<&Slot>,
    shape: &ListShape,
    scope: &TypeScope,
    zone: &TimeZone,
    style: &Style,
    service: &str,
    sink: &mut dyn Sink,
) -> Result<(), ReplyError> {
    let mut writer = Writer {
        scope,
        style,
        service,
        classes: Vec::new(),
    };
    let zone = slot.and_then(|slot| slot.zone.as_ref()).unwrap_or(zone);
    let place = Place::root("");
    writer.record_set(items, shape, item_of(slot), zone, &place, sink)
}

/// The type of a list's items.
fn item_of(slot: Option<&Slot>) -> &Type {
    match slot.map(|slot| slot.kind.inner()) {
        Some(Type::List(item, _)) => item,
        Some(_) | None => &Type::Any,
    }
}

/// Writes a value without parts, as what is declared for it, or by the preset of `scope` where nothing is.
///
/// # Errors
/// [`ReplyError::Bad`] where it is not what is declared; its path is empty.
pub fn write_scalar(
    data: &Data,
    declared: Option<Scalar>,
    shape: Option<Shape>,
    scope: &TypeScope,
    zone: &TimeZone,
    style: &Style,
    sink: &mut dyn Sink,
) -> Result<(), ReplyError> {
    let writer = Writer {
        scope,
        style,
        service: "",
        classes: Vec::new(),
    };
    let place = Place::root("");
    match declared {
        Some(declared) => writer.scalar(data, declared, shape, zone, &place, sink),
        None => writer.undeclared(data, shape, zone, &place, sink),
    }
}

/// What a step made, brought to the type that it declares, so that expressions and other operations see that type:
/// fields under their names, classes, numbers of their kind.
///
/// # Errors
/// [`ReplyError::Bad`] where the value does not fit the type.
pub fn conform(
    data: &Data,
    slot: &Slot,
    scope: &TypeScope,
    zone: &TimeZone,
) -> Result<Data, ReplyError> {
    Converter::outgoing(scope, zone)
        .slot(data, slot, &Place::root(""))
        .map_err(|BadArgument { path, message }| ReplyError::Bad { path, message })
}

/// As [`conform`], for values that neither the mapping nor a text names one by one: the rows of procedures. Of an
/// object only the fields of its type stay, unless that is open.
///
/// # Errors
/// [`ReplyError::Bad`] where the value does not fit the type.
pub fn expose(
    data: &Data,
    slot: &Slot,
    scope: &TypeScope,
    zone: &TimeZone,
) -> Result<Data, ReplyError> {
    Converter::exposing(scope, zone)
        .slot(data, slot, &Place::root(""))
        .map_err(|BadArgument { path, message }| ReplyError::Bad { path, message })
}

struct Writer<'a> {
    scope: &'a TypeScope,
    style: &'a Style,
    service: &'a str,
    /// Classes made so far: rows share one.
    classes: Vec<object::Made>,
}

/// What a slot makes of a value.
enum Filled<'s> {
    /// The value itself.
    Data(Data),
    /// Null, as null.
    Null,
    /// The default, or what stands for null.
    Constant(&'s Constant),
    /// The member is left out.
    Omit,
}

impl Writer<'_> {
    /// The default takes the place of null and of missing.
    fn filled<'s>(
        &self,
        data: &Data,
        slot: &'s Slot,
        place: &Place<'_>,
    ) -> Result<Filled<'s>, ReplyError> {
        let plain = data.plain();
        if !plain.is_null() {
            return Ok(Filled::Data(plain));
        }
        match (&slot.default, &slot.null_as) {
            (Some(Constant::Omit), _) => Ok(Filled::Omit),
            (Some(constant), _) | (None, Some(constant)) => Ok(Filled::Constant(constant)),
            (None, None) if slot.kind.takes_null() => Ok(Filled::Null),
            (None, None) => Err(bad(place, "is null, and its type has no `?`")),
        }
    }

    fn constant(
        &mut self,
        constant: &Constant,
        kind: &Type,
        zone: &TimeZone,
        place: &Place<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), ReplyError> {
        match constant {
            Constant::NaN => Ok(sink.number(f64::NAN)?),
            Constant::Omit => Ok(sink.null()?),
            Constant::Number(_) | Constant::Bool(_) | Constant::EmptyList | Constant::Text(_) => {
                self.typed(&constant.data(), kind, None, zone, place, sink)
            }
        }
    }

    fn typed(
        &mut self,
        data: &Data,
        kind: &Type,
        shape: Option<Shape>,
        zone: &TimeZone,
        place: &Place<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), ReplyError> {
        if place.depth > MAX_DEPTH {
            return Err(bad(place, format!("is nested deeper than {MAX_DEPTH}")));
        }
        match kind {
            Type::Any => self.untyped(data, shape, zone, place, sink),
            Type::Void | Type::Hide => Ok(sink.null()?),
            Type::Nullable(inner) => {
                if data.plain().is_null() {
                    return Ok(sink.null()?);
                }
                self.typed(data, inner, shape, zone, place, sink)
            }
            _ if data.plain().is_null() => Err(bad(place, "is null, and its type has no `?`")),
            Type::Scalar(scalar) | Type::Ranged(scalar, _) => {
                self.scalar(&data.plain(), *scalar, shape, zone, place, sink)
            }
            Type::Words(words) => match data.plain() {
                Data::Text(text) if words.contains(&text) => Ok(sink.string(&text)?),
                _ => Err(bad(place, format!("is none of {}", words.join(", ")))),
            },
            Type::List(item, _) => self.list(data, item, shape, zone, place, sink),
            Type::Named(name) => self.object(data, name, shape, zone, place, sink),
        }
    }

    /// What nothing describes: as it is.
    fn untyped(
        &mut self,
        data: &Data,
        shape: Option<Shape>,
        zone: &TimeZone,
        place: &Place<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), ReplyError> {
        if place.depth > MAX_DEPTH {
            return Err(bad(place, format!("is nested deeper than {MAX_DEPTH}")));
        }
        match data {
            Data::Null | Data::Omit => Ok(sink.null()?),
            Data::Bool(_)
            | Data::Int(_)
            | Data::Number(_)
            | Data::Decimal(_)
            | Data::Text(_)
            | Data::Date(_)
            | Data::Day(_)
            | Data::Bytes(_)
            | Data::Xml(_) => self.undeclared(data, shape, zone, place, sink),
            Data::List(_) => self.list(data, &Type::Any, shape, zone, place, sink),
            Data::Object(record) => self.record(record, shape, zone, place, sink),
            // A list of a client's own takes a declared shape; all else goes out as it came in.
            Data::Amf(value) => match shape {
                Some(Shape::Array | Shape::ArrayCollection | Shape::RecordSet | Shape::Vector)
                    if value.items().is_some() =>
                {
                    self.list(data, &Type::Any, shape, zone, place, sink)
                }
                Some(_) | None => Ok(sink.graph(&value.graph, &value.value)?),
            },
        }
    }
}

fn bad(place: &Place<'_>, message: impl Into<String>) -> ReplyError {
    ReplyError::Bad {
        path: place.path(),
        message: message.into(),
    }
}

/// Whether two values are objects of one class with the same members in the same order.
fn same_members(left: &Data, right: &Data) -> bool {
    match (left, right) {
        (Data::Object(left), Data::Object(right)) => {
            left.alias == right.alias
                && left.members.len() == right.members.len()
                && left.members.keys().eq(right.members.keys())
        }
        _ => false,
    }
}
