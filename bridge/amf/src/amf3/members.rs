//! Many scalars at once: the cells of a row.

use super::marker;
use super::strings::Repeats;
use super::writer::{Open, Writer};
use crate::error::WriteError;
use crate::sink::Class;

/// Writes scalars into what was begun last, an array or the sealed members of an object, without the account of each
/// that [`Sink`](crate::Sink)'s events keep.
///
/// ```
/// use std::sync::Arc;
/// use footbridge_amf::amf3::{Repeats, Utf8, Writer};
/// use footbridge_amf::{Class, Sink};
///
/// let class = Arc::new(Class { sealed: vec!["id".into(), "name".into()], ..Class::default() });
/// let mut names = Repeats::default();
/// let mut writer = Writer::new(Vec::new(), 1 << 20);
/// writer.begin_array()?;
/// for id in [7, 8] {
///     writer.begin_object(&class)?;
///     let mut members = writer.members();
///     members.int(id);
///     members.text(&mut names, Utf8::of(b"hammer").expect("ASCII"));
///     members.finish()?;
///     writer.end()?;
/// }
/// writer.end()?;
/// assert!(writer.finish()?.ends_with(b"\x04\x07\x06\x0dhammer\x0a\x01\x04\x08\x06\x04"));
/// # Ok::<(), footbridge_amf::WriteError>(())
/// ```
#[derive(Debug)]
#[must_use = "its values are accounted for by `finish`"]
pub struct Members<'w> {
    writer: &'w mut Writer,
    count: usize,
    /// The object that was begun for them, of so many sealed members, and whether more may follow.
    object: Option<(usize, bool)>,
    /// What went wrong with a text; told at the end, so that cells need not be asked one by one.
    failed: Option<WriteError>,
}

impl<'w> Members<'w> {
    pub(super) fn new(writer: &'w mut Writer) -> Self {
        Self {
            writer,
            count: 0,
            object: None,
            failed: None,
        }
    }

    #[inline]
    pub(super) fn of_object(writer: &'w mut Writer, class: &Class) -> Self {
        Self {
            writer,
            count: 0,
            object: Some((class.sealed.len(), class.dynamic)),
            failed: None,
        }
    }

    /// `null`.
    #[inline]
    pub fn null(&mut self) {
        self.count += 1;
        self.writer.out.push(marker::NULL);
    }

    /// A boolean.
    #[inline]
    pub fn bool(&mut self, value: bool) {
        self.count += 1;
        let marker = if value { marker::TRUE } else { marker::FALSE };
        self.writer.out.push(marker);
    }

    /// An integer, as [`Sink::int`](crate::Sink::int) writes it.
    #[inline]
    pub fn int(&mut self, value: i32) {
        self.count += 1;
        self.writer.put_int(value);
    }

    /// A double.
    #[inline]
    pub fn number(&mut self, value: f64) {
        self.count += 1;
        self.writer.put_number(value);
    }

    /// Milliseconds since 1970-01-01T00:00Z.
    #[inline]
    pub fn date(&mut self, millis: f64) {
        self.count += 1;
        self.writer.put_date(millis);
    }

    /// Text of a column, referred to where it was written before and is looked for. One that does not fit is not
    /// written, which [`finish`](Self::finish) and [`end`](Self::end) tell.
    #[inline]
    pub fn text(&mut self, column: &mut Repeats, text: Utf8<'_>) {
        self.count += 1;
        let Utf8(text) = text;
        let writer = &mut *self.writer;
        if text.is_empty() {
            writer.put_marked(marker::STRING, 0x01);
            return;
        }
        match writer.strings.find_or_count_in(column, text) {
            Some(number) => writer.put_marked(marker::STRING, number << 1),
            None => {
                if let Err(error) = writer.put_marked_slice(marker::STRING, text) {
                    self.failed = Some(error);
                }
            }
        }
    }

    /// Accounts for the values and ends the object that [`Writer::object`] began.
    ///
    /// # Errors
    /// [`WriteError::OutOfOrder`] where these are not all its sealed members, or nothing was begun;
    /// [`WriteError::TooLarge`] where the byte budget is used up.
    #[inline]
    pub fn end(self) -> Result<(), WriteError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        match self.object {
            Some((sealed, dynamic)) if sealed == self.count => {
                if dynamic {
                    self.writer.out.push(0x01);
                }
                self.writer.check()
            }
            Some(_) | None => Err(WriteError::OutOfOrder(
                "the end of an object that is not whole",
            )),
        }
    }

    /// Accounts for the values; an object that [`Writer::object`] began goes on with events.
    ///
    /// # Errors
    /// [`WriteError::OutOfOrder`] where not so many values may stand, or none without an event of its own;
    /// [`WriteError::TooLarge`] where the byte budget is used up.
    #[inline]
    pub fn finish(self) -> Result<(), WriteError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let Some((sealed, dynamic)) = self.object else {
            return self.writer.values(self.count);
        };
        self.writer.push(Open::Object {
            sealed,
            dynamic,
            named: false,
        })?;
        self.writer.values(self.count)
    }
}

