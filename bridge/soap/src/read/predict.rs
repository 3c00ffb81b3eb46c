//! Uniform items, matched byte by byte against the tag that is expected next.
//!
//! Replies with many rows repeat the same few tags in the order of the schema. An item that does is taken apart here,
//! without events, names or nodes: each start tag is compared with the one that its field had in the item before, and
//! text is handed on as it stands. Whatever is different (another order, an unknown element, CDATA, a comment, an
//! attribute with a meaning, a carriage return) is no case for this module: nothing was written yet, so the item is
//! read again as events.

use std::borrow::Cow;

use quick_xml::escape::unescape;
use quick_xml::events::attributes::Attributes;

use super::shapes::{FieldShape, ObjectShape, Shape, Shapes, Source};
use crate::model::{Builtin, Simple, TypeId, TypeKind, Variety};
use crate::xml::namespace::{XSD, XSI};
use crate::xml::{Name, Tree};

/// Bytes of a start tag that is worth remembering.
const MAX_TAG: usize = 512;

/// Attributes of such a tag.
const MAX_ATTRIBUTES: usize = 16;

/// What an item holds, flat, in the order of the document and of the schema.
#[derive(Clone, Copy, Debug)]
pub(super) enum Token<'i> {
    /// The text of a field as it stands.
    Text(usize, &'i str),
    /// The text of a field that had references to characters: a range of [`Predict::decoded`].
    Decoded(usize, usize, usize),
    /// An element without text and without attributes.
    Empty(usize),
    /// An element with `xsi:nil`.
    Nil(usize),
    /// An element with elements begins.
    Open(usize),
    /// It ends.
    Close,
}

impl Token<'_> {
    /// The field that it is a value of.
    pub(super) fn field(&self) -> Option<usize> {
        match self {
            Self::Text(field, _)
            | Self::Decoded(field, ..)
            | Self::Empty(field)
            | Self::Nil(field)
            | Self::Open(field) => Some(*field),
            Self::Close => None,
        }
    }
}

/// What the items of one list have in common.
pub(super) struct Predict<'s, 'i> {
    shapes: &'s Shapes,
    input: &'i str,
    /// The tags that were met, of the item itself and by type and field.
    item: Known<'i>,
    known: Vec<(TypeId, Vec<Known<'i>>)>,
    pub(super) tokens: Vec<Token<'i>>,
    pub(super) decoded: String,
    /// Items in a row that were different.
    misses: u32,
}

/// Tags of one field: with a value, and without.
#[derive(Clone, Copy, Debug, Default)]
struct Known<'i> {
    usual: Option<Tag<'i>>,
    other: Option<Tag<'i>>,
}

#[derive(Clone, Copy, Debug)]
struct Tag<'i> {
    /// From `<` to `>`.
    start: &'i [u8],
    /// As its end tag has it, with the prefix.
    name: &'i [u8],
    attributes: bool,
    nil: bool,
    /// It ends with `/>`.
    closed: bool,
}

impl<'s, 'i> Predict<'s, 'i> {
    pub(super) fn new(shapes: &'s Shapes, input: &'i str) -> Self {
        Self {
            shapes,
            input,
            item: Known::default(),
            known: Vec::new(),
            tokens: Vec::new(),
            decoded: String::new(),
            misses: 0,
        }
    }

    /// Whether items of a field may be uniform.
    pub(super) fn suits(shapes: &Shapes, field: &FieldShape) -> bool {
        match shapes.of(field.kind) {
            Shape::Object(object) => object.plain,
            Shape::Scalar => true,
            Shape::Wrapped(_) | Shape::Array(_) | Shape::Map | Shape::Any => false,
        }
    }

    /// Takes apart the item at byte `at`, and gives the byte behind it. `levels` is how much deeper its elements may be,
    /// `parent` the element around it, whose prefixes are in force.
    pub(super) fn item(
        &mut self,
        at: usize,
        field: &FieldShape,
        tree: &Tree<'i>,
        parent: usize,
        levels: usize,
    ) -> Option<usize> {
        // Where items keep being different, few are tried.
        if self.misses > 8 {
            self.misses -= 1;
            return None;
        }
        self.tokens.clear();
        self.decoded.clear();
        let scope = Scope { tree, parent };
        let found = self.try_item(at, field, scope, levels);
        match found {
            Some(_) => self.misses = 0,
            None if self.misses == 8 => self.misses = 64,
            None => self.misses += 1,
        }
        found
    }

