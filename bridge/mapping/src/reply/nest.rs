//! Flat rows that no plan was made for, those of procedures, become nested objects.

use std::sync::Arc;

use crate::data::{Data, Record, compare, same_name};
use crate::model::TypeScope;
use crate::slot::Type;

/// Rows as objects of the type `item`: columns named `customer.name` go into the object `customer`, and where
/// the type says that `lines` is a list, neighbouring rows with equal `group` columns are one object and
/// `lines.sku` goes into an item of its list. An object whose columns are all null is null, and no item.
pub fn nest(rows: &[Data], item: &Type, scope: &TypeScope, group: &[Arc<str>]) -> Vec<Data> {
    let rows: Vec<Vec<(&str, &Data)>> = rows
        .iter()
        .filter_map(|row| match row {
            Data::Object(record) => Some(
                record
                    .members
                    .iter()
                    .map(|(name, data)| (name.as_ref(), data))
                    .collect(),
            ),
            Data::Null
            | Data::Omit
            | Data::Bool(_)
            | Data::Int(_)
            | Data::Number(_)
            | Data::Decimal(_)
            | Data::Text(_)
            | Data::Date(_)
            | Data::Day(_)
            | Data::Bytes(_)
            | Data::Xml(_)
            | Data::List(_)
            | Data::Amf(_) => None,
        })
        .collect();
    let group: Vec<&str> = group.iter().map(AsRef::as_ref).collect();
    objects(&rows, item, scope, &group)
}

/// The columns of one row, by the names they have at this level.
type Row<'r> = Vec<(&'r str, &'r Data)>;

fn objects(rows: &[Row<'_>], item: &Type, scope: &TypeScope, group: &[&str]) -> Vec<Data> {
    let keys: Vec<&str> = group
        .iter()
        .copied()
        .filter(|key| !key.contains('.'))
        .collect();
    let same = |left: &Row<'_>, right: &Row<'_>| {
        !keys.is_empty()
            && keys
                .iter()
                .all(|key| match (cell(left, key), cell(right, key)) {
                    (Some(left), Some(right)) => compare::equal(left, right),
                    (Some(_) | None, _) => false,
                })
    };
    rows.chunk_by(|left, right| same(left, right))
        .filter_map(|rows| object(rows, item, scope, group))
        .collect()
}

/// One object of rows that belong together; `None` where all of its columns are null.
fn object(rows: &[Row<'_>], item: &Type, scope: &TypeScope, group: &[&str]) -> Option<Data> {
    let first = rows.first()?;
    if rows.iter().flatten().all(|(_, data)| data.is_null()) {
        return None;
    }
    let mut record = Record::default();
    for (name, data) in first {
        let Some((prefix, _)) = name.split_once('.') else {
            record.members.insert(Arc::from(*name), (*data).clone());
            continue;
        };
        if record.members.contains_key(prefix) {
            continue;
        }
        let below: Vec<Row<'_>> = rows.iter().map(|row| within(row, prefix)).collect();
        let keys: Vec<&str> = group
            .iter()
            .filter_map(|key| key.strip_prefix(prefix)?.strip_prefix('.'))
            .collect();
        let data = match field(item, prefix, scope) {
            Some(Type::List(item, _)) => Data::List(objects(&below, &item, scope, &keys).into()),
            other => {
                let inner = other.unwrap_or(Type::Any);
                object(below.get(..1).unwrap_or_default(), &inner, scope, &[]).unwrap_or(Data::Null)
            }
        };
        record.members.insert(Arc::from(prefix), data);
    }
    Some(Data::Object(Arc::new(record)))
}

/// The columns below `prefix`.
fn within<'r>(row: &Row<'r>, prefix: &str) -> Row<'r> {
    row.iter()
        .filter_map(|(name, data)| {
            let rest = name.strip_prefix(prefix)?.strip_prefix('.')?;
            Some((rest, *data))
        })
        .collect()
}

fn cell<'r>(row: &Row<'r>, key: &str) -> Option<&'r Data> {
    row.iter()
        .find(|(name, _)| same_name(name, key))
        .map(|(_, data)| *data)
}

/// The type of a field of `item`, without `?`.
fn field(item: &Type, name: &str, scope: &TypeScope) -> Option<Type> {
    let Type::Named(type_name) = item.inner() else {
        return None;
    };
    let body = scope.types.get(type_name)?;
    let (_, slot) = body
        .fields
        .iter()
        .find(|(field, slot)| same_name(field, name) || super::comes_from(slot, name))?;
    Some(slot.kind.inner().clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Rest, TypeBody};
    use crate::slot;

    fn row(cells: &[(&str, Data)]) -> Data {
        Data::Object(Arc::new(Record {
            alias: None,
            members: cells
                .iter()
                .map(|(name, data)| (Arc::from(*name), data.clone()))
                .collect(),
        }))
    }

    #[test]
    fn neighbouring_rows_of_one_key_are_one_object() {
        let mut scope = TypeScope::default();
        let fields = [
            ("id", "int"),
            ("customer", "Customer?"),
            ("lines", "Line[]"),
        ];
        scope.types.insert(
            "Order".into(),
            Arc::new(TypeBody {
                fields: fields
                    .map(|(name, text)| (Arc::from(name), slot::parse(text).expect("it is right")))
                    .into_iter()
                    .collect(),
                rest: Rest::Described,
            }),
        );
        let line = |id, customer, sku: Option<&str>| {
            row(&[
                ("id", Data::Int(id)),
                ("customer.name", customer),
                ("lines.sku", sku.map_or(Data::Null, Data::text)),
            ])
        };
        let rows = [
            line(1, Data::text("Ann"), Some("a")),
            line(1, Data::text("Ann"), Some("b")),
            line(2, Data::Null, None),
        ];
        let nested = nest(&rows, &Type::Named("Order".into()), &scope, &["id".into()]);
        let skus = |data: &Data| {
            let lines = data.member("lines");
            let items = lines.items().expect("lines are a list").into_owned();
            items
                .iter()
                .map(|item| item.member("sku"))
                .collect::<Vec<_>>()
        };
        assert_eq!(nested.len(), 2);
        assert_eq!(
            nested[0].member("customer").member("name"),
            Data::text("Ann")
        );
        assert_eq!(skus(&nested[0]), [Data::text("a"), Data::text("b")]);
        assert_eq!(nested[1].member("customer"), Data::Null);
        assert_eq!(skus(&nested[1]), []);
    }
}
