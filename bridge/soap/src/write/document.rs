//! The envelope: header, body, and the HTTP headers that belong to it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use footbridge_mapping::data::{Data, Record, same_name};
use indexmap::IndexMap;
use memchr::memmem;

use super::content::{PathPart, Tag, Writer};
use super::members::Members;
use super::{Arguments, Request, Settings, WriteError, mtom, scalar};
use crate::model::{
    Complex, Encoding, Message, Model, Operation, Part, Port, TypeId, TypeKind, Version,
};
use crate::xml::attribute;
use crate::xml::namespace::{XSD, XSI};

/// Room that most requests fit into.
const FIRST_BYTES: usize = 1024;

/// Writes the request of an operation of `port`.
///
/// # Errors
/// [`WriteError`] for arguments that the schema does not allow, with the path of the first one.
pub fn write(
    model: &Model,
    port: &Port,
    operation: &Operation,
    arguments: &Arguments<'_>,
    settings: &Settings<'_>,
) -> Result<Request, WriteError> {
    message(
        model,
        port.version,
        &operation.input,
        &operation.action,
        arguments,
        settings,
    )
}

/// Writes the answer of an operation of `port`, as a service would: for mocks and tests. Of a one-way operation an
/// empty body.
///
/// # Errors
/// As [`write()`].
pub fn write_reply(
    model: &Model,
    port: &Port,
    operation: &Operation,
    arguments: &Arguments<'_>,
    settings: &Settings<'_>,
) -> Result<Request, WriteError> {
    let empty = Message {
        encoding: Encoding::Literal,
        wrapper: None,
        parts: Vec::new(),
        headers: Vec::new(),
    };
    let output = operation.output.as_ref().unwrap_or(&empty);
    message(model, port.version, output, "", arguments, settings)
}

fn message(
    model: &Model,
    version: Version,
    message: &Message,
    action: &str,
    arguments: &Arguments<'_>,
    settings: &Settings<'_>,
) -> Result<Request, WriteError> {
    let mut writer = Writer {
        model,
        settings,
        version,
        encoding: message.encoding,
        out: String::with_capacity(FIRST_BYTES),
        namespaces: Vec::new(),
        tags: Vec::new(),
        path: Vec::with_capacity(8),
        places: Vec::new(),
        depth: 0,
        active: HashSet::new(),
        shared: HashMap::new(),
        waiting: Vec::new(),
        attachments: Vec::new(),
    };
    writer.headers(message, arguments.headers)?;
    let headers = if writer.out.is_empty() {
        String::new()
    } else {
        std::mem::take(&mut writer.out)
    };
    match arguments.raw {
        Some(raw) => {
            writer.check_xml(raw)?;
            writer.out.push_str(raw);
        }
        None => writer.body(message, arguments.body)?,
    }
    let mut envelope = String::with_capacity(writer.out.len() + headers.len() + 512);
    envelope
        .push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soapenv:Envelope xmlns:soapenv=\"");
    envelope.push_str(version.envelope());
    envelope.push('"');
    for (prefix, namespace) in [("xsi:", XSI), ("xsd:", XSD)] {
        let used = [headers.as_str(), writer.out.as_str()]
            .iter()
            .any(|text| memmem::find(text.as_bytes(), prefix.as_bytes()).is_some());
        if used {
            envelope.push_str(" xmlns:");
            envelope.push_str(prefix.trim_end_matches(':'));
            envelope.push_str("=\"");
            envelope.push_str(namespace);
            envelope.push('"');
        }
    }
    for (index, namespace) in writer.namespaces.iter().enumerate() {
        envelope.push_str(" xmlns:ns");
        scalar::append_int(i64::try_from(index).unwrap_or(i64::MAX), &mut envelope);
        envelope.push_str("=\"");
        attribute(namespace, &mut envelope);
        envelope.push('"');
    }
    envelope.push('>');
    if !headers.is_empty() || !arguments.blocks.is_empty() {
        envelope.push_str("<soapenv:Header>");
        for block in arguments.blocks {
            envelope.push_str(block);
        }
        envelope.push_str(&headers);
        envelope.push_str("</soapenv:Header>");
    }
    envelope.push_str("<soapenv:Body>");
    envelope.push_str(&writer.out);
    envelope.push_str("</soapenv:Body></soapenv:Envelope>");
    let action = action.replace(['"', '\r', '\n'], "");
    let soap_action = match version {
        Version::Soap11 => Some(format!("\"{action}\"")),
        Version::Soap12 => None,
    };
    if let (Some(mtom), false) = (settings.mtom, writer.attachments.is_empty()) {
        let (content_type, body) = mtom::multipart(
            version,
            &action,
            mtom.boundary,
            &envelope,
            &writer.attachments,
        );
        return Ok(Request {
            content_type,
            action: soap_action,
            body,
        });
    }
    let content_type = match version {
        Version::Soap11 => "text/xml; charset=utf-8".to_owned(),
        Version::Soap12 if action.is_empty() => "application/soap+xml; charset=utf-8".to_owned(),
        Version::Soap12 => format!("application/soap+xml; charset=utf-8; action=\"{action}\""),
    };
    Ok(Request {
        content_type,
        action: soap_action,
        body: envelope.into_bytes(),
    })
}