    fn try_item(
        &mut self,
        at: usize,
        field: &FieldShape,
        scope: Scope<'_, 'i>,
        levels: usize,
    ) -> Option<usize> {
        let at = self.space(at);
        let tag = match self.item.matching(self.bytes(at)) {
            Some(tag) => tag,
            None => {
                let (tag, local) = self.read_tag(at, field.kind, scope)?;
                let Source::Element(name) = &field.source else {
                    return None;
                };
                if **name != *local || !scope.has(tag, &field.namespace) {
                    return None;
                }
                self.item.learn(tag);
                tag
            }
        };
        // A row has cells even if it is nil.
        if tag.nil && matches!(self.shapes.of(field.kind), Shape::Object(_)) {
            return None;
        }
        self.value(at, tag, 0, field.kind, scope, levels)
    }

    /// The value of an element whose start tag stands at `at`.
    fn value(
        &mut self,
        at: usize,
        tag: Tag<'i>,
        field: usize,
        kind: TypeId,
        scope: Scope<'_, 'i>,
        levels: usize,
    ) -> Option<usize> {
        let levels = levels.checked_sub(1)?;
        let at = at + tag.start.len();
        if tag.nil {
            self.tokens.push(Token::Nil(field));
            return if tag.closed {
                Some(at)
            } else {
                self.end(at, tag)
            };
        }
        let shapes = self.shapes;
        match shapes.of(kind) {
            Shape::Scalar if tag.closed => {
                self.tokens.push(empty(field, tag));
                Some(at)
            }
            Shape::Scalar => {
                let at = self.text(at, field, tag)?;
                self.end(at, tag)
            }
            Shape::Object(object) if object.plain => {
                self.tokens.push(Token::Open(field));
                let at = if tag.closed {
                    at
                } else {
                    let fields = Fields::Of(object);
                    let at = self.elements(at, kind, fields, scope, levels)?;
                    self.end(at, tag)?
                };
                self.tokens.push(Token::Close);
                Some(at)
            }
            Shape::Wrapped(inner) => {
                self.tokens.push(Token::Open(field));
                let at = if tag.closed {
                    at
                } else {
                    let at = self.elements(at, kind, Fields::Only(inner), scope, levels)?;
                    self.end(at, tag)?
                };
                self.tokens.push(Token::Close);
                Some(at)
            }
            Shape::Object(_) | Shape::Array(_) | Shape::Map | Shape::Any => None,
        }
    }

    /// The elements within one of a type, up to its end tag.
    fn elements(
        &mut self,
        mut at: usize,
        kind: TypeId,
        fields: Fields<'_>,
        scope: Scope<'_, 'i>,
        levels: usize,
    ) -> Option<usize> {
        let count = fields.count();
        let slot = match self.known.iter().position(|(known, _)| *known == kind) {
            Some(slot) => slot,
            None => {
                self.known.push((kind, vec![Known::default(); count]));
                self.known.len() - 1
            }
        };
        let mut expected = 0;
        loop {
            at = self.space(at);
            let bytes = self.bytes(at);
            if bytes.starts_with(b"</") {
                return Some(at);
            }
            let (_, known) = self.known.get(slot)?;
            let next = known.get(expected..)?;
            let met = next
                .iter()
                .enumerate()
                .find_map(|(skipped, known)| Some((skipped, known.matching(bytes)?)));
            let (index, tag) = match met {
                Some((skipped, tag)) => (expected + skipped, tag),
                None => {
                    let (index, tag) = self.unknown(at, fields, expected, scope)?;
                    let (_, known) = self.known.get_mut(slot)?;
                    known.get_mut(index)?.learn(tag);
                    (index, tag)
                }
            };
            let field = fields.at(index)?;
            at = self.value(at, tag, index, field.kind, scope, levels)?;
            expected = index + usize::from(!field.many);
        }
    }

