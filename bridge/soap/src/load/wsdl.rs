//! Services and ports of WSDL 1.1, and where all other definitions of the set of documents stand.

use std::collections::HashMap;
use std::sync::Arc;

use super::binding::{At, Binding, Definitions, Reading, documentation, name, soap_version};
use super::schema::Compiler;
use crate::model::{Port, Service};
use crate::xml::Name;
use crate::xml::namespace::WSDL;

pub(super) fn services(compiler: &mut Compiler<'_>) -> Vec<Service> {
    let definitions = definitions(compiler);
    let mut bindings: HashMap<Name, Option<Binding>> = HashMap::new();
    let mut services = Vec::new();
    for at in &definitions.services {
        let tree = &compiler.trees[at.document];
        let mut ports = Vec::new();
        for port in tree
            .children(at.node)
            .filter(|child| tree.is(*child, WSDL, "port"))
        {
            let Some(written) = tree.attribute(port, "binding") else {
                continue;
            };
            let name = name(tree, port, written);
            let binding = match bindings.get(&name) {
                Some(known) => known.clone(),
                None => {
                    let found = Reading {
                        compiler,
                        definitions: &definitions,
                    }
                    .binding(&name, *at);
                    bindings.insert(name, found.clone());
                    found
                }
            };
            let Some((version, operations)) = binding else {
                continue;
            };
            let address = tree
                .children(port)
                .find(|child| {
                    tree.local(*child) == "address"
                        && soap_version(tree.namespace(*child)).is_some()
                })
                .and_then(|address| tree.attribute(address, "location"))
                .map(str::trim)
                .filter(|location| !location.is_empty())
                .map(Arc::from);
            ports.push(Port {
                name: tree.attribute(port, "name").unwrap_or_default().into(),
                version,
                address,
                operations,
            });
        }
        services.push(Service {
            name: tree.attribute(at.node, "name").unwrap_or_default().into(),
            documentation: documentation(tree, at.node),
            ports,
        });
    }
    if definitions.services.is_empty() {
        // A binding without a service is called at the address that the mapping gives.
        let mut names: Vec<(Name, At)> = definitions
            .bindings
            .iter()
            .map(|(name, at)| (name.clone(), *at))
            .collect();
        names.sort_by(|left, right| left.0.cmp(&right.0));
        let mut ports = Vec::new();
        for (name, at) in names {
            if let Some((version, operations)) = (Reading {
                compiler,
                definitions: &definitions,
            })
            .binding(&name, at)
            {
                ports.push(Port {
                    name: name.local,
                    version,
                    address: None,
                    operations,
                });
            }
        }
        if !ports.is_empty() {
            services.push(Service {
                name: "".into(),
                documentation: None,
                ports,
            });
        }
    }
    services
}

fn definitions(compiler: &Compiler<'_>) -> Definitions {
    let mut found = Definitions::default();
    for (document, tree) in compiler.trees.iter().enumerate() {
        if !tree.is(0, WSDL, "definitions") {
            continue;
        }
        let target: Arc<str> = tree
            .attribute(0, "targetNamespace")
            .unwrap_or("")
            .trim()
            .into();
        for node in tree.children(0) {
            if tree.namespace(node) != WSDL {
                continue;
            }
            let at = At { document, node };
            let map = match tree.local(node) {
                "message" => &mut found.messages,
                "portType" => &mut found.port_types,
                "binding" => &mut found.bindings,
                "service" => {
                    found.services.push(at);
                    continue;
                }
                _ => continue,
            };
            let local = tree.attribute(node, "name").unwrap_or_default().trim();
            map.entry(Name::new(target.clone(), local)).or_insert(at);
        }
    }
    found
}
