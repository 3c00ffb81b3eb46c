//! Answers in JSON: the third writer behind the one seam, for pages and programs that have no AMF.
//!
//! | event | JSON |
//! | --- | --- |
//! | null, undefined | `null` |
//! | integer, number | a number; NaN and the infinities, which JSON has not, `null` |
//! | date | `"2026-11-20T09:30:00.000Z"`; an invalid one `null` |
//! | bytes | base64 text |
//! | XML | its text |
//! | array, vector, `ArrayCollection` | an array |
//! | object | an object of its members; the class alias is not sent |
//! | dictionary, array with names | an object |
//!
//! A value that is shared is repeated, one that holds itself cannot be said.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use footbridge_amf::{Class, Graph, Node, NodeId, Sink, Value, VectorKind, WriteError, canonical};

/// Writes one JSON value as events come.
#[derive(Debug)]
pub(crate) struct Writer {
    out: Vec<u8>,
    limit: usize,
    open: Vec<Open>,
}

/// What was begun.
#[derive(Debug)]
enum Open {
    List {
        first: bool,
    },
    Object {
        class: Arc<Class>,
        next: usize,
        /// The name of the next member has been written.
        named: bool,
        first: bool,
    },
    /// An externalizable, whose only value stands for it.
    External {
        full: bool,
    },
}

impl Writer {
    /// A writer of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            out: Vec::with_capacity(512.min(limit)),
            limit,
            open: Vec::new(),
        }
    }

    /// The text.
    pub(crate) fn finish(self) -> Result<Vec<u8>, WriteError> {
        if !self.open.is_empty() || self.out.is_empty() {
            return Err(WriteError::OutOfOrder(
                "the end of the output within a value",
            ));
        }
        Ok(self.out)
    }

    /// Accounts for a value in what was begun last, with what stands before it.
    fn value(&mut self) -> Result<(), WriteError> {
        match self.open.last_mut() {
            None if self.out.is_empty() => {}
            None => return Err(WriteError::OutOfOrder("a second value")),
            Some(Open::List { first }) => {
                if !std::mem::take(first) {
                    self.out.push(b',');
                }
            }
            Some(Open::Object {
                class,
                next,
                named,
                first,
            }) => {
                if std::mem::take(named) {
                    return Ok(());
                }
                let Some(name) = class.sealed.get(*next) else {
                    return Err(WriteError::OutOfOrder(
                        "more values than the class has members",
                    ));
                };
                *next += 1;
                put_name(&mut self.out, first, name);
            }
            Some(Open::External { full: full @ false }) => *full = true,
            Some(Open::External { full: true }) => {
                return Err(WriteError::OutOfOrder(
                    "a second value in an externalizable of one",
                ));
            }
        }
        Ok(())
    }

    fn scalar(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), WriteError> {
        self.value()?;
        write(&mut self.out);
        self.check()
    }

    fn push(&mut self, open: Open) -> Result<(), WriteError> {
        if self.open.len() >= DEPTH {
            return Err(WriteError::TooDeep { limit: DEPTH });
        }
        self.open.push(open);
        self.check()
    }

    fn check(&self) -> Result<(), WriteError> {
        if self.out.len() > self.limit {
            return Err(WriteError::TooLarge { limit: self.limit });
        }
        Ok(())
    }

    /// Texts and bytes are looked at before they are copied.
    fn room(&self, more: usize) -> Result<(), WriteError> {
        if more > self.limit.saturating_sub(self.out.len()) {
            return Err(WriteError::TooLarge { limit: self.limit });
        }
        Ok(())
    }

    /// One value of a graph, or the beginning of one that holds others, which is then a new step.
    fn put<'g, 'a>(
        &mut self,
        graph: &'g Graph<'a>,
        value: &'g Value<'a>,
        steps: &mut Vec<Step<'g, 'a>>,
    ) -> Result<(), WriteError> {
        let id = match value {
            Value::Undefined | Value::Null => return self.scalar(put_null),
            Value::Bool(value) => return self.bool(*value),
            Value::Int(value) => return self.int(*value),
            Value::Number(value) => return self.number(*value),
            Value::String(text) => return self.string(text),
            Value::Node(id) => *id,
        };
        let node = graph.node(id);
        match node {
            Node::Date(millis) => return self.date(*millis),
            Node::Xml(text) | Node::XmlDocument(text) => return self.string(text),
            Node::ByteArray(bytes) => return self.bytes(bytes),
            Node::VectorInt { items, .. } => {
                self.begin_array()?;
                for item in items {
                    self.int(*item)?;
                }
                return self.end();
            }
            Node::VectorUint { items, .. } => {
                self.begin_array()?;
                for item in items {
                    self.number(f64::from(*item))?;
                }
                return self.end();
            }
            Node::VectorNumber { items, .. } => {
                self.begin_array()?;
                for item in items {
                    self.number(*item)?;
                }
                return self.end();
            }
            Node::Array(_)
            | Node::Object(_)
            | Node::VectorObject { .. }
            | Node::Dictionary { .. }
            | Node::External(_) => {}
        }
        if steps.iter().any(|step| step.id == id) {
            return Err(WriteError::Cycle {
                path: path(graph, steps),
            });
        }
        match node {
            Node::Array(array) if array.named.is_empty() => self.begin_array()?,
            Node::VectorObject { .. } => self.begin_array()?,
            Node::External(external) if external.members.len() == 1 => self.begin_external("")?,
            _ => self.begin_object(&ANONYMOUS)?,
        }
        steps.push(Step { id, node, next: 0 });
        Ok(())
    }
}

