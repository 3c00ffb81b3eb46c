//! Reads AMF3 values into a graph, with a stack of its own instead of recursion.

use std::borrow::Cow;

use super::marker;
use crate::error::ReadError;
use crate::external::{self, Externals, Field, Layout, Level};
use crate::input::{Fail, Input};
use crate::limits::Budget;
use crate::text;
use crate::value::{Array, External, Graph, Node, NodeId, Object, Traits, TraitsId, Value};

/// Reads AMF3 values one after the other; the tables of references are kept between them.
///
/// ```
/// use footbridge_amf::{Budget, Graph, Limits, Value, amf3};
///
/// let mut budget = Budget::new(&Limits::default());
/// let mut graph = Graph::new();
/// let mut reader = amf3::Reader::new(b"\x09\x05\x01\x04\x2a\x06\x07abc", 0, &mut budget);
/// let value = reader.read(&mut graph)?;
/// let items = graph.list(&value).expect("a list");
/// assert_eq!(items.as_ref(), [Value::Int(42), Value::String("abc".into())]);
/// assert_eq!(reader.offset(), 10);
/// # Ok::<(), footbridge_amf::ReadError>(())
/// ```
#[derive(Debug)]
pub struct Reader<'a, 'b> {
    pub(crate) input: Input<'a>,
    pub(crate) budget: &'b mut Budget,
    pub(crate) exact_text: bool,
    externals: Option<&'b Externals>,
    strings: Vec<Cow<'a, str>>,
    objects: Vec<NodeId>,
    shapes: Vec<Shape<'a, 'b>>,
    open: Vec<Frame<'a, 'b>>,
}

impl<'a, 'b> Reader<'a, 'b> {
    /// A reader of `input` from `offset` on, with empty tables.
    pub fn new(input: &'a [u8], offset: usize, budget: &'b mut Budget) -> Self {
        Self {
            input: Input::new(input, offset),
            budget,
            exact_text: false,
            externals: None,
            strings: Vec::new(),
            objects: Vec::new(),
            shapes: Vec::new(),
            open: Vec::new(),
        }
    }

    /// Knows these externalizable classes too.
    #[must_use]
    pub fn with_externals(mut self, externals: &'b Externals) -> Self {
        self.externals = Some(externals);
        self
    }

    /// Refuses text that is not UTF-8 rather than replacing what is wrong in it by U+FFFD.
    #[must_use]
    pub fn with_exact_text(mut self) -> Self {
        self.exact_text = true;
        self
    }

    /// Reads the value that begins at [`offset`](Self::offset).
    ///
    /// # Errors
    /// If the bytes are no value, end too early, refer to nothing, name an externalizable class that is not
    /// registered, or hold more than the budget. The graph may then hold parts of the value.
    pub fn read(&mut self, graph: &mut Graph<'a>) -> Result<Value<'a>, ReadError> {
        self.read_at_level(graph, 0).map_err(|fail| *fail)
    }

    /// Where the next value begins, counted from the start of the input.
    pub fn offset(&self) -> usize {
        self.input.offset()
    }

    /// Reads a value that stands in `level` others.
    pub(crate) fn read_at_level(
        &mut self,
        graph: &mut Graph<'a>,
        level: usize,
    ) -> Result<Value<'a>, Fail> {
        if !self.budget.take_values(1) {
            return Err(self.input.over("no more values than the limit", 1));
        }
        let mut frame = match self.begin(graph)? {
            Begun::Done(value) => return Ok(value),
            Begun::Open(frame) => frame,
        };
        self.open.clear();
        loop {
            if !self.budget.allows_depth(level + self.open.len() + 1) {
                return Err(self.input.over("values nested no deeper than the limit", 1));
            }
            while let Some(inner) = self.fill(&mut frame, graph)? {
                self.open.push(std::mem::replace(&mut frame, inner));
                if !self.budget.allows_depth(level + self.open.len() + 1) {
                    return Err(self.input.over("values nested no deeper than the limit", 1));
                }
            }
            let value = frame.close(graph);
            let Some(outer) = self.open.pop() else {
                return Ok(value);
            };
            frame = outer;
            frame.accept(value, graph);
        }
    }

