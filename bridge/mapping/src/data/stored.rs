//! Values as bytes, for what is kept outside of this process and read again: exact, but for the identity of a client's objects.
//!
//! ```text
//! value: tag 1 | length 4 (little endian) | content
//! list:   content is its values, one behind the other
//! object: content is the alias as a value (Null without one), then name (Text) and value of each member
//! ```

use std::sync::Arc;

use footbridge_amf::canonical::{self, Encoding};
use jiff::civil;

use super::{AmfValue, Data, Record};

/// Values as bytes. `None` for a value that is nested deeper than 128 levels, or that has no form as text.
pub fn write(values: &[Data]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(64);
    for value in values {
        put(value, &mut bytes, DEEPEST)?;
    }
    Some(bytes)
}

/// What [`write()`] wrote. `None` for anything else.
pub fn read(mut bytes: &[u8]) -> Option<Vec<Data>> {
    take_all(&mut bytes, DEEPEST)
}

fn put(value: &Data, bytes: &mut Vec<u8>, levels: usize) -> Option<()> {
    let levels = levels.checked_sub(1)?;
    let at = bytes.len();
    let mut begin = |tag: u8, content: &[u8]| {
        bytes.push(tag);
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(content);
    };
    match value {
        Data::Null => begin(NULL, &[]),
        Data::Omit => begin(OMIT, &[]),
        Data::Bool(value) => begin(BOOL, &[u8::from(*value)]),
        Data::Int(value) => begin(INT, &value.to_le_bytes()),
        Data::Number(value) => begin(NUMBER, &value.to_le_bytes()),
        Data::Decimal(text) => begin(DECIMAL, text.as_bytes()),
        Data::Text(text) => begin(TEXT, text.as_bytes()),
        Data::Date(value) => begin(DATE, &value.to_le_bytes()),
        Data::Day(day) => begin(DAY, day.to_string().as_bytes()),
        Data::Bytes(content) => begin(BYTES, content),
        Data::Xml(text) => begin(XML, text.as_bytes()),
        Data::List(items) => {
            begin(LIST, &[]);
            for item in items.iter() {
                put(item, bytes, levels)?;
            }
        }
        Data::Object(record) => {
            begin(OBJECT, &[]);
            let alias = record.alias.clone().map_or(Data::Null, Data::Text);
            put(&alias, bytes, levels)?;
            for (name, member) in &record.members {
                put(&Data::Text(Arc::clone(name)), bytes, levels)?;
                put(member, bytes, levels)?;
            }
        }
        Data::Amf(value) => {
            let text = canonical::to_text(&value.graph, &value.value, Encoding::Amf3).ok()?;
            begin(AMF, text.as_bytes());
        }
    }
    let length = u32::try_from(bytes.len() - at - HEAD).ok()?;
    bytes
        .get_mut(at + 1..at + HEAD)?
        .copy_from_slice(&length.to_le_bytes());
    Some(())
}

fn take_all(bytes: &mut &[u8], levels: usize) -> Option<Vec<Data>> {
    let mut values = Vec::new();
    while !bytes.is_empty() {
        values.push(take(bytes, levels)?);
    }
    Some(values)
}

