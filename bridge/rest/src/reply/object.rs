//! Objects: members go out in the order of the class, whatever order they come in.
//!
//! The member whose turn it is is written as it is read. One that comes early is passed over, and read again when its
//! turn comes; so what comes in the order of the type is read once.
//!
//! Of a member that stands twice the last value counts. One whose first value is written already ends the reading with
//! [`ReadError::Twice`], and the whole is read again, each object to its end before anything of it is written.

use std::borrow::Cow;

use footbridge_mapping::data::same_name;
use footbridge_mapping::place::Place;
use jiff::tz::TimeZone;

use super::ReadError;
use super::compile::fold;
use super::emit::Emit;
use super::out::Out;
use super::plan::{Deep, FieldNode, NodeId, Null, ObjectNode, Target};
use crate::json::{Kind, Reader};

/// The value of this field was written.
const WRITTEN: usize = usize::MAX;

impl<'a, O: Out> Emit<'_, 'a, '_, O> {
    /// An object, or the cells of a row.
    pub(super) fn object(
        &mut self,
        reader: &mut Reader<'a>,
        id: NodeId,
        object: &ObjectNode,
        row: bool,
        zone: &TimeZone,
        place: &Place<'_>,
    ) -> Result<(), ReadError> {
        if row {
            self.out.begin_row()?;
        } else {
            self.out.begin_object(&object.class)?;
        }
        let anonymous = !row && object.class.alias.is_empty();
        let base = self.found.len();
        self.found.resize(base + object.fields.len(), 0);
        let mut others: Vec<(Cow<'a, str>, usize)> = Vec::new();
        let mut next = 0;
        let mut nth = 0;
        reader.begin_object()?;
        while let Some(key) = reader.key(nth == 0)? {
            let kept = match key {
                Cow::Borrowed(key) => Some(key),
                Cow::Owned(_) => None,
            };
            let target = self.target(id, object, nth, &key, kept);
            nth += 1;
            match target {
                Target::Field(field) => {
                    let field = field as usize;
                    if !self.last && field == next && self.found.get(base + field) == Some(&0) {
                        self.here(reader, object, field, anonymous, row, zone, place)?;
                        if let Some(found) = self.found.get_mut(base + field) {
                            *found = WRITTEN;
                        }
                        next += 1;
                        next = self.due(reader, object, base, next, anonymous, row, zone, place)?;
                    } else {
                        self.remember(base + field, reader.position())?;
                        reader.skip()?;
                    }
                }
                Target::Deep(deep) => {
                    if let Some(deep) = object.deep.get(deep as usize) {
                        self.deep(reader, deep, base)?;
                    }
                }
                Target::Rest => {
                    others.push((key, reader.position()));
                    reader.skip()?;
                }
                Target::Hidden => reader.skip()?,
                Target::Nowhere => {
                    self.notes.drop(&key);
                    reader.skip()?;
                }
            }
        }
        for (at, field) in object.fields.iter().enumerate().skip(next) {
            match self.found.get(base + at).copied().unwrap_or(0) {
                WRITTEN => {}
                0 => self.missing(object, field, anonymous, row, zone, place)?,
                position => {
                    let mut early = reader.from(position - 1);
                    self.here(&mut early, object, at, anonymous, row, zone, place)?;
                }
            }
        }
        self.found.truncate(base);
        if row {
            return Ok(self.out.end_row()?);
        }
        if let Some(spot) = &object.rest {
            for (key, position) in &others {
                let place = place.member(key);
                let mut early = reader.from(*position);
                if spot.null == Null::Omitted && early.peek()? == Kind::Null {
                    continue;
                }
                self.out.member(key)?;
                self.value(&mut early, spot, zone, &place, anonymous)?;
            }
        }
        Ok(self.out.end_object()?)
    }

    /// Writes what came early and is due now.
    #[expect(clippy::too_many_arguments, reason = "the state of one object")]
    fn due(
        &mut self,
        reader: &Reader<'a>,
        object: &ObjectNode,
        base: usize,
        mut next: usize,
        anonymous: bool,
        row: bool,
        zone: &TimeZone,
        place: &Place<'_>,
    ) -> Result<usize, ReadError> {
        while let Some(position) = self.found.get(base + next).copied()
            && next < object.fields.len()
            && position != 0
        {
            if position != WRITTEN {
                let mut early = reader.from(position - 1);
                self.here(&mut early, object, next, anonymous, row, zone, place)?;
                if let Some(found) = self.found.get_mut(base + next) {
                    *found = WRITTEN;
                }
            }
            next += 1;
        }
        Ok(next)
    }

    /// Writes the value of a field, which begins here.
    #[expect(clippy::too_many_arguments, reason = "the state of one object")]
    fn here(
        &mut self,
        reader: &mut Reader<'a>,
        object: &ObjectNode,
        field: usize,
        anonymous: bool,
        row: bool,
        zone: &TimeZone,
        place: &Place<'_>,
    ) -> Result<(), ReadError> {
        let Some(field) = object.fields.get(field) else {
            return Ok(reader.skip()?);
        };
        if !row && field.loose && reader.peek()? == Kind::Null {
            return Ok(reader.null()?);
        }
        if anonymous || (!row && field.loose) {
            self.out.member(&field.name)?;
        }
        let cell = (anonymous || row) && field.undeclared;
        self.value(reader, &field.spot, zone, &place.member(&field.name), cell)
    }

    fn missing(
        &mut self,
        _object: &ObjectNode,
        field: &FieldNode,
        anonymous: bool,
        row: bool,
        zone: &TimeZone,
        place: &Place<'_>,
    ) -> Result<(), ReadError> {
        if !row && field.loose {
            return Ok(());
        }
        if anonymous {
            self.out.member(&field.name)?;
        }
        let zone = field.spot.zone.as_ref().unwrap_or(zone);
        let cell = (anonymous || row) && field.undeclared;
        self.nothing(&field.spot, zone, &place.member(&field.name), cell)
    }

    /// Where the nth member of an object leads.
    #[inline]
    fn target(
        &mut self,
        id: NodeId,
        object: &ObjectNode,
        nth: usize,
        key: &str,
        kept: Option<&'a str>,
    ) -> Target {
        let at = id.0 as usize;
        if self.seen.len() <= at {
            self.seen
                .resize_with(self.plan.nodes.len().max(at + 1), Vec::new);
        }
        let seen = self.seen.get_mut(at);
        if let Some(seen) = &seen
            && let Some((known, target)) = seen.get(nth)
            && *known == key
        {
            return *target;
        }
        let found = object
            .exact
            .get(key)
            .or_else(|| object.loose.get(&fold(key)))
            .copied();
        let target = match found {
            Some(Target::Nowhere) | None if object.rest.is_some() => Target::Rest,
            Some(target) => target,
            None => Target::Nowhere,
        };
        if let (Some(seen), Some(key)) = (seen, kept)
            && nth < MOST_SEEN
        {
            if seen.len() == nth {
                seen.push((key, target));
            } else if let Some(entry) = seen.get_mut(nth) {
                *entry = (key, target);
            }
        }
        target
    }

    /// The last value counts where a member stands twice.
    fn remember(&mut self, at: usize, position: usize) -> Result<(), ReadError> {
        match self.found.get_mut(at) {
            Some(&mut WRITTEN) => Err(ReadError::Twice),
            Some(found) => {
                *found = position + 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Finds the values of fields within a member.
    fn deep(&mut self, reader: &mut Reader<'a>, deep: &Deep, base: usize) -> Result<(), ReadError> {
        let kind = reader.peek()?;
        if let Some(field) = deep.field {
            self.remember(base + field as usize, reader.position())?;
        }
        match kind {
            Kind::Object if !deep.names.is_empty() => {
                reader.begin_object()?;
                let mut first = true;
                while let Some(key) = reader.key(first)? {
                    first = false;
                    let exact = deep.names.iter().find(|(name, _)| **name == *key);
                    let found =
                        exact.or_else(|| deep.names.iter().find(|(name, _)| same_name(name, &key)));
                    match found {
                        Some((_, below)) => self.deep(reader, below, base)?,
                        None => reader.skip()?,
                    }
                }
                Ok(())
            }
            Kind::List if !deep.items.is_empty() => {
                reader.begin_list()?;
                let mut at = 0;
                while reader.item(at == 0)? {
                    match deep.items.iter().find(|(index, _)| *index == at) {
                        Some((_, below)) => self.deep(reader, below, base)?,
                        None => reader.skip()?,
                    }
                    at += 1;
                }
                Ok(())
            }
            Kind::Null | Kind::Bool | Kind::Number | Kind::Text | Kind::List | Kind::Object => {
                Ok(reader.skip()?)
            }
        }
    }
}

/// Members that are remembered of an object: an object with more has names for keys.
const MOST_SEEN: usize = 256;
