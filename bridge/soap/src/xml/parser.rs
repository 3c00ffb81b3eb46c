//! Events of a document, kept in a [`Tree`] as far as the caller wants to look back.

use std::borrow::Cow;
use std::io::BufRead as _;

use quick_xml::XmlVersion;
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::tree::{Binding, Element, Node, NodeKind, RawAttribute, Tree};

/// Budgets of one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct XmlLimits {
    /// Levels of elements; 128.
    pub depth: usize,
    /// Attributes of one element, declarations of prefixes among them; 256.
    pub attributes: usize,
    /// Bytes of the whole document; 64 MiB.
    pub bytes: usize,
    /// Whether a document type without entities is passed over. Replies never have one.
    pub document_type: bool,
}

impl Default for XmlLimits {
    fn default() -> Self {
        Self {
            depth: 128,
            attributes: 256,
            bytes: 64 << 20,
            document_type: false,
        }
    }
}

/// Why a document cannot be read. Who sent it is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// It is no well-formed XML.
    #[error("no well-formed XML at byte {at}: {what}")]
    Malformed {
        /// Where.
        at: usize,
        /// What is wrong there.
        what: String,
    },
    /// A budget is used up.
    #[error("the XML has more {what} than {limit}")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// The budget.
        limit: usize,
    },
    /// It has a document type or an entity of its own, which are never followed.
    #[error("the XML has a document type or entities, which are refused")]
    Entities,
}

/// What came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// An element began; it stands in the tree.
    Open(usize),
    /// The element begun last ended.
    Close(usize),
    /// Text; it stands in the tree.
    Text,
    /// The document ended.
    End,
}

/// How much a tree holds, to go back to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    nodes: usize,
    attributes: usize,
    bindings: usize,
}

pub(crate) struct Parser<'i> {
    input: &'i str,
    reader: Reader<&'i [u8]>,
    limits: XmlLimits,
    open: Vec<usize>,
    /// The last start tag was empty: its end comes next.
    empty: bool,
    /// What came last was text, so that more text belongs to it.
    texting: bool,
    /// What came last was a tag, so that all behind it is still to be read.
    at_tag: bool,
}

impl<'i> Parser<'i> {
    pub(crate) fn new(input: &'i str, limits: XmlLimits) -> Result<Self, XmlError> {
        if input.len() > limits.bytes {
            return Err(XmlError::TooMuch {
                what: "bytes",
                limit: limits.bytes,
            });
        }
        Ok(Self {
            input,
            reader: Reader::from_str(input),
            limits,
            open: Vec::new(),
            empty: false,
            texting: false,
            at_tag: false,
        })
    }

