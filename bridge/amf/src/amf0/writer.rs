//! Writes AMF0 as events come.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::marker;
use crate::error::WriteError;
use crate::seen::Seen;
use crate::sink::{Class, DEPTH, Sink, VectorKind};
use crate::value::{Graph, Value};

/// Writes AMF0 values, one after the other, behind what a buffer holds already.
///
/// What AMF0 cannot say is written as what comes nearest: a byte array as base64 text, a vector as a strict array, a
/// dictionary as an object with its keys as text, an externalizable as the value it holds.
///
/// ```
/// use footbridge_amf::{Sink, amf0};
///
/// let mut writer = amf0::Writer::new(Vec::new(), 1 << 20);
/// writer.begin_array()?;
/// writer.bool(true)?;
/// writer.string("hello")?;
/// writer.end()?;
/// assert_eq!(writer.finish()?, b"\x0a\0\0\0\x02\x01\x01\x02\0\x05hello");
/// # Ok::<(), footbridge_amf::WriteError>(())
/// ```
#[derive(Debug)]
pub struct Writer {
    pub(super) out: Vec<u8>,
    pub(super) limit: usize,
    pub(super) references: bool,
    pub(super) open: Vec<Open>,
    /// How many objects the reader's table has.
    pub(super) objects: u32,
    /// Nodes of the graph that is being written, by their number in the reader's table.
    pub(super) seen: Seen,
}

impl Writer {
    /// A writer that appends to `out`, which may not become longer than `limit` bytes.
    pub fn new(out: Vec<u8>, limit: usize) -> Self {
        Self {
            out,
            limit,
            references: false,
            open: Vec::new(),
            objects: 0,
            seen: Seen::default(),
        }
    }

