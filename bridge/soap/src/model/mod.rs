//! What a WSDL means: services, ports, operations, and the types of their messages.
//!
//! Everything is resolved; types and elements are indices into one arena, so that recursion costs nothing.

use std::collections::HashMap;
use std::sync::Arc;

mod builtin;
pub use builtin::Builtin;
pub(crate) use builtin::STANDARD;

mod types;
pub use types::{
    Attribute, Complex, Content, Element, ElementId, Facets, Field, Particle, Simple, Term, Type,
    TypeId, TypeKind, Variety, Wildcard,
};

mod pattern;
pub use pattern::Pattern;

mod straight;
pub(crate) use straight::{Face, Holds, Step, Straight};

mod lookup;
pub use lookup::NoPort;

use crate::xml::Name;

/// A compiled WSDL. Immutable, shared by all calls.
#[derive(Debug)]
pub struct Model {
    /// The services, in the order of the document.
    pub services: Vec<Service>,
    /// What could not be understood and was left out.
    pub warnings: Vec<Warning>,
    /// The address and length in bytes of each document that was read.
    pub documents: Vec<(Arc<str>, usize)>,
    pub(crate) types: Vec<Type>,
    pub(crate) elements: Vec<Element>,
    pub(crate) by_type: HashMap<Name, TypeId>,
    pub(crate) by_element: HashMap<Name, ElementId>,
    /// By element: its tags.
    pub(crate) faces: Vec<Face>,
    /// By type: its elements, if it is nothing but a row of them.
    pub(crate) straights: Vec<Option<Straight>>,
}

/// A service and its ports that speak SOAP.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: Arc<str>,
    /// What its author says of it.
    pub documentation: Option<Arc<str>>,
    /// Its ports; those of other protocols are left out.
    pub ports: Vec<Port>,
}

/// A port: where and in which version a service speaks.
#[derive(Clone, Debug)]
pub struct Port {
    /// Its name.
    pub name: Arc<str>,
    /// The version of its envelopes.
    pub version: Version,
    /// `soap:address`; a mapping's `url` goes before it.
    pub address: Option<Arc<str>>,
    /// Its operations, in the order of the binding. Overloads stand as several of one name.
    pub operations: Arc<[Arc<Operation>]>,
}

/// Versions of SOAP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// SOAP 1.1
    Soap11,
    /// SOAP 1.2
    Soap12,
}

/// An operation of a port.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name.
    pub name: Arc<str>,
    /// The name of its input, by which overloads differ; the operation's where the WSDL says none.
    pub input_name: Arc<str>,
    /// What its author says of it.
    pub documentation: Option<Arc<str>>,
    /// How its parts stand in the body.
    pub style: OperationStyle,
    /// `soapAction`, as written.
    pub action: Arc<str>,
    /// WS-Addressing action of the request, where the WSDL names one.
    pub addressing_action: Option<Arc<str>>,
    /// What is sent.
    pub input: Message,
    /// What is answered; `None` for one-way operations.
    pub output: Option<Message>,
    /// Declared faults: name and part.
    pub faults: Vec<(Arc<str>, Part)>,
}

/// `style` of a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperationStyle {
    /// The parts are the body's children.
    Document,
    /// The parts stand in an element of the operation's name.
    Rpc,
}

/// `use` of a body or header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// By the schema.
    Literal,
    /// By section 5 of SOAP 1.1, or part 2 of SOAP 1.2.
    Encoded,
}

/// The request or the answer of an operation.
#[derive(Clone, Debug)]
pub struct Message {
    /// Literal or encoded.
    pub encoding: Encoding,
    /// The element around the parts, for rpc.
    pub wrapper: Option<Name>,
    /// The parts of the body.
    pub parts: Vec<Part>,
    /// The declared header blocks.
    pub headers: Vec<HeaderPart>,
}

/// A part of a message.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its name.
    pub name: Arc<str>,
    /// The element that it is; for a part with `type=` one without a namespace, of the part's name.
    pub element: ElementId,
    /// Whether the WSDL names an element, rather than a type.
    pub by_element: bool,
}

/// A part that stands in the header.
#[derive(Clone, Debug)]
pub struct HeaderPart {
    /// The part.
    pub part: Part,
    /// Literal or encoded.
    pub encoding: Encoding,
}

/// Something that was left out, or read otherwise than it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The document.
    pub document: Arc<str>,
    /// What, in a clause: "type `x` is not declared; it is read as anything".
    pub message: String,
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.document, self.message)
    }
}

impl Version {
    /// The namespace of the envelope.
    pub fn envelope(self) -> &'static str {
        match self {
            Self::Soap11 => crate::xml::namespace::SOAP11,
            Self::Soap12 => crate::xml::namespace::SOAP12,
        }
    }

    /// The namespace of the encoding, which is the encoding style too.
    pub fn encoding(self) -> &'static str {
        match self {
            Self::Soap11 => crate::xml::namespace::ENCODING11,
            Self::Soap12 => crate::xml::namespace::ENCODING12,
        }
    }

    /// `1.1`, `1.2`.
    pub fn number(self) -> &'static str {
        match self {
            Self::Soap11 => "1.1",
            Self::Soap12 => "1.2",
        }
    }
}