fn take(bytes: &mut &[u8], levels: usize) -> Option<Data> {
    let levels = levels.checked_sub(1)?;
    let (head, rest) = bytes.split_at_checked(HEAD)?;
    let (tag, length) = head.split_first()?;
    let length = u32::from_le_bytes(length.try_into().ok()?);
    let (mut content, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *bytes = rest;
    let text = |content| Some(Arc::from(std::str::from_utf8(content).ok()?));
    Some(match *tag {
        NULL => Data::Null,
        OMIT => Data::Omit,
        BOOL => Data::Bool(content == [1]),
        INT => Data::Int(i64::from_le_bytes(content.try_into().ok()?)),
        NUMBER => Data::Number(f64::from_le_bytes(content.try_into().ok()?)),
        DECIMAL => Data::Decimal(text(content)?),
        TEXT => Data::Text(text(content)?),
        DATE => Data::Date(f64::from_le_bytes(content.try_into().ok()?)),
        DAY => Data::Day(
            std::str::from_utf8(content)
                .ok()?
                .parse::<civil::Date>()
                .ok()?,
        ),
        BYTES => Data::Bytes(content.into()),
        XML => Data::Xml(text(content)?),
        LIST => Data::List(take_all(&mut content, levels)?.into()),
        OBJECT => {
            let mut record = Record {
                alias: match take(&mut content, levels)? {
                    Data::Text(alias) => Some(alias),
                    _ => None,
                },
                ..Record::default()
            };
            while !content.is_empty() {
                let Data::Text(name) = take(&mut content, levels)? else {
                    return None;
                };
                record.members.insert(name, take(&mut content, levels)?);
            }
            Data::Object(Arc::new(record))
        }
        AMF => {
            let (graph, value) = canonical::from_text(std::str::from_utf8(content).ok()?).ok()?;
            Data::Amf(AmfValue {
                graph: Arc::new(graph.into_owned()),
                value: value.into_owned(),
            })
        }
        _ => return None,
    })
}

const HEAD: usize = 5;

/// Levels of lists and objects; both directions recurse this far at most.
const DEEPEST: usize = 128;

const NULL: u8 = 0;
const BOOL: u8 = 1;
const INT: u8 = 2;
const NUMBER: u8 = 3;
const DECIMAL: u8 = 4;
const TEXT: u8 = 5;
const DATE: u8 = 6;
const DAY: u8 = 7;
const BYTES: u8 = 8;
const XML: u8 = 9;
const LIST: u8 = 10;
const OBJECT: u8 = 11;
const AMF: u8 = 12;
const OMIT: u8 = 13;

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> Vec<Data> {
        let mut record = Record {
            alias: Some("samples.Product".into()),
            ..Record::default()
        };
        record.members.insert("ä".into(), Data::Int(i64::MIN));
        record.members.insert("".into(), Data::List([].into()));
        let plain = Record::default();
        vec![
            Data::Null,
            Data::Omit,
            Data::Bool(true),
            Data::Bool(false),
            Data::Number(-0.0),
            Data::Decimal("-12.50".into()),
            Data::text(""),
            Data::Date(1_763_633_730_250.0),
            Data::Day(civil::date(2026, 11, 20)),
            Data::Bytes([0, 255].into()),
            Data::Xml("<a/>".into()),
            Data::List([Data::Null, Data::Object(Arc::new(plain))].into()),
            Data::Object(Arc::new(record)),
        ]
    }

    #[test]
    fn every_kind_of_value_comes_back_as_it_was() {
        let bytes = write(&every()).expect("it can be written");
        assert_eq!(read(&bytes), Some(every()));
    }

    #[test]
    fn a_clients_own_value_keeps_its_classes_and_cycles() {
        let text = r#"{"$id":1,"$class":"a.B","self":{"$ref":1},"date":{"$date":"2026-11-20T09:30:00.000Z"}}"#;
        let (graph, value) = canonical::from_text(text).expect("it is one");
        let value = Data::Amf(AmfValue {
            graph: Arc::new(graph.into_owned()),
            value: value.into_owned(),
        });
        let back = read(&write(&[value]).expect("it can be written")).expect("it can be read");
        let [Data::Amf(back)] = &*back else {
            panic!("{back:?}");
        };
        let shown = canonical::to_text(&back.graph, &back.value, Encoding::Amf3);
        assert_eq!(shown.expect("it has a form"), text);
    }

    #[test]
    fn what_is_cut_short_or_too_deep_is_nothing() {
        let bytes = write(&[Data::List(every().into())]).expect("it can be written");
        for end in 1..bytes.len() {
            assert_eq!(read(&bytes[..end]), None, "{end}");
        }
        let mut deep = Data::Null;
        for _ in 0..DEEPEST {
            deep = Data::List([deep].into());
        }
        assert_eq!(write(&[deep]), None);
    }
}
