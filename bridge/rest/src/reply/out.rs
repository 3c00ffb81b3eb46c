//! What takes the values of a reply: the answer itself, or data of the mapping.

use std::sync::Arc;

use footbridge_amf::{Class, WriteError};
use footbridge_mapping::data::Data;
use footbridge_mapping::slot::{Scalar, Shape};
use jiff::tz::TimeZone;

use super::plan::Vector;

/// Takes values as events, as [`footbridge_amf::Sink`] does, with scalars still exact.
pub(super) trait Out {
    /// A scalar that is what is declared for it, or as it is where nothing is.
    fn scalar(
        &mut self,
        data: &Data,
        declared: Option<Scalar>,
        shape: Option<Shape>,
        zone: &TimeZone,
    ) -> Result<(), Refused>;
    fn null(&mut self) -> Result<(), WriteError>;
    /// A text that is declared one, or stands for itself.
    fn text(&mut self, text: &str) -> Result<(), WriteError>;
    /// An integer of 32 bits that is declared one.
    fn int(&mut self, number: i32) -> Result<(), WriteError>;
    /// A number that is declared one.
    fn number(&mut self, number: f64) -> Result<(), WriteError>;
    /// An instant.
    fn date(&mut self, millis: f64) -> Result<(), WriteError>;
    /// An exact number in its normal form.
    fn decimal(&mut self, text: &str) -> Result<(), WriteError>;
    fn begin_object(&mut self, class: &Arc<Class>) -> Result<(), WriteError>;
    fn member(&mut self, name: &str) -> Result<(), WriteError>;
    fn end_object(&mut self) -> Result<(), WriteError>;
    /// Begins a list; `rows` is the class of its items if they are rows. `true` if the items are to come as rows of cells.
    fn begin_list(
        &mut self,
        rows: Option<&Arc<Class>>,
        shape: Option<Shape>,
        vector: &Vector,
    ) -> Result<bool, WriteError>;
    fn begin_row(&mut self) -> Result<(), WriteError>;
    fn end_row(&mut self) -> Result<(), WriteError>;
    fn end_list(&mut self) -> Result<(), WriteError>;
    /// Whether a list that nothing describes can be written item by item, before it is known what its items are.
    fn streams(&self, shape: Option<Shape>) -> bool;
    /// A whole value that nothing describes.
    fn whole(&mut self, data: &Data, shape: Option<Shape>, zone: &TimeZone) -> Result<(), Refused>;
}

/// Why a value is not taken.
#[derive(Debug)]
pub(super) enum Refused {
    /// It is not what is declared: what is wrong, as a clause.
    Unfit(String),
    Write(WriteError),
}

impl From<WriteError> for Refused {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}
