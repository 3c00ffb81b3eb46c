//! A small XML file as a tree, with lines: what configuration files need and no more. Entities of a DTD are not read.

use anyhow::{Context, bail};
use quick_xml::events::{BytesStart, Event};

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Its name, without a prefix.
    pub(super) name: String,
    /// The line of its tag, from 1.
    pub(super) line: usize,
    attributes: Vec<(String, String)>,
    /// Elements within.
    pub(super) children: Vec<Self>,
    /// Its own text, trimmed.
    pub(super) text: String,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// All elements of a name within, at any depth, in order.
    pub(super) fn all<'e>(&'e self, name: &str) -> impl Iterator<Item = &'e Self> + use<'e> {
        let mut found = Vec::new();
        let mut open: Vec<&Self> = self.children.iter().rev().collect();
        while let Some(element) = open.pop() {
            if element.name == name {
                found.push(element);
            }
            open.extend(element.children.iter().rev());
        }
        found.into_iter()
    }

    /// Elements of a name directly within, or within `properties`.
    pub(super) fn children_below<'e>(&'e self, name: &str) -> Vec<&'e Self> {
        let properties = self
            .children
            .iter()
            .filter(|child| child.name == "properties");
        properties
            .flat_map(|properties| properties.children.iter())
            .chain(&self.children)
            .filter(|child| child.name == name)
            .collect()
    }
}

/// Reads a document.
pub(super) fn parse(text: &str) -> anyhow::Result<Element> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = quick_xml::Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let line = text.as_bytes()[..at.min(text.len())]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        let event = reader
            .read_event()
            .with_context(|| format!("line {line}"))?;
        match event {
            Event::Start(tag) => {
                if open.len() > DEPTH {
                    bail!("line {line}: elements are nested deeper than {DEPTH}");
                }
                open.push(element(&tag, line)?);
            }
            Event::Empty(tag) => {
                let closed = element(&tag, line)?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(closed),
                    None => return Ok(closed),
                }
            }
            Event::End(_) => {
                let Some(mut closed) = open.pop() else {
                    bail!("line {line}: an end without a beginning");
                };
                closed.text = closed.text.trim().to_owned();
                match open.last_mut() {
                    Some(parent) => parent.children.push(closed),
                    None => return Ok(closed),
                }
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
            Event::GeneralRef(name) => {
                let name = format!("&{};", &*name);
                let value = quick_xml::escape::unescape(&name)
                    .with_context(|| format!("line {line}"))?
                    .into_owned();
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&value);
                }
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof => bail!("it ends before its first element does"),
        }
    }
}

fn element(tag: &BytesStart<'_>, line: usize) -> anyhow::Result<Element> {
    let mut element = Element {
        name: tag.local_name().as_ref().to_owned(),
        line,
        ..Element::default()
    };
    for attribute in tag.attributes() {
        let attribute = attribute.with_context(|| format!("line {line}"))?;
        let value = &attribute.value;
        element.attributes.push((
            attribute.key.local_name().as_ref().to_owned(),
            quick_xml::escape::unescape(value)
                .with_context(|| format!("line {line}"))?
                .into_owned(),
        ));
    }
    Ok(element)
}

const DEPTH: usize = 64;