impl Sink for Writer {
    fn undefined(&mut self) -> Result<(), WriteError> {
        self.scalar(put_null)
    }

    fn null(&mut self) -> Result<(), WriteError> {
        self.scalar(put_null)
    }

    fn bool(&mut self, value: bool) -> Result<(), WriteError> {
        let text: &[u8] = if value { b"true" } else { b"false" };
        self.scalar(|out| out.extend_from_slice(text))
    }

    fn int(&mut self, value: i32) -> Result<(), WriteError> {
        self.scalar(|out| out.extend_from_slice(value.to_string().as_bytes()))
    }

    fn number(&mut self, value: f64) -> Result<(), WriteError> {
        self.scalar(|out| put_number(out, value))
    }

    fn string(&mut self, value: &str) -> Result<(), WriteError> {
        self.room(value.len())?;
        self.scalar(|out| put_text(out, value))
    }

    fn date(&mut self, millis: f64) -> Result<(), WriteError> {
        match canonical::date_text(millis) {
            Some(text) => self.string(&text),
            None => self.null(),
        }
    }

    fn xml(&mut self, text: &str) -> Result<(), WriteError> {
        self.string(text)
    }

    fn xml_document(&mut self, text: &str) -> Result<(), WriteError> {
        self.string(text)
    }

    fn bytes(&mut self, value: &[u8]) -> Result<(), WriteError> {
        self.room(value.len())?;
        let text = BASE64.encode(value);
        self.string(&text)
    }

    fn begin_array(&mut self) -> Result<(), WriteError> {
        self.value()?;
        self.out.push(b'[');
        self.push(Open::List { first: true })
    }

    fn begin_object(&mut self, class: &Arc<Class>) -> Result<(), WriteError> {
        self.value()?;
        self.out.push(b'{');
        self.push(Open::Object {
            class: Arc::clone(class),
            next: 0,
            named: false,
            first: true,
        })
    }

    fn member(&mut self, name: &str) -> Result<(), WriteError> {
        match self.open.last_mut() {
            Some(Open::Object {
                class,
                next,
                named,
                first,
            }) if class.dynamic && *next == class.sealed.len() && !*named => {
                *named = true;
                put_name(&mut self.out, first, name);
            }
            _ => return Err(WriteError::OutOfOrder("a member name where none may stand")),
        }
        self.check()
    }

    fn begin_external(&mut self, _: &str) -> Result<(), WriteError> {
        self.value()?;
        self.push(Open::External { full: false })
    }

    fn begin_vector(&mut self, _: VectorKind<'_>) -> Result<(), WriteError> {
        self.begin_array()
    }

