//! YAML text to a tree of nodes, each with its exact place.
//!
//! Nothing is interpreted here: `null`, `12` and `yes` are texts, and whoever reads a node decides what they mean.
//! Anchors, aliases, tags and a second document are refused.

use std::ops::Range;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, ScanError};

use crate::diagnostic::{Code, Diagnostic, Place, Severity};

/// A value as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub value: NodeValue,
}

/// The forms of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeValue {
    /// Nothing is written behind the key. The word `null` is a scalar.
    Absent,
    /// A text, a number, a word.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order written.
    Map(Vec<(Scalar, Node)>),
}

/// A text and how it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The text, escapes and folding resolved.
    pub text: Arc<str>,
    /// How it is written.
    pub style: Style,
    /// Where it stands, quotes included.
    pub place: Place,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

impl Node {
    /// Whether it is the word `null` (or `~`), or nothing at all.
    pub fn is_null(&self) -> bool {
        match &self.value {
            NodeValue::Absent => true,
            NodeValue::Scalar(scalar) => scalar.is_null(),
            NodeValue::List(_) | NodeValue::Map(_) => false,
        }
    }

    /// What it is, for a sentence.
    pub fn describe(&self) -> &'static str {
        match &self.value {
            NodeValue::Absent => "nothing",
            NodeValue::Scalar(_) => "a text",
            NodeValue::List(_) => "a list",
            NodeValue::Map(_) => "a map",
        }
    }
}

impl Scalar {
    /// Whether it is the plain word `null` or `~`.
    pub fn is_null(&self) -> bool {
        self.style == Style::Plain && matches!(&*self.text, "null" | "~")
    }
}

/// One document, as far as it could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The tree, if the reader came to the end.
    pub node: Option<Node>,
    /// What mappings do not have, and the tree holds nothing of.
    pub faults: Vec<Diagnostic>,
    /// Where the reader stopped, and why.
    pub stopped: Option<(usize, Diagnostic)>,
}

/// Reads one document.
pub fn parse(file: &Arc<str>, source: &str) -> Document {
    let mut builder = Builder {
        file: Arc::clone(file),
        source,
        open: Vec::new(),
        root: None,
        faults: Vec::new(),
        stopped: None,
    };
    let options = granit_parser::options! {
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        emit_comments: false,
        disallow_directives: true,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    for event in Parser::new_from_str_with_options(source, options) {
        match event {
            Ok((event, span)) => {
                let span = span.byte_range().unwrap_or(0..0);
                // A line feed that the parser adds at the end is no byte of the file.
                let span = span.start.min(source.len())..span.end.min(source.len());
                if !builder.event(event, span) {
                    break;
                }
            }
            Err(error) => {
                builder.scan_error(&error);
                break;
            }
        }
    }
    let node = builder.root.unwrap_or_else(|| Node {
        place: Place {
            file: Arc::clone(file),
            span: 0..0,
        },
        value: NodeValue::Absent,
    });
    Document {
        node: builder.stopped.is_none().then_some(node),
        faults: builder.faults,
        stopped: builder.stopped,
    }
}

/// Levels of maps and lists, in block and in braces each: readers of the tree go down by recursion.
const DEEPEST: usize = 64;

/// A collection that is still open.
enum Open {
    List(usize, Vec<Node>),
    Map(usize, Vec<(Scalar, Node)>, Option<Scalar>),
}

struct Builder<'a> {
    file: Arc<str>,
    source: &'a str,
    open: Vec<Open>,
    root: Option<Node>,
    faults: Vec<Diagnostic>,
    stopped: Option<(usize, Diagnostic)>,
}

