//! Objects whose members are a plain row of elements: written from where they are, without a list of what is left.
//!
//! Whatever is not as expected is found before a byte is written, and goes the general way, which also says what is
//! wrong with it.

use std::sync::Arc;

use footbridge_mapping::data::{Data, Record, same_name};

use super::content::{MAX_DEPTH, Named, PathPart, Tag, Writer};
use super::{Nulls, WriteError, scalar};
use crate::model::{Encoding, Holds, Step, Straight, TypeId};

/// The place of a member that is not given.
const ABSENT: usize = usize::MAX;

impl<'a> Writer<'a> {
    /// Writes the element `tag` of a value declared as `declared`, if both are plain; says whether it did.
    pub(super) fn straight(
        &mut self,
        tag: &str,
        declared: TypeId,
        data: &Data,
    ) -> Result<bool, WriteError> {
        if self.encoding != Encoding::Literal || self.depth >= MAX_DEPTH {
            return Ok(false);
        }
        let model = self.model;
        let Some(straight) = model.straight(declared) else {
            return Ok(false);
        };
        match data {
            Data::Object(record) => self.record(tag, declared, straight, record),
            // A list in the place of an object is what its only repeated element holds.
            Data::List(items) => match straight.steps.as_slice() {
                [step] if step.many && fits(step, items) => {
                    self.start(tag);
                    self.items(step, &step.local, items)?;
                    self.close(tag);
                    Ok(true)
                }
                _ => Ok(false),
            },
            Data::Null
            | Data::Omit
            | Data::Bool(_)
            | Data::Int(_)
            | Data::Number(_)
            | Data::Decimal(_)
            | Data::Text(_)
            | Data::Date(_)
            | Data::Day(_)
            | Data::Bytes(_)
            | Data::Xml(_)
            | Data::Amf(_) => Ok(false),
        }
    }

    fn record(
        &mut self,
        tag: &str,
        declared: TypeId,
        straight: &'a Straight,
        record: &Record,
    ) -> Result<bool, WriteError> {
        let alias = record.alias.as_deref().filter(|alias| !alias.is_empty());
        let other = alias
            .and_then(|alias| self.settings.aliases.find(alias))
            .is_some_and(|found| found != declared);
        if other {
            return Ok(false);
        }
        let from = self.places.len();
        let result = if self.place(straight, record) {
            self.start(tag);
            let result = self.steps(straight, record, from);
            self.close(tag);
            result.map(|()| true)
        } else {
            Ok(false)
        };
        self.places.truncate(from);
        result
    }

    /// Finds the member of each step; whether all is as the type has it, and no member is left.
    fn place(&mut self, straight: &Straight, record: &Record) -> bool {
        let mut next = 0;
        let mut found = 0;
        for step in &straight.steps {
            let at = match record.members.get_index(next) {
                Some((name, _)) if **name == *step.local => Some(next),
                _ => record.members.get_index_of(&*step.local),
            };
            let Some(at) = at else {
                // The name may be there in another spelling.
                if step.min > 0
                    || record
                        .members
                        .keys()
                        .any(|name| same_name(name, &step.local))
                {
                    return false;
                }
                self.places.push(ABSENT);
                continue;
            };
            next = at + 1;
            found += 1;
            let Some((_, data)) = record.members.get_index(at) else {
                return false;
            };
            let good = match data {
                Data::Null => step.min == 0 || step.nillable,
                Data::Omit | Data::Amf(_) => false,
                Data::List(items) if step.many => fits(step, items),
                Data::Bool(_)
                | Data::Int(_)
                | Data::Number(_)
                | Data::Decimal(_)
                | Data::Text(_)
                | Data::Date(_)
                | Data::Day(_)
                | Data::Bytes(_)
                | Data::Xml(_)
                | Data::List(_)
                | Data::Object(_) => !step.many,
            };
            if !good {
                return false;
            }
            self.places.push(at);
        }
        found == record.members.len()
    }

    fn steps(
        &mut self,
        straight: &'a Straight,
        record: &Record,
        from: usize,
    ) -> Result<(), WriteError> {
        for (index, step) in straight.steps.iter().enumerate() {
            let place = self.places.get(from + index).copied().unwrap_or(ABSENT);
            let Some((name, data)) = record.members.get_index(place) else {
                continue;
            };
            match data {
                Data::Null => {
                    if step.nillable && (step.min > 0 || self.settings.nulls == Nulls::Nil) {
                        let tag = self.tag(step.element);
                        self.nil(&tag);
                    }
                }
                Data::List(items) if step.many => self.items(step, name, items)?,
                data => self.step(step, name, data)?,
            }
        }
        Ok(())
    }

    /// One element that is no null.
    fn step(&mut self, step: &'a Step, name: &Arc<str>, data: &Data) -> Result<(), WriteError> {
        let tag = self.tag(step.element);
        let scalar = matches!(
            data,
            Data::Bool(_)
                | Data::Int(_)
                | Data::Number(_)
                | Data::Decimal(_)
                | Data::Text(_)
                | Data::Date(_)
                | Data::Day(_)
        );
        let kind = self.model.element(step.element).kind;
        let simple = scalar && step.holds != Holds::Other;
        if !simple {
            return self.within(PathPart::Name(name.clone()), |writer| {
                writer.value(&tag, kind, data, Tag::default())
            });
        }
        match tag {
            Named::Ready(face) => self.out.push_str(&face.open),
            Named::Made(ref tag) => self.start(tag),
        }
        let done = match step.holds {
            Holds::Builtin(builtin) => scalar::append(builtin, data, &mut self.out),
            Holds::Simple(_) | Holds::Other => false,
        };
        if !done {
            match scalar::text(self.model, kind, data, self.settings.zone) {
                Ok(value) => crate::xml::text(&value, &mut self.out),
                Err(message) => {
                    return self.within(PathPart::Name(name.clone()), |writer| {
                        Err(writer.fail(message))
                    });
                }
            }
        }
        match tag {
            Named::Ready(face) => self.out.push_str(&face.close),
            Named::Made(ref tag) => self.close(tag),
        }
        Ok(())
    }

    fn items(&mut self, step: &Step, name: &Arc<str>, items: &[Data]) -> Result<(), WriteError> {
        self.path.push(PathPart::Name(name.clone()));
        let result = items.iter().enumerate().try_for_each(|(index, item)| {
            self.within(PathPart::Index(index), |writer| {
                writer.element(step.element, item)
            })
        });
        self.path.pop();
        result
    }
}

fn fits(step: &Step, items: &[Data]) -> bool {
    !items.is_empty() && (step.min..=step.max).contains(&items.len())
}
