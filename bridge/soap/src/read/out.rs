//! What takes the values of a reply: the answer itself, data of the mapping, or a graph where values are shared.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use footbridge_amf::{
    Array, Class, External, Graph, Node, NodeId, Object, Sink, Traits, TraitsId, Value, WriteError,
};
use footbridge_mapping::data::{Data, Record, convert};
use footbridge_mapping::rows::Preset;
use footbridge_mapping::slot::Scalar;
use footbridge_remoting::{ARRAY_COLLECTION, ListShape, Rows, Style};
use jiff::tz::TimeZone;

/// Takes values as events, as [`Sink`] does, with scalars still exact.
pub(super) trait Out {
    /// A scalar: `declared` is what the mapping says it is.
    fn scalar(
        &mut self,
        data: &Data,
        declared: Option<Scalar>,
        zone: &TimeZone,
    ) -> Result<(), WriteError>;
    fn begin_object(&mut self, class: &Arc<Class>) -> Result<(), WriteError>;
    fn member(&mut self, name: &str) -> Result<(), WriteError>;
    fn end_object(&mut self) -> Result<(), WriteError>;
    /// Begins a list; `rows` is the class of its items if they are rows. `true` if the items are to come as rows of cells.
    fn begin_list(&mut self, rows: Option<&Arc<Class>>) -> Result<bool, WriteError>;
    fn begin_row(&mut self) -> Result<(), WriteError>;
    fn end_row(&mut self) -> Result<(), WriteError>;
    fn end_list(&mut self) -> Result<(), WriteError>;
    /// Whether the shared value at a node was taken already: then it is referred to. Else it comes now.
    fn known(&mut self, node: usize) -> Result<bool, WriteError>;
}

/// Straight into an answer.
pub(super) struct Direct<'a> {
    pub(super) sink: &'a mut dyn Sink,
    pub(super) style: &'a Style,
    pub(super) service: &'a str,
    pub(super) preset: Preset,
    lists: Vec<List>,
}

enum List {
    Rows(Rows),
    Values(ListShape),
}

impl<'a> Direct<'a> {
    pub(super) fn new(
        sink: &'a mut dyn Sink,
        style: &'a Style,
        service: &'a str,
        preset: Preset,
    ) -> Self {
        Self {
            sink,
            style,
            service,
            preset,
            lists: Vec::new(),
        }
    }
}

impl Out for Direct<'_> {
    fn scalar(
        &mut self,
        data: &Data,
        declared: Option<Scalar>,
        zone: &TimeZone,
    ) -> Result<(), WriteError> {
        write_scalar(self.sink, data, declared, self.preset, zone)
    }

    fn begin_object(&mut self, class: &Arc<Class>) -> Result<(), WriteError> {
        self.sink.begin_object(class)
    }

    fn member(&mut self, name: &str) -> Result<(), WriteError> {
        self.sink.member(name)
    }

    fn end_object(&mut self) -> Result<(), WriteError> {
        self.sink.end()
    }

    fn begin_list(&mut self, rows: Option<&Arc<Class>>) -> Result<bool, WriteError> {
        if let (Some(class), ListShape::RecordSet) = (rows, &self.style.rows) {
            let rows = Rows::begin(self.sink, &self.style.rows, class, self.service)?;
            self.lists.push(List::Rows(rows));
            return Ok(true);
        }
        let shape = if rows.is_some() {
            &self.style.rows
        } else {
            &self.style.lists
        };
        shape.begin(self.sink)?;
        self.lists.push(List::Values(shape.clone()));
        Ok(false)
    }

    fn begin_row(&mut self) -> Result<(), WriteError> {
        match self.lists.last_mut() {
            Some(List::Rows(rows)) => rows.begin_row(self.sink),
            Some(List::Values(_)) | None => Err(WriteError::OutOfOrder("a row outside of rows")),
        }
    }

    fn end_row(&mut self) -> Result<(), WriteError> {
        match self.lists.last_mut() {
            Some(List::Rows(rows)) => rows.end_row(self.sink),
            Some(List::Values(_)) | None => Err(WriteError::OutOfOrder("a row outside of rows")),
        }
    }

    fn end_list(&mut self) -> Result<(), WriteError> {
        match self.lists.pop() {
            Some(List::Rows(rows)) => rows.end(self.sink),
            Some(List::Values(shape)) => shape.end(self.sink),
            None => Err(WriteError::OutOfOrder("the end of no list")),
        }
    }

    fn known(&mut self, _node: usize) -> Result<bool, WriteError> {
        Ok(false)
    }
}

