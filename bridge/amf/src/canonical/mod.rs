//! Any value as JSON, without loss, for people and tests.
//!
//! Plain JSON means what it says: text, `true`, `null`, lists, and objects without a class. A number without a
//! point is an integer, one with a point a double. Whatever JSON cannot say is an object with a key that
//! begins with `$`; a member whose own name begins with `$` is written with one more.
//!
//! ```text
//! {"$undefined": true}                       {"$class": "a.B", "id": 1}          sealed members
//! {"$number": "NaN"}, "Infinity", 5          {"$class": "a.B", "$dynamic": ["x"], "id": 1, "x": 2}
//! {"$date": "2026-11-20T09:30:00.000Z"}      {"$array": [1, 2], "name": 3}       ordinals and names
//! {"$bytes": "aGk="}                         {"$vector": "int", "$items": [1], "$fixed": true}
//! {"$xml": "<a/>"}                           {"$vector": "object", "$class": "a.B", "$items": []}
//! {"$xmlDocument": "<a/>"}                   {"$dictionary": [[key, value]], "$weak": true}
//! {"$ref": 1}                                {"$external": "flex.messaging.io.ArrayCollection", "source": []}
//! ```
//!
//! What appears more than once, or holds itself, has an `$id` where it stands first and is `{"$ref": id}` elsewhere; a list with an
//! `$id` is `{"$id": 1, "$array": [...]}`. Of members with equal names the last is written, for it alone counts.
//!
//! ```
//! use footbridge_amf::canonical::{self, Encoding};
//!
//! let text = r#"{"$class":"samples.Product","id":7,"price":9.0,"added":{"$date":"2026-11-20T09:30:00.000Z"}}"#;
//! let (graph, value) = canonical::from_text(text)?;
//! assert_eq!(canonical::to_text(&graph, &value, Encoding::Amf3)?, text);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod iso;
pub use iso::format as date_text;
mod read;
mod write;

pub use read::{Problem, from_json, from_json_into, from_text};
pub use write::{Encoding, to_json, to_text};

/// Levels of JSON, which are at most three times those of the value. Parsers and printers of JSON recurse; this
/// many levels they can take on any stack.
const NESTING: usize = 384;

/// The key of the number under which a value is known.
const ID: &str = "$id";
/// The key of a reference to such a number.
const REF: &str = "$ref";
/// The key that says `undefined`.
const UNDEFINED: &str = "$undefined";
/// The key of a double that JSON cannot say, or that shall be one though it is integral.
const NUMBER: &str = "$number";
/// The key of a date.
const DATE: &str = "$date";
/// The key of a byte array, in base64.
const BYTES: &str = "$bytes";
/// The key of the text of E4X XML.
const XML: &str = "$xml";
/// The key of the text of an XML document.
const XML_DOCUMENT: &str = "$xmlDocument";
/// The key of the ordinals of an array.
const ARRAY: &str = "$array";
/// The key of a class alias, of an object or of the items of a vector.
const CLASS: &str = "$class";
/// The key that says which members of an object of a class are dynamic.
const DYNAMIC: &str = "$dynamic";
/// The key of the kind of a vector.
const VECTOR: &str = "$vector";
/// The key of the items of a vector.
const ITEMS: &str = "$items";
/// The key that says whether the length of a vector is fixed.
const FIXED: &str = "$fixed";
/// The key of the entries of a dictionary.
const DICTIONARY: &str = "$dictionary";
/// The key that says whether the keys of a dictionary are weak.
const WEAK: &str = "$weak";
/// The key of the class alias of an externalizable object.
const EXTERNAL: &str = "$external";
