//! Paths into what a document describes.

use footbridge_mapping::data::same_name;
use footbridge_mapping::slot::PathPart;

use crate::model::{Kind, Model, Rest, TypeId};

/// The type that a path leads to.
///
/// # Errors
/// A clause that says what is not there.
pub(crate) fn follow(
    model: Option<&Model>,
    from: TypeId,
    path: &[PathPart],
) -> Result<TypeId, String> {
    let Some(model) = model else {
        return Ok(TypeId::ANY);
    };
    let mut at = from;
    for part in path {
        let id = model.resolve(at);
        let kind = model.kind(id);
        at = match (&kind.kind, part) {
            (Kind::Any, _) => return Ok(TypeId::ANY),
            (Kind::Object(object), PathPart::Name(name)) => {
                let exact = object.fields.get(name);
                let field = exact.or_else(|| {
                    let mut loose = object
                        .fields
                        .iter()
                        .filter(|(known, _)| same_name(known, name));
                    match (loose.next(), loose.next()) {
                        (Some((_, field)), None) => Some(field),
                        _ => None,
                    }
                });
                match (field, object.rest) {
                    (Some(field), _) => field.kind,
                    (None, Rest::Of(kind)) => kind,
                    (None, Rest::Unsaid) if object.fields.is_empty() => return Ok(TypeId::ANY),
                    (None, Rest::Unsaid | Rest::None) => {
                        let names: Vec<&str> =
                            object.fields.keys().take(12).map(|name| &**name).collect();
                        let of = kind
                            .name
                            .as_ref()
                            .map_or_else(|| "the reply".to_owned(), |name| format!("`{name}`"));
                        return Err(format!("{of} has no `{name}`; it has {}", names.join(", ")));
                    }
                }
            }
            (Kind::List { item, .. }, PathPart::Index(_)) => *item,
            (Kind::Choice(_), _) => return Ok(TypeId::ANY),
            (_, PathPart::Name(name)) => return Err(format!("`{name}` stands in no object")),
            (_, PathPart::Index(index)) => return Err(format!("`[{index}]` stands in no list")),
        };
    }
    Ok(at)
}