    /// Writes a node of a graph that appears again as a reference, so that cycles can be said. Players of today read no
    /// references, so without this such nodes are repeated and a cycle is an error.
    #[must_use]
    pub fn with_references(mut self) -> Self {
        self.references = true;
        self
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

    /// Accounts for a value in what was begun last; writes the name of a sealed member before it.
    #[inline]
    fn value(&mut self) -> Result<(), WriteError> {
        match self.open.last_mut() {
            None => {}
            Some(Open::Array { count, .. }) => *count += 1,
            Some(Open::Object { class, next, named }) => {
                if let Some(name) = class.sealed.get(*next) {
                    *next += 1;
                    put_name(&mut self.out, name)?;
                } else if !std::mem::take(named) {
                    return Err(WriteError::OutOfOrder(
                        "more values than the class has members",
                    ));
                }
            }
            Some(Open::External { full: full @ false }) => *full = true,
            Some(Open::External { full: true }) => {
                return Err(WriteError::OutOfOrder(
                    "a second value in an externalizable of one",
                ));
            }
        }
        Ok(())
    }

    fn push(&mut self, open: Open) -> Result<(), WriteError> {
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
    fn room(&self, more: usize) -> Result<(), WriteError> {
        if more > self.limit.saturating_sub(self.out.len()) {
            return Err(WriteError::TooLarge { limit: self.limit });
        }
        Ok(())
    }

    #[inline]
    pub(super) fn put_number(&mut self, value: f64) {
        let mut bytes = [marker::NUMBER; 9];
        bytes[1..].copy_from_slice(&value.to_be_bytes());
        self.out.extend_from_slice(&bytes);
    }

    pub(super) fn put_bool(&mut self, value: bool) {
        self.out
            .extend_from_slice(&[marker::BOOLEAN, u8::from(value)]);
    }

    pub(super) fn put_date(&mut self, millis: f64) {
        self.out.push(marker::DATE);
        self.out.extend_from_slice(&millis.to_be_bytes());
        self.out.extend_from_slice(&[0, 0]);
    }

    #[inline]
    pub(super) fn put_string(&mut self, text: &str) -> Result<(), WriteError> {
        self.room(text.len())?;
        let Ok(length) = u16::try_from(text.len()) else {
            return self.put_long(marker::LONG_STRING, text);
        };
        let [high, low] = length.to_be_bytes();
        self.out.extend_from_slice(&[marker::STRING, high, low]);
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }

    pub(super) fn put_xml(&mut self, text: &str) -> Result<(), WriteError> {
        self.put_long(marker::XML_DOCUMENT, text)
    }

    fn put_long(&mut self, marker: u8, text: &str) -> Result<(), WriteError> {
        self.room(text.len())?;
        let Ok(length) = u32::try_from(text.len()) else {
            return Err(WriteError::Unrepresentable {
                what: format!("text of {} bytes", text.len()),
                encoding: "AMF0",
            });
        };
        self.out.push(marker);
        self.out.extend_from_slice(&length.to_be_bytes());
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }

    pub(super) fn put_bytes(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        // Base64 is longer by a third; what does not fit plain need not be made.
        self.room(bytes.len())?;
        self.put_string(&BASE64.encode(bytes))
    }

    pub(super) fn put_name(&mut self, name: &str) -> Result<(), WriteError> {
        put_name(&mut self.out, name)
    }

    /// Marker and class of an object.
    pub(super) fn object_head(&mut self, alias: &str) -> Result<(), WriteError> {
        self.objects += 1;
        if alias.is_empty() {
            self.out.push(marker::OBJECT);
            return Ok(());
        }
        self.out.push(marker::TYPED_OBJECT);
        self.put_name(alias)
    }

    /// Marker and count of an array.
    pub(super) fn array_head(&mut self, marker: u8, count: usize) -> Result<(), WriteError> {
        self.objects += 1;
        self.out.push(marker);
        self.out.extend_from_slice(&count_of(count)?.to_be_bytes());
        Ok(())
    }
}

impl Sink for Writer {
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
        self.put_bool(value);
        self.check()
    }

    #[inline]
    fn int(&mut self, value: i32) -> Result<(), WriteError> {
        self.number(f64::from(value))
    }

    #[inline]
    fn number(&mut self, value: f64) -> Result<(), WriteError> {
        self.value()?;
        self.put_number(value);
        self.check()
    }

    #[inline]
    fn string(&mut self, value: &str) -> Result<(), WriteError> {
        self.value()?;
        self.put_string(value)?;
        self.check()
    }

    fn date(&mut self, millis: f64) -> Result<(), WriteError> {
        self.value()?;
        self.put_date(millis);
        self.check()
    }

    fn xml(&mut self, text: &str) -> Result<(), WriteError> {
        self.value()?;
        self.put_xml(text)?;
        self.check()
    }

    fn xml_document(&mut self, text: &str) -> Result<(), WriteError> {
        self.xml(text)
    }

    fn bytes(&mut self, value: &[u8]) -> Result<(), WriteError> {
        self.value()?;
        self.put_bytes(value)?;
        self.check()
    }

    fn begin_array(&mut self) -> Result<(), WriteError> {
        self.value()?;
        self.array_head(marker::STRICT_ARRAY, 0)?;
        self.push(Open::Array {
            place: self.out.len() - 4,
            count: 0,
        })
    }

    fn begin_object(&mut self, class: &Arc<Class>) -> Result<(), WriteError> {
        self.value()?;
        self.object_head(&class.alias)?;
        self.push(Open::Object {
            class: Arc::clone(class),
            next: 0,
            named: false,
        })
    }

    fn member(&mut self, name: &str) -> Result<(), WriteError> {
        match self.open.last_mut() {
            Some(Open::Object { class, next, named })
                if class.dynamic && *next == class.sealed.len() && !*named =>
            {
                *named = true;
            }
            _ => return Err(WriteError::OutOfOrder("a member name where none may stand")),
        }
        self.put_name(name)?;
        self.check()
    }

    fn begin_external(&mut self, _alias: &str) -> Result<(), WriteError> {
        self.value()?;
        self.push(Open::External { full: false })
    }

    fn begin_vector(&mut self, _kind: VectorKind<'_>) -> Result<(), WriteError> {
        self.begin_array()
    }

    fn graph(&mut self, graph: &Graph<'_>, value: &Value<'_>) -> Result<(), WriteError> {
        self.value()?;
        self.put_graph(graph, value)
    }

    fn end(&mut self) -> Result<(), WriteError> {
        let Some(open) = self.open.pop() else {
            return Err(WriteError::OutOfOrder("an end without a beginning"));
        };
        match open {
            Open::Array { place, count } => {
                let count = count_of(count)?.to_be_bytes();
                if let Some(bytes) = self.out.get_mut(place..place + count.len()) {
                    bytes.copy_from_slice(&count);
                }
            }
            Open::Object { named: true, .. } => {
                return Err(WriteError::OutOfOrder("a member name without a value"));
            }
            Open::Object {
                class,
                next,
                named: false,
            } => {
                if next < class.sealed.len() {
                    return Err(WriteError::OutOfOrder(
                        "the end of an object before its last sealed member",
                    ));
                }
                self.out.extend_from_slice(&marker::OBJECT_END);
            }
            Open::External { full: true } => {}
            Open::External { full: false } => {
                return Err(WriteError::OutOfOrder(
                    "the end of an externalizable before its value",
                ));
            }
        }
        self.check()
    }
}

/// What was begun and not yet ended.
#[derive(Debug)]
pub(super) enum Open {
    /// A strict array whose count will be put at `place`.
    Array { place: usize, count: usize },
    /// An object whose sealed members are written up to `next`; `named` after the name of a dynamic one.
    Object {
        class: Arc<Class>,
        next: usize,
        named: bool,
    },
    /// An externalizable, of which only the one value is written.
    External { full: bool },
}

fn put_name(out: &mut Vec<u8>, name: &str) -> Result<(), WriteError> {
    let Ok(length) = u16::try_from(name.len()) else {
        return Err(WriteError::Unrepresentable {
            what: format!("a name of {} bytes", name.len()),
            encoding: "AMF0",
        });
    };
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(name.as_bytes());
    Ok(())
}

fn count_of(count: usize) -> Result<u32, WriteError> {
    u32::try_from(count).map_err(|_| WriteError::Unrepresentable {
        what: format!("a list of {count} items"),
        encoding: "AMF0",
    })
}