    /// Reads a scalar or a leaf whole, or the head of what holds other values.
    #[inline]
    fn begin(&mut self, graph: &mut Graph<'a>) -> Result<Begun<'a, 'b>, Fail> {
        const EXPECTED: &str = "an AMF3 value";
        let value = match self.input.u8(EXPECTED)? {
            marker::UNDEFINED => Value::Undefined,
            marker::NULL => Value::Null,
            marker::FALSE => Value::Bool(false),
            marker::TRUE => Value::Bool(true),
            marker::INTEGER => Value::Int(sign_extend(self.input.u29("an integer")?)),
            marker::DOUBLE => Value::Number(self.input.f64("a double")?),
            marker::STRING => Value::String(self.string()?),
            marker::DATE => match self.head("a date")? {
                Head::Reference(index) => self.object(index)?,
                Head::Inline(_) => {
                    let millis = self.input.f64("the milliseconds of a date")?;
                    self.add(graph, Node::Date(millis))
                }
            },
            marker::XML => match self.head("XML")? {
                Head::Reference(index) => self.object(index)?,
                Head::Inline(length) => {
                    let text = self.text(length, "XML text")?;
                    self.add(graph, Node::Xml(text))
                }
            },
            marker::XML_DOCUMENT => match self.head("an XML document")? {
                Head::Reference(index) => self.object(index)?,
                Head::Inline(length) => {
                    let text = self.text(length, "the text of an XML document")?;
                    self.add(graph, Node::XmlDocument(text))
                }
            },
            marker::BYTE_ARRAY => match self.head("a byte array")? {
                Head::Reference(index) => self.object(index)?,
                Head::Inline(length) => {
                    let bytes = self.bytes(length, "the bytes of a byte array")?;
                    self.add(graph, Node::ByteArray(Cow::Borrowed(bytes)))
                }
            },
            marker::ARRAY => match self.head("an array")? {
                Head::Reference(index) => self.object(index)?,
                Head::Inline(dense) => {
                    self.input.room_for(
                        dense,
                        1,
                        self.budget,
                        "as many items as the array says",
                    )?;
                    let node = self.reserve(graph);
                    let items = Array {
                        dense: Vec::with_capacity(dense),
                        named: Vec::new(),
                    };
                    return Ok(Begun::Open(Frame::Array {
                        node,
                        dense,
                        items,
                        key: None,
                        names_ended: false,
                    }));
                }
            },
            marker::OBJECT => return self.begin_object(graph),
            marker @ (marker::VECTOR_INT | marker::VECTOR_UINT | marker::VECTOR_NUMBER) => {
                match self.head("a vector")? {
                    Head::Reference(index) => self.object(index)?,
                    Head::Inline(count) => {
                        let node = self.number_vector(marker, count)?;
                        self.add(graph, node)
                    }
                }
            }
            marker::VECTOR_OBJECT => match self.head("a vector")? {
                Head::Reference(index) => self.object(index)?,
                Head::Inline(count) => {
                    let node = self.reserve(graph);
                    let fixed = self.input.u8("whether a vector is fixed")? != 0;
                    let class = self.string()?;
                    self.input.room_for(
                        count,
                        1,
                        self.budget,
                        "as many items as the vector says",
                    )?;
                    let items = Vec::with_capacity(count);
                    return Ok(Begun::Open(Frame::Vector {
                        node,
                        fixed,
                        class,
                        count,
                        items,
                    }));
                }
            },
            marker::DICTIONARY => match self.head("a dictionary")? {
                Head::Reference(index) => self.object(index)?,
                Head::Inline(count) => {
                    let node = self.reserve(graph);
                    let weak = self.input.u8("whether a dictionary is weak")? != 0;
                    self.input.room_for(
                        count.saturating_mul(2),
                        1,
                        self.budget,
                        "as many entries as the dictionary says",
                    )?;
                    let entries = Vec::with_capacity(count);
                    return Ok(Begun::Open(Frame::Dictionary {
                        node,
                        weak,
                        count,
                        entries,
                        key: None,
                    }));
                }
            },
            marker => {
                let place = self.input.offset().saturating_sub(1);
                return Err(self
                    .input
                    .fail_at(place, EXPECTED, format!("marker 0x{marker:02x}")));
            }
        };
        Ok(Begun::Done(value))
    }

