//! Values on their way to the places that parameters have: what the document says of each, and what is missing.

use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::place::Place;

use super::RequestError;
use crate::model::{Operation, Parameter, ParameterPlace, TypeId, Written};

/// A value that is sent.
pub(super) struct Given<'g> {
    pub(super) name: &'g Arc<str>,
    pub(super) data: &'g Data,
    /// The argument that it is for the caller.
    pub(super) place: Place<'g>,
    /// Its type; any where no document knows it.
    pub(super) kind: TypeId,
    /// How the document wants it.
    pub(super) written: Option<&'g Written>,
}

/// What is sent of `values`, in their order: null is left out.
///
/// # Errors
/// Null for what is required.
pub(super) fn given<'g>(
    values: &'g [(Arc<str>, Data)],
    there: ParameterPlace,
    operation: Option<&'g Operation>,
) -> Result<Vec<Given<'g>>, RequestError> {
    let mut all = Vec::with_capacity(values.len());
    for (name, data) in values {
        let parameter = operation.and_then(|operation| operation.parameter(there, name));
        let place = Place::root(parameter.map_or(name, |parameter| &parameter.argument));
        if data.plain().is_null() {
            if parameter.is_some_and(|parameter| parameter.required) {
                return Err(place.refuse("is required").into());
            }
            continue;
        }
        all.push(Given {
            name,
            data,
            place,
            kind: parameter.map_or(TypeId::ANY, |parameter| parameter.kind),
            written: parameter.map(|parameter| &parameter.written),
        });
    }
    Ok(all)
}

/// Whether every parameter that is required is there, by what tells it.
///
/// # Errors
/// The first that is not.
pub(super) fn complete(
    operation: Option<&Operation>,
    is_there: impl Fn(&Parameter) -> bool,
) -> Result<(), RequestError> {
    let mut parameters = operation
        .into_iter()
        .flat_map(|operation| &operation.parameters);
    match parameters.find(|parameter| parameter.required && !is_there(parameter)) {
        Some(parameter) => Err(Place::root(&parameter.argument)
            .refuse("is required")
            .into()),
        None => Ok(()),
    }
}