/// A scalar by what is declared for it, else by the preset.
fn write_scalar(
    sink: &mut dyn Sink,
    data: &Data,
    declared: Option<Scalar>,
    preset: Preset,
    zone: &TimeZone,
) -> Result<(), WriteError> {
    if let Some(declared) = declared
        && let Some(converted) = convert_to(data, declared, zone)
    {
        return match (&converted, declared) {
            (Data::Int(number), Scalar::Int) => match i32::try_from(*number) {
                Ok(int) => sink.int(int),
                Err(_) => sink.number(*number as f64),
            },
            // What is declared a day goes out as its midnight, and a declared text as it is.
            _ => write_scalar(sink, &converted, None, preset, zone),
        };
    }
    match data {
        Data::Null | Data::Omit => sink.null(),
        Data::Bool(value) => match preset {
            Preset::ColdFusion => sink.int(i32::from(*value)),
            Preset::BlazeDs | Preset::DotNet | Preset::AmfPhp => sink.bool(*value),
        },
        Data::Int(number) => match (i32::try_from(*number), preset) {
            (Ok(int), Preset::BlazeDs | Preset::DotNet | Preset::ColdFusion) => sink.int(int),
            (Err(_), Preset::BlazeDs | Preset::ColdFusion)
                if number.unsigned_abs() > convert::EXACT.unsigned_abs() =>
            {
                sink.string(&number.to_string())
            }
            (Ok(_) | Err(_), _) => sink.number(*number as f64),
        },
        Data::Number(number) => sink.number(*number),
        Data::Decimal(text) => match preset {
            Preset::DotNet => sink.number(text.parse().unwrap_or(f64::NAN)),
            Preset::BlazeDs | Preset::ColdFusion | Preset::AmfPhp => sink.string(text),
        },
        Data::Text(text) => sink.string(text),
        Data::Date(millis) => sink.date(*millis),
        Data::Day(day) => match convert::midnight(*day, zone) {
            Some(millis) => sink.date(millis),
            None => sink.string(&day.to_string()),
        },
        Data::Bytes(bytes) => sink.bytes(bytes),
        Data::Xml(text) => sink.xml(text),
        Data::List(items) => {
            sink.begin_array()?;
            for item in items.iter() {
                write_scalar(sink, item, None, preset, zone)?;
            }
            sink.end()
        }
        Data::Object(_) => sink.null(),
        Data::Amf(value) => sink.graph(&value.graph, &value.value),
    }
}

/// The value as what is declared; `None` where it is no such thing, and goes out as it is.
pub(super) fn convert_to(data: &Data, declared: Scalar, zone: &TimeZone) -> Option<Data> {
    match declared {
        Scalar::String => convert::to_text(data).map(Data::Text),
        Scalar::Int | Scalar::Long => convert::to_int(data).map(Data::Int),
        Scalar::Number => convert::to_number(data).map(Data::Number),
        Scalar::Decimal => convert::to_decimal(data).map(Data::Decimal),
        Scalar::Bool => convert::to_bool(data).map(Data::Bool),
        Scalar::Date => convert::to_date(data, zone).map(Data::Date),
        Scalar::Day => convert::to_day(data, zone).map(Data::Day),
        Scalar::Time => convert::to_time(data, zone).map(Data::Text),
        Scalar::Bytes => convert::to_bytes(data).map(Data::Bytes),
        Scalar::Xml => convert::to_text(data).map(Data::Xml),
        Scalar::Secret => Some(Data::Null),
    }
}

/// Data of the mapping: exact, lists as lists, objects with their class.
#[derive(Default)]
pub(super) struct Keep {
    open: Vec<Frame>,
    result: Option<Data>,
}

