//! Values as data of the mapping: exact, lists as lists, objects with their class.

use std::sync::Arc;

use footbridge_amf::{Class, Sink, WriteError};
use footbridge_mapping::data::{Collector, Data, convert};
use footbridge_mapping::slot::Scalar;
use jiff::tz::TimeZone;

use super::out::Out;

/// Data of the mapping: exact, lists as lists, objects with their class.
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
        zone: &TimeZone,
    ) -> Result<(), WriteError> {
        let data = declared
            .and_then(|declared| convert::to(data, declared, zone))
            .unwrap_or_else(|| data.clone());
        self.0.accept(data)
    }

    fn text(&mut self, text: &str) -> Result<(), WriteError> {
        self.0.string(text)
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

    fn begin_list(&mut self, _rows: Option<&Arc<Class>>) -> Result<bool, WriteError> {
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

    fn known(&mut self, _node: usize) -> Result<bool, WriteError> {
        Ok(false)
    }
}
