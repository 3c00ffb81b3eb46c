//! Short ways to say scopes, values and what is sent.

use std::fmt::Write as _;
use std::sync::Arc;

use footbridge_amf::{GraphBuilder, canonical};
use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::model::{Rest, TypeBody, TypeScope};
use footbridge_mapping::slot::{self, Slot};
use footbridge_remoting::{Encoding, ListShape, Style};
use footbridge_rest::request::{Request, Settings, WireNames};
use jiff::tz::TimeZone;

/// A scope of the package `samples` with types of `name: slot` pairs.
pub(crate) fn scope(types: &[(&str, &[(&str, &str)])]) -> Arc<TypeScope> {
    let mut scope = TypeScope {
        package: Some("samples".into()),
        ..TypeScope::default()
    };
    for (name, fields) in types {
        let mut body = TypeBody::default();
        for (field, text) in *fields {
            if *field == "*" {
                body.rest = match *text {
                    "hide" => Rest::Closed,
                    text => Rest::Open(slot(text)),
                };
                continue;
            }
            body.fields.insert((*field).into(), slot(text));
        }
        scope.types.insert((*name).into(), Arc::new(body));
    }
    Arc::new(scope)
}

pub(crate) fn slot(text: &str) -> Slot {
    slot::parse(text).unwrap_or_else(|error| panic!("`{text}`: {error:?}"))
}

pub(crate) fn object(members: &[(&str, Data)]) -> Data {
    Data::Object(Arc::new(Record {
        alias: None,
        members: members
            .iter()
            .map(|(name, data)| (Arc::from(*name), data.clone()))
            .collect(),
    }))
}

pub(crate) fn list(items: &[Data]) -> Data {
    Data::List(items.into())
}

static UTC: TimeZone = TimeZone::UTC;

pub(crate) fn settings(names: &WireNames) -> Settings<'_> {
    Settings { zone: &UTC, names }
}

/// As people write requests down.
pub(crate) fn written(request: &Request) -> String {
    let mut text = format!("{} {}\n", request.method.as_str(), request.target);
    for (name, value) in &request.headers {
        let _ = writeln!(text, "{name}: {value}");
    }
    if let Some(body) = &request.body {
        let _ = write!(
            text,
            "\n{}",
            String::from_utf8_lossy(body).replace("\r\n", "\n")
        );
        text.push('\n');
    }
    text
}

pub(crate) fn flex() -> Style {
    Style {
        encoding: Encoding::Amf3,
        rows: ListShape::ArrayCollection,
        lists: ListShape::ArrayCollection,
        externals: true,
    }
}

pub(crate) fn classic() -> Style {
    Style {
        encoding: Encoding::Amf0,
        rows: ListShape::RecordSet,
        lists: ListShape::Array,
        externals: false,
    }
}

/// What is written to a sink, in canonical JSON on one line.
pub(crate) fn shown<E: std::fmt::Display>(
    write: impl FnOnce(&mut GraphBuilder) -> Result<(), E>,
) -> Result<String, String> {
    let mut builder = GraphBuilder::new();
    write(&mut builder).map_err(|error| error.to_string())?;
    let (graph, value) = builder.finish().map_err(|error| error.to_string())?;
    canonical::to_json(&graph, &value, canonical::Encoding::Amf3)
        .map(|json| json.to_string())
        .map_err(|error| error.to_string())
}
