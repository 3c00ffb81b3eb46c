//! What tells calls apart: operation, arguments and caller as bytes; and what a value weighs in memory.

use std::sync::Arc;

use footbridge_amf::canonical::{self, Encoding};
use footbridge_mapping::data::{Data, Record};

/// Equal for equal calls.
pub(crate) type Key = Arc<[u8]>;

/// Bytes that differ for values that differ. `None` for what has no form as text, such as a client's value with a cycle.
pub(super) fn key<'d>(values: impl IntoIterator<Item = &'d Data>) -> Option<Key> {
    let mut bytes = Vec::with_capacity(64);
    for value in values {
        write(value, &mut bytes)?;
    }
    Some(bytes.into())
}

fn write(value: &Data, bytes: &mut Vec<u8>) -> Option<()> {
    let mut put = |tag: u8, content: &[u8]| {
        bytes.push(tag);
        bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
        bytes.extend_from_slice(content);
    };
    match value {
        Data::Null | Data::Omit => put(0, &[]),
        Data::Bool(value) => put(1, &[u8::from(*value)]),
        Data::Int(value) => put(2, &value.to_le_bytes()),
        Data::Number(value) => put(3, &value.to_le_bytes()),
        Data::Decimal(text) => put(4, text.as_bytes()),
        Data::Text(text) => put(5, text.as_bytes()),
        Data::Date(value) => put(6, &value.to_le_bytes()),
        Data::Day(day) => put(7, day.to_string().as_bytes()),
        Data::Bytes(content) => put(8, content),
        Data::Xml(text) => put(9, text.as_bytes()),
        Data::List(items) => {
            put(10, &(items.len() as u64).to_le_bytes());
            for item in items.iter() {
                write(item, bytes)?;
            }
        }
        Data::Object(record) => {
            put(11, record.alias.as_deref().unwrap_or_default().as_bytes());
            bytes.extend_from_slice(&(record.members.len() as u64).to_le_bytes());
            for (name, member) in &record.members {
                write(&Data::Text(Arc::clone(name)), bytes)?;
                write(member, bytes)?;
            }
        }
        Data::Amf(value) => {
            let text = canonical::to_text(&value.graph, &value.value, Encoding::Amf3).ok()?;
            put(12, text.as_bytes());
        }
    }
    Some(())
}

/// About how many bytes a value takes.
pub(super) fn weight(value: &Data) -> u64 {
    let own = size_of::<Data>() as u64;
    let content = match value {
        Data::Null
        | Data::Omit
        | Data::Bool(_)
        | Data::Int(_)
        | Data::Number(_)
        | Data::Date(_)
        | Data::Day(_) => 0,
        Data::Decimal(text) | Data::Text(text) | Data::Xml(text) => text.len() as u64 + 16,
        Data::Bytes(content) => content.len() as u64 + 16,
        Data::List(items) => items.iter().map(weight).sum::<u64>() + 16,
        Data::Object(record) => of_record(record),
        // The whole graph stays with it; its text is as long as its parts.
        Data::Amf(value) => canonical::to_text(&value.graph, &value.value, Encoding::Amf3)
            .map_or_else(|_| u64::from(u32::MAX), |text| text.len() as u64 * 4),
    };
    own + content
}

/// About how many bytes the members of an object take; their names are shared.
pub(super) fn of_record(record: &Record) -> u64 {
    record
        .members
        .values()
        .map(|member| weight(member) + 32)
        .sum::<u64>()
        + 64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_differ_have_keys_that_differ() {
        let text = |text: &str| Data::text(text);
        let list = |items: &[Data]| Data::List(items.into());
        let values = [
            vec![text("ab"), text("c")],
            vec![text("a"), text("bc")],
            vec![list(&[text("a")]), text("bc")],
            vec![list(&[text("a"), text("bc")])],
            vec![Data::Int(1)],
            vec![Data::Number(1.0)],
            vec![text("1")],
            vec![Data::Null],
            vec![],
        ];
        for (at, left) in values.iter().enumerate() {
            for (other, right) in values.iter().enumerate() {
                assert_eq!(key(left) == key(right), at == other, "{left:?} {right:?}");
            }
        }
    }
}