    /// A tag that no item before had: the field it belongs to, if that is one of those that may come now.
    fn unknown(
        &self,
        at: usize,
        fields: Fields<'_>,
        expected: usize,
        scope: Scope<'_, 'i>,
    ) -> Option<(usize, Tag<'i>)> {
        let end = self
            .bytes(at)
            .iter()
            .take(MAX_TAG)
            .position(|byte| matches!(byte, b'>' | b'/' | b' ' | b'\n' | b'\t'))?;
        let name = self.input.get(at + 1..at + end)?;
        let local = name.split_once(':').map_or(name, |(_, local)| local);
        let index = fields.named(local).filter(|index| *index >= expected)?;
        let field = fields.at(index)?;
        let (tag, _) = self.read_tag(at, field.kind, scope)?;
        scope.has(tag, &field.namespace).then_some((index, tag))
    }

    /// Reads a start tag, if it says nothing but a name and what can be passed over.
    fn read_tag(
        &self,
        at: usize,
        kind: TypeId,
        scope: Scope<'_, 'i>,
    ) -> Option<(Tag<'i>, &'i str)> {
        let bytes = self.bytes(at);
        let (first, head) = bytes.get(..bytes.len().min(MAX_TAG))?.split_first()?;
        if *first != b'<' {
            return None;
        }
        let length = head.iter().position(|byte| *byte == b'>')?;
        let inside = self.input.get(at + 1..at + 1 + length)?;
        let start = bytes.get(..length + 2)?;
        let (inside, closed) = match inside.strip_suffix('/') {
            Some(inside) => (inside, true),
            None => (inside, false),
        };
        let end = inside.find([' ', '\t', '\n', '\r']).unwrap_or(inside.len());
        let name = inside.get(..end)?;
        let local = name.split_once(':').map_or(name, |(_, local)| local);
        if local.is_empty() || name.starts_with(['/', '!', '?']) {
            return None;
        }
        let mut tag = Tag {
            start,
            name: name.as_bytes(),
            attributes: false,
            nil: false,
            closed,
        };
        if !inside.get(end..)?.trim().is_empty() {
            tag.attributes = true;
            tag.nil = self.attributes(inside, end, kind, scope)?;
        }
        Some((tag, local))
    }

    /// Whether attributes say nil. `None` where they say something that matters.
    fn attributes(
        &self,
        inside: &str,
        end: usize,
        kind: TypeId,
        scope: Scope<'_, 'i>,
    ) -> Option<bool> {
        let mut nil = false;
        let mut attributes = Attributes::new(inside, end);
        attributes.with_checks(false);
        for (count, attribute) in attributes.enumerate() {
            let attribute = attribute.ok().filter(|_| count < MAX_ATTRIBUTES)?;
            let value: Cow<'_, str> = attribute.value;
            let (prefix, local) = attribute.key.into_inner().split_once(':')?;
            if prefix == "xmlns" || value.contains('&') {
                return None;
            }
            let (namespace, _) = scope.tree.resolve(scope.parent, attribute.key.into_inner());
            match (namespace?, local) {
                (XSI, "nil") => nil = matches!(value.trim(), "true" | "1"),
                (XSI, "type") => self.said(&value, kind, scope)?,
                _ => return None,
            }
        }
        Some(nil)
    }

    /// Passes over an `xsi:type` that changes nothing.
    fn said(&self, value: &str, kind: TypeId, scope: Scope<'_, 'i>) -> Option<()> {
        let model = &self.shapes.model;
        let (namespace, local) = scope.tree.resolve(scope.parent, value);
        let namespace = match namespace? {
            other if crate::load::is_xsd(other) => XSD,
            other => other,
        };
        let found = model.type_named(&Name::new(namespace, local))?;
        let keeps = match &model.kind(kind).kind {
            TypeKind::Simple(Simple { variety, .. }) => {
                !matches!(variety, Variety::Atomic(Builtin::Any))
            }
            TypeKind::Complex(_) => found == kind,
            TypeKind::Array { .. } | TypeKind::Map | TypeKind::Any => false,
        };
        keeps.then_some(())
    }

