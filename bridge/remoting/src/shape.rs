//! In which shapes a client gets lists and rows.
//!
//! | client | rows | other lists |
//! | --- | --- | --- |
//! | classic call, AMF0 packet | `RecordSet` | Array |
//! | AMF3 packet | `ArrayCollection` of typed objects | `ArrayCollection` |
//! | Flex message in an AMF0 packet (Ruffle) | Array of typed objects | Array |
//! | JSON | array of objects | array |

use std::sync::Arc;

use footbridge_amf::{Sink, VectorKind, WriteError};

use crate::envelope::{Encoding, Envelope};
use crate::packet::Version;
use crate::profile::{self, Profile};

/// The class alias of the externalizable list of Flex; it holds one array.
pub const ARRAY_COLLECTION: &str = "flex.messaging.io.ArrayCollection";

/// What a list is written as.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ListShape {
    /// A plain array.
    Array,
    /// Flex's externalizable list around an array.
    ArrayCollection,
    /// The record set of Flash Remoting, rows as arrays of cells. For rows only.
    RecordSet,
    /// A record set with its first rows, whose client asks for the others. For rows only.
    FirstPage {
        /// By which the client asks.
        id: Arc<str>,
        /// How many rows there are.
        total: u64,
    },
    /// More rows of such a record set. For rows only.
    Page {
        /// The place of the first of them, from 1.
        cursor: u64,
    },
    /// `Vector.<int>`, for integers.
    VectorInt,
    /// `Vector.<uint>`, for integers from 0 up.
    VectorUint,
    /// `Vector.<Number>`, for numbers.
    VectorNumber,
    /// `Vector.<T>` with the alias of its items, empty for texts and plain objects.
    VectorObject(String),
}

/// The shapes that suit a client, where the mapping says nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// What the answer is written in.
    pub encoding: Encoding,
    /// What rows, and lists of uniform objects, become.
    pub rows: ListShape,
    /// What other lists become.
    pub lists: ListShape,
    /// Whether the client reads externalizable objects; without them an `ArrayCollection` goes out as its array.
    pub externals: bool,
}

impl Style {
    /// The style of one call, by the table above.
    pub fn of(envelope: &Envelope) -> Self {
        Self::of_profile(envelope, Profile::auto())
    }

    /// The style of one call, by the table above and what its profile says else.
    pub fn of_profile(envelope: &Envelope, profile: &Profile) -> Self {
        let lists = || profile.list_shape();
        let (rows, lists, externals) = match (envelope.version, envelope.is_classic()) {
            _ if envelope.encoding == Encoding::Json => (ListShape::Array, ListShape::Array, false),
            (Version::Amf3, _) => (
                lists(),
                lists(),
                profile.lists == profile::Lists::ArrayCollection,
            ),
            (Version::Amf0 | Version::Fms, true) => (profile.row_shape(), ListShape::Array, false),
            (Version::Amf0 | Version::Fms, false) => (ListShape::Array, ListShape::Array, false),
        };
        Self {
            encoding: envelope.encoding,
            rows,
            lists,
            externals,
        }
    }
}

impl ListShape {
    /// Whether rows are arrays of cells.
    pub fn has_cells(&self) -> bool {
        match self {
            Self::RecordSet | Self::FirstPage { .. } | Self::Page { .. } => true,
            Self::Array
            | Self::ArrayCollection
            | Self::VectorInt
            | Self::VectorUint
            | Self::VectorNumber
            | Self::VectorObject(_) => false,
        }
    }

    /// Begins a list of values in this shape; the items follow, then [`ListShape::end`]. As a list of values a
    /// record set, which has rows only, is an array.
    ///
    /// # Errors
    /// As the sink's events.
    pub fn begin(&self, sink: &mut dyn Sink) -> Result<(), WriteError> {
        match self {
            Self::Array | Self::RecordSet | Self::FirstPage { .. } | Self::Page { .. } => {
                sink.begin_array()
            }
            Self::ArrayCollection => {
                sink.begin_external(ARRAY_COLLECTION)?;
                sink.begin_array()
            }
            Self::VectorInt => sink.begin_vector(VectorKind::Int),
            Self::VectorUint => sink.begin_vector(VectorKind::Uint),
            Self::VectorNumber => sink.begin_vector(VectorKind::Number),
            Self::VectorObject(alias) => sink.begin_vector(VectorKind::Object(alias)),
        }
    }

    /// Ends what [`ListShape::begin`] began.
    ///
    /// # Errors
    /// As the sink's events.
    pub fn end(&self, sink: &mut dyn Sink) -> Result<(), WriteError> {
        sink.end()?;
        match self {
            Self::ArrayCollection => sink.end(),
            Self::Array
            | Self::RecordSet
            | Self::FirstPage { .. }
            | Self::Page { .. }
            | Self::VectorInt
            | Self::VectorUint
            | Self::VectorNumber
            | Self::VectorObject(_) => Ok(()),
        }
    }
}
