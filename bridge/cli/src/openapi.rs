//! An OpenAPI document without a mapping around it: a file or an URL, what it describes, and the mapping that a user
//! would write first.

use std::fmt::Write as _;

use anyhow::anyhow;
use footbridge_gateway::documents::RestEngine;
use footbridge_mapping::description::{DescribedOperation, Description};
use footbridge_rest::describe::example_arguments;
use footbridge_rest::model::Operation;
use serde_json::{Map, Value, json};

use crate::describe::value;
use crate::layout::{WIDTH, layout};
use crate::project::{self, Loaded};
use crate::wsdl;

/// The name of the service and the backend of a mapping that is made on the spot.
pub(crate) const NAME: &str = "openapi";

/// Whether what stands at a place is an OpenAPI document rather than a WSDL, by its ending, else by its beginning.
pub(crate) fn is_openapi(source: &str) -> bool {
    let path = source.split(['?', '#']).next().unwrap_or(source);
    let ending = path
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    match ending.as_str() {
        "json" | "yaml" | "yml" => true,
        "wsdl" | "xml" => false,
        _ => wsdl::bytes(source).is_ok_and(|bytes| bytes.trim_ascii_start().first() != Some(&b'<')),
    }
}

/// Reads a document; what of it could not be understood goes to standard error.
pub(crate) fn read(source: &str) -> anyhow::Result<RestEngine> {
    let (store, document) = wsdl::place(source)?;
    let (engine, described) =
        RestEngine::load(&document, &store).map_err(|error| anyhow!("{error}"))?;
    for warning in &described.warnings {
        eprintln!("warning: {warning}");
    }
    for scheme in &engine.model().schemes {
        eprintln!("warning: {scheme}");
    }
    Ok(engine)
}

/// The mapping that opens every operation of a document, compiled; types are anonymous there.
pub(crate) fn published(source: &str) -> anyhow::Result<Loaded> {
    let (store, document) = wsdl::place(source)?;
    let text = Value::from(&*document).to_string();
    // A document that says no address is answered by its own examples.
    let url = match RestEngine::load(&document, &store) {
        Ok((engine, _)) if engine.address().is_none() => ", url: \"mock:\"",
        Ok(_) | Err(_) => "",
    };
    Ok(project::published(
        NAME,
        &format!("{{openapi: {text}{url}}}"),
        store,
    ))
}

/// The operations that are wanted, as the document has them and in the words of the language.
fn operations<'e>(
    engine: &'e RestEngine,
    wanted: Option<&str>,
) -> Vec<(&'e Operation, DescribedOperation)> {
    let operations = engine.model().operations.iter();
    operations
        .filter(|operation| wanted.is_none_or(|name| *operation.name == *name))
        .filter_map(|operation| {
            let described = engine.document().operation(&operation.name).pop()?;
            Some((operation, described))
        })
        .collect()
}

/// What a document has, for people.
pub(crate) fn text(engine: &RestEngine, wanted: Option<&str>) -> String {
    let model = engine.model();
    let head = format!("{}   {}", model.title, model.servers.join(" "));
    let mut out = format!("{}\n", head.trim_end());
    for (operation, described) in operations(engine, wanted) {
        let arguments: Vec<String> = described
            .arguments
            .iter()
            .map(|argument| format!("{}: {}", argument.name, argument.slot))
            .collect();
        let template = &operation.template;
        let _ = writeln!(
            out,
            "\n  {}({}): {}   {} {}",
            operation.name,
            arguments.join(", "),
            described.returns,
            template.method.as_str(),
            template.path()
        );
        if let Some(said) = &operation.documentation {
            let words: Vec<&str> = said.split_whitespace().collect();
            let _ = writeln!(out, "    {}", words.join(" "));
        }
        if !described.faults.is_empty() {
            let _ = writeln!(out, "    faults {}", described.faults.join(", "));
        }
        let example = layout(&examples(engine, operation), WIDTH.saturating_sub(6));
        let mut lines = example.lines();
        let _ = writeln!(out, "    example {}", lines.next().unwrap_or_default());
        for line in lines {
            let _ = writeln!(out, "      {line}");
        }
    }
    if wanted.is_none() {
        out.push_str("\ntypes\n");
        for name in engine.document().kinds() {
            // Those without a name stand where they are used.
            let Some(kind) = engine
                .document()
                .kind(&name)
                .filter(|_| !name.contains('/'))
            else {
                continue;
            };
            let fields: Vec<String> = kind
                .fields
                .iter()
                .map(|(field, kind)| format!("{field}: {kind}"))
                .collect();
            let _ = writeln!(out, "  {name}   {{{}}}", fields.join(", "));
        }
    }
    out
}

/// The same as JSON.
pub(crate) fn json(engine: &RestEngine, wanted: Option<&str>) -> Value {
    let model = engine.model();
    let operations: Vec<Value> = operations(engine, wanted)
        .iter()
        .map(|(operation, described)| {
            let arguments: Map<String, Value> = described
                .arguments
                .iter()
                .map(|argument| (argument.name.to_string(), argument.slot.to_string().into()))
                .collect();
            json!({
                "name": &*operation.name,
                "documentation": operation.documentation.as_deref(),
                "method": operation.template.method.as_str(),
                "path": operation.template.path(),
                "arguments": arguments,
                "returns": described.returns.to_string(),
                "faults": described.faults.iter().map(|name| &**name).collect::<Vec<_>>(),
                "example": examples(engine, operation),
            })
        })
        .collect();
    let types: Map<String, Value> = engine
        .document()
        .kinds()
        .iter()
        .filter_map(|name| Some((name.to_string(), engine.document().kind(name)?)))
        .map(|(name, kind)| {
            let fields: Map<String, Value> = kind
                .fields
                .iter()
                .map(|(field, kind)| (field.to_string(), kind.to_string().into()))
                .collect();
            (name, Value::Object(fields))
        })
        .collect();
    let servers: Vec<&str> = model.servers.iter().map(|server| &**server).collect();
    json!({ "title": &*model.title, "servers": servers, "operations": operations, "types": types })
}

fn examples(engine: &RestEngine, operation: &Operation) -> Value {
    let members: Map<String, Value> = example_arguments(engine.model(), operation)
        .iter()
        .map(|(name, data)| (name.to_string(), value(data)))
        .collect();
    Value::Object(members)
}
