//! Values as data of the mapping: exact, lists as lists, objects with their class.

use std::sync::Arc;

use footbridge_amf::{Class, WriteError};
use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::slot::Scalar;
use jiff::tz::TimeZone;

use super::out::{Out, convert_to};

/// Data of the mapping: exact, lists as lists, objects with their class.
#[derive(Default)]
pub(super) struct Keep {
    open: Vec<Frame>,
    result: Option<Data>,
}

pub(super) enum Frame {
    List(Vec<Data>),
    Object {
        class: Arc<Class>,
        record: Record,
        next: Option<Arc<str>>,
    },
}

impl Keep {
    pub(super) fn finish(self) -> Data {
        self.result.unwrap_or(Data::Null)
    }

    fn accept(&mut self, data: Data) -> Result<(), WriteError> {
        match self.open.last_mut() {
            None => self.result = Some(data),
            Some(Frame::List(items)) => items.push(data),
            Some(Frame::Object {
                class,
                record,
                next,
            }) => {
                let name = match class.sealed.get(record.members.len()) {
                    Some(sealed) if next.is_none() => Arc::from(sealed.as_str()),
                    _ => next
                        .take()
                        .ok_or(WriteError::OutOfOrder("a value without a name"))?,
                };
                record.members.insert(name, data);
            }
        }
        Ok(())
    }
}

impl Out for Keep {
    fn scalar(
        &mut self,
        data: &Data,
        declared: Option<Scalar>,
        zone: &TimeZone,
    ) -> Result<(), WriteError> {
        let data = declared
            .and_then(|declared| convert_to(data, declared, zone))
            .unwrap_or_else(|| data.clone());
        self.accept(data)
    }

    fn text(&mut self, text: &str) -> Result<(), WriteError> {
        self.accept(Data::text(text))
    }

    fn decimal(&mut self, text: &str) -> Result<(), WriteError> {
        self.accept(Data::Decimal(text.into()))
    }

    fn begin_object(&mut self, class: &Arc<Class>) -> Result<(), WriteError> {
        self.open.push(Frame::Object {
            class: class.clone(),
            record: Record {
                alias: (!class.alias.is_empty()).then(|| Arc::from(class.alias.as_str())),
                ..Record::default()
            },
            next: None,
        });
        Ok(())
    }

    fn member(&mut self, name: &str) -> Result<(), WriteError> {
        if let Some(Frame::Object { next, .. }) = self.open.last_mut() {
            *next = Some(name.into());
        }
        Ok(())
    }

    fn end_object(&mut self) -> Result<(), WriteError> {
        match self.open.pop() {
            Some(Frame::Object { record, .. }) => self.accept(Data::Object(Arc::new(record))),
            Some(Frame::List(_)) | None => Err(WriteError::OutOfOrder("the end of no object")),
        }
    }

    fn begin_list(&mut self, _rows: Option<&Arc<Class>>) -> Result<bool, WriteError> {
        self.open.push(Frame::List(Vec::new()));
        Ok(false)
    }

    fn begin_row(&mut self) -> Result<(), WriteError> {
        Err(WriteError::OutOfOrder("a row outside of rows"))
    }

    fn end_row(&mut self) -> Result<(), WriteError> {
        Err(WriteError::OutOfOrder("a row outside of rows"))
    }

    fn end_list(&mut self) -> Result<(), WriteError> {
        match self.open.pop() {
            Some(Frame::List(items)) => self.accept(Data::List(items.into())),
            Some(Frame::Object { .. }) | None => Err(WriteError::OutOfOrder("the end of no list")),
        }
    }

    fn known(&mut self, _node: usize) -> Result<bool, WriteError> {
        Ok(false)
    }
}
