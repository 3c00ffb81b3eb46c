//! Values as data of the mapping: exact, lists as lists, objects with their class.

use std::sync::Arc;

use footbridge_amf::{Class, WriteError};
use footbridge_mapping::data::{Data, Record, convert};
use footbridge_mapping::slot::{Scalar, Shape};
use jiff::tz::TimeZone;

use super::out::{Out, Refused};
use super::plan::Vector;

/// Data of the mapping.
#[derive(Default)]
pub(super) struct Keep {
    open: Vec<Frame>,
    result: Option<Data>,
}

enum Frame {
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
                let name = match (next.take(), class.sealed.get(record.members.len())) {
                    (Some(name), _) => name,
                    (None, Some(sealed)) => Arc::from(sealed.as_str()),
                    (None, None) => return Err(WriteError::OutOfOrder("a value without a name")),
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
        _shape: Option<Shape>,
        zone: &TimeZone,
    ) -> Result<(), Refused> {
        let converted = match declared {
            None => Some(data.clone()),
            Some(Scalar::String) => convert::to_text(data).map(Data::Text),
            Some(Scalar::Int) => convert::to_int(data)
                .filter(|number| i32::try_from(*number).is_ok())
                .map(Data::Int),
            Some(Scalar::Long) => convert::to_int(data).map(Data::Int),
            Some(Scalar::Number) => convert::to_number(data).map(Data::Number),
            Some(Scalar::Decimal) => convert::to_decimal(data).map(Data::Decimal),
            Some(Scalar::Bool) => convert::to_bool(data).map(Data::Bool),
            Some(Scalar::Date) => convert::to_date(data, zone).map(Data::Date),
            Some(Scalar::Day) => convert::to_day(data, zone).map(Data::Day),
            Some(Scalar::Time) => convert::to_time(data, zone).map(Data::Text),
            Some(Scalar::Bytes) => convert::to_bytes(data).map(Data::Bytes),
            Some(Scalar::Xml) => match data {
                Data::Xml(text) | Data::Text(text) => Some(Data::Xml(text.clone())),
                _ => None,
            },
            Some(Scalar::Secret) => Some(Data::Null),
        };
        let name = declared.map_or("", Scalar::name);
        let unfit = || Refused::Unfit(format!("is {}, and declared {name}", data.describe()));
        Ok(self.accept(converted.ok_or_else(unfit)?)?)
    }

    fn null(&mut self) -> Result<(), WriteError> {
        self.accept(Data::Null)
    }

    fn text(&mut self, text: &str) -> Result<(), WriteError> {
        self.accept(Data::text(text))
    }

    fn int(&mut self, number: i32) -> Result<(), WriteError> {
        self.accept(Data::Int(number.into()))
    }

    fn number(&mut self, number: f64) -> Result<(), WriteError> {
        self.accept(Data::Number(number))
    }

    fn date(&mut self, millis: f64) -> Result<(), WriteError> {
        self.accept(Data::Date(millis))
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

    fn begin_list(
        &mut self,
        _rows: Option<&Arc<Class>>,
        _shape: Option<Shape>,
        _vector: &Vector,
    ) -> Result<bool, WriteError> {
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

    fn streams(&self, _shape: Option<Shape>) -> bool {
        true
    }

    fn whole(
        &mut self,
        data: &Data,
        _shape: Option<Shape>,
        _zone: &TimeZone,
    ) -> Result<(), Refused> {
        Ok(self.accept(data.clone())?)
    }
}