    fn begin_object(&mut self, graph: &mut Graph<'a>) -> Result<Begun<'a, 'b>, Fail> {
        let header = self.input.u29("an object")?;
        if header & 1 == 0 {
            return self.object(header >> 1).map(Begun::Done);
        }
        let shape = if header & 2 == 0 {
            self.known_shape(header >> 2)?
        } else {
            self.new_shape(header, graph)?
        };
        match shape {
            Shape::Object {
                traits,
                sealed,
                dynamic,
            } => {
                // The values of sealed members are charged by each object, their names by the trait set.
                self.input
                    .room_for(sealed, 1, self.budget, "as many members as the class has")?;
                let node = self.reserve(graph);
                let object = Object {
                    traits,
                    values: Vec::with_capacity(sealed),
                    dynamic: Vec::new(),
                };
                Ok(Begun::Open(Frame::Object {
                    node,
                    sealed,
                    dynamic,
                    object,
                    key: None,
                }))
            }
            Shape::External { alias, layout } => {
                let node = self.reserve(graph);
                let (level, plan) = match layout {
                    Layout::Values(names) => {
                        self.input.room_for(
                            names.len(),
                            1,
                            self.budget,
                            "as many values as the class has",
                        )?;
                        (Pending::Names(names), Vec::new())
                    }
                    Layout::Small(levels) => (Pending::Levels(levels), Vec::new()),
                };
                Ok(Begun::Open(Frame::External {
                    node,
                    alias,
                    members: Vec::new(),
                    pending: level,
                    plan,
                    next: 0,
                }))
            }
        }
    }

    fn known_shape(&mut self, index: u32) -> Result<Shape<'a, 'b>, Fail> {
        let Some(shape) = self.shapes.get(index as usize) else {
            return Err(self.input.fail(
                "a trait set read before",
                format!("trait reference {index} of {}", self.shapes.len()),
            ));
        };
        Ok(shape.clone())
    }

    fn new_shape(&mut self, header: u32, graph: &mut Graph<'a>) -> Result<Shape<'a, 'b>, Fail> {
        let alias = self.string()?;
        let shape = if header & 4 != 0 {
            let known = external::built_in(&alias).or_else(|| self.externals?.layout(&alias));
            let Some(layout) = known else {
                return Err(self
                    .input
                    .fail("a known externalizable class", format!("`{alias}`")));
            };
            Shape::External { alias, layout }
        } else {
            let sealed = (header >> 4) as usize;
            let dynamic = header & 8 != 0;
            self.input.room_for(
                sealed,
                1,
                self.budget,
                "as many member names as the class says",
            )?;
            let mut names = Vec::with_capacity(sealed);
            for _ in 0..sealed {
                names.push(self.string()?);
            }
            let traits = graph.add_traits(Traits {
                alias,
                dynamic,
                sealed: names,
            });
            Shape::Object {
                traits,
                sealed,
                dynamic,
            }
        };
        self.shapes.push(shape.clone());
        Ok(shape)
    }

