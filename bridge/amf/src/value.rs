//! What AMF can say: scalars inline, everything with an identity as a node of a [`Graph`].
//!
//! A graph is an arena: cycles, shared targets and identity are indices, nothing recurses when it is
//! dropped, and text and bytes borrow from the input they were read from.

use std::borrow::Cow;

/// One value. Cheap to clone; what it points to lives in the [`Graph`] it was read into.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `undefined`; also what AMF0 `unsupported` (0x0d) is read as.
    Undefined,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An AMF3 integer, −2^28 … 2^28−1.
    Int(i32),
    /// A double; every AMF0 number.
    Number(f64),
    /// Text.
    String(Cow<'a, str>),
    /// An array, object, date, XML, byte array, vector, dictionary or externalizable.
    Node(NodeId),
}

/// The place of a node in its [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

/// The place of a trait set in its [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraitsId(pub(crate) u32);

/// A value that has an identity.
#[derive(Clone, Debug, PartialEq)]
pub enum Node<'a> {
    /// An array; `dense` are the ordinals from 0, `named` all other members in wire order.
    Array(Array<'a>),
    /// An object, anonymous or of a class.
    Object(Object<'a>),
    /// Milliseconds since 1970-01-01T00:00Z; NaN is an invalid date.
    Date(f64),
    /// E4X XML (AMF3 0x0b) as text.
    Xml(Cow<'a, str>),
    /// The older XML document (AMF0 0x0f, AMF3 0x07) as text.
    XmlDocument(Cow<'a, str>),
    /// A byte array.
    ByteArray(Cow<'a, [u8]>),
    /// `Vector.<int>`.
    VectorInt {
        /// Whether its length is fixed.
        fixed: bool,
        /// Its items.
        items: Vec<i32>,
    },
    /// `Vector.<uint>`.
    VectorUint {
        /// Whether its length is fixed.
        fixed: bool,
        /// Its items.
        items: Vec<u32>,
    },
    /// `Vector.<Number>`.
    VectorNumber {
        /// Whether its length is fixed.
        fixed: bool,
        /// Its items.
        items: Vec<f64>,
    },
    /// `Vector.<T>` of objects.
    VectorObject {
        /// Whether its length is fixed.
        fixed: bool,
        /// The item class alias, empty for `Object`, `*`, `String` and unaliased classes.
        class: Cow<'a, str>,
        /// Its items.
        items: Vec<Value<'a>>,
    },
    /// A dictionary, whose keys are values.
    Dictionary {
        /// Whether its keys are weak.
        weak: bool,
        /// Its entries in wire order.
        entries: Vec<(Value<'a>, Value<'a>)>,
    },
    /// An externalizable object, e.g. `flex.messaging.io.ArrayCollection`.
    External(External<'a>),
}

/// An array with its ordinal and its named part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Array<'a> {
    /// Items 0 … n−1.
    pub dense: Vec<Value<'a>>,
    /// Everything under a name, in wire order; the last of equal names counts.
    pub named: Vec<(Cow<'a, str>, Value<'a>)>,
}

/// An object: its class and sealed names are shared [`Traits`], its dynamic members its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Object<'a> {
    /// Class alias and sealed names.
    pub traits: TraitsId,
    /// Sealed values, in the order of [`Traits::sealed`].
    pub values: Vec<Value<'a>>,
    /// Dynamic members in wire order; the last of equal names counts. All members of an AMF0 object.
    pub dynamic: Vec<(Cow<'a, str>, Value<'a>)>,
}

/// Class alias and sealed member names, shared by objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Traits<'a> {
    /// The class alias; empty for an anonymous object.
    pub alias: Cow<'a, str>,
    /// Whether objects may have members beside the sealed ones.
    pub dynamic: bool,
    /// Names of the sealed members, in order.
    pub sealed: Vec<Cow<'a, str>>,
}

/// An externalizable object, whose class decides its bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct External<'a> {
    /// The class alias, e.g. `DSK`.
    pub alias: Cow<'a, str>,
    /// What was read, by the name the class gives it (`source` of an ArrayCollection; `body`,
    /// `headers`, … of a small message).
    pub members: Vec<(Cow<'static, str>, Value<'a>)>,
}

/// The arena that owns all nodes and trait sets of one or more values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph<'a> {
    nodes: Vec<Node<'a>>,
    traits: Vec<Traits<'a>>,
}

impl<'a> Graph<'a> {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node and returns its place.
    ///
    /// # Panics
    /// If the graph already holds 2^32−1 nodes, which the budgets of the readers exclude.
    pub fn add(&mut self, node: Node<'a>) -> NodeId {
        let id = u32::try_from(self.nodes.len())
            .expect("fewer than 2^32 nodes, by the readers' budgets");
        self.nodes.push(node);
        NodeId(id)
    }

    /// Adds a trait set and returns its place. Equal sets are not joined.
    ///
    /// # Panics
    /// If the graph already holds 2^32−1 trait sets, which the budgets of the readers exclude.
    pub fn add_traits(&mut self, traits: Traits<'a>) -> TraitsId {
        let id = u32::try_from(self.traits.len())
            .expect("fewer than 2^32 trait sets, by the readers' budgets");
        self.traits.push(traits);
        TraitsId(id)
    }

    /// The node at `id`, which must be of this graph.
    pub fn node(&self, id: NodeId) -> &Node<'a> {
        &self.nodes[id.0 as usize]
    }

    /// The node at `id`, which must be of this graph, to be changed.
    pub fn node_mut(&mut self, id: NodeId) -> &mut Node<'a> {
        &mut self.nodes[id.0 as usize]
    }

    /// The trait set at `id`, which must be of this graph.
    pub fn traits(&self, id: TraitsId) -> &Traits<'a> {
        &self.traits[id.0 as usize]
    }

    pub(crate) fn nodes_mut(&mut self) -> &mut [Node<'a>] {
        &mut self.nodes
    }

    pub(crate) fn all_traits(&self) -> &[Traits<'a>] {
        &self.traits
    }

    /// How many nodes it holds.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether it holds no node.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// How many trait sets it holds.
    pub(crate) fn traits_len(&self) -> usize {
        self.traits.len()
    }

    pub(crate) fn into_parts(self) -> (Vec<Node<'a>>, Vec<Traits<'a>>) {
        (self.nodes, self.traits)
    }

    pub(crate) fn from_parts(nodes: Vec<Node<'a>>, traits: Vec<Traits<'a>>) -> Self {
        Self { nodes, traits }
    }
}
