//! Arrays of any dimensions.
//!
//! ```text
//! dims:i32 flags:i32 oid:u32 {length:i32 lower:i32} {length:i32 bytes}
//! ```

use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::rows::CellRule;
use footbridge_remoting::ListShape;

use super::decode::{Kind, MALFORMED};
use crate::cell::Place;
use crate::collect;
use crate::error::SqlError;

/// An array of any dimensions, still as bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Array<'a> {
    element: &'a Kind,
    bytes: &'a [u8],
}

/// PostgreSQL's own limit, MAXDIM.
const DIMENSIONS: usize = 6;

struct Elements<'a> {
    lengths: Vec<usize>,
    rest: &'a [u8],
}

impl<'a> Array<'a> {
    pub(super) fn new(element: &'a Kind, bytes: &'a [u8]) -> Self {
        Self { element, bytes }
    }

    /// Sends it as a list, of lists where it has more than one dimension.
    pub(crate) fn put(
        self,
        rule: &CellRule,
        shape: &ListShape,
        place: &mut Place<'_>,
    ) -> Result<(), SqlError> {
        let mut elements = self.elements(rule)?;
        let lengths = std::mem::take(&mut elements.lengths);
        let mut scratch = String::new();
        self.put_level(rule, shape, place, &lengths, &mut elements, &mut scratch)
    }

    /// As deep as there are dimensions, at most six.
    fn put_level(
        self,
        rule: &CellRule,
        shape: &ListShape,
        place: &mut Place<'_>,
        lengths: &[usize],
        elements: &mut Elements<'a>,
        scratch: &mut String,
    ) -> Result<(), SqlError> {
        let (length, deeper) = lengths
            .split_first()
            .map_or((0, lengths), |(length, rest)| (*length, rest));
        let outer = if deeper.is_empty() {
            shape
        } else {
            &ListShape::Array
        };
        let outer = if matches!(shape, ListShape::ArrayCollection) {
            shape
        } else {
            outer
        };
        outer.begin(place.sink)?;
        for _ in 0..length {
            if !deeper.is_empty() {
                self.put_level(rule, shape, place, deeper, elements, scratch)?;
                continue;
            }
            match elements.next(rule)? {
                Some(bytes) => {
                    let cell = self
                        .element
                        .read(bytes, scratch)
                        .map_err(|unfit| SqlError::unreadable(&rule.name, unfit))?;
                    place.put(rule, &cell)?;
                }
                None if matches!(
                    shape,
                    ListShape::VectorInt | ListShape::VectorUint | ListShape::VectorNumber
                ) =>
                {
                    return Err(SqlError::unreadable(
                        &rule.name,
                        "holds a null, which a Vector of numbers cannot; write `as Array`",
                    ));
                }
                None => place.sink.null()?,
            }
        }
        Ok(outer.end(place.sink)?)
    }

    /// As data.
    pub(crate) fn collect(self, rule: &CellRule) -> Result<Data, SqlError> {
        let mut elements = self.elements(rule)?;
        let lengths = std::mem::take(&mut elements.lengths);
        let mut scratch = String::new();
        self.collect_level(rule, &lengths, &mut elements, &mut scratch)
    }

    fn collect_level(
        self,
        rule: &CellRule,
        lengths: &[usize],
        elements: &mut Elements<'a>,
        scratch: &mut String,
    ) -> Result<Data, SqlError> {
        let Some((length, deeper)) = lengths.split_first() else {
            return Ok(Data::List(Arc::default()));
        };
        let mut items = Vec::new();
        for _ in 0..*length {
            if !deeper.is_empty() {
                items.push(self.collect_level(rule, deeper, elements, scratch)?);
                continue;
            }
            items.push(match elements.next(rule)? {
                Some(bytes) => {
                    let cell = self
                        .element
                        .read(bytes, scratch)
                        .map_err(|unfit| SqlError::unreadable(&rule.name, unfit))?;
                    collect::data(rule, cell)?
                }
                None => Data::Null,
            });
        }
        Ok(Data::List(items.into()))
    }

    fn elements(self, rule: &CellRule) -> Result<Elements<'a>, SqlError> {
        self.head()
            .ok_or_else(|| SqlError::unreadable(&rule.name, MALFORMED))
    }

    fn head(self) -> Option<Elements<'a>> {
        let (head, mut rest) = self.bytes.split_at_checked(12)?;
        let dimensions =
            usize::try_from(i32::from_be_bytes(head.get(..4)?.try_into().ok()?)).ok()?;
        if dimensions > DIMENSIONS {
            return None;
        }
        let mut lengths = Vec::with_capacity(dimensions);
        let mut count = 1_usize;
        for _ in 0..dimensions {
            let (dimension, after) = rest.split_at_checked(8)?;
            let length =
                usize::try_from(i32::from_be_bytes(dimension.get(..4)?.try_into().ok()?)).ok()?;
            count = count.checked_mul(length)?;
            lengths.push(length);
            rest = after;
        }
        // Each element has at least its length.
        (dimensions == 0 || count <= rest.len() / 4).then_some(Elements { lengths, rest })
    }
}

impl<'a> Elements<'a> {
    fn next(&mut self, rule: &CellRule) -> Result<Option<&'a [u8]>, SqlError> {
        self.split()
            .ok_or_else(|| SqlError::unreadable(&rule.name, MALFORMED))
    }

    fn split(&mut self) -> Option<Option<&'a [u8]>> {
        let (length, rest) = self.rest.split_at_checked(4)?;
        let length = i32::from_be_bytes(length.try_into().ok()?);
        if length == -1 {
            self.rest = rest;
            return Some(None);
        }
        let (element, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        Some(Some(element))
    }
}
