//! `footbridge describe`: what a document has, with filled examples of arguments.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use footbridge_gateway::documents::{SoapEngine, Store};
use footbridge_mapping::data::Data;
use footbridge_soap::describe::{self, DescribedMember, DescribedOperation, DescribedType};
use footbridge_soap::model::Port;
use serde_json::{Map, Value, json};

use crate::layout::{WIDTH, layout};
use crate::{Outcome, openapi, project, wsdl};

/// Describe a WSDL or an OpenAPI document: its operations, types, and filled examples of arguments.
///
/// With --refresh the documents of the project that came from the network are fetched anew, and the mappings checked
/// against them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  footbridge describe wsdl/rates.wsdl
  footbridge describe schemas/orders.yaml --operation getOrder
  footbridge describe https://partner.example/rates?wsdl --json
  footbridge describe --refresh")]
pub(crate) struct Arguments {
    /// A file or an URL.
    #[arg(value_name = "FILE|URL", required_unless_present = "refresh")]
    document: Option<String>,
    /// One operation alone.
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// Fetch the documents of the project anew.
    #[arg(long, conflicts_with = "document")]
    refresh: bool,
    /// The project folder, with --refresh.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let Some(document) = &self.document else {
            return self.refreshed();
        };
        if openapi::is_openapi(document) {
            return self.openapi(document);
        }
        let engine = wsdl::read(document, None)?;
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{:#}", self.json(&engine))?;
        } else {
            write!(out, "{}", self.text(&engine))?;
        }
        Ok(Outcome::Good)
    }

    fn openapi(&self, document: &str) -> anyhow::Result<Outcome> {
        let engine = openapi::read(document)?;
        let wanted = self.operation.as_deref();
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{:#}", openapi::json(&engine, wanted))?;
        } else {
            write!(out, "{}", openapi::text(&engine, wanted))?;
        }
        Ok(Outcome::Good)
    }

    /// Fetches what came from the network, and says what there is now.
    fn refreshed(&self) -> anyhow::Result<Outcome> {
        let loaded = project::load_with(&self.dir, None, true)?;
        loaded.print_diagnostics();
        let mut out = std::io::stdout().lock();
        for kept in Store::new(&self.dir).kept() {
            writeln!(out, "{}  {}", &kept.sha256, kept.url)?;
        }
        Ok(if loaded.mapping.is_some() {
            Outcome::Good
        } else {
            Outcome::Bad
        })
    }

    fn operations(&self, engine: &SoapEngine, port: &Port) -> Vec<DescribedOperation> {
        let wanted = self.operation.as_deref();
        describe::operations(engine.model(), port)
            .into_iter()
            .filter(|operation| wanted.is_none_or(|name| *operation.name == *name))
            .collect()
    }

    fn text(&self, engine: &SoapEngine) -> String {
        let mut out = String::new();
        for service in &engine.model().services {
            let _ = writeln!(out, "service {}", service.name);
            if let Some(said) = &service.documentation {
                let _ = writeln!(out, "  {}", one_line(said));
            }
            for port in &service.ports {
                let address = port.address.as_deref().unwrap_or("no address");
                let _ = writeln!(
                    out,
                    "  port {}   SOAP {}   {address}",
                    port.name,
                    port.version.number()
                );
                for operation in self.operations(engine, port) {
                    operation_text(&mut out, &operation);
                }
            }
        }
        let types = own_types(engine);
        if !types.is_empty() && self.operation.is_none() {
            out.push_str("\ntypes\n");
            for kind in types {
                let base = kind
                    .base
                    .map_or_else(String::new, |base| format!(", extends {base}"));
                let alone = if kind.is_abstract { ", abstract" } else { "" };
                let _ = writeln!(
                    out,
                    "  {}{base}{alone}   {{{}}}",
                    kind.name,
                    members(&kind.fields)
                );
            }
        }
        out
    }

    fn json(&self, engine: &SoapEngine) -> Value {
        let services: Vec<Value> = engine
            .model()
            .services
            .iter()
            .map(|service| {
                let ports: Vec<Value> = service
                    .ports
                    .iter()
                    .map(|port| {
                        let operations: Vec<Value> = self
                            .operations(engine, port)
                            .iter()
                            .map(operation_json)
                            .collect();
                        json!({
                            "name": &*port.name,
                            "soap": port.version.number(),
                            "address": port.address.as_deref(),
                            "operations": operations,
                        })
                    })
                    .collect();
                json!({ "name": &*service.name, "documentation": service.documentation.as_deref(), "ports": ports })
            })
            .collect();
        let types: Vec<Value> = own_types(engine)
            .iter()
            .map(|kind| {
                json!({
                    "name": &*kind.name,
                    "namespace": &*kind.namespace,
                    "extends": kind.base.as_deref(),
                    "abstract": kind.is_abstract,
                    "fields": members_json(&kind.fields),
                })
            })
            .collect();
        json!({ "services": services, "types": types })
    }
}

