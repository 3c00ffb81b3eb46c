//! Externalizable classes: whose bytes only the class itself can tell apart, and how those are laid out.
//!
//! The small messages of Flex (`DSA`, `DSC`, `DSK`) are levels of a class hierarchy. Each level begins
//! with flag bytes (bit 7: another one follows) and then has one value for each bit set:
//!
//! ```text
//! level         byte  bits
//! abstract      1     01 body  02 clientId  04 destination  08 headers  10 messageId  20 timestamp  40 timeToLive
//!               2     01 clientId as 16 bytes  02 messageId as 16 bytes
//! async         1     01 correlationId  02 correlationId as 16 bytes
//! acknowledge   1     (none)
//! command       1     01 operation
//! ```

use std::borrow::Cow;

use hashbrown::HashMap;

use crate::sink::DEPTH;
use crate::value::{External, Graph, Node, Value};

/// Names further externalizable classes for the readers, and how many values each holds.
///
/// `ArrayCollection`, `ArrayList`, `ObjectProxy`, `SerializationProxy` and the small messages are always known.
/// An unknown class has no length on the wire, so a value of one is an error for the whole body.
///
/// ```
/// use footbridge_amf::{Budget, Externals, Graph, Limits, Node, Value, amf3};
///
/// let mut externals = Externals::new();
/// externals.register("samples.Money", ["amount", "currency"]);
/// let bytes = b"\x0a\x07\x1bsamples.Money\x04\x05\x06\x07EUR";
/// let (mut budget, mut graph) = (Budget::new(&Limits::default()), Graph::new());
/// let value = amf3::Reader::new(bytes, 0, &mut budget).with_externals(&externals).read(&mut graph)?;
/// assert_eq!(graph.member(&value, "amount"), Some(&Value::Int(5)));
/// # Ok::<(), footbridge_amf::ReadError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Externals {
    layouts: HashMap<String, Vec<Cow<'static, str>>, foldhash::fast::RandomState>,
}

impl Externals {
    /// Only the classes that are always known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says that objects of `alias` consist of one value for each of `members`, in this order.
    pub fn register<M: Into<Cow<'static, str>>>(
        &mut self,
        alias: impl Into<String>,
        members: impl IntoIterator<Item = M>,
    ) {
        self.layouts
            .insert(alias.into(), members.into_iter().map(Into::into).collect());
    }

    pub(crate) fn layout(&self, alias: &str) -> Option<Layout<'_>> {
        self.layouts
            .get(alias)
            .map(|members| Layout::Values(members))
    }
}

/// What an externalizable class writes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Layout<'e> {
    /// One value for each name.
    Values(&'e [Cow<'static, str>]),
    /// The levels of a small message.
    Small(&'static [Level]),
}

/// One class level of a small message: what the bits of its flag bytes stand for.
pub(crate) type Level = &'static [&'static [Field]];

/// What a flag bit stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// A value under this name.
    Value(&'static str),
    /// An identifier under this name, as 16 bytes.
    Id(&'static str),
    /// Something newer than us: one value, left out.
    Unknown,
}

/// The layout of a class that is always known.
pub(crate) fn built_in(alias: &str) -> Option<Layout<'static>> {
    Some(match alias {
        "flex.messaging.io.ArrayCollection" | "flex.messaging.io.ArrayList" => {
            Layout::Values(SOURCE)
        }
        "flex.messaging.io.ObjectProxy" => Layout::Values(OBJECT),
        "flex.messaging.io.SerializationProxy" => Layout::Values(INSTANCE),
        "DSA" => Layout::Small(&[ABSTRACT, ASYNC]),
        "DSC" => Layout::Small(&[ABSTRACT, ASYNC, COMMAND]),
        "DSK" => Layout::Small(&[ABSTRACT, ASYNC, ACKNOWLEDGE]),
        _ => return None,
    })
}

/// Whether objects of this class stand for the list they hold.
pub(crate) fn is_list(alias: &str) -> bool {
    matches!(built_in(alias), Some(Layout::Values(members)) if members == SOURCE)
}

