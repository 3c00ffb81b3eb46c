//! Reads AMF0 values into a graph, with a stack of its own instead of recursion.

use std::borrow::Cow;

use hashbrown::HashMap;

use super::marker;
use crate::amf3;
use crate::error::ReadError;
use crate::external::Externals;
use crate::input::Fail;
use crate::limits::Budget;
use crate::text;
use crate::value::{Array, Graph, Node, NodeId, Object, Traits, TraitsId, Value};

/// Reads AMF0 values one after the other, and AMF3 values behind the switch 0x11.
///
/// One reader is one header or one body of a packet: the tables of references, those of AMF3 too, start empty and
/// are kept until it ends. A strict array becomes an [`Array`] with ordinals, an ECMA array one with
/// names; [`Graph::list`] knows which of them are lists.
///
/// ```
/// use footbridge_amf::{Budget, Graph, Limits, Value, amf0};
///
/// let mut budget = Budget::new(&Limits::default());
/// let mut graph = Graph::new();
/// let mut reader = amf0::Reader::new(b"\x0a\0\0\0\x01\x02\0\x05hello", 0, &mut budget);
/// let value = reader.read(&mut graph)?;
/// assert_eq!(graph.list(&value).as_deref(), Some(&[Value::String("hello".into())][..]));
/// # Ok::<(), footbridge_amf::ReadError>(())
/// ```
#[derive(Debug)]
pub struct Reader<'a, 'b> {
    /// Input, budget and text; and all that follows a switch to AMF3.
    inner: amf3::Reader<'a, 'b>,
    references: Vec<NodeId>,
    classes: HashMap<Cow<'a, str>, TraitsId, foldhash::fast::RandomState>,
    /// The class of the object read last, which is mostly that of the next one.
    last_class: Option<(Cow<'a, str>, TraitsId)>,
    /// How many members the object read last had.
    last_members: usize,
    open: Vec<Frame<'a>>,
}

impl<'a, 'b> Reader<'a, 'b> {
    /// A reader of `input` from `offset` on, with empty tables.
    pub fn new(input: &'a [u8], offset: usize, budget: &'b mut Budget) -> Self {
        Self {
            inner: amf3::Reader::new(input, offset, budget),
            references: Vec::new(),
            classes: HashMap::default(),
            last_class: None,
            last_members: 0,
            open: Vec::new(),
        }
    }

    /// Knows these externalizable classes too, in AMF3 values.
    #[must_use]
    pub fn with_externals(mut self, externals: &'b Externals) -> Self {
        self.inner = self.inner.with_externals(externals);
        self
    }

    /// Refuses text that is not UTF-8 rather than replacing what is wrong in it by U+FFFD.
    #[must_use]
    pub fn with_exact_text(mut self) -> Self {
        self.inner = self.inner.with_exact_text();
        self
    }

