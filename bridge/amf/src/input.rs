//! A place in the bytes that are read: numbers and slices taken from it, or an error that says where.

use crate::error::ReadError;
use crate::limits::Budget;

/// A read error on its way out, boxed so that the good way stays narrow.
pub(crate) type Fail = Box<ReadError>;

/// Bytes and a place in them, never beyond their end.
#[derive(Clone, Debug)]
pub(crate) struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self {
            bytes,
            at: offset.min(bytes.len()),
        }
    }

    #[inline]
    pub(crate) fn u8(&mut self, expected: &'static str) -> Result<u8, Fail> {
        let Some(&byte) = self.bytes.get(self.at) else {
            return Err(self.ended(expected));
        };
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    pub(crate) fn u16(&mut self, expected: &'static str) -> Result<u16, Fail> {
        self.array(expected).map(u16::from_be_bytes)
    }

    #[inline]
    pub(crate) fn u32(&mut self, expected: &'static str) -> Result<u32, Fail> {
        self.array(expected).map(u32::from_be_bytes)
    }

    #[inline]
    pub(crate) fn f64(&mut self, expected: &'static str) -> Result<f64, Fail> {
        self.array(expected).map(f64::from_be_bytes)
    }

    /// An unsigned 29-bit integer of one to four bytes (AMF3 §1.3.1). Overlong forms are accepted, as
    /// every known reader does.
    #[inline]
    pub(crate) fn u29(&mut self, expected: &'static str) -> Result<u32, Fail> {
        let first = self.u8(expected)?;
        if first < 0x80 {
            return Ok(u32::from(first));
        }
        self.long_u29(first, expected)
    }

    fn long_u29(&mut self, first: u8, expected: &'static str) -> Result<u32, Fail> {
        let mut number = u32::from(first & 0x7f);
        for _ in 0..2 {
            let byte = self.u8(expected)?;
            number = number << 7 | u32::from(byte & 0x7f);
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Ok(number << 8 | u32::from(self.u8(expected)?))
    }

    #[inline]
    pub(crate) fn slice(
        &mut self,
        length: usize,
        expected: &'static str,
    ) -> Result<&'a [u8], Fail> {
        let end = self.at.saturating_add(length);
        let Some(slice) = self.bytes.get(self.at..end) else {
            return Err(self.ended(expected));
        };
        self.at = end;
        Ok(slice)
    }

    #[inline]
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// Bytes between here and the end.
    #[inline]
    pub(crate) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Takes the two zero bytes of an empty AMF0 key and the end marker, if they stand here.
    #[inline]
    pub(crate) fn take_object_end(&mut self) -> bool {
        let ends = self
            .bytes
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(&[0, 0, 9]));
        if ends {
            self.at += 3;
        }
        ends
    }

    /// Checks that `count` values of at least `size` bytes can still follow, and charges them, so that
    /// room for them may be made at once.
    pub(crate) fn room_for(
        &self,
        count: usize,
        size: usize,
        budget: &mut Budget,
        expected: &'static str,
    ) -> Result<(), Fail> {
        if count.saturating_mul(size) > self.left() {
            return Err(self.fail(
                expected,
                format!("{} bytes left for {count} of them", self.left()),
            ));
        }
        if !budget.take_values(count) {
            return Err(self.over("no more values than the limit", count));
        }
        Ok(())
    }

    #[inline]
    fn array<const N: usize>(&mut self, expected: &'static str) -> Result<[u8; N], Fail> {
        let Some(array) = self
            .bytes
            .get(self.at..)
            .and_then(|rest| rest.first_chunk::<N>())
        else {
            return Err(self.ended(expected));
        };
        self.at += N;
        Ok(*array)
    }

    #[cold]
    fn ended(&self, expected: &'static str) -> Fail {
        self.fail(expected, format!("the end after {} bytes", self.left()))
    }

    /// An error at this place.
    #[cold]
    pub(crate) fn fail(&self, expected: &'static str, found: impl Into<String>) -> Fail {
        Box::new(ReadError {
            offset: self.at,
            expected,
            found: found.into(),
            over_limit: false,
        })
    }

    /// An error at `offset`, for what was read before it could be judged.
    #[cold]
    pub(crate) fn fail_at(
        &self,
        offset: usize,
        expected: &'static str,
        found: impl Into<String>,
    ) -> Fail {
        Box::new(ReadError {
            offset,
            expected,
            found: found.into(),
            over_limit: false,
        })
    }

    /// A budget was used up at this place.
    #[cold]
    pub(crate) fn over(&self, expected: &'static str, more: usize) -> Fail {
        Box::new(ReadError {
            offset: self.at,
            expected,
            found: format!("{more} more"),
            over_limit: true,
        })
    }
}
