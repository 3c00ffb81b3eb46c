//! A service as ColdFusion describes a component.

use std::sync::Arc;

use footbridge_amf::{Class, Sink, WriteError};
use footbridge_mapping::model::Service;

use super::{functions, is_required, returns, text};
use crate::run::Identity;

pub(super) fn write(
    service: &Service,
    identity: &Identity,
    sink: &mut dyn Sink,
) -> Result<(), WriteError> {
    let class = Arc::new(Class::anonymous());
    sink.begin_object(&class)?;
    text(sink, "version", "1.0")?;
    text(sink, "address", &service.name)?;
    sink.member("functions")?;
    sink.begin_array()?;
    for (name, operation) in functions(service, identity) {
        sink.begin_object(&class)?;
        text(sink, "name", name)?;
        text(sink, "description", "")?;
        text(sink, "version", "1.0")?;
        text(sink, "returns", &returns(operation))?;
        sink.member("arguments")?;
        sink.begin_array()?;
        for argument in &operation.arguments {
            sink.begin_object(&class)?;
            text(sink, "name", &argument.name)?;
            sink.member("required")?;
            sink.bool(is_required(&argument.slot))?;
            text(sink, "type", &argument.slot.kind.to_string())?;
            text(sink, "description", "")?;
            sink.end()?;
        }
        sink.end()?;
        sink.end()?;
    }
    sink.end()?;
    sink.end()
}
