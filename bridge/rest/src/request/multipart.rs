//! `multipart/form-data` (RFC 7578): bytes as files, objects as JSON, all else as text.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use footbridge_mapping::argument::BadArgument;
use footbridge_mapping::data::Data;
use footbridge_mapping::place::Place;

use super::Encoder;
use super::value::Scalar;
use crate::model::{Content, Kind, Media, TypeId};

struct Piece {
    name: Arc<str>,
    file: bool,
    media: Option<Media>,
    bytes: Vec<u8>,
}

/// The boundary and the bytes of an object's members.
pub(super) fn multipart(
    encoder: &Encoder<'_>,
    data: &Data,
    kind: TypeId,
    content: Option<&Content>,
    place: &Place<'_>,
) -> Result<(String, Vec<u8>), BadArgument> {
    let mut pieces = Vec::new();
    for (name, value, kind) in encoder.members(data, encoder.model.resolve(kind), None, place)? {
        let media = content
            .and_then(|content| content.encodings.get(&name)?.media.clone())
            // `image/*` says what may come, not what it is.
            .filter(|media| !media.as_str().contains('*'));
        let place = place.member(&name);
        match value.items() {
            Some(items) => {
                let item = match &encoder.model.kind(encoder.model.resolve(kind)).kind {
                    Kind::List { item, .. } => *item,
                    _ => TypeId::ANY,
                };
                for (at, value) in items.iter().enumerate() {
                    let place = place.item(at);
                    pieces.extend(piece(encoder, &name, value, item, media.as_ref(), &place)?);
                }
            }
            None => pieces.extend(piece(encoder, &name, &value, kind, media.as_ref(), &place)?),
        }
    }
    let boundary = boundary(&pieces);
    let mut bytes = Vec::new();
    for piece in &pieces {
        bytes.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        let name = quoted(&piece.name);
        bytes.extend_from_slice(
            format!("Content-Disposition: form-data; name=\"{name}\"").as_bytes(),
        );
        if piece.file {
            bytes.extend_from_slice(format!("; filename=\"{name}\"").as_bytes());
        }
        if let Some(media) = &piece.media {
            bytes.extend_from_slice(format!("\r\nContent-Type: {media}").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n\r\n");
        bytes.extend_from_slice(&piece.bytes);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok((boundary, bytes))
}

fn piece(
    encoder: &Encoder<'_>,
    name: &Arc<str>,
    value: &Data,
    kind: TypeId,
    media: Option<&Media>,
    place: &Place<'_>,
) -> Result<Option<Piece>, BadArgument> {
    let piece = |file, media: Option<Media>, bytes| {
        Ok(Some(Piece {
            name: name.clone(),
            file,
            media,
            bytes,
        }))
    };
    if value.plain().is_null() {
        return Ok(None);
    }
    let json = media.is_some_and(|media| media.form() == crate::model::Form::Json);
    if !json {
        match encoder.scalar(value, kind, place)? {
            Some(Scalar::Bytes(bytes)) => {
                // `byte` is base64 text, `binary` and what is undescribed are bytes.
                if let Kind::Base64 = encoder.model.kind(encoder.model.resolve(kind)).kind {
                    let text = Scalar::Bytes(bytes).text().unwrap_or_default().into_owned();
                    return piece(false, media.cloned(), text.into_bytes());
                }
                let media = media
                    .cloned()
                    .unwrap_or_else(|| Media::new("application/octet-stream"));
                return piece(true, Some(media), bytes.to_vec());
            }
            Some(scalar) => {
                let text = scalar.text().unwrap_or_default().into_owned();
                return piece(false, media.cloned(), text.into_bytes());
            }
            None => {}
        }
    }
    let mut json = String::new();
    encoder.json(value, kind, place, &mut json)?;
    let media = media.cloned().unwrap_or_else(Media::json);
    piece(false, Some(media), json.into_bytes())
}

/// As browsers write names (WHATWG HTML, multipart/form-data encoding algorithm).
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A line that none of the pieces has.
fn boundary(pieces: &[Piece]) -> String {
    let mut hasher = DefaultHasher::new();
    for piece in pieces {
        piece.bytes.hash(&mut hasher);
    }
    loop {
        let boundary = format!("footbridge-{:016x}", hasher.finish());
        let within = pieces.iter().any(|piece| {
            piece
                .bytes
                .windows(boundary.len())
                .any(|window| window == boundary.as_bytes())
        });
        if !within {
            return boundary;
        }
        boundary.hash(&mut hasher);
    }
}
