//! XML bodies as the JSON that they would be: elements and attributes are members, by local names; of a described type
//! lists are lists and wrappers are unwrapped, of others several of a name are a list.

use std::collections::HashSet;

use footbridge_mapping::data::same_name;
use footbridge_mapping::slot::PathPart;
use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::ReadError;
use crate::json::write_text;
use crate::model::{Kind, Model, TypeId};

/// Levels of elements.
const MAX_DEPTH: usize = 128;

/// An element, all of what it holds in document order.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Self>,
    text: String,
    nil: bool,
}

/// The JSON of a document. `path` is what will be selected: it may begin with the name of the root.
pub(super) fn to_json(
    text: &str,
    model: Option<&Model>,
    kind: TypeId,
    path: &[PathPart],
) -> Result<String, ReadError> {
    let root = parse(text)?;
    let mut json = String::with_capacity(text.len());
    let named = match path.first() {
        Some(PathPart::Name(name)) => {
            same_name(name, &root.name)
                && !root
                    .children
                    .iter()
                    .any(|child| same_name(&child.name, name))
        }
        Some(PathPart::Index(_)) | None => false,
    };
    if named {
        json.push('{');
        write_text(&mut json, &root.name);
        json.push(':');
    }
    let writer = Writer { model };
    match model.map(|model| (model, model.kind(model.resolve(kind)))) {
        // A list is the root with its items.
        Some((_, described)) if matches!(described.kind, Kind::List { .. }) => {
            if let Kind::List { item, .. } = described.kind {
                writer.list(&root.children.iter().collect::<Vec<_>>(), item, &mut json);
            }
        }
        Some(_) | None => writer.value(&root, kind, &mut json),
    }
    if named {
        json.push('}');
    }
    Ok(json)
}

struct Writer<'m> {
    model: Option<&'m Model>,
}

impl Writer<'_> {
    fn value(&self, element: &Element, kind: TypeId, json: &mut String) {
        if element.nil {
            json.push_str("null");
            return;
        }
        let model = self.model.unwrap_or(&NOTHING);
        match &model.kind(model.resolve(kind)).kind {
            Kind::Object(object) => {
                let mut first = true;
                json.push('{');
                let mut done = HashSet::new();
                for (name, field) in &object.fields {
                    let hints = &model.kind(field.kind).xml;
                    let wire = hints.name.as_ref().unwrap_or(name);
                    let resolved = model.resolve(field.kind);
                    if hints.attribute {
                        let found = element
                            .attributes
                            .iter()
                            .find(|(known, _)| **known == **wire);
                        if let Some((_, text)) = found {
                            key(json, name, &mut first);
                            scalar(text, model, resolved, json);
                        }
                        continue;
                    }
                    let own = |wire: &str| {
                        element
                            .children
                            .iter()
                            .filter(|child| child.name == wire)
                            .collect::<Vec<_>>()
                    };
                    if let Kind::List { item, .. } = &model.kind(resolved).kind {
                        let item_name = model.kind(*item).xml.name.as_ref();
                        let wrapper = own(wire);
                        let items = match (hints.wrapped, wrapper.first()) {
                            (true, Some(wrapper)) => wrapper.children.iter().collect(),
                            (true, None) => Vec::new(),
                            (false, _) => match item_name {
                                Some(name) => own(name),
                                None => wrapper,
                            },
                        };
                        done.insert(wire.to_string());
                        done.extend(item_name.map(ToString::to_string));
                        key(json, name, &mut first);
                        self.list(&items, *item, json);
                        continue;
                    }
                    done.insert(wire.to_string());
                    if let Some(child) = own(wire).first() {
                        key(json, name, &mut first);
                        self.value(child, field.kind, json);
                    }
                }
                self.others(element, &done, &mut first, json);
                json.push('}');
            }
            Kind::List { item, .. } => {
                let items: Vec<&Element> = element.children.iter().collect();
                self.list(&items, *item, json);
            }
            Kind::Any | Kind::Same(_) | Kind::Choice(_) => {
                if element.children.is_empty() && element.attributes.is_empty() {
                    write_text(json, &element.text);
                    return;
                }
                json.push('{');
                let mut first = true;
                for (name, text) in &element.attributes {
                    let clash = element.children.iter().any(|child| child.name == *name);
                    let shown = if clash {
                        format!("@{name}")
                    } else {
                        name.clone()
                    };
                    key(json, &shown, &mut first);
                    write_text(json, text);
                }
                if element.children.is_empty() && !element.text.trim().is_empty() {
                    key(json, "value", &mut first);
                    write_text(json, &element.text);
                }
                self.others(element, &HashSet::new(), &mut first, json);
                json.push('}');
            }
            Kind::Bool
            | Kind::Integer { .. }
            | Kind::Number { .. }
            | Kind::Text { .. }
            | Kind::DateTime
            | Kind::Day
            | Kind::Time
            | Kind::Base64
            | Kind::Binary => scalar(&element.text, model, model.resolve(kind), json),
        }
    }

    /// Children that no field names; several of a name are a list.
    fn others(
        &self,
        element: &Element,
        done: &HashSet<String>,
        first: &mut bool,
        json: &mut String,
    ) {
        let mut names: Vec<&str> = Vec::new();
        for child in &element.children {
            if !done.contains(&child.name) && !names.contains(&child.name.as_str()) {
                names.push(&child.name);
            }
        }
        for name in names {
            let same: Vec<&Element> = element
                .children
                .iter()
                .filter(|child| child.name == name)
                .collect();
            key(json, name, first);
            match same.as_slice() {
                [only] => self.value(only, TypeId::ANY, json),
                several => self.list(several, TypeId::ANY, json),
            }
        }
    }

    fn list(&self, items: &[&Element], item: TypeId, json: &mut String) {
        json.push('[');
        for (at, element) in items.iter().enumerate() {
            if at > 0 {
                json.push(',');
            }
            self.value(element, item, json);
        }
        json.push(']');
    }
}

