//! The query: fixed parameters, then those of the mapping or of arguments, each name and value encoded.

use footbridge_mapping::place::Place;

use super::path::encode;
use super::style::pairs;
use super::{Draft, Encoder, RequestError};
use crate::model::{Operation, ParameterPlace, Style, StyleKind, TypeId, Written};

/// `form`, exploded: `name=a&name=b`.
pub(super) const FORM: Style = Style {
    kind: StyleKind::Form,
    explode: true,
    reserved: false,
};

/// Writes the query of a draft behind its path.
pub(super) fn query(
    encoder: &Encoder<'_>,
    draft: &Draft,
    operation: Option<&Operation>,
    target: &mut String,
) -> Result<(), RequestError> {
    let mut sent: Vec<(String, String)> = draft
        .fixed
        .iter()
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    for (name, data) in &draft.query {
        let parameter =
            operation.and_then(|operation| operation.parameter(ParameterPlace::Query, name));
        let place = Place::root(parameter.map_or(name, |parameter| &parameter.argument));
        if data.plain().is_null() {
            if parameter.is_some_and(|parameter| parameter.required) {
                return Err(place.refuse("is required").into());
            }
            continue;
        }
        let kind = parameter.map_or(TypeId::ANY, |parameter| parameter.kind);
        match parameter.map(|parameter| &parameter.written) {
            Some(Written::Content(_)) => {
                let mut json = String::new();
                encoder.json(data, kind, &place, &mut json)?;
                sent.push((encode(name), encode(&json)));
            }
            Some(Written::Style(style)) => {
                pairs(encoder, data, kind, &place, name, *style, &mut sent)?;
            }
            None => pairs(encoder, data, kind, &place, name, FORM, &mut sent)?,
        }
    }
    let missing = operation.into_iter().flat_map(|operation| {
        operation.parameters.iter().filter(|parameter| {
            parameter.place == ParameterPlace::Query
                && parameter.required
                && !draft.query.iter().any(|(name, _)| *name == parameter.name)
                && !draft.fixed.iter().any(|(name, _)| *name == parameter.name)
        })
    });
    if let Some(parameter) = missing.into_iter().next() {
        return Err(Place::root(&parameter.argument)
            .refuse("is required")
            .into());
    }
    for (at, (name, value)) in sent.iter().enumerate() {
        target.push(if at == 0 { '?' } else { '&' });
        target.push_str(name);
        target.push('=');
        target.push_str(value);
    }
    Ok(())
}
