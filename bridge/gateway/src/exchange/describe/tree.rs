//! What the browser of AMFPHP 1.9 asks: a tree of packages and services, and the table of one service's methods.
//!
//! A leaf of the tree is `{label, data}`: the service's last name, and the path to it, `"shop/"`. The browser gives a leaf back to ask for
//! its table, and calls `shop.` and the label; so path and label together are the service's name.

use std::collections::BTreeMap;
use std::sync::Arc;

use footbridge_amf::{Class, Graph, Sink, Value, WriteError};
use footbridge_mapping::model::{Mapping, Service};

use super::{functions, returns, text};
use crate::run::Identity;

/// The services of which a caller may call something: packages by name, then what stands in none.
pub(super) fn services(
    mapping: &Mapping,
    identity: &Identity,
    sink: &mut dyn Sink,
) -> Result<(), WriteError> {
    let mut alone = Vec::new();
    let mut packages = BTreeMap::<&str, Vec<&str>>::new();
    for service in &mapping.services {
        if functions(service, identity).is_empty() {
            continue;
        }
        match service.name.rsplit_once('.') {
            Some((package, label)) => packages.entry(package).or_default().push(label),
            None => alone.push(&*service.name),
        }
    }
    let class = Arc::new(Class::anonymous());
    sink.begin_array()?;
    for (package, labels) in packages {
        let path = format!("{}/", package.replace('.', "/"));
        sink.begin_object(&class)?;
        text(sink, "label", package)?;
        sink.member("children")?;
        sink.begin_array()?;
        for label in labels {
            leaf(sink, &class, label, &path)?;
        }
        sink.end()?;
        sink.member("open")?;
        sink.bool(true)?;
        sink.end()?;
    }
    for label in alone {
        leaf(sink, &class, label, "")?;
    }
    sink.end()
}

fn leaf(
    sink: &mut dyn Sink,
    class: &Arc<Class>,
    label: &str,
    path: &str,
) -> Result<(), WriteError> {
    sink.begin_object(class)?;
    text(sink, "label", label)?;
    text(sink, "data", path)?;
    sink.end()
}

/// The name of the service whose leaf, or whose name, is the first argument.
pub(super) fn named(graph: &Graph<'_>, arguments: &[Value<'_>]) -> Option<String> {
    let asked = arguments.first()?;
    if let Value::String(name) = asked {
        return Some(name.to_string());
    }
    let Some(Value::String(label)) = graph.member(asked, "label") else {
        return None;
    };
    let path = match graph.member(asked, "data") {
        // A server on Windows would have said it so.
        Some(Value::String(path)) => path.replace(['/', '\\'], "."),
        _ => String::new(),
    };
    Some(format!("{path}{label}"))
}

/// A list of the table of methods by name, and of the service's comment. Of an overloaded function the first form counts.
pub(super) fn table(
    service: &Service,
    identity: &Identity,
    sink: &mut dyn Sink,
) -> Result<(), WriteError> {
    let class = Arc::new(Class::anonymous());
    let mut functions = functions(service, identity);
    functions.dedup_by_key(|(name, _)| *name);
    sink.begin_array()?;
    sink.begin_object(&class)?;
    for (name, operation) in functions {
        sink.member(name)?;
        sink.begin_object(&class)?;
        text(sink, "description", "")?;
        sink.member("arguments")?;
        sink.begin_array()?;
        for argument in &operation.arguments {
            sink.string(&format!("{} - {}", argument.name, argument.slot.kind))?;
        }
        sink.end()?;
        text(sink, "access", "remote")?;
        text(sink, "returns", &returns(operation))?;
        sink.end()?;
    }
    sink.end()?;
    sink.string("")?;
    sink.end()
}