/// Arguments by position, or one anonymous object with all of them by name, as the object that [`write()`] takes.
///
/// # Errors
/// [`WriteError`] where there are more than the operation takes.
pub fn bind(model: &Model, operation: &Operation, given: &[Data]) -> Result<Data, WriteError> {
    let names: Vec<Arc<str>> = model
        .members(&operation.input)
        .iter()
        .map(|field| model.element(field.element).name.local.clone())
        .collect();
    if let [only] = given
        && let only = only.plain()
        && let Some(members) = Members::of(&only)
        && by_name(model, operation, &names, &only, &members)
    {
        return Ok(only);
    }
    if given.len() > names.len() {
        return Err(WriteError {
            path: String::new(),
            message: format!(
                "{} arguments are given, and {} takes {}",
                given.len(),
                operation.name,
                names.len()
            ),
        });
    }
    let members: IndexMap<Arc<str>, Data> = names.into_iter().zip(given.iter().cloned()).collect();
    Ok(Data::Object(Arc::new(Record {
        alias: None,
        members,
    })))
}

/// Whether one object is all arguments by name: it is anonymous, all its keys are names of arguments, and it is not what
/// the first argument alone could be.
fn by_name(
    model: &Model,
    operation: &Operation,
    names: &[Arc<str>],
    only: &Data,
    members: &Members,
) -> bool {
    let typed = match only {
        Data::Object(record) => record.alias.is_some(),
        Data::Amf(value) => value.class().is_some_and(|class| !class.is_empty()),
        _ => true,
    };
    let complex = |kind: TypeId| match &model.kind(kind).kind {
        TypeKind::Complex(complex) => Some(complex),
        TypeKind::Simple(_) | TypeKind::Array { .. } | TypeKind::Map | TypeKind::Any => None,
    };
    let takes = |complex: &Complex, name: &str| {
        complex.any
            || complex
                .attributes
                .iter()
                .any(|attribute| same_name(&attribute.member, name))
            || complex
                .fields
                .iter()
                .any(|field| same_name(&model.element(field.element).name.local, name))
    };
    let whole = model
        .wrapper(&operation.input)
        .and_then(|part| complex(model.element(part.element).kind));
    let keys = || members.entries.iter().map(|entry| entry.name.as_ref());
    let named = keys().all(|key| {
        names.iter().any(|name| same_name(name, key))
            || whole.is_some_and(|whole| takes(whole, key))
    });
    if typed || !named {
        return false;
    }
    let Some(first) = model
        .members(&operation.input)
        .first()
        .map(|field| model.element(field.element).kind)
    else {
        return true;
    };
    match &model.kind(first).kind {
        TypeKind::Simple(_) | TypeKind::Array { .. } => members.entries.iter().len() > 0,
        TypeKind::Complex(first) => !keys().all(|key| takes(first, key)),
        TypeKind::Map | TypeKind::Any => false,
    }
}