enum Frame {
    List(Vec<Data>),
    Object {
        class: Arc<Class>,
        record: Record,
        next: Option<Arc<str>>,
    },
}

impl Keep {
    pub(super) fn finish(self) -> Data {
        self.result.unwrap_or(Data::Null)
    }

    fn accept(&mut self, data: Data) -> Result<(), WriteError> {
        match self.open.last_mut() {
            None => self.result = Some(data),
            Some(Frame::List(items)) => items.push(data),
            Some(Frame::Object {
                class,
                record,
                next,
            }) => {
                let name = match class.sealed.get(record.members.len()) {
                    Some(sealed) if next.is_none() => Arc::from(sealed.as_str()),
                    _ => next
                        .take()
                        .ok_or(WriteError::OutOfOrder("a value without a name"))?,
                };
                record.members.insert(name, data);
            }
        }
        Ok(())
    }
}

impl Out for Keep {
    fn scalar(
        &mut self,
        data: &Data,
        declared: Option<Scalar>,
        zone: &TimeZone,
    ) -> Result<(), WriteError> {
        let data = declared
            .and_then(|declared| convert_to(data, declared, zone))
            .unwrap_or_else(|| data.clone());
        self.accept(data)
    }

    fn begin_object(&mut self, class: &Arc<Class>) -> Result<(), WriteError> {
        self.open.push(Frame::Object {
            class: class.clone(),
            record: Record {
                alias: (!class.alias.is_empty()).then(|| Arc::from(class.alias.as_str())),
                ..Record::default()
            },
            next: None,
        });
        Ok(())
    }

    fn member(&mut self, name: &str) -> Result<(), WriteError> {
        if let Some(Frame::Object { next, .. }) = self.open.last_mut() {
            *next = Some(name.into());
        }
        Ok(())
    }

    fn end_object(&mut self) -> Result<(), WriteError> {
        match self.open.pop() {
            Some(Frame::Object { record, .. }) => self.accept(Data::Object(Arc::new(record))),
            Some(Frame::List(_)) | None => Err(WriteError::OutOfOrder("the end of no object")),
        }
    }

    fn begin_list(&mut self, _rows: Option<&Arc<Class>>) -> Result<bool, WriteError> {
        self.open.push(Frame::List(Vec::new()));
        Ok(false)
    }

    fn begin_row(&mut self) -> Result<(), WriteError> {
        Err(WriteError::OutOfOrder("a row outside of rows"))
    }

    fn end_row(&mut self) -> Result<(), WriteError> {
        Err(WriteError::OutOfOrder("a row outside of rows"))
    }

    fn end_list(&mut self) -> Result<(), WriteError> {
        match self.open.pop() {
            Some(Frame::List(items)) => self.accept(Data::List(items.into())),
            Some(Frame::Object { .. }) | None => Err(WriteError::OutOfOrder("the end of no list")),
        }
    }

    fn known(&mut self, _node: usize) -> Result<bool, WriteError> {
        Ok(false)
    }
}

/// A graph, in which a shared value is one node.
pub(super) struct Shared {
    graph: Graph<'static>,
    open: Vec<Open>,
    classes: HashMap<Arc<Class>, TraitsId>,
    nodes: HashMap<usize, NodeId>,
    /// The shared node whose value comes next.
    next: Option<usize>,
    preset: Preset,
    collections: bool,
    result: Value<'static>,
}

struct Open {
    node: NodeId,
    name: Option<String>,
    sealed: usize,
}

impl Shared {
    pub(super) fn new(preset: Preset, style: Option<&Style>) -> Self {
        Self {
            graph: Graph::new(),
            open: Vec::new(),
            classes: HashMap::new(),
            nodes: HashMap::new(),
            next: None,
            preset,
            collections: style
                .is_some_and(|style| style.externals && style.lists == ListShape::ArrayCollection),
            result: Value::Null,
        }
    }

    pub(super) fn finish(self) -> (Graph<'static>, Value<'static>) {
        (self.graph, self.result)
    }

