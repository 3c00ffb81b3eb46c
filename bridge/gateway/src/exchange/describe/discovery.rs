//! All services at once, as Amfphp 2 describes them to its browser: maps by name.

use std::sync::Arc;

use footbridge_amf::{Class, Sink, WriteError};
use footbridge_mapping::model::Mapping;

use super::{functions, returns, text};
use crate::run::Identity;

/// Of an overloaded function the first form counts.
pub(super) fn write(
    mapping: &Mapping,
    identity: &Identity,
    sink: &mut dyn Sink,
) -> Result<(), WriteError> {
    let class = Arc::new(Class::anonymous());
    sink.begin_object(&class)?;
    for service in &mapping.services {
        let mut functions = functions(service, identity);
        functions.dedup_by_key(|(name, _)| *name);
        if functions.is_empty() {
            continue;
        }
        sink.member(&service.name)?;
        sink.begin_object(&class)?;
        text(sink, "name", &service.name)?;
        text(sink, "comment", "")?;
        sink.member("methods")?;
        sink.begin_object(&class)?;
        for (name, operation) in functions {
            sink.member(name)?;
            sink.begin_object(&class)?;
            text(sink, "name", name)?;
            text(sink, "comment", "")?;
            text(sink, "returnType", &returns(operation))?;
            sink.member("parameters")?;
            sink.begin_array()?;
            for argument in &operation.arguments {
                sink.begin_object(&class)?;
                text(sink, "name", &argument.name)?;
                text(sink, "type", &argument.slot.kind.to_string())?;
                sink.end()?;
            }
            sink.end()?;
            sink.end()?;
        }
        sink.end()?;
        sink.end()?;
    }
    sink.end()
}