    /// Reads values into `frame` until it is complete, or until one holds others and must be filled first.
    #[inline]
    fn fill(
        &mut self,
        frame: &mut Frame<'a, 'b>,
        graph: &mut Graph<'a>,
    ) -> Result<Option<Frame<'a, 'b>>, Fail> {
        match frame {
            Frame::Array {
                dense,
                items,
                key,
                names_ended,
                ..
            } => {
                while !*names_ended {
                    let Some(name) = self.name()? else {
                        *names_ended = true;
                        break;
                    };
                    match self.begin(graph)? {
                        Begun::Done(value) => items.named.push((name, value)),
                        Begun::Open(inner) => {
                            *key = Some(name);
                            return Ok(Some(inner));
                        }
                    }
                }
                while items.dense.len() < *dense {
                    match self.begin(graph)? {
                        Begun::Done(value) => items.dense.push(value),
                        Begun::Open(inner) => return Ok(Some(inner)),
                    }
                }
            }
            Frame::Object {
                sealed,
                dynamic,
                object,
                key,
                ..
            } => {
                while object.values.len() < *sealed {
                    match self.begin(graph)? {
                        Begun::Done(value) => object.values.push(value),
                        Begun::Open(inner) => return Ok(Some(inner)),
                    }
                }
                if !*dynamic {
                    return Ok(None);
                }
                while let Some(name) = self.name()? {
                    match self.begin(graph)? {
                        Begun::Done(value) => object.dynamic.push((name, value)),
                        Begun::Open(inner) => {
                            *key = Some(name);
                            return Ok(Some(inner));
                        }
                    }
                }
            }
            Frame::External {
                members,
                pending,
                plan,
                next,
                ..
            } => loop {
                let Some(&field) = plan.get(*next) else {
                    if self.plan(pending, plan)? {
                        *next = 0;
                        continue;
                    }
                    break;
                };
                match self.begin(graph)? {
                    Begun::Done(value) => {
                        *next += 1;
                        field.accept(value, members, graph);
                    }
                    Begun::Open(inner) => return Ok(Some(inner)),
                }
            },
            Frame::Vector { count, items, .. } => {
                while items.len() < *count {
                    match self.begin(graph)? {
                        Begun::Done(value) => items.push(value),
                        Begun::Open(inner) => return Ok(Some(inner)),
                    }
                }
            }
            Frame::Dictionary {
                count,
                entries,
                key,
                ..
            } => {
                while entries.len() < *count {
                    match self.begin(graph)? {
                        Begun::Done(value) => match key.take() {
                            None => *key = Some(value),
                            Some(key) => entries.push((key, value)),
                        },
                        Begun::Open(inner) => return Ok(Some(inner)),
                    }
                }
            }
        }
        Ok(None)
    }

