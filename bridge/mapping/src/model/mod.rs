//! The compiled mapping: one immutable value, all that the run time sees.
//!
//! [`Mapping`] ▸ [`Service`] ▸ [`Operation`] ▸ [`Step`], each in its module beside what only it has.

mod backend;
mod edge;
mod faults;
mod hidden;
mod http;
mod login;
mod proxy;
mod rules;
mod scope;
mod secret;
mod sessions;
mod sql;
mod sql_page;
mod step;

pub use backend::*;
pub use edge::*;
pub use faults::*;
pub use http::*;
pub use login::*;
pub use proxy::*;
pub use rules::*;
pub use scope::*;
pub use secret::Secret;
pub use sessions::{Carrier, Sessions};
pub use sql::*;
pub use sql_page::*;
pub use step::*;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use crate::diagnostic::Place;
use crate::slot::Slot;

/// Everything the files of one project folder mean.
#[derive(Debug)]
pub struct Mapping {
    /// `gateway.yaml`.
    pub gateway: Gateway,
    /// The services, in the order of files and lines.
    pub services: Vec<Arc<Service>>,
    /// Services by their name and each `also`.
    pub by_name: HashMap<Arc<str>, usize>,
    /// Services by each Flex destination that lists them, beside their own names.
    pub by_destination: HashMap<Arc<str>, Vec<usize>>,
    /// Proxies by each of their names; each is an operation that no call names.
    pub proxies: HashMap<Arc<str>, Arc<Operation>>,
}

/// What `gateway.yaml` says.
#[derive(Debug)]
pub struct Gateway {
    /// The name in logs and metrics.
    pub name: Arc<str>,
    /// Where it listens.
    pub listen: Vec<Listener>,
    /// Health and metrics, files, the proxy before it.
    pub edge: Edge,
    /// Gateway paths, exact, with the built-in ones unless they are switched off.
    pub paths: Vec<GatewayPath>,
    /// Origins of CORS and crossdomain.xml; `*` in a host label is a wildcard.
    pub origins: Vec<Arc<str>>,
    /// The backends, by name.
    pub backends: IndexMap<Arc<str>, Arc<Backend>>,
    /// Budgets.
    pub limits: GatewayLimits,
    /// How long sessions live, what carries them, and where they are kept.
    pub sessions: Sessions,
    /// Who is known by name and password, in the order in which they are asked.
    pub login: Vec<Login>,
    /// `keys`: the first seals, all open.
    pub keys: Vec<Secret>,
    /// `debug`: who may ask what became of their calls; nobody without it.
    pub debug: Option<Callers>,
    /// `describe`: who may ask what there is to call; nobody without it.
    pub describe: Option<Callers>,
    /// `serve --dev` prints a mapping for unknown calls.
    pub stubs: bool,
}

/// `limits` of `gateway.yaml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GatewayLimits {
    /// Bytes of a request; 2 MiB.
    pub request: usize,
    /// Bytes of the replies to one packet; 10 MiB.
    pub reply: usize,
    /// Levels of nesting; 64.
    pub depth: usize,
    /// Values of a packet; 200,000.
    pub values: usize,
    /// Calls of a packet; 100.
    pub calls: usize,
    /// Calls that run at once; 1,000.
    pub running: usize,
    /// Calls of one client's address that run at once; 200.
    pub running_each: usize,
    /// Bytes of requests and answers that are held at once; 256 MiB, more where one of each is larger.
    pub held: usize,
    /// Bytes of one client's address that are held at once; 64 MiB, more where one of each is larger.
    pub held_each: usize,
    /// Connections at once; 8,192.
    pub connections: usize,
    /// Connections of one client's address at once; 256.
    pub connections_each: usize,
}

/// One service.
#[derive(Debug)]
pub struct Service {
    /// Its name: the service of a classic call, and a Flex destination.
    pub name: Arc<str>,
    /// Its operations by name and by each `also`.
    pub operations: IndexMap<Arc<str>, Arc<Operation>>,
}

/// One operation: public face and plan.
#[derive(Debug)]
pub struct Operation {
    /// `service.operation`, for logs and faults.
    pub name: Arc<str>,
    /// Where it stands.
    pub place: Place,
    /// Arguments in the order of positions.
    pub arguments: Vec<Argument>,
    /// Who may call it.
    pub roles: Roles,
    /// The whole call ends after this.
    pub timeout: Duration,
    /// What it does.
    pub plan: Plan,
    /// Fault rules of operation, service, gateway, asked in this order.
    pub faults: Vec<Arc<FaultRules>>,
    /// How often, from which cache, once, in which session, written down.
    pub rules: CallRules,
    /// The service's types, variants and tables, shared by its operations.
    pub scope: Arc<TypeScope>,
}

/// What an operation does: itself, or one of several by its arguments.
#[derive(Debug)]
pub enum Plan {
    /// One thing.
    Step(Box<Step>),
    /// `overloads`: chosen by number, then types of the arguments.
    Overloads(Vec<Arc<Operation>>),
}

/// An argument.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// Its name.
    pub name: Arc<str>,
    /// Its type and default.
    pub slot: Slot,
}

/// Who may call an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roles {
    /// Anybody.
    Public,
    /// Whoever has logged in.
    Users,
    /// Other operations alone; for clients it does not exist.
    Internal,
    /// Whoever has one of these roles.
    Named(Arc<[Arc<str>]>),
}