/// Whether objects of this class stand for the object they hold.
pub(crate) fn is_proxy(alias: &str) -> bool {
    matches!(built_in(alias), Some(Layout::Values(members)) if members == OBJECT || members == INSTANCE)
}

/// The class alias of the ordinary form of a small message.
pub(crate) fn full_alias(alias: &str) -> &str {
    match alias {
        "DSA" => "flex.messaging.messages.AsyncMessage",
        "DSC" => "flex.messaging.messages.CommandMessage",
        "DSK" => "flex.messaging.messages.AcknowledgeMessage",
        other => other,
    }
}

/// The value within an externalizable of one value, and within others of that kind it holds; `None` if it holds itself.
pub(crate) fn unwrapped<'g, 'a>(
    graph: &'g Graph<'a>,
    external: &'g External<'a>,
) -> Option<&'g Value<'a>> {
    let mut members = &external.members;
    for _ in 0..DEPTH {
        let [(_, value)] = members.as_slice() else {
            return None;
        };
        let Value::Node(id) = value else {
            return Some(value);
        };
        match graph.node(*id) {
            Node::External(inner) if inner.members.len() == 1 => members = &inner.members,
            _ => return Some(value),
        }
    }
    None
}

/// The fields whose bits are set in flag byte number `index` of `level`, in wire order.
pub(crate) fn fields(level: Level, index: usize, flags: u8) -> impl Iterator<Item = Field> {
    let known = level.get(index).copied().unwrap_or(&[]);
    (0..7)
        .filter(move |bit| flags >> bit & 1 == 1)
        .map(move |bit| known.get(bit).copied().unwrap_or(Field::Unknown))
}

/// An identifier of 16 bytes as upper-case text, as Flex shows it.
pub(crate) fn id_text(bytes: &[u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 0x0f] {
            text.push(
                char::from_digit(u32::from(digit), 16)
                    .expect("four bits are a digit")
                    .to_ascii_uppercase(),
            );
        }
    }
    text
}

/// The 16 bytes of an identifier that is written exactly as [`id_text`] would.
pub(crate) fn id_bytes(text: &str) -> Option<[u8; 16]> {
    let mut digits = text.bytes().filter(|&byte| byte != b'-');
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        let high = char::from(digits.next()?).to_digit(16)?;
        let low = char::from(digits.next()?).to_digit(16)?;
        *byte = u8::try_from(high << 4 | low).ok()?;
    }
    (id_text(&bytes) == text).then_some(bytes)
}

const SOURCE: &[Cow<'static, str>] = &[Cow::Borrowed("source")];
const OBJECT: &[Cow<'static, str>] = &[Cow::Borrowed("object")];
const INSTANCE: &[Cow<'static, str>] = &[Cow::Borrowed("instance")];

const ABSTRACT: Level = &[
    &[
        Field::Value("body"),
        Field::Value("clientId"),
        Field::Value("destination"),
        Field::Value("headers"),
        Field::Value("messageId"),
        Field::Value("timestamp"),
        Field::Value("timeToLive"),
    ],
    &[Field::Id("clientId"), Field::Id("messageId")],
];
const ASYNC: Level = &[&[Field::Value("correlationId"), Field::Id("correlationId")]];
const ACKNOWLEDGE: Level = &[&[]];
const COMMAND: Level = &[&[Field::Value("operation")]];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_upper_case_text() {
        let bytes: [u8; 16] = std::array::from_fn(|index| u8::try_from(index * 17).unwrap());
        let text = id_text(&bytes);
        assert_eq!(text, "00112233-4455-6677-8899-AABBCCDDEEFF");
        assert_eq!(id_bytes(&text), Some(bytes));
        assert_eq!(id_bytes(&text.to_lowercase()), None);
        assert_eq!(id_bytes("00112233445566778899AABBCCDDEEFF"), None);
        assert_eq!(id_bytes(""), None);
    }
}