    /// Reads the value that begins at [`offset`](Self::offset).
    ///
    /// # Errors
    /// If the bytes are no value, end too early, refer to nothing, or hold more than the budget. The graph may then
    /// hold parts of the value.
    pub fn read(&mut self, graph: &mut Graph<'a>) -> Result<Value<'a>, ReadError> {
        self.read_value(graph).map_err(|fail| *fail)
    }

    /// Where the next value begins, counted from the start of the input.
    pub fn offset(&self) -> usize {
        self.inner.offset()
    }

    fn read_value(&mut self, graph: &mut Graph<'a>) -> Result<Value<'a>, Fail> {
        if !self.inner.budget.take_values(1) {
            return Err(self.inner.input.over("no more values than the limit", 1));
        }
        self.open.clear();
        let mut frame = match self.begin(graph, 0)? {
            Begun::Done(value) => return Ok(value),
            Begun::Open(frame) => frame,
        };
        self.check_depth()?;
        loop {
            while let Some(inner) = self.fill(&mut frame, graph)? {
                self.open.push(std::mem::replace(&mut frame, inner));
                self.check_depth()?;
            }
            let value = self.close(frame, graph);
            let Some(outer) = self.open.pop() else {
                return Ok(value);
            };
            frame = outer;
            frame.accept(value);
        }
    }

    fn check_depth(&self) -> Result<(), Fail> {
        if self.inner.budget.allows_depth(self.open.len() + 1) {
            return Ok(());
        }
        Err(self
            .inner
            .input
            .over("values nested no deeper than the limit", 1))
    }

    /// Reads a scalar or a leaf whole, or the head of what holds other values. `level` values stand around it.
    #[inline]
    fn begin(&mut self, graph: &mut Graph<'a>, level: usize) -> Result<Begun<'a>, Fail> {
        const EXPECTED: &str = "an AMF0 value";
        let input = &mut self.inner.input;
        let value = match input.u8(EXPECTED)? {
            marker::NUMBER => Value::Number(input.f64("a number")?),
            marker::BOOLEAN => Value::Bool(input.u8("a boolean")? != 0),
            marker::STRING => Value::String(self.text("the text of a string")?),
            marker::LONG_STRING => Value::String(self.long_text("the text of a long string")?),
            marker::NULL => Value::Null,
            marker::UNDEFINED | marker::UNSUPPORTED => Value::Undefined,
            marker::REFERENCE => self.reference()?,
            marker::DATE => {
                let millis = input.f64("the milliseconds of a date")?;
                // Reserved, and the sender's own zone in some players: the time is UTC either way.
                input.u16("the time zone of a date")?;
                Value::Node(graph.add(Node::Date(millis)))
            }
            marker::XML_DOCUMENT => {
                let text = self.long_text("the text of an XML document")?;
                Value::Node(graph.add(Node::XmlDocument(text)))
            }
            marker::OBJECT => return Ok(Begun::Open(self.open_object(graph, Cow::Borrowed("")))),
            marker::TYPED_OBJECT => {
                let alias = self.text("a class name")?;
                return Ok(Begun::Open(self.open_object(graph, alias)));
            }
            marker::ECMA_ARRAY => {
                // The count is advice that many senders give wrongly; the end marker decides.
                input.u32("the count of an ECMA array")?;
                let node = self.reserve(graph);
                return Ok(Begun::Open(Frame::Ecma {
                    node,
                    named: Vec::new(),
                    key: None,
                }));
            }
            marker::STRICT_ARRAY => {
                let count = input.u32("the count of a strict array")? as usize;
                input.room_for(
                    count,
                    1,
                    self.inner.budget,
                    "as many items as the array says",
                )?;
                let node = self.reserve(graph);
                return Ok(Begun::Open(Frame::Strict {
                    node,
                    count,
                    items: Vec::with_capacity(count),
                }));
            }
            marker::AVM_PLUS => self.inner.read_at_level(graph, level)?,
            marker => {
                let place = input.offset().saturating_sub(1);
                return Err(input.fail_at(place, EXPECTED, format!("marker 0x{marker:02x}")));
            }
        };
        Ok(Begun::Done(value))
    }

    /// Reads values into `frame` until it is complete, or until one holds others and must be filled first.
    #[inline]
    fn fill(
        &mut self,
        frame: &mut Frame<'a>,
        graph: &mut Graph<'a>,
    ) -> Result<Option<Frame<'a>>, Fail> {
        let level = self.open.len() + 1;
        match frame {
            Frame::Strict { count, items, .. } => {
                while items.len() < *count {
                    match self.begin(graph, level)? {
                        Begun::Done(value) => items.push(value),
                        Begun::Open(inner) => return Ok(Some(inner)),
                    }
                }
            }
            Frame::Object { named, key, .. } | Frame::Ecma { named, key, .. } => {
                while !self.inner.input.take_object_end() {
                    if !self.inner.budget.take_values(1) {
                        return Err(self.inner.input.over("no more values than the limit", 1));
                    }
                    let name = self.text("a member name")?;
                    if named.is_empty() {
                        named.reserve(self.last_members);
                    }
                    match self.begin(graph, level)? {
                        Begun::Done(value) => named.push((name, value)),
                        Begun::Open(inner) => {
                            *key = Some(name);
                            return Ok(Some(inner));
                        }
                    }
                }
            }
        }
        Ok(None)
    }

    /// Puts the complete node into the place that was kept for it.
    fn close(&mut self, frame: Frame<'a>, graph: &mut Graph<'a>) -> Value<'a> {
        let (id, node) = match frame {
            Frame::Object {
                node,
                traits,
                mut named,
                ..
            } => {
                self.trim(&mut named);
                (
                    node,
                    Node::Object(Object {
                        traits,
                        values: Vec::new(),
                        dynamic: named,
                    }),
                )
            }
            Frame::Ecma {
                node, mut named, ..
            } => {
                self.trim(&mut named);
                (
                    node,
                    Node::Array(Array {
                        dense: Vec::new(),
                        named,
                    }),
                )
            }
            Frame::Strict { node, items, .. } => (
                node,
                Node::Array(Array {
                    dense: items,
                    named: Vec::new(),
                }),
            ),
        };
        *graph.node_mut(id) = node;
        Value::Node(id)
    }

    /// Remembers how many members there were, and gives back room for many more than came.
    fn trim(&mut self, named: &mut Vec<(Cow<'a, str>, Value<'a>)>) {
        if named.capacity() > 2 * named.len() {
            named.shrink_to_fit();
        }
        self.last_members = named.len().min(EXPECTED_MEMBERS);
    }

    fn open_object(&mut self, graph: &mut Graph<'a>, alias: Cow<'a, str>) -> Frame<'a> {
        let traits = self.class(graph, alias);
        Frame::Object {
            node: self.reserve(graph),
            traits,
            named: Vec::new(),
            key: None,
        }
    }

