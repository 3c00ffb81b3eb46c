//! The query: fixed parameters, then those of the mapping or of arguments, each name and value encoded.

use super::parameter::{Given, complete, given};
use super::path::encode;
use super::style::pairs;
use super::{Draft, Encoder, RequestError};
use crate::model::{Operation, ParameterPlace, Style, StyleKind, Written};

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
    for one in given(&draft.query, ParameterPlace::Query, operation)? {
        let Given {
            name,
            data,
            place,
            kind,
            written,
        } = one;
        match written {
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
    complete(operation, |parameter| {
        parameter.place != ParameterPlace::Query
            || draft.query.iter().any(|(name, _)| *name == parameter.name)
            || draft.fixed.iter().any(|(name, _)| *name == parameter.name)
    })?;
    for (at, (name, value)) in sent.iter().enumerate() {
        target.push(if at == 0 { '?' } else { '&' });
        target.push_str(name);
        target.push('=');
        target.push_str(value);
    }
    Ok(())
}
