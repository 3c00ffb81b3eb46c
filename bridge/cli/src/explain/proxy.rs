//! What a proxy lets pass.

use std::fmt::Write;
use std::sync::Arc;

use footbridge_mapping::model::{Mapping, Operation, ProxyStep, Roles};
use footbridge_traffic::{Clients, Target};

use crate::Outcome;
use crate::printable;

/// Each proxy of a mapping once, with the destinations that name it, its own name first.
pub(crate) fn proxies(mapping: &Mapping) -> Vec<(&Arc<Operation>, Vec<&str>)> {
    let mut found: Vec<(&Arc<Operation>, Vec<&str>)> = Vec::new();
    for (name, operation) in &mapping.proxies {
        match found
            .iter_mut()
            .find(|(one, _)| Arc::ptr_eq(one, operation))
        {
            Some((_, names)) => names.push(name),
            None => found.push((operation, vec![name])),
        }
    }
    for (operation, names) in &mut found {
        // The operation that a proxy is: `newsFeed.request`.
        let own = operation.name.strip_suffix(".request").unwrap_or_default();
        names.sort_by_key(|name| (*name != own, *name));
    }
    found.sort_by(|(_, one), (_, other)| one.cmp(other));
    found
}

/// What a proxy sends where; and of each URL whether it would be sent, which is bad news where it is not.
pub(super) fn explain(
    operation: &Operation,
    mapping: &Mapping,
    clients: &Clients,
    urls: &[String],
) -> (String, Outcome) {
    let mut out = String::new();
    let mut outcome = Outcome::Good;
    let Some(proxy) = operation.proxy() else {
        return (out, outcome);
    };
    // Writing to a text never fails.
    let _ = tell(&mut out, operation, mapping, clients, proxy);
    for url in urls {
        let url: String = serde_json::from_str(url).unwrap_or_else(|_| url.clone());
        let asked = clients
            .get(&proxy.backend.name)
            .map(|client| client.url(&Target::Url(url.clone())));
        let told = match asked {
            Some(Ok(found)) => format!("goes to {found}"),
            Some(Err(refusal)) => {
                outcome = Outcome::Bad;
                format!("is refused: {refusal}")
            }
            None => {
                outcome = Outcome::Bad;
                "is refused: nothing is sent".to_owned()
            }
        };
        let _ = writeln!(out, "\n{}\n  {told}", printable::line(&url));
    }
    (out, outcome)
}

fn tell(
    out: &mut String,
    operation: &Operation,
    mapping: &Mapping,
    clients: &Clients,
    proxy: &ProxyStep,
) -> std::fmt::Result {
    let names = proxies(mapping)
        .into_iter()
        .find(|(one, _)| one.name == operation.name)
        .map(|(_, names)| names.join(", "))
        .unwrap_or_default();
    writeln!(out, "\nproxy of the destination {names}")?;
    writeln!(out, "  methods  {}", proxy.methods.join(", "))?;
    let passed = match proxy.pass_headers.as_slice() {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    writeln!(out, "  headers that go on  {passed}")?;
    let own = clients
        .get(&proxy.backend.name)
        .and_then(|client| client.url(&Target::Address).ok());
    if let Some(own) = own {
        writeln!(out, "  without an URL  {own}")?;
    }
    for (at, pattern) in proxy.reach.patterns.iter().enumerate() {
        let key = if at == 0 {
            "  may go to  "
        } else {
            "             "
        };
        writeln!(out, "{key}{pattern}")?;
    }
    if !proxy.reach.networks.is_empty() {
        let networks: Vec<_> = proxy
            .reach
            .networks
            .iter()
            .map(ToString::to_string)
            .collect();
        writeln!(out, "  also within  {}", networks.join(", "))?;
    }
    for (name, roles) in proxy.published.iter().flatten() {
        let who = match roles {
            Roles::Public => "anybody".to_owned(),
            Roles::Users => "whoever has logged in".to_owned(),
            Roles::Internal => "nobody".to_owned(),
            Roles::Named(names) => names.join(", "),
        };
        writeln!(out, "  envelopes of {name}  for {who}")?;
    }
    Ok(())
}
