//! Which operation a call means.

use std::sync::Arc;

use footbridge_mapping::model::{Mapping, Operation, Roles, Service};
use footbridge_remoting::{Fault, fault};

/// The operation of a classic call. The service ends at the last dot; where that finds nothing, at earlier ones, since
/// names of operations may have dots.
///
/// # Errors
/// `Server.ResourceNotFound`.
pub(crate) fn classic(
    mapping: &Mapping,
    service: &str,
    operation: &str,
) -> Result<Arc<Operation>, Fault> {
    if let Some(found) = named(mapping, service).and_then(|service| callable(service, operation)) {
        return Ok(found);
    }
    for (dot, _) in service.rmatch_indices('.') {
        let rest = format!("{}.{operation}", &service[dot + 1..]);
        if let Some(found) =
            named(mapping, &service[..dot]).and_then(|service| callable(service, &rest))
        {
            return Ok(found);
        }
    }
    match named(mapping, service) {
        Some(service) => Err(no_operation(service, operation)),
        None => Err(Fault::new(
            fault::RESOURCE_NOT_FOUND,
            format!("no service is named `{service}`"),
        )),
    }
}

/// The operation of a `RemotingMessage`: of the service that its `source` names, if that one has the destination as a name or in
/// `destinations`; else of the service that the destination names. A `source` that only repeats the operation (Royale) says
/// nothing.
///
/// # Errors
/// `Server.ResourceNotFound`.
pub(crate) fn remoting(
    mapping: &Mapping,
    destination: &str,
    source: Option<&str>,
    operation: &str,
) -> Result<Arc<Operation>, Fault> {
    let sourced = source
        .filter(|source| *source != operation)
        .and_then(|source| {
            let index = *mapping.by_name.get(source)?;
            let own = mapping.by_name.get(destination) == Some(&index);
            let listed = mapping
                .by_destination
                .get(destination)
                .is_some_and(|services| services.contains(&index));
            if own || listed {
                mapping.services.get(index)
            } else {
                None
            }
        });
    let Some(service) = sourced.or_else(|| named(mapping, destination)) else {
        let text = match (mapping.by_destination.contains_key(destination), source) {
            (true, Some(source)) => {
                format!("destination `{destination}` has no service named `{source}`")
            }
            (true, None) => {
                format!("destination `{destination}` needs the service's name in `source`")
            }
            (false, _) => format!("no destination is named `{destination}`"),
        };
        return Err(Fault::new(fault::RESOURCE_NOT_FOUND, text));
    };
    callable(service, operation).ok_or_else(|| no_operation(service, operation))
}

/// What a proxy does with the request of a client.
///
/// # Errors
/// `Server.ResourceNotFound`.
pub(crate) fn proxy(mapping: &Mapping, destination: &str) -> Result<Arc<Operation>, Fault> {
    mapping.proxies.get(destination).cloned().ok_or_else(|| {
        let text = format!("no proxy is named `{destination}`");
        Fault::new(fault::RESOURCE_NOT_FOUND, text)
    })
}

fn named<'m>(mapping: &'m Mapping, service: &str) -> Option<&'m Arc<Service>> {
    mapping.services.get(*mapping.by_name.get(service)?)
}

/// Internal operations do not exist for clients.
fn callable(service: &Service, operation: &str) -> Option<Arc<Operation>> {
    service
        .operations
        .get(operation)
        .filter(|found| found.roles != Roles::Internal)
        .map(Arc::clone)
}

fn no_operation(service: &Service, operation: &str) -> Fault {
    Fault::new(
        fault::RESOURCE_NOT_FOUND,
        format!("service `{}` has no operation `{operation}`", service.name),
    )
}