/// Bytes that are UTF-8. Written, text is bytes again: who has bytes needs no `str` in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Utf8<'a>(&'a [u8]);

impl<'a> Utf8<'a> {
    /// The bytes, if they are UTF-8.
    #[inline]
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        (is_ascii(bytes) || std::str::from_utf8(bytes).is_ok()).then_some(Self(bytes))
    }

    /// Bytes that were made of ASCII characters: figures, hexadecimal digits. What is no UTF-8 is written as it is,
    /// and a reader will make of it what it likes.
    #[inline]
    pub fn of_made(bytes: &'a [u8]) -> Self {
        debug_assert!(bytes.is_ascii());
        Self(bytes)
    }
}

impl<'a> From<&'a str> for Utf8<'a> {
    #[inline]
    fn from(text: &'a str) -> Self {
        Self(text.as_bytes())
    }
}

/// Eight bytes at a time, which for the short texts of rows is a third of what validation takes.
#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut all = words
        .iter()
        .fold(0, |all, word| all | u64::from_ne_bytes(*word));
    match bytes.last_chunk::<8>() {
        // Some bytes twice, rather than the last ones one by one.
        Some(last) => all |= u64::from_ne_bytes(*last),
        None => all |= rest.iter().fold(0, |all, byte| all | u64::from(*byte)),
    }
    all & 0x8080_8080_8080_8080 == 0
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::sink::Sink;

    fn class(members: usize) -> Arc<Class> {
        Arc::new(Class {
            sealed: (0..members).map(|at| format!("m{at}")).collect(),
            ..Class::default()
        })
    }

    #[test]
    fn members_are_written_as_events_are() {
        let mut column = Repeats::default();
        let mut events = Writer::new(Vec::new(), 1 << 10);
        let mut members = Writer::new(Vec::new(), 1 << 10);
        let class = class(8);
        for _ in 0..2 {
            events.begin_object(&class).expect("in order");
            events.null().expect("in order");
            events.bool(true).expect("in order");
            events.int(-1).expect("in order");
            events.int(i32::MIN).expect("in order");
            events.number(0.5).expect("in order");
            events.date(1e12).expect("in order");
            events.string("").expect("in order");
            events.string("gr\u{fc}n").expect("in order");
            events.end().expect("in order");

            let mut cells = members.object(&class).expect("in order");
            cells.null();
            cells.bool(true);
            cells.int(-1);
            cells.int(i32::MIN);
            cells.number(0.5);
            cells.date(1e12);
            cells.text(&mut column, "".into());
            cells.text(&mut column, "gr\u{fc}n".into());
            cells.end().expect("in order");
        }
        assert_eq!(events.finish(), members.finish());
    }

    #[test]
    fn an_object_goes_on_with_events() {
        let class = Arc::new(Class {
            dynamic: true,
            ..(*class(2)).clone()
        });
        let mut writer = Writer::new(Vec::new(), 1 << 10);
        let mut cells = writer.object(&class).expect("in order");
        cells.null();
        cells.finish().expect("in order");
        assert!(writer.begin_array().is_ok());
        assert!(writer.end().is_ok());
        assert!(writer.member("more").is_ok());
        assert!(writer.int(1).is_ok());
        assert!(writer.end().is_ok());
        let bytes = writer.finish().expect("whole");
        assert!(bytes.ends_with(b"\x01\x09\x01\x01\x09more\x04\x01\x01"));

        let mut writer = Writer::new(Vec::new(), 1 << 10);
        let mut cells = writer.object(&class).expect("in order");
        cells.null();
        assert!(cells.end().is_err());
    }

    #[test]
    fn members_beyond_the_class_and_in_vectors_are_refused() {
        let mut writer = Writer::new(Vec::new(), 1 << 10);
        writer.begin_object(&class(1)).expect("in order");
        let mut cells = writer.members();
        cells.null();
        cells.null();
        assert!(cells.finish().is_err());

        let mut writer = Writer::new(Vec::new(), 1 << 10);
        writer
            .begin_vector(crate::VectorKind::Int)
            .expect("in order");
        let mut cells = writer.members();
        cells.int(1);
        assert!(cells.finish().is_err());
    }

    #[test]
    fn members_over_the_budget_are_refused() {
        let mut writer = Writer::new(Vec::new(), 20);
        writer.begin_array().expect("it fits");
        let mut cells = writer.members();
        cells.number(1.0);
        cells.number(1.0);
        assert_eq!(cells.finish(), Err(WriteError::TooLarge { limit: 20 }));
        let mut cells = writer.members();
        cells.text(&mut Repeats::default(), "much too long a text".into());
        assert_eq!(cells.finish(), Err(WriteError::TooLarge { limit: 20 }));
    }

    proptest::proptest! {
        #[test]
        fn bytes_are_text_where_they_are_utf8(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..24)) {
            proptest::prop_assert_eq!(Utf8::of(&bytes).is_some(), std::str::from_utf8(&bytes).is_ok());
        }

        #[test]
        fn any_text_is_text(text in ".{0,24}") {
            proptest::prop_assert!(Utf8::of(text.as_bytes()).is_some());
        }
    }
}