    fn graph(&mut self, graph: &Graph<'_>, value: &Value<'_>) -> Result<(), WriteError> {
        let mut steps = Vec::new();
        self.put(graph, value, &mut steps)?;
        while let Some(step) = steps.last_mut() {
            let part = part(graph, step.node, step.next);
            step.next += 1;
            match part {
                Some((Some(name), value)) => {
                    self.member(&name)?;
                    self.put(graph, value, &mut steps)?;
                }
                Some((None, value)) => self.put(graph, value, &mut steps)?,
                None => {
                    steps.pop();
                    self.end()?;
                }
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), WriteError> {
        match self.open.pop() {
            Some(Open::List { .. }) => self.out.push(b']'),
            Some(Open::Object {
                class, next, named, ..
            }) if next == class.sealed.len() && !named => self.out.push(b'}'),
            Some(Open::External { full: true }) => {}
            Some(Open::Object { .. } | Open::External { full: false }) | None => {
                return Err(WriteError::OutOfOrder("an end before the value is whole"));
            }
        }
        self.check()
    }
}

/// A node of which some parts are still to be written.
struct Step<'g, 'a> {
    id: NodeId,
    node: &'g Node<'a>,
    next: usize,
}

/// A value within another, and its name where it has one.
type Part<'g, 'a> = (Option<Cow<'g, str>>, &'g Value<'a>);

fn part<'g, 'a>(graph: &'g Graph<'a>, node: &'g Node<'a>, index: usize) -> Option<Part<'g, 'a>> {
    match node {
        Node::Array(array) if array.named.is_empty() => {
            array.dense.get(index).map(|value| (None, value))
        }
        Node::Array(array) => match array.dense.get(index) {
            Some(value) => Some((Some(Cow::Owned(index.to_string())), value)),
            None => {
                let (name, value) = array.named.get(index - array.dense.len())?;
                Some((Some(Cow::Borrowed(name)), value))
            }
        },
        Node::Object(object) => {
            let sealed = &graph.traits(object.traits).sealed;
            match sealed.get(index) {
                Some(name) => Some((
                    Some(Cow::Borrowed(&**name)),
                    object.values.get(index).unwrap_or(&Value::Undefined),
                )),
                None => {
                    let (name, value) = object.dynamic.get(index - sealed.len())?;
                    Some((Some(Cow::Borrowed(name)), value))
                }
            }
        }
        Node::VectorObject { items, .. } => items.get(index).map(|value| (None, value)),
        Node::Dictionary { entries, .. } => {
            let (key, value) = entries.get(index)?;
            Some((Some(key_text(graph, key)), value))
        }
        Node::External(external) if external.members.len() == 1 => {
            let (_, value) = external.members.get(index)?;
            Some((None, value))
        }
        Node::External(external) => {
            let (name, value) = external.members.get(index)?;
            Some((Some(Cow::Borrowed(name)), value))
        }
        Node::Date(_) | Node::Xml(_) | Node::XmlDocument(_) | Node::ByteArray(_) => None,
        Node::VectorInt { .. } | Node::VectorUint { .. } | Node::VectorNumber { .. } => None,
    }
}

/// The key of a dictionary as text; objects, which have none, by their place among the nodes.
fn key_text<'g>(graph: &Graph<'_>, key: &'g Value<'_>) -> Cow<'g, str> {
    match key {
        Value::Undefined => Cow::Borrowed("undefined"),
        Value::Null => Cow::Borrowed("null"),
        Value::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        Value::Int(value) => Cow::Owned(value.to_string()),
        Value::Number(value) => Cow::Owned(value.to_string()),
        Value::String(text) => Cow::Borrowed(text),
        Value::Node(id) => match graph.node(*id) {
            Node::Date(millis) => Cow::Owned(canonical::date_text(*millis).unwrap_or_default()),
            _ => Cow::Borrowed("[object]"),
        },
    }
}

fn path(graph: &Graph<'_>, steps: &[Step<'_, '_>]) -> String {
    let mut path = String::new();
    for step in steps {
        let index = step.next.saturating_sub(1);
        match part(graph, step.node, index) {
            Some((Some(name), _)) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&name);
            }
            Some((None, _)) | None => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

fn put_null(out: &mut Vec<u8>) {
    out.extend_from_slice(b"null");
}

fn put_name(out: &mut Vec<u8>, first: &mut bool, name: &str) {
    if !std::mem::take(first) {
        out.push(b',');
    }
    put_text(out, name);
    out.push(b':');
}

/// The shortest text that is read back as the same number.
fn put_number(out: &mut Vec<u8>, value: f64) {
    let size = value.abs();
    let text = if !value.is_finite() {
        "null".to_owned()
    } else if value == 0.0 || (1e-6..1e21).contains(&size) {
        value.to_string()
    } else {
        format!("{value:e}")
    };
    out.extend_from_slice(text.as_bytes());
}

/// A text in quotes (RFC 8259 §7). U+2028 and U+2029 are escaped too, so that the text may stand in a script.
fn put_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut from = 0;
    for (at, character) in text.char_indices() {
        let escape: Cow<'_, str> = match character {
            '"' => "\\\"".into(),
            '\\' => "\\\\".into(),
            '\n' => "\\n".into(),
            '\r' => "\\r".into(),
            '\t' => "\\t".into(),
            '\0'..='\x1f' | '\u{2028}' | '\u{2029}' => {
                format!("\\u{:04x}", u32::from(character)).into()
            }
            _ => continue,
        };
        out.extend_from_slice(&text.as_bytes()[from..at]);
        out.extend_from_slice(escape.as_bytes());
        from = at + character.len_utf8();
    }
    out.extend_from_slice(&text.as_bytes()[from..]);
    out.push(b'"');
}

