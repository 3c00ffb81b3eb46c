//! A sink that keeps what is written as [`Data`], so that rows and replies become the values of steps.

use std::sync::Arc;

use footbridge_amf::{Class, Graph, Sink, Value, VectorKind, WriteError};
use indexmap::IndexMap;

use super::{AmfValue, Data, Record};

/// Levels of nesting.
const MAX_DEPTH: usize = 512;

/// Collects one value.
///
/// Lists are lists whatever their dress; objects keep their class and the order of their members; what
/// comes from a graph stays in it.
#[derive(Debug, Default)]
pub struct Collector {
    open: Vec<Open>,
    result: Option<Data>,
    /// The names of the class met last: rows share one.
    names: Option<(Arc<Class>, Names)>,
}

/// Names of sealed members.
type Names = Arc<[Arc<str>]>;

#[derive(Debug)]
enum Open {
    List(Vec<Data>),
    /// Holds exactly one value, which takes its place.
    External(Option<Data>),
    Object {
        class: Arc<Class>,
        names: Names,
        members: IndexMap<Arc<str>, Data>,
        /// How many sealed members have come.
        sealed: usize,
        /// The dynamic member whose value comes next.
        member: Option<Arc<str>>,
    },
}

impl Collector {
    /// A collector of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was written.
    ///
    /// # Errors
    /// [`WriteError::OutOfOrder`] if something was begun and not ended, or nothing was written.
    pub fn finish(self) -> Result<Data, WriteError> {
        if !self.open.is_empty() {
            return Err(WriteError::OutOfOrder(
                "the end of the output within a value",
            ));
        }
        self.result.ok_or(WriteError::OutOfOrder(
            "the end of the output before a value",
        ))
    }

    /// Takes a value that is there already, where [`Sink`]'s events would lose what it is: a decimal, a day.
    ///
    /// # Errors
    /// [`WriteError::OutOfOrder`] where no value can stand.
    pub fn accept(&mut self, data: Data) -> Result<(), WriteError> {
        match self.open.last_mut() {
            None => {
                if self.result.replace(data).is_some() {
                    return Err(WriteError::OutOfOrder("a second value"));
                }
            }
            Some(Open::List(items)) => items.push(data),
            Some(Open::External(inner)) => {
                if inner.replace(data).is_some() {
                    return Err(WriteError::OutOfOrder(
                        "a second value in an externalizable",
                    ));
                }
            }
            Some(Open::Object {
                names,
                members,
                sealed,
                member,
                ..
            }) => {
                let name = match names.get(*sealed) {
                    Some(name) => {
                        *sealed += 1;
                        name.clone()
                    }
                    None => member
                        .take()
                        .ok_or(WriteError::OutOfOrder("a value without a name"))?,
                };
                members.insert(name, data);
            }
        }
        Ok(())
    }

    fn begin(&mut self, open: Open) -> Result<(), WriteError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(WriteError::TooDeep { limit: MAX_DEPTH });
        }
        self.open.push(open);
        Ok(())
    }

    fn names(&mut self, class: &Arc<Class>) -> Names {
        if let Some((known, names)) = &self.names
            && Arc::ptr_eq(known, class)
        {
            return Arc::clone(names);
        }
        let names: Names = class
            .sealed
            .iter()
            .map(|name| name.as_str().into())
            .collect();
        self.names = Some((Arc::clone(class), Arc::clone(&names)));
        names
    }
}

impl Sink for Collector {
    fn undefined(&mut self) -> Result<(), WriteError> {
        self.accept(Data::Null)
    }

    fn null(&mut self) -> Result<(), WriteError> {
        self.accept(Data::Null)
    }

    fn bool(&mut self, value: bool) -> Result<(), WriteError> {
        self.accept(Data::Bool(value))
    }

    fn int(&mut self, value: i32) -> Result<(), WriteError> {
        self.accept(Data::Int(i64::from(value)))
    }

    fn number(&mut self, value: f64) -> Result<(), WriteError> {
        self.accept(Data::Number(value))
    }

    fn string(&mut self, value: &str) -> Result<(), WriteError> {
        self.accept(Data::text(value))
    }

