//! Writes AMF3 as events come, with references for strings, trait sets and the nodes of graphs.

use std::sync::Arc;

use super::classes::Classes;
use super::marker;
use super::members::Members;
use super::strings::Strings;
use crate::error::WriteError;
use crate::seen::Seen;
use crate::sink::{Class, DEPTH, Sink, VectorKind};
use crate::value::{Graph, Value};

/// Writes AMF3 values, one after the other, behind what a buffer holds already.
///
/// Strings and trait sets that were written before are referred to, and so are nodes that appear again in the value of one
/// [`graph`](Sink::graph) call. One writer is one context: a header or body, or one value behind the switch 0x11 of an AMF0 body.
///
/// ```
/// use std::sync::Arc;
/// use footbridge_amf::{Class, Sink, amf3};
///
/// let product = Arc::new(Class { alias: "Product".into(), sealed: vec!["id".into()], dynamic: false });
/// let mut writer = amf3::Writer::new(Vec::new(), 1 << 20);
/// writer.begin_external("flex.messaging.io.ArrayCollection")?;
/// writer.begin_array()?;
/// for id in [7, 8] {
///     writer.begin_object(&product)?;
///     writer.int(id)?;
///     writer.end()?;
/// }
/// writer.end()?; // of the array
/// writer.end()?; // of the collection
/// let bytes = writer.finish()?;
/// assert!(bytes.ends_with(b"\x09\x05\x01\x0a\x13\x0fProduct\x05id\x04\x07\x0a\x05\x04\x08"));
/// # Ok::<(), footbridge_amf::WriteError>(())
/// ```
#[derive(Debug)]
pub struct Writer {
    pub(super) out: Vec<u8>,
    pub(super) limit: usize,
    pub(super) externals: bool,
    pub(super) integers: bool,
    pub(super) open: Vec<Open>,
    pub(super) strings: Strings,
    pub(super) classes: Classes,
    /// How many objects the reader's table has.
    pub(super) objects: u32,
    /// Nodes of the graph that is being written, and their numbers in the reader's table.
    pub(super) seen: Seen,
    /// Trait sets of the graph that is being written, and their numbers in the reader's table.
    pub(super) seen_traits: Seen,
}

impl Writer {
    /// A writer that appends to `out`, which may not become longer than `limit` bytes.
    pub fn new(out: Vec<u8>, limit: usize) -> Self {
        Self {
            out,
            limit,
            externals: true,
            integers: true,
            open: Vec::new(),
            strings: Strings::default(),
            classes: Classes::default(),
            objects: 0,
            seen: Seen::default(),
            seen_traits: Seen::default(),
        }
    }

    /// Writes of each externalizable only what it holds: the array of an ArrayCollection, the object of an ObjectProxy;
    /// small messages as objects of their full class. For players that know no externalizable, as Ruffle.
    #[must_use]
    pub fn without_externals(mut self) -> Self {
        self.externals = false;
        self
    }

    /// Writes integers as doubles. For readers that go wrong at the integers of 29 bits.
    #[must_use]
    pub fn without_integers(mut self) -> Self {
        self.integers = false;
        self
    }

    /// Begins an externalizable object whose class decides what follows: any number of [`flags`](Self::flags) and
    /// values, and [`end`](Sink::end). A small Flex message is written so.
    ///
    /// # Errors
    /// Those of [`Sink`], and [`WriteError::Unrepresentable`] after [`without_externals`](Self::without_externals).
    pub fn begin_external_raw(&mut self, alias: &str) -> Result<(), WriteError> {
        if !self.externals {
            let what = format!("the externalizable class `{alias}`");
            return Err(WriteError::Unrepresentable {
                what,
                encoding: "AMF3 without externalizables",
            });
        }
        self.value()?;
        self.external_head(alias)?;
        self.push(Open::Raw)
    }