/// The types of the service; those of standard schemas everybody knows.
fn own_types(engine: &SoapEngine) -> Vec<DescribedType> {
    describe::types(engine.model())
        .into_iter()
        .filter(|kind| {
            !kind.namespace.starts_with("http://www.w3.org/")
                && !kind.namespace.starts_with("http://schemas.xmlsoap.org/")
        })
        .collect()
}

fn operation_text(out: &mut String, operation: &DescribedOperation) {
    let _ = writeln!(
        out,
        "\n    {}({}): {}   {}",
        operation.name,
        members(&operation.arguments),
        operation.returns,
        operation.style
    );
    if let Some(said) = &operation.documentation {
        let _ = writeln!(out, "      {}", one_line(said));
    }
    if !operation.headers.is_empty() {
        let _ = writeln!(out, "      soap-headers {}", members(&operation.headers));
    }
    if !operation.faults.is_empty() {
        let names: Vec<&str> = operation
            .faults
            .iter()
            .map(|(_, element)| &**element)
            .collect();
        let _ = writeln!(out, "      faults {}", names.join(", "));
    }
    let example = layout(&value(&operation.example), WIDTH.saturating_sub(8));
    let mut lines = example.lines();
    let _ = writeln!(out, "      example {}", lines.next().unwrap_or_default());
    for line in lines {
        let _ = writeln!(out, "        {line}");
    }
}

fn operation_json(operation: &DescribedOperation) -> Value {
    let faults: Vec<Value> = operation
        .faults
        .iter()
        .map(|(name, element)| json!({ "name": &**name, "element": &**element }))
        .collect();
    json!({
        "name": &*operation.name,
        "documentation": operation.documentation.as_deref(),
        "style": operation.style,
        "action": &*operation.action,
        "arguments": members_json(&operation.arguments),
        "returns": operation.returns,
        "soap-headers": members_json(&operation.headers),
        "faults": faults,
        "example": value(&operation.example),
    })
}

fn members(members: &[DescribedMember]) -> String {
    members
        .iter()
        .map(|member| format!("{}: {}", member.name, member.kind))
        .collect::<Vec<_>>()
        .join(", ")
}

fn members_json(members: &[DescribedMember]) -> Value {
    let members: Map<String, Value> = members
        .iter()
        .map(|member| (member.name.to_string(), member.kind.as_str().into()))
        .collect();
    Value::Object(members)
}

/// An example as canonical JSON: dates, decimals and bytes as the texts that arguments may be given as.
pub(crate) fn value(data: &Data) -> Value {
    match data {
        Data::Null | Data::Omit => Value::Null,
        Data::Bool(truth) => (*truth).into(),
        Data::Int(number) => (*number).into(),
        Data::Number(number) => (*number).into(),
        Data::List(items) => items.iter().map(value).collect(),
        Data::Object(record) => {
            let mut members: Map<String, Value> = Map::new();
            for (name, member) in &record.members {
                // A member `$type` chooses a type of the schema; in canonical JSON `$` stands before names of its own.
                let escape = if name.starts_with('$') { "$" } else { "" };
                members.insert(format!("{escape}{name}"), value(member));
            }
            Value::Object(members)
        }
        other => footbridge_mapping::data::convert::to_text(other)
            .map_or(Value::Null, |text| Value::from(&*text)),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