    /// The text up to the next tag.
    fn text(&mut self, from: usize, field: usize, tag: Tag<'i>) -> Option<usize> {
        let bytes = self.bytes(from);
        let at = from + plain_length(bytes);
        let end = match self.input.as_bytes().get(at)? {
            b'<' => at,
            b'&' => at + memchr::memchr2(b'<', b'\r', self.bytes(at))?,
            _ => return None,
        };
        let text = self.input.get(from..end)?;
        if end == at {
            self.tokens.push(if text.is_empty() {
                empty(field, tag)
            } else {
                Token::Text(field, text)
            });
            return Some(end);
        }
        let begin = self.decoded.len();
        self.decoded.push_str(&unescape(text).ok()?);
        self.tokens
            .push(Token::Decoded(field, begin, self.decoded.len()));
        Some(end)
    }

    /// Passes over the end tag of an element.
    #[inline]
    fn end(&self, at: usize, tag: Tag<'i>) -> Option<usize> {
        let rest = self.bytes(at).strip_prefix(b"</")?;
        let rest = rest.strip_prefix(tag.name)?;
        (*rest.first()? == b'>').then_some(at + tag.name.len() + 3)
    }

    #[inline]
    fn space(&self, at: usize) -> usize {
        let blank = self
            .bytes(at)
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\n' | b'\t' | b'\r'));
        at + blank.unwrap_or(0)
    }

    #[inline]
    fn bytes(&self, at: usize) -> &'i [u8] {
        self.input.as_bytes().get(at..).unwrap_or_default()
    }
}

impl<'i> Known<'i> {
    #[inline]
    fn matching(&self, bytes: &[u8]) -> Option<Tag<'i>> {
        [self.usual, self.other]
            .into_iter()
            .flatten()
            .find(|tag| bytes.starts_with(tag.start))
    }

    fn learn(&mut self, tag: Tag<'i>) {
        if tag.nil || tag.closed {
            self.other = Some(tag);
        } else {
            self.usual = Some(tag);
        }
    }
}

/// Where prefixes are looked up.
#[derive(Clone, Copy)]
struct Scope<'t, 'i> {
    tree: &'t Tree<'i>,
    parent: usize,
}

impl Scope<'_, '_> {
    /// Whether a tag is in a namespace.
    fn has(self, tag: Tag<'_>, namespace: &str) -> bool {
        let name = std::str::from_utf8(tag.name).unwrap_or_default();
        self.tree.resolve(self.parent, name).0 == Some(namespace)
    }
}

#[derive(Clone, Copy)]
enum Fields<'s> {
    Of(&'s ObjectShape),
    Only(&'s FieldShape),
}

impl<'s> Fields<'s> {
    fn count(self) -> usize {
        match self {
            Self::Of(object) => object.fields.len(),
            Self::Only(_) => 1,
        }
    }

    fn at(self, index: usize) -> Option<&'s FieldShape> {
        match self {
            Self::Of(object) => object.fields.get(index),
            Self::Only(field) => (index == 0).then_some(field),
        }
    }

    fn named(self, local: &str) -> Option<usize> {
        match self {
            Self::Of(object) => *object.elements.get(local)?,
            Self::Only(field) => match &field.source {
                Source::Element(name) => (**name == *local).then_some(0),
                Source::Attribute(..) | Source::Text => None,
            },
        }
    }
}

fn empty(field: usize, tag: Tag<'_>) -> Token<'static> {
    if tag.attributes {
        Token::Text(field, "")
    } else {
        Token::Empty(field)
    }
}

/// How many bytes come before the first that ends a text or changes it.
#[inline]
fn plain_length(bytes: &[u8]) -> usize {
    // Most texts are short, and a search of many bytes at once has its price.
    let near = bytes.get(..bytes.len().min(NEAR)).unwrap_or_default();
    match near
        .iter()
        .position(|byte| matches!(byte, b'<' | b'&' | b'\r'))
    {
        Some(found) => found,
        None => memchr::memchr3(b'<', b'&', b'\r', bytes).unwrap_or(bytes.len()),
    }
}

/// Bytes that are looked at one by one.
const NEAR: usize = 16;