static NOTHING: std::sync::LazyLock<Model> = std::sync::LazyLock::new(Model::default);

fn key(json: &mut String, name: &str, first: &mut bool) {
    if !*first {
        json.push(',');
    }
    *first = false;
    write_text(json, name);
    json.push(':');
}

/// A text; of all but texts an empty one is nothing.
fn scalar(text: &str, model: &Model, id: TypeId, json: &mut String) {
    match &model.kind(id).kind {
        Kind::Text { .. } | Kind::Any => write_text(json, text),
        _ if text.trim().is_empty() => json.push_str("null"),
        _ => write_text(json, text.trim()),
    }
}

fn parse(text: &str) -> Result<Element, ReadError> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    let xml = |error: &dyn std::fmt::Display| ReadError::Xml(error.to_string());
    loop {
        match reader.read_event().map_err(|error| xml(&error))? {
            Event::Start(start) => {
                if open.len() >= MAX_DEPTH {
                    return Err(ReadError::Xml(format!("nested deeper than {MAX_DEPTH}")));
                }
                open.push(element(&start)?);
            }
            Event::Empty(start) => {
                let element = element(&start)?;
                close(element, &mut open, &mut root)?;
            }
            Event::End(_) => {
                let Some(element) = open.pop() else {
                    return Err(ReadError::Xml("an end without a beginning".to_owned()));
                };
                close(element, &mut open, &mut root)?;
            }
            Event::Text(part) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&part);
                }
            }
            Event::CData(part) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&part);
                }
            }
            Event::GeneralRef(reference) => {
                let letter = match reference.resolve_char_ref().map_err(|error| xml(&error))? {
                    Some(letter) => letter,
                    None => match &*reference {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        "quot" => '"',
                        "apos" => '\'',
                        _ => return Err(ReadError::Xml("an entity, which is refused".to_owned())),
                    },
                };
                if let Some(element) = open.last_mut() {
                    element.text.push(letter);
                }
            }
            Event::DocType(_) => {
                return Err(ReadError::Xml(
                    "a document type, which is refused".to_owned(),
                ));
            }
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    match root {
        Some(root) if open.is_empty() => Ok(root),
        Some(_) | None => Err(ReadError::Xml("it ends within an element".to_owned())),
    }
}

fn element(start: &BytesStart<'_>) -> Result<Element, ReadError> {
    let mut element = Element {
        name: start.local_name().as_ref().to_owned(),
        ..Element::default()
    };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| ReadError::Xml(error.to_string()))?;
        let name = attribute.key.as_ref();
        if name == "xmlns" || name.starts_with("xmlns:") {
            continue;
        }
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| ReadError::Xml(error.to_string()))?;
        let local = attribute.key.local_name().as_ref().to_owned();
        if local == "nil" && name != local {
            element.nil = matches!(value.trim(), "true" | "1");
            continue;
        }
        element.attributes.push((local, value.into_owned()));
    }
    Ok(element)
}

fn close(
    element: Element,
    open: &mut [Element],
    root: &mut Option<Element>,
) -> Result<(), ReadError> {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_some() => return Err(ReadError::Xml("a second root".to_owned())),
        None => *root = Some(element),
    }
    Ok(())
}