    /// Finds out which fields of an externalizable come next; `false` if there are no more.
    fn plan(&mut self, pending: &mut Pending<'b>, plan: &mut Vec<Slot<'b>>) -> Result<bool, Fail> {
        plan.clear();
        match pending {
            Pending::Names(names) => {
                plan.extend(names.iter().map(Slot::Name));
                *names = &[];
                Ok(!plan.is_empty())
            }
            Pending::Levels(levels) => {
                while let Some((level, rest)) = levels.split_first() {
                    *levels = rest;
                    for index in 0.. {
                        if index == FLAG_BYTES {
                            return Err(self
                                .input
                                .fail("the last flag byte of a small message", "one more"));
                        }
                        let flags = self.input.u8("the flags of a small message")?;
                        plan.extend(external::fields(level, index, flags).map(Slot::Field));
                        if flags & 0x80 == 0 {
                            break;
                        }
                    }
                    if !plan.is_empty() {
                        self.input.room_for(
                            plan.len(),
                            1,
                            self.budget,
                            "as many values as the flags say",
                        )?;
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    /// A member name and the charge for its value, or `None` where the empty name ends the members.
    #[inline]
    fn name(&mut self) -> Result<Option<Cow<'a, str>>, Fail> {
        let name = self.string()?;
        if name.is_empty() {
            return Ok(None);
        }
        if !self.budget.take_values(1) {
            return Err(self.input.over("no more values than the limit", 1));
        }
        Ok(Some(name))
    }

    #[inline]
    fn string(&mut self) -> Result<Cow<'a, str>, Fail> {
        match self.head("a string")? {
            Head::Inline(0) => Ok(Cow::Borrowed("")),
            Head::Inline(length) => {
                let text = self.text(length, "the text of a string")?;
                self.strings.push(text.clone());
                Ok(text)
            }
            Head::Reference(index) => {
                let Some(text) = self.strings.get(index as usize) else {
                    let found = format!("string reference {index} of {}", self.strings.len());
                    return Err(self.input.fail("a string read before", found));
                };
                if !self.budget.take_reference() {
                    return Err(self.input.over("no more references than the limit", 1));
                }
                if !self.budget.take_bytes(text.len()) {
                    return Err(self.input.over("no more bytes than the limit", text.len()));
                }
                Ok(text.clone())
            }
        }
    }

    #[inline]
    fn text(&mut self, length: usize, expected: &'static str) -> Result<Cow<'a, str>, Fail> {
        let place = self.input.offset();
        let bytes = self.bytes(length, expected)?;
        let Some(text) = text::decode(bytes, self.exact_text) else {
            return Err(self.input.fail_at(place, "UTF-8", "other bytes"));
        };
        Ok(text)
    }

    #[inline]
    fn bytes(&mut self, length: usize, expected: &'static str) -> Result<&'a [u8], Fail> {
        let bytes = self.input.slice(length, expected)?;
        if !self.budget.take_bytes(length) {
            return Err(self.input.over("no more bytes than the limit", length));
        }
        Ok(bytes)
    }

    fn number_vector(&mut self, marker: u8, count: usize) -> Result<Node<'a>, Fail> {
        const EXPECTED: &str = "as many items as the vector says";
        let fixed = self.input.u8("whether a vector is fixed")? != 0;
        if marker == marker::VECTOR_NUMBER {
            let bytes = self.bytes(count.saturating_mul(8), EXPECTED)?;
            let items = bytes
                .as_chunks()
                .0
                .iter()
                .copied()
                .map(f64::from_be_bytes)
                .collect();
            return Ok(Node::VectorNumber { fixed, items });
        }
        let words = self
            .bytes(count.saturating_mul(4), EXPECTED)?
            .as_chunks()
            .0
            .iter()
            .copied();
        Ok(if marker == marker::VECTOR_INT {
            Node::VectorInt {
                fixed,
                items: words.map(i32::from_be_bytes).collect(),
            }
        } else {
            Node::VectorUint {
                fixed,
                items: words.map(u32::from_be_bytes).collect(),
            }
        })
    }

    #[inline]
    fn head(&mut self, expected: &'static str) -> Result<Head, Fail> {
        let header = self.input.u29(expected)?;
        Ok(if header & 1 == 0 {
            Head::Reference(header >> 1)
        } else {
            Head::Inline((header >> 1) as usize)
        })
    }

    fn object(&mut self, index: u32) -> Result<Value<'a>, Fail> {
        let Some(&node) = self.objects.get(index as usize) else {
            let found = format!("object reference {index} of {}", self.objects.len());
            return Err(self.input.fail("an object read before", found));
        };
        if !self.budget.take_reference() {
            return Err(self.input.over("no more references than the limit", 1));
        }
        Ok(Value::Node(node))
    }

    fn add(&mut self, graph: &mut Graph<'a>, node: Node<'a>) -> Value<'a> {
        let id = graph.add(node);
        self.objects.push(id);
        Value::Node(id)
    }

    /// Gives a node its places in graph and table before what it holds is read.
    fn reserve(&mut self, graph: &mut Graph<'a>) -> NodeId {
        let id = graph.add(Node::Date(f64::NAN));
        self.objects.push(id);
        id
    }
}

/// Flag bytes that a level of a small message may have; known ones have two.
const FLAG_BYTES: usize = 8;

#[inline]
fn sign_extend(number: u32) -> i32 {
    (number << 3).cast_signed() >> 3
}

/// The U29 before most things.
enum Head {
    /// A place in a table.
    Reference(u32),
    /// A length or count.
    Inline(usize),
}

/// A trait set of the table.
#[derive(Clone, Debug)]
enum Shape<'a, 'b> {
    Object {
        traits: TraitsId,
        sealed: usize,
        dynamic: bool,
    },
    External {
        alias: Cow<'a, str>,
        layout: Layout<'b>,
    },
}

/// What the first bytes of a value gave.
enum Begun<'a, 'b> {
    Done(Value<'a>),
    Open(Frame<'a, 'b>),
}

/// A value that is being filled.
#[derive(Debug)]
enum Frame<'a, 'b> {
    Array {
        node: NodeId,
        dense: usize,
        items: Array<'a>,
        /// The name of the member that is being read.
        key: Option<Cow<'a, str>>,
        names_ended: bool,
    },
    Object {
        node: NodeId,
        sealed: usize,
        dynamic: bool,
        object: Object<'a>,
        /// The name of the dynamic member that is being read.
        key: Option<Cow<'a, str>>,
    },
    External {
        node: NodeId,
        alias: Cow<'a, str>,
        members: Vec<(Cow<'static, str>, Value<'a>)>,
        pending: Pending<'b>,
        /// The fields that follow now, of which `next` is the first not yet read.
        plan: Vec<Slot<'b>>,
        next: usize,
    },
    Vector {
        node: NodeId,
        fixed: bool,
        class: Cow<'a, str>,
        count: usize,
        items: Vec<Value<'a>>,
    },
    Dictionary {
        node: NodeId,
        weak: bool,
        count: usize,
        entries: Vec<(Value<'a>, Value<'a>)>,
        key: Option<Value<'a>>,
    },
}

impl<'a> Frame<'a, '_> {
    /// Takes the value that had to be filled first.
    fn accept(&mut self, value: Value<'a>, graph: &Graph<'a>) {
        match self {
            Self::Array { items, key, .. } => match key.take() {
                Some(name) => items.named.push((name, value)),
                None => items.dense.push(value),
            },
            Self::Object { object, key, .. } => match key.take() {
                Some(name) => object.dynamic.push((name, value)),
                None => object.values.push(value),
            },
            Self::External {
                members,
                plan,
                next,
                ..
            } => {
                if let Some(field) = plan.get(*next) {
                    field.accept(value, members, graph);
                }
                *next += 1;
            }
            Self::Vector { items, .. } => items.push(value),
            Self::Dictionary { entries, key, .. } => match key.take() {
                None => *key = Some(value),
                Some(key) => entries.push((key, value)),
            },
        }
    }

    /// Puts the complete node into the place that was kept for it.
    fn close(self, graph: &mut Graph<'a>) -> Value<'a> {
        let (id, node) = match self {
            Self::Array { node, items, .. } => (node, Node::Array(items)),
            Self::Object { node, object, .. } => (node, Node::Object(object)),
            Self::External {
                node,
                alias,
                members,
                ..
            } => (node, Node::External(External { alias, members })),
            Self::Vector {
                node,
                fixed,
                class,
                items,
                ..
            } => (
                node,
                Node::VectorObject {
                    fixed,
                    class,
                    items,
                },
            ),
            Self::Dictionary {
                node,
                weak,
                entries,
                ..
            } => (node, Node::Dictionary { weak, entries }),
        };
        *graph.node_mut(id) = node;
        Value::Node(id)
    }
}

/// What of an externalizable is not yet planned.
#[derive(Debug)]
enum Pending<'b> {
    Names(&'b [Cow<'static, str>]),
    Levels(&'static [Level]),
}

/// Where a value of an externalizable goes.
#[derive(Clone, Copy, Debug)]
enum Slot<'b> {
    Name(&'b Cow<'static, str>),
    Field(Field),
}

impl Slot<'_> {
    fn accept<'a>(
        self,
        value: Value<'a>,
        members: &mut Vec<(Cow<'static, str>, Value<'a>)>,
        graph: &Graph<'a>,
    ) {
        let (name, value) = match self {
            Self::Name(name) => (name.clone(), value),
            Self::Field(Field::Value(name)) => (Cow::Borrowed(name), value),
            Self::Field(Field::Id(name)) => (Cow::Borrowed(name), id_value(value, graph)),
            Self::Field(Field::Unknown) => return,
        };
        members.push((name, value));
    }
}

/// An identifier of 16 bytes as text; anything else stays as it is.
fn id_value<'a>(value: Value<'a>, graph: &Graph<'a>) -> Value<'a> {
    let Value::Node(id) = value else { return value };
    let Node::ByteArray(bytes) = graph.node(id) else {
        return value;
    };
    let Ok(bytes) = <&[u8; 16]>::try_from(bytes.as_ref()) else {
        return value;
    };
    Value::String(Cow::Owned(external::id_text(bytes)))
}
