//! What takes the values of a reply: the answer itself, data of the mapping, or a graph where values are shared.

use std::sync::Arc;

use footbridge_amf::{Class, WriteError};
use footbridge_mapping::data::Data;
use footbridge_mapping::slot::Scalar;
use jiff::tz::TimeZone;

/// Takes values as events, as [`footbridge_amf::Sink`] does, with scalars still exact.
pub(super) trait Out {
    /// A scalar: `declared` is what the mapping says it is.
    fn scalar(
        &mut self,
        data: &Data,
        declared: Option<Scalar>,
        zone: &TimeZone,
    ) -> Result<(), WriteError>;
    /// A text.
    fn text(&mut self, text: &str) -> Result<(), WriteError>;
    /// An exact number in its normal form.
    fn decimal(&mut self, text: &str) -> Result<(), WriteError>;
    fn begin_object(&mut self, class: &Arc<Class>) -> Result<(), WriteError>;
    fn member(&mut self, name: &str) -> Result<(), WriteError>;
    fn end_object(&mut self) -> Result<(), WriteError>;
    /// Begins a list; `rows` is the class of its items if they are rows. `true` if the items are to come as rows of cells.
    fn begin_list(&mut self, rows: Option<&Arc<Class>>) -> Result<bool, WriteError>;
    fn begin_row(&mut self) -> Result<(), WriteError>;
    fn end_row(&mut self) -> Result<(), WriteError>;
    fn end_list(&mut self) -> Result<(), WriteError>;
    /// Whether the shared value at a node was taken already: then it is referred to. Else it comes now.
    fn known(&mut self, node: usize) -> Result<bool, WriteError>;
}