static ANONYMOUS: std::sync::LazyLock<Arc<Class>> =
    std::sync::LazyLock::new(|| Arc::new(Class::anonymous()));

/// Levels of values, as of the other writers.
const DEPTH: usize = 512;

#[cfg(test)]
mod tests {
    use footbridge_amf::{Array, GraphBuilder};

    use super::*;

    fn text(write: impl FnOnce(&mut Writer) -> Result<(), WriteError>) -> String {
        let mut writer = Writer::new(10_000);
        write(&mut writer).unwrap();
        String::from_utf8(writer.finish().unwrap()).unwrap()
    }

    /// The same events to the writer, and by way of a graph.
    fn both(write: impl Fn(&mut dyn Sink) -> Result<(), WriteError>) -> String {
        let direct = text(|writer| write(writer));
        let mut builder = GraphBuilder::new();
        write(&mut builder).unwrap();
        let (graph, value) = builder.finish().unwrap();
        assert_eq!(text(|writer| writer.graph(&graph, &value)), direct);
        direct
    }

    #[test]
    fn values_are_written_by_the_table() {
        let class = Arc::new(Class {
            alias: "a.B".to_owned(),
            sealed: vec!["name".to_owned(), "sold at".to_owned()],
            dynamic: true,
        });
        let written = both(|sink| {
            sink.begin_external("flex.messaging.io.ArrayCollection")?;
            sink.begin_array()?;
            sink.begin_object(&class)?;
            sink.string("a \"b\"\n\u{1}\u{2028}")?;
            sink.date(1_763_631_000_000.0)?;
            sink.member("rest")?;
            sink.begin_vector(VectorKind::Number)?;
            for number in [1.0, -0.5, 1e300, f64::NAN, 9_007_199_254_740_993.0] {
                sink.number(number)?;
            }
            sink.end()?;
            sink.end()?;
            sink.undefined()?;
            sink.int(-7)?;
            sink.bytes(b"abc")?;
            sink.xml("<a/>")?;
            sink.end()?;
            sink.end()
        });
        assert_eq!(
            written,
            r#"[{"name":"a \"b\"\n\u0001\u2028","sold at":"2025-11-20T09:30:00.000Z","rest":[1,-0.5,1e300,null,9007199254740992]},null,-7,"YWJj","<a/>"]"#
        );
    }

    #[test]
    fn a_value_that_holds_itself_is_told_with_its_path() {
        let mut graph = Graph::new();
        let inner = graph.add(Node::Array(Array::default()));
        let outer = graph.add(Node::Array(Array {
            dense: vec![Value::Null, Value::Node(inner)],
            named: Vec::new(),
        }));
        *graph.node_mut(inner) = Node::Array(Array {
            dense: vec![Value::Node(outer)],
            named: Vec::new(),
        });
        let mut writer = Writer::new(1_000);
        let error = writer.graph(&graph, &Value::Node(outer)).unwrap_err();
        assert_eq!(
            error,
            WriteError::Cycle {
                path: "[1][0]".to_owned()
            }
        );
    }

    #[test]
    fn the_limit_holds() {
        let mut writer = Writer::new(10);
        assert_eq!(
            writer.string("longer than ten bytes"),
            Err(WriteError::TooLarge { limit: 10 })
        );
    }
}
