//! Proxies: requests that clients make themselves.

use std::sync::Arc;

use super::{Backend, Kind, Operation, Plan, Roles, TypeScope};
use crate::reach::Reach;

/// What a proxy does with a request.
#[derive(Debug)]
pub struct ProxyStep {
    /// Whom it asks where a request says nothing else, and how requests travel: the backend of the file under the
    /// proxy's own name; one without an address where the file names none.
    pub backend: Arc<Backend>,
    /// The name of the backend whose document this is about, for a WSDL.
    pub described: Option<Arc<str>>,
    /// What else may be asked for.
    pub reach: Arc<Reach>,
    /// Methods, upper case.
    pub methods: Vec<Arc<str>>,
    /// Headers of the client that go on, lower case.
    pub pass_headers: Vec<Arc<str>>,
    /// Of a WSDL: the operations whose envelopes pass, and who may send them.
    pub published: Option<Vec<(Arc<str>, Roles)>>,
    /// The types of a proxy: none.
    pub scope: Arc<TypeScope>,
}

impl ProxyStep {
    /// The arguments of the operation that a proxy is, in the order of positions: what a message says.
    pub const ARGUMENTS: [&'static str; 7] = [
        "url",
        "method",
        "contentType",
        "httpHeaders",
        "body",
        "recordHeaders",
        "envelope",
    ];
}

impl Operation {
    /// What it does as a proxy, where it is one.
    pub fn proxy(&self) -> Option<&ProxyStep> {
        let Plan::Step(step) = &self.plan else {
            return None;
        };
        match &step.kind {
            Kind::Proxy(proxy) => Some(proxy),
            Kind::Value(_)
            | Kind::ValueFile(_)
            | Kind::Fault(_)
            | Kind::Sql(_)
            | Kind::Procedure(_)
            | Kind::Soap(_)
            | Kind::Rest(_)
            | Kind::Operation { .. }
            | Kind::Steps(_)
            | Kind::Transaction { .. } => None,
        }
    }
}