    /// Writes scalars into the array or the sealed members of the object that was begun last: many values, accounted for
    /// at once by [`Members::finish`].
    #[inline]
    pub fn members(&mut self) -> Members<'_> {
        Members::new(self)
    }

    /// Begins an object, as [`begin_object`](Sink::begin_object) does, for whoever has its members at hand:
    /// [`Members::end`] ends it.
    ///
    /// # Errors
    /// Those of [`Sink`].
    #[inline]
    pub fn object<'w>(&'w mut self, class: &Arc<Class>) -> Result<Members<'w>, WriteError> {
        self.value()?;
        if self.open.len() >= DEPTH {
            return Err(WriteError::TooDeep { limit: DEPTH });
        }
        self.object_head(class)?;
        Ok(Members::of_object(self, class))
    }

    /// One byte of an externalizable begun by [`begin_external_raw`](Self::begin_external_raw).
    ///
    /// # Errors
    /// If something else was begun last, or the byte budget is used up.
    pub fn flags(&mut self, flags: u8) -> Result<(), WriteError> {
        let Some(Open::Raw) = self.open.last() else {
            return Err(WriteError::OutOfOrder("flags outside an externalizable"));
        };
        self.out.push(flags);
        self.check()
    }

    /// The bytes: what the buffer held before, and the values.
    ///
    /// # Errors
    /// [`WriteError::OutOfOrder`] if something was begun and not ended.
    pub fn finish(self) -> Result<Vec<u8>, WriteError> {
        if !self.open.is_empty() {
            return Err(WriteError::OutOfOrder(
                "the end of the output within a value",
            ));
        }
        Ok(self.out)
    }

    /// Accounts for a value in what was begun last, where any type of value may stand.
    #[inline]
    pub(super) fn value(&mut self) -> Result<(), WriteError> {
        match self.slot()? {
            Slot::Value => Ok(()),
            Slot::Int | Slot::Uint | Slot::Number => Err(WriteError::OutOfOrder(
                "a value that is no number in a vector of numbers",
            )),
        }
    }

    #[inline]
    fn slot(&mut self) -> Result<Slot, WriteError> {
        let Some(open) = self.open.last_mut() else {
            return Ok(Slot::Value);
        };
        match open {
            Open::Object { sealed, .. } if *sealed > 0 => *sealed -= 1,
            Open::Object { named, .. } => {
                if !std::mem::take(named) {
                    return Err(WriteError::OutOfOrder(
                        "more values than the class has members",
                    ));
                }
            }
            Open::Array { count, .. } => *count += 1,
            Open::Vector { count, slot, .. } => {
                *count += 1;
                return Ok(*slot);
            }
            Open::External { full } | Open::Unwrapped { full } => {
                if std::mem::replace(full, true) {
                    return Err(WriteError::OutOfOrder(
                        "a second value in an externalizable of one",
                    ));
                }
            }
            Open::Raw => {}
        }
        Ok(Slot::Value)
    }

    /// Accounts for so many values at once, where any type of value may stand.
    #[inline]
    pub(super) fn values(&mut self, values: usize) -> Result<(), WriteError> {
        match self.open.last_mut() {
            Some(Open::Object { sealed, .. }) if *sealed >= values => *sealed -= values,
            Some(Open::Array { count, .. }) => *count += values,
            Some(_) | None if values == 0 => {}
            Some(_) | None => {
                return Err(WriteError::OutOfOrder(
                    "members where none, or not so many, may stand",
                ));
            }
        }
        self.check()
    }

    #[inline]
    pub(super) fn push(&mut self, open: Open) -> Result<(), WriteError> {
        if self.open.len() >= DEPTH {
            return Err(WriteError::TooDeep { limit: DEPTH });
        }
        self.open.push(open);
        self.check()
    }

    #[inline]
    pub(super) fn check(&self) -> Result<(), WriteError> {
        if self.out.len() > self.limit {
            return Err(WriteError::TooLarge { limit: self.limit });
        }
        Ok(())
    }

    /// Checks that `more` bytes fit before they are copied.
    #[inline]
    fn room(&self, more: usize) -> Result<(), WriteError> {
        if more > self.limit.saturating_sub(self.out.len()) {
            return Err(WriteError::TooLarge { limit: self.limit });
        }
        Ok(())
    }

    #[inline]
    pub(super) fn u29(&mut self, number: u32) {
        put_u29(&mut self.out, number);
    }

    #[inline]
    pub(super) fn put_int(&mut self, value: i32) {
        if self.integers && (marker::INT_MIN..=marker::INT_MAX).contains(&value) {
            self.put_marked(marker::INTEGER, value.cast_unsigned() & 0x1fff_ffff);
        } else {
            self.put_number(f64::from(value));
        }
    }

    /// A marker and a U29.
    #[inline]
    pub(super) fn put_marked(&mut self, marker: u8, number: u32) {
        // Each cast keeps the eight bits that are wanted.
        match number {
            0..0x80 => self.out.extend_from_slice(&[marker, number as u8]),
            0x80..0x4000 => self.out.extend_from_slice(&[
                marker,
                (number >> 7) as u8 | 0x80,
                number as u8 & 0x7f,
            ]),
            _ => {
                self.out.push(marker);
                self.u29(number);
            }
        }
    }

    #[inline]
    pub(super) fn put_number(&mut self, value: f64) {
        let mut bytes = [marker::DOUBLE; 9];
        bytes[1..].copy_from_slice(&value.to_be_bytes());
        self.out.extend_from_slice(&bytes);
    }

    #[inline]
    pub(super) fn put_date(&mut self, millis: f64) {
        self.objects += 1;
        let mut bytes = [marker::DATE; 10];
        bytes[1] = 0x01;
        bytes[2..].copy_from_slice(&millis.to_be_bytes());
        self.out.extend_from_slice(&bytes);
    }

    /// A string without its marker, by reference where it was written before.
    #[inline]
    pub(super) fn put_string(&mut self, text: &str) -> Result<(), WriteError> {
        if text.is_empty() {
            self.out.push(0x01);
            return Ok(());
        }
        if let Some(number) = self.strings.find_or_count(text.as_bytes()) {
            self.u29(number << 1);
            return Ok(());
        }
        self.put_slice(text.as_bytes())
    }

    /// Length and bytes of something that takes an object number: XML, a byte array.
    pub(super) fn put_object_slice(&mut self, marker: u8, bytes: &[u8]) -> Result<(), WriteError> {
        self.objects += 1;
        self.out.push(marker);
        self.put_slice(bytes)
    }

    #[inline]
    pub(super) fn put_marked_slice(&mut self, marker: u8, bytes: &[u8]) -> Result<(), WriteError> {
        self.room(bytes.len())?;
        let header = count_header(bytes.len())?;
        self.put_marked(marker, header);
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    #[inline]
    fn put_slice(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.room(bytes.len())?;
        let header = count_header(bytes.len())?;
        self.u29(header);
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    /// Marker and traits of an object, by reference where the class was written before.
    #[inline]
    pub(super) fn object_head(&mut self, class: &Arc<Class>) -> Result<u32, WriteError> {
        self.objects += 1;
        let (number, known) = self.classes.find_or_count(class);
        if known {
            self.put_marked(marker::OBJECT, number << 2 | 0b01);
            return Ok(number);
        }
        self.out.push(marker::OBJECT);
        let Ok(sealed) = u32::try_from(class.sealed.len()) else {
            return Err(too_many());
        };
        if sealed > MEMBERS {
            return Err(too_many());
        }
        self.u29(sealed << 4 | u32::from(class.dynamic) << 3 | 0b011);
        self.put_string(&class.alias)?;
        for name in &class.sealed {
            self.put_string(name)?;
        }
        Ok(number)
    }

    /// The same for a class whose number is known.
    pub(super) fn object_head_again(&mut self, number: u32) {
        self.objects += 1;
        self.out.push(marker::OBJECT);
        self.u29(number << 2 | 0b01);
    }

    pub(super) fn external_head(&mut self, alias: &str) -> Result<(), WriteError> {
        self.objects += 1;
        self.out.push(marker::OBJECT);
        if let Some(number) = self.classes.find_or_count_external(alias) {
            self.u29(number << 2 | 0b01);
            return Ok(());
        }
        self.u29(0b0111);
        self.put_string(alias)
    }

    /// Puts the header of `count` at `place`, where one byte was kept for it.
    fn settle_count(&mut self, place: usize, count: usize) -> Result<(), WriteError> {
        let header = count_header(count)?;
        if header < 0x80 {
            // Of at most seven bits, so nothing is cut off.
            if let Some(byte) = self.out.get_mut(place) {
                *byte = header as u8;
            }
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(4);
        put_u29(&mut bytes, header);
        self.out.splice(place..=place, bytes);
        self.check()
    }
}

impl Sink for Writer {
    fn amf3(&mut self) -> Option<&mut Self> {
        Some(self)
    }

    fn undefined(&mut self) -> Result<(), WriteError> {
        self.value()?;
        self.out.push(marker::UNDEFINED);
        self.check()
    }

    #[inline]
    fn null(&mut self) -> Result<(), WriteError> {
        self.value()?;
        self.out.push(marker::NULL);
        self.check()
    }

    #[inline]
    fn bool(&mut self, value: bool) -> Result<(), WriteError> {
        self.value()?;
        self.out
            .push(if value { marker::TRUE } else { marker::FALSE });
        self.check()
    }

    #[inline]
    fn int(&mut self, value: i32) -> Result<(), WriteError> {
        match self.slot()? {
            Slot::Value => self.put_int(value),
            Slot::Int => self.out.extend_from_slice(&value.to_be_bytes()),
            Slot::Uint => match u32::try_from(value) {
                Ok(value) => self.out.extend_from_slice(&value.to_be_bytes()),
                Err(_) => {
                    return Err(WriteError::OutOfOrder(
                        "a negative number in a vector of uint",
                    ));
                }
            },
            Slot::Number => self.out.extend_from_slice(&f64::from(value).to_be_bytes()),
        }
        self.check()
    }

    #[inline]
    fn number(&mut self, value: f64) -> Result<(), WriteError> {
        match self.slot()? {
            Slot::Value => self.put_number(value),
            Slot::Number => self.out.extend_from_slice(&value.to_be_bytes()),
            Slot::Int => return Err(WriteError::OutOfOrder("a double in a vector of int")),
            Slot::Uint => {
                // The cast saturates, and what it changed is found by comparing.
                let item = value as u32;
                if f64::from(item) != value {
                    return Err(WriteError::OutOfOrder(
                        "a number that is no uint in a vector of uint",
                    ));
                }
                self.out.extend_from_slice(&item.to_be_bytes());
            }
        }
        self.check()
    }

    #[inline]
    fn string(&mut self, value: &str) -> Result<(), WriteError> {
        self.value()?;
        self.out.push(marker::STRING);
        self.put_string(value)?;
        self.check()
    }

    #[inline]
    fn date(&mut self, millis: f64) -> Result<(), WriteError> {
        self.value()?;
        self.put_date(millis);
        self.check()
    }

    fn xml(&mut self, text: &str) -> Result<(), WriteError> {
        self.value()?;
        self.put_object_slice(marker::XML, text.as_bytes())?;
        self.check()
    }

    fn xml_document(&mut self, text: &str) -> Result<(), WriteError> {
        self.value()?;
        self.put_object_slice(marker::XML_DOCUMENT, text.as_bytes())?;
        self.check()
    }

    fn bytes(&mut self, value: &[u8]) -> Result<(), WriteError> {
        self.value()?;
        self.put_object_slice(marker::BYTE_ARRAY, value)?;
        self.check()
    }

    fn begin_array(&mut self) -> Result<(), WriteError> {
        self.value()?;
        self.objects += 1;
        // The second byte waits for the count, the third ends the empty named part.
        self.out.extend_from_slice(&[marker::ARRAY, 0x01, 0x01]);
        self.push(Open::Array {
            place: self.out.len() - 2,
            count: 0,
        })
    }

    #[inline]
    fn begin_object(&mut self, class: &Arc<Class>) -> Result<(), WriteError> {
        self.value()?;
        self.object_head(class)?;
        self.push(Open::Object {
            sealed: class.sealed.len(),
            dynamic: class.dynamic,
            named: false,
        })
    }

    fn member(&mut self, name: &str) -> Result<(), WriteError> {
        match self.open.last_mut() {
            Some(Open::Object {
                sealed: 0,
                dynamic: true,
                named,
            }) if !*named => *named = true,
            _ => return Err(WriteError::OutOfOrder("a member name where none may stand")),
        }
        if name.is_empty() {
            return Err(WriteError::Unrepresentable {
                what: "a dynamic member without a name".to_owned(),
                encoding: "AMF3",
            });
        }
        self.put_string(name)?;
        self.check()
    }

    fn begin_external(&mut self, alias: &str) -> Result<(), WriteError> {
        self.value()?;
        if !self.externals {
            return self.push(Open::Unwrapped { full: false });
        }
        self.external_head(alias)?;
        self.push(Open::External { full: false })
    }

    fn begin_vector(&mut self, kind: VectorKind<'_>) -> Result<(), WriteError> {
        self.value()?;
        self.objects += 1;
        let (marker, slot) = match kind {
            VectorKind::Int => (marker::VECTOR_INT, Slot::Int),
            VectorKind::Uint => (marker::VECTOR_UINT, Slot::Uint),
            VectorKind::Number => (marker::VECTOR_NUMBER, Slot::Number),
            VectorKind::Object(_) => (marker::VECTOR_OBJECT, Slot::Value),
        };
        // The second byte waits for the count, the third says that the length is not fixed.
        self.out.extend_from_slice(&[marker, 0x01, 0x00]);
        let place = self.out.len() - 2;
        if let VectorKind::Object(class) = kind {
            self.put_string(class)?;
        }
        self.push(Open::Vector {
            place,
            count: 0,
            slot,
        })
    }

    fn graph(&mut self, graph: &Graph<'_>, value: &Value<'_>) -> Result<(), WriteError> {
        match value {
            Value::Undefined => self.undefined(),
            Value::Null => self.null(),
            Value::Bool(value) => self.bool(*value),
            Value::Int(value) => self.int(*value),
            Value::Number(value) => self.number(*value),
            Value::String(text) => self.string(text),
            Value::Node(id) => {
                self.value()?;
                self.put_graph(graph, *id)
            }
        }
    }

    fn end(&mut self) -> Result<(), WriteError> {
        let Some(open) = self.open.pop() else {
            return Err(WriteError::OutOfOrder("an end without a beginning"));
        };
        match open {
            Open::Array { place, count } | Open::Vector { place, count, .. } => {
                self.settle_count(place, count)
            }
            Open::Object { sealed: 1.., .. } => Err(WriteError::OutOfOrder(
                "the end of an object before its last sealed member",
            )),
            Open::Object { named: true, .. } => {
                Err(WriteError::OutOfOrder("a member name without a value"))
            }
            Open::Object {
                sealed: 0,
                dynamic,
                named: false,
            } => {
                if dynamic {
                    self.out.push(0x01);
                }
                self.check()
            }
            Open::External { full: true } | Open::Unwrapped { full: true } | Open::Raw => Ok(()),
            Open::External { full: false } | Open::Unwrapped { full: false } => Err(
                WriteError::OutOfOrder("the end of an externalizable before its value"),
            ),
        }
    }
}

/// What was begun and not yet ended.
#[derive(Debug)]
pub(super) enum Open {
    /// An array whose count will be put at `place`.
    Array { place: usize, count: usize },
    /// An object with so many sealed values to come; `named` after the name of a dynamic member.
    Object {
        sealed: usize,
        dynamic: bool,
        named: bool,
    },
    /// A vector whose count will be put at `place`.
    Vector {
        place: usize,
        count: usize,
        slot: Slot,
    },
    /// An externalizable of one value.
    External { full: bool },
    /// An externalizable of one value, of which only that is written.
    Unwrapped { full: bool },
    /// An externalizable whose content the caller knows.
    Raw,
}

/// How a value is written where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot {
    /// With its marker.
    Value,
    /// As 32 bits with a sign.
    Int,
    /// As 32 bits without a sign.
    Uint,
    /// As 64 bits.
    Number,
}

/// The most sealed members that a header can count: 25 bits.
const MEMBERS: u32 = 0x01ff_ffff;

#[cold]
fn too_many() -> WriteError {
    WriteError::Unrepresentable {
        what: "a class of more than 2^25 members".to_owned(),
        encoding: "AMF3",
    }
}

/// The header of a length or count that is no reference.
#[inline]
pub(super) fn count_header(count: usize) -> Result<u32, WriteError> {
    if count > marker::COUNT_MAX {
        return Err(WriteError::Unrepresentable {
            what: format!("a length of {count}"),
            encoding: "AMF3",
        });
    }
    // Of 28 bits, so nothing is cut off.
    Ok((count as u32) << 1 | 1)
}

#[inline]
fn put_u29(out: &mut Vec<u8>, number: u32) {
    // Each cast keeps the eight bits that are wanted.
    match number {
        0..0x80 => out.push(number as u8),
        0x80..0x4000 => out.extend_from_slice(&[(number >> 7) as u8 | 0x80, number as u8 & 0x7f]),
        0x4000..0x20_0000 => {
            out.extend_from_slice(&[
                (number >> 14) as u8 | 0x80,
                (number >> 7) as u8 | 0x80,
                number as u8 & 0x7f,
            ]);
        }
        _ => out.extend_from_slice(&[
            (number >> 22) as u8 | 0x80,
            (number >> 15) as u8 | 0x80,
            (number >> 8) as u8 | 0x80,
            number as u8,
        ]),
    }
}
