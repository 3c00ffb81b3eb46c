//! JSON in a column: written as objects and lists while it is read, or collected.
//!
//! Numbers: whole ones of at most 32 bits are ints, of at most 2^53 Numbers, larger ones text (as `long`); others
//! are Numbers. serde_json bounds the nesting at 128.

use std::fmt;
use std::sync::Arc;

use footbridge_amf::{Class, Sink, WriteError};
use footbridge_mapping::data::{Data, Record};
use footbridge_remoting::ListShape;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::error::SqlError;

/// Why a JSON text was not sent.
pub(crate) enum JsonError {
    Malformed(serde_json::Error),
    Write(WriteError),
}

impl JsonError {
    /// As the error of a column.
    pub(crate) fn of_column(self, column: &Arc<str>) -> SqlError {
        match self {
            Self::Malformed(error) => {
                SqlError::unreadable(column, format!("holds JSON that cannot be read: {error}"))
            }
            Self::Write(error) => error.into(),
        }
    }
}

/// Writes a JSON text as value events.
pub(crate) fn put(text: &str, sink: &mut dyn Sink, lists: &ListShape) -> Result<(), JsonError> {
    let mut failed = None;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let class = Arc::new(Class::anonymous());
    let events = Events {
        sink,
        lists,
        class: &class,
        failed: &mut failed,
    };
    let done = events
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    match (done, failed) {
        (_, Some(error)) => Err(JsonError::Write(error)),
        (Err(error), None) => Err(JsonError::Malformed(error)),
        (Ok(()), None) => Ok(()),
    }
}

/// Reads a JSON text as data.
pub(crate) fn collect(text: &str) -> Result<Data, JsonError> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(JsonError::Malformed)?;
    Ok(data(value))
}

fn data(value: serde_json::Value) -> Data {
    match value {
        serde_json::Value::Null => Data::Null,
        serde_json::Value::Bool(value) => Data::Bool(value),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(int), _) => Data::Int(int),
            (None, Some(double)) => Data::Number(double),
            (None, None) => Data::Null,
        },
        serde_json::Value::String(text) => Data::text(text),
        // serde_json read at most 128 levels.
        serde_json::Value::Array(items) => Data::List(items.into_iter().map(data).collect()),
        serde_json::Value::Object(members) => Data::Object(Arc::new(Record {
            alias: None,
            members: members
                .into_iter()
                .map(|(name, value)| (Arc::from(name), data(value)))
                .collect(),
        })),
    }
}

struct Events<'s> {
    sink: &'s mut dyn Sink,
    lists: &'s ListShape,
    class: &'s Arc<Class>,
    /// serde's errors hold no errors of ours, so this stands beside them.
    failed: &'s mut Option<WriteError>,
}

impl Events<'_> {
    fn again(&mut self) -> Events<'_> {
        Events {
            sink: self.sink,
            lists: self.lists,
            class: self.class,
            failed: self.failed,
        }
    }

    fn check<E: serde::de::Error>(&mut self, done: Result<(), WriteError>) -> Result<(), E> {
        done.map_err(|error| {
            *self.failed = Some(error);
            E::custom("the answer cannot be written")
        })
    }
}

impl<'de> DeserializeSeed<'de> for Events<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Events<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: serde::de::Error>(mut self, value: bool) -> Result<(), E> {
        let done = self.sink.bool(value);
        self.check(done)
    }

    fn visit_i64<E: serde::de::Error>(mut self, value: i64) -> Result<(), E> {
        let done = if let Ok(int) = i32::try_from(value) {
            self.sink.int(int)
        } else if value.unsigned_abs() <= 1 << 53 {
            #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
            self.sink.number(value as f64)
        } else {
            self.sink.string(&value.to_string())
        };
        self.check(done)
    }

    fn visit_u64<E: serde::de::Error>(mut self, value: u64) -> Result<(), E> {
        if let Ok(value) = i64::try_from(value) {
            return self.visit_i64(value);
        }
        let done = self.sink.string(&value.to_string());
        self.check(done)
    }

    fn visit_f64<E: serde::de::Error>(mut self, value: f64) -> Result<(), E> {
        let done = self.sink.number(value);
        self.check(done)
    }

    fn visit_str<E: serde::de::Error>(mut self, value: &str) -> Result<(), E> {
        let done = self.sink.string(value);
        self.check(done)
    }

    fn visit_unit<E: serde::de::Error>(mut self) -> Result<(), E> {
        let done = self.sink.null();
        self.check(done)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let done = self.lists.begin(self.sink);
        self.check(done)?;
        while items.next_element_seed(self.again())?.is_some() {}
        let done = self.lists.end(self.sink);
        self.check(done)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let done = self.sink.begin_object(self.class);
        self.check(done)?;
        while let Some(name) = members.next_key::<std::borrow::Cow<'de, str>>()? {
            let done = self.sink.member(&name);
            self.check(done)?;
            members.next_value_seed(self.again())?;
        }
        let done = self.sink.end();
        self.check(done)
    }
}
