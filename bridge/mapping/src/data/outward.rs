//! Values on their way to a backend: fields of declared types go out under the names that `from` gives them there.

use std::sync::Arc;

use super::{Data, Record};
use crate::model::{TypeBody, TypeScope};
use crate::slot::{PathPart, Type};

/// Objects and lists within each other.
const MAX_DEPTH: usize = 64;

/// `data` with the fields of every object whose class is a declared type under the names that the backend knows.
/// Objects of other classes, and those without one, stay as they are.
pub fn outward(data: &Data, scope: &TypeScope) -> Data {
    let renamed: Vec<(Arc<str>, &TypeBody)> = scope
        .types
        .iter()
        .filter(|(_, body)| {
            body.fields
                .values()
                .any(|slot| slot.from.is_some() || slot.kind == Type::Hide)
        })
        .filter_map(|(name, body)| Some((scope.class(name)?, &**body)))
        .collect();
    if renamed.is_empty() {
        return data.clone();
    }
    walk(data, &renamed, 0)
}

fn walk(data: &Data, renamed: &[(Arc<str>, &TypeBody)], depth: usize) -> Data {
    if depth > MAX_DEPTH {
        return data.clone();
    }
    match data {
        Data::List(items) => Data::List(
            items
                .iter()
                .map(|item| walk(item, renamed, depth + 1))
                .collect(),
        ),
        Data::Object(record) => {
            let body = record.alias.as_ref().and_then(|alias| {
                renamed
                    .iter()
                    .find(|(known, _)| known == alias)
                    .map(|(_, body)| *body)
            });
            let mut out = Record {
                alias: record.alias.clone(),
                ..Record::default()
            };
            for (name, member) in &record.members {
                let member = walk(member, renamed, depth + 1);
                let slot = body.and_then(|body| body.fields.get(name));
                match slot.and_then(|slot| slot.from.as_deref()) {
                    Some(path) => put(&mut out, path, name, member),
                    None => {
                        out.members.insert(Arc::clone(name), member);
                    }
                }
            }
            Data::Object(Arc::new(out))
        }
        other => other.clone(),
    }
}

/// Puts a value where a path leads; a path with an index leads to the field's own name.
fn put(record: &mut Record, path: &[PathPart], own: &Arc<str>, value: Data) {
    let names: Option<Vec<&Arc<str>>> = path
        .iter()
        .map(|part| match part {
            PathPart::Name(name) => Some(name),
            PathPart::Index(_) => None,
        })
        .collect();
    match names.as_deref() {
        Some([name]) => {
            record.members.insert(Arc::clone(name), value);
        }
        Some([first, rest @ ..]) => {
            let mut inner = match record.members.get(*first) {
                Some(Data::Object(inner)) => Record::clone(inner),
                _ => Record::default(),
            };
            let rest: Vec<PathPart> = rest
                .iter()
                .map(|name| PathPart::Name(Arc::clone(name)))
                .collect();
            put(&mut inner, &rest, own, value);
            record
                .members
                .insert(Arc::clone(first), Data::Object(Arc::new(inner)));
        }
        Some([]) | None => {
            record.members.insert(Arc::clone(own), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot;

    #[test]
    fn fields_go_out_under_the_names_of_the_backend() {
        let mut body = TypeBody::default();
        for (name, text) in [
            ("quantity", "int from qty"),
            ("city", "string from address.city"),
            ("zip", "string from address.zip"),
            ("sku", "string"),
        ] {
            body.fields
                .insert(name.into(), slot::parse(text).expect("it is a slot"));
        }
        let scope = TypeScope {
            package: Some("p".into()),
            types: [("Line".into(), Arc::new(body))].into_iter().collect(),
            ..TypeScope::default()
        };
        let record = |alias: Option<&str>| {
            Data::Object(Arc::new(Record {
                alias: alias.map(Into::into),
                members: [
                    ("quantity".into(), Data::Int(2)),
                    ("city".into(), Data::text("Ulm")),
                    ("zip".into(), Data::text("89073")),
                    ("sku".into(), Data::text("A")),
                ]
                .into_iter()
                .collect(),
            }))
        };
        let out = outward(&Data::List([record(Some("p.Line"))].into()), &scope);
        let Data::List(items) = out else {
            panic!("a list stays one")
        };
        assert_eq!(items[0].member("qty"), Data::Int(2));
        assert_eq!(
            items[0].member("address").member("zip"),
            Data::text("89073")
        );
        assert_eq!(items[0].member("quantity"), Data::Null);
        assert_eq!(outward(&record(None), &scope), record(None));
    }
}