    fn date(&mut self, millis: f64) -> Result<(), WriteError> {
        self.accept(Data::Date(millis))
    }

    fn xml(&mut self, text: &str) -> Result<(), WriteError> {
        self.accept(Data::Xml(text.into()))
    }

    fn xml_document(&mut self, text: &str) -> Result<(), WriteError> {
        self.accept(Data::Xml(text.into()))
    }

    fn bytes(&mut self, value: &[u8]) -> Result<(), WriteError> {
        self.accept(Data::Bytes(value.into()))
    }

    fn begin_array(&mut self) -> Result<(), WriteError> {
        self.begin(Open::List(Vec::new()))
    }

    fn begin_object(&mut self, class: &Arc<Class>) -> Result<(), WriteError> {
        let names = self.names(class);
        self.begin(Open::Object {
            class: Arc::clone(class),
            members: IndexMap::with_capacity(names.len()),
            names,
            sealed: 0,
            member: None,
        })
    }

    fn member(&mut self, name: &str) -> Result<(), WriteError> {
        match self.open.last_mut() {
            Some(Open::Object {
                names,
                sealed,
                member,
                ..
            }) if *sealed == names.len() && member.is_none() => {
                *member = Some(name.into());
                Ok(())
            }
            Some(Open::Object { .. } | Open::List(_) | Open::External(_)) | None => {
                Err(WriteError::OutOfOrder("a member where none can stand"))
            }
        }
    }

    fn begin_external(&mut self, _alias: &str) -> Result<(), WriteError> {
        self.begin(Open::External(None))
    }

    fn begin_vector(&mut self, _kind: VectorKind<'_>) -> Result<(), WriteError> {
        self.begin(Open::List(Vec::new()))
    }

    fn graph(&mut self, graph: &Graph<'_>, value: &Value<'_>) -> Result<(), WriteError> {
        let value = AmfValue {
            graph: Arc::new(graph.clone().into_owned()),
            value: value.clone().into_owned(),
        };
        self.accept(value.plain())
    }

    fn end(&mut self) -> Result<(), WriteError> {
        let data = match self.open.pop() {
            None => return Err(WriteError::OutOfOrder("an end without a beginning")),
            Some(Open::List(items)) => Data::List(items.into()),
            Some(Open::External(inner)) => inner.ok_or(WriteError::OutOfOrder(
                "an externalizable without its value",
            ))?,
            Some(Open::Object {
                class,
                names,
                members,
                sealed,
                member,
            }) => {
                if sealed < names.len() || member.is_some() {
                    return Err(WriteError::OutOfOrder(
                        "an object without all of its values",
                    ));
                }
                Data::Object(Arc::new(Record {
                    alias: (!class.alias.is_empty()).then(|| class.alias.as_str().into()),
                    members,
                }))
            }
        };
        self.accept(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_records_of_their_class() {
        let class = Arc::new(Class {
            alias: "a.Row".to_owned(),
            sealed: vec!["id".to_owned()],
            dynamic: true,
        });
        let mut collector = Collector::new();
        let mut write = || {
            collector.begin_external("flex.messaging.io.ArrayCollection")?;
            collector.begin_array()?;
            collector.begin_object(&class)?;
            collector.int(1)?;
            collector.member("more")?;
            collector.string("x")?;
            collector.end()?;
            collector.end()?;
            collector.end()
        };
        write().expect("the events are in order");
        let Ok(Data::List(rows)) = collector.finish() else {
            panic!("a list was written");
        };
        let Data::Object(row) = &rows[0] else {
            panic!("a row is an object");
        };
        assert_eq!(row.alias.as_deref(), Some("a.Row"));
        assert_eq!(row.members["id"], Data::Int(1));
        assert_eq!(row.members["more"], Data::text("x"));
    }

    #[test]
    fn events_out_of_order_are_refused() {
        let mut collector = Collector::new();
        assert!(collector.end().is_err());
        assert!(collector.member("x").is_err());
        assert!(collector.null().is_ok());
        assert!(collector.null().is_err());
        assert!(Collector::new().finish().is_err());
    }
}