    fn accept(&mut self, value: Value<'static>) {
        let Some(open) = self.open.last_mut() else {
            self.result = value;
            return;
        };
        match self.graph.node_mut(open.node) {
            Node::Array(array) => array.dense.push(value),
            Node::Object(object) => {
                if object.values.len() < open.sealed {
                    object.values.push(value);
                } else {
                    let name = open.name.take().unwrap_or_default();
                    object.dynamic.push((Cow::Owned(name), value));
                }
            }
            Node::Date(_)
            | Node::Xml(_)
            | Node::XmlDocument(_)
            | Node::ByteArray(_)
            | Node::VectorInt { .. }
            | Node::VectorUint { .. }
            | Node::VectorNumber { .. }
            | Node::VectorObject { .. }
            | Node::Dictionary { .. }
            | Node::External(_) => {}
        }
    }
}

impl Out for Shared {
    fn scalar(
        &mut self,
        data: &Data,
        declared: Option<Scalar>,
        zone: &TimeZone,
    ) -> Result<(), WriteError> {
        if let Data::List(items) = data {
            self.begin_list(None)?;
            for item in items.iter() {
                self.scalar(item, None, zone)?;
            }
            return self.end_list();
        }
        self.next = None;
        // One scalar written as an answer would, then moved over.
        let mut builder = footbridge_amf::GraphBuilder::new();
        write_scalar(&mut builder, data, declared, self.preset, zone)?;
        let (graph, value) = builder.finish()?;
        let value = match value {
            Value::Node(id) => Value::Node(self.graph.add(graph.node(id).clone())),
            scalar => scalar,
        };
        self.accept(value);
        Ok(())
    }

    fn begin_object(&mut self, class: &Arc<Class>) -> Result<(), WriteError> {
        let traits = match self.classes.get(class) {
            Some(traits) => *traits,
            None => {
                let traits = self.graph.add_traits(Traits {
                    alias: Cow::Owned(class.alias.clone()),
                    dynamic: class.dynamic,
                    sealed: class.sealed.iter().cloned().map(Cow::Owned).collect(),
                });
                self.classes.insert(class.clone(), traits);
                traits
            }
        };
        let node = self.graph.add(Node::Object(Object {
            traits,
            values: Vec::new(),
            dynamic: Vec::new(),
        }));
        if let Some(next) = self.next.take() {
            self.nodes.insert(next, node);
        }
        self.accept(Value::Node(node));
        self.open.push(Open {
            node,
            name: None,
            sealed: class.sealed.len(),
        });
        Ok(())
    }

    fn member(&mut self, name: &str) -> Result<(), WriteError> {
        if let Some(open) = self.open.last_mut() {
            open.name = Some(name.to_owned());
        }
        Ok(())
    }

    fn end_object(&mut self) -> Result<(), WriteError> {
        self.open.pop();
        Ok(())
    }

    fn begin_list(&mut self, _rows: Option<&Arc<Class>>) -> Result<bool, WriteError> {
        let array = self.graph.add(Node::Array(Array::default()));
        let outer = if self.collections {
            self.graph.add(Node::External(External {
                alias: Cow::Borrowed(ARRAY_COLLECTION),
                members: vec![(Cow::Borrowed("source"), Value::Node(array))],
            }))
        } else {
            array
        };
        if let Some(next) = self.next.take() {
            self.nodes.insert(next, outer);
        }
        self.accept(Value::Node(outer));
        self.open.push(Open {
            node: array,
            name: None,
            sealed: 0,
        });
        Ok(false)
    }

    fn begin_row(&mut self) -> Result<(), WriteError> {
        Err(WriteError::OutOfOrder("a row outside of rows"))
    }

    fn end_row(&mut self) -> Result<(), WriteError> {
        Err(WriteError::OutOfOrder("a row outside of rows"))
    }

    fn end_list(&mut self) -> Result<(), WriteError> {
        self.open.pop();
        Ok(())
    }

    fn known(&mut self, node: usize) -> Result<bool, WriteError> {
        if let Some(known) = self.nodes.get(&node) {
            let value = Value::Node(*known);
            self.accept(value);
            return Ok(true);
        }
        self.next = Some(node);
        Ok(false)
    }
}