    /// The text of the whole document.
    pub(crate) fn input(&self) -> &'i str {
        self.input
    }

    /// The byte behind the last event, if that was a tag: then [`pass`](Self::pass) may take over.
    pub(crate) fn ahead(&self) -> Option<usize> {
        (self.at_tag && !self.empty).then(|| self.behind())
    }

    /// Passes over whole elements, up to byte `to`, without an event.
    pub(crate) fn pass(&mut self, to: usize) {
        let more = to.saturating_sub(self.behind());
        self.reader.stream().consume(more);
    }

    /// The element that is open, and how many levels there may be in it.
    pub(crate) fn inmost(&self) -> (usize, usize) {
        let levels = self.limits.depth.saturating_sub(self.open.len());
        (self.open.last().copied().unwrap_or(0), levels)
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Reads the whole document.
    pub(crate) fn all(mut self, tree: &mut Tree<'i>) -> Result<(), XmlError> {
        while self.step(tree)? != Step::End {}
        Ok(())
    }

    /// Reads to the end of the element that was begun last.
    pub(crate) fn rest(&mut self, tree: &mut Tree<'i>) -> Result<(), XmlError> {
        let depth = self.open.len();
        while self.open.len() >= depth.max(1) {
            if self.step(tree)? == Step::End {
                break;
            }
        }
        Ok(())
    }

    /// Takes out of the tree what came since the mark; no element begun since may be open.
    pub(crate) fn forget(&mut self, tree: &mut Tree<'i>, mark: Mark) {
        tree.back(mark);
        self.texting = false;
    }

    pub(crate) fn step(&mut self, tree: &mut Tree<'i>) -> Result<Step, XmlError> {
        if self.empty {
            self.empty = false;
            return Ok(self.close(tree));
        }
        loop {
            let event = self
                .reader
                .read_event()
                .map_err(|error| XmlError::Malformed {
                    at: self.position(),
                    what: error.to_string(),
                })?;
            self.at_tag = matches!(event, Event::Start(_) | Event::Empty(_) | Event::End(_));
            match event {
                Event::Start(start) => return self.start(tree, &start, 1),
                Event::Empty(start) => {
                    self.empty = true;
                    return self.start(tree, &start, 2);
                }
                Event::End(_) => return Ok(self.close(tree)),
                Event::Text(text) => {
                    let text = match text.into_inner() {
                        // Line ends become one (XML 1.0 §2.11).
                        Cow::Borrowed(text) if text.contains('\r') => {
                            Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
                        }
                        text => text,
                    };
                    if self.add(tree, text) {
                        return Ok(Step::Text);
                    }
                }
                Event::CData(data) => {
                    if self.add(tree, data.into_inner()) {
                        return Ok(Step::Text);
                    }
                }
                Event::GeneralRef(reference) => {
                    let named = match reference.as_ref() {
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "amp" => Some('&'),
                        "apos" => Some('\''),
                        "quot" => Some('"'),
                        _ => None,
                    };
                    let character =
                        match named {
                            Some(character) => Some(character),
                            None => reference.resolve_char_ref().map_err(|error| {
                                XmlError::Malformed {
                                    at: self.position(),
                                    what: error.to_string(),
                                }
                            })?,
                        };
                    let character = character.ok_or(XmlError::Entities)?;
                    if self.add(tree, Cow::Owned(character.to_string())) {
                        return Ok(Step::Text);
                    }
                }
                Event::DocType(content) => {
                    if !self.limits.document_type || content.as_ref().contains("<!ENTITY") {
                        return Err(XmlError::Entities);
                    }
                }
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Eof => {
                    if !self.open.is_empty() {
                        return Err(XmlError::Malformed {
                            at: self.input.len(),
                            what: "the document ends within an element".to_owned(),
                        });
                    }
                    return Ok(Step::End);
                }
            }
        }
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.error_position()).unwrap_or(usize::MAX)
    }

    fn behind(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn start(
        &mut self,
        tree: &mut Tree<'i>,
        start: &BytesStart<'_>,
        tail: usize,
    ) -> Result<Step, XmlError> {
        if self.open.len() >= self.limits.depth {
            return Err(XmlError::TooMuch {
                what: "levels",
                limit: self.limits.depth,
            });
        }
        // The event borrows from itself; the same bytes of the input live longer.
        let behind = self.behind();
        let malformed = |what: String| XmlError::Malformed { at: behind, what };
        let to = behind.saturating_sub(tail);
        let from = to.saturating_sub(start.len());
        let tag = self
            .input
            .get(from..to)
            .ok_or_else(|| malformed("a tag out of place".to_owned()))?;
        let (prefix, local) = split(tag.get(..start.name().as_ref().len()).unwrap_or_default());
        if local.is_empty() {
            return Err(malformed("a tag without a name".to_owned()));
        }
        let before = tree.scope(self.open.last().copied());
        let mut scope = before;
        let first = tree.attributes.len();
        let mut count = 0_usize;
        if tag.len() > prefix.len() + local.len() + usize::from(!prefix.is_empty()) {
            let mut attributes = Attributes::new(tag, start.name().as_ref().len());
            attributes.with_checks(false);
            for attribute in attributes {
                let attribute = attribute.map_err(|error| malformed(error.to_string()))?;
                count += 1;
                if count > self.limits.attributes {
                    return Err(XmlError::TooMuch {
                        what: "attributes",
                        limit: self.limits.attributes,
                    });
                }
                let key: &'i str = attribute.key.into_inner();
                let value: Cow<'i, str> = match attribute.value {
                    Cow::Borrowed(value) if !value.contains(['&', '\n', '\t', '\r']) => {
                        Cow::Borrowed(value)
                    }
                    _ => Cow::Owned(
                        attribute
                            .normalized_value(XmlVersion::Implicit1_0)
                            .map_err(|_| XmlError::Entities)?
                            .into_owned(),
                    ),
                };
                let (prefix, local) = split(key);
                let declared = match (prefix, local) {
                    ("", "xmlns") => Some(""),
                    ("xmlns", declared) => Some(declared),
                    _ => None,
                };
                match declared {
                    Some(prefix) => {
                        tree.bindings.push(Binding {
                            before: scope,
                            prefix,
                            uri: value,
                        });
                        scope = index(tree.bindings.len());
                    }
                    None => tree.attributes.push(RawAttribute {
                        prefix,
                        local,
                        value,
                    }),
                }
            }
        }
        self.texting = false;
        let at = tree.nodes.len();
        tree.nodes.push(Node {
            kind: NodeKind::Element(Element {
                local,
                prefix,
                scope,
                attributes: (index(first), index(tree.attributes.len())),
                span: (from.saturating_sub(1), behind),
            }),
            end: index(at + 1),
        });
        self.open.push(at);
        Ok(Step::Open(at))
    }

    fn close(&mut self, tree: &mut Tree<'i>) -> Step {
        let Some(at) = self.open.pop() else {
            return Step::End;
        };
        self.texting = false;
        let behind = self.behind();
        let end = index(tree.nodes.len());
        if let Some(node) = tree.nodes.get_mut(at) {
            node.end = end;
            if let NodeKind::Element(element) = &mut node.kind {
                element.span.1 = behind;
            }
        }
        Step::Close(at)
    }

    /// Keeps text; `false` for text outside of the document's element.
    fn add(&mut self, tree: &mut Tree<'i>, text: Cow<'i, str>) -> bool {
        if self.open.is_empty() {
            return false;
        }
        if self.texting
            && let Some(Node {
                kind: NodeKind::Text(before),
                ..
            }) = tree.nodes.last_mut()
        {
            before.to_mut().push_str(&text);
            return true;
        }
        self.texting = true;
        let end = index(tree.nodes.len() + 1);
        tree.nodes.push(Node {
            kind: NodeKind::Text(text),
            end,
        });
        true
    }
}

impl<'i> Tree<'i> {
    /// Reads a whole document.
    pub(crate) fn parse(input: &'i str, limits: XmlLimits) -> Result<Self, XmlError> {
        let mut tree = Self::default();
        Parser::new(input, limits)?.all(&mut tree)?;
        if tree.nodes.is_empty() {
            return Err(XmlError::Malformed {
                at: 0,
                what: "no element".to_owned(),
            });
        }
        Ok(tree)
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            nodes: self.nodes.len(),
            attributes: self.attributes.len(),
            bindings: self.bindings.len(),
        }
    }

    fn back(&mut self, mark: Mark) {
        self.nodes.truncate(mark.nodes);
        self.attributes.truncate(mark.attributes);
        self.bindings.truncate(mark.bindings);
    }

    fn scope(&self, at: Option<usize>) -> u32 {
        at.and_then(|at| self.element(at))
            .map_or(0, |element| element.scope)
    }
}

fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

/// Documents are far smaller than 4 GiB by their budget.
fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