impl Builder<'_> {
    /// Takes one event; `false` ends the reading.
    fn event(&mut self, event: Event<'_>, span: Range<usize>) -> bool {
        match event {
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(..) if self.root.is_some() => {
                let message = "a file holds one document; this is a second one";
                self.fault(114, span, message.into());
                return false;
            }
            Event::DocumentStart(..) => {}
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let name = self.source.get(span.clone()).unwrap_or_default().to_owned();
                self.fault(
                    114,
                    span.clone(),
                    format!("`{name}` would be a YAML alias, which mappings do not have; a text that begins with `*` needs quotes"),
                );
                self.place_node(span, NodeValue::Absent);
            }
            Event::Anchor(..) => {
                self.fault(
                    114,
                    span,
                    "this would be a YAML anchor, which mappings do not have; a text that begins with `&` needs quotes".into(),
                );
            }
            Event::Scalar(text, style, _, tag) => {
                self.refuse_tag(tag.is_some(), &span);
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted => Style::Single,
                    ScalarStyle::DoubleQuoted => Style::Double,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                };
                // Where nothing is written, the parser gives a plain `~` of no length.
                if span.is_empty() && style == Style::Plain {
                    self.place_node(span, NodeValue::Absent);
                } else {
                    let scalar = Scalar {
                        text: Arc::from(&*text),
                        style,
                        place: self.place(span.clone()),
                    };
                    self.place_node(span, NodeValue::Scalar(scalar));
                }
            }
            Event::SequenceStart(_, _, tag) => {
                self.refuse_tag(tag.is_some(), &span);
                self.open.push(Open::List(span.start, Vec::new()));
            }
            Event::MappingStart(_, _, tag) => {
                self.refuse_tag(tag.is_some(), &span);
                self.open.push(Open::Map(span.start, Vec::new(), None));
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List(start, items)) => {
                    self.place_node(start..span.end.max(start), NodeValue::List(items));
                }
                Some(Open::Map(start, entries, _)) => {
                    self.place_node(start..span.end.max(start), NodeValue::Map(entries));
                }
                None => {}
            },
            // Not emitted with our options, or made by features that are off.
            _ => {}
        }
        true
    }

    /// Puts a finished node where it belongs: a key, a value, an item or the root.
    fn place_node(&mut self, span: Range<usize>, value: NodeValue) {
        let node = Node {
            place: self.place(span.clone()),
            value,
        };
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Map(_, entries, key)) => {
                if let Some(key) = key.take() {
                    entries.push((key, node));
                    return;
                }
                let scalar = match node.value {
                    NodeValue::Scalar(scalar) => scalar,
                    NodeValue::Absent | NodeValue::List(_) | NodeValue::Map(_) => {
                        self.fault(115, span.clone(), "a key is a text".into());
                        Scalar {
                            text: "".into(),
                            style: Style::Plain,
                            place: self.place(span),
                        }
                    }
                };
                if let Some(Open::Map(_, _, key)) = self.open.last_mut() {
                    *key = Some(scalar);
                }
            }
        }
    }

    fn refuse_tag(&mut self, tagged: bool, span: &Range<usize>) {
        if tagged {
            self.fault(
                114,
                span.clone(),
                "this would be a YAML tag, which mappings do not have; a text that begins with `!` needs quotes".into(),
            );
        }
    }

    fn scan_error(&mut self, error: &ScanError) {
        let at = error
            .marker()
            .byte_offset()
            .unwrap_or_else(|| {
                self.source
                    .char_indices()
                    .nth(error.marker().index())
                    .map_or(self.source.len(), |(at, _)| at)
            })
            .min(self.source.len());
        let end = self.source[at..]
            .chars()
            .next()
            .map_or(at, |character| at + character.len_utf8());
        let message = format!("this is no YAML: {}", error.info());
        self.stopped = Some((at, self.diagnostic(115, at..end, message)));
    }

    fn fault(&mut self, code: u16, span: Range<usize>, message: String) {
        let fault = self.diagnostic(code, span, message);
        self.faults.push(fault);
    }

    fn diagnostic(&self, code: u16, span: Range<usize>, message: String) -> Diagnostic {
        Diagnostic {
            code: Code(code),
            severity: Severity::Error,
            message,
            place: self.place(span),
            help: String::new(),
        }
    }

    fn place(&self, span: Range<usize>) -> Place {
        Place {
            file: Arc::clone(&self.file),
            span,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Node {
        parse(&"x.yaml".into(), source).node.unwrap()
    }

    #[test]
    fn an_entry_with_nothing_behind_it_differs_from_null() {
        let NodeValue::Map(entries) = read("a:\nb: null\nc: {d, e: 404}\n").value else {
            panic!("no map");
        };
        assert_eq!(entries[0].1.value, NodeValue::Absent);
        assert!(matches!(&entries[1].1.value, NodeValue::Scalar(scalar) if scalar.is_null()));
        let NodeValue::Map(inner) = &entries[2].1.value else {
            panic!("no map");
        };
        assert_eq!(inner[0].1.value, NodeValue::Absent);
        assert_eq!(&*inner[0].0.text, "d");
    }

    #[test]
    fn keys_arrive_as_written() {
        let source = "404: null\n08006: {code: x}\nwhen a == b: no\n";
        let NodeValue::Map(entries) = read(source).value else {
            panic!("no map");
        };
        let keys: Vec<&str> = entries.iter().map(|(key, _)| &*key.text).collect();
        assert_eq!(keys, ["404", "08006", "when a == b"]);
        assert_eq!(&source[entries[1].0.place.span.clone()], "08006");
    }

    #[test]
    fn anchors_aliases_tags_and_second_documents_are_refused() {
        for source in ["a: &x 1\n", "a: *x\n", "a: !t 1\n", "a: 1\n---\nb: 2\n"] {
            let document = parse(&"x.yaml".into(), source);
            assert_eq!(document.faults.len(), 1, "{source}");
        }
    }
}