    /// The trait set of a class: named, and all members dynamic.
    fn class(&mut self, graph: &mut Graph<'a>, alias: Cow<'a, str>) -> TraitsId {
        if let Some((last, id)) = &self.last_class
            && *last == alias
        {
            return *id;
        }
        let id = *self.classes.entry(alias.clone()).or_insert_with(|| {
            graph.add_traits(Traits {
                alias: alias.clone(),
                dynamic: true,
                sealed: Vec::new(),
            })
        });
        self.last_class = Some((alias, id));
        id
    }

    fn reference(&mut self) -> Result<Value<'a>, Fail> {
        let index = self.inner.input.u16("a reference")?;
        let Some(&node) = self.references.get(usize::from(index)) else {
            let found = format!("reference {index} of {}", self.references.len());
            return Err(self.inner.input.fail("an object read before", found));
        };
        if !self.inner.budget.take_reference() {
            return Err(self
                .inner
                .input
                .over("no more references than the limit", 1));
        }
        Ok(Value::Node(node))
    }

    /// Gives a node its places in graph and table before what it holds is read.
    fn reserve(&mut self, graph: &mut Graph<'a>) -> NodeId {
        let id = graph.add(Node::Date(f64::NAN));
        if self.references.len() < REFERENCES {
            self.references.push(id);
        }
        id
    }

    #[inline]
    fn text(&mut self, expected: &'static str) -> Result<Cow<'a, str>, Fail> {
        let length = usize::from(self.inner.input.u16(expected)?);
        self.text_of(length, expected)
    }

    fn long_text(&mut self, expected: &'static str) -> Result<Cow<'a, str>, Fail> {
        let length = self.inner.input.u32(expected)? as usize;
        self.text_of(length, expected)
    }

    #[inline]
    fn text_of(&mut self, length: usize, expected: &'static str) -> Result<Cow<'a, str>, Fail> {
        let place = self.inner.input.offset();
        let bytes = self.inner.input.slice(length, expected)?;
        if !self.inner.budget.take_bytes(length) {
            return Err(self
                .inner
                .input
                .over("no more bytes than the limit", length));
        }
        let Some(text) = text::decode(bytes, self.inner.exact_text) else {
            return Err(self.inner.input.fail_at(place, "UTF-8", "other bytes"));
        };
        Ok(text)
    }
}

/// Objects that a reference of 16 bits can name.
const REFERENCES: usize = 65_536;
/// Members that room is made for before the second one is seen.
const EXPECTED_MEMBERS: usize = 16;

/// What the first bytes of a value gave.
enum Begun<'a> {
    Done(Value<'a>),
    Open(Frame<'a>),
}

/// A value that is being filled.
#[derive(Debug)]
enum Frame<'a> {
    Object {
        node: NodeId,
        traits: TraitsId,
        named: Vec<(Cow<'a, str>, Value<'a>)>,
        /// The name of the member that is being read.
        key: Option<Cow<'a, str>>,
    },
    Ecma {
        node: NodeId,
        named: Vec<(Cow<'a, str>, Value<'a>)>,
        /// The name of the member that is being read.
        key: Option<Cow<'a, str>>,
    },
    Strict {
        node: NodeId,
        count: usize,
        items: Vec<Value<'a>>,
    },
}

impl<'a> Frame<'a> {
    /// Takes the value that had to be filled first.
    fn accept(&mut self, value: Value<'a>) {
        match self {
            Self::Object { named, key, .. } | Self::Ecma { named, key, .. } => {
                named.push((key.take().unwrap_or_default(), value));
            }
            Self::Strict { items, .. } => items.push(value),
        }
    }
}
