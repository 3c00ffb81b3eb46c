//! Values as data of the mapping: exact, lists as lists, objects with their class.

use std::sync::Arc;

use footbridge_amf::{Class, Sink, WriteError};
use footbridge_mapping::data::{Collector, Data, convert};
use footbridge_mapping::slot::{Scalar, Shape};
use jiff::tz::TimeZone;

use super::out::{Out, Refused};
use super::plan::Vector;

/// Data of the mapping.
#[derive(Default)]
pub(super) struct Keep(Collector);

impl Keep {
    /// What was written; null where nothing was.
    pub(super) fn finish(self) -> Data {
        self.0.finish().unwrap_or(Data::Null)
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
            // What stands in JSON is a number of the schema's size or no number.
            Some(Scalar::Int) => convert::to_int(data)
                .filter(|number| i32::try_from(*number).is_ok())
                .map(Data::Int),
            Some(Scalar::Xml) => match data {
                Data::Xml(text) | Data::Text(text) => Some(Data::Xml(text.clone())),
                _ => None,
            },
            Some(declared) => convert::to(data, declared, zone),
        };
        let name = declared.map_or("", Scalar::name);
        let unfit = || Refused::Unfit(format!("is {}, and declared {name}", data.describe()));
        Ok(self.0.accept(converted.ok_or_else(unfit)?)?)
    }

    fn null(&mut self) -> Result<(), WriteError> {
        self.0.null()
    }

    fn text(&mut self, text: &str) -> Result<(), WriteError> {
        self.0.string(text)
    }

    fn int(&mut self, number: i32) -> Result<(), WriteError> {
        self.0.int(number)
    }

    fn number(&mut self, number: f64) -> Result<(), WriteError> {
        self.0.number(number)
    }

    fn date(&mut self, millis: f64) -> Result<(), WriteError> {
        self.0.date(millis)
    }

    fn decimal(&mut self, text: &str) -> Result<(), WriteError> {
        self.0.accept(Data::Decimal(text.into()))
    }

    fn begin_object(&mut self, class: &Arc<Class>) -> Result<(), WriteError> {
        self.0.begin_object(class)
    }

    fn member(&mut self, name: &str) -> Result<(), WriteError> {
        self.0.member(name)
    }

    fn end_object(&mut self) -> Result<(), WriteError> {
        self.0.end()
    }

    fn begin_list(
        &mut self,
        _rows: Option<&Arc<Class>>,
        _shape: Option<Shape>,
        _vector: &Vector,
    ) -> Result<bool, WriteError> {
        self.0.begin_array()?;
        Ok(false)
    }

    fn begin_row(&mut self) -> Result<(), WriteError> {
        Err(WriteError::OutOfOrder("a row outside of rows"))
    }

    fn end_row(&mut self) -> Result<(), WriteError> {
        Err(WriteError::OutOfOrder("a row outside of rows"))
    }

    fn end_list(&mut self) -> Result<(), WriteError> {
        self.0.end()
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
        Ok(self.0.accept(data.clone())?)
    }
}
