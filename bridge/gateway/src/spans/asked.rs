//! The span of a run of a step that asks a backend.

use footbridge_mapping::model::{Backend, BackendKind, Kind, RestStep, Step, Target};
use footbridge_mapping::statement::Dialect;
use footbridge_traffic::{Clients, Target as Address};
use url::Url;

use super::{Role, Span, Trail};

/// A step asks its backend; `clients` know where those are that are reached by HTTP.
pub(crate) fn asked(below: &Trail, step: &Step, backend: &Backend, clients: &Clients) -> Span {
    let span = Span::begin(Role::Client, below, || name(step, backend));
    let trail = span.trail();
    if trail.is_told() {
        trail.text("footbridge.step", &step.name);
        trail.text("footbridge.backend", &backend.name);
        trail.text("peer.service", &backend.name);
        own(&trail, step);
        match &backend.kind {
            BackendKind::Database(settings) => {
                trail.text("db.system.name", system(settings.dialect));
                if settings.dialect != Dialect::Sqlite {
                    server(&trail, Url::parse(&settings.address).ok());
                }
            }
            // A proxy's client says elsewhere where it goes.
            BackendKind::Http(_) if matches!(step.kind, Kind::Proxy(_)) => {}
            BackendKind::Http(_) => {
                let client = clients.get(&backend.name);
                server(&trail, client.and_then(|it| it.url(&Address::Address).ok()));
            }
        }
    }
    span
}

/// What spans of one kind of step are called: few names, all of them the mapping's.
fn name(step: &Step, backend: &Backend) -> String {
    let backend = &backend.name;
    match &step.kind {
        Kind::Sql(_) => format!("sql {backend}"),
        Kind::Procedure(procedure) => format!("call {}", procedure.procedure),
        Kind::Soap(soap) => format!("{backend}.{}", soap.operation),
        Kind::Rest(rest) => match target(rest) {
            (Some(method), path) => format!("{method} {path}"),
            (None, operation) => format!("{backend}.{operation}"),
        },
        // The name of a proxy's backend says that it is one.
        Kind::Proxy(_)
        | Kind::Value(_)
        | Kind::ValueFile(_)
        | Kind::Fault(_)
        | Kind::Operation { .. }
        | Kind::Steps(_)
        | Kind::Transaction { .. } => backend.to_string(),
    }
}

/// What only steps of this kind say.
fn own(trail: &Trail, step: &Step) {
    match &step.kind {
        Kind::Procedure(procedure) => {
            trail.text("db.stored_procedure.name", &procedure.procedure);
        }
        Kind::Soap(soap) => {
            trail.text("rpc.system", "soap");
            trail.text("rpc.method", &soap.operation);
            trail.text("http.request.method", "POST");
        }
        Kind::Rest(rest) => match target(rest) {
            (Some(method), path) => {
                trail.text("http.request.method", method);
                trail.text("url.template", path);
            }
            (None, operation) => trail.text("rpc.method", operation),
        },
        Kind::Sql(_)
        | Kind::Proxy(_)
        | Kind::Value(_)
        | Kind::ValueFile(_)
        | Kind::Fault(_)
        | Kind::Operation { .. }
        | Kind::Steps(_)
        | Kind::Transaction { .. } => {}
    }
}

/// Method and path as the mapping has them, or the id of an operation that a document describes.
fn target(rest: &RestStep) -> (Option<&str>, &str) {
    match &rest.target {
        Target::Path {
            method, written, ..
        } => (Some(method), written),
        Target::Operation(id) => (None, id),
    }
}

/// Where the backend is, without a user, a password or a path.
fn server(trail: &Trail, url: Option<Url>) {
    let Some(url) = url else { return };
    if let Some(host) = url.host_str() {
        trail.text("server.address", host);
    }
    if let Some(port) = url.port_or_known_default() {
        trail.number("server.port", port);
    }
}

fn system(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "postgresql",
        Dialect::MySql => "mysql",
        Dialect::Sqlite => "sqlite",
    }
}