impl Writer<'_> {
    fn headers(&mut self, message: &Message, given: &Data) -> Result<(), WriteError> {
        let given = given.plain();
        let Some(members) = Members::of(&given) else {
            return Ok(());
        };
        for entry in &members.entries {
            if all_null(&entry.data, 0) {
                continue;
            }
            let declared = message.headers.iter().find(|header| {
                same_name(&header.part.name, &entry.name)
                    || same_name(
                        &self.model.element(header.part.element).name.local,
                        &entry.name,
                    )
            });
            // A header that no binding names may still be an element of the schema.
            let element = declared
                .map(|header| header.part.element)
                .or_else(|| self.model.global_named(&entry.name));
            let encoding = declared.map_or(Encoding::Literal, |header| header.encoding);
            let name = entry.name.clone();
            let before = std::mem::replace(&mut self.encoding, encoding);
            let result = self.within(PathPart::Name(name), |writer| {
                match (element, &entry.data) {
                    (_, Data::Xml(xml)) => {
                        writer.check_xml(xml)?;
                        writer.out.push_str(xml);
                        Ok(())
                    }
                    (Some(element), data) => writer.element(element, data),
                    (None, _) => {
                        let names: Vec<&str> = message
                            .headers
                            .iter()
                            .map(|header| header.part.name.as_ref())
                            .collect();
                        Err(writer.fail(format!(
                            "no such header; the message has {}",
                            if names.is_empty() {
                                "none".to_owned()
                            } else {
                                names.join(", ")
                            }
                        )))
                    }
                }
            });
            self.encoding = before;
            result?;
        }
        Ok(())
    }

    fn body(&mut self, message: &Message, given: &Data) -> Result<(), WriteError> {
        let given = given.plain();
        let model = self.model;
        if let Some(part) = model.wrapper(message) {
            // Nothing given is an empty wrapper, and what it lacks is told.
            let empty = Data::Object(Arc::default());
            let given = if given.is_null() { &empty } else { &given };
            let element = model.element(part.element);
            let tag = self.tag(part.element);
            return self.value(&tag, element.kind, given, Tag::default());
        }
        if self.encoding == Encoding::Encoded {
            self.find_shared(&given);
        }
        let mut members = Members::of(&given);
        if members.is_none() && !given.is_null() {
            // The only part, given without its name.
            let only = match message.parts.as_slice() {
                [part] => Members::one(part.name.clone(), given.clone()),
                _ => {
                    return Err(self.fail(format!(
                        "{}, and an object of arguments is asked for",
                        given.describe()
                    )));
                }
            };
            members = Some(only);
        }
        let mut members = members.unwrap_or_else(Members::none);
        let wrapper = message.wrapper.as_ref().map(|name| self.qualified(name));
        if let Some(tag) = &wrapper {
            let mut attributes = Tag::default();
            if self.encoding == Encoding::Encoded {
                attributes.add("soapenv:encodingStyle", self.version.encoding());
            }
            self.open(tag, &attributes);
        }
        for part in &message.parts {
            self.part(part, &mut members)?;
        }
        if let Some(tag) = &wrapper {
            self.close(tag);
        }
        if let Some(entry) = members
            .entries
            .iter()
            .find(|entry| entry.used == 0 && !entry.data.is_null() && !entry.name.starts_with('$'))
        {
            let names: Vec<&str> = message
                .parts
                .iter()
                .map(|part| model.element(part.element).name.local.as_ref())
                .collect();
            let message = format!("no such argument; there is {}", names.join(", "));
            return self.within(PathPart::Name(entry.name.clone()), |writer| {
                Err(writer.fail(message))
            });
        }
        self.independent()
    }

    fn part(&mut self, part: &Part, members: &mut Members) -> Result<(), WriteError> {
        let element = self.model.element(part.element);
        let found = members
            .find(&part.name)
            .or_else(|| members.find(&element.name.local));
        let data = match found.and_then(|at| members.entries.get_mut(at)) {
            Some(entry) => {
                entry.used = 1;
                Some(entry.data.clone())
            }
            None => None,
        };
        let name = element.name.local.clone();
        self.within(PathPart::Name(name), |writer| match data {
            Some(data) if !data.is_null() => writer.element(part.element, &data),
            Some(_) | None if element.nillable => {
                let tag = writer.qualified(&element.name);
                writer.nil(&tag);
                Ok(())
            }
            Some(_) | None => Err(writer.fail("required, and not given")),
        })
    }
}

fn all_null(data: &Data, depth: usize) -> bool {
    if depth > 32 {
        return false;
    }
    if data.is_null() || *data == Data::Omit {
        return true;
    }
    match Members::of(data) {
        Some(members) => {
            !members.entries.is_empty()
                && members
                    .entries
                    .iter()
                    .all(|entry| all_null(&entry.data, depth + 1))
        }
        None => false,
    }
}
