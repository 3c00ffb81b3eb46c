//! Bodies: which form a draft's body has, and its bytes.

use footbridge_mapping::data::Data;
use footbridge_mapping::place::Place;

use super::value::Scalar;
use super::{Body, Draft, Encoder, RequestError, form, multipart, xml};
use crate::model::{Content, Form, Media, Operation, TypeId};

/// The Content-Type of a draft's body and its bytes; `None` where it has none.
pub(super) fn body(
    encoder: &Encoder<'_>,
    draft: &Draft,
    operation: Option<&Operation>,
) -> Result<Option<(String, Vec<u8>)>, RequestError> {
    let described = operation.and_then(|operation| operation.body.as_ref());
    let content = described.and_then(|body| match &draft.content {
        Some(media) => body.content(media),
        None => body.preferred(),
    });
    let argument = described.map_or("body", |body| &body.argument);
    let place = Place::root(argument);
    let data = match &draft.body {
        Body::None => {
            if described.is_some_and(|body| body.required) {
                return Err(place.refuse("is required").into());
            }
            return Ok(None);
        }
        Body::Text(text) => {
            let media = media(draft, content);
            return Ok(Some((charset(&media), text.clone().into_bytes())));
        }
        Body::Value(data) if data.plain().is_null() => {
            let takes = content.is_some_and(|content| encoder.model.takes_null(content.kind));
            if described.is_some_and(|body| body.required) && !takes {
                return Err(place.refuse("is required").into());
            }
            return Ok(None);
        }
        Body::Tree(data) | Body::Value(data) => data,
    };
    let kind = content.map_or(TypeId::ANY, |content| content.kind);
    let media = media(draft, content);
    let bytes = match media.form() {
        Form::Json => {
            let mut json = String::new();
            encoder.json(data, kind, &place, &mut json)?;
            return Ok(Some((media.to_string(), json.into_bytes())));
        }
        Form::Urlencoded => form::urlencoded(encoder, data, kind, content, &place)?.into_bytes(),
        Form::Multipart => {
            let (boundary, bytes) = multipart::multipart(encoder, data, kind, content, &place)?;
            return Ok(Some((format!("{media}; boundary={boundary}"), bytes)));
        }
        Form::Xml => match data {
            Data::Xml(text) | Data::Text(text) => text.as_bytes().to_vec(),
            _ => xml::xml(encoder, data, kind, &place)?.into_bytes(),
        },
        Form::Text | Form::Bytes => match encoder.scalar(data, kind, &place)? {
            Some(Scalar::Bytes(bytes)) => bytes.to_vec(),
            Some(scalar) => scalar.text().unwrap_or_default().into_owned().into_bytes(),
            None => {
                return Err(place
                    .refuse(format!(
                        "is {}, and {media} takes a text or bytes",
                        data.describe()
                    ))
                    .into());
            }
        },
    };
    Ok(Some((charset(&media), bytes)))
}

fn media(draft: &Draft, content: Option<&Content>) -> Media {
    let described = content.map(|content| &content.media);
    match (&draft.content, described) {
        (Some(media), _) => media.clone(),
        // `*/*` and `text/*` are no types of a body.
        (None, Some(media)) if media.as_str().contains('*') => match media.form() {
            Form::Text => Media::new("text/plain"),
            _ => Media::new("application/octet-stream"),
        },
        (None, Some(media)) => media.clone(),
        (None, None) => match &draft.body {
            Body::Tree(Data::Bytes(_)) | Body::Value(Data::Bytes(_)) => {
                Media::new("application/octet-stream")
            }
            Body::Text(_) => Media::new("text/plain"),
            Body::None | Body::Tree(_) | Body::Value(_) => Media::json(),
        },
    }
}

fn charset(media: &Media) -> String {
    match media.form() {
        Form::Text | Form::Xml => format!("{media}; charset=utf-8"),
        Form::Json | Form::Urlencoded | Form::Multipart | Form::Bytes => media.to_string(),
    }
}
